//! Lawful refusals of export licences and leases.

use codes::{Code, Coded, Date, Label, Moment, Reason};
use lease_export::TermError;
use serde_json::json;

/// Why a licence or a lease says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// There is no such licence or lease.
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
    /// The licence is not valid yet.
    #[error("the licence is valid from {from}")]
    NotYetValid {
        /// From when.
        from: Date,
    },
    /// The licence is not valid any more.
    #[error("the licence was valid until {since}")]
    Expired {
        /// Until when.
        since: Date,
    },
    /// The licence was replaced, handed back or revoked.
    #[error("the licence was closed at {since}")]
    Closed {
        /// Since when.
        since: Moment,
    },
    /// What is declared is not what is licensed.
    #[error("`{key}` differs from the licence")]
    Mismatch {
        /// Which field.
        key: &'static str,
        /// What the licence says.
        licensed: String,
        /// What the declaration says.
        declared: String,
    },
    /// The goods are released: the declaration cannot be withdrawn any more.
    #[error("the goods are released")]
    Released,
    /// The declaration was withdrawn, so that nothing can be released on it.
    #[error("the declaration was withdrawn")]
    Withdrawn,
    /// Declarations that are not cleared yet stand in the way.
    #[error("{open} declarations are not cleared yet")]
    StillOpen {
        /// How many.
        open: usize,
    },
    /// A field is missing or impossible.
    #[error("`{key}`: {why}")]
    Field {
        /// Which.
        key: &'static str,
        /// Why, as a slug.
        why: &'static str,
    },
    /// A receipt is of another currency than the rent.
    #[error("the receipt is of another currency")]
    OtherCurrency,
    /// No row of a table is in force.
    #[error("no row of `{table}` is in force on {on}")]
    RuleGap {
        /// The table.
        table: &'static str,
        /// The day.
        on: Date,
    },
}

impl From<TermError> for LeaseError {
    fn from(error: TermError) -> Self {
        match error {
            TermError::Range { key } => Self::Field { key, why: "RANGE" },
            TermError::Period { .. } => Self::Field { key: "rent_period", why: "PERIOD" },
            TermError::Overflow => Self::Field { key: "total_price", why: "OVERFLOW" },
        }
    }
}

impl Coded for LeaseError {
    fn code(&self) -> Code {
        Code::new(
            "R14",
            match self {
                Self::Unknown { .. } => 1,
                Self::IdReused { .. } => 2,
                Self::NotYetValid { .. } => 3,
                Self::Expired { .. } => 4,
                Self::Closed { .. } => 5,
                Self::Mismatch { .. } => 6,
                Self::Released => 7,
                Self::Withdrawn => 8,
                Self::StillOpen { .. } => 9,
                Self::Field { .. } => 10,
                Self::OtherCurrency => 11,
                Self::RuleGap { .. } => 12,
            },
        )
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Unknown { .. } => "NOT_FOUND",
            Self::IdReused { .. } => "ID_REUSED",
            Self::NotYetValid { .. } => "NOT_YET_VALID",
            Self::Expired { .. } => "EXPIRED",
            Self::Closed { .. } => "CLOSED",
            Self::Mismatch { .. } => "MISMATCH",
            Self::Released => "RELEASED",
            Self::Withdrawn => "WITHDRAWN",
            Self::StillOpen { .. } => "STILL_OPEN",
            Self::Field { .. } => "FIELD",
            Self::OtherCurrency => "OTHER_CURRENCY",
            Self::RuleGap { .. } => "RULE_GAP",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::Unknown { .. } => {
                Label::new("没有找到，请核对编号。", "There is none; check the number.")
            }
            Self::IdReused { .. } => Label::new(
                "这个编号已经使用过，内容与本次不同。",
                "This number stands already, with other content.",
            ),
            Self::NotYetValid { from } => Label::new(
                format!("许可证自{from}起有效。"),
                format!("The licence is valid from {from}."),
            ),
            Self::Expired { since } => Label::new(
                format!("许可证有效期至{since}，剩余数量需重新申领。"),
                format!("The licence was valid until {since}; apply anew for what is left."),
            ),
            Self::Closed { .. } => Label::new(
                "许可证已换证、退证或者撤销。",
                "The licence was replaced, handed back or revoked.",
            ),
            Self::Mismatch { licensed, declared, .. } => Label::new(
                format!("申报内容“{declared}”与许可证“{licensed}”不符。"),
                format!("Declared: {declared}; licensed: {licensed}."),
            ),
            Self::Released => Label::new(
                "已放行，不能撤销。",
                "The goods are released; the declaration cannot be withdrawn.",
            ),
            Self::Withdrawn => Label::new("报关单已撤销。", "The declaration was withdrawn."),
            Self::StillOpen { open } => Label::new(
                format!("还有{open}份报关单未放行，放行或者撤销后再办理。"),
                format!("{open} declarations are not cleared yet; wait until they are."),
            ),
            Self::Field { key, .. } => Label::new(
                format!("{key}填写有误，请更正。"),
                format!("{key} does not hold; please correct it."),
            ),
            Self::OtherCurrency => Label::new(
                "回款币种与租金币种不同，请人工核对。",
                "The receipt is of another currency than the rent; compare by hand.",
            ),
            Self::RuleGap { .. } => Label::new(
                "当日没有可适用的规则，请联系管理员。",
                "No rule is in force on that day; tell the administrator.",
            ),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Unknown { .. } => 404,
            Self::Mismatch { .. } | Self::Field { .. } | Self::OtherCurrency => 422,
            _ => 409,
        }
    }

    fn fields(&self) -> Option<String> {
        let fields = match self {
            Self::Unknown { what } => json!({"what": what}),
            Self::IdReused { id } => json!({"id": id}),
            Self::NotYetValid { from } => json!({"from": from}),
            Self::Expired { since } => json!({"since": since}),
            Self::Closed { since } => json!({"since": since}),
            Self::Mismatch { key, licensed, declared } => {
                json!({"key": key, "licensed": licensed, "declared": declared})
            }
            Self::StillOpen { open } => json!({"open": open}),
            Self::Field { key, why } => json!({"key": key, "why": why}),
            Self::RuleGap { table, on } => json!({"table": table, "on": on}),
            Self::Released | Self::Withdrawn | Self::OtherCurrency => return None,
        };
        Some(fields.to_string())
    }
}
