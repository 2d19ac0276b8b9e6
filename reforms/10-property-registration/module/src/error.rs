//! Lawful refusals of real-estate registration.

use crate::model::State;
use codes::{Code, Coded, Label, Reason};
use serde_json::json;

/// Why a registration says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PropertyError {
    /// The number has a registration already, with other content.
    #[error("the registration is there already, with other content")]
    Taken,
    /// There is no such registration.
    #[error("there is no such registration")]
    Unknown,
    /// The act does not fit the state that it is in.
    #[error("the registration is {}", .state.word())]
    WrongState {
        /// The state.
        state: State,
    },
    /// Not everybody who has to apply has confirmed.
    #[error("`{}` have not confirmed", .who.join(", "))]
    SignaturesMissing {
        /// Who.
        who: Vec<String>,
    },
    /// Tasks are still open.
    #[error("tasks `{}` are open", .items.join(", "))]
    Incomplete {
        /// Which.
        items: Vec<String>,
    },
    /// Whoever examined it may not enter it as well.
    #[error("two different officers are needed")]
    DistinctPersons,
    /// Something does not fit.
    #[error("`{key}` does not fit")]
    Field {
        /// Which part.
        key: &'static str,
    },
    /// No row of a table answers.
    #[error("table `{table}` does not answer: {why}")]
    Rule {
        /// Which table.
        table: &'static str,
        /// What it says.
        why: String,
    },
    /// Who asks may not see this.
    #[error("who asks is not entitled")]
    NotEntitled,
    /// A purpose has to be named.
    #[error("the purpose is missing")]
    PurposeMissing,
    /// There is no such unit in the book.
    #[error("there is no such unit in the book")]
    UnitUnknown,
    /// The order that is to be prolonged or released does not stand in the book.
    #[error("the earlier order does not stand in the book")]
    OrderUnknown,
    /// The figure is not the one that the book names.
    #[error("the figure is not the one that the book names")]
    FigureDiffers,
    /// A system that is asked gives no answer.
    #[error("`{organ}` gives no answer")]
    PartnerDown {
        /// Which.
        organ: &'static str,
    },
    /// Faces did not match.
    #[error("the face does not match")]
    FaceDiffers,
}

impl Coded for PropertyError {
    fn code(&self) -> Code {
        Code::new("R10", self.face().0)
    }

    fn reason(&self) -> Reason {
        self.face().1
    }

    fn label(&self) -> Label {
        match self {
            Self::WrongState { state } => {
                let state = state.label();
                Label::new(
                    format!("该登记当前状态为“{}”，不能这样办理。", state.zh),
                    format!(
                        "The registration is in the state `{}`; this cannot be done now.",
                        state.en
                    ),
                )
            }
            Self::Incomplete { items } => {
                let names: Vec<Label> =
                    items.iter().map(|name| crate::model::task_label(name)).collect();
                let zh: Vec<&str> = names.iter().map(|label| label.zh.as_str()).collect();
                let en: Vec<&str> = names.iter().map(|label| label.en.as_str()).collect();
                Label::new(
                    format!("还有环节没有办完：{}。", zh.join("、")),
                    format!("These steps are still open: {}.", en.join(", ")),
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
            Self::Unknown | Self::UnitUnknown | Self::OrderUnknown => 404,
            Self::Taken | Self::WrongState { .. } | Self::DistinctPersons => 409,
            Self::NotEntitled | Self::FaceDiffers => 403,
            Self::PartnerDown { .. } => 503,
            _ => 422,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::WrongState { state } => json!({"state": state}),
            Self::SignaturesMissing { who } => json!({"who": who}),
            Self::Incomplete { items } => json!({"items": items}),
            Self::Field { key } => json!({"key": key}),
            Self::Rule { table, .. } => json!({"table": table}),
            Self::PartnerDown { organ } => json!({"organ": organ}),
            _ => return None,
        };
        Some(fields.to_string())
    }
}

impl PropertyError {
    /// Number, slug, Chinese and English text.
    fn face(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::Taken => (
                10,
                "TAKEN",
                "该受理编号已有申请，内容与本次不同。",
                "This registration was applied for already, with other content.",
            ),
            Self::Unknown => (11, "NOT_FOUND", "没有这件登记。", "There is no such registration."),
            Self::WrongState { .. } => (12, "WRONG_STATE", "", ""),
            Self::SignaturesMissing { .. } => (
                13,
                "SIGNATURES_MISSING",
                "应当由双方共同申请，还有申请人没有确认。",
                "Both sides have to apply; not everybody has confirmed.",
            ),
            Self::Incomplete { .. } => (14, "INCOMPLETE", "", ""),
            Self::DistinctPersons => (
                15,
                "DISTINCT_PERSONS",
                "该笔登记须由另一名工作人员登簿，审核人不能同时登簿。",
                "Another officer has to enter this; whoever examined it cannot.",
            ),
            Self::Field { .. } => (
                16,
                "FIELD",
                "填写的内容不完整或者不符合要求，请核对。",
                "Something is missing or does not fit; check it.",
            ),
            Self::Rule { .. } => (
                17,
                "RULE_GAP",
                "规则表没有给出结论，请联系平台管理员。",
                "A rule table does not answer; tell the operator.",
            ),
            asked => asked.of_others(),
        }
    }

    /// The same, of what is asked of others and by others.
    fn of_others(&self) -> (u16, Reason, &'static str, &'static str) {
        match self {
            Self::NotEntitled => (
                18,
                "NOT_ENTITLED",
                "您不是权利人，也没有提交能证明利害关系的材料，不能查询。",
                "You are not the holder and have proved no interest; this cannot be looked up.",
            ),
            Self::PurposeMissing => {
                (19, "PURPOSE_MISSING", "请写明查询目的。", "Say for what purpose you ask.")
            }
            Self::UnitUnknown => (
                20,
                "UNIT_UNKNOWN",
                "登记簿中没有这个不动产单元。",
                "There is no such unit in the book.",
            ),
            Self::OrderUnknown => (
                24,
                "ORDER_UNKNOWN",
                "登记簿中没有该文号的现行查封，请核对文号、法院和不动产单元号。",
                "No seizure of that number stands on the unit. Check number, court and unit.",
            ),
            Self::FigureDiffers => (
                21,
                "FIGURE_DIFFERS",
                "附图与登记簿记载的摘要不一致，未予展示。",
                "The figure is not the one that the book names; it is not shown.",
            ),
            Self::PartnerDown { .. } => (
                22,
                "PARTNER_DOWN",
                "对方系统没有回应，请稍后重试，或者到窗口办理。",
                "The other system gives no answer. Try again, or come to the window.",
            ),
            // The others have their face above.
            _ => (
                23,
                "FACE_DIFFERS",
                "人脸与证件照片不一致，请重试，或者到窗口核验身份。",
                "The face does not match the document. Try again, or come to the window.",
            ),
        }
    }
}
