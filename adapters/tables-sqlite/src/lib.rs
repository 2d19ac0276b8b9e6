//! Read models on SQLite: one file with one writer and several readers, or in memory.
//!
//! **Invariant:** rows of a batch and the position they reach are one transaction.
//! **Invariant:** a query cannot write; readers see every write that was answered before they asked.
//! **Invariant:** after a power cut the file is a whole state of the past, never a torn one; the journal gives the rest again.
//!
//! In memory everything happens on the caller's task and every future is ready at once, so that a simulation needs
//! no thread and no runtime. It knows no projection. Start with [`SqliteTables`].

mod ddl;
mod select;
mod store;

use kernel::{Shard, Waiting};
use sqlite_threads::{Copying, Workers};
use std::future::ready;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;
use tables::{Query, ReadError, Reader, Row, Rows, Table, Tables, WriteError};

/// How many connections answer queries; one of them may be copying the log.
const READERS: usize = 4;
/// From how many pages on the log is copied although writes go on: 16 MB.
const LOG_PAGES: i64 = 4_096;

/// A store of tables on SQLite; its clones share it.
#[derive(Clone, Debug)]
pub struct SqliteTables {
    inner: Arc<Inner>,
}

#[derive(Debug)]
enum Inner {
    Memory(Mutex<Store>),
    File(File),
}

/// The threads of a file.
#[derive(Debug)]
struct File {
    writer: Workers<Store>,
    readers: Workers<rusqlite::Connection>,
    copying: Copying,
}

impl File {
    /// Has the log copied when it is long, without waiting for it.
    fn tidy(&self, log_pages: i64) {
        if self.copying.begins(log_pages, LOG_PAGES) {
            let copying = self.copying.clone();
            drop(self.readers.ask(move |reader| copying.copy(reader)));
        }
        if self.copying.rest() {
            let copying = self.copying.clone();
            drop(self.writer.ask(move |store| copying.copy_rest(store.connection())));
        }
    }
}

impl SqliteTables {
    /// A store in memory, gone with its last clone.
    ///
    /// # Errors
    /// SQLite cannot start.
    pub fn memory() -> Result<Self, WriteError> {
        let store = Store::memory().map_err(|error| unwritable(&error))?;
        Ok(Self { inner: Arc::new(Inner::Memory(Mutex::new(store))) })
    }

    /// The store in a file, made if it is not there; its folder must be.
    ///
    /// # Errors
    /// The file cannot be opened or is no database.
    pub fn open(path: &Path) -> Result<Self, WriteError> {
        let store = Store::open(path).map_err(|error| unwritable(&error))?;
        let readers = (0..READERS)
            .map(|_n| select::open(path))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unwritable(&error))?;
        let writer = Workers::start("tables-writer", vec![store], Store::idle)
            .map_err(|error| unstarted(&error))?;
        let readers = Workers::start("tables-reader", readers, |_reader| ())
            .map_err(|error| unstarted(&error))?;
        let file = File { writer, readers, copying: Copying::default() };
        Ok(Self { inner: Arc::new(Inner::File(file)) })
    }

    fn write_with<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Store) -> Result<T, WriteError> + Send + 'static,
    ) -> Waiting<'_, Result<T, WriteError>> {
        match &*self.inner {
            Inner::Memory(store) => Box::pin(ready(act(&mut lock(store)))),
            Inner::File(file) => {
                let done = file.writer.ask(|store| (act(store), store.log_pages()));
                Box::pin(async move {
                    let (done, log_pages) =
                        done.await.map_err(|gone| WriteError::Store(gone.to_string()))?;
                    file.tidy(log_pages);
                    done
                })
            }
        }
    }

    fn read_with<T: Send + 'static>(
        &self,
        act: impl FnOnce(&rusqlite::Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Waiting<'_, Result<T, ReadError>> {
        match &*self.inner {
            Inner::Memory(store) => Box::pin(ready(act(lock(store).connection()))),
            Inner::File(file) => {
                let done =
                    file.readers.ask(|connection: &mut rusqlite::Connection| act(connection));
                Box::pin(async move {
                    done.await.unwrap_or_else(|gone| Err(ReadError::Store(gone.to_string())))
                })
            }
        }
    }
}

impl Reader for SqliteTables {
    fn rows(&self, query: Query) -> Waiting<'_, Result<Vec<Row>, ReadError>> {
        self.read_with(move |connection| select::rows(connection, &query))
    }
}

impl Tables for SqliteTables {
    fn prepare(
        &self,
        name: &str,
        version: u32,
        tables: &'static [Table],
    ) -> Waiting<'_, Result<bool, WriteError>> {
        let name = name.to_owned();
        self.write_with(move |store| store.prepare(&name, version, tables))
    }

    fn write(&self, shard: &Shard, upto: u64, rows: Rows) -> Waiting<'_, Result<(), WriteError>> {
        let shard = shard.clone();
        self.write_with(move |store| store.write(&shard, upto, &rows))
    }

    fn position(&self, shard: &Shard) -> Waiting<'_, Result<u64, ReadError>> {
        let shard = shard.clone();
        self.read_with(move |connection| select::position(connection, &shard))
    }

    fn clear(&self, tables: &'static [Table]) -> Waiting<'_, Result<(), WriteError>> {
        self.write_with(move |store| store.clear(tables))
    }
}

fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unwritable(error: &rusqlite::Error) -> WriteError {
    WriteError::Store(error.to_string())
}

fn unstarted(error: &std::io::Error) -> WriteError {
    WriteError::Store(format!("a thread cannot start: {error}"))
}
