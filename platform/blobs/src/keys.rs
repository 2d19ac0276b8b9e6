//! Where the keys of sealed data are kept, apart from the data.

use crate::{BlobError, SealingKey};
use kernel::Waiting;
use std::fmt;

/// The name of a key (封存密钥名): of a case, or of a person in a case.
///
/// Stores keep only a digest of it, for a name may itself say something of a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// A name such as `case/440115-2026-000123` or `person/…`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a store files the key under.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        *seals::Digest::sha256(self.0.as_bytes()).bytes()
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// The name never had a key.
    Absent,
    /// The key.
    Held(SealingKey),
    /// The key was erased; the name never gets another one.
    Erased,
}

/// A store of sealing keys.
///
/// ```text
///   Absent ──ensure──► Held ──erase──► Erased
///      └──────────────erase─────────────▲
/// ```
pub trait VaultKeys: Send + Sync + 'static {
    /// What is known of a name.
    fn find(&self, name: &KeyName) -> Waiting<'_, Result<KeyState, BlobError>>;

    /// Gives the name the fresh key unless it has or had one; durable on return. Answers what holds then: of several
    /// callers with fresh keys one wins, and all get the winner's.
    fn ensure(&self, name: &KeyName, fresh: SealingKey)
    -> Waiting<'_, Result<KeyState, BlobError>>;

    /// Destroys the key; durable on return, also where the name never had one.
    fn erase(&self, name: &KeyName) -> Waiting<'_, Result<(), BlobError>>;
}
