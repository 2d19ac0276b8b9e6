//! Certificates (证书): the root of an installation, and the seals of organs that it certifies.

use crate::x509::Certificate;
use crate::{
    Algorithm, Digest, KeyRecord, Keys, PublicKey, Purpose, SealError, SignError, Signature,
};
use codes::Moment;
use der::asn1::{BitString, ObjectIdentifier};
use der::flagset::FlagSet;
use der::oid::db::rfc5912;
use der::{Decode as _, Encode as _};
use p256::ecdsa::VerifyingKey;
use p256::ecdsa::signature::Keypair;
use std::fmt;
use std::str::FromStr as _;
use std::time::Duration;
use x509_cert::TbsCertificate;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{
    AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, SubjectPublicKeyInfoOwned,
    SubjectPublicKeyInfoRef,
};
use x509_cert::time::{Time, Validity};

/// How long a root is valid, in seconds: twenty years.
const ROOT_VALID_S: u64 = 20 * 365 * 86_400 + 5 * 86_400;

/// How long the certificate of a seal is valid, in seconds: five years, as seals of organs usually are.
const SEAL_VALID_S: u64 = 5 * 365 * 86_400 + 86_400;

/// Whose seal a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealHolder {
    /// The full name of the organ, as printed.
    pub name: String,
    /// Its key in the directory.
    pub organ: String,
}

/// What seals documents: a key, the certificate that says whose seal it is, and the root that says so.
#[derive(Clone, Debug)]
pub struct Seal {
    /// The key.
    pub key: KeyRecord,
    /// The certificate of the seal.
    pub certificate: Certificate,
    /// The root that issued it.
    pub root: Certificate,
}

/// Whom a certificate is issued to: its common name, or its whole name where it has none.
#[must_use]
pub fn holder(certificate: &Certificate) -> String {
    let read = x509_cert::Certificate::from_der(certificate.der()).ok();
    let own = read.as_ref().and_then(|read| {
        let name = read.tbs_certificate().subject().common_name().ok().flatten()?;
        Some(name.value().to_string())
    });
    own.unwrap_or_else(|| certificate.subject())
}

/// The key of a certificate, where it is one that seals are made with.
#[must_use]
pub fn public_key(certificate: &Certificate) -> Option<PublicKey> {
    let read = x509_cert::Certificate::from_der(certificate.der()).ok()?;
    let info = read.tbs_certificate().subject_public_key_info();
    let curve = info.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok()?;
    if curve != rfc5912::SECP_256_R_1 {
        return None;
    }
    PublicKey::from_bytes(Algorithm::Es256, info.subject_public_key.as_bytes()?).ok()
}

/// Makes the root certificate of an installation: it follows from the key alone, so that it need not be kept, and is the same
/// after the key was retired.
///
/// # Errors
/// Those of [`Keys::sign`]; `SEL-0021` for a key of another scheme.
pub fn root(keys: &dyn Keys, key: &KeyRecord) -> Result<Certificate, SignError> {
    // The key is named, so that two roots are told apart.
    let id: String = key.id.as_str().chars().take(8).collect();
    let subject = name(&[("CN", &format!("电子印章根证书 {id}")), ("O", "联办 Lianban")])?;
    let profile = Profile { issuer: subject.clone(), subject, authority: true };
    issued(keys, key, key.valid_from, profile, (key, ROOT_VALID_S))
}

/// Makes the certificate of an organ's seal: the same keys and organ give the same bytes.
///
/// # Errors
/// As [`root`], and `SEL-0021` for a name that no certificate can bear.
pub fn seal(
    keys: &dyn Keys,
    (root_key, root): (&KeyRecord, &Certificate),
    at: Moment,
    key: &KeyRecord,
    holder: &SealHolder,
) -> Result<Certificate, SignError> {
    let subject = name(&[
        ("CN", &format!("{}电子印章", holder.name)),
        ("OU", &holder.organ),
        ("O", &holder.name),
    ])?;
    let issuer = x509_cert::Certificate::from_der(root.der()).map_err(malformed)?;
    let issuer = issuer.tbs_certificate().subject().clone();
    let profile = Profile { issuer, subject, authority: false };
    issued(keys, root_key, at, profile, (key, SEAL_VALID_S))
}

