//! Messages that come in: what is taken, what is refused, and that a repetition changes nothing.

use crate::bed::{CASE, Line, Wanted, decided, peer, shard, start};
use axum::http::Request;
use blobs::KeyName;
use exchange::MessageEvent;
use exchange::limits::MESSAGE_BYTES_MAX;
use kernel::Actor;
use module::Stage as _;
use serde_json::{Value, json};
use standins::Switches;
use standins::peer::Letter;

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn a_message_is_taken_once_and_answered_with_a_signed_receipt() {
    let line = Line::new().await;
    let first = line.peer.send("t-1", &decided(CASE)).await.expect("an answer");
    assert_eq!((first.status, first.signed), (200, true), "{first:?}");
    assert_eq!(first.body["message"], "t-1");
    line.wind(10).await;
    let again = line.peer.send("t-1", &decided(CASE)).await.expect("an answer");
    assert_eq!((again.status, again.signed), (200, true));
    assert_eq!(again.body, first.body, "the first receipt, signed anew");
    assert_eq!(line.names().await, ["Received"]);
    assert_eq!(line.heard(CASE).await, ["bank task.decided 44050158863500000123"]);
}

#[tokio::test]
async fn a_copy_of_a_message_changes_nothing_and_grows_stale() {
    let line = Line::new().await;
    let letter = line.peer.letter("t-1", &decided(CASE)).expect("signed");
    let first = line.peer.post(&letter).await.expect("an answer");
    let copy = line.peer.post(&letter).await.expect("an answer");
    assert_eq!((copy.status, &copy.body), (200, &first.body));
    line.wind(6).await;
    let late = line.peer.post(&letter).await.expect("an answer");
    assert_eq!((late.status, &late.body["reason"]), (401, &json!("SIGNATURE_STALE")));
    assert_eq!(line.names().await, ["Received"]);
}

#[tokio::test]
async fn an_id_never_means_another_message() {
    let line = Line::new().await;
    line.peer.send("t-1", &decided(CASE)).await.expect("an answer");
    let mut other = decided(CASE);
    other["given"]["account_number"] = json!("44050158863500000999");
    let refused = line.peer.send("t-1", &other).await.expect("an answer");
    assert_eq!((refused.status, &refused.body["reason"]), (409, &json!("ID_REUSED")));
    assert!(refused.signed, "a refusal is signed as well");
    assert_eq!(line.names().await, ["Received"]);
}

/// Changes a header of a letter.
fn with_header(letter: &Letter, name: &str, value: &str) -> Letter {
    let mut changed = letter.clone();
    changed.headers.retain(|(other, _)| other != name);
    if !value.is_empty() {
        changed.headers.push((name.to_owned(), value.to_owned()));
    }
    changed
}

#[tokio::test]
async fn what_was_changed_on_the_way_is_refused() {
    let line = Line::new().await;
    let letter = line.peer.letter("t-1", &decided(CASE)).expect("signed");
    let other = line.peer.letter("t-1", &decided("c9")).expect("signed");
    let digest = |letter: &Letter| {
        let mut fields = letter.headers.iter();
        fields.find(|(name, _)| name == "content-digest").expect("there").1.clone()
    };
    let swapped = Letter { body: other.body.clone(), ..letter.clone() };
    let redigested = with_header(&swapped, "content-digest", &digest(&other));
    let elsewhere = Letter { url: format!("{}?x=1", letter.url), ..letter.clone() };
    for (what, letter, status, reason) in [
        ("another body", swapped, 422, "CONTENT_DIGEST_WRONG"),
        ("another body and digest", redigested, 401, "SIGNATURE_INVALID"),
        ("another address", elsewhere, 401, "SIGNATURE_INVALID"),
        (
            "another id",
            with_header(&letter, "idempotency-key", "\"t-2\""),
            401,
            "SIGNATURE_INVALID",
        ),
        (
            "another type",
            with_header(&letter, "content-type", "text/plain"),
            401,
            "SIGNATURE_INVALID",
        ),
        ("no id", with_header(&letter, "idempotency-key", ""), 401, "HTTP_SIGNATURE_INCOMPLETE"),
        ("no digest", with_header(&letter, "content-digest", ""), 401, "HTTP_SIGNATURE_INCOMPLETE"),
        ("no signature", with_header(&letter, "signature", ""), 401, "HTTP_SIGNATURE_MALFORMED"),
        ("no input", with_header(&letter, "signature-input", ""), 401, "HTTP_SIGNATURE_MALFORMED"),
    ] {
        let refused = line.peer.post(&letter).await.expect("an answer");
        assert_eq!(
            (refused.status, refused.body["reason"].as_str()),
            (status, Some(reason)),
            "{what}"
        );
        assert!(
            refused.body["titles"]["zh"].is_string() && refused.body["titles"]["en"].is_string()
        );
    }
    assert_eq!(line.names().await, NOTHING, "and nothing is recorded");
}

