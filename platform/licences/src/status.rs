//! Status lists (状态清单, IETF Token Status List): how every licence stands, in two bits each, for whoever holds a credential.
//!
//! A verifier fetches a whole list and looks its licence up by itself, so that nobody learns which one was asked for. The place
//! of a licence in its list follows from its serial by a permutation that only the installation can compute: neighbours in a
//! list were not issued one after the other. What a list tells is how many licences it holds, and the list's number, in which
//! stretch of 65,536 of its shard a licence was issued.

use crate::error::LicenceError;
use crate::model::{State, StatusPlace};
use codes::Moment;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use kernel::{Shard, derive_id};
use seals::{KeyRecord, Keys, PublicKeySet, SignError, jws};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::sync::{Mutex, PoisonError};

/// What the header of a status list says it is (draft Token Status List, section 5.1).
pub const TYPE: &str = "statuslist+jwt";

/// Places in one list.
pub const PLACES: u32 = 1 << 16;

/// Bits of one status.
const BITS: u8 = 2;

/// The bytes of a whole list.
const LIST_BYTES: usize = (PLACES as usize) * (BITS as usize) / 8;

/// Rounds of the permutation; four make it one that cannot be told from chance.
const ROUNDS: u8 = 6;

/// How long a list may be kept before it is fetched again, in seconds.
pub const TTL_S: i64 = 300;

/// After how long a list that was kept says nothing any more, in seconds.
const EXPIRES_S: i64 = 86_400;

/// How a licence stands, as a list tells it (draft Token Status List, section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// 0: in force, as far as its term reaches.
    Valid,
    /// 1: ended, replaced or expired.
    Invalid,
    /// 2: suspended.
    Suspended,
}

impl Status {
    /// The status of a state; what is not signed yet stands in no list.
    #[must_use]
    pub const fn of(state: State) -> Self {
        match state {
            State::Preparing | State::Valid => Self::Valid,
            State::Suspended => Self::Suspended,
            State::Ended | State::Replaced | State::Expired => Self::Invalid,
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Suspended => 2,
        }
    }

    const fn of_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::Valid),
            1 => Some(Self::Invalid),
            2 => Some(Self::Suspended),
            _ => None,
        }
    }
}

impl StatusPlace {
    /// The place of the licence of a serial, from 0, among those of a shard.
    #[must_use]
    pub fn of(secret: &[u8; 32], shard: &Shard, serial: u64) -> Self {
        let list = format!("{shard}-{}", serial / u64::from(PLACES));
        // The remainder fits sixteen bits.
        let within = u16::try_from(serial % u64::from(PLACES)).unwrap_or_default();
        let index = u32::from(permuted(secret, &list, within));
        Self { list, index }
    }

    /// The address of its list.
    #[must_use]
    pub fn address(&self, portal: &str) -> String {
        address(portal, &self.list)
    }
}

/// The address of a list.
pub(crate) fn address(portal: &str, list: &str) -> String {
    format!("{}/licences/status/{list}", portal.trim_end_matches('/'))
}

/// A Feistel network over two halves of eight bits: every serial has its own place.
fn permuted(secret: &[u8; 32], list: &str, serial: u16) -> u16 {
    let [mut left, mut right] = serial.to_be_bytes();
    for round in 0..ROUNDS {
        let drawn = derive_id(&[b"licences.status", secret, list.as_bytes(), &[round, right]]);
        let mixed = left ^ drawn.first().copied().unwrap_or_default();
        (left, right) = (right, mixed);
    }
    u16::from_be_bytes([left, right])
}

