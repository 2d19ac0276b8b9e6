//! A snapshot holds all shards at one instant, whatever is appended meanwhile.

use journal::{Head, Journal as _, conformance, verify};
use journal_sqlite::{Snapshot, SqliteJournal};
use kernel::Shard;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

async fn append(journal: &SqliteJournal, shard: &Shard, head: Head, count: u64) -> Head {
    journal.append(shard, conformance::batch(shard, head, "k", head.seq, count)).await.unwrap()
}

/// Where a copied shard stands, after its whole chain was recomputed.
async fn verified(folder: &Path, shard: &Shard) -> Head {
    let journal = SqliteJournal::open(folder).unwrap();
    verify::verify(&journal, shard, &mut |_progress| ()).await.unwrap().head
}

#[tokio::test]
async fn copies_are_what_stood_at_the_instant_and_verify() {
    let (home, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let journal = SqliteJournal::open(home.path()).unwrap();
    let shards = ["440100", "440300", "000000"].map(Shard::new);
    let mut heads = Vec::new();
    for (shard, count) in shards.iter().zip([3, 4_000, 5]) {
        heads.push(append(&journal, shard, Head::default(), count).await);
    }
    let snapshot = Snapshot::take(home.path()).unwrap();
    // Appends go on while it is held, and do not enter the copies.
    for (shard, head) in shards.iter().zip(&heads) {
        append(&journal, shard, *head, 7).await;
    }
    let held: Vec<(Shard, Head)> =
        snapshot.shards().map(|(shard, head)| (shard.clone(), head)).collect();
    assert_eq!(held.len(), 3);
    for (shard, head) in held {
        let at = shards.iter().position(|known| *known == shard).unwrap();
        assert_eq!(head, heads[at]);
        snapshot.copy(&shard, &to.path().join(format!("{shard}.sqlite"))).unwrap();
        assert_eq!(verified(to.path(), &shard).await, head);
    }
    assert_eq!(journal.head(&shards[0]).await.unwrap().seq, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_instant_holds_for_all_shards_while_both_are_written_in_turn() {
    let home = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(home.path()).unwrap();
    let (left, right) = (Shard::new("440100"), Shard::new("440300"));
    let mut heads = [Head::default(); 2];
    heads[0] = append(&journal, &left, heads[0], 1).await;
    heads[1] = append(&journal, &right, heads[1], 1).await;
    let stop = Arc::new(AtomicBool::new(false));
    // The left one is always written first: it is never behind the right one, and at most one ahead.
    let writer = tokio::spawn({
        let (journal, stop, left, right) =
            (journal.clone(), Arc::clone(&stop), left.clone(), right.clone());
        async move {
            while !stop.load(Ordering::SeqCst) {
                heads[0] = append(&journal, &left, heads[0], 1).await;
                heads[1] = append(&journal, &right, heads[1], 1).await;
            }
            heads[0].seq
        }
    });
    let mut apart = 0;
    for _round in 0..40 {
        let folder = home.path().to_owned();
        let taken = tokio::task::spawn_blocking(move || Snapshot::take(&folder)).await.unwrap();
        let snapshot = taken.unwrap();
        let heads: Vec<u64> = snapshot.shards().map(|(_shard, head)| head.seq).collect();
        assert!(heads[0] == heads[1] || heads[0] == heads[1] + 1, "{heads:?}");
        apart = apart.max(heads[0]);
    }
    stop.store(true, Ordering::SeqCst);
    let written = writer.await.unwrap();
    assert!(apart > 1 && written >= apart, "the writer went on meanwhile: {apart} of {written}");
}

#[tokio::test]
async fn what_is_no_journal_is_told_and_what_is_no_shard_is_left_out() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(Snapshot::take(home.path()).unwrap().shards().count(), 0);
    std::fs::write(home.path().join("440100.sqlite-wal"), b"").unwrap();
    assert_eq!(Snapshot::take(home.path()).unwrap().shards().count(), 0);
    std::fs::write(home.path().join("440100.sqlite"), b"no database at all, but long enough")
        .unwrap();
    let told = Snapshot::take(home.path()).unwrap_err().to_string();
    assert!(told.contains("440100"), "{told}");
}
