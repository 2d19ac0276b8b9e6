//! What lies on the disk may be lost or wrong at any time: the log equals the journal all the same.

use crate::bed::{ORIGIN, keys, shard};
use evidence::{
    AlarmKind, Finding, Log, LogError, Profile, Settings, Tree, VerifierKey, audit, leaf_of,
};
use journal::conformance::{batch, event};
use journal::memory::MemoryJournal;
use journal::{Head, Journal};
use kernel::Body;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use testbed::HandClock;

/// A journal of `count` events in batches of 7.
async fn filled(count: u64) -> Arc<MemoryJournal> {
    let journal = Arc::new(MemoryJournal::new());
    fill(&journal, count).await;
    journal
}

async fn fill(journal: &MemoryJournal, upto: u64) {
    let mut head = journal.head(&shard()).await.unwrap();
    while head.seq < upto {
        let count = (upto - head.seq).min(7);
        let batch = batch(&shard(), head, "k", head.seq, count);
        head = journal.append(&shard(), batch).await.unwrap();
    }
}

/// The log of a process that starts: nothing but it holds what it keeps, so that it goes when it is dropped.
async fn opened(folder: &Path, journal: &Arc<MemoryJournal>) -> Log {
    let journal = Arc::clone(journal) as Arc<dyn Journal>;
    let settings = Settings {
        origin: ORIGIN.to_owned(),
        folder: Some(folder.to_owned()),
        profile: Profile::Sha256,
    };
    let clock = Arc::new(HandClock::at(kernel::Moment::from_us(1_770_858_000_000_000)));
    let log = Log::new(settings, journal, Arc::new(keys(1)), clock);
    log.start().await.expect("the log starts");
    log
}

/// The tree that follows from a journal and nothing else.
async fn right(journal: &dyn Journal) -> Tree {
    let mut tree = Tree::default();
    for event in journal.read(&shard(), 0, u32::MAX).await.unwrap() {
        tree.append(&leaf_of(&event));
    }
    tree
}

async fn is_right(log: &Log) {
    let tree = right(&**log.journal()).await;
    assert_eq!(log.size(&shard()), Ok(tree.size()));
    for size in [1, 2, tree.size() / 2 + 1, tree.size()] {
        assert_eq!(log.root(&shard(), size).ok(), tree.root(size));
    }
    for seq in [1, tree.size() / 3 + 1, tree.size()] {
        log.prove(&shard(), seq).await.unwrap();
    }
}

async fn found(folder: &Path, journal: &dyn Journal) -> Vec<Finding> {
    let clock = Arc::new(HandClock::at(kernel::Moment::from_us(1_770_858_000_000_000)));
    let settings = Settings::in_memory(ORIGIN);
    let nothing = Arc::new(MemoryJournal::new());
    let log = Log::new(settings, nothing, Arc::new(keys(1)), clock);
    let keys: Vec<VerifierKey> = log.verifier_keys(&shard()).expect("keys");
    let checked = (Profile::Sha256, &keys[..]);
    audit(journal, folder, &shard(), checked, &mut |_seq| ()).await.findings
}

