//! Something kept, as events and rows point to it.

use crate::{BlobId, KeyName, Vault, VaultError};
use serde::{Deserialize, Serialize};

/// Something kept (留存): where it lies, and under which key where it may tell of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Where it lies.
    pub blob: BlobId,
    /// The vault's key it is sealed under; none where it tells of nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Vault {
    /// Keeps bytes, sealed where there is a key; durable on return.
    ///
    /// # Errors
    /// As [`Vault::seal`].
    pub async fn keep(&self, key: Option<&str>, bytes: &[u8]) -> Result<Kept, VaultError> {
        let blob = match key {
            None => self.blobs.put(bytes.to_vec()).await?,
            Some(key) => self.seal(&KeyName::new(key), bytes).await?,
        };
        Ok(Kept { blob, key: key.map(str::to_owned) })
    }

    /// The bytes of something kept.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub async fn read(&self, kept: &Kept) -> Result<Vec<u8>, VaultError> {
        match &kept.key {
            None => Ok(self.blobs.get(&kept.blob).await?),
            Some(key) => Ok(self.open(&KeyName::new(key), &kept.blob).await?.to_vec()),
        }
    }
}
