//! The lease and what comes back of it (租金与回款): the schedule, receipts of the bank, what is reported.
//!
//! ```text
//!  Register ─► rents, each due on its day ─► Receive: oldest first, interest before principal
//! ```

use crate::error::LeaseError;
use crate::law::LeaseLaw;
use crate::licence::LicenceNo;
use codes::{Date, Moment};
use kernel::{Aggregate, Context, Deadline, PartyKey};
use lease_export::{
    Allocation, Credit, Deferred, LeaseTerms, Match, Money, Receipt, RentRow, allocate, deferred,
    schedule,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A lease by exporter and number of its contract, `USCC/contract`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeaseNo(pub String);

impl LeaseNo {
    /// The lease of an exporter's contract.
    #[must_use]
    pub fn new(uscc: &str, contract_no: &str) -> Self {
        Self(format!("{uscc}/{contract_no}"))
    }
}

impl fmt::Display for LeaseNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a lease is (租赁登记).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The licence under which the vehicles left.
    pub licence: LicenceNo,
    /// The lessor as a party.
    pub party: PartyKey,
    /// The lessee.
    pub lessee_name: String,
    /// Its country, alpha-3.
    pub lessee_country: String,
    /// What the contract says about money.
    pub terms: LeaseTerms,
    /// When the goods were first cleared.
    pub cleared_on: Date,
}

/// A credit as it is kept (入账): who paid and what they wrote may be a person's, so that it stays with the bank's message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The bank's reference of it.
    pub bank_ref: String,
    /// The account credited.
    pub account: String,
    /// On which day it counts.
    pub value_on: Date,
    /// How much.
    pub amount: Money,
    /// The reference that the payer gave it from end to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_to_end: Option<String>,
}

impl From<Credit> for Booked {
    fn from(credit: Credit) -> Self {
        let Credit { bank_ref, account, value_on, amount, end_to_end, .. } = credit;
        Self { bank_ref, account, value_on, amount, end_to_end }
    }
}

/// What may be asked of a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeaseCommand {
    /// Register the schedule (登记租金计划).
    Register(Box<Registration>),
    /// A bank reports a credit (回款入账).
    Receive(Box<Booked>),
    /// A rent is due and not paid; a timer.
    MarkDue {
        /// Which.
        no: u32,
    },
}

/// What happened to a lease; wire format, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeaseEvent {
    /// Registered.
    Registered {
        /// What it is.
        registration: Box<Registration>,
        /// The rents.
        rows: Vec<RentRow>,
        /// What is reported of deferred receipts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deferred: Option<Deferred>,
    },
    /// A credit came, and went to these rents.
    Received {
        /// What the bank reports.
        credit: Box<Booked>,
        /// Where it went.
        allocation: Allocation,
    },
    /// The day of a rent passed and something of it is open.
    RentDue {
        /// Which.
        no: u32,
        /// When it was due.
        due: Date,
        /// What is open.
        open_minor: i64,
    },
}

/// A lease (融资租赁合同).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    /// What it is.
    pub registration: Option<Box<Registration>>,
    /// The rents as they stand.
    pub rows: Vec<RentRow>,
    /// What is reported of deferred receipts.
    pub deferred: Option<Deferred>,
    /// The credits that were counted, by account and reference.
    pub credits: BTreeMap<(String, String), Booked>,
    /// What came beyond all rents.
    pub left_minor: i64,
    /// The last rent whose day was told.
    pub told: u32,
}

impl Lease {
    fn register(
        &self,
        law: &LeaseLaw,
        registration: Box<Registration>,
    ) -> Result<Vec<LeaseEvent>, LeaseError> {
        if let Some(known) = &self.registration {
            return if *known == registration {
                Ok(Vec::new())
            } else {
                Err(LeaseError::IdReused { id: "lease".to_owned() })
            };
        }
        let rows = schedule(&registration.terms)?;
        let cleared = registration.cleared_on;
        let financed = registration.terms.price_minor - registration.terms.upfront_minor;
        let row = law.deferred(cleared)?;
        let deferred = deferred(&rows, financed, cleared, &row, &law.calendar())
            .map_err(|_range| LeaseError::Field { key: "cleared_on", why: "RANGE" })?;
        Ok(vec![LeaseEvent::Registered { registration, rows, deferred }])
    }

