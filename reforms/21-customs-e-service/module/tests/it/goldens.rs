//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use crate::steps::{at, by_mail, day, draft, filing, fine, id};
use blobs::{BlobId, Kept};
use kernel::PartyKey;
use penalty::{Kind, LateFine, Run, Sanction};
use penalty_module::PenaltyEvent as E;
use penalty_module::model::{
    Certificate, Consent, Draft, Ending, Filing, Filling, Redress, RedressResult, Service,
    ServiceNotice, Sort, Way,
};
use seals::{Commitment, Salt};
use serde_json::Value;

const GOLDEN: &str = include_str!("../events.json");

fn kept() -> Kept {
    Kept { blob: BlobId("ab".repeat(32)), key: Some("penalty/HG-5100-2024-0137".to_owned()) }
}

fn run(kind: Kind) -> Run {
    Run {
        kind,
        from: day("2024-09-13"),
        term: "5wd".parse().expect("a term"),
        on: day("2024-09-23"),
        at: at("2024-09-24T00:00:00"),
        provisional: false,
        source: "行政处罚法第六十四条第一项、第八十五条".to_owned(),
    }
}

fn opening() -> Vec<E> {
    let expected = Sanction {
        warning: true,
        gains_fen: 100,
        confiscated: ["1".to_owned(), "3".to_owned()].into(),
        suspended_days: 30,
        revoked: true,
        ..fine(3_000)
    };
    let whole = Filing { profile: Some(kept()), expected: Some(expected), ..filing() };
    let annulment = Draft {
        filling: Filling::Kept(kept()),
        annuls: Some(id("decision-1")),
        hearing_on: Some(day("2024-10-16")),
        token: "TOKEN".to_owned(),
        ..draft(Sort::Annulment, None)
    };
    let (spot, why) = ("行政处罚法第五十一条".to_owned(), "尚需鉴定".to_owned());
    let provisional = Run { provisional: true, ..run(Kind::Decide) };
    let (wu, li) = ("wu".to_owned(), "li".to_owned());
    vec![
        E::Filed {
            filing: Box::new(whole.clone()),
            decide_by: provisional,
            on_the_spot: Some(spot),
        },
        E::CaptureStarted { filing: Box::new(whole), round: 2, not_on_the_spot: Some(why) },
        E::ConsentTurned { consent: Consent::InForce },
        E::AddressChanged { form_no: 2 },
        E::InquiryClosed,
        E::Drafted {
            paper: id("notice-1"),
            draft: Box::new(draft(Sort::Notice, Some(fine(48_000)))),
            by: wu.clone(),
        },
        E::Drafted { paper: id("annulment-1"), draft: Box::new(annulment), by: wu },
        E::Cosigned { paper: id("notice-1"), by: li.clone() },
        E::Reviewed { paper: id("notice-1"), by: li },
        E::Returned { paper: id("notice-1"), why: "证据不足".to_owned() },
        E::Decided {
            paper: id("decision-1"),
            sanction: fine(48_000),
            serve_by: run(Kind::ServeAbsent),
        },
        E::Issued {
            paper: id("decision-1"),
            sort: Sort::Decision,
            filling: Filling::Kept(kept()),
            issuer: filing().issuer,
            party: PartyKey::new("qinghe"),
            way: Way::Electronic,
            confirmation: Some("penalty.HG-5100-2024-0137".to_owned()),
            token: "TOKEN".to_owned(),
            at: at("2024-09-24T10:00:00"),
        },
    ]
}

