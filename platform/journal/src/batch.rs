//! Batches and the chain of their digests.

use crate::AppendError;
use kernel::{CommandId, Recorded, Shard};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// Where a shard stands: the position of its last event, and the digest over all batches.
///
/// ```text
/// digest(n) = SHA-256( digest(n-1) || digest_of(event) of each event of batch n )
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The position of the last event; 0 before the first.
    pub seq: u64,
    /// The digest over the last batch and the digest before it; zeros before the first.
    pub digest: [u8; 32],
}

/// Events that become durable together, and the commands that they answer.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The head that the writer has seen; another one means that the writer is fenced.
    pub after: Head,
    /// The events, positions running on from `after.seq`; never empty.
    pub events: Vec<Recorded>,
    /// The commands that these events answer, so that a repeated command gives the first answer again.
    pub answers: Vec<Answer>,
}

/// The first answer to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The command.
    pub command: CommandId,
    /// A digest of what was asked, so that the same id with other content is refused (`ID_REUSED`).
    pub asked: [u8; 16],
    /// The position of its first event.
    pub first: u64,
    /// The position of its last event.
    pub last: u64,
}

/// The digest of one event: over every field that is kept.
#[must_use]
pub fn digest_of(event: &Recorded) -> [u8; 32] {
    let mut hash = Sha256::new();
    let actor = serde_json::to_vec(&event.actor).unwrap_or_default();
    let cause = event.cause.as_ref().map(ToString::to_string).unwrap_or_default();
    for part in [
        event.shard.as_str().as_bytes(),
        &event.seq.to_be_bytes(),
        event.kind.as_bytes(),
        event.key.as_bytes(),
        &event.version.to_be_bytes(),
        &event.schema.to_be_bytes(),
        &event.at.us().to_be_bytes(),
        &actor,
        event.command.bytes(),
        cause.as_bytes(),
        event.body.text().as_bytes(),
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The head after a batch.
#[must_use]
pub fn chain(before: &Head, events: &[Recorded]) -> Head {
    fold(before, events, &events.iter().map(digest_of).collect::<Vec<_>>())
}

/// The head after a batch whose events' digests are known: what a driver that keeps a [`mark`] beside each event uses.
#[must_use]
pub fn fold(before: &Head, events: &[Recorded], digests: &[[u8; 32]]) -> Head {
    let mut hash = Sha256::new();
    hash.update(before.digest);
    for digest in digests {
        hash.update(digest);
    }
    Head {
        seq: events.last().map_or(before.seq, |event| event.seq),
        digest: hash.finalize().into(),
    }
}

/// The first 32 bits of a digest: kept beside each event, so that a reader can name the one that changed.
///
/// The chain proves; the mark only points.
#[must_use]
pub fn mark(digest: &[u8; 32]) -> u32 {
    let [a, b, c, d, ..] = *digest;
    u32::from_be_bytes([a, b, c, d])
}

impl Answer {
    /// A mark over the answer's four fields, kept beside it, because the chain covers events alone.
    #[must_use]
    pub fn mark(&self) -> u32 {
        let mut hash = Sha256::new();
        hash.update(self.command.bytes());
        hash.update(self.asked);
        hash.update(self.first.to_be_bytes());
        hash.update(self.last.to_be_bytes());
        mark(&hash.finalize().into())
    }
}

impl Batch {
    /// Whether the batch may be appended to a shard standing at `after`: what every driver asks before it writes.
    ///
    /// # Errors
    /// [`AppendError::Refused`]: it is empty, holds another shard's event, its positions do not run on, two events
    /// claim one place in a stream, or an answer points outside it.
    pub fn check(&self, shard: &Shard) -> Result<(), AppendError> {
        self.misfit(shard).map_or(Ok(()), |why| Err(AppendError::Refused(why)))
    }

    fn misfit(&self, shard: &Shard) -> Option<String> {
        if self.events.is_empty() {
            return Some("an empty batch".to_owned());
        }
        let mut seq = self.after.seq;
        let mut places = BTreeSet::new();
        for event in &self.events {
            seq += 1;
            if event.shard != *shard {
                return Some(format!("event {} in a batch of shard `{shard}`", event.id()));
            }
            if event.seq != seq {
                return Some(format!("position {} where {seq} is next", event.seq));
            }
            if event.version == 0 || !places.insert((&event.kind, &event.key, event.version)) {
                return Some(taken(event));
            }
        }
        let inside = |answer: &&Answer| {
            answer.first > self.after.seq && answer.first <= answer.last && answer.last <= seq
        };
        let answer = self.answers.iter().find(|answer| !inside(answer))?;
        Some(format!("the answer to command {} points outside its batch", answer.command))
    }
}

/// Why an event is refused whose place in its stream is taken.
#[must_use]
pub fn taken(event: &Recorded) -> String {
    format!("version {} of `{}/{}` cannot be written again", event.version, event.kind, event.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::event;

    /// If you are here: the digest chain of every journal ever written rests on these bytes. Do not change them.
    #[test]
    fn the_digest_of_an_event_is_frozen() {
        let shard = Shard::new("440100");
        let one = event(&shard, 1, "case", "办件-1", 1);
        let two = event(&shard, 2, "case", "办件-1", 2);
        assert_eq!(
            hex(&digest_of(&one)),
            "ff68edde78ba7ed9d613a6e0647d58079f45ea3601f4fc5dc9a4b0e0314d55bd"
        );
        let head = chain(&Head::default(), &[one, two]);
        assert_eq!(head.seq, 2);
        assert_eq!(
            hex(&head.digest),
            "4fc71c4d96e4395f7d1ffbbd267e655c3a7d2f50d5e15dd61baf32ebd3f4b5f2"
        );
    }

    #[test]
    fn every_field_counts_in_the_digest() {
        let base = event(&Shard::new("440100"), 7, "case", "k", 3);
        let mut changed = vec![base.clone(); 9];
        changed[0].shard = Shard::new("440101");
        changed[1].seq += 1;
        changed[2].kind = "cas".into();
        changed[2].key = "ek".into();
        changed[3].version += 1;
        changed[4].schema += 1;
        changed[5].at = changed[5].at.plus_us(1);
        changed[6].actor = kernel::Actor::Public.into();
        changed[7].command = CommandId::from_bytes([9; 16]);
        changed[8].cause = None;
        for other in &changed {
            assert_ne!(digest_of(other), digest_of(&base), "{other:?}");
        }
    }

    #[test]
    fn a_batch_that_does_not_run_on_is_refused() {
        let shard = Shard::new("440100");
        let batch =
            |events: Vec<Recorded>| Batch { after: Head::default(), events, answers: Vec::new() };
        let at = |seq, version| event(&shard, seq, "case", "k", version);
        assert_eq!(batch(vec![at(1, 1), at(2, 2)]).check(&shard), Ok(()));
        for wrong in [
            vec![],
            vec![at(2, 1)],
            vec![at(1, 1), at(3, 2)],
            vec![at(1, 1), at(2, 1)],
            vec![at(1, 0)],
        ] {
            assert!(matches!(batch(wrong).check(&shard), Err(AppendError::Refused(_))));
        }
        assert!(batch(vec![at(1, 1)]).check(&Shard::new("440300")).is_err());
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
