//! Measures the engine on SQLite against the raw append of the same events in batches of the same size:
//! `cargo run -p engine --profile demo --example throughput -- FOLDER COMMANDS AT_ONCE`.

use engine::sim::{Accounts, Rng, World as _};
use engine::{Config, Engine, Order, Stores};
use journal::{Batch, Head, Journal as _};
use journal_sqlite::SqliteJournal;
use kernel::CommandId;
use module::{Clock as _, SystemClock};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use tables_sqlite::SqliteTables;
use tokio::time::Instant;

type Failed = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("which folder?")?;
    let commands: u64 = args.next().map_or(Ok(20_000), |arg| arg.parse())?;
    let at_once: usize = args.next().map_or(Ok(256), |arg| arg.parse())?;
    let (folder, raw) = (Path::new(&folder).join("engine"), Path::new(&folder).join("raw"));
    std::fs::create_dir_all(&folder)?;
    let journal = Arc::new(SqliteJournal::open(&folder.join("journal"))?);
    let tables = Arc::new(SqliteTables::open(&folder.join("tables.sqlite"))?);
    let stores = Stores::new(Arc::clone(&journal) as _, tables, Arc::new(SystemClock));
    let mut world = Accounts::of(5_000);
    let engine = Engine::start(Config::default(), &world.registry(), stores).await?;

    let mut rng = Rng::new(1);
    let mut orders = Vec::new();
    for n in 0..commands {
        let (actor, commands) = world.command(&mut rng, SystemClock.now())?;
        orders.push(Order {
            id: CommandId::derive(&[&n.to_be_bytes()]),
            actor,
            cause: None,
            commands,
        });
    }
    let begun = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    let waiting = Arc::new(tokio::sync::Mutex::new(orders.into_iter()));
    for _ in 0..at_once {
        let (engine, waiting) = (engine.clone(), Arc::clone(&waiting));
        callers.spawn(async move {
            loop {
                let order = waiting.lock().await.next();
                let Some(order) = order else { break };
                drop(engine.order(order).await);
            }
        });
    }
    while callers.join_next().await.is_some() {}
    let took = begun.elapsed().as_micros().max(1);
    let (mut events, mut batches) = (0_u128, 0_u128);
    for shard in engine.health().await {
        events += u128::from(shard.writer.events);
        batches += u128::from(shard.writer.batches);
    }
    engine.stop().await;
    let rate = events * 1_000_000 / took;

    let raw_rate = append_raw(&journal, &raw).await?;
    writeln!(
        std::io::stdout(),
        "{commands} commands, {events} events in {batches} batches: {rate} events/s; raw append {raw_rate} events/s; ratio {} %",
        rate * 100 / raw_rate.max(1)
    )?;
    Ok(())
}

/// Appends the same events again, in the same batches, one shard after another.
async fn append_raw(from: &SqliteJournal, folder: &Path) -> Result<u128, Failed> {
    std::fs::create_dir_all(folder)?;
    let raw = SqliteJournal::open(&folder.join("journal"))?;
    let (mut events, mut us) = (0_u128, 0_u128);
    for shard in from.shards().await? {
        let mut at = Head::default();
        for head in from.heads(&shard, 0, u32::MAX).await? {
            let count = u32::try_from(head.seq - at.seq)?;
            let batch = Batch {
                after: at,
                events: from.read(&shard, at.seq, count).await?,
                answers: Vec::new(),
            };
            events += u128::from(count);
            let begun = Instant::now();
            at = raw.append(&shard, batch).await?;
            us += begun.elapsed().as_micros();
        }
    }
    Ok(events * 1_000_000 / us.max(1))
}