/// The seal of an organ, of the keys in use at an instant: root and certificate follow from them and need not be kept.
///
/// # Errors
/// `SEL-0014` where the installation has no root or no key for seals, `SEL-0021` where the key has been in use for longer than
/// a certificate is valid, and as [`root`].
pub fn seal_of(keys: &dyn Keys, at: Moment, holder: &SealHolder) -> Result<Seal, SignError> {
    let root_key = keys.current(&Purpose::ROOT, Algorithm::Es256, at)?;
    let key = keys.current(&Purpose::SEALS, Algorithm::Es256, at)?;
    let root = root(keys, &root_key)?;
    let certificate = seal(keys, (&root_key, &root), at, &key, holder)?;
    for own in [&root, &certificate] {
        if !own.is_valid_at(at) {
            let why =
                format!("the certificate of `{}` is over: take a new key into use", own.subject());
            return Err(SealError::SealNotMade { why }.into());
        }
    }
    Ok(Seal { key, certificate, root })
}

/// The roots that seals of an installation lead to: of its keys of all times, but for those that are compromised.
///
/// # Errors
/// As [`root`], and where the store cannot be read.
pub fn roots_of(keys: &dyn Keys) -> Result<Vec<Certificate>, SignError> {
    let records = keys.records()?.into_iter();
    records
        .filter(|key| key.purpose == Purpose::ROOT && key.compromised_on.is_none())
        .map(|key| root(keys, &key))
        .collect()
}

/// The bytes of a signature in the form that certificates and CMS use.
pub(crate) fn to_der_signature(signature: &Signature) -> Result<Vec<u8>, SealError> {
    let signature = p256::ecdsa::Signature::from_slice(signature.bytes())
        .map_err(|_range| SealError::SignatureInvalid)?;
    Ok(signature.to_der().as_bytes().to_vec())
}

/// What the builder asks of a signer beside the signature itself, which [`Keys`] makes.
struct Certifier(VerifyingKey);

impl Keypair for Certifier {
    type VerifyingKey = VerifyingKey;

    fn verifying_key(&self) -> VerifyingKey {
        self.0
    }
}

impl DynSignatureAlgorithmIdentifier for Certifier {
    fn signature_algorithm_identifier(&self) -> x509_cert::spki::Result<AlgorithmIdentifierOwned> {
        Ok(AlgorithmIdentifierOwned { oid: rfc5912::ECDSA_WITH_SHA_256, parameters: None })
    }
}

/// A root that certifies nothing but seals, or a seal.
struct Profile {
    issuer: Name,
    subject: Name,
    authority: bool,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        own: SubjectPublicKeyInfoRef<'_>,
        issuer: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let usage: FlagSet<KeyUsages> = if self.authority {
            KeyUsages::KeyCertSign | KeyUsages::CRLSign
        } else {
            KeyUsages::DigitalSignature | KeyUsages::NonRepudiation
        };
        let path_len_constraint = self.authority.then_some(0);
        let basic = BasicConstraints { ca: self.authority, path_len_constraint };
        // What of the others an extension depends on is nothing with these four.
        let (subject, others) = (tbs.subject(), []);
        Ok(vec![
            SubjectKeyIdentifier::try_from(own)?.to_extension(subject, &others)?,
            AuthorityKeyIdentifier::try_from(issuer)?.to_extension(subject, &others)?,
            basic.to_extension(subject, &others)?,
            KeyUsage(usage).to_extension(subject, &others)?,
        ])
    }
}

