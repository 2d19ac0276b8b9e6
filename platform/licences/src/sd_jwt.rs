//! SD-JWT (RFC 9901): a signed statement whose holder chooses which of its claims to show.
//!
//! ```text
//!   <issuer's JWT with digests>~<disclosure>~<disclosure>~[<holder's JWT>]
//! ```
//! Flat: every claim stands at the top, and no disclosure holds digests of others.

use crate::error::LicenceError;
use codes::Moment;
use seals::{Algorithm, KeyRecord, PublicKey, PublicKeySet, jws};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What the header of a verifiable credential says it is (draft SD-JWT VC, section 3.2.1).
pub const TYPE: &str = "dc+sd-jwt";

/// What drafts before November 2024 had in its place; read, never written.
pub const TYPE_BEFORE: &str = "vc+sd-jwt";

/// What the header of a holder's proof says it is (RFC 9901, section 4.3).
const BINDING_TYPE: &str = "kb+jwt";

/// The longest presentation that is looked at: 256 KiB.
const TEXT_BYTES_MAX: usize = 256 << 10;

/// Names that mean something to the format itself, so that no claim may bear them.
const RESERVED: [&str; 3] = ["_sd", "_sd_alg", "..."];

const fn wrong(why: &'static str) -> LicenceError {
    LicenceError::CredentialMalformed { why }
}

/// The function that makes digests of disclosures: SHA-256, or SM3 where SM2 signs; the latter has no registered name.
fn digest_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Sm2Sm3 => "sm3",
        Algorithm::Es256 | Algorithm::Ed25519 => "sha-256",
    }
}

/// The digest of a text under the function of a name.
fn digest(name: &str, text: &str) -> Result<String, LicenceError> {
    let digest = match name {
        "sha-256" => seals::Digest::sha256(text.as_bytes()),
        "sm3" => seals::Digest::sm3(text.as_bytes()),
        _ => return Err(wrong("its digests are of a function that is not known here")),
    };
    Ok(seals::base64url(digest.bytes()))
}

/// One claim that its holder may show (可选择披露项): salt, name and value.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosure {
    name: String,
    value: Json,
    text: String,
}

impl fmt::Debug for Disclosure {
    /// Never shows the value: a holder has not chosen to show it to a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disclosure").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Disclosure {
    /// A claim under 128 random bits, which the caller draws.
    #[must_use]
    pub fn new(salt: [u8; 16], name: &str, value: Json) -> Self {
        let array = json!([seals::base64url(&salt), name, value]);
        Self { name: name.to_owned(), value, text: seals::base64url(array.to_string().as_bytes()) }
    }

    /// A claim as it stands in a presentation.
    ///
    /// # Errors
    /// `LIC-0011`.
    pub fn read(text: &str) -> Result<Self, LicenceError> {
        let malformed = || wrong("one of its disclosures cannot be read");
        let bytes = seals::from_base64url(text).map_err(|_form| malformed())?;
        let array: [Json; 3] = serde_json::from_slice(&bytes).map_err(|_json| malformed())?;
        let [Json::String(_salt), Json::String(name), value] = array else {
            return Err(malformed());
        };
        if RESERVED.contains(&name.as_str()) {
            return Err(wrong("one of its disclosures bears a name of the format itself"));
        }
        Ok(Self { name, value, text: text.to_owned() })
    }

    /// The name of the claim.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value.
    #[must_use]
    pub const fn value(&self) -> &Json {
        &self.value
    }

    /// As it stands in a presentation.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The signed part of a credential and what its holder may show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdJwt {
    /// The issuer's JWT.
    pub jwt: String,
    /// The disclosures.
    pub disclosures: Vec<Disclosure>,
    /// The holder's proof that it is the holder, where it gave one.
    pub binding: Option<String>,
}

impl fmt::Display for SdJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~", self.jwt)?;
        for disclosure in &self.disclosures {
            write!(f, "{}~", disclosure.text)?;
        }
        f.write_str(self.binding.as_deref().unwrap_or_default())
    }
}

