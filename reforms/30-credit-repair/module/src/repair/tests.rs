//! What repair decides, without a runtime: scenarios S1 to S12 as far as one entity goes.

use super::*;
use crate::law::{RepairRules, tests::rules};
use calendar::Calendar;
use codes::{Date, Moment};
use credit_repair::{Need, Standing};
use kernel::spec::{self, Given};
use kernel::{Actor, OrganKey, PartyKey};
use registers::listings::{ListEntry, ListingKey};
use serde_json::json;
use std::collections::BTreeMap;

const USCC: &str = "91440106MA59C0309X";

fn d(text: &str) -> Date {
    text.parse().unwrap()
}

fn at(day: &str) -> Moment {
    Moment::from_wall(d(day).at(10, 0, 0, 0))
}

fn key(name: &str) -> ListingKey {
    ListingKey(name.to_owned())
}

fn entry(listed_on: &str, place: &str) -> Box<ListEntry> {
    Box::new(ListEntry {
        subject: USCC.to_owned(),
        subject_name: "广州示例有限公司".to_owned(),
        list: "serious".to_owned(),
        cause: "44-5-1".to_owned(),
        decision_no: "穗市监列严〔2021〕12号".to_owned(),
        organ: OrganKey::new("440100-market"),
        organ_name: "广州市市场监督管理局".to_owned(),
        place: place.to_owned(),
        listed_on: d(listed_on),
        published_on: d(listed_on),
        ..ListEntry::default()
    })
}

fn note(name: &str, entry: Box<ListEntry>) -> RepairCommand {
    RepairCommand::Note { listing: key(name), entry }
}

fn apply(name: &str) -> RepairCommand {
    RepairCommand::Apply { listing: key(name), pledge: true, reason: None, proofs: Vec::new() }
}

fn party() -> Actor {
    Actor::Party { party: PartyKey::new(USCC), login: "fang".to_owned(), mandate: None }
}

fn officer(organ: &str) -> Actor {
    let organ = OrganKey::new(organ);
    Actor::Officer { organ, login: "lin".to_owned(), role: "reviewer".to_owned() }
}

fn names(events: &[RepairEvent]) -> Vec<String> {
    let name = |event: &RepairEvent| match serde_json::to_value(event).unwrap() {
        serde_json::Value::Object(one) => one.into_iter().next().unwrap().0,
        other => other.to_string(),
    };
    events.iter().map(name).filter(|name| name != "DueSet").collect()
}

fn begin<'a>(rules: &'a RepairRules, entry: Box<ListEntry>) -> Given<'a, Repair> {
    let listed = Moment::from_wall(entry.listed_on.at(9, 0, 0, 0));
    let mut given = spec::given::<Repair>(rules, []).at(listed);
    given.when(note("L1", entry)).unwrap();
    given
}

fn stage(given: &Given<'_, Repair>, name: &str) -> Stage {
    given.state.entries[&key(name)].stage
}

#[test]
fn s01_an_entity_is_found_on_its_day_and_off_when_the_law_gets_milder() {
    let rules = rules();
    for (place, first) in [("110000", "2020-08-11"), ("440100", "2020-08-16")] {
        let mut given = begin(&rules, entry("2017-08-10", place));
        assert_eq!(given.state.due, Some(d(first)));
        let eve = d(first).yesterday().unwrap();
        assert_eq!(given.wind(Moment::from_wall(eve.at(23, 59, 59, 0))).unwrap(), []);
        let found = given.wind(Moment::end_of(eve)).unwrap();
        assert_eq!(names(&found), ["EligibleFound"], "{place}");
        assert_eq!(given.state.due, Some(d("2021-09-01")));
        let over = given.wind(at("2021-09-01")).unwrap();
        assert_eq!(names(&over), ["TermReached"]);
    }
}

