//! The number of an export licence: year, organ, serial.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// The highest serial of an organ and year.
const SERIAL_MAX: u32 = 999_999;

/// The two characters of a licence organ (发证机构代码): digits or capitals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganCode([u8; 2]);

impl OrganCode {
    /// The code, if it is two digits or capitals.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bytes: [u8; 2] = text.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
            .then_some(Self(bytes))
    }
}

impl fmt::Display for OrganCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for OrganCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrganCode({self})")
    }
}

/// The number of an export licence (出口许可证号), such as `26-AC-000317`: year of validity, organ, serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExportLicenceNo {
    year: i16,
    organ: OrganCode,
    serial: u32,
}

/// A text that is no number of an export licence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the number of an export licence (YY-XX-NNNNNN)")]
pub struct NotAnExportLicenceNo(pub String);

impl ExportLicenceNo {
    /// The number of a year of this century, an organ and a serial from one; `None` beyond what can be printed.
    #[must_use]
    pub fn new(year: i16, organ: OrganCode, serial: u32) -> Option<Self> {
        ((2000..2100).contains(&year) && (1..=SERIAL_MAX).contains(&serial)).then_some(Self {
            year,
            organ,
            serial,
        })
    }

    /// The year, such as 2026.
    #[must_use]
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The organ that issued it.
    #[must_use]
    pub const fn organ(self) -> OrganCode {
        self.organ
    }

    /// The serial within organ and year.
    #[must_use]
    pub const fn serial(self) -> u32 {
        self.serial
    }
}

impl fmt::Display for ExportLicenceNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{}-{:06}", self.year.rem_euclid(100), self.organ, self.serial)
    }
}

impl FromStr for ExportLicenceNo {
    type Err = NotAnExportLicenceNo;

    fn from_str(text: &str) -> Result<Self, NotAnExportLicenceNo> {
        let wrong = || NotAnExportLicenceNo(text.to_owned());
        let mut parts = text.split('-');
        let (Some(year), Some(organ), Some(serial), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let digits =
            |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 2) || !digits(serial, 6) {
            return Err(wrong());
        }
        let year = year.parse::<i16>().map_err(|_digits| wrong())? + 2000;
        let organ = OrganCode::new(organ).ok_or_else(wrong)?;
        let serial = serial.parse().map_err(|_digits| wrong())?;
        Self::new(year, organ, serial).ok_or_else(wrong)
    }
}

impl Serialize for ExportLicenceNo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ExportLicenceNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_written() {
        for text in ["26-AC-000317", "26-19-999999", "00-ZZ-000001"] {
            let no: ExportLicenceNo = text.parse().unwrap();
            assert_eq!(no.to_string(), text);
        }
        let no: ExportLicenceNo = "26-AC-000317".parse().unwrap();
        assert_eq!((no.year(), no.organ().to_string().as_str(), no.serial()), (2026, "AC", 317));
    }

    #[test]
    fn other_shapes_are_no_numbers() {
        for text in [
            "26-AC-000000",
            "26-AC-00317",
            "26-ac-000317",
            "2026-AC-000317",
            "26-A-000317",
            "26-AC-000317-1",
            "26-AC-+00317",
            "26-中-000317",
            "",
        ] {
            assert_eq!(
                text.parse::<ExportLicenceNo>(),
                Err(NotAnExportLicenceNo(text.into())),
                "{text}"
            );
        }
        assert_eq!(ExportLicenceNo::new(2026, OrganCode::new("AC").unwrap(), 1_000_000), None);
    }
}
