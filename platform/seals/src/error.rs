//! What can be wrong with a signature, a key, or a text that should carry one.

use crate::{Algorithm, KeyId};
use codes::{Code, Coded, Label, Moment, Reason};
use serde_json::json;
use std::path::PathBuf;

/// A signature, a key or a signed text that does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// A text is not in the form it claims.
    #[error("text is not {form} in its one written form")]
    Encoding {
        /// The form: `hex`, `base32`, `base64url` or `digest`.
        form: &'static str,
    },
    /// A value cannot be written as JSON.
    #[error("value cannot be written as JSON")]
    NotJson(#[source] serde_json::Error),
    /// An integer would be rounded by canonical JSON.
    #[error("integer `{value}` is beyond what canonical JSON carries exactly")]
    IntegerTooLarge {
        /// The integer in decimal.
        value: String,
    },
    /// Bytes are no key of the algorithm.
    #[error("bytes are no {algorithm} key")]
    KeyMalformed {
        /// The algorithm the key was read for.
        algorithm: Algorithm,
    },
    /// A JSON Web Key lacks a member or has one that cannot be read.
    #[error("the JSON Web Key is not usable: {why}")]
    JwkMalformed {
        /// What is wrong, in English.
        why: &'static str,
    },
    /// The signature does not belong to these bytes and this key.
    #[error("the signature does not belong to this content and this key")]
    SignatureInvalid,
    /// A text is not a compact JWS.
    #[error("text is not a compact JWS: {why}")]
    JwsMalformed {
        /// What is wrong, in English.
        why: &'static str,
    },
    /// The signature names a key that is not among the trusted ones.
    #[error("key `{key}` is not among the trusted keys")]
    KeyNotTrusted {
        /// The key named by the signature; empty if it names none.
        key: String,
    },
    /// The signature claims another algorithm than its key has.
    #[error("the signature claims algorithm `{claimed}`, its key is for {key}")]
    AlgorithmMismatch {
        /// What the signature says.
        claimed: String,
        /// What the key is for.
        key: Algorithm,
    },
    /// The body is not the one whose digest was signed.
    #[error("the body does not have the digest that the message states")]
    ContentDigestWrong,
    /// A message signature or its input cannot be read, or asks for what this crate does not do.
    #[error("the message signature cannot be read: {why}")]
    HttpSignatureMalformed {
        /// What is wrong, in English.
        why: String,
    },
    /// A message signature leaves out a part that must be signed.
    #[error("the message signature does not cover {}", missing.join(", "))]
    HttpSignatureIncomplete {
        /// The components that must be covered and are not.
        missing: Vec<String>,
    },
    /// A message signature is too old, not yet valid, or expired.
    #[error("the message signature of {created} is not acceptable now")]
    SignatureStale {
        /// When it says it was made.
        created: Moment,
    },
    /// The key was not in use when the signature was made.
    #[error("key `{key}` was not in use at {at}")]
    KeyNotInUse {
        /// The key.
        key: KeyId,
        /// When the signature was made.
        at: Moment,
    },
    /// The key's secret half may be in other hands, and nothing proves that the signature is older than that.
    #[error("key `{key}` is compromised since {since}")]
    KeyCompromised {
        /// The key.
        key: KeyId,
        /// Since when.
        since: Moment,
    },
    /// Bytes are no COSE signature.
    #[error("bytes are no COSE signature: {why}")]
    CoseMalformed {
        /// What is wrong, in English.
        why: &'static str,
    },
    /// A seal, its certificate or its signature cannot be made.
    #[error("the seal cannot be made: {why}")]
    SealNotMade {
        /// What is wrong, in English.
        why: String,
    },
    /// A PDF is in a form that cannot be sealed, or its seal cannot be read.
    #[error("the PDF cannot be read: {why}")]
    PdfMalformed {
        /// What is wrong, in English.
        why: &'static str,
    },
    /// A PDF bears no seal.
    #[error("the PDF bears no seal")]
    PdfUnsealed,
}

