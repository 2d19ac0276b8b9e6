//! One command for each chore: `cargo xtask CHORE`.

mod web;

use clap::{Parser, Subcommand};

/// The chores of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", about = "One command for each chore")]
struct Args {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Builds style, script and fonts of the pages into web/dist.
    Web(web::Args),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().chore {
        Chore::Web(args) => web::run(&args),
    }
}
