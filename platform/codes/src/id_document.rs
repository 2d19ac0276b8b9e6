//! Identity documents (身份证件): their kinds and numbers.

use crate::error::field;
use crate::resident_id::Gb11643;
use crate::text::{first_misfit, part};
use crate::{Country, Date, Element, IdentifierError, Label, ResidentId, Sex, Why};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The kind of an identity document (证件类型).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdType {
    /// Resident identity card (居民身份证).
    ResidentId,
    /// Mainland travel permit of Hong Kong and Macao residents (港澳居民来往内地通行证).
    HkMoPermit,
    /// Mainland travel permit of Taiwan residents (台湾居民来往大陆通行证).
    TaiwanPermit,
    /// Passport (护照).
    Passport,
    /// Residence permit of Hong Kong, Macao and Taiwan residents (港澳台居民居住证).
    ResidencePermit,
    /// Foreign permanent resident identity card (外国人永久居留身份证).
    ForeignPermanent,
}

impl IdType {
    /// All kinds, in the order of forms.
    pub const ALL: [Self; 6] = [
        Self::ResidentId,
        Self::HkMoPermit,
        Self::TaiwanPermit,
        Self::Passport,
        Self::ResidencePermit,
        Self::ForeignPermanent,
    ];

    /// The code in data and forms, such as `resident_id`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.element().key()
    }

    /// The name in both languages.
    #[must_use]
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::ResidentId => ("居民身份证", "Resident identity card"),
            Self::HkMoPermit => (
                "港澳居民来往内地通行证",
                "Mainland travel permit of Hong Kong and Macao residents",
            ),
            Self::TaiwanPermit => {
                ("台湾居民来往大陆通行证", "Mainland travel permit of Taiwan residents")
            }
            Self::Passport => ("护照", "Passport"),
            Self::ResidencePermit => {
                ("港澳台居民居住证", "Residence permit of Hong Kong, Macao and Taiwan residents")
            }
            Self::ForeignPermanent => {
                ("外国人永久居留身份证", "Foreign permanent resident identity card")
            }
        };
        Label::new(zh, en)
    }

    /// The shape of a number of this kind as a regular expression, for input fields and rules. What
    /// a pattern cannot say (dates, check characters) [`IdNumber::parse`] checks.
    #[must_use]
    pub const fn pattern(self) -> &'static str {
        match self {
            Self::ResidentId => r"^[1-6]\d{16}[\dX]$",
            Self::HkMoPermit => r"^[HM]\d{8}(\d{2})?$",
            Self::TaiwanPermit => r"^\d{8}$",
            Self::Passport => r"^[A-Z0-9]{5,9}$",
            Self::ResidencePermit => r"^8[123]0000\d{11}[\dX]$",
            Self::ForeignPermanent => r"^([A-Z]{3}\d{12}|9\d{17})$",
        }
    }

    /// Whether sex, birth date and nationality are read from the number and never typed.
    #[must_use]
    pub const fn tells_the_person(self) -> bool {
        matches!(self, Self::ResidentId)
    }

    const fn element(self) -> Element {
        match self {
            Self::ResidentId => Element::ResidentId,
            Self::HkMoPermit => Element::HkMoPermit,
            Self::TaiwanPermit => Element::TaiwanPermit,
            Self::Passport => Element::Passport,
            Self::ResidencePermit => Element::ResidencePermit,
            Self::ForeignPermanent => Element::ForeignPermanent,
        }
    }
}

impl fmt::Display for IdType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for IdType {
    type Err = IdentifierError;

    /// Reads the code (`resident_id`) or the Chinese name (`居民身份证`).
    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.key() == text || kind.label().zh == text)
            .ok_or(field(Element::IdType, Why::Unknown))
    }
}

/// The number of an identity document (证件号码), checked by the rules of its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdNumber {
    kind: IdType,
    text: String,
    person: Option<(Date, Sex)>,
}

impl IdNumber {
    /// Parses the number of a document of the given kind.
    ///
    /// # Errors
    /// `CHECK_DIGIT` or `FIELD` as the kind demands.
    pub fn parse(kind: IdType, text: &str) -> Result<Self, IdentifierError> {
        let element = kind.element();
        let person = match kind {
            IdType::ResidentId => {
                let id: ResidentId = text.parse()?;
                Some((id.birth_date(), id.sex()))
            }
            IdType::ResidencePermit => {
                // Prefixes of the measure of 2018-09-01: 810000 Hong Kong, 820000 Macao, 830000 Taiwan.
                let id = Gb11643::parse(text, element, |six| match six {
                    "810000" | "820000" | "830000" => Ok(()),
                    _ => Err(Why::Prefix),
                })?;
                Some((id.birth_date(), id.sex()))
            }
            IdType::HkMoPermit => {
                lengths(element, text, &[9, 11])?;
                shape(element, text, |i, c| {
                    if i == 0 { matches!(c, 'H' | 'M') } else { c.is_ascii_digit() }
                })?;
                None
            }
            IdType::TaiwanPermit => {
                lengths(element, text, &[8])?;
                shape(element, text, |_, c| c.is_ascii_digit())?;
                None
            }
            IdType::Passport => {
                lengths(element, text, &[5, 6, 7, 8, 9])?;
                shape(element, text, |_, c| c.is_ascii_uppercase() || c.is_ascii_digit())?;
                None
            }
            IdType::ForeignPermanent => {
                lengths(element, text, &[15, 18])?;
                let old = text.chars().count() == 15;
                shape(element, text, |i, c| match (old, i) {
                    (true, 0..3) => c.is_ascii_uppercase(),
                    (false, 0) => c == '9',
                    _ => c.is_ascii_digit(),
                })?;
                None
            }
        };
        Ok(Self { kind, text: text.to_owned(), person })
    }

