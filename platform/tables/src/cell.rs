//! Cells and rows.

use crate::ReadError;
use codes::{Date, Moment};
use kernel::{Recorded, Unreadable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::sync::Arc;

/// One cell: dates and JSON as text, instants as microseconds, truth as 0 or 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Nothing.
    Null,
    /// An integer; money in fen, instants in µs since 1970 UTC.
    Int(i64),
    /// A text.
    Text(Cow<'static, str>),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<u32> for Cell {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}
impl From<u64> for Cell {
    /// Positions and versions; they stay far below 2⁶³.
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}
impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}
impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}
impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(Cow::Owned(value.to_owned()))
    }
}
impl From<&String> for Cell {
    fn from(value: &String) -> Self {
        Self::Text(Cow::Owned(value.clone()))
    }
}
impl From<Moment> for Cell {
    fn from(value: Moment) -> Self {
        Self::Int(value.us())
    }
}
impl From<Date> for Cell {
    fn from(value: Date) -> Self {
        Self::Text(Cow::Owned(value.to_string()))
    }
}
impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Cell {
    /// A value of an event as JSON text.
    ///
    /// # Errors
    /// The value cannot be written as JSON.
    pub fn json<T: Serialize>(event: &Recorded, value: &T) -> Result<Self, Unreadable> {
        serde_json::to_string(value).map(Self::from).map_err(|source| event.unreadable(source))
    }
}

/// A row that a query found.
#[derive(Clone, Debug)]
pub struct Row {
    columns: Arc<[String]>,
    cells: Vec<Cell>,
}

/// A cell that does not hold what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column `{column}` does not hold {wanted}")]
pub struct WrongCell {
    /// The column asked for.
    pub column: String,
    /// What was wanted.
    pub wanted: &'static str,
}

impl Row {
    /// A row from the names of its columns (shared by all rows of an answer) and its cells.
    #[must_use]
    pub fn new(columns: Arc<[String]>, cells: Vec<Cell>) -> Self {
        Self { columns, cells }
    }

    /// The cell of a column.
    #[must_use]
    pub fn cell(&self, column: &str) -> Option<&Cell> {
        let at = self.columns.iter().position(|name| name == column)?;
        self.cells.get(at)
    }

    /// The names of all columns, in the order of the query.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// All cells, in the order of the query.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The value of a column.
    ///
    /// # Errors
    /// No such column, or another type than asked for.
    pub fn get<T: FromCell>(&self, column: &str) -> Result<T, WrongCell> {
        self.cell(column)
            .and_then(T::from_cell)
            .ok_or_else(|| WrongCell { column: column.to_owned(), wanted: T::WANTED })
    }

    /// The value that a column holds as JSON text; an empty cell is read as `null`.
    ///
    /// # Errors
    /// No such column, no JSON, or JSON of another shape.
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, ReadError> {
        let text: Option<String> = self.get(column)?;
        Ok(serde_json::from_str(text.as_deref().unwrap_or("null"))?)
    }

    /// The value of a word that a column holds, such as a state.
    ///
    /// # Errors
    /// No such column, or a word that means nothing.
    pub fn word<T>(
        &self,
        column: &str,
        of: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, WrongCell> {
        let word: String = self.get(column)?;
        of(&word).ok_or_else(|| WrongCell { column: column.to_owned(), wanted: "a known word" })
    }
}

/// What can be read out of a cell.
pub trait FromCell: Sized {
    /// What it is, for the error.
    const WANTED: &'static str;
    /// The value, or `None` if the cell holds something else.
    fn from_cell(cell: &Cell) -> Option<Self>;
}

impl FromCell for i64 {
    const WANTED: &'static str = "an integer";
    fn from_cell(cell: &Cell) -> Option<Self> {
        if let Cell::Int(value) = cell { Some(*value) } else { None }
    }
}
impl FromCell for u64 {
    const WANTED: &'static str = "an integer of zero or more";
    fn from_cell(cell: &Cell) -> Option<Self> {
        i64::from_cell(cell).and_then(|value| Self::try_from(value).ok())
    }
}
impl FromCell for u32 {
    const WANTED: &'static str = "a small integer of zero or more";
    fn from_cell(cell: &Cell) -> Option<Self> {
        i64::from_cell(cell).and_then(|value| Self::try_from(value).ok())
    }
}
impl FromCell for bool {
    const WANTED: &'static str = "0 or 1";
    fn from_cell(cell: &Cell) -> Option<Self> {
        i64::from_cell(cell).map(|value| value != 0)
    }
}
impl FromCell for String {
    const WANTED: &'static str = "a text";
    fn from_cell(cell: &Cell) -> Option<Self> {
        if let Cell::Text(text) = cell { Some(text.clone().into_owned()) } else { None }
    }
}
impl FromCell for Vec<u8> {
    const WANTED: &'static str = "bytes";
    fn from_cell(cell: &Cell) -> Option<Self> {
        if let Cell::Bytes(bytes) = cell { Some(bytes.clone()) } else { None }
    }
}
impl FromCell for Moment {
    const WANTED: &'static str = "an instant in microseconds";
    fn from_cell(cell: &Cell) -> Option<Self> {
        i64::from_cell(cell).map(Self::from_us)
    }
}
impl FromCell for Date {
    const WANTED: &'static str = "a date";
    fn from_cell(cell: &Cell) -> Option<Self> {
        if let Cell::Text(text) = cell { text.parse().ok() } else { None }
    }
}
impl<T: FromCell> FromCell for Option<T> {
    const WANTED: &'static str = T::WANTED;
    fn from_cell(cell: &Cell) -> Option<Self> {
        if *cell == Cell::Null { Some(None) } else { T::from_cell(cell).map(Some) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_words_are_read_as_they_were_written_and_nothing_else_is() {
        let columns: Arc<[String]> = ["body", "none", "state", "n"].map(str::to_owned).into();
        let cells = vec![r#"{"a":1}"#.into(), Cell::Null, "valid".into(), Cell::Int(7)];
        let row = Row::new(columns, cells);
        let body: std::collections::BTreeMap<String, u8> = row.json("body").unwrap();
        assert_eq!(body.get("a"), Some(&1));
        assert_eq!(row.json::<Option<u8>>("none").unwrap(), None);
        assert!(matches!(row.json::<u8>("none"), Err(ReadError::Json(_))), "it must be there");
        assert!(matches!(row.json::<u8>("body"), Err(ReadError::Json(_))), "another shape");
        assert!(matches!(row.json::<u8>("n"), Err(ReadError::Cell(_))), "no text");
        assert!(matches!(row.json::<u8>("missing"), Err(ReadError::Cell(_))));
        let known = |word: &str| (word == "valid").then_some(1);
        assert_eq!(row.word("state", known), Ok(1));
        assert_eq!(row.word("body", known).map_err(|wrong| wrong.wanted), Err("a known word"));
    }
}
