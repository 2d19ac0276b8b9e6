//! The keys of sealed data: one file of fixed records, of which an erased one is overwritten in place.
//!
//! ```text
//! record, 64 bytes:  "LBK1" | digest of the name, 16 | key, 32 (zeros: erased) | check, 12
//! ```
//!
//! A record never crosses a sector, so an overwrite is whole or not at all. A lock on the file keeps several processes
//! from writing at once; of several records with one name the first counts.

use crate::committer::{Committer, Job};
use crate::medium::{Medium, failure, sync_folder};
use blobs::{BlobError, KeyName, KeyState, SealingKey, VaultKeys};
use kernel::Waiting;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use zeroize::{Zeroize as _, Zeroizing};

const MAGIC: &[u8; 4] = b"LBK1";
const RECORD: u64 = 64;

/// The digest of a name, cut to what a record holds.
type Name = [u8; 16];

/// The keys of sealed data in a folder (封存密钥目录), which must lie outside the backup of what they open.
pub struct FolderVaultKeys {
    shared: Arc<Shared>,
    committer: Committer<Change, KeyState>,
}

impl std::fmt::Debug for FolderVaultKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FolderVaultKeys").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

struct Change {
    name: Name,
    /// The key to take unless there is one; `None` to erase.
    fresh: Option<SealingKey>,
}

struct Shared {
    path: PathBuf,
    /// Locked while a group is written.
    lock: File,
    medium: Arc<dyn Medium>,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    places: BTreeMap<Name, u64>,
    /// Every whole record before this position is in `places`.
    end: u64,
}

impl FolderVaultKeys {
    /// Opens a folder, creates it (mode 0700) and its file (mode 0600) where absent.
    ///
    /// # Errors
    /// [`BlobError::Store`] when the folder or its file cannot be read.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, BlobError> {
        Self::open_with(&folder.into(), |file| Arc::new(file))
    }

    fn open_with(
        folder: &Path,
        wrap: impl FnOnce(File) -> Arc<dyn Medium>,
    ) -> Result<Self, BlobError> {
        let path = folder.join("vault.keys");
        let open = || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path)
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| failure(folder, &error))?;
        let (lock, file) =
            open().and_then(|lock| Ok((lock, open()?))).map_err(|error| failure(&path, &error))?;
        sync_folder(folder)?;
        let shared = Arc::new(Shared { path, lock, medium: wrap(file), known: RwLock::default() });
        shared.refresh()?;
        let writer = shared.clone();
        let committer = Committer::start("vault-keys", move |group| writer.commit(group))?;
        Ok(Self { shared, committer })
    }
}

fn cut(name: &KeyName) -> Name {
    let mut cut = [0; 16];
    for (to, from) in cut.iter_mut().zip(name.digest()) {
        *to = from;
    }
    cut
}

/// A record; zeros in place of the key say that it is erased.
fn record(name: &Name, key: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    bytes.extend(MAGIC);
    bytes.extend(name);
    bytes.extend(key);
    let check = seals::Digest::sha256(&bytes);
    bytes.extend(check.bytes().iter().take(12));
    bytes
}

/// The name of a record, whole or not; `None` where none was written.
fn name_of(bytes: &[u8]) -> Option<Name> {
    let rest = bytes.strip_prefix(MAGIC)?;
    rest.first_chunk::<16>().copied()
}

/// What a record says; `None` if it is not whole.
fn state_of(name: &Name, bytes: &[u8]) -> Option<KeyState> {
    let mut key = Zeroizing::new([0; 32]);
    let field = bytes.get(20..52)?;
    key.copy_from_slice(field);
    let whole = record(name, &key);
    seals::same(&whole, bytes).then(|| {
        if key.iter().all(|byte| *byte == 0) {
            KeyState::Erased
        } else {
            KeyState::Held(SealingKey::new(key))
        }
    })
}

impl Shared {
    fn failure(&self, error: &io::Error) -> BlobError {
        failure(&self.path, error)
    }

