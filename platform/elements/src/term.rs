//! Terms of business (经营期限): a number of years, or without end.

use crate::value::Value;
use codes::Date;
use jiff::{Span, ToSpan as _};

/// How 长期 (without end) stands in a canonical value, of a term or of an open date.
pub const LONG_TERM: &str = "长期";

/// The day to which 长期 projects where a partner wants a date.
pub const FOREVER: Date = Date::constant(9999, 12, 31);

/// A term of business (经营期限).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// So many years, at least one.
    Years(u16),
    /// Without end (长期).
    Long,
}

impl Term {
    /// The term of a canonical value: `{years: 20}` or `长期`.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) if text == LONG_TERM => Some(Self::Long),
            Value::Map(parts) if parts.len() == 1 => {
                let years = parts.get("years")?.as_int()?;
                u16::try_from(years).ok().filter(|years| (1..=999).contains(years)).map(Self::Years)
            }
            _ => None,
        }
    }

    /// The canonical value.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Long => Value::from(LONG_TERM),
            Self::Years(years) => {
                Value::Map([("years".to_owned(), Value::Int(years.into()))].into())
            }
        }
    }

    /// The last day of a term that begins on `from`: n years later less one day, or [`FOREVER`].
    ///
    /// `None` if the calendar ends before the term.
    #[must_use]
    pub fn last_day(self, from: Date) -> Option<Date> {
        match self {
            Self::Long => Some(FOREVER),
            Self::Years(years) => {
                let span: Span = i64::from(years).years();
                from.checked_add(span).ok()?.checked_sub(1.day()).ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_ends_the_day_before_its_anniversary() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        for (term, from, to) in [
            (Term::Years(20), "2026-02-12", "2046-02-11"),
            (Term::Years(1), "2024-02-29", "2025-02-27"),
            (Term::Long, "2026-02-12", "9999-12-31"),
        ] {
            assert_eq!(term.last_day(date(from)), Some(date(to)), "{from}");
        }
        assert_eq!(Term::Years(999).last_day(date("9500-01-01")), None);
    }

    #[test]
    fn only_whole_years_or_long_are_a_term() {
        for term in [Term::Years(20), Term::Long] {
            assert_eq!(Term::from_value(&term.to_value()), Some(term));
        }
        for value in [
            Value::from("很久"),
            Value::Map([("years".to_owned(), Value::Int(0))].into()),
            Value::Int(3),
        ] {
            assert_eq!(Term::from_value(&value), None);
        }
    }
}
