//! Laws that hold for every date, term and span.

use super::term;
use calendar::{Calendar, Clock, Span, Term, due};
use codes::{Date, Label, Moment};
use proptest::prelude::*;

/// Days from the middle of 2018, before the first notice, to the middle of 2026.
fn any_day() -> impl Strategy<Value = Date> {
    (0_i64..3000).prop_map(|n| later(Date::constant(2018, 6, 1), n))
}

#[expect(clippy::unwrap_used, reason = "a few days after 2018 are in the calendar")]
fn later(day: Date, n: i64) -> Date {
    day.checked_add(jiff::Span::new().days(n)).unwrap()
}

proptest! {
    #[test]
    fn working_days_add_up(day in any_day(), a in 0_i64..60, b in 0_i64..60) {
        let calendar = Calendar::embedded();
        let there = calendar.add_workdays(day, a).unwrap();
        prop_assert_eq!(calendar.workdays_between(day, there), a);
        prop_assert_eq!(calendar.add_workdays(there, b), calendar.add_workdays(day, a + b));
        prop_assert!(a == 0 || calendar.is_workday(there));
    }

    #[test]
    fn the_way_back_is_as_long(day in any_day(), n in 0_i64..60) {
        let calendar = Calendar::embedded();
        let day = calendar.roll(day).unwrap();
        let there = calendar.add_workdays(day, n).unwrap();
        prop_assert_eq!(calendar.add_workdays(there, -n), Ok(day));
    }

    #[test]
    fn a_longer_term_is_never_due_earlier(day in any_day(), n in 0_u32..400, more in 0_u32..50) {
        let calendar = Calendar::embedded();
        for unit in ["wd", "d", "d tax", "d no_roll", "td", "m", "m roll", "m day_before"] {
            let (number, option) = unit.split_at(unit.find(' ').unwrap_or(unit.len()));
            let short = due(&term(&format!("{n}{number}{option}")), day, &calendar).unwrap();
            let long = due(&term(&format!("{}{number}{option}", n + more)), day, &calendar).unwrap();
            prop_assert!(short.date <= long.date, "{}", unit);
            prop_assert_eq!(short.at, Moment::end_of(short.date));
        }
    }

    #[test]
    fn a_deadline_ends_on_a_working_day(day in any_day(), n in 1_u32..400) {
        let calendar = Calendar::embedded();
        for text in [format!("{n}wd"), format!("{n}d"), format!("{n}m roll"), format!("{n}d tax")] {
            let due = due(&term(&text), day, &calendar).unwrap();
            prop_assert!(calendar.is_workday(due.date), "{}", text);
        }
    }

    #[test]
    fn an_undisturbed_clock_is_the_term(day in any_day(), n in 0_u32..400) {
        let calendar = Calendar::embedded();
        for unit in ["wd", "d", "d tax", "d no_roll", "d full", "td", "m", "m roll", "m day_before", "d deemed"] {
            prop_assume!(!(n == 0 && unit == "m day_before"));
            let term = term(&format!("{n}{unit}"));
            prop_assert_eq!(Clock::new(day, term.clone()).due(&calendar), due(&term, day, &calendar), "{}", unit);
        }
    }

    #[test]
    fn a_stop_moves_the_due_day_by_the_days_of_its_unit(
        day in any_day(), n in 1_u32..60, after in 1_i64..60, length in 0_i64..40
    ) {
        let calendar = Calendar::embedded();
        let (from, to) = (later(day, after), later(day, after + length));
        let span = Span { from, to, cause: Label::new("检测", "testing"), source: String::new() };
        let clock = Clock::new(day, Term::Workdays { n });
        let (free, stopped) = (clock.due(&calendar).unwrap(), clock.clone().without(span.clone()).due(&calendar).unwrap());
        let inside = calendar.workdays_between(from.yesterday().unwrap(), to);
        let moved = calendar.workdays_between(free.date, stopped.date);
        prop_assert_eq!(moved, if free.date < from { 0 } else { inside });
        // What the page shows adds up: counted days are the term, and none of them is left out.
        let marks = clock.without(span).days(stopped.date, &calendar).unwrap();
        prop_assert_eq!(marks.last().map(|mark| mark.ordinal), Some(n));
        prop_assert!(marks.iter().all(|mark| !mark.counted || !(from..=to).contains(&mark.date)));
    }

    #[test]
    fn printed_terms_read_back(n in 0_u32..9999, unit in 0_usize..12) {
        let unit = ["wd", "d", "d no_roll", "m", "m roll", "y full", "h", "min", "d tax", "td", "d before", "wd before clear"][unit];
        let text = format!("{n}{unit}");
        prop_assert_eq!(term(&text).to_string(), text);
    }
}
