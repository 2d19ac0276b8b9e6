//! Keys and signatures of three schemes behind one type each.

use crate::SealError;
use ed25519_dalek::{Signer as _, Verifier as _};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// The signer's distinguishing identifier where none is agreed (GB/T 35276-2017, clause 10).
const SM2_DEFAULT_ID: &str = "1234567812345678";

/// A signature scheme (签名算法).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032): the journal's checkpoints and messages between systems.
    #[serde(rename = "EdDSA")]
    Ed25519,
    /// ECDSA on P-256 with SHA-256 (RFC 7518): licences.
    #[serde(rename = "ES256")]
    Es256,
    /// SM2 with SM3 (GB/T 32918.2), default identifier: licences where configured.
    #[serde(rename = "SM2-SM3")]
    Sm2Sm3,
}

impl Algorithm {
    /// The `alg` of a JWS. `SM2-SM3` has no registered name (none exists); the other two do.
    #[must_use]
    pub const fn jose(self) -> &'static str {
        match self {
            Self::Ed25519 => "EdDSA",
            Self::Es256 => "ES256",
            Self::Sm2Sm3 => "SM2-SM3",
        }
    }

    /// The `alg` of an HTTP message signature (RFC 9421 section 3.3); `sm2-sm3` is ours.
    #[must_use]
    pub const fn http(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Es256 => "ecdsa-p256-sha256",
            Self::Sm2Sm3 => "sm2-sm3",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.jose())
    }
}

impl FromStr for Algorithm {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        [Self::Ed25519, Self::Es256, Self::Sm2Sm3]
            .into_iter()
            .find(|algorithm| algorithm.jose() == text)
            .ok_or(SealError::Encoding { form: "signature algorithm" })
    }
}

/// The handle of a key (密钥标识): the RFC 7638 thumbprint of its public half, base64url, 43 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// A handle as it stands in a signature or a configuration; it may name a key of another system.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The handle as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A signature value (签名值): 64 bytes in all three schemes (`r ‖ s`, or Ed25519's `R ‖ S`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// A signature from its 64 bytes.
    ///
    /// # Errors
    /// `SEL-0004` when there are more or fewer.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, SealError> {
        <[u8; 64]>::try_from(bytes).map(Self).map_err(|_length| SealError::SignatureInvalid)
    }

    /// The 64 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", crate::base64url(&self.0))
    }
}

/// What signs. It is wiped from memory when dropped, and neither prints nor serialises.
pub struct SecretKey(Secret);

enum Secret {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Es256(Box<p256::ecdsa::SigningKey>),
    // The crate's signing key does not wipe itself; its plain secret key does, and the former is made from it each time.
    Sm2Sm3(Box<sm2::SecretKey>),
}

impl SecretKey {
    /// The key that follows from 32 random bytes: the same seed gives the same key.
    ///
    /// # Errors
    /// `SEL-0003` if no candidate is in the curve's range, which 256 tries make impossible in practice.
    pub fn from_seed(algorithm: Algorithm, seed: &[u8; 32]) -> Result<Self, SealError> {
        // The scalar of a curve must lie below its order; a candidate beyond it (1 in 2^32) is hashed with the next counter.
        for counter in 0..=u8::MAX {
            let mut hasher = sha2::Sha256::new();
            hasher.update(b"lianban key v1");
            hasher.update(algorithm.jose().as_bytes());
            hasher.update([counter]);
            hasher.update(seed);
            let candidate = Zeroizing::new(<[u8; 32]>::from(hasher.finalize()));
            if let Ok(key) = Self::from_bytes(algorithm, candidate.as_slice()) {
                return Ok(key);
            }
        }
        Err(SealError::KeyMalformed { algorithm })
    }

