//! The log over a journal that several processes share.

use crate::bed::{ORIGIN, keys, shard};
use evidence::{Log, Profile, Settings, leaf_of};
use journal::conformance::batch;
use journal::{Head, Journal};
use journal_postgres::PostgresJournal;
use std::sync::Arc;
use testbed::HandClock;

async fn log(journal: &PostgresJournal, folder: &std::path::Path) -> Log {
    let settings = Settings {
        origin: ORIGIN.to_owned(),
        folder: Some(folder.to_owned()),
        profile: Profile::Sha256,
    };
    let clock = Arc::new(HandClock::at(kernel::Moment::from_us(1_770_858_000_000_000)));
    let log = Log::new(settings, Arc::new(journal.clone()), Arc::new(keys(1)), clock);
    log.start().await.unwrap();
    log
}

#[tokio::test]
async fn each_process_on_postgresql_signs_the_same_roots() {
    let Some(server) = testbed::service("postgres") else { return };
    let home = tempfile::tempdir().unwrap();
    let journal = PostgresJournal::connect(server.url()).await.unwrap();
    let head = journal.append(&shard(), batch(&shard(), Head::default(), "k", 0, 50)).await;
    let first = log(&journal, home.path()).await;
    // Another process, on connections of its own.
    let second = PostgresJournal::connect(server.url()).await.unwrap();
    let second = log(&second, home.path()).await;
    assert_eq!(first.round().await.len(), 1);
    journal.append(&shard(), batch(&shard(), head.unwrap(), "k", 50, 25)).await.unwrap();
    // Whoever is asked for more than it has reads the journal; whoever is not asked does so in its rounds.
    let proof = second.prove(&shard(), 75).await.unwrap();
    first.round().await;
    first.round().await;
    assert_eq!(first.root(&shard(), 75), second.root(&shard(), 75));
    let event = journal.read(&shard(), 74, 1).await.unwrap().pop().unwrap();
    let keys = first.verifier_keys(&shard()).unwrap();
    assert_eq!(proof.verify(Profile::Sha256, &leaf_of(&event), &keys).unwrap().size, 75);
    assert_eq!(second.latest(&shard()).unwrap().size, 50, "the first has published");
}