    /// The kind of the document.
    #[must_use]
    pub const fn kind(&self) -> IdType {
        self.kind
    }

    /// The number as it stands on the document.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The birth date, where the number tells it.
    #[must_use]
    pub fn birth_date(&self) -> Option<Date> {
        self.person.map(|(birth, _)| birth)
    }

    /// The sex, where the number tells it.
    #[must_use]
    pub fn sex(&self) -> Option<Sex> {
        self.person.map(|(_, sex)| sex)
    }

    /// The nationality, where the kind of document settles it.
    #[must_use]
    pub fn nationality(&self) -> Option<Country> {
        match self.kind {
            IdType::ResidentId => Some(Country::CHN),
            IdType::ResidencePermit => match part(&self.text, 0, 2) {
                "81" => "HKG".parse().ok(),
                "82" => "MAC".parse().ok(),
                _ => "TWN".parse().ok(),
            },
            _ => None,
        }
    }

    /// The number with its middle hidden: two characters stay in front and two behind (`44**************16`).
    #[must_use]
    pub fn masked(&self) -> String {
        let length = self.text.len();
        self.text
            .chars()
            .enumerate()
            .map(|(i, c)| if i < 2 || i + 2 >= length { c } else { '*' })
            .collect()
    }
}

impl fmt::Display for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn lengths(element: Element, text: &str, allowed: &[usize]) -> Result<(), IdentifierError> {
    let found = text.chars().count();
    if allowed.contains(&found) { Ok(()) } else { Err(field(element, Why::Length { found })) }
}

fn shape(
    element: Element,
    text: &str,
    fits: impl Fn(usize, char) -> bool,
) -> Result<(), IdentifierError> {
    match first_misfit(text, fits) {
        Some(at) => Err(field(element, Why::Character { at })),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::mod_11_2;

    #[test]
    fn numbers_of_every_kind() {
        let permit = format!("83000019900101001{}", mod_11_2("83000019900101001").unwrap());
        let table = [
            (IdType::ResidentId, "440113199003074516", true),
            (IdType::ResidentId, permit.as_str(), false),
            (IdType::ResidencePermit, permit.as_str(), true),
            (IdType::ResidencePermit, "440113199003074516", false),
            (IdType::HkMoPermit, "H12345678", true),
            (IdType::HkMoPermit, "M1234567801", true),
            (IdType::HkMoPermit, "H1234567", false),
            (IdType::HkMoPermit, "H123456789", false),
            (IdType::HkMoPermit, "T12345678", false),
            (IdType::TaiwanPermit, "12345678", true),
            (IdType::TaiwanPermit, "1234567", false),
            (IdType::TaiwanPermit, "1234567A", false),
            (IdType::Passport, "E12345678", true),
            (IdType::Passport, "AB12", false),
            (IdType::Passport, "E1234567890", false),
            (IdType::Passport, "e12345678", false),
            (IdType::ForeignPermanent, "USA110177092401", true),
            (IdType::ForeignPermanent, "911840198501011234", true),
            (IdType::ForeignPermanent, "811840198501011234", false),
            (IdType::ForeignPermanent, "US1110177092401", false),
        ];
        for (kind, text, valid) in table {
            assert_eq!(IdNumber::parse(kind, text).is_ok(), valid, "{kind} {text}");
        }
    }

    #[test]
    fn a_residence_permit_tells_birth_sex_and_home() {
        let text = format!("81000019921118032{}", mod_11_2("81000019921118032").unwrap());
        let id = IdNumber::parse(IdType::ResidencePermit, &text).unwrap();
        assert_eq!(id.birth_date(), Some(Date::constant(1992, 11, 18)));
        assert_eq!(id.sex(), Some(Sex::Female));
        assert_eq!(id.nationality().map(|country| country.name(crate::Lang::Zh)), Some("中国香港"));
    }

    #[test]
    fn kinds_are_read_by_code_and_by_name() {
        for kind in IdType::ALL {
            assert_eq!(kind.key().parse(), Ok(kind));
            assert_eq!(kind.label().zh.parse(), Ok(kind));
            assert!(kind.pattern().starts_with('^') && kind.pattern().ends_with('$'));
        }
        assert_eq!("军官证".parse::<IdType>(), Err(field(Element::IdType, Why::Unknown)));
    }

    #[test]
    fn masks_keep_both_ends() {
        let id = IdNumber::parse(IdType::ResidentId, "440113199003074516").unwrap();
        assert_eq!(id.masked(), "44**************16");
    }
}
