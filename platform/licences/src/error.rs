//! Lawful refusals of licences.

use crate::model::State;
use codes::{Code, Coded, Date, Label, Reason};
use documents::{DocumentError, NumberError};
use seals::SealError;
use serde_json::json;

/// Why licences say no.
#[derive(Debug, thiserror::Error)]
pub enum LicenceError {
    /// The key has a licence already, ordered otherwise.
    #[error("the licence is there already, ordered otherwise")]
    Taken,
    /// There is no such licence.
    #[error("there is no such licence")]
    Unknown,
    /// The act does not fit the state the licence is in.
    #[error("the licence is {}", .state.word())]
    WrongState {
        /// The state it is in.
        state: State,
    },
    /// An act without reason or article.
    #[error("`{key}` is empty or too long")]
    GroundMissing {
        /// Which part.
        key: &'static str,
    },
    /// The last day lies before the first.
    #[error("a licence valid from {from} cannot end on {to}")]
    TermImpossible {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
    /// The template has no series, and the order gives no number.
    #[error("template `{template}` has no number series")]
    SeriesMissing {
        /// The template.
        template: String,
    },
    /// The signed document is not ready yet.
    #[error("the licence is not signed yet")]
    NotSigned,
    /// The act asked for is none.
    #[error("`{0}` is nothing that can be done to a licence")]
    NoSuchAct(String),
    /// Who asks acts for no party.
    #[error("licences are listed for a party")]
    NotAParty,
    /// What was sent to be checked is too long.
    #[error("what is to be checked is too long")]
    CheckTooLong,
    /// A credential, a presentation or a status list cannot be read.
    #[error("the credential cannot be read: {why}")]
    CredentialMalformed {
        /// What is wrong, in English.
        why: &'static str,
    },
    /// A claim that the credential does not have.
    #[error("the credential has no claim `{0}`")]
    NoSuchClaim(String),
    /// A presentation shows what the issuer did not sign.
    #[error("claim `{name}` does not belong to the credential")]
    DisclosureForeign {
        /// Which claim.
        name: String,
    },
    /// What was sent is nothing that can be verified here.
    #[error("this is nothing that can be verified here")]
    NothingKnown,
    /// The licence has no credential.
    #[error("the licence has no credential")]
    NoCredential,
    /// A signature, a key or a signed text does not hold.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The document cannot be made.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The number cannot be given.
    #[error(transparent)]
    Number(#[from] NumberError),
}

impl Coded for LicenceError {
    fn code(&self) -> Code {
        match self {
            Self::Document(error) => error.code(),
            Self::Number(error) => error.code(),
            Self::Seal(error) => error.code(),
            own => Code::new("LIC", own.face().0),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Document(error) => error.reason(),
            Self::Number(error) => error.reason(),
            Self::Seal(error) => error.reason(),
            own => own.face().1,
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Document(error) => error.label(),
            Self::Number(error) => error.label(),
            Self::Seal(error) => error.label(),
            Self::WrongState { state } => {
                let state = state.label();
                Label::new(
                    format!("该证照当前状态为“{}”，不能这样办理。", state.zh),
                    format!("The licence is in the state `{}`; this cannot be done now.", state.en),
                )
            }
            own => {
                let (_, _, zh, en) = own.face();
                Label::new(zh, en)
            }
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Unknown | Self::NoCredential => 404,
            Self::Taken | Self::WrongState { .. } | Self::NotSigned => 409,
            Self::NotAParty => 403,
            Self::CheckTooLong => 413,
            Self::Document(error) => error.status(),
            Self::Number(error) => error.status(),
            Self::Seal(error) => error.status(),
            _ => 422,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::WrongState { state } => json!({"state": state}),
            Self::GroundMissing { key } => json!({"key": key, "why": "LENGTH"}),
            Self::TermImpossible { from, to } => json!({"valid_from": from, "valid_to": to}),
            Self::SeriesMissing { template } => json!({"template": template}),
            Self::Document(error) => return error.fields(),
            Self::Number(error) => return error.fields(),
            Self::Seal(error) => return error.fields(),
            Self::CredentialMalformed { why } => json!({"why": why}),
            Self::NoSuchClaim(name) | Self::DisclosureForeign { name } => json!({"claim": name}),
            _ => return None,
        };
        Some(fields.to_string())
    }
}

impl LicenceError {
    /// Number, slug, Chinese and English text of what is our own.
    fn face(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::Taken => (
                1,
                "TAKEN",
                "该证照已经签发，内容与本次不同。",
                "This licence was ordered already, with other content.",
            ),
            Self::Unknown => (2, "NOT_FOUND", "没有这份证照。", "There is no such licence."),
            Self::WrongState { .. } => (3, "WRONG_STATE", "", ""),
            Self::GroundMissing { .. } => (
                4,
                "FIELD",
                "请写明事由和依据的条款，各不超过 500 字。",
                "State the reason and the article, at most 500 characters each.",
            ),
            Self::TermImpossible { .. } => (
                5,
                "TERM_IMPOSSIBLE",
                "有效期截止日早于起始日。",
                "The last day of validity lies before the first.",
            ),
            Self::SeriesMissing { .. } => (
                6,
                "SERIES_MISSING",
                "该证照没有编号规则，也没有给出编号。",
                "This kind of licence has no number series and no number was given.",
            ),
            Self::NotSigned => (
                7,
                "NOT_SIGNED",
                "证照正在签章，请稍后再来下载。",
                "The licence is being signed. Come back shortly.",
            ),
            Self::NoSuchAct(_) => (
                8,
                "NO_SUCH_ACT",
                "没有这种办理方式，请从页面上选择。",
                "There is no such act. Choose one on the page.",
            ),
            Self::NotAParty => (
                9,
                "NOT_ENTITLED",
                "“我的证照”只向企业和个人开放。",
                "`My licences` is for enterprises and persons.",
            ),
            Self::CredentialMalformed { .. }
            | Self::NoSuchClaim(_)
            | Self::DisclosureForeign { .. }
            | Self::NothingKnown
            | Self::NoCredential => self.face_of_credential(),
            Self::CheckTooLong | Self::Document(_) | Self::Number(_) | Self::Seal(_) => {
                (10, "TOO_LONG", "待核验的内容过长。", "What is to be checked is too long.")
            }
        }
    }

    /// As [`LicenceError::face`], of what concerns credentials and what is brought to be verified.
    fn face_of_credential(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::CredentialMalformed { .. } => (
                11,
                "CREDENTIAL_MALFORMED",
                "凭证或状态清单的格式不正确。",
                "The credential or status list is malformed.",
            ),
            Self::NoSuchClaim(_) => (
                12,
                "NO_SUCH_CLAIM",
                "该证照没有所选的信息项，请从页面上选择。",
                "The licence has no such item. Choose on the page.",
            ),
            Self::DisclosureForeign { .. } => (
                13,
                "DISCLOSURE_FOREIGN",
                "出示的某一项不是发证机关签署的内容。",
                "One of the items shown was not signed by the issuing organ.",
            ),
            Self::NothingKnown => (
                14,
                "NOTHING_KNOWN",
                "这不是本平台能核验的内容：请提供证照 PDF、签名内容、出示凭证或离线码文本。",
                "This cannot be verified here: give a licence as PDF, a signed statement, a presentation or the text of an offline code.",
            ),
            _ => (
                15,
                "NO_CREDENTIAL",
                "该证照没有可验证凭证，或其信息已依法删除。",
                "This licence has no credential, or its data was erased by law.",
            ),
        }
    }
}
