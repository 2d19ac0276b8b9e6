//! How many events a second are appended in batches, on a server of its own: `cargo bench -p journal-postgres`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures time and tells it"
)]

use journal::{Head, Journal as _, conformance};
use journal_postgres::PostgresJournal;
use kernel::Shard;
use std::time::{Duration, Instant};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(server) = testbed::service("postgres") else { return Ok(()) };
    let journal = PostgresJournal::connect(server.url()).await?;
    for size in [1_u64, 16, 256, 1000] {
        let shard = Shard::new(format!("bench-{size}"));
        let (mut head, mut waits) = (Head::default(), Vec::new());
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(3) {
            let mut batch = conformance::batch(&shard, head, "", 0, size);
            for (event, n) in batch.events.iter_mut().zip(head.seq..) {
                // As cases do: each stream gets some twenty events, many streams at once.
                event.key = format!("4401-2026-{:07}", n % 50 + n / 1000 * 50).into();
                event.version = n / 50 % 20 + 1;
            }
            let begin = Instant::now();
            head = journal.append(&shard, batch).await?;
            waits.push(begin.elapsed());
        }
        let us = u64::try_from(start.elapsed().as_micros())?.max(1);
        waits.sort_unstable();
        let at =
            |percent: usize| waits.get(waits.len() * percent / 100).copied().unwrap_or_default();
        let rate = head.seq * 1_000_000 / us;
        println!("batch {size}: {rate} events/s, p50 {:?}, p99 {:?}", at(50), at(99));
    }
    Ok(())
}
