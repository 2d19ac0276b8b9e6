//! `lianban bench kill`: kills the server under load at moments of a seeded generator, and checks what is left.
//!
//! ```text
//!  start ─► load ─► SIGKILL ─► open, verify, compare with the acknowledged, rebuild ─► start ─► …
//! ```
//! A few kills hit the same installation, one after another, so that what a kill left is killed again; then a fresh one
//! takes its place. Every client begins again with the case that was under way, under the same command ids.

use super::clock::Moved;
use super::load::{READY, read_acks};
use super::place::{Place, Wanted};
use super::proof;
use crate::assemble::Setup;
use crate::cli::{complain, say};
use anyhow::{Context as _, Result, bail};
use engine::sim::Rng;
use kernel::CommandId;
use module::{Clock as _, SystemClock};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// What `lianban bench kill` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Wanted,
    /// How often it kills.
    #[arg(long, default_value_t = 100)]
    rounds: u64,
    /// From which the moments follow.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many cases are worked at the same time.
    #[arg(long, default_value_t = 16)]
    clients: u64,
    /// How many kills one installation suffers.
    #[arg(long, default_value_t = 5)]
    lives: u64,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// The longest that a load works before it is killed, in µs.
const LOAD_US_MAX: u64 = 1_500_000;
/// The longest that a start may take.
const START_MAX: Duration = Duration::from_secs(120);

/// One installation.
struct Life {
    setup: Setup,
    began_us: i64,
    acks: PathBuf,
}

/// What all rounds came to.
#[derive(Debug, Default)]
struct Total {
    at_start: u64,
    acknowledged: u64,
    events: u64,
    rows: u64,
}

/// Runs it; fails at the first round after which something does not hold.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let place = Place::new(&args.place)?;
    let mut rng = Rng::new(args.seed);
    let mut total = Total::default();
    let mut start = Duration::from_secs(1);
    let mut life = None;
    for round in 0..args.rounds {
        if round % args.lives.max(1) == 0 {
            life = Some(Life::new(&place, round)?);
        }
        let life = life.as_ref().context("no installation")?;
        // One kill in four hits the start itself.
        let at_start = rng.below(4) == 0;
        let after = if at_start {
            total.at_start += 1;
            Duration::from_micros(rng.below(u64::try_from(start.as_micros())?.max(1)))
        } else {
            Duration::from_micros(rng.below(LOAD_US_MAX))
        };
        let ready = kill(life, args.clients, at_start, after).await?;
        start = ready.unwrap_or(start);
        let acknowledged: BTreeSet<CommandId> =
            read_acks(&life.acks)?.into_iter().map(|(_case, id)| id).collect();
        let found = proof::check(&life.setup, Arc::new(Moved::since(life.began_us)), &acknowledged)
            .await
            .with_context(|| format!("round {round} of seed {}", args.seed))?;
        if (round + 1) % args.lives.max(1) == 0 || round + 1 == args.rounds {
            total.acknowledged += acknowledged.len() as u64;
            total.events += found.events;
            total.rows += found.rows;
        }
        if !args.json {
            let count = acknowledged.len();
            complain(&format!("round {round}: {count} acknowledged, {} events", found.events));
        }
    }
    let told = json!({
        "store": place.store(), "profile": super::profile(), "rounds": args.rounds, "seed": args.seed,
        "kills_during_start": total.at_start, "commands_acknowledged": total.acknowledged,
        "events": total.events, "rows_compared": total.rows, "lost": 0, "twice": 0, "held": true,
    });
    say(&told.to_string());
    Ok(ExitCode::SUCCESS)
}

impl Life {
    fn new(place: &Place, round: u64) -> Result<Self> {
        let setup = place.setup(&format!("life{round}"))?;
        let acks = place.folder().join(format!("life{round}.acks"));
        Ok(Self { setup, began_us: SystemClock.now().us(), acks })
    }

    fn start(&self, clients: u64) -> Result<Child> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", "load", "--clients", &clients.to_string()]);
        command.args(["--began-us", &self.began_us.to_string()]);
        command.arg("--data").arg(&self.setup.data).arg("--acks").arg(&self.acks);
        if let Some(database) = &self.setup.database {
            command.args(["--database", database]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        command.spawn().context("starting the load")
    }
}

/// Starts the load and kills it, so long after its start or after it has begun to work; answers with how long the start
/// took.
async fn kill(
    life: &Life,
    clients: u64,
    at_start: bool,
    after: Duration,
) -> Result<Option<Duration>> {
    let begun = Instant::now();
    let mut child = life.start(clients)?;
    let mut ready = None;
    if !at_start {
        timeout(START_MAX, begins(&mut child)).await.context("the load does not start")??;
        ready = Some(begun.elapsed());
    }
    sleep(after).await;
    if let Some(status) = child.try_wait()? {
        bail!("the load ended by itself: {status}");
    }
    child.kill().await?;
    Ok(ready)
}

async fn begins(child: &mut Child) -> Result<()> {
    let output = child.stdout.as_mut().context("the load has no output")?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if line == READY {
            return Ok(());
        }
    }
    bail!("the load ended before it began")
}
