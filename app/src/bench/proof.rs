//! What must hold of an installation whatever it went through: kills at any moment, a full day, a full disk.

use crate::assemble::{self, Assembly, Setup};
use anyhow::{Context as _, Result, bail};
use engine::Sizes;
use journal::Journal;
use kernel::{CommandId, Recorded, Shard, derive_id};
use module::Clock;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tables::Query;
use tokio::time::Instant;

/// How long a dead server's lease may keep its shards.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many events are read at once.
const EVENTS: u32 = 10_000;
/// The tables that the engine itself keeps, with their keys.
const OWN: [(&str, &str); 3] = [
    ("engine_timers", "shard, due_at, stream_kind, stream_key, name"),
    ("engine_outbox", "shard, id"),
    ("engine_dead_letters", "shard, id"),
];

/// What was found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    /// Events in the journal.
    pub(crate) events: u64,
    /// Commands that they answer.
    pub(crate) commands: u64,
    /// Rows of all tables.
    pub(crate) rows: u64,
}

/// Opens an installation that nobody else has open and checks all of it.
pub(crate) async fn check(
    setup: &Setup,
    clock: Arc<dyn Clock>,
    acknowledged: &BTreeSet<CommandId>,
) -> Result<Found> {
    let config =
        engine::Config { sizes: Sizes { at_once: 0, ..Sizes::default() }, ..Default::default() };
    let assembly = assemble::assemble_with(setup, clock, config).await?;
    let kept = assemble::stores(setup).await?;
    let journal = &*kept.journal;
    let mut found = Found::default();
    let shards = journal.shards().await?;
    all_open(&assembly, &shards).await?;
    let mut left = acknowledged.clone();
    for shard in &shards {
        journal::verify::verify(journal, shard, &mut |_| ())
            .await
            .with_context(|| format!("the journal of {shard} is not what was written"))?;
        happened_once(journal, shard, &mut left, &mut found).await?;
        evidenced(setup, &assembly, journal, shard).await?;
    }
    if let Some(lost) = left.first() {
        bail!("{} acknowledged commands are lost, {lost} among them", left.len());
    }
    let live = rows(&assembly).await?;
    assembly.engine.rebuild(&mut |_| ()).await?;
    let rebuilt = rows(&assembly).await?;
    for (table, rows) in &live {
        if rebuilt.get(table) != Some(rows) {
            bail!("the rows of {table} are not those that follow from the journal");
        }
        found.rows += rows.len() as u64;
    }
    assembly.engine.stop().await;
    Ok(found)
}

/// Waits until every shard is open here: a lease of the server that was killed has to run out first.
async fn all_open(assembly: &Assembly, shards: &[Shard]) -> Result<()> {
    let begun = Instant::now();
    loop {
        let health = assembly.engine.health().await;
        if shards.iter().all(|shard| health.iter().any(|open| open.shard == *shard)) {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            bail!("a shard does not open");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The log of evidence is what follows from the journal, whatever the kill left of it, and no checkpoint is contradicted.
async fn evidenced(
    setup: &Setup,
    assembly: &Assembly,
    journal: &dyn Journal,
    shard: &Shard,
) -> Result<()> {
    let published = assembly.log.publish(shard).await;
    published.with_context(|| format!("the log of evidence of {shard}"))?;
    let audited = crate::evidence::audited(setup, journal, shard, &mut |_| ()).await?;
    match audited {
        None => bail!("no log of evidence is kept"),
        Some(audited) => match audited.findings.first() {
            Some(finding) => bail!("the log of evidence: {finding}"),
            None if audited.hashes == 0 => bail!("no hash of {shard} is kept"),
            None => Ok(()),
        },
    }
}

/// Walks over a shard: each command's events stand together, and no stream holds the same event twice.
async fn happened_once(
    journal: &dyn Journal,
    shard: &Shard,
    left: &mut BTreeSet<CommandId>,
    found: &mut Found,
) -> Result<()> {
    let mut ends: BTreeMap<CommandId, u64> = BTreeMap::new();
    let mut seen: BTreeSet<[u8; 16]> = BTreeSet::new();
    let mut at = 0;
    loop {
        let events = journal.read(shard, at, EVENTS).await?;
        let Some(last) = events.last() else { break };
        at = last.seq;
        for event in &events {
            found.events += 1;
            if !seen.insert(content(event)) {
                bail!("{} of {}/{} happened twice", event.name(), event.kind, event.key);
            }
            match ends.insert(event.command, event.seq) {
                Some(end) if end + 1 != event.seq && &*event.kind != "outbox" => {
                    bail!(
                        "command {} was decided at {end} and again at {}",
                        event.command,
                        event.seq
                    );
                }
                _ => {}
            }
        }
    }
    found.commands += ends.len() as u64;
    left.retain(|command| !ends.contains_key(command));
    Ok(())
}

/// What an event says, in 16 bytes: of which stream, and with which words.
fn content(event: &Recorded) -> [u8; 16] {
    derive_id(&[event.kind.as_bytes(), event.key.as_bytes(), event.body.text().as_bytes()])
}

/// All rows of all tables, each as a text.
async fn rows(assembly: &Assembly) -> Result<BTreeMap<String, Vec<String>>> {
    let own = OWN.iter().map(|(name, key)| ((*name).to_owned(), (*key).to_owned()));
    let of_modules =
        assembly.tables.iter().map(|table| (table.name.to_owned(), table.key.join(", ")));
    let mut all = BTreeMap::new();
    for (name, key) in own.chain(of_modules) {
        let query = Query::new(format!("SELECT * FROM {name} ORDER BY {key}"));
        let rows = assembly.platform.reader.rows(query).await?;
        all.insert(name, rows.iter().map(|row| format!("{row:?}")).collect());
    }
    Ok(all)
}
