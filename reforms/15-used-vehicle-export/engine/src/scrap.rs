//! What must not leave the country (禁止出口情形): scrap limits, restrictions, altered numbers.

use calendar::{Calendar, CalendarError, End, Term, due};
use codes::{Date, Label};
use serde::{Deserialize, Serialize};

/// One row of the scrap limits (使用年限).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrapRow {
    /// The class of vehicle (车辆类型), a code of the list.
    pub class: String,
    /// The use (使用性质), a code of the list; none means every use of the class.
    pub use_nature: Option<String>,
    /// The limit, in years from first registration; none means without limit.
    pub years: Option<u32>,
    /// The mileage above which scrapping is advised (引导报废里程), in km.
    pub guide_km: Option<u32>,
    /// Law and article.
    pub source: String,
}

/// The limits in force on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrapTable {
    /// The rows.
    pub rows: Vec<ScrapRow>,
    /// Within how many years before the limit a vehicle may not leave any more.
    pub margin_years: u32,
}

/// What kind of restriction stands on a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestrictionKind {
    /// 抵押.
    Mortgage,
    /// 海关监管未解除.
    CustomsSupervision,
    /// 查封、扣押.
    Seizure,
    /// 盗抢骗.
    Stolen,
    /// 违法未处理: bars nothing but deregistration.
    UnsettledViolation,
}

/// A restriction (权利限制) and its days, both inclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restriction {
    /// What kind.
    pub kind: RestrictionKind,
    /// Who entered it.
    pub organ: String,
    /// Since when.
    pub from: Date,
    /// Until when; without an end it stands.
    pub to: Option<Date>,
}

impl Restriction {
    fn stands(&self, on: Date) -> bool {
        self.from <= on && self.to.is_none_or(|to| on <= to)
    }
}

/// What is known of a vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// Its class.
    pub class: String,
    /// Every use it ever had.
    pub use_natures: Vec<String>,
    /// When it was first registered.
    pub first_registered_on: Date,
    /// The last odometer reading, in km.
    pub odometer_km: Option<u32>,
    /// Restrictions, past ones too.
    pub restrictions: Vec<Restriction>,
    /// Whether engine or vehicle number was altered or does not match.
    pub numbers_altered: bool,
    /// Whether it was smuggled or assembled illegally.
    pub illegal: bool,
    /// Whether its certificate is valid.
    pub certificate_valid: bool,
}

/// Why a vehicle must not leave; the numbers are those of the notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "bar")]
pub enum Bar {
    /// 1: the scrap limit is reached or near.
    ScrapLimit {
        /// The limit.
        limit_on: Date,
        /// Days until then; negative when it has passed.
        days_left: i32,
    },
    /// 2: mortgage, or customs supervision not lifted.
    Encumbered {
        /// Which.
        kind: RestrictionKind,
        /// Who entered it.
        organ: String,
    },
    /// 3: sealed or seized.
    Seized {
        /// By whom.
        organ: String,
    },
    /// 4: got by theft, robbery or fraud.
    Stolen,
    /// 5: numbers altered or not matching.
    NumbersAltered,
    /// 6: smuggled or illegally assembled.
    Illegal,
    /// 7: no valid certificate.
    NoCertificate,
}

impl Bar {
    /// Its number in the notice.
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            Self::ScrapLimit { .. } => 1,
            Self::Encumbered { .. } => 2,
            Self::Seized { .. } => 3,
            Self::Stolen => 4,
            Self::NumbersAltered => 5,
            Self::Illegal => 6,
            Self::NoCertificate => 7,
        }
    }

    /// What it says, in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        match self {
            Self::ScrapLimit { limit_on, days_left } => Label::new(
                format!("达到强制报废标准日期{limit_on}，剩余{days_left}日，不足规定期限"),
                format!("the scrap limit is {limit_on}, {days_left} days away"),
            ),
            Self::Encumbered { kind: RestrictionKind::CustomsSupervision, organ } => Label::new(
                format!("海关监管尚未解除（{organ}）"),
                format!("customs supervision is not lifted ({organ})"),
            ),
            Self::Encumbered { organ, .. } => {
                Label::new(format!("处于抵押状态（{organ}）"), format!("it is mortgaged ({organ})"))
            }
            Self::Seized { organ } => {
                Label::new(format!("被查封、扣押（{organ}）"), format!("it is seized by {organ}"))
            }
            Self::Stolen => {
                Label::new("盗窃、抢劫、诈骗所得车辆", "it was stolen, robbed or got by fraud")
            }
            Self::NumbersAltered => Label::new(
                "发动机号或者车辆识别代号被改动或者不符",
                "engine or vehicle number was altered or does not match",
            ),
            Self::Illegal => {
                Label::new("走私或者非法拼（组）装车辆", "it was smuggled or illegally assembled")
            }
            Self::NoCertificate => {
                Label::new("没有有效的机动车登记证书", "it has no valid certificate")
            }
        }
    }
}

