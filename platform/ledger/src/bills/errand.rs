//! Outside work: orders and refunds at the payment gateway.

use super::decide::{Bill, BillCommand};
use super::gateway::{Gateway, NewOrder, NewRefund};
use super::model::BillKey;
use crate::link::LinkError;
use kernel::{Atomic, Errand, ErrandError, ErrandId, Reaction, Shard};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// What bills need from outside.
#[derive(Clone, Default)]
pub struct Outside {
    /// The payment gateway (非税收缴平台); none where nothing can be paid on line.
    pub gateway: Option<Arc<dyn Gateway>>,
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("gateway", &self.gateway.is_some()).finish()
    }
}

/// Tells the gateway what is to be paid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The bill.
    pub bill: BillKey,
    /// Its shard.
    pub shard: Shard,
    /// How much, in fen.
    pub amount_fen: i64,
    /// For what.
    pub subject: String,
}

impl Errand for Place {
    const KIND: &'static str = "ledger.place";
    type Tools = Arc<Outside>;

    async fn run(
        &self,
        _id: ErrandId,
        outside: Arc<Outside>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let Some(gateway) = &outside.gateway else { return Ok(Vec::new()) };
        let order = NewOrder {
            order_no: self.bill.order_no(),
            amount_fen: self.amount_fen,
            subject: self.subject.clone(),
        };
        let pay_url = gateway.place(order).await.map_err(tried)?;
        let command = BillCommand::Place { gateway: gateway.key().to_owned(), pay_url };
        answer(&self.shard, &self.bill, &command)
    }
}

/// Has the gateway give a payment back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GiveBack {
    /// The bill.
    pub bill: BillKey,
    /// Its shard.
    pub shard: Shard,
    /// Which payment.
    pub transaction: String,
    /// How much, in fen.
    pub amount_fen: i64,
    /// The number of the refund; the same again is done once.
    pub refund_no: String,
    /// Why.
    pub reason: String,
}

impl Errand for GiveBack {
    const KIND: &'static str = "ledger.give_back";
    type Tools = Arc<Outside>;

    async fn run(
        &self,
        _id: ErrandId,
        outside: Arc<Outside>,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let Some(gateway) = &outside.gateway else { return Ok(Vec::new()) };
        let refund = NewRefund {
            order_no: self.bill.order_no(),
            transaction: self.transaction.clone(),
            refund_no: self.refund_no.clone(),
            amount_fen: self.amount_fen,
            reason: self.reason.clone(),
        };
        let at = gateway.refund(refund).await.map_err(tried)?;
        let command = BillCommand::NoteRefunded { refund_no: self.refund_no.clone(), at };
        answer(&self.shard, &self.bill, &command)
    }
}

fn answer(
    shard: &Shard,
    bill: &BillKey,
    command: &BillCommand,
) -> Result<Vec<Reaction>, ErrandError> {
    let commands =
        Atomic::new(shard.clone()).then::<Bill>(bill, command).map_err(ErrandError::never)?;
    Ok(vec![Reaction::Commands(commands)])
}

fn tried(error: LinkError) -> ErrandError {
    match error {
        LinkError::Refused { .. } => ErrandError::never(error),
        other => ErrandError::later(other),
    }
}
