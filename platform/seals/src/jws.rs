//! Compact JWS (RFC 7515): signed content as one line of text, with the content inside or beside it.

use crate::encoding::{base64url, from_base64url};
use crate::jwk::PublicKeySet;
use crate::{KeyId, KeyRecord, Keys, PublicKey, SealError, SignError, Signature};
use codes::Moment;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest text that [`read`] looks at: 4 MiB.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// The protected header: what is said about the signature and is itself signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The algorithm, [`crate::Algorithm::jose`].
    pub alg: String,
    /// The key's handle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<KeyId>,
    /// What the content is, such as `licence+jws`; a text signed as one thing is not taken for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typ: Option<String>,
    /// When it was signed, in seconds since 1970 (ETSI TS 119 182-1 clause 5.1.11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Extensions that the reader must know; none is known here, so any is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crit: Option<Value>,
    /// Unencoded content (RFC 7797), refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    b64: Option<bool>,
}

/// A compact JWS that was read but not believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jws {
    header: Header,
    header_text: String,
    payload: Option<Vec<u8>>,
    signature: Signature,
}

/// Signs content and carries it inside: `header.content.signature`.
///
/// # Errors
/// Those of [`Keys::sign`].
pub fn attached(
    keys: &dyn Keys,
    key: &KeyRecord,
    at: Moment,
    typ: &str,
    payload: &[u8],
) -> Result<String, SignError> {
    let (header, signature) = sign(keys, key, at, typ, payload)?;
    Ok(format!("{header}.{}.{signature}", base64url(payload)))
}

/// Signs content that lies elsewhere: `header..signature` (RFC 7515 appendix F).
///
/// # Errors
/// Those of [`Keys::sign`].
pub fn detached(
    keys: &dyn Keys,
    key: &KeyRecord,
    at: Moment,
    typ: &str,
    payload: &[u8],
) -> Result<String, SignError> {
    let (header, signature) = sign(keys, key, at, typ, payload)?;
    Ok(format!("{header}..{signature}"))
}

/// The header and the signature, both in base64url.
fn sign(
    keys: &dyn Keys,
    key: &KeyRecord,
    at: Moment,
    typ: &str,
    payload: &[u8],
) -> Result<(String, String), SignError> {
    let header = Header {
        alg: key.key.algorithm().jose().to_owned(),
        kid: Some(key.id.clone()),
        typ: Some(typ.to_owned()),
        iat: Some(at.us().div_euclid(1_000_000)),
        crit: None,
        b64: None,
    };
    let header = base64url(&crate::canonical_json(&header)?);
    let signature = keys.sign(&key.id, at, signing_input(&header, payload).as_bytes())?;
    Ok((header, base64url(signature.bytes())))
}

fn signing_input(header: &str, payload: &[u8]) -> String {
    format!("{header}.{}", base64url(payload))
}

/// Reads a compact JWS, attached or detached; nothing is verified yet.
///
/// # Errors
/// `SEL-0005` when the text is not in that form, is longer than 4 MiB, or needs an extension that is not known here.
pub fn read(text: &str) -> Result<Jws, SealError> {
    let malformed = |why| SealError::JwsMalformed { why };
    if text.len() > TEXT_BYTES_MAX {
        return Err(malformed("it is too long"));
    }
    let mut parts = text.trim().split('.');
    let (Some(header_text), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed("it does not have three parts"));
    };
    let decode = |part| from_base64url(part).map_err(|_form| malformed("a part is not base64url"));
    let header: Header = serde_json::from_slice(&decode(header_text)?)
        .map_err(|_content| malformed("its header is not the JSON it should be"))?;
    if header.crit.is_some() || header.b64.is_some() {
        return Err(malformed("it needs an extension that is not supported"));
    }
    Ok(Jws {
        header,
        header_text: header_text.to_owned(),
        payload: if payload.is_empty() { None } else { Some(decode(payload)?) },
        signature: Signature::from_slice(&decode(signature)?)
            .map_err(|_length| malformed("its signature is not 64 bytes"))?,
    })
}

impl Jws {
    /// The header as read.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The content carried inside, as read; `None` when it lies elsewhere.
    #[must_use]
    pub fn payload(&self) -> Option<&[u8]> {
        self.payload.as_deref()
    }

    /// Checks the signature with one key and gives the content.
    ///
    /// # Errors
    /// `SEL-0004` when the signature does not hold, `SEL-0005` when the content is not inside, `SEL-0007` when the
    /// header claims another algorithm than the key has.
    pub fn verify(&self, key: &PublicKey) -> Result<&[u8], SealError> {
        let payload = self
            .payload
            .as_deref()
            .ok_or(SealError::JwsMalformed { why: "its content is not inside" })?;
        self.verify_detached(key, payload)?;
        Ok(payload)
    }

