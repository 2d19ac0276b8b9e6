//! Machines without I/O, and the words that they exchange with whoever drives them.

use journal::{Answer, AppendError, Batch, Head};
use kernel::{
    Actor, Atomic, Body, CommandId, ErrandId, EventId, Moment, Reaction, Recorded, Shard,
};
use module::{Receipt, SubmitError};
use std::fmt;
use std::sync::Arc;

/// A machine that does no I/O: the runtime and the simulator drive the very same code.
pub trait Machine {
    /// What it is told.
    type Input;
    /// What it asks for.
    type Output;
    /// Takes one input at an instant and answers with what is to be done.
    fn step(&mut self, now: Moment, input: Self::Input) -> Vec<Self::Output>;
}

/// An aggregate of a shard: kind and key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId {
    /// The aggregate's kind.
    pub kind: Arc<str>,
    /// The aggregate's key.
    pub key: Arc<str>,
}

impl StreamId {
    /// The stream of an event.
    #[must_use]
    pub fn of(event: &Recorded) -> Self {
        Self { kind: Arc::clone(&event.kind), key: Arc::clone(&event.key) }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.key)
    }
}

/// A timer by what is unique about it: one of these is fired once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerKey {
    /// When it is due.
    pub at: Moment,
    /// The aggregate that asks for it.
    pub stream: StreamId,
    /// Its name within the aggregate.
    pub name: Arc<str>,
}

impl TimerKey {
    /// The id of the command that the timer sends.
    #[must_use]
    pub fn command(&self, shard: &Shard) -> CommandId {
        CommandId::derive(&[
            b"timer",
            shard.as_str().as_bytes(),
            self.stream.kind.as_bytes(),
            self.stream.key.as_bytes(),
            self.name.as_bytes(),
            &self.at.us().to_be_bytes(),
        ])
    }
}

/// A timer that a state began or ceased to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimerChange {
    /// Which one.
    pub timer: TimerKey,
    /// What it will send; `None` if it is no longer asked for.
    pub command: Option<Body>,
}

/// To whom an answer goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ticket {
    /// A caller, by the number that the driver gave.
    Caller(u64),
    /// The shard's own timers: a fired one.
    Fired(TimerKey),
    /// The shard's own timers: one that was buried.
    TimerBuried(TimerKey),
    /// The shard's own outbox: a letter that was settled or buried.
    Letter(ErrandId),
}

impl Ticket {
    /// Whether it stands for the end of a letter, which the engine itself records.
    pub(crate) fn is_of_a_letter(&self) -> bool {
        matches!(self, Self::TimerBuried(_) | Self::Letter(_))
    }
}

/// A command on its way to the writer.
#[derive(Clone, Debug)]
pub struct Submission {
    /// To whom the answer goes.
    pub ticket: Ticket,
    /// The command's id.
    pub id: CommandId,
    /// Who acts.
    pub actor: Actor,
    /// The event that led to it.
    pub cause: Option<EventId>,
    /// What is asked.
    pub commands: Atomic,
    /// What an errand answered.
    pub follow: Follow,
}

/// Reactions that run as if a policy had answered to the first event of a command.
#[derive(Clone, Debug, Default)]
pub struct Follow {
    /// The errand that answered.
    pub from: Arc<str>,
    /// What it answered.
    pub reactions: Vec<Reaction>,
}

/// What a writer is told.
#[derive(Debug)]
pub enum Input {
    /// A command arrives.
    Submit(Box<Submission>),
    /// The events of a stream were read.
    Loaded {
        /// Which stream.
        stream: StreamId,
        /// All its events in order, or what is wrong with the store.
        events: Result<Vec<Recorded>, String>,
    },
    /// The journal was asked whether it knows a command.
    AnswerFound {
        /// Which command.
        id: CommandId,
        /// Its first answer with its events.
        found: Result<Option<(Answer, Vec<Recorded>)>, String>,
    },
    /// The batch in flight was appended, or not.
    Appended(Result<Head, AppendError>),
    /// The head that was asked for after an append of unknown outcome.
    HeadRead(Result<Head, String>),
    /// The rows in flight were written, or not.
    RowsWritten(Result<(), RowsError>),
    /// Several of these at once: nothing is decided before all are taken.
    Many(Vec<Input>),
    /// Time has passed.
    Tick,
}

/// Why rows were not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    /// The store is down or full: the rows are tried again.
    #[error("the tables cannot be written: {0}")]
    Store(String),
    /// The rows stand at another position: an earlier write of unknown outcome had come through, or another writer
    /// has taken over.
    #[error("the rows stand at {0}")]
    Moved(u64),
    /// A projection and its events or tables disagree: the shard stops.
    #[error("the rows are wrong: {0}")]
    Wrong(String),
}

/// What a writer asks for.
#[derive(Debug)]
pub enum Output {
    /// Read the events of a stream.
    Load(StreamId),
    /// Ask the journal whether it knows a command.
    LookupAnswer(CommandId),
    /// Append a batch; one at a time.
    Append(Batch),
    /// Read the head of the shard.
    ReadHead,
    /// Project and write the rows of durable events; one at a time.
    WriteRows(Arc<Durable>),
    /// What became durable and can be read: for timers and outbox.
    Committed(Arc<Durable>),
    /// An answer.
    Reply {
        /// To whom.
        ticket: Ticket,
        /// What.
        answer: Result<Receipt, SubmitError>,
    },
    /// The writer has stopped for good.
    Stop(StopReason),
}

/// Events that are in the journal, and the timers that follow from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durable {
    /// The position before the first event.
    pub after: u64,
    /// The position of the last event.
    pub upto: u64,
    /// The events, batch by batch.
    pub events: Vec<Arc<Vec<Recorded>>>,
    /// Timers that began or ceased, in order.
    pub timers: Vec<TimerChange>,
}

/// Why a writer stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StopReason {
    /// Another writer took over.
    #[error("another writer took over at position {found}")]
    Fenced {
        /// Where the journal stands.
        found: u64,
    },
    /// Rows or events are not what they must be.
    #[error("corrupt: {0}")]
    Corrupt(String),
}
