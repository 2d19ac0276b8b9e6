//! Digests (摘要): SHA-256 and SM3, typed, with text forms.

use crate::SealError;
use crate::encoding::{base32, from_hex, hex};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Digest as _;
use std::fmt;
use std::str::FromStr;

/// Which function made a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DigestAlgorithm {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SM3 (GB/T 32905), 256 bits.
    Sm3,
}

impl DigestAlgorithm {
    /// The name in the text form: `sha256` or `sm3`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sm3 => "sm3",
        }
    }
}

/// A digest (摘要) of 256 bits together with the function that made it.
///
/// Its text form, also in JSON, is `sha256:` or `sm3:` and 64 lower-case hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    bytes: [u8; 32],
}

impl Digest {
    /// The SHA-256 digest of bytes.
    #[must_use]
    pub fn sha256(bytes: &[u8]) -> Self {
        Self { algorithm: DigestAlgorithm::Sha256, bytes: sha2::Sha256::digest(bytes).into() }
    }

    /// The SM3 digest of bytes.
    #[must_use]
    pub fn sm3(bytes: &[u8]) -> Self {
        Self { algorithm: DigestAlgorithm::Sm3, bytes: sm3::Sm3::digest(bytes).into() }
    }

    /// A digest computed elsewhere.
    #[must_use]
    pub const fn from_bytes(algorithm: DigestAlgorithm, bytes: [u8; 32]) -> Self {
        Self { algorithm, bytes }
    }

    /// The function that made it.
    #[must_use]
    pub const fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The bytes as 64 hexadecimal characters, without the function's name.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.bytes)
    }

    /// The bytes as 52 base32 characters, without the function's name.
    #[must_use]
    pub fn base32(&self) -> String {
        base32(&self.bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        let malformed = || SealError::Encoding { form: "digest" };
        let (name, digits) = text.split_once(':').ok_or_else(malformed)?;
        let algorithm = match name {
            "sha256" => DigestAlgorithm::Sha256,
            "sm3" => DigestAlgorithm::Sm3,
            _ => return Err(malformed()),
        };
        let bytes = <[u8; 32]>::try_from(from_hex(digits)?).map_err(|_length| malformed())?;
        Ok(Self { algorithm, bytes })
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Takes bytes piece by piece and gives one [`Digest`], for content that is not in memory as a whole.
pub struct Hasher(State);

enum State {
    Sha256(sha2::Sha256),
    Sm3(sm3::Sm3),
}

impl Hasher {
    /// A hasher that has seen nothing yet.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self(match algorithm {
            DigestAlgorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            DigestAlgorithm::Sm3 => State::Sm3(sm3::Sm3::new()),
        })
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(hasher) => hasher.update(bytes),
            State::Sm3(hasher) => hasher.update(bytes),
        }
    }

    /// The digest of everything taken.
    #[must_use]
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Sha256(hasher) => {
                Digest::from_bytes(DigestAlgorithm::Sha256, hasher.finalize().into())
            }
            State::Sm3(hasher) => {
                Digest::from_bytes(DigestAlgorithm::Sm3, hasher.finalize().into())
            }
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_agree_with_the_standards() {
        // FIPS 180-4 example "abc"; GB/T 32905-2016 annex A.1 "abc".
        let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        assert_eq!(Digest::sha256(b"abc").hex(), sha);
        assert_eq!(Digest::sm3(b"abc").hex(), sm3);
        // GB/T 32905-2016 annex A.2: "abcd" sixteen times.
        assert_eq!(
            Digest::sm3("abcd".repeat(16).as_bytes()).hex(),
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
        );
    }

    #[test]
    fn the_text_form_reads_back_and_names_its_function() {
        for digest in [Digest::sha256(b"x"), Digest::sm3(b"x")] {
            assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
            let json = serde_json::to_string(&digest).unwrap();
            assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        }
        let good = Digest::sha256(b"x").to_string();
        let other = good.replace("sha256", "sm3").parse::<Digest>().unwrap();
        assert_ne!(other, Digest::sha256(b"x"), "same bytes, other function");
        let (short, long) =
            (good.strip_suffix(char::is_alphanumeric).unwrap(), format!("{good}00"));
        for bad in ["", "sha256", "sha256:", "md5:00", short, &long] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_digest_of_pieces_is_the_digest_of_the_whole() {
        for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sm3] {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"lian");
            hasher.update(b"");
            hasher.update(b"ban");
            let whole = match algorithm {
                DigestAlgorithm::Sha256 => Digest::sha256(b"lianban"),
                DigestAlgorithm::Sm3 => Digest::sm3(b"lianban"),
            };
            assert_eq!(hasher.finish(), whole);
        }
    }
}
