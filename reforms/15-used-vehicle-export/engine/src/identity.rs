//! Whether a vehicle number can be that of the vehicle (车证一致): its check character and model year.

use codes::{Date, Label, Vin, VinCheck};
use serde::{Deserialize, Serialize};

/// How far the model year may lie from the year of first registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YearRow {
    /// The least that the first registration may be after the model year; negative is before it.
    pub years_min: i16,
    /// The most.
    pub years_max: i16,
    /// Standard and clause.
    pub source: String,
}

/// What a look at the number found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "finding")]
pub enum IdentityFinding {
    /// The check character is wrong, and the maker is Chinese: an error.
    Check {
        /// What it should be.
        expected: char,
    },
    /// The check character is wrong, but the maker is foreign: an officer compares with the vehicle.
    CheckForeign {
        /// What it should be.
        expected: char,
    },
    /// The tenth character stands for no year.
    NoModelYear,
    /// Model year and first registration lie too far apart.
    ModelYear {
        /// The model year.
        model_year: i16,
        /// The year of first registration.
        registered: i16,
    },
}

impl IdentityFinding {
    /// The slug.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Check { .. } => "CHECK_DIGIT",
            Self::CheckForeign { .. } => "VIN_CHECK_FOREIGN",
            Self::NoModelYear => "VIN_NO_MODEL_YEAR",
            Self::ModelYear { .. } => "VIN_MODEL_YEAR",
        }
    }

    /// Whether the vehicle cannot be entered with it; the others are warnings that an officer confirms.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Check { .. })
    }

    /// What it says, in both languages.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Check { expected } => Label::new(
                format!("车辆识别代号第9位校验码应为“{expected}”"),
                format!("the check character (9th) should be {expected}"),
            ),
            Self::CheckForeign { expected } => Label::new(
                format!("进口车辆识别代号校验码不符（应为“{expected}”），请核对实车"),
                format!(
                    "the check character of a foreign maker is not {expected}: compare with the vehicle"
                ),
            ),
            Self::NoModelYear => Label::new(
                "车辆识别代号第10位不表示年份，请核对实车",
                "the 10th character stands for no year: compare with the vehicle",
            ),
            Self::ModelYear { model_year, registered } => Label::new(
                format!("车型年份{model_year}与初次登记年份{registered}相差过大，请核对实车"),
                format!("model year {model_year} does not fit first registration in {registered}"),
            ),
        }
    }
}

/// Looks at a number beside the day of first registration.
///
/// # Source
/// GB 16735-2019 (check character, model year); ISO 3779 leaves the check character to the maker.
#[must_use]
pub fn identity(vin: Vin, first_registered_on: Date, row: &YearRow) -> Vec<IdentityFinding> {
    let check = match vin.check() {
        VinCheck::Holds => None,
        VinCheck::Wrong { expected } => Some(IdentityFinding::Check { expected }),
        VinCheck::Foreign { expected } => Some(IdentityFinding::CheckForeign { expected }),
    };
    let registered = first_registered_on.year();
    // A model year begins before its calendar year, so that a vehicle may be registered in the year before.
    let latest = registered.saturating_sub(row.years_min);
    let year = match vin.model_year(latest) {
        None => Some(IdentityFinding::NoModelYear),
        Some(model_year)
            if (row.years_min..=row.years_max).contains(&registered.saturating_sub(model_year)) =>
        {
            None
        }
        Some(model_year) => Some(IdentityFinding::ModelYear { model_year, registered }),
    };
    check.into_iter().chain(year).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(vin: &str, day: &str) -> Vec<IdentityFinding> {
        let row = YearRow { years_min: -1, years_max: 2, source: "source".to_owned() };
        identity(vin.parse().unwrap(), day.parse().unwrap(), &row)
    }

    #[test]
    fn model_year_and_registration_lie_close() {
        // LSVAU2A34N2183294 is of model year N, 2022.
        let table = [
            ("2021-07-01", vec![]),
            ("2022-07-01", vec![]),
            ("2024-12-31", vec![]),
            ("2025-01-01", vec![IdentityFinding::ModelYear { model_year: 2022, registered: 2025 }]),
            ("2020-12-31", vec![IdentityFinding::ModelYear { model_year: 1992, registered: 2020 }]),
        ];
        for (day, expected) in table {
            assert_eq!(found("LSVAU2A34N2183294", day), expected, "{day}");
        }
        // The tenth character of 11111111111111111 is 1: 2001, or 30 years before.
        assert_eq!(found("11111111111111111", "2002-01-01"), []);
    }

    #[test]
    fn a_wrong_check_is_an_error_at_home_and_a_question_abroad() {
        let home = found("LSVAU2A37N2183294", "2022-07-01");
        assert_eq!(home, [IdentityFinding::Check { expected: '4' }]);
        assert!(home[0].is_error());
        let abroad = found("1M8GDM9A0KP042788", "1989-07-01");
        assert_eq!(abroad, [IdentityFinding::CheckForeign { expected: 'X' }]);
        assert!(!abroad[0].is_error());
        assert_eq!(abroad[0].slug(), "VIN_CHECK_FOREIGN");
        let no_year = found("LSVAU2A340218329A", "2022-07-01");
        assert!(no_year.contains(&IdentityFinding::NoModelYear), "{no_year:?}");
    }
}
