//! The flow of a case by E2 to E14 and the dated proofs of reform 28.

use crate::fixture::{
    Story, USCC, answers, at, day, founder, law, law_under, officer_of, plan_with, reviewer, with,
};
use calendar::{Calendar, Holiday, Notice, Term};
use cases::event::{AcceptedBy, Closing, DropCause, Ground, Running};
use cases::model::{CaseState, DueDate, Line, SupplementItem, TaskState};
use cases::{Case, CaseCommand, CaseError, CaseEvent};
use catalogue::definition::DeliveryPolicy;
use codes::{Coded as _, Label};
use kernel::Actor;
use kernel::spec::given;

fn on(text: &str) -> DueDate {
    DueDate { on: day(text), provisional: false }
}

fn ground() -> Ground {
    Ground {
        reason: "场所不符合食品安全要求".to_owned(),
        article: "食品经营许可和备案管理办法第二十条".to_owned(),
        remedy: String::new(),
    }
}

fn refuse(task: &str) -> CaseCommand {
    CaseCommand::Refuse { task: task.to_owned(), ground: ground() }
}

fn ask(task: &str, what: &[&str]) -> CaseCommand {
    let item =
        |what: &&str| SupplementItem { what: (*what).to_owned(), why: "请补齐".to_owned() };
    CaseCommand::AskSupplement { task: task.to_owned(), items: what.iter().map(item).collect() }
}

fn stop(task: &str, cause: &str, from: &str, to: &str) -> CaseCommand {
    let (from, to) = (Some(day(from)), Some(day(to)));
    CaseCommand::StopClock { task: task.to_owned(), cause: cause.to_owned(), from, to }
}

fn extend(task: Option<&str>) -> CaseCommand {
    let reason = "案情复杂".to_owned();
    CaseCommand::ExtendDeadline { task: task.map(str::to_owned), reason }
}

fn give(story: &Story<'_>, task: &str, answers: &forms::Answers) -> CaseCommand {
    CaseCommand::GiveSupplement {
        task: task.to_owned(),
        answers: Box::new(answers.clone()),
        before: Box::new(story.answers.clone()),
        sealed: "sealed-3".to_owned(),
    }
}

fn reason<T: std::fmt::Debug>(answer: Result<T, CaseError>) -> &'static str {
    answer.unwrap_err().reason()
}

fn breaches(events: &[CaseEvent]) -> Vec<(Option<&str>, Line, String)> {
    events
        .iter()
        .filter_map(|event| match event {
            CaseEvent::Breach { task, line, on } => Some((task.as_deref(), *line, on.to_string())),
            _ => None,
        })
        .collect()
}

fn duty(story: &Story<'_>, name: &str) -> Option<DueDate> {
    story.case().duties.get(name).map(|duty| duty.due)
}

// --- S3 ------------------------------------------------------------------------------------------------------------

#[test]
fn the_days_of_a_case_handed_in_before_the_spring_festival() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    assert_eq!(story.state("name"), TaskState::Granted, "the platform decides the name itself");
    for task in ["reg", "bo", "seal", "tax", "soc", "med", "fund", "bank", "food"] {
        assert_eq!(story.state(task), TaskState::Ready, "{task}");
        story.accept(task);
    }
    let case = story.case();
    for task in ["seal", "tax", "soc", "med", "fund", "bank"] {
        assert_eq!(case.tasks[task].promise, Some(on("2026-02-13")), "{task}");
    }
    assert_eq!(case.tasks["food"].due, Some(on("2026-03-04")));
    assert_eq!(case.tasks["reg"].due, Some(on("2026-02-24")));
    assert_eq!(case.joint, Some(on("2026-04-23")));
    story.by(officer_of("food", "head")).must(extend(Some("food")));
    story.by(officer_of("market", "head")).must(extend(Some("reg")));
    story.by(officer_of("market", "coordinator")).must(extend(None));
    let case = story.case();
    assert_eq!(case.tasks["food"].due, Some(on("2026-03-11")));
    assert_eq!(case.tasks["reg"].due, Some(on("2026-02-27")));
    assert_eq!(case.joint, Some(on("2026-05-18")));
}

