//! Numbers of customs cases (案件编号) and of the two papers of evidence that share a serial.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The number of a customs case (海关案件编号), such as `HG-5100-2024-0137`: office of four digits, year, serial.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CustomsCaseNo(String);

/// A text that is no number of a customs case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the number of a customs case, such as `HG-5100-2024-0137`")]
pub struct NotACaseNo(pub String);

impl CustomsCaseNo {
    /// The number as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code of the customs office (关区代码), four digits.
    #[must_use]
    pub fn office(&self) -> &str {
        self.0.split('-').nth(1).unwrap_or_default()
    }

    /// The year in which the case was filed.
    #[must_use]
    pub fn year(&self) -> i16 {
        self.0.split('-').nth(2).and_then(|year| year.parse().ok()).unwrap_or_default()
    }
}

impl fmt::Display for CustomsCaseNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CustomsCaseNo {
    type Err = NotACaseNo;

    fn from_str(text: &str) -> Result<Self, NotACaseNo> {
        let digits = |part: Option<&str>, least: usize, most: usize| {
            part.is_some_and(|part| {
                (least..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
            })
        };
        let mut parts = text.split('-');
        let sound = parts.next() == Some("HG")
            && digits(parts.next(), 4, 4)
            && digits(parts.next(), 4, 4)
            && digits(parts.next(), 4, 6)
            && parts.next().is_none();
        if sound { Ok(Self(text.to_owned())) } else { Err(NotACaseNo(text.to_owned())) }
    }
}

impl TryFrom<String> for CustomsCaseNo {
    type Error = NotACaseNo;

    fn try_from(text: String) -> Result<Self, NotACaseNo> {
        text.parse()
    }
}

impl From<CustomsCaseNo> for String {
    fn from(no: CustomsCaseNo) -> Self {
        no.0
    }
}

/// The number of the evidence package (证据包) that goes with a proof of electronic service: `ES-20240924-1` and
/// `EP-20240924-1` bear one serial. None for a text that is no number of such a proof.
#[must_use]
pub fn package_no(proof_no: &str) -> Option<String> {
    let (date, serial) = proof_no.strip_prefix("ES-")?.split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (date.len() == 8 && digits(date) && digits(serial)).then(|| format!("EP-{date}-{serial}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_number_tells_office_and_year() {
        let no: CustomsCaseNo = "HG-5100-2024-0137".parse().unwrap();
        assert_eq!(
            (no.office(), no.year(), no.to_string()),
            ("5100", 2024, "HG-5100-2024-0137".to_owned())
        );
        for wrong in [
            "",
            "HG-5100-2024",
            "HG-510-2024-0137",
            "HG-5100-24-0137",
            "HG-5100-2024-013",
            "hg-5100-2024-0137",
            "HG-5100-2024-0137-1",
            "HG-51００-2024-0137",
        ] {
            assert!(wrong.parse::<CustomsCaseNo>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn proof_and_package_bear_one_serial() {
        assert_eq!(package_no("ES-20240924-17").as_deref(), Some("EP-20240924-17"));
        for wrong in
            ["EP-20240924-17", "ES-2024-17", "ES-20240924", "ES-20240924-", "ES-20240924-1x"]
        {
            assert_eq!(package_no(wrong), None, "{wrong}");
        }
    }
}