#[test]
fn s01_s02_an_application_of_2020_is_announced_for_thirty_days() {
    let rules = rules();
    for (on, ends) in [("2020-08-17", "2020-09-16"), ("2020-09-02", "2020-10-09")] {
        let mut given = begin(&rules, entry("2017-08-10", "440100"));
        given.wind(at(on)).unwrap();
        let mut given = given.by(party());
        assert_eq!(names(&given.when(apply("L1")).unwrap()), ["Applied"]);
        let mut given = given.by(officer("440100-market"));
        given.when(RepairCommand::Accept { listing: key("L1") }).unwrap();
        let announce = RepairCommand::Announce {
            listing: key("L1"),
            corrected: "已补报年度报告".to_owned(),
        };
        let announced = given.when(announce).unwrap();
        let RepairEvent::Announced { from, to, days, .. } = &announced[0] else {
            panic!("{announced:?}")
        };
        assert_eq!((*from, *to, *days), (d(on), d(ends), 30));
        let verify = RepairCommand::Verify {
            listing: key("L1"),
            findings: BTreeMap::new(),
            site_check: false,
        };
        assert!(matches!(given.when(verify.clone()), Err(RepairError::WrongStage { .. })));
        let over = RepairCommand::NoteAnnouncementOver { listing: key("L1"), on: d(ends) };
        let over = given.when(over).unwrap();
        let RepairEvent::AnnouncementOver { decide_by, .. } = &over[0] else { panic!("{over:?}") };
        let limit = Calendar::embedded().add_workdays(d(ends), 10).unwrap();
        assert_eq!(*decide_by, limit);
        given.when(verify).unwrap();
        let decide = RepairCommand::Decide {
            listing: key("L1"),
            grant: true,
            ground: "公告期满无异议".to_owned(),
        };
        assert_eq!(names(&given.when(decide).unwrap()), ["Granted"]);
        assert_eq!(stage(&given, "L1"), Stage::Removing);
    }
}

fn done(mut entry: Box<ListEntry>) -> Box<ListEntry> {
    for name in ["duties_done", "harm_removed"] {
        entry.facts.insert(name.to_owned(), json!(entry.listed_on));
    }
    entry
}

/// Applied for on 22 September 2022, accepted on the 26th.
fn accepted(rules: &RepairRules) -> Given<'_, Repair> {
    let mut given = begin(rules, done(entry("2021-09-20", "440100")));
    let found = given.wind(at("2022-09-22")).unwrap();
    assert_eq!(names(&found), ["EligibleFound"]);
    let mut given = given.by(party());
    let applied = given.when(apply("L1")).unwrap();
    let RepairEvent::Applied { accept_by, version, .. } = &applied[0] else {
        panic!("{applied:?}")
    };
    assert_eq!((*accept_by, version.as_str()), (d("2022-09-26"), "v2021"));
    let mut given = given.at(at("2022-09-26")).by(officer("440100-market"));
    let accepted = given.when(RepairCommand::Accept { listing: key("L1") }).unwrap();
    let RepairEvent::Accepted { decide_by, .. } = &accepted[0] else { panic!("{accepted:?}") };
    assert_eq!(*decide_by, Some(d("2022-10-20")));
    given
}

fn decide(grant: bool) -> RepairCommand {
    RepairCommand::Decide { listing: key("L1"), grant, ground: "条件具备".to_owned() }
}

fn verify() -> RepairCommand {
    RepairCommand::Verify { listing: key("L1"), findings: BTreeMap::new(), site_check: false }
}

/// Granted on 14 October 2022 and removed.
fn repaired(rules: &RepairRules) -> Given<'_, Repair> {
    let mut given = accepted(rules).at(at("2022-10-14"));
    assert!(
        matches!(given.when(decide(true)), Err(RepairError::ConditionsUnmet { .. })),
        "unverified"
    );
    given.when(verify()).unwrap();
    let granted = given.when(decide(true)).unwrap();
    let RepairEvent::Granted { remove_by, .. } = &granted[0] else { panic!("{granted:?}") };
    assert_eq!(*remove_by, d("2022-10-19"));
    let gone =
        RepairCommand::NoteGone { listing: key("L1"), on: d("2022-10-14"), set_aside: false };
    let lifted = given.when(gone.clone()).unwrap();
    assert_eq!(names(&lifted)[0], "Gone");
    assert_eq!(names(&lifted).iter().filter(|name| *name == "RestrictionLifted").count(), 5);
    assert_eq!(given.when(gone), Ok(vec![]), "heard twice");
    assert_eq!(stage(&given, "L1"), Stage::Repaired);
    given
}

