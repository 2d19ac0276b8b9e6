//! The pattern of a number: its parts, its check digits, writing and reading.

use crate::NumberError;
use codes::check;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// How the check digits of a number are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// One digit over all digits before it, ISO 7064 MOD 11,10: food licences, seal codes.
    Mod11_10,
    /// Two digits over all letters (as 10 to 35) and digits before them, ISO 7064 MOD 97-10: waybills.
    Mod97_10,
}

impl CheckKind {
    fn word(self) -> &'static str {
        match self {
            Self::Mod11_10 => "mod11_10",
            Self::Mod97_10 => "mod97_10",
        }
    }

    fn width(self) -> usize {
        match self {
            Self::Mod11_10 => 1,
            Self::Mod97_10 => 2,
        }
    }

    /// The check digits over what stands before them; separators do not count.
    #[must_use]
    pub fn over(self, text: &str) -> Option<String> {
        match self {
            Self::Mod11_10 => {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                check::mod_11_10(&digits).map(String::from)
            }
            Self::Mod97_10 => {
                let figures: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
                check::mod_97_10(&figures.to_ascii_uppercase())
            }
        }
    }
}

/// One part of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Characters that always stand there.
    Literal(String),
    /// The mark of the series, `{mark}`: no two series share one.
    Mark,
    /// The year of the day of issue, `{year}` or `{year:2}`.
    Year {
        /// Four digits or the last two.
        digits: usize,
    },
    /// The day of issue as `20260212`, `{date}`.
    Day,
    /// The serial within the counter, `{serial}` without leading zeros or `{serial:6}` with them.
    Serial {
        /// How many digits; `None` as many as it takes.
        digits: Option<usize>,
    },
    /// Check digits, `{check:mod11_10}`.
    Check(CheckKind),
    /// A named fact, `{organ}`, `{division}`, `{division:4}` (its first four characters), `{format:1}`.
    Fact {
        /// Its name.
        name: String,
        /// How many characters; `None` as many as stand there.
        width: Option<usize>,
    },
}

/// The pattern of a number (编号格式), such as `{mark}-{division}-{year}-{serial:6}` or `{organ}{mark}〔{year}〕{serial}号`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

impl Pattern {
    /// Its parts in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Pattern {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let wrong =
            |why: &'static str| NumberError::PatternUnreadable { pattern: text.to_owned(), why };
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, open)) = rest.split_once('{') {
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            let (word, after) =
                open.split_once('}').ok_or_else(|| wrong("a brace is not closed"))?;
            parts.push(part(word).ok_or_else(|| wrong("a part has no such name or width"))?);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        let serials = parts.iter().filter(|part| matches!(part, Part::Serial { .. })).count();
        if serials > 1 {
            return Err(wrong("the serial stands there twice"));
        }
        let open_ended = parts.windows(2).any(|pair| {
            matches!(
                pair,
                [
                    Part::Fact { width: None, .. },
                    Part::Fact { .. } | Part::Year { .. } | Part::Serial { .. } | Part::Day
                ] | [
                    Part::Serial { digits: None },
                    Part::Fact { .. } | Part::Year { .. } | Part::Check(_) | Part::Day
                ]
            )
        });
        if open_ended {
            return Err(wrong(
                "a part of any length is followed by another without anything between them",
            ));
        }
        Ok(Self { text: text.to_owned(), parts })
    }
}

fn part(word: &str) -> Option<Part> {
    let (name, argument) = match word.split_once(':') {
        Some((name, argument)) => (name, Some(argument)),
        None => (word, None),
    };
    let width = match argument {
        Some(argument) if name != "check" => {
            Some(argument.parse::<usize>().ok().filter(|w| (1..=20).contains(w))?)
        }
        _ => None,
    };
    Some(match (name, width) {
        ("mark", None) => Part::Mark,
        ("year", None | Some(4)) => Part::Year { digits: 4 },
        ("year", Some(2)) => Part::Year { digits: 2 },
        ("date", None) => Part::Day,
        ("serial", digits) => Part::Serial { digits },
        ("check", _) => Part::Check(
            [CheckKind::Mod11_10, CheckKind::Mod97_10]
                .into_iter()
                .find(|kind| Some(kind.word()) == argument)?,
        ),
        ("year" | "date" | "mark", _) | ("", _) => return None,
        (name, width) if name.chars().all(|c| c.is_ascii_lowercase() || c == '_') => {
            Part::Fact { name: name.to_owned(), width }
        }
        _ => return None,
    })
}

impl Part {
    /// How many characters it takes, where that is fixed; the mark's length is the series' to know.
    pub(crate) fn width(&self) -> Option<usize> {
        match self {
            Self::Literal(text) => Some(text.chars().count()),
            Self::Year { digits } => Some(*digits),
            Self::Day => Some(8),
            Self::Serial { digits } => *digits,
            Self::Check(kind) => Some(kind.width()),
            Self::Fact { width, .. } => *width,
            Self::Mark => None,
        }
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_agree_with_real_numbers() {
        for (body, check) in [
            ("JY2440115000218", "6"),
            ("JY1330108011171", "9"),
            ("JY1350104000670", "8"),
            ("JY-1441908-249224", "9"),
        ] {
            assert_eq!(CheckKind::Mod11_10.over(body).as_deref(), Some(check), "{body}");
        }
        assert_ne!(CheckKind::Mod11_10.over("JY1111308053366").as_deref(), Some("9"));
        assert_eq!(CheckKind::Mod97_10.over("CDKT2000000001").as_deref(), Some("66"));
    }

    #[test]
    fn a_pattern_that_cannot_be_read_back_is_refused() {
        for text in [
            "{mark",
            "{mark}{year:3}",
            "{serial}{serial}",
            "{organ}{year}",
            "{serial}{check:mod11_10}",
            "{check:luhn}",
            "{}",
        ] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
        for text in [
            "{organ}{mark}〔{year}〕{serial}号",
            "{mark}{format:1}{division}{serial:6}{check:mod11_10}",
        ] {
            // The second has an open fact before its serial, so it needs a width.
            assert_eq!(text.parse::<Pattern>().is_ok(), text.contains('〔'), "{text}");
        }
    }
}
