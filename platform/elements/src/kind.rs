//! Types of elements in the notation of the specs: `C list`, `T 100`, `D`, `M`, `N 8,2`, `B`, `S list`, `L list`, `X shape`.

use crate::key::Key;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// The type (类型) of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One code of a list (代码), written `C list`.
    Code(Key),
    /// A text (文本), written `T 100` with the most characters it may have.
    Text {
        /// The most characters.
        max: u32,
    },
    /// A date (日期), written `D`, or `D open` where 长期 is an answer too.
    Date {
        /// Whether 长期 (no end) is an answer.
        open: bool,
    },
    /// A month (年月) as `YYYY-MM`, written `Y`.
    Month,
    /// A wall-clock time (时间) as `YYYY-MM-DDThh:mm`, written `H`.
    Time,
    /// Money (金额) in fen, written `M`.
    Money,
    /// A number (数), written `N digits` or `N digits,scale`.
    Number {
        /// All digits together.
        digits: u32,
        /// The digits after the point.
        scale: u32,
    },
    /// Yes or no (是否), written `B`.
    Bool,
    /// A set of codes (代码集), written `S list`.
    Set(Key),
    /// An ordered list of codes (代码表), written `L list`.
    List(Key),
    /// A composite (复合), written `X shape`.
    Composite(Shape),
}

/// The shape of a composite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `{division, detail}` (地址).
    Address,
    /// `{years}` or 长期 (期限).
    Term,
}

/// How a text is written, beyond its length; identifiers are folded to half width and upper case before they are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// As typed.
    #[default]
    Plain,
    /// Digits and letters, folded: a postcode, a telephone number, a number of a document.
    Identifier,
    /// A unified social credit code (统一社会信用代码) with its check digits.
    Uscc,
    /// The number of an identity document (证件号码): its rule follows from the card's `id_type`.
    IdNumber,
    /// A division (区划) of GB/T 2260 by six digits.
    Division,
    /// An industry (行业) of GB/T 4754: the section's letter, with or without digits after it.
    Industry,
    /// An address on the web, `https://…`.
    Url,
    /// An e-mail address (RFC 5321).
    Email,
}

/// A text that is no type of an element.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no type: write `C list`, `T 100`, `D`, `D open`, `Y`, `H`, `M`, `N 8,2`, `B`, `S list`, `L list`, `X address` or `X term`"
)]
pub struct NotAKind(String);

impl FromStr for Kind {
    type Err = NotAKind;

    fn from_str(text: &str) -> Result<Self, NotAKind> {
        let fault = || NotAKind(text.to_owned());
        let list = |name: &str| name.parse::<Key>().map_err(|_key| fault());
        let number = |digits: &str| digits.trim().parse::<u32>().map_err(|_digits| fault());
        let (letter, rest) = text.split_once(' ').unwrap_or((text, ""));
        match (letter, rest.trim()) {
            ("C", name) => Ok(Self::Code(list(name)?)),
            ("S", name) => Ok(Self::Set(list(name)?)),
            ("L", name) => Ok(Self::List(list(name)?)),
            ("T", max) => Ok(Self::Text { max: number(max)? }),
            ("D", "") => Ok(Self::Date { open: false }),
            ("D", "open") => Ok(Self::Date { open: true }),
            ("Y", "") => Ok(Self::Month),
            ("H", "") => Ok(Self::Time),
            ("M", "") => Ok(Self::Money),
            ("B", "") => Ok(Self::Bool),
            ("X", "address") => Ok(Self::Composite(Shape::Address)),
            ("X", "term") => Ok(Self::Composite(Shape::Term)),
            ("N", size) => {
                let (digits, scale) = size.split_once(',').unwrap_or((size, "0"));
                let (digits, scale) = (number(digits)?, number(scale)?);
                // 18 digits always fit an `i64`, so that a number without decimals is never out of its range.
                let fits = (1..=18).contains(&digits) && scale < digits;
                if fits { Ok(Self::Number { digits, scale }) } else { Err(fault()) }
            }
            _ => Err(fault()),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(list) => write!(f, "C {list}"),
            Self::Text { max } => write!(f, "T {max}"),
            Self::Date { open: false } => f.write_str("D"),
            Self::Date { open: true } => f.write_str("D open"),
            Self::Month => f.write_str("Y"),
            Self::Time => f.write_str("H"),
            Self::Money => f.write_str("M"),
            Self::Number { digits, scale: 0 } => write!(f, "N {digits}"),
            Self::Number { digits, scale } => write!(f, "N {digits},{scale}"),
            Self::Bool => f.write_str("B"),
            Self::Set(list) => write!(f, "S {list}"),
            Self::List(list) => write!(f, "L {list}"),
            Self::Composite(Shape::Address) => f.write_str("X address"),
            Self::Composite(Shape::Term) => f.write_str("X term"),
        }
    }
}

impl Kind {
    /// The code list it draws from, where it does.
    #[must_use]
    pub fn list(&self) -> Option<&Key> {
        match self {
            Self::Code(list) | Self::Set(list) | Self::List(list) => Some(list),
            _ => None,
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_prints_as_it_was_written() {
        for text in [
            "C sex",
            "T 100",
            "D",
            "D open",
            "Y",
            "H",
            "M",
            "N 8,2",
            "N 4",
            "B",
            "S seal_kind",
            "L scope_item",
            "X address",
            "X term",
        ] {
            assert_eq!(text.parse::<Kind>().unwrap().to_string(), text);
        }
        for text in ["", "C", "T", "T x", "D closed", "N 0", "N 2,2", "N 19", "Z", "X box", "M 2"] {
            assert!(text.parse::<Kind>().is_err(), "{text}");
        }
    }
}
