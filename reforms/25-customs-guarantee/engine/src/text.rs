//! The text of a guarantee (担保文本): whom it serves, where, for what, how long, and how it stands.

use crate::{Balance, Matter, Refusal};
use codes::{Date, Label};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The word for everything, in lists of places and matters.
pub const ALL: &str = "ALL";

/// Of what sort a guarantee is (担保类型).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// A letter of a bank or a finance house (保函).
    Letter,
    /// A policy of an insurer (关税保证保险保单).
    Policy,
    /// Cash (保证金).
    Deposit,
    /// Mortgage, pledge and others (其他).
    Mortgage,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Letter, Self::Policy, Self::Deposit, Self::Mortgage];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Letter => "LETTER",
            Self::Policy => "POLICY",
            Self::Deposit => "DEPOSIT",
            Self::Mortgage => "MORTGAGE",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Letter => Label::new("保函", "letter of guarantee"),
            Self::Policy => Label::new("关税保证保险保单", "insurance policy"),
            Self::Deposit => Label::new("保证金", "cash deposit"),
            Self::Mortgage => Label::new("抵押、质押等", "mortgage or pledge"),
        }
    }
}

/// How a text stands (状态).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Filed, its period has not begun.
    #[default]
    Filed,
    /// In force.
    Active,
    /// In force, but it takes no new hold.
    Frozen,
    /// Its period is over; what stands may still be claimed.
    Ended,
    /// Taken back while nothing was held or used.
    Withdrawn,
    /// Ended by a claim.
    ClaimedOut,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Filed, Self::Active, Self::Frozen, Self::Ended, Self::Withdrawn, Self::ClaimedOut];

    /// Its word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Ended => "ended",
            Self::Withdrawn => "withdrawn",
            Self::ClaimedOut => "claimed_out",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Filed => Label::new("已备案，尚未生效", "filed, not in force yet"),
            Self::Active => Label::new("有效", "in force"),
            Self::Frozen => Label::new("已冻结", "frozen"),
            Self::Ended => Label::new("已到期", "ended"),
            Self::Withdrawn => Label::new("已撤回", "withdrawn"),
            Self::ClaimedOut => Label::new("索偿后终止", "ended by a claim"),
        }
    }

    /// Whether nothing follows any more.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::Withdrawn | Self::ClaimedOut)
    }
}

/// A list of codes, or all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(pub BTreeSet<String>);

impl Scope {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self::of([ALL])
    }

    /// A list.
    #[must_use]
    pub fn of<'a>(codes: impl IntoIterator<Item = &'a str>) -> Self {
        Self(codes.into_iter().map(str::to_owned).collect())
    }

    /// Whether it is everything.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.contains(ALL)
    }

    /// Whether a matter is among it.
    #[must_use]
    pub fn covers(&self, matter: Matter) -> bool {
        self.is_all() || self.0.contains(matter.code())
    }

    /// Whether an office is among it, or belongs to directly-governed customs that are: they share its first two digits
    /// (关区代码).
    #[must_use]
    pub fn serves(&self, place: &str) -> bool {
        let governed = |code: &str| code.chars().take(2).eq(place.chars().take(2));
        self.is_all() || (place.chars().count() == 4 && self.0.iter().any(|code| governed(code)))
    }

    /// All of this and that.
    #[must_use]
    pub fn with(&self, more: &Self) -> Self {
        Self(self.0.union(&more.0).cloned().collect())
    }
}

/// The text of a guarantee (担保文本).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Its number (担保备案编号).
    pub no: String,
    /// Its sort.
    pub kind: Kind,
    /// Customs to whom it is given (受益海关).
    pub beneficiaries: Scope,
    /// Matters that it covers (适用事项).
    pub covers: Scope,
    /// Whether it covers late fees (含滞纳金).
    pub covers_late_fee: bool,
    /// The quota, in fen (担保额度).
    pub limit_fen: i64,
    /// The first day (起).
    pub valid_from: Date,
    /// The last day (止).
    pub valid_to: Date,
    /// The last day on which the text itself lets claims be made; none where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_to: Option<Date>,
    /// How it stands, freezes left aside.
    pub state: State,
    /// What freezes it, by whom or what, with the reason: each is lifted by itself.
    #[serde(default)]
    pub freezes: BTreeMap<String, String>,
}

