//! The statements that make tables.

use tables::{Column, ColumnType, Table};

/// What the driver keeps for itself.
pub(crate) const OWN: &str = r#"
CREATE SCHEMA IF NOT EXISTS read_model;
CREATE TABLE IF NOT EXISTS lianban_positions (shard text COLLATE "C" PRIMARY KEY, seq bigint NOT NULL);
CREATE TABLE IF NOT EXISTS lianban_projections (
  name text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, shape text NOT NULL);
CREATE TABLE IF NOT EXISTS lianban_owners (name text COLLATE "C" PRIMARY KEY, projection text NOT NULL);
"#;

/// A type's name.
pub(crate) fn type_of(column: &Column) -> &'static str {
    match column.holds {
        ColumnType::Int => "bigint",
        ColumnType::Text => "text",
        ColumnType::Bytes => "bytea",
    }
}

/// The statements that make a table and its indexes.
pub(crate) fn create(table: &Table) -> Vec<String> {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let by_bytes = if column.holds == ColumnType::Text { r#" COLLATE "C""# } else { "" };
            let null = if table.key.contains(&column.name) { " NOT NULL" } else { "" };
            format!("\"{}\" {}{by_bytes}{null}", column.name, type_of(column))
        })
        .collect();
    let key = quoted(table.key);
    let mut statements = vec![format!(
        "CREATE TABLE \"{}\" ({}, PRIMARY KEY ({key}))",
        table.name,
        columns.join(", ")
    )];
    // The server names the indexes: its names may not be longer than 63 bytes.
    let indexes = table.indexes.iter();
    statements
        .extend(indexes.map(|index| {
            format!("CREATE INDEX ON \"{}\" ({})", table.name, quoted(index.columns))
        }));
    statements
}

/// Names in quotes, with commas.
pub(crate) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
