//! What the disk may do to the keys, and what must not be found on it after an erasure.

use super::*;
use crate::medium::faulty::{FaultyFile, Weather};
use std::sync::atomic::Ordering;

fn key(byte: u8) -> SealingKey {
    SealingKey::new(Zeroizing::new([byte; 32]))
}

fn name(number: usize) -> KeyName {
    KeyName::new(format!("case/{number}"))
}

fn faulty(folder: &Path, weather: &Arc<Weather>) -> FolderVaultKeys {
    let weather = weather.clone();
    FolderVaultKeys::open_with(folder, move |file| Arc::new(FaultyFile { file, weather })).unwrap()
}

#[tokio::test]
async fn an_erased_key_is_nowhere_in_the_file() {
    let home = tempfile::tempdir().unwrap();
    let keys = FolderVaultKeys::open(home.path()).unwrap();
    for number in 1..=3 {
        keys.ensure(&name(number), key(u8::try_from(number).unwrap())).await.unwrap();
    }
    keys.erase(&name(2)).await.unwrap();
    let bytes = fs::read(home.path().join("vault.keys")).unwrap();
    let holds = |byte: u8| bytes.windows(32).any(|window| window == [byte; 32]);
    assert!(holds(1) && holds(3));
    assert!(!holds(2));
    assert_eq!(bytes.len(), 3 * 64);
    assert!(!bytes.windows(4).any(|window| window == b"case"), "names are kept as digests");
}

#[tokio::test]
async fn a_full_disk_takes_nothing_and_is_told() {
    let home = tempfile::tempdir().unwrap();
    let weather = Weather::fair();
    let keys = faulty(home.path(), &weather);
    keys.ensure(&name(1), key(1)).await.unwrap();
    for room in [0, 1, 63] {
        weather.room.store(room, Ordering::SeqCst);
        assert_eq!(keys.ensure(&name(2), key(2)).await, Err(BlobError::Full));
        assert_eq!(keys.find(&name(2)).await, Ok(KeyState::Absent));
    }
    weather.room.store(u64::MAX, Ordering::SeqCst);
    assert_eq!(keys.ensure(&name(2), key(3)).await, Ok(KeyState::Held(key(3))));
    let reopened = FolderVaultKeys::open(home.path()).unwrap();
    assert_eq!(reopened.find(&name(1)).await, Ok(KeyState::Held(key(1))));
    assert_eq!(reopened.find(&name(2)).await, Ok(KeyState::Held(key(3))));
}

#[tokio::test]
async fn a_failed_sync_is_told_and_its_key_does_not_count() {
    let home = tempfile::tempdir().unwrap();
    let weather = Weather::fair();
    let keys = faulty(home.path(), &weather);
    weather.sync_fails.store(true, Ordering::SeqCst);
    assert!(matches!(keys.ensure(&name(1), key(1)).await, Err(BlobError::Store(_))));
    assert!(matches!(keys.erase(&name(2)).await, Err(BlobError::Store(_))));
    weather.sync_fails.store(false, Ordering::SeqCst);
    assert_eq!(keys.ensure(&name(1), key(2)).await, Ok(KeyState::Held(key(2))));
    assert_eq!(keys.find(&name(2)).await, Ok(KeyState::Absent));
}

#[tokio::test]
async fn a_torn_tail_is_written_over() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault.keys");
    let keys = FolderVaultKeys::open(home.path()).unwrap();
    keys.ensure(&name(1), key(1)).await.unwrap();
    drop(keys);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend([0xee; 17]);
    fs::write(&path, bytes).unwrap();
    let keys = FolderVaultKeys::open(home.path()).unwrap();
    keys.ensure(&name(2), key(2)).await.unwrap();
    let reopened = FolderVaultKeys::open(home.path()).unwrap();
    assert_eq!(reopened.find(&name(1)).await, Ok(KeyState::Held(key(1))));
    assert_eq!(reopened.find(&name(2)).await, Ok(KeyState::Held(key(2))));
    assert_eq!(fs::metadata(&path).unwrap().len(), 128);
}

#[tokio::test]
async fn each_flipped_byte_of_a_record_is_found() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("vault.keys");
    FolderVaultKeys::open(home.path()).unwrap().ensure(&name(1), key(1)).await.unwrap();
    let good = fs::read(&path).unwrap();
    for position in 0..64 {
        let mut bytes = good.clone();
        bytes[position] ^= 1;
        fs::write(&path, bytes).unwrap();
        let found = FolderVaultKeys::open(home.path()).unwrap().find(&name(1)).await;
        // A broken name is another name; everything else is a damaged key.
        let expected = if position < 20 {
            Ok(KeyState::Absent)
        } else {
            Err(BlobError::Damaged("key of case/1".to_owned()))
        };
        assert_eq!(found, expected, "{position}");
    }
}

#[tokio::test]
async fn two_processes_agree_on_one_key_and_see_each_others_erasure() {
    let home = tempfile::tempdir().unwrap();
    let one = FolderVaultKeys::open(home.path()).unwrap();
    let two = FolderVaultKeys::open(home.path()).unwrap();
    for number in 0..50 {
        let name = name(number);
        let (left, right) =
            futures_util::future::join(one.ensure(&name, key(1)), two.ensure(&name, key(2))).await;
        assert_eq!(left, right);
        one.erase(&name).await.unwrap();
        assert_eq!(two.find(&name).await, Ok(KeyState::Erased));
        assert_eq!(two.ensure(&name, key(3)).await, Ok(KeyState::Erased));
    }
}

#[tokio::test]
async fn one_group_may_make_and_erase_the_same_key() {
    let home = tempfile::tempdir().unwrap();
    let keys = FolderVaultKeys::open(home.path()).unwrap();
    let changes = [Some(key(1)), Some(key(2)), None, Some(key(3))]
        .map(|fresh| Change { name: cut(&name(1)), fresh });
    let states = keys.shared.write(&changes.iter().collect::<Vec<_>>()).unwrap();
    assert!(states.iter().all(|state| *state == Ok(KeyState::Erased)), "{states:?}");
    assert_eq!(fs::metadata(home.path().join("vault.keys")).unwrap().len(), 64);
}

#[test]
fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("keys");
    let _keys = FolderVaultKeys::open(&folder).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("vault.keys")), 0o600);
}
