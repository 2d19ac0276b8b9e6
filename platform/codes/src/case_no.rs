//! The number of a case (办件编号): our own, safe to read out and to type.

use crate::check::mod_97_10;
use crate::error::{field, verify};
use crate::resident_id::date_of;
use crate::text::{first_misfit, fold_identifier, parsed_identifier, part};
use crate::{Date, Division, Element, IdentifierError, Why};
use std::fmt;
use std::str::FromStr;

/// The number of a case (办件编号), such as `440115-260212-000001-33`.
///
/// Division of the organ that took it in, day it was opened (`YYMMDD`, 2000 to 2099), serial of that
/// division and day, two check digits by ISO 7064 MOD 97-10 over the 18 digits before them. They find
/// every wrong digit and every swap of neighbours. Parsing folds full width, spaces and dashes, since
/// people copy the number from paper.
///
/// ```
/// let no: codes::CaseNo = "４４０１１５ 260212 000001 33".parse()?;
/// assert_eq!(no.to_string(), "440115-260212-000001-33");
/// # Ok::<(), codes::IdentifierError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseNo {
    division: Division,
    opened_on: Date,
    serial: u32,
}

parsed_identifier!(CaseNo);

impl CaseNo {
    /// The highest serial of a division and day.
    pub const SERIAL_MAX: u32 = 999_999;

    /// The number of the `serial`-th case of a division and day.
    ///
    /// # Errors
    /// `FIELD` where the serial is 0 or beyond [`Self::SERIAL_MAX`], or the year outside 2000 to 2099.
    pub fn new(division: Division, opened_on: Date, serial: u32) -> Result<Self, IdentifierError> {
        if serial == 0 || serial > Self::SERIAL_MAX {
            return Err(field(Element::CaseNo, Why::Unknown));
        }
        if !(2000..=2099).contains(&opened_on.year()) {
            return Err(field(Element::CaseNo, Why::Date));
        }
        Ok(Self { division, opened_on, serial })
    }

    /// The division of the organ that took the case in.
    #[must_use]
    pub const fn division(&self) -> Division {
        self.division
    }

    /// The day the case was opened.
    #[must_use]
    pub const fn opened_on(&self) -> Date {
        self.opened_on
    }

    /// The serial of its division and day, from one.
    #[must_use]
    pub const fn serial(&self) -> u32 {
        self.serial
    }

    /// The number without dashes, as it stands in addresses and file names.
    #[must_use]
    pub fn compact(&self) -> String {
        self.to_string().replace('-', "")
    }
}

impl fmt::Display for CaseNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.opened_on.strftime("%y%m%d");
        let digits = format!("{}{day}{:06}", self.division, self.serial);
        // INVARIANT: digits only, so the scheme always gives a check.
        let check = mod_97_10(&digits).unwrap_or_default();
        write!(f, "{}-{day}-{:06}-{check}", self.division, self.serial)
    }
}

impl FromStr for CaseNo {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let wrong = |why| field(Element::CaseNo, why);
        let digits = fold_identifier(text).replace('-', "");
        let length = digits.chars().count();
        if length != 20 {
            return Err(wrong(Why::Length { found: length }));
        }
        if let Some(at) = first_misfit(&digits, |_, c| c.is_ascii_digit()) {
            return Err(wrong(Why::Character { at }));
        }
        verify(Element::CaseNo, part(&digits, 18, 20), mod_97_10(part(&digits, 0, 18)))?;
        let division = part(&digits, 0, 6)
            .parse()
            .map_err(|_division: IdentifierError| wrong(Why::Division))?;
        let opened_on =
            date_of(&format!("20{}", part(&digits, 6, 12))).ok_or_else(|| wrong(Why::Date))?;
        let serial = part(&digits, 12, 18).parse().map_err(|_digits| wrong(Why::Unknown))?;
        Self::new(division, opened_on, serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn first() -> CaseNo {
        CaseNo::new("440115".parse().unwrap(), Date::constant(2026, 2, 12), 1).unwrap()
    }

    #[test]
    fn typed_numbers_are_understood() {
        let printed = first().to_string();
        assert_eq!(printed.len(), 23);
        let wide: String =
            printed.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
        let spaced = printed.replace('-', "  ");
        let dashed = printed.replace('-', "—");
        for typed in [&printed, &wide, &spaced, &dashed, &first().compact()] {
            assert_eq!(typed.parse(), Ok(first()), "{typed}");
        }
    }

    #[test]
    fn faults_are_named() {
        let division: Division = "440115".parse().unwrap();
        let table = [
            ("440115-260212-00001-37".to_owned(), Why::Length { found: 19 }),
            (
                format!("440115-260230-000001-{}", mod_97_10("440115260230000001").unwrap()),
                Why::Date,
            ),
            (
                format!("990115-260212-000001-{}", mod_97_10("990115260212000001").unwrap()),
                Why::Division,
            ),
            (
                format!("440115-260212-000000-{}", mod_97_10("440115260212000000").unwrap()),
                Why::Unknown,
            ),
            (format!("{}", first()).replace("000001", "00000A"), Why::Character { at: 18 }),
        ];
        for (text, why) in table {
            assert_eq!(text.parse::<CaseNo>(), Err(field(Element::CaseNo, why)), "{text}");
        }
        let on = Date::constant(2026, 2, 12);
        assert_eq!(CaseNo::new(division, on, 1_000_000), Err(field(Element::CaseNo, Why::Unknown)));
        assert_eq!(
            CaseNo::new(division, Date::constant(1999, 1, 1), 1),
            Err(field(Element::CaseNo, Why::Date))
        );
    }

    proptest! {
        #[test]
        fn one_wrong_digit_or_one_swap_is_always_found(serial in 1_u32..1_000_000, at in 0_usize..19, by in 1_u32..10) {
            let no = CaseNo::new("440115".parse().unwrap(), Date::constant(2026, 2, 12), serial).unwrap();
            let good = no.compact();
            prop_assert_eq!(good.parse::<CaseNo>(), Ok(no));
            let mut chars: Vec<char> = good.chars().collect();
            chars.swap(at, at + 1);
            let swapped: String = chars.iter().collect();
            if swapped != good {
                prop_assert!(swapped.parse::<CaseNo>().is_err());
            }
            let bad: String = good.chars().enumerate().map(|(i, c)| match c.to_digit(10) {
                Some(d) if i == at => char::from_digit((d + by) % 10, 10).unwrap(),
                _ => c,
            }).collect();
            prop_assert!(bad.parse::<CaseNo>().is_err());
        }
    }
}
