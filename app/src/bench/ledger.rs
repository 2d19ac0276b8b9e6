//! `lianban bench ledger`: reservations and settlements on one hot account and on many, against PostgreSQL's row lock and
//! against the raw append of the very same events.
//!
//! ```text
//!  singles   256 clients, each one entry a command: what offices do that wait for each other's answer
//!  hot       postings of a thousand entries on one account: one command, one event, a few rows
//!  wide      the same over 10,000 accounts in 100 books
//! ```
//! A pair is a reservation and its settlement, both durable and readable when answered.

use super::figures::{Waits, ms, per_s, ratio};
use super::place::{Place, Server, Wanted};
use super::{ledger_sim, pgbench, raw};
use crate::assemble::{self, Assembly, Setup};
use crate::cli::{complain, say};
use anyhow::{Context as _, Result, anyhow, bail};
use engine::sim::Rng;
use engine::{Engine, Order, Sizes};
use kernel::{Actor, Atomic, CommandId, Shard};
use ledger::book::{post, queries};
use ledger::{AccountSpec, Basis, Book, BookCommand, BookKey, Opening, Posting, TransferId, Unit};
use module::SystemClock;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What `lianban bench ledger` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Wanted,
    /// How many pairs in batches.
    #[arg(long, default_value_t = 500_000)]
    pairs: u64,
    /// How many pairs one by one.
    #[arg(long, default_value_t = 20_000)]
    singles: u64,
    /// Entries in one posting.
    #[arg(long, default_value_t = 1_000)]
    batch: u64,
    /// Clients that wait at the same time with one entry each.
    #[arg(long, default_value_t = 256)]
    clients: u64,
    /// Clients that wait at the same time with a posting each.
    #[arg(long, default_value_t = 8)]
    posters: u64,
    /// Accounts of the wide part.
    #[arg(long, default_value_t = 10_000)]
    accounts: u64,
    /// For how many seconds PostgreSQL is measured; 0 leaves it out.
    #[arg(long, default_value_t = 10)]
    postgres_seconds: u32,
    /// Measures nothing, but audits so many random entries in the simulator.
    #[arg(long, value_name = "ENTRIES")]
    audit: Option<u64>,
    /// The first seed of the audit.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Clients of PostgreSQL.
const POSTGRES_CLIENTS: &str = "16";
/// Books of the wide part.
const BOOKS: u64 = 100;
/// What each account holds, enough for every pair.
const SUPPLY: i64 = 1 << 50;

/// A part of the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Singles,
    Hot,
    Wide,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Singles => "singles",
            Self::Hot => "hot",
            Self::Wide => "wide",
        }
    }
}

fn shard() -> Shard {
    Shard::new("440100")
}

fn book(n: u64) -> BookKey {
    BookKey::new("bench", &n.to_string())
}

/// What a part came to.
#[derive(Debug, Default)]
struct Measured {
    pairs: u64,
    took: Duration,
    waits: Waits,
    events: u64,
    batches: u64,
}

