//! A flipped byte is found and named, or it lay where nothing is kept.

use journal::verify::{Broken, verify};
use journal::{Answer, Head, Journal as _, ReadError, conformance};
use journal_sqlite::SqliteJournal;
use kernel::{Recorded, Shard};
use std::path::{Path, PathBuf};

const BATCHES: u64 = 12;
/// So many that the lookup of answers is brought up to date when the journal closes.
const EVENTS: u64 = 90;

fn shard() -> Shard {
    Shard::new("440100")
}

/// A journal of 1,080 events in 12 batches, closed; its file.
async fn written(folder: &Path) -> PathBuf {
    let journal = SqliteJournal::open(folder).unwrap();
    let mut head = Head::default();
    for round in 0..BATCHES {
        let stream = format!("办件-{}", round % 3);
        let batch = conformance::batch(&shard(), head, &stream, round / 3 * EVENTS, EVENTS);
        head = journal.append(&shard(), batch).await.unwrap();
    }
    folder.join("440100.sqlite")
}

async fn verdict(folder: &Path) -> Result<Head, Broken> {
    let journal = SqliteJournal::open(folder).unwrap();
    verify(&journal, &shard(), &mut |_progress| ()).await.map(|sound| sound.head)
}

/// Everything a journal can be asked.
async fn everything(
    folder: &Path,
) -> Option<(Head, Vec<Head>, Vec<Recorded>, Vec<Recorded>, Vec<Option<Answer>>)> {
    let journal = SqliteJournal::open(folder).unwrap();
    let events = journal.read(&shard(), 0, 2_000).await.ok()?;
    let mut streams = Vec::new();
    for key in ["办件-0", "办件-1", "办件-2"] {
        streams.extend(journal.stream(&shard(), "case", key, 0).await.ok()?);
    }
    let mut answers = Vec::new();
    for event in &events {
        answers.push(journal.answer(&shard(), event.command).await.ok()?);
    }
    let heads = journal.heads(&shard(), 0, 1_000).await.ok()?;
    Some((journal.head(&shard()).await.ok()?, heads, events, streams, answers))
}

fn find(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap()
}

#[tokio::test]
async fn a_changed_body_names_its_event() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path()).await;
    let mut bytes = std::fs::read(&file).unwrap();
    let at = find(&bytes, r#""no":47}"#) + 5;
    bytes[at] = b'9';
    std::fs::write(&file, bytes).unwrap();
    match verdict(folder.path()).await {
        Err(Broken::Read(ReadError::Corrupt { shard, seq, .. })) => {
            assert_eq!((shard.as_str(), seq), ("440100", 47));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_changed_digest_names_its_batch() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path()).await;
    let journal = SqliteJournal::open(folder.path()).unwrap();
    let heads = journal.heads(&shard(), 0, 100).await.unwrap();
    drop(journal);
    let mut bytes = std::fs::read(&file).unwrap();
    let digest = heads[4].digest;
    let at = bytes.windows(32).position(|window| window == digest).unwrap();
    bytes[at + 17] ^= 0x20;
    std::fs::write(&file, bytes).unwrap();
    let broken = Broken::Batch { shard: "440100".to_owned(), first: 361, last: 450 };
    assert_eq!(verdict(folder.path()).await, Err(broken));
}

#[tokio::test]
async fn no_flipped_byte_changes_an_answer_unnoticed() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path()).await;
    let sound = std::fs::read(&file).unwrap();
    let wanted = everything(folder.path()).await;
    assert!(wanted.is_some());
    let (mut tries, mut found) = (0, 0);
    // Some hundred bytes all over the file, another bit each time.
    for at in (0..sound.len()).step_by((sound.len() / 120) | 1) {
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&file, &bytes).unwrap();
        tries += 1;
        if verdict(folder.path()).await.is_err() {
            found += 1;
        } else {
            let unchanged = everything(folder.path()).await == wanted;
            assert!(unchanged, "byte {at} was flipped and not found");
        }
        let _log = std::fs::remove_file(file.with_extension("sqlite-wal"));
        let _index = std::fs::remove_file(file.with_extension("sqlite-shm"));
    }
    assert!(
        found * 4 > tries,
        "{found} of {tries} flipped bytes were found; the rest lay where nothing is kept"
    );
}
