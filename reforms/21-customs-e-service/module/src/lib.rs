//! Customs penalty cases and their notarised electronic service (海关处罚案件、公证电子送达).
//!
//! A case runs from filing to its end; its papers are drafted, signed by two officers, reviewed by a third person, issued and
//! served. What runs side by side (defence and hearing, service and performance, review and late fine) is a set of marks on
//! the case, not one state.
//!
//! **Invariant:** nothing goes out that two officers and a reviewer, three different persons, do not stand for.
//! **Invariant:** nothing is served electronically without a confirmation in force; what was issued before stays as it was.
//! **Invariant:** nothing is decided while the party may still defend itself; a decision that proves premature when the day
//! of service moves is flagged and can only be taken back.
//! **Invariant:** terms and rates come from the tables of the folder, by the law of the day of their cause; a computed day is
//! recorded in the event and never computed again.
//! **Invariant:** no event holds a value of a person: papers and statements lie sealed under `penalty/<case>`.
//!
//! It does not serve (`delivery` does), sign (`licences`, `seals`) or keep the log (`evidence`); it ties them together by the
//! policies in [`policy`]. Start with [`PenaltyCommand`] and [`mod@decide`], then [`policy`]; what it needs is [`Tools`].

pub mod decide;
pub mod errand;
mod error;
pub mod event;
mod evolve;
pub mod files;
mod http;
mod law;
pub mod model;
pub mod operation;
pub mod package;
mod pages;
pub mod policy;
pub mod posting;
pub mod projection;
pub mod queries;
mod streams;
pub mod words;

pub use decide::{Penalty, PenaltyCommand};
pub use errand::{HearNotary, Parties, Prove, Tools};
pub use error::PenaltyError;
pub use event::PenaltyEvent;
pub use law::PenaltyLaw;
pub use package::Evidence;

use module::{Module, Registry};
use std::sync::Arc;

/// The contracts of the messages that this reform exchanges, as JSON Schema; `app` adds them to the exchange.
pub const CONTRACTS: [&str; 4] = [
    include_str!("../contracts/penalty.published.json"),
    include_str!("../contracts/penalty.withdrawn.json"),
    include_str!("../contracts/preservation.requested.json"),
    include_str!("../contracts/preservation.certified.json"),
];

/// Reform 21 as the platform sees it.
#[derive(Clone, Debug)]
pub struct PenaltyModule {
    tools: Arc<Tools>,
}

impl PenaltyModule {
    /// The module with what it needs from outside.
    #[must_use]
    pub fn new(tools: Arc<Tools>) -> Self {
        Self { tools }
    }
}

impl Module for PenaltyModule {
    fn name(&self) -> &'static str {
        "penalty"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Penalty>(Arc::clone(&self.tools.law));
        registry.projection(projection::PenaltyTables);
        registry.policy(policy::CaptureOnStart);
        registry.policy(policy::HearConfirmation);
        registry.policy(policy::EndConsent);
        registry.policy(policy::ServeOnIssue);
        registry.policy(policy::HearService);
        registry.policy(policy::MailPaper);
        registry.policy(policy::ProveOnServed);
        registry.policy(policy::HearProof);
        registry.policy(posting::PostService);
        if !self.tools.publicity.is_empty() {
            registry.policy(policy::TellPublication);
            registry.policy(policy::HearWithdrawal);
        }
        if let Some(partner) = &self.tools.notary {
            registry.policy(policy::AskNotary { partner: partner.clone() });
            registry.policy(policy::HearAnswer { partner: partner.clone() });
        }
        registry.errand::<Prove>(Arc::clone(&self.tools));
        registry.errand::<HearNotary>(Arc::clone(&self.tools));
        registry.concern(streams::OwnCases);
        registry.retain(streams::OpenCases);
        registry.exhibit(package::PaperExhibits(Arc::clone(&self.tools)));
        registry.router("penalty", http::router(Arc::clone(&self.tools)));
        registry.access("penalty", include_str!("access.cedar"));
        streams::calls(registry, &self.tools.law);
    }
}
