//! Salted commitments: an event can hold a personal value without showing it.

use crate::encoding::{base64url, from_base64url, same};
use crate::{SealError, canonical_json};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Digest as _;
use std::fmt;

/// A salt (盐) of 128 random bits; it is kept sealed beside the value, and destroyed with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 16]);

impl Salt {
    /// A salt from 128 random bits, which the caller draws.
    #[must_use]
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }
}

impl fmt::Debug for Salt {
    /// Never shows the salt: with it, a short value could be guessed from its commitment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url(&self.0))
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes(deserializer).map(Self)
    }
}

/// A salted commitment (加盐承诺): SHA-256 of the salt followed by the value's canonical JSON.
///
/// It binds to the value, and shows nothing of it to one who lacks the salt. Once value and salt are erased
/// (个人信息保护法 47) the commitment stays in its event, says nothing any more, and proofs over the event still verify.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commitment([u8; 32]);

impl Commitment {
    /// The commitment to a value under a salt.
    ///
    /// # Errors
    /// `SEL-0002` when the value has no canonical JSON.
    pub fn to<T: Serialize + ?Sized>(salt: &Salt, value: &T) -> Result<Self, SealError> {
        let mut hasher = sha2::Sha256::new();
        // The salt has a fixed length, so that no other pair of salt and value gives the same input.
        hasher.update(salt.0);
        hasher.update(canonical_json(value)?);
        Ok(Self(hasher.finalize().into()))
    }

    /// Whether the commitment is to this value under this salt.
    #[must_use]
    pub fn opens<T: Serialize + ?Sized>(&self, salt: &Salt, value: &T) -> bool {
        Self::to(salt, value).is_ok_and(|other| same(&self.0, &other.0))
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url(&self.0))
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Commitment({self})")
    }
}

impl Serialize for Commitment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Commitment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes(deserializer).map(Self)
    }
}

/// Exactly `N` bytes from base64url.
fn bytes<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<[u8; N], D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    let bytes = from_base64url(&text).map_err(de::Error::custom)?;
    <[u8; N]>::try_from(bytes)
        .map_err(|bytes| de::Error::custom(format!("expected {N} bytes, got {}", bytes.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_commitment_binds_to_value_and_salt_and_not_to_spelling() {
        let salt = Salt::new([7; 16]);
        let card = json!({"name": "陈思远", "mobile": "13800138000"});
        let commitment = Commitment::to(&salt, &card).unwrap();
        assert!(commitment.opens(&salt, &json!({"mobile": "13800138000", "name": "陈思远"})));
        assert!(!commitment.opens(&salt, &json!({"name": "陈思远", "mobile": "13800138001"})));
        assert!(!commitment.opens(&Salt::new([8; 16]), &card));
    }

    #[test]
    fn the_bytes_are_those_of_the_definition() {
        let salt = Salt::new(*b"0123456789abcdef");
        let expected = crate::Digest::sha256(b"0123456789abcdef{\"a\":1}");
        assert_eq!(Commitment::to(&salt, &json!({"a": 1})).unwrap().bytes(), expected.bytes());
    }

    #[test]
    fn json_reads_back_and_debug_hides_the_salt() {
        let salt = Salt::new([7; 16]);
        let commitment = Commitment::to(&salt, "x").unwrap();
        let text = serde_json::to_string(&(&salt, commitment)).unwrap();
        let back: (Salt, Commitment) = serde_json::from_str(&text).unwrap();
        assert_eq!(back, (salt.clone(), commitment));
        assert_eq!(format!("{salt:?}"), "Salt(…)");
        assert!(serde_json::from_str::<Commitment>("\"AAAA\"").is_err());
    }
}
