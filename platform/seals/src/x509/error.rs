//! What can be wrong with a certificate, a chain or a signed message.

use codes::{Code, Coded, Label, Moment, Reason};
use serde_json::json;

/// A certificate, a chain or a signed message that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Bytes are not what they should be.
    #[error("this is no {what} that can be read: {why}")]
    Malformed {
        /// What they should be.
        what: &'static str,
        /// What is wrong.
        why: String,
    },
    /// A signature does not hold.
    #[error("the signature by `{by}` does not hold")]
    SignatureInvalid {
        /// Whose it should be.
        by: String,
    },
    /// A scheme that is not known here.
    #[error("signatures of scheme {oid} are not known here")]
    SchemeUnknown {
        /// Its object identifier.
        oid: String,
    },
    /// A certificate was not valid at that time.
    #[error("the certificate of `{subject}` is not valid at {at}")]
    NotValid {
        /// Whose.
        subject: String,
        /// When it was looked at.
        at: Moment,
        /// The first instant of its validity.
        from: Moment,
        /// The last.
        to: Moment,
    },
    /// No path leads from a certificate to a root that is trusted.
    #[error("no path leads from `{subject}` to a trusted root: {why}")]
    NoPath {
        /// Whose certificate.
        subject: String,
        /// Where it ends.
        why: String,
    },
    /// A certificate was revoked before that time.
    #[error("the certificate of `{subject}` was revoked at {since}")]
    Revoked {
        /// Whose.
        subject: String,
        /// Since when.
        since: Moment,
    },
}

impl CertificateError {
    pub(crate) fn malformed(what: &'static str, error: &der::Error) -> Self {
        Self::Malformed { what, why: error.to_string() }
    }

    /// The same, naming whose key it was.
    pub(crate) fn of(self, subject: &str) -> Self {
        match self {
            Self::SignatureInvalid { .. } => Self::SignatureInvalid { by: subject.to_owned() },
            other => other,
        }
    }
}

impl Coded for CertificateError {
    fn code(&self) -> Code {
        let number = match self {
            Self::Malformed { .. } => 30,
            Self::SignatureInvalid { .. } => 31,
            Self::SchemeUnknown { .. } => 32,
            Self::NotValid { .. } => 33,
            Self::NoPath { .. } => 34,
            Self::Revoked { .. } => 35,
        };
        Code::new("SEL", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Malformed { .. } => "CERTIFICATE_MALFORMED",
            Self::SignatureInvalid { .. } => "CERTIFICATE_SIGNATURE_INVALID",
            Self::SchemeUnknown { .. } => "SIGNATURE_SCHEME_UNKNOWN",
            Self::NotValid { .. } => "CERTIFICATE_NOT_VALID",
            Self::NoPath { .. } => "CERTIFICATE_PATH_MISSING",
            Self::Revoked { .. } => "CERTIFICATE_REVOKED",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Malformed { what, .. } => Label::new(
                format!("内容无法识别，不是有效的数字证书或签名数据（{what}）。"),
                format!("This cannot be read as a {what}."),
            ),
            Self::SignatureInvalid { by } => Label::new(
                format!("“{by}”的签名与内容不符。"),
                format!("The signature by `{by}` does not belong to this content."),
            ),
            Self::SchemeUnknown { oid } => Label::new(
                format!("签名算法（{oid}）不受支持。"),
                format!("The signature scheme {oid} is not supported."),
            ),
            Self::NotValid { subject, at, .. } => Label::new(
                format!("“{subject}”的证书在 {at} 不在有效期内。"),
                format!("The certificate of `{subject}` was not valid at {at}."),
            ),
            Self::NoPath { subject, .. } => Label::new(
                format!("“{subject}”的证书不能追溯到受信任的根证书。"),
                format!("The certificate of `{subject}` does not lead to a trusted root."),
            ),
            Self::Revoked { subject, since } => Label::new(
                format!("“{subject}”的证书已于 {since} 吊销。"),
                format!("The certificate of `{subject}` was revoked at {since}."),
            ),
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Malformed { what, why } => json!({"what": what, "why": why}),
            Self::SignatureInvalid { by } => json!({"by": by}),
            Self::SchemeUnknown { oid } => json!({"oid": oid}),
            Self::NotValid { subject, at, from, to } => {
                json!({"subject": subject, "at": at, "from": from, "to": to})
            }
            Self::NoPath { subject, why } => json!({"subject": subject, "why": why}),
            Self::Revoked { subject, since } => json!({"subject": subject, "since": since}),
        };
        Some(fields.to_string())
    }
}
