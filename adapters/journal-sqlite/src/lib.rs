//! The journal on SQLite: one file a shard, one thread that appends to it, threads that read.
//!
//! **Invariant:** an append is on the disk (`synchronous = FULL`) before it answers, whole or not at all, even if the process is killed.
//! **Invariant:** the head is compared inside the transaction that appends, so that two writers never both win.
//! **Invariant:** every event that is read is compared with the mark kept beside it.
//!
//! The log is copied into the file beside the appends, not in the middle of them:
//! ```text
//! append, append, … log > 16 MB ──► a reader's thread copies it ──► the writer copies the rest ──► the log begins anew
//!                   no append for a moment ──► the writer copies it
//! ```
//! It knows no aggregate. Start with [`SqliteJournal`]; a copy of all shards at one instant is a [`Snapshot`].

mod error;
mod reader;
mod schema;
mod snapshot;
mod writer;

pub use snapshot::{Snapshot, SnapshotError};

use error::{refused, unopened};
use journal::{Answer, AppendError, Batch, Head, Journal, ReadError};
use kernel::{CommandId, Recorded, Shard, Waiting};
use reader::Reader;
use sqlite_threads::{Copying, Gone, Workers};
use std::collections::BTreeMap;
use std::future::ready;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use writer::{Appended, Prepared, Writer};

/// How many threads read a shard; one of them may be copying the log.
const READERS: usize = 2;
/// From how many pages on the log is copied although appends go on: 16 MB.
const LOG_PAGES: i64 = 4_096;

/// The journal in a folder; its clones share it.
#[derive(Clone, Debug)]
pub struct SqliteJournal {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    shards: Mutex<BTreeMap<Shard, Arc<Open>>>,
}

/// A shard whose file is open.
#[derive(Debug)]
struct Open {
    writer: Workers<Writer>,
    readers: Workers<Reader>,
    /// For answers and heads, which take microseconds: on the caller's task, without a change of threads.
    lookups: Mutex<Reader>,
    copying: Copying,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SqliteJournal {
    /// The journal in a folder, made if it is not there.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let inner = Inner { folder: folder.to_owned(), shards: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The file of a shard, unless its name would lead out of the folder.
    fn file(&self, shard: &Shard) -> Option<PathBuf> {
        let name = shard.as_str();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let sound = !name.is_empty() && name.len() <= 64 && name.chars().all(fits);
        sound.then(|| self.inner.folder.join(format!("{name}.sqlite")))
    }

    /// The shard, if it is open or has a file.
    fn known(&self, shard: &Shard) -> Result<Option<Arc<Open>>, ReadError> {
        let mut shards = lock(&self.inner.shards);
        if let Some(open) = shards.get(shard) {
            return Ok(Some(Arc::clone(open)));
        }
        match self.file(shard) {
            Some(file) if file.exists() => {
                let open = Arc::new(Open::new(shard, &file)?);
                shards.insert(shard.clone(), Arc::clone(&open));
                Ok(Some(open))
            }
            _ => Ok(None),
        }
    }

    /// The shard; its file is made if it is not there.
    fn made(&self, shard: &Shard) -> Result<Arc<Open>, AppendError> {
        if let Some(open) = self.known(shard).map_err(|error| refused(&error))? {
            return Ok(open);
        }
        let mut shards = lock(&self.inner.shards);
        if let Some(open) = shards.get(shard) {
            return Ok(Arc::clone(open));
        }
        let file = self
            .file(shard)
            .ok_or_else(|| refused(&format!("`{shard}` cannot be the name of a file")))?;
        let open = Arc::new(Open::new(shard, &file).map_err(|error| refused(&error))?);
        shards.insert(shard.clone(), Arc::clone(&open));
        Ok(open)
    }

    /// Asks a thread that reads.
    fn ask<T: Default + Send + 'static>(
        &self,
        shard: &Shard,
        question: impl FnOnce(&mut Reader) -> Result<T, ReadError> + Send + 'static,
    ) -> Waiting<'_, Result<T, ReadError>> {
        match self.known(shard) {
            Ok(Some(open)) => Box::pin(async move {
                open.readers
                    .ask(question)
                    .await
                    .unwrap_or_else(|gone: Gone| Err(ReadError::Store(gone.to_string())))
            }),
            Ok(None) => Box::pin(ready(Ok(T::default()))),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    /// Looks something up on the caller's task.
    fn look_up<T: Default>(
        &self,
        shard: &Shard,
        question: impl FnOnce(&mut Reader) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        match self.known(shard)? {
            Some(open) => question(&mut lock(&open.lookups)),
            None => Ok(T::default()),
        }
    }

    fn filled(&self) -> Result<Vec<Shard>, ReadError> {
        let unlisted = |error: std::io::Error| ReadError::Store(error.to_string());
        let mut shards = Vec::new();
        for entry in std::fs::read_dir(&self.inner.folder).map_err(unlisted)? {
            let name = entry.map_err(unlisted)?.file_name();
            let Some(shard) = name.to_str().and_then(|name| name.strip_suffix(".sqlite")) else {
                continue;
            };
            let shard = Shard::new(shard);
            if self.look_up(&shard, |reader| reader.head())?.seq > 0 {
                shards.push(shard);
            }
        }
        shards.sort();
        Ok(shards)
    }
}

impl Open {
    fn new(shard: &Shard, file: &Path) -> Result<Self, ReadError> {
        let writer = Writer::open(file).map_err(|error| unopened(shard, &error))?;
        let reader = |cache_kib| Reader::open(shard, file, cache_kib);
        let readers = (0..READERS).map(|_n| reader(2_048)).collect::<Result<Vec<_>, _>>()?;
        let unstarted =
            |error: std::io::Error| ReadError::Store(format!("a thread cannot start: {error}"));
        Ok(Self {
            lookups: Mutex::new(reader(1_024)?),
            writer: Workers::start("journal-writer", vec![writer], Writer::idle)
                .map_err(unstarted)?,
            readers: Workers::start("journal-reader", readers, |_reader| ()).map_err(unstarted)?,
            copying: Copying::default(),
        })
    }