/// The claims of a credential that is to be signed.
#[must_use]
pub fn payload(
    mut shown: Map<String, Json>,
    disclosures: &[Disclosure],
    algorithm: Algorithm,
) -> Map<String, Json> {
    let name = digest_name(algorithm);
    // Sorted, so that their order tells nothing of what they stand for.
    let digests: BTreeSet<String> =
        disclosures.iter().filter_map(|disclosure| digest(name, &disclosure.text).ok()).collect();
    shown.insert("_sd".to_owned(), json!(digests));
    shown.insert("_sd_alg".to_owned(), json!(name));
    shown
}

/// A credential or presentation whose signature and disclosures hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// What the issuer shows to everybody.
    pub shown: Map<String, Json>,
    /// What the holder chose to show.
    pub disclosed: BTreeMap<String, Json>,
    /// How many claims it did not show.
    pub kept_back: usize,
    /// The key that signed.
    pub key: KeyRecord,
    /// When it was signed, as it says.
    pub stated: Option<Moment>,
    /// Whether its holder proved to be the holder; none where the credential is bound to nobody's key.
    pub bound: Option<Json>,
}

impl SdJwt {
    /// Reads a credential or a presentation; nothing is verified yet.
    ///
    /// # Errors
    /// `LIC-0011`.
    pub fn read(text: &str) -> Result<Self, LicenceError> {
        let text = text.trim();
        if text.len() > TEXT_BYTES_MAX {
            return Err(wrong("it is too long"));
        }
        let mut parts = text.split('~');
        let jwt = parts.next().filter(|jwt| !jwt.is_empty()).ok_or(wrong("it is empty"))?;
        let mut rest: Vec<&str> = parts.collect();
        let binding = rest.pop().ok_or(wrong("it does not end as a presentation does"))?;
        let disclosures = rest.into_iter().map(Disclosure::read).collect::<Result<_, _>>()?;
        let binding = (!binding.is_empty()).then(|| binding.to_owned());
        Ok(Self { jwt: jwt.to_owned(), disclosures, binding })
    }

    /// The same credential with these claims alone.
    ///
    /// # Errors
    /// `LIC-0012` for a name that is no claim of it.
    pub fn presenting(&self, names: &BTreeSet<String>) -> Result<Self, LicenceError> {
        let known = |name: &String| self.disclosures.iter().any(|own| own.name == *name);
        if let Some(unknown) = names.iter().find(|name| !known(name)) {
            return Err(LicenceError::NoSuchClaim(unknown.clone()));
        }
        let chosen = |own: &&Disclosure| names.contains(&own.name);
        let disclosures = self.disclosures.iter().filter(chosen).cloned().collect();
        Ok(Self { jwt: self.jwt.clone(), disclosures, binding: None })
    }

    /// Checks signature, disclosures and the holder's proof. Time and status are the caller's to judge.
    ///
    /// # Errors
    /// `LIC-0011` for a structure that does not hold, and those of [`jws::Jws::verify_proven`].
    pub fn verify(
        &self,
        trusted: &PublicKeySet,
        proven: Option<Moment>,
    ) -> Result<Verified, LicenceError> {
        let signed = jws::read(&self.jwt)?;
        let payload = signed.payload().ok_or(wrong("its content is not inside"))?;
        let typ = signed.header().typ.as_deref().filter(|typ| *typ == TYPE_BEFORE).unwrap_or(TYPE);
        let key = signed.verify_proven(trusted, typ, payload, proven)?.clone();
        let Ok(Json::Object(mut shown)) = serde_json::from_slice(payload) else {
            return Err(wrong("its content is no object"));
        };
        let name = match shown.remove("_sd_alg") {
            Some(Json::String(name)) => name,
            // RFC 9901, section 4.1.1: SHA-256 where none is named.
            None => "sha-256".to_owned(),
            Some(_) => return Err(wrong("its digests are of a function that is not known here")),
        };
        let mut digests = BTreeSet::new();
        for digest in shown.remove("_sd").as_ref().and_then(Json::as_array).into_iter().flatten() {
            let digest = digest.as_str().ok_or(wrong("one of its digests is no text"))?;
            if !digests.insert(digest.to_owned()) {
                return Err(wrong("one of its digests stands twice"));
            }
        }
        let mut disclosed = BTreeMap::new();
        for own in &self.disclosures {
            if !digests.remove(&digest(&name, &own.text)?) {
                return Err(LicenceError::DisclosureForeign { name: own.name.clone() });
            }
            if shown.contains_key(&own.name)
                || disclosed.insert(own.name.clone(), own.value.clone()).is_some()
            {
                return Err(wrong("a claim stands twice"));
            }
        }
        let bound = self.bound(&shown, &name)?;
        let (kept_back, stated) = (digests.len(), signed.stated());
        Ok(Verified { shown, disclosed, kept_back, key, stated, bound })
    }

