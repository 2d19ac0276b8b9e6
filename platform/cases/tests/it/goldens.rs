//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/golden/events.json`.

use crate::fixture::{day, plan_with};
use calendar::{End, Term};
use cases::CaseEvent as E;
use cases::event::{AcceptedBy, Bearing, Closing, DropCause, Ground, Running};
use cases::law::{Applied, ByRow};
use cases::model::{CaseKey, DueDate, Line, Plan, Stop, SupplementItem, TaskState};
use catalogue::definition::{LegalNature, Outcome, ServiceKey};
use codes::Label;
use kernel::{OrganKey, PartyKey};
use serde_json::Value;
use std::collections::BTreeSet;

const GOLDEN: &str = include_str!("../golden/events.json");

/// The event's name. A new variant does not compile here until it has a line, and fails below until it has a golden.
fn name(event: &E) -> &'static str {
    macro_rules! named {
        ($($variant:ident),* $(,)?) => {
            match event { $(E::$variant { .. } => stringify!($variant)),* }
        };
    }
    named!(
        CaseOpened,
        AnswersSaved,
        MaterialAttached,
        MaterialConfirmed,
        NameReserved,
        NameLost,
        DocumentGenerated,
        SignerInvited,
        DocumentSigned,
        Submitted,
        RulesApplied,
        TaskReady,
        SupplementAsked,
        SupplementGiven,
        Accepted,
        AcceptanceRefused,
        VisitOrdered,
        VisitRecorded,
        PremisesNamed,
        VisitTold,
        VisitCounted,
        ClockStopped,
        ClockResumed,
        DeadlineExtended,
        DeadlineRecomputed,
        TermRecomputed,
        OutcomeReady,
        Granted,
        Refused,
        Established,
        ValueGiven,
        LicenceIssued,
        Served,
        TaskDropped,
        Breach,
        Reminded,
        Escalated,
        Objected,
        PersonRead,
        ReadDenied,
        DutyOpened,
        DutyDone,
        Withdrawn,
        CaseClosed,
        ServiceUndone,
    )
}

