//! Credit points of an exporter (信用记分): what stops new applications, what strikes off.

use calendar::{Calendar, CalendarError, Term, due};
use codes::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an exporter did, on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offence {
    /// Its kind, a word of the rows, such as `deregistration_overdue`.
    pub kind: String,
    /// When.
    pub on: Date,
}

/// One row of the points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointRow {
    /// The kind of offence.
    pub kind: String,
    /// Points for each.
    pub points: u32,
    /// The most that offences of the kind come to within the period.
    pub cap: Option<u32>,
    /// Whether the exporter is struck off (退出).
    pub strikes_off: bool,
    /// Law and article, or that it is a default.
    pub source: String,
}

/// The points and what they lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreRules {
    /// Points by kind.
    pub rows: Vec<PointRow>,
    /// How long a point counts, such as `12m`.
    pub counts: Term,
    /// From how many points on nothing is accepted any more (暂停受理).
    pub stop_at: u32,
}

/// How an exporter stands on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Points by kind, those that count on the day, capped.
    pub by_kind: BTreeMap<String, u32>,
    /// All of them.
    pub points: u32,
    /// Whether nothing is accepted.
    pub stopped: bool,
    /// Whether the exporter is struck off, whenever that happened.
    pub struck_off: bool,
}

/// How an exporter stands on a day. Offences of a kind that no row knows count nothing.
///
/// # Errors
/// What `calendar` cannot compute.
pub fn score(offences: &[Offence], on: Date, rules: &ScoreRules) -> Result<Score, CalendarError> {
    let mut told = Score::default();
    for offence in offences.iter().filter(|offence| offence.on <= on) {
        let Some(row) = rules.rows.iter().find(|row| row.kind == offence.kind) else { continue };
        told.struck_off |= row.strikes_off;
        // Points of a day count until the corresponding day, that day excluded.
        if on < due(&rules.counts, offence.on, &Calendar::bare())?.date {
            let points = told.by_kind.entry(offence.kind.clone()).or_default();
            *points = points.saturating_add(row.points).min(row.cap.unwrap_or(u32::MAX));
        }
    }
    told.points = told.by_kind.values().fold(0_u32, |sum, points| sum.saturating_add(*points));
    told.stopped = told.struck_off || told.points >= rules.stop_at;
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> ScoreRules {
        let row = |kind: &str, points, cap, strikes_off| PointRow {
            kind: kind.to_owned(),
            points,
            cap,
            strikes_off,
            source: "default".to_owned(),
        };
        ScoreRules {
            rows: vec![
                row("false_material", 12, None, true),
                row("new_as_used", 12, None, false),
                row("no_aftersale_answer", 3, None, false),
                row("deregistration_overdue", 2, Some(6), false),
                row("odometer_rollback", 6, None, false),
            ],
            counts: "12m".parse().unwrap(),
            stop_at: 12,
        }
    }

    fn told(offences: &[(&str, &str)], on: &str) -> (u32, bool, bool) {
        let offences: Vec<Offence> = offences
            .iter()
            .map(|(kind, on)| Offence { kind: (*kind).to_owned(), on: on.parse().unwrap() })
            .collect();
        let score = score(&offences, on.parse().unwrap(), &rules()).unwrap();
        (score.points, score.stopped, score.struck_off)
    }

    #[test]
    fn s11_a_late_deregistration_costs_two_points_and_at_most_six() {
        let late = ("deregistration_overdue", "2026-06-23");
        assert_eq!(told(&[late], "2026-06-22"), (0, false, false));
        assert_eq!(told(&[late], "2026-06-23"), (2, false, false));
        assert_eq!(told(&[late; 4], "2026-06-23"), (6, false, false));
        assert_eq!(told(&[late], "2027-06-22"), (2, false, false));
        assert_eq!(told(&[late], "2027-06-23"), (0, false, false));
    }

    #[test]
    fn twelve_points_stop_and_false_material_strikes_off_for_good() {
        let six = ("odometer_rollback", "2026-01-10");
        let three = ("no_aftersale_answer", "2026-02-10");
        assert_eq!(told(&[six, three, three], "2026-03-01"), (12, true, false));
        assert_eq!(told(&[six, three], "2026-03-01"), (9, false, false));
        assert_eq!(told(&[six, three, three], "2027-01-10"), (6, false, false));
        assert_eq!(told(&[("new_as_used", "2026-01-10")], "2026-03-01"), (12, true, false));
        let forged = ("false_material", "2020-01-01");
        assert_eq!(told(&[forged], "2026-03-01"), (0, true, true));
        assert_eq!(told(&[("parking", "2026-01-01")], "2026-03-01"), (0, false, false));
    }
}
