//! What follows from an event: further commands, outside work, messages.

use crate::{Atomic, ErrandId, Json, Recorded, Shard, Unreadable};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::future::Future;

/// What a policy or a finished errand asks for.
///
/// Commands of the event's own shard run inside the same batch; everything else leaves through the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reaction {
    /// Further commands; their failure never undoes the cause but goes to the dead letters.
    Commands(Atomic),
    /// Outside work (差事).
    Errand {
        /// [`Errand::KIND`].
        kind: String,
        /// The errand as JSON.
        body: Json,
    },
    /// A message to another node or a partner.
    Message {
        /// To whom.
        to: Address,
        /// What.
        body: Json,
    },
}

impl Reaction {
    /// An errand as a reaction.
    ///
    /// # Errors
    /// The errand cannot be written as JSON.
    pub fn errand<E: Errand>(errand: &E) -> Result<Self, serde_json::Error> {
        Ok(Self::Errand { kind: E::KIND.to_owned(), body: serde_json::to_value(errand)? })
    }
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Address {
    /// Another shard of this installation.
    Shard(Shard),
    /// A partner system by its key in `exchange`.
    Partner(String),
}

/// Hears one event, answers with commands, errands or messages (联动规则). Stateless and pure.
///
/// Ids of what it asks for follow from (event id, name, position), so a replay does nothing twice.
pub trait Policy: Send + Sync + 'static {
    /// Its name, unique in the installation, such as `linkage.issue_on_grant`; never reused.
    fn name(&self) -> &'static str;
    /// The events it hears, as `kind.Variant` (`case.Granted`) or `kind.*`.
    fn listens(&self) -> &'static [&'static str];
    /// What follows from the event.
    ///
    /// # Errors
    /// The event cannot be decoded.
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable>;
}

/// Outside work (差事), done at least once, always with the same id; what came of it returns as reactions.
pub trait Errand: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name; never reused.
    const KIND: &'static str;
    /// What it needs from outside: a mailer, a signer, a partner's client.
    type Tools: Clone + Send + Sync + 'static;

    /// Does the work.
    ///
    /// # Errors
    /// [`ErrandError::Later`] is tried again with growing pauses; [`ErrandError::Never`] goes to the dead letters.
    fn run(
        &self,
        id: ErrandId,
        tools: Self::Tools,
    ) -> impl Future<Output = Result<Vec<Reaction>, ErrandError>> + Send;
}

/// Why an errand came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrandError {
    /// The other side is down or slow: try again.
    #[error("try again later: {0}")]
    Later(String),
    /// It will never succeed as it stands: an operator must look at it.
    #[error("cannot be done: {0}")]
    Never(String),
}

impl ErrandError {
    /// Try again later, for this reason.
    pub fn later(why: impl std::fmt::Display) -> Self {
        Self::Later(why.to_string())
    }

    /// It will never succeed, for this reason.
    pub fn never(why: impl std::fmt::Display) -> Self {
        Self::Never(why.to_string())
    }
}
