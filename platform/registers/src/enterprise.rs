//! The enterprise record (企业登记簿): one a code, entered on establishment.

use codes::{Code, Coded, Date, Label, Reason};
use kernel::{Aggregate, Context, Origin, PartyKey};
use serde::{Deserialize, Serialize};

/// The key of a record: the unified social credit code.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EnterpriseKey(pub String);

impl std::fmt::Display for EnterpriseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the register says of an enterprise: what its licence shows (市场主体登记管理条例 35: open to everybody).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// The division of the domicile.
    pub place: String,
    /// The registration organ.
    pub organ: String,
    /// The date of establishment.
    pub established_on: Option<Date>,
    /// Further elements of the licence by key, canonical.
    #[serde(default)]
    pub elements: std::collections::BTreeMap<String, serde_json::Value>,
}

/// What can be asked of a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum EnterpriseCommand {
    /// Enter a new enterprise.
    Enter {
        /// What the register says.
        entry: Box<Entry>,
        /// Where it comes from.
        origin: Origin,
    },
    /// Name the legal representative (法定代表人); whoever was named before is none from then on.
    NameRepresentative {
        /// The enterprise as a party.
        enterprise: PartyKey,
        /// The person as a party.
        representative: PartyKey,
        /// Where it comes from.
        origin: Origin,
    },
}

/// What happened to a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnterpriseEvent {
    /// Entered.
    EnterpriseEntered {
        /// What the register says.
        entry: Box<Entry>,
        /// Since when it is so.
        valid_from: Date,
        /// Where it comes from.
        origin: Origin,
    },
    /// It has this legal representative from now on.
    RepresentativeNamed {
        /// The enterprise as a party.
        enterprise: PartyKey,
        /// The person as a party; who that is lies sealed with the person's card.
        representative: PartyKey,
        /// Where it comes from.
        origin: Origin,
    },
}

/// Why the register refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnterpriseError {
    /// The code stands in the register already.
    #[error("the code stands in the register already")]
    Entered,
    /// No enterprise of this code stands in the register.
    #[error("no enterprise of this code stands in the register")]
    NotEntered,
}

impl Coded for EnterpriseError {
    fn code(&self) -> Code {
        Code::new(
            "REG",
            match self {
                Self::Entered => 9,
                Self::NotEntered => 10,
            },
        )
    }
    fn reason(&self) -> Reason {
        match self {
            Self::Entered => "ALREADY_ENTERED",
            Self::NotEntered => "NOT_ENTERED",
        }
    }
    fn label(&self) -> Label {
        match self {
            Self::Entered => Label::new(
                "该统一社会信用代码已经登记。",
                "This credit code stands in the register already.",
            ),
            Self::NotEntered => Label::new(
                "登记簿中没有这一统一社会信用代码的企业。请核对代码。",
                "No enterprise of this credit code stands in the register. Check the code.",
            ),
        }
    }
    fn status(&self) -> u16 {
        match self {
            Self::Entered => 409,
            Self::NotEntered => 404,
        }
    }
}

/// One enterprise.
#[derive(Clone, Debug, Default)]
pub struct Enterprise {
    /// What the register says; none before it is entered.
    pub entry: Option<Box<Entry>>,
    /// Its legal representative, once named.
    pub representative: Option<PartyKey>,
}

impl Aggregate for Enterprise {
    const KIND: &'static str = "enterprise";
    type Key = EnterpriseKey;
    type Command = EnterpriseCommand;
    type Event = EnterpriseEvent;
    type Error = EnterpriseError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        cx: &Context,
        command: EnterpriseCommand,
    ) -> Result<Vec<EnterpriseEvent>, EnterpriseError> {
        match command {
            EnterpriseCommand::Enter { .. } if self.entry.is_some() => {
                Err(EnterpriseError::Entered)
            }
            EnterpriseCommand::Enter { entry, origin } => {
                let valid_from = entry.established_on.unwrap_or_else(|| cx.now.date());
                Ok(vec![EnterpriseEvent::EnterpriseEntered { entry, valid_from, origin }])
            }
            EnterpriseCommand::NameRepresentative { .. } if self.entry.is_none() => {
                Err(EnterpriseError::NotEntered)
            }
            EnterpriseCommand::NameRepresentative { representative, .. }
                if self.representative.as_ref() == Some(&representative) =>
            {
                Ok(Vec::new())
            }
            EnterpriseCommand::NameRepresentative { enterprise, representative, origin } => {
                Ok(vec![EnterpriseEvent::RepresentativeNamed {
                    enterprise,
                    representative,
                    origin,
                }])
            }
        }
    }

    fn evolve(&mut self, event: &EnterpriseEvent) {
        match event {
            EnterpriseEvent::EnterpriseEntered { entry, .. } => self.entry = Some(entry.clone()),
            EnterpriseEvent::RepresentativeNamed { representative, .. } => {
                self.representative = Some(representative.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{EventId, Shard, spec};

    fn origin(seq: u64) -> Origin {
        let event = EventId { shard: Shard::new("440100"), seq };
        Origin { kind: "case".to_owned(), key: "c1".to_owned(), event }
    }

    fn name(person: &str, seq: u64) -> EnterpriseCommand {
        EnterpriseCommand::NameRepresentative {
            enterprise: PartyKey::new("qinghe"),
            representative: PartyKey::new(person),
            origin: origin(seq),
        }
    }

    #[test]
    fn who_represents_an_enterprise_is_named_once_it_stands_and_may_change() {
        let mut given = spec::given::<Enterprise>(&(), []);
        assert_eq!(given.when(name("chen", 1)), Err(EnterpriseError::NotEntered));
        let enter = EnterpriseCommand::Enter { entry: Box::default(), origin: origin(1) };
        assert!(given.when(enter.clone()).is_ok());
        assert_eq!(given.when(enter), Err(EnterpriseError::Entered));
        assert_eq!(given.when(name("chen", 1)).map(|events| events.len()), Ok(1));
        assert_eq!(given.when(name("chen", 2)), Ok(vec![]), "the same again is nothing new");
        assert_eq!(given.when(name("lin", 3)).map(|events| events.len()), Ok(1));
        assert_eq!(given.state.representative, Some(PartyKey::new("lin")));
    }
}