    /// A key from its 32 bytes: the seed of Ed25519, the big-endian scalar of the others.
    ///
    /// # Errors
    /// `SEL-0003` when the bytes are no key of the algorithm.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, SealError> {
        let malformed = || SealError::KeyMalformed { algorithm };
        let bytes = <&[u8; 32]>::try_from(bytes).map_err(|_length| malformed())?;
        Ok(Self(match algorithm {
            Algorithm::Ed25519 => {
                Secret::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(bytes)))
            }
            Algorithm::Es256 => Secret::Es256(Box::new(
                p256::ecdsa::SigningKey::from_slice(bytes).map_err(|_range| malformed())?,
            )),
            Algorithm::Sm2Sm3 => Secret::Sm2Sm3(Box::new(
                sm2::SecretKey::from_slice(bytes).map_err(|_range| malformed())?,
            )),
        }))
    }

    /// The scheme.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Secret::Ed25519(_) => Algorithm::Ed25519,
            Secret::Es256(_) => Algorithm::Es256,
            Secret::Sm2Sm3(_) => Algorithm::Sm2Sm3,
        }
    }

    /// The secret bytes, for a key store of this crate; wiped when dropped.
    pub(crate) fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(match &self.0 {
            Secret::Ed25519(key) => key.to_bytes(),
            Secret::Es256(key) => key.to_bytes().into(),
            Secret::Sm2Sm3(key) => key.to_bytes().into(),
        })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(match &self.0 {
            Secret::Ed25519(key) => Public::Ed25519(Box::new(key.verifying_key())),
            Secret::Es256(key) => Public::Es256(Box::new(*key.verifying_key())),
            Secret::Sm2Sm3(key) => Public::Sm2Sm3(Box::new(key.public_key())),
        })
    }

    /// The signature over a message; always the same for the same message.
    ///
    /// # Errors
    /// `SEL-0003` where the scheme finds no nonce for this message, which has a chance of 1 in 2^32 with SM2 and none
    /// worth naming with the others.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, SealError> {
        let malformed = || SealError::KeyMalformed { algorithm: self.algorithm() };
        Ok(Signature(match &self.0 {
            Secret::Ed25519(key) => key.sign(message).to_bytes(),
            Secret::Es256(key) => {
                let signature: p256::ecdsa::Signature =
                    key.try_sign(message).map_err(|_nonce| malformed())?;
                signature.to_bytes().into()
            }
            Secret::Sm2Sm3(key) => {
                let key = sm2::dsa::SigningKey::new(SM2_DEFAULT_ID, key)
                    .map_err(|_identity| malformed())?;
                let signature: sm2::dsa::Signature =
                    key.try_sign(message).map_err(|_nonce| malformed())?;
                signature.to_bytes().into()
            }
        }))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, {})", self.algorithm(), self.public().id())
    }
}

/// What verifies (公钥).
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Public);

#[derive(Clone, PartialEq, Eq)]
enum Public {
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
    Es256(Box<p256::ecdsa::VerifyingKey>),
    Sm2Sm3(Box<sm2::PublicKey>),
}

