//! When the write-ahead log is copied into the file: chosen by the drivers, never by SQLite in the middle of a commit.

use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

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

/// The copying of a long log beside the writes, shared by the thread that writes and those that read.
///
/// ```text
/// log too long ──► a reader's thread copies, writes go on ──► the writer copies the rest ──► the log begins anew
///     begins()             copy()                    rest()          copy_rest()
/// ```
/// The rest is what was written meanwhile: little, so that the one write that waits for it waits a short while.
#[derive(Clone, Debug, Default)]
pub struct Copying(Arc<AtomicU8>);

/// Nobody copies the log.
const AT_REST: u8 = 0;
/// Somebody copies it.
const UNDER_WAY: u8 = 1;
/// It is copied up to a moment ago.
const NEARLY_DONE: u8 = 2;

impl Copying {
    fn moves(&self, from: u8, to: u8) -> bool {
        self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Whether the log is longer than `limit` pages and the caller shall have it copied.
    #[must_use]
    pub fn begins(&self, log_pages: i64, limit: i64) -> bool {
        log_pages > limit && self.moves(AT_REST, UNDER_WAY)
    }

    /// The part of a reader's thread.
    pub fn copy(&self, connection: &Connection) {
        checkpoint(connection);
        self.0.store(NEARLY_DONE, Ordering::Release);
    }

    /// Whether the caller shall have the rest copied by the thread that writes.
    #[must_use]
    pub fn rest(&self) -> bool {
        self.moves(NEARLY_DONE, UNDER_WAY)
    }

    /// The part of the thread that writes.
    pub fn copy_rest(&self, connection: &Connection) {
        checkpoint(connection);
        self.0.store(AT_REST, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_copies_at_a_time_and_the_rest_follows_once() {
        let connection = Connection::open_in_memory().unwrap();
        let copying = Copying::default();
        assert!(!copying.begins(10, 10), "not longer than the limit");
        assert!(!copying.rest());
        assert!(copying.begins(11, 10));
        assert!(!copying.begins(12, 10), "somebody is at it");
        assert!(!copying.rest(), "not copied yet");
        copying.copy(&connection);
        assert!(copying.rest());
        assert!(!copying.rest());
        copying.copy_rest(&connection);
        assert!(copying.begins(11, 10));
    }
}
