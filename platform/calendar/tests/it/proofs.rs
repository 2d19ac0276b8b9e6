//! The dates of the reforms' Proof sections.

use super::{at, d, term};
use calendar::{
    Calendar, CalendarError, Cause, Clock, DayReason, Frame, Need, OfficeHours, Span, Tally, due,
    due_in, occurrences,
};
use codes::{Label, Moment};

#[test]
fn due_days_of_the_proofs() {
    let table = [
        // 28 S3: promise, food, registration, joint limit.
        ("28 S3 promise", "1wd", "2026-02-12", "2026-02-13"),
        ("28 S3 food", "10wd", "2026-02-12", "2026-03-04"),
        ("28 S3 registration", "3wd", "2026-02-12", "2026-02-24"),
        ("28 S3 joint", "45wd", "2026-02-12", "2026-04-23"),
        // 28 S4: silence on the fifth working day.
        ("28 S4 silence", "5wd", "2026-02-12", "2026-02-26"),
        // 28 S9: reservation of a name, two months, a deadline.
        ("28 S9 name", "2m roll", "2026-02-11", "2026-04-13"),
        ("28 S9 unrolled", "2m", "2026-02-11", "2026-04-11"),
        // 28 S12: contributions within five years.
        ("28 S12 contribution", "5y", "2026-02-12", "2031-02-12"),
        // 28 S13: reminders.
        ("28 S13 insurance", "30d", "2026-02-12", "2026-03-16"),
        ("28 S13 tax", "15d tax", "2026-02-25", "2026-03-12"),
        ("28 S13 tax over Labour Day", "15d tax", "2026-04-25", "2026-05-15"),
        ("28 S13 employee accounts", "20d", "2026-02-13", "2026-03-05"),
        // 00 S9: a worked Sunday, then the long holiday of 2020.
        ("00 S9 acknowledge", "3wd", "2020-09-25", "2020-09-29"),
        ("00 S9 coordinate", "15wd", "2020-09-29", "2020-10-27"),
        // 02 S3.
        ("02 S3 price", "1y", "2024-02-20", "2025-02-20"),
        ("02 S3 disposal", "10d", "2024-02-20", "2024-03-01"),
        ("02 S3 second auction", "30d", "2024-04-05", "2024-05-06"),
        ("02 S3 notice at the latest", "15d before clear", "2024-05-06", "2024-04-20"),
        // 10 S4 and S6.
        ("10 S4 seizure A", "3y day_before", "2021-03-01", "2024-02-29"),
        ("10 S4 seizure B", "3y day_before", "2024-03-01", "2027-02-28"),
        ("10 S6 promise", "5wd", "2020-09-21", "2020-09-27"),
        ("10 S6 statutory", "30wd", "2020-09-21", "2020-11-06"),
        // 16 S10: a term of the Regulation that does not roll.
        ("16 S10 objection", "20d no_roll", "2024-06-03", "2024-06-23"),
        // 21 S6 and S10.
        ("21 S6 defence", "5wd", "2024-09-13", "2024-09-23"),
        ("21 S6 pay", "15d", "2024-09-24", "2024-10-09"),
        ("21 S6 review", "60d", "2024-09-24", "2024-11-25"),
        ("21 S6 suit", "6m roll", "2024-09-24", "2025-03-24"),
        ("21 S10 public notice", "30d deemed", "2024-06-03", "2024-07-03"),
        ("21 S10 before 2022", "60d deemed", "2021-06-03", "2021-08-02"),
        // 22 S2, S4, S5.
        ("22 S2 decision", "20wd", "2026-07-01", "2026-07-29"),
        ("22 S4 stay", "60d no_roll", "2026-09-20", "2026-11-19"),
        ("22 S4 extension", "7d before", "2026-11-19", "2026-11-12"),
        ("22 S5 extension", "30d before", "2027-03-31", "2027-03-01"),
        // 29 S2, S6, S11.
        ("29 S2 publicity", "20d", "2025-12-12", "2026-01-04"),
        ("29 S2 apply", "20d", "2026-01-04", "2026-01-26"),
        ("29 S11 forced", "90d", "2025-12-01", "2026-03-02"),
        // 30 S2, S3, S4.
        ("30 S2 announcement", "30d", "2020-09-02", "2020-10-09"),
        ("30 S3 three years", "3y full", "2020-02-29", "2023-02-28"),
        ("30 S4 decision", "15wd", "2022-09-26", "2022-10-20"),
        ("30 S4 removal", "3wd", "2022-10-14", "2022-10-19"),
        // 36 S7: counted back with the holidays of the year.
        ("36 S7 decision", "20wd", "2022-05-05", "2022-06-01"),
        ("36 S7 earliest renewal", "90wd before", "2025-12-31", "2025-08-21"),
        ("36 S7 latest renewal", "30wd before", "2025-12-31", "2025-11-19"),
        // 25 T1: the fifth working day of the next month.
        ("25 T1 summary", "5wd of_month+1", "2026-09-10", "2026-10-13"),
        ("day of month", "15d of_month+1", "2026-01-20", "2026-02-24"),
        ("day of a short month", "31d of_month+1 no_roll", "2026-01-20", "2026-02-28"),
        ("annual report", "annual 04-30", "2026-04-30", "2027-04-30"),
        ("end of the year", "annual 12-31 no_roll", "2026-02-12", "2026-12-31"),
        ("14 R2 validity", "min(6m, annual 12-31 no_roll)", "2026-09-01", "2026-12-31"),
        ("later of two", "max(30d, 2m roll)", "2026-02-11", "2026-04-13"),
        ("open window", "window 01-01..03-31", "2026-02-12", "2026-03-31"),
        ("next window", "window 01-01..03-31", "2026-04-01", "2027-03-31"),
        ("window over the new year", "window 11-01..02-28", "2026-01-15", "2026-02-28"),
        ("window before the new year", "window 11-01..02-28", "2026-03-01", "2027-02-28"),
        ("trading days", "1td", "2026-02-13", "2026-02-24"),
        ("at once", "0wd", "2026-02-15", "2026-02-15"),
        ("leap day without a fellow", "1y day_before", "2024-02-29", "2025-02-28"),
        ("end of January", "1m", "2026-01-31", "2026-02-28"),
        ("business term", "20y day_before", "2026-02-12", "2046-02-11"),
    ];
    let calendar = Calendar::embedded();
    for (what, text, cause, expected) in table {
        let due = due(&term(text), d(cause), &calendar).unwrap();
        assert_eq!(due.date, d(expected), "{what}: {text} from {cause}");
        assert_eq!(due.at, Moment::end_of(d(expected)), "{what}: a day ends at 24:00");
    }
}

