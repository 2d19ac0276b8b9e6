//! A board of credit (信用公示系统替身): the national publicity system, or the credit platform behind 信用中国, by REST.
//!
//! Who asks signs the request (RFC 9421); every answer is a compact JWS that stands by itself, so that it can be kept as
//! evidence. It speaks the protocol by itself, without the platform's own code for it, so that each side checks the other.
//!
//! ```text
//!  POST /v1/publications     {id, propagation, round, kind, …}  ──►  credit-ack+jws             {id, sha256, serial, at}
//!  GET  /v1/daily?after=7                                       ──►  credit-daily-index+jws     {files: [{sequence, day, sha256}]}
//!  GET  /v1/daily/8                                             ──►  credit-daily+jws           {sequence, day, records: […]}
//!  GET  /v1/held/2022-09-22                                     ──►  credit-held+jws            {day, held: [{id, sha256}]}
//!  whatever it refuses                                          ──►  credit-refusal+jws         {status, reason}
//! ```

use crate::peer::Forger;
use crate::switches::{Fault, Switches, bare, broken_off, wait};
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use codes::{Date, Moment};
use seals::http_signature::{Expectation, Message, REQUEST_COMPONENTS, Request as Asked, verify};
use seals::{
    Algorithm, Digest, KeyId, KeyRecord, Keys, MemoryKeys, PublicKeySet, Purpose, SecretKey, jws,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a request is signed for.
const REQUEST_TAG: &str = "credit-request";
/// The largest publication that it reads.
const BODY_BYTES_MAX: usize = 1 << 20;
/// How old a signature may be.
const AGE_S_MAX: i64 = 300;
/// How far ahead another clock may be.
const SKEW_S_MAX: i64 = 30;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Moment + Send + Sync>;

/// A publication that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The id under which it came.
    pub id: String,
    /// What it is about.
    pub about: String,
    /// Which round of that.
    pub round: u64,
    /// What it says.
    pub body: Value,
    /// SHA-256 of its body as it came, in hexadecimal.
    pub sha256: String,
    /// When it came first.
    pub at: Moment,
}

/// A board that cannot work.
#[derive(Debug, thiserror::Error)]
#[error("the board cannot sign: {0}")]
pub struct BoardError(String);

/// A file of entries of one day.
#[derive(Clone, Debug)]
struct Daily {
    day: Date,
    records: Vec<Value>,
    withheld: bool,
}

#[derive(Default)]
struct Inside {
    trusted: Vec<KeyRecord>,
    switches: Switches,
    upcoming: VecDeque<Fault>,
    requests: u64,
    forget: usize,
    held: Vec<Held>,
    daily: Vec<Daily>,
}

struct Inner {
    now: Now,
    keys: MemoryKeys,
    stranger: Forger,
    state: Mutex<Inside>,
}

/// The board; every clone is the same.
#[derive(Clone)]
pub struct Board {
    inner: Arc<Inner>,
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").finish_non_exhaustive()
    }
}

