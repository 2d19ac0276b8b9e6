//! How many small sealed answers a folder takes a second, against the same disk's bare appends with a sync each.
//!
//! `cargo bench -p blobs-folder --profile demo` (or `--profile dev`); says which profile in its output only by its speed.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench measures time and prints it"
)]

use blobs::Blobs;
use blobs_folder::FolderBlobs;
use futures_util::future::join_all;
use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A sealed person card is about this long.
const BYTES: usize = 600;
const RUN: Duration = Duration::from_secs(2);

fn content(n: u64) -> Vec<u8> {
    n.to_le_bytes().into_iter().cycle().take(BYTES).collect()
}

/// Appends with a sync each: what one file a write could reach at best.
fn bare() -> f64 {
    let home = tempfile::tempdir_in(".").unwrap();
    let mut file = File::create(home.path().join("bare")).unwrap();
    let (start, mut count) = (Instant::now(), 0_u64);
    while start.elapsed() < RUN {
        file.write_all(&content(count)).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    count as f64 / start.elapsed().as_secs_f64()
}

/// Each of `waiting` callers stores `together` files at a time.
async fn puts(waiting: u64, together: u64) -> f64 {
    let home = tempfile::tempdir_in(".").unwrap();
    let blobs = Arc::new(FolderBlobs::open(home.path()).unwrap());
    let start = Instant::now();
    let callers = (0..waiting).map(|caller| {
        let blobs = blobs.clone();
        tokio::spawn(async move {
            let mut count = 0;
            while start.elapsed() < RUN {
                let first = (caller << 40) + count;
                let files = (first..first + together).map(content).collect();
                blobs.put_all(files).await.unwrap();
                count += together;
            }
            count
        })
    });
    let counts = join_all(callers).await;
    let total: u64 = counts.into_iter().map(Result::unwrap).sum();
    total as f64 / start.elapsed().as_secs_f64()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let bare = bare();
    println!("bare append + fdatasync: {bare:.0}/s");
    for (waiting, together) in [(1, 1), (1, 6), (16, 1), (16, 6), (64, 6), (256, 6)] {
        let rate = runtime.block_on(puts(waiting, together));
        println!("{waiting} callers × {together}: {rate:.0} files/s, {:.1} × bare", rate / bare);
    }
}
