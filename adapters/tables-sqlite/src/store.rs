//! The connection that writes.

use crate::ddl;
use crate::select::{Argument, PATIENCE, alike};
use kernel::Shard;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, TransactionBehavior};
use sqlite_threads::{checkpoint, log_pages};
use std::collections::BTreeMap;
use std::path::Path;
use tables::{Cell, Op, Rows, Table, WriteError, question_marks};

/// The connection that writes, and the statements it has made.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
    texts: Texts,
    in_file: bool,
}

/// The texts of the statements of each table.
#[derive(Debug, Default)]
struct Texts {
    puts: BTreeMap<&'static str, String>,
    others: BTreeMap<(&'static str, Act), String>,
}

/// What a statement other than a put does.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Set(Vec<&'static str>),
    Add(&'static str),
    Remove(usize),
}

impl Texts {
    fn put(&mut self, table: &'static Table) -> &str {
        self.puts.entry(table.name).or_insert_with(|| ddl::put(table))
    }

    fn other(&mut self, table: &'static Table, act: Act) -> &str {
        self.others.entry((table.name, act)).or_insert_with_key(|(_name, act)| {
            question_marks(&match act {
                Act::Set(columns) => table.set_sql(columns),
                Act::Add(column) => table.add_sql(column),
                Act::Remove(cells) => table.remove_sql(*cells),
            })
        })
    }
}

impl Store {
    /// A store in memory.
    pub(crate) fn memory() -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        Self::ready(connection, false)
    }