/// Runs it.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    if let Some(entries) = args.audit {
        let audited =
            tokio::task::spawn_blocking(move || ledger_sim::run(entries, args.first, args.json));
        return Ok(audited.await?);
    }
    let place = Place::new(&args.place)?;
    let mut told = json!({
        "store": place.store(), "profile": super::profile(), "batch": args.batch,
        "clients": args.clients, "posters": args.posters, "accounts": args.accounts,
    });
    let mut hot_pairs_per_s = 0;
    for part in [Part::Singles, Part::Hot, Part::Wide] {
        complain(part.name());
        let setup = place.setup(part.name())?;
        let measured = work(&args, &setup, part).await?;
        let rate = per_s(measured.pairs, measured.took);
        if part == Part::Hot {
            hot_pairs_per_s = rate;
        }
        let raw = raw_append(&place, &setup, part).await?;
        set(&mut told, part.name(), figures(measured, raw));
    }
    if args.postgres_seconds > 0 {
        let pairs = postgres(&place, args.postgres_seconds)?;
        set(&mut told, "postgres_for_update_pairs_per_s", json!(pairs));
        set(&mut told, "hot_times_postgres", json!(ratio(hot_pairs_per_s, pairs)));
    }
    if args.json {
        say(&told.to_string());
    } else {
        say(&serde_json::to_string_pretty(&told)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn figures(mut measured: Measured, (raw_events, raw_took): (u64, Duration)) -> Value {
    let events_per_s = per_s(measured.events, measured.took);
    let raw_per_s = per_s(raw_events, raw_took);
    json!({
        "pairs_per_s": per_s(measured.pairs, measured.took),
        "transfers_per_s": per_s(measured.pairs * 2, measured.took),
        "p50_ms": ms(measured.waits.permille(500)),
        "p99_ms": ms(measured.waits.permille(990)),
        "events": measured.events,
        "fsyncs_per_s": per_s(measured.batches, measured.took),
        "events_per_s": events_per_s,
        "raw_append_events_per_s": raw_per_s,
        "ratio_to_raw_append": ratio(events_per_s, raw_per_s),
    })
}

fn set(told: &mut Value, key: &str, value: Value) {
    if let Value::Object(fields) = told {
        fields.insert(key.to_owned(), value);
    }
}

async fn work(args: &Args, setup: &Setup, part: Part) -> Result<Measured> {
    let config = engine::Config {
        sizes: Sizes { at_once: 0, ..Sizes::default() },
        ..engine::Config::default()
    };
    let assembly = assemble::assemble_with(setup, Arc::new(SystemClock), config).await?;
    let (books, accounts) = match part {
        Part::Singles | Part::Hot => (1, 1),
        Part::Wide => (BOOKS, args.accounts.div_ceil(BOOKS).max(1)),
    };
    for n in 0..books {
        open(&assembly.engine, n, accounts).await?;
    }
    let pairs = if part == Part::Singles { args.singles } else { args.pairs };
    let per_posting = if part == Part::Singles { 1 } else { (args.batch / 2).max(1) };
    let clients = if part == Part::Singles { args.clients } else { args.posters };
    let job = Arc::new(Job {
        engine: assembly.engine.clone(),
        part,
        books,
        accounts,
        per_posting,
        last: pairs.div_ceil(per_posting),
        next: AtomicU64::new(0),
        waits: Mutex::default(),
    });
    let before = written(&assembly).await;
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..clients {
        all.spawn(Arc::clone(&job).client());
    }
    while let Some(client) = all.join_next().await {
        client??;
    }
    let took = begun.elapsed();
    let after = written(&assembly).await;
    let done = job.last * per_posting;
    check(&assembly, (books, accounts), done).await?;
    assembly.engine.stop().await;
    let waits = job.waits.lock().map(|waits| waits.clone()).unwrap_or_default();
    Ok(Measured {
        pairs: done,
        took,
        waits,
        events: after.0 - before.0,
        batches: after.1 - before.1,
    })
}

async fn written(assembly: &Assembly) -> (u64, u64) {
    let health = assembly.engine.health().await;
    health.iter().fold((0, 0), |(events, batches), shard| {
        (events + shard.writer.events, batches + shard.writer.batches)
    })
}

/// A book of so many accounts with enough on each of them.
async fn open(engine: &Engine, n: u64, accounts: u64) -> Result<()> {
    let mut specs = vec![
        AccountSpec::new("outside", Unit::FEN, "外部", "Outside").outside(),
        AccountSpec::new("used", Unit::FEN, "已用", "Used"),
    ];
    let mut supply = Posting::new(Basis::new("bench"));
    for account in 0..accounts {
        let name = format!("limit.{account}");
        specs.push(AccountSpec::new(&name, Unit::FEN, "额度", "Limit"));
        let id = TransferId::derive(&["supply", &n.to_string(), &name]);
        supply = supply.transfer(id, "outside", &name, SUPPLY / i64::try_from(accounts)?);
    }
    let opening = Opening { accounts: specs, ..Opening::default() };
    let group = Atomic::new(shard())
        .then::<Book>(&book(n), &BookCommand::Open(Box::new(opening)))
        .and_then(|group| post(group, &book(n), supply))?;
    order(engine, CommandId::derive(&[b"open", &n.to_be_bytes()]), group).await
}

async fn order(engine: &Engine, id: CommandId, commands: Atomic) -> Result<()> {
    let order = Order { id, actor: Actor::system("bench"), cause: None, commands };
    engine.order(order).await.map(drop).map_err(|error| anyhow!("{error}"))
}

/// What clients share.
struct Job {
    engine: Engine,
    part: Part,
    books: u64,
    accounts: u64,
    per_posting: u64,
    last: u64,
    next: AtomicU64,
    waits: Mutex<Waits>,
}

impl Job {
    /// A client: one posting after another until all are done.
    async fn client(self: Arc<Self>) -> Result<()> {
        loop {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            if n >= self.last {
                return Ok(());
            }
            match self.part {
                Part::Singles => self.single(n).await?,
                Part::Hot | Part::Wide => self.batch(n).await?,
            }
        }
    }

    /// A reservation, and when it is answered its settlement: two commands.
    async fn single(&self, n: u64) -> Result<()> {
        let (hold, settle) = ids(n);
        let basis = || Basis::new("bench").of(&shard(), "declaration", &n.to_string());
        let reserve = Posting::new(basis()).reserve(hold, ("limit.0", "used"), 1, None);
        self.send(n, 0, 0, reserve).await?;
        self.send(n, 1, 0, Posting::new(basis()).settle(settle, hold)).await
    }

    /// A posting of many pairs.
    async fn batch(&self, n: u64) -> Result<()> {
        let mut rng = Rng::new(n);
        let mut posting = Posting::new(Basis::new("bench")).each();
        for pair in n * self.per_posting..(n + 1) * self.per_posting {
            let (hold, settle) = ids(pair);
            let from = format!("limit.{}", rng.below(self.accounts));
            posting = posting.reserve(hold, (&from, "used"), 1, None).settle(settle, hold);
        }
        self.send(n, 0, n % self.books, posting).await
    }

    async fn send(&self, n: u64, step: u64, of: u64, posting: Posting) -> Result<()> {
        let group = post(Atomic::new(shard()), &book(of), posting)?;
        let id = CommandId::derive(&[b"pair", &n.to_be_bytes(), &step.to_be_bytes()]);
        let begun = Instant::now();
        order(&self.engine, id, group).await?;
        let wait = begun.elapsed();
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).add(wait);
        Ok(())
    }
}

/// The ids of a pair.
fn ids(pair: u64) -> (TransferId, TransferId) {
    let pair = u128::from(pair) + 1;
    // Spread as derived ids are.
    let spread =
        |n: u128| TransferId::new(n.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
    (spread(pair * 2), spread(pair * 2 + 1))
}

/// Every pair must stand in the tables.
async fn check(assembly: &Assembly, (books, _): (u64, u64), pairs: u64) -> Result<()> {
    let mut used = 0;
    for n in 0..books {
        let row = queries::balance(&*assembly.platform.reader, &book(n), "used").await?;
        used += row.context("no account")?.standing.posted;
    }
    if u64::try_from(used) != Ok(pairs) {
        bail!("{used} of {pairs} pairs are settled");
    }
    Ok(())
}

async fn raw_append(place: &Place, setup: &Setup, part: Part) -> Result<(u64, Duration)> {
    let from = assemble::stores(setup).await?;
    let to = assemble::stores(&place.setup(&format!("{}_raw", part.name()))?).await?;
    raw::append(&*from.journal, &*to.journal).await
}

/// The same pair as one locks a row for it: two transactions, each durable.
const HOT_ROW: &str = "\
BEGIN;
SELECT posted, reserved FROM account WHERE id = 1 FOR UPDATE;
UPDATE account SET reserved = reserved + 1 WHERE id = 1;
INSERT INTO transfer (what, amount) VALUES ('reserve', 1);
COMMIT;
BEGIN;
SELECT posted, reserved FROM account WHERE id = 1 FOR UPDATE;
UPDATE account SET reserved = reserved - 1, posted = posted - 1 WHERE id = 1;
INSERT INTO transfer (what, amount) VALUES ('settle', 1);
COMMIT;
";
const HOT_TABLES: &str = "\
CREATE TABLE account (id int PRIMARY KEY, posted bigint NOT NULL, reserved bigint NOT NULL); \
CREATE TABLE transfer (id bigserial PRIMARY KEY, what text NOT NULL, amount bigint NOT NULL); \
INSERT INTO account VALUES (1, 1125899906842624, 0)";

fn postgres(place: &Place, seconds: u32) -> Result<u64> {
    complain("postgres");
    let own;
    let server = match place.server() {
        Some(server) => server,
        None => {
            own = Server::own()?;
            &own
        }
    };
    let url = server.database("hot_row")?;
    let script = place.folder().join("hot-row.sql");
    std::fs::write(&script, HOT_ROW)?;
    pgbench::scripted(
        (&server.program("psql"), &server.program("pgbench")),
        &url,
        HOT_TABLES,
        (&script, POSTGRES_CLIENTS, &seconds.to_string()),
    )
}
