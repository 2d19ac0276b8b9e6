//! The shape of a shard's file.
//!
//! ```text
//! events   one row an event, in the order of positions: new rows go to the right end of one tree
//!          stream = the position of the stream's first event, which alone keeps kind and key
//!          cause  = a position of this shard as an integer, or `shard/position` of another one
//!          mark   = the first 32 bits of the event's digest
//! actors   each actor's JSON text once
//! batches  the end of each batch and the digest over everything up to it
//! answers  the first answer to each command, in the order of their arrival, with a mark over it
//! lookup   where the answer to a command stands, by the first 64 bits of its id
//! state    up to which answer the lookup reaches
//! ```
//! Ids of commands are random: each new one in `lookup` changes a page of its own, 4 KiB for 16 bytes. So an append
//! leaves `lookup` alone, and thousands of answers enter it at once, in order; readers keep the rest in memory.

use kernel::CommandId;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// The version of the shape, kept in the file's header.
const VERSION: i64 = 1;
/// What marks the file as ours in its header: `Ljrn`.
const APPLICATION: i64 = 0x4c6a_726e;
/// How long a connection waits for another process.
const PATIENCE: Duration = Duration::from_secs(5);

const TABLES: &str = "
CREATE TABLE events (
  seq INTEGER PRIMARY KEY, stream INTEGER NOT NULL, version INTEGER NOT NULL, schema INTEGER NOT NULL,
  at INTEGER NOT NULL, actor INTEGER NOT NULL, command BLOB NOT NULL, cause ANY, mark INTEGER NOT NULL,
  kind TEXT, key TEXT, body TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX events_by_stream ON events (stream, version);
CREATE UNIQUE INDEX events_by_key ON events (kind, key) WHERE kind IS NOT NULL;
CREATE TABLE actors (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE batches (seq INTEGER PRIMARY KEY, digest BLOB NOT NULL) STRICT;
CREATE TABLE answers (
  id INTEGER PRIMARY KEY, command BLOB NOT NULL, asked BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  mark INTEGER NOT NULL) STRICT;
CREATE TABLE lookup (hash INTEGER, id INTEGER, PRIMARY KEY (hash, id)) STRICT, WITHOUT ROWID;
CREATE TABLE state (looked_up INTEGER NOT NULL) STRICT;
INSERT INTO state VALUES (0);
";

/// A file that cannot be opened as a shard of the journal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// SQLite refuses.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// It is another program's, or of another version.
    #[error("the file is not a journal of version {VERSION} but {application:x}/{version}")]
    Foreign {
        /// What its header says it is.
        application: i64,
        /// The version in its header.
        version: i64,
    },
}

/// A connection that reads, to a file that is there.
pub(crate) fn reader(path: &Path, cache_kib: u32) -> Result<Connection, OpenError> {
    let flags =
        rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    checked(&connection)?;
    connection.execute_batch(&format!("PRAGMA cache_size = -{cache_kib}"))?;
    Ok(connection)
}

/// The connection that writes; makes the file if it is not there.
pub(crate) fn writer(path: &Path) -> Result<Connection, OpenError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    let _mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    // FULL: a commit waits for the disk. The log is copied by this driver, never in the middle of a commit.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8192",
    )?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let empty =
        transaction.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    if empty {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    checked(&connection)?;
    Ok(connection)
}

fn checked(connection: &Connection) -> Result<(), OpenError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    if (application, version) == (APPLICATION, VERSION) {
        Ok(())
    } else {
        Err(OpenError::Foreign { application, version })
    }
}

/// A position as SQLite keeps it; positions stay far below 2⁶³.
pub(crate) fn signed(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// A position in a column of a row.
pub(crate) fn position(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_sign| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// What the lookup is sorted by: the first 64 bits of a command's id.
pub(crate) fn hash_of(command: CommandId) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = *command.bytes();
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Up to which answer the lookup reaches.
pub(crate) fn looked_up(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT looked_up FROM state")?.query_row([], |row| row.get(0))
}