    /// The holder's proof: demanded where the credential is bound to a key, refused where it is not.
    fn bound(&self, shown: &Map<String, Json>, name: &str) -> Result<Option<Json>, LicenceError> {
        let key = shown.get("cnf").map(|cnf| cnf.get("jwk").ok_or(wrong("it is bound to no key")));
        let (key, binding) = match (key.transpose()?, &self.binding) {
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(wrong("its holder did not prove to be the holder")),
            (None, Some(_)) => {
                return Err(wrong("it is proven to be held by somebody it does not name"));
            }
            (Some(key), Some(binding)) => (key, binding),
        };
        let key: PublicKey = seals::read_public_jwk(key)?;
        let proof = jws::read(binding)?;
        if proof.header().typ.as_deref() != Some(BINDING_TYPE) {
            return Err(wrong("its holder's proof says it is something else"));
        }
        let content: Json = serde_json::from_slice(proof.verify(&key)?)
            .map_err(|_json| wrong("its holder's proof is no object"))?;
        let presented = Self { binding: None, ..self.clone() }.to_string();
        if content.get("sd_hash").and_then(Json::as_str) != Some(&digest(name, &presented)?) {
            return Err(wrong("its holder's proof is of another presentation"));
        }
        Ok(Some(content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seals::{Keys as _, MemoryKeys, Purpose};

    fn at(second: i64) -> Moment {
        Moment::from_us(second * 1_000_000)
    }

    fn made(algorithm: Algorithm, cnf: Option<Json>) -> (MemoryKeys, SdJwt) {
        let keys = MemoryKeys::new();
        let key = keys.generate(Purpose::LICENCES, algorithm, at(100), &[7; 32]).unwrap();
        let disclosures: Vec<Disclosure> =
            [("number", json!("JY1")), ("name", json!("青禾")), ("capital_fen", json!(500))]
                .into_iter()
                .enumerate()
                .map(|(at, (name, value))| {
                    Disclosure::new([u8::try_from(at).unwrap(); 16], name, value)
                })
                .collect();
        let mut shown = Map::new();
        shown.insert("iss".to_owned(), json!("https://portal.example"));
        shown.extend(cnf.map(|cnf| ("cnf".to_owned(), cnf)));
        let payload = Json::Object(payload(shown, &disclosures, algorithm));
        let jwt =
            jws::attached(&keys, &key, at(200), TYPE, &seals::canonical_json(&payload).unwrap());
        (keys, SdJwt { jwt: jwt.unwrap(), disclosures, binding: None })
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_digest_of_the_standard_comes_out() {
        // RFC 9901, section 4.2.3: the disclosure of `family_name` and its digest.
        let text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
        assert_eq!(digest("sha-256", text).unwrap(), "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
        let read = Disclosure::read(text).unwrap();
        assert_eq!((read.name(), read.value()), ("family_name", &json!("Möbius")));
    }

    #[test]
    fn what_is_chosen_is_shown_and_nothing_else() {
        for algorithm in [Algorithm::Es256, Algorithm::Sm2Sm3] {
            let (keys, whole) = made(algorithm, None);
            let trusted = keys.public_set().unwrap();
            let some = whole.presenting(&names(&["number"])).unwrap().to_string();
            assert!(!some.contains(whole.disclosures[1].text()));
            let read = SdJwt::read(&some).unwrap().verify(&trusted, None).unwrap();
            assert_eq!(read.disclosed, BTreeMap::from([("number".to_owned(), json!("JY1"))]));
            assert_eq!((read.kept_back, read.stated), (2, Some(at(200))));
            assert_eq!(read.shown.keys().collect::<Vec<_>>(), ["iss"]);
            let none = whole.presenting(&names(&[])).unwrap();
            assert_eq!(none.verify(&trusted, None).unwrap().kept_back, 3, "proof of issue alone");
            let unknown = whole.presenting(&names(&["age"]));
            assert!(matches!(unknown, Err(LicenceError::NoSuchClaim(_))));
        }
    }

    #[test]
    fn every_flipped_byte_of_a_presentation_is_found() {
        let (keys, whole) = made(Algorithm::Es256, None);
        let trusted = keys.public_set().unwrap();
        let text = whole.to_string();
        assert!(SdJwt::read(&text).unwrap().verify(&trusted, None).is_ok());
        for position in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let held = SdJwt::read(&changed).and_then(|read| read.verify(&trusted, None));
            assert!(held.is_err(), "position {position}");
        }
    }

    #[test]
    fn disclosures_that_do_not_belong_are_named() {
        let (keys, whole) = made(Algorithm::Es256, None);
        let trusted = keys.public_set().unwrap();
        let with = |more: Disclosure| {
            let mut changed = whole.clone();
            changed.disclosures.push(more);
            changed.verify(&trusted, None)
        };
        let foreign = with(Disclosure::new([9; 16], "grade", json!("A")));
        assert!(
            matches!(foreign, Err(LicenceError::DisclosureForeign { name }) if name == "grade")
        );
        let twice = with(whole.disclosures[0].clone());
        assert!(matches!(twice, Err(LicenceError::DisclosureForeign { .. })));
        for text in
            ["", "~", "a.b.c", "a.b.c~x~", "a.b.c~WzFd~", &format!("{}~", "a".repeat(300_000))]
        {
            assert!(
                SdJwt::read(text).and_then(|read| read.verify(&trusted, None)).is_err(),
                "{text:.20}"
            );
        }
        let reserved = Disclosure::new([9; 16], "_sd", json!([]));
        assert!(Disclosure::read(reserved.text()).is_err());
    }

    #[test]
    fn a_credential_that_is_bound_to_a_key_needs_its_holder() {
        let holder = MemoryKeys::new();
        let key = holder.generate(Purpose::EXCHANGE, Algorithm::Es256, at(1), &[3; 32]).unwrap();
        let (keys, whole) =
            made(Algorithm::Es256, Some(json!({"jwk": seals::public_jwk(&key.key)})));
        let trusted = keys.public_set().unwrap();
        assert!(whole.verify(&trusted, None).is_err(), "nobody proved anything");
        let mut shown = whole.presenting(&names(&["number"])).unwrap();
        let hash = digest("sha-256", &shown.to_string()).unwrap();
        let content =
            json!({"aud": "https://shop.example", "nonce": "n1", "sd_hash": hash}).to_string();
        let bind =
            |typ: &str| jws::attached(&holder, &key, at(300), typ, content.as_bytes()).unwrap();
        shown.binding = Some(bind(BINDING_TYPE));
        let read = SdJwt::read(&shown.to_string()).unwrap();
        assert_eq!(read.verify(&trusted, None).unwrap().bound.unwrap()["nonce"], "n1");
        let mut more = shown.clone();
        more.disclosures = whole.disclosures;
        assert!(more.verify(&trusted, None).is_err(), "the proof is of what was shown then");
        shown.binding = Some(bind("JWT"));
        assert!(shown.verify(&trusted, None).is_err());
        let (keys, mut unbound) = made(Algorithm::Es256, None);
        unbound.binding = Some(bind(BINDING_TYPE));
        assert!(unbound.verify(&keys.public_set().unwrap(), None).is_err());
    }
}
