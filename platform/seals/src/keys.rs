//! Where keys are kept: the trait, records with history, and the store in memory.

use crate::jwk::PublicKeySet;
use crate::{Algorithm, KeyError, KeyId, PublicKey, SealError, SecretKey, Signature};
use codes::{Label, Moment};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

/// What a key is for (用途); a key made for one purpose is never taken for another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Purpose(Cow<'static, str>);

impl Purpose {
    /// Licences and notices (证照、文书).
    pub const LICENCES: Self = Self(Cow::Borrowed("licences"));
    /// Messages between systems (数据交换).
    pub const EXCHANGE: Self = Self(Cow::Borrowed("exchange"));
    /// Seals in documents (电子印章): what the certificate of an organ's seal certifies.
    pub const SEALS: Self = Self(Cow::Borrowed("seals"));
    /// The root of the installation, which certifies seals and nothing else (根证书).
    pub const ROOT: Self = Self(Cow::Borrowed("root"));
    /// Checkpoints of the Merkle log (存证日志).
    pub const LOG: Self = Self(Cow::Borrowed("log"));

    /// A purpose of one's own: lower-case letters and hyphens; `None` for any other text.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let lawful = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        (lawful && !text.is_empty() && text.len() <= 32).then(|| Self(text.to_owned().into()))
    }

    /// The purpose as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is publicly known of a key (密钥登记): its public half, its purpose, and when it was in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The handle.
    pub id: KeyId,
    /// The public half.
    pub key: PublicKey,
    /// What it signs.
    pub purpose: Purpose,
    /// The first instant at which it signs.
    pub valid_from: Moment,
    /// The first instant at which it signs no more; `None` while in use.
    pub retired_on: Option<Moment>,
    /// Since when others may hold its secret half (泄露); `None` as long as nobody fears so.
    pub compromised_on: Option<Moment>,
}

/// How a key stood when something was signed (密钥状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It had not been taken into use yet.
    NotYet,
    /// It was in use.
    InUse,
    /// It was retired already.
    Retired,
    /// Others may hold it: what it signed counts only where something else proves that it was there before.
    Compromised,
}

impl KeyState {
    /// Whether a signature of a key in this state counts.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::InUse)
    }

    /// The state for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::NotYet => Label::new("签名时尚未启用", "not yet in use at signing"),
            Self::InUse => Label::new("签名时在用", "in use at signing"),
            Self::Retired => Label::new("签名时已停用", "retired before signing"),
            Self::Compromised => Label::new("密钥已泄露", "compromised"),
        }
    }
}

impl KeyRecord {
    /// Notes a compromise; the earliest instant stays, and the key is out of use from then on.
    pub(crate) fn compromise(&mut self, since: Moment) {
        self.compromised_on = Some(self.compromised_on.map_or(since, |known| known.min(since)));
        self.retired_on = Some(self.retired_on.map_or(since, |known| known.min(since)));
    }

    /// Whether the key was, is or will be in use at an instant.
    #[must_use]
    pub fn in_use_at(&self, at: Moment) -> bool {
        self.valid_from <= at && self.retired_on.is_none_or(|retired_on| at < retired_on)
    }

    /// How the key stood at an instant that the signature itself states.
    ///
    /// Whoever holds a compromised key states any instant, so that none is believed any more.
    #[must_use]
    pub fn state_at(&self, stated: Moment) -> KeyState {
        if self.compromised_on.is_some() { KeyState::Compromised } else { self.use_at(stated) }
    }

    /// How the key stood at an instant at which the signature was there for certain: by a journal, a log or a time-stamp.
    #[must_use]
    pub fn state_proven(&self, stated: Moment, proven: Moment) -> KeyState {
        if self.compromised_on.is_some_and(|since| since <= proven) {
            KeyState::Compromised
        } else {
            self.use_at(stated)
        }
    }

    /// Whether a signature of this key counts that states an instant, and is perhaps proven to have been there at another.
    ///
    /// # Errors
    /// `SEL-0012` when the key was not in use then, `SEL-0024` when it is compromised.
    pub fn counts(&self, stated: Moment, proven: Option<Moment>) -> Result<(), SealError> {
        let state = proven
            .map_or_else(|| self.state_at(stated), |proven| self.state_proven(stated, proven));
        match (state, self.compromised_on) {
            (KeyState::InUse, _) => Ok(()),
            (KeyState::Compromised, Some(since)) => {
                Err(SealError::KeyCompromised { key: self.id.clone(), since })
            }
            _ => Err(SealError::KeyNotInUse { key: self.id.clone(), at: stated }),
        }
    }

    fn use_at(&self, at: Moment) -> KeyState {
        // The stated second began before the signature was made; a key taken into use within it counts from its start.
        let end_of_second = at.plus_us(999_999);
        if self.in_use_at(at) || self.in_use_at(end_of_second) {
            KeyState::InUse
        } else if at < self.valid_from {
            KeyState::NotYet
        } else {
            KeyState::Retired
        }
    }
}

