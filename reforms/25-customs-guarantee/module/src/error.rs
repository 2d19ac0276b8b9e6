//! Lawful refusals of guarantees and their uses.

use codes::{Code, Coded, Date, Label, Moment, Reason};
use guarantee::Refusal;
use serde_json::json;

/// Why a guarantee, a use of it or a filing says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuaranteeError {
    /// The text, its quota or the amount says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such text, use or filing.
    #[error("there is no such `{what}`")]
    Unknown {
        /// What was looked for.
        what: &'static str,
    },
    /// The number is taken by other content.
    #[error("`{id}` stands already, with other content")]
    IdReused {
        /// The number.
        id: String,
    },
    /// The act does not fit where the thing stands.
    #[error("it is {state}")]
    WrongStage {
        /// How it stands.
        state: &'static str,
    },
    /// The hold is over.
    #[error("closed at {since}")]
    Closed {
        /// Since when.
        since: Moment,
    },
    /// A field is missing or impossible.
    #[error("`{key}`: {why}")]
    Field {
        /// Which.
        key: &'static str,
        /// Why, as a slug.
        why: &'static str,
    },
    /// A dishonest enterprise gives cash deposits only.
    #[error("a dishonest enterprise gives cash deposits only")]
    DepositOnly,
    /// The guarantor is not on the list.
    #[error("the guarantor is not accepted")]
    GuarantorUnknown,
    /// The guarantor is barred.
    #[error("the guarantor is barred: {why}")]
    GuarantorBarred {
        /// Why.
        why: String,
    },
    /// The guarantor's outstanding total would pass its cap.
    #[error("{outstanding_fen} of {cap_fen} are outstanding")]
    CapExceeded {
        /// The cap.
        cap_fen: i64,
        /// What is outstanding already.
        outstanding_fen: i64,
    },
    /// Summary taxation is stopped while tax is overdue.
    #[error("summary taxation is stopped: {overdue} are overdue")]
    Stopped {
        /// How many duties are overdue.
        overdue: usize,
    },
    /// The time to claim is over.
    #[error("a claim was possible until {until}")]
    Expired {
        /// Until when.
        until: Date,
    },
    /// No row of a table is in force.
    #[error("no row of `{table}` is in force on {on}")]
    RuleGap {
        /// The table.
        table: &'static str,
        /// The day.
        on: Date,
    },
    /// A message of a partner cannot be taken.
    #[error("the message cannot be taken: {why}")]
    Message {
        /// Why, as a slug.
        why: &'static str,
    },
    /// No text serves alone.
    #[error("no text serves alone: {passed:?}")]
    NoneFits {
        /// Each text with the reason.
        passed: Vec<(String, String)>,
    },
    /// Only the platform does this.
    #[error("only the platform does this")]
    PlatformOnly,
}

