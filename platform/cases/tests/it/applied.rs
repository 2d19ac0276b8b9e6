//! What decision tables set: terms, outcomes, duties, days on papers; and what they judge once more at the grant.

use crate::fixture::{
    NO, Story, answers, at, day, definition, founder, law, law_with, officer_of, plan_with,
    reviewer, with,
};
use crate::house::House;
use blobs::BlobError;
use calendar::{Calendar, Term};
use cases::law::{Archive, Definition};
use cases::model::{CaseKey, DueDate, SupplementItem};
use cases::{Case, CaseCommand, CaseError, CaseEvent, Law};
use catalogue::definition::LegalNature;
use codes::Coded as _;
use elements::Value;
use forms::Answers;
use kernel::spec::given;
use kernel::{PartyKey, Waiting};
use std::sync::{Arc, Mutex};

fn on(text: &str) -> Option<DueDate> {
    Some(DueDate { on: day(text), provisional: false })
}

/// The rows that set something, as `table/row`.
fn rows(story: &Story<'_>) -> Vec<String> {
    let applied = story.past.iter().filter_map(|event| match event {
        CaseEvent::RulesApplied { tasks, .. } => Some(tasks),
        _ => None,
    });
    applied
        .flat_map(|tasks| tasks.values())
        .flat_map(|applied| &applied.by)
        .map(|by| format!("{}/{}", by.table, by.row))
        .collect()
}

fn extend(task: &str) -> CaseCommand {
    CaseCommand::ExtendDeadline { task: Some(task.to_owned()), reason: "案情复杂".to_owned() }
}

fn grant(task: &str) -> CaseCommand {
    CaseCommand::Grant { task: task.to_owned(), given: [].into() }
}

fn ask(task: &str, what: &str) -> CaseCommand {
    let item = SupplementItem { what: what.to_owned(), why: "与实际不符".to_owned() };
    CaseCommand::AskSupplement { task: task.to_owned(), items: vec![item] }
}

fn give(story: &Story<'_>, task: &str, answers: Answers) -> CaseCommand {
    CaseCommand::GiveSupplement {
        task: task.to_owned(),
        answers: Box::new(answers),
        before: Box::new(story.answers.clone()),
        sealed: "sealed-2".to_owned(),
    }
}

fn texts(all: &[&str]) -> Value {
    Value::List(all.iter().map(|text| Value::from(*text)).collect())
}

/// Somebody who sells nothing but pre-packaged food.
fn prepackaged() -> Answers {
    let shop = with(&answers(&["food"]), "plain.food_format", "1");
    with(&shop, "plain.business_scope", texts(&["食品销售（仅销售预包装食品）"]))
}

#[test]
fn a_table_sets_the_term_of_a_registration_and_of_its_extension() {
    let law = law_with(
        "registration_term",
        "{statutory: 3wd, extension: 3wd}",
        "{statutory: 5wd, extension: 2wd}",
    );
    let mut story = Story::submitted(&law, &[]);
    story.accept("reg");
    assert!(rows(&story).contains(&"registration_term/three_days".to_owned()));
    assert_eq!(story.case().tasks["reg"].due, on("2026-02-26"), "five working days");
    story.by(officer_of("market", "head")).must(extend("reg"));
    assert_eq!(story.case().tasks["reg"].due, on("2026-02-28"), "and two more");
}

#[test]
fn what_a_table_says_like_the_plan_is_no_event() {
    let law = law();
    let story = Story::submitted(&law, &["food"]);
    assert_eq!(rows(&story), ["owner_filing/exempt"], "the others say what the plan says");
}

#[test]
fn two_tables_about_one_service_set_each_its_own() {
    let mut definition = definition();
    let own = "id: own\nzh: 本地承诺\nen: a local promise\nrelevant_date: submitted\ndecides: reg\n\
               hit: unique\noutputs: {promise: term}\nrows:\n\
               - {id: usual, then: {promise: 2wd}, default: true}\n\
               ";
    let table = rules::Table::read(&definition.dictionary, "own.yaml", own).unwrap();
    definition.rules.push(Arc::new(table));
    let law = law_with(
        "registration_term",
        "{statutory: 3wd, extension: 3wd}",
        "{statutory: 4wd, extension: 3wd}",
    );
    let changed = law.definition("b28").unwrap();
    definition.rules.retain(|table| table.id != "registration_term");
    let term = changed.rules.iter().find(|table| table.id == "registration_term").unwrap();
    definition.rules.insert(0, Arc::clone(term));
    let applied = definition.applied(&plan_with(&[]), &answers(&[]), day("2026-02-12"));
    let reg = &applied["reg"];
    assert_eq!(reg.statutory, Some(Term::Workdays { n: 4 }));
    assert_eq!((&reg.promise, &reg.extension), (&Some(Term::Workdays { n: 2 }), &None));
    let by: Vec<&str> = reg.by.iter().map(|by| by.table.as_str()).collect();
    assert_eq!(by, ["registration_term", "own"]);
}

