//! The report of deferred receipts (延期收款报告): principal that comes later than so many days after clearance.

use crate::RentRow;
use calendar::{Calendar, CalendarError, Term, due};
use codes::Date;
use serde::{Deserialize, Serialize};

/// What the row of the law says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeferredRow {
    /// What is due within this term is not deferred, such as `90d no_roll`.
    pub within: Term,
    /// When the report is due after clearance, such as `30d`.
    pub report: Term,
    /// Law and article.
    pub source: String,
}

/// What is to be reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferred {
    /// The last day on which a rent is not deferred.
    pub within_last_on: Date,
    /// How many rents are due by then.
    pub rents_within: u32,
    /// The principal due later, in minor units.
    pub principal_minor: i64,
    /// The last day of the report.
    pub report_due_on: Date,
    /// Whether that day rests on one that no holiday notice settles yet.
    pub provisional: bool,
}

/// What is to be reported of a schedule whose goods were cleared on a day; nothing where all is due in time.
///
/// # Errors
/// What `calendar` cannot compute.
///
/// # Source
/// 经常项目外汇业务指引（2020年版）, 汇发〔2020〕14号 (assumed); the terms come in as the row.
pub fn deferred(
    rows: &[RentRow],
    financed_minor: i64,
    cleared_on: Date,
    row: &DeferredRow,
    calendar: &Calendar,
) -> Result<Option<Deferred>, CalendarError> {
    let last = due(&row.within, cleared_on, calendar)?.date;
    let within = rows.iter().filter(|rent| rent.due <= last);
    let paid_off: i64 = within.clone().map(|rent| rent.principal_minor).sum();
    let principal = financed_minor.saturating_sub(paid_off);
    if principal <= 0 {
        return Ok(None);
    }
    let report = due(&row.report, cleared_on, calendar)?;
    Ok(Some(Deferred {
        within_last_on: last,
        rents_within: u32::try_from(within.count()).unwrap_or(u32::MAX),
        principal_minor: principal,
        report_due_on: report.date,
        provisional: report.provisional,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule;
    use crate::schedule::tests::founding;

    fn row() -> DeferredRow {
        DeferredRow {
            within: "90d no_roll".parse().unwrap(),
            report: "30d".parse().unwrap(),
            source: "source".to_owned(),
        }
    }

    #[test]
    fn s11_principal_due_after_ninety_days_is_reported_within_thirty() {
        let rows = schedule(&founding()).unwrap();
        let cleared = Date::constant(2026, 3, 20);
        let told = deferred(&rows, 1_176_000_000, cleared, &row(), &Calendar::embedded());
        let expected = Deferred {
            within_last_on: Date::constant(2026, 6, 18),
            rents_within: 2,
            principal_minor: 1_142_204_973,
            report_due_on: Date::constant(2026, 4, 20),
            provisional: false,
        };
        assert_eq!(told, Ok(Some(expected)));
    }

    #[test]
    fn what_is_due_in_time_needs_no_report() {
        let mut rows = schedule(&founding()).unwrap();
        rows.truncate(2);
        let financed = rows.iter().map(|row| row.principal_minor).sum();
        let cleared = Date::constant(2026, 3, 20);
        assert_eq!(deferred(&rows, financed, cleared, &row(), &Calendar::embedded()), Ok(None));
        // A day earlier the second rent falls outside.
        let early = cleared.yesterday().unwrap();
        rows[1].due = Date::constant(2026, 6, 18);
        let told =
            deferred(&rows, financed, early, &row(), &Calendar::embedded()).unwrap().unwrap();
        assert_eq!((told.rents_within, told.principal_minor), (1, rows[1].principal_minor));
    }
}
