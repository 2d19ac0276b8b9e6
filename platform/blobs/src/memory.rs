//! Stores in memory, for tests and simulation.

use crate::{BlobError, BlobId, Blobs, KeyName, KeyState, SealingKey, VaultKeys};
use kernel::Waiting;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Files in memory.
#[derive(Default)]
pub struct MemoryBlobs {
    files: Mutex<BTreeMap<BlobId, Vec<u8>>>,
}

impl MemoryBlobs {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many files it holds.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Replaces a file's bytes behind its back, to see that a reader notices.
    pub fn damage(&self, id: &BlobId, bytes: Vec<u8>) {
        self.lock().insert(id.clone(), bytes);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<BlobId, Vec<u8>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBlobs").field("count", &self.count()).finish()
    }
}

impl Blobs for MemoryBlobs {
    fn put(&self, bytes: Vec<u8>) -> Waiting<'_, Result<BlobId, BlobError>> {
        let id = BlobId::of(&bytes);
        self.lock().insert(id.clone(), bytes);
        Box::pin(std::future::ready(Ok(id)))
    }

    fn get(&self, id: &BlobId) -> Waiting<'_, Result<Vec<u8>, BlobError>> {
        let found = self.lock().get(id).cloned();
        Box::pin(std::future::ready(match found {
            None => Err(BlobError::Missing(id.0.clone())),
            Some(bytes) if BlobId::of(&bytes) == *id => Ok(bytes),
            Some(_) => Err(BlobError::Damaged(id.0.clone())),
        }))
    }
}

/// Sealing keys in memory.
#[derive(Debug, Default)]
pub struct MemoryVaultKeys {
    /// By the digest of the name; `None` once erased.
    keys: Mutex<BTreeMap<[u8; 32], Option<SealingKey>>>,
}

impl MemoryVaultKeys {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], Option<SealingKey>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VaultKeys for MemoryVaultKeys {
    fn find(&self, name: &KeyName) -> Waiting<'_, Result<KeyState, BlobError>> {
        let state = match self.lock().get(&name.digest()) {
            None => KeyState::Absent,
            Some(Some(key)) => KeyState::Held(key.clone()),
            Some(None) => KeyState::Erased,
        };
        Box::pin(std::future::ready(Ok(state)))
    }

    fn ensure(
        &self,
        name: &KeyName,
        fresh: SealingKey,
    ) -> Waiting<'_, Result<KeyState, BlobError>> {
        let state = match self.lock().entry(name.digest()).or_insert(Some(fresh)) {
            Some(key) => KeyState::Held(key.clone()),
            None => KeyState::Erased,
        };
        Box::pin(std::future::ready(Ok(state)))
    }

    fn erase(&self, name: &KeyName) -> Waiting<'_, Result<(), BlobError>> {
        self.lock().insert(name.digest(), None);
        Box::pin(std::future::ready(Ok(())))
    }
}
