//! The command line: what `lianban` can be told.

use crate::{bench, check, journals, reforms, serve};
use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Lianban (联办): a government's one-stop services.
#[derive(Debug, Parser)]
#[command(name = "lianban", version, about)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

/// Where data lie.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Where {
    /// The data folder.
    #[arg(long, default_value = "data")]
    pub(crate) data: PathBuf,
    /// `postgres://…` for PostgreSQL; SQLite in the data folder if absent.
    #[arg(long)]
    pub(crate) database: Option<String>,
    /// A folder of a government's own reforms, laid over the built-in ones.
    #[arg(long)]
    pub(crate) reforms: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the platform.
    Serve(serve::Args),
    /// Checks all reform folders; exits non-zero on any fault.
    Check {
        /// A folder of reforms, laid over the built-in ones.
        dir: Option<PathBuf>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Plays the samples of all reforms and tells which run.
    Reforms {
        /// Prints JSON.
        #[arg(long)]
        json: bool,
        /// A folder of reforms, laid over the built-in ones.
        #[arg(long)]
        reforms: Option<PathBuf>,
    },
    /// Looks after the journal.
    Journal {
        #[command(subcommand)]
        what: journals::Journals,
    },
    /// Looks after read models.
    Projections {
        #[command(subcommand)]
        what: journals::Projections,
    },
    /// Measures what the platform does on this machine.
    Bench {
        #[command(subcommand)]
        what: bench::Benches,
    },
}

/// Runs what was asked.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async {
        match args.command {
            Command::Serve(args) => serve::run(args).await,
            Command::Check { dir, json } => check::run(dir.as_deref(), json),
            Command::Reforms { json, reforms: dir } => reforms::run(dir.as_deref(), json).await,
            Command::Journal { what } => journals::journal(what).await,
            Command::Projections { what } => journals::projections(what).await,
            Command::Bench { what } => bench::run(what).await,
        }
    })
}

/// Prints a line for whoever called.
#[expect(clippy::print_stdout, reason = "this is the command line")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// Prints a line about something that went wrong, or about progress.
#[expect(clippy::print_stderr, reason = "this is the command line")]
pub(crate) fn complain(line: &str) {
    eprintln!("{line}");
}
