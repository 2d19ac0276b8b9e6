//! `lianban bench start`: how long a server takes to start on a large journal, and what it holds when nobody asks.

use super::clock::Moved;
use super::figures::ms;
use super::fill;
use super::place::{Place, Wanted};
use super::server::Served;
use crate::assemble::Setup;
use crate::cli::{complain, say};
use anyhow::Result;
use module::{Clock as _, SystemClock};
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What `lianban bench start` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Wanted,
    /// How many cases lie in the database; 100,000 of them are more than a million events.
    #[arg(long, default_value_t = 100_000)]
    cases: u64,
    /// How often it is started.
    #[arg(long, default_value_t = 5)]
    starts: u32,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// An installation that was filled and whose rows are written.
pub(crate) struct Large {
    pub(crate) setup: Setup,
    pub(crate) began_us: i64,
    pub(crate) filled: fill::Filled,
    /// How long the first start took, which wrote all rows.
    pub(crate) rows_written: Duration,
}

impl Large {
    /// Fills an installation and lets a server write its rows.
    pub(crate) async fn new(place: &Place, cases: u64) -> Result<Self> {
        let (setup, began_us) = (place.setup("large")?, SystemClock.now().us());
        let filled = fill::fill(&setup, Moved::since(began_us), cases).await?;
        complain(&format!("{} events lie in the journal; their rows are written", filled.events));
        let begun = Instant::now();
        Served::start(&setup, began_us).await?.stop().await?;
        Ok(Self { setup, began_us, filled, rows_written: begun.elapsed() })
    }

    /// Starts a server on it.
    pub(crate) async fn serve(&self) -> Result<Served> {
        Served::start(&self.setup, self.began_us).await
    }
}

/// Runs it.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let place = Place::new(&args.place)?;
    let large = Large::new(&place, args.cases).await?;
    let (mut starts, mut memory) = (Vec::new(), 0);
    for _ in 0..args.starts.max(1) {
        let served = large.serve().await?;
        // Idle means: nobody has asked for anything yet, and what the start itself did is done.
        sleep(Duration::from_secs(2)).await;
        memory = served.memory_mb()?.max(memory);
        starts.push(served.start);
        served.stop().await?;
    }
    starts.sort_unstable();
    let told = json!({
        "store": place.store(), "profile": super::profile(), "cases": args.cases,
        "events": large.filled.events, "rows_written_ms": ms(large.rows_written),
        "start_ms_median": starts.get(starts.len() / 2).copied().map(ms),
        "start_ms_longest": starts.last().copied().map(ms), "idle_memory_mb": memory,
    });
    say(&if args.json { told.to_string() } else { serde_json::to_string_pretty(&told)? });
    Ok(ExitCode::SUCCESS)
}
