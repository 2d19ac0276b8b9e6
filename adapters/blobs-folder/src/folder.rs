//! The folder: packs for small files, files of their own for large ones.

use crate::committer::{Committer, Job};
use crate::medium::{Medium, failure, sync_folder};
use crate::pack::{self, Entry, PACK_BYTES_MAX, PACKED_BYTES_MAX};
use blobs::{BlobError, BlobId, Blobs};
use kernel::Waiting;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Small files of one caller, to be stored together.
type Small = Vec<([u8; 32], Vec<u8>)>;

/// Files in a folder (文件目录).
pub struct FolderBlobs {
    shared: Arc<Shared>,
    committer: Committer<Small, ()>,
}

impl std::fmt::Debug for FolderBlobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FolderBlobs").field("root", &self.shared.root).finish_non_exhaustive()
    }
}

/// How a file becomes a medium; tests put a failing disk in between.
type Wrap = Box<dyn Fn(File) -> Arc<dyn Medium> + Send + Sync>;

struct Shared {
    root: PathBuf,
    wrap: Wrap,
    known: RwLock<Known>,
    /// Tells temporary files of this process apart.
    temporary: AtomicU64,
}

/// Where a file lies: the pack's number and the entry.
type Place = (u32, Entry);

/// A whole copy of a file: the pack's number, the entry, the content.
type Copy = (u32, Entry, Vec<u8>);

/// What is known of the packs.
#[derive(Default)]
struct Known {
    places: BTreeMap<[u8; 32], Place>,
    /// Further copies, of two processes that stored the same file at once, or of a repair.
    spares: BTreeMap<[u8; 32], Vec<Place>>,
    packs: BTreeMap<u32, Pack>,
}

#[derive(Clone)]
struct Pack {
    medium: Arc<dyn Medium>,
    /// Everything before this position is in `places`.
    end: u64,
    /// Everything before this position is on disk for all this process knows; the rest may be in another one's hands.
    synced: u64,
    /// A sync failed: what lies behind `end` is not looked at.
    given_up: bool,
}

impl Known {
    fn learn(&mut self, number: u32, entry: Entry) {
        let place = (number, entry);
        let first = *self.places.entry(entry.id).or_insert(place);
        if first != place {
            let spares = self.spares.entry(entry.id).or_default();
            if !spares.contains(&place) {
                spares.push(place);
            }
        }
    }

    fn copies(&self, id: &[u8; 32]) -> Vec<(u32, Entry, Pack)> {
        let spares = self.spares.get(id).into_iter().flatten();
        self.places
            .get(id)
            .into_iter()
            .chain(spares)
            .filter_map(|(number, entry)| Some((*number, *entry, self.packs.get(number)?.clone())))
            .collect()
    }
}

impl FolderBlobs {
    /// Opens a folder, creates it where absent, and finds what lies in its packs.
    ///
    /// # Errors
    /// [`BlobError::Store`] when the folder or a pack cannot be read.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, BlobError> {
        Self::open_with(root.into(), Box::new(|file| Arc::new(file)))
    }

    fn open_with(root: PathBuf, wrap: Wrap) -> Result<Self, BlobError> {
        for folder in [root.join("packs"), root.join("tmp")] {
            fs::create_dir_all(&folder).map_err(|error| failure(&folder, &error))?;
        }
        sync_folder(&root)?;
        let shared =
            Arc::new(Shared { root, wrap, known: RwLock::default(), temporary: AtomicU64::new(0) });
        shared.remove_orphans()?;
        shared.refresh(true)?;
        let mut writer = PackWriter { shared: shared.clone(), open: None };
        let committer = Committer::start("blobs-folder", move |group| writer.commit(group))?;
        Ok(Self { shared, committer })
    }

    /// Reads and hashes every file, and names those that are damaged.
    ///
    /// # Errors
    /// [`BlobError::Store`] when the folder itself cannot be read.
    pub fn verify(&self) -> Result<Vec<BlobError>, BlobError> {
        self.shared.refresh(false)?;
        let mut ids: BTreeSet<[u8; 32]> =
            self.shared.read_known(|known| known.places.keys().copied().collect());
        ids.extend(self.shared.large_ids()?);
        let faults = ids.into_iter().filter_map(|id| self.shared.read(&id).err());
        Ok(faults.collect())
    }

    async fn store(&self, files: Vec<Vec<u8>>) -> Result<Vec<BlobId>, BlobError> {
        let (mut ids, mut small, mut large) = (Vec::new(), Small::new(), Vec::new());
        for bytes in files {
            let digest = *seals::Digest::sha256(&bytes).bytes();
            ids.push(BlobId(seals::hex(&digest)));
            let kind = if bytes.len() <= PACKED_BYTES_MAX { &mut small } else { &mut large };
            kind.push((digest, bytes));
        }
        if !large.is_empty() {
            let shared = self.shared.clone();
            blocking(move || shared.write_large(&large)).await?;
        }
        if !small.is_empty() {
            let weight = small.iter().map(|(_id, bytes)| bytes.len()).sum();
            self.committer.submit(small, weight).await?;
        }
        Ok(ids)
    }
}

