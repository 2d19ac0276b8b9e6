//! Commands of bills, decided.

use super::event::BillEvent;
use super::model::{BillKey, BillLine, BillOrder, BillState, Ground, Payment};
use crate::error::LedgerError;
use codes::Moment;
use kernel::{Aggregate, Context, derive_id};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most rejected reports that a bill keeps: who floods it leaves no more traces.
const REJECTED_MAX: usize = 16;
/// The longest reason or article, in characters.
const GROUND_CHARS_MAX: usize = 500;

/// What may be asked of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BillCommand {
    /// Issue it. The same order again changes nothing.
    Issue {
        /// Its key, from which its number follows.
        key: BillKey,
        /// The order.
        order: Box<BillOrder>,
    },
    /// The gateway took the order.
    Place {
        /// The gateway.
        gateway: String,
        /// Where the payer pays.
        pay_url: String,
    },
    /// The gateway reported money. The same transaction again changes nothing.
    Pay {
        /// The payment.
        payment: Payment,
    },
    /// A report came that is not believed.
    Reject {
        /// SHA-256 of the report.
        sha256: String,
        /// The slug of what is wrong with it.
        why: String,
    },
    /// Waive it.
    Waive {
        /// Why.
        ground: Ground,
    },
    /// What it is for is given up: a bill that is not paid is void, what is paid goes back.
    Void {
        /// Why.
        reason: String,
    },
    /// The gateway gave a payment back.
    NoteRefunded {
        /// The number of the refund.
        refund_no: String,
        /// When.
        at: Moment,
    },
}

/// A payment as a bill remembers it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    pub(crate) amount_fen: i64,
    pub(crate) refund_no: Option<String>,
}

/// A bill (账单).
#[derive(Clone, Debug, Default)]
pub struct Bill {
    pub(crate) order: Option<Box<BillOrder>>,
    pub(crate) total_fen: i64,
    pub(crate) order_no: String,
    pub(crate) state: BillState,
    pub(crate) pay_url: Option<String>,
    pub(crate) payments: BTreeMap<String, Held>,
    pub(crate) refunded: BTreeSet<String>,
    pub(crate) rejected: BTreeSet<String>,
}

impl Bill {
    fn issue(&self, key: &BillKey, order: Box<BillOrder>) -> Result<Vec<BillEvent>, LedgerError> {
        if let Some(issued) = &self.order {
            return if *issued == order { Ok(Vec::new()) } else { Err(LedgerError::Taken) };
        }
        let total_fen = total(&order.lines)?;
        if order.title.zh.is_empty() || (total_fen == 0 && order.free_by.is_none()) {
            return Err(LedgerError::Field { key: "free_by" });
        }
        Ok(vec![BillEvent::Issued { order, total_fen, order_no: key.order_no() }])
    }

    fn pay(&self, payment: Payment) -> Result<Vec<BillEvent>, LedgerError> {
        let order = self.order.as_ref().ok_or(LedgerError::Unknown)?;
        if self.payments.contains_key(&payment.transaction) {
            return Ok(Vec::new());
        }
        if payment.transaction.is_empty() || payment.receipt_no.is_empty() {
            return Err(LedgerError::Field { key: "transaction" });
        }
        if payment.amount_fen != self.total_fen {
            return Err(LedgerError::AmountDiffers {
                owed_fen: self.total_fen,
                found_fen: payment.amount_fen,
            });
        }
        if self.state == BillState::Due {
            return Ok(vec![BillEvent::Paid { payment, origin: order.origin.clone() }]);
        }
        // Paid twice: the first payment stays, the bill is paid.
        let state = match self.state {
            BillState::Paid => BillState::Paid,
            _ => BillState::Refunding,
        };
        let back =
            self.give_back(&payment.transaction, payment.amount_fen, "缴费时已无需缴纳", state);
        Ok(vec![BillEvent::PaidLate { payment, state: self.state }, back])
    }

    fn give_back(
        &self,
        transaction: &str,
        amount_fen: i64,
        reason: &str,
        state: BillState,
    ) -> BillEvent {
        let parts = [b"ledger.refund".as_slice(), self.order_no.as_bytes(), transaction.as_bytes()];
        BillEvent::RefundOrdered {
            transaction: transaction.to_owned(),
            amount_fen,
            refund_no: seals::base32(&derive_id(&parts)),
            reason: reason.to_owned(),
            state,
        }
    }

    fn void(&self, reason: String) -> Result<Vec<BillEvent>, LedgerError> {
        let reason = within(reason, "reason")?;
        match self.state {
            // What was given up before a bill was issued owes nothing.
            BillState::None => Ok(Vec::new()),
            BillState::Due | BillState::Free | BillState::Waived => {
                Ok(vec![BillEvent::Voided { reason }])
            }
            BillState::Paid => Ok(self
                .payments
                .iter()
                .filter(|(_, held)| held.refund_no.is_none())
                .map(|(transaction, held)| {
                    self.give_back(transaction, held.amount_fen, &reason, BillState::Refunding)
                })
                .collect()),
            BillState::Void | BillState::Refunding | BillState::Refunded => Ok(Vec::new()),
        }
    }

