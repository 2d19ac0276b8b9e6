//! Statutory festivals (法定节日), on which a year without notice falls back.
//!
//! The fallback adds no bridges and no made-up days, since only a notice can; it is always marked provisional.

use codes::Date;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A festival in both languages.
pub(crate) type Festival = (&'static str, &'static str);

const NEW_YEAR: Festival = ("元旦", "New Year's Day");
const SPRING: Festival = ("春节", "Spring Festival");
const QINGMING: Festival = ("清明节", "Qingming Festival");
const LABOUR: Festival = ("劳动节", "Labour Day");
const DRAGON_BOAT: Festival = ("端午节", "Dragon Boat Festival");
const MID_AUTUMN: Festival = ("中秋节", "Mid-Autumn Festival");
const NATIONAL: Festival = ("国庆节", "National Day");

/// Festivals that move, day by day.
static MOVING: LazyLock<BTreeMap<Date, Festival>> = LazyLock::new(|| {
    let mut days = BTreeMap::new();
    for line in include_str!("../data/lunar.csv").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split(',').skip(1).filter_map(|cell| cell.parse::<Date>().ok());
        // LAW: the eve and the first three days of the first month (放假办法, 2024, art. 2).
        if let Some(first) = cells.next() {
            let eve = first.yesterday().unwrap_or(first);
            days.extend(eve.series(jiff::Span::new().days(1)).take(4).map(|day| (day, SPRING)));
        }
        days.extend(cells.zip([QINGMING, DRAGON_BOAT, MID_AUTUMN]));
    }
    days
});

/// The statutory festival on which the day falls.
///
/// # Source
/// 全国年节及纪念日放假办法, as revised by State Council order 795 of 2024-11-10, art. 2; the days of
/// moving festivals are computed until 2035, later years know the fixed ones only.
pub(crate) fn festival_of(date: Date) -> Option<Festival> {
    match (date.month(), date.day()) {
        (1, 1) => Some(NEW_YEAR),
        (5, 1 | 2) => Some(LABOUR),
        (10, 1..=3) => Some(NATIONAL),
        _ => MOVING.get(&date).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_year_of_the_table_has_thirteen_days() {
        for year in 2019..=2035 {
            let days = Date::new(year, 1, 1).unwrap().series(jiff::Span::new().days(1));
            let count = days
                .take_while(|day| day.year() == year)
                .filter(|day| festival_of(*day).is_some())
                .count();
            // 13 by law; one less where Mid-Autumn falls on a National Day.
            let merged = [2020, 2028, 2031].contains(&year);
            assert_eq!(count, if merged { 12 } else { 13 }, "{year}");
        }
    }
}
