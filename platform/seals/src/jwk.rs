//! JSON Web Keys (RFC 7517, RFC 8037) of public halves, and sets of them with the keys' history.

use crate::SealError;
use crate::encoding::{base64url, from_base64url};
use crate::key::{Algorithm, KeyId, PublicKey};
use crate::keys::{KeyRecord, Purpose};
use codes::Moment;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// The members of a key that are read and written here. `crv` `SM2` has no registered name; the others do.
#[derive(Serialize, Deserialize)]
struct Jwk<'a> {
    #[serde(borrow)]
    kty: Cow<'a, str>,
    #[serde(borrow)]
    crv: Cow<'a, str>,
    #[serde(borrow)]
    x: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    y: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<KeyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<Algorithm>,
    #[serde(rename = "use", borrow, default, skip_serializing_if = "Option::is_none")]
    usage: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<Purpose>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_from: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired_on: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compromised_on: Option<Moment>,
}

/// Key type and curve of a scheme.
const fn kind(algorithm: Algorithm) -> (&'static str, &'static str) {
    match algorithm {
        Algorithm::Ed25519 => ("OKP", "Ed25519"),
        Algorithm::Es256 => ("EC", "P-256"),
        Algorithm::Sm2Sm3 => ("EC", "SM2"),
    }
}

/// The coordinates in base64url: x alone for Ed25519, x and y for the others.
fn coordinates(key: &PublicKey) -> (String, Option<String>) {
    let bytes = key.bytes();
    match key.algorithm() {
        Algorithm::Ed25519 => (base64url(&bytes), None),
        Algorithm::Es256 | Algorithm::Sm2Sm3 => {
            // An uncompressed point: one tag byte, then two halves of 32 bytes.
            let (_tag, point) = bytes.split_at_checked(1).unwrap_or_default();
            let (x, y) = point.split_at_checked(32).unwrap_or_default();
            (base64url(x), Some(base64url(y)))
        }
    }
}

/// The bytes whose SHA-256 is the thumbprint (RFC 7638 section 3): required members, sorted, no spaces.
pub(crate) fn thumbprint_input(key: &PublicKey) -> String {
    let (kty, crv) = kind(key.algorithm());
    match coordinates(key) {
        (x, None) => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"}}"#),
        (x, Some(y)) => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#),
    }
}

fn bare(key: &PublicKey) -> Jwk<'static> {
    let (kty, crv) = kind(key.algorithm());
    let (x, y) = coordinates(key);
    Jwk {
        kty: kty.into(),
        crv: crv.into(),
        x: x.into(),
        y: y.map(Cow::Owned),
        kid: Some(key.id()),
        alg: Some(key.algorithm()),
        usage: Some("sig".into()),
        purpose: None,
        valid_from: None,
        retired_on: None,
        compromised_on: None,
    }
}

/// A public key as a JSON Web Key with `kid`, `alg` and `use`.
#[must_use]
pub fn public_jwk(key: &PublicKey) -> Value {
    // A struct of texts always becomes JSON.
    serde_json::to_value(bare(key)).unwrap_or_default()
}

/// A public key from a JSON Web Key; its history, if any, is left aside.
///
/// # Errors
/// `SEL-0003` when kind, curve or coordinates do not make a key, or `kid` is a thumbprint of another key.
pub fn read_public_jwk(jwk: &Value) -> Result<PublicKey, SealError> {
    let jwk = Jwk::deserialize(jwk)
        .map_err(|_member| SealError::JwkMalformed { why: "a member is missing or misshapen" })?;
    read(&jwk)
}

fn read(jwk: &Jwk<'_>) -> Result<PublicKey, SealError> {
    let algorithm = [Algorithm::Ed25519, Algorithm::Es256, Algorithm::Sm2Sm3]
        .into_iter()
        .find(|algorithm| kind(*algorithm) == (&*jwk.kty, &*jwk.crv))
        .ok_or(SealError::JwkMalformed { why: "its kind or curve is not supported" })?;
    if jwk.alg.is_some_and(|stated| stated != algorithm) {
        return Err(SealError::JwkMalformed { why: "its algorithm is not that of its curve" });
    }
    let x = from_base64url(&jwk.x)?;
    match (&jwk.y, algorithm) {
        (None, Algorithm::Ed25519) => PublicKey::from_bytes(algorithm, &x),
        (Some(y), Algorithm::Es256 | Algorithm::Sm2Sm3) => {
            let y = from_base64url(y)?;
            if x.len() != 32 || y.len() != 32 {
                return Err(SealError::JwkMalformed { why: "a coordinate is not 32 bytes" });
            }
            PublicKey::from_bytes(algorithm, &[&[4][..], &x, &y].concat())
        }
        _ => Err(SealError::JwkMalformed { why: "`y` is missing or too much" }),
    }
}

