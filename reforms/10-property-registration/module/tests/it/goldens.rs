//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use crate::bed::{office, unit};
use codes::{Date, Moment};
use kernel::PartyKey;
use ledger::BillLine;
use property::{Kind, Purpose, Refusal, TaskState};
use property_module::event::Of;
use property_module::inquiry::{Interest, Question};
use property_module::model::{
    Circumstance, Due, Fee, Ground, Lines, NoticeTerms, NoticeText, NoticeTurn, Paper, Stop, Task,
    Wanted,
};
use property_module::{
    Application, InquiryEvent, RegistrationEvent as E, RegistrationKey, ScanEvent,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

const GOLDEN: &str = include_str!("../events.json");

fn day(d: i8) -> Date {
    Date::constant(2020, 9, d)
}

fn lines() -> Lines {
    let due = |term: &str, on| Due { term: term.parse().expect("a term"), on };
    Lines { promise: due("5wd", day(27)), statutory: due("30wd", Date::constant(2020, 11, 6)) }
}

fn of() -> Box<Of> {
    Box::new(Of {
        kind: Kind::Transfer,
        unit: unit(),
        more_units: Vec::new(),
        office: office(),
        applicants: vec![PartyKey::new("wang"), PartyKey::new("li")],
        certificates: 1,
        circumstance: Circumstance::Ordinary,
    })
}

fn application() -> Box<Application> {
    Box::new(Application {
        kind: Kind::Transfer,
        unit: unit(),
        more_units: Vec::new(),
        office: office(),
        applicants: vec![PartyKey::new("wang"), PartyKey::new("li")],
        by_act: false,
        purpose: Purpose::Housing,
        micro: false,
        circumstance: Circumstance::Ordinary,
        certificates: 1,
        value_fen: 500_000_000,
        entry: None,
        papers: vec![Paper { name: "合同.pdf".to_owned(), blob: "ab".repeat(32) }],
    })
}

fn registration() -> Vec<E> {
    let fee = Fee {
        lines: vec![BillLine {
            label: codes::Label::new("不动产登记费（件）", "Registration, by item"),
            count: 1,
            each_fen: 8000,
            amount_fen: 8000,
            rule: "registration_fee/housing".to_owned(),
            basis: "发改价格规〔2016〕2559号第一条".to_owned(),
        }],
        total_fen: 8000,
        free_by: None,
    };
    let task = Task { name: "tax".to_owned(), state: TaskState::Open, note: String::new() };
    let stop = Stop { from: day(24), to: day(25) };
    vec![
        E::Applied {
            key: RegistrationKey("BDC-440305-20200921-abcdefgh".to_owned()),
            application: application(),
            on: day(21),
            confirmed: vec![PartyKey::new("wang")],
        },
        E::Confirmed { party: PartyKey::new("li") },
        E::Accepted {
            on: day(21),
            by_silence: false,
            lines: lines(),
            tasks: vec![task],
            fee,
            of: of(),
            second_above_fen: Some(1_000_000_000),
        },
        E::TaskDone { task: "tax".to_owned(), note: "已完税".to_owned() },
        E::TaskNoted {
            task: "restriction".to_owned(), note: "登记簿记载：抵押".to_owned()
        },
        E::SupplementAsked {
            items: vec![Wanted { what: "合同".to_owned(), why: "缺签名".to_owned() }],
            on: day(23),
            of: of(),
        },
        E::SupplementGiven { on: day(25), stop: Some(stop), lines: lines() },
        E::Announced { stop, lines: lines(), announcement: None },
        E::FeeSettled { state: "paid".to_owned() },
        E::Examined { by: "zhou".to_owned(), opinion: "同意登簿".to_owned() },
        E::Entered { on: day(25), by: "wu".to_owned(), of: of() },
        E::CertificateIssued {
            licence: "BDC-440305-20200921-abcdefgh.1".to_owned(),
            number: "粤(2020)深圳市不动产权第0000001号".to_owned(),
            token: "abc234".to_owned(),
            unit: unit(),
        },
        E::Collected,
        E::Withdrawn { reason: "不卖了".to_owned(), announcement: None },
        E::Refused {
            ground: Ground { refusal: Refusal::Disputed, reason: "继承纠纷".to_owned() },
            on: day(25),
            of: of(),
            announcement: None,
        },
    ]
}

fn registrations() -> Vec<E> {
    [registration(), announced()].concat()
}

/// What came later, at the end of the file.
fn announced() -> Vec<E> {
    let stop = Stop { from: day(24), to: day(25) };
    vec![
        E::NoticeOrdered {
            announcement: "property.r1.1".to_owned(),
            terms: NoticeTerms {
                term: "15wd".parse().expect("a term"),
                waits: true,
                answer: "10wd".parse().expect("a term"),
                source: "实施细则第二十二条".to_owned(),
            },
            text: NoticeText {
                holder: "王**".to_owned(),
                location: "深圳市南山区科技路".to_owned(),
                certificates: vec!["粤(2020)深圳市不动产权第0000001号".to_owned()],
            },
            of: Box::new(Of { kind: Kind::Reissue, circumstance: Circumstance::Lost, ..*of() }),
        },
        E::Announced { stop, lines: lines(), announcement: Some("property.r1.1".to_owned()) },
        E::NoticeTurned { turn: NoticeTurn::Answered { no: 1, upheld: true } },
        E::NoticeTurned { turn: NoticeTurn::Ended },
        E::PapersAdded {
            papers: vec![Paper { name: "材料1.pdf".to_owned(), blob: "cd".repeat(32) }],
        },
        E::Withdrawn {
            reason: "不卖了".to_owned(),
            announcement: Some("property.r1.1".to_owned()),
        },
    ]
}

fn scans() -> Vec<ScanEvent> {
    vec![
        ScanEvent::Forged { sha256: "ab".repeat(32) },
        ScanEvent::Reported { token: "abc234".to_owned(), text: "像是假证".to_owned() },
    ]
}

fn inquiries() -> Vec<InquiryEvent> {
    let question = Question {
        unit: unit(),
        office: office(),
        interest: Interest::Heir,
        purpose: "办理继承".to_owned(),
        proof: Some("ab".repeat(32)),
    };
    vec![
        InquiryEvent::Asked { by: PartyKey::new("heir"), question: Box::new(question) },
        InquiryEvent::Granted { until: Moment::from_us(1_770_858_000_000_000) },
        InquiryEvent::Denied { reason: "证明与本单元无关".to_owned() },
    ]
}

fn now() -> Value {
    serde_json::json!({
        "registration": registrations(), "property-scans": scans(), "property-inquiry": inquiries(),
    })
}

fn frozen<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(kind: &str, events: &[T]) {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let lines = golden[kind].as_array().unwrap_or_else(|| panic!("now {:#}", now())).clone();
    assert_eq!(lines.len(), events.len(), "{kind}: now {:#}", now());
    for (line, event) in lines.iter().zip(events) {
        assert_eq!(
            *line,
            serde_json::to_value(event).expect("json"),
            "{kind} is written otherwise"
        );
        let read: T = serde_json::from_value(line.clone()).expect("readable");
        assert_eq!(read, *event, "{kind} is read otherwise");
    }
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    frozen("registration", &registrations());
    frozen("property-scans", &scans());
    frozen("property-inquiry", &inquiries());
}
