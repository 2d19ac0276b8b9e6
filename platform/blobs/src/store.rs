//! The trait of every store of files.

use crate::BlobError;
use kernel::Waiting;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The id of a file: SHA-256 of its bytes as 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobId(pub String);

impl BlobId {
    /// The id of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(seals::Digest::sha256(bytes).hex())
    }

    /// The digest that the id spells; `None` for a text that is no id, which then names no file.
    #[must_use]
    pub fn digest(&self) -> Option<[u8; 32]> {
        let canonical = self.0.len() == 64 && !self.0.contains(|c: char| c.is_ascii_uppercase());
        let bytes = canonical.then(|| seals::from_hex(&self.0).ok()).flatten()?;
        bytes.try_into().ok()
    }
}

/// A text that is no id of 64 hexadecimal digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a file")]
pub struct NotABlobId(pub String);

impl FromStr for BlobId {
    type Err = NotABlobId;

    fn from_str(text: &str) -> Result<Self, NotABlobId> {
        let id = Self(text.to_owned());
        if id.digest().is_some() { Ok(id) } else { Err(NotABlobId(id.0)) }
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A store of files by content.
///
/// ```text
///   put ──► bytes durable ──► id          (never the other way round)
///   get(id) ──► bytes, hashed again ──► the same bytes, or Damaged(id)
/// ```
pub trait Blobs: Send + Sync + 'static {
    /// Stores bytes; durable on return. Storing the same bytes twice is one file.
    fn put(&self, bytes: Vec<u8>) -> Waiting<'_, Result<BlobId, BlobError>>;

    /// Stores several files, whose ids come back in their order; all are durable on return. On an error some may have
    /// been stored, which does no harm: nobody knows their ids. A driver writes them in one go where it can.
    fn put_all(&self, files: Vec<Vec<u8>>) -> Waiting<'_, Result<Vec<BlobId>, BlobError>> {
        Box::pin(async move {
            let mut ids = Vec::with_capacity(files.len());
            for bytes in files {
                ids.push(self.put(bytes).await?);
            }
            Ok(ids)
        })
    }

    /// The bytes of a file, checked against its id.
    fn get(&self, id: &BlobId) -> Waiting<'_, Result<Vec<u8>, BlobError>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = BlobId::of(b"abc");
        assert_eq!(id.0, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(id.to_string().parse(), Ok(id.clone()));
        assert_eq!(id.digest(), Some(*seals::Digest::sha256(b"abc").bytes()));
        for bad in
            ["", "../../etc/passwd", &id.0.to_uppercase(), &format!("{id}00"), &"g".repeat(64)]
        {
            assert_eq!(BlobId(bad.to_owned()).digest(), None, "{bad}");
            assert!(bad.parse::<BlobId>().is_err(), "{bad}");
        }
    }
}
