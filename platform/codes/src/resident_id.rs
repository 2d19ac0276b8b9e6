//! The resident identity number (公民身份号码) of GB 11643.

use crate::check::mod_11_2;
use crate::error::{field, verify};
use crate::text::{Ascii, first_misfit, part, text_identifier};
use crate::{Date, Division, Element, IdentifierError, Label, Why};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Sex (性别) by GB/T 2261.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Male (男), `1`.
    Male,
    /// Female (女), `2`.
    Female,
}

impl Sex {
    /// The digit of GB/T 2261.1.
    #[must_use]
    pub const fn code(self) -> char {
        match self {
            Self::Male => '1',
            Self::Female => '2',
        }
    }

    /// The word in both languages.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Male => Label::new("男", "male"),
            Self::Female => Label::new("女", "female"),
        }
    }
}

impl FromStr for Sex {
    type Err = IdentifierError;

    /// Reads the digit of the standard, or the word (`1`, `男`, `male`).
    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        match text {
            "1" | "男" | "male" => Ok(Self::Male),
            "2" | "女" | "female" => Ok(Self::Female),
            _ => Err(field(Element::Sex, Why::Unknown)),
        }
    }
}

/// The 18 characters of GB 11643 with what they say, whoever carries them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Gb11643 {
    text: Ascii<18>,
    birth: Date,
}

impl Gb11643 {
    /// Parses the 18 characters; `region` says which first six digits the document may have.
    pub(crate) fn parse(
        text: &str,
        element: Element,
        region: impl Fn(&str) -> Result<(), Why>,
    ) -> Result<Self, IdentifierError> {
        let wrong = |why| field(element, why);
        let length = text.chars().count();
        if length != 18 {
            return Err(wrong(Why::Length { found: length }));
        }
        let misfit = first_misfit(text, |i, c| c.is_ascii_digit() || (i == 17 && c == 'X'));
        if let Some(at) = misfit {
            return Err(wrong(Why::Character { at }));
        }
        region(part(text, 0, 6)).map_err(wrong)?;
        let birth = date_of(part(text, 6, 14))
            .filter(|birth| birth.year() >= 1850)
            .ok_or_else(|| wrong(Why::BirthDate))?;
        verify(element, part(text, 17, 18), mod_11_2(part(text, 0, 17)).map(String::from))?;
        let text = Ascii::new(text).ok_or_else(|| wrong(Why::Unknown))?;
        Ok(Self { text, birth })
    }

    pub(crate) fn as_str(&self) -> &str {
        self.text.as_str()
    }

    pub(crate) const fn birth_date(&self) -> Date {
        self.birth
    }

    pub(crate) fn sex(&self) -> Sex {
        match part(self.as_str(), 16, 17) {
            "1" | "3" | "5" | "7" | "9" => Sex::Male,
            _ => Sex::Female,
        }
    }
}

/// The day of eight digits `YYYYMMDD`.
pub(crate) fn date_of(digits: &str) -> Option<Date> {
    let year = part(digits, 0, 4).parse().ok()?;
    let month = part(digits, 4, 6).parse().ok()?;
    let day = part(digits, 6, 8).parse().ok()?;
    Date::new(year, month, day).ok()
}

/// A resident identity number (公民身份号码): division, birth date, serial with sex, check.
///
/// The division is that of the first registration and may have been retired since. Whether the
/// birth lies in the future is a question for whoever knows the date.
///
/// # Source
/// GB 11643-1999.
///
/// ```
/// let id: codes::ResidentId = "440113199003074516".parse()?;
/// assert_eq!(id.birth_date().to_string(), "1990-03-07");
/// assert_eq!(id.sex(), codes::Sex::Male);
/// # Ok::<(), codes::IdentifierError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId {
    inner: Gb11643,
    division: Division,
}

text_identifier!(ResidentId);

impl ResidentId {
    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.inner.as_str()
    }

    /// The division of the first registration.
    #[must_use]
    pub const fn division(&self) -> Division {
        self.division
    }

    /// The birth date (出生日期).
    #[must_use]
    pub const fn birth_date(&self) -> Date {
        self.inner.birth_date()
    }

    /// The sex: the 17th digit is odd for men.
    #[must_use]
    pub fn sex(&self) -> Sex {
        self.inner.sex()
    }
}

impl FromStr for ResidentId {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let inner =
            Gb11643::parse(text, Element::ResidentId, |six| match six.parse::<Division>() {
                Ok(division) if division.is_mainland() && division != Division::NATION => Ok(()),
                _ => Err(Why::Division),
            })?;
        let division = part(text, 0, 6).parse()?;
        Ok(Self { inner, division })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_five_people_verify() {
        let table = [
            ("440113199003074516", "1990-03-07", Sex::Male, "番禺区"),
            ("440305199211180322", "1992-11-18", Sex::Female, "南山区"),
            ("440106198506231423", "1985-06-23", Sex::Female, "天河区"),
            ("440115199709090035", "1997-09-09", Sex::Male, "南沙区"),
            ("430121199901150814", "1999-01-15", Sex::Male, "长沙县"),
        ];
        for (text, birth, sex, place) in table {
            let id: ResidentId = text.parse().unwrap();
            assert_eq!(id.birth_date().to_string(), birth, "{text}");
            assert_eq!(id.sex(), sex, "{text}");
            assert_eq!(id.division().name(), Some(place), "{text}");
        }
    }

    #[test]
    fn faults_are_named() {
        let element = Element::ResidentId;
        let table = [
            ("440113199003074515", IdentifierError::CheckDigit { element, expected: "6".into() }),
            ("11010519491231002x", field(element, Why::Character { at: 18 })),
            ("440113199002304516", field(element, Why::BirthDate)),
            ("440113099003074516", field(element, Why::BirthDate)),
            ("990113199903074516", field(element, Why::Division)),
            ("810000199003074516", field(element, Why::Division)),
            ("100000199903074516", field(element, Why::Division)),
            ("44011319900307451", field(element, Why::Length { found: 17 })),
            ("440113900307451", field(element, Why::Length { found: 15 })),
            ("4401131990030745１6", field(element, Why::Character { at: 17 })),
        ];
        for (text, error) in table {
            assert_eq!(text.parse::<ResidentId>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_found(serial in 0_u32..1000, days in 0_i64..60_000, at in 0_usize..17, by in 1_u32..10) {
            let birth = Date::constant(1850, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let first = format!("440115{}{serial:03}", birth.strftime("%Y%m%d"));
            let good = format!("{first}{}", mod_11_2(&first).unwrap());
            prop_assert_eq!(good.parse::<ResidentId>().unwrap().birth_date(), birth);
            let bad: String = good.chars().enumerate().map(|(i, c)| match c.to_digit(10) {
                Some(d) if i == at => char::from_digit((d + by) % 10, 10).unwrap(),
                _ => c,
            }).collect();
            prop_assert!(bad.parse::<ResidentId>().is_err());
        }
    }
}