/// Runs what waits for the disk where waiting is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| BlobError::Store(format!("the disk's thread ended: {error}")))?
}

impl Blobs for FolderBlobs {
    fn put(&self, bytes: Vec<u8>) -> Waiting<'_, Result<BlobId, BlobError>> {
        Box::pin(async move {
            let ids = self.store(vec![bytes]).await?;
            ids.into_iter().next().ok_or_else(|| BlobError::Store("no id".to_owned()))
        })
    }

    fn put_all(&self, files: Vec<Vec<u8>>) -> Waiting<'_, Result<Vec<BlobId>, BlobError>> {
        Box::pin(self.store(files))
    }

    fn get(&self, id: &BlobId) -> Waiting<'_, Result<Vec<u8>, BlobError>> {
        let (digest, id) = (id.digest(), id.clone());
        let shared = self.shared.clone();
        Box::pin(async move {
            // What is no digest names no file, and never reaches a path.
            let digest = digest.ok_or(BlobError::Missing(id.0))?;
            blocking(move || shared.read(&digest)).await
        })
    }
}

fn name(id: &[u8; 32]) -> String {
    seals::hex(id)
}

impl Shared {
    fn read_known<T>(&self, read: impl FnOnce(&Known) -> T) -> T {
        read(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write_known<T>(&self, write: impl FnOnce(&mut Known) -> T) -> T {
        write(&mut self.known.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn packs(&self) -> PathBuf {
        self.root.join("packs")
    }

    fn pack_path(&self, number: u32) -> PathBuf {
        self.packs().join(format!("{number:06}.pack"))
    }

    fn index_path(&self, number: u32) -> PathBuf {
        self.packs().join(format!("{number:06}.idx"))
    }

    /// `ab/cdef…`
    fn large_path(&self, id: &[u8; 32]) -> PathBuf {
        let hex = name(id);
        let (folder, file) = hex.split_at_checked(2).unwrap_or(("", &hex));
        self.root.join(folder).join(file)
    }

    fn read(&self, id: &[u8; 32]) -> Result<Vec<u8>, BlobError> {
        if let Some(found) = self.read_packed(id) {
            return found;
        }
        let path = self.large_path(id);
        match fs::read(&path) {
            Ok(bytes) if seals::Digest::sha256(&bytes).bytes() == id => Ok(bytes),
            Ok(_) => Err(BlobError::Damaged(name(id))),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Another process may have packed it since this one looked.
                self.refresh(false)?;
                self.read_packed(id).unwrap_or_else(|| Err(BlobError::Missing(name(id))))
            }
            Err(error) => Err(failure(&path, &error)),
        }
    }

    fn read_packed(&self, id: &[u8; 32]) -> Option<Result<Vec<u8>, BlobError>> {
        self.read_copy(id).map(|copy| copy.map(|(_number, _entry, content)| content))
    }

    /// The first copy that is whole; the failure of the last if none is; nothing if there is none.
    fn read_copy(&self, id: &[u8; 32]) -> Option<Result<Copy, BlobError>> {
        let mut outcome = None;
        for (number, entry, pack) in self.read_known(|known| known.copies(id)) {
            match pack::content(&*pack.medium, &entry) {
                Ok(Some(content)) => return Some(Ok((number, entry, content))),
                Ok(None) => outcome = Some(Err(BlobError::Damaged(name(id)))),
                // The pack was cut off before the end of a record that it had.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    outcome = Some(Err(BlobError::Damaged(name(id))));
                }
                Err(error) => outcome = Some(Err(failure(&self.pack_path(number), &error))),
            }
        }
        outcome
    }

    /// Whether a file is in a pack, whole, and on disk. What another process has written it may not have synced yet:
    /// then this one does, before it answers for it.
    fn is_stored(&self, id: &[u8; 32]) -> Result<bool, BlobError> {
        let Some(Ok((number, entry, _content))) = self.read_copy(id) else {
            return Ok(false);
        };
        let Some(pack) = self.read_known(|known| known.packs.get(&number).cloned()) else {
            return Ok(false);
        };
        if entry.end() > pack.synced {
            pack.medium.sync().map_err(|error| failure(&self.pack_path(number), &error))?;
            self.write_known(|known| {
                if let Some(known) = known.packs.get_mut(&number) {
                    known.synced = known.synced.max(pack.end);
                }
            });
        }
        Ok(true)
    }

    /// Learns what was appended to any pack since the last look. At the opening, the index files shorten the way, and
    /// damaged stretches are skipped; later, a look stops where another process is writing at this moment.
    fn refresh(&self, opening: bool) -> Result<(), BlobError> {
        let folder = self.packs();
        for entry in fs::read_dir(&folder).map_err(|error| failure(&folder, &error))? {
            let path = entry.map_err(|error| failure(&folder, &error))?.path();
            let number = (path.extension().is_some_and(|extension| extension == "pack"))
                .then(|| {
                    path.file_stem()
                        .and_then(|stem| stem.to_str())
                        .and_then(|stem| stem.parse().ok())
                })
                .flatten();
            if let Some(number) = number {
                self.refresh_pack(number, &path, opening)
                    .map_err(|error| failure(&path, &error))?;
            }
        }
        Ok(())
    }

    fn refresh_pack(&self, number: u32, path: &Path, opening: bool) -> std::io::Result<()> {
        let known = self.read_known(|known| known.packs.get(&number).cloned());
        let (pack, mut entries) = match known {
            Some(pack) => (pack, Vec::new()),
            None => {
                let file = OpenOptions::new().read(true).write(true).open(path)?;
                let medium = (self.wrap)(file);
                let index = fs::read(self.index_path(number)).unwrap_or_default();
                let entries = pack::read_index(&index, medium.len()?);
                let end = entries.last().map_or(0, Entry::end);
                (Pack { medium, end, synced: 0, given_up: false }, entries)
            }
        };
        if pack.given_up {
            return Ok(());
        }
        let (new, end) = pack::walk(&*pack.medium, pack.end, opening)?;
        entries.extend(new);
        self.write_known(|known| {
            for entry in entries {
                known.learn(number, entry);
            }
            let pack = known.packs.entry(number).or_insert(pack);
            pack.end = pack.end.max(end);
        });
        Ok(())
    }

    /// Files that a process left half written; one that is being written is locked.
    fn remove_orphans(&self) -> Result<(), BlobError> {
        let folder = self.root.join("tmp");
        for entry in fs::read_dir(&folder).map_err(|error| failure(&folder, &error))? {
            let path = entry.map_err(|error| failure(&folder, &error))?.path();
            if let Ok(file) = File::open(&path)
                && file.try_lock().is_ok()
            {
                fs::remove_file(&path).map_err(|error| failure(&path, &error))?;
            }
        }
        Ok(())
    }

    fn large_ids(&self) -> Result<Vec<[u8; 32]>, BlobError> {
        let mut ids = Vec::new();
        for byte in 0..=u8::MAX {
            let prefix = format!("{byte:02x}");
            let folder = self.root.join(&prefix);
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries {
                let file = entry.map_err(|error| failure(&folder, &error))?.file_name();
                ids.extend(BlobId(format!("{prefix}{}", file.to_string_lossy())).digest());
            }
        }
        Ok(ids)
    }

    /// Writes each file beside its place, syncs it, moves it there; folders are synced once for all.
    fn write_large(&self, files: &[([u8; 32], Vec<u8>)]) -> Result<(), BlobError> {
        let mut folders = BTreeSet::new();
        for (id, bytes) in files {
            let path = self.large_path(id);
            let stored = fs::read(&path).is_ok_and(|stored| stored == *bytes);
            let folder = path.parent().unwrap_or(&self.root).to_owned();
            if !stored {
                if !folder.is_dir() {
                    fs::create_dir_all(&folder).map_err(|error| failure(&folder, &error))?;
                    folders.insert(self.root.clone());
                }
                self.write_and_move(bytes, &path)?;
            }
            // Also where it was there already: the writer before may not have come to this yet.
            folders.insert(folder);
        }
        folders.iter().try_for_each(|folder| sync_folder(folder))
    }

    fn write_and_move(&self, bytes: &[u8], path: &Path) -> Result<(), BlobError> {
        let number = self.temporary.fetch_add(1, Ordering::Relaxed);
        let temporary = self.root.join("tmp").join(format!("{}-{number}", std::process::id()));
        let written = || -> std::io::Result<()> {
            let mut file = File::create(&temporary)?;
            file.lock()?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&temporary, path)
        }();
        written.map_err(|error| {
            if let Err(left) = fs::remove_file(&temporary) {
                tracing::warn!(path = %temporary.display(), %left, "a half-written file stays");
            }
            failure(path, &error)
        })
    }
}

/// Appends to one pack; lives in the committer's thread.
struct PackWriter {
    shared: Arc<Shared>,
    open: Option<OpenPack>,
}

/// The pack that this process appends to; no other process does, for its file is locked.
struct OpenPack {
    number: u32,
    medium: Arc<dyn Medium>,
    end: u64,
    index: File,
    /// Holds the lock.
    _locked: File,
}

impl PackWriter {
    fn commit(&mut self, group: Vec<Job<Small, ()>>) {
        let answer = self.append(&group);
        if let Err(error) = &answer {
            tracing::error!(%error, jobs = group.len(), "small files were not stored");
        }
        for job in group {
            job.answer(answer.clone());
        }
    }

