//! Why linkage does not do what a partner says.

use codes::{Code, Coded, Label, Reason};
use serde_json::json;

/// A lawful "no" of linkage itself; most are those of the case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkageError {
    /// A value that a partner gives is not one that its service gives, or not written as its element is.
    #[error("the value of `{key}` is not taken: {why}")]
    Field {
        /// The element.
        key: String,
        /// What is wrong: `not_asked`, `misshapen`.
        why: &'static str,
    },
}

impl Coded for LinkageError {
    fn code(&self) -> Code {
        Code::new("LNK", 1)
    }

    fn reason(&self) -> Reason {
        "FIELD"
    }

    fn label(&self) -> Label {
        Label::new(
            "回告的办理结果中有本事项不产生的数据，或者数据格式不正确。请按事项约定更正后，用新的报文编号重新回告。",
            "The answer gives a value that this service does not give, or one of the wrong form. Correct it and answer again under a new id.",
        )
    }

    fn status(&self) -> u16 {
        422
    }

    fn fields(&self) -> Option<String> {
        let Self::Field { key, why } = self;
        Some(json!({ "key": key, "why": why }).to_string())
    }
}