#[test]
fn a_limit_is_extended_once_and_only_where_the_row_allows_it() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.accept("food");
    story.accept("seal");
    assert_eq!(reason(story.decides("seal", extend(Some("seal")))), "NOT_EXTENDABLE", "no row");
    story.by(officer_of("food", "head")).must(extend(Some("food")));
    assert_eq!(reason(story.run(extend(Some("food")))), "NOT_EXTENDABLE", "twice");
    story.must(extend(None));
    assert_eq!(reason(story.run(extend(None))), "NOT_EXTENDABLE", "the joint one twice");
    let blank =
        CaseCommand::ExtendDeadline { task: Some("reg".to_owned()), reason: " ".to_owned() };
    assert_eq!(reason(story.run(blank)), "REASON_MISSING");
}

#[test]
fn registration_on_the_spot_lets_the_others_issue() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    for task in ["seal", "tax", "bank"] {
        story.accept(task);
        story.grant(task);
        assert_eq!(story.state(task), TaskState::ReadyToIssue, "{task} needs the registration");
    }
    story.at("2026-02-12 16:05").accept("reg");
    story.grant("reg");
    assert_eq!(story.state("seal"), TaskState::ReadyToIssue, "no code yet");
    let events = story.establish();
    let CaseEvent::Established { uscc, date, awaiting, .. } = &events[0] else {
        panic!("{events:?}")
    };
    assert_eq!((uscc.as_str(), *date), (USCC, day("2026-02-12")));
    assert_eq!(awaiting.len(), 8, "everything but name and registration waits for it");
    for task in ["seal", "tax", "bank"] {
        assert_eq!(story.state(task), TaskState::Granted, "{task}");
    }
    let case = story.case();
    assert_eq!(case.values["uscc"], USCC);
    assert_eq!(case.values["establishment_date"], "2026-02-12");
    assert_eq!(case.values["account_number"], "440001234567890123", "the bank gave it");
}

#[test]
fn an_enterprise_is_established_once_and_only_after_its_registration() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    let establish = CaseCommand::Establish { uscc: USCC.to_owned() };
    assert_eq!(reason(story.run(establish.clone())), "WRONG_STATE");
    story.accept("reg");
    story.grant("reg");
    story.establish();
    assert_eq!(story.run(establish), Ok(Vec::new()));
}

// --- S4, E3: silence, supplements, lapse --------------------------------------------------------------------------

#[test]
fn silence_accepts_on_the_fifth_working_day_as_of_the_day_of_receipt() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.wind("2026-02-26 23:59");
    assert_eq!(story.state("food"), TaskState::Ready);
    let events = story.wind("2026-02-27 00:00");
    let accepted = events.iter().find_map(|event| match event {
        CaseEvent::Accepted { task, by, date, due, .. } if task == "food" => Some((by, date, due)),
        _ => None,
    });
    let expected = (&AcceptedBy::Silence, &day("2026-02-12"), &on("2026-03-04"));
    assert_eq!(accepted, Some(expected));
}

#[test]
fn a_supplement_comes_once_before_acceptance_and_starts_receipt_anew() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    assert_eq!(reason(story.decides("food", ask("food", &[]))), "SUPPLEMENT_EMPTY");
    story.decides("food", ask("food", &["seats", "equipment[].count"])).unwrap();
    assert_eq!(story.case().tasks["food"].silence, None, "the organ has reacted");
    assert_eq!(reason(story.decides("food", ask("food", &["seats"]))), "SUPPLEMENT_TWICE");

    let outside = with(&story.answers, "plain.phone", "020-84681209");
    story.at("2026-02-24 10:00").by(founder());
    let answer = give(&story, "food", &outside);
    assert_eq!(reason(story.run(answer)), "SUPPLEMENT_OUTSIDE");
    let inside = with(&story.answers, "plain.seats", 72);
    let answer = give(&story, "food", &inside);
    let events = story.must(answer);
    assert!(matches!(&events[0], CaseEvent::AnswersSaved { diff, .. } if diff == &["plain.seats"]));
    let CaseEvent::SupplementGiven { on: received, silence, inputs, on_sand, .. } = &events[1]
    else {
        panic!("{events:?}")
    };
    assert_eq!((*received, *silence), (day("2026-02-24"), on("2026-03-02")));
    assert_eq!(inputs.keys().collect::<Vec<_>>(), ["food"], "nobody else asks for the seats");
    assert!(on_sand.is_empty());

    assert_eq!(reason(story.decides("food", ask("food", &["seats"]))), "SUPPLEMENT_TWICE");
    story.accept("food");
    assert_eq!(reason(story.decides("food", ask("food", &["seats"]))), "SUPPLEMENT_TOO_LATE");
}

