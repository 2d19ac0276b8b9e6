//! All events that concern one party, each with its proof.

use crate::{Log, LogError, Proof};
use codes::Moment;
use futures_util::future::try_join_all;
use kernel::{PartyKey, Recorded, Shard};
use module::{Concern, History, Platform};
use portal::Failure;
use std::collections::BTreeMap;

/// How many events a page or an answer holds.
pub const EVENTS_MAX: usize = 500;

/// An event of a party with its proof.
#[derive(Clone, Debug)]
pub struct Own {
    /// The event.
    pub event: Recorded,
    /// That it stands in the log.
    pub proof: Proof,
}

/// The events of a party.
#[derive(Clone, Debug, Default)]
pub struct Mine {
    /// The newest first.
    pub events: Vec<Own>,
    /// How many there are in all.
    pub total: usize,
}

/// The streams that concern a party, as all modules tell, each once.
///
/// # Errors
/// The tables cannot be read.
pub async fn concerns(
    platform: &Platform,
    party: &PartyKey,
) -> Result<Vec<Concern>, tables::ReadError> {
    let asked = platform.concerns.iter().map(|module| module.of(&*platform.reader, party));
    let mut all: Vec<Concern> = try_join_all(asked).await?.into_iter().flatten().collect();
    all.sort();
    all.dedup();
    Ok(all)
}

/// The events that concern a party, with proofs: the newest before an instant, at most [`EVENTS_MAX`].
///
/// Asked are the streams alone, each by its index; the length of the journal does not matter.
///
/// # Errors
/// Tables, journal or log cannot be read.
pub async fn mine(
    platform: &Platform,
    log: &Log,
    party: &PartyKey,
    before: Option<Moment>,
) -> Result<Mine, Failure> {
    let concerns = concerns(platform, party).await?;
    of_streams(&*platform.history, log, &concerns, before).await
}

/// The events of some streams with proofs, as [`mine`] has them.
///
/// # Errors
/// Journal or log cannot be read.
pub async fn of_streams(
    history: &dyn History,
    log: &Log,
    concerns: &[Concern],
    before: Option<Moment>,
) -> Result<Mine, Failure> {
    let streams = concerns.iter().map(|one| history.stream(&one.shard, &one.kind, &one.key, 0));
    let streams = try_join_all(streams).await?;
    let mut events: Vec<Recorded> = streams.into_iter().flatten().collect();
    let total = events.len();
    events.retain(|event| before.is_none_or(|before| event.at < before));
    events.sort_by(|a, b| (b.at, &b.shard, b.seq).cmp(&(a.at, &a.shard, a.seq)));
    events.truncate(EVENTS_MAX);
    Ok(Mine { events: proven(log, events).await?, total })
}

/// Proves events, all of one shard against one checkpoint.
async fn proven(log: &Log, events: Vec<Recorded>) -> Result<Vec<Own>, LogError> {
    let mut by_shard: BTreeMap<Shard, Vec<u64>> = BTreeMap::new();
    for event in &events {
        by_shard.entry(event.shard.clone()).or_default().push(event.seq);
    }
    let mut proofs = BTreeMap::new();
    for (shard, seqs) in by_shard {
        let proven = log.prove_all(&shard, &seqs).await?;
        proofs.insert(shard, seqs.into_iter().zip(proven).collect::<BTreeMap<_, _>>());
    }
    let own = events.into_iter().filter_map(|event| {
        let proof = proofs.get_mut(&event.shard)?.remove(&event.seq)?;
        Some(Own { event, proof })
    });
    Ok(own.collect())
}
