//! The connection that writes.

use crate::ddl;
use crate::runs::runs;
use kernel::Shard;
use postgres_links::{Request, Session, Target, describe, in_order, rolled_back};
use std::collections::BTreeMap;
use tables::{Op, Rows, Table, WriteError};
use tokio::sync::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Statement};

/// The number of the lock under which one process at a time makes tables: `Ltbl`.
const LOCK: i64 = 0x4c74_626c;
/// How often a transaction is tried that another process's made the server roll back.
const TRIES: usize = 3;

const NEW_POSITION: &str =
    "INSERT INTO lianban_positions (shard, seq) VALUES ($1, 0) ON CONFLICT DO NOTHING";
const POSITION: &str = "SELECT seq FROM lianban_positions WHERE shard = $1 FOR UPDATE";
const MOVE: &str = "UPDATE lianban_positions SET seq = $2 WHERE shard = $1";

/// The connection that writes. A transaction takes the session out and puts it back when it is finished; one that is
/// not, because it failed or its caller went away, drops it.
#[derive(Debug)]
pub(crate) struct Writer {
    target: Target,
    session: Mutex<Option<Session>>,
}

fn failed(error: &Error) -> WriteError {
    WriteError::Store(describe(error))
}

impl Writer {
    pub(crate) fn new(target: Target) -> Self {
        Self { target, session: Mutex::default() }
    }

    /// Makes what the driver keeps for itself.
    pub(crate) async fn begin(&self) -> Result<(), WriteError> {
        let mut slot = self.session.lock().await;
        let session = Session::open(&self.target).await.map_err(|error| failed(&error))?;
        let all = format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK}); {} COMMIT", ddl::OWN);
        session.client().batch_execute(&all).await.map_err(|error| failed(&error))?;
        *slot = Some(session);
        Ok(())
    }

    async fn session(&self, slot: &mut Option<Session>) -> Result<Session, WriteError> {
        match slot.take() {
            Some(session) if !session.client().is_closed() => Ok(session),
            _ => Session::open(&self.target).await.map_err(|error| failed(&error)),
        }
    }

    /// Applies rows and moves the position.
    pub(crate) async fn write(
        &self,
        shard: &Shard,
        upto: u64,
        rows: &Rows,
    ) -> Result<(), WriteError> {
        rows.ops().iter().try_for_each(Op::check)?;
        let upto = i64::try_from(upto).map_err(|error| WriteError::Store(error.to_string()))?;
        let mut slot = self.session.lock().await;
        let mut tries = 0;
        loop {
            tries += 1;
            let session = self.session(&mut slot).await?;
            match apply(&session, shard, upto, rows).await {
                Ok(found) => {
                    *slot = Some(session);
                    return found.map_or(Ok(()), |found| Err(WriteError::Moved { found }));
                }
                // Nothing was written (a deadlock with another process, tables made anew): a new connection may do it.
                Err(error) if rolled_back(&error) && tries < TRIES => {}
                Err(error) => return Err(failed(&error)),
            }
        }
    }

    /// Forgets all rows of tables.
    pub(crate) async fn clear(&self, tables: &'static [Table]) -> Result<(), WriteError> {
        let mut slot = self.session.lock().await;
        let session = self.session(&mut slot).await?;
        let all: Vec<String> =
            tables.iter().map(|table| format!("DELETE FROM \"{}\"", table.name)).collect();
        session.client().batch_execute(&all.join("; ")).await.map_err(|error| failed(&error))?;
        *slot = Some(session);
        Ok(())
    }

    /// Makes the tables of a projection unless they are there in this version and shape.
    pub(crate) async fn prepare(
        &self,
        name: &str,
        version: u32,
        tables: &'static [Table],
    ) -> Result<bool, WriteError> {
        let mut slot = self.session.lock().await;
        let session = self.session(&mut slot).await?;
        let shape = tables.iter().flat_map(ddl::create).collect::<Vec<_>>().join(";\n");
        let made = make(&session, name, (i64::from(version), &shape), tables)
            .await
            .map_err(|error| failed(&error))?;
        if let Made::Taken { table, by } = made {
            return Err(WriteError::Shape {
                table,
                why: format!("it belongs to projection `{by}`"),
            });
        }
        session.forget().await;
        *slot = Some(session);
        Ok(matches!(made, Made::Anew))
    }
}

