//! Divisions (行政区划) of GB/T 2260: six digits, with the names of the mainland down to the county.

use crate::error::field;
use crate::text::{first_misfit, parsed_identifier};
use crate::{Element, IdentifierError, Why};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

/// Prefixes of the provinces and of what ranks with them.
const PROVINCES: [u32; 34] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 71, 81, 82,
];

/// Names of prefectures that only hold the place between a province and its counties.
const PLACEHOLDERS: [&str; 4] = ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"];

/// A division (行政区划) by its six digits: province 2, prefecture 2, county 2.
///
/// Any code under a known province is accepted, since identity numbers and old licences carry codes
/// that were retired long ago; [`Self::is_current`] tells whether it stands in the list today.
///
/// # Source
/// GB/T 2260; `data/divisions.csv` names where the list comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Division(u32);

parsed_identifier!(Division);

/// How high a division stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DivisionLevel {
    /// The whole country (全国).
    Nation,
    /// Province, autonomous region, municipality, special administrative region (省级).
    Province,
    /// Prefecture (地级).
    Prefecture,
    /// County, district, county-level city (县级).
    County,
}

/// One row of the list.
struct Row {
    code: u32,
    name: &'static str,
    retired: bool,
}

/// The list, ordered by code.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut rows: Vec<Row> = include_str!("../data/divisions.csv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut cells = line.split(',');
            let code = cells.next()?.parse().ok()?;
            let name = cells.next()?;
            Some(Row { code, name, retired: cells.next() == Some("r") })
        })
        .collect();
    rows.sort_by_key(|row| row.code);
    rows
});

impl Division {
    /// The whole country (全国): `100000`, as in the codes of bodies registered with the nation's organs.
    pub const NATION: Self = Self(100_000);

    /// The six digits as a number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// How high the division stands.
    #[must_use]
    pub const fn level(self) -> DivisionLevel {
        if self.0 == Self::NATION.0 {
            DivisionLevel::Nation
        } else if self.0.is_multiple_of(10_000) {
            DivisionLevel::Province
        } else if self.0.is_multiple_of(100) {
            DivisionLevel::Prefecture
        } else {
            DivisionLevel::County
        }
    }

    /// The division one level up; none above the nation.
    #[must_use]
    pub const fn parent(self) -> Option<Self> {
        match self.level() {
            DivisionLevel::Nation => None,
            DivisionLevel::Province => Some(Self::NATION),
            DivisionLevel::Prefecture => self.province(),
            DivisionLevel::County => self.prefecture(),
        }
    }

    /// The province it lies in or is.
    #[must_use]
    pub const fn province(self) -> Option<Self> {
        match self.level() {
            DivisionLevel::Nation => None,
            _ => Some(Self(self.0 - self.0 % 10_000)),
        }
    }

    /// The prefecture it lies in or is; none for a province.
    #[must_use]
    pub const fn prefecture(self) -> Option<Self> {
        match self.level() {
            DivisionLevel::Nation | DivisionLevel::Province => None,
            DivisionLevel::Prefecture | DivisionLevel::County => Some(Self(self.0 - self.0 % 100)),
        }
    }

    /// Whether it is `other` or lies in it.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        match other.level() {
            DivisionLevel::Nation => true,
            DivisionLevel::Province => self.province() == Some(other),
            DivisionLevel::Prefecture => self.prefecture() == Some(other),
            DivisionLevel::County => self == other,
        }
    }

    /// The Chinese name of the division alone (`南沙区`), if the list knows the code, retired or not.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self.level() {
            DivisionLevel::Nation => Some("全国"),
            _ => self.row().map(|row| row.name),
        }
    }

    /// The Chinese name with the higher divisions before it (`广东省广州市南沙区`).
    #[must_use]
    pub fn full_name(self) -> Option<String> {
        let own = self.name()?;
        let above = match self.parent() {
            None | Some(Self::NATION) => String::new(),
            Some(parent) => parent.full_name().unwrap_or_default(),
        };
        let shown = !(self.level() == DivisionLevel::Prefecture && PLACEHOLDERS.contains(&own));
        Some(if shown { above + own } else { above })
    }

    /// Whether the code stands in the list and is in force.
    #[must_use]
    pub fn is_current(self) -> bool {
        self == Self::NATION || self.row().is_some_and(|row| !row.retired)
    }

    /// Whether it lies on the mainland: not in Hong Kong, Macao or Taiwan.
    #[must_use]
    pub const fn is_mainland(self) -> bool {
        self.0 < 710_000
    }

    /// The divisions in force, in order of code.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().filter(|row| !row.retired).map(|row| Self(row.code))
    }

    /// The divisions in force one level below, in order of code.
    pub fn children(self) -> impl Iterator<Item = Self> {
        Self::all().filter(move |division| division.parent() == Some(self))
    }

    fn row(self) -> Option<&'static Row> {
        let at = ROWS.binary_search_by_key(&self.0, |row| row.code).ok()?;
        ROWS.get(at)
    }
}

