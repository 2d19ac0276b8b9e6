//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use blobs::BlobId;
use codes::Moment;
use exchange::{Kept, Message, MessageEvent, Proof, PropagationEvent, Telling};
use serde_json::{Value, json};

const GOLDEN: &str = include_str!("../events.json");

fn events() -> Vec<MessageEvent> {
    let text = |text: &str| text.to_owned();
    let message = |task: Option<&str>| {
        Box::new(Message {
            partner: text("bank"),
            kind: text("task.decided"),
            purpose: text("回告办理结果"),
            basis: text("优化营商环境条例第十九条"),
            case: task.map(|_| text("440115-260212-000001-33")),
            task: task.map(text),
            facts: json!({"decision": "granted", "given": {"account_number": "44050158863500000123"}}),
        })
    };
    let proof = Proof {
        key: text("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        input: text("sig1=(\"@method\");created=1770883500"),
        signature: text("sig1=:AAAA:"),
    };
    let blob = BlobId("ab".repeat(32));
    let received_at: Moment = "2026-02-12T08:05:00Z".parse().expect("an instant");
    vec![
        MessageEvent::Received {
            message: message(Some("bank")),
            in_reply_to: None,
            body: Kept { blob: blob.clone(), key: None },
            sha256: "cd".repeat(32),
            proof: proof.clone(),
        },
        MessageEvent::Received {
            message: message(None),
            in_reply_to: Some("0f".repeat(16)),
            body: Kept { blob, key: Some(text("message/in:bank:t-1")) },
            sha256: "cd".repeat(32),
            proof: proof.clone(),
        },
        MessageEvent::Sent { message: message(Some("bank")), sha256: "cd".repeat(32) },
        MessageEvent::Receipted {
            received_at,
            answers: 1,
            faults: Vec::new(),
            proof: proof.clone(),
        },
        MessageEvent::Receipted {
            received_at,
            answers: 0,
            faults: vec![text("t-1: broken")],
            proof,
        },
    ]
}

fn propagations() -> Vec<PropagationEvent> {
    let recipient = || "credit-china".to_owned();
    let telling = || {
        let telling = Telling::new("credit.restriction_lifted", "解除联合惩戒", "办法第六条");
        Box::new(telling.with("uscc", "91440106MA59C0309X").with("measure", "procurement"))
    };
    let at = Moment::from_us(1_770_883_500_000_000);
    vec![
        PropagationEvent::Told {
            round: 1,
            telling: telling(),
            to: vec![recipient(), "finance".to_owned()],
            escalate_at: at,
        },
        PropagationEvent::Tried {
            round: 1,
            recipient: recipient(),
            attempt: 2,
            telling: telling(),
        },
        PropagationEvent::Failed {
            round: 1,
            recipient: recipient(),
            attempt: 2,
            why: "503".to_owned(),
            again_at: Some(at),
        },
        PropagationEvent::Failed {
            round: 1,
            recipient: recipient(),
            attempt: 3,
            why: "no such partner".to_owned(),
            again_at: None,
        },
        PropagationEvent::Confirmed { round: 1, recipient: recipient() },
        PropagationEvent::Escalated { round: 1, recipients: vec![recipient()] },
        PropagationEvent::Settled { round: 1, recipient: recipient(), how: "函告".to_owned() },
        PropagationEvent::Reopened {
            round: 1,
            recipient: recipient(),
            why: "对账时未见此条".to_owned(),
            escalate_at: at,
        },
    ]
}

#[test]
fn every_event_of_a_propagation_is_written_and_read_as_ever() {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let written = serde_json::to_value(propagations()).expect("json");
    assert_eq!(golden["propagation"], written, "{}", json!({"propagation": written}));
    let read: Vec<PropagationEvent> =
        serde_json::from_value(golden["propagation"].clone()).expect("readable");
    assert_eq!(read, propagations());
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let written = serde_json::to_value(events()).expect("json");
    assert_eq!(golden["message"], written, "{:#}", json!({"message": written}));
    let read: Vec<MessageEvent> =
        serde_json::from_value(golden["message"].clone()).expect("readable");
    assert_eq!(read, events());
}
