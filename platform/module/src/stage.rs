//! The stage on which samples of reforms are played.

use crate::{Receipt, SubmitError};
use codes::Moment;
use kernel::{Actor, Atomic, Recorded, Shard, Waiting};
use tables::{Query, ReadError, Row};

/// A whole platform with a hand-wound clock (舞台). `testbed` implements it; `bundles` plays samples on it.
pub trait Stage: Send + Sync {
    /// The hand-wound clock.
    fn now(&self) -> Moment;
    /// Submits commands as an actor, past the gate's judgement, and waits until everything that follows has come to rest.
    fn submit(&self, actor: Actor, commands: Atomic) -> Waiting<'_, Result<Receipt, SubmitError>>;
    /// Winds the clock forward, firing every timer on the way at its own instant, until everything has come to rest.
    fn wind(&self, to: Moment) -> Waiting<'_, Result<(), StageError>>;
    /// Reads tables.
    fn rows(&self, query: Query) -> Waiting<'_, Result<Vec<Row>, ReadError>>;
    /// The events of a shard after a position.
    fn events(&self, shard: &Shard, after: u64) -> Waiting<'_, Result<Vec<Recorded>, StageError>>;
}

/// The stage itself broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stage broke: {0}")]
pub struct StageError(pub String);
