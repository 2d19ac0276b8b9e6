//! `lianban bench`: what the platform does a second on this machine, and whether it survives being killed.
//!
//! Each bench works in a folder of its own, on the real stores with fsync and read models on, and tells which Cargo
//! profile it was built with: figures of an unoptimised build say nothing.

mod bonded;
mod case;
pub(crate) mod clock;
mod credit;
mod day;
mod figures;
mod fill;
mod http;
mod kill;
mod ledger;
mod ledger_sim;
mod load;
mod packages;
mod pages;
pub(crate) mod partners;
mod pgbench;
pub(crate) mod place;
pub(crate) mod proof;
mod proofs;
mod raw;
mod registers;
pub(crate) mod script;
mod server;
mod sim;
mod start;

use anyhow::Result;
use clap::Subcommand;
use std::process::ExitCode;

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Benches {
    /// Verifies a period of bonded books and plans transfers, against plain decimal and OR-tools.
    Bonded(bonded::Args),
    /// Opens, works and decides whole cases of reform 28 with nine services.
    Case(case::Args),
    /// Runs the daily scan of a million credit entries, against the same rule as SQL over `duckdb`.
    Credit(credit::Args),
    /// Works a full day of openings with organs that are out, and checks all of it.
    Day(day::Args),
    /// Reserves and settles quota on one account and on many, against PostgreSQL's row lock and the raw append.
    Ledger(ledger::Args),
    /// Packs evidence, checks it, and has a second reader check the same.
    Packages(packages::Args),
    /// Asks for case pages in a large database.
    Pages(pages::Args),
    /// Starts the server on a large journal.
    Start(start::Args),
    /// The server of `pages` and `start`.
    #[command(hide = true)]
    Serve(server::Args),
    /// What proofs in answers cost, and how fast a party's events are found with theirs.
    Proofs(proofs::Args),
    /// Looks units up in a register of millions, while it changes.
    Registers(registers::Args),
    /// Runs seeds of the simulator.
    Sim(sim::Args),
    /// Kills the server under load again and again, and checks what is left.
    Kill(kill::Args),
    /// What `kill` kills.
    #[command(hide = true)]
    Load(load::Args),
}

/// Runs a bench.
pub(crate) async fn run(what: Benches) -> Result<ExitCode> {
    match what {
        Benches::Bonded(args) => bonded::run(&args),
        Benches::Case(args) => case::run(args).await,
        Benches::Credit(args) => credit::run(&args),
        Benches::Day(args) => day::run(args).await,
        Benches::Ledger(args) => ledger::run(args).await,
        Benches::Packages(args) => packages::run(&args),
        Benches::Pages(args) => pages::run(args).await,
        Benches::Start(args) => start::run(args).await,
        Benches::Serve(args) => server::run(args).await,
        Benches::Proofs(args) => proofs::run(args).await,
        Benches::Registers(args) => registers::run(args).await,
        Benches::Sim(args) => sim::run(&args),
        Benches::Kill(args) => kill::run(args).await,
        Benches::Load(args) => load::run(args).await,
    }
}

/// The Cargo profile of this build.
fn profile() -> &'static str {
    env!("LIANBAN_PROFILE")
}