#[tokio::test]
async fn a_signature_of_another_key_is_refused() {
    let line = Line::new().await;
    line.peer.switch(Switches { wrong_signature: true, ..Switches::default() });
    let forged = line.peer.send("t-1", &decided(CASE)).await.expect("an answer");
    assert_eq!((forged.status, &forged.body["reason"]), (401, &json!("SIGNATURE_INVALID")));
    let stranger = peer(&line.clock, 99);
    stranger.connect(&seals::PublicKeySet::default(), line.endpoint.clone());
    let unknown = stranger.send("t-1", &decided(CASE)).await.expect("an answer");
    assert_eq!((unknown.status, &unknown.body["reason"]), (401, &json!("PARTNER_UNKNOWN")));
    assert_eq!(line.names().await, NOTHING);
}

#[tokio::test]
async fn a_message_from_a_fast_clock_is_refused_and_from_a_slightly_fast_one_taken() {
    let line = Line::new().await;
    for (ahead_s, status) in [(20, 200), (40, 401)] {
        let now = start();
        line.clock.set(now.plus_seconds(ahead_s));
        let letter = line.peer.letter(&format!("t-{ahead_s}"), &decided(CASE)).expect("signed");
        line.clock.set(now);
        assert_eq!(line.peer.post(&letter).await.expect("an answer").status, status, "{ahead_s} s");
    }
}

#[tokio::test]
async fn keys_rotate_and_a_retired_one_signs_nothing_new() {
    let at = start().plus_seconds(3600);
    let line = Line::with(Wanted { rotates_at: Some(at), ..Wanted::default() }).await;
    let old = line.peer.send("t-1", &decided("c1")).await.expect("an answer");
    assert_eq!(old.status, 200, "the old key until the hour");
    line.wind(60).await;
    let new = line.peer.send("t-2", &decided("c2")).await.expect("an answer");
    assert_eq!(new.status, 200, "the new key from the hour on");
    let thief = peer(&line.clock, 7);
    thief.connect(&seals::PublicKeySet::default(), line.endpoint.clone());
    let stolen = thief.send("t-3", &decided("c3")).await.expect("an answer");
    assert_eq!((stolen.status, &stolen.body["reason"]), (401, &json!("PARTNER_UNKNOWN")));
    assert_eq!(line.names().await, ["Received", "Received"]);
}

#[tokio::test]
async fn what_breaks_its_contract_is_refused_with_the_place() {
    let line = Line::new().await;
    let with = |name: &str, value: Value| {
        let mut body = decided(CASE);
        body[name] = value;
        body
    };
    for (body, status, reason, told) in [
        (with("purpose", json!("")), 422, "CONTRACT_BROKEN", "/purpose"),
        (with("basis", Value::Null), 422, "CONTRACT_BROKEN", "/basis"),
        (with("decision", json!("maybe")), 422, "CONTRACT_BROKEN", "/decision"),
        (with("decision", json!("refused")), 422, "CONTRACT_BROKEN", "required"),
        (with("case", json!("<script>alert(1)</script>")), 422, "CONTRACT_BROKEN", "/case"),
        (with("id_number", json!("440113199003074516")), 422, "CONTRACT_BROKEN", "additional"),
        (with("kind", json!("enterprise.established")), 403, "KIND_NOT_AGREED", "bank"),
        (with("kind", json!("weather")), 403, "KIND_NOT_AGREED", "weather"),
        (with("kind", json!(7)), 422, "CONTRACT_BROKEN", "/kind"),
        (json!([1, 2]), 422, "CONTRACT_BROKEN", "/kind"),
    ] {
        let refused = line.peer.send("t-1", &body).await.expect("an answer");
        assert_eq!(
            (refused.status, refused.body["reason"].as_str()),
            (status, Some(reason)),
            "{body}"
        );
        let fields = refused.body["fields"].to_string();
        assert!(fields.contains(told), "{fields}");
        assert!(!fields.contains("440113199003074516"), "a value is never repeated: {fields}");
    }
    assert_eq!(line.names().await, NOTHING);
}

