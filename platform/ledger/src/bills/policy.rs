//! What follows from the bills' own events: orders at the gateway, money that goes back.

use super::errand::{GiveBack, Place};
use super::event::BillEvent;
use super::model::BillKey;
use kernel::{Policy, Reaction, Recorded, Unreadable};

/// Issued, so the gateway is told what is to be paid.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlaceOnIssue;

impl Policy for PlaceOnIssue {
    fn name(&self) -> &'static str {
        "ledger.place_on_issue"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["bill.Issued"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let BillEvent::Issued { total_fen, order, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        if total_fen == 0 {
            return Ok(Vec::new());
        }
        let bill = BillKey(event.key.to_string());
        let (shard, subject) = (event.shard.clone(), order.title.zh);
        Ok(vec![event.sends(&Place { bill, shard, amount_fen: total_fen, subject })?])
    }
}

/// A refund is ordered, so the gateway is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct RefundOnOrder;

impl Policy for RefundOnOrder {
    fn name(&self) -> &'static str {
        "ledger.refund_on_order"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["bill.RefundOrdered"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let BillEvent::RefundOrdered { transaction, amount_fen, refund_no, reason, .. } =
            event.read()?
        else {
            return Ok(Vec::new());
        };
        let bill = BillKey(event.key.to_string());
        let shard = event.shard.clone();
        let back = GiveBack { bill, shard, transaction, amount_fen, refund_no, reason };
        Ok(vec![event.sends(&back)?])
    }
}
