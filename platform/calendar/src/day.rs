//! Days of the civil calendar: steps, corresponding days, and what a day is.

use crate::CalendarError;
use codes::{Date, Label};
use jiff::Span;
use jiff::civil::Weekday;

/// What a day is for working and resting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayKind {
    /// Monday to Friday, worked.
    Workday,
    /// A Saturday or Sunday worked in exchange (调休上班), by the notice for this festival.
    MadeUp(Label),
    /// A Saturday or Sunday off.
    Weekend,
    /// Off by a notice.
    Holiday(Label),
    /// Off as a statutory festival (法定节日) of a year without notice.
    Festival(Label),
}

impl DayKind {
    /// Whether it is worked.
    #[must_use]
    pub const fn is_workday(&self) -> bool {
        matches!(self, Self::Workday | Self::MadeUp(_))
    }

    /// The kind in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        match self {
            Self::Workday => Label::new("工作日", "working day"),
            Self::Weekend => Label::new("周末", "weekend"),
            Self::MadeUp(festival) => Label::new(
                format!("调休上班（{}）", festival.zh),
                format!("made-up working day ({})", festival.en),
            ),
            Self::Holiday(festival) => {
                Label::new(format!("放假（{}）", festival.zh), format!("holiday ({})", festival.en))
            }
            Self::Festival(festival) => Label::new(
                format!("法定节日（{}，放假通知未公布）", festival.zh),
                format!("statutory festival ({}, notice not yet published)", festival.en),
            ),
        }
    }
}

/// Whether the day is a Saturday or Sunday.
pub(crate) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The day `n` days later (earlier where negative).
pub(crate) fn plus_days(date: Date, n: i64) -> Result<Date, CalendarError> {
    let span = Span::new().try_days(n).map_err(|_range| CalendarError::OutOfRange)?;
    date.checked_add(span).map_err(|_range| CalendarError::OutOfRange)
}

/// The corresponding day (对应日) `n` months later, the month's last day where there is none, and
/// whether there was one.
pub(crate) fn plus_months(date: Date, n: i64) -> Result<(Date, bool), CalendarError> {
    let span = Span::new().try_months(n).map_err(|_range| CalendarError::OutOfRange)?;
    let day = date.checked_add(span).map_err(|_range| CalendarError::OutOfRange)?;
    Ok((day, day.day() == date.day()))
}

/// Days from `from` to `to`, negative where `to` is earlier.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}
