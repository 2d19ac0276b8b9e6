//! Overlaps, gaps and rows that never decide, found by trying every combination of boundary values.

use crate::point::{Point, boundaries};
use crate::table::{HitPolicy, Row, Table};
use crate::wrong::{TableFault, Wrong};
use codes::{Date, Division};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The most combinations of boundary values that are tried for one day and one place.
pub const COMBINATIONS_MAX: usize = 200_000;

/// Values that show a fault (反例).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Witness {
    /// The inputs that the rows look at, each with a value.
    pub inputs: BTreeMap<String, String>,
    /// A relevant date, where rows differ by it.
    pub on: Option<Date>,
    /// A place, where rows differ by it.
    pub place: Option<Division>,
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, ["any input", " on ", " in "])
    }
}

impl Witness {
    /// The same in Chinese.
    pub(crate) fn zh(&self) -> String {
        let mut text = String::new();
        // Writing into a text does not fail.
        let _ = self.write(&mut text, ["任何输入", "，日期", "，地点"]);
        text
    }

    fn write(&self, f: &mut impl fmt::Write, [any, on, place]: [&str; 3]) -> fmt::Result {
        if self.inputs.is_empty() {
            f.write_str(any)?;
        }
        for (i, (name, value)) in self.inputs.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{name} = {value}")?;
        }
        if let Some(day) = self.on {
            write!(f, "{on}{day}")?;
        }
        if let Some(division) = self.place {
            write!(f, "{place}{division}")?;
        }
        Ok(())
    }
}

/// What is found while combinations are tried.
#[derive(Default)]
struct Found {
    overlaps: BTreeMap<(usize, usize), Witness>,
    gaps: BTreeMap<BTreeMap<String, String>, Witness>,
    reached: BTreeSet<usize>,
    too_large: Option<usize>,
}

impl Table {
    /// Overlaps, gaps (of values, of time, of places) and rows that never decide, each with values that show it.
    ///
    /// Formulas may take any value of their type, even where facts rule a combination out.
    #[must_use]
    pub fn check(&self) -> Vec<TableFault> {
        let points = self.points();
        let mut found = Found::default();
        let places: BTreeSet<Division> = self.rows.iter().map(|row| row.division).collect();
        for on in self.days() {
            for place in places.iter().chain([&Division::NATION]).collect::<BTreeSet<_>>() {
                self.try_all(&points, on, *place, &mut found);
            }
        }
        self.told(found)
    }

    /// One day of each stretch in which the rows in force do not change; none before the first and after the last row.
    fn days(&self) -> Vec<Date> {
        let mut turns = BTreeSet::new();
        for row in &self.rows {
            turns.extend(row.from);
            turns.extend(row.until.and_then(|until| until.tomorrow().ok()));
        }
        let before = turns.first().and_then(|first| first.yesterday().ok());
        let any = Date::constant(2024, 7, 1);
        let mut days: Vec<Date> = match before {
            None => vec![any],
            Some(before) => [before].into_iter().chain(turns).collect(),
        };
        let in_force = |day: &Date| self.rows.iter().any(|row| row.in_force(*day, None));
        while days.last().is_some_and(|day| !in_force(day)) {
            days.pop();
        }
        let first = days.iter().position(in_force).unwrap_or(0);
        days.drain(..first);
        days
    }

    /// The boundary values of each input.
    fn points(&self) -> Vec<Vec<Point>> {
        let literals = |i: usize| {
            let cells = self.rows.iter().filter_map(move |row| row.cells.get(i)?.as_ref());
            cells.flat_map(|cell| cell.literals.clone()).collect::<Vec<_>>()
        };
        let inputs = self.inputs.iter().enumerate();
        inputs.map(|(i, input)| boundaries(&input.scalar, &literals(i))).collect()
    }

