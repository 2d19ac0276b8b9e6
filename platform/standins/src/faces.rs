//! The face service of the police (公安人脸核验替身): takes a signed request, says whether a face is that of a document.
//!
//! It compares no faces: every photo passes, but for the numbers that it was told to turn away. It speaks the protocol by itself,
//! without the platform's own code for it.
//!
//! ```text
//!  POST /compare {request, id_type, id_number, name, photo} ──► {request, passed}
//! ```

use crate::switches::{Switches, bare, broken_off, wait};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use codes::Moment;
use seals::{Algorithm, Digest, Keys as _, MemoryKeys, PublicKeySet, Purpose, SignError, jws};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The field that bears the signature.
const SIGNATURE_FIELD: &str = "payment-signature";
/// The largest request: a photo of some megabytes in base64.
const REQUEST_BYTES_MAX: usize = 32 << 20;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Moment + Send + Sync>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Compare {
    request: String,
    id_type: String,
    id_number: String,
    name: String,
    photo: String,
}

#[derive(Default)]
struct Inside {
    trusted: Option<PublicKeySet>,
    switches: Switches,
    turned_away: BTreeSet<String>,
    asked: u64,
}

struct Inner {
    now: Now,
    keys: MemoryKeys,
    stranger: MemoryKeys,
    state: Mutex<Inside>,
}

/// The face service; every clone is the same.
#[derive(Clone)]
pub struct Faces {
    inner: Arc<Inner>,
}

impl fmt::Debug for Faces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faces").finish_non_exhaustive()
    }
}

impl Faces {
    /// A service whose key follows from a seed; it trusts nobody yet.
    ///
    /// # Errors
    /// No key follows from the seed.
    pub fn new(seed: [u8; 32], since: Moment, now: Now) -> Result<Self, SignError> {
        let of = |seed: &[u8; 32]| {
            let keys = MemoryKeys::new();
            let made = keys.generate(Purpose::EXCHANGE, Algorithm::Ed25519, since, seed);
            made.map(|_record| keys)
        };
        let (keys, stranger) = (of(&seed)?, of(Digest::sha256(&seed).bytes())?);
        let state = Mutex::default();
        Ok(Self { inner: Arc::new(Inner { now, keys, stranger, state }) })
    }

    /// Its public keys.
    #[must_use]
    pub fn keys(&self) -> PublicKeySet {
        self.inner.keys.public_set().unwrap_or_default()
    }

    /// Trusts these keys.
    pub fn trust(&self, trusted: &PublicKeySet) {
        self.state().trusted = Some(trusted.clone());
    }

    /// Says from now on that no face is that of the document of this number.
    pub fn turn_away(&self, id_number: impl Into<String>) {
        self.state().turned_away.insert(id_number.into());
    }

    /// Makes it misbehave, or behave again; of the switches, `slow_ms`, `silent`, `down`, `lose` and `wrong_signature` mean
    /// something here.
    pub fn switch(&self, switches: Switches) {
        self.state().switches = switches;
    }

    /// How many comparisons it was asked for.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.state().asked
    }

    /// Its one route.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/compare", post(compare))
            .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
            .with_state(self.clone())
    }

    /// Serves its route on a listener until the task is dropped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        axum::serve(listener, self.router()).await
    }

    fn state(&self) -> MutexGuard<'_, Inside> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request that somebody trusted signed.
    fn read(&self, headers: &HeaderMap, body: &[u8]) -> Result<Compare, u16> {
        let text = headers.get(SIGNATURE_FIELD).and_then(|value| value.to_str().ok());
        let trusted = self.state().trusted.clone().ok_or(401_u16)?;
        let signed = jws::read(text.unwrap_or_default()).map_err(|_shape| 401_u16)?;
        signed.verify_trusted(&trusted, "face-request", body).map_err(|_fault| 401_u16)?;
        let asked: Compare = serde_json::from_slice(body).map_err(|_shape| 422_u16)?;
        let parts = [&asked.request, &asked.id_type, &asked.id_number, &asked.name, &asked.photo];
        if parts.iter().any(|part| part.is_empty()) { Err(422) } else { Ok(asked) }
    }
}

async fn compare(State(service): State<Faces>, headers: HeaderMap, body: Bytes) -> Response {
    let switches = service.state().switches;
    wait(switches).await;
    if switches.down {
        return bare(503);
    }
    let asked = match service.read(&headers, &body) {
        Ok(asked) => asked,
        Err(status) => return bare(status),
    };
    let passed = {
        let mut state = service.state();
        state.asked += 1;
        !state.turned_away.contains(&asked.id_number)
    };
    if switches.lose {
        return broken_off();
    }
    let answer = json!({"request": asked.request, "passed": passed});
    let keys = if switches.wrong_signature { &service.inner.stranger } else { &service.inner.keys };
    let now = (service.inner.now)();
    let signed = seals::canonical_value(&answer).ok().and_then(|bytes| {
        let key = keys.current(&Purpose::EXCHANGE, Algorithm::Ed25519, now).ok()?;
        let signature = jws::detached(keys, &key, now, "face-answer", &bytes).ok()?;
        Some((HeaderValue::from_str(&signature).ok()?, bytes))
    });
    let Some((signature, bytes)) = signed else { return bare(500) };
    let json = HeaderValue::from_static("application/json");
    ([("content-type", json), (SIGNATURE_FIELD, signature)], bytes).into_response()
}
