//! Lawful refusals of delivery.

use codes::{Code, Coded, Date, Label, Reason};
use documents::{DocumentError, NumberError};

/// Why delivery says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The notice exists already.
    #[error("the notice is there already")]
    NoticeTaken,
    /// There is no such notice.
    #[error("there is no such notice")]
    NoticeUnknown,
    /// The document is not ready yet.
    #[error("the document is not ready yet")]
    NotPrepared,
    /// The notice is served already.
    #[error("the notice was served on {on}")]
    AlreadyServed {
        /// When.
        on: Date,
    },
    /// Nothing was posted that could have arrived or come back.
    #[error("nothing was posted")]
    NothingPosted,
    /// A day lies before the thing it follows, or after today.
    #[error("{on} is not between {earliest} and {latest}")]
    DayImpossible {
        /// The day given.
        on: Date,
        /// The earliest that can be.
        earliest: Date,
        /// The latest that can be.
        latest: Date,
    },
    /// A text is empty or too long.
    #[error("`{key}` is empty or too long")]
    TextMissing {
        /// Which.
        key: &'static str,
    },
    /// Only the party upon whom it is served may do this.
    #[error("the notice is served upon another party")]
    NotTheRecipient,
    /// Consent was given for a channel without its address.
    #[error("consent to `{}` needs an address", .channel.word())]
    AddressMissing {
        /// The channel.
        channel: crate::model::Channel,
    },
    /// Consent can be given for electronic channels only.
    #[error("`{}` is no electronic channel", .channel.word())]
    NotElectronic {
        /// The channel.
        channel: crate::model::Channel,
    },
    /// The document cannot be made.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The number cannot be given.
    #[error(transparent)]
    Number(#[from] NumberError),
}

impl Coded for DeliveryError {
    fn code(&self) -> Code {
        let number = match self {
            Self::NoticeTaken => 1,
            Self::NoticeUnknown => 2,
            Self::NotPrepared => 3,
            Self::AlreadyServed { .. } => 4,
            Self::NothingPosted => 5,
            Self::DayImpossible { .. } => 6,
            Self::TextMissing { .. } => 7,
            Self::NotTheRecipient => 8,
            Self::AddressMissing { .. } => 9,
            Self::NotElectronic { .. } => 10,
            Self::Document(error) => return error.code(),
            Self::Number(error) => return error.code(),
        };
        Code::new("DLV", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::NoticeTaken => "TAKEN",
            Self::NoticeUnknown => "NOTICE_UNKNOWN",
            Self::NotPrepared => "NOT_PREPARED",
            Self::AlreadyServed { .. } => "ALREADY_SERVED",
            Self::NothingPosted => "NOTHING_POSTED",
            Self::DayImpossible { .. } | Self::TextMissing { .. } => "FIELD",
            Self::NotTheRecipient => "NOT_ENTITLED",
            Self::AddressMissing { .. } => "ADDRESS_MISSING",
            Self::NotElectronic { .. } => "NOT_ELECTRONIC",
            Self::Document(error) => error.reason(),
            Self::Number(error) => error.reason(),
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::NoticeTaken => {
                Label::new("这份文书已经存在，无需重复制发。", "This notice exists already.")
            }
            Self::NoticeUnknown => Label::new(
                "没有找到这份文书。请核对链接，或从收件箱打开。",
                "There is no such notice. Check the link, or open it from the inbox.",
            ),
            Self::NotPrepared => Label::new(
                "文书正在制作，请稍后再试。",
                "The document is still being made. Please try again shortly.",
            ),
            Self::AlreadyServed { on } => Label::new(
                format!(
                    "这份文书已于{}年{}月{}日送达，无需再次送达。",
                    on.year(),
                    on.month(),
                    on.day()
                ),
                format!("This notice was served on {on}; it need not be served again."),
            ),
            Self::NothingPosted => Label::new(
                "尚未登记邮寄，不能登记签收或者退件。请先登记邮件号。",
                "No posting is recorded yet. Record the carrier's number first.",
            ),
            Self::DayImpossible { earliest, latest, .. } => Label::new(
                format!("日期应在{earliest}至{latest}之间。"),
                format!("The day must be between {earliest} and {latest}."),
            ),
            Self::TextMissing { .. } => Label::new(
                "请填写此项，并不超过200字。",
                "Please fill this in, with 200 characters at most.",
            ),
            Self::NotTheRecipient => Label::new(
                "这份文书的受送达人不是您。请切换办事身份后再试。",
                "This notice is not addressed to you. Switch to the role it is addressed to.",
            ),
            Self::AddressMissing { .. } => Label::new(
                "同意电子邮件送达的，请填写接收邮箱。",
                "Give the e-mail address at which you want to be served.",
            ),
            Self::NotElectronic { .. } => Label::new(
                "只有平台收件箱和电子邮件需要同意。",
                "Consent is needed for the inbox and for e-mail only.",
            ),
            Self::Document(error) => error.label(),
            Self::Number(error) => error.label(),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::NoticeTaken
            | Self::NotPrepared
            | Self::AlreadyServed { .. }
            | Self::NothingPosted => 409,
            Self::NoticeUnknown => 404,
            Self::NotTheRecipient => 403,
            Self::DayImpossible { .. }
            | Self::TextMissing { .. }
            | Self::AddressMissing { .. }
            | Self::NotElectronic { .. } => 422,
            Self::Document(error) => error.status(),
            Self::Number(error) => error.status(),
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::AlreadyServed { on } => serde_json::json!({"on": on.to_string()}),
            Self::DayImpossible { earliest, latest, .. } => {
                serde_json::json!({"key": "on", "earliest": earliest.to_string(), "latest": latest.to_string()})
            }
            Self::TextMissing { key } => serde_json::json!({"key": key, "why": "LENGTH"}),
            Self::AddressMissing { channel } | Self::NotElectronic { channel } => {
                serde_json::json!({"channel": channel.word()})
            }
            Self::Document(error) => return error.fields(),
            Self::Number(error) => return error.fields(),
            Self::NoticeTaken
            | Self::NoticeUnknown
            | Self::NotPrepared
            | Self::NothingPosted
            | Self::NotTheRecipient => return None,
        };
        Some(fields.to_string())
    }
}
