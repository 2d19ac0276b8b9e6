//! The code that verifies without network (离线码): what matters of a licence, signed, in a QR code.
//!
//! ```text
//!   LB1: base45( COSE_Sign1( CWT claims ) )            zlib around COSE where that is shorter
//! ```
//! A CWT (RFC 8392) of 300 bytes at most. The claims 1 `iss`, 4 `exp`, 5 `nbf`, 6 `iat` and 7 `cti` (the 16 bytes of the
//! token) are registered; number, kind, holder and organ stand under text names.

use crate::error::LicenceError;
use codes::{Date, Moment};
use coset::cbor::Value;
use coset::cwt::{ClaimName, ClaimsSet, ClaimsSetBuilder, Timestamp};
use coset::{CborSerializable as _, RegisteredLabelWithPrivate};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use seals::{KeyRecord, Keys, PublicKeySet, SealError, SignError, cose};
use serde::Serialize;
use std::io::{Read as _, Write as _};

/// What the text of a code begins with: this format, version 1.
pub const PREFIX: &str = "LB1:";

/// The most that a code may hold, in bytes of COSE.
///
/// # Source
/// The platform's common rules for codes: offline COSE of at most 300 bytes, so that the symbol stays printable.
pub const BYTES_MAX: usize = 300;

/// The longest text of each kind that enters a code, in characters.
const CHARS_MAX: usize = 24;

/// The first byte of a zlib stream; COSE begins with its tag, `D2`.
const ZLIB: u8 = 0x78;

/// What a code says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Code {
    /// Under which address the portal is reached that issued it.
    pub portal: String,
    /// The token of the licence's public page.
    pub token: String,
    /// The licence's number.
    pub number: String,
    /// What it is called.
    pub kind: String,
    /// Whom it is issued to: an organisation by its name, a person by the first character.
    pub holder: Option<String>,
    /// When the code was signed.
    pub issued_at: Moment,
    /// The first day of the licence's validity.
    pub valid_from: Date,
    /// The last day; none for 长期.
    pub valid_to: Option<Date>,
}

/// The first character of a name and two stars (姓名脱敏).
#[must_use]
pub fn masked(name: &str) -> String {
    name.chars().take(1).chain("**".chars()).collect()
}

fn seconds(moment: Moment) -> i64 {
    moment.us().div_euclid(1_000_000)
}

fn name(text: &str) -> ClaimName {
    RegisteredLabelWithPrivate::Text(text.to_owned())
}

impl Code {
    fn claims(&self) -> Result<Vec<u8>, SealError> {
        let token = seals::from_base32(&self.token)?;
        let short = |text: &str| Value::Text(text.chars().take(CHARS_MAX).collect());
        let mut claims = ClaimsSetBuilder::new()
            .issuer(self.portal.clone())
            .not_before(Timestamp::WholeSeconds(seconds(Moment::start_of(self.valid_from))))
            .issued_at(Timestamp::WholeSeconds(seconds(self.issued_at)))
            .cwt_id(token)
            .text_claim("no".to_owned(), Value::Text(self.number.clone()))
            .text_claim("kind".to_owned(), short(&self.kind));
        if let Some(last) = self.valid_to {
            let end = Timestamp::WholeSeconds(seconds(Moment::end_of(last)));
            claims = claims.expiration_time(end);
        }
        if let Some(holder) = &self.holder {
            claims = claims.text_claim("name".to_owned(), short(holder));
        }
        claims
            .build()
            .to_vec()
            .map_err(|_cbor| SealError::CoseMalformed { why: "it cannot be written" })
    }

    /// Signs the code and gives the text of its symbol; none where it would be too large to be printed.
    ///
    /// # Errors
    /// Those of [`Keys::sign`].
    pub fn sign(&self, keys: &dyn Keys, key: &KeyRecord) -> Result<Option<String>, SignError> {
        let signed = cose::sign(keys, key, self.issued_at, &self.claims()?)?;
        if signed.len() > BYTES_MAX {
            return Ok(None);
        }
        let packed = packed(&signed).filter(|packed| packed.len() < signed.len());
        Ok(Some(format!("{PREFIX}{}", seals::base45(&packed.unwrap_or(signed)))))
    }

