//! What propagation speaks of: what is told, to whom, and where each stands.

use codes::Label;
use kernel::Json;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The key of a propagation: what it is about, such as `credit:91440106MA59C0309X:procurement`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PropagationKey(pub String);

impl fmt::Display for PropagationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is told (传播内容): a message of a kind with a contract, its purpose and ground, and its facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    /// The kind of the message, such as `credit.restriction_lifted`; the name of its contract.
    pub kind: String,
    /// For what it is sent (使用目的).
    pub purpose: String,
    /// The legal basis (法律依据).
    pub basis: String,
    /// Its other members; none of them tells of a person.
    #[serde(default)]
    pub facts: BTreeMap<String, Json>,
}

impl Telling {
    /// Something to tell, without facts yet.
    pub fn new(
        kind: impl Into<String>,
        purpose: impl Into<String>,
        basis: impl Into<String>,
    ) -> Self {
        Self {
            kind: kind.into(),
            purpose: purpose.into(),
            basis: basis.into(),
            facts: BTreeMap::new(),
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.facts.insert(name.into(), value.into());
        self
    }

    /// The body of the message that tells it: the envelope, the facts, and which round of what it is.
    #[must_use]
    pub fn body(&self, about: &PropagationKey, round: u32) -> Json {
        let mut members: serde_json::Map<String, Json> =
            self.facts.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let envelope: [(&str, Json); 5] = [
            ("kind", self.kind.as_str().into()),
            ("purpose", self.purpose.as_str().into()),
            ("basis", self.basis.as_str().into()),
            ("propagation", about.0.as_str().into()),
            ("round", round.into()),
        ];
        members.extend(envelope.map(|(name, value)| (name.to_owned(), value)));
        Json::Object(members)
    }
}

/// Where a recipient stands in the present round (接收状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It has not confirmed yet, and is tried again.
    Pending,
    /// The time is over, or it can never be reached like this: a supervisor sees to it; it is tried once a day.
    Escalated,
    /// Its signed receipt came.
    Confirmed,
    /// It was told otherwise, as an officer says.
    Settled,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Escalated, Self::Confirmed, Self::Settled];

    /// The word in rows and addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Escalated => "escalated",
            Self::Confirmed => "confirmed",
            Self::Settled => "settled",
        }
    }

    /// The standing of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.word() == word)
    }

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> Label {
        match self {
            Self::Pending => Label::new("待确认", "Not confirmed yet"),
            Self::Escalated => Label::new("逾期未确认", "Overdue"),
            Self::Confirmed => Label::new("已确认", "Confirmed"),
            Self::Settled => Label::new("已另行告知", "Told otherwise"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_bears_its_envelope_whatever_the_facts_say() {
        let telling = Telling::new("credit.restriction_lifted", "解除限制", "办法第六条")
            .with("measure", "procurement")
            .with("kind", "forged");
        let body = telling.body(&PropagationKey("credit:x:procurement".to_owned()), 2);
        assert_eq!(body["kind"], "credit.restriction_lifted");
        assert_eq!((&body["measure"], &body["round"]), (&"procurement".into(), &2.into()));
    }

    #[test]
    fn every_standing_has_its_word() {
        for standing in Standing::ALL {
            assert_eq!(Standing::of(standing.word()), Some(standing));
        }
        assert_eq!(Standing::of("lost"), None);
    }
}
