//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use crate::bed::order;
use codes::Moment;
use ledger::{BillEvent, BillState, Ground, Payment};
use serde_json::Value;

const GOLDEN: &str = include_str!("../events.json");

fn events() -> Vec<BillEvent> {
    let payment = Payment {
        gateway: "feishui".to_owned(),
        transaction: "T000000000001".to_owned(),
        amount_fen: 9000,
        paid_at: Moment::from_us(1_770_858_000_000_000),
        receipt_no: "44030023-0000000001".to_owned(),
    };
    vec![
        BillEvent::Issued { order: Box::new(order()), total_fen: 9000, order_no: "abc".to_owned() },
        BillEvent::Placed {
            gateway: "feishui".to_owned(),
            pay_url: "https://pay.example/pay/abc".to_owned(),
        },
        BillEvent::Paid { payment: payment.clone(), origin: order().origin },
        BillEvent::PaidLate { payment, state: BillState::Void },
        BillEvent::Rejected { sha256: "ab".to_owned(), why: "SIGNATURE_INVALID".to_owned() },
        BillEvent::Waived {
            ground: Ground {
                reason: "受灾".to_owned(), article: "财税〔2016〕79号".to_owned()
            },
        },
        BillEvent::Voided { reason: "申请人撤回".to_owned() },
        BillEvent::RefundOrdered {
            transaction: "T000000000001".to_owned(),
            amount_fen: 9000,
            refund_no: "r1".to_owned(),
            reason: "申请人撤回".to_owned(),
            state: BillState::Refunding,
        },
        BillEvent::Refunded {
            refund_no: "r1".to_owned(),
            at: Moment::from_us(1_770_858_000_000_000),
            state: BillState::Refunded,
        },
    ]
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let events = events();
    let now = serde_json::json!({ "bill": events });
    let lines = golden["bill"].as_array().unwrap_or_else(|| panic!("now {now:#}")).clone();
    assert_eq!(lines.len(), events.len(), "now {now:#}");
    for (line, event) in lines.iter().zip(&events) {
        assert_eq!(*line, serde_json::to_value(event).expect("json"), "written otherwise");
        let read: BillEvent = serde_json::from_value(line.clone()).expect("readable");
        assert_eq!(read, *event, "read otherwise");
    }
}