    /// Reads the text of a symbol and checks that a trusted key in use then signed it. Whether the licence is still in force
    /// is not known without asking.
    ///
    /// # Errors
    /// `SEL-0020` where it cannot be read, and those of [`cose::Cose::verify`] and [`KeyRecord::counts`].
    pub fn verify(text: &str, trusted: &PublicKeySet) -> Result<(Self, KeyRecord), LicenceError> {
        let message = cose::read(&unwrapped(text)?)?;
        let key = message.verify(trusted)?;
        let code = Self::read(message.payload())?;
        if key.purpose != seals::Purpose::LICENCES {
            return Err(SealError::KeyNotTrusted { key: key.id.to_string() }.into());
        }
        key.counts(code.issued_at, None)?;
        Ok((code, key.clone()))
    }

    fn read(payload: &[u8]) -> Result<Self, SealError> {
        let wrong = |why| SealError::CoseMalformed { why };
        let claims = ClaimsSet::from_slice(payload).map_err(|_cbor| wrong("it holds no claims"))?;
        let instant = |time: Option<Timestamp>| match time {
            Some(Timestamp::WholeSeconds(seconds)) => {
                seconds.checked_mul(1_000_000).map(Moment::from_us)
            }
            Some(Timestamp::FractionalSeconds(_)) | None => None,
        };
        let text = |wanted: &str| {
            let wanted = name(wanted);
            claims.rest.iter().find_map(|(name, value)| match value {
                Value::Text(text) if *name == wanted => Some(text.clone()),
                _ => None,
            })
        };
        Ok(Self {
            portal: claims.issuer.clone().ok_or(wrong("it does not say who issued it"))?,
            token: seals::base32(claims.cwt_id.as_deref().ok_or(wrong("it bears no token"))?),
            number: text("no").ok_or(wrong("it bears no number"))?,
            kind: text("kind").ok_or(wrong("it does not say what it is"))?,
            holder: text("name"),
            issued_at: instant(claims.issued_at.clone())
                .ok_or(wrong("it does not say when it was issued"))?,
            valid_from: instant(claims.not_before.clone())
                .map(Moment::date)
                .ok_or(wrong("it does not say since when it is valid"))?,
            // The end of a day is the beginning of the next.
            valid_to: instant(claims.expiration_time.clone()).map(|end| end.plus_us(-1).date()),
        })
    }

    /// The address of the public page that tells how the licence stands now.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}/v/{}", self.portal.trim_end_matches('/'), self.token)
    }
}

fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// The COSE of the text of a symbol.
fn unwrapped(text: &str) -> Result<Vec<u8>, SealError> {
    let wrong = |why| SealError::CoseMalformed { why };
    // Spaces belong to the alphabet: nothing but the end of the line is taken off.
    let text = text.trim_end_matches(['\r', '\n']);
    let text =
        text.strip_prefix(PREFIX).ok_or(wrong("it does not begin as a code of licences does"))?;
    let bytes = seals::from_base45(text)?;
    if bytes.first() != Some(&ZLIB) {
        return Ok(bytes);
    }
    let mut whole = Vec::new();
    let limit = u64::try_from(BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut decoder = ZlibDecoder::new(bytes.as_slice());
    decoder
        .by_ref()
        .take(limit)
        .read_to_end(&mut whole)
        .map_err(|_zlib| wrong("it cannot be unpacked"))?;
    let read = decoder.total_in();
    if whole.len() > BYTES_MAX || u64::try_from(bytes.len()) != Ok(read) {
        return Err(wrong("it cannot be unpacked"));
    }
    Ok(whole)
}

/// What the printed code of a certificate of a register binds; all of it stands on the paper (证书上的事实).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaperFacts {
    /// The certificate's number.
    pub certificate_no: String,
    /// The number of the unit, without the hyphens of its groups.
    pub unit: String,
    /// The day of issue that the paper bears.
    pub issued_at: Date,
    /// Which entry of the book the certificate tells of.
    pub book_version: i64,
}

