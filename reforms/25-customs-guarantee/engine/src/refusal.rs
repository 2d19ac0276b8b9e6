//! Lawful refusals of a use of a guarantee.

use crate::{Balance, Matter, State};
use codes::{Code, Coded, Date, Label, Reason};
use serde_json::json;

/// Why a guarantee cannot serve (不予核扣的原因).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is not in force.
    #[error("the guarantee is not in force: {}", .state.word())]
    NotActive {
        /// How it stands.
        state: State,
    },
    /// The text takes no new hold.
    #[error("the guarantee takes no new hold: {why}")]
    Frozen {
        /// Why.
        why: String,
    },
    /// The text does not cover the matter, or no text may today.
    #[error("the matter {} is not covered", .matter.code())]
    MatterNotCovered {
        /// Which.
        matter: Matter,
    },
    /// Customs of the place are not among the beneficiaries.
    #[error("customs `{place}` are no beneficiary")]
    PlaceNotBeneficiary {
        /// The office.
        place: String,
    },
    /// The duty is due after the guarantee ends.
    #[error("due on {due}, the guarantee ends on {end}")]
    DueAfterEnd {
        /// When it is due.
        due: Date,
        /// When the guarantee ends.
        end: Date,
    },
    /// The matter needs a day, and none was named.
    #[error("the matter {} needs a due day", .matter.code())]
    DueMissing {
        /// Which.
        matter: Matter,
    },
    /// The named day is later than the law allows without approval.
    #[error("the latest day is {latest}")]
    DueTooLate {
        /// The latest day.
        latest: Date,
    },
    /// The amount is nothing, or more than the tax can be.
    #[error("the amount is not between 1 and {limit_fen}")]
    AmountAboveTax {
        /// The most that may be held.
        limit_fen: i64,
    },
    /// The quota does not suffice.
    #[error("{available_fen} fen are free")]
    Insufficient {
        /// What is free.
        available_fen: i64,
    },
    /// What is held and used is more than the new limit, or stands in the way of the end.
    #[error("{committed_fen} fen are held or used")]
    Committed {
        /// What is held, used and claimed.
        committed_fen: i64,
    },
    /// The change is none that a text may undergo.
    #[error("the change cannot be made: {why}")]
    Unchangeable {
        /// Why, as a slug.
        why: &'static str,
    },
    /// The calendar gives no day.
    #[error("the calendar gives no day: {why}")]
    Calendar {
        /// Why.
        why: String,
    },
}

impl Refusal {
    /// The refusal of a quota that does not suffice.
    #[must_use]
    pub fn insufficient(balance: &Balance) -> Self {
        Self::Insufficient { available_fen: balance.available_fen() }
    }

    #[expect(clippy::too_many_lines, reason = "one table of texts")]
    fn face(&self) -> (u16, Reason, String, String) {
        match self {
            Self::NotActive { state } => {
                let label = state.label();
                (
                    1,
                    "NOT_ACTIVE",
                    format!("担保目前不能使用（{}），请选择其他担保。", label.zh),
                    format!("The guarantee is not in force ({}); choose another.", label.en),
                )
            }
            Self::Frozen { why } => (
                2,
                "FROZEN",
                format!("担保已冻结，不能新增核扣：{why}。已放行的货物不受影响。"),
                format!("The guarantee is frozen, no new hold: {why}. What was released stays so."),
            ),
            Self::MatterNotCovered { matter } => {
                let label = matter.label();
                (
                    3,
                    "MATTER_NOT_COVERED",
                    format!("担保不适用于“{}”。", label.zh),
                    format!("The guarantee does not cover {}.", label.en),
                )
            }
            Self::PlaceNotBeneficiary { place } => (
                4,
                "PLACE_NOT_BENEFICIARY",
                format!("海关{place}不在担保的受益海关之内，可请担保人增加。"),
                format!("Customs {place} are no beneficiary; the guarantor can add them."),
            ),
            Self::DueAfterEnd { due, end } => (
                5,
                "DUE_AFTER_END",
                format!("应缴日{due}晚于担保到期日{end}，请先延长担保或者选择其他担保。"),
                format!(
                    "Due on {due}, after the guarantee ends on {end}: extend it or choose another."
                ),
            ),
            Self::DueMissing { matter } => {
                let label = matter.label();
                (
                    6,
                    "DUE_MISSING",
                    format!("“{}”需要填写应履行日期。", label.zh),
                    format!("{} needs a due day.", label.en),
                )
            }
            Self::DueTooLate { latest } => (
                7,
                "DUE_TOO_LATE",
                format!("期限最长到{latest}，更长的期限须先经海关批准。"),
                format!("The latest day is {latest}; a longer one needs approval first."),
            ),
            Self::AmountAboveTax { .. } => (
                8,
                "AMOUNT_ABOVE_TAX",
                "担保金额应大于零，且不超过可能承担的最高税款总额。".to_owned(),
                "The amount must be above nothing and not above the highest possible tax."
                    .to_owned(),
            ),
            Self::Insufficient { available_fen } => (
                9,
                "QUOTA_INSUFFICIENT",
                format!("可用额度不足，目前可用{}元。", yuan(*available_fen)),
                format!("The quota does not suffice: {} yuan are free.", yuan(*available_fen)),
            ),
            Self::Committed { committed_fen } => (
                10,
                "COMMITTED",
                format!("担保尚有占用{}元，不能这样变更。", yuan(*committed_fen)),
                format!(
                    "{} yuan are still held or used; this change cannot be made.",
                    yuan(*committed_fen)
                ),
            ),
            Self::Unchangeable { why } => (
                11,
                "UNCHANGEABLE",
                format!("担保不能这样变更（{why}）。"),
                format!("The guarantee cannot be changed like this ({why})."),
            ),
            Self::Calendar { why } => (
                12,
                "CALENDAR",
                "无法计算期限，请联系运维人员。".to_owned(),
                format!("No day can be computed: {why}."),
            ),
        }
    }
}

/// Fen as yuan with two places, such as `2,785,794.50`.
pub(crate) fn yuan(fen: i64) -> String {
    let (whole, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{grouped}.{rest:02}")
}

impl Coded for Refusal {
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
            Self::NotActive { .. } | Self::Committed { .. } => 409,
            Self::Frozen { .. } => 423,
            _ => 422,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::NotActive { state } => json!({"state": state}),
            Self::Frozen { why } | Self::Calendar { why } => json!({"why": why}),
            Self::MatterNotCovered { matter } | Self::DueMissing { matter } => {
                json!({"matter": matter})
            }
            Self::PlaceNotBeneficiary { place } => json!({"place": place}),
            Self::DueAfterEnd { due, end } => json!({"due": due, "end": end}),
            Self::DueTooLate { latest } => json!({"latest": latest}),
            Self::AmountAboveTax { limit_fen } => json!({"limit_fen": limit_fen}),
            Self::Insufficient { available_fen } => json!({"available_fen": available_fen}),
            Self::Committed { committed_fen } => json!({"committed_fen": committed_fen}),
            Self::Unchangeable { why } => json!({"why": why}),
        };
        Some(fields.to_string())
    }
}
