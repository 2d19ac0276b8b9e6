//! The other end of the exchange (对接系统替身): a department, a bank, a second node.
//!
//! It takes signed messages (RFC 9421, RFC 9530) once each, answers with signed receipts, and sends messages of its own.
//! It speaks the protocol by itself, without the platform's own code for it, so that each side checks the other.
//!
//! ```text
//!  message ──► verify ──► first time? effect, receipt kept : same receipt ──► script ──► answers in the receipt
//!                                                                               └──► callbacks, due later ──► tick
//! ```

use crate::switches::{Fault, Switches, bare, broken_off, wait};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use codes::Moment;
use seals::http_signature::{
    Expectation, Message, Plan, Request as Asked, Response as Answered, SignedHeaders, sign, verify,
};
use seals::{
    Algorithm, Digest, KeyError, KeyId, KeyRecord, Keys, MemoryKeys, PublicKeySet, Purpose,
    SealError, SecretKey, Signature,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a signature over a message covers.
const MESSAGE: [&str; 5] =
    ["@method", "@target-uri", "content-type", "content-digest", "idempotency-key"];
/// What a signature over a receipt covers.
const RECEIPT: [&str; 3] = ["@status", "content-digest", "signature;req"];
/// The largest message that it reads.
const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// How old a signature may be.
const AGE_S_MAX: i64 = 300;
/// How far ahead another clock may be.
const SKEW_S_MAX: i64 = 30;
/// How long it waits for an answer to what it sends.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(20);

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Moment + Send + Sync>;

/// What it does with a message that it takes for the first time.
pub type Script = Arc<dyn Fn(&Value) -> Vec<Reply> + Send + Sync>;

/// What it says in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What.
    pub body: Value,
    /// When.
    pub when: When,
}

/// When it says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once, inside the receipt.
    InReceipt,
    /// By a message of its own, so many seconds later.
    AfterSeconds(i64),
}

/// A message that it took; one for each effect, however often it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// The id under which it came.
    pub id: String,
    /// What it says.
    pub body: Value,
    /// The key that signed it.
    pub key: KeyId,
    /// When it came first.
    pub at: Moment,
}

/// A message of its own, signed and ready to be posted: tests replay it, or change it on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Where it goes.
    pub url: String,
    /// Its fields.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What became of a message of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Reception {
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer; null if it is no JSON.
    pub body: Value,
    /// Whether the answer bears a signature of a trusted key that holds.
    pub signed: bool,
    /// The fields of the answer.
    pub headers: Vec<(String, String)>,
}

/// A message of its own that came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// It does not know where to send.
    #[error("it has not been told where to send")]
    NowhereToSend,
    /// It cannot sign.
    #[error("it cannot sign: {0}")]
    Unsigned(String),
    /// There was no answer.
    #[error("there was no answer")]
    NoAnswer(#[from] reqwest::Error),
}

/// The other end; every clone is the same.
#[derive(Clone)]
pub struct Peer {
    inner: Arc<Inner>,
}

struct Inner {
    now: Now,
    keys: MemoryKeys,
    stranger: Forger,
    client: reqwest::Client,
    state: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    trusted: Vec<KeyRecord>,
    endpoint: Option<String>,
    switches: Switches,
    upcoming: VecDeque<Fault>,
    script: Option<Script>,
    requests: u64,
    got: Vec<Got>,
    /// Digest of the body and receipt, by id.
    receipts: BTreeMap<String, (String, Value)>,
    callbacks: Vec<Callback>,
    refused: Vec<(String, u16)>,
}

#[derive(Clone, Debug)]
struct Callback {
    due: Moment,
    id: String,
    body: Value,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}

/// Signs for whatever key it is asked with another one.
#[derive(Debug)]
pub(crate) struct Forger(pub(crate) SecretKey);

impl Keys for Forger {
    fn records(&self) -> Result<Vec<KeyRecord>, KeyError> {
        Ok(Vec::new())
    }

    fn sign(&self, _key: &KeyId, _at: Moment, message: &[u8]) -> Result<Signature, KeyError> {
        self.0.sign(message).map_err(|error| KeyError::Unavailable { why: error.to_string() })
    }
}

