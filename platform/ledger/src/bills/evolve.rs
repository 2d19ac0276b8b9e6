//! Events folded into states; total, refusing nothing.

use super::decide::{Bill, Held};
use super::event::BillEvent;
use super::model::BillState;

pub(crate) fn bill(bill: &mut Bill, event: &BillEvent) {
    match event {
        BillEvent::Issued { order, total_fen, order_no } => {
            bill.order = Some(order.clone());
            bill.total_fen = *total_fen;
            bill.order_no.clone_from(order_no);
            bill.state = if *total_fen > 0 { BillState::Due } else { BillState::Free };
        }
        BillEvent::Placed { pay_url, .. } => bill.pay_url = Some(pay_url.clone()),
        BillEvent::Paid { payment, .. } => {
            hold(bill, &payment.transaction, payment.amount_fen);
            bill.state = BillState::Paid;
        }
        BillEvent::PaidLate { payment, .. } => {
            hold(bill, &payment.transaction, payment.amount_fen);
        }
        BillEvent::Rejected { sha256, .. } => {
            bill.rejected.insert(sha256.clone());
        }
        BillEvent::Waived { .. } => bill.state = BillState::Waived,
        BillEvent::Voided { .. } => bill.state = BillState::Void,
        BillEvent::RefundOrdered { transaction, refund_no, state, .. } => {
            if let Some(held) = bill.payments.get_mut(transaction) {
                held.refund_no = Some(refund_no.clone());
            }
            bill.state = *state;
        }
        BillEvent::Refunded { refund_no, state, .. } => {
            bill.refunded.insert(refund_no.clone());
            bill.state = *state;
        }
    }
}

fn hold(bill: &mut Bill, transaction: &str, amount_fen: i64) {
    bill.payments.insert(transaction.to_owned(), Held { amount_fen, refund_no: None });
}