/// What cannot be acted in does not roll: a lapse, a standing period. What is a deadline does.
#[test]
fn due_days_of_service_registers_and_repair() {
    let calendar = Calendar::embedded();
    for (what, text, cause, expected) in [
        ("10 S5 objection", "15d no_roll", "2021-06-01", "2021-06-16"),
        ("10 R5 lost certificate", "15wd", "2021-06-01", "2021-06-23"),
        ("21 S6 absent party", "7wd", "2024-09-24", "2024-10-09"),
        ("21 S9 defence after counter-proof", "5wd", "2024-09-14", "2024-09-24"),
        ("30 S1 version of 2016", "5y full", "2017-08-10", "2022-08-10"),
        ("30 S1 announcement", "30d", "2020-08-17", "2020-09-16"),
        ("30 S4 acceptance", "2wd", "2022-09-22", "2022-09-26"),
        ("30 R4 answer to an objection", "10wd", "2020-09-02", "2020-09-16"),
    ] {
        let due = due(&term(text), d(cause), &calendar).unwrap();
        assert_eq!(due.date, d(expected), "{what}: {text} from {cause}");
    }
}

#[test]
fn extensions_of_the_proofs() {
    let table = [
        ("28 S3 food", "10wd", "5wd", "2026-02-12", "2026-03-11"),
        ("28 S3 registration", "3wd", "3wd", "2026-02-12", "2026-02-27"),
        ("28 S3 joint", "45wd", "15wd", "2026-02-12", "2026-05-18"),
        ("22 S2 decision", "20wd", "10wd", "2026-07-01", "2026-08-12"),
        // The same unit is added before rolling: day 40, not ten days after the rolled day 30.
        ("days", "30d", "10d", "2026-02-12", "2026-03-24"),
        ("another unit", "30d", "3wd", "2026-02-12", "2026-03-19"),
    ];
    let calendar = Calendar::embedded();
    for (what, text, by, cause, expected) in table {
        let clock = Clock::new(d(cause), term(text)).extended(term(by));
        assert_eq!(clock.due(&calendar).unwrap().date, d(expected), "{what}");
    }
}

fn span(from: &str, to: &str) -> Span {
    Span {
        from: d(from),
        to: d(to),
        cause: Label::new("检测", "testing"),
        source: "行政许可法 art. 45".into(),
    }
}