    /// Checks the signature over content that lies elsewhere.
    ///
    /// # Errors
    /// `SEL-0004` when it does not hold, also when other content is carried inside; `SEL-0007` when the header claims
    /// another algorithm than the key has.
    pub fn verify_detached(&self, key: &PublicKey, payload: &[u8]) -> Result<(), SealError> {
        if self.header.alg != key.algorithm().jose() {
            return Err(SealError::AlgorithmMismatch {
                claimed: self.header.alg.clone(),
                key: key.algorithm(),
            });
        }
        if self.payload.as_deref().is_some_and(|inside| inside != payload) {
            return Err(SealError::SignatureInvalid);
        }
        key.verify(signing_input(&self.header_text, payload).as_bytes(), &self.signature)
    }

    /// When it says it was signed, to the second.
    #[must_use]
    pub fn stated(&self) -> Option<Moment> {
        self.header.iat.and_then(|seconds| seconds.checked_mul(1_000_000)).map(Moment::from_us)
    }

    /// Checks that a trusted key, in use at the stated instant, signed this content as a thing of type `typ`.
    ///
    /// # Errors
    /// `SEL-0004` to `SEL-0007`, `SEL-0012` when the key was not in use then, `SEL-0024` when it is compromised.
    pub fn verify_trusted<'a>(
        &self,
        trusted: &'a PublicKeySet,
        typ: &str,
        payload: &[u8],
    ) -> Result<&'a KeyRecord, SealError> {
        self.verify_proven(trusted, typ, payload, None)
    }

    /// As [`Jws::verify_trusted`], for a text that was there at `proven` for certain, since a journal, a log or a time-stamp
    /// says so: a key that was compromised later still counts.
    ///
    /// # Errors
    /// As [`Jws::verify_trusted`].
    pub fn verify_proven<'a>(
        &self,
        trusted: &'a PublicKeySet,
        typ: &str,
        payload: &[u8],
        proven: Option<Moment>,
    ) -> Result<&'a KeyRecord, SealError> {
        if self.header.typ.as_deref() != Some(typ) {
            return Err(SealError::JwsMalformed { why: "it was signed as something else" });
        }
        let named = self.header.kid.as_ref();
        let record = named.and_then(|kid| trusted.find(kid)).ok_or_else(|| {
            SealError::KeyNotTrusted { key: named.map(ToString::to_string).unwrap_or_default() }
        })?;
        self.verify_detached(&record.key, payload)?;
        let at = self
            .stated()
            .ok_or(SealError::JwsMalformed { why: "it does not say when it was signed" })?;
        record.counts(at, proven)?;
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Algorithm, MemoryKeys, Purpose, SecretKey, read_public_jwk};
    use serde_json::json;

    const ALL: [Algorithm; 3] = [Algorithm::Ed25519, Algorithm::Es256, Algorithm::Sm2Sm3];

    fn at(second: i64) -> Moment {
        Moment::from_us(second * 1_000_000 + 5)
    }

    fn one_key(algorithm: Algorithm) -> (MemoryKeys, KeyRecord) {
        let keys = MemoryKeys::new();
        let key = keys.generate(Purpose::LICENCES, algorithm, at(100), &[7; 32]).unwrap();
        (keys, key)
    }

    #[test]
    fn published_vectors_verify() {
        // RFC 8037 appendix A.4, and RFC 7515 appendix A.3.
        let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let ed_text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
            hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let es = json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
        let es_text = "eyJhbGciOiJFUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
            DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        for (key, text, begins) in [(ed, ed_text, "Example of"), (es, es_text, "{\"iss\"")] {
            let key = read_public_jwk(&key).unwrap();
            let jws = read(text).unwrap();
            let content = jws.verify(&key).unwrap();
            assert!(content.starts_with(begins.as_bytes()));
            assert!(jws.verify_detached(&key, b"other").is_err());
        }
    }

    #[test]
    fn the_signature_of_the_standard_comes_out() {
        // RFC 8037 appendix A.4: the same header and content give the same text.
        let secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let secret =
            SecretKey::from_bytes(Algorithm::Ed25519, &crate::from_hex(secret).unwrap()).unwrap();
        let input =
            signing_input(&base64url(b"{\"alg\":\"EdDSA\"}"), b"Example of Ed25519 signing");
        assert_eq!(
            base64url(secret.sign(input.as_bytes()).unwrap().bytes()),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn what_is_signed_verifies_in_every_scheme_attached_and_detached() {
        for algorithm in ALL {
            let (keys, key) = one_key(algorithm);
            let trusted = keys.public_set().unwrap();
            let payload = "{\"number\":\"91440115MAD2K7Q49J\"}".as_bytes();
            let attached = attached(&keys, &key, at(200), "licence", payload).unwrap();
            let detached = detached(&keys, &key, at(200), "licence", payload).unwrap();
            assert!(detached.contains(".."));
            for text in [&attached, &detached] {
                let jws = read(text).unwrap();
                assert_eq!(jws.header().iat, Some(200));
                assert_eq!(jws.verify_trusted(&trusted, "licence", payload).unwrap().id, key.id);
            }
            assert_eq!(read(&attached).unwrap().payload(), Some(payload));
            assert!(read(&detached).unwrap().verify(&key.key).is_err());
        }
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let (keys, key) = one_key(Algorithm::Es256);
        let trusted = keys.public_set().unwrap();
        let payload = b"{\"a\":1}";
        let text = attached(&keys, &key, at(200), "licence", payload).unwrap();
        for position in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let verified = read(&changed)
                .and_then(|jws| jws.verify_trusted(&trusted, "licence", payload).map(|_key| ()));
            assert!(verified.is_err(), "position {position}");
        }
    }

    #[test]
    fn each_reason_of_distrust_is_told_apart() {
        let (keys, key) = one_key(Algorithm::Es256);
        let trusted = keys.public_set().unwrap();
        let jws = read(&detached(&keys, &key, at(200), "licence", b"x").unwrap()).unwrap();

        let as_notice = jws.verify_trusted(&trusted, "notice", b"x").unwrap_err();
        assert!(matches!(as_notice, SealError::JwsMalformed { .. }));
        let stranger = jws.verify_trusted(&PublicKeySet::default(), "licence", b"x").unwrap_err();
        assert!(
            matches!(stranger, SealError::KeyNotTrusted { key: named } if named == key.id.as_str())
        );
        let other = jws.verify_trusted(&trusted, "licence", b"y").unwrap_err();
        assert!(matches!(other, SealError::SignatureInvalid));
        let ed = SecretKey::from_seed(Algorithm::Ed25519, &[1; 32]).unwrap().public();
        let wrong = jws.verify_detached(&ed, b"x").unwrap_err();
        assert!(matches!(wrong, SealError::AlgorithmMismatch { .. }));
    }

    #[test]
    fn a_key_is_believed_for_the_time_of_its_use() {
        let (keys, key) = one_key(Algorithm::Es256);
        let first = detached(&keys, &key, at(100), "licence", b"x").unwrap();
        let text = detached(&keys, &key, at(200), "licence", b"x").unwrap();
        keys.retire(&key.id, at(150)).unwrap();
        let trusted = keys.public_set().unwrap();
        let verify = |text: &str| {
            read(text).unwrap().verify_trusted(&trusted, "licence", b"x").map(|_key| ())
        };
        assert!(verify(&first).is_ok());
        assert!(matches!(verify(&text), Err(SealError::KeyNotInUse { .. })));
    }

    #[test]
    fn a_compromised_key_is_believed_for_what_is_proven_to_be_older() {
        let (keys, key) = one_key(Algorithm::Sm2Sm3);
        let text = detached(&keys, &key, at(200), "licence", b"x").unwrap();
        keys.compromise(&key.id, at(300)).unwrap();
        let trusted = keys.public_set().unwrap();
        let verify = |proven| {
            let jws = read(&text).unwrap();
            jws.verify_proven(&trusted, "licence", b"x", proven).map(|_key| ())
        };
        assert!(matches!(verify(None), Err(SealError::KeyCompromised { .. })));
        assert!(matches!(verify(Some(at(300))), Err(SealError::KeyCompromised { .. })));
        assert!(verify(Some(at(299))).is_ok());
    }

    #[test]
    fn texts_that_are_no_jws_are_refused() {
        let header = |json: &str| base64url(json.as_bytes());
        let signature = base64url(&[1; 64]);
        for text in [
            String::new(),
            "a.b".to_owned(),
            "a.b.c.d".to_owned(),
            format!("{}.eA.{signature}", header("[]")),
            format!("{}.eA.{}", header("{\"alg\":\"ES256\"}"), base64url(&[1; 63])),
            format!("{}.eA.{signature}", header("{\"alg\":\"ES256\",\"crit\":[\"b64\"]}")),
            format!("{}.eA.{signature}", header("{\"alg\":\"ES256\",\"b64\":false}")),
            format!("{}.eA==.{signature}", header("{\"alg\":\"ES256\"}")),
        ] {
            assert!(matches!(read(&text), Err(SealError::JwsMalformed { .. })), "{text}");
        }
        let none = read(&format!("{}.eA.{signature}", header("{\"alg\":\"none\"}"))).unwrap();
        let key = SecretKey::from_seed(Algorithm::Es256, &[1; 32]).unwrap().public();
        assert!(matches!(none.verify(&key), Err(SealError::AlgorithmMismatch { .. })));
    }
}
