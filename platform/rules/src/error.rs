//! Why a table could not decide.

use crate::cell::Unfit;
use codes::{Code, Coded, Date, Label, Reason};

/// Why a table could not decide; a table without faults gives none of these for facts of the right types.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// No row in force holds.
    #[error("no row of `{table}` holds on {on}")]
    NoRow {
        /// The table.
        table: String,
        /// The relevant date.
        on: Date,
    },
    /// Rows that exclude each other both hold.
    #[error("rows {} of `{table}` hold at once", rows.join(", "))]
    Ambiguous {
        /// The table.
        table: String,
        /// The rows.
        rows: Vec<String>,
    },
    /// A fact is of another type than the table expects.
    #[error("`{fact}` is of another type than `{table}` expects")]
    FactUnfit {
        /// The table.
        table: String,
        /// The fact.
        fact: String,
    },
    /// A formula gives no value for these facts.
    #[error("`{input}` of `{table}` cannot be computed: {why}")]
    NotComputable {
        /// The table.
        table: String,
        /// The input.
        input: String,
        /// Why.
        why: Unfit,
    },
}

impl Coded for RuleError {
    fn code(&self) -> Code {
        let number = match self {
            Self::NoRow { .. } => 20,
            Self::Ambiguous { .. } => 21,
            Self::FactUnfit { .. } => 22,
            Self::NotComputable { .. } => 23,
        };
        Code::new("RUL", number)
    }

    fn reason(&self) -> Reason {
        match self {
            Self::NoRow { .. } => "RULE_NO_ROW",
            Self::Ambiguous { .. } => "RULE_AMBIGUOUS",
            Self::FactUnfit { .. } => "RULE_FACT_UNFIT",
            Self::NotComputable { .. } => "RULE_NOT_COMPUTABLE",
        }
    }

    fn label(&self) -> Label {
        match self {
            Self::NoRow { table, on } => Label::new(
                format!("规则表“{table}”在{on}没有适用的规则，请由工作人员处理"),
                format!("No rule of “{table}” applies on {on}; an officer has to decide"),
            ),
            Self::Ambiguous { table, .. } => Label::new(
                format!("规则表“{table}”有不止一条规则适用，请由工作人员处理"),
                format!("More than one rule of “{table}” applies; an officer has to decide"),
            ),
            Self::FactUnfit { table, fact } => Label::new(
                format!("“{fact}”的类型与规则表“{table}”不符"),
                format!("“{fact}” is not of the type that “{table}” expects"),
            ),
            Self::NotComputable { table, input, .. } => Label::new(
                format!("规则表“{table}”无法算出“{input}”"),
                format!("“{input}” of “{table}” cannot be computed"),
            ),
        }
    }

    fn fields(&self) -> Option<String> {
        let json = match self {
            Self::NoRow { table, on } => serde_json::json!({ "table": table, "on": on }),
            Self::Ambiguous { table, rows } => serde_json::json!({ "table": table, "rows": rows }),
            Self::FactUnfit { table, fact } => serde_json::json!({ "table": table, "fact": fact }),
            Self::NotComputable { table, input, why } => {
                serde_json::json!({ "table": table, "input": input, "why": why.to_string() })
            }
        };
        Some(json.to_string())
    }
}
