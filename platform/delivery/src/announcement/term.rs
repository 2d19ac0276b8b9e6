//! How long an announcement runs: the term, days that do not count, days that outages add.

use super::{OutageRule, Pauses, Posting};
use calendar::{Calendar, CalendarError, Clock, Due, Span, Term};
use codes::{Date, Label, Moment};
use std::collections::BTreeMap;

/// A span in which the board could not be reached (中断).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// From when.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
}

/// A term that runs: since when, what of it does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The day of publication, which is not counted.
    pub from: Date,
    /// Outages since then.
    pub outages: Vec<Outage>,
    /// Objections: on which day each came, and on which it was answered.
    pub objections: Vec<(Date, Option<Date>)>,
}

impl Running {
    /// The last day, by everything that is known on a day: an objection that is open counts up to that day.
    ///
    /// # Errors
    /// The term leads out of the calendar.
    pub fn due(
        &self,
        posting: &Posting,
        today: Date,
        calendar: &Calendar,
    ) -> Result<Due, CalendarError> {
        let mut clock = Clock::new(self.from, posting.term.clone());
        if posting.objections.as_ref().is_some_and(|rule| rule.pauses == Pauses::Term) {
            for (from, to) in &self.objections {
                // The day of the objection still counts, that of the answer no longer.
                let to = to.unwrap_or(today);
                let first = from.tomorrow().map_err(|_range| CalendarError::OutOfRange)?;
                if first <= to {
                    let cause = Label::new("异议处理", "an objection");
                    clock = clock.without(Span { from: first, to, cause, source: String::new() });
                }
            }
        }
        // An outage in the day of publication costs no counted day.
        let days = posting.outages.map_or(0, |rule| {
            outage_days(&self.outages, rule).into_keys().filter(|day| *day > self.from).count()
        });
        let days = u32::try_from(days).map_err(|_range| CalendarError::OutOfRange)?;
        if days > 0 {
            clock = clock.extended(longer(&posting.term, days));
        }
        clock.due(calendar)
    }
}

/// Full days in the unit of the term, so that they are added before it rolls.
fn longer(term: &Term, n: u32) -> Term {
    match term {
        Term::Workdays { .. } => Term::Workdays { n },
        Term::Days { end, .. } => Term::Days { n, end: *end },
        _ => Term::Days { n, end: calendar::End::Standing },
    }
}

/// The days on which the board failed for longer than is borne, each with its minutes; an outage over midnight is cut there.
#[must_use]
pub fn outage_days(outages: &[Outage], rule: OutageRule) -> BTreeMap<Date, i64> {
    let mut minutes: BTreeMap<Date, i64> = BTreeMap::new();
    for piece in by_day(&merged(outages)) {
        let day = minutes.entry(piece.from.date()).or_default();
        let length = piece.to.us() - piece.from.us();
        *day = if rule.sum_per_day { *day + length } else { (*day).max(length) };
    }
    let borne = i64::from(rule.borne_minutes) * 60_000_000;
    minutes.retain(|_, length| *length > borne);
    minutes.into_iter().map(|(day, length)| (day, length / 60_000_000)).collect()
}

/// The same outage told twice, or by two watchers, counts once.
fn merged(outages: &[Outage]) -> Vec<Outage> {
    let mut sorted: Vec<Outage> = outages.iter().copied().filter(|o| o.from < o.to).collect();
    sorted.sort_by_key(|outage| outage.from);
    let mut merged: Vec<Outage> = Vec::new();
    for outage in sorted {
        match merged.last_mut() {
            Some(last) if outage.from <= last.to => last.to = last.to.max(outage.to),
            _ => merged.push(outage),
        }
    }
    merged
}

fn by_day(outages: &[Outage]) -> Vec<Outage> {
    let mut pieces = Vec::new();
    for outage in outages {
        let mut from = outage.from;
        while from < outage.to {
            let to = Moment::end_of(from.date()).min(outage.to);
            pieces.push(Outage { from, to });
            from = to;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::from_wall(text.parse().unwrap())
    }

    fn out(from: &str, to: &str) -> Outage {
        Outage { from: at(from), to: at(to) }
    }

    #[test]
    fn more_than_an_hour_of_a_day_summed_adds_a_day() {
        let rule = OutageRule::default();
        for (outages, days) in [
            (vec![out("2020-09-03T10:00", "2020-09-03T11:00")], 0),
            (vec![out("2020-09-03T10:00", "2020-09-03T11:01")], 1),
            (
                vec![
                    out("2020-09-03T10:00", "2020-09-03T10:40"),
                    out("2020-09-03T15:00", "2020-09-03T15:30"),
                ],
                1,
            ),
            // Told twice, it happened once.
            (
                vec![
                    out("2020-09-03T10:00", "2020-09-03T10:40"),
                    out("2020-09-03T10:00", "2020-09-03T10:40"),
                ],
                0,
            ),
            // Over midnight: 50 and 50 minutes.
            (vec![out("2020-09-03T23:10", "2020-09-04T00:50")], 0),
            (vec![out("2020-09-03T22:00", "2020-09-05T02:00")], 3),
        ] {
            assert_eq!(outage_days(&outages, rule).len(), days, "{outages:?}");
        }
        let longest = OutageRule { sum_per_day: false, ..rule };
        let two = [
            out("2020-09-03T10:00", "2020-09-03T10:40"),
            out("2020-09-03T15:00", "2020-09-03T15:30"),
        ];
        assert!(outage_days(&two, longest).is_empty());
    }
}
