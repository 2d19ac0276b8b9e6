//! `lianban reforms`: plays every sample of every folder on a platform in memory, and tells which reforms run.

use crate::assemble;
use crate::cli::{complain, say};
use crate::stage::Stages;
use anyhow::Result;
use bundles::samples::{count, play};
use std::path::Path;
use std::process::ExitCode;

/// Runs it.
pub(crate) async fn run(dir: Option<&Path>, json: bool) -> Result<ExitCode> {
    let files = assemble::files(dir)?;
    let bundles = assemble::load(dir)?;
    let stages = Stages::new(bundles.clone(), assemble::typesetter()?);
    let outcomes = play(&files, &bundles, &stages).await;
    for outcome in outcomes.values().flatten().filter(|outcome| !outcome.passed()) {
        complain(&format!("{}:", outcome.name));
        for failure in &outcome.failures {
            complain(&format!("  {failure}"));
        }
    }
    let results = count(&outcomes);
    let rows = catalogue::reforms_json(&bundles.catalogue, &results);
    if json {
        say(&serde_json::to_string_pretty(&rows)?);
    } else {
        for row in &rows {
            let mark = if row.running { "●" } else { "○" };
            let (passed, total) = (row.samples_passed, row.samples_total);
            say(&format!(
                "{mark} {:>2} {} ({} services, {passed}/{total} samples)",
                row.number, row.title_zh, row.services
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}
