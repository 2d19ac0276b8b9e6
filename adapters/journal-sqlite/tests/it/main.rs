//! The journal on SQLite keeps what every journal must do, and survives kills and damage.
#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure told")]

mod damage;
mod kill;
mod snapshot;

use journal::{AppendError, Head, Journal as _, conformance};
use journal_sqlite::SqliteJournal;
use kernel::{CommandId, Shard};

#[tokio::test]
async fn the_suite_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    conformance::suite(|| async { SqliteJournal::open(folder.path()).unwrap() }).await.unwrap();
}

#[tokio::test]
async fn a_shard_that_would_lead_out_of_the_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    for name in ["../440100", "", "a/b", "é", "a.b"] {
        let shard = Shard::new(name);
        let appended =
            journal.append(&shard, conformance::batch(&shard, Head::default(), "k", 0, 1)).await;
        assert!(matches!(appended, Err(AppendError::Refused(_))), "{name}: {appended:?}");
        assert_eq!(journal.head(&shard).await, Ok(Head::default()));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "reading makes no file");
}

#[tokio::test]
async fn the_log_is_copied_while_appends_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    let shard = Shard::new("440100");
    let mut head = Head::default();
    // 100 MB in batches of 0.5 MB: six times what the log may hold before it is copied.
    for round in 0..200_u64 {
        let mut batch = conformance::batch(&shard, head, "k", round * 8, 8);
        for event in &mut batch.events {
            event.body =
                kernel::Body::from_text(format!("{{\"Kept\":\"{}\"}}", "a".repeat(64 * 1024)));
        }
        head = journal.append(&shard, batch).await.unwrap();
    }
    let log = std::fs::metadata(folder.path().join("440100.sqlite-wal")).unwrap().len();
    assert!(log < 64 << 20, "the log holds {log} bytes");
    drop(journal);
    assert!(!folder.path().join("440100.sqlite-wal").exists(), "a closed journal leaves no log");
    let journal = SqliteJournal::open(folder.path()).unwrap();
    let sound = journal::verify::verify(&journal, &shard, &mut |_progress| ()).await.unwrap();
    assert_eq!((sound.head, sound.batches), (head, 200));
}

#[tokio::test]
async fn each_answer_is_found_whether_the_lookup_holds_it_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(folder.path()).unwrap();
    let shard = Shard::new("440100");
    let (mut head, mut all) = (Head::default(), Vec::new());
    // 20,000 answers: more than the lookup is behind and more than a reader remembers.
    for round in 0..20 {
        let batch = conformance::batch(&shard, head, "k", round * 1_000, 1_000);
        all.extend(batch.answers.iter().copied());
        head = journal.append(&shard, batch).await.unwrap();
        let last = all.last().copied();
        assert_eq!(journal.answer(&shard, last.unwrap().command).await, Ok(last));
    }
    let elsewhere = SqliteJournal::open(folder.path()).unwrap();
    for handle in [&journal, &elsewhere] {
        for answer in all.iter().step_by(7) {
            assert_eq!(handle.answer(&shard, answer.command).await, Ok(Some(*answer)));
        }
        assert_eq!(handle.answer(&shard, CommandId::from_bytes([5; 16])).await, Ok(None));
    }
    drop((journal, elsewhere));
    let journal = SqliteJournal::open(folder.path()).unwrap();
    for answer in all.iter().step_by(7) {
        assert_eq!(journal.answer(&shard, answer.command).await, Ok(Some(*answer)));
    }
    journal.inspect(&shard).await.unwrap();
}
