//! When the write-ahead log is copied into the file: chosen by the drivers, never by SQLite in the middle of a commit.

use rusqlite::Connection;

/// How many pages of the log are not in the file yet. Cheap: it asks the index of the log, not the disk.
#[must_use]
pub fn log_pages(connection: &Connection) -> i64 {
    let asked = connection.prepare_cached("PRAGMA wal_checkpoint(NOOP)");
    let answer = asked.and_then(|mut statement| {
        statement.query_row([], |row| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?))
    });
    answer.unwrap_or_default()
}

/// Copies what no reader holds back and waits for nobody. Once all is copied, the next commit begins the log anew.
pub fn checkpoint(connection: &Connection) {
    let done = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_row| Ok(()));
    if let Err(error) = done {
        // Nothing is lost: what is not in the file is in the log, and the next round tries again.
        tracing::warn!(%error, "the log of an SQLite file could not be copied into it");
    }
}
