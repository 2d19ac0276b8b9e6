//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use crate::bed::{d, entry, key};
use blobs::{BlobId, Kept};
use codes::Label;
use credit_repair::{Cond, Kind, ListKind, Measure, Need, Standing};
use credit_repair_module::repair::{About, Failing, Known, ProofRef, RepairEvent};
use documents::Issuer;
use kernel::{OrganKey, PartyKey};
use serde_json::Value;

const GOLDEN: &str = include_str!("../events.json");

fn issuer() -> Issuer {
    let name = "广州市市场监督管理局".to_owned();
    Issuer {
        organ: OrganKey::new("440100-market"),
        word: name.clone(),
        name,
        place: "440100".to_owned(),
    }
}

fn about() -> Box<About> {
    Box::new(About {
        uscc: crate::bed::USCC.to_owned(),
        name: crate::bed::NAME.to_owned(),
        party: PartyKey::new("p1"),
        list: ListKind::Serious,
        cause: "44-5-1".to_owned(),
        decision_no: "穗市监列严〔2021〕12号".to_owned(),
        listed_on: d("2021-09-20"),
        issuer: issuer(),
    })
}

fn conditions() -> Vec<Cond> {
    [
        (Need::Elapsed, Standing::Met),
        (Need::DutiesDone, Standing::Unmet { until: Some(d("2022-09-21")) }),
        (Need::HarmRemoved, Standing::Unmet { until: None }),
        (Need::Pledged, Standing::Unknown),
        (Need::PenaltyAllows, Standing::Never),
    ]
    .map(|(id, state)| Cond { id, state })
    .to_vec()
}

fn kept() -> Kept {
    Kept { blob: BlobId("ab".repeat(32)), key: Some("credit/x".to_owned()) }
}

fn begin() -> Vec<RepairEvent> {
    let (listing, on) = (|| key("L1"), d("2022-09-22"));
    let version = || "v2021".to_owned();
    vec![
        RepairEvent::Noted {
            listing: listing(),
            entry: Box::new(entry(crate::bed::USCC, "2021-09-20")),
            issuer: issuer(),
            party: PartyKey::new("p1"),
        },
        RepairEvent::Learned {
            listing: listing(),
            fact: Known::DutiesDone,
            since: Some(on),
            source: "非税".to_owned(),
        },
        RepairEvent::EligibleFound {
            listing: listing(),
            about: about(),
            version: version(),
            kind: Kind::EarlySerious,
            from: on,
            conditions: conditions(),
        },
        RepairEvent::Applied {
            listing: listing(),
            about: about(),
            no: 1,
            version: version(),
            kind: Kind::EarlySerious,
            on,
            reason: Some(kept()),
            proofs: vec![ProofRef { need: Need::HarmRemoved, kept: kept() }],
            accept_by: on,
        },
        RepairEvent::Accepted {
            listing: listing(),
            about: about(),
            no: 1,
            on,
            decide_by: Some(on),
        },
        RepairEvent::NotAccepted {
            listing: listing(),
            about: about(),
            no: 1,
            on,
            failing: vec![Failing { need: Need::Elapsed, until: Some(on) }],
            text: Label::new("不符合条件", "not met"),
        },
        RepairEvent::Verified {
            listing: listing(),
            no: 1,
            conditions: conditions(),
            site_check: false,
        },
        RepairEvent::Announced {
            listing: listing(),
            about: about(),
            no: 1,
            from: on,
            to: on,
            days: 30,
            corrected: "已补报".to_owned(),
        },
        RepairEvent::AnnouncementMoved { listing: listing(), to: on },
        RepairEvent::Disputed { listing: listing(), objection: 1 },
        RepairEvent::Answered { listing: listing(), objection: 1, upheld: false },
        RepairEvent::AnnouncementOver { listing: listing(), on, decide_by: on },
    ]
}

fn end() -> Vec<RepairEvent> {
    let (listing, on) = (|| key("L1"), d("2022-10-14"));
    let text = |text: &str| text.to_owned();
    vec![
        RepairEvent::Granted {
            listing: listing(),
            about: about(),
            no: 1,
            on,
            remove_by: on,
            ground: text("条件具备"),
        },
        RepairEvent::Refused {
            listing: listing(),
            about: about(),
            no: 1,
            on,
            failing: vec![Failing { need: Need::DutiesDone, until: None }],
            ground: text("未缴清"),
            text: Label::new("不符合条件", "not met"),
        },
        RepairEvent::Withdrawn { listing: listing(), no: 1, announced: true },
        RepairEvent::Relapsed { listing: listing(), by: key("L2"), announced: Some(1) },
        RepairEvent::Rescinded { listing: listing(), about: about(), on, ground: text("伪造") },
        RepairEvent::TermReached {
            listing: listing(),
            on,
            version: text("v2021"),
            source: text("44号令"),
        },
        RepairEvent::Gone {
            listing: listing(),
            on,
            set_aside: false,
            repaired: true,
            announced: Some(1),
        },
        RepairEvent::Returned { listing: listing(), on },
        RepairEvent::RestrictionImposed {
            measure: Measure(text("procurement")),
            uscc: text(crate::bed::USCC),
            name: text(crate::bed::NAME),
            listings: vec![listing()],
            recipients: [text("finance")].into(),
            source: text("条例第十八条"),
            on,
        },
        RepairEvent::RestrictionLifted {
            measure: Measure(text("procurement")),
            uscc: text(crate::bed::USCC),
            name: text(crate::bed::NAME),
            on,
        },
        RepairEvent::Proven {
            n: 1,
            uscc: text(crate::bed::USCC),
            name: text(crate::bed::NAME),
            party: PartyKey::new("p1"),
            issuer: issuer(),
            on,
        },
        RepairEvent::ProofVoid { n: 1, on },
        RepairEvent::DueSet { on: Some(on) },
        RepairEvent::DueSet { on: None },
    ]
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let events: Vec<RepairEvent> = begin().into_iter().chain(end()).collect();
    let written = serde_json::to_value(&events).expect("json");
    assert_eq!(golden, written, "{written}");
    let read: Vec<RepairEvent> = serde_json::from_value(golden).expect("readable");
    assert_eq!(read, events);
}