/// One transaction; answers where the shard stands if that is not where the rows follow on.
async fn apply(
    session: &Session,
    shard: &Shard,
    upto: i64,
    rows: &Rows,
) -> Result<Option<u64>, Error> {
    let client = session.client();
    let (new, position) = (session.prepare(NEW_POSITION).await?, session.prepare(POSITION).await?);
    let moving = session.prepare(MOVE).await?;
    let name = shard.as_str();
    let named: [&(dyn ToSql + Sync); 1] = [&name];
    let started: Vec<Request<'_, Option<i64>>> = vec![
        Box::pin(async { client.batch_execute("BEGIN").await.map(|()| None) }),
        Box::pin(async { client.execute(&new, &named).await.map(|_rows| None) }),
        Box::pin(async { client.query_one(&position, &named).await?.try_get(0).map(Some) }),
    ];
    let started = in_order(started).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let found = started
        .into_iter()
        .flatten()
        .next()
        .and_then(|seq| u64::try_from(seq).ok())
        .unwrap_or_default();
    if rows.after().is_some_and(|after| after != found) {
        client.batch_execute("ROLLBACK").await?;
        return Ok(Some(found));
    }
    let runs = runs(rows.ops());
    let mut statements: Vec<Statement> = Vec::with_capacity(runs.len());
    for run in &runs {
        statements.push(session.prepare(&run.sql()).await?);
    }
    let moved: [&(dyn ToSql + Sync); 2] = [&name, &upto];
    let mut rest: Vec<Request<'_, ()>> = Vec::with_capacity(runs.len() + 2);
    for (run, statement) in runs.iter().zip(&statements) {
        rest.push(Box::pin(async move {
            let arrays = run.arrays();
            let arrays: Vec<&(dyn ToSql + Sync)> =
                arrays.iter().map(|array| &**array as _).collect();
            client.execute(statement, &arrays).await.map(drop)
        }));
    }
    rest.push(Box::pin(async { client.execute(&moving, &moved).await.map(drop) }));
    // After a failure the server takes this for a rollback.
    rest.push(Box::pin(client.batch_execute("COMMIT")));
    in_order(rest).await.into_iter().collect::<Result<(), _>>().map(|()| None)
}

/// What became of the tables of a projection.
enum Made {
    Already,
    Anew,
    Taken { table: String, by: String },
}

async fn make(
    session: &Session,
    name: &str,
    (version, shape): (i64, &str),
    tables: &'static [Table],
) -> Result<Made, Error> {
    let client = session.client();
    client.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})")).await?;
    let stands = client
        .query_opt("SELECT version, shape FROM lianban_projections WHERE name = $1", &[&name])
        .await?;
    if let Some(row) = stands
        && row.try_get::<_, i64>(0)? == version
        && row.try_get::<_, &str>(1)? == shape
    {
        client.batch_execute("ROLLBACK").await?;
        return Ok(Made::Already);
    }
    let owners = client.query("SELECT name, projection FROM lianban_owners", &[]).await?;
    let owners: BTreeMap<String, String> = owners
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<_, Error>>()?;
    for table in tables {
        if let Some(by) = owners.get(table.name).filter(|by| *by != name) {
            client.batch_execute("ROLLBACK").await?;
            return Ok(Made::Taken { table: table.name.to_owned(), by: by.clone() });
        }
    }
    let old = owners
        .iter()
        .filter(|(_table, by)| *by == name)
        .map(|(table, _by)| format!("DROP TABLE \"{table}\""));
    let statements: Vec<String> = old.chain(tables.iter().flat_map(ddl::create)).collect();
    client.batch_execute(&statements.join(";\n")).await?;
    client.execute("DELETE FROM lianban_owners WHERE projection = $1", &[&name]).await?;
    let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
    client
        .execute("INSERT INTO lianban_owners SELECT unnest($1::text[]), $2", &[&names, &name])
        .await?;
    let kept = "INSERT INTO lianban_projections VALUES ($1, $2, $3)
                ON CONFLICT (name) DO UPDATE SET version = excluded.version, shape = excluded.shape";
    client.execute(kept, &[&name, &version, &shape]).await?;
    client.batch_execute("COMMIT").await?;
    Ok(Made::Anew)
}