impl fmt::Display for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl FromStr for Division {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let wrong = |why| field(Element::Division, why);
        let length = text.chars().count();
        if length != 6 {
            return Err(wrong(Why::Length { found: length }));
        }
        if let Some(at) = first_misfit(text, |_, c| c.is_ascii_digit()) {
            return Err(wrong(Why::Character { at }));
        }
        let number: u32 = text.parse().map_err(|_digits| wrong(Why::Unknown))?;
        let county_without_prefecture =
            !number.is_multiple_of(100) && (number / 100).is_multiple_of(100) && number < 710_000;
        let known = number == Self::NATION.0 || PROVINCES.contains(&(number / 10_000));
        if !known || county_without_prefecture {
            return Err(wrong(Why::Division));
        }
        Ok(Self(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Division {
        text.parse().unwrap()
    }

    #[test]
    fn names_and_places() {
        let table = [
            ("440115", "南沙区", "广东省广州市南沙区"),
            ("440305", "南山区", "广东省深圳市南山区"),
            ("110101", "东城区", "北京市东城区"),
            ("500230", "丰都县", "重庆市丰都县"),
            ("429004", "仙桃市", "湖北省仙桃市"),
            ("441900", "东莞市", "广东省东莞市"),
            ("330103", "下城区", "浙江省杭州市下城区"),
            ("100000", "全国", "全国"),
        ];
        for (code, name, full) in table {
            assert_eq!(d(code).name(), Some(name), "{code}");
            assert_eq!(d(code).full_name().as_deref(), Some(full), "{code}");
        }
        assert_eq!(
            d("441908").name(),
            None,
            "a town of Dongguan is in licence numbers, not in the list"
        );
    }

    #[test]
    fn what_lies_in_what() {
        let nansha = d("440115");
        assert_eq!(nansha.parent(), Some(d("440100")));
        assert_eq!(nansha.province(), Some(d("440000")));
        assert_eq!(d("440100").parent(), Some(d("440000")));
        assert_eq!(d("440000").parent(), Some(Division::NATION));
        assert_eq!(Division::NATION.parent(), None);
        for wide in ["440115", "440100", "440000", "100000"] {
            assert!(nansha.is_within(d(wide)), "{wide}");
        }
        for other in ["440116", "440300", "450000"] {
            assert!(!nansha.is_within(d(other)), "{other}");
        }
        assert!(!d("440000").is_within(d("440100")));
        assert_eq!(d("440000").children().count(), 21, "the cities of Guangdong");
    }

    #[test]
    fn retired_codes_are_known_but_not_current() {
        assert!(d("440115").is_current());
        assert!(!d("330103").is_current());
        assert!(!Division::all().any(|division| division == d("330103")));
        assert!(!d("810000").is_mainland());
    }

    #[test]
    fn every_row_of_the_list_parses_and_has_its_parents() {
        let lines =
            include_str!("../data/divisions.csv").lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(ROWS.len(), lines, "a line of the list does not parse");
        assert_eq!(ROWS.iter().filter(|row| row.code % 10_000 == 0).count(), PROVINCES.len());
        for row in ROWS.iter() {
            let division = d(&row.code.to_string());
            let parent = division.parent().unwrap();
            assert!(parent.name().is_some(), "{division} has no parent in the list");
        }
        assert!(ROWS.is_sorted_by(|a, b| a.code < b.code), "a code stands twice");
    }

    #[test]
    fn faults_are_named() {
        let table = [
            ("44011", Why::Length { found: 5 }),
            ("44011a", Why::Character { at: 6 }),
            ("990101", Why::Division),
            ("440015", Why::Division),
            ("", Why::Length { found: 0 }),
        ];
        for (text, why) in table {
            assert_eq!(text.parse::<Division>(), Err(field(Element::Division, why)), "{text}");
        }
    }
}