#[tokio::test]
async fn what_tells_of_a_person_is_sealed_and_in_no_event() {
    let line = Line::new().await;
    let body = json!({
        "kind": "person.checked", "purpose": "核验身份", "basis": "个人信息保护法第十三条",
        "case": CASE, "result": "yes",
        "person": {"name": "陈思远", "id_number": "440113199003074516"},
    });
    assert_eq!(line.peer.send("t-1", &body).await.expect("an answer").status, 200);
    let events = line.bed.events(&shard(), 0).await.expect("read");
    for event in &events {
        let text = event.body.text();
        assert!(!text.contains("陈思远") && !text.contains("440113199003074516"), "{text}");
    }
    let (_, MessageEvent::Received { message, body: kept, .. }) = &line.events().await[0] else {
        panic!("{events:?}")
    };
    assert_eq!(message.facts, json!({"result": "yes"}));
    let name = KeyName::new(kept.key.clone().expect("it is sealed"));
    let opened = line.vault.open(&name, &kept.blob).await.expect("it opens");
    assert_eq!(serde_json::from_slice::<Value>(&opened).expect("json"), body);
}

#[tokio::test]
async fn ids_that_would_mean_something_elsewhere_are_refused() {
    let line = Line::new().await;
    let long = "x".repeat(65);
    for id in ["", "a:b", "../../x", long.as_str(), "a b"] {
        let refused = line.peer.send(id, &decided(CASE)).await.expect("an answer");
        assert_eq!(
            (refused.status, &refused.body["reason"]),
            (422, &json!("MESSAGE_ID_MISSING")),
            "{id}"
        );
    }
    assert_eq!(line.names().await, NOTHING);
}

#[tokio::test]
async fn what_is_too_large_is_refused_unread() {
    let line = Line::new().await;
    let mut body = decided(CASE);
    body["given"]["note"] = json!("x".repeat(MESSAGE_BYTES_MAX));
    let refused = line.peer.send("t-1", &body).await.expect("an answer");
    assert_eq!((refused.status, &refused.body["reason"]), (413, &json!("MESSAGE_TOO_LARGE")));
    assert_eq!(line.names().await, NOTHING);
}

#[tokio::test]
async fn a_partner_sends_no_more_than_was_agreed() {
    let line = Line::with(Wanted { per_minute: 2, ..Wanted::default() }).await;
    for n in 0..2 {
        let taken = line.peer.send(&format!("t-{n}"), &decided(&format!("c{n}"))).await;
        assert_eq!(taken.expect("an answer").status, 200);
    }
    let over = line.peer.send("t-2", &decided("c2")).await.expect("an answer");
    assert_eq!((over.status, &over.body["reason"]), (429, &json!("RATE_EXCEEDED")));
    let wait = over.headers.iter().find(|(name, _)| name == "retry-after");
    assert_eq!(wait.map(|(_, value)| value.as_str()), Some("31"));
    line.wind(1).await;
    let taken = line.peer.send("t-2", &decided("c2")).await.expect("an answer");
    assert_eq!(taken.status, 200);
    assert_eq!(line.names().await, ["Received"; 3]);
}

#[tokio::test]
async fn a_request_without_signature_gets_no_more_than_a_problem() {
    let line = Line::new().await;
    let body = decided(CASE);
    let path = "/api/v1/exchange/messages";
    let refused = line.bed.request(&Actor::Public, "POST", path, Some(&body)).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["reason"]),
        (401, &json!("HTTP_SIGNATURE_MALFORMED"))
    );
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.header("signature"), "");
    let put = Request::put(path).body(axum::body::Body::empty()).expect("a request");
    assert_eq!(line.bed.send(put).await.status.as_u16(), 405);
}

#[tokio::test]
async fn our_keys_are_published_with_their_history() {
    let line = Line::new().await;
    let reply = line.bed.request(&Actor::Public, "GET", "/api/v1/exchange/keys", None).await;
    let keys: seals::PublicKeySet = serde_json::from_slice(&reply.body).expect("a key set");
    use seals::Keys as _;
    assert_eq!(keys, line.keys.public_set().expect("keys"));
    assert!(!reply.text().contains("\"d\""), "no secret part");
}
