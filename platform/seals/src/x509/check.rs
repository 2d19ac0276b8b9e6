//! Signatures of foreign keys: which scheme an identifier names, and whether a signature holds.

use super::CertificateError;
use crate::{Algorithm, PublicKey, Signature};
use der::asn1::{ObjectIdentifier, Uint};
use der::{Decode as _, Sequence};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const SHA256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");
/// Plain `rsaEncryption`: the digest is named beside it (RFC 5652, 10.1.2).
const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
const RSA_SHA256: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = oid("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = oid("1.2.840.113549.1.1.13");
const EC_KEY: ObjectIdentifier = oid("1.2.840.10045.2.1");
const ECDSA_SHA256: ObjectIdentifier = oid("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = oid("1.2.840.10045.4.3.3");
const ED25519: ObjectIdentifier = oid("1.3.101.112");
const P256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = oid("1.3.132.0.34");
/// The curve of SM2, and SM2 with SM3 (GM/T 0006).
const SM2: ObjectIdentifier = oid("1.2.156.10197.1.301");
const SM2_SM3: ObjectIdentifier = oid("1.2.156.10197.1.501");

/// `SEQUENCE { r INTEGER, s INTEGER }`, in which signatures on curves travel.
#[derive(Sequence)]
struct RandS {
    r: Uint,
    s: Uint,
}

/// Checks a signature with the key of a certificate.
pub(super) fn signature(
    key: &SubjectPublicKeyInfoOwned,
    message: &[u8],
    scheme: &ObjectIdentifier,
    digest: Option<&ObjectIdentifier>,
    signature: &[u8],
) -> Result<(), CertificateError> {
    let invalid = || CertificateError::SignatureInvalid { by: String::new() };
    let unknown = || CertificateError::SchemeUnknown { oid: scheme.to_string() };
    let curve = key
        .algorithm
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok());
    if key.algorithm.oid == EC_KEY && curve == Some(SM2) {
        // CMS of Chinese authorities names SM2 alone, certificates name it with SM3.
        return if [SM2_SM3, SM2].contains(scheme) || *scheme == oid("1.2.156.10197.1.301.1") {
            sm2(key.subject_public_key.raw_bytes(), message, signature).ok_or_else(invalid)
        } else {
            Err(unknown())
        };
    }
    let algorithm =
        foreign(&key.algorithm.oid, curve.as_ref(), scheme, digest).ok_or_else(unknown)?;
    UnparsedPublicKey::new(algorithm, key.subject_public_key.raw_bytes())
        .verify(message, signature)
        .map_err(|_unspecified| invalid())
}

/// The verifier for a kind of key and a scheme that fits it.
fn foreign(
    key: &ObjectIdentifier,
    curve: Option<&ObjectIdentifier>,
    scheme: &ObjectIdentifier,
    digest: Option<&ObjectIdentifier>,
) -> Option<&'static dyn VerificationAlgorithm> {
    let digest = match *scheme {
        RSA_SHA256 | ECDSA_SHA256 => SHA256,
        RSA_SHA384 | ECDSA_SHA384 => SHA384,
        RSA_SHA512 => SHA512,
        RSA => *digest?,
        ED25519 if *key == ED25519 => return Some(&signature::ED25519),
        _ => return None,
    };
    let is_rsa = [RSA, RSA_SHA256, RSA_SHA384, RSA_SHA512].contains(scheme);
    match (*key, curve, digest) {
        (RSA, _, SHA256) if is_rsa => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        (RSA, _, SHA384) if is_rsa => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        (RSA, _, SHA512) if is_rsa => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        (EC_KEY, Some(&P256), SHA256) if !is_rsa => Some(&signature::ECDSA_P256_SHA256_ASN1),
        (EC_KEY, Some(&P256), SHA384) if !is_rsa => Some(&signature::ECDSA_P256_SHA384_ASN1),
        (EC_KEY, Some(&P384), SHA256) if !is_rsa => Some(&signature::ECDSA_P384_SHA256_ASN1),
        (EC_KEY, Some(&P384), SHA384) if !is_rsa => Some(&signature::ECDSA_P384_SHA384_ASN1),
        _ => None,
    }
}

/// SM2 with SM3, by this crate's own verifier.
fn sm2(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let pair = RandS::from_der(signature).ok()?;
    let mut plain = [0; 64];
    let (r, s) = plain.split_at_mut(32);
    for (half, number) in [(r, pair.r.as_bytes()), (s, pair.s.as_bytes())] {
        let start = half.len().checked_sub(number.len())?;
        half.get_mut(start..)?.copy_from_slice(number);
    }
    let key = PublicKey::from_bytes(Algorithm::Sm2Sm3, key).ok()?;
    key.verify(message, &Signature::from_slice(&plain).ok()?).ok()
}

/// The digest of bytes by the identifier of its function; `None` for one that is not known here.
pub(super) fn digest(function: &ObjectIdentifier, bytes: &[u8]) -> Option<Vec<u8>> {
    use sha2::Digest as _;
    Some(match *function {
        SHA256 => sha2::Sha256::digest(bytes).to_vec(),
        SHA384 => sha2::Sha384::digest(bytes).to_vec(),
        SHA512 => sha2::Sha512::digest(bytes).to_vec(),
        // SHA-1 identifies a certificate in older tokens (RFC 5035); it authenticates nothing.
        _ if *function == oid("1.3.14.3.2.26") => {
            ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
        }
        _ if *function == oid("1.2.156.10197.1.401") => sm3::Sm3::digest(bytes).to_vec(),
        _ => return None,
    })
}