#[test]
fn a_registration_goes_back_as_often_as_it_is_incomplete_and_each_hand_in_starts_anew() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    story.decides("reg", ask("reg", &["phone"])).unwrap();
    story.at("2026-02-13 09:00").by(founder());
    let changed = with(&story.answers, "plain.phone", "020-84681209");
    let answer = give(&story, "reg", &changed);
    story.must(answer);
    story.answers = changed;
    story.decides("reg", ask("reg", &["postcode"])).unwrap();
    story.at("2026-02-14 09:00").by(founder());
    let changed = with(&story.answers, "plain.postcode", "511457");
    let answer = give(&story, "reg", &changed);
    story.must(answer);
    story.accept("reg");
    let reg = &story.case().tasks["reg"];
    assert_eq!((reg.received, reg.asked), (Some(day("2026-02-14")), 2));
    assert_eq!(reg.due, Some(on("2026-02-26")), "three working days from the last hand-in");
}

#[test]
fn a_decision_whose_data_a_supplement_changes_is_told_to_stand_on_sand() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    story.accept("tax");
    story.grant("tax");
    story.decides("reg", ask("reg", &["phone"])).unwrap();
    story.by(founder());
    let changed = with(&story.answers, "plain.phone", "020-84681209");
    let answer = give(&story, "reg", &changed);
    let events = story.must(answer);
    let CaseEvent::SupplementGiven { on_sand, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!(on_sand, &["tax"]);
}

#[test]
fn a_supplement_that_nobody_answers_lapses_where_the_row_sets_a_term() {
    let law = law();
    let mut plan = plan_with(&["food"]);
    let food = plan.tasks.iter_mut().find(|task| task.name == "food").unwrap();
    food.answer = Some(Term::Workdays { n: 5 });
    let mut story = Story::handed_in(&law, plan, answers(&["food"]));
    story.decides("food", ask("food", &["seats"])).unwrap();
    story.wind("2026-02-26 23:59");
    assert_eq!(story.state("food"), TaskState::Ready, "silence does not accept meanwhile");
    let events = story.wind("2026-02-27 00:00");
    let lapsed = CaseEvent::TaskDropped { task: "food".to_owned(), why: DropCause::Lapsed };
    assert!(events.contains(&lapsed), "{events:?}");
    let timers = kernel::Aggregate::deadlines(story.case());
    assert!(
        timers.iter().all(|timer| !timer.name.ends_with(":food")),
        "nothing more is asked of it"
    );
}

// --- S5, E4: stopped clocks ------------------------------------------------------------------------------------

#[test]
fn only_lawful_causes_stop_the_clock() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.accept("food");
    story.at("2026-02-24 10:00");
    let visit = story.decides("food", stop("food", "现场核查", "2026-02-25", "2026-02-28"));
    assert_eq!(reason(visit), "CLOCK_REASON_NOT_LAWFUL");
    let events = story.decides("food", stop("food", "检测", "2026-02-25", "2026-02-28")).unwrap();
    let CaseEvent::ClockStopped { days, due, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!((*days, *due), (4, on("2026-03-10")));
}

#[test]
fn a_stop_names_its_days_and_begins_no_earlier_than_today() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.accept("food");
    story.at("2026-02-26 10:00");
    for (from, to) in [("2026-02-28", "2026-02-27"), ("2026-02-25", "2026-02-27")] {
        let answer = story.decides("food", stop("food", "检测", from, to));
        assert_eq!(reason(answer), "CLOCK_SPAN_MISSING", "{from} to {to}");
    }
    let open = CaseCommand::StopClock {
        task: "food".to_owned(),
        cause: "检测".to_owned(),
        from: None,
        to: None,
    };
    assert_eq!(reason(story.decides("food", open)), "CLOCK_SPAN_MISSING");
}

