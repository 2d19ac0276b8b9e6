//! The record of looks at one person's data: every look is an event that the person can see.

use crate::error::IdentityError;
use crate::event::{Look, ReadsEvent};
use kernel::{Aggregate, Context, PartyKey};
use serde::{Deserialize, Serialize};

/// Who looked at a person's data (查阅记录).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// How many looks there were.
    pub looks: u64,
    /// How many were refused.
    pub denied: u64,
}

/// What may be asked of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadsCommand {
    /// Record a look.
    Record(Look),
    /// Record that a look was refused.
    Deny(Look),
}

impl Aggregate for Reads {
    const KIND: &'static str = "reads";
    type Key = PartyKey;
    type Command = ReadsCommand;
    type Event = ReadsEvent;
    type Error = IdentityError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: ReadsCommand,
    ) -> Result<Vec<ReadsEvent>, IdentityError> {
        Ok(vec![match command {
            ReadsCommand::Record(look) => ReadsEvent::PersonRead(look),
            ReadsCommand::Deny(look) => ReadsEvent::ReadDenied(look),
        }])
    }

    fn evolve(&mut self, event: &ReadsEvent) {
        match event {
            ReadsEvent::PersonRead(_) => self.looks += 1,
            ReadsEvent::ReadDenied(_) => self.denied += 1,
        }
    }
}
