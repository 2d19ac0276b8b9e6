//! What a party is to suffer (处罚), and what is heavier than something else.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A penalty, intended or decided (行政处罚).
///
/// # Source
/// 行政处罚法 (2021) art. 9; 海关行政处罚实施条例 art. 3 ff.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sanction {
    /// A warning (警告).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warning: bool,
    /// The fine (罚款), in fen.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub fine_fen: i64,
    /// Unlawful gains that are confiscated (没收违法所得), in fen.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub gains_fen: i64,
    /// Goods, articles and means of transport that are confiscated (没收货物、物品、运输工具), by their lines in the list
    /// of what was seized.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub confiscated: BTreeSet<String>,
    /// For how many days the business before customs is suspended (暂停从事有关业务).
    #[serde(default, skip_serializing_if = "is_none_at_all")]
    pub suspended_days: u32,
    /// Whether the registration with customs is revoked (撤销其注册、吊销报关单位备案).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revoked: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_nothing(fen: &i64) -> bool {
    *fen == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_none_at_all(days: &u32) -> bool {
    *days == 0
}

/// In which respect one penalty is heavier than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The warning.
    Warning,
    /// The fine.
    Fine,
    /// Gains taken.
    Gains,
    /// Things taken.
    Confiscation,
    /// Days of suspension.
    Suspension,
    /// The registration.
    Revocation,
}

impl Part {
    /// The word in problems.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Fine => "fine",
            Self::Gains => "gains",
            Self::Confiscation => "confiscation",
            Self::Suspension => "suspension",
            Self::Revocation => "revocation",
        }
    }
}

impl Sanction {
    /// Whether it is none at all, or impossible: an amount below nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fine_fen < 0 || self.gains_fen < 0 || *self == Self::default()
    }

    /// The first respect in which this is heavier than what was notified, if there is one.
    ///
    /// Each respect is compared for itself: a smaller fine does not make up for goods that are taken in its place
    /// (default: the notice allows no trade between kinds of penalty). Where the registration is revoked, days of
    /// suspension no longer weigh.
    ///
    /// # Source
    /// 行政处罚法 (2021) art. 45(2): no heavier penalty because the party defended itself.
    #[must_use]
    pub fn heavier_than(&self, notified: &Self) -> Option<Part> {
        let checks = [
            (self.revoked && !notified.revoked, Part::Revocation),
            (!notified.revoked && self.suspended_days > notified.suspended_days, Part::Suspension),
            (!self.confiscated.is_subset(&notified.confiscated), Part::Confiscation),
            (self.gains_fen > notified.gains_fen, Part::Gains),
            (self.fine_fen > notified.fine_fen, Part::Fine),
            // A warning in the place of anything heavier weighs nothing.
            (self.warning && notified.is_empty(), Part::Warning),
        ];
        checks.into_iter().find_map(|(heavier, part)| heavier.then_some(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fine(yuan: i64) -> Sanction {
        Sanction { fine_fen: yuan * 100, ..Sanction::default() }
    }

    fn taken(lines: &[&str]) -> BTreeSet<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn what_is_heavier_is_found_in_each_respect() {
        let notified = Sanction { confiscated: taken(&["1", "2"]), ..fine(48_000) };
        let table = [
            (notified.clone(), None),
            (fine(30_000), None),
            (Sanction { warning: true, ..Sanction::default() }, None),
            (fine(48_001), Some(Part::Fine)),
            (Sanction { confiscated: taken(&["1"]), ..fine(48_000) }, None),
            (Sanction { confiscated: taken(&["1", "3"]), ..fine(1) }, Some(Part::Confiscation)),
            (Sanction { gains_fen: 1, ..fine(0) }, Some(Part::Gains)),
            (Sanction { suspended_days: 1, ..fine(0) }, Some(Part::Suspension)),
            (Sanction { revoked: true, ..fine(0) }, Some(Part::Revocation)),
        ];
        for (decided, expected) in table {
            assert_eq!(decided.heavier_than(&notified), expected, "{decided:?}");
        }
        let revoked = Sanction { revoked: true, ..Sanction::default() };
        let suspended = Sanction { suspended_days: 180, ..Sanction::default() };
        assert_eq!(suspended.heavier_than(&revoked), None);
        assert_eq!(
            Sanction { warning: true, ..Sanction::default() }.heavier_than(&Sanction::default()),
            Some(Part::Warning)
        );
    }

    #[test]
    fn a_penalty_of_nothing_or_less_is_none() {
        assert!(Sanction::default().is_empty());
        assert!(fine(-1).is_empty());
        assert!(!fine(1).is_empty());
    }
}