#[test]
fn a_clock_that_resumes_early_gives_the_days_back() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.accept("food");
    story.at("2026-02-24 10:00");
    story.decides("food", stop("food", "检测", "2026-02-25", "2026-02-28")).unwrap();
    let resume = CaseCommand::ResumeClock { task: "food".to_owned() };
    assert_eq!(reason(story.decides("food", resume.clone())), "CLOCK_SPAN_MISSING", "it runs");
    story.at("2026-02-26 10:00").decides("food", resume.clone()).unwrap();
    assert_eq!(story.case().tasks["food"].due, Some(on("2026-03-06")), "two days stood");
    assert_eq!(reason(story.decides("food", resume)), "CLOCK_SPAN_MISSING", "it runs again");
}

// --- E5: holiday notices ---------------------------------------------------------------------------------------

fn notice_of_2027() -> Notice {
    Notice {
        year: 2027,
        number: "国办发明电〔2026〕1号".to_owned(),
        issued: day("2026-12-28"),
        title: "国务院办公厅关于2027年部分节假日安排的通知".to_owned(),
        holidays: vec![Holiday {
            festival: Label::new("元旦", "New Year's Day"),
            from: day("2027-01-01"),
            to: day("2027-01-05"),
            work: vec![day("2027-01-09")],
        }],
    }
}

#[test]
fn days_beyond_the_last_notice_are_provisional_and_follow_the_next_one() {
    let law = law_under(Calendar::embedded());
    let mut plan = plan_with(&["food"]);
    for task in plan.tasks.iter_mut().filter(|task| task.name == "bank") {
        task.answer = Some(Term::Workdays { n: 10 });
    }
    let mut story = Story::signed(&law, plan, answers(&["food"]));
    story.at("2026-12-28 10:00").by(founder()).submit().unwrap();
    story.accept("food");
    story.decides("bank", ask("bank", &["phone"])).unwrap();
    let provisional = |text: &str| DueDate { on: day(text), provisional: true };
    let case = story.case();
    assert_eq!(case.tasks["food"].due, Some(provisional("2027-01-12")));
    assert_eq!(case.tasks["bo"].silence, Some(provisional("2027-01-05")));
    let joint = case.joint.unwrap();
    assert!(joint.provisional);

    law.replace_calendar(law.calendar().with_notice(notice_of_2027()).unwrap());
    let operator = officer_of("market", "operator");
    let events = story.by(operator).must(CaseCommand::Recompute);
    let case = story.case();
    assert_eq!(case.tasks["food"].due, Some(on("2027-01-13")));
    assert_eq!(case.tasks["bo"].silence, Some(on("2027-01-07")));
    let until = case.tasks["bank"].wanted.as_ref().unwrap().until;
    assert_eq!(until, Some(on("2027-01-13")));
    assert_ne!(case.joint, Some(joint));
    assert!(events.iter().any(|event| matches!(
        event,
        CaseEvent::TermRecomputed { of: Running::Silence(task), .. } if task == "bo"
    )));
    assert_eq!(story.must(CaseCommand::Recompute), Vec::new(), "nothing more changes");
}

// --- E6: limits and breaches -----------------------------------------------------------------------------------

#[test]
fn the_earlier_of_the_own_and_the_joint_limit_rules() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.accept("food");
    let case = story.case();
    assert_eq!(case.limit(&case.tasks["food"]), Some(on("2026-03-04")), "its own is earlier");
    story.at("2026-02-25 10:00");
    story.decides("food", stop("food", "鉴定", "2026-02-25", "2026-06-30")).unwrap();
    let case = story.case();
    assert!(case.tasks["food"].due > case.joint);
    assert_eq!(case.limit(&case.tasks["food"]), Some(on("2026-04-23")), "the joint one is");
    let events = story.wind("2026-04-24 00:00");
    assert!(
        breaches(&events).contains(&(Some("food"), Line::Statutory, "2026-04-24".to_owned())),
        "{events:?}"
    );
}

#[test]
fn every_line_is_overrun_once() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    story.accept("seal");
    let events = story.wind("2026-02-13 23:59");
    assert_eq!(breaches(&events), [], "the promised day is not over");
    let events = story.wind("2026-02-14 00:00");
    let promise = (Some("seal"), Line::Promise, "2026-02-14".to_owned());
    assert!(breaches(&events).contains(&promise), "{events:?}");
    let events = story.wind("2026-02-25 00:00");
    let statutory = (Some("seal"), Line::Statutory, "2026-02-25".to_owned());
    assert!(breaches(&events).contains(&statutory), "{events:?}");
    let events = story.wind("2026-06-01 00:00");
    assert!(breaches(&events).iter().all(|(task, _, _)| *task != Some("seal")));
    assert_eq!(breaches(&events).iter().filter(|(task, _, _)| task.is_none()).count(), 1);
    let again = CaseCommand::Overrun { task: Some("seal".to_owned()), line: Line::Promise };
    assert_eq!(story.must(again), Vec::new());
}