/// What a declaration asks a text for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The matter.
    pub matter: Matter,
    /// The customs office (申报地海关).
    pub place: String,
    /// When the duty is due.
    pub due: Date,
    /// How much, in fen.
    pub amount_fen: i64,
}

/// A change of a text (担保变更); what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Another limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_fen: Option<i64>,
    /// A later end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
    /// Other beneficiaries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beneficiaries: Option<Scope>,
}

impl Text {
    /// How it stands, freezes counted.
    #[must_use]
    pub fn stands(&self) -> State {
        match self.state {
            State::Active if !self.freezes.is_empty() => State::Frozen,
            state => state,
        }
    }

    /// Whether it may serve, its quota left aside.
    ///
    /// # Errors
    /// In this order: [`Refusal::NotActive`], [`Refusal::Frozen`], [`Refusal::MatterNotCovered`],
    /// [`Refusal::PlaceNotBeneficiary`], [`Refusal::DueAfterEnd`].
    pub fn admits(&self, asked: &Asked) -> Result<(), Refusal> {
        if self.state != State::Active {
            return Err(Refusal::NotActive { state: self.state });
        }
        if !self.freezes.is_empty() {
            let why: BTreeSet<&str> = self.freezes.values().map(String::as_str).collect();
            return Err(Refusal::Frozen { why: why.into_iter().collect::<Vec<_>>().join("；") });
        }
        if !self.covers.covers(asked.matter) {
            return Err(Refusal::MatterNotCovered { matter: asked.matter });
        }
        if !self.beneficiaries.serves(&asked.place) {
            return Err(Refusal::PlaceNotBeneficiary { place: asked.place.clone() });
        }
        if asked.due > self.valid_to {
            return Err(Refusal::DueAfterEnd { due: asked.due, end: self.valid_to });
        }
        Ok(())
    }

    /// Whether a change may be made, given what is committed.
    ///
    /// # Errors
    /// [`Refusal::NotActive`], [`Refusal::Committed`]: the limit would fall below it (R5), [`Refusal::Unchangeable`].
    pub fn may_change(&self, change: &Change, committed_fen: i64) -> Result<(), Refusal> {
        if self.state.is_over() {
            return Err(Refusal::NotActive { state: self.state });
        }
        if *change == Change::default() {
            return Err(Refusal::Unchangeable { why: "nothing" });
        }
        if let Some(limit_fen) = change.limit_fen {
            if limit_fen <= 0 {
                return Err(Refusal::Unchangeable { why: "limit" });
            }
            if limit_fen < committed_fen {
                return Err(Refusal::Committed { committed_fen });
            }
        }
        if change.valid_to.is_some_and(|day| day <= self.valid_to) {
            return Err(Refusal::Unchangeable { why: "earlier_end" });
        }
        if change.beneficiaries.as_ref().is_some_and(|places| places.0.is_empty()) {
            return Err(Refusal::Unchangeable { why: "no_beneficiary" });
        }
        Ok(())
    }

    /// Makes a change.
    pub fn change(&mut self, change: &Change) {
        self.limit_fen = change.limit_fen.unwrap_or(self.limit_fen);
        self.valid_to = change.valid_to.unwrap_or(self.valid_to);
        if let Some(places) = &change.beneficiaries {
            self.beneficiaries = places.clone();
        }
    }

    /// Whether it may be taken back: only when nothing is held, used or claimed.
    ///
    /// # Errors
    /// [`Refusal::NotActive`], [`Refusal::Committed`]
    pub fn may_withdraw(&self, balance: &Balance) -> Result<(), Refusal> {
        if self.state.is_over() {
            return Err(Refusal::NotActive { state: self.state });
        }
        match balance.committed_fen() {
            0 => Ok(()),
            committed_fen => Err(Refusal::Committed { committed_fen }),
        }
    }
}
