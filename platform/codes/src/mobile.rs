//! Mobile numbers (移动电话): eleven digits on the mainland, else `+` and country code.

use crate::error::field;
use crate::text::{first_misfit, fold_identifier, text_identifier};
use crate::{Element, IdentifierError, Why};
use std::str::FromStr;

/// A mobile number (移动电话) in its canonical form: 11 digits for the mainland, else `+` and 8 to 15 digits.
///
/// Parsing folds full width, spaces, dashes and brackets, and the prefixes `+86`, `0086` and `00`.
///
/// # Source
/// ITU-T E.164; numbering of mainland mobiles `1[3-9]…`.
///
/// ```
/// let mobile: codes::Mobile = "+86 138-0013-8000".parse()?;
/// assert_eq!(mobile.as_str(), "13800138000");
/// assert_eq!(mobile.e164(), "+8613800138000");
/// # Ok::<(), codes::IdentifierError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mobile(String);

text_identifier!(Mobile);

impl Mobile {
    /// The canonical form, as stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a number of the mainland.
    #[must_use]
    pub fn is_mainland(&self) -> bool {
        !self.0.starts_with('+')
    }

    /// The number with country code, as channels want it.
    #[must_use]
    pub fn e164(&self) -> String {
        if self.is_mainland() { format!("+86{}", self.0) } else { self.0.clone() }
    }

    /// The number with its middle hidden, such as `138****8000`.
    #[must_use]
    pub fn masked(&self) -> String {
        let length = self.0.len();
        self.0
            .chars()
            .enumerate()
            .map(|(i, c)| if (3..length - 4).contains(&i) { '*' } else { c })
            .collect()
    }
}

impl FromStr for Mobile {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let wrong = |why| field(Element::Mobile, why);
        let folded: String =
            fold_identifier(text).chars().filter(|c| !matches!(c, '-' | '(' | ')')).collect();
        let (international, digits) = match folded.strip_prefix('+').or(folded.strip_prefix("00")) {
            Some(rest) => (true, rest),
            None => (false, folded.as_str()),
        };
        if let Some(at) = first_misfit(digits, |_, c| c.is_ascii_digit()) {
            return Err(wrong(Why::Character { at }));
        }
        let national = if international { digits.strip_prefix("86") } else { Some(digits) };
        match national {
            Some(own) => {
                if own.len() != 11 {
                    return Err(wrong(Why::Length { found: own.len() }));
                }
                let mut head = own.chars();
                if head.next() != Some('1') || !matches!(head.next(), Some('3'..='9')) {
                    return Err(wrong(Why::Prefix));
                }
                Ok(Self(own.to_owned()))
            }
            None if digits.starts_with('0') => Err(wrong(Why::Prefix)),
            None if !(8..=15).contains(&digits.len()) => {
                Err(wrong(Why::Length { found: digits.len() }))
            }
            None => Ok(Self(format!("+{digits}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_numbers_become_canonical() {
        let table = [
            ("13800138000", "13800138000", "+8613800138000"),
            ("138 0013 8000", "13800138000", "+8613800138000"),
            ("１３８００１３８０００", "13800138000", "+8613800138000"),
            ("+86-138-0013-8000", "13800138000", "+8613800138000"),
            ("0086 13800138000", "13800138000", "+8613800138000"),
            ("+852 9123 4567", "+85291234567", "+85291234567"),
            ("00852（9123）4567", "+85291234567", "+85291234567"),
            ("+1 (415) 555-2671", "+14155552671", "+14155552671"),
        ];
        for (typed, stored, e164) in table {
            let mobile: Mobile = typed.parse().unwrap();
            assert_eq!((mobile.as_str(), mobile.e164().as_str()), (stored, e164), "{typed}");
            assert_eq!(stored.parse(), Ok(mobile), "the canonical form is a fixed point");
        }
    }

    #[test]
    fn faults_are_named() {
        let table = [
            ("12800138000", Why::Prefix),
            ("1380013800", Why::Length { found: 10 }),
            ("91234567", Why::Length { found: 8 }),
            ("+861380013800", Why::Length { found: 10 }),
            ("+8521234", Why::Length { found: 7 }),
            ("+1234567890123456", Why::Length { found: 16 }),
            ("+0123456789", Why::Prefix),
            ("1380013800x", Why::Character { at: 11 }),
            ("", Why::Length { found: 0 }),
        ];
        for (text, why) in table {
            assert_eq!(text.parse::<Mobile>(), Err(field(Element::Mobile, why)), "{text}");
        }
    }

    #[test]
    fn masks_keep_both_ends() {
        assert_eq!("13800138000".parse::<Mobile>().unwrap().masked(), "138****8000");
    }
}
