//! How many changes a second the store takes in batches: `cargo bench -p tables-sqlite`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures time and tells it"
)]

use kernel::Shard;
use std::time::Instant;
use tables::{Cell, Column, Index, Rows, Table, Tables as _, WriteError};
use tables_sqlite::SqliteTables;

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

fn row(n: i64, state: &'static str) -> Vec<Cell> {
    let case = n / 9;
    vec![
        format!("4401-2026-{case:07}").into(),
        format!("task{}", n % 9).into(),
        format!("440115-organ{}", n % 9).into(),
        state.into(),
        (1_770_000_000_000_000 + n).into(),
        "青禾（广州）食品有限公司".into(),
    ]
}

async fn measure(name: &str, store: &SqliteTables, count: i64) -> Result<(), WriteError> {
    let shard = Shard::new("440100");
    let [table] = &TABLE;
    store.prepare("bench", 1, &TABLE).await?;
    for (what, state) in [("new rows", "offered"), ("known rows", "accepted")] {
        let start = Instant::now();
        let mut upto = 0_u64;
        for first in (0..count / BATCH).map(|batch| batch * BATCH) {
            let mut rows = Rows::default();
            (first..first + BATCH).for_each(|n| rows.put(table, row(n, state)));
            upto += 1;
            store.write(&shard, upto, rows).await?;
        }
        let us = i64::try_from(start.elapsed().as_micros()).unwrap_or(i64::MAX).max(1);
        println!("{name}: {} puts/s ({what})", count * 1_000_000 / us);
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    measure("in memory", &SqliteTables::memory()?, 200_000).await?;
    let folder = tempfile::tempdir()?;
    measure("in a file", &SqliteTables::open(&folder.path().join("tables.sqlite"))?, 200_000)
        .await?;
    Ok(())
}
