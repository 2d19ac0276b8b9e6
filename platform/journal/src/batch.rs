//! Batches and the chain of their digests.

use kernel::{CommandId, Recorded};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Where a shard stands: the position of its last event, and the digest over all batches.
///
/// ```text
/// digest(n) = SHA-256( digest(n-1) || events of batch n, each as length and bytes )
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
    let mut hash = Sha256::new();
    hash.update(before.digest);
    let mut seq = before.seq;
    for event in events {
        hash.update(digest_of(event));
        seq = event.seq;
    }
    Head { seq, digest: hash.finalize().into() }
}
