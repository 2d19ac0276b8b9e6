//! `COSE_Sign1` (RFC 9052): signed content in few bytes, for codes that a phone reads without network.

use crate::encoding::from_base64url;
use crate::jwk::PublicKeySet;
use crate::{Algorithm, KeyId, KeyRecord, Keys, SealError, SignError, Signature};
use codes::Moment;
use coset::{
    CborSerializable as _, CoseSign1, CoseSign1Builder, HeaderBuilder, RegisteredLabelWithPrivate,
    TaggedCborSerializable as _, iana,
};

/// The algorithm number of SM2 with SM3: none is registered, and those below -65536 are for private use.
///
/// # Source
/// RFC 9053 section 2, RFC 8152 section 16.4 (COSE Algorithms registry: integers less than -65536, Private Use).
pub const SM2_SM3: i64 = -65_537;

/// How many bytes of a key's thumbprint name it; as in the code of a European health certificate, where eight do.
const KEY_HINT_BYTES: usize = 8;

/// The longest message that [`read`] looks at: four times what one QR code may hold.
const BYTES_MAX: usize = 12_000;

/// A `COSE_Sign1` message that was read but not believed yet.
#[derive(Clone, Debug)]
pub struct Cose {
    message: CoseSign1,
    payload: Vec<u8>,
    signature: Signature,
}

/// Signs content and carries it inside, tagged (18), the key named by the first eight bytes of its thumbprint.
///
/// # Errors
/// Those of [`Keys::sign`], and `SEL-0020` for a key that COSE cannot name.
pub fn sign(
    keys: &dyn Keys,
    key: &KeyRecord,
    at: Moment,
    payload: &[u8],
) -> Result<Vec<u8>, SignError> {
    let protected = HeaderBuilder::new()
        .algorithm_label(label(key.key.algorithm()))
        .key_id(hint(&key.id).ok_or(malformed("its key has no thumbprint"))?)
        .build();
    let message = CoseSign1Builder::new()
        .protected(protected)
        .payload(payload.to_vec())
        .try_create_signature(&[], |bytes| {
            keys.sign(&key.id, at, bytes).map(|signature| signature.bytes().to_vec())
        })?
        .build();
    Ok(message.to_tagged_vec().map_err(|_cbor| malformed("it cannot be written"))?)
}

/// Reads a tagged message; nothing is verified yet.
///
/// # Errors
/// `SEL-0020` when the bytes are none, carry no content, have extensions that are not known here, or a signature of another
/// length than 64 bytes.
pub fn read(bytes: &[u8]) -> Result<Cose, SealError> {
    if bytes.len() > BYTES_MAX {
        return Err(malformed("it is too long"));
    }
    let mut message =
        CoseSign1::from_tagged_slice(bytes).map_err(|_cbor| malformed("it is not COSE_Sign1"))?;
    if !message.protected.header.crit.is_empty() || !message.unprotected.is_empty() {
        return Err(malformed("it needs an extension that is not supported"));
    }
    let payload = message.payload.clone().ok_or(malformed("its content is not inside"))?;
    let signature = Signature::from_slice(&message.signature)
        .map_err(|_length| malformed("its signature is not 64 bytes"))?;
    // What is verified are the bytes of the header as they came, not as they would be written again.
    if message.protected.original_data.is_none() {
        message.protected.original_data = message.protected.header.clone().to_vec().ok();
    }
    Ok(Cose { message, payload, signature })
}

