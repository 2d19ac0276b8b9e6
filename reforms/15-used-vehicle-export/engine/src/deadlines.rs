//! The days that press (期限): temporary plate, early declaration, deregistration.

use calendar::{Calendar, CalendarError, Term, due};
use codes::{Date, Moment};
use serde::{Deserialize, Serialize};

/// What the row says of temporary plates (临时号牌).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlateRow {
    /// How long one is valid, such as `60d no_roll`.
    pub term: Term,
    /// How many days ahead the exporter is reminded.
    pub remind_days: Vec<u32>,
    /// Law and article.
    pub source: String,
}

/// A temporary plate's days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plate {
    /// The last day on which it is valid.
    pub last_on: Date,
    /// When the exporter is reminded, those after the plate was issued.
    pub reminders: Vec<Date>,
}

/// The days of a plate: never beyond the compulsory insurance (交强险).
///
/// # Errors
/// What `calendar` cannot compute.
///
/// # Source
/// 机动车登记规定 (公安部令第164号) art. 28 and its rule on temporary plates.
pub fn plate(
    issued_on: Date,
    insured_until: Option<Date>,
    row: &PlateRow,
    calendar: &Calendar,
) -> Result<Plate, CalendarError> {
    let term_ends = due(&row.term, issued_on, calendar)?.date;
    let last_on = insured_until.map_or(term_ends, |insured| insured.min(term_ends));
    let mut reminders: Vec<Date> = row
        .remind_days
        .iter()
        .filter_map(|days| last_on.checked_sub(jiff::Span::new().days(i64::from(*days))).ok())
        .filter(|day| *day > issued_on)
        .collect();
    reminders.sort_unstable();
    Ok(Plate { last_on, reminders })
}

/// What the row says of deregistration (注销登记).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeregistrationRow {
    /// Within what term of clearance, such as `2m roll`.
    pub term: Term,
    /// How many days after clearance the exporter is reminded.
    pub remind_days: Vec<u32>,
    /// Law and article.
    pub source: String,
}

/// The days of deregistration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deregistration {
    /// The last day.
    pub due_on: Date,
    /// Whether that rests on a day that no holiday notice settles yet.
    pub provisional: bool,
    /// When the exporter is reminded.
    pub reminders: Vec<Date>,
}

/// The days of deregistration after clearance.
///
/// # Errors
/// What `calendar` cannot compute.
///
/// # Source
/// 机动车登记规定 art. 37; the last day rolls off rest days (民法典 203).
pub fn deregistration(
    cleared_on: Date,
    row: &DeregistrationRow,
    calendar: &Calendar,
) -> Result<Deregistration, CalendarError> {
    let ends = due(&row.term, cleared_on, calendar)?;
    let mut reminders: Vec<Date> = row
        .remind_days
        .iter()
        .filter_map(|days| cleared_on.checked_add(jiff::Span::new().days(i64::from(*days))).ok())
        .filter(|day| *day <= ends.date)
        .collect();
    reminders.sort_unstable();
    Ok(Deregistration { due_on: ends.date, provisional: ends.provisional, reminders })
}

impl Deregistration {
    /// Whether a deregistration on a day is late.
    #[must_use]
    pub fn is_late(&self, done_on: Date) -> bool {
        done_on > self.due_on
    }
}

/// What the row says of declaring early (提前申报).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlyRow {
    /// Within what term of the declaration the goods have to arrive, such as `3d no_roll`.
    pub term: Term,
    /// Law and article.
    pub source: String,
}

/// How an arrival stands to its early declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "early")]
pub enum Early {
    /// The declaration holds.
    Holds,
    /// The goods were there before it: an ordinary declaration.
    Ordinary,
    /// It has lapsed: use of the licence is given back.
    Lapsed {
        /// Since when.
        since: Moment,
    },
}

/// Whether an early declaration still held when the goods arrived at the supervised site.
///
/// # Errors
/// What `calendar` cannot compute.
///
/// # Source
/// 海关进出口货物申报管理规定 art. 18 (assumed article).
pub fn early(
    declared_at: Moment,
    arrived_at: Moment,
    row: &EarlyRow,
    calendar: &Calendar,
) -> Result<Early, CalendarError> {
    if arrived_at <= declared_at {
        return Ok(Early::Ordinary);
    }
    let ends = due(&row.term, declared_at.date(), calendar)?;
    Ok(if ends.admits(arrived_at) { Early::Holds } else { Early::Lapsed { since: ends.at } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn s11_a_plate_lasts_sixty_days_and_no_longer_than_the_insurance() {
        let row = PlateRow {
            term: "60d no_roll".parse().unwrap(),
            remind_days: vec![15, 7, 1],
            source: "source".to_owned(),
        };
        let of = |insured: Option<&str>| {
            plate(d("2026-03-02"), insured.map(d), &row, &Calendar::embedded()).unwrap()
        };
        let whole = of(None);
        assert_eq!(whole.last_on, d("2026-05-01"));
        assert_eq!(whole.reminders, [d("2026-04-16"), d("2026-04-24"), d("2026-04-30")]);
        let short = of(Some("2026-03-12"));
        assert_eq!(short.last_on, d("2026-03-12"));
        assert_eq!(short.reminders, [d("2026-03-05"), d("2026-03-11")]);
        assert_eq!(of(Some("2027-01-01")), whole);
    }

    #[test]
    fn s11_deregistration_rolls_off_the_dragon_boat_holiday() {
        let row = DeregistrationRow {
            term: "2m roll".parse().unwrap(),
            remind_days: vec![30, 50, 60],
            source: "source".to_owned(),
        };
        let told = deregistration(d("2026-04-20"), &row, &Calendar::embedded()).unwrap();
        assert_eq!((told.due_on, told.provisional), (d("2026-06-22"), false));
        assert_eq!(told.reminders, [d("2026-05-20"), d("2026-06-09"), d("2026-06-19")]);
        assert!(!told.is_late(d("2026-06-22")) && told.is_late(d("2026-06-23")));
    }

    #[test]
    fn s12_goods_arrive_within_three_days_of_an_early_declaration() {
        let row = EarlyRow { term: "3d no_roll".parse().unwrap(), source: "source".to_owned() };
        let at = |text: &str| Moment::from_wall(text.parse().unwrap());
        let told = |arrived: &str| {
            early(at("2026-07-01T09:00"), at(arrived), &row, &Calendar::embedded()).unwrap()
        };
        assert_eq!(told("2026-07-03T17:00"), Early::Holds);
        assert_eq!(told("2026-07-04T23:59"), Early::Holds);
        let since = Moment::end_of(d("2026-07-04"));
        assert_eq!(told("2026-07-05T00:00"), Early::Lapsed { since });
        assert_eq!(told("2026-07-05T17:00"), Early::Lapsed { since });
        assert_eq!(told("2026-07-01T08:00"), Early::Ordinary);
    }
}
