//! What one text saves against many (资金成本): one peak of all uses, and the sum of the peaks of each.

use codes::Moment;
use std::collections::BTreeMap;

/// The greatest sums that stood at one time, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    /// Of all uses together: what one text must carry.
    pub joint_fen: i64,
    /// Of each use by itself, added: what separate guarantees would have frozen.
    pub separate_fen: i64,
}

impl Peaks {
    /// What separate guarantees would have cost more in a year, at a fee in ten-thousandths a year; half up.
    #[must_use]
    pub fn saved_fen(&self, fee_bp: u32) -> i64 {
        let less = i128::from(self.separate_fen) - i128::from(self.joint_fen);
        i64::try_from((less.max(0) * i128::from(fee_bp) + 5_000) / 10_000).unwrap_or(i64::MAX)
    }
}

/// The peaks of movements, each with its use (matter and place) and by how much what stands grows or shrinks.
#[must_use]
pub fn peaks<'a>(moves: impl IntoIterator<Item = (Moment, &'a str, i64)>) -> Peaks {
    let mut all: Vec<(Moment, &str, i64)> = moves.into_iter().collect();
    // At one instant, what goes back comes before what is taken: one text can carry both.
    all.sort_by_key(|(at, key, by_fen)| (*at, *by_fen, *key));
    let (mut now, mut joint) = (0_i64, 0_i64);
    let mut each: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for (_, key, by_fen) in all {
        now = now.saturating_add(by_fen);
        joint = joint.max(now);
        let (own, peak) = each.entry(key).or_default();
        *own = own.saturating_add(by_fen);
        *peak = (*peak).max(*own);
    }
    let separate = each.values().fold(0_i64, |sum, (_, peak)| sum.saturating_add(*peak));
    Peaks { joint_fen: joint, separate_fen: separate }
}
