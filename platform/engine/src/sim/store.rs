//! Tables in memory that fail as they are told: what the simulator's projections write to.

use crate::book::{Pending, letter_of, timer_of};
use crate::machine::TimerKey;
use kernel::{Body, Shard, Waiting};
use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tables::{Cell, Op, Query, ReadError, Reader, Row, Rows, Table, Tables, WriteError};

/// What becomes of the next write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteFate {
    /// Nothing is written.
    Lost,
    /// It is written, but the writer hears that the store failed.
    Written,
}

#[derive(Debug, Default)]
struct Kept {
    /// Rows by table, each under its key.
    rows: BTreeMap<&'static str, BTreeMap<Vec<Cell>, Vec<Cell>>>,
    prepared: BTreeMap<String, u32>,
    positions: BTreeMap<Shard, u64>,
    fate: Option<WriteFate>,
}

/// Tables in memory; clones share what they hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryTables(Arc<Mutex<Kept>>);

/// Everything that tables hold, in an order that follows from the content alone.
pub(crate) type Dump = BTreeMap<&'static str, BTreeMap<Vec<Cell>, Vec<Cell>>>;

impl MemoryTables {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what becomes of the next write.
    pub(crate) fn next_write(&self, fate: Option<WriteFate>) {
        self.kept().fate = fate;
    }

    /// Everything that stands in the tables.
    pub(crate) fn dump(&self) -> Dump {
        let mut dump = self.kept().rows.clone();
        dump.retain(|_, rows| !rows.is_empty());
        dump
    }

    /// The position of a shard.
    pub(crate) fn stands_at(&self, shard: &Shard) -> u64 {
        self.kept().positions.get(shard).copied().unwrap_or(0)
    }

    /// The rows of one of the engine's tables for a shard, in the order of its key.
    fn rows_of(&self, table: &Table, shard: &Shard) -> Vec<Row> {
        let names: Arc<[String]> =
            table.columns.iter().map(|column| column.name.to_owned()).collect();
        let kept = self.kept();
        let rows = kept.rows.get(table.name).into_iter().flat_map(BTreeMap::values);
        rows.filter(|cells| cells.first() == Some(&Cell::from(shard.as_str())))
            .map(|cells| Row::new(Arc::clone(&names), cells.clone()))
            .collect()
    }

    /// The timers of a shard after one of them.
    pub(crate) fn timers(
        &self,
        table: &Table,
        shard: &Shard,
        after: Option<&TimerKey>,
        limit: usize,
    ) -> Result<(Vec<(TimerKey, Body)>, bool), String> {
        let mut timers = Vec::new();
        for row in self.rows_of(table, shard) {
            let (timer, command) = timer_of(&row).map_err(|e| e.to_string())?;
            if after.is_none_or(|after| timer > *after) {
                timers.push((timer, command));
            }
        }
        timers.sort_by(|(a, _), (b, _)| a.cmp(b));
        let complete = timers.len() <= limit;
        timers.truncate(limit);
        Ok((timers, complete))
    }

    /// The letters of a shard that were queued after a position.
    pub(crate) fn letters(
        &self,
        table: &Table,
        shard: &Shard,
        after: u64,
        limit: usize,
    ) -> Result<(Vec<Pending>, bool), String> {
        let rows = self.rows_of(table, shard);
        let read = rows.iter().map(letter_of).collect::<Result<Vec<_>, _>>();
        let mut letters = read.map_err(|e| e.to_string())?;
        letters.retain(|letter| letter.seq > after);
        letters.sort_by_key(|letter| letter.seq);
        let complete = letters.len() <= limit;
        letters.truncate(limit);
        Ok((letters, complete))
    }
}

fn key_of(table: &Table, cells: &[Cell]) -> Vec<Cell> {
    let places = table.key.iter().filter_map(|column| table.position(column));
    places.filter_map(|at| cells.get(at).cloned()).collect()
}

impl Kept {
    fn apply(&mut self, op: &Op) {
        match op {
            Op::Put { table, cells } => {
                self.rows
                    .entry(table.name)
                    .or_default()
                    .insert(key_of(table, cells), cells.clone());
            }
            Op::Set { table, key, cells } => {
                let row = self.rows.entry(table.name).or_default().get_mut(key);
                if let Some(row) = row {
                    for (column, cell) in cells {
                        set(table, row, column, cell.clone());
                    }
                }
            }
            Op::Add { table, key, column, by } => {
                let row =
                    self.rows.entry(table.name).or_default().entry(key.clone()).or_insert_with(
                        || {
                            let mut row = vec![Cell::Null; table.columns.len()];
                            for (column, cell) in table.key.iter().zip(key) {
                                set(table, &mut row, column, cell.clone());
                            }
                            row
                        },
                    );
                let before = table.position(column).and_then(|at| row.get(at));
                let before = if let Some(Cell::Int(value)) = before { *value } else { 0 };
                set(table, row, column, (before + by).into());
            }
            Op::Remove { table, key } => {
                self.rows.entry(table.name).or_default().retain(|k, _| !k.starts_with(key));
            }
        }
    }
}

fn set(table: &Table, row: &mut [Cell], column: &str, to: Cell) {
    if let Some(cell) = table.position(column).and_then(|at| row.get_mut(at)) {
        *cell = to;
    }
}

impl Reader for MemoryTables {
    fn rows(&self, query: Query) -> Waiting<'_, Result<Vec<Row>, ReadError>> {
        Box::pin(ready(Err(ReadError::Store(format!("the simulator reads no SQL: {}", query.sql)))))
    }
}

impl Tables for MemoryTables {
    fn prepare(
        &self,
        name: &str,
        version: u32,
        _tables: &'static [Table],
    ) -> Waiting<'_, Result<bool, WriteError>> {
        let before = self.kept().prepared.insert(name.to_owned(), version);
        Box::pin(ready(Ok(before != Some(version))))
    }

    fn write(&self, shard: &Shard, upto: u64, rows: Rows) -> Waiting<'_, Result<(), WriteError>> {
        let mut kept = self.kept();
        let fate = kept.fate.take();
        let failed = || Err(WriteError::Store("the store failed".to_owned()));
        if fate == Some(WriteFate::Lost) {
            return Box::pin(ready(failed()));
        }
        let found = kept.positions.get(shard).copied().unwrap_or(0);
        if rows.after().is_some_and(|after| after != found) {
            return Box::pin(ready(Err(WriteError::Moved { found })));
        }
        rows.ops().iter().for_each(|op| kept.apply(op));
        kept.positions.insert(shard.clone(), upto);
        Box::pin(ready(if fate.is_some() { failed() } else { Ok(()) }))
    }

    fn position(&self, shard: &Shard) -> Waiting<'_, Result<u64, ReadError>> {
        Box::pin(ready(Ok(self.stands_at(shard))))
    }

    fn clear(&self, tables: &'static [Table]) -> Waiting<'_, Result<(), WriteError>> {
        let mut kept = self.kept();
        for table in tables {
            kept.rows.remove(table.name);
        }
        Box::pin(ready(Ok(())))
    }
}
