//! The watch of the board of announcements: asks for it as the public does, and keeps what it saw between two looks.

use anyhow::{Context as _, Result};
use delivery::announcement::{Finding, Watch, tell};
use module::Platform;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Seconds between two looks.
const STEP_SECONDS: u32 = 300;
/// The longest that an answer may take before it counts as none.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Where it is kept in the data folder.
const FILE: &str = "board-watch.json";

/// What outlives a restart.
#[derive(Default, Serialize, Deserialize)]
struct Memory {
    watch: Watch,
    untold: Vec<Finding>,
}

impl Memory {
    /// What was kept; nothing where there is no file, or none that can be read.
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Keeps it: whole or not at all.
    fn keep(&self, file: &Path) -> Result<()> {
        let fresh = file.with_extension("fresh");
        fs::write(&fresh, serde_json::to_vec(self)?)?;
        fs::rename(&fresh, file).with_context(|| format!("keeping {}", file.display()))
    }
}

/// Watches from now on, until the process ends.
pub(crate) fn start(public_url: &str, data: &Path, platform: Platform) -> Result<()> {
    let client = reqwest::Client::builder().timeout(TIMEOUT).build()?;
    let url = format!("{}/delivery/board", public_url.trim_end_matches('/'));
    let file = data.join(FILE);
    tokio::spawn(async move {
        let mut memory = Memory::read(&file);
        let mut step = tokio::time::interval(Duration::from_secs(u64::from(STEP_SECONDS)));
        step.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            step.tick().await;
            let answered = client.get(&url).send().await;
            let answered = answered.is_ok_and(|answer| answer.status().is_success());
            look(&mut memory, answered, &file, &platform).await;
        }
    });
    Ok(())
}

/// One look: noted, kept, told.
async fn look(memory: &mut Memory, answered: bool, file: &Path, platform: &Platform) {
    let findings = memory.watch.note(platform.clock.now(), answered, STEP_SECONDS);
    memory.untold.extend(findings);
    // Kept before it is told: what is told twice happens once, what is forgotten never happens.
    if let Err(error) = memory.keep(file) {
        tracing::error!(%error, "what the watch of the board saw could not be kept");
    }
    while let Some(finding) = memory.untold.first().copied() {
        if let Err(error) = tell(platform, finding).await {
            tracing::warn!(%error, "told again at the next look");
            return;
        }
        memory.untold.remove(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codes::Moment;

    #[test]
    fn what_was_seen_and_not_told_outlives_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(FILE);
        assert!(Memory::read(&file).untold.is_empty(), "no file yet");
        let mut memory = Memory::default();
        let at = |seconds| Moment::from_us(1_600_000_000_000_000).plus_seconds(seconds);
        memory.watch.note(at(0), true, STEP_SECONDS);
        memory.untold.extend(memory.watch.note(at(7200), true, STEP_SECONDS));
        memory.keep(&file).unwrap();
        let again = Memory::read(&file);
        assert_eq!(again.untold, [Finding::Outage { from: at(0), to: at(7200) }]);
        assert_eq!(again.watch, memory.watch);
        fs::write(&file, "{").unwrap();
        assert!(Memory::read(&file).untold.is_empty(), "a file that is none is no reason to stop");
    }
}
