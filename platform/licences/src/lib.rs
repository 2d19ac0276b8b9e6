//! Licences (证照): signed outcomes that anybody can check.
//!
//! ```text
//!  Issue ──► Issued ──► number from its series ──► Numbered ──► place in a status list     (one batch)
//!                └────────── number given ─────────────────────────▲       │
//!  Signed ◄── (errand) set in type, seal the PDF, sign statement, credential and offline code ◄──┘
//!  Signed: Valid ⇄ Suspended ──► Ended | Replaced | Expired
//! ```
//!
//! **Invariant:** what is signed ([`Statement`]) tells only what anybody may see; the paper is bound to it by two digests.
//! **Invariant:** a number is allotted in the batch that issues the licence: no gap, no number twice.
//! **Invariant:** signing may be tried again; the first answer counts, and a licence is signed once.
//! **Invariant:** no event holds a value of the paper, unless the order says that it tells of nobody; values lie sealed.
//! **Invariant:** the public page never answers "not found": an unknown code is told in words, with the instant.
//! **Invariant:** a credential's claims and salts lie sealed; erased, its digests stay, tell nothing, and still verify.
//! **Invariant:** a change of state stands in its status list with the batch that brings it, and reaches every partner that asked.
//! **Invariant:** suspending, resuming and ending state facts and article.
//! **Invariant:** an officer is shown a licence only once the look is recorded.
//!
//! It does not decide what is granted (cases do), orders nothing by itself (linkage does), serves nothing (delivery does).
//!
//! Start with [`Order`] and [`LicenceCommand`], then [`decide`](crate::decide); what it needs from outside is [`Outside`];
//! whoever verifies starts with [`verify_any`].

pub mod check;
pub mod code;
pub mod credential;
pub mod decide;
mod errand;
mod error;
pub mod event;
mod evolve;
mod http;
pub mod looks;
pub mod model;
mod pages;
mod panel;
pub mod policy;
pub mod projection;
pub mod queries;
pub mod sd_jwt;
mod statement;
pub mod status;
pub mod verify;

use documents::Numbers;
use module::{Module, Panel, Registry, TimeStamps};
use std::fmt;
use std::sync::Arc;

pub use decide::{Book, BookCommand, Licence, LicenceCommand, Rules, StatusBook, StatusCommand};
pub use errand::{Outside, Sign, SignTools};
pub use error::LicenceError;
pub use event::{BookEvent, LicenceEvent, StatusEvent};
pub use model::{
    Credential, Document, Ending, Filling, Ground, Issuer, Kept, LicenceKey, NumberFrom, Order,
    State, StatusBookKey, StatusPlace, Watch,
};
pub use statement::{Line, Statement, TYPE, public_lines, trusted};
pub use verify::{Checked, Thing, Trust, verify_any, verify_printed};

/// Licences as the platform sees them.
#[derive(Clone)]
pub struct LicencesModule {
    outside: Arc<Outside>,
    numbers: Arc<Numbers>,
    stamps: Option<Arc<dyn TimeStamps>>,
}

impl fmt::Debug for LicencesModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LicencesModule").field("outside", &self.outside).finish_non_exhaustive()
    }
}

impl LicencesModule {
    /// The module with what it needs from outside and the table of number series.
    #[must_use]
    pub fn new(outside: Outside, numbers: Arc<Numbers>) -> Self {
        Self { outside: Arc::new(outside), numbers, stamps: None }
    }

    /// Has the seals of licences stamped by time-stamp authorities (`PAdES` B-T), and reads such stamps.
    #[must_use]
    pub fn stamping(mut self, stamps: Option<Arc<dyn TimeStamps>>) -> Self {
        self.stamps = stamps;
        self
    }
}

impl Module for LicencesModule {
    fn name(&self) -> &'static str {
        "licences"
    }

    fn register(&self, registry: &mut Registry) {
        let rules = Rules {
            templates: Arc::clone(&self.outside.templates),
            numbers: Arc::clone(&self.numbers),
        };
        registry.aggregate::<Licence>(Arc::new(rules));
        registry.aggregate::<Book>(Arc::clone(&self.numbers));
        registry.aggregate::<looks::Looks>(Arc::new(()));
        registry.projection(projection::LicenceTables);
        registry.concern(queries::LicencesOfParty);
        registry.policy(policy::NumberOnIssue);
        registry.policy(policy::NumberLicence);
        registry.aggregate::<StatusBook>(Arc::new(()));
        registry.policy(policy::PlaceOnNumber);
        registry.policy(policy::SignOnPlace);
        registry.policy(policy::ReplaceOnSigned);
        let (outside, stamps) = (Arc::clone(&self.outside), self.stamps.clone());
        registry.errand::<Sign>(SignTools { outside, stamps });
        registry.panel(Panel { slot: "origin", show: panel::show });
        let stamps = self.stamps.clone().map(verify::Stamps);
        registry.router("licences", http::router(Arc::clone(&self.outside), stamps));
        registry.access("licences", include_str!("access.cedar"));
    }
}
