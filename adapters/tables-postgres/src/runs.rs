//! Many changes in few statements.
//!
//! A batch holds hundreds of changes; sent one by one, each costs the server a statement. Changes of one shape (puts,
//! sets of the same columns, adds to the same column, removals by the same part of the key) become one statement over
//! arrays. A change may join an earlier statement only if no later one has touched its key, so that the outcome is the
//! one of the given order; removals touch unknown keys, so nothing is moved across them.

use crate::ddl::{quoted, type_of};
use std::borrow::Cow;
use std::collections::BTreeMap;
use tables::{Cell, Column, ColumnType, Op, Table};
use tokio_postgres::types::ToSql;

/// What makes changes alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    Put,
    Set(Vec<&'static str>),
    Add(&'static str),
    Remove(usize),
}

/// Changes that are one statement: by key, the cells in the order of the statement's columns.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    table: &'static Table,
    shape: Shape,
    rows: BTreeMap<Vec<&'a Cell>, Vec<Cow<'a, Cell>>>,
}

/// What has happened to one table so far.
#[derive(Debug, Default)]
struct Touched<'a> {
    open: BTreeMap<Shape, usize>,
    keys: BTreeMap<Vec<&'a Cell>, usize>,
    barrier: usize,
    last: usize,
}

/// The statements that changes become. Each change must have passed [`Op::check`].
pub(crate) fn runs(ops: &[Op]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut tables: BTreeMap<&'static str, Touched<'_>> = BTreeMap::new();
    for op in ops {
        let (key, shape) = (key_of(op), shape_of(op));
        let touched = tables.entry(op.table().name).or_default();
        let removes = matches!(shape, Shape::Remove(_));
        let least = if removes {
            touched.last
        } else {
            touched.barrier.max(touched.keys.get(&key).copied().unwrap_or(0))
        };
        let joins = touched.open.get(&shape).copied().filter(|at| *at >= least);
        let at = joins.unwrap_or(runs.len());
        if joins.is_none() {
            runs.push(Run { table: op.table(), shape: shape.clone(), rows: BTreeMap::new() });
            touched.open.insert(shape, at);
        }
        if removes {
            touched.barrier = at;
        } else {
            touched.keys.insert(key.clone(), at);
        }
        touched.last = touched.last.max(at);
        if let Some(run) = runs.get_mut(at) {
            run.take(key, op);
        }
    }
    runs
}

fn key_of(op: &Op) -> Vec<&Cell> {
    match op {
        Op::Put { table, cells } => {
            table.key.iter().filter_map(|name| cells.get(table.position(name)?)).collect()
        }
        Op::Set { key, .. } | Op::Add { key, .. } | Op::Remove { key, .. } => key.iter().collect(),
    }
}

fn shape_of(op: &Op) -> Shape {
    match op {
        Op::Put { .. } => Shape::Put,
        Op::Set { cells, .. } => Shape::Set(cells.iter().map(|(column, _cell)| *column).collect()),
        Op::Add { column, .. } => Shape::Add(column),
        Op::Remove { key, .. } => Shape::Remove(key.len()),
    }
}

impl<'a> Run<'a> {
    fn take(&mut self, key: Vec<&'a Cell>, op: &'a Op) {
        let cells = match op {
            Op::Put { cells, .. } => cells.iter().map(Cow::Borrowed).collect(),
            Op::Set { key, cells, .. } => {
                cells.iter().map(|(_column, cell)| cell).chain(key).map(Cow::Borrowed).collect()
            }
            Op::Add { key: cells, by, .. } => {
                let before = self.rows.get(&key).and_then(|row| row.last()).map(Cow::as_ref);
                let before = if let Some(Cell::Int(sum)) = before { *sum } else { 0 };
                let sum = Cow::Owned(Cell::Int(before.saturating_add(*by)));
                cells.iter().map(Cow::Borrowed).chain([sum]).collect()
            }
            Op::Remove { key, .. } => key.iter().map(Cow::Borrowed).collect(),
        };
        self.rows.insert(key, cells);
    }