fn issued(
    keys: &dyn Keys,
    issuer: &KeyRecord,
    at: Moment,
    profile: Profile,
    (key, valid_s): (&KeyRecord, u64),
) -> Result<Certificate, SignError> {
    let from = Duration::from_micros(u64::try_from(key.valid_from.us()).unwrap_or_default());
    let from = Duration::from_secs(from.as_secs());
    let validity = Validity::new(time(from)?, time(from + Duration::from_secs(valid_s))?);
    // The serial follows from both keys and both names, so that a certificate that is made again is the same.
    let names = profile.subject.to_der().map_err(malformed)?;
    let seed = [issuer.id.as_str().as_bytes(), key.id.as_str().as_bytes(), &names].concat();
    let serial = Digest::sha256(&seed);
    let mut serial = serial.bytes().get(..16).unwrap_or_default().to_vec();
    // Positive and never shortened: the first bit is clear and the second set.
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    let serial = SerialNumber::new(&serial).map_err(malformed)?;
    let info = SubjectPublicKeyInfoOwned::from_key(&verifying(&key.key)?).map_err(malformed)?;
    let mut builder =
        CertificateBuilder::new(profile, serial, validity, info).map_err(malformed)?;
    let certifier = Certifier(verifying(&issuer.key)?);
    let body = builder.finalize(&certifier).map_err(malformed)?;
    let signature = to_der_signature(&keys.sign(&issuer.id, at, &body)?)?;
    let signature = BitString::from_bytes(&signature).map_err(malformed)?;
    let made = builder.assemble(signature, &certifier).map_err(malformed)?;
    Ok(Certificate::from_der(&made.to_der().map_err(malformed)?).map_err(malformed)?)
}

fn verifying(key: &PublicKey) -> Result<VerifyingKey, SealError> {
    if key.algorithm() != Algorithm::Es256 {
        return Err(SealError::SealNotMade {
            why: format!("a seal is of ES256, and the key of {}", key.algorithm()),
        });
    }
    VerifyingKey::from_sec1_bytes(&key.bytes())
        .map_err(|_point| SealError::KeyMalformed { algorithm: Algorithm::Es256 })
}

/// A name of a country and parts, the most particular first.
fn name(parts: &[(&str, &str)]) -> Result<Name, SealError> {
    let mut text = String::new();
    for (kind, value) in parts {
        text.push_str(kind);
        text.push('=');
        // RFC 4514 section 2.4: what has a meaning in the text of a name is escaped.
        for character in value.chars().filter(|character| !character.is_control()) {
            if matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '#' | '=') {
                text.push('\\');
            }
            text.push(character);
        }
        text.push(',');
    }
    text.push_str("C=CN");
    Name::from_str(&text).map_err(malformed)
}

fn time(since: Duration) -> Result<Time, SealError> {
    let time = der::asn1::GeneralizedTime::from_unix_duration(since).map_err(malformed)?;
    // The builder writes those before 2050 as the standard wants them.
    Ok(Time::GeneralTime(time))
}

