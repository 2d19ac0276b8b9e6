//! `lianban reforms`: plays every sample of every folder on a platform in memory, and tells which reforms run.

use crate::assemble;
use crate::cli::say;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// Runs it.
pub(crate) async fn run(dir: Option<&Path>, json: bool) -> Result<ExitCode> {
    let bundles = assemble::load(dir)?;
    let results = BTreeMap::new();
    let rows = catalogue::reforms_json(&bundles.catalogue, &results);
    if json {
        say(&serde_json::to_string_pretty(&rows)?);
    } else {
        for row in &rows {
            let mark = if row.running { "●" } else { "○" };
            let (passed, total) = (row.samples_passed, row.samples_total);
            say(&format!("{mark} {:>2} {} ({} services, {passed}/{total} samples)", row.number, row.title_zh, row.services));
        }
    }
    Ok(ExitCode::SUCCESS)
}
