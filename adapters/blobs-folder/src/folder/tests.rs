//! What the disk may do to files, and that nothing acknowledged is lost by it.

use super::*;
use crate::medium::faulty::{FaultyFile, Weather};
use futures_util::future::join_all;

fn faulty(root: &Path, weather: &Arc<Weather>) -> FolderBlobs {
    let weather = weather.clone();
    let wrap =
        move |file| -> Arc<dyn Medium> { Arc::new(FaultyFile { file, weather: weather.clone() }) };
    FolderBlobs::open_with(root.to_owned(), Box::new(wrap)).unwrap()
}

fn packs(root: &Path) -> Vec<PathBuf> {
    let mut packs: Vec<PathBuf> = fs::read_dir(root.join("packs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pack"))
        .collect();
    packs.sort();
    packs
}

#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing_that_was_acknowledged() {
    let home = tempfile::tempdir().unwrap();
    let weather = Weather::fair();
    let blobs = faulty(home.path(), &weather);
    let kept = blobs.put(b"kept".to_vec()).await.unwrap();
    for room in [0, 1, 43, 44, 47] {
        weather.room.store(room, Ordering::SeqCst);
        assert_eq!(blobs.put(b"lost".to_vec()).await, Err(BlobError::Full), "{room}");
        assert!(matches!(blobs.get(&BlobId::of(b"lost")).await, Err(BlobError::Missing(_))));
    }
    weather.room.store(u64::MAX, Ordering::SeqCst);
    let later = blobs.put(b"lost".to_vec()).await.unwrap();
    assert_eq!(packs(home.path()).len(), 1, "the pack was cut back and used again");
    drop(blobs);
    let reopened = FolderBlobs::open(home.path()).unwrap();
    assert_eq!(reopened.get(&kept).await.unwrap(), b"kept");
    assert_eq!(reopened.get(&later).await.unwrap(), b"lost");
    assert_eq!(reopened.verify().unwrap(), []);
}

#[tokio::test]
async fn after_a_failed_sync_the_pack_is_given_up() {
    let home = tempfile::tempdir().unwrap();
    for truncate_fails in [false, true] {
        let weather = Weather::fair();
        let root = home.path().join(truncate_fails.to_string());
        let blobs = faulty(&root, &weather);
        let kept = blobs.put(b"kept".to_vec()).await.unwrap();
        weather.sync_fails.store(true, Ordering::SeqCst);
        weather.truncate_fails.store(truncate_fails, Ordering::SeqCst);
        assert!(matches!(blobs.put(b"unsure".to_vec()).await, Err(BlobError::Store(_))));
        weather.sync_fails.store(false, Ordering::SeqCst);

        // Not even found: a second caller must not be told that it is stored.
        assert!(matches!(blobs.get(&BlobId::of(b"unsure")).await, Err(BlobError::Missing(_))));
        let sure = blobs.put(b"unsure".to_vec()).await.unwrap();
        assert_eq!(packs(&root).len(), 2);
        assert_eq!(blobs.get(&sure).await.unwrap(), b"unsure");
        assert_eq!(blobs.get(&kept).await.unwrap(), b"kept");
    }
}

#[tokio::test]
async fn a_flipped_byte_is_found_named_and_repaired_by_storing_again() {
    let home = tempfile::tempdir().unwrap();
    let large = vec![7; PACKED_BYTES_MAX + 1];
    let blobs = FolderBlobs::open(home.path()).unwrap();
    let small_id = blobs.put(b"small".to_vec()).await.unwrap();
    let other_id = blobs.put(b"other".to_vec()).await.unwrap();
    let large_id = blobs.put(large.clone()).await.unwrap();

    let pack = packs(home.path()).remove(0);
    let mut bytes = fs::read(&pack).unwrap();
    bytes[46] ^= 1;
    fs::write(&pack, bytes).unwrap();
    let path = blobs.shared.large_path(&large_id.digest().unwrap());
    fs::write(&path, vec![8; PACKED_BYTES_MAX + 1]).unwrap();

    let damaged = |id: &BlobId| BlobError::Damaged(id.0.clone());
    assert_eq!(blobs.get(&small_id).await, Err(damaged(&small_id)));
    assert_eq!(blobs.get(&large_id).await, Err(damaged(&large_id)));
    let mut named = blobs.verify().unwrap();
    named.sort_by_key(ToString::to_string);
    let mut expected = vec![damaged(&small_id), damaged(&large_id)];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(named, expected);

    blobs.put(b"small".to_vec()).await.unwrap();
    blobs.put(large.clone()).await.unwrap();
    drop(blobs);
    let reopened = FolderBlobs::open(home.path()).unwrap();
    assert_eq!(reopened.get(&small_id).await.unwrap(), b"small");
    assert_eq!(reopened.get(&other_id).await.unwrap(), b"other");
    assert_eq!(reopened.get(&large_id).await.unwrap(), large);
    assert_eq!(reopened.verify().unwrap(), []);
}

