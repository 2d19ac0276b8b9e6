//! Backups of a platform that works meanwhile, and what is left of them when somebody meddles.

use super::*;
use crate::assemble::{Assembly, assemble_with, quiet};
use codes::IdType;
use identity::model::{Card, Document};
use kernel::CommandId;
use module::Clearance;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

async fn opened(data: &Path) -> Assembly {
    let setup = Setup::new(data.to_owned(), None);
    assemble_with(&setup, Arc::new(SystemClock), quiet()).await.unwrap()
}

/// A traveller by number: her document and her card.
fn traveller(n: u32) -> (Document, Card) {
    let document = Document::person(IdType::Passport, &format!("E{n:08}")).unwrap();
    let card = Card::new(format!("旅客{n}"), &document);
    (document, card)
}

/// Makes a traveller known: a sealed card in the vault, an event that names it.
async fn arrives(assembly: &Assembly, n: u32) {
    let (document, card) = traveller(n);
    let identity = &assembly.identity;
    let commands = kernel::Atomic::new(identity.home().clone());
    let (commands, _party) = identity.register_party(commands, &document, card).await.unwrap();
    let id = CommandId::derive(&[b"traveller", &n.to_be_bytes()]);
    let by = Clearance::system("test");
    assembly.platform.commands.submit(by, id, commands).await.unwrap();
}

async fn is_known(assembly: &Assembly, n: u32) -> bool {
    let (document, card) = traveller(n);
    let party = assembly.identity.keys().of(&document);
    assembly.identity.card(&assembly.platform, &party).await.unwrap() == Some(card)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_a_backup_began_is_in_it() {
    let home = tempfile::tempdir().unwrap();
    let (data, file) = (home.path().join("data"), home.path().join("backup.tar"));
    let assembly = Arc::new(opened(&data).await);
    for n in 0..20 {
        arrives(&assembly, n).await;
    }
    // Everybody else arrives while the backup is taken.
    let (arrived, stop) = (Arc::new(AtomicU32::new(20)), Arc::new(AtomicU32::new(0)));
    let load = tokio::spawn({
        let (assembly, arrived, stop) =
            (Arc::clone(&assembly), Arc::clone(&arrived), Arc::clone(&stop));
        async move {
            while stop.load(Ordering::SeqCst) == 0 {
                arrives(&assembly, arrived.load(Ordering::SeqCst)).await;
                arrived.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    while arrived.load(Ordering::SeqCst) < 40 {
        tokio::task::yield_now().await;
    }
    let before = arrived.load(Ordering::SeqCst);
    let setup = Setup::new(data.clone(), None);
    let told = tokio::task::spawn_blocking({
        let file = file.clone();
        move || back_up(&setup, &file)
    })
    .await
    .unwrap()
    .unwrap();
    assert!(told.contains("read back and whole"), "{told}");
    let after = arrived.load(Ordering::SeqCst);
    stop.store(1, Ordering::SeqCst);
    load.await.unwrap();
    assembly.engine.stop().await;

    let copy = home.path().join("copy");
    let told = restored(&file, &beside(&file), Some(&copy)).await.unwrap();
    assert!(told.contains("are what was backed up"), "{told}");
    let restored = opened(&copy).await;
    for n in 0..before {
        assert!(is_known(&restored, n).await, "traveller {n} of {before}, {after} when it ended");
    }
    // It goes on from there like the installation itself: the next one is taken, an old one is known.
    arrives(&restored, 1_000_000).await;
    assert!(is_known(&restored, 1_000_000).await);
    restored.engine.stop().await;
}

#[tokio::test]
async fn a_restore_makes_nothing_of_what_is_not_whole() {
    let home = tempfile::tempdir().unwrap();
    let (data, file) = (home.path().join("data"), home.path().join("backup.tar"));
    let assembly = opened(&data).await;
    arrives(&assembly, 1).await;
    assembly.engine.stop().await;
    drop(assembly);
    let setup = Setup::new(data.clone(), None);
    back_up(&setup, &file).unwrap();
    let keys = beside(&file);
    let copy = home.path().join("copy");

    // Never over another.
    let told = back_up(&setup, &file).unwrap_err().to_string();
    assert!(told.contains("there already"), "{told}");
    // The two files of different backups.
    let second = home.path().join("second.tar");
    back_up(&setup, &second).unwrap();
    let told = restored(&file, &beside(&second), Some(&copy)).await.unwrap_err().to_string();
    assert!(told.contains("different backups"), "{told}");
    // One for the other.
    let told = restored(&keys, &file, Some(&copy)).await.unwrap_err().to_string();
    assert!(told.contains("the other of the two files"), "{told}");
    // A byte flipped anywhere, and the file cut off.
    let whole = fs::read(&file).unwrap();
    for at in (600..whole.len()).step_by(whole.len() / 7) {
        let mut changed = whole.clone();
        changed[at] ^= 0x40;
        fs::write(&file, &changed).unwrap();
        if archive::read(changed.as_slice(), None).is_ok() {
            // The padding between entries holds nothing.
            continue;
        }
        assert!(restored(&file, &keys, Some(&copy)).await.is_err(), "{at}");
    }
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert!(restored(&file, &keys, Some(&copy)).await.is_err());
    assert!(!copy.exists(), "nothing was made");

    fs::write(&file, &whole).unwrap();
    restored(&file, &keys, None).await.unwrap();
    assert!(!copy.exists(), "a check makes nothing");
    restored(&file, &keys, Some(&copy)).await.unwrap();
    let left: Vec<_> = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn with_postgres_files_and_keys_are_taken_and_the_journal_is_the_databases() {
    let home = tempfile::tempdir().unwrap();
    let (data, file) = (home.path().join("data"), home.path().join("files.tar"));
    let assembly = opened(&data).await;
    arrives(&assembly, 1).await;
    assembly.engine.stop().await;
    drop(assembly);
    let setup = Setup::new(data.clone(), Some("postgres://lianban@db.example/lianban".to_owned()));
    let told = back_up(&setup, &file).unwrap();
    assert!(told.contains("pg_dump"), "{told}");
    let copy = home.path().join("copy");
    let told = restored(&file, &beside(&file), Some(&copy)).await.unwrap();
    assert!(told.contains("the journal is in the database"), "{told}");
    assert!(!copy.join("journal").exists());
    for kept in ["keys/vault/vault.keys", "keys/party.secret", "blobs/packs/000001.pack"] {
        assert_eq!(
            fs::read(data.join(kept)).unwrap(),
            fs::read(copy.join(kept)).unwrap(),
            "{kept}"
        );
    }
}

#[tokio::test]
async fn a_backup_of_nothing_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let setup = Setup::new(home.path().join("data"), None);
    let told = back_up(&setup, &home.path().join("backup.tar")).unwrap_err().to_string();
    assert!(told.contains("holds no installation"), "{told}");
    assert!(!home.path().join("data").exists());
}
