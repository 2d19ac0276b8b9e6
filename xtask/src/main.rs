//! One command for each chore: `cargo xtask CHORE`.

#![expect(clippy::print_stdout, reason = "a chore talks to whoever runs it")]

mod demo;
mod licences;
mod shell;
mod test;
#[cfg(test)]
mod tidy;
mod web;

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// The chores of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", about = "One command for each chore")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Builds everything and serves the platform with sample organs, people and cases.
    Demo(demo::Args),
    /// Brings what the tests need and runs all of them.
    Test(test::Args),
    /// Builds style, script and fonts of the pages into web/dist.
    Web(web::Args),
}

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn main() -> anyhow::Result<()> {
    match Args::parse().chore {
        Chore::Demo(args) => demo::run(&args),
        Chore::Test(args) => test::run(&args),
        Chore::Web(args) => web::run(&args),
    }
}
