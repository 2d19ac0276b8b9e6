//! Periods (期间): standing ones that never roll, and the announcement, which does.

use calendar::{Calendar, Term, due};
use codes::{Date, Moment};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The unit of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Calendar days.
    Days,
    /// Months.
    Months,
    /// Years.
    Years,
}

/// A full period (满): complete at 24:00 of its last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    /// How many.
    pub n: u16,
    /// Of what.
    pub unit: Unit,
}

impl Period {
    /// So many years.
    #[must_use]
    pub const fn years(n: u16) -> Self {
        Self { n, unit: Unit::Years }
    }

    /// So many months.
    #[must_use]
    pub const fn months(n: u16) -> Self {
        Self { n, unit: Unit::Months }
    }

    /// The same as a legal term.
    #[must_use]
    pub fn term(self) -> Term {
        let (n, end) = (u32::from(self.n), calendar::End::Full);
        match self.unit {
            Unit::Days => Term::Days { n, end },
            Unit::Months => Term::Months { n, end },
            Unit::Years => Term::Years { n, end },
        }
    }

    /// The period that a legal term of days, months or years is; nothing for others.
    #[must_use]
    pub fn of(term: &Term) -> Option<Self> {
        let (n, unit) = match term {
            Term::Days { n, .. } => (*n, Unit::Days),
            Term::Months { n, .. } => (*n, Unit::Months),
            Term::Years { n, .. } => (*n, Unit::Years),
            _ => return None,
        };
        Some(Self { n: u16::try_from(n).ok()?, unit })
    }
}

/// A full period asks no calendar for rest days.
static NO_NOTICES: LazyLock<Calendar> = LazyLock::new(Calendar::bare);

/// The last day of a period: the corresponding day, or the month's last where there is none (R3). The day it starts on is
/// not counted. Beyond the end of the calendar, its last day.
#[must_use]
pub fn period_end(start: Date, period: Period) -> Date {
    due(&period.term(), start, &NO_NOTICES).map_or(Date::MAX, |due| due.date)
}

/// The first day after a period: 满 three years, and the right begins.
pub(crate) fn day_after(start: Date, period: Period) -> Date {
    let last = period_end(start, period);
    last.tomorrow().unwrap_or(last)
}

/// A span in which the publicity page could not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// From when.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
}

/// More than so long in one day, summed, adds a day (default).
const BORNE_US: i64 = 3_600_000_000;

/// The last day of an announcement (R4).
///
/// Its first day is not counted; each counted day on which the page was out for more than an hour in all adds one; then a
/// last day that is a rest day moves to the next working day.
#[must_use]
pub fn announcement_end(from: Date, days: u16, cal: &Calendar, outages: &[Outage]) -> Date {
    let lost = lost_days(outages);
    let mut added = 0_u16;
    loop {
        let n = u32::from(days.saturating_add(added));
        let term = Term::Days { n, end: calendar::End::Deadline };
        let Ok(due) = due(&term, from, cal) else { return Date::MAX };
        let inside = lost.iter().filter(|day| from < **day && **day <= due.date).count();
        let inside = u16::try_from(inside).unwrap_or(u16::MAX);
        if inside <= added {
            return due.date;
        }
        added = inside;
    }
}

/// The days that were lost, in order.
fn lost_days(outages: &[Outage]) -> Vec<Date> {
    let mut spans: Vec<Outage> = outages.iter().copied().filter(|o| o.from < o.to).collect();
    spans.sort_by_key(|span| span.from);
    let mut out_us: BTreeMap<Date, i64> = BTreeMap::new();
    let mut reached: Option<Moment> = None;
    for span in spans {
        // What two watchers tell counts once.
        let mut from = reached.map_or(span.from, |until| span.from.max(until));
        while from < span.to {
            let to = Moment::end_of(from.date()).min(span.to);
            *out_us.entry(from.date()).or_default() += to.us() - from.us();
            from = to;
        }
        reached = Some(reached.map_or(span.to, |until| until.max(span.to)));
    }
    out_us.into_iter().filter(|(_, us)| *us > BORNE_US).map(|(day, _)| day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_day_is_the_corresponding_one_or_the_months_last() {
        for (start, period, last) in [
            ("2017-08-10", Period::years(5), "2022-08-10"),
            ("2017-08-10", Period::years(3), "2020-08-10"),
            ("2020-02-29", Period::years(3), "2023-02-28"),
            ("2020-02-29", Period::years(4), "2024-02-29"),
            ("2021-09-20", Period::years(1), "2022-09-20"),
            ("2024-01-10", Period::months(6), "2024-07-10"),
            ("2023-11-30", Period::months(3), "2024-02-29"),
            ("2026-01-01", Period { n: 30, unit: Unit::Days }, "2026-01-31"),
        ] {
            assert_eq!(period_end(d(start), period), d(last), "{start} {period:?}");
        }
        assert_eq!(period_end(d("9998-01-01"), Period::years(5)), Date::MAX);
    }

    #[test]
    fn a_period_is_a_term_and_back() {
        for period in [Period::years(3), Period::months(6), Period { n: 30, unit: Unit::Days }] {
            assert_eq!(Period::of(&period.term()), Some(period));
        }
        assert_eq!(Period::of(&Term::Workdays { n: 5 }), None);
    }

    fn out(from: &str, to: &str) -> Outage {
        let at = |text: &str| Moment::from_wall(text.parse().unwrap());
        Outage { from: at(from), to: at(to) }
    }

    #[test]
    fn an_announcement_rolls_off_rest_days_and_grows_by_lost_days() {
        let cal = Calendar::embedded();
        let half = [
            out("2020-08-20T10:00", "2020-08-20T10:30"),
            out("2020-08-20T20:00", "2020-08-20T20:31"),
        ];
        let over_midnight = [out("2020-08-20T23:01", "2020-08-21T01:00")];
        for (from, outages, last) in [
            // S1 and S2.
            ("2020-08-17", &[][..], "2020-09-16"),
            ("2020-09-02", &[][..], "2020-10-09"),
            // Sixty minutes are borne, sixty-one in two pieces are not, 59 and 60 over midnight are.
            ("2020-08-17", &half[..1], "2020-09-16"),
            ("2020-08-17", &half[..], "2020-09-17"),
            ("2020-08-17", &over_midnight[..], "2020-09-16"),
            // Told twice, lost once; the first day is not counted, so losing it costs nothing.
            ("2020-08-17", &[half[0], half[0]][..], "2020-09-16"),
            ("2020-08-20", &[out("2020-08-20T01:00", "2020-08-20T23:00")][..], "2020-09-21"),
            // The added day is lost as well.
            (
                "2020-08-17",
                &[
                    out("2020-08-20T01:00", "2020-08-20T23:00"),
                    out("2020-09-17T01:00", "2020-09-17T09:00"),
                ][..],
                "2020-09-18",
            ),
            // The end had moved over a holiday; the day that is added before falls into it.
            ("2020-09-02", &[out("2020-10-09T09:00", "2020-10-09T18:00")][..], "2020-10-09"),
        ] {
            assert_eq!(announcement_end(d(from), 30, &cal, outages), d(last), "{from} {outages:?}");
        }
    }
}
