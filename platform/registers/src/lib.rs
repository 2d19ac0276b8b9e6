//! What is true, since when, as known when (登记簿): enterprises, claims on unique keys, codes that are allotted.
//!
//! **Invariant:** a claim is compared and entered by one command of one aggregate, never against a list that may lag (E12).
//! **Invariant:** a code is allotted once; its serial follows from the register and not from chance.
//! **Invariant:** an entry is corrected by a further entry, never deleted.
//!
//! It hears no case: `linkage` ties the registers to what is granted. Start with [`claim`], then [`allotment`].

pub mod allotment;
pub mod claim;
pub mod enterprise;
mod names;
pub mod projection;

pub use allotment::Allotment;
pub use claim::Claim;
pub use enterprise::Enterprise;
pub use names::{NameFault, check_trade_name, claim_key};

use calendar::Calendar;
use module::{Module, Registry};
use std::sync::{Arc, PoisonError, RwLock};

/// The facts that registers decide by.
#[derive(Debug)]
pub struct Facts {
    calendar: RwLock<Calendar>,
}

impl Facts {
    /// The facts from a calendar.
    #[must_use]
    pub fn new(calendar: Calendar) -> Self {
        Self { calendar: RwLock::new(calendar) }
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
}

impl Module for Registers {
    fn name(&self) -> &'static str {
        "registers"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Claim>(Arc::clone(&self.facts));
        registry.aggregate::<Allotment>(Arc::new(()));
        registry.aggregate::<Enterprise>(Arc::new(()));
        registry.projection(projection::Enterprises);
        registry.access("registers", include_str!("access.cedar"));
    }
}
