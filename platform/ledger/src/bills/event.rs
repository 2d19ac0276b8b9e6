//! What happens to bills: wire format, frozen.

use super::model::{BillOrder, BillState, Ground, Payment};
use codes::Moment;
use kernel::Origin;
use serde::{Deserialize, Serialize};

/// What happens to a bill (账单).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BillEvent {
    /// It was issued.
    Issued {
        /// The order.
        order: Box<BillOrder>,
        /// Together, in fen.
        total_fen: i64,
        /// Under which number the gateway knows it.
        order_no: String,
    },
    /// The gateway took the order; the payer can pay there.
    Placed {
        /// The gateway.
        gateway: String,
        /// Where the payer pays.
        pay_url: String,
    },
    /// It is paid.
    Paid {
        /// The payment.
        payment: Payment,
        /// What the bill was for, for who listens.
        origin: Origin,
    },
    /// Money came that nobody owes: the bill was void, waived or paid already.
    PaidLate {
        /// The payment.
        payment: Payment,
        /// Where the bill stood.
        state: BillState,
    },
    /// A report of money came that its gateway did not sign, or that is of another amount; nothing else happened.
    Rejected {
        /// SHA-256 of the report, in hexadecimal digits.
        sha256: String,
        /// The slug of what is wrong with it.
        why: String,
    },
    /// The organ waived it.
    Waived {
        /// Why.
        ground: Ground,
    },
    /// What it was for was given up before it was paid.
    Voided {
        /// Why.
        reason: String,
    },
    /// A payment is to go back to the payer.
    RefundOrdered {
        /// Which payment.
        transaction: String,
        /// How much, in fen.
        amount_fen: i64,
        /// The number of the refund.
        refund_no: String,
        /// Why.
        reason: String,
        /// Where the bill stands with it.
        state: BillState,
    },
    /// A payment is back with the payer.
    Refunded {
        /// The number of the refund.
        refund_no: String,
        /// When the gateway gave it back.
        at: Moment,
        /// Where the bill stands with it.
        state: BillState,
    },
}