    fn try_all(&self, points: &[Vec<Point>], on: Date, place: Division, found: &mut Found) {
        let levels = self.levels(on, None, Some(place));
        let rows: Vec<&Row> = levels.iter().flatten().copied().collect();
        let classes: Vec<Vec<Class<'_>>> =
            points.iter().enumerate().map(|(i, points)| classes(points, i, &rows)).collect();
        let combinations =
            classes.iter().try_fold(1_usize, |product, classes| product.checked_mul(classes.len()));
        let combinations = combinations.unwrap_or(usize::MAX);
        if combinations > COMBINATIONS_MAX {
            found.too_large = found.too_large.max(Some(combinations));
            return;
        }
        let number = |row: &Row| self.rows.iter().position(|own| own.id == row.id).unwrap_or(0);
        let numbers: Vec<usize> = rows.iter().map(|row| number(row)).collect();
        for n in 0..combinations {
            let chosen = combination(&classes, n);
            let holds = |row: usize| chosen.iter().all(|class| class.holds.get(row) == Some(&true));
            let witness = || self.witness(&chosen, &rows, on, place);
            let mut start = 0;
            let mut decided = false;
            for level in &levels {
                let here = start..start + level.len();
                start = here.end;
                let hits: Vec<usize> = here
                    .filter(|row| holds(*row))
                    .filter_map(|row| numbers.get(row).copied())
                    .collect();
                if hits.is_empty() {
                    continue;
                }
                decided = true;
                match (self.hit, hits.as_slice()) {
                    (HitPolicy::Collect, all) => found.reached.extend(all),
                    (_, [first, rest @ ..]) => {
                        found.reached.insert(*first);
                        if let (HitPolicy::Unique, [second, ..]) = (self.hit, rest) {
                            found.reached.extend(rest);
                            found.overlaps.entry((*first, *second)).or_insert_with(witness);
                        }
                    }
                    (_, []) => {}
                }
                break;
            }
            if !decided && self.hit != HitPolicy::Collect {
                let gap = witness();
                found.gaps.entry(gap.inputs.clone()).or_insert(gap);
            }
        }
    }

    /// The chosen values of the inputs that rows in force look at.
    fn witness(&self, chosen: &[&Class<'_>], rows: &[&Row], on: Date, place: Division) -> Witness {
        let looked = |i: usize| rows.iter().any(|row| matches!(row.cells.get(i), Some(Some(_))));
        let inputs = self.inputs.iter().zip(chosen).enumerate();
        Witness {
            inputs: inputs
                .filter(|(i, _)| looked(*i))
                .map(|(_, (input, class))| (input.name.clone(), class.point.to_string()))
                .collect(),
            on: self.rows.iter().any(|row| row.from.is_some() || row.until.is_some()).then_some(on),
            place: self.rows.iter().any(|row| row.division != Division::NATION).then_some(place),
        }
    }

    fn told(&self, found: Found) -> Vec<TableFault> {
        let fault = |at: crate::table::Place, wrong| TableFault {
            file: self.file.clone(),
            line: at.line,
            column: at.column,
            wrong,
        };
        if let Some(combinations) = found.too_large {
            return vec![fault(
                self.place,
                Wrong::TooLarge { combinations, max: COMBINATIONS_MAX },
            )];
        }
        let mut faults = Vec::new();
        for ((first, second), witness) in found.overlaps {
            if let (Some(first), Some(second)) = (self.rows.get(first), self.rows.get(second)) {
                let rows = (first.id.clone(), second.id.clone());
                faults.push(fault(second.place, Wrong::Overlap { rows, witness }));
            }
        }
        faults.extend(
            found.gaps.into_values().map(|witness| fault(self.place, Wrong::Gap { witness })),
        );
        for (i, row) in self.rows.iter().enumerate() {
            if !found.reached.contains(&i) {
                faults.push(fault(row.place, Wrong::Unreachable { row: row.id.clone() }));
            }
        }
        faults
    }
}

/// Values of one input that no row in force tells apart, by one of them.
struct Class<'a> {
    point: &'a Point,
    /// For each row in force whether its cell holds; a row without a cell does not mind.
    holds: Vec<bool>,
}

fn classes<'a>(points: &'a [Point], input: usize, rows: &[&Row]) -> Vec<Class<'a>> {
    let mut classes: Vec<Class<'a>> = Vec::new();
    for point in points {
        let holds: Vec<bool> = rows
            .iter()
            .map(|row| match row.cells.get(input) {
                // Every boundary was tried when the cell was compiled.
                Some(Some(cell)) => cell.holds(point).unwrap_or(false),
                _ => true,
            })
            .collect();
        if classes.iter().all(|class| class.holds != holds) {
            classes.push(Class { point, holds });
        }
    }
    classes
}

/// The `n`-th combination: one class of each input.
fn combination<'a>(classes: &'a [Vec<Class<'a>>], mut n: usize) -> Vec<&'a Class<'a>> {
    let mut chosen = Vec::with_capacity(classes.len());
    for of_input in classes {
        let len = of_input.len().max(1);
        chosen.extend(of_input.get(n % len));
        n /= len;
    }
    chosen
}
