//! Announcements by given, when, then: terms, outages, objections, what stays in sight.

use crate::bed::{capture, clerk};
use calendar::Calendar;
use codes::{Coded as _, Date, Label, Moment};
use delivery::announcement::{Objections, OutageRule, Posting};
use delivery::{
    Announcement, AnnouncementCommand, AnnouncementEvent, AnnouncementRules, Kept, Objection,
    Objector, Pauses, Stand,
};
use kernel::spec::{Given, given};
use std::collections::BTreeMap;

fn rules() -> AnnouncementRules {
    AnnouncementRules { calendar: Calendar::embedded() }
}

fn d(text: &str) -> Date {
    text.parse().expect("a day")
}

fn at(text: &str) -> Moment {
    Moment::from_wall(text.parse().expect("a time"))
}

fn posting(term: &str, pauses: Pauses) -> Posting {
    let base = capture();
    Posting {
        origin: base.origin,
        issuer: base.issuer,
        sort: Label::new("信用修复公告", "Credit repair"),
        sort_key: "credit_repair".to_owned(),
        title: Label::new("信用修复公告", "Credit repair"),
        text: Label::new("某公司申请信用修复。", "A company asks for repair."),
        facts: BTreeMap::new(),
        term: term.parse().expect("a term"),
        source: "国函〔2020〕96号".to_owned(),
        objections: Some(Objections { pauses, ..Objections::default() }),
        outages: Some(OutageRule::default()),
        serves: None,
    }
}

fn announced<'w>(
    rules: &'w AnnouncementRules,
    on: &str,
    posting: Posting,
) -> Given<'w, Announcement> {
    let mut announcement =
        given::<Announcement>(rules, []).at(at(&format!("{on}T09:00"))).by(clerk());
    announcement.when(AnnouncementCommand::Announce(Box::new(posting))).expect("announced");
    announcement
}

fn objection(by: Objector, facts_chars: u32) -> AnnouncementCommand {
    let facts = Kept { blob: blobs::BlobId::of(b"facts"), key: None };
    let evidence = Vec::new();
    AnnouncementCommand::Object(Box::new(Objection { by, facts, facts_chars, evidence }))
}

fn outage(from: &str, to: &str) -> AnnouncementCommand {
    AnnouncementCommand::Outage { from: at(from), to: at(to), cause: "机房断电".to_owned() }
}

fn ended(events: &[AnnouncementEvent]) -> Option<Date> {
    events.iter().find_map(|event| match event {
        AnnouncementEvent::Ended { on, reason: None, .. } => Some(*on),
        _ => None,
    })
}

#[test]
fn thirty_days_end_with_the_day_that_the_calendar_says() {
    let rules = rules();
    for (from, to) in [("2020-08-17", "2020-09-16"), ("2020-09-02", "2020-10-09")] {
        let mut announcement = announced(&rules, from, posting("30d", Pauses::End));
        assert_eq!(announcement.state.to(), d(to), "30 S1, S2");
        let early = announcement.when(AnnouncementCommand::End { reason: None });
        assert_eq!(early.expect_err("it runs").reason(), "CLOCK_RUNNING");
        let events = announcement.wind(Moment::end_of(d(to)).plus_us(-1)).expect("timers");
        assert_eq!(events, [], "the last day is not over");
        let events = announcement.wind(Moment::end_of(d(to))).expect("timers");
        assert_eq!(ended(&events), Some(d(to)));
        assert_eq!(announcement.state.stand(), Stand::Ended);
    }
}

#[test]
fn more_than_an_hour_without_the_board_adds_a_day_before_it_rolls() {
    let rules = rules();
    let mut announcement = announced(&rules, "2020-08-17", posting("30d", Pauses::End));
    announcement = announcement.at(at("2020-08-20T20:00"));
    let short = announcement.when(outage("2020-08-20T10:00", "2020-08-20T10:40")).expect("noted");
    assert_eq!(short.len(), 1, "borne");
    let events = announcement.when(outage("2020-08-20T15:00", "2020-08-20T15:30")).expect("noted");
    assert!(
        matches!(&events[..], [_, AnnouncementEvent::Moved { to, .. }] if *to == d("2020-09-17")),
        "{events:?}"
    );
    let again = announcement.when(outage("2020-08-20T15:00", "2020-08-20T15:30"));
    assert_eq!(again, Ok(Vec::new()), "told twice");
    for (from, to) in
        [("2020-08-20T15:30", "2020-08-20T15:00"), ("2020-08-21T01:00", "2020-08-21T09:00")]
    {
        let refused = announcement.when(outage(from, to)).expect_err("reversed, or not yet over");
        assert_eq!(refused.reason(), "SPAN_REVERSED");
    }
    // The thirtieth day of this one is a holiday: thirty-one days end after it as well.
    let mut rolled = announced(&rules, "2020-09-02", posting("30d", Pauses::End));
    rolled = rolled.at(at("2020-09-10T20:00"));
    rolled.when(outage("2020-09-10T10:00", "2020-09-10T12:00")).expect("noted");
    assert_eq!(rolled.state.to(), d("2020-10-09"), "day 31 is 3 October, which rolls as well");
    // On the day of publication, which is not counted, an outage costs nothing.
    let mut first = announced(&rules, "2020-08-17", posting("30d", Pauses::End));
    first = first.at(at("2020-08-17T20:00"));
    first.when(outage("2020-08-17T10:00", "2020-08-17T12:00")).expect("noted");
    assert_eq!(first.state.to(), d("2020-09-16"));
}

