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
//! **Invariant:** a register is asked before anybody is asked for a paper.
//!
//! It keeps no list (`registers::listings`), runs no announcement and serves no letter (`delivery`), signs nothing (`licences`),
//! carries nothing but to mirrors of the lists ([`mirror`]; `exchange::propagation`); [`policy`] ties them. The law is data in
//! `rules/`, read by [`law`]; the computation is the crate `credit-repair`. Start with [`repair`], then [`mirror`].

mod calls;
mod http;
pub mod law;
pub mod mirror;
mod pages;
pub mod policy;
pub mod projection;
pub mod queries;
pub mod repair;

use blobs::Vault;
use law::{LawFault, PartyOf, RepairRules};
use mirror::{Mirrors, Tools};
use module::{Module, Registry};
use std::collections::BTreeSet;
use std::sync::Arc;
use tables::Reader;

/// The reform as the platform plugs it in.
#[derive(Clone, Debug)]
pub struct CreditRepair {
    rules: Arc<RepairRules>,
    tools: Arc<Tools>,
}

/// What the reform works with outside its tables.
#[derive(Clone)]
pub struct Outside {
    /// Which party an entity is.
    pub party_of: PartyOf,
    /// Where papers are sealed.
    pub vault: Vault,
    /// Reads the tables, for errands.
    pub reader: Arc<dyn Reader>,
    /// The publicity system and 信用中国 over their own protocols; recipients of the exchange where there are none.
    pub mirrors: Arc<Mirrors>,
    /// The partners that can be asked for proof, by key.
    pub registers: BTreeSet<String>,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").field("mirrors", &self.mirrors).finish_non_exhaustive()
    }
}

/// Which partners can be asked for proof: those that take the question and send the answer.
#[must_use]
pub fn registers(partners: &exchange::Partners) -> BTreeSet<String> {
    partners
        .iter()
        .filter(|partner| {
            partner.takes.contains(policy::ASKS) && partner.sends.contains(policy::TELLS)
        })
        .map(|partner| partner.key.clone())
        .collect()
}

impl CreditRepair {
    /// The reform with its tables (`rules/*.yaml` of its folder, others may be among them), the calendar, and what it works
    /// with.
    ///
    /// # Errors
    /// A table is missing, or says what the engine does not know.
    pub fn new(
        tables: &[Arc<rules::Table>],
        calendar: calendar::Calendar,
        outside: Outside,
    ) -> Result<Self, LawFault> {
        let Outside { party_of, vault, reader, mirrors, registers } = outside;
        let rules = RepairRules::read(tables, calendar, party_of)?.asking(registers);
        let rules = Arc::new(rules);
        let tools = Arc::new(Tools { mirrors, reader, vault, rules: Arc::clone(&rules) });
        Ok(Self { rules, tools })
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
        registry.aggregate::<mirror::Pushes>(Arc::new(()));
        registry.aggregate::<mirror::Intake>(Arc::new(()));
        registry.projection(projection::CreditTables);
        registry.projection(mirror::MirrorTables);
        registry.policy(policy::NoteListings);
        registry.policy(policy::ChangeListings);
        registry.policy(policy::PublishAnnouncement);
        registry.policy(policy::HearAnnouncement);
        registry.policy(policy::WriteLetters);
        registry.policy(policy::TellListings);
        registry.policy(policy::TellRestrictions);
        registry.policy(policy::TellAnnouncements);
        registry.policy(policy::NumberRemovals);
        registry.policy(policy::CertifyProof);
        registry.policy(policy::AskRegisters);
        registry.policy(policy::HearRegisters);
        registry.policy(mirror::ReconcileOnDue);
        registry.policy(mirror::FetchOnLook);
        registry.errand::<mirror::Reconcile>(Arc::clone(&self.tools));
        registry.errand::<mirror::FetchDaily>(Arc::clone(&self.tools));
        let ours = http::Ours { rules: Arc::clone(&self.rules), vault: self.tools.vault.clone() };
        registry.router("credit", http::router(ours));
        registry.access("credit", include_str!("access.cedar"));
        calls::bring(registry, &self.rules);
    }
}
