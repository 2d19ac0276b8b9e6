//! The statements that make tables.

use tables::{Column, ColumnType, Table};

/// What the driver keeps for itself.
pub(crate) const OWN: &str = "
CREATE TABLE IF NOT EXISTS lianban_positions (shard TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lianban_projections (
  name TEXT PRIMARY KEY, version INTEGER NOT NULL, shape TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lianban_owners (
  name TEXT PRIMARY KEY, projection TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// The statements that make a table and its indexes.
///
/// A key of one integer is SQLite's own row number; any other key is the tree itself, so that a put writes one tree.
pub(crate) fn create(table: &Table) -> Vec<String> {
    let columns: Vec<String> = table.columns.iter().map(|column| define(table, column)).collect();
    let own_number = match table.key {
        [one] => table.column(one).is_some_and(|column| column.holds == ColumnType::Int),
        _ => false,
    };
    let mut statements = vec![format!(
        "CREATE TABLE \"{}\" ({}, PRIMARY KEY ({})) STRICT{}",
        table.name,
        columns.join(", "),
        quoted(table.key),
        if own_number { "" } else { ", WITHOUT ROWID" },
    )];
    statements.extend(table.indexes.iter().map(|index| {
        let name = table.index_name(index);
        format!("CREATE INDEX \"{name}\" ON \"{}\" ({})", table.name, quoted(index.columns))
    }));
    statements
}

/// The statement that puts a row.
pub(crate) fn put(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let args: Vec<String> = (1..=names.len()).map(|n| format!("?{n}")).collect();
    let conflict = table.on_conflict_sql();
    format!(
        "INSERT INTO \"{}\" ({}) VALUES ({}) {conflict}",
        table.name,
        quoted(&names),
        args.join(", ")
    )
}

fn define(table: &Table, column: &Column) -> String {
    let holds = match column.holds {
        ColumnType::Int => "INTEGER",
        ColumnType::Text => "TEXT",
        ColumnType::Bytes => "BLOB",
    };
    let null = if table.key.contains(&column.name) { " NOT NULL" } else { "" };
    format!("\"{}\" {holds}{null}", column.name)
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