impl Coded for SealError {
    fn code(&self) -> Code {
        Code::new("SEL", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        let (_, _, zh, en) = self.face();
        Label::new(zh, en)
    }

    fn status(&self) -> u16 {
        match self {
            Self::SignatureInvalid
            | Self::KeyNotTrusted { .. }
            | Self::AlgorithmMismatch { .. }
            | Self::HttpSignatureMalformed { .. }
            | Self::HttpSignatureIncomplete { .. }
            | Self::SignatureStale { .. }
            | Self::KeyNotInUse { .. }
            | Self::KeyCompromised { .. } => 401,
            _ => 422,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Encoding { form } => json!({"form": form}),
            Self::IntegerTooLarge { value } => json!({"value": value}),
            Self::KeyMalformed { algorithm } => json!({"algorithm": algorithm.jose()}),
            Self::JwkMalformed { why } | Self::JwsMalformed { why } => json!({"why": why}),
            Self::HttpSignatureMalformed { why } => json!({"why": why}),
            Self::KeyNotTrusted { key } => json!({"key": key}),
            Self::AlgorithmMismatch { claimed, key } => {
                json!({"claimed": claimed, "key": key.jose()})
            }
            Self::HttpSignatureIncomplete { missing } => json!({"missing": missing}),
            Self::SignatureStale { created } => json!({"created": created}),
            Self::KeyNotInUse { key, at } => json!({"key": key, "at": at}),
            Self::KeyCompromised { key, since } => json!({"key": key, "since": since}),
            Self::CoseMalformed { why } | Self::PdfMalformed { why } => json!({"why": why}),
            Self::SealNotMade { why } => json!({"why": why}),
            Self::NotJson(_)
            | Self::SignatureInvalid
            | Self::ContentDigestWrong
            | Self::PdfUnsealed => return None,
        };
        Some(fields.to_string())
    }
}

impl SealError {
    /// Number, slug, Chinese and English text.
    fn face(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::Encoding { .. } => (
                1,
                "ENCODING_MALFORMED",
                "编码格式不正确，请核对后重新提交。",
                "The text is not in the form it should be in. Check it and send it again.",
            ),
            Self::NotJson(_) | Self::IntegerTooLarge { .. } => (
                2,
                "NOT_CANONICAL",
                "内容无法转换为规范 JSON，不能签名。",
                "The content has no canonical JSON and cannot be signed.",
            ),
            Self::KeyMalformed { .. } | Self::JwkMalformed { .. } => {
                (3, "KEY_MALFORMED", "密钥格式不正确。", "The key is malformed.")
            }
            Self::SignatureInvalid => (
                4,
                "SIGNATURE_INVALID",
                "签名验证不通过：内容被更改，或不是该密钥所签。",
                "The signature does not hold: the content was changed, or another key signed it.",
            ),
            Self::JwsMalformed { .. } => {
                (5, "JWS_MALFORMED", "签名文件格式不正确。", "The signed file is malformed.")
            }
            Self::KeyNotTrusted { .. } => (
                6,
                "KEY_NOT_TRUSTED",
                "签名所用密钥不在受信任的密钥之列。",
                "The key of the signature is not among the trusted ones.",
            ),
            Self::AlgorithmMismatch { .. } => (
                7,
                "ALGORITHM_MISMATCH",
                "签名声明的算法与密钥不符。",
                "The algorithm that the signature claims is not that of its key.",
            ),
            Self::ContentDigestWrong => (
                8,
                "CONTENT_DIGEST_WRONG",
                "报文内容与其声明的摘要不一致。",
                "The body does not have the digest that the message states.",
            ),
            Self::HttpSignatureMalformed { .. }
            | Self::HttpSignatureIncomplete { .. }
            | Self::SignatureStale { .. }
            | Self::KeyNotInUse { .. } => self.face_of_message(),
            Self::KeyCompromised { .. }
            | Self::CoseMalformed { .. }
            | Self::SealNotMade { .. }
            | Self::PdfMalformed { .. }
            | Self::PdfUnsealed => self.face_of_seal(),
        }
    }

    /// As [`SealError::face`], of what concerns codes, certificates and sealed documents.
    fn face_of_seal(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::CoseMalformed { .. } => {
                (20, "COSE_MALFORMED", "离线码无法读取。", "The offline code cannot be read.")
            }
            Self::SealNotMade { .. } => (
                21,
                "SEAL_NOT_MADE",
                "电子印章或其证书无法生成。",
                "The seal or its certificate cannot be made.",
            ),
            Self::PdfMalformed { .. } => (
                22,
                "PDF_MALFORMED",
                "该 PDF 文件的结构无法读取。",
                "The structure of this PDF cannot be read.",
            ),
            Self::PdfUnsealed => (
                23,
                "PDF_UNSEALED",
                "该 PDF 文件没有电子签章。",
                "This PDF bears no electronic seal.",
            ),
            _ => (
                24,
                "KEY_COMPROMISED",
                "签名所用密钥已泄露，且没有其他证据证明签名早于泄露。",
                "The signing key is compromised, and nothing proves that the signature is older.",
            ),
        }
    }

    /// As [`SealError::face`], of what concerns messages and key history.
    fn face_of_message(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::HttpSignatureMalformed { .. } => (
                9,
                "HTTP_SIGNATURE_MALFORMED",
                "报文缺少签名，或签名无法读取。",
                "The message has no signature that can be read.",
            ),
            Self::HttpSignatureIncomplete { .. } => (
                10,
                "HTTP_SIGNATURE_INCOMPLETE",
                "报文签名没有覆盖必须签名的部分。",
                "The message signature leaves out parts that must be signed.",
            ),
            Self::SignatureStale { .. } => (
                11,
                "SIGNATURE_STALE",
                "报文签名时间过早、过晚或已过期，请重新签名后发送。",
                "The message signature is too old, from the future, or expired. Sign again and send.",
            ),
            _ => (
                12,
                "KEY_NOT_IN_USE",
                "签名时该密钥不在使用期内。",
                "The key was not in use when the signature was made.",
            ),
        }
    }
}

