//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use crate::bed::order;
use codes::{Date, Label};
use documents::{Facts, TextDigest, Values};
use licences::looks::LooksEvent;
use licences::model::{BookKey, Numbering};
use licences::{
    BookEvent, Credential, Document, Ending, Filling, Ground, Kept, LicenceEvent, LicenceKey,
    NumberFrom, Order, State, StatusEvent, StatusPlace, Watch,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

const GOLDEN: &str = include_str!("../events.json");

fn kept() -> Kept {
    Kept { blob: blobs::BlobId("ab".repeat(32)), key: Some("case/1".to_owned()) }
}

fn document() -> Document {
    Document {
        pdf: kept(),
        sha256: seals::Digest::sha256(b"pdf"),
        digest: TextDigest::from_bytes([7; 32]),
        edition: "typst 0.15.1".to_owned(),
        statement: blobs::BlobId("cd".repeat(32)),
        key: seals::KeyId::new("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        seal: None,
        credential: None,
        code: None,
    }
}

/// A document with all that later versions added.
fn whole_document() -> Document {
    let status = StatusPlace { list: "440100-0".to_owned(), index: 4711 };
    let jwt = blobs::BlobId("ef".repeat(32));
    Document {
        seal: Some(seals::KeyId::new("dBrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")),
        credential: Some(Credential { jwt, disclosures: kept(), status }),
        code: Some(kept()),
        ..document()
    }
}

fn watch() -> Box<Watch> {
    Box::new(Watch {
        by: ["440115-tax".to_owned()].into(),
        number: "91440115MAD2K7Q49J".to_owned(),
        kind: "business_licence".to_owned(),
        token: "abc234".to_owned(),
        organ: "广州市南沙区市场监督管理局".to_owned(),
    })
}

fn business() -> Order {
    let values = Values::new().text("enterprise_name", "青禾").money_fen("registered_capital", 1);
    let mut business = order("business_licence", Filling::Plain(values));
    business.number = NumberFrom::Given("91440115MAD2K7Q49J".to_owned());
    business
}

pub(crate) fn licence() -> Vec<LicenceEvent> {
    let (title, on) =
        (Label::new("食品经营许可证", "Food business licence"), Date::constant(2026, 2, 12));
    let facts = Facts::on(on).with("division", "440115").with("format", "2");
    let book = BookKey("food_licence/2/440115".to_owned());
    let numbering = Numbering { book, series: "food_licence".to_owned(), facts };
    let mut food = order("food_licence", Filling::Kept(kept()));
    food.valid_to = Some(Date::constant(2031, 2, 11));
    food.hidden = vec!["complaint_phone".to_owned()];
    food.replaces = Some(LicenceKey("l0".to_owned()));
    let ground =
        Ground { reason: "停业整顿".to_owned(), article: "第一百二十六条".to_owned() };
    let business_title = Label::new("营业执照", "Business licence");
    let mut events = vec![
        LicenceEvent::Issued { order: Box::new(food), title, on, numbering: Some(numbering) },
        LicenceEvent::Issued {
            order: Box::new(business()),
            title: business_title.clone(),
            on,
            numbering: None,
        },
        LicenceEvent::Numbered { number: "JY24401150000015".to_owned() },
        LicenceEvent::Signed {
            number: "91440115MAD2K7Q49J".to_owned(),
            document: Box::new(document()),
            token: "abc234".to_owned(),
            title: business_title.clone(),
            order: Box::new(business()),
        },
        LicenceEvent::Suspended { ground: ground.clone(), watch: None },
        LicenceEvent::Resumed { ground: ground.clone(), watch: None },
    ];
    let revoked = |by| LicenceEvent::Revoked { by, ground: ground.clone(), watch: None };
    events.extend(Ending::ALL.map(revoked));
    events.extend([
        LicenceEvent::Replaced { by: LicenceKey("l2".to_owned()), watch: None },
        LicenceEvent::Expired,
        LicenceEvent::Signed {
            number: "91440115MAD2K7Q49J".to_owned(),
            document: Box::new(whole_document()),
            token: "abc234".to_owned(),
            title: business_title,
            order: Box::new(business()),
        },
        LicenceEvent::Watched {
            partner: "440115-tax".to_owned(),
            state: State::Valid,
            watch: watch(),
        },
        LicenceEvent::Suspended { ground: ground.clone(), watch: Some(watch()) },
        LicenceEvent::Resumed { ground: ground.clone(), watch: Some(watch()) },
        LicenceEvent::Revoked { by: Ending::Revoked, ground, watch: Some(watch()) },
        LicenceEvent::Replaced { by: LicenceKey("l2".to_owned()), watch: Some(watch()) },
    ]);
    events
}

fn book() -> Vec<BookEvent> {
    let book = BookKey("food_licence/2/440115".to_owned());
    let licence = LicenceKey("l1".to_owned());
    vec![BookEvent::Allotted { licence, serial: 1, number: "JY24401150000015".to_owned(), book }]
}

fn status_book() -> Vec<StatusEvent> {
    vec![StatusEvent::Placed { licence: LicenceKey("l1".to_owned()), serial: 0 }]
}

fn looks() -> Vec<LooksEvent> {
    vec![LooksEvent::Looked {
        holder: kernel::PartyKey::new("p1"),
        shown: vec!["record".to_owned()],
    }]
}

fn frozen<E: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(kind: &str, events: &[E]) {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let lines = golden[kind].as_array().unwrap_or_else(|| panic!("{kind} in {:#}", now())).clone();
    assert_eq!(lines.len(), events.len(), "{kind}: {:#}", now());
    for (line, event) in lines.iter().zip(events) {
        let written = serde_json::to_value(event).expect("json");
        assert_eq!(*line, written, "{kind} is written otherwise");
        let read: E = serde_json::from_value(line.clone()).expect("readable");
        assert_eq!(read, *event, "{kind} is read otherwise");
    }
}

fn now() -> Value {
    serde_json::json!({
        "licence": licence(),
        "licence-book": book(),
        "licence-status": status_book(),
        "licence-looks": looks(),
    })
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    frozen("licence", &licence());
    frozen("licence-book", &book());
    frozen("licence-status", &status_book());
    frozen("licence-looks", &looks());
}
