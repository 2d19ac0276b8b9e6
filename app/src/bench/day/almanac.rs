//! Due days of 2026, counted day by day from the text of the notice: what the platform's own calendar is compared with.
//!
//! # Source
//! 国务院办公厅关于2026年部分节假日安排的通知 (2025-11-04); 民法典 art. 201–203; 税收征收管理法实施细则 art. 109.

use calendar::{End, Term};
use codes::Date;

/// The holidays, each from its first to its last day, as month and day.
const OFF: [[(i8, i8); 2]; 7] = [
    [(1, 1), (1, 3)],
    [(2, 15), (2, 23)],
    [(4, 4), (4, 6)],
    [(5, 1), (5, 5)],
    [(6, 19), (6, 21)],
    [(9, 25), (9, 27)],
    [(10, 1), (10, 7)],
];
/// Saturdays and Sundays on which people work.
const WORKED: [(i8, i8); 6] = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)];

fn is_rest_day(date: Date) -> bool {
    let day = (date.month(), date.day());
    let weekend = matches!(date.weekday().to_monday_zero_offset(), 5 | 6);
    let off = OFF.iter().any(|[first, last]| (*first..=*last).contains(&day));
    off || (weekend && !WORKED.contains(&day))
}

/// The day after so many days.
fn after(date: Date, days: u32) -> Option<Date> {
    (0..days).try_fold(date, |day, _| day.tomorrow().ok())
}

/// The same day, or the next that is no rest day.
fn rolled(mut date: Date) -> Option<Date> {
    while is_rest_day(date) {
        date = date.tomorrow().ok()?;
    }
    Some(date)
}

/// When a term ends that a day in 2026 set going; none if it is of a kind that no service of the day has.
pub(super) fn due(term: &Term, cause: Date) -> Option<Date> {
    match term {
        Term::Workdays { n } => {
            let (mut day, mut worked) = (cause, 0);
            while worked < *n {
                day = day.tomorrow().ok()?;
                worked += u32::from(!is_rest_day(day));
            }
            Some(day)
        }
        Term::Days { n, end: End::Deadline } => rolled(after(cause, *n)?),
        Term::TaxDays { n } => {
            let end = after(cause, *n)?;
            let (mut day, mut run, mut more) = (cause, 0, 0);
            while day < end {
                day = day.tomorrow().ok()?;
                run = if is_rest_day(day) { run + 1 } else { 0 };
                // The run counts whole as soon as it is three days long, and each day of it after that.
                more += match run {
                    3 => 3,
                    4.. => 1,
                    _ => 0,
                };
            }
            rolled(after(end, more)?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_days_are_those_of_the_spec() {
        let day = |month, day| Date::constant(2026, month, day);
        let table = [
            // 28 S3, S13.
            (Term::Workdays { n: 1 }, day(2, 12), day(2, 13)),
            (Term::Workdays { n: 10 }, day(2, 12), day(3, 4)),
            (Term::Workdays { n: 3 }, day(2, 12), day(2, 24)),
            (Term::Workdays { n: 45 }, day(2, 12), day(4, 23)),
            (Term::Days { n: 30, end: End::Deadline }, day(2, 12), day(3, 16)),
            (Term::Days { n: 20, end: End::Deadline }, day(2, 13), day(3, 5)),
            (Term::TaxDays { n: 15 }, day(2, 25), day(3, 12)),
            (Term::TaxDays { n: 15 }, day(4, 25), day(5, 15)),
        ];
        for (term, cause, expected) in table {
            assert_eq!(due(&term, cause), Some(expected), "{term:?} from {cause}");
        }
        assert_eq!(due(&Term::Hours { n: 1 }, day(2, 12)), None);
    }
}
