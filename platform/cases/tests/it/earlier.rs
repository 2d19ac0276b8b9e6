//! What came before a case: visits of the same premises (E8), and approvals that its registration waits for (前置审批).

use crate::fixture::{Story, answers, day, founder, law, law_with, plan_with, reform, reviewer};
use crate::house::{House, PDF, stamp};
use cases::event::DropCause;
use cases::model::{CaseKey, Plan, TaskState};
use cases::planning::{Choice, Lookup, plan, prior_missing};
use cases::premises::PremisesKey;
use cases::{CaseCommand, CaseEvent};
use catalogue::definition::{Reform, Service, ServiceKey};
use codes::{Coded as _, Date, Label};
use kernel::{Actor, OrganKey};
use std::collections::BTreeSet;

fn food() -> ServiceKey {
    ServiceKey::new(28, "food")
}

fn order_visit(on: &str) -> CaseCommand {
    CaseCommand::OrderVisit { task: "food".to_owned(), on: day(on) }
}

fn record_visit(passed: bool) -> CaseCommand {
    CaseCommand::RecordVisit {
        task: "food".to_owned(),
        findings: "布局流程合理".to_owned(),
        passed,
    }
}

/// What an earlier case tells a later one, as days.
fn told(story: &mut Story<'_>) -> Vec<Date> {
    let tell =
        CaseCommand::TellVisits { to: CaseKey("later".to_owned()), services: [food()].into() };
    let events = story.by(Actor::system("linkage.ask_earlier_cases")).must(tell);
    events
        .iter()
        .map(|event| match event {
            CaseEvent::VisitTold { task, service, on, to } => {
                assert_eq!((task.as_str(), service, to.0.as_str()), ("food", &food(), "later"));
                *on
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

fn withdraw(story: &mut Story<'_>) {
    story.by(founder()).must(CaseCommand::Withdraw { reason: "改址后再办".to_owned() });
}

#[test]
fn a_visit_that_was_passed_is_told_once_its_task_has_ended_without_outcome() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.decides("food", order_visit("2026-02-13")).unwrap();
    story.at("2026-02-13 15:00").decides("food", record_visit(true)).unwrap();
    assert!(told(&mut story).is_empty(), "it is still of use here");
    withdraw(&mut story);
    assert_eq!(told(&mut story), [day("2026-02-13")]);
}

#[test]
fn a_refused_registration_leaves_the_visit_to_the_next_case() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.decides("food", order_visit("2026-02-13")).unwrap();
    story.at("2026-02-13 15:00").decides("food", record_visit(true)).unwrap();
    story.accept("reg");
    let ground = cases::event::Ground {
        reason: "法定代表人被限制任职".to_owned(),
        article: "市场主体登记管理条例第十二条".to_owned(),
        remedy: String::new(),
    };
    let refuse = CaseCommand::Refuse { task: "reg".to_owned(), ground };
    let events = story.decides("reg", refuse).unwrap();
    let why = DropCause::Needs("reg".to_owned());
    assert!(events.contains(&CaseEvent::TaskDropped { task: "food".to_owned(), why }));
    assert_eq!(told(&mut story), [day("2026-02-13")]);
}

#[test]
fn what_was_not_passed_not_made_or_used_up_is_told_nobody() {
    let law = law();
    let mut ordered = Story::submitted(&law, &["food"]);
    ordered.decides("food", order_visit("2026-02-13")).unwrap();
    withdraw(&mut ordered);
    assert!(told(&mut ordered).is_empty(), "ordered and not made");

    let mut failed = Story::submitted(&law, &["food"]);
    failed.decides("food", order_visit("2026-02-12")).unwrap();
    failed.decides("food", record_visit(false)).unwrap();
    withdraw(&mut failed);
    assert!(told(&mut failed).is_empty(), "not passed");

    let mut granted = Story::submitted(&law, &["food"]);
    granted.decides("food", order_visit("2026-02-12")).unwrap();
    granted.decides("food", record_visit(true)).unwrap();
    granted.accept("reg");
    granted.grant("reg");
    granted.establish();
    granted.grant("food");
    assert!(told(&mut granted).is_empty(), "it led to a licence");
}

#[test]
fn an_earlier_visit_counts_up_to_the_ninetieth_day_and_does_not_roll() {
    let law = law();
    let count = |on: &str| CaseCommand::CountVisit {
        service: food(),
        on: day(on),
        of: CaseKey("earlier".to_owned()),
    };
    // Handed in on 12 February 2026. The 90th day after 14 November 2025 is that Thursday.
    for (on, counts) in [("2025-11-14", true), ("2025-11-13", false), ("2026-02-12", true)] {
        let mut story = Story::submitted(&law, &["food"]);
        let events = story.by(Actor::system("linkage.count_visits")).must(count(on));
        let expected = CaseEvent::VisitCounted {
            task: "food".to_owned(),
            on: day(on),
            of: CaseKey("earlier".to_owned()),
        };
        assert_eq!(events.contains(&expected), counts, "{on}");
        assert_eq!(story.case().tasks["food"].visit, counts.then(|| day(on)));
        assert_eq!(story.must(count(on)), [], "the same again is nothing new");
    }
    // The 90th day is a Saturday and stays one: a visit of Sunday, 7 December 2025, handed in on Monday, 9 March 2026.
    let mut late = Story::signed(&law, plan_with(&["food"]), answers(&["food"]));
    late.at("2026-03-09 09:00").by(founder()).submit().unwrap();
    assert_eq!(late.by(Actor::system("x")).must(count("2025-12-07")), []);
    let mut without = Story::submitted(&law, &[]);
    assert_eq!(without.by(Actor::system("x")).must(count("2026-02-11")), [], "no such service");
}

#[test]
fn a_table_says_how_long_a_visit_counts() {
    let law = law_with("visit_reuse", "90d no_roll", "10d no_roll");
    let mut story = Story::submitted(&law, &["food"]);
    let count = |on: &str| CaseCommand::CountVisit {
        service: food(),
        on: day(on),
        of: CaseKey("earlier".to_owned()),
    };
    story.by(Actor::system("linkage.count_visits"));
    assert_eq!(story.must(count("2026-02-01")), []);
    assert_eq!(story.must(count("2026-02-02")).len(), 1);
}

#[test]
fn a_case_that_asks_for_licences_names_its_premises() {
    let law = law();
    let named = |story: &Story<'_>| -> Vec<(String, BTreeSet<ServiceKey>)> {
        let events = story.past.iter();
        let named = events.filter_map(|event| match event {
            CaseEvent::PremisesNamed { premises, services } => {
                Some((premises.clone(), services.clone()))
            }
            _ => None,
        });
        named.collect()
    };
    let with_food = Story::submitted(&law, &["food"]);
    let PremisesKey(key) = PremisesKey::of(&answers(&["food"])).unwrap();
    assert_eq!(named(&with_food), [(key, [food()].into())]);
    assert!(named(&Story::submitted(&law, &[])).is_empty(), "nobody visits for the nine services");
}

// --- prior approvals ---------------------------------------------------------------------------------------------

struct Folder;

impl Lookup for Folder {
    fn service(&self, key: &ServiceKey) -> Option<(&Reform, &Service)> {
        Some((reform(), reform().services.get(&key.id)?))
    }

    fn organ(&self, role: &str) -> Option<(OrganKey, Label)> {
        Some((crate::fixture::organ(role), Label::new(role, role)))
    }
}

/// The set-up package of a tobacco wholesaler who also needs a second approval.
fn with_prior() -> Plan {
    let choice = Choice {
        package: "setup".to_owned(),
        add_ons: Vec::new(),
        place: crate::fixture::PLACE.to_owned(),
        prior: vec![
            Label::new("烟草专卖批发企业许可", "tobacco monopoly wholesale licence"),
            Label::new("危险化学品经营许可", "licence for dangerous chemicals"),
        ],
    };
    plan(reform(), crate::fixture::BUNDLE, &choice, &Folder).unwrap()
}

fn attach(slot: &str) -> CaseCommand {
    CaseCommand::AttachMaterial { slot: slot.to_owned(), blob: "blob-2".to_owned() }
}

#[test]
fn a_registration_waits_for_its_prior_approvals_and_the_others_do_not() {
    let law = law();
    let mut story = Story::handed_in(&law, with_prior(), answers(&[]));
    assert_eq!(story.state("name"), TaskState::Granted);
    assert_eq!(story.state("reg"), TaskState::Waiting);
    assert_eq!(story.state("tax"), TaskState::Ready, "review of what needs no registration begins");
    assert_eq!(story.case().tasks["reg"].silence, None, "no term runs against the organ");

    story.at("2026-05-20 10:00").by(founder());
    assert_eq!(story.run(attach("prior_approval_3")).unwrap_err().reason(), "WRONG_STATE");
    story.must(attach("prior_approval_1"));
    assert_eq!(story.state("reg"), TaskState::Waiting, "one of two is missing");
    let plan = story.case().plan.clone().unwrap();
    let missing: Vec<&str> =
        prior_missing(&plan, story.case()).iter().map(|label| label.zh.as_str()).collect();
    assert_eq!(missing, ["危险化学品经营许可"]);

    let confirmed = CaseCommand::NoteConfirmed {
        slot: "prior_approval_2".to_owned(),
        by: "应急管理许可库".to_owned(),
    };
    let events = story.by(Actor::system("linkage.registers")).must(confirmed);
    assert!(events.iter().any(|event| matches!(
        event,
        CaseEvent::TaskReady { task, on, .. } if task == "reg" && *on == day("2026-05-20")
    )));
    story.by(founder());
    assert_eq!(story.run(attach("prior_approval_1")).unwrap_err().reason(), "WRONG_STATE");
    story.accept("reg");
    assert_eq!(
        story.case().tasks["reg"].due.unwrap().on,
        day("2026-05-25"),
        "the term runs from here"
    );
}

#[test]
fn approvals_that_are_there_already_make_nothing_wait() {
    let law = law();
    let mut story = Story::signed(&law, with_prior(), answers(&[]));
    story.by(founder());
    story.must(attach("prior_approval_1"));
    story.must(attach("prior_approval_2"));
    story.submit().unwrap();
    assert_eq!(story.state("reg"), TaskState::Ready);
    let granted = story.past.iter().find_map(|event| match event {
        CaseEvent::Granted { task, given, .. } if task == "name" => Some(given.clone()),
        _ => None,
    });
    assert_eq!(
        granted.unwrap().get("prior").map(String::as_str),
        Some("true"),
        "the notice says it"
    );
}

#[test]
fn a_case_that_waits_for_approvals_can_be_withdrawn_and_loses_its_name_in_time() {
    let law = law();
    let mut story = Story::handed_in(&law, with_prior(), answers(&[]));
    story.at("2026-12-01 10:00").by(Actor::system("linkage.name_to_case"));
    let events = story.must(CaseCommand::LoseName);
    let why = DropCause::NameEnded;
    assert!(events.contains(&CaseEvent::TaskDropped { task: "reg".to_owned(), why }));
    story.by(founder());
    assert_eq!(story.run(attach("prior_approval_1")).unwrap_err().reason(), "WRONG_STATE");
}

#[tokio::test]
async fn a_prior_approval_is_uploaded_on_its_page_once_it_is_there() {
    let house = House::open().await;
    let pairs = [("package", "28/setup"), ("place", "440115"), ("activity", "F5128")];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let reply = house.post(&founder(), "/cases/new", &pairs).await;
    let no = reply.header("location").strip_prefix("/cases/").unwrap().to_owned();
    house.fill(&founder(), &no, &[]).await;
    house.signed(&founder(), &no).await;
    let reply = house.hand_in(&founder(), &no).await;
    assert_eq!(reply.status, 303, "it is handed in without the approval: {}", reply.text());

    let approval = "烟草专卖批发企业许可";
    let page = house.page(&founder(), &format!("/cases/{no}")).await;
    assert!(page.contains(&format!("等待前置审批文件：{approval}")), "{page}");
    let materials = format!("/cases/{no}/materials");
    let page = house.page(&founder(), &materials).await;
    assert!(page.contains(approval), "{page}");
    let at = format!("{materials}/prior_approval_1");
    let other = ("prior_approval_2", "a.pdf", PDF);
    let second = format!("{materials}/prior_approval_2");
    let reply = house.upload(&founder(), &second, &stamp(&page), other).await;
    assert_eq!(reply.status, 404, "no second approval is asked for");
    let file = ("prior_approval_1", "a.pdf", PDF);
    let reply = house.upload(&founder(), &at, &stamp(&page), file).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    assert_eq!(house.case(&no).await.tasks["reg"].state, TaskState::Ready);
    let page = house.page(&founder(), &format!("/cases/{no}")).await;
    assert!(page.contains(approval) && !page.contains("等待前置审批文件"), "{page}");

    let paper = "materials/prior_approval_1";
    let page = house.page(&reviewer("reg"), &format!("/work/{no}/reg")).await;
    assert!(page.contains(approval), "who registers judges it: {page}");
    assert_eq!(house.get(&reviewer("reg"), &format!("/work/{no}/reg/{paper}")).await.status, 200);
    assert_eq!(house.get(&reviewer("tax"), &format!("/work/{no}/tax/{paper}")).await.status, 403);
}
