//! Lawful "no"s of a case.

mod desk;
mod work;

pub use desk::DeskError;
pub use work::WorkError;

use crate::model::{CaseState, TaskState};
use codes::{Code, Coded, Date, Label, Reason};
use serde_json::json;

/// Why a case refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// The case was opened before.
    #[error("the case is open already")]
    AlreadyOpen,
    /// There is no such case.
    #[error("there is no such case")]
    NoSuchCase,
    /// The case has no such task.
    #[error("the case has no task `{0}`")]
    NoSuchTask(String),
    /// The case stands elsewhere than the command needs.
    #[error("the case is {}, the command needs another state", found.word())]
    WrongState {
        /// Where it stands.
        found: CaseState,
    },
    /// The task stands elsewhere than the command needs.
    #[error("task `{task}` is {}, the command needs another state", found.word())]
    WrongTaskState {
        /// Which task.
        task: String,
        /// Where it stands.
        found: TaskState,
    },
    /// The officer's organ does not decide this task.
    #[error("task `{task}` belongs to another organ")]
    OtherOrgan {
        /// Which task.
        task: String,
    },
    /// Fields or materials are missing or wrong.
    #[error("{} items are missing or wrong", items.len())]
    Incomplete {
        /// What, with the reason of each.
        items: Vec<Defect>,
    },
    /// Signatures are missing.
    #[error("{} signatures are missing", who.len())]
    SignaturesMissing {
        /// Card and document, as `p1:articles`.
        who: Vec<String>,
    },
    /// The text signed is not the text that stands now.
    #[error("document `{0}` has another text now")]
    TextChanged(String),
    /// Nobody of that card signs that document.
    #[error("card `{signer}` does not sign document `{document}`")]
    NotASigner {
        /// The card.
        signer: String,
        /// The document.
        document: String,
    },
    /// The answers handed in are not those on record.
    #[error("the answers are not those that were saved last")]
    OtherAnswers,
    /// The definition under which the case was opened is not here.
    #[error("definition `{0}` is not loaded")]
    DefinitionMissing(String),
    /// A supplement after acceptance.
    #[error("a supplement comes before acceptance only")]
    SupplementTooLate,
    /// A second supplement.
    #[error("everything that is missing must be told at once")]
    SupplementTwice,
    /// A supplement that names nothing.
    #[error("a supplement must name fields or materials")]
    SupplementEmpty,
    /// An answer that changes more than was asked for.
    #[error("the answer changes `{0}`, which was not asked for")]
    SupplementOutside(String),
    /// A cause for which the law does not stop the clock.
    #[error("`{0}` is no lawful cause to stop the clock")]
    ClockReasonNotLawful(String),
    /// A stop without its time, or in the wrong order.
    #[error("a stop must name its first and its last day")]
    ClockSpanMissing,
    /// No row lets this limit be extended, or it was extended before.
    #[error("the limit cannot be extended")]
    NotExtendable,
    /// A refusal without reason, article or remedy.
    #[error("a refusal needs a reason, an article and a remedy")]
    RefusalIncomplete,
    /// The name has not been reserved.
    #[error("the name is not reserved")]
    NameNotReserved,
    /// The outcome lacks a value that the organ must give.
    #[error("the outcome lacks `{0}`")]
    ValueMissing(String),
    /// A contribution falls due later than the law allows.
    #[error("a contribution falls due on {latest}, which is too late")]
    ContributionTooLate {
        /// The latest day on which a contribution falls due.
        latest: Date,
    },
    /// A reason is missing.
    #[error("a reason is missing")]
    ReasonMissing,
    /// A term of the plan cannot be computed.
    #[error("a term cannot be computed")]
    Term(#[source] calendar::CalendarError),
}

/// One thing that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Defect {
    /// The path or the slot.
    pub what: String,
    /// The slug of the failure, such as `REQUIRED` or `USCC_CHECK`.
    pub reason: String,
    /// What to do, in both languages.
    pub label: Label,
}

