//! Quotas that are never overdrawn (额度), and bills (账单): what is owed, by which rule, and that it is paid once.
//!
//! A *book* holds accounts of whole numbers. Entries move between them, or reserve first and settle later:
//!
//! ```text
//!              ┌── Waits ──► Served ──┐                        ┌── Shift ──► another account
//!  Reserve ────┴──────────────────────┴─► reserved ── Settle ──┴─► settled ── Restore ──► back where it came from
//!                                            │  ▲ Adjust, Accept                Carry ──► an account of another book
//!                                            └── Release, lapsed ──► free again
//! ```
//!
//! **Invariant:** of each unit the balances of a book sum to zero after every event, and so do those of all books.
//! **Invariant:** no balance, less what is reserved of it, lies below the floor of its account.
//! **Invariant:** an id happens once: again with the same content it is nothing, with other content it is refused.
//! **Invariant:** what leaves for another book arrives by the ledger's own hand, in the same batch where both lie in one shard.
//! **Invariant:** what is lent to another shard is not spent at home before that shard says that it gave it back.
//!
//! Bills:
//!
//! ```text
//!  Issue ──► Issued ──► (errand) order at the gateway ──► Placed ──► signed callback ──► Paid
//!                                                                       │    again: nothing · wrong signature: Rejected
//!  Void: not paid ──► Voided · paid ──► RefundOrdered ──► (errand) ──► Refunded
//!  money for what is void, waived or paid already ──► PaidLate, RefundOrdered
//! ```
//!
//! **Invariant:** money is whole fen; the total of a bill is the sum of its lines, and each line names the rule and its ground.
//! **Invariant:** a payment is told by its transaction: however often it is reported, it counts once and gives one receipt.
//! **Invariant:** money that nobody owes goes back to the payer by itself.
//! **Invariant:** a report of money whose signature does not hold changes nothing but the record that it came.
//!
//! It computes no fee (reforms do, from their tables) and stops no case (their modules hear `bill.Paid`).
//! Start with `README.md` of this folder, then [`book`]; bills with [`bills`].

pub mod audit;
pub mod bills;
pub mod book;
mod error;
pub mod link;
mod whose;

pub use bills::{
    Bill, BillCommand, BillEvent, BillKey, BillLine, BillOrder, BillState, Gateway, Ground,
    Outside, Payment, PaymentGateway,
};
pub use book::{
    AccountName, AccountSpec, Act, Asked, Basis, Book, BookCommand, BookError, BookEvent, BookKey,
    Entry, Line, Opening, Place, Posting, Queue, Rest, RiskRule, Rules, SliceTerms, Terms,
    TransferId, Unit, Verdict,
};
pub use error::LedgerError;
pub use link::{Link, LinkError};

use module::{Module, Registry};
use std::sync::Arc;

/// The ledger as the platform plugs it in.
#[derive(Clone, Debug)]
pub struct LedgerModule {
    outside: Arc<Outside>,
    rules: Rules,
}

impl LedgerModule {
    /// The module with what it needs from outside.
    #[must_use]
    pub fn new(outside: Outside) -> Self {
        Self { outside: Arc::new(outside), rules: Rules::default() }
    }

    /// With a rule of risk that books may name.
    #[must_use]
    pub fn rule(mut self, name: &'static str, rule: impl RiskRule) -> Self {
        self.rules = self.rules.with(name, rule);
        self
    }
}

impl Module for LedgerModule {
    fn name(&self) -> &'static str {
        "ledger"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Bill>(Arc::new(()));
        registry.aggregate::<Book>(Arc::new(self.rules.clone()));
        registry.policy(book::policy::CarryOver);
        registry.policy(book::policy::CarrySlices);
        registry.projection(book::projection::BookTables);
        registry.projection(bills::projection::BillTables);
        registry.policy(bills::policy::PlaceOnIssue);
        registry.policy(bills::policy::RefundOnOrder);
        registry.errand::<bills::errand::Place>(Arc::clone(&self.outside));
        registry.errand::<bills::errand::GiveBack>(Arc::clone(&self.outside));
        registry.router("ledger", bills::http::router(Arc::clone(&self.outside)));
        registry.router("ledger", book::http::router());
        registry.access("ledger", include_str!("access.cedar"));
    }
}
