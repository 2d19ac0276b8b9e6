//! Projections: events in, rows out.

use crate::{Cell, ReadError, Reader, Table, WriteError};
use kernel::{Recorded, Shard, Unreadable, Waiting};

/// Keeps tables that follow from the journal (投影).
pub trait Projection: Send + Sync + 'static {
    /// Its name, unique in the installation.
    fn name(&self) -> &'static str;
    /// A rise rebuilds its tables beside the old ones, then swaps them.
    fn version(&self) -> u32;
    /// Its tables; nobody else writes them.
    fn tables(&self) -> &'static [Table];
    /// The events it hears, as `kind.Variant` or `kind.*`.
    fn listens(&self) -> &'static [&'static str];
    /// The rows that follow from one event. Pure: it sees no row that is there already.
    ///
    /// # Errors
    /// The event cannot be decoded.
    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable>;
}

/// One change of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Inserts a row, or replaces the one of the same key. Cells in the order of the table's columns.
    Put {
        /// Which table.
        table: &'static Table,
        /// One cell a column.
        cells: Vec<Cell>,
    },
    /// Sets columns of the row of this key; nothing happens if there is none.
    Set {
        /// Which table.
        table: &'static Table,
        /// The key's cells, in the key's order.
        key: Vec<Cell>,
        /// Columns and their new cells.
        cells: Vec<(&'static str, Cell)>,
    },
    /// Adds to an integer column of the row of this key; makes the row (other columns null) if there is none.
    Add {
        /// Which table.
        table: &'static Table,
        /// The key's cells, in the key's order.
        key: Vec<Cell>,
        /// The column.
        column: &'static str,
        /// How much.
        by: i64,
    },
    /// Removes every row whose key begins with these cells.
    Remove {
        /// Which table.
        table: &'static Table,
        /// The first cells of the key, in the key's order; at least one.
        key: Vec<Cell>,
    },
}

/// Changes in the order in which they apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    ops: Vec<Op>,
    after: Option<u64>,
}

impl Rows {
    /// Inserts or replaces a row.
    pub fn put(&mut self, table: &'static Table, cells: Vec<Cell>) {
        debug_assert_eq!(table.columns.len(), cells.len(), "row of table `{}`", table.name);
        self.ops.push(Op::Put { table, cells });
    }

    /// Sets columns of a row.
    pub fn set(&mut self, table: &'static Table, key: Vec<Cell>, cells: Vec<(&'static str, Cell)>) {
        self.ops.push(Op::Set { table, key, cells });
    }

    /// Adds to a counter.
    pub fn add(&mut self, table: &'static Table, key: Vec<Cell>, column: &'static str, by: i64) {
        self.ops.push(Op::Add { table, key, column, by });
    }

    /// Removes rows by the beginning of their key.
    pub fn remove(&mut self, table: &'static Table, key: Vec<Cell>) {
        self.ops.push(Op::Remove { table, key });
    }

    /// Says at which position the shard must stand before these rows apply, so that a writer that was replaced
    /// meanwhile writes nothing twice.
    pub fn follow(&mut self, after: u64) {
        self.after = Some(after);
    }

    /// The position at which the shard must stand before; nothing if it does not matter.
    #[must_use]
    pub fn after(&self) -> Option<u64> {
        self.after
    }

    /// The changes.
    #[must_use]
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// Appends the changes of another list.
    pub fn extend(&mut self, other: Self) {
        self.ops.extend(other.ops);
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }
}

/// A store of tables (读模型库).
///
/// ```text
/// prepare(name, version, tables) ──► write(shard, upto, rows)… ──► position(shard) = upto
/// ```
/// Rows and the position they reach are one transaction; it may be lost in a crash as a whole (no fsync of its
/// own), because the journal can give it again.
pub trait Tables: Reader {
    /// Makes the tables and indexes if they are not there. Answers `true` if they are new or of another version, empty
    /// then, so that the caller projects from the start.
    fn prepare(
        &self,
        name: &str,
        version: u32,
        tables: &'static [Table],
    ) -> Waiting<'_, Result<bool, WriteError>>;
    /// Applies rows of one shard and moves its position to `upto`, both or neither. Rows that follow on another
    /// position than the one found ([`Rows::follow`]) are refused with [`WriteError::Moved`], in the same transaction.
    fn write(&self, shard: &Shard, upto: u64, rows: Rows) -> Waiting<'_, Result<(), WriteError>>;
    /// The position that the rows of a shard have reached; 0 if none.
    fn position(&self, shard: &Shard) -> Waiting<'_, Result<u64, ReadError>>;
    /// Forgets all rows of these tables.
    fn clear(&self, tables: &'static [Table]) -> Waiting<'_, Result<(), WriteError>>;
}