impl Board {
    /// A board whose key follows from a seed; it trusts nobody yet and holds nothing.
    ///
    /// # Errors
    /// No key follows from the seed.
    pub fn new(seed: [u8; 32], since: Moment, now: Now) -> Result<Self, BoardError> {
        let keys = MemoryKeys::new();
        let made = keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, since, &seed);
        made.map_err(|error| BoardError(error.to_string()))?;
        let other = SecretKey::from_seed(Algorithm::Ed25519, Digest::sha256(&seed).bytes());
        let stranger = Forger(other.map_err(|error| BoardError(error.to_string()))?);
        Ok(Self { inner: Arc::new(Inner { now, keys, stranger, state: Mutex::default() }) })
    }

    /// Its public keys.
    #[must_use]
    pub fn keys(&self) -> PublicKeySet {
        self.inner.keys.public_set().unwrap_or_default()
    }

    /// Trusts these keys from now on.
    pub fn trust(&self, keys: &PublicKeySet) {
        self.state().trusted = keys.records().to_vec();
    }

    /// Makes it misbehave, or behave again: `reorder` names files in reverse, `duplicate` names each twice, `lose` loses its
    /// answers, `wrong_signature` signs with a key that is not its own.
    pub fn switch(&self, switches: Switches) {
        self.state().switches = switches;
    }

    /// What happens to the next requests, one each.
    pub fn upcoming(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().upcoming.extend(faults);
    }

    /// Acknowledges so many further publications and does not keep them: what reconciliation is for.
    pub fn forget_next(&self, n: usize) {
        self.state().forget = n;
    }

    /// How many requests reached it, whatever came of them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.state().requests
    }

    /// The publications that it holds, once each, in the order in which they came.
    #[must_use]
    pub fn held(&self) -> Vec<Held> {
        self.state().held.clone()
    }

    /// What it shows of something: the publication of the latest round.
    #[must_use]
    pub fn shows(&self, about: &str) -> Option<Held> {
        let state = self.state();
        state.held.iter().filter(|held| held.about == about).max_by_key(|held| held.round).cloned()
    }

    /// Issues the file of a day and tells its number, from 1 without a gap.
    pub fn issue(&self, day: Date, records: Vec<Value>) -> u64 {
        let mut state = self.state();
        state.daily.push(Daily { day, records, withheld: false });
        u64::try_from(state.daily.len()).unwrap_or(u64::MAX)
    }

    /// Holds a file back, or no longer: its number is missing meanwhile.
    pub fn withhold(&self, sequence: u64, withheld: bool) {
        self.with_daily(sequence, |daily| daily.withheld = withheld);
    }

    /// Says something else under a number that it has given out.
    pub fn rewrite(&self, sequence: u64, records: Vec<Value>) {
        self.with_daily(sequence, |daily| daily.records = records);
    }

    fn with_daily(&self, sequence: u64, set: impl FnOnce(&mut Daily)) {
        let at = usize::try_from(sequence).ok().and_then(|n| n.checked_sub(1));
        let mut state = self.state();
        if let Some(daily) = at.and_then(|at| state.daily.get_mut(at)) {
            set(daily);
        }
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/publications", post(publish))
            .route("/v1/daily", get(index))
            .route("/v1/daily/{sequence}", get(daily))
            .route("/v1/held/{day}", get(held))
            .with_state(self.clone())
    }

    /// Serves its routes on a listener until the task is dropped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        axum::serve(listener, self.router()).await
    }

    fn state(&self) -> MutexGuard<'_, Inside> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A statement of its own.
    fn says(&self, status: u16, typ: &str, payload: &Value) -> Response {
        let now = (self.inner.now)();
        let forged = self.state().switches.wrong_signature;
        let keys: &dyn Keys = if forged { &self.inner.stranger } else { &self.inner.keys };
        // The key that it names is its own all the same.
        let own = self.inner.keys.current(&Purpose::EXCHANGE, Algorithm::Ed25519, now);
        let (Ok(own), Ok(bytes)) = (own, seals::canonical_value(payload)) else { return bare(500) };
        let Ok(signed) = jws::attached(keys, &own, now, typ, &bytes) else { return bare(500) };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "application/jose")], signed).into_response()
    }

    fn refuses(&self, status: u16, reason: &str) -> Response {
        let payload = json!({"status": status, "reason": reason});
        self.says(status, "credit-refusal+jws", &payload)
    }

    /// What its switches make of a request, and the request's body where somebody trusted signed it.
    async fn heard(&self, request: Request) -> Result<(Vec<u8>, bool), Response> {
        let (switches, fault) = {
            let mut state = self.state();
            state.requests += 1;
            (state.switches, state.upcoming.pop_front())
        };
        let (parts, body) = request.into_parts();
        let bytes = axum::body::to_bytes(body, BODY_BYTES_MAX).await;
        let bytes = bytes.map_err(|_over| bare(413))?.to_vec();
        wait(switches).await;
        match fault {
            Some(Fault::Status(status)) => return Err(bare(status)),
            None if switches.down => return Err(bare(503)),
            _ => {}
        }
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        if !self.signed(parts.method.as_str(), target, &parts.headers, &bytes) {
            return Err(self.refuses(401, "SIGNATURE_INVALID"));
        }
        Ok((bytes, fault == Some(Fault::Lose) || switches.lose))
    }

    fn signed(&self, method: &str, target: &str, headers: &HeaderMap, body: &[u8]) -> bool {
        let fields: Vec<(&str, &str)> = headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let authority = host.unwrap_or_default();
        let asked = Asked { method, scheme: "http", authority, target, headers: &fields, body };
        let expectation = Expectation {
            required: REQUEST_COMPONENTS,
            now: (self.inner.now)(),
            age_s_max: AGE_S_MAX,
            skew_s_max: SKEW_S_MAX,
            tag: Some(REQUEST_TAG),
        };
        let trusted = self.state().trusted.clone();
        let key_of = |id: &KeyId| {
            trusted.iter().find(|record| record.id == *id).map(|record| record.key.clone())
        };
        verify(&Message::Request(asked), &expectation, key_of).is_ok()
    }

    /// Takes a publication once; the same again is acknowledged alike.
    fn taken(&self, bytes: &[u8]) -> Result<Value, (u16, &'static str)> {
        let body: Value = serde_json::from_slice(bytes).map_err(|_text| (422, "NOT_JSON"))?;
        let text =
            |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(id), Some(about), Some(_kind)) = (text("id"), text("propagation"), text("kind"))
        else {
            return Err((422, "CONTRACT_BROKEN"));
        };
        let round = body.get("round").and_then(Value::as_u64).ok_or((422, "CONTRACT_BROKEN"))?;
        let sha256 = Digest::sha256(bytes).hex();
        let now = (self.inner.now)();
        let mut state = self.state();
        if let Some(first) = state.held.iter().find(|held| held.id == id) {
            return if first.sha256 == sha256 {
                Ok(
                    json!({"id": id, "sha256": sha256, "at": first.at, "serial": serial(first.at, id)}),
                )
            } else {
                Err((409, "ID_REUSED"))
            };
        }
        let acknowledged =
            json!({"id": id, "sha256": sha256, "at": now, "serial": serial(now, id)});
        if state.forget > 0 {
            state.forget -= 1;
            return Ok(acknowledged);
        }
        let (id, about) = (id.to_owned(), about.to_owned());
        state.held.push(Held { id, about, round, sha256, at: now, body });
        Ok(acknowledged)
    }

    /// The files after a number as it names them: in its own order, some of them twice.
    fn named(&self, after: u64) -> Vec<Value> {
        let state = self.state();
        let mut files: Vec<Value> = (1_u64..)
            .zip(&state.daily)
            .filter(|(sequence, daily)| *sequence > after && !daily.withheld)
            .map(|(sequence, daily)| {
                let content = content(sequence, daily);
                let sha256 = seals::canonical_value(&content).unwrap_or_default();
                json!({"sequence": sequence, "day": daily.day, "sha256": Digest::sha256(&sha256).hex()})
            })
            .collect();
        if state.switches.duplicate {
            files = files.iter().flat_map(|file| [file.clone(), file.clone()]).collect();
        }
        if state.switches.reorder {
            files.reverse();
        }
        files
    }
}