#[test]
fn a_line_is_not_overrun_before_its_time() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    story.accept("seal");
    for line in [Line::Promise, Line::Statutory] {
        let early = CaseCommand::Overrun { task: Some("seal".to_owned()), line };
        assert_eq!(story.must(early), Vec::new());
    }
    assert_eq!(story.must(CaseCommand::AcceptBySilence { task: "tax".to_owned() }), Vec::new());
}

// --- E7, E8, S11: refusals, withdrawal --------------------------------------------------------------------------

#[test]
fn a_refusal_names_reason_article_and_remedy_and_undoes_no_grant() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    for task in ["reg", "seal", "bank"] {
        story.accept(task);
    }
    story.grant("reg");
    story.establish();
    story.grant("seal");
    let bare = CaseCommand::Refuse { task: "bank".to_owned(), ground: Ground::default() };
    assert_eq!(reason(story.decides("bank", bare)), "REFUSAL_INCOMPLETE");
    let events = story.decides("bank", refuse("bank")).unwrap();
    let CaseEvent::Refused { ground, .. } = &events[0] else { panic!("{events:?}") };
    assert!(ground.remedy.contains("人民银行"), "the text of the row: {}", ground.remedy);
    for (task, state) in [
        ("reg", TaskState::Granted),
        ("seal", TaskState::Granted),
        ("bank", TaskState::Refused),
        ("tax", TaskState::Ready),
    ] {
        assert_eq!(story.state(task), state, "{task}");
    }
}

#[test]
fn a_bank_that_refuses_leaves_eight_grants_and_no_tax_report() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    let tasks = ["reg", "bo", "seal", "tax", "soc", "med", "fund", "bank"];
    for task in tasks {
        story.accept(task);
    }
    story.grant("reg");
    story.establish();
    for task in ["bo", "seal", "tax", "soc", "med", "fund"] {
        story.grant(task);
    }
    story.decides("bank", refuse("bank")).unwrap();
    assert_eq!(duty(&story, "tax_account_report"), None);
    assert!(!story.case().values.contains_key("account_number"));
    let mut last = Vec::new();
    for task in ["name"].into_iter().chain(tasks) {
        assert_eq!(story.case().state, CaseState::Running, "before {task} is served");
        last = story.delivered(task);
    }
    let Some(CaseEvent::CaseClosed { how: Closing::Closed, tasks, .. }) = last.last() else {
        panic!("{last:?}")
    };
    assert_eq!(tasks.values().filter(|state| **state == TaskState::Granted).count(), 8);
    assert_eq!(tasks["bank"], TaskState::Refused);
    assert_eq!(story.case().state, CaseState::Closed);
}

#[test]
fn a_refused_registration_drops_what_needs_it() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.accept("food");
    let order = CaseCommand::OrderVisit { task: "food".to_owned(), on: day("2026-02-13") };
    story.decides("food", order).unwrap();
    story.accept("reg");
    let events = story.decides("reg", refuse("reg")).unwrap();
    let dropped: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            CaseEvent::TaskDropped { task, why: DropCause::Needs(_) } => Some(task.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(dropped, ["bo", "seal", "tax", "soc", "med", "fund", "bank", "food"]);
    assert_eq!(story.case().state, CaseState::Running, "the refusal is not served yet");
    story.delivered("name");
    let events = story.delivered("reg");
    let closed = events.last();
    assert!(
        matches!(closed, Some(CaseEvent::CaseClosed { how: Closing::Closed, .. })),
        "{closed:?}"
    );
}

#[test]
fn a_refused_acceptance_ends_the_task_with_the_same_words() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    let refuse = CaseCommand::RefuseAcceptance { task: "food".to_owned(), ground: ground() };
    let events = story.decides("food", refuse.clone()).unwrap();
    let CaseEvent::AcceptanceRefused { ground, .. } = &events[0] else { panic!("{events:?}") };
    assert!(ground.remedy.contains("行政复议"));
    assert_eq!(story.state("food"), TaskState::Refused);
    assert_eq!(reason(story.decides("food", refuse)), "WRONG_TASK_STATE");
}

