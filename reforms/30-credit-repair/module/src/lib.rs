//! Reform 30 on the platform: credit repair of commercial entities (商事主体信用修复).
//!
//! ```text
//!  register lists ─► repair watches ─► on its day: EligibleFound, letter, everything prefilled ─► entity confirms ─► Applied
//!    ─► Accepted ─► [Announced, thirty days, objections] ─► Granted ─► register removes ─► each department confirms
//! ```
//!
//! **Invariant:** one repair an entity holds all its entries, so that a further case is seen by every application at once.
//! **Invariant:** what changes by itself changes on its day by one timer, at 00:00, once, over any crash.
//! **Invariant:** a restriction is lifted when no live entry supports it, and everybody who was told of it is told of its end.
//! **Invariant:** a letter that says no says which condition fails, and from when it will hold.
//! **Invariant:** no event names a person: reasons and papers lie sealed under the entity's own key.
//!
//! It keeps no list (`registers::listings`), runs no announcement and serves no letter (`delivery`), signs nothing (`licences`),
//! carries nothing (`exchange::propagation`); [`policy`] ties them. The law is data in `rules/`, read by [`law`]; the
//! computation is the crate `credit-repair`. Start with [`repair`].

mod calls;
mod http;
pub mod law;
mod pages;
pub mod policy;
pub mod projection;
pub mod queries;
pub mod repair;

use blobs::Vault;
use law::{LawFault, PartyOf, RepairRules};
use module::{Module, Registry};
use std::sync::Arc;

/// The reform as the platform plugs it in.
#[derive(Clone, Debug)]
pub struct CreditRepair {
    rules: Arc<RepairRules>,
    vault: Vault,
}

impl CreditRepair {
    /// The reform with its tables (`rules/*.yaml` of its folder, others may be among them), the calendar, who an entity
    /// is among parties, and where papers are sealed.
    ///
    /// # Errors
    /// A table is missing, or says what the engine does not know.
    pub fn new(
        tables: &[Arc<rules::Table>],
        calendar: calendar::Calendar,
        party_of: PartyOf,
        vault: Vault,
    ) -> Result<Self, LawFault> {
        let rules = Arc::new(RepairRules::read(tables, calendar, party_of)?);
        Ok(Self { rules, vault })
    }

    /// The rules, so that a holiday notice reaches them.
    #[must_use]
    pub fn rules(&self) -> &Arc<RepairRules> {
        &self.rules
    }
}

impl Module for CreditRepair {
    fn name(&self) -> &'static str {
        "credit"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<repair::Repair>(Arc::clone(&self.rules));
        registry.projection(projection::CreditTables);
        registry.policy(policy::NoteListings);
        registry.policy(policy::ChangeListings);
        registry.policy(policy::PublishAnnouncement);
        registry.policy(policy::HearAnnouncement);
        registry.policy(policy::WriteLetters);
        registry.policy(policy::TellListings);
        registry.policy(policy::TellRestrictions);
        registry.policy(policy::CertifyProof);
        let ours = http::Ours { rules: Arc::clone(&self.rules), vault: self.vault.clone() };
        registry.router("credit", http::router(ours));
        registry.access("credit", include_str!("access.cedar"));
        calls::bring(registry, &self.rules);
    }
}
