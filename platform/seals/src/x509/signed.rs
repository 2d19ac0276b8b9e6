//! Signed messages of the Cryptographic Message Syntax (RFC 5652): what is signed, by whom, and whether it holds.

use super::{Certificate, CertificateError, check};
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode as _, Encode as _, Sequence};
use std::fmt;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::spki::AlgorithmIdentifierOwned;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// The signer's certificate by its SHA-1, and by a digest of choice (RFC 5035).
const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// `ESSCertID` (RFC 2634, 5.4.1).
#[derive(Sequence)]
struct CertId {
    hash: OctetString,
    issuer_serial: Option<der::Any>,
}

#[derive(Sequence)]
struct CertIds {
    certificates: Vec<CertId>,
    policies: Option<der::Any>,
}

/// `ESSCertIDv2` (RFC 5035, 4): the digest function is SHA-256 where none is named.
#[derive(Sequence)]
struct CertId2 {
    function: Option<AlgorithmIdentifierOwned>,
    hash: OctetString,
    issuer_serial: Option<der::Any>,
}

#[derive(Sequence)]
struct CertIds2 {
    certificates: Vec<CertId2>,
    policies: Option<der::Any>,
}

/// A signed message with exactly one signer, as it was read; nothing about it is believed yet.
pub struct SignedMessage {
    content_type: ObjectIdentifier,
    content: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
    signer: SignerInfo,
}

impl fmt::Debug for SignedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedMessage")
            .field("content_type", &self.content_type)
            .field("certificates", &self.certificates)
            .finish_non_exhaustive()
    }
}

impl SignedMessage {
    /// Reads a `ContentInfo` that holds `SignedData`.
    ///
    /// # Errors
    /// `SEL-0030` when it is none, or has no signer or several.
    pub fn read(der: &[u8]) -> Result<Self, CertificateError> {
        let malformed = |error| CertificateError::malformed("signed message", &error);
        let wrong =
            |why: &str| CertificateError::Malformed { what: "signed message", why: why.to_owned() };
        let outer = ContentInfo::from_der(der).map_err(malformed)?;
        if outer.content_type != SIGNED_DATA {
            return Err(wrong("its content is not signed"));
        }
        let data: SignedData = outer.content.decode_as().map_err(malformed)?;
        let mut signers = data.signer_infos.0.into_vec().into_iter();
        let (Some(signer), None) = (signers.next(), signers.next()) else {
            return Err(wrong("it does not have exactly one signer"));
        };
        let content = match data.encap_content_info.econtent {
            None => None,
            Some(any) => {
                Some(any.decode_as::<OctetString>().map_err(malformed)?.as_bytes().to_vec())
            }
        };
        let mut certificates = Vec::new();
        for choice in data.certificates.iter().flat_map(|set| set.0.iter()) {
            if let CertificateChoices::Certificate(certificate) = choice {
                certificates.push(Certificate::of(certificate.clone())?);
            }
        }
        let content_type = data.encap_content_info.econtent_type;
        Ok(Self { content_type, content, certificates, signer })
    }

    /// The identifier of what it carries, in dots.
    #[must_use]
    pub fn content_type(&self) -> String {
        self.content_type.to_string()
    }

    /// What it carries; `None` where the content lies elsewhere.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// The certificates that it brings.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The signer's certificate, among those that it brings and others; `None` if it is not there.
    #[must_use]
    pub fn signer<'a>(&'a self, others: &'a [Certificate]) -> Option<&'a Certificate> {
        self.certificates.iter().chain(others).find(|certificate| {
            let tbs = certificate.inner.tbs_certificate();
            match &self.signer.sid {
                SignerIdentifier::IssuerAndSerialNumber(named) => {
                    named.issuer == *tbs.issuer() && named.serial_number == *tbs.serial_number()
                }
                SignerIdentifier::SubjectKeyIdentifier(named) => tbs
                    .get_extension::<SubjectKeyIdentifier>()
                    .is_ok_and(|found| found.is_some_and(|(_, key)| key == *named)),
            }
        })
    }

    /// The one value of a signed attribute, in DER.
    fn attribute(&self, oid: &ObjectIdentifier) -> Option<Vec<u8>> {
        let attributes = self.signer.signed_attrs.as_ref()?;
        let mut found = attributes.iter().filter(|attribute| attribute.oid == *oid);
        let (Some(attribute), None) = (found.next(), found.next()) else { return None };
        let mut values = attribute.values.iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        value.to_der().ok()
    }

    /// Checks that the certificate's key signed the content, and that type and digest of the content are those signed.
    ///
    /// # Errors
    /// `SEL-0030` where something is missing, `SEL-0031` where the signature does not hold, `SEL-0032` for a scheme that
    /// is not known here.
    pub fn verify(
        &self,
        signer: &Certificate,
        elsewhere: Option<&[u8]>,
    ) -> Result<(), CertificateError> {
        let malformed = |error| CertificateError::malformed("signed message", &error);
        let wrong =
            |why: &str| CertificateError::Malformed { what: "signed message", why: why.to_owned() };
        let content = match (self.content(), elsewhere) {
            (Some(inside), None) => inside,
            (None, Some(elsewhere)) => elsewhere,
            _ => return Err(wrong("its content is not where it should be")),
        };
        let function = &self.signer.digest_alg.oid;
        let Some(attributes) = &self.signer.signed_attrs else {
            return self.verify_bytes(signer, content);
        };
        let digest = check::digest(function, content)
            .ok_or_else(|| CertificateError::SchemeUnknown { oid: function.to_string() })?;
        let told = self
            .attribute(&MESSAGE_DIGEST)
            .and_then(|value| OctetString::from_der(&value).ok())
            .ok_or_else(|| wrong("it does not say what digest was signed"))?;
        let kind = self
            .attribute(&CONTENT_TYPE)
            .and_then(|value| ObjectIdentifier::from_der(&value).ok())
            .ok_or_else(|| wrong("it does not say what kind of content was signed"))?;
        if kind != self.content_type || !crate::same(told.as_bytes(), &digest) {
            return Err(CertificateError::SignatureInvalid { by: signer.subject() });
        }
        // Signed as a SET OF, whatever the tag under which they travel (RFC 5652, 5.4).
        self.verify_bytes(signer, &attributes.to_der().map_err(malformed)?)
    }

    fn verify_bytes(&self, signer: &Certificate, bytes: &[u8]) -> Result<(), CertificateError> {
        let digest = &self.signer.digest_alg.oid;
        signer.checks(
            bytes,
            &self.signer.signature_algorithm,
            Some(digest),
            self.signer.signature.as_bytes(),
        )
    }

    /// Whether the signature itself names this certificate as the signer's, by its digest, so that no other certificate of
    /// the same key can take its place. `None` where it names none at all.
    ///
    /// # Source
    /// RFC 5816, which RFC 3161 refers to.
    #[must_use]
    pub fn names(&self, signer: &Certificate) -> Option<bool> {
        let same = |function: &ObjectIdentifier, hash: &OctetString| {
            check::digest(function, signer.der())
                .is_some_and(|digest| crate::same(&digest, hash.as_bytes()))
        };
        if let Some(value) = self.attribute(&SIGNING_CERTIFICATE_2) {
            let ids = CertIds2::from_der(&value).ok()?;
            let first = ids.certificates.first()?;
            let function = first.function.as_ref().map_or(SHA256, |function| function.oid);
            return Some(same(&function, &first.hash));
        }
        let ids = CertIds::from_der(&self.attribute(&SIGNING_CERTIFICATE)?).ok()?;
        ids.certificates.first().map(|first| same(&SHA1, &first.hash))
    }
}
