//! What can go wrong with the store of tables.

use crate::WrongCell;

/// A read that failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store is down, locked or corrupt.
    #[error("the store of tables cannot be read: {0}")]
    Store(String),
    /// A query and its reader disagree about a column.
    #[error(transparent)]
    Cell(#[from] WrongCell),
    /// A cell holds JSON that does not fit its type.
    #[error("a cell cannot be decoded")]
    Json(#[from] serde_json::Error),
}

/// A write that failed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The store is down, locked, full or corrupt.
    #[error("the store of tables cannot be written: {0}")]
    Store(String),
    /// Rows do not fit their table: a fault of the projection.
    #[error("a row does not fit table `{table}`: {why}")]
    Shape {
        /// The table.
        table: String,
        /// What is wrong.
        why: String,
    },
}
