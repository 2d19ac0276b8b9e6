//! What of a quota is held, used, claimed and free: the sums that the ledger keeps, and a second way to reach them.

use crate::Refusal;
use serde::{Deserialize, Serialize};

/// The sums of one text, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The quota (额度).
    pub limit_fen: i64,
    /// Held for declarations that are not released (核扣).
    pub held_fen: i64,
    /// Used by goods that are released (占用).
    pub used_fen: i64,
    /// Claimed from the guarantor (索偿).
    pub claimed_fen: i64,
}

/// A movement of a quota (额度变动).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// The limit is given, or grows.
    Grant,
    /// The limit shrinks.
    Reduce,
    /// Held (核扣).
    Hold,
    /// What is held grows (调增).
    Raise,
    /// What is held or used shrinks (调减).
    Lower,
    /// Released: from held to used (放行).
    Use,
    /// The hold is void (撤销).
    Void,
    /// Given back after use (返还).
    Restore,
    /// Claimed: from used to claimed (索偿).
    Claim,
    /// The guarantor paid: the limit is smaller by that (赔付).
    Recover,
}

/// One movement and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which.
    pub movement: Move,
    /// How much, in fen; never negative.
    pub amount_fen: i64,
    /// Whether the sum was used already, where that matters ([`Move::Lower`]).
    #[serde(default)]
    pub of_used: bool,
}

impl Balance {
    /// What is held, used and claimed.
    #[must_use]
    pub const fn committed_fen(&self) -> i64 {
        self.held_fen.saturating_add(self.used_fen).saturating_add(self.claimed_fen)
    }

    /// What is free.
    #[must_use]
    pub const fn available_fen(&self) -> i64 {
        self.limit_fen.saturating_sub(self.committed_fen())
    }

    /// After a movement.
    ///
    /// # Errors
    /// [`Refusal::Insufficient`] where it asks for more than is free, [`Refusal::Committed`] where it asks for more than is
    /// there to be moved; the balance is then as before.
    pub fn after(self, entry: Entry) -> Result<Self, Refusal> {
        let fen = entry.amount_fen;
        let mut next = self;
        match entry.movement {
            Move::Grant => next.limit_fen = next.limit_fen.saturating_add(fen),
            Move::Reduce => next.limit_fen -= fen,
            Move::Hold | Move::Raise => next.held_fen = next.held_fen.saturating_add(fen),
            Move::Lower if entry.of_used => next.used_fen -= fen,
            Move::Lower | Move::Void => next.held_fen -= fen,
            Move::Use => {
                next.held_fen -= fen;
                next.used_fen = next.used_fen.saturating_add(fen);
            }
            Move::Restore => next.used_fen -= fen,
            Move::Claim => {
                next.used_fen -= fen;
                next.claimed_fen = next.claimed_fen.saturating_add(fen);
            }
            Move::Recover => {
                next.claimed_fen -= fen;
                next.limit_fen -= fen;
            }
        }
        let short = next.held_fen < 0 || next.used_fen < 0 || next.claimed_fen < 0 || fen < 0;
        if short {
            return Err(Refusal::Committed { committed_fen: self.committed_fen() });
        }
        if next.available_fen() < 0 {
            return Err(match entry.movement {
                Move::Reduce => Refusal::Committed { committed_fen: self.committed_fen() },
                _ => Refusal::insufficient(&self),
            });
        }
        Ok(next)
    }
}
