//! The shape of the journal in PostgreSQL, made at the first connection.
//!
//! ```text
//! shards   each shard's number and head: the row that an append moves, so that one writer at a time wins
//! events   one row an event; body is text, because the digest rests on its very bytes
//! batches  the end of each batch and the digest over everything up to it
//! answers  the first answer to each command, with a mark over it
//! leases   who writes a shard, and until when
//! inbox    commands for shards that another process writes, and their answers
//! ```

use crate::error::unreadable;
use journal::ReadError;
use postgres_links::Session;

/// The version of the shape.
const VERSION: i32 = 1;
/// The number of the lock under which one process at a time looks at the shape: `Ljrn`.
const LOCK: i64 = 0x4c6a_726e;

const TABLES: &str = r#"
CREATE TABLE journal.shape (version integer NOT NULL);
CREATE TABLE journal.shards (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shard text COLLATE "C" NOT NULL UNIQUE,
  seq bigint NOT NULL, digest bytea NOT NULL);
CREATE TABLE journal.events (
  shard integer NOT NULL, seq bigint NOT NULL, kind text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
  version bigint NOT NULL, schema integer NOT NULL, at bigint NOT NULL, actor text NOT NULL, command bytea NOT NULL,
  cause text, mark bigint NOT NULL, body text NOT NULL, PRIMARY KEY (shard, seq));
CREATE UNIQUE INDEX events_by_stream ON journal.events (key, version, kind, shard);
CREATE TABLE journal.batches (
  shard integer NOT NULL, seq bigint NOT NULL, digest bytea NOT NULL, PRIMARY KEY (shard, seq));
CREATE TABLE journal.answers (
  shard integer NOT NULL, command bytea NOT NULL, asked bytea NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
  mark bigint NOT NULL, PRIMARY KEY (shard, command));
CREATE TABLE journal.leases (
  shard text COLLATE "C" PRIMARY KEY, holder text NOT NULL, epoch bigint NOT NULL, until timestamptz NOT NULL);
CREATE TABLE journal.inbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shard text COLLATE "C" NOT NULL, command bytea NOT NULL,
  body text NOT NULL, answer text, sent timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (shard, command));
CREATE INDEX inbox_waiting ON journal.inbox (shard, id) WHERE answer IS NULL;
"#;

/// Makes the shape, or compares its version.
pub(crate) async fn prepare(session: &Session) -> Result<(), ReadError> {
    let client = session.client();
    let failed = |error| unreadable(&error);
    client.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")).await.map_err(failed)?;
    let made = make(client).await;
    client.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})")).await.map_err(failed)?;
    let version = made.map_err(failed)?;
    if version == VERSION {
        Ok(())
    } else {
        Err(ReadError::Store(format!(
            "the journal has shape {version}, this program writes shape {VERSION}"
        )))
    }
}

async fn make(client: &tokio_postgres::Client) -> Result<i32, tokio_postgres::Error> {
    let there: bool =
        client.query_one("SELECT to_regclass('journal.shape') IS NOT NULL", &[]).await?.get(0);
    if !there {
        // One string is one transaction.
        let all = format!(
            "CREATE SCHEMA IF NOT EXISTS journal; {TABLES} INSERT INTO journal.shape VALUES ({VERSION})"
        );
        client.batch_execute(&all).await?;
    }
    client.query_one("SELECT version FROM journal.shape", &[]).await?.try_get(0)
}