#[test]
fn a_withdrawn_case_drops_what_is_open_and_asks_for_no_timer() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.accept("food");
    story.by(founder());
    story.must(CaseCommand::Withdraw { reason: "改变计划".to_owned() });
    assert_eq!(story.case().state, CaseState::Withdrawn);
    assert_eq!(story.state("name"), TaskState::Granted, "what was granted stands");
    for task in ["reg", "food", "bank"] {
        assert_eq!(story.state(task), TaskState::Dropped, "{task}");
    }
    assert!(kernel::Aggregate::deadlines(story.case()).is_empty());
    assert_eq!(reason(story.decides("food", refuse("food"))), "WRONG_TASK_STATE");
}

#[test]
fn an_established_enterprise_cannot_be_withdrawn() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    story.accept("reg");
    story.grant("reg");
    story.establish();
    story.by(founder());
    let withdraw = CaseCommand::Withdraw { reason: "改变计划".to_owned() };
    assert_eq!(reason(story.run(withdraw)), "WRONG_STATE");
}

#[test]
fn a_dropped_task_takes_along_what_needs_it_and_nothing_else() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.by(founder());
    story.must(CaseCommand::DropTask { task: "seal".to_owned() });
    assert_eq!(story.state("bank"), TaskState::Dropped, "the bank needs the seal to issue");
    assert_eq!(story.state("tax"), TaskState::Ready);
}

#[test]
fn another_organs_officer_decides_nothing() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    story.by(reviewer("tax"));
    assert_eq!(reason(story.run(CaseCommand::Accept { task: "food".to_owned() })), "NOT_ENTITLED");
    assert_eq!(reason(story.run(ask("food", &["seats"]))), "NOT_ENTITLED");
}

// --- E9, E14 ---------------------------------------------------------------------------------------------------

#[test]
fn under_together_outcomes_go_out_when_the_last_one_is_decided() {
    let law = law();
    let mut plan = plan_with(&[]);
    plan.delivery = DeliveryPolicy::Together;
    let mut story = Story::handed_in(&law, plan, answers(&[]));
    for task in ["reg", "bo", "seal", "tax", "soc", "med", "fund", "bank"] {
        story.accept(task);
    }
    story.grant("reg");
    story.establish();
    story.grant("seal");
    assert_eq!(story.state("seal"), TaskState::Granted, "the bank needs it to issue");
    for task in ["bo", "tax", "soc", "med", "fund"] {
        story.grant(task);
        assert_eq!(story.state(task), TaskState::ReadyToServe, "{task}");
    }
    let events = story.grant("bank");
    let granted: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            CaseEvent::Granted { task, .. } => Some(task.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(granted.len(), 6, "{granted:?}");
}

#[test]
fn a_grant_gives_the_values_that_its_row_names() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    story.accept("bank");
    let bare = CaseCommand::Grant { task: "bank".to_owned(), given: [].into() };
    assert_eq!(reason(story.decides("bank", bare)), "VALUE_MISSING");
}

#[test]
fn a_visit_is_ordered_recorded_and_followed_by_a_decision() {
    let law = law();
    let mut story = Story::submitted(&law, &["food"]);
    let order = CaseCommand::OrderVisit { task: "food".to_owned(), on: day("2026-02-13") };
    let events = story.decides("food", order).unwrap();
    assert!(matches!(&events[0], CaseEvent::Accepted { .. }), "ordering a visit takes the case");
    assert_eq!(story.state("food"), TaskState::Visiting);
    let grant = CaseCommand::Grant { task: "food".to_owned(), given: [].into() };
    assert_eq!(reason(story.decides("food", grant)), "WRONG_TASK_STATE", "the visit is open");
    story.at("2026-02-13 15:00");
    let record = CaseCommand::RecordVisit {
        task: "food".to_owned(),
        findings: "与申请一致".to_owned(),
        passed: true,
    };
    story.decides("food", record).unwrap();
    assert_eq!(story.state("food"), TaskState::Working);
    story.grant("food");
    assert_eq!(story.state("food"), TaskState::ReadyToIssue);
}

// --- S12, S13 --------------------------------------------------------------------------------------------------

