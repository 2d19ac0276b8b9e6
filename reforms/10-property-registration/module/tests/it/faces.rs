//! The face service: a real server that passes, fails, is down or forges; and the applicant's page that asks it.

use crate::bed::{Bed, WANG, Wanted, officer, party, resident};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use codes::Moment;
use identity::model::PartyKeys;
use kernel::{Actor, Waiting};
use ledger::link::{Link, SIGNATURE_FIELD};
use module::Clock;
use property::Kind;
use property_module::face::{ANSWER, Compare, Face, FaceService, REQUEST};
use property_module::{PropertyError, RegistrationCommand};
use seals::{Algorithm, Keys as _, MemoryKeys, PublicKeySet, Purpose, jws};
use std::future::ready;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Passes,
    Fails,
    Down,
    Forges,
    AnswersAnother,
}

#[derive(Clone)]
struct Server {
    mood: Mood,
    keys: Arc<MemoryKeys>,
    trusted: PublicKeySet,
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Moment {
        crate::bed::at("2021-03-01 12:00")
    }
}

fn keys(seed: u8) -> Arc<MemoryKeys> {
    let keys = MemoryKeys::new();
    keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, Moment::default(), &[seed; 32])
        .expect("a key");
    Arc::new(keys)
}

async fn compare(State(server): State<Server>, headers: HeaderMap, body: Bytes) -> Response {
    let signature =
        headers.get(SIGNATURE_FIELD).and_then(|text| text.to_str().ok()).unwrap_or_default();
    let signed = jws::read(signature)
        .and_then(|jws| jws.verify_trusted(&server.trusted, REQUEST, &body).map(|_key| ()));
    let asked: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    if signed.is_err() || asked["photo"].as_str().is_none_or(str::is_empty) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let request = match server.mood {
        Mood::Down => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::AnswersAnother => "another".into(),
        _ => asked["request"].clone(),
    };
    let passed = server.mood != Mood::Fails;
    let answer = serde_json::json!({"request": request, "passed": passed});
    let bytes = seals::canonical_value(&answer).expect("json");
    let signing = if server.mood == Mood::Forges { keys(9) } else { server.keys };
    let key = signing.current(&Purpose::EXCHANGE, Algorithm::Ed25519, Noon.now()).expect("a key");
    let signature = jws::detached(&*signing, &key, Noon.now(), ANSWER, &bytes).expect("signed");
    ([(SIGNATURE_FIELD, signature)], bytes).into_response()
}

async fn service(mood: Mood) -> FaceService {
    let (ours, theirs) = (keys(1), keys(2));
    let trusted = ours.public_set().expect("public");
    let server = Server { mood, keys: Arc::clone(&theirs), trusted };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().route("/compare", post(compare)).with_state(server);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let trusted = theirs.public_set().expect("public");
    FaceService(Link::new(&base, trusted, ours, Arc::new(Noon)).expect("a line"))
}

#[tokio::test]
async fn a_face_passes_fails_or_is_not_known_because_nobody_answers() {
    let down = Err(PropertyError::PartnerDown { organ: "face" });
    let table = [
        (Mood::Passes, Ok(true)),
        (Mood::Fails, Ok(false)),
        (Mood::Down, down.clone()),
        (Mood::Forges, down.clone()),
        (Mood::AnswersAnother, down),
    ];
    for (mood, told) in table {
        let ask = Compare {
            request: "r1.3".to_owned(),
            id_type: "resident_id".to_owned(),
            id_number: "440305199003074516".to_owned(),
            name: WANG.to_owned(),
            photo: b"jpeg".to_vec(),
        };
        assert_eq!(service(mood).await.compare(ask).await, told, "{mood:?}");
    }
}

struct Says(bool);

impl Face for Says {
    fn compare(&self, _ask: Compare) -> Waiting<'_, Result<bool, PropertyError>> {
        Box::pin(ready(Ok(self.0)))
    }
}

/// A number of a resident with its check.
fn number() -> String {
    let body = "44030519900307451";
    let check = codes::check::mod_11_2(body).map(String::from).unwrap_or_default();
    format!("{body}{check}")
}

#[tokio::test]
async fn who_passes_is_noted_and_nobody_uses_anothers_document() {
    for (passes, status) in [(true, 303), (false, 403)] {
        let wanted = Wanted { face: Some(Arc::new(Says(passes))), ..Wanted::default() };
        let bed = Bed::with("2021-03-01 09:00", wanted).await;
        bed.entered().await;
        let number = number();
        let own = PartyKeys::new([7; 32]).of(&resident(&number));
        let mut objection = bed.application(Kind::Objection, &[]).await;
        objection.applicants = vec![own.clone()];
        bed.apply("r1", objection).await;
        bed.act(&officer("zhou"), "r1", &RegistrationCommand::Accept).await.expect("accepted");
        let person = Actor::Party { party: own, login: "own".to_owned(), mandate: None };
        let path = "/property/registrations/r1/face";
        let form = [("name", WANG), ("number", number.as_str())];
        let reply = bed.post_file(&person, path, &form, ("photo", "jpeg")).await;
        assert_eq!(reply.status, status, "{}", reply.text());
        let stranger = Actor::Party { party: party("li"), login: "li".to_owned(), mandate: None };
        let reply = bed.post_file(&stranger, path, &form, ("photo", "jpeg")).await;
        assert_eq!(reply.json()["reason"], "NOT_ENTITLED", "{}", reply.text());
        let page = bed.get(&person, "/property/registrations/r1").await.text();
        assert_eq!(page.contains("人脸核验通过"), passes, "{page}");
    }
}
