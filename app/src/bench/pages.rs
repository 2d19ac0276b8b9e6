//! `lianban bench pages`: pages of cases in a large database, asked for at a steady rate whether answers come or not.

use super::figures::{Waits, ms};
use super::http;
use super::place::{Place, Wanted};
use super::start::Large;
use crate::cli::say;
use anyhow::{Context as _, Result, bail};
use engine::sim::Rng;
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// What `lianban bench pages` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Wanted,
    /// How many cases lie in the database.
    #[arg(long, default_value_t = 100_000)]
    cases: u64,
    /// How many pages are asked for a second.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// For how many seconds.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let place = Place::new(&args.place)?;
    let large = Large::new(&place, args.cases).await?;
    let served = large.serve().await?;
    sleep(Duration::from_secs(2)).await;
    let idle = served.memory_mb()?;
    let cookies = served.sign_in().await?;
    let mut rng = Rng::new(28);
    let mut ticks = interval(Duration::from_secs(1) / args.rate.max(1));
    // A late request is still sent, so that a slow server cannot slow its own measure.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut asked = JoinSet::new();
    for _ in 0..args.rate * args.seconds {
        let due = ticks.tick().await;
        let no = rng.pick(&large.filled.own).context("the applicant has no case")?.0.clone();
        let (to, cookies) = (served.address, cookies.clone());
        asked.spawn(async move {
            let reply = http::get(to, &format!("/cases/{no}"), &cookies).await?;
            if reply.status != 200 || !reply.body.contains(&no) {
                bail!("{no}: {} {}", reply.status, reply.body);
            }
            anyhow::Ok((Instant::now() - due, reply.body.len()))
        });
    }
    let (mut waits, mut bytes) = (Waits::default(), 0);
    while let Some(reply) = asked.join_next().await {
        let (wait, length) = reply??;
        waits.add(wait);
        bytes = length.max(bytes);
    }
    let busy = served.memory_mb()?;
    served.stop().await?;
    let told = json!({
        "store": place.store(), "profile": super::profile(), "cases": args.cases,
        "events": large.filled.events, "pages_per_s": args.rate, "pages": waits.count(),
        "page_bytes_max": bytes, "p50_ms": ms(waits.permille(500)), "p99_ms": ms(waits.permille(990)),
        "longest_ms": ms(waits.permille(1_000)), "idle_memory_mb": idle, "busy_memory_mb": busy,
    });
    say(&if args.json { told.to_string() } else { serde_json::to_string_pretty(&told)? });
    Ok(ExitCode::SUCCESS)
}
