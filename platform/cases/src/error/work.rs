//! What officers and programs are refused before a case is asked anything.

use codes::{Code, Coded, Label, Reason};
use serde_json::json;

/// Why an officer or a program is refused at the door.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// The service of the task does not ask for this field.
    #[error("service `{service}` does not ask for `{path}`")]
    FieldOutside {
        /// The service.
        service: String,
        /// The path.
        path: String,
    },
    /// The command is the platform's own, or belongs to a page that checks more than the command says.
    #[error("`{0}` is no command that can be sent here")]
    CommandInternal(String),
    /// A day was not typed as one.
    #[error("`{0}` is no day")]
    NotADay(String),
}

impl WorkError {
    fn row(&self) -> (u16, Reason, u16, &'static str, &'static str) {
        match self {
            Self::FieldOutside { .. } => (
                60,
                "FIELD_OUTSIDE",
                403,
                "该字段不在本环节的申请表内，您无权查看；此次请求已记录。",
                "The form of this task does not ask for that field. You may not see it; this request was recorded.",
            ),
            Self::CommandInternal(_) => (
                61,
                "COMMAND_INTERNAL",
                403,
                "该操作由平台或者专门页面办理，不能在这里提交。",
                "This is done by the platform or on a page of its own and cannot be sent here.",
            ),
            Self::NotADay(_) => (
                62,
                "NOT_A_DAY",
                422,
                "请填写日期，例如 2026-02-25。",
                "Please give a day, such as 2026-02-25.",
            ),
        }
    }
}

impl Coded for WorkError {
    fn code(&self) -> Code {
        Code::new("CASE", self.row().0)
    }

    fn reason(&self) -> Reason {
        self.row().1
    }

    fn label(&self) -> Label {
        let (_, _, _, zh, en) = self.row();
        Label::new(zh, en)
    }

    fn status(&self) -> u16 {
        self.row().2
    }

    fn fields(&self) -> Option<String> {
        let value = match self {
            Self::FieldOutside { service, path } => json!({ "service": service, "path": path }),
            Self::CommandInternal(command) => json!({ "command": command }),
            Self::NotADay(text) => json!({ "text": text }),
        };
        Some(value.to_string())
    }
}
