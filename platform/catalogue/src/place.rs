//! What places are called, and which of them stand for a city.

use codes::{Division, DivisionLevel, Label};
use std::collections::BTreeMap;

/// Names of prefectures that only hold the place between a province and its counties.
const PLACEHOLDERS: [&str; 4] = ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"];

/// Endings that a short name loses: 南沙区 is 南沙.
const ENDINGS: [&str; 8] = ["自治县", "自治旗", "自治州", "地区", "区", "县", "市", "旗"];

/// English names of divisions (地名), where the programme gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceNames(BTreeMap<Division, String>);

impl PlaceNames {
    /// Names by division.
    #[must_use]
    pub const fn new(names: BTreeMap<Division, String>) -> Self {
        Self(names)
    }

    /// The name of a place: 广州市南沙区, Nansha, Guangzhou.
    #[must_use]
    pub fn label(&self, place: Division) -> Label {
        Label::new(zh(place), self.en(place))
    }

    /// The English name with the higher places behind it, or the Chinese one with its code.
    fn en(&self, place: Division) -> String {
        let Some(own) = self.0.get(&place) else { return self.unnamed(place) };
        match city(place).filter(|city| *city != place).and_then(|city| self.0.get(&city)) {
            Some(city) => format!("{own}, {city}"),
            None => own.clone(),
        }
    }

    fn unnamed(&self, place: Division) -> String {
        if place == Division::NATION {
            return "the whole country".to_owned();
        }
        let name = format!("{} ({place})", zh(place));
        match place.province().filter(|_| !is_municipality(place)).and_then(|at| self.0.get(&at)) {
            Some(province) => format!("{name}, {province}"),
            None => name,
        }
    }

    /// The words that names of organs are made from.
    pub(crate) fn words(&self, place: Division) -> Words {
        let city = city(place).unwrap_or(place);
        let own = place.name().unwrap_or_default();
        let own_en = || self.0.get(&place).cloned().unwrap_or_else(|| format!("{own} ({place})"));
        let city_zh = city.name().unwrap_or_default();
        Words {
            place: self.label(place),
            city: Label::new(
                city_zh,
                self.0.get(&city).cloned().unwrap_or_else(|| format!("{city_zh} ({city})")),
            ),
            county: Label::new(own, own_en()),
            short: Label::new(short(own), own_en()),
        }
    }
}

/// The words of a place in names of organs.
pub(crate) struct Words {
    pub(crate) place: Label,
    pub(crate) city: Label,
    pub(crate) county: Label,
    pub(crate) short: Label,
}

/// The Chinese name without the province, unless the province is a city itself or the place is the province.
fn zh(place: Division) -> String {
    let full = place.full_name().unwrap_or_else(|| place.to_string());
    let province =
        place.province().filter(|province| *province != place && !is_municipality(place));
    let without = province.and_then(Division::name).and_then(|name| full.strip_prefix(name));
    without.filter(|rest| !rest.is_empty()).map_or(full.clone(), str::to_owned)
}

/// The city a place lies in or is: its prefecture, the municipality, or itself where no prefecture stands between.
fn city(place: Division) -> Option<Division> {
    if is_municipality(place) {
        return place.province();
    }
    match place.level() {
        DivisionLevel::Nation => None,
        DivisionLevel::Province | DivisionLevel::Prefecture => Some(place),
        DivisionLevel::County => Some(
            place
                .prefecture()
                .filter(|at| at.name().is_some_and(|name| !PLACEHOLDERS.contains(&name)))
                .unwrap_or(place),
        ),
    }
}

/// Whether the place is a city itself: a prefecture, a municipality, a county right below a province.
pub(crate) fn is_city(place: Division) -> bool {
    city(place) == Some(place)
}

/// Whether the place is a district of a city (市辖区).
pub(crate) fn is_district(place: Division) -> bool {
    place.level() == DivisionLevel::County && place.name().is_some_and(|name| name.ends_with('区'))
}

/// 北京, 天津, 上海, 重庆: provinces that are cities.
fn is_municipality(place: Division) -> bool {
    matches!(place.number() / 10_000, 11 | 12 | 31 | 50)
}

/// The name without its ending, if two characters or more stay.
fn short(name: &str) -> &str {
    ENDINGS
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .filter(|rest| rest.chars().count() >= 2)
        .unwrap_or(name)
}

/// Whether a place holds offices that act: a division in force on the mainland.
pub(crate) fn is_served(place: Division) -> bool {
    place != Division::NATION && place.is_mainland() && place.is_current() && !is_placeholder(place)
}

fn is_placeholder(place: Division) -> bool {
    place.level() == DivisionLevel::Prefecture
        && place.name().is_some_and(|name| PLACEHOLDERS.contains(&name))
}

/// The places in which a party can choose to act, below a province: counties, and cities without counties.
pub fn county_level(province: Division) -> impl Iterator<Item = Division> {
    Division::all().filter(move |place| {
        place.is_within(province)
            && is_served(*place)
            && match place.level() {
                DivisionLevel::County => true,
                DivisionLevel::Prefecture => place.children().next().is_none(),
                DivisionLevel::Nation | DivisionLevel::Province => false,
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(code: &str) -> Division {
        code.parse().unwrap()
    }

    #[test]
    fn places_are_called_as_people_call_them() {
        let names = PlaceNames::new(BTreeMap::from([
            (d("440115"), "Nansha".to_owned()),
            (d("440100"), "Guangzhou".to_owned()),
            (d("430000"), "Hunan".to_owned()),
        ]));
        for (code, zh, en) in [
            ("440115", "广州市南沙区", "Nansha, Guangzhou"),
            ("440100", "广州市", "Guangzhou"),
            ("110101", "北京市东城区", "北京市东城区 (110101)"),
            ("429004", "仙桃市", "仙桃市 (429004)"),
            ("430102", "长沙市芙蓉区", "长沙市芙蓉区 (430102), Hunan"),
            ("100000", "全国", "the whole country"),
        ] {
            assert_eq!(names.label(d(code)), Label::new(zh, en), "{code}");
        }
    }

    #[test]
    fn short_names_keep_two_characters() {
        for (name, expected) in [
            ("南沙区", "南沙"),
            ("赵县", "赵县"),
            ("城区", "城区"),
            ("连南瑶族自治县", "连南瑶族"),
            ("东莞市", "东莞"),
        ] {
            assert_eq!(short(name), expected);
        }
    }

    #[test]
    fn cities_without_counties_are_places_to_act_in() {
        let guangdong: Vec<_> = county_level(d("440000")).collect();
        for code in ["440115", "441900", "442000"] {
            assert!(guangdong.contains(&d(code)), "{code}");
        }
        assert!(!guangdong.contains(&d("440100")));
        assert!(county_level(d("110000")).any(|place| place == d("110101")));
        assert!(
            is_district(d("440115"))
                && !is_district(d("441881"))
                && is_city(d("441900"))
                && is_city(d("429004"))
        );
    }
}
