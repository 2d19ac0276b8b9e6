//! Lawful refusals of an erasure.

use codes::{Code, Coded, Label, Reason};
use serde_json::json;

/// Why data is not erased.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErasureError {
    /// The step does not fit how far the erasure has come.
    #[error("the erasure is {0}")]
    WrongState(&'static str),
    /// Whoever ordered it also confirms it.
    #[error("whoever ordered an erasure does not confirm it")]
    SamePerson,
    /// Erasing is ordered and confirmed by officers.
    #[error("an erasure is ordered and confirmed by officers")]
    NotAnOfficer,
    /// A module still needs the data.
    #[error("the data must still be kept: {}", .0.en)]
    StillNeeded(Label),
    /// No key can have this name.
    #[error("`{0}` is not the name of a key")]
    NoSuchKey(String),
    /// No ground of the article has this word.
    #[error("`{0}` is no ground of the article")]
    NoSuchCause(String),
}

impl ErasureError {
    fn face(&self) -> (u16, Reason, u16) {
        match self {
            Self::WrongState(_) => (901, "WRONG_STATE", 409),
            Self::SamePerson => (902, "DISTINCT_PERSONS", 422),
            Self::NotAnOfficer => (903, "NOT_ENTITLED", 403),
            Self::StillNeeded(_) => (904, "STILL_NEEDED", 409),
            Self::NoSuchKey(_) => (905, "KEY_NAME", 422),
            Self::NoSuchCause(_) => (906, "ERASURE_CAUSE", 422),
        }
    }
}

impl Coded for ErasureError {
    fn code(&self) -> Code {
        Code::new("EVD", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn status(&self) -> u16 {
        self.face().2
    }

    fn label(&self) -> Label {
        match self {
            Self::WrongState(_) => Label::new(
                "这项删除所处的步骤不允许这样操作。请刷新页面后再看。",
                "The erasure is at another step. Reload the page and look again.",
            ),
            Self::SamePerson => Label::new(
                "下达删除的人不能自己确认。请由另一名工作人员确认。",
                "Whoever ordered an erasure cannot confirm it. Another officer has to.",
            ),
            Self::NotAnOfficer => Label::new(
                "删除由工作人员下达和确认。",
                "An erasure is ordered and confirmed by officers.",
            ),
            Self::StillNeeded(why) => Label::new(
                format!("这些信息现在还不能删除：{}", why.zh),
                format!("This data cannot be erased yet: {}", why.en),
            ),
            Self::NoSuchKey(_) => Label::new(
                "没有这样的密钥名称。办件写作“case/办件编号”。",
                "No key has such a name. For a case, write `case/` and its number.",
            ),
            Self::NoSuchCause(_) => Label::new(
                "请从个人信息保护法第四十七条所列情形中选一项。",
                "Choose one of the cases that article 47 of the Personal Information Protection Law names.",
            ),
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::WrongState(state) => json!({ "found": state }),
            Self::NoSuchKey(key) => json!({ "key": key }),
            Self::NoSuchCause(cause) => json!({ "cause": cause }),
            Self::SamePerson | Self::NotAnOfficer | Self::StillNeeded(_) => return None,
        };
        Some(fields.to_string())
    }
}
