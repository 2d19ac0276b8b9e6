//! `lianban bench sim`: seeds of the simulator, with all its oracles.

use crate::cli::{complain, say};
use anyhow::Result;
use engine::sim::{self, Plan, Ran};
use serde_json::json;
use std::process::ExitCode;

/// What `lianban bench sim` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Runs them; fails at the first that breaks a rule.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let (mut seeds, mut events, mut faults) = (0_u64, 0_u64, 0_u64);
    let all = sim::kept_seeds()?.into_iter().chain(args.first..args.first + args.seeds);
    let each = |ran: &Ran| {
        seeds += 1;
        events += ran.events;
        faults += ran.faults.values().sum::<u64>();
    };
    if let Err(broken) = sim::run(all, Plan::default(), each) {
        complain(&broken.to_string());
        return Ok(ExitCode::FAILURE);
    }
    if args.json {
        say(&json!({"seeds": seeds, "events": events, "faults": faults, "held": true}).to_string());
    } else {
        say(&format!("{seeds} seeds hold: {events} events, {faults} faults"));
    }
    Ok(ExitCode::SUCCESS)
}
