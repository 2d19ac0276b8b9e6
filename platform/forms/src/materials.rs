//! Materials: what a service would ask as files on its own, and what is left of it when all are handled together.

use crate::form::{ServiceForm, ServiceId};
use codes::Label;
use elements::Key;
use serde::Deserialize;
use std::collections::BTreeSet;

/// One file slot of a service (材料).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// What the service calls it.
    pub label: Label,
    /// Where it comes from in the merged case.
    pub by: Provision,
    /// Whether the service would ask for it as a file on its own; the application form itself is none.
    #[serde(default = "yes")]
    pub slot: bool,
}

fn yes() -> bool {
    true
}

/// Where a material comes from in the merged case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provision {
    /// The party hands in a file, once for all services that name the same upload.
    Upload {
        /// The file, such as `premises_proof`.
        id: Key,
        /// Whether it falls away where a register confirms the fact.
        #[serde(default)]
        unless_confirmed: bool,
    },
    /// The platform generates a document from the answers, to be signed once.
    Generated(Key),
    /// Real-name verification takes its place (实名核验).
    RealName,
    /// An outcome of another service, passed on by the platform.
    Outcome(ServiceId),
    /// The answers themselves, passed on as a roll.
    Answers,
}

/// What is left of the materials when services are handled together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaterialGain {
    /// File slots of the services on their own.
    pub separate: usize,
    /// Files that the party hands in, by id.
    pub uploads: BTreeSet<Key>,
    /// Of these, those that fall away where a register confirms the fact.
    pub confirmable: BTreeSet<Key>,
    /// Documents that the platform generates, by id.
    pub generated: BTreeSet<Key>,
}

/// Merges the materials of several services.
#[must_use]
pub fn merge_materials(forms: &[&ServiceForm]) -> MaterialGain {
    let mut gain = MaterialGain::default();
    for material in forms.iter().flat_map(|form| &form.materials) {
        gain.separate += usize::from(material.slot);
        match &material.by {
            Provision::Upload { id, unless_confirmed } => {
                gain.uploads.insert(id.clone());
                if *unless_confirmed {
                    gain.confirmable.insert(id.clone());
                }
            }
            Provision::Generated(id) => {
                gain.generated.insert(id.clone());
            }
            Provision::RealName | Provision::Outcome(_) | Provision::Answers => {}
        }
    }
    gain
}
