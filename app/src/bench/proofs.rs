//! `lianban bench proofs`: what evidence costs, and how fast it is found.
//!
//! ```text
//! tree      leaves a second in memory and on the disk, proofs a second; the same leaves with pymerkle, if a Python has it
//! commands  whole cases with and without the proof in each answer, in turn, in one run
//! mine      all events of one party, each with its proof, out of a journal of so many events
//! ```
//! The journal of `mine` is synthetic: streams of 20 events that lie scattered, appended in batches to the real SQLite journal
//! with its indexes; the log is made from it by catching up, as after a restart, and keeps its hashes in the real file. Which
//! streams concern a party is computed and not looked up in a read model, which is one more query by an index.

use super::clock::Moved;
use super::figures::{Waits, ms, per_s, ratio};
use super::place::{Place, Wanted};
use super::script::{Script, Sends, Sent};
use crate::assemble::{self, Setup};
use crate::cli::{complain, say};
use anyhow::{Context as _, Result, anyhow, bail};
use engine::{Engine, Order, Sizes};
use evidence::mine::of_streams;
use evidence::{Log, Profile, Proven, Settings, Tree, leaf_of};
use journal::{Batch, Head, Journal};
use kernel::{Actor, Atomic, Body, CommandId, Recorded, Shard, Waiting};
use module::{Clock as _, Concern, History, Receipt, Rejection, SubmitError};
use seals::{Algorithm, MemoryKeys, Purpose};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What `lianban bench proofs` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Wanted,
    /// How many leaves the tree alone gets.
    #[arg(long, default_value_t = 1_000_000)]
    leaves: u64,
    /// How many cases are worked in each round, with and without proofs.
    #[arg(long, default_value_t = 400)]
    cases: u64,
    /// How many rounds of each.
    #[arg(long, default_value_t = 5)]
    rounds: u64,
    /// How many cases are worked at the same time.
    #[arg(long, default_value_t = 256)]
    clients: u64,
    /// How many events the large journal has: ten million take about 5 GB.
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// How many parties are looked for in it.
    #[arg(long, default_value_t = 200)]
    parties: u64,
    /// A Python with pymerkle, as the yardstick of the tree.
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let place = Place::new(&args.place)?;
    complain("the tree");
    let mut told = json!({ "profile": super::profile(), "store": place.store() });
    set(&mut told, "tree", tree(&args, place.folder())?);
    complain("commands with and without proofs");
    set(&mut told, "commands", commands(&args, &place).await?);
    if args.events > 0 {
        complain("the events of a party");
        set(&mut told, "mine", mine(&args, place.folder()).await?);
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

// --- the tree alone ----------------------------------------------------------------------------------------------------

/// The data of a leaf.
fn data<const N: usize>(n: u64) -> [u8; N] {
    let mut data = [0x20; N];
    if let Some(head) = data.first_chunk_mut::<8>() {
        *head = n.to_be_bytes();
    }
    data
}

/// The length of short leaves, on which the yardstick is measured too.
const SHORT: usize = 32;
/// The length of leaves as events are.
const EVENT: usize = 512;
/// How many leaves become durable together.
const DURABLE: u64 = 1_000;
/// How many proofs are made.
const PROOFS: u64 = 100_000;

fn grown<const N: usize>(leaves: u64) -> (Tree, u64) {
    let mut tree = Tree::default();
    let begun = Instant::now();
    for n in 0..leaves {
        tree.append(&data::<N>(n));
    }
    (tree, per_s(leaves, begun.elapsed()))
}

/// Proofs of leaves anywhere in a tree, by a fixed walk.
fn proofs_per_s(tree: &Tree) -> Result<u64> {
    let (mut at, size) = (1_u64, tree.size());
    let begun = Instant::now();
    for _ in 0..PROOFS {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let path = tree.inclusion((at >> 20) % size, size);
        std::hint::black_box(path.map_err(|error| anyhow!("{error}"))?);
    }
    Ok(per_s(PROOFS, begun.elapsed()))
}

fn tree(args: &Args, folder: &Path) -> Result<Value> {
    let (short, short_rate) = grown::<SHORT>(args.leaves);
    let (memory, event_rate) = grown::<EVENT>(args.leaves);
    let file = folder.join("tree");
    let mut disk = Tree::open(Profile::Sha256, &file, 0)?;
    let begun = Instant::now();
    for n in 0..args.leaves {
        disk.append(&data::<EVENT>(n));
        if (n + 1) % DURABLE == 0 {
            disk.flush(true)?;
        }
    }
    disk.flush(true)?;
    let durable = per_s(args.leaves, begun.elapsed());
    if disk.root(args.leaves) != memory.root(args.leaves) {
        bail!("the tree on the disk is another");
    }
    let (in_memory, on_disk) = (proofs_per_s(&short)?, proofs_per_s(&disk)?);
    std::fs::remove_file(file)?;
    let mut told = json!({
        "leaves": args.leaves,
        "memory_leaves_of_32_bytes_per_s": short_rate,
        "memory_leaves_of_512_bytes_per_s": event_rate,
        "durable_leaves_of_512_bytes_per_s": durable,
        "durable_batch": DURABLE,
        "memory_proofs_per_s": in_memory,
        "disk_proofs_per_s": on_disk,
    });
    if let Some(python) = &args.python {
        let (appends, python_proofs) = pymerkle(python)?;
        set(&mut told, "pymerkle_leaves_of_32_bytes_per_s", json!(appends));
        set(&mut told, "pymerkle_proofs_per_s", json!(python_proofs));
        set(&mut told, "ratio_leaves", json!(ratio(short_rate, appends)));
        set(&mut told, "ratio_proofs", json!(ratio(in_memory, python_proofs)));
    }
    Ok(told)
}

/// Leaves of the same length and proofs of the same kind with pymerkle, in memory.
const PYMERKLE: &str = "
import time
from pymerkle import InmemoryTree
tree, count = InmemoryTree(algorithm='sha256'), 100000
begun = time.perf_counter()
for n in range(count):
    tree.append_entry(n.to_bytes(8, 'big') + b' ' * 24)
appends = count / (time.perf_counter() - begun)
begun = time.perf_counter()
for n in range(1000):
    tree.prove_inclusion(n * 7919 % count + 1, count)
print(int(appends), int(1000 / (time.perf_counter() - begun)))
";

fn pymerkle(python: &Path) -> Result<(u64, u64)> {
    let told = || format!("running {} with pymerkle", python.display());
    let output =
        std::process::Command::new(python).args(["-c", PYMERKLE]).output().with_context(told)?;
    if !output.status.success() {
        bail!("{}: {}", told(), String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    let mut figures = text.split_whitespace().map(str::parse::<u64>);
    match (figures.next(), figures.next()) {
        (Some(appends), Some(proofs)) => Ok((appends?, proofs?)),
        _ => bail!("{}: {text}", told()),
    }
}

// --- commands with and without proofs ----------------------------------------------------------------------------------

/// Sends commands to the engine and, where there is a log, puts the proof into each answer, as the platform does.
struct Client {
    engine: Engine,
    proven: Option<Proven>,
    sent: AtomicU64,
}

impl Sends for Client {
    async fn send(
        &self,
        sent: Sent,
        actor: Actor,
        commands: Atomic,
    ) -> Result<Receipt, SubmitError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let order = Order { id: sent.id, actor, cause: None, commands };
        let mut receipt = self.engine.order(order).await?;
        if let Some(proven) = &self.proven {
            proven.prove(&mut receipt).await;
            if receipt.proof.is_none() && !receipt.events.is_empty() {
                let why = "the answer bears no proof".to_owned();
                return Err(Rejection::Down(why).into());
            }
        }
        Ok(receipt)
    }
}

async fn commands(args: &Args, place: &Place) -> Result<Value> {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for round in 0..args.rounds {
        // In turn, and each of the two first as often as the other: what warms up or slows down does so for both.
        for proofs in [round % 2 == 0, round % 2 == 1] {
            let rate = worked(args, place, round, proofs).await?;
            complain(&format!("{rate} commands/s {}", if proofs { "with" } else { "without" }));
            if proofs { &mut with } else { &mut without }.push(rate);
        }
    }
    let (with, without) = (median(with), median(without));
    Ok(json!({
        "cases": args.cases,
        "rounds": args.rounds,
        "clients": args.clients,
        "with_proof_per_s": with,
        "without_proof_per_s": without,
        "proof_costs_percent": 100.0 - ratio(with.saturating_mul(100), without),
    }))
}

fn median(mut rates: Vec<u64>) -> u64 {
    rates.sort_unstable();
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// Works cases in a fresh installation; answers with commands a second.
async fn worked(args: &Args, place: &Place, round: u64, proofs: bool) -> Result<u64> {
    let part = format!("round{round}{}", if proofs { "with" } else { "without" });
    let setup = Setup { proofs, ..place.setup(&part)? };
    let clock = Moved::now();
    let sizes = Sizes { at_once: 0, ..Sizes::default() };
    let config = engine::Config { sizes, ..engine::Config::default() };
    let assembly = assemble::assemble_with(&setup, Arc::new(clock), config).await?;
    let engine = assembly.engine.clone();
    let proven = proofs.then(|| Proven::new(Arc::new(engine.clone()), assembly.log.clone()));
    let client = Arc::new(Client { engine, proven, sent: AtomicU64::new(0) });
    let script = Arc::new(Script::new(&assembly, clock.now().date(), 0, false)?);
    script.work(&*client, 0).await?;
    client.sent.store(0, Ordering::Relaxed);
    let (next, mut workers) = (Arc::new(AtomicU64::new(1)), JoinSet::new());
    let begun = Instant::now();
    for _ in 0..args.clients.min(args.cases) {
        let (client, script, next) = (Arc::clone(&client), Arc::clone(&script), Arc::clone(&next));
        let last = args.cases;
        workers.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n > last {
                    return anyhow::Ok(());
                }
                script.work(&*client, n).await?;
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    let rate = per_s(client.sent.load(Ordering::Relaxed), begun.elapsed());
    assembly.engine.stop().await;
    drop(assembly);
    std::fs::remove_dir_all(&setup.data)?;
    Ok(rate)
}

// --- the events of a party ---------------------------------------------------------------------------------------------

/// How many events a stream has.
const STREAM: u64 = 20;
/// How many streams concern a party.
const STREAMS: u64 = 10;
/// How many events are appended at once.
const BATCH: u64 = 10_000;

fn shard() -> Shard {
    Shard::new("440100")
}

/// The n-th event of the synthetic journal: streams lie side by side, so that those of one party are far apart.
fn event(n: u64, streams: u64, actor: &Arc<Actor>, at: kernel::Moment) -> Recorded {
    let (stream, version) = (n % streams, n / streams + 1);
    Recorded {
        shard: shard(),
        seq: n + 1,
        kind: "case".into(),
        key: key(stream).into(),
        version,
        schema: 1,
        at: at.plus_us(i64::try_from(n).unwrap_or_default()),
        actor: Arc::clone(actor),
        command: CommandId::derive(&[b"proofs", &n.to_be_bytes()]),
        cause: None,
        body: Body::from_text(format!(
            r#"{{"AnswersSaved":{{"sealed":"{n:032x}","sha256":"{n:064x}","changed":["applicant.name"]}}}}"#
        )),
    }
}

fn key(stream: u64) -> String {
    format!("440115-260212-{stream:08}")
}

/// Reads streams straight from a journal.
struct Straight(Arc<dyn Journal>);

impl History for Straight {
    fn stream(
        &self,
        shard: &Shard,
        kind: &str,
        key: &str,
        after: u64,
    ) -> Waiting<'_, Result<Vec<Recorded>, SubmitError>> {
        let read = self.0.stream(shard, kind, key, after);
        Box::pin(async move { read.await.map_err(|e| Rejection::Down(e.to_string()).into()) })
    }
}

async fn mine(args: &Args, folder: &Path) -> Result<Value> {
    let streams = (args.events / STREAM).max(1);
    let journal = journal_sqlite::SqliteJournal::open(&folder.join("large"))?;
    let begun = Instant::now();
    fill(args, &journal, streams).await?;
    let filled = begun.elapsed();
    let journal: Arc<dyn Journal> = Arc::new(journal);
    let clock = Arc::new(Moved::now());
    let keys = MemoryKeys::new();
    keys.generate(Purpose::LOG, Algorithm::Ed25519, kernel::Moment::default(), &[1; 32])?;
    let settings = Settings {
        origin: "bench.example/evidence/log".to_owned(),
        folder: Some(folder.join("evidence")),
        profile: Profile::Sha256,
    };
    let log = Log::new(settings, Arc::clone(&journal), Arc::new(keys), clock);
    let begun = Instant::now();
    log.start().await?;
    let caught = begun.elapsed();
    log.publish(&shard()).await.map_err(|error| anyhow!("{error}"))?;
    let history = Straight(journal);
    let (mut waits, mut events) = (Waits::default(), 0);
    for party in 0..args.parties {
        let concerns: Vec<Concern> = (0..STREAMS)
            .map(|n| {
                let stream = (party * 7_919 + n * 104_729) % streams;
                Concern { shard: shard(), kind: "case".to_owned(), key: key(stream) }
            })
            .collect();
        let begun = Instant::now();
        let found = of_streams(&history, &log, &concerns, None).await;
        let found = found.map_err(|failure| anyhow!("{}", failure.chain))?;
        waits.add(begun.elapsed());
        events += found.events.len() as u64;
        verify(&log, &found)?;
    }
    Ok(json!({
        "events": args.events,
        "filled_events_per_s": per_s(args.events, filled),
        "caught_up_leaves_per_s": per_s(args.events, caught),
        "parties": args.parties,
        "events_of_a_party": events / args.parties.max(1),
        "p50_ms": ms(waits.permille(500)),
        "p99_ms": ms(waits.permille(990)),
        "max_ms": ms(waits.permille(1_000).max(Duration::ZERO)),
    }))
}

/// Every proof holds, checked as a stranger would.
fn verify(log: &Log, found: &evidence::mine::Mine) -> Result<()> {
    let keys = log.verifier_keys(&shard()).map_err(|error| anyhow!("{error}"))?;
    for own in &found.events {
        own.proof.verify(Profile::Sha256, &leaf_of(&own.event), &keys)?;
    }
    if found.events.is_empty() {
        bail!("the party has no events");
    }
    Ok(())
}

async fn fill(args: &Args, journal: &dyn Journal, streams: u64) -> Result<()> {
    let actor = Arc::new(Actor::system("bench"));
    let at = Moved::now().now();
    let (mut head, mut next) = (Head::default(), 0);
    while next < args.events {
        let upto = (next + BATCH).min(args.events);
        let events = (next..upto).map(|n| event(n, streams, &actor, at)).collect();
        let batch = Batch { after: head, events, answers: Vec::new() };
        head = journal.append(&shard(), batch).await?;
        next = upto;
        if next % 1_000_000 == 0 {
            complain(&format!("{next} events"));
        }
    }
    Ok(())
}