#[test]
fn a_contribution_is_paid_within_five_years_of_establishment() {
    let law = law();
    let dated = |date: &str| with(&answers(&[]), "role.shareholder.1.contribution_date", date);
    let mut late = Story::filled(&law, plan_with(&[]), dated("2031-02-13"));
    late.keep_name();
    let Err(CaseError::Incomplete { items }) = late.submit() else { panic!("it passes") };
    let reasons: Vec<&str> = items.iter().map(|item| item.reason.as_str()).collect();
    assert_eq!(reasons, ["CONTRIBUTION_TOO_LATE"]);
    let story = Story::handed_in(&law, plan_with(&[]), dated("2031-02-12"));
    assert_eq!(story.case().latest_contribution, Some(day("2031-02-12")));
}

#[test]
fn the_real_day_of_establishment_decides_about_contributions_once_more() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    story.accept("reg");
    let past = story.past.into_iter().map(|event| match event {
        CaseEvent::Submitted { on, inputs, .. } => {
            CaseEvent::Submitted { on, inputs, latest_contribution: Some(day("2031-02-13")) }
        }
        other => other,
    });
    let mut case = given::<Case>(&law, past).by(reviewer("reg")).at(at("2026-02-12 16:05"));
    let grant = || CaseCommand::Grant { task: "reg".to_owned(), given: [].into() };
    assert_eq!(reason(case.when(grant())), "CONTRIBUTION_TOO_LATE");
    assert!(case.at(at("2026-02-13 09:00")).when(grant()).is_ok());
}

#[test]
fn duties_follow_the_establishment_the_account_and_the_fund() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    for task in ["reg", "seal", "fund", "bank"] {
        story.accept(task);
    }
    story.grant("reg");
    story.establish();
    for (name, due) in [("social_insurance", "2026-03-16"), ("housing_fund", "2026-03-16")] {
        assert_eq!(duty(&story, name), Some(on(due)), "{name}");
    }
    assert_eq!(duty(&story, "beneficial_owners"), None, "the pledge leaves nothing to name");
    assert_eq!(duty(&story, "employee_accounts"), None);
    story.at("2026-02-13 10:00").grant("fund");
    assert_eq!(duty(&story, "employee_accounts"), Some(on("2026-03-05")));
    assert!(story.case().duties["housing_fund"].done, "the fund's own task fulfils it");
    assert!(!story.case().duties["social_insurance"].done);
    story.grant("seal");
    story.at("2026-02-25 10:00").grant("bank");
    assert_eq!(duty(&story, "tax_account_report"), Some(on("2026-03-12")));
}

#[test]
fn a_tax_term_grows_by_the_long_holiday_inside_it() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    for task in ["reg", "seal", "bank"] {
        story.accept(task);
    }
    story.grant("reg");
    story.establish();
    story.grant("seal");
    story.at("2026-04-25 10:00").grant("bank");
    assert_eq!(duty(&story, "tax_account_report"), Some(on("2026-05-15")));
}

#[test]
fn a_duty_follows_the_next_holiday_notice() {
    let law = law_under(Calendar::embedded());
    let mut story = Story::signed(&law, plan_with(&[]), answers(&[]));
    story.at("2026-12-04 10:00").by(founder()).submit().unwrap();
    story.accept("reg");
    story.grant("reg");
    story.establish();
    let provisional = DueDate { on: day("2027-01-04"), provisional: true };
    assert_eq!(duty(&story, "social_insurance"), Some(provisional), "the 30th day is a Sunday");
    law.replace_calendar(law.calendar().with_notice(notice_of_2027()).unwrap());
    story.by(Actor::system("calendar")).must(CaseCommand::Recompute);
    assert_eq!(duty(&story, "social_insurance"), Some(on("2027-01-06")));
}

// --- E2 ----------------------------------------------------------------------------------------------------------