/// Where keys are kept and signatures are made: a folder, memory, or a hardware module.
///
/// ```text
///   valid_from              retired_on
///       |----- signs -----------|
///       |----- verifies what it signed in between ------------------->
/// ```
pub trait Keys: fmt::Debug + Send + Sync + 'static {
    /// All keys ever held, the retired ones too, in no particular order.
    ///
    /// # Errors
    /// `SEL-0016` to `SEL-0019` when the store cannot be read.
    fn records(&self) -> Result<Vec<KeyRecord>, KeyError>;

    /// Signs a message with one key. The call may wait for a device: run it where waiting is allowed.
    ///
    /// # Errors
    /// `SEL-0013` for an unknown key, `SEL-0015` for one not in use at `at`, `SEL-0019` when the device fails.
    fn sign(&self, key: &KeyId, at: Moment, message: &[u8]) -> Result<Signature, KeyError>;

    /// The record of one key.
    ///
    /// # Errors
    /// `SEL-0013` when no key has this id.
    fn find(&self, key: &KeyId) -> Result<KeyRecord, KeyError> {
        self.records()?
            .into_iter()
            .find(|record| record.id == *key)
            .ok_or_else(|| KeyError::Unknown { key: key.clone() })
    }

    /// The key that signs for a purpose at an instant: of those in use, the one taken into use last.
    ///
    /// # Errors
    /// `SEL-0014` when none is in use.
    fn current(
        &self,
        purpose: &Purpose,
        algorithm: Algorithm,
        at: Moment,
    ) -> Result<KeyRecord, KeyError> {
        self.records()?
            .into_iter()
            .filter(|record| record.purpose == *purpose && record.key.algorithm() == algorithm)
            .filter(|record| record.in_use_at(at))
            .max_by(|a, b| (a.valid_from, &a.id).cmp(&(b.valid_from, &b.id)))
            .ok_or_else(|| KeyError::Missing { purpose: purpose.to_string(), algorithm })
    }

    /// The key of any scheme that signs for a purpose at an instant: of those in use, the one taken into use last.
    ///
    /// # Errors
    /// As [`Keys::records`].
    fn newest(&self, purpose: &Purpose, at: Moment) -> Result<Option<KeyRecord>, KeyError> {
        Ok(self
            .records()?
            .into_iter()
            .filter(|record| record.purpose == *purpose && record.in_use_at(at))
            .max_by(|a, b| (a.valid_from, &a.id).cmp(&(b.valid_from, &b.id))))
    }

    /// The public halves of all keys.
    ///
    /// # Errors
    /// As [`Keys::records`].
    fn public_set(&self) -> Result<PublicKeySet, KeyError> {
        self.records().map(PublicKeySet::new)
    }
}

/// Keys in memory: for tests, and inside the other stores.
#[derive(Debug, Default)]
pub struct MemoryKeys {
    held: RwLock<BTreeMap<KeyId, (KeyRecord, SecretKey)>>,
}

impl MemoryKeys {
    /// A store without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a key into use.
    pub fn add(&self, purpose: Purpose, key: SecretKey, valid_from: Moment) -> KeyRecord {
        let public = key.public();
        let record = KeyRecord {
            id: public.id(),
            key: public,
            purpose,
            valid_from,
            retired_on: None,
            compromised_on: None,
        };
        self.put(record.clone(), key);
        record
    }

    /// Makes the key that follows from a seed and takes it into use.
    ///
    /// # Errors
    /// `SEL-0019` if no key follows from the seed.
    pub fn generate(
        &self,
        purpose: Purpose,
        algorithm: Algorithm,
        valid_from: Moment,
        seed: &[u8; 32],
    ) -> Result<KeyRecord, KeyError> {
        let key = SecretKey::from_seed(algorithm, seed)
            .map_err(|error| KeyError::Unavailable { why: error.to_string() })?;
        Ok(self.add(purpose, key, valid_from))
    }

    /// Takes a key out of use.
    ///
    /// # Errors
    /// `SEL-0013` for an unknown key, `SEL-0015` for one already retired.
    pub fn retire(&self, key: &KeyId, at: Moment) -> Result<KeyRecord, KeyError> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let (record, _secret) =
            held.get_mut(key).ok_or_else(|| KeyError::Unknown { key: key.clone() })?;
        if record.retired_on.is_some() {
            return Err(KeyError::Retired { key: key.clone() });
        }
        record.retired_on = Some(at);
        Ok(record.clone())
    }

    /// Notes that others may hold a key: it signs no more, and nothing that only states to be older is believed.
    ///
    /// # Errors
    /// `SEL-0013` for an unknown key.
    pub fn compromise(&self, key: &KeyId, since: Moment) -> Result<KeyRecord, KeyError> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let (record, _secret) =
            held.get_mut(key).ok_or_else(|| KeyError::Unknown { key: key.clone() })?;
        record.compromise(since);
        Ok(record.clone())
    }

    pub(crate) fn put(&self, record: KeyRecord, key: SecretKey) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.insert(record.id.clone(), (record, key));
    }

    pub(crate) fn with_secret<T>(
        &self,
        key: &KeyId,
        use_it: impl FnOnce(&SecretKey) -> T,
    ) -> Option<T> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.get(key).map(|(_record, secret)| use_it(secret))
    }
}

