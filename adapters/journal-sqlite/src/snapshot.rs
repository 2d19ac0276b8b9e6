//! Copies of all shards as they stand at one instant, taken while their server appends.
//!
//! ```text
//! all writers wait ──► every shard's reading begins ──► writers go on ──► file after file is copied, as it then stood
//!   milliseconds                                                              as long as it takes
//! ```
//! One instant for all of them, because a letter that one shard has settled must be taken in the other: copied one after
//! the other, the second could know more than the first, and the letter would be lost.

use crate::schema::{self, OpenError};
use crate::writer::head_of;
use journal::Head;
use kernel::Shard;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages copied at once: 16 MB.
const PAGES: i32 = 4_096;
/// The pause before the copy of a busy file goes on.
const PAUSE: Duration = Duration::from_millis(20);
/// The pause before a lock is tried for again: a busy writer leaves a gap of microseconds between its commits.
const GAP: Duration = Duration::from_millis(1);
/// How often all locks together are tried for in one round, so about a second: then whoever waits for a lock that is held
/// already is let go, long before its own patience ends.
const TRIES: usize = 1_000;
/// How many rounds are tried.
const ROUNDS: usize = 60;

/// A copy that could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The folder cannot be read.
    #[error("the journal's folder cannot be read")]
    Folder(#[from] std::io::Error),
    /// A shard's file cannot be read or copied.
    #[error("shard `{shard}` cannot be copied")]
    Shard {
        /// The shard.
        shard: String,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// A file is no journal of this version.
    #[error("shard `{shard}`: {why}")]
    Foreign {
        /// The shard.
        shard: String,
        /// What its header says.
        why: String,
    },
    /// The writers were too busy to be held all at once.
    #[error("the writers cannot be held all at once; try again")]
    Busy,
    /// The copy is not what was to be copied.
    #[error("the copy of shard `{shard}` ends at {found}, not at {expected}")]
    Other {
        /// The shard.
        shard: String,
        /// Where it stood.
        expected: u64,
        /// Where the copy stands.
        found: u64,
    },
}

/// All shards of a folder at one instant (日志快照); their files are held as they stood until this is dropped.
///
/// Meanwhile their logs grow, for what is held must not be written over.
#[derive(Debug)]
pub struct Snapshot {
    shards: BTreeMap<Shard, Held>,
}

#[derive(Debug)]
struct Held {
    /// In a transaction that reads.
    connection: Connection,
    head: Head,
}

impl Snapshot {
    /// Takes it; appends wait until every shard is held.
    ///
    /// # Errors
    /// [`SnapshotError`]: a file cannot be read, or a writer is stuck.
    pub fn take(folder: &Path) -> Result<Self, SnapshotError> {
        Self::within(folder, ROUNDS, TRIES)
    }

    fn within(folder: &Path, rounds: usize, tries: usize) -> Result<Self, SnapshotError> {
        for _round in 0..rounds {
            if let Some(locks) = locked(folder, tries)? {
                return Self::held(locks.keys());
            }
            pause(PAUSE);
        }
        Err(SnapshotError::Busy)
    }

    /// Begins to read every file; whoever calls keeps the writers waiting.
    fn held<'a>(files: impl Iterator<Item = &'a PathBuf>) -> Result<Self, SnapshotError> {
        let mut shards = BTreeMap::new();
        for file in files {
            let connection = opened(file)?;
            let head = connection
                .execute_batch("BEGIN")
                .and_then(|()| head_of(&connection))
                .map_err(|source| failed(file, source))?;
            shards.insert(shard_of(file), Held { connection, head });
        }
        Ok(Self { shards })
    }

    /// The shards that are held, each with where it stands.
    pub fn shards(&self) -> impl Iterator<Item = (&Shard, Head)> {
        self.shards.iter().map(|(shard, held)| (shard, held.head))
    }

    /// Copies a shard into a new file; nothing where it is not held.
    ///
    /// # Errors
    /// [`SnapshotError`]: the file cannot be written, or is not what was held.
    pub fn copy(&self, shard: &Shard, to: &Path) -> Result<(), SnapshotError> {
        let Some(held) = self.shards.get(shard) else { return Ok(()) };
        let broken = |source| SnapshotError::Shard { shard: shard.to_string(), source };
        let mut copy = Connection::open(to).map_err(broken)?;
        pages(&held.connection, &mut copy).map_err(broken)?;
        let found = head_of(&copy).map_err(broken)?;
        if found != held.head {
            let (expected, found) = (held.head.seq, found.seq);
            return Err(SnapshotError::Other { shard: shard.to_string(), expected, found });
        }
        copy.close().map_err(|(_open, source)| broken(source))
    }
}