fn malformed(error: impl fmt::Display) -> SealError {
    SealError::SealNotMade { why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryKeys;
    use crate::x509::chain;

    fn at(second: i64) -> Moment {
        Moment::from_us(second * 1_000_000)
    }

    fn keys() -> MemoryKeys {
        let keys = MemoryKeys::new();
        keys.generate(Purpose::ROOT, Algorithm::Es256, at(1_000), &[1; 32]).unwrap();
        keys.generate(Purpose::SEALS, Algorithm::Es256, at(1_000), &[2; 32]).unwrap();
        keys
    }

    fn market() -> SealHolder {
        SealHolder {
            name: "广州市南沙区市场监督管理局".to_owned(),
            organ: "440115-market".to_owned(),
        }
    }

    #[test]
    fn a_seal_leads_to_its_root_and_to_no_other_within_its_term() {
        let keys = keys();
        let made = seal_of(&keys, at(2_000), &market()).unwrap();
        assert_eq!(holder(&made.certificate), "广州市南沙区市场监督管理局电子印章");
        let roots = roots_of(&keys).unwrap();
        assert_eq!(roots, std::slice::from_ref(&made.root));
        let (first, last) = (made.certificate.not_before(), made.certificate.not_after());
        for (when, held) in [
            (at(2_000), true),
            (first, true),
            (last, true),
            (first.plus_seconds(-1), false),
            (last.plus_seconds(1), false),
        ] {
            let path = chain(&made.certificate, &[], &roots, &[], when);
            assert_eq!(path.is_ok(), held, "{when}: {path:?}");
        }
        let other = MemoryKeys::new();
        other.generate(Purpose::ROOT, Algorithm::Es256, at(1_000), &[9; 32]).unwrap();
        let others = roots_of(&other).unwrap();
        let path = chain(&made.certificate, &[], &others, &[], at(2_000));
        assert!(path.is_err(), "a root of another installation");
    }

    #[test]
    fn a_seal_leads_to_its_root_after_both_keys_were_followed_and_not_once_the_root_is_compromised()
    {
        let keys = keys();
        let made = seal_of(&keys, at(2_000), &market()).unwrap();
        for (purpose, seed) in [(Purpose::ROOT, 3), (Purpose::SEALS, 4)] {
            let old = keys.current(&purpose, Algorithm::Es256, at(2_000)).unwrap();
            keys.generate(purpose, Algorithm::Es256, at(3_000), &[seed; 32]).unwrap();
            keys.retire(&old.id, at(3_000)).unwrap();
        }
        let newer = seal_of(&keys, at(3_000), &market()).unwrap();
        assert_ne!((&newer.root, &newer.certificate), (&made.root, &made.certificate));
        let roots = roots_of(&keys).unwrap();
        assert_eq!(roots.len(), 2);
        assert!(chain(&made.certificate, &[], &roots, &[], at(2_000)).is_ok());
        let old = keys.records().unwrap().into_iter();
        let old = old.filter(|key| key.purpose == Purpose::ROOT).map(|key| key.id);
        let old: Vec<_> = old.filter(|id| keys.find(id).unwrap().retired_on.is_some()).collect();
        keys.compromise(&old[0], at(9_000)).unwrap();
        let roots = roots_of(&keys).unwrap();
        assert!(chain(&made.certificate, &[], &roots, &[], at(2_000)).is_err());
        assert!(chain(&newer.certificate, &[], &roots, &[], at(3_000)).is_ok());
        let over = at(3_000).plus_seconds(6 * 366 * 86_400);
        assert!(
            matches!(seal_of(&keys, over, &market()), Err(SignError::Seal(_))),
            "in use too long"
        );
    }

    #[test]
    fn the_same_keys_give_the_same_bytes() {
        let keys = keys();
        let made = seal_of(&keys, at(2_000), &market()).unwrap();
        let again = seal_of(&keys, at(9_000), &market()).unwrap();
        assert_eq!(made.certificate.der(), again.certificate.der());
        let both = format!("{}{}", made.certificate.pem(), made.root.pem());
        assert_eq!(Certificate::from_pem(&both).unwrap(), [made.certificate, made.root]);
    }

    #[test]
    fn a_name_with_marks_of_the_text_form_stays_as_it_is() {
        let keys = keys();
        let holder = SealHolder { name: "A,B=\\C+\"D\"; #1".to_owned(), organ: "x".to_owned() };
        let made = seal_of(&keys, at(2_000), &holder).unwrap();
        assert_eq!(super::holder(&made.certificate), "A,B=\\C+\"D\"; #1电子印章");
    }

    #[test]
    fn every_flipped_bit_of_a_certificate_is_found() {
        let keys = keys();
        let made = seal_of(&keys, at(2_000), &market()).unwrap();
        let roots = [made.root];
        let bytes = made.certificate.der().to_vec();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            let held = Certificate::from_der(&changed)
                .and_then(|certificate| chain(&certificate, &[], &roots, &[], at(2_000)));
            assert!(held.is_err(), "byte {position}");
        }
    }
}
