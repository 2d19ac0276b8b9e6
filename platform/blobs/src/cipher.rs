//! How personal data is sealed: XChaCha20-Poly1305 with a nonce that follows from key and content.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// The first byte of what is sealed, so that another scheme can follow one day.
const VERSION: u8 = 1;

/// The length of a nonce.
const NONCE: usize = 24;

/// The key of one case or one person; wiped from memory when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SealingKey(Zeroizing<[u8; 32]>);

impl SealingKey {
    /// A key from its 32 bytes.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The bytes, for the store that keeps them.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key for one use, so that nothing is encrypted under what nonces are made from.
    fn derived(&self, purpose: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut hasher = Sha256::new();
        hasher.update(self.0.as_slice());
        hasher.update(purpose);
        Zeroizing::new(hasher.finalize().into())
    }

    /// A secret that follows from the key and a label, and that nobody can know any more once the key is destroyed.
    #[must_use]
    pub fn secret(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut hasher = Sha256::new();
        hasher.update(self.derived(b"lianban vault secret v1").as_slice());
        hasher.update(label);
        Zeroizing::new(hasher.finalize().into())
    }

    /// The nonce for a content. It is a keyed digest, so two contents never share one, no random source is needed, and
    /// the same content sealed twice is one blob. The price: who sees the store learns that two blobs under one key
    /// hold the same content.
    fn nonce(&self, context: &[u8], content: &[u8]) -> [u8; NONCE] {
        let mut hasher = Sha256::new();
        hasher.update(self.derived(b"lianban vault nonce v1").as_slice());
        // Lengths before texts: no two pairs of context and content give the same input.
        hasher.update(u64::try_from(context.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(context);
        hasher.update(content);
        let digest = hasher.finalize();
        let mut nonce = [0; NONCE];
        for (to, from) in nonce.iter_mut().zip(digest) {
            *to = from;
        }
        nonce
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        let key = self.derived(b"lianban vault content v1");
        XChaCha20Poly1305::new((&*key).into())
    }

    /// Seals a content: version, nonce, ciphertext with its tag. `context` must be given again to open it.
    ///
    /// `None` for a content beyond what the cipher takes (256 GiB).
    pub(crate) fn seal(&self, context: &[u8], content: &[u8]) -> Option<Vec<u8>> {
        let nonce = self.nonce(context, content);
        let payload = Payload { msg: content, aad: context };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([&[VERSION][..], &nonce, &sealed].concat())
    }

    /// Opens what [`SealingKey::seal`] made; `None` if it is not of this key and context, or was changed.
    pub(crate) fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let rest = sealed.strip_prefix(&[VERSION])?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: ciphertext, aad: context };
        self.cipher().decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SealingKey {
        SealingKey::new(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn only_the_same_key_and_context_open_it() {
        let sealed = key(1).seal(b"case-1", "陈思远".as_bytes()).unwrap();
        assert_eq!(key(1).open(b"case-1", &sealed).unwrap().as_slice(), "陈思远".as_bytes());
        assert!(key(2).open(b"case-1", &sealed).is_none());
        assert!(key(1).open(b"case-2", &sealed).is_none());
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(key(1).open(b"case-1", &changed).is_none(), "{position}");
            assert!(key(1).open(b"case-1", &sealed[..position]).is_none(), "{position}");
        }
    }

    #[test]
    fn the_same_content_is_sealed_alike_and_another_with_another_nonce() {
        let nonce = |sealed: &[u8]| sealed[1..=NONCE].to_vec();
        let (one, again) = (key(1).seal(b"c", b"x").unwrap(), key(1).seal(b"c", b"x").unwrap());
        assert_eq!(one, again);
        for other in [
            key(1).seal(b"c", b"y").unwrap(),
            key(1).seal(b"cx", b"").unwrap(),
            key(2).seal(b"c", b"x").unwrap(),
        ] {
            assert_ne!(nonce(&one), nonce(&other));
        }
    }

    #[test]
    fn nothing_of_the_content_shows() {
        let content = b"440113199003074516".repeat(4);
        let sealed = key(1).seal(b"c", &content).unwrap();
        assert!(!sealed.windows(4).any(|window| window == b"1990"));
        assert_eq!(format!("{:?}", key(1)), "SealingKey(…)");
    }
}