/// The documents that everybody has signed.
fn signed<'a>(story: &'a Story<'_>) -> Vec<&'a str> {
    let documents = story.case().documents.iter();
    let whole = documents.filter(|(_, document)| document.missing().next().is_none());
    whole.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_later_edit_voids_only_signatures_under_texts_that_changed() {
    let law = law();
    let mut story = Story::signed(&law, plan_with(&[]), answers(&[]));
    let all = ["application", "appointment", "articles", "mandate"];
    assert_eq!(signed(&story), all);
    let mobile = with(&story.answers, "card.li.mobile", "13926401993");
    story.by(founder()).save(mobile);
    assert_eq!(signed(&story), all, "no document names her mobile");
    let amount = with(&story.answers, "role.shareholder.1.subscribed_amount", 190_000_000);
    let whole = with(&amount, "role.shareholder.0.subscribed_amount", 310_000_000);
    story.save(whole);
    assert_eq!(signed(&story), ["mandate"]);
    let Err(CaseError::SignaturesMissing { who }) = story.submit() else { panic!("it passes") };
    assert!(who.iter().all(|one| !one.ends_with(":mandate")) && !who.is_empty(), "{who:?}");
}

#[test]
fn a_signature_binds_to_the_text_that_the_signer_saw() {
    let law = law();
    let mut story = Story::filled(&law, plan_with(&[]), answers(&[]));
    story.keep_name();
    story.sign_all();
    let sign = |sha256: &str, signer: &str| CaseCommand::Sign {
        document: "articles".to_owned(),
        sha256: sha256.to_owned(),
        signer: signer.to_owned(),
    };
    assert_eq!(reason(story.run(sign("0123", "chen"))), "TEXT_CHANGED");
    let text = story.case().documents["articles"].sha256.clone();
    assert_eq!(reason(story.run(sign(&text, "zhao"))), "NOT_A_SIGNER");
    assert_eq!(story.run(sign(&text, "chen")), Ok(Vec::new()), "signing twice is signing once");
}

#[test]
fn a_text_that_an_edit_brings_back_needs_its_signatures_again() {
    let law = law();
    let mut story = Story::signed(&law, plan_with(&[]), answers(&[]));
    let first = story.answers.clone();
    let changed = with(&first, "plain.trade_name", "青苗");
    story.by(founder()).save(changed);
    story.save(first);
    assert!(signed(&story).is_empty());
}

#[test]
fn every_signed_document_has_a_text_of_its_own() {
    let law = law();
    let story = Story::signed(&law, plan_with(&["food"]), answers(&["food"]));
    let texts: std::collections::BTreeSet<&str> =
        story.case().documents.values().map(|document| document.sha256.as_str()).collect();
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert!(texts.iter().all(|text| text.len() == 64), "{texts:?}");
}

#[test]
fn a_refusal_that_came_back_keeps_the_case_open_until_it_is_served_again() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    story.accept("reg");
    story.decides("reg", refuse("reg")).unwrap();
    story.delivered("name");
    let undone = |task: &str, is_outcome: bool| CaseCommand::NoteServiceUndone {
        task: task.to_owned(),
        notice: "n1".to_owned(),
        reason: "550 no such mailbox".to_owned(),
        is_outcome,
    };
    // Everything else fell with the registration, so that the case ends once the refusal is served.
    assert_eq!(story.case().state, CaseState::Running);
    story.by(Actor::system("linkage.undone"));
    story.must(undone("name", true));
    story.delivered("reg");
    assert_eq!(story.case().state, CaseState::Running, "the name's notice came back");
    story.delivered("name");
    assert_eq!(story.case().state, CaseState::Closed);
    story.by(Actor::system("linkage.undone"));
    story.must(undone("reg", true));
    assert!(!story.case().tasks["reg"].delivered);
    assert_eq!(story.case().state, CaseState::Closed, "what is closed stays closed");
    story.must(undone("name", false));
    assert!(story.case().tasks["name"].delivered, "another notice of the task, not its outcome");
    assert!(matches!(story.run(undone("none", true)), Err(CaseError::NoSuchTask(_))));
}

#[test]
fn a_day_of_service_that_is_put_right_reaches_the_task() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    story.keep_name();
    assert_eq!(story.delivered("name").len(), 1);
    let note = |notice: &str, on: &str| CaseCommand::NoteServed {
        task: "name".to_owned(),
        notice: notice.to_owned(),
        on: day(on),
    };
    let moved = story.must(note("n1", "2026-03-02"));
    assert!(matches!(&moved[..], [CaseEvent::Served { on, .. }] if *on == day("2026-03-02")));
    assert_eq!(story.must(note("n1", "2026-03-02")), [], "told again");
    assert_eq!(story.must(note("n2", "2026-03-03")), [], "another notice moves nothing");
    let (_, on) = story.case().tasks["name"].served.clone().unwrap();
    assert_eq!(on, day("2026-03-02"));
}