    async fn append(&self, prepared: Prepared) -> Result<Head, AppendError> {
        let appended = self.writer.ask(move |writer| writer.append(&prepared)).await;
        // The thread has ended in between: it may have appended before.
        let appended =
            appended.unwrap_or_else(|gone| Err(AppendError::Unknown(gone.to_string())))?;
        self.tidy(appended);
        Ok(appended.head)
    }

    /// Has done what appends leave undone, without waiting for it.
    fn tidy(&self, appended: Appended) {
        if appended.look_up {
            drop(self.writer.ask(Writer::look_up));
        }
        if self.copying.begins(appended.log_pages, LOG_PAGES) {
            let copying = self.copying.clone();
            drop(self.readers.ask(move |reader| copying.copy(reader.connection())));
        }
        if self.copying.rest() {
            let copying = self.copying.clone();
            drop(self.writer.ask(move |writer| copying.copy_rest(writer.connection())));
        }
    }
}

impl Journal for SqliteJournal {
    fn append(&self, shard: &Shard, batch: Batch) -> Waiting<'_, Result<Head, AppendError>> {
        let open = match batch.check(shard).and_then(|()| self.made(shard)) {
            Ok(open) => open,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let prepared = Prepared::new(batch);
        Box::pin(async move { open.append(prepared).await })
    }

    fn read(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
        self.ask(shard, move |reader| reader.read(after, limit))
    }

    fn stream(
        &self,
        shard: &Shard,
        kind: &str,
        key: &str,
        after: u64,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
        let (kind, key) = (kind.to_owned(), key.to_owned());
        self.ask(shard, move |reader| reader.stream(&kind, &key, after))
    }

    fn answer(
        &self,
        shard: &Shard,
        command: CommandId,
    ) -> Waiting<'_, Result<Option<Answer>, ReadError>> {
        let answer = self.look_up(shard, |reader| reader.answers(&[command]));
        Box::pin(ready(answer.map(|answers| answers.into_iter().next().flatten())))
    }

    fn answers(
        &self,
        shard: &Shard,
        commands: Vec<CommandId>,
    ) -> Waiting<'_, Result<Vec<Option<Answer>>, ReadError>> {
        let answers = match self.known(shard) {
            Ok(Some(open)) => lock(&open.lookups).answers(&commands),
            Ok(None) => Ok(vec![None; commands.len()]),
            Err(error) => Err(error),
        };
        Box::pin(ready(answers))
    }

    fn head(&self, shard: &Shard) -> Waiting<'_, Result<Head, ReadError>> {
        Box::pin(ready(self.look_up(shard, |reader| reader.head())))
    }

    fn heads(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Head>, ReadError>> {
        self.ask(shard, move |reader| reader.heads(after, limit))
    }

    fn shards(&self) -> Waiting<'_, Result<Vec<Shard>, ReadError>> {
        Box::pin(ready(self.filled()))
    }

    fn inspect(&self, shard: &Shard) -> Waiting<'_, Result<(), ReadError>> {
        self.ask(shard, |reader| reader.inspect())
    }
}