#[test]
fn a_stopped_clock_leaves_days_out_in_its_own_unit() {
    let table = [
        ("28 S5", "10wd", "2026-02-12", vec![("2026-02-25", "2026-02-28")], "2026-03-10"),
        (
            "overlapping spans count once",
            "10wd",
            "2026-02-12",
            vec![("2026-02-25", "2026-02-27"), ("2026-02-26", "2026-02-28")],
            "2026-03-10",
        ),
        (
            "a weekend takes no working day",
            "10wd",
            "2026-02-12",
            vec![("2026-03-01", "2026-03-01")],
            "2026-03-04",
        ),
        (
            "after the due day nothing changes",
            "10wd",
            "2026-02-12",
            vec![("2026-03-05", "2026-03-20")],
            "2026-03-04",
        ),
        ("36 S7", "20wd", "2022-05-05", vec![("2022-05-17", "2022-05-27")], "2022-06-15"),
        ("10 S6", "5wd", "2020-09-21", vec![("2020-09-24", "2020-09-25")], "2020-09-29"),
        ("calendar days", "30d", "2026-02-12", vec![("2026-02-25", "2026-02-28")], "2026-03-18"),
        (
            "a span that reaches past the end of the term",
            "5d no_roll",
            "2026-03-02",
            vec![("2026-03-06", "2026-03-15")],
            "2026-03-17",
        ),
        ("months", "1m", "2026-03-02", vec![("2026-03-06", "2026-03-15")], "2026-04-12"),
        (
            "first day counted",
            "10d day_before",
            "2026-03-02",
            vec![("2026-03-02", "2026-03-03")],
            "2026-03-13",
        ),
        ("tax days", "15d tax", "2026-02-25", vec![("2026-03-02", "2026-03-03")], "2026-03-16"),
        (
            "earliest",
            "min(30d, 10wd)",
            "2026-02-12",
            vec![("2026-02-25", "2026-02-28")],
            "2026-03-10",
        ),
    ];
    let calendar = Calendar::embedded();
    for (what, text, cause, spans, expected) in table {
        let mut clock = Clock::new(d(cause), term(text));
        for (from, to) in spans {
            clock = clock.without(span(from, to));
        }
        assert_eq!(clock.due(&calendar).unwrap().date, d(expected), "{what}");
    }
}

#[test]
fn hours_run_through_and_wait_while_stopped() {
    let calendar = Calendar::embedded();
    let start = at("2026-09-20T23:00:00");
    assert_eq!(due(&term("24h"), start, &calendar).unwrap().at, at("2026-09-21T23:00:00"), "22 S3");
    assert_eq!(due(&term("15min"), start, &calendar).unwrap().at, at("2026-09-20T23:15:00"));
    let clock = Clock::new(start, term("24h"))
        .without(span("2026-09-21", "2026-09-22"))
        .without(span("2026-09-22", "2026-09-22"));
    assert_eq!(clock.due(&calendar).unwrap().at, at("2026-09-23T23:00:00"));
    let none = due(&term("24h"), d("2026-09-20"), &calendar);
    assert_eq!(none, Err(CalendarError::Needs { need: Need::Instant }), "a day does not say when");
}

#[test]
fn office_hours_count_on_working_days_only() {
    let calendar = Calendar::embedded();
    let hours = OfficeHours::new(&[(9 * 60, 12 * 60), (14 * 60, 17 * 60)]).unwrap();
    let frame = Frame { hours: Some(&hours), ..Frame::from(&calendar) };
    for (cause, text, expected) in [
        ("2026-02-12T10:00:00", "4h office", "2026-02-12T16:00:00"),
        ("2026-02-12T13:00:00", "3h office", "2026-02-12T17:00:00"),
        ("2026-02-13T16:00:00", "2h office", "2026-02-14T10:00:00"),
        ("2026-02-14T16:30:00", "1h office", "2026-02-24T09:30:00"),
        ("2026-02-15T10:00:00", "1h office", "2026-02-24T10:00:00"),
    ] {
        assert_eq!(
            due_in(&term(text), at(cause), &frame).unwrap().at,
            at(expected),
            "{cause} {text}"
        );
    }
    let clock = Clock::new(at("2026-02-12T16:00:00"), term("2h office"))
        .without(span("2026-02-13", "2026-02-13"));
    assert_eq!(clock.due_in(&frame).unwrap().at, at("2026-02-14T10:00:00"));
    let bare = due(&term("1h office"), at("2026-02-12T10:00:00"), &calendar);
    assert_eq!(bare, Err(CalendarError::Needs { need: Need::OfficeHours }));
    for wrong in [&[][..], &[(600, 600)], &[(600, 1441)], &[(600, 700), (690, 800)]] {
        assert_eq!(OfficeHours::new(wrong), None);
    }
}