impl Peer {
    /// A peer whose key follows from a seed; it trusts nobody yet and sends nowhere.
    ///
    /// # Errors
    /// No key follows from the seed, or no client can be made.
    pub fn new(seed: [u8; 32], since: Moment, now: Now) -> Result<Self, PeerError> {
        let keys = MemoryKeys::new();
        keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, since, &seed).map_err(unsigned)?;
        let other = *Digest::sha256(&seed).bytes();
        let stranger = SecretKey::from_seed(Algorithm::Ed25519, &other).map_err(unsigned)?;
        let client = reqwest::Client::builder().no_proxy().timeout(ANSWER_WAIT_MAX).build()?;
        let stranger = Forger(stranger);
        let state = Mutex::default();
        Ok(Self { inner: Arc::new(Inner { now, keys, stranger, client, state }) })
    }

    /// Its public keys, the retired ones too.
    #[must_use]
    pub fn keys(&self) -> PublicKeySet {
        self.inner.keys.public_set().unwrap_or_default()
    }

    /// Takes a new key into use at an instant; the ones before are retired then.
    ///
    /// # Errors
    /// No key follows from the seed.
    pub fn rotate(&self, seed: [u8; 32], at: Moment) -> Result<KeyRecord, PeerError> {
        for record in self.keys().records().iter().filter(|record| record.retired_on.is_none()) {
            self.inner.keys.retire(&record.id, at).map_err(unsigned)?;
        }
        self.inner.keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, at, &seed).map_err(unsigned)
    }

    /// Trusts these keys, and sends its own messages to this address.
    pub fn connect(&self, trusted: &PublicKeySet, endpoint: impl Into<String>) {
        let mut state = self.state();
        state.trusted = trusted.records().to_vec();
        state.endpoint = Some(endpoint.into());
    }

    /// Says what it does with messages.
    pub fn act(&self, script: Script) {
        self.state().script = Some(script);
    }

    /// Makes it misbehave, or behave again.
    pub fn switch(&self, switches: Switches) {
        self.state().switches = switches;
    }

    /// What happens to the next requests, one each.
    pub fn upcoming(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().upcoming.extend(faults);
    }

    /// How many requests reached it, whatever came of them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.state().requests
    }

    /// The messages that it took, once each, in order.
    #[must_use]
    pub fn got(&self) -> Vec<Got> {
        self.state().got.clone()
    }

    /// Its own messages that were refused for good, each with the status.
    #[must_use]
    pub fn refused(&self) -> Vec<(String, u16)> {
        self.state().refused.clone()
    }

    /// How many of its own messages wait to be sent.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state().callbacks.len()
    }

    /// Its routes: it takes messages at `/messages`.
    pub fn router(&self) -> Router {
        Router::new().route("/messages", post(take)).with_state(self.clone())
    }

    /// Serves its routes on a listener until the task is dropped. Its own messages go out when told by [`Peer::tick`].
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        axum::serve(listener, self.router()).await
    }

    /// Serves its routes and sends its own messages as they fall due, until the task is dropped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn run(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        let calls = async {
            let mut beat = tokio::time::interval(Duration::from_millis(250));
            loop {
                beat.tick().await;
                self.tick().await;
            }
        };
        tokio::select! {
            served = self.clone().serve(listener) => served,
            () = calls => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, Inside> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signature(
        &self,
        message: &Message<'_>,
        components: &[&str],
        tag: &str,
    ) -> Result<SignedHeaders, PeerError> {
        let now = (self.inner.now)();
        let key = self
            .inner
            .keys
            .current(&Purpose::EXCHANGE, Algorithm::Ed25519, now)
            .map_err(unsigned)?;
        let plan = Plan {
            label: "peer",
            components,
            created: now,
            expires: None,
            nonce: None,
            tag: Some(tag),
        };
        let forged = self.state().switches.wrong_signature;
        let keys: &dyn Keys = if forged { &self.inner.stranger } else { &self.inner.keys };
        sign(message, &plan, keys, &key).map_err(unsigned)
    }

    /// The key of a valid signature over a message, or over an answer.
    fn signer(
        &self,
        message: &Message<'_>,
        required: &[&str],
        tag: &str,
    ) -> Result<KeyId, SealError> {
        let trusted = self.state().trusted.clone();
        let known = |id: &KeyId| trusted.iter().find(|record| record.id == *id);
        let now = (self.inner.now)();
        let expectation = Expectation {
            required,
            now,
            age_s_max: AGE_S_MAX,
            skew_s_max: SKEW_S_MAX,
            tag: Some(tag),
        };
        let verified =
            verify(message, &expectation, |id| known(id).map(|record| record.key.clone()))?;
        let (key, at) = (verified.key, verified.created);
        // A signature tells whole seconds.
        let in_use =
            |record: &KeyRecord| record.in_use_at(at) || record.in_use_at(at.plus_us(999_999));
        if known(&key).is_some_and(in_use) {
            Ok(key)
        } else {
            Err(SealError::KeyNotInUse { key, at })
        }
    }
}

