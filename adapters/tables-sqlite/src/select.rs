//! Queries.

use kernel::Shard;
use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tables::{Cell, Query, ReadError, Row, question_marks};

/// How long a reader waits for a checkpoint or another process.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A cell as an argument.
pub(crate) struct Argument<'a>(pub(crate) &'a Cell);

impl ToSql for Argument<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Cell::Null => ToSqlOutput::Owned(Value::Null),
            Cell::Int(value) => ToSqlOutput::Owned(Value::Integer(*value)),
            Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Cell::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

/// A connection that reads.
pub(crate) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8192")?;
    alike(&connection)?;
    Ok(connection)
}

/// What makes SQLite answer as PostgreSQL does.
pub(crate) fn alike(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(512);
    connection.execute_batch("PRAGMA case_sensitive_like = ON")
}

fn unreadable(error: &rusqlite::Error) -> ReadError {
    ReadError::Store(error.to_string())
}

/// The rows that a query finds.
pub(crate) fn rows(connection: &Connection, query: &Query) -> Result<Vec<Row>, ReadError> {
    let mut statement = connection
        .prepare_cached(&question_marks(&query.sql))
        .map_err(|error| unreadable(&error))?;
    if !statement.readonly() {
        return Err(ReadError::Store("a query must not write".to_owned()));
    }
    let wanted = statement.parameter_count();
    if wanted != query.args.len() {
        return Err(ReadError::Store(format!(
            "{} arguments for {wanted} in the query",
            query.args.len()
        )));
    }
    for (at, cell) in (1_usize..).zip(&query.args) {
        statement.raw_bind_parameter(at, Argument(cell)).map_err(|error| unreadable(&error))?;
    }
    let columns: Arc<[String]> = statement.column_names().map(str::to_owned).collect();
    let mut found = statement.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(|error| unreadable(&error))? {
        let cells = (0..columns.len()).map(|at| match row.get_ref(at) {
            Ok(value) => cell(value),
            Err(error) => Err(unreadable(&error)),
        });
        rows.push(Row::new(Arc::clone(&columns), cells.collect::<Result<_, _>>()?));
    }
    Ok(rows)
}

fn cell(value: ValueRef<'_>) -> Result<Cell, ReadError> {
    match value {
        ValueRef::Null => Ok(Cell::Null),
        ValueRef::Integer(value) => Ok(Cell::Int(value)),
        ValueRef::Real(value) => Err(ReadError::Store(format!("{value} is no whole number"))),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Ok(Cell::Text(Cow::Owned(text.to_owned()))),
            Err(error) => Err(ReadError::Store(format!("a text is damaged: {error}"))),
        },
        ValueRef::Blob(bytes) => Ok(Cell::Bytes(bytes.to_vec())),
    }
}

/// The position that a shard has reached.
pub(crate) fn position(connection: &Connection, shard: &Shard) -> Result<u64, ReadError> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT seq FROM lianban_positions WHERE shard = ?1")
        .and_then(|mut statement| {
            statement.query_row([shard.as_str()], |row| row.get(0)).optional()
        })
        .map_err(|error| unreadable(&error))?;
    let seq = found.unwrap_or_default();
    u64::try_from(seq)
        .map_err(|_sign| ReadError::Store(format!("the position of {shard} is {seq}")))
}