#[test]
fn a_term_until_an_event_waits_for_it() {
    let calendar = Calendar::embedded();
    let served = [("Served", at("2026-03-02T10:00:00"))];
    let frame = Frame { events: &served, ..Frame::from(&calendar) };
    let start = Cause::Day(d("2026-02-12"));
    let needs = Err(CalendarError::Needs { need: Need::Event("Served".into()) });
    assert_eq!(due(&term("until Served"), start, &calendar), needs);
    assert_eq!(due(&term("max(10wd, until Served)"), start, &calendar), needs);
    assert_eq!(
        due(&term("min(10wd, until Served)"), start, &calendar).unwrap().date,
        d("2026-03-04")
    );
    assert_eq!(due_in(&term("min(10wd, until Served)"), start, &frame).unwrap().at, served[0].1);
    assert_eq!(
        due_in(&term("max(10wd, until Served)"), start, &frame).unwrap().date,
        d("2026-03-04")
    );
}

#[test]
fn a_full_term_gives_the_right_on_the_day_after() {
    let calendar = Calendar::embedded();
    for (what, text, cause, expected) in [
        ("02 S3 earliest auction", "30d full", "2024-03-04", "2024-04-04"),
        ("30 S1 first day to apply", "3y full", "2017-08-10", "2020-08-11"),
        ("30 S3 removal", "3y full", "2020-02-29", "2023-03-01"),
        ("30 S4 eligible", "1y full", "2021-09-20", "2022-09-21"),
        ("30 S7 publication", "6m full", "2024-01-10", "2024-07-11"),
        ("30 S7 food", "1y full", "2024-01-10", "2025-01-11"),
        ("30 S8 severe, at the least", "1y full", "2025-06-01", "2026-06-02"),
        ("30 S8 severe, at the most", "3y full", "2025-06-01", "2028-06-02"),
        ("30 S9 second listing", "3y full", "2019-06-01", "2022-06-02"),
        ("16 E1", "1y full", "2023-03-01", "2024-03-02"),
    ] {
        let due = due(&term(text), d(cause), &calendar).unwrap();
        assert_eq!(due.first_day_after(), Ok(d(expected)), "{what}");
        assert!(
            due.admits(Moment::start_of(d(expected)).plus_us(-1)),
            "{what}: 24:00 is the border"
        );
        assert!(
            !due.admits(Moment::start_of(d(expected))),
            "{what}: 00:00 of the next day is too late"
        );
    }
}

#[test]
fn every_day_of_a_clock_says_how_it_counts() {
    let calendar = Calendar::embedded();
    let clock = Clock::new(d("2026-02-12"), term("10wd")).without(span("2026-02-25", "2026-02-28"));
    let marks = clock.days(d("2026-03-11"), &calendar).unwrap();
    assert_eq!(marks.len(), 28);
    let of = |day: &str| marks.iter().find(|mark| mark.date == d(day)).unwrap();
    for (day, counted, ordinal, label) in [
        ("2026-02-12", false, 0, "起算日，不计入"),
        ("2026-02-13", true, 1, "工作日"),
        ("2026-02-14", true, 2, "调休上班（春节）"),
        ("2026-02-16", false, 2, "放假（春节）"),
        ("2026-02-24", true, 3, "工作日"),
        ("2026-02-25", false, 3, "不计入：检测"),
        ("2026-02-28", false, 3, "不计入：检测"),
        ("2026-03-01", false, 3, "周末"),
        ("2026-03-10", true, 10, "工作日"),
        ("2026-03-11", false, 10, "逾期（工作日）"),
    ] {
        let mark = of(day);
        assert_eq!(
            (mark.counted, mark.ordinal, mark.why.label().zh.as_str()),
            (counted, ordinal, label),
            "{day}"
        );
    }
    for (on, used, left, over) in [
        ("2026-02-12", 0, 10, 0),
        ("2026-02-14", 2, 8, 0),
        ("2026-03-10", 10, 0, 0),
        ("2026-03-12", 10, 0, 2),
    ] {
        assert_eq!(clock.tally(d(on), &calendar), Ok(Tally { used, left, over }), "{on}");
    }
}

