//! `lianban bench case`: whole cases through the real writer, against the raw append of the very same events.

use super::clock::Moved;
use super::figures::{Waits, ms, per_s, ratio};
use super::place::{Place, Server, Wanted};
use super::script::{Script, Sends, Sent};
use super::{pgbench, raw};
use crate::assemble::{self, Assembly, Setup};
use crate::cli::{complain, say};
use anyhow::{Context as _, Result, bail};
use engine::{Engine, Order, Sizes};
use kernel::{Actor, Atomic};
use module::{Clock as _, Receipt, SubmitError};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tables::Query;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What `lianban bench case` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Wanted,
    /// How many cases.
    #[arg(long, default_value_t = 2_000)]
    cases: u64,
    /// How many cases are worked at the same time.
    #[arg(long, default_value_t = 512)]
    clients: u64,
    /// Leaves the sealing of answers and materials out.
    #[arg(long)]
    without_vault: bool,
    /// Composes, prints, signs and serves licences and notices too, and waits until every case is closed.
    #[arg(long)]
    papers: bool,
    /// Compares with pgbench's TPC-B at 32 clients.
    #[arg(long)]
    pgbench: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Sends commands to the engine and notes how long each waited for its answer.
struct Client<'e> {
    engine: &'e Engine,
    waits: Mutex<Waits>,
}

impl Sends for Client<'_> {
    async fn send(
        &self,
        sent: Sent,
        actor: Actor,
        commands: Atomic,
    ) -> Result<Receipt, SubmitError> {
        let begun = Instant::now();
        let answer = self.engine.order(Order { id: sent.id, actor, cause: None, commands }).await;
        let wait = begun.elapsed();
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).add(wait);
        answer
    }
}

/// What a run came to.
struct Measured {
    took: Duration,
    waits: Waits,
    events: u64,
    batches: u64,
}

