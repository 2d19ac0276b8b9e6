//! `lianban check`: every fault of every reform folder with file, line, column and a hint.

use crate::cli::{complain, say};
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;

/// Runs it.
pub(crate) fn run(dir: Option<&Path>, json: bool) -> Result<ExitCode> {
    let report = bundles::check(&crate::assemble::files(dir)?);
    if json {
        say(&serde_json::to_string_pretty(&report)?);
    } else {
        for fault in &report.faults {
            complain(&fault.to_string());
            let (message, hint) = (fault.message(), fault.hint());
            complain(&format!("  {}\n  怎么办：{}\n  hint: {}", message.zh, hint.zh, hint.en));
        }
        let (reforms, services) = (report.reforms, report.services);
        say(&format!("{reforms} reforms, {services} services, {} faults", report.faults.len()));
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