#[test]
fn an_open_objection_holds_up_what_the_row_says() {
    let rules = rules();
    for (pauses, to, ended_on) in [
        (Pauses::Nothing, "2020-09-16", "2020-09-16"),
        // It runs on, but ends with the answer.
        (Pauses::End, "2020-09-16", "2020-09-18"),
        // The days after the objection up to the answer are not counted: 11 September to 18 September.
        (Pauses::Term, "2020-09-24", "2020-09-24"),
    ] {
        let mut announcement = announced(&rules, "2020-08-17", posting("30d", pauses));
        announcement = announcement.at(at("2020-09-10T10:00"));
        let events = announcement.when(objection(Objector::Anonymous, 20)).expect("taken");
        assert!(
            matches!(events[..], [AnnouncementEvent::Objected { no: 1, answer_by, .. }] if answer_by == d("2020-09-24"))
        );
        let mut all = announcement.wind(at("2020-09-18T10:00")).expect("timers");
        let answer =
            AnnouncementCommand::Answer {
                no: 1, upheld: false, reason: "经核查不属实".to_owned()
            };
        all.extend(announcement.when(answer.clone()).expect("answered"));
        assert_eq!(announcement.state.to(), d(to), "{pauses:?}");
        let again = announcement.when(answer).expect_err("answered already");
        assert_eq!(again.reason(), "CLOSED");
        all.extend(announcement.wind(Moment::end_of(d("2020-09-30"))).expect("timers"));
        assert_eq!(ended(&all), Some(d(ended_on)), "{pauses:?}");
    }
}

#[test]
fn an_objection_is_named_or_brings_facts_that_can_be_checked() {
    let rules = rules();
    let named = || Objector::Named { kept: Kept { blob: blobs::BlobId::of(b"n"), key: None } };
    let mut open = announced(&rules, "2020-08-17", posting("30d", Pauses::End));
    for (by, chars, good) in [
        (named(), 1, true),
        (named(), 0, false),
        (Objector::Anonymous, 20, true),
        (Objector::Anonymous, 19, false),
    ] {
        let taken = open.when(objection(by.clone(), chars));
        assert_eq!(taken.is_ok(), good, "{by:?} {chars}");
    }
    let mut strict = posting("30d", Pauses::End);
    strict.objections = Some(Objections { anonymous: false, ..Objections::default() });
    let mut strict = announced(&rules, "2020-08-17", strict);
    let refused = strict.when(objection(Objector::Anonymous, 200)).expect_err("no name");
    assert_eq!(
        (refused.reason(), refused.fields().as_deref()),
        ("INCOMPLETE", Some(r#"{"items":["name"]}"#))
    );
    let mut none = posting("30d", Pauses::End);
    none.objections = None;
    let mut none = announced(&rules, "2020-08-17", none);
    assert_eq!(
        none.when(objection(named(), 9)).expect_err("no remedy here").reason(),
        "NOT_OBJECTABLE"
    );
}

#[test]
fn a_text_begun_anew_runs_anew_and_what_is_over_stays_over() {
    let rules = rules();
    let mut announcement = announced(&rules, "2020-08-17", posting("30d", Pauses::End));
    announcement = announcement.at(at("2020-09-02T09:00"));
    announcement.when(outage("2020-09-01T10:00", "2020-09-01T15:00")).expect("noted");
    let amend = |restart| AnnouncementCommand::Amend {
        text: Label::new("更正。", "Corrected."),
        restart,
        reason: "名称有误".to_owned(),
    };
    announcement.when(amend(false)).expect("amended");
    assert_eq!(announcement.state.to(), d("2020-09-17"), "the term runs on");
    announcement.when(amend(true)).expect("amended");
    assert_eq!(announcement.state.to(), d("2020-10-09"), "a new term, without the old outage");
    let stop =
        AnnouncementCommand::End { reason: Some("企业再次列入，公告终止".to_owned()) };
    announcement.when(stop.clone()).expect("stopped");
    assert_eq!(announcement.state.stand(), Stand::Stopped);
    for command in [stop, amend(true), objection(Objector::Anonymous, 30)] {
        assert_eq!(announcement.when(command).expect_err("over").reason(), "CLOSED");
    }
    assert_eq!(announcement.wind(at("2020-12-01T09:00")).expect("timers"), [], "no timer is left");

    let mut withdrawn = announced(&rules, "2020-08-17", posting("30d", Pauses::End));
    let withdraw = || AnnouncementCommand::Withdraw { reason: "发布有误".to_owned() };
    withdrawn.when(withdraw()).expect("withdrawn");
    assert_eq!(withdrawn.when(withdraw()).expect_err("once").reason(), "CLOSED");
}

#[test]
fn our_own_check_of_a_day_is_recorded_once() {
    let rules = rules();
    let mut announcement = announced(&rules, "2020-08-17", posting("30d", Pauses::End));
    announcement = announcement.at(at("2020-08-18T23:00"));
    let check =
        |day: &str, asked, answered| AnnouncementCommand::Check { day: d(day), asked, answered };
    assert_eq!(announcement.when(check("2020-08-18", 288, 287)).map(|events| events.len()), Ok(1));
    assert_eq!(announcement.when(check("2020-08-18", 288, 288)), Ok(Vec::new()));
    for wrong in [check("2020-08-16", 1, 1), check("2020-08-19", 1, 1), check("2020-08-17", 1, 2)] {
        assert_eq!(announcement.when(wrong).expect_err("impossible").reason(), "FIELD");
    }
}
