//! X.509 certificates (数字证书) as others issue them: reading, signatures, validity, chains, revocation, signed messages.
//!
//! What is written in ASN.1 is read by the `der` family of crates and never by hand; signatures of foreign keys are checked by
//! `ring`, those of SM2 keys by this crate. Nothing here makes a certificate.

mod chain;
mod check;
mod error;
mod revocation;
mod signed;

pub use chain::{PATH_LENGTH_MAX, chain};
pub use error::CertificateError;
pub use revocation::RevocationList;
pub use signed::SignedMessage;

use codes::Moment;
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use std::fmt;
use std::sync::Arc;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

/// `id-kp-timeStamping` (RFC 5280, 4.2.1.12).
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// Extensions that a path may hold and mark critical, because they are looked at here or bind nobody here.
const KNOWN_EXTENSIONS: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("2.5.29.15"), // key usage
    ObjectIdentifier::new_unwrap("2.5.29.17"), // subject alternative name
    ObjectIdentifier::new_unwrap("2.5.29.19"), // basic constraints
    ObjectIdentifier::new_unwrap("2.5.29.32"), // certificate policies
    ObjectIdentifier::new_unwrap("2.5.29.37"), // extended key usage
];

/// A certificate (数字证书) as it was read; nothing about it is believed yet.
#[derive(Clone)]
pub struct Certificate {
    inner: Arc<x509_cert::Certificate>,
    der: Arc<[u8]>,
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, serial {})", self.subject(), self.serial())
    }
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// `SEL-0030` when it is none.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let inner = x509_cert::Certificate::from_der(der)
            .map_err(|error| CertificateError::malformed("certificate", &error))?;
        Ok(Self { inner: Arc::new(inner), der: der.into() })
    }

    /// Reads all certificates of a text in PEM, in their order.
    ///
    /// # Errors
    /// `SEL-0030` when it holds none, or one that cannot be read.
    pub fn from_pem(text: &str) -> Result<Vec<Self>, CertificateError> {
        let read = x509_cert::Certificate::load_pem_chain(text.trim().as_bytes())
            .map_err(|error| CertificateError::malformed("certificate", &error))?;
        if read.is_empty() {
            return Err(CertificateError::Malformed {
                what: "certificate",
                why: "the text holds none".to_owned(),
            });
        }
        read.into_iter().map(Self::of).collect()
    }

    fn of(inner: x509_cert::Certificate) -> Result<Self, CertificateError> {
        let der =
            inner.to_der().map_err(|error| CertificateError::malformed("certificate", &error))?;
        Ok(Self { inner: Arc::new(inner), der: der.into() })
    }

    /// The certificate as a text in PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        let body = data_encoding::BASE64.encode(&self.der);
        let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
        let mut rest = body.as_str();
        while let Some((line, more)) = rest.split_at_checked(64) {
            text.push_str(line);
            text.push('\n');
            rest = more;
        }
        if !rest.is_empty() {
            text.push_str(rest);
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
        text
    }

    /// The bytes in DER, as they were read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whom it names, as RFC 4514 writes names.
    #[must_use]
    pub fn subject(&self) -> String {
        self.inner.tbs_certificate().subject().to_string()
    }

    /// Who issued it, as RFC 4514 writes names.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.inner.tbs_certificate().issuer().to_string()
    }

    /// Its serial number, in hexadecimal.
    #[must_use]
    pub fn serial(&self) -> String {
        crate::hex(self.inner.tbs_certificate().serial_number().as_bytes())
    }

    /// The first instant of its validity.
    #[must_use]
    pub fn not_before(&self) -> Moment {
        moment(self.inner.tbs_certificate().validity().not_before.to_unix_duration())
    }

    /// The last second of its validity.
    #[must_use]
    pub fn not_after(&self) -> Moment {
        moment(self.inner.tbs_certificate().validity().not_after.to_unix_duration())
    }

    /// Whether it is valid at an instant; both ends count (RFC 5280, 4.1.2.5).
    #[must_use]
    pub fn is_valid_at(&self, at: Moment) -> bool {
        self.not_before() <= at && at <= self.not_after().plus_us(999_999)
    }

    /// Whether it is for time-stamping and for nothing else, and says so in a critical extension.
    ///
    /// # Source
    /// RFC 3161, 2.3.
    #[must_use]
    pub fn is_for_time_stamping_alone(&self) -> bool {
        let usage = self.inner.tbs_certificate().get_extension::<ExtendedKeyUsage>();
        let signs = self.inner.tbs_certificate().get_extension::<KeyUsage>().is_ok_and(|found| {
            found.is_none_or(|(_, usage)| usage.digital_signature() || usage.non_repudiation())
        });
        signs
            && matches!(usage, Ok(Some((true, ExtendedKeyUsage(purposes)))) if purposes == [TIME_STAMPING])
    }

    /// Whether it may issue certificates, with at most `below` further issuers between it and the end.
    fn may_issue(&self, below: usize) -> bool {
        let tbs = self.inner.tbs_certificate();
        let issues = matches!(
            tbs.get_extension::<BasicConstraints>(),
            Ok(Some((_, limits))) if limits.ca
                && limits.path_len_constraint.is_none_or(|most| usize::from(most) >= below)
        );
        let signs = tbs
            .get_extension::<KeyUsage>()
            .is_ok_and(|found| found.is_none_or(|(_, usage)| usage.key_cert_sign()));
        issues && signs
    }

    /// An extension that it marks critical and that nobody here understands.
    fn unknown_critical(&self) -> Option<String> {
        let extensions = self.inner.tbs_certificate().extensions()?;
        extensions
            .iter()
            .find(|extension| extension.critical && !KNOWN_EXTENSIONS.contains(&extension.extn_id))
            .map(|extension| extension.extn_id.to_string())
    }

    /// Checks that the issuer signed this certificate.
    ///
    /// # Errors
    /// `SEL-0031` when it did not, `SEL-0032` for a scheme that is not known here.
    pub fn is_signed_by(&self, issuer: &Self) -> Result<(), CertificateError> {
        let tbs = self
            .inner
            .tbs_certificate()
            .to_der()
            .map_err(|error| CertificateError::malformed("certificate", &error))?;
        issuer.checks(
            &tbs,
            self.inner.signature_algorithm(),
            None,
            self.inner.signature().as_bytes().unwrap_or_default(),
        )
    }

    /// Whether the names fit: the other's subject is this one's issuer.
    fn names_issuer(&self, issuer: &Self) -> bool {
        self.inner.tbs_certificate().issuer() == issuer.inner.tbs_certificate().subject()
    }

    /// Checks a signature with the key that the certificate holds.
    fn checks(
        &self,
        message: &[u8],
        algorithm: &x509_cert::spki::AlgorithmIdentifierOwned,
        digest: Option<&ObjectIdentifier>,
        signature: &[u8],
    ) -> Result<(), CertificateError> {
        let key = self.inner.tbs_certificate().subject_public_key_info();
        check::signature(key, message, &algorithm.oid, digest, signature)
            .map_err(|error| error.of(&self.subject()))
    }
}

/// An instant from the time since 1970.
fn moment(since: std::time::Duration) -> Moment {
    Moment::from_us(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