fn unsigned(error: impl fmt::Display) -> PeerError {
    PeerError::Unsigned(error.to_string())
}

// --- it takes messages ---------------------------------------------------------------------------------------------

/// A request as its signature sees it.
struct Heard {
    authority: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Heard {
    fn with<T>(&self, use_it: impl FnOnce(Asked<'_>) -> T) -> T {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        use_it(Asked {
            method: "POST",
            scheme: "http",
            authority: &self.authority,
            target: &self.target,
            headers: &headers,
            body: &self.body,
        })
    }

    fn field(&self, wanted: &str) -> &str {
        let found = self.headers.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

async fn take(State(peer): State<Peer>, request: Request) -> Response {
    let (switches, fault) = {
        let mut state = peer.state();
        state.requests += 1;
        (state.switches, state.upcoming.pop_front())
    };
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MESSAGE_BYTES_MAX).await else {
        return bare(413);
    };
    wait(switches).await;
    match fault {
        Some(Fault::Status(status)) => return bare(status),
        None if switches.down => return bare(503),
        _ => {}
    }
    let heard = Heard {
        authority: text(&parts.headers, &header::HOST),
        target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers: fields(&parts.headers),
        body: bytes.to_vec(),
    };
    let (status, answer) = peer.taken(&heard);
    if fault == Some(Fault::Lose) || switches.lose {
        return broken_off();
    }
    peer.answer(&heard, status, &answer)
}

impl Peer {
    fn taken(&self, heard: &Heard) -> (u16, Value) {
        let refused = |status: u16, reason: &str| {
            (status, json!({"status": status, "code": "PEER", "reason": reason}))
        };
        let signer =
            heard.with(|asked| self.signer(&Message::Request(asked), &MESSAGE, "lianban-message"));
        let key = match signer {
            Ok(key) => key,
            Err(_fault) => return refused(401, "SIGNATURE_INVALID"),
        };
        let id = heard.field("idempotency-key").trim_matches('"').to_owned();
        let Ok(body) = serde_json::from_slice::<Value>(&heard.body) else {
            return refused(422, "NOT_JSON");
        };
        let says = |name: &str| {
            body.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
        };
        if id.is_empty() || !says("kind") || !says("purpose") || !says("basis") {
            return refused(422, "CONTRACT_BROKEN");
        }
        let sha256 = Digest::sha256(&heard.body).hex();
        let now = (self.inner.now)();
        let mut state = self.state();
        if let Some((first, receipt)) = state.receipts.get(&id) {
            return if *first == sha256 {
                (200, receipt.clone())
            } else {
                refused(409, "ID_REUSED")
            };
        }
        let replies = state.script.clone().map_or_else(Vec::new, |script| script(&body));
        let mut answers = Vec::new();
        for (n, reply) in replies.into_iter().enumerate() {
            let (id, body) = (format!("{id}-{n}"), reply.body);
            match reply.when {
                When::InReceipt => answers.push(json!({"id": id, "body": body})),
                When::AfterSeconds(seconds) => {
                    let due = now.plus_seconds(seconds);
                    state.callbacks.push(Callback { due, id, body });
                }
            }
        }
        let receipt = json!({
            "message": id, "sha256": sha256, "received_at": now, "answers": answers,
        });
        state.receipts.insert(id.clone(), (sha256, receipt.clone()));
        state.got.push(Got { id, body, key, at: now });
        (200, receipt)
    }

