//! The commodity code (商品编码) of the customs tariff: ten digits, of which eight are the tariff line.

use crate::error::field;
use crate::text::{Ascii, first_misfit, part, text_identifier};
use crate::{Element, IdentifierError, Why};
use std::str::FromStr;

/// A commodity code (商品编码): ten digits without dots. Whether an edition of the tariff has it is for the register.
///
/// ```
/// let code: codes::HsCode = "8703801090".parse()?;
/// assert_eq!((code.line(), code.heading()), ("87038010", "8703"));
/// # Ok::<(), codes::IdentifierError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HsCode(Ascii<10>);

text_identifier!(HsCode);

impl HsCode {
    /// The ten digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The tariff line (税目), the first eight digits.
    #[must_use]
    pub fn line(&self) -> &str {
        part(self.as_str(), 0, 8)
    }

    /// The heading (品目), the first four digits.
    #[must_use]
    pub fn heading(&self) -> &str {
        part(self.as_str(), 0, 4)
    }

    /// The chapter (章), the first two digits.
    #[must_use]
    pub fn chapter(&self) -> &str {
        part(self.as_str(), 0, 2)
    }
}

impl FromStr for HsCode {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let length = text.chars().count();
        if length != 10 {
            return Err(field(Element::HsCode, Why::Length { found: length }));
        }
        if let Some(at) = first_misfit(text, |_, c| c.is_ascii_digit()) {
            return Err(field(Element::HsCode, Why::Character { at }));
        }
        // There is no chapter 00, and 77 is kept free (Harmonized System).
        if matches!(part(text, 0, 2), "00" | "77") {
            return Err(field(Element::HsCode, Why::Prefix));
        }
        Ascii::new(text).map(Self).ok_or_else(|| field(Element::HsCode, Why::Unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_digits_of_a_chapter_that_exists_are_a_code() {
        let code: HsCode = "8807300000".parse().unwrap();
        assert_eq!((code.chapter(), code.heading(), code.line()), ("88", "8807", "88073000"));
        let table = [
            ("88073000", field(Element::HsCode, Why::Length { found: 8 })),
            ("8807.30000", field(Element::HsCode, Why::Character { at: 5 })),
            ("8807３00000", field(Element::HsCode, Why::Character { at: 5 })),
            ("0007300000", field(Element::HsCode, Why::Prefix)),
            ("7707300000", field(Element::HsCode, Why::Prefix)),
        ];
        for (text, error) in table {
            assert_eq!(text.parse::<HsCode>(), Err(error), "{text}");
        }
    }
}
