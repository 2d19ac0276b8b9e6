//! What follows when a due day passes: late fees, and how long a claim may be made.

use crate::Refusal;
use calendar::{Calendar, Due, Term, due};
use codes::{Date, Moment};
use serde::{Deserialize, Serialize};

/// Whether a duty is overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overdue {
    /// Its day has not passed.
    No,
    /// Its day has passed.
    Yes,
    /// Its day rests on holidays that no notice settles: nobody is late yet.
    Provisional,
}

/// Whether a duty is overdue at an instant; never on a provisional day.
#[must_use]
pub fn overdue(due: &Due, now: Moment) -> Overdue {
    if due.admits(now) {
        Overdue::No
    } else if due.provisional {
        Overdue::Provisional
    } else {
        Overdue::Yes
    }
}

/// The late fee (滞纳金) of a tax in fen: so many ten-thousandths for each day from the day after it was due to the day on which
/// it was paid, both counted, rounded half up once.
///
/// # Source
/// 海关进出口货物征税管理办法（海关总署令第272号） art. 20; the rate comes in as a row.
#[must_use]
pub fn late_fee(tax_fen: i64, due: Date, paid: Date, per_day_bp: u32) -> i64 {
    let days = i128::from(paid.duration_since(due).as_hours() / 24).max(0);
    let whole = i128::from(tax_fen.max(0)) * i128::from(per_day_bp) * days;
    i64::try_from((whole + 5_000) / 10_000).unwrap_or(i64::MAX)
}

/// The last day of a claim: so long after the text ended, and not after the day that the text itself names.
///
/// # Errors
/// [`Refusal::Calendar`]
///
/// # Source
/// 海关进出口货物征税管理办法（海关总署令第272号） art. 69; the term comes in as a row.
pub fn claim_until(
    valid_to: Date,
    claims_to: Option<Date>,
    term: &Term,
    calendar: &Calendar,
) -> Result<Date, Refusal> {
    let lawful = due(term, valid_to, calendar)
        .map_err(|error| Refusal::Calendar { why: error.to_string() })?;
    Ok(claims_to.map_or(lawful.date, |own| own.min(lawful.date)))
}
