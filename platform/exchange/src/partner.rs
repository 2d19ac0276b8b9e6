//! Partners as data (对接系统): who they are, where they are reached, with which keys, and about what.

use crate::error::SetupError;
use crate::model::PROBLEM;
use codes::{Label, Moment};
use reqwest::Url;
use seals::{Algorithm, KeyId, KeyRecord, PublicKeySet, Purpose};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A system with which messages are exchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// Its key here, such as `tax`: lower-case letters, digits, hyphens.
    pub key: String,
    /// Its name for people.
    pub label: Label,
    /// The address that takes our messages.
    pub endpoint: String,
    /// Its keys with their history, as a JWK set: `{"keys": […]}`.
    pub keys: PublicKeySet,
    /// The kinds of messages that it may send us.
    #[serde(default)]
    pub sends: BTreeSet<String>,
    /// The kinds of messages that we may send it, beside [`PROBLEM`], which every partner takes.
    #[serde(default)]
    pub takes: BTreeSet<String>,
    /// How many messages it may send in a minute.
    #[serde(default = "per_minute")]
    pub per_minute: u32,
}

const fn per_minute() -> u32 {
    600
}

/// All partners (对接系统名录), checked.
#[derive(Clone, Debug, Default)]
pub struct Partners {
    by_key: BTreeMap<String, (Partner, Url)>,
    of_signature: BTreeMap<KeyId, String>,
}

impl Partners {
    /// The partners of an installation.
    ///
    /// # Errors
    /// [`SetupError::Partner`]: a key twice, an endpoint that is none, a signing key of another purpose or scheme, or one
    /// that two partners claim.
    pub fn new(partners: impl IntoIterator<Item = Partner>) -> Result<Self, SetupError> {
        let mut all = Self::default();
        for partner in partners {
            all.add(partner)?;
        }
        Ok(all)
    }

    fn add(&mut self, mut partner: Partner) -> Result<(), SetupError> {
        let name = partner.key.clone();
        let wrong =
            |why: &str| Err(SetupError::Partner { partner: name.clone(), why: why.to_owned() });
        let lawful = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > 40 || !name.bytes().all(lawful) {
            return wrong("its key is not of lower-case letters, digits and hyphens");
        }
        if self.by_key.contains_key(&name) {
            return wrong("another partner has its key");
        }
        if partner.label.zh.is_empty() || partner.label.en.is_empty() {
            return wrong("its name is not in both languages");
        }
        let Ok(url) = partner.endpoint.parse::<Url>() else {
            return wrong("its endpoint is no address");
        };
        if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
            return wrong("its endpoint is no address of HTTP");
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return wrong("its endpoint holds a password or a fragment");
        }
        if partner.per_minute == 0 {
            return wrong("it may send nothing at all: leave out what it sends instead");
        }
        for record in partner.keys.records() {
            let is_ours = record.purpose == Purpose::EXCHANGE;
            if !is_ours || record.key.algorithm() != Algorithm::Ed25519 {
                return wrong("a key is not an Ed25519 key for exchange");
            }
            if self.of_signature.insert(record.id.clone(), name.clone()).is_some() {
                return wrong("a key of it stands twice");
            }
        }
        partner.takes.insert(PROBLEM.to_owned());
        self.by_key.insert(name, (partner, url));
        Ok(())
    }

    /// A partner.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Partner> {
        self.by_key.get(key).map(|(partner, _url)| partner)
    }

    pub(crate) fn endpoint(&self, key: &str) -> Option<(&Partner, &Url)> {
        self.by_key.get(key).map(|(partner, url)| (partner, url))
    }

    /// The partner that signs with a key.
    #[must_use]
    pub fn of_signature(&self, key: &KeyId) -> Option<(&Partner, &KeyRecord)> {
        let partner = self.get(self.of_signature.get(key)?)?;
        Some((partner, partner.keys.find(key)?))
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Partner> {
        self.by_key.values().map(|(partner, _url)| partner)
    }
}

/// Whether a key was in use when a signature says it was made. Signatures tell whole seconds: one that was made in the
/// second in which the key was taken into use counts.
pub(crate) fn in_use(record: &KeyRecord, created: Moment) -> bool {
    record.in_use_at(created) || record.in_use_at(created.plus_us(999_999))
}

#[cfg(test)]
mod tests {
    use super::*;
    use seals::{Keys as _, MemoryKeys};

    fn partner(key: &str, seed: u8) -> Partner {
        let keys = MemoryKeys::new();
        let at = Moment::from_us(0);
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, at, &[seed; 32]).unwrap();
        Partner {
            key: key.to_owned(),
            label: Label::new("税务局", "Tax bureau"),
            endpoint: "https://tax.example/messages".to_owned(),
            keys: keys.public_set().unwrap(),
            sends: BTreeSet::new(),
            takes: BTreeSet::new(),
            per_minute: 60,
        }
    }

    #[test]
    fn partners_that_cannot_be_told_apart_or_reached_are_refused_at_the_start() {
        let tax = || partner("tax", 1);
        let with = |change: fn(&mut Partner)| {
            let mut changed = tax();
            change(&mut changed);
            Partners::new([changed])
        };
        assert!(Partners::new([tax(), partner("bank", 2)]).is_ok());
        assert!(Partners::new([tax(), partner("tax", 2)]).is_err(), "one name twice");
        assert!(Partners::new([tax(), partner("bank", 1)]).is_err(), "one key for two");
        assert!(with(|p| p.endpoint = "ftp://tax.example/".to_owned()).is_err());
        assert!(with(|p| p.endpoint = "https://u:p@tax.example/".to_owned()).is_err());
        assert!(with(|p| p.endpoint = "tax".to_owned()).is_err());
        assert!(with(|p| p.key = "Tax".to_owned()).is_err());
        assert!(with(|p| p.label.en.clear()).is_err());
        assert!(with(|p| p.per_minute = 0).is_err());
        let keys = MemoryKeys::new();
        let at = Moment::from_us(0);
        keys.generate(Purpose::LICENCES, Algorithm::Ed25519, at, &[9; 32]).unwrap();
        let foreign = Partner { keys: keys.public_set().unwrap(), ..tax() };
        assert!(Partners::new([foreign]).is_err(), "a key for licences");
    }

    #[test]
    fn a_partner_is_read_from_data_and_nothing_unknown_is_passed_over() {
        let text = serde_json::to_string(&partner("tax", 1)).unwrap();
        let read: Partner = serde_json::from_str(&text).unwrap();
        assert_eq!(read, partner("tax", 1));
        let typo = text.replace("\"takes\"", "\"takez\"");
        assert!(serde_json::from_str::<Partner>(&typo).is_err());
    }

    #[test]
    fn every_partner_takes_the_problems_that_its_own_messages_make() {
        let all = Partners::new([partner("tax", 1)]).unwrap();
        assert!(all.get("tax").unwrap().takes.contains(PROBLEM));
    }

    #[test]
    fn a_key_is_found_by_its_id_with_its_holder() {
        let tax = partner("tax", 1);
        let record = tax.keys.records()[0].clone();
        let all = Partners::new([tax, partner("bank", 2)]).unwrap();
        let found = all.of_signature(&record.id).map(|(partner, _record)| partner.key.as_str());
        assert_eq!(found, Some("tax"));
        assert!(all.of_signature(&KeyId::new("x")).is_none());
    }
}
