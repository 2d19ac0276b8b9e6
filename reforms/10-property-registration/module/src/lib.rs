//! Real-estate registration (不动产登记): from application to the book, and from the book to certificates anybody can scan.
//!
//! ```text
//!  Apply ─► Confirm… ─► Accept (or silence) ─► checks side by side ─► Examine ─► notice ─► paid ─► EnterBook + record entry
//!    │                     │  bill issued          Supplement stops the clock                │
//!    └► watch: alert       └► withdrawn, refused: bill void, money back                      └► certificates from the book
//!  exchange: deed tax and house transaction asked and answered; a court's order ─► record restricted, released ─► answer
//!  scan: token ─► certificate's state + what the book says at that second                       old ones 已换发, 已作废
//! ```
//!
//! **Invariant:** the entry in the book and the registration's own are one group: both are decided or none (登簿).
//! **Invariant:** a certificate tells what the book said at the instant of its entry; a scan tells what it says now.
//! **Invariant:** terms, checks and fees come from the tables of the folder; what stops an entry and who sees what from those
//! of the register.
//! **Invariant:** no event holds a name, a document or an address: they lie sealed, or are parties.
//!
//! It keeps no book (`registers` does), takes no money (`ledger` does), signs nothing (`licences` does).
//! Start with [`model`], then [`decide`], then [`errand`].

pub mod book;
mod calls;
pub mod check;
pub mod decide;
pub mod errand;
mod error;
pub mod event;
mod evolve;
pub mod face;
pub mod figures;
mod http;
pub mod inquiry;
pub mod law;
pub mod model;
pub mod notices;
mod outside;
mod pages;
pub mod partners;
pub mod policy;
pub mod posting;
pub mod projection;
pub mod queries;
pub mod samples;
pub mod scan;
pub mod scans;

pub use decide::{Registration, RegistrationCommand};
pub use error::PropertyError;
pub use event::{RegistrationEvent, ScanEvent};
pub use inquiry::{Inquiry, InquiryCommand, InquiryEvent, InquiryKey};
pub use law::Law;
pub use model::{Application, RegistrationKey};
pub use outside::{Asked, Offices, Outside};
pub use scans::{ScanCommand, ScanDay, Scans};

use errand::{Clocked, Issue, Prepare, Tools};
use module::{Clock, Module, Panel, Registry};
use std::sync::Arc;

/// The contracts of the messages that this reform exchanges, as JSON Schema; `app` adds them to the exchange.
pub const CONTRACTS: [&str; 6] = [
    include_str!("../contracts/deed_tax.asked.json"),
    include_str!("../contracts/deed_tax.answered.json"),
    include_str!("../contracts/house_deal.asked.json"),
    include_str!("../contracts/house_deal.answered.json"),
    include_str!("../contracts/seizure.ordered.json"),
    include_str!("../contracts/seizure.entered.json"),
];

/// Real-estate registration as the platform plugs it in.
#[derive(Clone, Debug)]
pub struct PropertyModule {
    tools: Arc<Tools>,
}

impl PropertyModule {
    /// The module with what it decides by and what it needs from outside.
    #[must_use]
    pub fn new(law: Law, outside: Outside, clock: Arc<dyn Clock>) -> Self {
        let (outside, law) = (Arc::new(outside), Arc::new(law));
        Self { tools: Arc::new(Tools { outside, law, clock: Clocked(clock), face: None }) }
    }

    /// With a service that compares faces; without one, identity is checked at the window.
    #[must_use]
    pub fn with_face(self, face: Arc<dyn face::Face>) -> Self {
        let tools = Tools { face: Some(face::Known(face)), ..(*self.tools).clone() };
        Self { tools: Arc::new(tools) }
    }
}

impl Module for PropertyModule {
    fn name(&self) -> &'static str {
        "property"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Registration>(Arc::clone(&self.tools.law));
        registry.aggregate::<Scans>(Arc::new(()));
        registry.aggregate::<Inquiry>(Arc::new(()));
        registry.projection(projection::PropertyTables);
        registry.policy(policy::BillOnAcceptance);
        registry.policy(policy::FeeOnBill);
        registry.policy(policy::VoidOnEnd);
        registry.policy(policy::IssueOnEntry);
        registry.policy(policy::IssuedToRegistration);
        registry.policy(policy::AlertOnApplication);
        registry.policy(notices::NoticeOnDecision);
        registry.policy(posting::PostNotice);
        registry.policy(posting::HearNotice);
        registry.policy(partners::HearAnswers { asked: self.tools.outside.asked.clone() });
        registry.policy(partners::HearCourt);
        registry.policy(partners::AnswerCourt);
        registry.errand::<Prepare>(Arc::clone(&self.tools));
        registry.errand::<Issue>(Arc::clone(&self.tools));
        registry.errand::<partners::EnterOrder>(Arc::clone(&self.tools));
        registry.panel(Panel { slot: scan::SLOT, show: scan::panel });
        registry.router("property", http::router(Arc::clone(&self.tools)));
        registry.access("property", include_str!("access.cedar"));
        calls::register(registry, &self.tools.law);
    }
}
