//! Answers bear proofs; checkpoints are published when they are due.

use crate::bed::{Bed, ORIGIN, Wanted, shard};
use evidence::{Checkpoint, Log, Profile, Proof, Settings, leaf_of};
use kernel::Shard;
use module::{Follower as _, Receipt};
use std::sync::Arc;

/// Checks the proof of an answer as whoever got it would: with the log's key and nothing else.
fn checked(bed: &Bed, receipt: &Receipt) -> Checkpoint {
    let proof: Proof = receipt.proof.as_deref().expect("a proof").parse().expect("a sound proof");
    let last = receipt.events.last().expect("an event");
    let keys = bed.log.verifier_keys(&receipt.shard).expect("keys");
    let checkpoint = proof.verify(Profile::Sha256, &leaf_of(last), &keys).expect("it holds");
    assert_eq!(proof.index + 1, last.seq);
    assert_eq!(checkpoint.origin, format!("{ORIGIN}/{}", receipt.shard));
    checkpoint
}

#[tokio::test]
async fn an_answer_bears_the_proof_of_its_last_event() {
    let bed = Wanted::plain().made().await;
    let other = Shard::new("440300");
    for n in 1..40_u32 {
        let receipt = bed.note(&shard(), "a", "p", n % 4 + 1).await;
        let checkpoint = checked(&bed, &receipt);
        assert!(checkpoint.size >= receipt.events.last().unwrap().seq);
    }
    let receipt = bed.note(&other, "b", "p", 3).await;
    assert_eq!(checked(&bed, &receipt).size, 3, "each shard has its own log");
    let nothing = bed.note(&other, "b", "p", 0).await;
    assert_eq!(nothing.proof, None, "what changed nothing needs no proof");
}

#[tokio::test]
async fn the_first_answer_given_again_is_proven_again() {
    let bed = Wanted::plain().made().await;
    let id = bed.bed.next_id();
    let first = bed.note_as(id, &shard(), "a", ("p", 2)).await;
    bed.note(&shard(), "b", "p", 5).await;
    let again = bed.note_as(id, &shard(), "a", ("p", 2)).await;
    assert!(again.repeated);
    assert_eq!(again.events, first.events);
    assert_eq!(checked(&bed, &again).size, 7, "against the log as it is now");
    assert_eq!(checked(&bed, &first).size, 2);
}

#[tokio::test]
async fn a_log_that_heard_nothing_reads_the_journal() {
    let bed = Wanted::plain().made().await;
    for n in 0..20 {
        bed.note(&shard(), &n.to_string(), "p", 3).await;
    }
    // As another process has it, which does not write the shard.
    let settings = Settings::in_memory(ORIGIN);
    let (keys, clock) = (Arc::clone(bed.log.keys()), Arc::clone(bed.log.clock()));
    let tail = Log::new(settings, Arc::clone(bed.log.journal()), keys, clock);
    assert_eq!(tail.size(&shard()), Ok(0));
    let proof = tail.prove(&shard(), 31).await.unwrap();
    assert_eq!(proof.checkpoint, bed.log.prove(&shard(), 31).await.unwrap().checkpoint);
    assert_eq!(tail.size(&shard()), Ok(60));
    // What comes out of order or twice changes nothing.
    let events = bed.log.journal().read(&shard(), 0, 100).await.unwrap();
    bed.note(&shard(), "x", "p", 3).await;
    tail.follow(&shard(), &events);
    let newer = bed.log.journal().read(&shard(), 61, 100).await.unwrap();
    tail.follow(&shard(), &newer);
    assert_eq!(tail.size(&shard()), Ok(60), "event 61 is missing");
    tail.round().await;
    tail.round().await;
    assert_eq!(tail.root(&shard(), 63), bed.log.root(&shard(), 63));
    assert_eq!(tail.standing().await.unwrap()[0].lag, 0);
}

#[tokio::test]
async fn checkpoints_are_published_each_minute_or_thousand_leaves() {
    let bed = Wanted::plain().made().await;
    let latest = || bed.log.latest(&shard()).map(|latest| latest.size).unwrap_or(0);
    assert!(bed.log.round().await.is_empty(), "there is nothing yet");
    bed.note(&shard(), "a", "p", 5).await;
    bed.log.round().await;
    assert_eq!(latest(), 5, "the first at once");
    bed.note(&shard(), "a", "p", 5).await;
    bed.later(59);
    bed.log.round().await;
    assert_eq!(latest(), 5);
    bed.later(1);
    assert_eq!(bed.log.round().await[0].1.size, 10);
    bed.later(3_600);
    assert!(bed.log.round().await.is_empty(), "nothing has grown");
    bed.note(&shard(), "a", "p", 999).await;
    bed.log.round().await;
    assert_eq!(latest(), 1_009, "an hour has passed");
    bed.note(&shard(), "a", "p", 999).await;
    bed.log.round().await;
    assert_eq!(latest(), 1_009);
    bed.note(&shard(), "a", "p", 1).await;
    bed.log.round().await;
    assert_eq!(latest(), 2_009, "a thousand");
    let sizes: Vec<u64> = bed.log.published(&shard()).unwrap().iter().map(|one| one.size).collect();
    assert_eq!(sizes, [5, 10, 1_009, 2_009]);
    for pair in sizes.windows(2) {
        let proof = bed.log.consistency(&shard(), pair[0], pair[1]).unwrap();
        let root = |size| bed.log.root(&shard(), size).unwrap();
        let (old, new) = ((pair[0], &root(pair[0])), (pair[1], &root(pair[1])));
        assert!(Profile::Sha256.verify_consistency(old, new, &proof));
    }
}
