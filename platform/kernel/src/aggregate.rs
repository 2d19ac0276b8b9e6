//! The aggregate: decides commands against its state, folds events into it.

use crate::{Actor, Coded, CommandId, EventId, Moment};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// A thing that decides (聚合): a case, a licence, a record.
///
/// ```text
///  command ──► decide(state, world, context) ──► events ──► journal (durable)
///                 ▲                                 │
///                 └────────── evolve ◄──────────────┘
/// ```
pub trait Aggregate: Default + fmt::Debug + Send + 'static {
    /// Its name in the journal; never reused, never renamed.
    const KIND: &'static str;
    /// What tells one of them from another.
    type Key: fmt::Display + Clone + Ord + Serialize + DeserializeOwned + Send + 'static;
    /// What may be asked of it; an enum, externally tagged.
    type Command: Serialize + DeserializeOwned + Send + 'static;
    /// What happened to it; an enum, externally tagged; wire format, frozen by golden files.
    type Event: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// A lawful "no".
    type Error: Coded;
    /// Read-only facts: definitions, calendar, reference data.
    type World: ?Sized + Send + Sync;

    /// Decides a command. Pure: no clock, no randomness, no I/O.
    ///
    /// # Errors
    /// A typed refusal that a person can read.
    fn decide(
        &self,
        world: &Self::World,
        cx: &Context,
        command: Self::Command,
    ) -> Result<Vec<Self::Event>, Self::Error>;

    /// Folds one event into the state. Total: looks at nothing but the event, refuses nothing.
    fn evolve(&mut self, event: &Self::Event);

    /// Timers that this state asks for; the stored ones follow it.
    fn deadlines(&self) -> Vec<Deadline<Self::Command>> {
        Vec::new()
    }
}

/// What a decision may know beside the state and the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The instant of the decision.
    pub now: Moment,
    /// Who acts.
    pub actor: Actor,
    /// The command's id.
    pub command: CommandId,
    /// The event that led to the command, where a policy or a timer sent it.
    pub cause: Option<EventId>,
}

/// A timer that a state asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline<C> {
    /// Its name, unique within the aggregate at any time; (name, at) is fired once.
    pub name: String,
    /// When it is due.
    pub at: Moment,
    /// What is sent then; deciding it must leave a state that no longer asks for this deadline.
    pub command: C,
}
