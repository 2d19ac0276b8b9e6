//! Signed outcomes (证照): issued, numbered, signed, suspended, replaced, revoked, expired.
//!
//! ```text
//!  Issue ─► Numbered (same batch) ─► (errand) sign: canonical JSON ─► JWS, PDF ─► Signed ─► valid
//!                                                                       suspended ⇄ ┤ ├─► revoked · replaced · expired
//! ```
//!
//! **Invariant:** a number is allotted in the batch that issues the licence: no gap, no number twice.
//! **Invariant:** signing again gives the same bytes: the instant and the key follow from the event.
//! **Invariant:** no event holds what the paper says of a person: it lies sealed in `blobs`.
//! **Invariant:** the public page tells the state now, and never that a token is unknown by failing.
//!
//! It does not know cases: `linkage` orders and hears. Start with [`model::Order`], then [`decide`].

pub mod decide;
mod errand;
mod error;
pub mod event;
pub mod model;
pub mod policy;
pub mod projection;

use documents::Numbers;
use module::{Module, Registry};
use std::sync::Arc;

pub use decide::{Book, BookCommand, Licence, LicenceCommand};
pub use errand::{Claims, SignLicence, Signing, TemplateShelf, licence_purpose};
pub use error::LicenceError;
pub use event::{BookEvent, LicenceEvent};
pub use model::{BookKey, LicenceKey, Numbering, Order, Sealed, SignedPaper, Standing};

/// Licences as the platform sees them.
#[derive(Clone, Debug)]
pub struct LicencesModule {
    /// What signing needs.
    pub signing: Arc<Signing>,
    /// The table of numbers.
    pub numbers: Arc<Numbers>,
}

impl Module for LicencesModule {
    fn name(&self) -> &'static str {
        "licences"
    }

    fn register(&self, registry: &mut Registry) {
        let rules: decide::Rules = Arc::clone(&self.numbers);
        registry.aggregate::<Licence>(Arc::clone(&rules));
        registry.aggregate::<Book>(rules);
        registry.projection(projection::Licences);
        registry.policy(policy::NumberOnIssue);
        registry.policy(policy::NumberLicence);
        registry.policy(policy::SignOnNumber);
        registry.policy(policy::ReplaceOnSigned);
        registry.errand::<SignLicence>(Arc::clone(&self.signing));
        registry.access("licences", include_str!("access.cedar"));
    }
}
