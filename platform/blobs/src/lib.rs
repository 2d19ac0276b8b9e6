//! Files by content hash (文件库): materials, licences, notices, packages, sealed answers.
//!
//! **Invariant:** a blob's id is the SHA-256 of its bytes; what is read is what was written, or an error names it.
//! **Invariant:** a write that answered is durable.
//! **Invariant:** personal data lies here only sealed, under a key of its case or person; once that key is erased,
//! nobody can read it any more, from whatever copy (个人信息保护法 47).
//! **Invariant:** an upload is judged by its bytes, never by its name or by what the sender says it is.
//!
//! It does not know what a file means, who may read it, or when it must be erased; it never deletes a blob.
//!
//! Start with [`Blobs`], then [`Vault`] for personal data and [`Accept`] for uploads. Drivers run [`conformance`].

mod cipher;
pub mod conformance;
mod content;
mod error;
mod kept;
mod keys;
mod memory;
mod store;
mod vault;

pub use cipher::SealingKey;
pub use content::{Accept, ContentType, UploadError};
pub use error::BlobError;
pub use kept::Kept;
pub use keys::{KeyName, KeyState, VaultKeys};
pub use memory::{MemoryBlobs, MemoryVaultKeys};
pub use store::{BlobId, Blobs, NotABlobId};
pub use vault::{Entropy, Vault, VaultError};