/// All files with the locks that keep their writers waiting; nothing if one of them cannot be had soon.
fn locked(
    folder: &Path,
    mut tries: usize,
) -> Result<Option<BTreeMap<PathBuf, Connection>>, SnapshotError> {
    let mut locks = BTreeMap::new();
    loop {
        let missing: Vec<PathBuf> =
            files(folder)?.into_iter().filter(|file| !locks.contains_key(file)).collect();
        if missing.is_empty() {
            // No shard has begun meanwhile: what a new one took, no other has settled yet.
            return Ok(Some(locks));
        }
        // In the order of names, like everybody who takes more than one.
        for file in missing {
            let lock = opened(&file)?;
            lock.busy_timeout(Duration::ZERO).map_err(|source| failed(&file, source))?;
            loop {
                match lock.execute_batch("BEGIN IMMEDIATE") {
                    Ok(()) => break,
                    Err(error) if is_busy(&error) && tries > 0 => {
                        tries -= 1;
                        pause(GAP);
                    }
                    Err(error) if is_busy(&error) => return Ok(None),
                    Err(source) => return Err(failed(&file, source)),
                }
            }
            locks.insert(file, lock);
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn pages(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    let backup = Backup::new(from, to)?;
    loop {
        match backup.step(PAGES)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => pause(PAUSE),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a copy runs on a thread of its own, beside the writers"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// The files of shards, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, SnapshotError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sqlite") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn shard_of(file: &Path) -> Shard {
    Shard::new(file.file_stem().unwrap_or_default().to_string_lossy())
}

fn failed(file: &Path, source: rusqlite::Error) -> SnapshotError {
    SnapshotError::Shard { shard: shard_of(file).to_string(), source }
}

fn opened(file: &Path) -> Result<Connection, SnapshotError> {
    schema::reader(file, 2_048).map_err(|error| match error {
        OpenError::Sqlite(source) => failed(file, source),
        OpenError::Foreign { .. } => {
            SnapshotError::Foreign { shard: shard_of(file).to_string(), why: error.to_string() }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::writer;

    #[test]
    fn a_writer_that_is_stuck_holds_up_the_snapshot_and_nobody_else() {
        let home = tempfile::tempdir().unwrap();
        let file = |name: &str| home.path().join(format!("{name}.sqlite"));
        let (free, stuck) = (writer(&file("a")).unwrap(), writer(&file("b")).unwrap());
        stuck.execute_batch("BEGIN IMMEDIATE").unwrap();
        let taken = Snapshot::within(home.path(), 2, 3);
        assert!(matches!(taken, Err(SnapshotError::Busy)), "{taken:?}");
        // What was held on the way is free again.
        free.busy_timeout(Duration::ZERO).unwrap();
        free.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
        stuck.execute_batch("ROLLBACK").unwrap();
        let snapshot = Snapshot::within(home.path(), 2, 3).unwrap();
        assert_eq!(snapshot.shards().count(), 2);
        // Writers go on while it is held.
        free.execute_batch("BEGIN IMMEDIATE; COMMIT").unwrap();
    }

    #[test]
    fn a_writer_without_rest_is_held_in_the_gap_between_its_commits() {
        let home = tempfile::tempdir().unwrap();
        let connection = writer(&home.path().join("a.sqlite")).unwrap();
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let writes = std::thread::spawn({
            let stop = std::sync::Arc::clone(&stop);
            move || {
                while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                    connection
                        .execute_batch("BEGIN IMMEDIATE; UPDATE state SET looked_up = 0; COMMIT")
                        .unwrap();
                }
            }
        });
        for _snapshot in 0..5 {
            Snapshot::take(home.path()).unwrap();
        }
        stop.store(true, std::sync::atomic::Ordering::SeqCst);
        writes.join().unwrap();
    }
}
