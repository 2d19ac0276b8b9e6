//! The wire format of listings, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove.

use super::model::{ListEntry, ListingEvent, Subject};
use codes::Date;
use kernel::OrganKey;
use serde_json::{Value, json};

fn events() -> Vec<ListingEvent> {
    let text = |text: &str| text.to_owned();
    let on = Date::constant(2021, 9, 1);
    let of = || Subject {
        uscc: text("91440106MA59C0309X"),
        name: text("广州示例有限公司"),
        list: text("serious"),
    };
    let entry = ListEntry {
        subject: of().uscc,
        subject_name: of().name,
        list: of().list,
        cause: text("83-5-1"),
        decision_no: text("穗市监列严〔2017〕12号"),
        organ: OrganKey::new("440100-market"),
        organ_name: text("广州市市场监督管理局"),
        place: text("440100"),
        listed_on: Date::constant(2017, 8, 10),
        published_on: Date::constant(2017, 8, 11),
        effective_to: Some(Date::constant(2022, 8, 10)),
        restriction_until: Some(Date::constant(2020, 8, 10)),
        measures: [text("procurement")].into(),
        facts: [(text("grade"), json!("severe"))].into(),
    };
    let ground = || text("信用修复管理办法");
    vec![
        ListingEvent::Listed { entry: Box::new(entry) },
        ListingEvent::Amended {
            of: of(),
            facts: [(text("duties_done"), json!("2018-01-02"))].into(),
        },
        ListingEvent::Marked { of: of(), disputed: true, reason: text("行政复议") },
        ListingEvent::Removed {
            of: of(),
            on,
            decision_no: text("穗市监移严〔2021〕1号"),
            ground: ground(),
        },
        ListingEvent::Ended { of: of(), on, ground: ground() },
        ListingEvent::SetAside {
            of: of(),
            on,
            decision_no: text("（2021）粤01行终1号"),
            ground: ground(),
        },
        ListingEvent::Restored { of: of(), on, ground: ground() },
        ListingEvent::Supported {
            of: of(),
            measures: [text("bidding"), text("procurement")].into(),
        },
        ListingEvent::Numbered { of: of(), decision_no: text("穗市监移严〔2021〕1号") },
    ]
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    let golden: Value = serde_json::from_str(include_str!("events.json")).unwrap();
    let written = serde_json::to_value(events()).unwrap();
    assert_eq!(golden, written, "{written}");
    let read: Vec<ListingEvent> = serde_json::from_value(golden).unwrap();
    assert_eq!(read, events());
}