impl CaseError {
    #[expect(clippy::too_many_lines, reason = "one row a variant, a table to read")]
    fn row(&self) -> (u16, Reason, u16, &'static str, &'static str) {
        match self {
            Self::AlreadyOpen => {
                (1, "ALREADY_OPEN", 409, "该办件已经建立。", "This case is open already.")
            }
            Self::NoSuchCase => (
                2,
                "NO_SUCH_CASE",
                404,
                "没有这个办件，请核对办件编号。",
                "There is no such case. Check the case number.",
            ),
            Self::NoSuchTask(_) => {
                (3, "NO_SUCH_TASK", 404, "该办件没有这个环节。", "The case has no such task.")
            }
            Self::WrongState { .. } => (
                4,
                "WRONG_STATE",
                409,
                "办件当前状态不能进行此操作，请刷新页面查看最新状态。",
                "The case's present state does not allow this. Reload the page to see where it stands.",
            ),
            Self::WrongTaskState { .. } => (
                5,
                "WRONG_TASK_STATE",
                409,
                "该环节当前状态不能进行此操作，请刷新页面查看最新状态。",
                "The task's present state does not allow this. Reload the page to see where it stands.",
            ),
            Self::OtherOrgan { .. } => (
                6,
                "NOT_ENTITLED",
                403,
                "该环节由其他单位办理，您无权操作。",
                "This task belongs to another organ.",
            ),
            Self::Incomplete { .. } => (
                7,
                "INCOMPLETE",
                422,
                "还有内容需要填写或更正，请逐项补齐后提交。",
                "Some items are missing or wrong. Complete them and submit again.",
            ),
            Self::SignaturesMissing { .. } => (
                8,
                "SIGNATURES_MISSING",
                422,
                "还有文件未签署，请全部签署后提交。",
                "Some documents are not signed yet. Submit when all have signed.",
            ),
            Self::TextChanged(_) => (
                9,
                "TEXT_CHANGED",
                409,
                "文件内容已有变化，请阅读新文本后重新签署。",
                "The document's text has changed. Read the new text and sign again.",
            ),
            Self::NotASigner { .. } => (
                10,
                "NOT_A_SIGNER",
                403,
                "您不是该文件的签署人。",
                "You are not a signer of this document.",
            ),
            Self::OtherAnswers => (
                11,
                "OTHER_ANSWERS",
                409,
                "提交的内容与最后保存的不一致，请刷新页面后提交。",
                "What was sent is not what was saved last. Reload the page and submit again.",
            ),
            Self::DefinitionMissing(_) => (
                12,
                "DEFINITION_MISSING",
                503,
                "该办件所依据的表单版本暂不可用，请稍后再试；仍不可用的，请联系运行人员。",
                "The form version of this case is not available. Try again in a moment, then tell the operator.",
            ),
            Self::SupplementTooLate => (
                13,
                "SUPPLEMENT_TOO_LATE",
                409,
                "受理后不得再要求补正（行政许可法第三十二条）。",
                "After acceptance no supplement may be asked (Administrative Licensing Law, art. 32).",
            ),
            Self::SupplementTwice => (
                14,
                "SUPPLEMENT_TWICE",
                409,
                "补正内容应当一次告知全部，不得再次要求。",
                "Everything that is missing must be told at once; it cannot be asked again.",
            ),
            Self::SupplementEmpty => (
                15,
                "SUPPLEMENT_EMPTY",
                422,
                "请列明需要补正的字段或材料及原因。",
                "Name the fields or materials to supplement and why.",
            ),
            Self::SupplementOutside(_) => (
                16,
                "SUPPLEMENT_OUTSIDE",
                422,
                "补正只能修改通知列明的内容。",
                "Only what the notice names can be changed.",
            ),
            Self::ClockReasonNotLawful(_) => (
                17,
                "CLOCK_REASON_NOT_LAWFUL",
                422,
                "该事由不属于法定的不计入期限的情形（行政许可法第四十五条），现场核查不停止计时。",
                "This is no lawful cause to stop the clock (Administrative Licensing Law, art. 45); an officer's own site visit does not stop it.",
            ),
            Self::ClockSpanMissing => (
                18,
                "CLOCK_SPAN_MISSING",
                422,
                "请写明停止计时的起止日期，并书面告知申请人。",
                "Give the first and the last day of the stop, and tell the applicant in writing.",
            ),
            Self::NotExtendable => (
                19,
                "NOT_EXTENDABLE",
                409,
                "该期限不能延长，或者已经延长过一次。",
                "This limit cannot be extended, or was extended once before.",
            ),
            Self::RefusalIncomplete => (
                20,
                "REFUSAL_INCOMPLETE",
                422,
                "不予决定应当写明理由、依据条款和救济途径。",
                "A refusal must state reason, article and remedy.",
            ),
            Self::NameNotReserved => (
                21,
                "NAME_NOT_RESERVED",
                422,
                "名称尚未保留，请先申报名称。",
                "The name is not reserved yet. Please reserve it first.",
            ),
            Self::ValueMissing(_) => (
                22,
                "VALUE_MISSING",
                422,
                "请填写办理结果中应当给出的内容。",
                "Please give the values that belong to this outcome.",
            ),
            Self::ContributionTooLate { .. } => (
                23,
                "CONTRIBUTION_TOO_LATE",
                422,
                "出资日期不得晚于公司成立之日起五年（公司法第四十七条）。",
                "Contributions must be paid within five years of establishment (Company Law, art. 47).",
            ),
            Self::Term(_) => (
                25,
                "TERM",
                503,
                "期限无法计算，请联系运行人员检查日历数据。",
                "A deadline cannot be computed. Please contact the operator to check the calendar data.",
            ),
            Self::ReasonMissing => {
                (24, "REASON_MISSING", 422, "请写明理由。", "Please state the reason.")
            }
        }
    }
}

impl Coded for CaseError {
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
            Self::NoSuchTask(task) | Self::OtherOrgan { task } => json!({ "task": task }),
            Self::WrongState { found } => json!({ "found": found.word() }),
            Self::WrongTaskState { task, found } => json!({ "task": task, "found": found.word() }),
            Self::Incomplete { items } => json!({ "items": items }),
            Self::SignaturesMissing { who } => json!({ "who": who }),
            Self::TextChanged(document) => json!({ "document": document }),
            Self::NotASigner { signer, document } => {
                json!({ "signer": signer, "document": document })
            }
            Self::SupplementOutside(path) => json!({ "path": path }),
            Self::ClockReasonNotLawful(cause) => json!({ "cause": cause }),
            Self::ValueMissing(element) => json!({ "element": element }),
            Self::ContributionTooLate { latest } => json!({ "latest": latest.to_string() }),
            Self::DefinitionMissing(digest) => json!({ "bundle": digest }),
            Self::AlreadyOpen
            | Self::NoSuchCase
            | Self::OtherAnswers
            | Self::SupplementTooLate
            | Self::SupplementTwice
            | Self::SupplementEmpty
            | Self::ClockSpanMissing
            | Self::NotExtendable
            | Self::RefusalIncomplete
            | Self::NameNotReserved
            | Self::Term(_)
            | Self::ReasonMissing => return None,
        };
        Some(value.to_string())
    }
}
