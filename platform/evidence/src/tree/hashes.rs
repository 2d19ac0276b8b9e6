//! Where hashes are kept: an append-only file that is read by position, and the newest of them in memory.

use super::RangeError;
use crate::Hash;
use std::fs::{File, OpenOptions};
use std::io::{Error, Result};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The length of a hash.
const LENGTH: u64 = 32;
/// How many of the newest hashes stay in memory after they were written: those that proofs of new leaves need.
const KEPT: usize = 16_384;

/// Hashes in the order of their making.
#[derive(Debug)]
pub(crate) struct Hashes {
    file: Option<File>,
    /// How many hashes the file holds.
    written: u64,
    /// How many of them are known to be on the disk.
    synced: u64,
    /// The place of the first hash of `newest`.
    first: u64,
    newest: Vec<Hash>,
}

fn place(index: u64) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

impl Hashes {
    pub(crate) fn in_memory() -> Self {
        Self { file: None, written: 0, synced: 0, first: 0, newest: Vec::new() }
    }

    /// The hashes of a file, of which the first `count` count.
    pub(crate) fn open(path: &Path, count: u64) -> Result<Self> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let found = file.metadata()?.len() / LENGTH;
        if found < count {
            return Err(Error::other(format!("{found} hashes where {count} should be")));
        }
        file.set_len(count * LENGTH)?;
        Ok(Self { file: Some(file), written: count, synced: 0, first: count, newest: Vec::new() })
    }

    pub(crate) fn file(&self) -> Result<Option<File>> {
        self.file.as_ref().map(File::try_clone).transpose()
    }

    #[cfg(test)]
    fn count(&self) -> u64 {
        self.first + self.newest.len() as u64
    }

    pub(crate) fn push(&mut self, hash: Hash) {
        self.newest.push(hash);
    }

    /// Whether a hash lies in memory.
    pub(crate) fn holds(&self, index: u64) -> bool {
        index >= self.first
    }

    pub(crate) fn get(&self, index: u64) -> std::result::Result<Hash, RangeError> {
        if index >= self.first {
            let found = self.newest.get(place(index - self.first)).copied();
            return found.ok_or_else(|| failed(index, &"it was never made"));
        }
        let mut hash = [0; 32];
        self.read(index, &mut hash)?;
        Ok(hash)
    }

    /// Hashes from one place up to another.
    pub(crate) fn span(&self, from: u64, to: u64) -> std::result::Result<Vec<Hash>, RangeError> {
        let on_disk = to.min(self.first).saturating_sub(from);
        let mut bytes = vec![0; place(on_disk * LENGTH)];
        if on_disk > 0 {
            self.read(from, &mut bytes)?;
        }
        let (old, _rest) = bytes.as_chunks::<32>();
        let mut all = old.to_vec();
        for index in from + on_disk..to {
            all.push(self.get(index)?);
        }
        Ok(all)
    }

    fn read(&self, index: u64, to: &mut [u8]) -> std::result::Result<(), RangeError> {
        let Some(file) = &self.file else { return Err(failed(index, &"it is not in memory")) };
        file.read_exact_at(to, index * LENGTH).map_err(|error| failed(index, &error))
    }

    pub(crate) fn flush(&mut self, sync: bool) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let count = self.first + self.newest.len() as u64;
        let unwritten = self.newest.get(place(self.written - self.first)..).unwrap_or_default();
        if !unwritten.is_empty() {
            file.write_all_at(unwritten.as_flattened(), self.written * LENGTH)?;
            self.written = count;
        }
        if sync && self.synced < self.written {
            file.sync_data()?;
            self.synced = self.written;
        }
        if self.newest.len() > 2 * KEPT {
            self.newest.drain(..self.newest.len() - KEPT);
            self.first = count - KEPT as u64;
        }
        Ok(())
    }
}

fn failed(index: u64, why: &impl ToString) -> RangeError {
    RangeError::Store { index, why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_found_in_memory_and_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hashes");
        let hash = |n: u64| -> Hash { seals::Digest::sha256(&n.to_be_bytes()).bytes().to_owned() };
        let mut hashes = Hashes::open(&file, 0).unwrap();
        let many = 5 * KEPT as u64;
        for n in 0..many {
            hashes.push(hash(n));
            if n % 1_000 == 0 {
                hashes.flush(n % 7_000 == 0).unwrap();
            }
        }
        assert!(hashes.first > 0, "old ones are no longer in memory");
        assert_eq!(hashes.count(), many);
        for n in (0..many).step_by(911) {
            assert_eq!(hashes.get(n), Ok(hash(n)));
        }
        let first = hashes.first;
        let span = hashes.span(first - 3, first + 3).unwrap();
        assert_eq!(span, (first - 3..first + 3).map(hash).collect::<Vec<_>>());
        assert!(hashes.get(many).is_err());
        hashes.flush(true).unwrap();
        let again = Hashes::open(&file, many).unwrap();
        assert_eq!(again.get(many - 1), Ok(hash(many - 1)));
        assert!(Hashes::open(&file, many + 1).is_err(), "a short file is told");
    }
}
