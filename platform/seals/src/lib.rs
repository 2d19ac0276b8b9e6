//! Digests, signatures, key handles, and the wire forms of a signature.
//!
//! What is signed here is checked by others, so every form follows a published text: RFC 8785 canonical JSON, RFC 7515
//! compact JWS, RFC 7517 key sets, RFC 9421 message signatures, RFC 9530 content digests, RFC 9052 COSE for codes,
//! RFC 5280 certificates and RFC 5652 CMS for seals inside PDFs (`PAdES`).
//!
//! **Invariant:** a secret key never leaves its [`Keys`]; callers hold a [`KeyId`], ask for a signature, and cannot print
//! or serialise what signs.
//! **Invariant:** signing is deterministic: the same key and bytes give the same signature, so a repeated errand changes
//! nothing.
//! **Invariant:** time and randomness are arguments; nothing here reads a clock or a random source.
//! **Invariant:** a key that was retired still verifies what it signed before; a key file is never deleted. One that is
//! compromised verifies only what something else proves to be older.
//!
//! It does not know who may sign what (capabilities decide), keeps no journal of signatures, and does no networking.
//!
//! Start with [`Digest`], then [`Keys`] and [`jws`]; [`http_signature`] stands alone.

mod base45;
mod canonical;
pub mod certificate;
pub mod cms;
mod commitment;
pub mod cose;
mod digest;
mod encoding;
mod error;
mod folder;
pub mod http_signature;
mod jwk;
pub mod jws;
mod key;
mod keys;
pub mod pdf;
pub mod x509;

pub use base45::{base45, from_base45};
pub use canonical::{canonical_json, canonical_value};
pub use commitment::{Commitment, Salt};
pub use digest::{Digest, DigestAlgorithm, Hasher};
pub use encoding::{base32, base64url, from_base32, from_base64url, from_hex, hex, same};
pub use error::{KeyError, SealError, SignError};
pub use folder::FolderKeys;
pub use jwk::{PublicKeySet, public_jwk, read_public_jwk};
pub use key::{Algorithm, KeyId, PublicKey, SecretKey, Signature};
pub use keys::{KeyRecord, KeyState, Keys, MemoryKeys, Purpose};