/// Runs it.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let place = Place::new(&args.place)?;
    let setup = place.setup("engine")?;
    let mut measured = work(&args, &setup).await?;
    let (raw_events, raw_took) = raw_append(&place, &setup).await?;
    let events_per_s = per_s(measured.events, measured.took);
    let commands_per_s = per_s(measured.waits.count(), measured.took);
    let raw_per_s = per_s(raw_events, raw_took);
    let mut told = json!({
        "store": place.store(),
        "profile": super::profile(),
        "cases": args.cases,
        "clients": args.clients,
        "vault": !args.without_vault,
        "papers": args.papers,
        "seconds": ratio(u64::try_from(measured.took.as_millis())?, 1_000),
        "cases_per_s": per_s(args.cases, measured.took),
        "commands_per_s": commands_per_s,
        "events_per_s": events_per_s,
        "p50_ms": ms(measured.waits.permille(500)),
        "p99_ms": ms(measured.waits.permille(990)),
        "fsyncs_per_s": per_s(measured.batches, measured.took),
        "commands_per_case": ratio(measured.waits.count(), args.cases),
        "events_per_case": ratio(measured.events, args.cases),
        "batch_events_avg": measured.events / measured.batches.max(1),
        "raw_append_events_per_s": raw_per_s,
        "ratio_to_raw_append": ratio(events_per_s, raw_per_s),
    });
    if args.pgbench {
        let tps = yardstick(&place)?;
        set(&mut told, "pgbench_tpc_b_per_s", json!(tps));
        set(&mut told, "ratio_commands_to_pgbench", json!(ratio(commands_per_s, tps)));
    }
    if args.json {
        say(&told.to_string());
    } else {
        say(&serde_json::to_string_pretty(&told)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn set(told: &mut Value, key: &str, value: Value) {
    if let Value::Object(fields) = told {
        fields.insert(key.to_owned(), value);
    }
}

/// Works all cases and checks that every one of them was decided.
async fn work(args: &Args, setup: &Setup) -> Result<Measured> {
    let clock = Moved::now();
    let letters = if args.papers { Sizes::default().at_once } else { 0 };
    let sizes = Sizes { at_once: letters, ..Sizes::default() };
    let config = engine::Config { sizes, ..engine::Config::default() };
    let assembly = assemble::assemble_with(setup, Arc::new(clock), config).await?;
    let script = Script::new(&assembly, clock.now().date(), 0, !args.without_vault)?;
    // The first case is not measured: it reads what every other one finds in memory.
    script.work(&Client { engine: &assembly.engine, waits: Mutex::default() }, 0).await?;
    let before = figures(&assembly).await;
    let begun = Instant::now();
    let waits = clients(args, &assembly, script).await?;
    if args.papers {
        assembly.engine.settle().await;
    }
    let took = begun.elapsed();
    let after = figures(&assembly).await;
    check(args, &assembly).await?;
    assembly.engine.stop().await;
    Ok(Measured { took, waits, events: after.0 - before.0, batches: after.1 - before.1 })
}

/// Cases are worked by so many clients, each one case after another.
async fn clients(args: &Args, assembly: &Assembly, script: Script) -> Result<Waits> {
    let (script, next) = (Arc::new(script), Arc::new(AtomicU64::new(1)));
    let (last, mut clients) = (args.cases, JoinSet::new());
    for _ in 0..args.clients.min(args.cases) {
        let (engine, script, next) =
            (assembly.engine.clone(), Arc::clone(&script), Arc::clone(&next));
        clients.spawn(async move {
            let client = Client { engine: &engine, waits: Mutex::default() };
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n > last {
                    break;
                }
                script.work(&client, n).await?;
            }
            anyhow::Ok(client.waits.into_inner().unwrap_or_else(PoisonError::into_inner))
        });
    }
    let mut waits = Waits::default();
    while let Some(client) = clients.join_next().await {
        waits.extend(client??);
    }
    Ok(waits)
}

/// Events and batches made durable so far.
async fn figures(assembly: &Assembly) -> (u64, u64) {
    let health = assembly.engine.health().await;
    health.iter().fold((0, 0), |(events, batches), shard| {
        (events + shard.writer.events, batches + shard.writer.batches)
    })
}

/// Every task of every case must be granted in the lists; with papers, every case closed.
async fn check(args: &Args, assembly: &Assembly) -> Result<()> {
    let count = async |sql: &'static str| -> Result<u64> {
        let rows = assembly.platform.reader.rows(Query::new(sql)).await?;
        Ok(rows.first().context("no row")?.get::<u64>("n")?)
    };
    let cases = args.cases + 1;
    let granted = count("SELECT count(*) AS n FROM cases_tasks WHERE state = 'granted'").await?;
    let services = count("SELECT count(*) AS n FROM cases_tasks").await?;
    let stand = count("SELECT count(*) AS n FROM registers_enterprises").await?;
    if granted != services || services != cases * 9 || stand != cases {
        bail!(
            "{granted} of {services} tasks of {cases} cases are granted, {stand} enterprises stand"
        );
    }
    if args.papers {
        let closed = count("SELECT count(*) AS n FROM cases_cases WHERE state = 'closed'").await?;
        if closed != cases {
            bail!("{closed} of {cases} cases are closed");
        }
    }
    Ok(())
}

async fn raw_append(place: &Place, setup: &Setup) -> Result<(u64, Duration)> {
    let from = assemble::stores(setup).await?;
    let to = assemble::stores(&place.setup("raw")?).await?;
    raw::append(&*from.journal, &*to.journal).await
}

/// pgbench's rate on the server of the bench, or on one that is started for it.
fn yardstick(place: &Place) -> Result<u64> {
    complain("pgbench: 32 clients, 10 seconds");
    let own;
    let server = match place.server() {
        Some(server) => server,
        None => {
            own = Server::own()?;
            &own
        }
    };
    pgbench::tpc_b(&server.program("pgbench"), &server.database("pgbench")?)
}
