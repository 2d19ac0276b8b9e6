//! Outside work: a message is carried to one recipient.

use super::Post;
use super::decide::{Propagation, PropagationCommand};
use super::model::PropagationKey;
use kernel::{Address, Atomic, Errand, ErrandError, ErrandId, Json, Reaction, Shard};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Carries one round to one recipient. What comes of it is a fact of the propagation, which counts the attempts itself
/// and lets days pass between them; the engine's own patience is an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// What it is about.
    pub about: PropagationKey,
    /// Its shard.
    pub shard: Shard,
    /// Which round.
    pub round: u32,
    /// To whom.
    pub recipient: String,
    /// Which attempt.
    pub attempt: u32,
    /// The message.
    pub body: Json,
}

/// The id under which a recipient gets the message of a round: the same for every attempt, so that a receiver which took
/// it and lost the receipt on the way takes it once.
#[must_use]
pub fn wire_id(about: &PropagationKey, round: u32, recipient: &str) -> ErrandId {
    let round = round.to_be_bytes();
    ErrandId::derive(&[b"propagation", about.0.as_bytes(), &round, recipient.as_bytes()])
}

impl Errand for Deliver {
    const KIND: &'static str = "propagation.deliver";
    type Tools = Arc<dyn Post>;

    async fn run(&self, _id: ErrandId, post: Arc<dyn Post>) -> Result<Vec<Reaction>, ErrandError> {
        let id = wire_id(&self.about, self.round, &self.recipient);
        let to = Address::Partner(self.recipient.clone());
        let (mut reactions, command) = match post.deliver(id, to, self.body.clone()).await {
            Ok(reactions) => {
                let recipient = self.recipient.clone();
                (reactions, PropagationCommand::Confirm { round: self.round, recipient })
            }
            Err(ErrandError::Later(why)) => (Vec::new(), self.failed(why, false)),
            Err(ErrandError::Never(why)) => (Vec::new(), self.failed(why, true)),
        };
        let commands = Atomic::new(self.shard.clone())
            .then::<Propagation>(&self.about, &command)
            .map_err(ErrandError::never)?;
        reactions.push(Reaction::Commands(commands));
        Ok(reactions)
    }
}

impl Deliver {
    fn failed(&self, why: String, for_good: bool) -> PropagationCommand {
        let (round, attempt) = (self.round, self.attempt);
        let recipient = self.recipient.clone();
        PropagationCommand::Fail { round, recipient, attempt, why, for_good }
    }
}
