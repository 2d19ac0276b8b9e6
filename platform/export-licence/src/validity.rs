//! How long an export licence is valid: some months, never beyond the year, or from 1 January of the next year.

use calendar::{Calendar, CalendarError, MonthDay, Term, due};
use codes::Date;
use serde::{Deserialize, Serialize};

/// What a row of the law says about validity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidityRow {
    /// The term from the first day, such as `min(6m, window 01-01..12-31)`.
    pub term: Term,
    /// From which day of a year licences of the next year may be issued.
    pub next_year_from: NextYear,
    /// Law and article.
    pub source: String,
}

/// A day of the year, written `12-10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextYear(pub MonthDay);

impl Serialize for NextYear {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for NextYear {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let read = || {
            let (month, day) = text.split_once('-')?;
            MonthDay::new(month.parse().ok()?, day.parse().ok()?)
        };
        read().map(Self).ok_or_else(|| serde::de::Error::custom("a day of the year, such as 12-10"))
    }
}

/// The days on which a licence is valid, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Validity {
    /// The first.
    pub from: Date,
    /// The last, until 24:00.
    pub to: Date,
}

/// Why a validity cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidityError {
    /// Licences of the next year are not issued yet.
    #[error("licences of the next year are issued from {from}")]
    TooEarly {
        /// From when.
        from: Date,
    },
    /// The term cannot be computed.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

impl Validity {
    /// Whether a day lies inside.
    #[must_use]
    pub fn holds(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

impl ValidityRow {
    /// The validity of a licence issued on a day, for the same year or the next.
    ///
    /// # Errors
    /// `TooEarly` for the next year before its day; `Calendar` at the end of the calendar.
    ///
    /// # Source
    /// 出口许可证签发工作规范 art. 13, 14; the figures come in as the row.
    pub fn of(&self, issued: Date, for_next_year: bool) -> Result<Validity, ValidityError> {
        let from = if for_next_year {
            let first = self.next_year_opens(issued.year())?;
            if issued < first {
                return Err(ValidityError::TooEarly { from: first });
            }
            new_year(issued.year().saturating_add(1))?
        } else {
            issued
        };
        let to = due(&self.term, from, &Calendar::bare())?.date;
        Ok(Validity { from, to })
    }

    /// The day of a year from which licences of the next one are issued.
    ///
    /// # Errors
    /// `Calendar` at the end of the calendar.
    pub fn next_year_opens(&self, year: i16) -> Result<Date, ValidityError> {
        let NextYear(day) = self.next_year_from;
        Date::new(year, day.month(), day.day())
            .map_err(|_range| ValidityError::Calendar(CalendarError::OutOfRange))
    }
}

/// The first day of a year.
fn new_year(year: i16) -> Result<Date, ValidityError> {
    Date::new(year, 1, 1).map_err(|_range| ValidityError::Calendar(CalendarError::OutOfRange))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row() -> ValidityRow {
        ValidityRow {
            term: "min(6m, window 01-01..12-31)".parse().unwrap(),
            next_year_from: NextYear(MonthDay::new(12, 10).unwrap()),
            source: "出口许可证签发工作规范第十三条、第十四条".to_owned(),
        }
    }

    fn d(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn six_months_clipped_to_month_and_year() {
        let table = [
            ("2026-03-16", "2026-09-16"), // 14 S2
            ("2026-10-20", "2026-12-31"),
            ("2026-08-31", "2026-12-31"),
            ("2026-08-15", "2026-12-31"), // 15 S9
            ("2026-03-10", "2026-09-10"),
            ("2026-03-31", "2026-09-30"),
            ("2026-07-01", "2026-12-31"),
            ("2026-06-30", "2026-12-30"),
            ("2026-12-31", "2026-12-31"),
            ("2024-02-29", "2024-08-29"),
        ];
        for (issued, to) in table {
            let validity = row().of(d(issued), false).unwrap();
            assert_eq!(validity, Validity { from: d(issued), to: d(to) }, "{issued}");
        }
    }

    #[test]
    fn from_ten_december_a_licence_of_the_next_year_runs_from_new_year() {
        let validity = Validity { from: d("2027-01-01"), to: d("2027-07-01") };
        for issued in ["2026-12-10", "2026-12-31"] {
            assert_eq!(row().of(d(issued), true), Ok(validity), "{issued}");
        }
        let early = row().of(d("2026-12-09"), true);
        assert_eq!(early, Err(ValidityError::TooEarly { from: d("2026-12-10") }));
        assert!(validity.holds(d("2027-07-01")) && !validity.holds(d("2027-07-02")));
        assert!(validity.holds(d("2027-01-01")) && !validity.holds(d("2026-12-31")));
    }

    #[test]
    fn a_row_reads_as_it_is_written() {
        let json = serde_json::to_value(row()).unwrap();
        assert_eq!(json["next_year_from"], "12-10");
        assert_eq!(serde_json::from_value::<ValidityRow>(json).unwrap(), row());
        let wrong = serde_json::json!({"term": "6m", "next_year_from": "13-10", "source": ""});
        assert!(serde_json::from_value::<ValidityRow>(wrong).is_err());
    }

    proptest! {
        #[test]
        fn later_is_never_shorter_and_never_of_another_year(day in 0..20_000_i64) {
            let issued = Date::constant(1990, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
            let validity = row().of(issued, false).unwrap();
            prop_assert!(validity.holds(issued) && validity.to.year() == issued.year());
            let next = issued.tomorrow().unwrap();
            if next.year() == issued.year() {
                prop_assert!(row().of(next, false).unwrap().to >= validity.to);
            }
        }
    }
}
