//! pgbench: what PostgreSQL itself does on this machine, as a yardstick.

use anyhow::{Context as _, Result, bail};
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// How large pgbench's tables are: 100,000 accounts each.
const SCALE: &str = "20";
/// Clients at once.
const CLIENTS: &str = "32";
/// For how long, in seconds.
const SECONDS: &str = "10";

/// Transactions a second of pgbench's TPC-B in a database that is empty so far.
pub(crate) fn tpc_b(program: &Path, url: &str) -> Result<u64> {
    run(program, ["-i", "-q", "-s", SCALE, url].map(OsStr::new))?;
    let told = run(program, ["-c", CLIENTS, "-j", "2", "-T", SECONDS, url].map(OsStr::new))?;
    tps(&told).with_context(|| format!("pgbench says no tps: {told}"))
}

/// Transactions a second of a script of one's own, after some SQL that makes its tables.
pub(crate) fn scripted(
    (psql, pgbench): (&Path, &Path),
    url: &str,
    tables: &str,
    (script, clients, seconds): (&Path, &str, &str),
) -> Result<u64> {
    run(psql, ["-q", "-v", "ON_ERROR_STOP=1", "-c", tables, url].map(OsStr::new))?;
    let [n, c, j, t, f] = ["-n", "-c", "-j", "-T", "-f"].map(OsStr::new);
    let (clients, two, seconds) = (OsStr::new(clients), OsStr::new("2"), OsStr::new(seconds));
    let words = [n, c, clients, j, two, t, seconds, f, script.as_os_str(), OsStr::new(url)];
    let told = run(pgbench, words)?;
    tps(&told).with_context(|| format!("pgbench says no tps: {told}"))
}

/// The whole number in pgbench's line `tps = 1705.123456 (…)`.
fn tps(told: &str) -> Option<u64> {
    let line = told.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split(['.', ' ']).next()?.parse().ok()
}

fn run<const N: usize>(program: &Path, words: [&OsStr; N]) -> Result<String> {
    let output = Command::new(program)
        .args(words)
        .output()
        .with_context(|| format!("starting {}", program.display()))?;
    if !output.status.success() {
        bail!("pgbench: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::tps;

    #[test]
    fn the_rate_stands_in_its_own_line() {
        let told =
            "latency average = 18.7 ms\ntps = 1705.123456 (without initial connection time)\n";
        assert_eq!(tps(told), Some(1_705));
        assert_eq!(tps("nothing"), None);
    }
}