#[test]
fn days_after_the_last_one_are_carried_over_until_the_due_day() {
    let calendar = Calendar::embedded();
    let clock = Clock::new(d("2026-02-12"), term("30d"));
    let marks = clock.days(d("2026-03-17"), &calendar).unwrap();
    let tail: Vec<_> =
        marks.iter().rev().take(4).map(|mark| (mark.ordinal, mark.why.label().zh)).collect();
    let expected =
        [(30, "逾期（工作日）"), (30, "顺延（工作日）"), (30, "顺延（周末）"), (30, "周末")];
    assert_eq!(tail, expected.map(|(n, zh)| (n, zh.to_owned())));
    let holder = Clock::new(d("2026-03-02"), term("2d day_before"));
    let marks = holder.days(d("2026-03-03"), &calendar).unwrap();
    assert!(
        marks.iter().all(|mark| matches!(mark.why, DayReason::Counted(_))),
        "the first day counts"
    );
}

#[test]
fn a_due_day_past_the_last_notice_is_provisional_until_the_notice_comes() {
    let old = Calendar::embedded();
    for (text, cause, provisional) in [
        ("10wd", "2026-12-18", true),
        ("8wd", "2026-12-18", false),
        ("30d", "2026-12-18", true),
        ("30d no_roll", "2026-12-18", false),
        ("2m", "2026-12-18", false),
        ("2m roll", "2026-12-18", true),
        ("10wd", "2018-12-14", true),
        ("min(5wd, 60d)", "2026-12-18", true),
        ("30wd before", "2027-01-20", true),
        ("15d tax", "2026-12-20", true),
    ] {
        assert_eq!(
            due(&term(text), d(cause), &old).unwrap().provisional,
            provisional,
            "{text} {cause}"
        );
    }
    let before = due(&term("10wd"), d("2026-12-18"), &old).unwrap();
    assert_eq!(before.date, d("2027-01-04"), "1 January is a festival by law");
    let notice = calendar::Notice::read(
        "- {year: 2027, number: 国办发明电〔2026〕1号, issued: 2026-11-24, title: 通知, holidays: [{festival: {zh: 元旦, en: New Year}, from: 2027-01-01, to: 2027-01-03, work: [2026-12-27]}]}",
    )
    .unwrap();
    let new = old.with_notice(notice.into_iter().next().unwrap()).unwrap();
    let after = due(&term("10wd"), d("2026-12-18"), &new).unwrap();
    assert_eq!(
        (after.date, after.provisional),
        (d("2026-12-31"), false),
        "the made-up Sunday counts"
    );
}

#[test]
fn what_cannot_be_stopped_says_so() {
    let calendar = Calendar::embedded();
    for text in
        ["30d before", "annual 04-30", "window 01-01..03-31", "5wd of_month+1", "30d deemed"]
    {
        let clock =
            Clock::new(d("2026-03-02"), term(text)).without(span("2026-03-06", "2026-03-15"));
        assert_eq!(clock.due(&calendar), Err(CalendarError::CannotStop { term: text.into() }));
    }
    let clock = Clock::new(d("2026-03-02"), term("30d before")).extended(term("5d"));
    assert_eq!(clock.due(&calendar), Err(CalendarError::CannotStop { term: "30d before".into() }));
    let reversed =
        Clock::new(d("2026-03-02"), term("10wd")).without(span("2026-03-06", "2026-03-05"));
    assert!(matches!(reversed.due(&calendar), Err(CalendarError::SpanReversed { .. })));
    assert_eq!(due(&term("9999y"), d("2026-03-02"), &calendar), Err(CalendarError::OutOfRange));
}

#[test]
fn recurrences_are_counted_from_the_cause() {
    let calendar = Calendar::embedded();
    for (text, cause, until, expected) in [
        ("every 1m", "2026-01-31", "2026-05-01", vec!["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("every 3m roll", "2026-02-11", "2026-09-01", vec!["2026-05-11", "2026-08-11"]),
        ("every 2y", "2020-02-29", "2025-01-01", vec!["2022-02-28", "2024-02-29"]),
        ("annual 04-30", "2024-04-30", "2026-12-31", vec!["2025-04-30", "2026-04-30"]),
        ("window 01-01..03-31", "2025-06-01", "2027-03-31", vec!["2026-03-31", "2027-03-31"]),
        ("10wd", "2026-02-12", "2026-12-31", vec!["2026-03-04"]),
        ("10wd", "2026-02-12", "2026-03-01", vec![]),
    ] {
        let all = occurrences(&term(text), d(cause), d(until), &calendar).unwrap();
        let days: Vec<_> = all.iter().map(|due| due.date.to_string()).collect();
        assert_eq!(days, expected, "{text} from {cause}");
    }
}