    fn append(&mut self, group: &[Job<Small, ()>]) -> Result<(), BlobError> {
        let mut open = match self.open.take() {
            Some(open) if open.end < PACK_BYTES_MAX => open,
            _ => self.open_pack()?,
        };
        let (mut records, mut entries) = (Vec::new(), Vec::new());
        let mut taken = BTreeSet::new();
        for (id, bytes) in group.iter().flat_map(|job| &job.work) {
            // A copy that is there counts only if it can still be read: storing a file again repairs it.
            if !taken.insert(*id) || self.shared.is_stored(id)? {
                continue;
            }
            let offset = open.end.saturating_add(records.len() as u64);
            let length = u32::try_from(bytes.len()).map_err(|_length| BlobError::Full)?;
            let entry = Entry { id: *id, offset, length };
            records.extend(entry.header());
            records.extend(bytes);
            entries.push(entry);
        }
        if entries.is_empty() {
            self.open = Some(open);
            return Ok(());
        }
        self.write(&open, &records)?;
        self.learn(&mut open, &entries);
        self.open = Some(open);
        Ok(())
    }

    /// Writes and syncs. A failed write is cut off again. After a failed sync nobody knows what the disk holds, for the
    /// system may have dropped the pages: what was written is cut off, and the pack is not written to any more.
    fn write(&self, open: &OpenPack, records: &[u8]) -> Result<(), BlobError> {
        let written = open.medium.write_all_at(records, open.end);
        let synced = written
            .and_then(|()| open.medium.sync().inspect_err(|_error| self.give_up(open.number)));
        synced.map_err(|error| {
            if let Err(cut) = open.medium.set_len(open.end) {
                tracing::error!(%cut, pack = open.number, "a failed write could not be cut off");
                self.give_up(open.number);
            }
            failure(&self.shared.pack_path(open.number), &error)
        })
    }