    fn note_refunded(&self, refund_no: String, at: Moment) -> Result<Vec<BillEvent>, LedgerError> {
        let ordered =
            self.payments.values().any(|held| held.refund_no.as_ref() == Some(&refund_no));
        match ordered {
            false => Err(LedgerError::WrongState { state: self.state }),
            true if self.refunded.contains(&refund_no) => Ok(Vec::new()),
            true => {
                let mut others = self.payments.values().filter_map(|held| match &held.refund_no {
                    Some(no) if *no == refund_no => None,
                    other => Some(other.as_ref()),
                });
                let state = if others.clone().any(|no| no.is_none()) {
                    BillState::Paid
                } else if others.all(|no| no.is_some_and(|no| self.refunded.contains(no))) {
                    BillState::Refunded
                } else {
                    BillState::Refunding
                };
                Ok(vec![BillEvent::Refunded { refund_no, at, state }])
            }
        }
    }

    fn place(&self, gateway: String, pay_url: String) -> Result<Vec<BillEvent>, LedgerError> {
        match self.state {
            BillState::None => Err(LedgerError::Unknown),
            // A second answer of the same errand, or the bill went another way meanwhile.
            BillState::Due if self.pay_url.as_ref() != Some(&pay_url) => {
                Ok(vec![BillEvent::Placed { gateway, pay_url }])
            }
            _ => Ok(Vec::new()),
        }
    }

    fn reject(&self, sha256: String, why: String) -> Result<Vec<BillEvent>, LedgerError> {
        if self.order.is_none() {
            return Err(LedgerError::Unknown);
        }
        let known = self.rejected.contains(&sha256) || self.rejected.len() >= REJECTED_MAX;
        Ok(if known { Vec::new() } else { vec![BillEvent::Rejected { sha256, why }] })
    }
}

/// The sum of the lines; each of them has to hold in itself.
fn total(lines: &[BillLine]) -> Result<i64, LedgerError> {
    lines.iter().try_fold(0_i64, |sum, line| {
        let own = line.each_fen.checked_mul(i64::from(line.count));
        if own != Some(line.amount_fen) || line.amount_fen <= 0 {
            return Err(LedgerError::Field { key: "amount" });
        }
        // Who pays is told the rule and its ground for every line.
        if line.rule.is_empty() || line.basis.is_empty() {
            return Err(LedgerError::Field { key: "basis" });
        }
        sum.checked_add(line.amount_fen).ok_or(LedgerError::Field { key: "amount" })
    })
}

fn within(text: String, key: &'static str) -> Result<String, LedgerError> {
    let fits = !text.trim().is_empty() && text.chars().count() <= GROUND_CHARS_MAX;
    if fits { Ok(text) } else { Err(LedgerError::Field { key }) }
}