    fn answer(&self, heard: &Heard, status: u16, answer: &Value) -> Response {
        let body = answer.to_string().into_bytes();
        let signed = heard.with(|asked| {
            let answered = Answered { status, headers: &[], body: &body, request: Some(asked) };
            self.signature(&Message::Response(answered), &RECEIPT, "lianban-receipt")
        });
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        // A request without a signature leaves nothing to tie an answer to.
        let Ok(signed) = signed else { return response };
        for (name, value) in triple(signed) {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

fn triple(signed: SignedHeaders) -> [(&'static str, String); 3] {
    [
        ("content-digest", signed.content_digest),
        ("signature-input", signed.signature_input),
        ("signature", signed.signature),
    ]
}

fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn fields(headers: &HeaderMap) -> Vec<(String, String)> {
    headers.keys().map(|name| (name.as_str().to_owned(), text(headers, name))).collect()
}

// --- it sends messages ---------------------------------------------------------------------------------------------

impl Peer {
    /// A message of its own, signed now.
    ///
    /// # Errors
    /// It does not know where to send, or has no key in use.
    pub fn letter(&self, id: &str, body: &Value) -> Result<Letter, PeerError> {
        let url = self.state().endpoint.clone().ok_or(PeerError::NowhereToSend)?;
        let parsed: reqwest::Url = url.parse().map_err(unsigned)?;
        let host = parsed.host_str().unwrap_or_default();
        let heard = Heard {
            authority: parsed.port().map_or(host.to_owned(), |port| format!("{host}:{port}")),
            target: parsed.path().to_owned(),
            headers: vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("idempotency-key".to_owned(), format!("\"{id}\"")),
            ],
            body: body.to_string().into_bytes(),
        };
        let signed = heard
            .with(|asked| self.signature(&Message::Request(asked), &MESSAGE, "lianban-message"))?;
        let Heard { mut headers, body, .. } = heard;
        headers.extend(triple(signed).map(|(name, value)| (name.to_owned(), value)));
        Ok(Letter { url, headers, body })
    }

    /// Posts a message as it stands.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn post(&self, letter: &Letter) -> Result<Reception, PeerError> {
        let mut request = self.inner.client.post(&letter.url).body(letter.body.clone());
        for (name, value) in &letter.headers {
            request = request.header(name, value);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), fields(response.headers()));
        let bytes = response.bytes().await?;
        let signed = self.holds(letter, status, &headers, &bytes);
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Reception { status, body, signed, headers })
    }

    /// Whether an answer bears the signature of a trusted key over itself and the message's own signature.
    fn holds(
        &self,
        letter: &Letter,
        status: u16,
        headers: &[(String, String)],
        body: &[u8],
    ) -> bool {
        let heard = Heard {
            authority: String::new(),
            target: String::new(),
            headers: letter.headers.clone(),
            body: letter.body.clone(),
        };
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        heard.with(|asked| {
            let answered = Answered { status, headers: &headers, body, request: Some(asked) };
            self.signer(&Message::Response(answered), &RECEIPT, "lianban-receipt").is_ok()
        })
    }

    /// Signs a message of its own and posts it.
    ///
    /// # Errors
    /// As [`Peer::letter`] and [`Peer::post`].
    pub async fn send(&self, id: &str, body: &Value) -> Result<Reception, PeerError> {
        let letter = self.letter(id, body)?;
        self.post(&letter).await
    }

    /// Sends what is due of its own: each at least once, until the answer is signed and final. Tells how many were
    /// settled.
    pub async fn tick(&self) -> usize {
        let now = (self.inner.now)();
        let (mut due, switches) = {
            let mut state = self.state();
            let (due, later): (Vec<_>, Vec<_>) =
                state.callbacks.drain(..).partition(|callback| callback.due <= now);
            state.callbacks = later;
            (due, state.switches)
        };
        due.sort_by_key(|callback| callback.due);
        if switches.reorder {
            due.reverse();
        }
        let mut settled = 0;
        for callback in due {
            let first = self.send(&callback.id, &callback.body).await;
            if switches.duplicate {
                // The second one is what is tried; whatever comes of it, the first one counts.
                drop(self.send(&callback.id, &callback.body).await);
            }
            match first {
                Ok(Reception { status: 200..300, signed: true, .. }) => settled += 1,
                Ok(Reception { status: status @ 400..500, signed: true, .. }) if status != 429 => {
                    settled += 1;
                    self.state().refused.push((callback.id, status));
                }
                Ok(_) | Err(_) => self.state().callbacks.push(callback),
            }
        }
        settled
    }
}
