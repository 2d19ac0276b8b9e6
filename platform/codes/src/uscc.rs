//! The unified social credit code (统一社会信用代码) of GB 32100.

use crate::check::{gb11714_check, gb32100_check, gb32100_value};
use crate::error::{field, verify};
use crate::text::{Ascii, first_misfit, part, text_identifier};
use crate::{Division, Element, IdentifierError, Why};
use std::str::FromStr;

/// A unified social credit code (统一社会信用代码): 18 characters, both checks passed.
///
/// Department, kind, division (6), body (9, an organisation code with its own check), check.
///
/// # Source
/// GB 32100-2015; the body GB 11714-1997.
///
/// ```
/// let uscc: codes::Uscc = "91440115MAD2K7Q49J".parse()?;
/// assert_eq!(uscc.division().name(), Some("南沙区"));
/// assert!("91440115MAD2K7Q49K".parse::<codes::Uscc>().is_err());
/// # Ok::<(), codes::IdentifierError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc {
    text: Ascii<18>,
    division: Division,
}

text_identifier!(Uscc);

impl Uscc {
    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The registering department (登记管理部门): `9` for market supervision.
    #[must_use]
    pub fn department(&self) -> char {
        self.as_str().chars().next().unwrap_or('0')
    }

    /// The kind of body within the department: under `9`, `1` enterprise, `2` individual business.
    #[must_use]
    pub fn kind(&self) -> char {
        self.as_str().chars().nth(1).unwrap_or('0')
    }

    /// The division of the registration organ; it may have been retired since.
    #[must_use]
    pub const fn division(&self) -> Division {
        self.division
    }

    /// The nine characters of the body (主体标识码).
    #[must_use]
    pub fn body(&self) -> &str {
        part(self.as_str(), 8, 17)
    }

    /// Makes the code of a new body: completes both checks.
    ///
    /// `department` and `kind` as in [`Self::department`] and [`Self::kind`]; `body8` is the body
    /// without its check.
    ///
    /// # Errors
    /// `FIELD` where a part is not made of the characters of the standard.
    pub fn assemble(
        department: char,
        kind: char,
        division: Division,
        body8: &str,
    ) -> Result<Self, IdentifierError> {
        let unknown = || field(Element::Uscc, Why::Unknown);
        let body_check = gb11714_check(body8).ok_or_else(unknown)?;
        let first17 = format!("{department}{kind}{division}{body8}{body_check}");
        let check = gb32100_check(&first17).ok_or_else(unknown)?;
        format!("{first17}{check}").parse()
    }
}

impl FromStr for Uscc {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let wrong = |why| field(Element::Uscc, why);
        let length = text.chars().count();
        if length != 18 {
            return Err(wrong(Why::Length { found: length }));
        }
        let misfit = first_misfit(text, |i, c| match i {
            2..8 => c.is_ascii_digit(),
            _ => gb32100_value(c).is_some(),
        });
        if let Some(at) = misfit {
            return Err(wrong(Why::Character { at }));
        }
        let division =
            part(text, 2, 8).parse().map_err(|_division: IdentifierError| wrong(Why::Division))?;
        let body_check = gb11714_check(part(text, 8, 16)).map(String::from);
        let check = gb32100_check(part(text, 0, 17)).map(String::from);
        // The outer check first: a slip anywhere shows there, and its message names the whole code.
        verify(Element::Uscc, part(text, 17, 18), check)?;
        verify(Element::OrganisationCode, part(text, 16, 17), body_check)?;
        let text = Ascii::new(text).ok_or_else(|| wrong(Why::Unknown))?;
        Ok(Self { text, division })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_real_shape_verifies_and_shows_its_parts() {
        let uscc: Uscc = "91440115MAD2K7Q49J".parse().unwrap();
        assert_eq!((uscc.department(), uscc.kind()), ('9', '1'));
        assert_eq!(uscc.division().to_string(), "440115");
        assert_eq!(uscc.body(), "MAD2K7Q49");
        assert_eq!(uscc.to_string(), "91440115MAD2K7Q49J");
        assert!("91100000100003962T".parse::<Uscc>().is_ok(), "registered with the nation's organ");
    }

    #[test]
    fn faults_are_named() {
        let table = [
            (
                "91440115MAD2K7Q49K",
                IdentifierError::CheckDigit { element: Element::Uscc, expected: "J".into() },
            ),
            ("91440115MAD2K7Q49", field(Element::Uscc, Why::Length { found: 17 })),
            ("91440115MAD2K7Q49JJ", field(Element::Uscc, Why::Length { found: 19 })),
            ("91440115MAD2K7Q49j", field(Element::Uscc, Why::Character { at: 18 })),
            ("9144O115MAD2K7Q49J", field(Element::Uscc, Why::Character { at: 5 })),
            ("91440115MAI2K7Q49J", field(Element::Uscc, Why::Character { at: 11 })),
            ("91990115MAD2K7Q49J", field(Element::Uscc, Why::Division)),
            ("９1440115MAD2K7Q49J", field(Element::Uscc, Why::Character { at: 1 })),
            ("", field(Element::Uscc, Why::Length { found: 0 })),
        ];
        for (text, error) in table {
            assert_eq!(text.parse::<Uscc>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_wrong_body_under_a_right_outer_check_is_found() {
        let first17 = "91440115MAD2K7Q48";
        let text = format!("{first17}{}", gb32100_check(first17).unwrap());
        assert_eq!(
            text.parse::<Uscc>(),
            Err(IdentifierError::CheckDigit {
                element: Element::OrganisationCode,
                expected: "9".into()
            })
        );
    }

    proptest! {
        #[test]
        fn assembled_codes_verify_and_one_changed_character_never_does(
            body in "[0-9A-HJ-NPQRTUWXY]{8}", at in 0_usize..18, other in "[0-9A-HJ-NPQRTUWXY]"
        ) {
            let uscc = Uscc::assemble('9', '1', "440115".parse().unwrap(), &body).unwrap();
            let other = other.chars().next().unwrap();
            let bad: String = uscc.as_str().chars().enumerate()
                .map(|(i, c)| if i == at { other } else { c }).collect();
            prop_assume!(bad != uscc.as_str());
            prop_assert!(bad.parse::<Uscc>().is_err());
        }
    }
}
