//! What listings speak of, and what happens to them; the wire format, frozen.

use codes::{Date, Label};
use kernel::{Json, OrganKey, derive_id};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The key of a listing: opaque, following from whom it lists, on what, by which decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListingKey(pub String);

impl ListingKey {
    /// The key of an entry: the same subject, list and decision give the same key, however they arrive.
    #[must_use]
    pub fn of(subject: &str, list: &str, decision_no: &str) -> Self {
        let decision: String = decision_no.chars().filter(|c| c.is_alphanumeric()).collect();
        let id = derive_id(&[b"listing", decision.as_bytes()]);
        let tail: String = id.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("{subject}-{list}-{tail}"))
    }
}

impl fmt::Display for ListingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An entry as it is made (列入记录).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// Whom: the unified code of an entity.
    pub subject: String,
    /// Its name.
    pub subject_name: String,
    /// Which list, such as `serious`.
    pub list: String,
    /// Why, by the code of the rule, such as `83-5-1`.
    pub cause: String,
    /// The number of the decision.
    pub decision_no: String,
    /// Who decided.
    pub organ: OrganKey,
    /// The name of who decided.
    pub organ_name: String,
    /// The division in which it decided, six digits of GB/T 2260.
    pub place: String,
    /// The day of the decision.
    pub listed_on: Date,
    /// The day of publication.
    pub published_on: Date,
    /// The last day of a term that the entry itself bears, until 24:00; none where law alone ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    /// Until when a law restricts the subject in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction_until: Option<Date>,
    /// The restrictions that it supports, by key.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub measures: BTreeSet<String>,
    /// What else the list's own rules go by; nothing in it tells of a person.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Json>,
}

/// Whom and what an event is about, for those who read it alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The unified code.
    pub uscc: String,
    /// The name.
    pub name: String,
    /// The list.
    pub list: String,
}

/// What happens to a listing (列入).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListingEvent {
    /// Somebody was listed.
    Listed {
        /// The entry.
        entry: Box<ListEntry>,
    },
    /// Further facts became known.
    Amended {
        /// About whom.
        of: Subject,
        /// The facts, each in the place of an earlier one.
        facts: BTreeMap<String, Json>,
    },
    /// It is disputed, or no longer (有异议).
    Marked {
        /// About whom.
        of: Subject,
        /// Whether it is disputed now.
        disputed: bool,
        /// By what.
        reason: String,
    },
    /// It was removed by a decision (移出).
    Removed {
        /// About whom.
        of: Subject,
        /// The first day without it.
        on: Date,
        /// The number of the decision; empty where it bears none.
        decision_no: String,
        /// On what ground.
        ground: String,
    },
    /// Its term is over.
    Ended {
        /// About whom.
        of: Subject,
        /// The first day without it.
        on: Date,
        /// By which rule.
        ground: String,
    },
    /// It was set aside (撤销列入): as if it had never been.
    SetAside {
        /// About whom.
        of: Subject,
        /// The day.
        on: Date,
        /// The number of the decision or judgment.
        decision_no: String,
        /// On what ground.
        ground: String,
    },
    /// Its removal was undone: it stands again from this day.
    Restored {
        /// About whom.
        of: Subject,
        /// The first day on which it stands again.
        on: Date,
        /// On what ground.
        ground: String,
    },
    /// It became known which restrictions it supports.
    Supported {
        /// About whom.
        of: Subject,
        /// The restrictions, by key.
        measures: BTreeSet<String>,
    },
    /// The decision that removed it got its number.
    Numbered {
        /// About whom.
        of: Subject,
        /// The number.
        decision_no: String,
    },
}

/// How an entry ended, as other systems tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Removed by a decision (移出).
    Removed,
    /// Its term was over.
    Ended,
    /// Set aside (撤销列入).
    SetAside,
}

impl Ending {
    /// Where the listing stands then.
    #[must_use]
    pub const fn state(self) -> ListingState {
        match self {
            Self::Removed => ListingState::Removed,
            Self::Ended => ListingState::Ended,
            Self::SetAside => ListingState::SetAside,
        }
    }
}

/// Where a listing stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingState {
    /// It stands.
    #[default]
    Live,
    /// It was removed.
    Removed,
    /// Its term is over.
    Ended,
    /// It was set aside.
    SetAside,
}

impl ListingState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Live, Self::Removed, Self::Ended, Self::SetAside];

    /// The word in rows.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Removed => "removed",
            Self::Ended => "ended",
            Self::SetAside => "set_aside",
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
            Self::Live => Label::new("在列", "on the list"),
            Self::Removed => Label::new("已移出", "removed"),
            Self::Ended => Label::new("期满", "term over"),
            Self::SetAside => Label::new("列入已撤销", "set aside"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_follows_from_subject_list_and_decision_however_it_is_written() {
        let key = |no: &str| ListingKey::of("91440106MA59C0309X", "serious", no);
        assert_eq!(key("穗市监列严〔2017〕12号"), key("穗市监列严(2017) 12 号"));
        assert_ne!(key("穗市监列严〔2017〕12号"), key("穗市监列严〔2017〕13号"));
        assert!(key("穗市监列严〔2017〕12号").0.is_ascii());
    }

    #[test]
    fn every_state_has_its_word() {
        for state in ListingState::ALL {
            assert_eq!(ListingState::of(state.word()), Some(state));
        }
    }
}
