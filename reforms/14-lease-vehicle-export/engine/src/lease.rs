//! What a lease contract has to be for its trade mode (租赁要件).

use codes::Label;
use elements::Bp;
use serde::{Deserialize, Serialize};

/// What kind of lease it is (租赁性质).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LeaseKind {
    /// 融资租赁.
    Finance,
    /// 经营性租赁.
    Operating,
}

/// What happens to the vehicles at the end (期满所有权).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TitleAtEnd {
    /// The lessee buys (留购).
    Buy,
    /// They go back (返还).
    Return,
    /// The lease is renewed (续租).
    Renew,
}

/// Which terms a trade mode admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermRow {
    /// The trade mode, such as `1523`.
    pub trade_mode: String,
    /// The shortest term, in months.
    pub months_min: u32,
    /// The longest.
    pub months_max: u32,
    /// Law and article.
    pub source: String,
}

/// When a finance lease looks like an operating one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatingDoubt {
    /// The residual that is doubtful above this part of the price where the vehicles go back.
    pub residual_over: Bp,
    /// Law and article, or that it is a default.
    pub source: String,
}

/// The rows that lease checks rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRows {
    /// Terms by trade mode; a mode that stands in none is no lease.
    pub terms: Vec<TermRow>,
    /// When a finance lease is doubted.
    pub doubt: Option<OperatingDoubt>,
}

/// What the contract says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseFacts {
    /// The trade mode.
    pub trade_mode: String,
    /// What kind of lease it says it is.
    pub kind: LeaseKind,
    /// The term, in months.
    pub term_months: u32,
    /// Who owns the vehicles at its end.
    pub title_at_end: TitleAtEnd,
    /// The residual value, in minor units.
    pub residual_minor: i64,
    /// The price, in minor units.
    pub price_minor: i64,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The term does not fit the trade mode: an error of the field `lease_term_months`.
    Term {
        /// The trade mode.
        trade_mode: String,
        /// The shortest term it admits.
        months_min: u32,
        /// The longest.
        months_max: u32,
    },
    /// The lease may be an operating one (疑似经营性租赁): a warning.
    LooksOperating,
}

impl Finding {
    /// The key of the field it is about.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Term { .. } => "lease_term_months",
            Self::LooksOperating => "title_at_end",
        }
    }

    /// Whether the application cannot be handed in with it.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(self, Self::Term { .. })
    }

    /// What it says, in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        match self {
            Self::Term { trade_mode, months_min: 0 | 1, months_max } => Label::new(
                format!("{trade_mode}需租期≤{months_max}个月"),
                format!("{trade_mode} needs a term of at most {months_max} months"),
            ),
            Self::Term { trade_mode, months_min, .. } => Label::new(
                format!("{trade_mode}需租期≥{months_min}个月"),
                format!("{trade_mode} needs a term of at least {months_min} months"),
            ),
            Self::LooksOperating => {
                Label::new("疑似经营性租赁", "this looks like an operating lease")
            }
        }
    }
}

/// Checks a lease against the rows of its trade mode.
#[must_use]
pub fn check_lease(facts: &LeaseFacts, rows: &LeaseRows) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(row) = rows.terms.iter().find(|row| row.trade_mode == facts.trade_mode)
        && !(row.months_min..=row.months_max).contains(&facts.term_months)
    {
        found.push(Finding::Term {
            trade_mode: row.trade_mode.clone(),
            months_min: row.months_min,
            months_max: row.months_max,
        });
    }
    let goes_back = facts.kind == LeaseKind::Finance && facts.title_at_end == TitleAtEnd::Return;
    if let Some(doubt) = &rows.doubt
        && goes_back
        && i128::from(facts.residual_minor) * 10_000
            > i128::from(facts.price_minor) * i128::from(doubt.residual_over.0)
    {
        found.push(Finding::LooksOperating);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> LeaseRows {
        let row = |mode: &str, months_min, months_max| TermRow {
            trade_mode: mode.to_owned(),
            months_min,
            months_max,
            source: "source".to_owned(),
        };
        LeaseRows {
            terms: vec![row("1500", 1, 11), row("1523", 12, 360)],
            doubt: Some(OperatingDoubt { residual_over: Bp(5_000), source: "default".to_owned() }),
        }
    }

    fn facts(mode: &str, term_months: u32) -> LeaseFacts {
        LeaseFacts {
            trade_mode: mode.to_owned(),
            kind: LeaseKind::Finance,
            term_months,
            title_at_end: TitleAtEnd::Buy,
            residual_minor: 0,
            price_minor: 1_000,
        }
    }

    #[test]
    fn s09_the_term_has_to_fit_the_trade_mode() {
        let found = check_lease(&facts("1523", 10), &rows());
        let [finding] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((finding.key(), finding.is_error()), ("lease_term_months", true));
        assert_eq!(finding.label().zh, "1523需租期≥12个月");
        let table =
            [("1500", 10, 0), ("1500", 11, 0), ("1500", 12, 1), ("1523", 12, 0), ("0110", 3, 0)];
        for (mode, months, faults) in table {
            assert_eq!(check_lease(&facts(mode, months), &rows()).len(), faults, "{mode} {months}");
        }
        assert_eq!(check_lease(&facts("1500", 12), &rows())[0].label().zh, "1500需租期≤11个月");
    }

    #[test]
    fn a_high_residual_of_what_goes_back_is_doubted() {
        let table = [
            (LeaseKind::Finance, TitleAtEnd::Return, 500, false),
            (LeaseKind::Finance, TitleAtEnd::Return, 501, true),
            (LeaseKind::Finance, TitleAtEnd::Buy, 900, false),
            (LeaseKind::Operating, TitleAtEnd::Return, 900, false),
        ];
        for (kind, title_at_end, residual_minor, doubted) in table {
            let facts = LeaseFacts { kind, title_at_end, residual_minor, ..facts("1523", 60) };
            let found = check_lease(&facts, &rows());
            assert_eq!(found == [Finding::LooksOperating], doubted, "{facts:?}");
            assert!(found.iter().all(|finding| !finding.is_error()));
        }
    }
}