    /// Learns the records that were appended since the last look, by whatever process.
    fn refresh(&self) -> Result<(), BlobError> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let length = self.medium.len().map_err(|error| self.failure(&error))?;
        let whole = length - length % RECORD;
        let Some(new) = whole.checked_sub(known.end).filter(|new| *new > 0) else {
            return Ok(());
        };
        let mut bytes = Zeroizing::new(vec![0; usize::try_from(new).unwrap_or(usize::MAX)]);
        self.medium.read_exact_at(&mut bytes, known.end).map_err(|error| self.failure(&error))?;
        let start = known.end;
        for (position, bytes) in bytes.chunks_exact(64).enumerate() {
            if let Some(name) = name_of(bytes) {
                known.places.entry(name).or_insert(start + position as u64 * RECORD);
            }
        }
        known.end = whole;
        Ok(())
    }

    fn place(&self, name: &Name) -> Option<u64> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).places.get(name).copied()
    }

    fn find(&self, name: &KeyName) -> Result<KeyState, BlobError> {
        let cut = cut(name);
        if self.place(&cut).is_none() {
            self.refresh()?;
        }
        let Some(place) = self.place(&cut) else {
            return Ok(KeyState::Absent);
        };
        if let Some(state) = self.read(&cut, place)? {
            return Ok(state);
        }
        // Another process may be overwriting the record right now: look again when nobody writes.
        self.lock.lock_shared().map_err(|error| self.failure(&error))?;
        let again = self.read(&cut, place);
        self.unlock();
        again?.ok_or_else(|| BlobError::Damaged(format!("key of {name}")))
    }

    fn read(&self, name: &Name, place: u64) -> Result<Option<KeyState>, BlobError> {
        let mut bytes = Zeroizing::new([0; 64]);
        match self.medium.read_exact_at(bytes.as_mut_slice(), place) {
            Ok(()) => Ok(state_of(name, bytes.as_slice())),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(self.failure(&error)),
        }
    }

    fn unlock(&self) {
        if let Err(error) = self.lock.unlock() {
            tracing::error!(%error, "the lock on the keys stays");
        }
    }

    fn commit(&self, group: Vec<Job<Change, KeyState>>) {
        let changes: Vec<&Change> = group.iter().map(|job| &job.work).collect();
        let answers = self.lock.lock().map_err(|error| self.failure(&error)).and_then(|()| {
            let answers = self.write(&changes);
            self.unlock();
            answers
        });
        match answers {
            Ok(answers) => {
                for (job, answer) in group.into_iter().zip(answers) {
                    job.answer(answer);
                }
            }
            Err(error) => {
                tracing::error!(%error, jobs = group.len(), "keys were not stored");
                for job in group {
                    job.answer(Err(error.clone()));
                }
            }
        }
    }

    /// Writes a group under the lock with one sync, and tells each caller what holds then.
    fn write(&self, changes: &[&Change]) -> Result<Vec<Result<KeyState, BlobError>>, BlobError> {
        self.refresh()?;
        let end = self.known.read().unwrap_or_else(PoisonError::into_inner).end;
        let mut appended: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        let mut fresh: BTreeMap<Name, usize> = BTreeMap::new();
        let mut overwritten = Vec::new();
        for change in changes {
            let bytes =
                record(&change.name, change.fresh.as_ref().map_or(&[0; 32], SealingKey::bytes));
            match (self.place(&change.name), fresh.get(&change.name).copied(), &change.fresh) {
                (None, None, _) => {
                    fresh.insert(change.name, appended.len());
                    appended.push(bytes);
                }
                (Some(place), _, None) => overwritten.push((place, bytes)),
                (None, Some(position), None) => {
                    if let Some(earlier) = appended.get_mut(position) {
                        *earlier = bytes;
                    }
                }
                // It has a key, or had one.
                (_, _, Some(_)) => {}
            }
        }
        let mut tail = Zeroizing::new(
            appended.iter().flat_map(|bytes| bytes.iter().copied()).collect::<Vec<u8>>(),
        );
        let written = (|| {
            for (place, bytes) in &overwritten {
                self.medium.write_all_at(bytes, *place)?;
            }
            self.medium.write_all_at(&tail, end)?;
            self.medium.sync()
        })();
        tail.zeroize();
        if let Err(error) = written {
            // The file is cut back to what was known to be on disk; what was overwritten stays so, for erasing twice does
            // no harm, and the caller was not told that it is done.
            if let Err(cut) = self.medium.set_len(end) {
                tracing::error!(%cut, "a failed write of keys could not be cut off");
            }
            return Err(self.failure(&error));
        }
        self.refresh()?;
        Ok(changes.iter().map(|change| self.state(&change.name)).collect())
    }

    fn state(&self, name: &Name) -> Result<KeyState, BlobError> {
        let damaged = || BlobError::Damaged(format!("key {}", seals::hex(name)));
        let place = self.place(name).ok_or_else(damaged)?;
        self.read(name, place)?.ok_or_else(damaged)
    }
}

impl VaultKeys for FolderVaultKeys {
    fn find(&self, name: &KeyName) -> Waiting<'_, Result<KeyState, BlobError>> {
        let (shared, name) = (self.shared.clone(), name.clone());
        Box::pin(async move { crate::folder::blocking(move || shared.find(&name)).await })
    }

    fn ensure(
        &self,
        name: &KeyName,
        fresh: SealingKey,
    ) -> Waiting<'_, Result<KeyState, BlobError>> {
        let change = Change { name: cut(name), fresh: Some(fresh) };
        Box::pin(self.committer.submit(change, 64))
    }

    fn erase(&self, name: &KeyName) -> Waiting<'_, Result<(), BlobError>> {
        let change = Change { name: cut(name), fresh: None };
        Box::pin(async move {
            match self.committer.submit(change, 64).await? {
                KeyState::Erased => Ok(()),
                KeyState::Held(_) | KeyState::Absent => {
                    Err(BlobError::Store("a key is still there after its erasure".to_owned()))
                }
            }
        })
    }
}

#[cfg(test)]
mod tests;