    fn receive(&self, law: &LeaseLaw, credit: Box<Booked>) -> Result<Vec<LeaseEvent>, LeaseError> {
        let registration =
            self.registration.as_deref().ok_or(LeaseError::Unknown { what: "lease" })?;
        let key = (credit.account.clone(), credit.bank_ref.clone());
        match self.credits.get(&key) {
            Some(known) if *known == *credit => return Ok(Vec::new()),
            Some(_) => return Err(LeaseError::IdReused { id: credit.bank_ref }),
            None => {}
        }
        if credit.amount.minor <= 0 {
            return Err(LeaseError::Field { key: "amount", why: "NOT_POSITIVE" });
        }
        let receipt = Receipt {
            value_on: credit.value_on,
            amount_minor: credit.amount.minor,
            currency: credit.amount.currency,
        };
        let tolerance = law.tolerance(credit.value_on)?;
        let currency = registration.terms.currency;
        let allocation = allocate(&mut self.rows.clone(), currency, &receipt, tolerance)
            .map_err(|_currencies| LeaseError::OtherCurrency)?;
        Ok(vec![LeaseEvent::Received { credit, allocation }])
    }

    /// The next rent whose day is still to be told and of which something is open.
    fn next_due(&self) -> Option<&RentRow> {
        self.rows.iter().find(|row| row.no > self.told && row.open_minor() > 0)
    }
}

impl Aggregate for Lease {
    const KIND: &'static str = "lease";
    type Key = LeaseNo;
    type Command = LeaseCommand;
    type Event = LeaseEvent;
    type Error = LeaseError;
    type World = LeaseLaw;

    fn decide(
        &self,
        law: &LeaseLaw,
        cx: &Context,
        command: LeaseCommand,
    ) -> Result<Vec<LeaseEvent>, LeaseError> {
        match command {
            LeaseCommand::Register(registration) => self.register(law, registration),
            LeaseCommand::Receive(credit) => self.receive(law, credit),
            LeaseCommand::MarkDue { no } => {
                let row = self.next_due().filter(|row| row.no == no);
                let passed = row.filter(|row| cx.now >= Moment::end_of(row.due));
                Ok(passed
                    .map(|row| LeaseEvent::RentDue {
                        no,
                        due: row.due,
                        open_minor: row.open_minor(),
                    })
                    .into_iter()
                    .collect())
            }
        }
    }

    fn evolve(&mut self, event: &LeaseEvent) {
        match event {
            LeaseEvent::Registered { registration, rows, deferred } => {
                self.registration = Some(registration.clone());
                self.rows.clone_from(rows);
                self.deferred = *deferred;
            }
            LeaseEvent::Received { credit, allocation } => {
                for Match { no, interest_minor, principal_minor, charges_minor } in
                    &allocation.matches
                {
                    if let Some(row) = self.rows.iter_mut().find(|row| row.no == *no) {
                        row.paid_interest_minor += interest_minor;
                        row.paid_principal_minor += principal_minor;
                        row.charges_minor += charges_minor;
                    }
                }
                self.left_minor = self.left_minor.saturating_add(allocation.left_minor);
                let key = (credit.account.clone(), credit.bank_ref.clone());
                self.credits.insert(key, (**credit).clone());
            }
            LeaseEvent::RentDue { no, .. } => self.told = *no,
        }
    }

    fn deadlines(&self) -> Vec<Deadline<LeaseCommand>> {
        self.next_due()
            .map(|row| Deadline {
                name: format!("due/{}", row.no),
                at: Moment::end_of(row.due),
                command: LeaseCommand::MarkDue { no: row.no },
            })
            .into_iter()
            .collect()
    }
}