    /// The store in a file.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        let _mode: String =
            connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        // NORMAL waits for the disk at checkpoints alone: a crash may cost the last rows, never a whole file.
        connection.execute_batch(
            "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -32768;
             PRAGMA temp_store = MEMORY",
        )?;
        Self::ready(connection, true)
    }

    fn ready(connection: Connection, in_file: bool) -> rusqlite::Result<Self> {
        alike(&connection)?;
        connection.execute_batch(ddl::OWN)?;
        Ok(Self { connection, texts: Texts::default(), in_file })
    }

    /// How many pages of the log are not in the file yet.
    pub(crate) fn log_pages(&self) -> i64 {
        log_pages(&self.connection)
    }

    /// The connection, for queries of a store in memory and for copying the log.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Makes the tables of a projection unless they are there in this version and shape.
    pub(crate) fn prepare(
        &mut self,
        name: &str,
        version: u32,
        tables: &'static [Table],
    ) -> Result<bool, WriteError> {
        let shape = tables.iter().flat_map(ddl::create).collect::<Vec<_>>().join(";\n");
        let kept = (i64::from(version), shape);
        let made = self.make(name, &kept, tables).map_err(|error| failed(&error))?;
        match made {
            Made::Already => Ok(false),
            Made::Anew => {
                self.texts = Texts::default();
                self.connection.flush_prepared_statement_cache();
                Ok(true)
            }
            Made::Taken { table, by } => {
                Err(WriteError::Shape { table, why: format!("it belongs to projection `{by}`") })
            }
        }
    }

    fn make(
        &mut self,
        name: &str,
        kept: &(i64, String),
        tables: &'static [Table],
    ) -> rusqlite::Result<Made> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let stands: Option<(i64, String)> = transaction
            .query_row(
                "SELECT version, shape FROM lianban_projections WHERE name = ?1",
                [name],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        if stands.as_ref() == Some(kept) {
            return Ok(Made::Already);
        }
        let owners: BTreeMap<String, String> = transaction
            .prepare("SELECT name, projection FROM lianban_owners")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for table in tables {
            if let Some(by) = owners.get(table.name).filter(|by| *by != name) {
                return Ok(Made::Taken { table: table.name.to_owned(), by: by.clone() });
            }
        }
        for (table, _by) in owners.iter().filter(|(_table, by)| *by == name) {
            transaction.execute_batch(&format!("DROP TABLE \"{table}\""))?;
        }
        transaction.execute("DELETE FROM lianban_owners WHERE projection = ?1", [name])?;
        for table in tables {
            ddl::create(table)
                .iter()
                .try_for_each(|statement| transaction.execute_batch(statement))?;
            transaction
                .execute("INSERT INTO lianban_owners VALUES (?1, ?2)", [table.name, name])?;
        }
        let (version, shape) = kept;
        transaction.execute(
            "INSERT OR REPLACE INTO lianban_projections VALUES (?1, ?2, ?3)",
            (name, version, shape),
        )?;
        transaction.commit()?;
        Ok(Made::Anew)
    }

    /// Applies rows and moves the position.
    pub(crate) fn write(
        &mut self,
        shard: &Shard,
        upto: u64,
        rows: &Rows,
    ) -> Result<(), WriteError> {
        rows.ops().iter().try_for_each(Op::check)?;
        let upto = i64::try_from(upto).map_err(|error| WriteError::Store(error.to_string()))?;
        if let Some(found) = self.apply(shard, upto, rows).map_err(|error| failed(&error))? {
            return Err(WriteError::Moved { found });
        }
        Ok(())
    }

    /// Applies rows; answers where the shard stands if that is not where they follow on.
    fn apply(&mut self, shard: &Shard, upto: i64, rows: &Rows) -> rusqlite::Result<Option<u64>> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(after) = rows.after() {
            let found: Option<i64> = transaction
                .prepare_cached("SELECT seq FROM lianban_positions WHERE shard = ?1")?
                .query_row([shard.as_str()], |row| row.get(0))
                .optional()?;
            let found = found.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(0);
            if found != after {
                return Ok(Some(found));
            }
        }
        let mut last: Option<(&'static str, CachedStatement<'_>)> = None;
        for op in rows.ops() {
            match op {
                Op::Put { table, cells } => {
                    // Runs of puts into one table are common: the statement is looked up once.
                    let mut statement = match last.take() {
                        Some((name, statement)) if name == table.name => statement,
                        _ => transaction.prepare_cached(self.texts.put(table))?,
                    };
                    run(&mut statement, cells)?;
                    last = Some((table.name, statement));
                }
                Op::Set { table, key, cells } => {
                    let columns = cells.iter().map(|(column, _cell)| *column).collect();
                    let mut statement =
                        transaction.prepare_cached(self.texts.other(table, Act::Set(columns)))?;
                    run(&mut statement, cells.iter().map(|(_column, cell)| cell).chain(key))?;
                }
                Op::Add { table, key, column, by } => {
                    let mut statement =
                        transaction.prepare_cached(self.texts.other(table, Act::Add(column)))?;
                    run(&mut statement, key.iter().chain([&Cell::Int(*by)]))?;
                }
                Op::Remove { table, key } => {
                    let act = Act::Remove(key.len());
                    run(&mut transaction.prepare_cached(self.texts.other(table, act))?, key)?;
                }
            }
        }
        drop(last);
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO lianban_positions (shard, seq) VALUES (?1, ?2)",
            )?
            .execute((shard.as_str(), upto))?;
        transaction.commit()?;
        Ok(None)
    }

    /// Forgets all rows of tables.
    pub(crate) fn clear(&mut self, tables: &'static [Table]) -> Result<(), WriteError> {
        let mut clear = || {
            let transaction =
                self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for table in tables {
                transaction.execute_batch(&format!("DELETE FROM \"{}\"", table.name))?;
            }
            transaction.commit()
        };
        clear().map_err(|error| failed(&error))
    }

    /// Tidies up in a pause: copies the log into the file, so that the next write begins it anew.
    pub(crate) fn idle(&mut self) {
        if self.in_file && log_pages(&self.connection) > 0 {
            checkpoint(&self.connection);
        }
    }
}

/// What became of the tables of a projection.
enum Made {
    Already,
    Anew,
    Taken { table: String, by: String },
}

fn failed(error: &rusqlite::Error) -> WriteError {
    WriteError::Store(error.to_string())
}

fn run<'a>(
    statement: &mut CachedStatement<'_>,
    cells: impl IntoIterator<Item = &'a Cell>,
) -> rusqlite::Result<()> {
    for (at, cell) in (1_usize..).zip(cells) {
        statement.raw_bind_parameter(at, Argument(cell))?;
    }
    statement.raw_execute().map(drop)
}
