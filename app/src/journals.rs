//! `lianban journal` and `lianban projections`: verifying what happened, rebuilding what follows from it.

use crate::assemble::{self, Setup};
use crate::cli::{Where, complain, say};
use crate::hold;
use anyhow::Result;
use clap::Subcommand;
use module::SystemClock;
use std::process::ExitCode;
use std::sync::Arc;

/// What can be done with the journal.
#[derive(Debug, Subcommand)]
pub(crate) enum Journals {
    /// Recomputes the chain of every shard and names the first event that is not what was written.
    Verify(Where),
    /// Prints every event as a line of JSON.
    Export(Where),
}

/// What can be done with read models.
#[derive(Debug, Subcommand)]
pub(crate) enum Projections {
    /// Makes all rows anew from the journal. Stop the server first.
    Rebuild(Where),
}

/// Runs `lianban journal`.
pub(crate) async fn journal(what: Journals) -> Result<ExitCode> {
    match what {
        Journals::Verify(place) => verify(&place).await,
        Journals::Export(place) => export(&place).await,
    }
}

async fn verify(place: &Where) -> Result<ExitCode> {
    let kept = assemble::stores(&Setup::at(place)?).await?;
    let mut sound = true;
    for shard in kept.journal.shards().await? {
        let mut last = 0;
        let mut progress = |at: journal::verify::Progress| {
            if at.seq >= last + 100_000 {
                last = at.seq;
                complain(&format!("{shard}: {} of {}", at.seq, at.of));
            }
        };
        match journal::verify::verify(&*kept.journal, &shard, &mut progress).await {
            Ok(found) => {
                say(&format!(
                    "{shard}: {} events in {} batches are what was written",
                    found.head.seq, found.batches
                ));
            }
            Err(broken) => {
                sound = false;
                complain(&format!("{shard}: {broken}"));
            }
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn export(place: &Where) -> Result<ExitCode> {
    let kept = assemble::stores(&Setup::at(place)?).await?;
    for shard in kept.journal.shards().await? {
        let mut after = 0;
        loop {
            let events = kept.journal.read(&shard, after, 1_000).await?;
            let Some(last) = events.last() else { break };
            after = last.seq;
            for event in &events {
                say(&serde_json::to_string(event)?);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs `lianban projections`.
pub(crate) async fn projections(what: Projections) -> Result<ExitCode> {
    let Projections::Rebuild(place) = what;
    let setup = Setup::at(&place)?;
    let _held = match setup.database {
        None => Some(hold::hold(&setup.data, "rebuilds its read models")?),
        Some(_) => None,
    };
    let assembly =
        assemble::assemble_with(&setup, Arc::new(SystemClock), assemble::quiet()).await?;
    assembly.engine.rebuild(&mut |step| complain(&format!("{step:?}"))).await?;
    assembly.engine.stop().await;
    say("all read models follow from the journal again");
    Ok(ExitCode::SUCCESS)
}
