//! Odometer readings (里程记录): what fell, what rose too fast.

use codes::Date;
use serde::{Deserialize, Serialize};

/// What a row calls suspicious.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OdoRow {
    /// A fall of more than so many km.
    pub fall_km_over: u32,
    /// A rise of more than so many km a day.
    pub km_per_day_over: u32,
    /// Law and article, or that it is a default.
    pub source: String,
}

/// What is suspicious about a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "flag")]
pub enum OdoFlag {
    /// The reading is lower than one before (`ODOMETER_ROLLBACK`): an officer decides.
    Rollback {
        /// When it was read.
        on: Date,
        /// By how much it fell.
        fall_km: u32,
    },
    /// It rose faster than a vehicle drives (`ODOMETER_JUMP`).
    Jump {
        /// When it was read.
        on: Date,
        /// By how much it rose since the reading before.
        rise_km: u32,
        /// In how many days.
        days: u32,
    },
}

impl OdoFlag {
    /// The slug.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Rollback { .. } => "ODOMETER_ROLLBACK",
            Self::Jump { .. } => "ODOMETER_JUMP",
        }
    }
}

/// What is suspicious about readings, sorted by day first; of one day, the lower reading comes first.
///
/// A fall is measured from the highest reading since the last fall that was told, so that many small ones do not hide a large
/// one; a rise from the reading before, two on one day counting as a day apart.
#[must_use]
pub fn odometer(readings: &[(Date, u32)], row: &OdoRow) -> Vec<OdoFlag> {
    let mut sorted = readings.to_vec();
    sorted.sort_unstable();
    let mut flags = Vec::new();
    let mut before: Option<(Date, u32)> = None;
    let mut highest = 0;
    for (on, km) in sorted {
        let fall_km = highest.max(km) - km;
        if fall_km > row.fall_km_over {
            flags.push(OdoFlag::Rollback { on, fall_km });
            highest = km;
        }
        if let Some((since, earlier)) = before {
            let days = since.until(on).map_or(0, |span| span.get_days()).max(1).unsigned_abs();
            let rise_km = km.saturating_sub(earlier);
            if u64::from(rise_km) > u64::from(days) * u64::from(row.km_per_day_over) {
                flags.push(OdoFlag::Jump { on, rise_km, days });
            }
        }
        highest = highest.max(km);
        before = Some((on, km));
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flags(readings: &[(&str, u32)]) -> Vec<OdoFlag> {
        let row =
            OdoRow { fall_km_over: 500, km_per_day_over: 1_000, source: "default".to_owned() };
        let readings: Vec<(Date, u32)> =
            readings.iter().map(|(day, km)| (day.parse().unwrap(), *km)).collect();
        odometer(&readings, &row)
    }

    #[test]
    fn s10_falls_and_jumps_are_told() {
        let fall = OdoFlag::Rollback { on: Date::constant(2024, 2, 20), fall_km: 3_780 };
        let readings = [
            ("2022-03-01", 31_200),
            ("2023-03-05", 52_880),
            ("2024-02-20", 49_100),
            ("2025-01-10", 60_400),
        ];
        assert_eq!(flags(&readings), [fall]);
        let mut mixed = readings;
        mixed.reverse();
        assert_eq!(flags(&mixed), [fall], "in any order");
        assert_eq!(flags(&[("2023-03-05", 52_880), ("2024-02-20", 52_500)]), []);
        let jump = OdoFlag::Jump { on: Date::constant(2026, 1, 11), rise_km: 15_000, days: 10 };
        assert_eq!(flags(&[("2026-01-01", 10_000), ("2026-01-11", 25_000)]), [jump]);
        assert_eq!(flags(&[("2026-01-01", 10_000), ("2026-01-11", 20_000)]), []);
    }

    #[test]
    fn many_small_falls_do_not_hide_a_large_one_and_a_day_is_a_day() {
        let creeping = [("2026-01-01", 50_000), ("2026-01-02", 49_600), ("2026-01-03", 49_300)];
        let fall = OdoFlag::Rollback { on: Date::constant(2026, 1, 3), fall_km: 700 };
        assert_eq!(flags(&creeping), [fall]);
        assert_eq!(
            flags(&[("2026-01-01", 50_000), ("2026-01-01", 51_001)])[0].slug(),
            "ODOMETER_JUMP"
        );
        assert_eq!(flags(&[("2026-01-01", 50_000), ("2026-01-01", 51_000)]), []);
        assert_eq!(flags(&[]), []);
    }

    proptest! {
        #[test]
        fn readings_that_rise_slowly_are_never_flagged(rises in proptest::collection::vec(0_u32..1_000, 0..50)) {
            let mut km = 0;
            let readings: Vec<(Date, u32)> = (0..).zip(rises).map(|(day, rise)| {
                km += rise;
                (Date::constant(2020, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap(), km)
            }).collect();
            let row = OdoRow { fall_km_over: 0, km_per_day_over: 1_000, source: String::new() };
            prop_assert_eq!(odometer(&readings, &row), []);
        }
    }
}