impl GuaranteeError {
    #[expect(clippy::too_many_lines, reason = "one table of texts")]
    fn face(&self) -> (u16, Reason, String, String) {
        let told =
            |number, reason, zh: &str, en: &str| (number, reason, zh.to_owned(), en.to_owned());
        match self {
            Self::Refused(refusal) => {
                let label = refusal.label();
                (refusal.code().number, refusal.reason(), label.zh, label.en)
            }
            Self::Unknown { .. } => {
                told(20, "NOT_FOUND", "没有找到，请核对编号。", "There is none; check the number.")
            }
            Self::IdReused { .. } => told(
                21,
                "ID_REUSED",
                "这个编号已经使用过，内容与本次不同。",
                "This number stands already, with other content.",
            ),
            Self::WrongStage { .. } => told(
                22,
                "WRONG_STAGE",
                "目前的状态不能这样办理，请刷新页面后按显示的状态办理。",
                "Its state does not allow this; reload and go on from what it shows.",
            ),
            Self::Closed { .. } => told(
                23,
                "CLOSED",
                "这笔核扣已经释放或者了结，请重新核扣。",
                "This hold is void or over; hold again.",
            ),
            Self::Field { key, .. } => (
                24,
                "FIELD",
                format!("“{key}”缺失或者不符合要求，请核对。"),
                format!("`{key}` is missing or does not hold; check it."),
            ),
            Self::DepositOnly => told(
                25,
                "DEPOSIT_ONLY",
                "失信企业只能提供保证金担保。",
                "A dishonest enterprise gives cash deposits only.",
            ),
            Self::GuarantorUnknown => told(
                26,
                "GUARANTOR_UNKNOWN",
                "担保人不在可接受的担保人名录中。",
                "The guarantor is not on the list of those accepted.",
            ),
            Self::GuarantorBarred { why } => (
                27,
                "GUARANTOR_BARRED",
                format!("担保人已被停止受理：{why}。"),
                format!("The guarantor is barred: {why}."),
            ),
            Self::CapExceeded { .. } => told(
                28,
                "CAP_EXCEEDED",
                "担保人在本关区的担保余额已达约定上限，暂不能备案新的担保。",
                "What the guarantor stands for has reached the agreed cap; no new text is filed.",
            ),
            Self::Stopped { .. } => told(
                29,
                "SUMMARY_TAX_STOPPED",
                "企业有逾期未缴税款，汇总征税已暂停，缴清后自动恢复。",
                "Tax is overdue, so that summary taxation is stopped until it is paid.",
            ),
            Self::Expired { until } => (
                30,
                "EXPIRED",
                format!("索偿期限已于{until}届满。"),
                format!("A claim could be made until {until}."),
            ),
            Self::RuleGap { .. } => told(
                31,
                "RULE_GAP",
                "这一日期没有适用的规则，请联系海关。",
                "No rule is in force for this day; ask customs.",
            ),
            Self::Message { .. } => told(
                32,
                "MESSAGE_REFUSED",
                "报文不能采信：格式、签名或者内容不符合约定。",
                "The message cannot be taken: format, signature or content is not as agreed.",
            ),
            Self::NoneFits { passed } => {
                let list = |mark: &str| {
                    let lines: Vec<String> =
                        passed.iter().map(|(no, why)| format!("{no}{mark}{why}")).collect();
                    lines.join("；")
                };
                (
                    33,
                    "NONE_FITS",
                    format!(
                        "没有一份担保可以单独使用（一份报关单只能使用一份担保）。{}",
                        list("：")
                    ),
                    format!("No guarantee serves alone; a declaration uses one. {}", list(": ")),
                )
            }
            Self::PlatformOnly => told(
                34,
                "PLATFORM_ONLY",
                "此项由系统自动办理。",
                "The platform does this by itself.",
            ),
        }
    }
}

impl Coded for GuaranteeError {
    fn code(&self) -> Code {
        Code::new("R25", self.face().0)
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
            Self::Refused(refusal) => refusal.status(),
            Self::Unknown { .. } => 404,
            Self::PlatformOnly => 403,
            Self::Message { .. } => 401,
            Self::IdReused { .. } | Self::WrongStage { .. } | Self::Closed { .. } => 409,
            Self::Stopped { .. } | Self::GuarantorBarred { .. } => 423,
            _ => 422,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Refused(refusal) => return refusal.fields(),
            Self::Unknown { what } => json!({"what": what}),
            Self::IdReused { id } => json!({"id": id}),
            Self::WrongStage { state } => json!({"state": state}),
            Self::Closed { since } => json!({"since": since}),
            Self::Field { key, why } => json!({"key": key, "why": why}),
            Self::GuarantorBarred { why } => json!({"why": why}),
            Self::CapExceeded { cap_fen, outstanding_fen } => {
                json!({"cap_fen": cap_fen, "outstanding_fen": outstanding_fen})
            }
            Self::Stopped { overdue } => json!({"overdue": overdue}),
            Self::Expired { until } => json!({"until": until}),
            Self::RuleGap { table, on } => json!({"table": table, "on": on}),
            Self::Message { why } => json!({"why": why}),
            Self::NoneFits { passed } => json!({"passed": passed}),
            Self::DepositOnly | Self::GuarantorUnknown | Self::PlatformOnly => return None,
        };
        Some(fields.to_string())
    }
}