impl Keys for MemoryKeys {
    fn records(&self) -> Result<Vec<KeyRecord>, KeyError> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        Ok(held.values().map(|(record, _secret)| record.clone()).collect())
    }

    fn find(&self, key: &KeyId) -> Result<KeyRecord, KeyError> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let found = held.get(key).map(|(record, _secret)| record.clone());
        found.ok_or_else(|| KeyError::Unknown { key: key.clone() })
    }

    fn sign(&self, key: &KeyId, at: Moment, message: &[u8]) -> Result<Signature, KeyError> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let (record, secret) =
            held.get(key).ok_or_else(|| KeyError::Unknown { key: key.clone() })?;
        if !record.in_use_at(at) {
            return Err(KeyError::Retired { key: key.clone() });
        }
        secret.sign(message).map_err(|error| KeyError::Unavailable { why: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Moment {
        Moment::from_us(second * 1_000_000)
    }

    #[test]
    fn rotation_changes_who_signs_and_not_who_verifies() {
        let keys = MemoryKeys::new();
        let old = keys.generate(Purpose::LICENCES, Algorithm::Es256, at(10), &[1; 32]).unwrap();
        let signed = keys.sign(&old.id, at(11), b"m").unwrap();
        let new = keys.generate(Purpose::LICENCES, Algorithm::Es256, at(20), &[2; 32]).unwrap();
        keys.retire(&old.id, at(20)).unwrap();

        let current = |when| keys.current(&Purpose::LICENCES, Algorithm::Es256, at(when));
        assert_eq!(current(19).unwrap().id, old.id);
        assert_eq!(current(20).unwrap().id, new.id);
        assert!(matches!(keys.sign(&old.id, at(20), b"m"), Err(KeyError::Retired { .. })));
        assert!(keys.find(&old.id).unwrap().key.verify(b"m", &signed).is_ok());
        let newest = |when| keys.newest(&Purpose::LICENCES, at(when)).unwrap();
        assert_eq!((newest(9), newest(20).map(|key| key.id)), (None, Some(new.id)));
        assert!(matches!(keys.retire(&old.id, at(30)), Err(KeyError::Retired { .. })));
        assert_eq!(keys.public_set().unwrap().records().len(), 2);
    }

    #[test]
    fn a_key_is_not_taken_for_another_purpose_or_scheme_or_before_its_time() {
        let keys = MemoryKeys::new();
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, at(10), &[1; 32]).unwrap();
        for (purpose, algorithm, when) in [
            (Purpose::LICENCES, Algorithm::Ed25519, 10),
            (Purpose::EXCHANGE, Algorithm::Es256, 10),
            (Purpose::EXCHANGE, Algorithm::Ed25519, 9),
        ] {
            let missing = keys.current(&purpose, algorithm, at(when));
            assert!(matches!(missing, Err(KeyError::Missing { .. })));
        }
        assert!(keys.current(&Purpose::EXCHANGE, Algorithm::Ed25519, at(10)).is_ok());
    }

    #[test]
    fn a_compromised_key_is_believed_only_where_its_signature_is_proven_older() {
        let keys = MemoryKeys::new();
        let key = keys.generate(Purpose::LICENCES, Algorithm::Es256, at(10), &[1; 32]).unwrap();
        assert_eq!(key.state_at(at(9)), KeyState::NotYet);
        assert_eq!(key.state_at(at(20)), KeyState::InUse);
        let key = keys.compromise(&key.id, at(50)).unwrap();
        assert_eq!(key.state_at(at(20)), KeyState::Compromised, "it can be told backwards");
        assert_eq!(key.state_proven(at(20), at(49)), KeyState::InUse);
        assert_eq!(key.state_proven(at(20), at(50)), KeyState::Compromised);
        assert!(matches!(keys.sign(&key.id, at(50), b"m"), Err(KeyError::Retired { .. })));
        let later = keys.compromise(&key.id, at(60)).unwrap();
        assert_eq!(later.compromised_on, Some(at(50)), "the earliest instant stays");
    }

    #[test]
    fn a_purpose_is_a_plain_word() {
        assert_eq!(Purpose::new("log"), Some(Purpose::LOG));
        for bad in ["", "Log", "a/b", "..", "证照", &"a".repeat(33)] {
            assert_eq!(Purpose::new(bad), None, "{bad}");
        }
    }
}