    fn give_up(&self, number: u32) {
        tracing::error!(pack = number, "a pack is given up");
        self.shared.write_known(|known| {
            if let Some(pack) = known.packs.get_mut(&number) {
                pack.given_up = true;
            }
        });
    }

    fn learn(&mut self, open: &mut OpenPack, entries: &[Entry]) {
        open.end = entries.last().map_or(open.end, Entry::end);
        let lines: Vec<u8> = entries.iter().flat_map(Entry::line).collect();
        // Only a shortcut: what it lacks is found in the pack at the next opening.
        if let Err(error) = open.index.write_all(&lines) {
            tracing::warn!(%error, pack = open.number, "an index has fallen behind");
        }
        self.shared.write_known(|known| {
            for entry in entries {
                known.learn(open.number, *entry);
            }
            if let Some(pack) = known.packs.get_mut(&open.number) {
                pack.end = open.end;
                pack.synced = open.end;
            }
        });
    }

    /// A pack that ends cleanly, has room, and that no other process appends to; else a new one.
    fn open_pack(&self) -> Result<OpenPack, BlobError> {
        let numbers: Vec<u32> =
            self.shared.read_known(|known| known.packs.keys().copied().collect());
        for number in numbers.iter().rev() {
            let path = self.shared.pack_path(*number);
            let opened = self.lock_pack(*number, &path, false);
            if let Some(open) = opened.map_err(|error| failure(&path, &error))? {
                return Ok(open);
            }
        }
        let mut number = numbers.last().map_or(1, |last| last.saturating_add(1));
        loop {
            let path = self.shared.pack_path(number);
            match self.lock_pack(number, &path, true) {
                Ok(Some(open)) => {
                    sync_folder(&self.shared.packs())?;
                    return Ok(open);
                }
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(failure(&path, &error));
                }
                _ => number = number.saturating_add(1),
            }
        }
    }

    fn lock_pack(&self, number: u32, path: &Path, new: bool) -> std::io::Result<Option<OpenPack>> {
        let locked = OpenOptions::new().read(true).write(true).create_new(new).open(path)?;
        if locked.try_lock().is_err() {
            return Ok(None);
        }
        // Others appended to it until its lock came free.
        self.shared.refresh_pack(number, path, false)?;
        let Some(pack) = self.shared.read_known(|known| known.packs.get(&number).cloned()) else {
            return Ok(None);
        };
        let clean = pack.end == pack.medium.len()? && pack.end < PACK_BYTES_MAX;
        if !clean || pack.given_up {
            return Ok(None);
        }
        let index =
            OpenOptions::new().create(true).append(true).open(self.shared.index_path(number))?;
        Ok(Some(OpenPack { number, medium: pack.medium, end: pack.end, index, _locked: locked }))
    }
}

#[cfg(test)]
mod tests;