impl PaperFacts {
    /// The facts as they are read off the paper.
    #[must_use]
    pub fn new(certificate_no: &str, unit: &str, issued_at: Date, book_version: i64) -> Self {
        let unit = unit.chars().filter(|c| *c != '-' && !c.is_whitespace()).collect();
        Self { certificate_no: certificate_no.to_owned(), unit, issued_at, book_version }
    }
}

/// The text of the printed code of a register (一证一码): the address of the page, and after `#` the bare signature over facts
/// that stand on the paper. What follows `#` is never sent to a server.
///
/// ```text
///   https://host/v/{token}#{86 characters}
/// ```
/// Whoever reads it without network puts the facts together from the paper (canonical JSON) and tries the published keys.
///
/// # Errors
/// Those of [`Keys::sign`], and `SEL-0002` for facts without canonical JSON.
pub fn address_with_signature<T: Serialize>(
    keys: &dyn Keys,
    key: &KeyRecord,
    at: Moment,
    address: &str,
    facts: &T,
) -> Result<String, SignError> {
    let signature = keys.sign(&key.id, at, &bound(address, facts)?)?;
    Ok(format!("{address}#{}", seals::base64url(signature.bytes())))
}

/// Checks the text of a printed code against the facts of the paper, and gives the key that signed.
///
/// # Errors
/// `SEL-0001` where there is no signature in it, `SEL-0004` where no trusted key signed these facts under this address.
pub fn verify_address<T: Serialize>(
    text: &str,
    facts: &T,
    trusted: &PublicKeySet,
) -> Result<KeyRecord, SealError> {
    let (address, signature) =
        text.split_once('#').ok_or(SealError::Encoding { form: "address with signature" })?;
    let signature = seals::Signature::from_slice(&seals::from_base64url(signature)?)?;
    let bytes = bound(address, facts)?;
    trusted
        .records()
        .iter()
        .find(|record| record.key.verify(&bytes, &signature).is_ok())
        .cloned()
        .ok_or(SealError::SignatureInvalid)
}

