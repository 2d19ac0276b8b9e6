//! Reform 25 on the platform: one guarantee for many uses (货物贸易“一保多用”管理模式).
//!
//! ```text
//!  guarantor ─► filing ─► number ─► guarantee ─► book in the ledger: limit, used, claimed
//!  declaration ─► Hold: text admits + use + reservation, one group ─► Use ─► money came ─► Restore, at once
//!                                                                     └─► overdue ─► claim ─► guarantor pays, or is barred
//!  every hour: green · yellow · red, with reasons;   every day: a statement of each text that moved
//! ```
//!
//! **Invariant:** a use and its reservation are one group: nothing is held that is not free, by any number of hands at once (R1).
//! **Invariant:** a declaration has one use, a use has one text (R2); the key of a use is the declaration.
//! **Invariant:** what follows by itself (lapse, overdue, end, freeze, return) follows from an event, once, over any crash.
//! **Invariant:** matters, terms, thresholds and rates are rows of the folder's tables, each with its law and its day.
//! **Invariant:** no event names a person: enterprises and guarantors are organisations.
//!
//! It keeps no quota (`ledger` does), serves no letter (`delivery` does), and carries no message of customs or treasury
//! (`exchange` does); the line to guarantors is its own ([`line`]). The computation is the crate `guarantee`.
//! Start with [`exposure`], then [`mod@guarantee`], [`quota`] and [`policy`].

mod calls;
pub mod errand;
pub mod error;
pub mod exposure;
pub mod filing;
pub mod guarantee;
pub mod guarantor;
mod http;
pub mod importer;
pub mod law;
pub mod letters;
pub mod line;
pub mod messages;
pub mod model;
mod pages;
pub mod policy;
pub mod projection;
pub mod queries;
pub mod quota;
pub mod watch;
pub mod xml;

pub use errand::{Offices, Tools};
pub use error::GuaranteeError;
pub use law::GuaranteeLaw;
pub use model::{ExposureNo, FilingNo, GuaranteeNo, GuarantorCode, ImporterKey};

use kernel::Shard;
use module::{Module, Registry};
use std::sync::Arc;

/// The contracts of the messages that customs, the tax system and the treasury exchange with us, as JSON Schema; `app` adds
/// them to the exchange.
pub const CONTRACTS: [&str; 5] = [
    include_str!("../contracts/guarantee.declaration_moved.json"),
    include_str!("../contracts/guarantee.difference_due.json"),
    include_str!("../contracts/guarantee.grade_changed.json"),
    include_str!("../contracts/guarantee.money_received.json"),
    include_str!("../contracts/guarantee.tax_assessed.json"),
];

/// Reform 25 as the platform plugs it in.
#[derive(Clone, Debug)]
pub struct GuaranteeModule {
    tools: Arc<Tools>,
}

impl GuaranteeModule {
    /// The module with what it needs from outside.
    #[must_use]
    pub fn new(tools: Arc<Tools>) -> Self {
        Self { tools }
    }

    /// The shard in which the texts of a place lie: that of its prefecture.
    #[must_use]
    pub fn shard_of(place: &str) -> Shard {
        http::shard_of(place)
    }
}

impl Module for GuaranteeModule {
    fn name(&self) -> &'static str {
        "guarantee"
    }

    fn register(&self, registry: &mut Registry) {
        let law = || Arc::clone(&self.tools.law);
        registry.aggregate::<guarantee::Guarantee>(law());
        registry.aggregate::<exposure::Exposure>(law());
        registry.aggregate::<filing::Filing>(law());
        registry.aggregate::<filing::Series>(Arc::new(()));
        registry.aggregate::<importer::Importer>(Arc::new(()));
        registry.aggregate::<guarantor::Guarantor>(Arc::new(()));
        registry.aggregate::<watch::Watch>(Arc::new(()));
        registry.projection(projection::GuaranteeTables);
        registry.policy(policy::MoveQuota);
        registry.policy(policy::SetLimit);
        registry.policy(policy::VoidLapsed);
        registry.policy(policy::FileAccepted);
        registry.policy(policy::KnowTexts);
        registry.policy(policy::FollowDebts);
        registry.policy(policy::FreezeTexts);
        registry.policy(policy::GoRounds);
        registry.policy(policy::TellGuarantors);
        registry.policy(letters::WriteLetters { portal: self.tools.portal.clone() });
        registry.policy(messages::HearMessages);
        if let Some(partner) = &self.tools.tax_system {
            registry.policy(policy::TellTaxSystem { partner: partner.clone() });
        }
        registry.errand::<errand::Round>(Arc::clone(&self.tools));
        registry.errand::<errand::TellGuarantor>(Arc::clone(&self.tools));
        registry.errand::<errand::Hear>(Arc::clone(&self.tools));
        registry.router("guarantee", http::router(Arc::clone(&self.tools)));
        registry.access("guarantee", include_str!("access.cedar"));
        calls::bring(registry, &self.tools.law);
    }
}