#[tokio::test]
async fn s12_after_a_power_cut_the_tree_equals_the_journal() {
    let home = tempfile::tempdir().unwrap();
    let journal = filled(300).await;
    let file = home.path().join("440100/hashes");
    opened(home.path(), &journal).await.publish(&shard()).await.unwrap();
    fill(&journal, 500).await;
    let log = opened(home.path(), &journal).await;
    is_right(&log).await;
    drop(log);
    let whole = fs::read(&file).unwrap();
    assert_eq!(whole.len() as u64, evidence::hash_count(500) * 32);
    // Cut anywhere, within a hash too: what was appended and not synced may be gone.
    for cut in [0, 31, 32, 4_000, 19_000, 19_001, whole.len() - 1] {
        fs::write(&file, &whole[..cut]).unwrap();
        is_right(&opened(home.path(), &journal).await).await;
    }
    // A file system that had made room and not written it yet: zeros at the end.
    let mut torn = whole.clone();
    torn[20_000..].fill(0);
    fs::write(&file, &torn).unwrap();
    is_right(&opened(home.path(), &journal).await).await;
    // What was written for another history, or by nobody.
    fs::write(&file, vec![0xab; whole.len()]).unwrap();
    is_right(&opened(home.path(), &journal).await).await;
    fs::remove_file(&file).unwrap();
    is_right(&opened(home.path(), &journal).await).await;
    fs::write(&file, &whole).unwrap();
    let checkpoints = home.path().join("440100/checkpoints");
    // A line that was not finished.
    let mut text = fs::read_to_string(&checkpoints).unwrap();
    text.push_str("{\"at\":\"2026-0");
    fs::write(&checkpoints, text).unwrap();
    let log = opened(home.path(), &journal).await;
    is_right(&log).await;
    assert_eq!(log.publish(&shard()).await.unwrap().size, 500);
    drop(log);
    let log = opened(home.path(), &journal).await;
    let sizes: Vec<_> = log.published(&shard()).unwrap().iter().map(|p| p.size).collect();
    assert_eq!(sizes, [300, 500]);
    assert!(log.alarms().is_empty());
}

