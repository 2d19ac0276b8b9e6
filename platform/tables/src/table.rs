//! The shape of a table.

/// A table of the read model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name, with the module's prefix: `case_tasks`.
    pub name: &'static str,
    /// Its columns, in the order in which rows give their cells.
    pub columns: &'static [Column],
    /// The columns of its key, by name; never empty.
    pub key: &'static [&'static str],
    /// Further indexes.
    pub indexes: &'static [Index],
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in snake case.
    pub name: &'static str,
    /// What it holds.
    pub holds: ColumnType,
}

impl Column {
    /// A column of integers.
    #[must_use]
    pub const fn int(name: &'static str) -> Self {
        Self { name, holds: ColumnType::Int }
    }

    /// A column of texts.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self { name, holds: ColumnType::Text }
    }

    /// A column of bytes.
    #[must_use]
    pub const fn bytes(name: &'static str) -> Self {
        Self { name, holds: ColumnType::Bytes }
    }
}

/// What a column holds; every column may be null unless it is in the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// `INTEGER` on SQLite, `BIGINT` on PostgreSQL.
    Int,
    /// `TEXT`, compared by bytes (`COLLATE "C"` on PostgreSQL) so that both stores sort alike.
    Text,
    /// `BLOB`, `BYTEA`.
    Bytes,
}

/// An index beside the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its columns by name; the index's name is made of the table's and theirs.
    pub columns: &'static [&'static str],
}

impl Table {
    /// Where a column stands.
    #[must_use]
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }
}
