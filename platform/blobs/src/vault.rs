//! The vault: personal data sealed under a key of its case or person, erased by destroying the key.

use crate::{BlobError, BlobId, Blobs, KeyName, KeyState, SealingKey, VaultKeys};
use codes::{Code, Coded, Label, Reason};
use kernel::ErrandError;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A source of random bytes: the system's in production, a seeded one in simulation.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the slice with bytes that nobody can foresee.
    ///
    /// # Errors
    /// The source does not answer.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), BlobError>;
}

impl<F> Entropy for F
where
    F: Fn(&mut [u8]) -> Result<(), BlobError> + Send + Sync + 'static,
{
    fn fill(&self, bytes: &mut [u8]) -> Result<(), BlobError> {
        self(bytes)
    }
}

/// Personal data under lock (保险库): blobs that only their key opens.
///
/// An event holds a blob's id and a commitment, never the data. Erasing the key (个人信息保护法 47) makes every copy of
/// the blob unreadable, in backups too, while the journal and proofs over it still verify. Keys must therefore not be
/// backed up together with blobs for longer than an erasure may take.
#[derive(Clone)]
pub struct Vault {
    pub(crate) blobs: Arc<dyn Blobs>,
    keys: Arc<dyn VaultKeys>,
    entropy: Arc<dyn Entropy>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault over a store of files, a store of keys, and a source of random bytes.
    #[must_use]
    pub fn new(blobs: Arc<dyn Blobs>, keys: Arc<dyn VaultKeys>, entropy: Arc<dyn Entropy>) -> Self {
        Self { blobs, keys, entropy }
    }

    /// Seals one content under a key, which is made where the name has none; durable on return.
    ///
    /// The same content under the same key is the same blob.
    ///
    /// # Errors
    /// `BLB-0008` when the key was erased, and those of the stores.
    pub async fn seal(&self, key: &KeyName, content: &[u8]) -> Result<BlobId, VaultError> {
        first(self.seal_all(key, &[content]).await?)
    }

    /// Seals several contents under one key; their ids come back in their order, and all are durable on return.
    ///
    /// # Errors
    /// As [`Vault::seal`]; nothing that was sealed on the way can be read then without its id.
    pub async fn seal_all(
        &self,
        key: &KeyName,
        contents: &[&[u8]],
    ) -> Result<Vec<BlobId>, VaultError> {
        match self.keys.find(key).await? {
            KeyState::Held(held) => self.put_sealed(key, &held, contents).await,
            KeyState::Erased => Err(VaultError::Erased { key: key.clone() }),
            KeyState::Absent => {
                let fresh = self.fresh()?;
                match self.put_under_fresh(key, &fresh, contents).await? {
                    Fresh::Kept(ids) => Ok(ids),
                    Fresh::Other(held) => self.put_sealed(key, &held, contents).await,
                }
            }
        }
    }

    /// Seals what is made from a secret of its key, as [`Vault::secret`] gives it, such as a content that bears the salt of
    /// its own digests. The store of keys is asked once; under a new key, key and content are written side by side.
    ///
    /// # Errors
    /// As [`Vault::seal`], and those of `make`.
    pub async fn seal_made<E: From<VaultError>>(
        &self,
        key: &KeyName,
        label: &str,
        mut make: impl FnMut(&[u8; 32]) -> Result<Vec<u8>, E> + Send,
    ) -> Result<BlobId, E> {
        let mut made = |held: &SealingKey| make(&held.secret(label.as_bytes()));
        let state = self.keys.find(key).await.map_err(VaultError::from)?;
        let ids = match state {
            KeyState::Held(held) => self.put_sealed(key, &held, &[&made(&held)?]).await?,
            KeyState::Erased => return Err(VaultError::Erased { key: key.clone() }.into()),
            KeyState::Absent => {
                let fresh = self.fresh()?;
                match self.put_under_fresh(key, &fresh, &[&made(&fresh)?]).await? {
                    Fresh::Kept(ids) => ids,
                    Fresh::Other(held) => self.put_sealed(key, &held, &[&made(&held)?]).await?,
                }
            }
        };
        Ok(first(ids)?)
    }