impl Aggregate for Bill {
    const KIND: &'static str = "bill";
    type Key = BillKey;
    type Command = BillCommand;
    type Event = BillEvent;
    type Error = LedgerError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: BillCommand,
    ) -> Result<Vec<BillEvent>, LedgerError> {
        match command {
            BillCommand::Issue { key, order } => self.issue(&key, order),
            BillCommand::Place { gateway, pay_url } => self.place(gateway, pay_url),
            BillCommand::Pay { payment } => self.pay(payment),
            BillCommand::Reject { sha256, why } => self.reject(sha256, why),
            BillCommand::Waive { ground } => {
                let Ground { reason, article } = ground;
                let ground = Ground {
                    reason: within(reason, "reason")?,
                    article: within(article, "article")?,
                };
                match self.state {
                    BillState::None => Err(LedgerError::Unknown),
                    BillState::Due => Ok(vec![BillEvent::Waived { ground }]),
                    state => Err(LedgerError::WrongState { state }),
                }
            }
            BillCommand::Void { reason } => self.void(reason),
            BillCommand::NoteRefunded { refund_no, at } => self.note_refunded(refund_no, at),
        }
    }

    fn evolve(&mut self, event: &BillEvent) {
        super::evolve::bill(self, event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codes::Label;
    use kernel::{Actor, CommandId, EventId, OrganKey, Origin, PartyKey, Shard};

    fn line(count: u32, each_fen: i64) -> BillLine {
        BillLine {
            label: Label::new("登记费", "Fee"),
            count,
            each_fen,
            amount_fen: each_fen * i64::from(count),
            rule: "registration_fee/housing".to_owned(),
            basis: "发改价格规〔2016〕2559号第一条".to_owned(),
        }
    }

    fn order(lines: Vec<BillLine>) -> Box<BillOrder> {
        let event = EventId { shard: Shard::new("440300"), seq: 1 };
        Box::new(BillOrder {
            origin: Origin { kind: "registration".to_owned(), key: "r1".to_owned(), event },
            organ: OrganKey::new("o"),
            organ_name: "登记中心".to_owned(),
            place: "440305".to_owned(),
            payer: PartyKey::new("p1"),
            title: Label::new("不动产登记费", "Registration fee"),
            lines,
            free_by: None,
        })
    }

    fn issue(order: Box<BillOrder>) -> BillCommand {
        BillCommand::Issue { key: BillKey("b1".to_owned()), order }
    }

    fn payment(transaction: &str, amount_fen: i64) -> BillCommand {
        let payment = Payment {
            gateway: "g".to_owned(),
            transaction: transaction.to_owned(),
            amount_fen,
            paid_at: Moment::default(),
            receipt_no: "4403-1".to_owned(),
        };
        BillCommand::Pay { payment }
    }

    fn cx() -> Context {
        let (actor, command) = (Actor::system("test"), CommandId::derive(&[b"x"]));
        Context { now: Moment::default(), actor, command, cause: None }
    }

    /// Applies commands one after another; each gives the names of its events, or the slug of its refusal.
    fn play(commands: Vec<BillCommand>) -> (Vec<String>, Bill) {
        use codes::Coded as _;
        let mut bill = Bill::default();
        let told = commands.into_iter().map(|command| match bill.decide(&(), &cx(), command) {
            Ok(events) => {
                events.iter().for_each(|event| bill.evolve(event));
                let name = |event: &BillEvent| kernel::Body::of(event).unwrap().name().to_owned();
                events.iter().map(name).collect::<Vec<_>>().join("+")
            }
            Err(error) => error.reason().to_owned(),
        });
        let told = told.collect();
        (told, bill)
    }

    #[test]
    fn s10_however_often_it_is_reported_money_counts_once() {
        let wrong =
            || BillCommand::Reject { sha256: "ab".to_owned(), why: "SIGNATURE_INVALID".to_owned() };
        let (told, bill) = play(vec![
            issue(order(vec![line(1, 8000), line(1, 1000)])),
            issue(order(vec![line(1, 8000), line(1, 1000)])),
            wrong(),
            payment("t1", 9000),
            payment("t1", 9000),
            payment("t1", 9000),
            wrong(),
        ]);
        assert_eq!(told, ["Issued", "", "Rejected", "Paid", "", "", ""]);
        assert_eq!((bill.state, bill.payments.len()), (BillState::Paid, 1));
    }

    #[test]
    fn s10_money_that_nobody_owes_goes_back() {
        let void = || BillCommand::Void { reason: "申请撤回".to_owned() };
        let late = play(vec![
            issue(order(vec![line(1, 8000)])),
            void(),
            payment("t1", 8000),
            payment("t1", 8000),
        ]);
        assert_eq!(late.0, ["Issued", "Voided", "PaidLate+RefundOrdered", ""]);
        assert_eq!(late.1.state, BillState::Refunding);

        let (told, bill) = play(vec![
            issue(order(vec![line(1, 8000)])),
            payment("t1", 8000),
            payment("t2", 8000),
            void(),
            void(),
        ]);
        assert_eq!(told, ["Issued", "Paid", "PaidLate+RefundOrdered", "RefundOrdered", ""]);
        assert_eq!(bill.state, BillState::Refunding);
        let refunds: Vec<_> =
            bill.payments.values().filter_map(|held| held.refund_no.clone()).collect();
        assert_eq!(refunds.len(), 2, "paid twice, given back twice, under two numbers");
        let mut bill = bill;
        for refund_no in refunds {
            let note = BillCommand::NoteRefunded { refund_no, at: Moment::default() };
            for event in bill.decide(&(), &cx(), note.clone()).unwrap() {
                bill.evolve(&event);
            }
            assert_eq!(bill.decide(&(), &cx(), note).unwrap(), [], "noted once");
        }
        assert_eq!(bill.state, BillState::Refunded);
    }

    #[test]
    fn what_does_not_hold_is_refused() {
        let mut crooked = line(2, 8000);
        crooked.amount_fen = 8000;
        let mut groundless = line(1, 8000);
        groundless.basis.clear();
        for lines in [
            vec![crooked],
            vec![groundless],
            vec![line(1, -8000)],
            vec![],
            vec![line(2, i64::MAX / 2), line(1, 5)],
        ] {
            assert_eq!(play(vec![issue(order(lines.clone()))]).0, ["FIELD"], "{lines:?}");
        }
        let ground =
            Ground { reason: "受灾".to_owned(), article: "财税〔2016〕79号".to_owned() };
        let waive = || BillCommand::Waive { ground: ground.clone() };
        let (told, _) = play(vec![
            payment("t1", 1),
            issue(order(vec![line(1, 8000)])),
            payment("t1", 7999),
            BillCommand::Waive { ground: Ground::default() },
            waive(),
            waive(),
            BillCommand::NoteRefunded { refund_no: "x".to_owned(), at: Moment::default() },
        ]);
        assert_eq!(
            told,
            [
                "NOT_FOUND",
                "Issued",
                "AMOUNT_DIFFERS",
                "FIELD",
                "Waived",
                "WRONG_STATE",
                "WRONG_STATE"
            ]
        );
        let mut free = order(Vec::new());
        free.free_by = Some("registration_fee/cancel".to_owned());
        let (told, bill) = play(vec![issue(free), waive()]);
        assert_eq!((told.join(" ").as_str(), bill.state), ("Issued WRONG_STATE", BillState::Free));
    }
}
