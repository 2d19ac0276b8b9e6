//! What follows from a round and from a further attempt: one errand a recipient.

use super::errand::Deliver;
use super::event::PropagationEvent;
use super::model::PropagationKey;
use kernel::{Policy, Reaction, Recorded, Unreadable};

/// Told or tried again, so the message is carried.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeliverOnTold;

impl Policy for DeliverOnTold {
    fn name(&self) -> &'static str {
        "propagation.deliver"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["propagation.Told", "propagation.Tried"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let (round, telling, attempt, to) = match event.read()? {
            PropagationEvent::Told { round, telling, to, .. } => (round, telling, 1, to),
            PropagationEvent::Tried { round, recipient, attempt, telling } => {
                (round, telling, attempt, vec![recipient])
            }
            PropagationEvent::Failed { .. }
            | PropagationEvent::Confirmed { .. }
            | PropagationEvent::Escalated { .. }
            | PropagationEvent::Settled { .. }
            | PropagationEvent::Reopened { .. } => return Ok(Vec::new()),
        };
        let about = PropagationKey(event.key.to_string());
        let body = telling.body(&about, round);
        to.into_iter()
            .map(|recipient| {
                let (about, shard, body) = (about.clone(), event.shard.clone(), body.clone());
                event.sends(&Deliver { about, shard, round, recipient, attempt, body })
            })
            .collect()
    }
}