impl PublicKey {
    /// A public key from its bytes: 32 for Ed25519, 65 (uncompressed point, `04 ‖ x ‖ y`) for the others.
    ///
    /// # Errors
    /// `SEL-0003` when the bytes are no point of the curve.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, SealError> {
        let malformed = || SealError::KeyMalformed { algorithm };
        Ok(Self(match algorithm {
            Algorithm::Ed25519 => {
                let bytes = <&[u8; 32]>::try_from(bytes).map_err(|_length| malformed())?;
                let key =
                    ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_point| malformed())?;
                if key.is_weak() {
                    return Err(malformed());
                }
                Public::Ed25519(Box::new(key))
            }
            Algorithm::Es256 => Public::Es256(Box::new(
                p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_point| malformed())?,
            )),
            Algorithm::Sm2Sm3 => Public::Sm2Sm3(Box::new(
                sm2::PublicKey::from_sec1_bytes(bytes).map_err(|_point| malformed())?,
            )),
        }))
    }

    /// The scheme.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Public::Ed25519(_) => Algorithm::Ed25519,
            Public::Es256(_) => Algorithm::Es256,
            Public::Sm2Sm3(_) => Algorithm::Sm2Sm3,
        }
    }

    /// The bytes that [`PublicKey::from_bytes`] reads.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match &self.0 {
            Public::Ed25519(key) => key.to_bytes().to_vec(),
            Public::Es256(key) => key.to_sec1_point(false).as_bytes().to_vec(),
            Public::Sm2Sm3(key) => key.to_sec1_bytes().to_vec(),
        }
    }

    /// The handle of the key: its RFC 7638 thumbprint.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId(crate::base64url(&sha2::Sha256::digest(crate::jwk::thumbprint_input(self))))
    }

    /// Checks a signature over a message.
    ///
    /// # Errors
    /// `SEL-0004` when it is not this key's signature over exactly these bytes.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SealError> {
        let held = match &self.0 {
            Public::Ed25519(key) => {
                let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
                // Strict: no second key and no second encoding verifies the same signature.
                key.verify_strict(message, &signature).is_ok()
            }
            Public::Es256(key) => p256::ecdsa::Signature::from_slice(&signature.0)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Public::Sm2Sm3(key) => sm2::dsa::Signature::from_slice(&signature.0)
                .and_then(|signature| {
                    sm2::dsa::VerifyingKey::new(SM2_DEFAULT_ID, **key)?.verify(message, &signature)
                })
                .is_ok(),
        };
        if held { Ok(()) } else { Err(SealError::SignatureInvalid) }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.algorithm(), self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{from_hex, hex};

    const ALL: [Algorithm; 3] = [Algorithm::Ed25519, Algorithm::Es256, Algorithm::Sm2Sm3];

    #[test]
    fn published_vectors_come_out_byte_for_byte() {
        for (algorithm, secret, public, message, signature) in [
            (
                // RFC 8032 section 7.1, test 1.
                Algorithm::Ed25519,
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555\
                 fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                // RFC 6979 appendix A.2.5, SHA-256, "sample".
                Algorithm::Es256,
                "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
                "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
                 7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
                "sample",
                "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
                 f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
            ),
        ] {
            let key = SecretKey::from_bytes(algorithm, &from_hex(secret).unwrap()).unwrap();
            assert_eq!(hex(&key.public().bytes()), public);
            let made = key.sign(message.as_bytes()).unwrap();
            assert_eq!(hex(made.bytes()), signature);
            assert!(key.public().verify(message.as_bytes(), &made).is_ok());
        }
    }

    #[test]
    fn an_sm2_signature_of_another_implementation_verifies() {
        // Made once with OpenSSL 3.0.19: `openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:1234567812345678`.
        let public = "04376ab71a4ebc787f1b5fa2343dded127e7b5b477e9d1460bdaf69f44c363de94\
                      567ea1b7b07cbc9bb61971cc20bb5dff94cc24e24ea5a769d7e258cbfc5a3e11";
        let signature = "feeff2019c41361669113ae22327ecc62122cd3109b4430d0b56b623028685d0\
                         3fd29f63e96cfc7c5a2872c1e665e134f666b87fbda25b5e033b9d71cb539344";
        let key = PublicKey::from_bytes(Algorithm::Sm2Sm3, &from_hex(public).unwrap()).unwrap();
        let signature = Signature::from_slice(&from_hex(signature).unwrap()).unwrap();
        assert!(key.verify(b"lianban sm2 vector", &signature).is_ok());
        assert!(key.verify(b"lianban sm2 Vector", &signature).is_err());

        let secret = "a305adb2cb1a3060c4decd08b30fefab441e3c144554bf6c913dde2f9470c84a";
        let secret = SecretKey::from_bytes(Algorithm::Sm2Sm3, &from_hex(secret).unwrap()).unwrap();
        assert_eq!(secret.public(), key);
    }

    #[test]
    fn signing_twice_gives_the_same_bytes_and_one_flipped_bit_breaks_them() {
        for algorithm in ALL {
            let key = SecretKey::from_seed(algorithm, &[3; 32]).unwrap();
            let message = "粤B001 营业执照".as_bytes();
            let signature = key.sign(message).unwrap();
            assert_eq!(signature, key.sign(message).unwrap(), "{algorithm}");
            for byte in 0..64 {
                let mut bytes = *signature.bytes();
                bytes[byte] ^= 1;
                let flipped = Signature(bytes);
                assert!(key.public().verify(message, &flipped).is_err(), "{algorithm} {byte}");
            }
            let mut changed = message.to_vec();
            changed[0] ^= 1;
            assert!(key.public().verify(&changed, &signature).is_err(), "{algorithm}");
        }
    }

    #[test]
    fn a_key_verifies_no_signature_of_another_seed_or_scheme() {
        for algorithm in ALL {
            let signature = SecretKey::from_seed(algorithm, &[3; 32]).unwrap().sign(b"m").unwrap();
            for other in ALL {
                let key = SecretKey::from_seed(other, &[4; 32]).unwrap();
                assert!(key.public().verify(b"m", &signature).is_err(), "{algorithm} by {other}");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        for algorithm in ALL {
            for bytes in [&[][..], &[1; 31], &[1; 33]] {
                assert!(SecretKey::from_bytes(algorithm, bytes).is_err());
            }
            assert!(PublicKey::from_bytes(algorithm, &[4; 65]).is_err());
        }
        assert!(SecretKey::from_bytes(Algorithm::Es256, &[0; 32]).is_err());
        assert!(SecretKey::from_bytes(Algorithm::Sm2Sm3, &[0xff; 32]).is_err());
        // The neutral element of the curve: every message would verify.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert!(PublicKey::from_bytes(Algorithm::Ed25519, &neutral).is_err());
    }

    #[test]
    fn a_secret_key_prints_nothing_secret() {
        let key = SecretKey::from_seed(Algorithm::Es256, &[9; 32]).unwrap();
        let shown = format!("{key:?}");
        assert!(!shown.contains(&hex(key.secret_bytes().as_slice())));
        assert!(!shown.contains(&crate::base64url(key.secret_bytes().as_slice())));
    }
}
