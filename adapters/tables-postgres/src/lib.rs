//! Read models on PostgreSQL: one connection that writes, several that read.
//!
//! **Invariant:** rows of a batch and the position they reach are one transaction, which starts by looking at the position.
//! **Invariant:** a query cannot write; texts compare by their bytes, as on SQLite.
//! **Invariant:** a transaction that was not finished closes its connection, so that nobody inherits it.
//!
//! It knows no projection. Start with [`PostgresTables`].

mod cells;
mod ddl;
mod runs;
mod write;

use cells::Argument;
use kernel::{Shard, Waiting};
use postgres_links::{Links, Session, Target, broken, describe, told};
use std::sync::Arc;
use tables::{Query, ReadError, Reader, Row, Rows, Table, Tables, WriteError};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use write::Writer;

/// How many connections answer queries.
const READERS: usize = 8;
/// What each connection is set to. A commit does not wait for the disk: the journal can give the rows again.
const WRITING: [&str; 3] = [
    "search_path=read_model",
    "synchronous_commit=off",
    r"default_transaction_isolation=read\ committed",
];
const READING: [&str; 2] = ["search_path=read_model", "default_transaction_read_only=on"];

/// A store of tables on a PostgreSQL server; its clones share their connections.
#[derive(Clone, Debug)]
pub struct PostgresTables {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    writer: Writer,
    readers: Links,
}

impl PostgresTables {
    /// The tables of a server, such as `postgres://lianban@db.example/lianban`.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, WriteError> {
        let target = |settings: &[&str]| {
            Target::parse(url, settings).map_err(|error| WriteError::Store(told(&error)))
        };
        let writer = Writer::new(target(&WRITING)?);
        let readers = Links::new(target(&READING)?, READERS);
        writer.begin().await?;
        Ok(Self { inner: Arc::new(Inner { writer, readers }) })
    }

    /// Asks once more if the connection broke, or if tables were made anew under a prepared statement.
    async fn ask(&self, query: &Query) -> Result<Vec<Row>, ReadError> {
        let session = self.session().await?;
        match rows(&session, query).await {
            Err(Unanswered::Store(error)) if stale(&error) => session.forget().await,
            Err(Unanswered::Store(error)) if broken(&error) => {}
            done => return done.map_err(Unanswered::told),
        }
        rows(&*self.session().await?, query).await.map_err(Unanswered::told)
    }

    async fn session(&self) -> Result<Arc<Session>, ReadError> {
        self.inner.readers.any().await.map_err(|error| ReadError::Store(describe(&error)))
    }
}

/// Whether a prepared statement no longer fits its tables.
fn stale(error: &Error) -> bool {
    error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED)
        || error.code() == Some(&SqlState::UNDEFINED_TABLE)
}

/// A query without an answer.
enum Unanswered {
    Store(Error),
    Query(String),
}

impl Unanswered {
    fn told(self) -> ReadError {
        match self {
            Self::Store(error) => ReadError::Store(describe(&error)),
            Self::Query(why) => ReadError::Store(why),
        }
    }
}

async fn rows(session: &Session, query: &Query) -> Result<Vec<Row>, Unanswered> {
    let statement = session.prepare(&query.sql).await.map_err(Unanswered::Store)?;
    let wanted = statement.params().len();
    if wanted != query.args.len() {
        return Err(Unanswered::Query(format!(
            "{} arguments for {wanted} in the query",
            query.args.len()
        )));
    }
    let args: Vec<Argument<'_>> = query.args.iter().map(Argument).collect();
    let args: Vec<&(dyn ToSql + Sync)> = args.iter().map(|arg| arg as _).collect();
    let found = session.client().query(&statement, &args).await.map_err(Unanswered::Store)?;
    let columns: Arc<[String]> =
        statement.columns().iter().map(|column| column.name().to_owned()).collect();
    let row = |row: &tokio_postgres::Row| {
        let cells =
            (0..row.len()).map(|at| row.try_get::<_, cells::Value>(at).map(|value| value.0));
        cells.collect::<Result<_, _>>().map(|cells| Row::new(Arc::clone(&columns), cells))
    };
    found.iter().map(row).collect::<Result<_, _>>().map_err(Unanswered::Store)
}

impl Reader for PostgresTables {
    fn rows(&self, query: Query) -> Waiting<'_, Result<Vec<Row>, ReadError>> {
        Box::pin(async move { self.ask(&query).await })
    }
}

impl Tables for PostgresTables {
    fn prepare(
        &self,
        name: &str,
        version: u32,
        tables: &'static [Table],
    ) -> Waiting<'_, Result<bool, WriteError>> {
        let name = name.to_owned();
        Box::pin(async move { self.inner.writer.prepare(&name, version, tables).await })
    }

    fn write(&self, shard: &Shard, upto: u64, rows: Rows) -> Waiting<'_, Result<(), WriteError>> {
        let shard = shard.clone();
        Box::pin(async move { self.inner.writer.write(&shard, upto, &rows).await })
    }

    fn position(&self, shard: &Shard) -> Waiting<'_, Result<u64, ReadError>> {
        let query =
            Query::new("SELECT seq FROM lianban_positions WHERE shard = $1").arg(shard.as_str());
        Box::pin(async move {
            let rows = self.ask(&query).await?;
            Ok(rows.first().map(|row| row.get("seq")).transpose()?.unwrap_or_default())
        })
    }

    fn clear(&self, tables: &'static [Table]) -> Waiting<'_, Result<(), WriteError>> {
        Box::pin(async move { self.inner.writer.clear(tables).await })
    }
}
