//! The raw rate of a journal: the very same events in batches of the same size, appended by the adapter alone.

use anyhow::{Result, bail};
use journal::{Batch, Head, Journal};
use kernel::{Actor, Recorded};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Appends all events of one journal to another that is empty, batch by batch; answers with their number and the time
/// that the appends alone took.
pub(crate) async fn append(from: &dyn Journal, to: &dyn Journal) -> Result<(u64, Duration)> {
    let (mut events, mut took) = (0, Duration::ZERO);
    for shard in from.shards().await? {
        let mut at = Head::default();
        loop {
            let heads = from.heads(&shard, at.seq, 1_000).await?;
            if heads.is_empty() {
                break;
            }
            for head in heads {
                let count = u32::try_from(head.seq - at.seq)?;
                let read = shared_actors(from.read(&shard, at.seq, count).await?);
                let batch = Batch { after: at, events: read, answers: Vec::new() };
                let begun = Instant::now();
                at = to.append(&shard, batch).await?;
                took += begun.elapsed();
                events += u64::from(count);
                if at != head {
                    bail!("the same events gave another digest at {shard}/{}", head.seq);
                }
            }
        }
    }
    Ok((events, took))
}

/// Events of one command share their actor, as they do when the engine appends them.
fn shared_actors(mut events: Vec<Recorded>) -> Vec<Recorded> {
    let mut last: Option<Arc<Actor>> = None;
    for event in &mut events {
        match &last {
            Some(known) if **known == *event.actor => event.actor = Arc::clone(known),
            _ => last = Some(Arc::clone(&event.actor)),
        }
    }
    events
}