/// A key that cannot be had from where keys are kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No key has this id.
    #[error("no key has the id `{key}`")]
    Unknown {
        /// The id asked for.
        key: KeyId,
    },
    /// No key for this purpose and algorithm is in use now.
    #[error("no {algorithm} key for `{purpose}` is in use")]
    Missing {
        /// What the key would be for.
        purpose: String,
        /// The algorithm asked for.
        algorithm: Algorithm,
    },
    /// The key is retired and signs no more.
    #[error("key `{key}` is retired and signs no more")]
    Retired {
        /// The key.
        key: KeyId,
    },
    /// A key file or its folder cannot be read or written.
    #[error("key file {} cannot be read or written", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A key file holds something else than it should.
    #[error("key file {} is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, in English.
        why: String,
    },
    /// Others than the owner may read a key file.
    #[error("key file {} can be read by others (mode {mode:o})", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Where the keys are kept does not answer, such as a hardware module.
    #[error("the key store does not answer: {why}")]
    Unavailable {
        /// What is known of the cause, in English.
        why: String,
    },
}

impl Coded for KeyError {
    fn code(&self) -> Code {
        Code::new("SEL", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        let (_, _, zh, en) = self.face();
        Label::new(zh, en)
    }

    fn status(&self) -> u16 {
        match self {
            Self::Unknown { .. } => 404,
            Self::Retired { .. } => 409,
            _ => 503,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Unknown { key } | Self::Retired { key } => json!({"key": key}),
            Self::Missing { purpose, algorithm } => {
                json!({"purpose": purpose, "algorithm": algorithm.jose()})
            }
            // Where keys lie is for the operator's log, not for whoever asked.
            Self::File { .. }
            | Self::Damaged { .. }
            | Self::Exposed { .. }
            | Self::Unavailable { .. } => return None,
        };
        Some(fields.to_string())
    }
}

impl KeyError {
    /// Number, slug, Chinese and English text.
    fn face(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::Unknown { .. } => {
                (13, "KEY_UNKNOWN", "没有该编号的密钥。", "No key has this id.")
            }
            Self::Missing { .. } => (
                14,
                "KEY_MISSING",
                "没有可用于此用途的密钥，请联系运维人员。",
                "No key for this purpose is in use. Tell the operator.",
            ),
            Self::Retired { .. } => (
                15,
                "KEY_RETIRED",
                "该密钥已停用，不能再签名。",
                "The key is retired and signs no more.",
            ),
            Self::File { .. } => (
                16,
                "KEY_FILE",
                "密钥文件无法读写，请联系运维人员。",
                "A key file cannot be read or written. Tell the operator.",
            ),
            Self::Damaged { .. } => (
                17,
                "KEY_FILE_DAMAGED",
                "密钥文件已损坏，请联系运维人员。",
                "A key file is damaged. Tell the operator.",
            ),
            Self::Exposed { .. } => (
                18,
                "KEY_FILE_EXPOSED",
                "密钥文件可被他人读取，系统拒绝使用。",
                "A key file can be read by others and is not used.",
            ),
            Self::Unavailable { .. } => (
                19,
                "KEY_STORE_UNAVAILABLE",
                "密钥设备暂时没有响应，请稍后再试。",
                "The key store does not answer at the moment. Try again later.",
            ),
        }
    }
}

/// Something that could not be signed: it has no signable form, or the key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The content has no signable form.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl SignError {
    fn inner(&self) -> &dyn Coded {
        match self {
            Self::Seal(error) => error,
            Self::Key(error) => error,
        }
    }
}

impl Coded for SignError {
    fn code(&self) -> Code {
        self.inner().code()
    }

    fn reason(&self) -> Reason {
        self.inner().reason()
    }

    fn label(&self) -> Label {
        self.inner().label()
    }

    fn status(&self) -> u16 {
        self.inner().status()
    }

    fn fields(&self) -> Option<String> {
        self.inner().fields()
    }
}