/// The claims of a list, compressed.
fn claims(subject: &str, statuses: &[(u32, Status)], at: Moment) -> std::io::Result<Json> {
    let mut bytes = vec![0_u8; LIST_BYTES];
    for (index, status) in statuses {
        let (byte, shift) = (index / 4, (index % 4) * 2);
        if let Some(byte) = usize::try_from(byte).ok().and_then(|byte| bytes.get_mut(byte)) {
            *byte |= status.bits() << shift;
        }
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    let packed = encoder.finish()?;
    let second = at.us().div_euclid(1_000_000);
    Ok(json!({
        "sub": subject,
        "iat": second,
        "exp": second.saturating_add(EXPIRES_S),
        "ttl": TTL_S,
        "status_list": {"bits": BITS, "lst": seals::base64url(&packed)},
    }))
}

/// A list that was verified.
#[derive(Clone, Debug)]
pub struct StatusList {
    subject: String,
    bits: Vec<u8>,
    /// From when it is.
    pub at: Moment,
    /// Until when it may be relied on.
    pub until: Moment,
}

impl StatusList {
    /// Signs the list of these statuses.
    ///
    /// # Errors
    /// Those of [`Keys::sign`].
    pub fn signed(
        keys: &dyn Keys,
        key: &KeyRecord,
        subject: &str,
        statuses: &[(u32, Status)],
        at: Moment,
    ) -> Result<String, SignError> {
        let claims = claims(subject, statuses, at).map_err(|_io| seals::KeyError::Unavailable {
            why: "the list cannot be compressed".to_owned(),
        })?;
        jws::attached(keys, key, at, TYPE, &seals::canonical_json(&claims)?)
    }

    /// Reads a list and checks that a trusted key signed it.
    ///
    /// # Errors
    /// `LIC-0011` for one that cannot be read, and those of [`jws::Jws::verify_trusted`].
    pub fn verify(text: &str, trusted: &PublicKeySet) -> Result<Self, LicenceError> {
        let wrong = |why| LicenceError::CredentialMalformed { why };
        let signed = jws::read(text)?;
        let payload = signed.payload().ok_or(wrong("its content is not inside"))?;
        signed.verify_trusted(trusted, TYPE, payload)?;
        let claims: Json =
            serde_json::from_slice(payload).map_err(|_json| wrong("it is no status list"))?;
        let instant = |name: &str| {
            let second = claims.get(name)?.as_i64()?.checked_mul(1_000_000)?;
            Some(Moment::from_us(second))
        };
        let packed = claims.pointer("/status_list/lst").and_then(Json::as_str);
        let known = claims.pointer("/status_list/bits").and_then(Json::as_u64) == Some(BITS.into());
        let packed = packed.filter(|_| known).ok_or(wrong("it is no status list"))?;
        let packed = seals::from_base64url(packed)?;
        let mut bits = Vec::new();
        ZlibDecoder::new(packed.as_slice())
            // One byte more, so that a longer one is noticed and never unpacked whole.
            .take(u64::try_from(LIST_BYTES).unwrap_or(u64::MAX).saturating_add(1))
            .read_to_end(&mut bits)
            .map_err(|_zlib| wrong("its list cannot be unpacked"))?;
        if bits.len() > LIST_BYTES {
            return Err(wrong("its list is too long"));
        }
        let subject = claims.get("sub").and_then(Json::as_str).unwrap_or_default().to_owned();
        match (instant("iat"), instant("exp")) {
            (Some(at), Some(until)) => Ok(Self { subject, bits, at, until }),
            _ => Err(wrong("it does not say from when it is")),
        }
    }

    /// How the licence at a place stands, where this is the list that its credential names.
    #[must_use]
    pub fn status(&self, list: &str, index: u32) -> Option<Status> {
        let byte = self.bits.get(usize::try_from(index / 4).ok()?)?;
        let bits = (byte >> ((index % 4) * 2)) & 0b11;
        (self.subject == list).then(|| Status::of_bits(bits)).flatten()
    }
}

/// Lists that were signed lately, each with the position of the last event that it shows.
#[derive(Debug, Default)]
pub(crate) struct Shelf(Mutex<BTreeMap<String, Kept>>);

#[derive(Clone, Debug)]
struct Kept {
    position: u64,
    signed_at: Moment,
    text: String,
}

impl Shelf {
    /// The list, where nothing changed since it was signed and that is less than its time to live ago.
    pub(crate) fn get(&self, list: &str, position: u64, now: Moment) -> Option<String> {
        let shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = shelf.get(list)?;
        let fresh = kept.position == position
            && kept.signed_at <= now
            && now < kept.signed_at.plus_seconds(TTL_S);
        fresh.then(|| kept.text.clone())
    }

    pub(crate) fn put(&self, list: &str, position: u64, signed_at: Moment, text: &str) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = Kept { position, signed_at, text: text.to_owned() };
        shelf.insert(list.to_owned(), kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seals::{Algorithm, MemoryKeys, Purpose};
    use std::collections::BTreeSet;

    fn at(second: i64) -> Moment {
        Moment::from_us(second * 1_000_000)
    }

    #[test]
    fn every_serial_has_its_own_place_and_neighbours_are_scattered() {
        let (secret, shard) = ([7; 32], Shard::new("440100"));
        let places: Vec<StatusPlace> =
            (0..u64::from(PLACES)).map(|serial| StatusPlace::of(&secret, &shard, serial)).collect();
        let all: BTreeSet<u32> = places.iter().map(|place| place.index).collect();
        assert_eq!(all.len(), usize::try_from(PLACES).unwrap(), "none twice");
        assert!(places.iter().all(|place| place.list == "440100-0" && place.index < PLACES));
        // Of two that were issued one after the other, hardly any lie within 64 places of each other.
        let near =
            places.windows(2).filter(|pair| pair[0].index.abs_diff(pair[1].index) < 64).count();
        assert!(near < 400, "{near}");
        let next = StatusPlace::of(&secret, &shard, u64::from(PLACES));
        assert_eq!(next.list, "440100-1");
        assert_ne!(StatusPlace::of(&[8; 32], &shard, 5), StatusPlace::of(&secret, &shard, 5));
    }

    #[test]
    fn a_list_tells_each_state_and_is_small_while_few_changed() {
        for algorithm in [Algorithm::Es256, Algorithm::Sm2Sm3] {
            let keys = MemoryKeys::new();
            let key = keys.generate(Purpose::LICENCES, algorithm, at(1), &[7; 32]).unwrap();
            let trusted = keys.public_set().unwrap();
            let address = "https://portal.example/licences/status/440100-0";
            let states = [
                (0, Status::Valid),
                (1, Status::Invalid),
                (6, Status::Suspended),
                (PLACES - 1, Status::Invalid),
            ];
            let text = StatusList::signed(&keys, &key, address, &states, at(100)).unwrap();
            assert!(text.len() < 700, "{}", text.len());
            let list = StatusList::verify(&text, &trusted).unwrap();
            for (index, status) in
                states.into_iter().chain([(2, Status::Valid), (7, Status::Valid)])
            {
                assert_eq!(list.status(address, index), Some(status), "{index}");
            }
            assert_eq!(list.status(address, PLACES), None);
            assert_eq!(list.status("https://elsewhere.example/1", 1), None, "another list");
            assert_eq!((list.at, list.until), (at(100), at(100 + EXPIRES_S)));
            let changed = text.replace('.', "x");
            assert!(StatusList::verify(&changed, &trusted).is_err());
            assert!(StatusList::verify(&text, &PublicKeySet::default()).is_err());
        }
    }

    #[test]
    fn the_bits_of_the_draft_come_out() {
        // Draft Token Status List, section 4.1, the example with two bits: 1 2 0 3 0 1 0 1 1 2 3 3 gives C9 44 F9.
        let statuses = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
        let mut bytes = [0_u8; 3];
        for (index, status) in statuses.into_iter().enumerate() {
            bytes[index / 4] |= status << ((index % 4) * 2);
        }
        assert_eq!(bytes, [0xc9, 0x44, 0xf9]);
        let list =
            StatusList { subject: "x".to_owned(), bits: bytes.to_vec(), at: at(0), until: at(1) };
        assert_eq!(list.status("x", 0), Some(Status::Invalid));
        assert_eq!(list.status("x", 1), Some(Status::Suspended));
        assert_eq!(list.status("x", 2), Some(Status::Valid));
        assert_eq!(list.status("x", 3), None, "a status that is not known here");
    }

    #[test]
    fn what_is_kept_serves_until_something_changed_or_its_time_is_over() {
        let shelf = Shelf::default();
        shelf.put("440100-0", 7, at(100), "list");
        assert_eq!(shelf.get("440100-0", 7, at(100 + TTL_S - 1)).as_deref(), Some("list"));
        assert_eq!(shelf.get("440100-0", 8, at(101)), None);
        assert_eq!(shelf.get("440100-0", 7, at(100 + TTL_S)), None);
        assert_eq!(shelf.get("440100-0", 7, at(99)), None, "the clock went back");
        assert_eq!(shelf.get("440100-1", 7, at(101)), None);
    }
}