impl Cose {
    /// The content, as read.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The algorithm that the message claims; none where it is not known here.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        let claimed = self.message.protected.header.alg.as_ref()?;
        [Algorithm::Es256, Algorithm::Ed25519, Algorithm::Sm2Sm3]
            .into_iter()
            .find(|algorithm| label(*algorithm) == *claimed)
    }

    /// Checks that a trusted key signed this content, and gives its record: whether it counts at the instant that the content
    /// states is asked of [`KeyRecord::counts`].
    ///
    /// # Errors
    /// `SEL-0004`, `SEL-0006`, `SEL-0007`.
    pub fn verify<'a>(&self, trusted: &'a PublicKeySet) -> Result<&'a KeyRecord, SealError> {
        let named = &self.message.protected.header.key_id;
        let mut candidates = trusted
            .records()
            .iter()
            .filter(|record| hint(&record.id).is_some_and(|hint| hint == *named))
            .peekable();
        if candidates.peek().is_none() {
            return Err(SealError::KeyNotTrusted { key: crate::hex(named) });
        }
        let bytes = self.message.tbs_data(&[]);
        let mut fault = SealError::SignatureInvalid;
        for record in candidates {
            if self.algorithm() != Some(record.key.algorithm()) {
                fault = SealError::AlgorithmMismatch {
                    claimed: format!("{:?}", self.message.protected.header.alg),
                    key: record.key.algorithm(),
                };
            } else if record.key.verify(&bytes, &self.signature).is_ok() {
                return Ok(record);
            }
        }
        Err(fault)
    }
}

/// The first bytes of a thumbprint.
fn hint(key: &KeyId) -> Option<Vec<u8>> {
    let thumbprint = from_base64url(key.as_str()).ok()?;
    thumbprint.get(..KEY_HINT_BYTES).map(<[u8]>::to_vec)
}

const fn label(algorithm: Algorithm) -> coset::Algorithm {
    match algorithm {
        Algorithm::Es256 => RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256),
        Algorithm::Ed25519 => RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA),
        Algorithm::Sm2Sm3 => RegisteredLabelWithPrivate::PrivateUse(SM2_SM3),
    }
}

const fn malformed(why: &'static str) -> SealError {
    SealError::CoseMalformed { why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryKeys, Purpose};

    fn at(second: i64) -> Moment {
        Moment::from_us(second * 1_000_000)
    }

    #[test]
    fn every_scheme_signs_and_any_flipped_bit_is_found() {
        for algorithm in [Algorithm::Ed25519, Algorithm::Es256, Algorithm::Sm2Sm3] {
            let keys = MemoryKeys::new();
            let key = keys.generate(Purpose::LICENCES, algorithm, at(1), &[7; 32]).unwrap();
            let trusted = keys.public_set().unwrap();
            let signed = sign(&keys, &key, at(2), b"\xa1\x01\x02").unwrap();
            assert_eq!(signed.first(), Some(&0xd2), "tag 18");
            assert!(signed.len() < 100, "{}", signed.len());
            let message = read(&signed).unwrap();
            assert_eq!(
                (message.payload(), message.algorithm()),
                (&b"\xa1\x01\x02"[..], Some(algorithm))
            );
            assert_eq!(message.verify(&trusted).unwrap().id, key.id);
            for position in 0..signed.len() {
                for bit in 0..8 {
                    let mut changed = signed.clone();
                    changed[position] ^= 1 << bit;
                    let held =
                        read(&changed).and_then(|message| message.verify(&trusted).map(|_| ()));
                    assert!(held.is_err(), "{algorithm}, byte {position}, bit {bit}");
                }
            }
        }
    }

    #[test]
    fn a_key_that_is_not_trusted_and_one_of_another_scheme_are_told_apart() {
        let keys = MemoryKeys::new();
        let key = keys.generate(Purpose::LICENCES, Algorithm::Es256, at(1), &[7; 32]).unwrap();
        let signed = sign(&keys, &key, at(2), b"\xa0").unwrap();
        let nobody = read(&signed).unwrap().verify(&PublicKeySet::default()).unwrap_err();
        assert!(matches!(nobody, SealError::KeyNotTrusted { .. }));
        assert!(matches!(read(b"\xd2\x80"), Err(SealError::CoseMalformed { .. })));
        assert!(matches!(read(&[0; 13_000]), Err(SealError::CoseMalformed { .. })));
    }
}