fn food() -> String {
    "food".to_owned()
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn due() -> DueDate {
    DueDate { on: day("2026-03-04"), provisional: false }
}

fn provisional() -> DueDate {
    DueDate { on: day("2027-01-12"), provisional: true }
}

fn bearing() -> Box<Bearing> {
    Box::new(Bearing {
        applicant: PartyKey::new("p1"),
        title: text("广州青禾餐饮管理有限公司"),
        place: text("440115"),
        bundle: text("b28"),
        sealed: text("sealed-1"),
        service: ServiceKey::new(28, "food"),
        label: Label::new("食品经营许可", "Food business licence"),
        organ: OrganKey::new("440115-food"),
        organ_label: Label::new("南沙区市场监管局", "Nansha market supervision"),
        outcome: Outcome {
            licence: Some(text("food_licence")),
            notice: None,
            zh: text("食品经营许可证"),
            en: text("food business licence"),
            gives: Vec::new(),
            dates: [(text("valid_to"), Term::Years { n: 5, end: End::DayBefore })].into(),
            prints: [(text("complaints"), text("12315"))].into(),
        },
        refusal: None,
        establishes: false,
        legal_nature: LegalNature::Licence,
        source: text("食品经营许可和备案管理办法"),
        values: [(text("uscc"), text("91440115MAD2K7Q49J"))].into(),
    })
}

/// A plan of one task, so that the golden can be read.
fn plan() -> Box<Plan> {
    let mut plan = plan_with(&["food"]);
    plan.tasks.retain(|task| task.name == "bank");
    plan.duties.retain(|name, _| name == "tax_account_report");
    plan.documents.retain(|name, _| name == "mandate");
    plan.prior = vec![Label::new("烟草专卖批发企业许可", "tobacco monopoly wholesale licence")];
    for task in &mut plan.tasks {
        task.refusal = Some(text("registration_refusal"));
        task.organ_label = Label::new("开户银行", "the bank");
    }
    Box::new(plan)
}

fn ground() -> Ground {
    Ground {
        reason: text("场所不符合要求"),
        article: text("管理办法第二十条"),
        remedy: text("可自收到之日起60日内申请行政复议"),
    }
}

fn before_submission() -> Vec<E> {
    vec![
        E::CaseOpened {
            no: CaseKey(text("440115-260212-000001-33")),
            applicant: PartyKey::new("p1"),
            plan: plan(),
        },
        E::AnswersSaved {
            sealed: text("sealed-1"),
            digest: text("0a1b"),
            diff: vec![text("plain.seats")],
            title: text("广州青禾餐饮管理有限公司"),
        },
        E::MaterialAttached { slot: text("premises"), blob: text("blob-1") },
        E::MaterialConfirmed { slot: text("premises"), by: text("address-base") },
        E::NameReserved {
            name: text("广州青禾餐饮管理有限公司"),
            until: day("2026-04-13"),
            claim: text("claim-1"),
        },
        E::NameLost,
        E::DocumentGenerated {
            document: text("articles"),
            sha256: text("2c3d"),
            signers: vec![text("chen"), text("li")],
        },
        E::SignerInvited { signer: text("li"), token: text("4e5f") },
        E::DocumentSigned { document: text("articles"), sha256: text("2c3d"), signer: text("li") },
        E::Submitted {
            on: day("2026-02-12"),
            inputs: [(food(), text("6a7b"))].into(),
            latest_contribution: Some(day("2030-12-31")),
        },
        E::Withdrawn { reason: text("改变计划"), claim: Some(text("claim-1")) },
    ]
}

fn at_work() -> Vec<E> {
    let task = food();
    let item = SupplementItem { what: text("equipment[].count"), why: text("数量不符") };
    let stop = Stop { cause: text("检测"), from: day("2026-02-25"), to: day("2026-02-28") };
    vec![
        E::TaskReady { task: food(), on: day("2026-02-12"), silence: due() },
        E::SupplementAsked {
            task: food(),
            items: vec![item],
            on: day("2026-02-12"),
            until: Some(due()),
            of: bearing(),
        },
        E::SupplementGiven {
            task: food(),
            on: day("2026-02-24"),
            silence: due(),
            inputs: [(food(), text("8c9d"))].into(),
            on_sand: vec![text("tax")],
        },
        E::Accepted {
            task: food(),
            by: AcceptedBy::Silence,
            date: day("2026-02-12"),
            promise: Some(due()),
            due: due(),
            joint: Some(provisional()),
            rests_on: text("8c9d"),
            of: bearing(),
        },
        E::AcceptanceRefused { task: food(), ground: ground(), of: bearing() },
        E::VisitOrdered { task: food(), on: day("2026-02-13") },
        E::VisitRecorded {
            task: food(),
            on: day("2026-02-13"),
            findings: text("与申请一致"),
            passed: true,
        },
        E::ClockStopped { task: food(), stop, days: 4, due: due() },
        E::ClockResumed { task: food(), to: day("2026-02-26"), due: due() },
        E::DeadlineExtended {
            task: Some(food()),
            reason: text("案情复杂"),
            before: due(),
            due: provisional(),
            of: Some(bearing()),
        },
        E::DeadlineRecomputed { task: Some(food()), promise: None, due: due() },
        E::TermRecomputed { of: Running::Silence(food()), due: due() },
        E::TermRecomputed { of: Running::Answer(food()), due: due() },
        E::TermRecomputed { of: Running::Duty(text("tax_account_report")), due: due() },
        E::OutcomeReady {
            task: text("bank"),
            rests_on: text("8c9d"),
            given: [(text("account_number"), text("4400"))].into(),
        },
        E::Granted {
            task: text("bank"),
            on: day("2026-02-25"),
            rests_on: text("8c9d"),
            given: [(text("account_number"), text("4400"))].into(),
            of: bearing(),
        },
        E::Refused { task, on: day("2026-02-25"), ground: ground(), of: bearing() },
    ]
}

fn afterwards() -> Vec<E> {
    let case_closed = |how| E::CaseClosed {
        how,
        applicant: PartyKey::new("p1"),
        title: text("广州青禾餐饮管理有限公司"),
        tasks: [(food(), TaskState::Granted), (text("bank"), TaskState::Refused)].into(),
    };
    let dropped = |why| E::TaskDropped { task: food(), why };
    vec![
        E::Established {
            uscc: text("91440115MAD2K7Q49J"),
            date: day("2026-02-12"),
            of: bearing(),
            awaiting: [(food(), OrganKey::new("440115-food"))].into(),
            claim: Some(text("claim-1")),
        },
        E::ValueGiven { element: text("account_number"), value: text("4400"), task: text("bank") },
        E::LicenceIssued { task: food(), licence: text("l1"), number: text("JY24401150002186") },
        E::Served { task: text("bank"), notice: text("n1"), on: day("2026-02-25") },
        dropped(DropCause::Needs(text("reg"))),
        dropped(DropCause::Party),
        dropped(DropCause::Withdrawn),
        dropped(DropCause::Lapsed),
        dropped(DropCause::NameEnded),
        E::Breach { task: Some(food()), line: Line::Promise, on: day("2026-02-14") },
        E::Breach { task: None, line: Line::Statutory, on: day("2026-04-24") },
        E::Reminded { task: food(), text: text("请尽快办理") },
        E::Escalated { task: food(), text: text("已超期") },
        E::Objected { task: food(), text: text("材料早已交齐") },
        E::PersonRead { task: food(), cards: vec![text("chen")], purpose: text("审查") },
        E::ReadDenied { task: text("fund"), path: text("shareholder[].name") },
        E::DutyOpened { duty: text("tax_account_report"), since: day("2026-02-25"), due: due() },
        E::DutyDone { duty: text("tax_account_report") },
        case_closed(Closing::Closed),
        case_closed(Closing::Ended),
        E::ServiceUndone {
            task: text("bank"),
            notice: text("n1"),
            reason: text("550 no such mailbox"),
            is_outcome: true,
        },
        rules_applied(),
        E::PremisesNamed { premises: text("0a1b"), services: [ServiceKey::new(28, "food")].into() },
        E::VisitTold {
            task: food(),
            service: ServiceKey::new(28, "food"),
            on: day("2026-02-13"),
            to: CaseKey(text("440115-260301-000002-30")),
        },
        E::VisitCounted {
            task: food(),
            on: day("2026-02-13"),
            of: CaseKey(text("440115-260212-000001-33")),
        },
    ]
}

fn rules_applied() -> E {
    let applied = Applied {
        statutory: Some(Term::Workdays { n: 5 }),
        extension: Some(Term::Workdays { n: 0 }),
        promise: Some(Term::Workdays { n: 1 }),
        legal_nature: Some(LegalNature::Filing),
        outcome: Some(Outcome {
            licence: None,
            notice: Some(text("food_filing")),
            zh: text("备案信息"),
            en: text("filing"),
            gives: Vec::new(),
            dates: [].into(),
            prints: [].into(),
        }),
        waived: [text("beneficial_owners")].into(),
        by: vec![
            ByRow {
                table: text("food_paper"),
                row: text("prepackaged_food"),
                source: Some(text("食品安全法第三十五条")),
            },
            ByRow { table: text("own"), row: text("usual"), source: None },
        ],
    };
    E::RulesApplied { on: day("2026-02-12"), tasks: [(food(), applied)].into() }
}

fn all() -> Vec<E> {
    [before_submission(), at_work(), afterwards()].concat()
}

#[test]
fn every_event_is_written_and_read_as_ever() {
    let written = serde_json::to_string_pretty(&all()).unwrap();
    let golden: Vec<Value> = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(golden.len(), all().len(), "the events are now:\n{written}");
    for (line, event) in golden.into_iter().zip(all()) {
        assert_eq!(
            serde_json::to_value(&event).unwrap(),
            line,
            "{} is written otherwise",
            name(&event)
        );
        assert_eq!(serde_json::from_value::<E>(line).unwrap(), event, "it is read otherwise");
    }
}

#[test]
fn every_variant_has_its_golden() {
    let written: BTreeSet<String> = serde_json::from_str::<Vec<Value>>(GOLDEN)
        .unwrap()
        .into_iter()
        .map(|line| match line {
            Value::String(unit) => unit,
            other => other.as_object().unwrap().keys().next().unwrap().clone(),
        })
        .collect();
    let named: BTreeSet<String> = all().iter().map(|event| name(event).to_owned()).collect();
    assert_eq!(written, named);
    assert_eq!(named.len(), 45, "a variant without a sample");
}

#[test]
fn what_was_written_before_a_field_came_is_still_read() {
    let old = [
        r#"{"Submitted":{"on":"2026-02-12","inputs":{}}}"#,
        r#"{"Withdrawn":{"reason":"改变计划"}}"#,
        r#"{"AcceptanceRefused":{"task":"food","ground":{"reason":"a","article":"b"},"of":OF}}"#,
        r#"{"TaskReady":{"task":"food","on":"2026-02-12","silence":{"on":"2026-02-26"},"later":1}}"#,
    ];
    let of = serde_json::to_string(&bearing()).unwrap();
    for line in old {
        let line = line.replace("OF", &of);
        serde_json::from_str::<E>(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}
