//! `lianban bench`: what the platform does a second on this machine, and whether it survives being killed.
//!
//! Each bench works in a folder of its own, on the real stores with fsync and read models on, and tells which Cargo
//! profile it was built with: figures of an unoptimised build say nothing.

mod case;
mod clock;
mod figures;
mod pgbench;
mod place;
mod raw;
mod script;
mod sim;

use anyhow::Result;
use clap::Subcommand;
use std::process::ExitCode;

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Benches {
    /// Opens, works and decides whole cases of reform 28 with nine services.
    Case(case::Args),
    /// Runs seeds of the simulator.
    Sim(sim::Args),
}

/// Runs a bench.
pub(crate) async fn run(what: Benches) -> Result<ExitCode> {
    match what {
        Benches::Case(args) => case::run(args).await,
        Benches::Sim(args) => sim::run(&args),
    }
}

/// The Cargo profile of this build.
fn profile() -> &'static str {
    env!("LIANBAN_PROFILE")
}
