//! Lawful refusals of propagation.

use codes::{Code, Coded, Label, Reason};
use serde_json::json;

/// Why a propagation says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PropagationError {
    /// Nothing was told yet.
    #[error("nothing was told yet")]
    NothingTold,
    /// This partner is no recipient of it.
    #[error("`{recipient}` is no recipient")]
    NoRecipient {
        /// The partner.
        recipient: String,
    },
    /// There is nobody to tell.
    #[error("there is nobody to tell")]
    NobodyToTell,
    /// A text is missing or too long.
    #[error("`{key}` is empty or too long")]
    TextMissing {
        /// Which.
        key: &'static str,
    },
    /// The last day of waiting cannot be computed.
    #[error("the term cannot be computed")]
    Term,
}

impl PropagationError {
    /// Number, slug, status, Chinese and English text.
    fn face(&self) -> (u16, Reason, u16, &'static str, &'static str) {
        match self {
            Self::NothingTold => (
                10,
                "NOT_FOUND",
                404,
                "没有这项传播记录，请从列表中选择。",
                "There is no such propagation. Choose one from the list.",
            ),
            Self::NoRecipient { .. } => (
                11,
                "NO_RECIPIENT",
                404,
                "该单位没有收到过这项信息，不在应当告知的单位之列。",
                "This system was never told of it and is not among those to be told.",
            ),
            Self::NobodyToTell => (
                12,
                "NOBODY_TO_TELL",
                422,
                "没有应当告知的单位。请至少列出一个接收单位。",
                "There is nobody to tell. Name at least one recipient.",
            ),
            Self::TextMissing { .. } => (
                13,
                "FIELD",
                422,
                "请填写该项，不超过 200 字。",
                "Fill in this field, at most 200 characters.",
            ),
            Self::Term => (
                14,
                "TERM",
                503,
                "期限无法计算，请联系运行人员检查日历数据。",
                "The term cannot be computed. Please contact the operator to check the calendar data.",
            ),
        }
    }
}

impl Coded for PropagationError {
    fn code(&self) -> Code {
        Code::new("EXC", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        let (_, _, _, zh, en) = self.face();
        Label::new(zh, en)
    }

    fn status(&self) -> u16 {
        self.face().2
    }

    fn fields(&self) -> Option<String> {
        match self {
            Self::NoRecipient { recipient } => Some(json!({"recipient": recipient}).to_string()),
            Self::TextMissing { key } => Some(json!({"key": key, "why": "LENGTH"}).to_string()),
            Self::NothingTold | Self::NobodyToTell | Self::Term => None,
        }
    }
}
