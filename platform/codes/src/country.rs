//! Countries and areas (国家和地区) by the three letters of ISO 3166-1.

use crate::error::field;
use crate::text::{Ascii, first_misfit, text_identifier};
use crate::{Element, IdentifierError, Lang, Why};
use std::str::FromStr;
use std::sync::LazyLock;

/// A country or area (国家或地区), ISO 3166-1 alpha-3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(Ascii<3>);

text_identifier!(Country);

/// Code, Chinese name, English name, ordered by code.
static ROWS: LazyLock<Vec<(Country, &'static str, &'static str)>> = LazyLock::new(|| {
    let mut rows: Vec<_> = include_str!("../data/countries.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut cells = line.split('|');
            Some((Country(Ascii::new(cells.next()?)?), cells.next()?, cells.next()?))
        })
        .collect();
    rows.sort_by_key(|(country, _, _)| *country);
    rows
});

impl Country {
    /// China (中国).
    pub const CHN: Self = Self(Ascii::constant(*b"CHN"));

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The short name in one language.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        // INVARIANT: `from_str` admits members of the list only, so the fallback is never taken.
        match (self.row(), lang) {
            (Some((_, zh, _)), Lang::Zh) => zh,
            (Some((_, _, en)), Lang::En) => en,
            (None, _) => "",
        }
    }

    /// All countries and areas, in order of code.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|(country, _, _)| *country)
    }

    fn row(self) -> Option<&'static (Self, &'static str, &'static str)> {
        let at = ROWS.binary_search_by_key(&self, |(country, _, _)| *country).ok()?;
        ROWS.get(at)
    }
}

impl FromStr for Country {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let wrong = |why| field(Element::Country, why);
        let length = text.chars().count();
        if length != 3 {
            return Err(wrong(Why::Length { found: length }));
        }
        if let Some(at) = first_misfit(text, |_, c| c.is_ascii_uppercase()) {
            return Err(wrong(Why::Character { at }));
        }
        Ascii::new(text)
            .map(Self)
            .filter(|country| country.row().is_some())
            .ok_or_else(|| wrong(Why::Unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_named_in_both_languages() {
        let lines =
            include_str!("../data/countries.txt").lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!((ROWS.len(), lines), (249, 249));
        assert!(ROWS.is_sorted_by(|a, b| a.0 < b.0), "a code stands twice");
        for (country, zh, en) in ROWS.iter() {
            assert!(!zh.is_ascii() && !en.is_empty(), "{country}");
            assert_eq!(country.as_str().parse(), Ok(*country));
        }
        assert_eq!(Country::CHN.name(Lang::Zh), "中国");
        assert_eq!("DEU".parse::<Country>().unwrap().name(Lang::En), "Germany");
    }

    #[test]
    fn faults_are_named() {
        let table = [
            ("CN", Why::Length { found: 2 }),
            ("chn", Why::Character { at: 1 }),
            ("XXX", Why::Unknown),
            ("XKK", Why::Unknown),
        ];
        for (text, why) in table {
            assert_eq!(text.parse::<Country>(), Err(field(Element::Country, why)), "{text}");
        }
    }
}