fn service() -> Vec<E> {
    let commitment = Commitment::to(&Salt::new([7; 16]), "申辩").expect("canonical");
    vec![
        E::Served {
            paper: id("notice-1"),
            service: by_mail("2024-09-13T23:58:41"),
            clocks: vec![run(Kind::Defence), run(Kind::HearingRequest)],
            round: 1,
        },
        E::Served {
            paper: id("notice-1"),
            service: Service {
                on: day("2024-09-14"),
                at: None,
                channel: "email".to_owned(),
                proven: true,
            },
            clocks: Vec::new(),
            round: 2,
        },
        E::ServiceUndone { paper: id("notice-1") },
        E::FoundPremature { paper: id("decision-1"), until: at("2024-09-25T00:00:00") },
        E::DefenceStated { statement: kept(), commitment, answers: None },
        E::DefenceWaived { defence: true, hearing: false },
        E::HearingAsked,
        E::HearingHeld { on: day("2024-10-16") },
        E::DefenceClosed { at: at("2024-09-24T00:00:00") },
        E::PaperAsked { paper: id("notice-1") },
        E::PaperSent { paper: id("notice-1"), tracking_no: "EZ1".to_owned() },
        E::Proven { paper: id("notice-1"), number: "ES-20240913-1".to_owned() },
        E::PreservationAsked {
            paper: id("notice-1"),
            package: "EP-20240913-1".to_owned(),
            root: "ab".repeat(32),
            kept: kept(),
        },
        E::Preserved {
            package: "EP-20240913-1".to_owned(),
            certificate: Certificate {
                number: "（2024）粤广南方第010137号".to_owned(),
                office: "南方公证处".to_owned(),
                on: day("2024-09-14"),
            },
        },
    ]
}

fn ending() -> Vec<E> {
    let (redress, result) = (Redress::Review, RedressResult::Struck);
    let late = LateFine {
        late_days: 32,
        standing_days: 20,
        counted_days: 12,
        uncapped_fen: 1_728_000,
        fen: 1_728_000,
    };
    vec![
        E::Published {
            paper: id("decision-1"),
            number: "广关缉罚字〔2024〕29号".to_owned(),
            to: vec!["credit-china".to_owned()],
        },
        E::Annulled {
            paper: id("decision-1"),
            by: id("annulment-1"),
            withdraw_by: Some(run(Kind::Withdrawal)),
        },
        E::CopyWithdrawn { paper: id("decision-1"), recipient: "credit-china".to_owned() },
        E::WithdrawalOverdue { paper: id("decision-1") },
        E::Paid {
            amount_fen: 4_800_000,
            on: day("2024-11-10"),
            reference: "t1".to_owned(),
            late,
            left_fen: 1_728_000,
        },
        E::PaymentOverdue,
        E::Urged { until: run(Kind::Demand) },
        E::RedressFiled { redress, on: day("2024-10-12"), late: true },
        E::RedressEnded { redress, on: day("2024-10-31"), result },
        E::Extended { decide_by: run(Kind::Decide), why: "案情复杂".to_owned() },
        E::DecisionOverdue,
        E::RedressOver { ends: Some("penalty.HG-5100-2024-0137".to_owned()) },
        E::Closed { ending: Ending::Performed, ends: None },
        E::DefenceStated {
            statement: kept(),
            commitment: Commitment::to(&Salt::new([7; 16]), "申辩").expect("canonical"),
            answers: Some(id("demand-1")),
        },
        E::ServiceAnnounced {
            paper: id("notice-1"),
            sort: Sort::Notice,
            announcement: "penalty.HG-5100-2024-0137.notice-1.announcement1".to_owned(),
            notice: ServiceNotice {
                name: "陈某某".to_owned(),
                number: "广关缉告字〔2024〕1号".to_owned(),
                why: "邮寄退回，原址查无此人".to_owned(),
            },
            issuer: filing().issuer,
            cause: "进口货物申报不实".to_owned(),
            term: "30d deemed".parse().expect("a term"),
            source: "民事诉讼法（2023年修正）第九十五条".to_owned(),
        },
    ]
}

fn events() -> Vec<E> {
    [opening(), service(), ending()].concat()
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let now = serde_json::json!({"penalty": events()});
    let lines = golden["penalty"].as_array().unwrap_or_else(|| panic!("{now}")).clone();
    assert_eq!(lines.len(), events().len(), "{now}");
    for (line, event) in lines.iter().zip(&events()) {
        let written = serde_json::to_value(event).expect("json");
        assert_eq!(*line, written, "an event is written otherwise");
        let read: E = serde_json::from_value(line.clone()).expect("readable");
        assert_eq!(read, *event, "an event is read otherwise");
    }
}
