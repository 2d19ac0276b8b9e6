//! Queries: SQL that both stores understand.

use crate::{Cell, ReadError, Row};
use kernel::Waiting;
use std::borrow::Cow;

/// A question in SQL with `$1`, `$2` … for its arguments; SQLite's driver rewrites them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The text.
    pub sql: Cow<'static, str>,
    /// The arguments in order.
    pub args: Vec<Cell>,
}

impl Query {
    /// A query from its text.
    pub fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { sql: sql.into(), args: Vec::new() }
    }

    /// Hands in the next argument.
    #[must_use]
    pub fn arg(mut self, cell: impl Into<Cell>) -> Self {
        self.args.push(cell.into());
        self
    }

    /// Adds `AND column = $n`; the text must already have a `WHERE`.
    #[must_use]
    pub fn and(self, column: &'static str, cell: impl Into<Cell>) -> Self {
        self.and_that(&format!("{column} = "), cell)
    }

    /// Adds `AND <left> $n`, such as `and_that("due_at <", now)`.
    #[must_use]
    pub fn and_that(mut self, left: &str, cell: impl Into<Cell>) -> Self {
        self.args.push(cell.into());
        let n = self.args.len();
        self.sql = Cow::Owned(format!("{} AND {left} ${n}", self.sql));
        self
    }

    /// Adds further SQL, such as an `ORDER BY`.
    #[must_use]
    pub fn text(mut self, sql: &str) -> Self {
        self.sql = Cow::Owned(format!("{} {sql}", self.sql));
        self
    }

    /// A page by key, never by offset: rows after a key, in its order, at most `limit`.
    #[must_use]
    pub fn page(self, key: &'static str, after: Option<Cell>, limit: u32) -> Self {
        let query = match after {
            Some(cell) => self.and_that(&format!("{key} >"), cell),
            None => self,
        };
        query.text(&format!("ORDER BY {key} LIMIT {limit}"))
    }
}

/// Reads tables.
pub trait Reader: Send + Sync + 'static {
    /// The rows that a query finds.
    fn rows(&self, query: Query) -> Waiting<'_, Result<Vec<Row>, ReadError>>;
}