impl KeyRecord {
    /// The record as a public JSON Web Key with the members `purpose`, `valid_from`, `retired_on` and
    /// `compromised_on` beside the usual ones.
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        let jwk = Jwk {
            purpose: Some(self.purpose.clone()),
            valid_from: Some(self.valid_from),
            retired_on: self.retired_on,
            compromised_on: self.compromised_on,
            ..bare(&self.key)
        };
        serde_json::to_value(jwk).unwrap_or_default()
    }

    /// A record from what [`KeyRecord::to_jwk`] wrote.
    ///
    /// # Errors
    /// `SEL-0003` when a member is missing or wrong, or `kid` is not the key's own thumbprint.
    pub fn from_jwk(jwk: &Value) -> Result<Self, SealError> {
        let jwk = Jwk::deserialize(jwk).map_err(|_member| SealError::JwkMalformed {
            why: "a member is missing or misshapen",
        })?;
        let key = read(&jwk)?;
        let id = key.id();
        if jwk.kid.as_ref().is_some_and(|kid| *kid != id) {
            return Err(SealError::JwkMalformed { why: "`kid` is not the key's thumbprint" });
        }
        match (jwk.purpose, jwk.valid_from) {
            (Some(purpose), Some(valid_from)) => {
                let (retired_on, compromised_on) = (jwk.retired_on, jwk.compromised_on);
                Ok(Self { id, key, purpose, valid_from, retired_on, compromised_on })
            }
            _ => Err(SealError::JwkMalformed { why: "`purpose` or `valid_from` is missing" }),
        }
    }
}

/// The public halves of all keys ever used (公钥集), retired ones included, so that anyone can check an old signature.
///
/// As JSON it is a JWK set (RFC 7517 section 5): `{"keys": […]}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicKeySet {
    records: Vec<KeyRecord>,
}

impl PublicKeySet {
    /// A set of records, ordered by the start of their use, then by id.
    #[must_use]
    pub fn new(mut records: Vec<KeyRecord>) -> Self {
        records.sort_by(|a, b| (a.valid_from, &a.id).cmp(&(b.valid_from, &b.id)));
        Self { records }
    }

    /// The records.
    #[must_use]
    pub fn records(&self) -> &[KeyRecord] {
        &self.records
    }

    /// The record of one key.
    #[must_use]
    pub fn find(&self, key: &KeyId) -> Option<&KeyRecord> {
        self.records.iter().find(|record| record.id == *key)
    }
}

impl Serialize for PublicKeySet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keys: Vec<Value> = self.records.iter().map(KeyRecord::to_jwk).collect();
        serde_json::json!({ "keys": keys }).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PublicKeySet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            keys: Vec<Value>,
        }
        let wire = Wire::deserialize(deserializer)?;
        let records = wire.keys.iter().map(KeyRecord::from_jwk).collect::<Result<_, _>>();
        records.map(Self::new).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SecretKey, from_hex};
    use serde_json::json;

    #[test]
    fn the_thumbprint_of_the_standard_comes_out() {
        // RFC 8037 appendix A.3.
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let key = PublicKey::from_bytes(Algorithm::Ed25519, &from_hex(public).unwrap()).unwrap();
        assert_eq!(key.id().as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(public_jwk(&key)["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    }

    #[test]
    fn a_set_reads_back_with_its_history() {
        let record = |algorithm, seed: u8, retired_on| {
            let key = SecretKey::from_seed(algorithm, &[seed; 32]).unwrap().public();
            KeyRecord {
                id: key.id(),
                key,
                purpose: Purpose::LICENCES,
                valid_from: Moment::from_us(i64::from(seed) * 1_000_000),
                retired_on,
                compromised_on: retired_on.map(|on| on.plus_us(1)),
            }
        };
        let set = PublicKeySet::new(vec![
            record(Algorithm::Sm2Sm3, 3, None),
            record(Algorithm::Es256, 2, Some(Moment::from_us(9_000_000))),
            record(Algorithm::Ed25519, 1, None),
        ]);
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(serde_json::from_str::<PublicKeySet>(&text).unwrap(), set);
        assert!(!text.contains("\"d\""));
        assert_eq!(set.records()[0].key.algorithm(), Algorithm::Ed25519);
    }

    #[test]
    fn a_key_that_contradicts_itself_is_refused() {
        let key = SecretKey::from_seed(Algorithm::Es256, &[1; 32]).unwrap().public();
        let good = public_jwk(&key);
        assert_eq!(read_public_jwk(&good).unwrap(), key);
        for (member, value) in [
            ("kty", json!("RSA")),
            ("crv", json!("P-384")),
            ("alg", json!("EdDSA")),
            ("x", json!("AAAA")),
            ("y", json!(null)),
            ("y", good["x"].clone()),
        ] {
            let mut bad = good.clone();
            bad[member] = value;
            assert!(read_public_jwk(&bad).is_err(), "{member}");
        }
        let mut foreign = good;
        foreign["kid"] = json!("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        foreign["purpose"] = json!("licences");
        foreign["valid_from"] = json!("2026-01-01T00:00:00Z");
        assert!(KeyRecord::from_jwk(&foreign).is_err());
    }
}
