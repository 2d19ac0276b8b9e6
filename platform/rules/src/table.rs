//! A decision table, read and vetted.

use crate::cell::{Cell, Formula};
use crate::decide::Ground;
use crate::point::Scalar;
use codes::{Date, Division, Label};
use elements::{Kind, Value};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What happens where more than one row holds (命中策略).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitPolicy {
    /// Exactly one row holds; two are a fault of the table.
    Unique,
    /// The first row that holds decides.
    First,
    /// All rows that hold decide together; none may hold.
    Collect,
}

/// A decision table (决策表).
#[derive(Clone, Debug)]
pub struct Table {
    /// The id; the name of its file.
    pub id: String,
    /// What it decides.
    pub label: Label,
    /// What happens where more than one row holds.
    pub hit: HitPolicy,
    /// What the day is called on which the law in force decides, such as `submitted` or `established`.
    pub relevant_date: String,
    /// The role or kind of rows that it is asked about one by one, such as `shareholder`.
    pub each: Option<String>,
    /// The path that a refusal points at.
    pub at: Option<String>,
    /// The service whose term, outcome or duties it decides; whoever knows services says which outputs do what.
    pub decides: Option<String>,
    pub(crate) file: String,
    pub(crate) inputs: Vec<Input>,
    pub(crate) rows: Vec<Row>,
    pub(crate) place: Place,
}

/// A place in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// What cells look at.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) scalar: Scalar,
    pub(crate) of: Of,
}

/// Where an input comes from.
#[derive(Clone, Debug)]
pub(crate) enum Of {
    /// A fact as it is.
    Fact(Fact),
    /// A formula over facts, each under a name.
    Formula(Vec<(String, Fact)>, Formula),
}

/// A fact that a table asks for.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// Its name among the facts; `relevant_date` is the day asked about.
    pub(crate) path: String,
    /// How it is asked for.
    pub(crate) question: Label,
    pub(crate) kind: Kind,
    /// Whether it is a column.
    pub(crate) many: bool,
}

/// The name of the relevant date among facts.
pub(crate) const RELEVANT_DATE: &str = "relevant_date";

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    /// One for each input; none where the row does not look at it.
    pub(crate) cells: Vec<Option<Cell>>,
    pub(crate) outputs: BTreeMap<String, Value>,
    pub(crate) reason: Option<String>,
    pub(crate) label: Option<Label>,
    pub(crate) ground: Ground,
    pub(crate) from: Option<Date>,
    pub(crate) until: Option<Date>,
    pub(crate) known_from: Option<Date>,
    pub(crate) division: Division,
    pub(crate) place: Place,
}

impl Row {
    /// Whether it is in force on a day, as far as was known on another.
    pub(crate) fn in_force(&self, on: Date, known_on: Option<Date>) -> bool {
        self.from.is_none_or(|from| from <= on)
            && self.until.is_none_or(|until| on <= until)
            && known_on.is_none_or(|known| self.known_from.is_none_or(|from| from <= known))
    }
}

impl Table {
    /// Whether it judges: a row may refuse.
    #[must_use]
    pub fn judges(&self) -> bool {
        self.rows.iter().any(|row| row.outputs.contains_key("verdict"))
    }

    /// The names of its outputs, in order; each row gives all of them.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().take(1).flat_map(|row| row.outputs.keys().map(String::as_str))
    }

    /// What its rows say in an output, in order.
    pub fn says<'a>(&'a self, output: &'a str) -> impl Iterator<Item = &'a Value> {
        self.rows.iter().filter_map(move |row| row.outputs.get(output))
    }

    /// The ids of its rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| row.id.as_str())
    }

    /// The days on which the law changes: some row begins, or one has ended the day before.
    #[must_use]
    pub fn turns(&self) -> BTreeSet<Date> {
        let ends = self.rows.iter().filter_map(|row| row.until?.tomorrow().ok());
        self.rows.iter().filter_map(|row| row.from).chain(ends).collect()
    }

    /// The divisions for which some row speaks, the nation among them where one speaks for all.
    #[must_use]
    pub fn places(&self) -> BTreeSet<Division> {
        self.rows.iter().map(|row| row.division).collect()
    }

    /// Rows in force on a day that speak for a place, most specific places first; `None` asks for the nation.
    pub(crate) fn levels(
        &self,
        on: Date,
        known_on: Option<Date>,
        place: Option<Division>,
    ) -> Vec<Vec<&Row>> {
        let place = place.unwrap_or(Division::NATION);
        let mut levels: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
        for row in &self.rows {
            if row.in_force(on, known_on) && place.is_within(row.division) {
                let level = std::cmp::Reverse(row.division.level());
                levels.entry(level).or_default().push(row);
            }
        }
        levels.into_values().collect()
    }
}
