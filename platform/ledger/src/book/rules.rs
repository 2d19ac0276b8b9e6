//! Rules of risk (风险规则): asked before each reservation, by name, with a pure verdict.

use super::model::{AccountSpec, Basis, Opening};
use super::state::Figures;
use codes::Moment;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What a rule is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The book.
    pub book: &'a Opening,
    /// The account that would be reserved from.
    pub account: &'a AccountSpec,
    /// How it stands before.
    pub figures: Figures,
    /// How much would be reserved.
    pub amount: i64,
    /// Why.
    pub basis: &'a Basis,
    /// The instant.
    pub now: Moment,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing speaks against it.
    Pass,
    /// It is refused, and why, in words for people.
    Refuse {
        /// Why.
        why: String,
    },
}

/// A rule of risk: pure, so that the same question has the same answer.
///
/// ```
/// use ledger::{Asked, RiskRule, Verdict};
///
/// /// Nothing above half of what the account holds at once.
/// struct Half;
///
/// impl RiskRule for Half {
///     fn judge(&self, asked: &Asked<'_>) -> Verdict {
///         if asked.amount > asked.figures.posted / 2 {
///             return Verdict::Refuse { why: "单笔超过额度的一半".to_owned() };
///         }
///         Verdict::Pass
///     }
/// }
/// ```
pub trait RiskRule: Send + Sync + 'static {
    /// Judges a reservation before it is made.
    fn judge(&self, asked: &Asked<'_>) -> Verdict;
}

/// The rules that books may name: the world of the aggregate.
#[derive(Clone, Default)]
pub struct Rules(BTreeMap<&'static str, Arc<dyn RiskRule>>);

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Rules {
    /// One more rule under its name, `<reform's word>.<rule>`.
    #[must_use]
    pub fn with(mut self, name: &'static str, rule: impl RiskRule) -> Self {
        self.0.insert(name, Arc::new(rule));
        self
    }

    /// Whether there is a rule of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Asks the rules of a book in their order; the first that refuses is told.
    pub(super) fn judge(&self, asked: &Asked<'_>) -> Result<(), (String, String)> {
        for name in &asked.book.rules {
            let verdict = self.0.get(name.as_str()).map(|rule| rule.judge(asked));
            if let Some(Verdict::Refuse { why }) = verdict {
                return Err((name.clone(), why));
            }
        }
        Ok(())
    }
}
