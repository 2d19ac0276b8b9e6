//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use crate::bed::{d, entry, key};
use blobs::{BlobId, Kept};
use codes::{Label, Moment};
use credit_repair::{Cond, Fact, Kind, ListKind, Measure, Need, Standing};
use credit_repair_module::mirror::{
    Acknowledged, FileTaken, IntakeEvent, Missing, PushEvent, Turned, Waits,
};
use credit_repair_module::repair::{
    About, Answer, Failing, Known, ProofRef, Question, RepairEvent,
};
use documents::Issuer;
use exchange::PropagationKey;
use kernel::{OrganKey, PartyKey};
use serde_json::Value;

const GOLDEN: &str = include_str!("../events.json");
const MIRRORS: &str = include_str!("../mirrors.json");

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
            pledge: None,
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

/// What came later.
fn later() -> Vec<RepairEvent> {
    let (listing, on) = (|| key("L1"), d("2022-09-21"));
    let question = |need: &str| Question { register: "non-tax".to_owned(), need: need.to_owned() };
    let told = |need, fact, reference: &str| RepairEvent::Told {
        listing: listing(),
        question: question(need),
        answer: Answer { fact, reference: reference.to_owned() },
        on,
    };
    vec![
        RepairEvent::Asked {
            listing: listing(),
            about: about(),
            questions: vec![question("duties_done")],
            on,
        },
        told("duties_done", Fact::Since(on), "44030023-0000000001"),
        told("duties_done", Fact::NotYet, ""),
        told("dishonest_debtor", Fact::Unknown, ""),
        RepairEvent::Applied {
            listing: listing(),
            about: about(),
            no: 1,
            version: "v2021".to_owned(),
            kind: Kind::EarlySerious,
            on,
            reason: None,
            proofs: Vec::new(),
            pledge: Some("ab".repeat(32)),
            accept_by: on,
        },
    ]
}

fn pushes() -> Vec<PushEvent> {
    let at = Moment::from_us(1_663_812_000_000_000);
    let about = || PropagationKey("listing:L1".to_owned());
    vec![
        PushEvent::Acknowledged {
            ack: Box::new(Acknowledged {
                id: "0123".to_owned(),
                about: about(),
                round: 1,
                kind: "credit.listed".to_owned(),
                sha256: "ab".repeat(32),
                serial: "GS202209220123".to_owned(),
                at,
                signed: "header.payload.signature".to_owned(),
            }),
            reconcile_at: at,
        },
        PushEvent::ReconciliationBegun { attempt: 1, again_at: at },
        PushEvent::ReconciliationFailed { attempt: 1, why: "503".to_owned(), again_at: at },
        PushEvent::Reconciled {
            told: 2,
            held: 1,
            missing: vec![Missing { id: "0123".to_owned(), about: about(), round: 1 }],
            strays: 0,
        },
    ]
}

fn intakes() -> Vec<IntakeEvent> {
    let at = Moment::from_us(1_663_812_000_000_000);
    let file = FileTaken {
        sequence: 3,
        day: d("2022-09-20"),
        sha256: "ab".repeat(32),
        signed: Kept { blob: BlobId("cd".repeat(32)), key: None },
        records: 5,
        listed: 1,
        amended: 1,
        ended: 0,
        known: 1,
        waiting: vec![Waits {
            no: 4,
            listing: key("L2"),
            record: serde_json::json!({"what": "ended"}),
        }],
        refused: [(5, "SHAPE".to_owned())].into(),
    };
    let settled = |turned| IntakeEvent::Settled { sequence: 3, no: 4, turned };
    vec![
        IntakeEvent::Followed { after: 0, look_at: at },
        IntakeEvent::LookBegun { look: 1, after: 2, look_at: at },
        IntakeEvent::FileTaken(Box::new(file)),
        IntakeEvent::FileContradicted {
            sequence: 3,
            first: "ab".repeat(32),
            sha256: "ef".repeat(32),
        },
        settled(Turned::Listed),
        settled(Turned::Amended),
        settled(Turned::Ended),
        settled(Turned::Known),
        settled(Turned::Refused { why: "DAYS".to_owned() }),
        IntakeEvent::LookFailed { look: 1, why: "503".to_owned(), look_at: at },
    ]
}

#[test]
fn every_event_of_mirrors_is_written_and_read_as_ever() {
    let golden: Value = serde_json::from_str(MIRRORS).expect("json");
    let written = serde_json::json!({"push": pushes(), "intake": intakes()});
    assert_eq!(golden, written, "{written}");
    let push: Vec<PushEvent> = serde_json::from_value(golden["push"].clone()).expect("readable");
    let intake: Vec<IntakeEvent> =
        serde_json::from_value(golden["intake"].clone()).expect("readable");
    assert_eq!((push, intake), (pushes(), intakes()));
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let events: Vec<RepairEvent> = begin().into_iter().chain(end()).chain(later()).collect();
    let written = serde_json::to_value(&events).expect("json");
    assert_eq!(golden, written, "{written}");
    let read: Vec<RepairEvent> = serde_json::from_value(golden).expect("readable");
    assert_eq!(read, events);
}
