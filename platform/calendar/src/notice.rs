//! The yearly holiday notices (放假通知) of the State Council's General Office, as data.

use crate::CalendarError;
use codes::{Date, Label};
use serde::{Deserialize, Serialize};

/// Most days in a row that a notice may give off; more is a slip in the data.
const DAYS_OFF_MAX: i64 = 16;

/// A holiday notice (国务院办公厅关于…部分节假日安排的通知).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// The year it settles.
    pub year: i16,
    /// Its number, such as `国办发明电〔2025〕7号`.
    pub number: String,
    /// The day it was issued; of two notices for one day the later one rules.
    pub issued: Date,
    /// Its title.
    pub title: String,
    /// The holidays it sets; a day may lie just outside the year (31 December before New Year).
    pub holidays: Vec<Holiday>,
}

/// One holiday of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The festival.
    pub festival: Label,
    /// First day off.
    pub from: Date,
    /// Last day off.
    pub to: Date,
    /// Saturdays and Sundays worked in exchange (调休上班).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub work: Vec<Date>,
}

impl Notice {
    /// Reads the notices of one file.
    ///
    /// # Errors
    /// `NOTICE_INVALID` where the file is no list of notices or a notice contradicts itself.
    pub fn read(yaml: &str) -> Result<Vec<Self>, CalendarError> {
        let notices: Vec<Self> = serde_saphyr::from_str(yaml).map_err(|error| {
            CalendarError::NoticeInvalid { number: "?".into(), why: error.to_string() }
        })?;
        notices.iter().try_for_each(Self::verify)?;
        Ok(notices)
    }

    /// Whether the notice can be believed: its days lie in or next to its year, spans run forward,
    /// and only Saturdays and Sundays are worked in exchange.
    ///
    /// # Errors
    /// `NOTICE_INVALID` with the first contradiction.
    pub fn verify(&self) -> Result<(), CalendarError> {
        let wrong =
            |why: String| Err(CalendarError::NoticeInvalid { number: self.number.clone(), why });
        if self.holidays.is_empty() {
            return wrong("it sets no holiday".into());
        }
        for holiday in &self.holidays {
            let Holiday { from, to, .. } = *holiday;
            let length = to.duration_since(from).as_hours() / 24;
            if !(0..DAYS_OFF_MAX).contains(&length) {
                return wrong(format!("from {from} to {to} is no holiday"));
            }
            if from.year() != self.year && to.year() != self.year {
                return wrong(format!("{from} is not of {}", self.year));
            }
            for day in &holiday.work {
                if !crate::day::is_weekend(*day) {
                    return wrong(format!("{day} is no Saturday or Sunday"));
                }
                if (from..=to).contains(day) {
                    return wrong(format!("{day} is off and worked at once"));
                }
                if (day.year() - self.year).abs() > 1 {
                    return wrong(format!("{day} is not of {}", self.year));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
- year: 2027
  number: 国办发明电〔2026〕1号
  issued: 2026-11-20
  title: 通知
  holidays:
    - festival: { zh: 元旦, en: New Year }
      from: 2027-01-01
      to: 2027-01-03
      work: [2026-12-27]
";

    #[test]
    fn a_notice_is_read_and_its_contradictions_are_found() {
        assert_eq!(Notice::read(GOOD).unwrap().len(), 1);
        for (right, wrong) in [
            ("to: 2027-01-03", "to: 2026-12-30"),
            ("to: 2027-01-03", "to: 2027-03-03"),
            ("to: 2027-01-03", "to: 2027-02-30"),
            ("work: [2026-12-27]", "work: [2026-12-28]"),
            ("work: [2026-12-27]", "work: [2027-01-02]"),
            ("work: [2026-12-27]", "work: [2024-12-28]"),
            ("year: 2027", "year: 2029"),
            ("title: 通知", "title: 通知\n  colour: red"),
        ] {
            let text = GOOD.replace(right, wrong);
            assert_ne!(text, GOOD);
            assert!(
                matches!(Notice::read(&text), Err(CalendarError::NoticeInvalid { .. })),
                "{wrong}"
            );
        }
    }
}
