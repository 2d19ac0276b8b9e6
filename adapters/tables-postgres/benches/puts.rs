//! How many changes a second the store takes in batches, on a server of its own: `cargo bench -p tables-postgres`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures time and tells it"
)]

use kernel::Shard;
use std::time::Instant;
use tables::{Cell, Column, Index, Rows, Table, Tables as _};
use tables_postgres::PostgresTables;

static TABLE: [Table; 1] = [Table {
    name: "bench_tasks",
    columns: &[
        Column::text("case_no"),
        Column::text("task"),
        Column::text("organ"),
        Column::text("state"),
        Column::int("due_at"),
        Column::text("note"),
    ],
    key: &["case_no", "task"],
    indexes: &[Index { columns: &["organ", "due_at"] }],
}];
/// Changes a batch.
const BATCH: i64 = 500;
/// Changes in all.
const COUNT: i64 = 100_000;

/// Adds the change of a number to a batch.
type Change = fn(&mut Rows, i64);

fn key(n: i64) -> Vec<Cell> {
    vec![format!("4401-2026-{:07}", n / 9).into(), format!("task{}", n % 9).into()]
}

fn put(rows: &mut Rows, n: i64, state: &'static str) {
    let mut cells = key(n);
    cells.extend([
        format!("440115-organ{}", n % 9).into(),
        state.into(),
        (1_770_000_000_000_000 + n).into(),
        "青禾（广州）食品有限公司".into(),
    ]);
    rows.put(&TABLE[0], cells);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(server) = testbed::service("postgres") else { return Ok(()) };
    let store = PostgresTables::connect(server.url()).await?;
    store.prepare("bench", 1, &TABLE).await?;
    let shard = Shard::new("440100");
    let kinds: [(&str, Change); 3] = [
        ("puts of new rows", |rows, n| put(rows, n, "offered")),
        ("puts of known rows", |rows, n| put(rows, n, "accepted")),
        ("sets", |rows, n| rows.set(&TABLE[0], key(n), vec![("state", "decided".into())])),
    ];
    for (what, change) in kinds {
        let start = Instant::now();
        for first in (0..COUNT / BATCH).map(|batch| batch * BATCH) {
            let mut rows = Rows::default();
            (first..first + BATCH).for_each(|n| change(&mut rows, n));
            store.write(&shard, u64::try_from(first)?, rows).await?;
        }
        let us = i64::try_from(start.elapsed().as_micros())?.max(1);
        println!("{what}: {} a second", COUNT * 1_000_000 / us);
    }
    Ok(())
}