#[test]
fn the_day_of_submission_decides_which_row_is_in_force() {
    let dated = "then: {statutory: 3wd, extension: 3wd}\n    until: 2026-02-11\n    source: a\n  \
                 - id: new\n    when: {at_once: false}\n    then: {statutory: 1wd, extension: 3wd}\n    \
                 from: 2026-02-12";
    let law = law_with("registration_term", "then: {statutory: 3wd, extension: 3wd}", dated);
    for (at, due) in [("2026-02-11 10:00", "2026-02-14"), ("2026-02-12 16:00", "2026-02-13")] {
        let mut story = Story::filled(&law, plan_with(&[]), answers(&[]));
        story.keep_name();
        story.sign_all();
        story.at(at).by(founder()).submit().unwrap();
        story.accept("reg");
        assert_eq!(story.case().tasks["reg"].due, on(due), "{at}");
    }
}

#[test]
fn pre_packaged_food_alone_is_filed_and_not_licensed() {
    let law = law();
    let mut story = Story::handed_in(&law, plan_with(&["food"]), prepackaged());
    assert!(rows(&story).contains(&"food_paper/prepackaged_food".to_owned()));
    story.accept("food");
    assert_eq!(story.case().tasks["food"].due, on("2026-02-26"), "five working days");
    let extended = story.by(officer_of("food", "head")).run(extend("food"));
    assert_eq!(extended.unwrap_err().reason(), "NOT_EXTENDABLE");
    story.accept("reg");
    story.grant("reg");
    story.establish();
    let events = story.grant("food");
    let CaseEvent::Granted { of, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!((of.legal_nature, &of.outcome.licence), (LegalNature::Filing, &None));
    assert_eq!(of.outcome.notice.as_deref(), Some("food_filing"));
    assert!(of.outcome.zh.contains("备案"), "{}", of.outcome.zh);
}

#[test]
fn a_supplement_that_widens_the_scope_turns_the_filing_into_a_licence() {
    let law = law();
    let mut story = Story::handed_in(&law, plan_with(&["food"]), prepackaged());
    story.decides("food", ask("food", "business_scope")).unwrap();
    let scope = texts(&["食品销售（仅销售预包装食品）", "食品销售"]);
    let wider = with(&story.answers, "plain.business_scope", scope);
    let answer = give(&story, "food", wider);
    story.by(founder()).must(answer);
    story.accept("food");
    let plan = story.case().plan.clone().unwrap();
    let food = plan.task("food").unwrap();
    assert_eq!(food.legal_nature, LegalNature::Licence);
    assert_eq!(food.outcome.licence.as_deref(), Some("food_licence"));
    assert_eq!(food.extension, Some(Term::Workdays { n: 5 }));
    assert_eq!(story.case().tasks["food"].due, on("2026-03-04"));
}

#[test]
fn what_is_accepted_keeps_what_it_was_accepted_under() {
    let law = law();
    let mut story = Story::handed_in(&law, plan_with(&["food"]), prepackaged());
    story.accept("food");
    story.decides("reg", ask("reg", "business_scope")).unwrap();
    let wider = with(&story.answers, "plain.business_scope", texts(&["食品销售"]));
    let answer = give(&story, "reg", wider);
    story.by(founder()).must(answer);
    assert_eq!(story.case().tasks["food"].due, on("2026-02-26"));
    let plan = story.case().plan.clone().unwrap();
    assert_eq!(plan.task("food").unwrap().legal_nature, LegalNature::Filing);
}

#[test]
fn who_pledges_has_nothing_to_name_and_who_may_not_pledge_is_told_why() {
    let law = law();
    let mut story = Story::submitted(&law, &[]);
    story.accept("reg");
    story.grant("reg");
    story.establish();
    assert!(!story.case().duties.contains_key("beneficial_owners"));
    assert!(story.case().duties.contains_key("social_insurance"));

    let named = with(&answers(&[]), "plain.bo_filing_kind", "填报");
    let applied = definition().applied(&plan_with(&[]), &named, day("2026-02-12"));
    assert!(applied.is_empty(), "the duty stands as planned: {applied:?}");

    for (spot, value, expected) in [
        ("role.controller", Value::from("zhou"), "BO_EXEMPT_CONTROLLER"),
        ("plain.registered_capital", Value::Int(1_000_000_001), "BO_EXEMPT_CAPITAL"),
    ] {
        let changed = with(&answers(&[]), spot, value);
        let mut story = Story::filled(&law, plan_with(&[]), changed);
        story.keep_name();
        let Err(CaseError::Incomplete { items }) = story.submit() else { panic!("{spot} passes") };
        let told: Vec<_> = items.iter().map(|i| (i.what.as_str(), i.reason.as_str())).collect();
        assert!(told.contains(&("plain.bo_filing_kind", expected)), "{told:?}");
    }
}

#[tokio::test]
async fn who_chooses_pre_packaged_food_finds_format_and_scope_filled_in() {
    let house = House::open().await;
    let pairs = [("package", "28/setup"), ("place", "440115"), ("activity", "F5229")];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let reply = house.post(&founder(), "/cases/new", &pairs).await;
    let no = reply.header("location").strip_prefix("/cases/").unwrap().to_owned();
    let answers = house.answers(&no).await;
    assert_eq!(answers.plain.get("food_format"), Some(&Value::from("1")));
    let scope = texts(&["食品销售（仅销售预包装食品）"]);
    assert_eq!(answers.plain.get("business_scope"), Some(&scope));
}

#[tokio::test]
async fn the_party_is_told_what_rules_set_and_by_which_law() {
    let house = House::open().await;
    let no = house.handed_in(&founder(), &[]).await;
    let page = house.page(&founder(), &format!("/cases/{no}")).await;
    assert!(page.contains("没有后续备案事项（受益所有人信息管理办法第三条）"), "{page}");
    let page = house.page(&founder(), &format!("/cases/{no}?lang=en")).await;
    assert!(page.contains("nothing has to be filed afterwards"), "{page}");
}

#[test]
fn a_table_says_how_long_a_hygiene_licence_is_valid() {
    let dates = definition().dates("hyg", "440115".parse().ok(), day("2026-02-12"));
    let told: Vec<String> = dates.iter().map(|(name, term)| format!("{name} {term}")).collect();
    assert_eq!(told, ["review_by 2y", "valid_to 4y day_before"]);
    // Before the rules there is no row: what the service itself says stands.
    assert!(definition().dates("hyg", None, day("2011-04-30")).is_empty());
    assert!(definition().dates("food", None, day("2026-02-12")).is_empty());
}

#[test]
fn the_same_dated_table_judges_contributions_at_the_grant() {
    let shorter = law_with("contribution_date", "day.add(60, 'months')", "day.add(36, 'months')");
    let usual = law();
    for (law, due, established, late) in [
        (&usual, "2031-02-12", "2026-02-12", false),
        (&usual, "2031-02-13", "2026-02-12", true),
        // Until 30 June 2024 the articles were free to say when.
        (&usual, "2060-01-01", "2024-06-30", false),
        (&shorter, "2029-02-12", "2026-02-12", false),
        (&shorter, "2029-02-13", "2026-02-12", true),
    ] {
        let definition = law.definition("b28").unwrap();
        let refused = definition.contribution_refused(day(due), day(established));
        assert_eq!(refused, late, "{due} of {established}");
    }
    let date = "role.shareholder.1.contribution_date";
    let on_the_edge = with(&answers(&[]), date, "2031-02-12");
    let mut story = Story::handed_in(&usual, plan_with(&[]), on_the_edge);
    story.accept("reg");
    assert!(story.by(reviewer("reg")).at("2026-02-12 16:00").run(grant("reg")).is_ok());
}

/// An archive that has one definition, and notes what it is asked to have ready.
#[derive(Debug)]
struct Shelf {
    kept: Definition,
    wanted: Mutex<Vec<String>>,
}

impl Archive for Shelf {
    fn find<'a>(&'a self, bundle: &'a str) -> Waiting<'a, Result<Option<Definition>, BlobError>> {
        let found = Some(self.kept.clone()).filter(|kept| kept.digest == bundle);
        Box::pin(std::future::ready(Ok(found)))
    }

    fn want(&self, bundle: &str) {
        self.wanted.lock().unwrap().push(bundle.to_owned());
    }
}

#[tokio::test]
async fn a_definition_that_is_no_longer_in_force_is_recalled() {
    let law = Law::new(Calendar::embedded());
    let shelf = Arc::new(Shelf { kept: definition(), wanted: Mutex::default() });
    law.archive_in(shelf.clone());
    let mut spec = given::<Case>(&law, []).at(at("2026-02-12 15:20")).by(founder());
    let open = || CaseCommand::Open {
        no: CaseKey(NO.to_owned()),
        applicant: PartyKey::new("p1"),
        plan: Box::new(plan_with(&[])),
    };
    assert_eq!(spec.when(open()).unwrap_err().reason(), "DEFINITION_MISSING");
    assert_eq!(*shelf.wanted.lock().unwrap(), ["b28"], "it is wanted for the next");
    assert!(law.recall("b28").await.unwrap().is_some());
    assert!(spec.when(open()).is_ok());
    assert!(law.recall("b27").await.unwrap().is_none(), "it is nowhere");
}
