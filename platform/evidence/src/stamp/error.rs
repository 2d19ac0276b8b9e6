//! What can be wrong with a time-stamp, or keep an authority from giving one.

use codes::{Code, Coded, Label, Moment, Reason};
use seals::x509::CertificateError;
use serde_json::json;

/// A time-stamp that does not hold, or was not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TsError {
    /// The bytes are no time-stamp.
    #[error("this is no time-stamp that can be read: {why}")]
    Malformed {
        /// What is wrong.
        why: String,
    },
    /// The authority gave none.
    #[error("the authority refused (status {status}, {}): {why}", failure.unwrap_or("no reason"))]
    Refused {
        /// `PKIStatus`.
        status: u8,
        /// `PKIFailureInfo`, by its name.
        failure: Option<&'static str>,
        /// What it said.
        why: String,
    },
    /// It stamps something else.
    #[error("the time-stamp is over other content")]
    OtherContent,
    /// It answers another request.
    #[error("the time-stamp answers another request")]
    OtherRequest,
    /// It was given under another policy than was asked for.
    #[error("the time-stamp was given under policy {found}")]
    OtherPolicy {
        /// The policy of the stamp.
        found: String,
    },
    /// The signer's certificate is not there.
    #[error("the certificate of the time-stamp's signer is missing")]
    SignerMissing,
    /// What is signed does not name the signer's certificate.
    #[error("the time-stamp does not name `{subject}` as its signer")]
    SignerNotNamed {
        /// Whose certificate it is.
        subject: String,
    },
    /// The signer's certificate is not for time-stamping, not for it alone, or does not say so as critical.
    #[error("the certificate of `{subject}` is not for time-stamping alone")]
    NotForTimeStamping {
        /// Whose certificate it is.
        subject: String,
    },
    /// The signature does not hold.
    #[error("the time-stamp's signature does not hold")]
    Signature(#[source] CertificateError),
    /// The signer's certificate does not lead to a trusted root, or was not valid at the stamped time.
    #[error("the signer's certificate does not hold: {0}")]
    Chain(#[source] CertificateError),
    /// It bears a time that has not come yet.
    #[error("the time-stamp bears {at}, and it is {now}")]
    FromTheFuture {
        /// The stamped time.
        at: Moment,
        /// The present.
        now: Moment,
    },
    /// The authority does not answer.
    #[error("the time-stamp authority `{authority}` does not answer: {why}")]
    Down {
        /// Which.
        authority: String,
        /// What happened.
        why: String,
    },
}

impl Coded for TsError {
    fn code(&self) -> Code {
        let number = match self {
            Self::Malformed { .. } => 501,
            Self::Refused { .. } => 502,
            Self::OtherContent => 503,
            Self::OtherRequest => 504,
            Self::OtherPolicy { .. } => 505,
            Self::SignerMissing => 506,
            Self::SignerNotNamed { .. } => 507,
            Self::NotForTimeStamping { .. } => 508,
            Self::Signature(_) => 509,
            Self::Chain(CertificateError::NotValid { .. }) => 511,
            Self::Chain(CertificateError::Revoked { .. }) => 512,
            Self::Chain(_) => 510,
            Self::FromTheFuture { .. } => 513,
            Self::Down { .. } => 514,
        };
        Code::new("EVD", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Malformed { .. } => "STAMP_MALFORMED",
            Self::Refused { .. } => "STAMP_REFUSED",
            Self::OtherContent => "STAMP_OF_OTHER_CONTENT",
            Self::OtherRequest => "STAMP_OF_OTHER_REQUEST",
            Self::OtherPolicy { .. } => "STAMP_OF_OTHER_POLICY",
            Self::SignerMissing => "STAMP_SIGNER_MISSING",
            Self::SignerNotNamed { .. } => "STAMP_SIGNER_NOT_NAMED",
            Self::NotForTimeStamping { .. } => "STAMP_SIGNER_OF_OTHER_PURPOSE",
            Self::Signature(_) => "STAMP_SIGNATURE_INVALID",
            Self::Chain(CertificateError::NotValid { .. }) => "STAMP_OUTSIDE_VALIDITY",
            Self::Chain(CertificateError::Revoked { .. }) => "STAMP_SIGNER_REVOKED",
            Self::Chain(_) => "STAMP_NOT_TRUSTED",
            Self::FromTheFuture { .. } => "STAMP_FROM_THE_FUTURE",
            Self::Down { .. } => "AUTHORITY_DOWN",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Malformed { .. } => {
                Label::new("时间戳无法识别。", "The time-stamp cannot be read.")
            }
            Self::Refused { .. } => Label::new(
                "时间戳服务机构未签发时间戳。",
                "The time-stamp authority gave no time-stamp.",
            ),
            Self::OtherContent => {
                Label::new("时间戳对应的不是这份内容。", "The time-stamp is over other content.")
            }
            Self::OtherRequest => {
                Label::new("时间戳答复的不是本次请求。", "The time-stamp answers another request.")
            }
            Self::OtherPolicy { found } => Label::new(
                format!("时间戳按另一策略（{found}）签发。"),
                format!("The time-stamp was given under another policy, {found}."),
            ),
            Self::SignerMissing => Label::new(
                "缺少时间戳签发者的证书。",
                "The certificate of the time-stamp's signer is missing.",
            ),
            Self::SignerNotNamed { subject } => Label::new(
                format!("时间戳的签名没有指明“{subject}”的证书。"),
                format!("The time-stamp's signature does not name the certificate of `{subject}`."),
            ),
            Self::NotForTimeStamping { subject } => Label::new(
                format!("“{subject}”的证书并非专用于时间戳。"),
                format!("The certificate of `{subject}` is not for time-stamping alone."),
            ),
            Self::Signature(_) => Label::new(
                "时间戳的签名与内容不符。",
                "The time-stamp's signature does not belong to it.",
            ),
            Self::Chain(error) => {
                let label = error.label();
                Label::new(
                    format!("时间戳签发者的证书不成立：{}", label.zh),
                    format!(
                        "The certificate of the time-stamp's signer does not hold: {}",
                        label.en
                    ),
                )
            }
            Self::FromTheFuture { at, .. } => Label::new(
                format!("时间戳载明的时间 {at} 尚未到来。"),
                format!("The time-stamp bears {at}, which has not come yet."),
            ),
            Self::Down { authority, .. } => Label::new(
                format!("时间戳服务机构“{authority}”暂时没有答复，办事不受影响，稍后自动补签。"),
                format!(
                    "The time-stamp authority `{authority}` does not answer. Service goes on; the stamp is fetched later."
                ),
            ),
        }
    }

    fn status(&self) -> u16 {
        if matches!(self, Self::Down { .. } | Self::Refused { .. }) { 503 } else { 422 }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Malformed { why } => json!({"why": why}),
            Self::Refused { status, failure, why } => {
                json!({"status": status, "failure": failure, "why": why})
            }
            Self::OtherPolicy { found } => json!({"found": found}),
            Self::SignerNotNamed { subject } | Self::NotForTimeStamping { subject } => {
                json!({"subject": subject})
            }
            Self::FromTheFuture { at, now } => json!({"at": at, "now": now}),
            Self::Down { authority, why } => json!({"authority": authority, "why": why}),
            Self::Signature(error) | Self::Chain(error) => return error.fields(),
            Self::OtherContent | Self::OtherRequest | Self::SignerMissing => return None,
        };
        Some(fields.to_string())
    }
}
