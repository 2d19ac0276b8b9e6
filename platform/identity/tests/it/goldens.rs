//! The wire format of every event, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants and optional
//! fields; never rename or remove. New variants go to the end of `tests/events.json`.

use blobs::BlobId;
use codes::{Date, Moment};
use identity::event::{
    Ground, LoginEvent, Look, MandateEnd, MandateEvent, PartyEvent, Proof, ReadsEvent, SessionEnd,
    SessionEvent,
};
use identity::model::{
    Acting, Assurance, Grant, LoginKey, MandateKey, PartyKind, Post, Role, Scope,
};
use kernel::{EventId, OrganKey, Origin, PartyKey, Shard};
use seals::{Commitment, Salt};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

const GOLDEN: &str = include_str!("../events.json");

fn blob() -> BlobId {
    BlobId("ab".repeat(32))
}

fn commitment() -> Commitment {
    Commitment::to(&Salt::new([1; 16]), "card").unwrap()
}

fn party() -> Vec<PartyEvent> {
    let (sealed, commitment) = (blob(), commitment());
    vec![
        PartyEvent::Registered { kind: PartyKind::Person, sealed: sealed.clone(), commitment },
        PartyEvent::Corrected { sealed, commitment },
        PartyEvent::LoginTied { login: LoginKey::new("chen"), assurance: Assurance::RealName },
    ]
}

fn post() -> Post {
    Post { organ: OrganKey::new("440115-market"), role: Role::Reviewer }
}

fn login() -> Vec<LoginEvent> {
    vec![
        LoginEvent::Registered { proof: Proof::Password { secret: blob() } },
        LoginEvent::Registered { proof: Proof::Federated { issuer: "https://id.example".into() } },
        LoginEvent::PasswordChanged { secret: blob() },
        LoginEvent::SignedIn { assurance: Assurance::Face },
        LoginEvent::SignInFailed { failures: 2 },
        LoginEvent::Locked { until: Moment::from_us(1_770_858_000_000_000) },
        LoginEvent::Unlocked,
        LoginEvent::PartyAttached { party: PartyKey::new("p1") },
        LoginEvent::OfficerAttached { post: post(), name: "李敏".into() },
        LoginEvent::OfficerDetached { post: post() },
    ]
}

fn session() -> Vec<SessionEvent> {
    let mandate = MandateKey::new("m1");
    vec![
        SessionEvent::Opened {
            login: LoginKey::new("chen"),
            acting: Some(Acting::Party(PartyKey::new("p1"))),
            assurance: Assurance::Password,
            until: Moment::from_us(1_770_858_000_000_000),
            latest: Moment::from_us(1_770_894_000_000_000),
        },
        SessionEvent::Switched { acting: Acting::Agent { party: PartyKey::new("p2"), mandate } },
        SessionEvent::Switched { acting: Acting::Officer(post()) },
        SessionEvent::Extended { until: Moment::from_us(1_770_861_600_000_000) },
        SessionEvent::Ended { cause: SessionEnd::PasswordChanged },
    ]
}

fn mandate() -> Vec<MandateEvent> {
    let event = EventId { shard: Shard::new("440100"), seq: 7 };
    let origin = Origin { kind: "enterprise".into(), key: "e1".into(), event };
    let grant = Grant {
        principal: PartyKey::new("p2"),
        agent: PartyKey::new("p1"),
        scope: Scope::Services(vec!["28/food".into()]),
        until: Some(Date::constant(2026, 3, 31)),
    };
    let all = Grant { scope: Scope::All, until: None, ..grant.clone() };
    vec![
        MandateEvent::Given { grant, ground: Ground::Given },
        MandateEvent::Given { grant: all, ground: Ground::Register { origin } },
        MandateEvent::Ended { cause: MandateEnd::LaidDown },
    ]
}

fn reads() -> Vec<ReadsEvent> {
    let look = Look {
        kind: "case".into(),
        key: "28-000001".into(),
        service: Some("28/food".into()),
        purpose: "review".into(),
        fields: vec!["name".into()],
        law: None,
    };
    let by_law = Look {
        kind: "record".into(),
        key: "real_estate/440305001002GB00012F00010003".into(),
        service: None,
        purpose: "协助执行".into(),
        fields: vec!["holders".into()],
        law: Some("民法典第二百一十八条".into()),
    };
    let seen = ReadsEvent::PersonRead(by_law);
    vec![ReadsEvent::PersonRead(look.clone()), ReadsEvent::ReadDenied(look), seen]
}

/// Writes as the golden says, and reads what the golden says.
fn frozen<E: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(kind: &str, events: &[E]) {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let golden = golden.get(kind).and_then(Value::as_array).unwrap();
    let written: Vec<Value> = events.iter().map(|e| serde_json::to_value(e).unwrap()).collect();
    assert_eq!(golden, &written, "{}", serde_json::to_string_pretty(&written).unwrap());
    for (event, text) in events.iter().zip(golden) {
        assert_eq!(event, &serde_json::from_value::<E>(text.clone()).unwrap());
    }
}

#[test]
fn events_are_written_and_read_as_ever() {
    frozen("party", &party());
    frozen("login", &login());
    frozen("session", &session());
    frozen("mandate", &mandate());
    frozen("reads", &reads());
}
