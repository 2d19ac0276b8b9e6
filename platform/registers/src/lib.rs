//! What is true, since when, as known when (登记簿): records with restrictions, enterprises, claims on unique keys, codes that are allotted.
//!
//! **Invariant:** a claim is compared and entered by one command of one aggregate, never against a list that may lag (E12).
//! **Invariant:** a code is allotted once; its serial follows from the register and not from chance.
//! **Invariant:** an entry is corrected by a further entry, never deleted.
//!
//! It hears no case: `linkage` ties the registers to what is granted. Start with [`record`]; then [`claim`] and [`allotment`].

pub mod allotment;
pub mod claim;
pub mod enterprise;
pub mod extract;
mod http;
pub mod inspection;
pub mod listings;
mod names;
mod outside;
pub mod pages;
pub mod projection;
pub mod record;
mod serve;
pub mod watch;

pub use allotment::Allotment;
pub use claim::Claim;
pub use enterprise::Enterprise;
pub use extract::Extract;
pub use inspection::Inspection;
pub use listings::{Listing, ListingCommand, ListingEvent, ListingKey};
pub use names::{NameFault, check_trade_name, claim_key};
pub use outside::{Organs, Outside};
pub use record::{Record, RecordCommand, RecordError, RecordEvent, RecordKey};
pub use serve::{Ask, Asked, Desk};
pub use watch::Watch;

use calendar::{Calendar, End, Term};
use codes::Date;
use elements::Value;
use module::{Module, Registry};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// The facts that registers decide by.
#[derive(Debug)]
pub struct Facts {
    calendar: RwLock<Calendar>,
    names: OnceLock<Arc<rules::Table>>,
    definitions: RwLock<Arc<record::Definitions>>,
}

impl Facts {
    /// The facts from a calendar.
    #[must_use]
    pub fn new(calendar: Calendar) -> Self {
        let definitions = RwLock::new(Arc::new(record::Definitions::builtin()));
        Self { calendar: RwLock::new(calendar), names: OnceLock::new(), definitions }
    }

    /// The registers that are defined.
    #[must_use]
    pub fn definitions(&self) -> Arc<record::Definitions> {
        Arc::clone(&self.definitions.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Defines a register, in place of one of the same id.
    pub fn define(&self, register: record::Register) {
        let mut known = self.definitions.write().unwrap_or_else(PoisonError::into_inner);
        *known = Arc::new(known.as_ref().clone().and(register));
    }

    /// The decision table that says how long a name is kept, by `prior_approval`, in its output `kept`; the first counts.
    pub fn names_by(&self, table: Arc<rules::Table>) {
        let _ = self.names.set(table);
    }

    /// How long a name is kept that is reserved on a day.
    pub(crate) fn name_kept(&self, prior: bool, on: Date) -> Term {
        let facts = rules::Facts::from([("prior_approval".to_owned(), Value::Bool(prior))]);
        let decided =
            self.names.get().and_then(|table| rules::decide(table, &facts, on, None).ok());
        let hit = decided.as_ref().and_then(rules::Decision::hit);
        let kept = hit.and_then(|hit| hit.outputs.get("kept")).and_then(Value::as_text);
        // LAW: 企业名称登记管理规定 18: two months, a year where prior approval is needed; a term to act in rolls.
        kept.and_then(|term| term.parse().ok()).unwrap_or(if prior {
            Term::Years { n: 1, end: End::Deadline }
        } else {
            Term::Months { n: 2, end: End::Deadline }
        })
    }

    /// The calendar in force.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        self.calendar.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A holiday notice arrived.
    pub fn replace_calendar(&self, calendar: Calendar) {
        *self.calendar.write().unwrap_or_else(PoisonError::into_inner) = calendar;
    }
}

/// The capability as the platform plugs it in.
#[derive(Clone, Debug)]
pub struct Registers {
    /// The facts.
    pub facts: Arc<Facts>,
    /// What pages and extracts need from outside; without it records are kept and nobody is shown any.
    pub outside: Option<Arc<Outside>>,
}

impl Module for Registers {
    fn name(&self) -> &'static str {
        "registers"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Claim>(Arc::clone(&self.facts));
        registry.aggregate::<Allotment>(Arc::new(()));
        registry.aggregate::<Enterprise>(Arc::new(()));
        registry.aggregate::<Listing>(Arc::new(()));
        registry.projection(listings::Listings);
        registry.aggregate::<Record>(Arc::clone(&self.facts));
        registry.aggregate::<Inspection>(Arc::new(()));
        registry.aggregate::<Watch>(Arc::new(()));
        registry.projection(projection::Enterprises);
        registry.projection(record::projection::Records);
        registry.projection(inspection::Inspections);
        registry.projection(watch::Alerts);
        registry.policy(watch::TellOnEntry);
        if let Some(outside) = &self.outside {
            registry.aggregate::<Extract>(Arc::clone(&outside.numbers));
            registry.aggregate::<extract::ExtractBook>(Arc::clone(&outside.numbers));
            registry.projection(extract::Extracts);
            registry.policy(extract::ExtractOnOrder);
            registry.errand::<extract::MakeExtract>(Arc::clone(outside));
            let desk = Desk { facts: Arc::clone(&self.facts), outside: Arc::clone(outside) };
            registry.router("registers", http::router(desk));
        }
        registry.access("registers", include_str!("access.cedar"));
    }
}
