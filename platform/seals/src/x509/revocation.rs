//! Lists of revoked certificates (证书吊销列表).

use super::{Certificate, CertificateError, moment};
use codes::Moment;
use der::{Decode as _, Encode as _};
use std::fmt;
use x509_cert::crl::CertificateList;

/// A list of revoked certificates (CRL) as it was read; nothing about it is believed yet.
#[derive(Clone)]
pub struct RevocationList(CertificateList);

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationList({}, {})", self.0.tbs_cert_list.issuer, self.as_of())
    }
}

impl RevocationList {
    /// Reads a list in DER, or in PEM.
    ///
    /// # Errors
    /// `SEL-0030` when it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, CertificateError> {
        let malformed = |error| CertificateError::malformed("revocation list", &error);
        if bytes.starts_with(b"-----BEGIN") {
            let text =
                std::str::from_utf8(bytes).map_err(|_bytes| CertificateError::Malformed {
                    what: "revocation list",
                    why: "the text is not UTF-8".to_owned(),
                })?;
            let (_label, document) = der::Document::from_pem(text).map_err(malformed)?;
            return CertificateList::from_der(document.as_bytes()).map(Self).map_err(malformed);
        }
        CertificateList::from_der(bytes).map(Self).map_err(malformed)
    }

    /// When it was made.
    #[must_use]
    pub fn as_of(&self) -> Moment {
        moment(self.0.tbs_cert_list.this_update.to_unix_duration())
    }

    /// Whether its issuer bears the name of this certificate.
    #[must_use]
    pub fn is_of(&self, issuer: &Certificate) -> bool {
        self.0.tbs_cert_list.issuer == *issuer.inner.tbs_certificate().subject()
    }

    /// Checks that the issuer signed it.
    ///
    /// # Errors
    /// `SEL-0031` when it did not.
    pub fn is_signed_by(&self, issuer: &Certificate) -> Result<(), CertificateError> {
        let list = self
            .0
            .tbs_cert_list
            .to_der()
            .map_err(|error| CertificateError::malformed("revocation list", &error))?;
        issuer.checks(&list, &self.0.signature_algorithm, None, self.0.signature.raw_bytes())
    }

    /// Since when a certificate of its issuer is revoked; `None` if it is not on the list.
    #[must_use]
    pub fn revoked(&self, certificate: &Certificate) -> Option<Moment> {
        let serial = certificate.inner.tbs_certificate().serial_number();
        let listed = self.0.tbs_cert_list.revoked_certificates.as_deref().unwrap_or_default();
        listed
            .iter()
            .find(|entry| entry.serial_number == *serial)
            .map(|entry| moment(entry.revocation_date.to_unix_duration()))
    }
}