/// The number that it gives a publication: the day, and what follows from the id.
fn serial(at: Moment, id: &str) -> String {
    let short: String = id.chars().take(8).collect();
    format!("GS{}{short}", at.date().strftime("%Y%m%d"))
}

fn content(sequence: u64, daily: &Daily) -> Value {
    json!({"sequence": sequence, "day": daily.day, "records": daily.records})
}

fn lost(response: Response, lose: bool) -> Response {
    if lose { broken_off() } else { response }
}

async fn publish(State(board): State<Board>, request: Request) -> Response {
    let (bytes, lose) = match board.heard(request).await {
        Ok(heard) => heard,
        Err(refused) => return refused,
    };
    let answer = match board.taken(&bytes) {
        Ok(acknowledged) => board.says(200, "credit-ack+jws", &acknowledged),
        Err((status, reason)) => board.refuses(status, reason),
    };
    lost(answer, lose)
}

#[derive(Debug, Default, Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn index(
    State(board): State<Board>,
    Query(After { after }): Query<After>,
    request: Request,
) -> Response {
    match board.heard(request).await {
        Ok((_, lose)) => {
            let files = board.named(after);
            lost(board.says(200, "credit-daily-index+jws", &json!({"files": files})), lose)
        }
        Err(refused) => refused,
    }
}

async fn daily(
    State(board): State<Board>,
    Path(sequence): Path<u64>,
    request: Request,
) -> Response {
    let lose = match board.heard(request).await {
        Ok((_, lose)) => lose,
        Err(refused) => return refused,
    };
    let at = usize::try_from(sequence).ok().and_then(|n| n.checked_sub(1));
    let found = {
        let state = board.state();
        at.and_then(|at| state.daily.get(at)).filter(|daily| !daily.withheld).cloned()
    };
    match found {
        Some(daily) => lost(board.says(200, "credit-daily+jws", &content(sequence, &daily)), lose),
        None => board.refuses(404, "NO_SUCH_FILE"),
    }
}

async fn held(State(board): State<Board>, Path(day): Path<String>, request: Request) -> Response {
    let lose = match board.heard(request).await {
        Ok((_, lose)) => lose,
        Err(refused) => return refused,
    };
    let Ok(day) = day.parse::<Date>() else { return board.refuses(422, "NO_DAY") };
    let held: Vec<Value> = board
        .held()
        .iter()
        .filter(|held| held.at.date() == day)
        .map(|held| json!({"id": held.id, "sha256": held.sha256}))
        .collect();
    lost(board.says(200, "credit-held+jws", &json!({"day": day, "held": held})), lose)
}
