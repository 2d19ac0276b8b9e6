//! The gate: policies in Cedar, merged from all modules, checked strictly at start, asked for every act.

pub mod check;
mod facts;
pub mod matrix;

pub use check::{AccessError, AccessErrors};
pub use facts::{Mandates, Organs};

use crate::gate::check::{Checked, check};
use crate::gate::facts::Facts;
use cedar_policy::{
    Authorizer, Context, Decision, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
};
use kernel::Actor;
use module::{Denied, Gate, Registry, Resource};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The policies that hold for every module.
pub(crate) const OWN: &str = include_str!("access.cedar");

/// Judges with Cedar (门禁).
///
/// Policies are parsed once and cut by action, so that a decision looks only at those that can speak to it. What no policy
/// permits is refused; a policy that fails while it is judged refuses too, because a `forbid` that is skipped would open a
/// door.
pub struct CedarGate {
    authorizer: Authorizer,
    actions: BTreeMap<String, Judged>,
    kinds: BTreeMap<String, EntityTypeName>,
    facts: Facts,
}

struct Judged {
    uid: EntityUid,
    policies: PolicySet,
}

impl std::fmt::Debug for CedarGate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CedarGate").field("actions", &self.actions.len()).finish_non_exhaustive()
    }
}

impl CedarGate {
    /// The gate of everything that was registered.
    ///
    /// # Errors
    /// Every fault of every policy, with module and line.
    pub fn new(
        registry: &Registry,
        organs: Arc<dyn Organs>,
        mandates: Arc<Mandates>,
    ) -> Result<Self, AccessErrors> {
        Self::of_access(&registry.access, organs, mandates)
    }

    /// The gate of policies handed over as pairs of module and text.
    ///
    /// # Errors
    /// Every fault of every policy, with module and line.
    pub fn of_access(
        access: &[(&'static str, &'static str)],
        organs: Arc<dyn Organs>,
        mandates: Arc<Mandates>,
    ) -> Result<Self, AccessErrors> {
        let checked = check(access)?;
        let facts = Facts::new(organs, mandates)?;
        let mut actions = BTreeMap::new();
        for (name, action) in &checked.actions {
            let policies = PolicySet::from_policies(checked.policies_for(&action.uid))
                .map_err(|error| AccessErrors::one("identity", 0, error.to_string()))?;
            actions.insert(name.clone(), Judged { uid: action.uid.clone(), policies });
        }
        let Checked { kinds, .. } = checked;
        Ok(Self { authorizer: Authorizer::new(), actions, kinds, facts })
    }

    /// What the gate takes to be true of mandates; the sign-in layer keeps it fresh.
    #[must_use]
    pub fn mandates(&self) -> &Arc<Mandates> {
        &self.facts.mandates
    }

    /// Judges; `None` if the question cannot even be put, which is a refusal.
    fn decide(&self, actor: &Actor, action: &str, on: &dyn Resource) -> Option<bool> {
        let judged = self.actions.get(action)?;
        let (kind, id) = on.entity();
        let kind = self.kinds.get(kind)?;
        let resource = EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id));
        let (principal, entities) = self.facts.entities(actor, &resource, on)?;
        let request =
            Request::new(principal, judged.uid.clone(), resource, Context::empty(), None).ok()?;
        let response = self.authorizer.is_authorized(&request, &judged.policies, &entities);
        if let Some(error) = response.diagnostics().errors().next() {
            tracing::error!(action, %error, "a policy failed while it was judged, so the act is refused");
            return None;
        }
        Some(response.decision() == Decision::Allow)
    }
}

impl Gate for CedarGate {
    fn judge(&self, actor: &Actor, action: &'static str, on: &dyn Resource) -> Result<(), Denied> {
        if self.decide(actor, action, on) == Some(true) {
            return Ok(());
        }
        if matches!(actor, Actor::Public) {
            return Err(Denied::SignedOut);
        }
        let (kind, id) = on.entity();
        Err(Denied::NotEntitled { action, kind, id })
    }
}

#[cfg(test)]
mod tests;
