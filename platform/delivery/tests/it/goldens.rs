//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use crate::bed::order;
use codes::{Date, Label, Moment};
use delivery::model::{BookKey, Numbering, PostedItem};
use delivery::{
    AddressEvent, AddressOfService, BookEvent, Channel, Content, Document, Filling, How, Kept,
    NoticeEvent, NoticeKey, Proof, Receiver,
};
use documents::{Facts, TextDigest, Values};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

const GOLDEN: &str = include_str!("../events.json");

fn kept() -> Kept {
    Kept { blob: blobs::BlobId("ab".repeat(32)), key: Some("party/p1".to_owned()) }
}

fn document() -> Document {
    let plain = Kept { key: None, ..kept() };
    Document {
        pdf: plain,
        digest: TextDigest::from_bytes([7; 32]),
        edition: "typst 0.15.1".to_owned(),
    }
}

fn address() -> AddressOfService {
    AddressOfService {
        consented: [Channel::Inbox, Channel::Email].into(),
        email: Some(kept()),
        postal: None,
    }
}

fn served(channel: Channel, proof: Proof) -> NoticeEvent {
    let digest = TextDigest::from_bytes([7; 32]);
    NoticeEvent::Served { on: Date::constant(2026, 2, 12), how: How { channel, proof, digest } }
}

fn notice() -> Vec<NoticeEvent> {
    let (title, on) =
        (Label::new("受理通知书", "Notice of acceptance"), Date::constant(2026, 2, 12));
    let facts = Facts::on(on).with("organ", "穗南市监");
    let book = BookKey("acceptance/穗南市监/2026".to_owned());
    let numbering = Numbering { book, series: "acceptance".to_owned(), facts };
    let mut document_order = order("穗南市监", Filling::Kept(kept()), &[Channel::Inbox]);
    document_order.content = Content::Document {
        title: title.clone(),
        number: "JY24401150002186".to_owned(),
        document: document(),
    };
    let plain = order(
        "穗南市监",
        Filling::Plain(Values::new().text("service", "食品经营许可").date("due_on", on)),
        &[],
    );
    let (message_id, answer) = ("<1@lianban.example>".to_owned(), "250 Ok".to_owned());
    let moment = Moment::from_us(1_770_858_000_000_000);
    let item =
        PostedItem { carrier: "EMS".to_owned(), tracking_no: "EB1".to_owned(), posted_on: on };
    let reason = "550 5.1.1 no such user".to_owned();
    vec![
        NoticeEvent::Issued {
            order: Box::new(plain),
            title: title.clone(),
            on,
            numbering: Some(numbering),
        },
        NoticeEvent::Issued { order: Box::new(document_order), title, on, numbering: None },
        NoticeEvent::Numbered { number: "穗南市监许受〔2026〕1号".to_owned() },
        NoticeEvent::Prepared { document: document(), token: "T".to_owned(), address: address() },
        NoticeEvent::Placed { unread_until: Some(moment) },
        NoticeEvent::Placed { unread_until: None },
        NoticeEvent::MailOrdered { attempt: 1, to: kept(), until: moment },
        NoticeEvent::Sent { attempt: 1, message_id: message_id.clone(), answer: answer.clone() },
        NoticeEvent::PaperWanted,
        NoticeEvent::Posted { item },
        NoticeEvent::Bounced { channel: Channel::Email, reason: reason.clone() },
        NoticeEvent::Read { login: "chen".to_owned() },
        served(Channel::Inbox, Proof::Arrived),
        served(Channel::Inbox, Proof::Read { login: "chen".to_owned() }),
        served(Channel::Email, Proof::Mailed { message_id, answer }),
        served(
            Channel::Post,
            Proof::Signed { by: Receiver::MailRoom, tracking_no: Some("EB1".to_owned()) },
        ),
        served(Channel::Hand, Proof::Signed { by: Receiver::Party, tracking_no: None }),
        NoticeEvent::ServiceUndone { channel: Channel::Email, reason },
    ]
}

fn book() -> Vec<BookEvent> {
    let book = BookKey("acceptance/穗南市监/2026".to_owned());
    let number = "穗南市监许受〔2026〕1号".to_owned();
    vec![BookEvent::Allotted { notice: NoticeKey("n1".to_owned()), serial: 1, number, book }]
}

fn addresses() -> Vec<AddressEvent> {
    let statement = "electronic-service-2026-01".to_owned();
    vec![AddressEvent::Confirmed { address: address(), statement }, AddressEvent::ConsentWithdrawn]
}

fn frozen<E: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(kind: &str, events: &[E]) {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let lines = golden[kind].as_array().unwrap_or_else(|| panic!("{kind} in {:#}", now())).clone();
    assert_eq!(lines.len(), events.len(), "{kind}: {:#}", now());
    for (line, event) in lines.iter().zip(events) {
        assert_eq!(
            *line,
            serde_json::to_value(event).expect("json"),
            "{kind} is written otherwise"
        );
        assert_eq!(
            serde_json::from_value::<E>(line.clone()).expect("readable"),
            *event,
            "{kind} is read otherwise"
        );
    }
}

fn now() -> Value {
    serde_json::json!({"notice": notice(), "notice-book": book(), "service-address": addresses()})
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    frozen("notice", &notice());
    frozen("notice-book", &book());
    frozen("service-address", &addresses());
}