#[tokio::test]
async fn another_history_is_not_signed() {
    let home = tempfile::tempdir().unwrap();
    let journal = filled(100).await;
    opened(home.path(), &journal).await.publish(&shard()).await.unwrap();
    // The same number of events, one of them another.
    let other = Arc::new(MemoryJournal::new());
    let mut events: Vec<_> = (1..=120).map(|n| event(&shard(), n, "case", "k", n)).collect();
    events[40].body = Body::from_text(r#"{"Refused":{}}"#);
    let batch = journal::Batch { after: Head::default(), events, answers: Vec::new() };
    other.append(&shard(), batch).await.unwrap();
    // Told whether hashes are left or not.
    for is_left in [true, false] {
        if is_left {
            let findings = found(home.path(), &*other).await;
            let event = Finding::Event { shard: "440100".to_owned(), seq: 41, checkpoint: 100 };
            assert_eq!(findings, [event], "an audit names the event");
        } else {
            fs::remove_file(home.path().join("440100/hashes")).unwrap();
        }
        let log = opened(home.path(), &other).await;
        let refused = log.prove(&shard(), 120).await;
        let changed = LogError::HistoryChanged { shard: "440100".to_owned(), size: 100 };
        assert_eq!(refused, Err(changed));
        assert_eq!(log.alarms().last().unwrap().kind, AlarmKind::HistoryChanged);
        assert!(log.standing().await.unwrap()[0].is_stopped);
        assert!(log.round().await.is_empty(), "nothing is published any more");
    }
}

#[tokio::test]
async fn a_journal_of_an_older_backup_is_not_signed() {
    let home = tempfile::tempdir().unwrap();
    let journal = filled(100).await;
    opened(home.path(), &journal).await.publish(&shard()).await.unwrap();
    let older = filled(60).await;
    let log = opened(home.path(), &older).await;
    let refused = log.prove(&shard(), 60).await;
    assert!(matches!(refused, Err(LogError::HistoryChanged { size: 100, .. })), "{refused:?}");
    let cut = Finding::Cut { shard: "440100".to_owned(), events: 60, checkpoint: 100 };
    assert!(found(home.path(), &*older).await.contains(&cut));
}

#[tokio::test]
async fn a_damaged_hash_gives_no_proof_and_is_made_anew() {
    let home = tempfile::tempdir().unwrap();
    let journal = filled(40_000).await;
    opened(home.path(), &journal).await.publish(&shard()).await.unwrap();
    let file = home.path().join("440100/hashes");
    let mut bytes = fs::read(&file).unwrap();
    let place = usize::try_from(evidence::hash_index(0, 1_234) * 32).unwrap();
    bytes[place + 5] ^= 1;
    fs::write(&file, bytes).unwrap();
    let log = opened(home.path(), &journal).await;
    // The damaged one is the sibling of leaf 1,235.
    let refused = log.prove(&shard(), 1_236).await;
    let damaged = LogError::HashDamaged { shard: "440100".to_owned(), index: 1_235 };
    assert_eq!(refused, Err(damaged));
    log.round().await;
    log.prove(&shard(), 1_236).await.unwrap();
    assert_eq!(log.alarms().last().unwrap().kind, AlarmKind::HashDamaged);
    is_right(&log).await;
    log.publish(&shard()).await.unwrap();
    drop(log);
    assert_eq!(found(home.path(), &*journal).await, []);
}

/// Flips one byte at many places of what is kept and of the journal: each is found, and named.
#[tokio::test]
async fn one_flipped_byte_anywhere_is_found_and_named() {
    let home = tempfile::tempdir().unwrap();
    let journal = filled(133).await;
    let log = opened(home.path(), &journal).await;
    log.publish(&shard()).await.unwrap();
    fill(&journal, 160).await;
    log.publish(&shard()).await.unwrap();
    fill(&journal, 171).await;
    log.catch_up(&shard()).await.unwrap();
    drop(log);
    assert_eq!(found(home.path(), &*journal).await, [], "sound as it is");

    let file = home.path().join("440100/hashes");
    let whole = fs::read(&file).unwrap();
    for at in (0..whole.len()).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&file, &bytes).unwrap();
        let findings = found(home.path(), &*journal).await;
        let [Finding::Hash { place, level, from, to, .. }] = &findings[..] else {
            panic!("byte {at}: {findings:?}");
        };
        assert_eq!(*place, at as u64 / 32);
        assert_eq!(evidence::hash_index(*level, (from - 1) >> level), *place);
        assert_eq!(to - from, (1 << level) - 1);
    }
    fs::write(&file, &whole).unwrap();

    let checkpoints = home.path().join("440100/checkpoints");
    let text = fs::read(&checkpoints).unwrap();
    for at in (0..text.len()).step_by(7) {
        let mut bytes = text.clone();
        bytes[at] ^= 1;
        fs::write(&checkpoints, &bytes).unwrap();
        let findings = found(home.path(), &*journal).await;
        assert!(
            findings.iter().any(|finding| matches!(finding, Finding::Checkpoint { .. })),
            "byte {at} of the checkpoints: {findings:?}"
        );
    }
    fs::write(&checkpoints, &text).unwrap();

    for seq in (1..=160_u64).step_by(13) {
        let bent = Arc::new(MemoryJournal::new());
        let mut events = journal.read(&shard(), 0, 1_000).await.unwrap();
        let event = &mut events[usize::try_from(seq - 1).unwrap()];
        let text = event.body.text().replace("市场", "巿场");
        event.body = Body::from_text(text);
        let batch = journal::Batch { after: Head::default(), events, answers: Vec::new() };
        bent.append(&shard(), batch).await.unwrap();
        let findings = found(home.path(), &*bent).await;
        let checkpoint = if seq <= 133 { 133 } else { 160 };
        let named = Finding::Event { shard: "440100".to_owned(), seq, checkpoint };
        assert_eq!(findings, [named]);
    }
}

#[tokio::test]
async fn two_processes_keep_hashes_of_their_own_and_one_publishes() {
    let home = tempfile::tempdir().unwrap();
    let journal = filled(50).await;
    let first = opened(home.path(), &journal).await;
    let second = opened(home.path(), &journal).await;
    is_right(&first).await;
    is_right(&second).await;
    assert!(home.path().join("440100/hashes.1").exists());
    assert!(second.round().await.is_empty(), "the second publishes nothing");
    assert_eq!(first.round().await.len(), 1);
    assert_eq!(second.latest(&shard()), first.latest(&shard()), "and serves the first's");
}