#[test]
fn s04_limits_of_acceptance_decision_and_removal() {
    let rules = rules();
    repaired(&rules);
}

#[test]
fn s05_a_further_case_on_day_29_starts_the_period_again_once() {
    let rules = rules();
    let mut given = begin(&rules, entry("2017-08-10", "440100"));
    given.wind(at("2020-08-17")).unwrap();
    let mut given = given.by(party());
    given.when(apply("L1")).unwrap();
    let mut given = given.by(officer("440100-market"));
    given.when(RepairCommand::Accept { listing: key("L1") }).unwrap();
    let corrected = "已补报年度报告".to_owned();
    given.when(RepairCommand::Announce { listing: key("L1"), corrected }).unwrap();
    // Day 29 of the announcement.
    let mut given = given.at(at("2020-09-15"));
    let mut again = entry("2020-09-15", "440100");
    again.decision_no = "穗市监列严〔2020〕30号".to_owned();
    let relapsed = given.when(note("L2", again.clone())).unwrap();
    let told = relapsed.iter().find_map(|event| match event {
        RepairEvent::Relapsed { listing, by, announced } => Some((listing, by, *announced)),
        _ => None,
    });
    assert_eq!(told, Some((&key("L1"), &key("L2"), Some(1))));
    assert_eq!(given.when(note("L2", again)), Ok(vec![]), "the same event twice: one restart");
    assert_eq!(stage(&given, "L1"), Stage::Relapsed);
    let over = RepairCommand::NoteAnnouncementOver { listing: key("L1"), on: d("2020-09-16") };
    assert_eq!(given.when(over), Ok(vec![]), "what is heard of an announcement that was stopped");
    // Three years from the new listing; v2021 lets the first go before that.
    assert_eq!(given.state.due, Some(d("2021-09-01")));
}

#[test]
fn s06_a_penalty_that_was_set_aside_opens_the_way_on_that_day() {
    let rules = rules();
    for (set_aside, from) in [("2022-09-01", "2022-09-21"), ("2022-09-25", "2022-09-25")] {
        let given = begin(&rules, done(entry("2021-09-20", "440100")));
        let mut penalty = entry("2022-03-01", "440100");
        penalty.list = "penalty".to_owned();
        penalty.facts.insert("heavier".to_owned(), json!(true));
        penalty
            .facts
            .insert("penalty".to_owned(), json!({"kinds": ["fine"], "fine_fen": 90_000_000}));
        let mut given = wound(given, "2022-03-01");
        given.when(note("P1", penalty)).unwrap();
        let mut given = wound(given, set_aside);
        let gone =
            RepairCommand::NoteGone { listing: key("P1"), on: d(set_aside), set_aside: true };
        let mut events = given.when(gone).unwrap();
        events.extend(given.wind(at("2022-09-26")).unwrap());
        let found = events.iter().find_map(|event| match event {
            RepairEvent::EligibleFound { from, .. } => Some(*from),
            _ => None,
        });
        assert_eq!(found, Some(d(from)), "{set_aside}");
    }
}

fn wound<'w>(mut given: Given<'w, Repair>, day: &str) -> Given<'w, Repair> {
    given.wind(at(day)).unwrap();
    given.at(at(day))
}

#[test]
fn s07_a_penalty_that_can_never_end_early_is_barred_with_its_own_end() {
    let rules = rules();
    let mut penalty = done(entry("2024-01-10", "440100"));
    penalty.list = "penalty".to_owned();
    let kinds = json!({"kinds": ["fine", "suspension"], "fine_fen": 2_000_000});
    penalty.facts.insert("penalty".to_owned(), kinds);
    let mut given = begin(&rules, penalty).at(at("2024-07-11")).by(party());
    let until = Some(d("2027-01-11"));
    let barred = RepairError::Barred { rule: Need::PenaltyAllows, until };
    assert_eq!(given.when(apply("L1")), Err(barred));
}