/// What is signed: the address and the facts, so that a signature cannot be moved to another page.
fn bound<T: Serialize>(address: &str, facts: &T) -> Result<Vec<u8>, SealError> {
    seals::canonical_json(&(address, facts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use documents::{QrLevel, qr_modules};
    use seals::{Algorithm, MemoryKeys, Purpose};
    use serde_json::json;

    fn at(second: i64) -> Moment {
        Moment::from_us(second * 1_000_000)
    }

    fn code() -> Code {
        Code {
            portal: "https://lianban.gz.gov.example".to_owned(),
            token: seals::base32(&[0xa7; 16]),
            number: "91440115MAD2K7Q49J".to_owned(),
            kind: "营业执照".to_owned(),
            holder: Some("广州青禾餐饮管理有限公司".to_owned()),
            issued_at: at(1_770_000_000),
            valid_from: Date::constant(2026, 2, 12),
            valid_to: Some(Date::constant(2031, 2, 11)),
        }
    }

    fn keys(algorithm: Algorithm) -> (MemoryKeys, KeyRecord) {
        let keys = MemoryKeys::new();
        let key = keys.generate(Purpose::LICENCES, algorithm, at(1_000), &[7; 32]).unwrap();
        (keys, key)
    }

    #[test]
    fn a_code_reads_back_in_both_schemes_and_is_small_enough_to_print() {
        for algorithm in [Algorithm::Es256, Algorithm::Sm2Sm3] {
            let (keys, key) = keys(algorithm);
            let trusted = keys.public_set().unwrap();
            for code in [code(), Code { valid_to: None, holder: Some(masked("王小明")), ..code() }]
            {
                let text = code.sign(&keys, &key).unwrap().expect("small enough");
                let (read, signer) = Code::verify(&text, &trusted).unwrap();
                assert_eq!((read, signer.id), (code.clone(), key.id.clone()));
                let bytes = unwrapped(&text).unwrap();
                assert!(bytes.len() <= BYTES_MAX, "{}", bytes.len());
                // Version 14, 73 modules, at 3 cm: 0.4 mm a module.
                let side = qr_modules(&text, QrLevel::Low).unwrap();
                assert!(side <= 73, "{side} modules for {} characters", text.len());
            }
        }
        assert_eq!(masked("王小明"), "王**");
    }

    #[test]
    fn every_flipped_character_is_found() {
        let (keys, key) = keys(Algorithm::Es256);
        let trusted = keys.public_set().unwrap();
        let text = code().sign(&keys, &key).unwrap().unwrap();
        for position in 0..text.len() {
            for other in [b'0', b'A', b':'] {
                let mut changed = text.clone().into_bytes();
                if changed[position] == other {
                    continue;
                }
                changed[position] = other;
                let changed = String::from_utf8(changed).unwrap();
                assert!(Code::verify(&changed, &trusted).is_err(), "position {position}");
            }
        }
        assert!(Code::verify(&format!("{text}0"), &trusted).is_err());
        assert!(Code::verify("https://portal.example/v/abc", &trusted).is_err());
    }

    #[test]
    fn a_code_of_a_key_that_was_retired_or_is_for_something_else_does_not_count() {
        let (keys, key) = keys(Algorithm::Es256);
        let text = code().sign(&keys, &key).unwrap().unwrap();
        keys.retire(&key.id, at(1_780_000_000)).unwrap();
        assert!(Code::verify(&text, &keys.public_set().unwrap()).is_ok(), "signed before");
        keys.compromise(&key.id, at(1_790_000_000)).unwrap();
        let fault = Code::verify(&text, &keys.public_set().unwrap()).unwrap_err();
        assert!(matches!(fault, LicenceError::Seal(SealError::KeyCompromised { .. })), "{fault}");
        let other = MemoryKeys::new();
        let key = other.generate(Purpose::EXCHANGE, Algorithm::Es256, at(1), &[7; 32]).unwrap();
        let text = code().sign(&other, &key).unwrap().unwrap();
        assert!(Code::verify(&text, &other.public_set().unwrap()).is_err());
    }

    #[test]
    fn what_is_too_large_to_print_is_none() {
        let (keys, key) = keys(Algorithm::Es256);
        let long = Code { number: "0123456789".repeat(20), ..code() };
        assert_eq!(long.sign(&keys, &key).unwrap(), None);
    }

    #[test]
    fn the_printed_code_of_a_register_fits_version_8_at_level_m() {
        let (keys, key) = keys(Algorithm::Es256);
        let facts = json!({
            "certificate_no": "粤(2020)深圳市不动产权第0000001号",
            "unit": "440305001002GB00012F00010003",
            "issued_at": "2020-09-27T09:00:00Z",
            "book_version": 3,
        });
        // The longest address that still fits: 26 characters of host and scheme beside `/v/` and the token.
        let address = format!("https://bdc.gz.gov.example/v/{}", seals::base32(&[0xa7; 16]));
        let text = address_with_signature(&keys, &key, at(2_000), &address, &facts).unwrap();
        assert_eq!(qr_modules(&text, QrLevel::Medium).unwrap(), 49, "{} bytes", text.len());
        let trusted = keys.public_set().unwrap();
        assert_eq!(verify_address(&text, &facts, &trusted).unwrap().id, key.id);
        let moved = text.replace("/v/", "/w/");
        assert!(verify_address(&moved, &facts, &trusted).is_err());
        let mut other = facts;
        other["book_version"] = json!(4);
        assert!(verify_address(&text, &other, &trusted).is_err());
        assert!(verify_address(&address, &other, &trusted).is_err());
    }
}