    /// A key that nobody has seen.
    fn fresh(&self) -> Result<SealingKey, VaultError> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.entropy.fill(bytes.as_mut_slice())?;
        Ok(SealingKey::new(bytes))
    }

    /// Key and contents are written side by side, so that a new case waits for one write and not for two.
    async fn put_under_fresh(
        &self,
        key: &KeyName,
        fresh: &SealingKey,
        contents: &[&[u8]],
    ) -> Result<Fresh, VaultError> {
        let (state, ids) = futures_util::future::join(
            self.keys.ensure(key, fresh.clone()),
            self.put_sealed(key, fresh, contents),
        )
        .await;
        match state? {
            KeyState::Held(held) if held == *fresh => ids.map(Fresh::Kept),
            // What was just written can be opened by nobody and does no harm.
            KeyState::Held(held) => Ok(Fresh::Other(held)),
            KeyState::Erased => Err(VaultError::Erased { key: key.clone() }),
            KeyState::Absent => Err(VaultError::lost("a key that was just made is absent")),
        }
    }

    async fn put_sealed(
        &self,
        name: &KeyName,
        key: &SealingKey,
        contents: &[&[u8]],
    ) -> Result<Vec<BlobId>, VaultError> {
        let sealed: Option<Vec<Vec<u8>>> =
            contents.iter().map(|content| key.seal(name.as_str().as_bytes(), content)).collect();
        let sealed =
            sealed.ok_or_else(|| VaultError::lost("a content is too large to be sealed"))?;
        Ok(self.blobs.put_all(sealed).await?)
    }

    /// Opens a sealed blob; the content is wiped from memory when dropped.
    ///
    /// # Errors
    /// `BLB-0008` when the key was erased, `BLB-0009` when the name never had a key or its key does not open this blob,
    /// and those of the stores.
    pub async fn open(&self, key: &KeyName, id: &BlobId) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let held = match self.keys.find(key).await? {
            KeyState::Held(held) => held,
            KeyState::Erased => return Err(VaultError::Erased { key: key.clone() }),
            KeyState::Absent => return Err(VaultError::NotOfThisKey { id: id.clone() }),
        };
        let sealed = self.blobs.get(id).await?;
        held.open(key.as_str().as_bytes(), &sealed)
            .ok_or_else(|| VaultError::NotOfThisKey { id: id.clone() })
    }

    /// A secret of a key by a label, always the same while the key lives: the salt of a commitment that events hold.
    /// Erasing the key destroys it too, so that nobody can try values against the commitment any more.
    ///
    /// # Errors
    /// `BLB-0008` when the key was erased, and those of the stores.
    pub async fn secret(
        &self,
        key: &KeyName,
        label: &str,
    ) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let state = match self.keys.find(key).await? {
            KeyState::Absent => self.keys.ensure(key, self.fresh()?).await?,
            known => known,
        };
        match state {
            KeyState::Held(held) => Ok(held.secret(label.as_bytes())),
            KeyState::Erased => Err(VaultError::Erased { key: key.clone() }),
            KeyState::Absent => Err(VaultError::lost("a key that was just made is absent")),
        }
    }

    /// Random bytes of the vault's own source, such as the salts of what is sealed here.
    ///
    /// # Errors
    /// The source does not answer.
    pub fn draw(&self, bytes: &mut [u8]) -> Result<(), VaultError> {
        Ok(self.entropy.fill(bytes)?)
    }

    /// Erases everything sealed under a key, for good, by destroying the key; durable on return.
    ///
    /// # Errors
    /// Those of the key store.
    pub async fn erase(&self, key: &KeyName) -> Result<(), VaultError> {
        Ok(self.keys.erase(key).await?)
    }
}

/// What came of a fresh key.
enum Fresh {
    /// It is the key of its name now, and the contents are sealed under it.
    Kept(Vec<BlobId>),
    /// Another caller was first: the key of the name is this one.
    Other(SealingKey),
}

fn first(ids: Vec<BlobId>) -> Result<BlobId, VaultError> {
    ids.into_iter().next().ok_or_else(|| VaultError::lost("no id for what was sealed"))
}

/// Sealed data that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The data was erased.
    #[error("what was sealed under `{key}` was erased")]
    Erased {
        /// The key's name.
        key: KeyName,
    },
    /// The key does not open this blob.
    #[error("blob `{id}` was not sealed under this key")]
    NotOfThisKey {
        /// The blob.
        id: BlobId,
    },
    /// A store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl VaultError {
    fn lost(why: &str) -> Self {
        Self::Blob(BlobError::Store(why.to_owned()))
    }
}

impl From<VaultError> for ErrandError {
    /// What was erased stays so; the rest is as the store says.
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Blob(error) => error.into(),
            VaultError::Erased { .. } | VaultError::NotOfThisKey { .. } => Self::never(error),
        }
    }
}

impl From<BlobError> for ErrandError {
    /// A store that is down or full comes back; what is missing or damaged stays so.
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Store(_) | BlobError::Full => Self::later(error),
            BlobError::Missing(_) | BlobError::Damaged(_) => Self::never(error),
        }
    }
}

impl Coded for VaultError {
    fn code(&self) -> Code {
        match self {
            Self::Erased { .. } => Code::new("BLB", 8),
            Self::NotOfThisKey { .. } => Code::new("BLB", 9),
            Self::Blob(error) => error.code(),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Erased { .. } => "ERASED",
            Self::NotOfThisKey { .. } => "SEALED_OTHERWISE",
            Self::Blob(error) => error.reason(),
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Erased { .. } => Label::new(
                "这些个人信息已依法删除，无法再读取。",
                "This personal data was erased by law and cannot be read any more.",
            ),
            Self::NotOfThisKey { .. } => Label::new(
                "这份内容不属于该办件或该人员。",
                "This content does not belong to that case or person.",
            ),
            Self::Blob(error) => error.label(),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Erased { .. } => 410,
            Self::NotOfThisKey { .. } => 404,
            Self::Blob(error) => error.status(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_tried_again_and_erased_data_is_not() {
        let blob = || "00".to_owned();
        let table = [
            (VaultError::Blob(BlobError::Full), true),
            (VaultError::Blob(BlobError::Store("down".to_owned())), true),
            (VaultError::Blob(BlobError::Missing(blob())), false),
            (VaultError::Blob(BlobError::Damaged(blob())), false),
            (VaultError::Erased { key: KeyName::new("case/1") }, false),
        ];
        for (error, again) in table {
            let told = error.to_string();
            let is_later = matches!(ErrandError::from(error), ErrandError::Later(_));
            assert_eq!(is_later, again, "{told}");
        }
    }
}
