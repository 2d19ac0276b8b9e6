//! Read-model tables: their shape, the rows that projections emit, the queries that pages ask.
//!
//! **Invariant:** a table is written by one projection alone; nobody else puts, sets, adds or removes a row.
//! **Invariant:** a projection is pure: the same events give the same rows, so that a rebuilt table equals the live one.
//! **Invariant:** SQL that stands here or in a module's `queries.rs` runs alike on SQLite and PostgreSQL.
//! **Invariant:** both stores sort texts by their bytes; an `ORDER BY` a column that may be null says `NULLS FIRST` or `LAST`.
//!
//! It stores nothing: `tables-sqlite` and `tables-postgres` do. Start with [`Projection`], then [`Reader`].

mod cell;
pub mod conformance;
mod error;
mod projection;
mod query;
mod shape;
mod table;

pub use cell::{Cell, FromCell, Row, WrongCell};
pub use error::{ReadError, WriteError};
pub use projection::{Op, Projection, Rows, Tables};
pub use query::{Query, Reader};
pub use shape::question_marks;
pub use table::{Column, ColumnType, Index, Table};