/// Class and use of a vehicle stand in no row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScrapGap {
    /// No row knows them.
    #[error("no scrap limit is known for class `{class}`, use `{use_nature}`")]
    NoRow {
        /// The class.
        class: String,
        /// The use.
        use_nature: String,
    },
    /// A day cannot be computed.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

impl ScrapTable {
    /// The scrap limit of a vehicle: the strictest use it ever had counts, from first registration (assumed).
    ///
    /// `None` if every use is without limit.
    ///
    /// # Errors
    /// [`ScrapGap::NoRow`] for a class and use that stand in no row.
    ///
    /// # Source
    /// 机动车强制报废标准规定 (2012年第12号令) art. 5, 6; the years come in as rows.
    pub fn limit(&self, vehicle: &Vehicle) -> Result<Option<Date>, ScrapGap> {
        let mut strictest: Option<u32> = None;
        for use_nature in &vehicle.use_natures {
            let years = self.row(&vehicle.class, use_nature)?.years;
            strictest = strictest.into_iter().chain(years).min();
        }
        strictest.map(|years| back(vehicle.first_registered_on, years, false)).transpose()
    }

    /// Whether the mileage passes what is advised for any use; a warning.
    ///
    /// # Errors
    /// As [`Self::limit`].
    pub fn beyond_guide(&self, vehicle: &Vehicle) -> Result<bool, ScrapGap> {
        let km = vehicle.odometer_km.unwrap_or(0);
        for use_nature in &vehicle.use_natures {
            let row = self.row(&vehicle.class, use_nature)?;
            if row.guide_km.is_some_and(|guide| km > guide) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn row(&self, class: &str, use_nature: &str) -> Result<&ScrapRow, ScrapGap> {
        let of_class = || self.rows.iter().filter(|row| row.class == class);
        of_class()
            .find(|row| row.use_nature.as_deref() == Some(use_nature))
            .or_else(|| of_class().find(|row| row.use_nature.is_none()))
            .ok_or_else(|| ScrapGap::NoRow {
                class: class.to_owned(),
                use_nature: use_nature.to_owned(),
            })
    }
}

/// So many calendar years after a day, or before it, clipped to the month's end.
fn back(day: Date, years: u32, before: bool) -> Result<Date, ScrapGap> {
    if before {
        let span = jiff::Span::new().years(i64::from(years));
        return day
            .checked_sub(span)
            .map_err(|_range| ScrapGap::Calendar(CalendarError::OutOfRange));
    }
    let term = Term::Years { n: years, end: End::Standing };
    Ok(due(&term, day, &Calendar::bare())?.date)
}

/// Everything that bars a vehicle on the day of application, in the order of the notice.
///
/// # Errors
/// [`ScrapGap`] where its scrap limit cannot be told.
///
/// # Source
/// 公告2024年第6号 禁止出口情形; 二手车流通管理办法 art. 23.
pub fn bars(vehicle: &Vehicle, on: Date, table: &ScrapTable) -> Result<Vec<Bar>, ScrapGap> {
    let mut found = Vec::new();
    if let Some(limit_on) = table.limit(vehicle)?
        && on >= back(limit_on, table.margin_years, true)?
    {
        let days_left = on.until(limit_on).map_or(0, |span| span.get_days());
        found.push(Bar::ScrapLimit { limit_on, days_left });
    }
    let standing: Vec<&Restriction> =
        vehicle.restrictions.iter().filter(|one| one.stands(on)).collect();
    for one in &standing {
        if matches!(one.kind, RestrictionKind::Mortgage | RestrictionKind::CustomsSupervision) {
            found.push(Bar::Encumbered { kind: one.kind, organ: one.organ.clone() });
        }
    }
    for one in standing.iter().filter(|one| one.kind == RestrictionKind::Seizure) {
        found.push(Bar::Seized { organ: one.organ.clone() });
    }
    let stolen = standing.iter().any(|one| one.kind == RestrictionKind::Stolen);
    let flags = [
        (stolen, Bar::Stolen),
        (vehicle.numbers_altered, Bar::NumbersAltered),
        (vehicle.illegal, Bar::Illegal),
        (!vehicle.certificate_valid, Bar::NoCertificate),
    ];
    found.extend(flags.into_iter().filter(|(holds, _)| *holds).map(|(_, bar)| bar));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table() -> ScrapTable {
        let row = |class: &str, nature: Option<&str>, years| ScrapRow {
            class: class.to_owned(),
            use_nature: nature.map(str::to_owned),
            years,
            guide_km: Some(600_000),
            source: "source".to_owned(),
        };
        ScrapTable {
            rows: vec![
                row("small", Some("taxi"), Some(8)),
                row("small", Some("rental"), Some(15)),
                row("small", Some("private"), None),
                row("truck", None, Some(15)),
            ],
            margin_years: 1,
        }
    }

    fn vehicle(first: &str, natures: &[&str]) -> Vehicle {
        Vehicle {
            class: "small".to_owned(),
            use_natures: natures.iter().map(|nature| (*nature).to_owned()).collect(),
            first_registered_on: first.parse().unwrap(),
            odometer_km: None,
            restrictions: Vec::new(),
            numbers_altered: false,
            illegal: false,
            certificate_valid: true,
        }
    }

    fn found(vehicle: &Vehicle, on: &str) -> Vec<Bar> {
        bars(vehicle, on.parse().unwrap(), &table()).unwrap()
    }

    #[test]
    fn s04_one_year_before_the_limit_bars_that_day_included() {
        let rental = vehicle("2012-05-10", &["rental"]);
        let limit_on = Date::constant(2027, 5, 10);
        assert_eq!(found(&rental, "2026-05-09"), []);
        assert_eq!(found(&rental, "2026-05-10"), [Bar::ScrapLimit { limit_on, days_left: 365 }]);
        assert_eq!(found(&rental, "2026-06-01"), [Bar::ScrapLimit { limit_on, days_left: 343 }]);
        assert_eq!(found(&rental, "2027-05-20"), [Bar::ScrapLimit { limit_on, days_left: -10 }]);
        // 29 February has its day a year before on the 28th.
        let leap = vehicle("2012-02-29", &["taxi"]);
        let limit_on = Date::constant(2020, 2, 29);
        assert_eq!(found(&leap, "2019-02-27"), []);
        assert_eq!(found(&leap, "2019-02-28"), [Bar::ScrapLimit { limit_on, days_left: 366 }]);
    }

    #[test]
    fn the_strictest_use_ever_had_counts_and_an_unknown_one_is_told() {
        let limit = |vehicle: &Vehicle| table().limit(vehicle);
        let changed = vehicle("2018-03-01", &["private", "taxi", "rental"]);
        assert_eq!(limit(&changed), Ok(Some(Date::constant(2026, 3, 1))));
        assert_eq!(limit(&vehicle("2018-03-01", &["private"])), Ok(None));
        let truck = Vehicle { class: "truck".to_owned(), ..changed.clone() };
        assert_eq!(limit(&truck), Ok(Some(Date::constant(2033, 3, 1))));
        let odd = vehicle("2018-03-01", &["ambulance"]);
        let gap = ScrapGap::NoRow { class: "small".into(), use_nature: "ambulance".into() };
        assert_eq!(bars(&odd, Date::constant(2026, 1, 1), &table()), Err(gap));
        for (km, beyond) in [(600_000, false), (600_001, true)] {
            let worn = Vehicle { odometer_km: Some(km), ..changed.clone() };
            assert_eq!(table().beyond_guide(&worn), Ok(beyond));
        }
    }

    #[test]
    fn each_bar_is_named_once_in_the_order_of_the_notice() {
        let restriction = |kind, to: Option<&str>| Restriction {
            kind,
            organ: "organ".to_owned(),
            from: Date::constant(2025, 1, 1),
            to: to.map(|to| to.parse().unwrap()),
        };
        let bad = Vehicle {
            restrictions: vec![
                restriction(RestrictionKind::UnsettledViolation, None),
                restriction(RestrictionKind::Stolen, None),
                restriction(RestrictionKind::Seizure, None),
                restriction(RestrictionKind::Mortgage, Some("2026-01-01")),
                restriction(RestrictionKind::CustomsSupervision, None),
            ],
            numbers_altered: true,
            illegal: true,
            certificate_valid: false,
            ..vehicle("2012-05-10", &["rental"])
        };
        let numbers = |on: &str| -> Vec<u8> { found(&bad, on).iter().map(Bar::number).collect() };
        assert_eq!(numbers("2026-01-01"), [2, 2, 3, 4, 5, 6, 7]);
        assert_eq!(numbers("2026-05-10"), [1, 2, 3, 4, 5, 6, 7], "the mortgage has ended");
        let held = Vehicle {
            restrictions: vec![restriction(RestrictionKind::UnsettledViolation, None)],
            ..vehicle("2020-05-10", &["private"])
        };
        assert_eq!(found(&held, "2026-01-01"), []);
    }

    proptest! {
        #[test]
        fn once_barred_by_age_always_barred(first in 0_i64..5_000, on in 0_i64..9_000, taxi: bool) {
            let day = |n: i64| Date::constant(2010, 1, 1).checked_add(jiff::Span::new().days(n)).unwrap();
            let vehicle = Vehicle {
                first_registered_on: day(first), ..vehicle("2010-01-01", &[if taxi { "taxi" } else { "rental" }])
            };
            let barred = |n| !bars(&vehicle, day(n), &table()).unwrap().is_empty();
            prop_assert!(!barred(on) || barred(on + 1));
        }
    }
}
