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
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages copied at once: 16 MB.
const PAGES: i32 = 4_096;
/// The pause before the copy of a busy file goes on.
const PAUSE: Duration = Duration::from_millis(20);
/// How often the folder is looked through for shards that begin meanwhile.
const LOOKS: usize = 16;

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
    /// New shards kept beginning.
    #[error("new shards kept beginning; try again")]
    Restless,
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
        let mut locks: BTreeMap<PathBuf, Connection> = BTreeMap::new();
        for _look in 0..LOOKS {
            let missing: Vec<PathBuf> =
                files(folder)?.into_iter().filter(|file| !locks.contains_key(file)).collect();
            if missing.is_empty() {
                return Self::held(locks.keys());
            }
            // In the order of names, like everybody who takes more than one.
            for file in missing {
                let lock = opened(&file)?;
                lock.execute_batch("BEGIN IMMEDIATE").map_err(|source| failed(&file, source))?;
                locks.insert(file, lock);
            }
        }
        Err(SnapshotError::Restless)
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

fn pages(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    let backup = Backup::new(from, to)?;
    loop {
        match backup.step(PAGES)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => pause(),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a copy runs on a thread of its own, beside the writers"
)]
fn pause() {
    std::thread::sleep(PAUSE);
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