#[test]
fn s07_still_on_the_abnormal_list_is_a_condition_that_is_named() {
    let rules = rules();
    let mut penalty = done(entry("2024-01-10", "440100"));
    penalty.list = "penalty".to_owned();
    penalty.facts.insert("penalty".to_owned(), json!({"kinds": ["fine"], "fine_fen": 2_000_000}));
    let given = begin(&rules, penalty);
    let mut abnormal = entry("2024-03-01", "440100");
    abnormal.list = "abnormal".to_owned();
    let mut given = wound(given, "2024-03-01");
    given.when(note("A1", abnormal)).unwrap();
    let mut given = wound(given, "2024-07-11").by(party());
    let events = given.when(apply("L1")).unwrap();
    assert_eq!(names(&events), ["Applied", "NotAccepted"]);
    let RepairEvent::NotAccepted { text, .. } = &events[1] else { panic!("{events:?}") };
    assert!(text.zh.contains("未被列入经营异常名录"), "{text:?}");
}

#[test]
fn s09_restrictions_of_the_first_alone_are_lifted_when_it_ends() {
    let rules = rules();
    let given = begin(&rules, entry("2018-01-15", "110000"));
    let mut second = entry("2019-06-01", "110000");
    second.list = "abnormal".to_owned();
    let mut given = wound(given, "2019-06-01");
    given.when(note("L2", second)).unwrap();
    assert_eq!(given.state.measures.len(), 5);
    let mut given = wound(given, "2021-08-31");
    let reached = given.wind(at("2021-09-01")).unwrap();
    assert_eq!(names(&reached), ["TermReached"]);
    let gone =
        RepairCommand::NoteGone { listing: key("L1"), on: d("2021-09-01"), set_aside: false };
    let events = given.when(gone).unwrap();
    let lifted: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            RepairEvent::RestrictionLifted { measure, .. } => Some(measure.0.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(lifted, ["focus"], "the others stand with the second");
    assert_eq!(stage(&given, "L1"), Stage::Ended);
}

#[test]
fn s09_two_serious_listings_the_second_is_a_further_case() {
    let rules = rules();
    let given = begin(&rules, entry("2018-01-15", "110000"));
    let mut given = wound(given, "2019-06-01");
    given.when(note("L2", entry("2019-06-01", "110000"))).unwrap();
    let mut given = wound(given, "2021-01-16").by(party());
    let events = given.when(apply("L1")).unwrap();
    let RepairEvent::NotAccepted { failing, text, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!(*failing, [Failing { need: Need::NoFurtherCase, until: Some(d("2022-06-02")) }]);
    assert!(text.zh.contains("自2022-06-02起可申请"), "{text:?}");
    let reached = given.wind(at("2022-06-03")).unwrap();
    let ends: Vec<Date> = reached
        .iter()
        .filter_map(|event| match event {
            RepairEvent::TermReached { on, .. } => Some(*on),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [d("2021-09-01"), d("2022-06-02")]);
}

#[test]
fn s10_false_materials_bring_the_entry_back_and_bar_the_way() {
    let rules = rules();
    let mut given = repaired(&rules).at(at("2023-02-10")).by(officer("440100-market"));
    let rescind = RepairCommand::Rescind {
        listing: key("L1"),
        ground: "提交虚假的缴款凭证".to_owned(),
    };
    assert_eq!(names(&given.when(rescind).unwrap()), ["Rescinded"]);
    let back = RepairCommand::NoteReturned { listing: key("L1"), on: d("2023-02-10") };
    let events = given.when(back).unwrap();
    assert_eq!(names(&events).iter().filter(|name| *name == "RestrictionImposed").count(), 5);
    assert_eq!(stage(&given, "L1"), Stage::Rescinded);
    let mut given = given.by(party());
    let until = Some(d("2024-09-21"));
    let barred = RepairError::Barred { rule: Need::NotRescinded, until };
    assert_eq!(given.when(apply("L1")), Err(barred));
    assert_eq!(given.state.due, Some(d("2024-09-21")));
}

#[test]
fn s12_one_day_early_is_not_accepted_and_told_from_when() {
    let rules = rules();
    let mut given = begin(&rules, done(entry("2021-09-20", "440100"))).at(at("2022-09-20"));
    let stranger = Actor::Party {
        party: PartyKey::new("91440300MA5DB0307X"),
        login: "x".to_owned(),
        mandate: None,
    };
    given = given.by(stranger);
    assert_eq!(given.when(apply("L1")), Err(RepairError::MandateMissing));
    given = given.by(party());
    let unsigned = RepairCommand::Apply {
        listing: key("L1"),
        pledge: false,
        reason: None,
        proofs: Vec::new(),
    };
    assert_eq!(given.when(unsigned), Err(RepairError::PledgeMissing));
    let events = given.when(apply("L1")).unwrap();
    let RepairEvent::NotAccepted { text, failing, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!(failing.len(), 1);
    assert!(text.zh.contains("自2022-09-21起可申请"), "{text:?}");
    // On the day itself it is found, and may be asked for again.
    let found = given.wind(at("2022-09-21")).unwrap();
    assert_eq!(names(&found), ["EligibleFound"]);
    assert_eq!(names(&given.when(apply("L1")).unwrap()), ["Applied"]);
    assert!(
        matches!(given.when(apply("L1")), Err(RepairError::WrongStage { .. })),
        "it is on its way"
    );
}

#[test]
fn another_organ_does_not_decide_and_a_site_check_needs_a_reason() {
    let rules = rules();
    let mut given = accepted(&rules).by(officer("440300-market"));
    let organ = "440100-market".to_owned();
    assert_eq!(given.when(verify()), Err(RepairError::NotDeciding { organ }));
    let mut given = given.by(officer("440100-market"));
    let site =
        RepairCommand::Verify { listing: key("L1"), findings: BTreeMap::new(), site_check: true };
    assert_eq!(given.when(site), Err(RepairError::SiteCheckNeedless));
    let findings = [(Known::DutiesDone, None)].into();
    let told = RepairCommand::Verify { listing: key("L1"), findings, site_check: false };
    let events = given.when(told).unwrap();
    let RepairEvent::Verified { conditions, .. } = &events[1] else { panic!("{events:?}") };
    let unmet = Standing::Unmet { until: None };
    assert!(conditions.iter().any(|cond| cond.id == Need::DutiesDone && cond.state == unmet));
    let events = given.when(decide(false)).unwrap();
    let RepairEvent::Refused { failing, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!(failing[0].need, Need::DutiesDone);
}

#[test]
fn a_certificate_says_that_no_entry_stands_and_is_void_with_the_next() {
    let rules = rules();
    let mut given = repaired(&rules).by(party());
    assert_eq!(names(&given.when(RepairCommand::Prove).unwrap()), ["Proven"]);
    let again = entry("2022-10-20", "440100");
    let mut given = wound(given, "2022-10-20").by(Actor::system("test"));
    let events = given.when(note("L2", again)).unwrap();
    assert!(names(&events).contains(&"ProofVoid".to_owned()), "{events:?}");
    let given = &mut given.by(party());
    assert_eq!(given.when(RepairCommand::Prove), Err(RepairError::StillListed { live: 1 }));
}

#[test]
fn a_cause_is_told_as_article_and_item() {
    for (cause, zh) in [
        ("83-5-1", "第83号令第五条第一项（83-5-1）"),
        ("44-10-0", "第44号令第十条（44-10-0）"),
        ("69-13-2", "第69号令第十三条第二项（69-13-2）"),
        ("44-20-11", "第44号令第二十条第十一项（44-20-11）"),
        ("其他", "其他"),
    ] {
        assert_eq!(cause_label(cause).zh, zh);
    }
}
