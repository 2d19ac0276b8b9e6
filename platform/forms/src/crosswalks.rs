//! Crosswalks (对照表): from one standard's codes to another's, and the limits of contribution bases.

use codes::{Division, DivisionLevel};
use elements::{Fen, Key, YamlError, from_yaml};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Crosswalks and bases by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Crosswalks {
    maps: BTreeMap<Key, Map>,
    bases: BTreeMap<Key, Base>,
}

/// One crosswalk.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Map {
    /// Where it comes from.
    source: String,
    /// Whether the longest beginning that stands in the map decides.
    #[serde(default)]
    by_prefix: bool,
    entries: BTreeMap<String, String>,
}

/// The limits of a contribution base, in fen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Base {
    /// Where it comes from.
    source: String,
    min: Fen,
    max: Fen,
}

impl Crosswalks {
    /// The crosswalks between the standards that come with the platform.
    ///
    /// # Errors
    /// [`YamlError`] if the built-in file is faulty, which a test of this crate rules out.
    pub fn builtin() -> Result<Self, YamlError> {
        static BUILTIN: LazyLock<Result<Crosswalks, YamlError>> = LazyLock::new(|| {
            from_yaml("platform/forms/crosswalks.yaml", include_str!("../crosswalks.yaml"))
        });
        BUILTIN.clone()
    }

    /// The crosswalks with those of one more file, which wins where both define a key.
    ///
    /// # Errors
    /// [`YamlError`] with the place of the fault.
    pub fn extended(mut self, file: &str, text: &str) -> Result<Self, YamlError> {
        let more: Self = from_yaml(file, text)?;
        self.maps.extend(more.maps);
        self.bases.extend(more.bases);
        Ok(self)
    }

    /// The code to which a map sends a code.
    #[must_use]
    pub fn map(&self, map: &Key, code: &str) -> Option<&str> {
        let map = self.maps.get(map)?;
        if !map.by_prefix {
            return map.entries.get(code).map(String::as_str);
        }
        let ends = code.char_indices().map(|(at, _)| at).chain([code.len()]).filter(|end| *end > 0);
        let beginnings: Vec<&str> = ends.filter_map(|end| code.get(..end)).collect();
        beginnings
            .iter()
            .rev()
            .find_map(|beginning| map.entries.get(*beginning))
            .map(String::as_str)
    }

    /// Where a map or base comes from: the standard, law or notice.
    #[must_use]
    pub fn source(&self, key: &Key) -> Option<&str> {
        let map = self.maps.get(key).map(|map| map.source.as_str());
        map.or_else(|| self.bases.get(key).map(|base| base.source.as_str()))
    }

    /// A wage clipped to the limits of a base.
    #[must_use]
    pub fn base(&self, base: &Key, wage: Fen) -> Option<Fen> {
        let base = self.bases.get(base)?;
        Some(wage.max(base.min).min(base.max))
    }
}

/// The registration organ of a division (登记机关): the market supervision of the county, by its official name.
///
/// The county's name stands after the prefecture's, without the province, except in a municipality.
#[must_use]
pub fn registration_authority(division: Division) -> Option<String> {
    if division.level() != DivisionLevel::County {
        return None;
    }
    let full = division.full_name()?;
    let province = division.province()?.name()?;
    let is_municipality = province.ends_with('市');
    let name = if is_municipality { full.as_str() } else { full.strip_prefix(province)? };
    Some(format!("{name}市场监督管理局"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_send_codes_and_prefixes() {
        let maps = Crosswalks::builtin().unwrap();
        let map = |key: &str, code: &str| maps.map(&key.parse().unwrap(), code).map(str::to_owned);
        for (key, code, want) in [
            ("tax_registration_type", "1130", Some("173")),
            ("tax_registration_type", "1151", Some("173")),
            ("tax_registration_type", "1190", Some("159")),
            ("tax_registration_type", "0000", None),
            ("fund_economic_type", "1130", Some("173")),
            ("injury_risk_class", "H6210", Some("2")),
            ("injury_risk_class", "I6510", Some("1")),
            ("injury_risk_class", "G5431", Some("5")),
            ("injury_risk_class", "B0610", Some("8")),
            ("injury_risk_class", "R8911", Some("4")),
            ("nowhere", "1130", None),
        ] {
            assert_eq!(map(key, code).as_deref(), want, "{key} {code}");
        }
    }

    #[test]
    fn every_division_of_industry_has_a_risk_class() {
        let maps = Crosswalks::builtin().unwrap();
        let key = "injury_risk_class".parse().unwrap();
        let sections = [
            ('A', 1..=5),
            ('B', 6..=12),
            ('C', 13..=43),
            ('D', 44..=46),
            ('E', 47..=50),
            ('F', 51..=52),
            ('G', 53..=60),
            ('H', 61..=62),
            ('I', 63..=65),
            ('J', 66..=69),
            ('K', 70..=70),
            ('L', 71..=72),
            ('M', 73..=75),
            ('N', 76..=79),
            ('O', 80..=82),
            ('P', 83..=83),
            ('Q', 84..=85),
            ('R', 86..=90),
            ('S', 91..=96),
            ('T', 97..=97),
        ];
        for (letter, divisions) in sections {
            for division in divisions {
                let code = format!("{letter}{division:02}");
                let class = maps.map(&key, &code).and_then(|class| class.parse::<u8>().ok());
                assert!(class.is_some_and(|class| (1..=8).contains(&class)), "{code}");
            }
        }
    }

    #[test]
    fn bases_clip_at_both_ends() {
        let maps = Crosswalks::default()
            .extended("t.yaml", "bases: {b: {source: test, min: 100, max: 300}}")
            .unwrap();
        let key = "b".parse().unwrap();
        for (wage, want) in [(99, 100), (100, 100), (200, 200), (301, 300)] {
            assert_eq!(maps.base(&key, Fen(wage)), Some(Fen(want)));
        }
    }

    #[test]
    fn the_registration_organ_follows_from_the_division() {
        for (division, want) in [
            ("440115", Some("广州市南沙区市场监督管理局")),
            ("440305", Some("深圳市南山区市场监督管理局")),
            ("110101", Some("北京市东城区市场监督管理局")),
            ("440100", None),
        ] {
            assert_eq!(
                registration_authority(division.parse().unwrap()).as_deref(),
                want,
                "{division}"
            );
        }
    }
}
