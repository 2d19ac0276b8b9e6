//! How many events a second are appended in batches: `cargo bench -p journal-sqlite`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures time and tells it"
)]

use journal::{Head, Journal as _, conformance};
use journal_sqlite::SqliteJournal;
use kernel::Shard;
use std::time::{Duration, Instant};

/// What this process has handed to the system's writes so far, where the system tells.
fn written() -> u64 {
    let told = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let bytes = told.lines().find_map(|line| line.strip_prefix("wchar: ")?.parse().ok());
    bytes.unwrap_or_default()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    for size in [1_u64, 16, 256, 1000] {
        let folder = tempfile::tempdir()?;
        let journal = SqliteJournal::open(folder.path())?;
        let shard = Shard::new("440100");
        let (mut head, mut waits) = (Head::default(), Vec::new());
        let before = written();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(3) {
            let mut batch = conformance::batch(&shard, head, "", 0, size);
            for (event, n) in batch.events.iter_mut().zip(head.seq..) {
                // As cases do: each stream gets some twenty events, many streams at once.
                (event.key, event.version) =
                    (format!("4401-2026-{:07}", n % 50 + n / 1000 * 50).into(), n / 50 % 20 + 1);
            }
            let begin = Instant::now();
            head = journal.append(&shard, batch).await?;
            waits.push(begin.elapsed());
        }
        let us = u64::try_from(start.elapsed().as_micros())?.max(1);
        waits.sort_unstable();
        let at =
            |percent: usize| waits.get(waits.len() * percent / 100).copied().unwrap_or_default();
        let longest = waits.last().copied().unwrap_or_default();
        println!(
            "batch {size}: {} events/s, p50 {:?}, p99 {:?}, longest {longest:?}, {} bytes written an event",
            head.seq * 1_000_000 / us,
            at(50),
            at(99),
            (written() - before) / head.seq.max(1),
        );
    }
    Ok(())
}
