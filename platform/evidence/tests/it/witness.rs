//! Two installations that witness each other, over real sockets.

use crate::bed::{Bed, Wanted, keys, shard};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use evidence::{
    AlarmKind, Answered, EvidenceModule, Log, LogError, Peer, Published, Settings, VerifierKey,
    Watched, Witnesses,
};
use journal::Journal as _;
use journal::conformance::{batch, event};
use journal::memory::MemoryJournal;
use kernel::{Actor, Body, Moment};
use module::{Clock as _, Module as _, Platform, Registry, Who};
use seals::{Algorithm, Keys as _, Purpose};
use std::net::SocketAddr;
use std::sync::Arc;

/// Serves the routes of a bed on a free port, whoever asks being the same actor; until the test ends.
pub(crate) async fn serve(bed: &Bed, actor: Actor) -> SocketAddr {
    serve_on(bed, bed.platform().clone(), actor).await
}

/// Serves the routes of a bed on a platform that differs from its own.
pub(crate) async fn serve_on(bed: &Bed, platform: Platform, actor: Actor) -> SocketAddr {
    let module = EvidenceModule::new(bed.log.clone(), Arc::clone(&bed.witness));
    let mut registry = Registry::default();
    module.register(&mut registry);
    let routes = registry.routers.into_iter().map(|(_, router)| router);
    let router = routes.fold(axum::Router::new(), axum::Router::merge);
    let who = from_fn(move |mut request: Request, next: Next| {
        request.extensions_mut().insert(Who(actor.clone()));
        next.run(request)
    });
    let router = router.with_state(platform).layer(who);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn watched(origin: &str, seed: u8) -> Watched {
    let record = keys(seed).current(&Purpose::LOG, Algorithm::Ed25519, Moment::default());
    Watched { origin: origin.to_owned(), key: record.expect("a key").key }
}

const CITY: &str = "city.example/evidence/log";
const PROVINCE: &str = "province.example/evidence/log";

async fn pair() -> (Bed, Bed, tempfile::TempDir) {
    let home = tempfile::tempdir().expect("a folder");
    let city = Wanted {
        origin: CITY.to_owned(),
        seed: 1,
        watched: vec![watched(PROVINCE, 2)],
        ..Wanted::plain()
    };
    let province = Wanted {
        origin: PROVINCE.to_owned(),
        seed: 2,
        watched: vec![watched(CITY, 1)],
        folder: Some(home.path().to_owned()),
        ..Wanted::plain()
    };
    (city.made().await, province.made().await, home)
}

async fn asks(of: &Bed) -> (Witnesses, VerifierKey) {
    let address = serve(of, Actor::Public).await;
    let key = of.witness.verifier_key(of.bed.clock().now()).expect("a key");
    let url = format!("http://{address}/api/v1/evidence/witness");
    (Witnesses::new(vec![Peer { url, keys: vec![key.clone()] }]).expect("a client"), key)
}

fn names(published: &Published) -> Vec<String> {
    published.cosigners()
}

#[tokio::test]
async fn two_installations_cosign_each_other() {
    let (city, province, _home) = pair().await;
    for (ours, theirs) in [(&city, &province), (&province, &city)] {
        let (witnesses, key) = asks(theirs).await;
        for size in [3, 10, 700] {
            let now = ours.log.size(&shard()).unwrap();
            ours.note(&shard(), "a", "p", u32::try_from(size - now).unwrap()).await;
            let published = ours.log.publish(&shard()).await.unwrap();
            assert!(names(&published).is_empty());
            let answered = witnesses.ask(&ours.log, &shard(), &published).await;
            assert_eq!(answered, [Answered::Cosigned]);
            let latest = ours.log.latest(&shard()).unwrap();
            assert_eq!(names(&latest), [key.name()]);
            let note = evidence::Note::read(latest.note.as_bytes()).unwrap();
            assert!(note.check(&key).unwrap().unwrap().seconds.is_some());
        }
        assert_eq!(theirs.witness.witnessed()[0].1, 700);
        // Whoever forgot what the witness saw last learns it from its answer.
        let (forgetful, _) = asks(theirs).await;
        ours.note(&shard(), "a", "p", 5).await;
        let published = ours.log.publish(&shard()).await.unwrap();
        assert_eq!(forgetful.ask(&ours.log, &shard(), &published).await, [Answered::Cosigned]);
    }
    let page = city.bed.request(&crate::bed::auditor(), "GET", "/evidence", None).await.text();
    assert!(page.contains("province.example/evidence/witness"), "{page}");
    assert!(page.contains("province.example/evidence/log/440100"), "{page}");
}

/// A log with the city's key and name over another journal.
async fn forged(city: &Bed, count: u64, changed: usize) -> Log {
    let journal = Arc::new(MemoryJournal::new());
    let mut events: Vec<_> = (1..=count).map(|n| event(&shard(), n, "case", "k", n)).collect();
    if let Some(event) = events.get_mut(changed) {
        event.body = Body::from_text(r#"{"Forged":{}}"#);
    }
    let mut batch = batch(&shard(), journal::Head::default(), "k", 0, 1);
    (batch.events, batch.answers) = (events, Vec::new());
    journal.append(&shard(), batch).await.unwrap();
    let clock = Arc::clone(city.log.clock());
    Log::new(Settings::in_memory(CITY), journal, Arc::new(keys(1)), clock)
}

#[tokio::test]
async fn a_split_view_is_refused_kept_and_told() {
    let (city, province, home) = pair().await;
    let (witnesses, _) = asks(&province).await;
    let honest = forged(&city, 20, usize::MAX).await;
    let shown = honest.publish(&shard()).await.unwrap();
    assert_eq!(witnesses.ask(&honest, &shard(), &shown).await, [Answered::Cosigned]);

    // Another history of the same size, signed with the same key.
    let split = forged(&city, 20, 5).await;
    let other = split.publish(&shard()).await.unwrap();
    assert_ne!(other.root, shown.root);
    let answered = witnesses.ask(&split, &shard(), &other).await;
    let [Answered::Accuses(why)] = &answered[..] else { panic!("{answered:?}") };
    assert!(why.contains("SPLIT_VIEW") && why.contains("EVD-0012"), "{why}");
    let alarm = province.log.alarms().pop().unwrap();
    assert_eq!((alarm.kind, alarm.size), (AlarmKind::SplitView, 20));
    assert_eq!(alarm.notes, [names_removed(&shown), other.note.clone()], "both, signed");
    assert_eq!(split.alarms().pop().unwrap().kind, AlarmKind::Accused);

    // A longer one that does not go on from what was seen.
    let longer = forged(&city, 30, 5).await;
    let published = longer.publish(&shard()).await.unwrap();
    let answered = witnesses.ask(&longer, &shard(), &published).await;
    assert!(matches!(&answered[..], [Answered::Accuses(why)] if why.contains("INCONSISTENT")));
    assert_eq!(province.log.alarms().pop().unwrap().kind, AlarmKind::Inconsistent);
    assert_eq!(province.witness.witnessed()[0].1, 20, "nothing of it was taken");
    let page = province.bed.request(&crate::bed::auditor(), "GET", "/evidence", None).await.text();
    assert!(page.contains("对方日志出现分叉"), "{page}");

    // A witness that starts again remembers.
    drop(witnesses);
    let again = evidence::Witness::new(
        "province.example/evidence/witness",
        vec![watched(CITY, 1)],
        province.log.clone(),
        Some(home.path().to_owned()),
    );
    let now = province.bed.clock().now();
    let body = format!("old 0\n\n{}", other.note);
    let split = Err(LogError::SplitView { origin: format!("{CITY}/440100"), size: 20 });
    assert_eq!(again.add_checkpoint(body.as_bytes(), now), split);
}

/// The note as the witness saw it: before cosignatures came.
fn names_removed(published: &Published) -> String {
    published.note.clone()
}

#[tokio::test]
async fn a_witness_refuses_what_it_must() {
    let (city, province, _home) = pair().await;
    city.note(&shard(), "a", "p", 8).await;
    let note = city.log.publish(&shard()).await.unwrap().note;
    let now = province.bed.clock().now();
    let add = |body: String| province.witness.add_checkpoint(body.as_bytes(), now);
    let status = |body: String| codes::Coded::status(&add(body).unwrap_err());
    assert_eq!(status(format!("old 9\n\n{note}")), 400, "beyond the checkpoint");
    assert_eq!(status(format!("old 01\n\n{note}")), 400);
    assert_eq!(status(format!("old 0\nAAAA\n\n{note}")), 400);
    assert_eq!(status(format!("new 0\n\n{note}")), 400);
    assert_eq!(status(format!("old 5\n\n{note}")), 409, "never seen: it stands at 0");
    assert_eq!(status(format!("old 0\n\n{}", note.replace("city", "town"))), 404);
    assert_eq!(status(format!("old 0\n\n{}", note.replace("\n8\n", "\n7\n"))), 403);
    let line = add(format!("old 0\n\n{note}")).unwrap();
    assert!(line.starts_with("— province.example/evidence/witness "), "{line}");
    assert!(add(format!("old 8\n\n{note}")).is_ok(), "the same again is cosigned again");
    assert_eq!(status(format!("old 0\n\n{note}")), 409);
}