#[tokio::test]
async fn a_kill_at_any_byte_loses_nothing_that_was_acknowledged() {
    let home = tempfile::tempdir().unwrap();
    let blobs = FolderBlobs::open(home.path()).unwrap();
    let acknowledged = blobs.put(b"acknowledged".to_vec()).await.unwrap();
    let pack = packs(home.path()).remove(0);
    let before = fs::metadata(&pack).unwrap().len();
    blobs.put(b"on its way".to_vec()).await.unwrap();
    drop(blobs);
    let whole = fs::read(&pack).unwrap();
    for length in usize::try_from(before).unwrap()..whole.len() {
        // The index may be ahead of what reached the disk.
        fs::write(&pack, &whole[..length]).unwrap();
        let reopened = FolderBlobs::open(home.path()).unwrap();
        assert_eq!(reopened.get(&acknowledged).await.unwrap(), b"acknowledged", "{length}");
        let lost = reopened.get(&BlobId::of(b"on its way")).await;
        assert!(matches!(lost, Err(BlobError::Missing(_))), "{length}");
        let next = reopened.put(b"next".to_vec()).await.unwrap();
        drop(reopened);
        let again = FolderBlobs::open(home.path()).unwrap();
        assert_eq!(again.get(&next).await.unwrap(), b"next", "{length}");
        assert_eq!(again.verify().unwrap(), []);
        drop(again);
        for path in packs(home.path()).into_iter().skip(1) {
            fs::remove_file(path.with_extension("idx")).unwrap();
            fs::remove_file(path).unwrap();
        }
    }
}

#[tokio::test]
async fn without_its_index_a_pack_is_read_all_the_same() {
    let home = tempfile::tempdir().unwrap();
    let blobs = FolderBlobs::open(home.path()).unwrap();
    let files: Vec<Vec<u8>> = (0..100_u8).map(|n| vec![n; usize::from(n)]).collect();
    let ids = blobs.put_all(files.clone()).await.unwrap();
    drop(blobs);
    let index = packs(home.path()).remove(0).with_extension("idx");
    for damage in [None, Some(0), Some(50 * 48)] {
        match damage {
            None => fs::remove_file(&index).unwrap(),
            Some(length) => fs::write(&index, vec![0x55; length]).unwrap(),
        }
        let reopened = FolderBlobs::open(home.path()).unwrap();
        for (id, bytes) in ids.iter().zip(&files) {
            assert_eq!(reopened.get(id).await.unwrap(), *bytes);
        }
    }
}

#[tokio::test]
async fn two_processes_write_to_their_own_packs_and_read_each_others() {
    let home = tempfile::tempdir().unwrap();
    let one = FolderBlobs::open(home.path()).unwrap();
    let two = FolderBlobs::open(home.path()).unwrap();
    for round in 0..20_u8 {
        let (left, right) =
            futures_util::future::join(one.put(vec![round; 10]), two.put(vec![round; 20])).await;
        assert_eq!(two.get(&left.unwrap()).await.unwrap(), [round; 10]);
        assert_eq!(one.get(&right.unwrap()).await.unwrap(), [round; 20]);
    }
    assert_eq!(packs(home.path()).len(), 2);
    // Both store the same: each answers only when it is on disk, and a reader finds one of them.
    let (left, right) =
        futures_util::future::join(one.put(b"same".to_vec()), two.put(b"same".to_vec())).await;
    assert_eq!(left, right);
    drop((one, two));
    let reopened = FolderBlobs::open(home.path()).unwrap();
    assert_eq!(reopened.get(&left.unwrap()).await.unwrap(), b"same");
    assert_eq!(reopened.verify().unwrap(), []);
}

#[tokio::test]
async fn what_another_process_wrote_is_synced_before_it_counts_as_stored() {
    let home = tempfile::tempdir().unwrap();
    let other = FolderBlobs::open(home.path()).unwrap();
    let id = other.put(b"shared".to_vec()).await.unwrap();
    let weather = Weather::fair();
    let this = faulty(home.path(), &weather);
    weather.sync_fails.store(true, Ordering::SeqCst);
    assert!(matches!(this.put(b"shared".to_vec()).await, Err(BlobError::Store(_))));
    weather.sync_fails.store(false, Ordering::SeqCst);
    assert_eq!(this.put(b"shared".to_vec()).await.unwrap(), id);
    // Known to be on disk now: no sync is needed again, so a failing one is not met.
    weather.sync_fails.store(true, Ordering::SeqCst);
    assert_eq!(this.put(b"shared".to_vec()).await.unwrap(), id);
}

#[tokio::test]
async fn many_waiting_writes_share_syncs() {
    let home = tempfile::tempdir().unwrap();
    let weather = Weather::fair();
    let blobs = faulty(home.path(), &weather);
    let puts = (0..500_u32).map(|n| blobs.put(n.to_le_bytes().to_vec()));
    let ids: Vec<BlobId> = join_all(puts).await.into_iter().map(Result::unwrap).collect();
    let syncs = weather.syncs.load(Ordering::SeqCst);
    assert!(syncs <= 50, "{syncs} syncs for 500 writes");
    for (n, id) in (0..500_u32).zip(&ids) {
        assert_eq!(blobs.get(id).await.unwrap(), n.to_le_bytes());
    }
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_removed() {
    let home = tempfile::tempdir().unwrap();
    drop(FolderBlobs::open(home.path()).unwrap());
    let orphan = home.path().join("tmp").join("1-0");
    let busy = home.path().join("tmp").join("1-1");
    fs::write(&orphan, b"half").unwrap();
    let held = File::create(&busy).unwrap();
    held.lock().unwrap();
    let _blobs = FolderBlobs::open(home.path()).unwrap();
    assert!(!orphan.exists());
    assert!(busy.exists(), "another process is writing it");
}
