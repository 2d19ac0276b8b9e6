//! `lianban schema`: what others build on, told by the composed platform itself.
//!
//! ```text
//! openapi   the interface under /api/v1, as OpenAPI 3.1
//! tables    the tables of the read models
//! kinds     aggregates with their events, policies with what they hear, errands
//! access    who may do what, and which page answers whom
//! ```
//! Copies lie in `schema/`; a test compares, so that a change of what others build on is seen by whoever reviews it.

mod access;
mod listing;
mod openapi;
pub(crate) mod routes;

use crate::assemble::{self, Assembly, Setup};
use crate::cli::{complain, pour};
use anyhow::{Context as _, Result};
use clap::ValueEnum;
use module::SystemClock;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// What `lianban schema` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to print.
    #[arg(required_unless_present = "write")]
    what: Option<What>,
    /// Writes all of it into a folder instead, one file each.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    /// A folder of a government's own reforms, laid over the built-in ones.
    #[arg(long, value_name = "DIR", env = "LIANBAN_REFORMS")]
    reforms: Option<PathBuf>,
}

/// The parts of what others build on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// The interface under /api/v1, as OpenAPI 3.1.
    Openapi,
    /// The tables of the read models.
    Tables,
    /// Aggregates with their events, policies with what they hear, errands.
    Kinds,
    /// Who may do what, and which page answers whom.
    Access,
}

impl What {
    /// All of it.
    const ALL: [Self; 4] = [Self::Openapi, Self::Tables, Self::Kinds, Self::Access];

    /// The name of its file.
    const fn file(self) -> &'static str {
        match self {
            Self::Openapi => "openapi.json",
            Self::Tables => "tables.txt",
            Self::Kinds => "kinds.txt",
            Self::Access => "access.txt",
        }
    }

    /// Its text, of a platform that runs.
    async fn text(self, assembly: &Assembly) -> Result<String> {
        match self {
            Self::Openapi => openapi::text(&assembly.router).await,
            Self::Tables => Ok(listing::tables(&assembly.registry)),
            Self::Kinds => listing::kinds(&assembly.registry),
            Self::Access => access::text(assembly).await,
        }
    }
}

/// Runs `lianban schema`.
pub(crate) async fn run(args: &Args) -> Result<ExitCode> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let setup = Setup { reforms: args.reforms.clone(), ..Setup::new(data, None) };
    let clock = Arc::new(SystemClock);
    let assembly = assemble::assemble_with(&setup, clock, assemble::quiet()).await?;
    let done = match &args.write {
        Some(dir) => write(dir, &assembly).await,
        None => {
            let what = args.what.context("nothing is asked for")?;
            pour(what.text(&assembly).await?.as_bytes())
        }
    };
    assembly.engine.stop().await;
    done
}

async fn write(dir: &std::path::Path, assembly: &Assembly) -> Result<ExitCode> {
    std::fs::create_dir_all(dir).with_context(|| format!("making {}", dir.display()))?;
    for what in What::ALL {
        let path = dir.join(what.file());
        let text = what.text(assembly).await?;
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        complain(&format!("{} is written", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
