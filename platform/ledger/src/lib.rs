//! Bills (账单): what is owed, by which rule, and that it is paid once. Accounts are to stand beside them.
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
//! Start with [`bills`].

pub mod bills;
mod error;
pub mod link;

pub use bills::{
    Bill, BillCommand, BillEvent, BillKey, BillLine, BillOrder, BillState, Gateway, Ground,
    Outside, Payment, PaymentGateway,
};
pub use error::LedgerError;
pub use link::{Link, LinkError};

use module::{Module, Registry};
use std::sync::Arc;

/// The ledger as the platform plugs it in.
#[derive(Clone, Debug)]
pub struct LedgerModule {
    outside: Arc<Outside>,
}

impl LedgerModule {
    /// The module with what it needs from outside.
    #[must_use]
    pub fn new(outside: Outside) -> Self {
        Self { outside: Arc::new(outside) }
    }
}

impl Module for LedgerModule {
    fn name(&self) -> &'static str {
        "ledger"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Bill>(Arc::new(()));
        registry.projection(bills::projection::BillTables);
        registry.policy(bills::policy::PlaceOnIssue);
        registry.policy(bills::policy::RefundOnOrder);
        registry.errand::<bills::errand::Place>(Arc::clone(&self.outside));
        registry.errand::<bills::errand::GiveBack>(Arc::clone(&self.outside));
        registry.router("ledger", bills::http::router(Arc::clone(&self.outside)));
        registry.access("ledger", include_str!("access.cedar"));
    }
}