    /// The columns of the arrays, in order.
    fn columns(&self) -> Vec<&'static Column> {
        let key = self.table.key;
        let names: Vec<&str> = match &self.shape {
            Shape::Put => return self.table.columns.iter().collect(),
            Shape::Set(columns) => columns.iter().chain(key).copied().collect(),
            Shape::Add(column) => key.iter().chain([column]).copied().collect(),
            Shape::Remove(cells) => key.iter().take(*cells).copied().collect(),
        };
        names.into_iter().filter_map(|name| self.table.column(name)).collect()
    }

    /// The statement.
    pub(crate) fn sql(&self) -> String {
        let (table, columns) = (self.table.name, self.columns());
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let arrays: Vec<String> = columns
            .iter()
            .zip(1..)
            .map(|(column, n)| format!("${n}::{}[]", type_of(column)))
            .collect();
        let given = format!("unnest({}) AS given ({})", arrays.join(", "), quoted(&names));
        let same = |names: &[&str]| -> String {
            let pairs =
                names.iter().map(|name| format!("\"{table}\".\"{name}\" = given.\"{name}\""));
            pairs.collect::<Vec<_>>().join(" AND ")
        };
        match &self.shape {
            Shape::Put => {
                let conflict = self.table.on_conflict_sql();
                format!(
                    "INSERT INTO \"{table}\" ({}) SELECT * FROM {given} {conflict}",
                    quoted(&names)
                )
            }
            Shape::Set(columns) => {
                let set: Vec<String> =
                    columns.iter().map(|name| format!("\"{name}\" = given.\"{name}\"")).collect();
                format!(
                    "UPDATE \"{table}\" SET {} FROM {given} WHERE {}",
                    set.join(", "),
                    same(self.table.key)
                )
            }
            Shape::Add(column) => format!(
                "INSERT INTO \"{table}\" ({}) SELECT * FROM {given} ON CONFLICT ({}) DO UPDATE \
                 SET \"{column}\" = coalesce(\"{table}\".\"{column}\", 0) + excluded.\"{column}\"",
                quoted(&names),
                quoted(self.table.key),
            ),
            Shape::Remove(_) => {
                format!("DELETE FROM \"{table}\" USING {given} WHERE {}", same(&names))
            }
        }
    }

    /// The arrays, in order.
    pub(crate) fn arrays(&self) -> Vec<Box<dyn ToSql + Sync + Send + '_>> {
        let columns = self.columns();
        columns.iter().enumerate().map(|(at, column)| self.array(at, column.holds)).collect()
    }

    fn array(&self, at: usize, holds: ColumnType) -> Box<dyn ToSql + Sync + Send + '_> {
        let cells = self.rows.values().map(|row| row.get(at).map_or(&Cell::Null, Cow::as_ref));
        match holds {
            ColumnType::Int => Box::new(
                cells
                    .map(|cell| if let Cell::Int(value) = cell { Some(*value) } else { None })
                    .collect::<Vec<_>>(),
            ),
            ColumnType::Text => Box::new(
                cells
                    .map(|cell| if let Cell::Text(text) = cell { Some(&**text) } else { None })
                    .collect::<Vec<_>>(),
            ),
            ColumnType::Bytes => {
                Box::new(
                    cells
                        .map(|cell| {
                            if let Cell::Bytes(bytes) = cell {
                                Some(bytes.as_slice())
                            } else {
                                None
                            }
                        })
                        .collect::<Vec<_>>(),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tables::Rows;

    static TASKS: Table = Table {
        name: "tasks",
        columns: &[
            Column::text("no"),
            Column::int("step"),
            Column::text("state"),
            Column::int("looks"),
        ],
        key: &["no", "step"],
        indexes: &[],
    };

    fn key(step: i64) -> Vec<Cell> {
        vec!["a".into(), step.into()]
    }

    fn shapes(rows: &Rows) -> Vec<(Shape, usize)> {
        runs(rows.ops()).into_iter().map(|run| (run.shape, run.rows.len())).collect()
    }

    fn put(rows: &mut Rows, step: i64) {
        rows.put(&TASKS, vec!["a".into(), step.into(), "offered".into(), Cell::Null]);
    }

    fn set(rows: &mut Rows, step: i64) {
        rows.set(&TASKS, key(step), vec![("state", "accepted".into())]);
    }

    #[test]
    fn changes_of_other_keys_join_across_each_other() {
        let mut rows = Rows::default();
        for step in 0..50 {
            put(&mut rows, step);
            set(&mut rows, step);
            rows.add(&TASKS, key(step), "looks", 1);
            rows.add(&TASKS, key(step), "looks", 2);
        }
        let wanted = [(Shape::Put, 50), (Shape::Set(vec!["state"]), 50), (Shape::Add("looks"), 50)];
        assert_eq!(shapes(&rows), wanted);
    }

    #[test]
    fn a_change_never_moves_before_one_of_the_same_key() {
        let mut rows = Rows::default();
        set(&mut rows, 1);
        put(&mut rows, 1);
        set(&mut rows, 1);
        set(&mut rows, 2);
        put(&mut rows, 2);
        let set = Shape::Set(vec!["state"]);
        assert_eq!(shapes(&rows), [(set.clone(), 1), (Shape::Put, 1), (set, 2), (Shape::Put, 1)]);
    }

    #[test]
    fn nothing_moves_across_a_removal() {
        let mut rows = Rows::default();
        put(&mut rows, 1);
        rows.remove(&TASKS, vec!["a".into()]);
        rows.remove(&TASKS, vec!["b".into()]);
        put(&mut rows, 2);
        rows.remove(&TASKS, vec!["c".into()]);
        put(&mut rows, 3);
        let wanted = [
            (Shape::Put, 1),
            (Shape::Remove(1), 2),
            (Shape::Put, 1),
            (Shape::Remove(1), 1),
            (Shape::Put, 1),
        ];
        assert_eq!(shapes(&rows), wanted);
    }

    #[test]
    fn statements_follow_from_the_shape() {
        let mut rows = Rows::default();
        put(&mut rows, 1);
        set(&mut rows, 1);
        rows.remove(&TASKS, vec!["a".into()]);
        let sql: Vec<String> = runs(rows.ops()).iter().map(Run::sql).collect();
        assert_eq!(
            sql,
            [
                "INSERT INTO \"tasks\" (\"no\", \"step\", \"state\", \"looks\") SELECT * FROM unnest($1::text[], \
                 $2::bigint[], $3::text[], $4::bigint[]) AS given (\"no\", \"step\", \"state\", \"looks\") ON CONFLICT \
                 (\"no\", \"step\") DO UPDATE SET \"state\" = excluded.\"state\", \"looks\" = excluded.\"looks\"",
                "UPDATE \"tasks\" SET \"state\" = given.\"state\" FROM unnest($1::text[], $2::text[], $3::bigint[]) \
                 AS given (\"state\", \"no\", \"step\") WHERE \"tasks\".\"no\" = given.\"no\" AND \"tasks\".\"step\" = \
                 given.\"step\"",
                "DELETE FROM \"tasks\" USING unnest($1::text[]) AS given (\"no\") WHERE \"tasks\".\"no\" = given.\"no\"",
            ]
        );
    }
}
