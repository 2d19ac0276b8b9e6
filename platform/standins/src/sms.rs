//! A gateway of text messages (短信网关替身) that speaks JSON and posts signed reports, as Standard Webhooks has it.
//!
//! A message is known by its reference: the same one twice is sent once and answered alike. What becomes of it follows
//! from a script by number, and is reported when [`SmsGateway::report_due`] says so, so that a test decides when.

use crate::switches::{Switches, bare, broken_off, wait};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use codes::Moment;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A message that the gateway took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The gateway's name of it.
    pub id: String,
    /// The sender's name of it.
    pub reference: String,
    /// To whom.
    pub to: String,
    /// The text.
    pub text: String,
}

/// What the gateway is.
#[derive(Clone)]
pub struct SmsConfig {
    /// The bytes of the shared secret.
    pub secret: Vec<u8>,
    /// Where it posts reports.
    pub reports_to: String,
    /// Tells the time.
    pub now: fn() -> Moment,
}

impl fmt::Debug for SmsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsConfig").field("reports_to", &self.reports_to).finish_non_exhaustive()
    }
}

/// The gateway; every clone is the same.
#[derive(Clone)]
pub struct SmsGateway {
    inner: Arc<Inner>,
}

struct Inner {
    config: SmsConfig,
    state: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    switches: Switches,
    refusals: BTreeMap<String, String>,
    ends: BTreeMap<String, String>,
    sent: Vec<Sent>,
    due: Vec<Value>,
    requests: u64,
}

impl fmt::Debug for SmsGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsGateway").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl SmsGateway {
    /// A gateway that took nothing yet.
    #[must_use]
    pub fn new(config: SmsConfig) -> Self {
        Self { inner: Arc::new(Inner { config, state: Mutex::default() }) }
    }

    /// Makes it misbehave, or behave again.
    pub fn switch(&self, switches: Switches) {
        self.state().switches = switches;
    }

    /// Refuses messages to a number with this word, such as `unknown_number` or `not_now`.
    pub fn refuse(&self, number: impl Into<String>, word: impl Into<String>) {
        self.state().refusals.insert(number.into(), word.into());
    }

    /// Says what becomes of messages to a number; `DELIVRD` where nothing is said.
    pub fn end(&self, number: impl Into<String>, status: impl Into<String>) {
        self.state().ends.insert(number.into(), status.into());
    }

    /// What it took, once each.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// How many requests reached it.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.state().requests
    }

    /// Posts the reports that are due, and answers with what was answered to each post.
    ///
    /// # Errors
    /// A post did not reach its address.
    pub async fn report_due(&self) -> Result<Vec<u16>, reqwest::Error> {
        let (mut due, switches) = {
            let mut state = self.state();
            (std::mem::take(&mut state.due), state.switches)
        };
        if switches.lose {
            return Ok(Vec::new());
        }
        if switches.reorder {
            due.reverse();
        }
        if switches.duplicate {
            due.extend(due.clone());
        }
        let client = reqwest::Client::builder().no_proxy().build()?;
        let mut answers = Vec::new();
        for (n, report) in due.iter().enumerate() {
            let body = json!({"reports": [report]}).to_string();
            let id = format!("report-{n}");
            let timestamp = ((self.inner.config.now)().us() / 1_000_000).to_string();
            let wrong = switches.wrong_signature;
            let answer = client
                .post(&self.inner.config.reports_to)
                .header("content-type", "application/json")
                .header(
                    "webhook-signature",
                    self.signature(&id, &timestamp, body.as_bytes(), wrong),
                )
                .header("webhook-id", id)
                .header("webhook-timestamp", timestamp)
                .body(body)
                .send()
                .await?;
            answers.push(answer.status().as_u16());
        }
        Ok(answers)
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        Router::new().route("/v1/messages", post(take)).with_state(self.clone())
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

    fn signature(&self, id: &str, timestamp: &str, body: &[u8], wrong: bool) -> String {
        let secret: &[u8] = if wrong { b"another secret" } else { &self.inner.config.secret };
        let made = Hmac::<Sha256>::new_from_slice(secret).map(|mut mac| {
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac.update(body);
            mac.finalize().into_bytes()
        });
        format!("v1,{}", STANDARD.encode(made.unwrap_or_default()))
    }

    fn signed(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let told = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
        let (Some(id), Some(timestamp), Some(signature)) = told else { return false };
        signature == self.signature(id, timestamp, body, false)
    }

    fn accept(&self, asked: &Value) -> Response {
        let text =
            |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (reference, to) = (text("reference"), text("to"));
        let mut state = self.state();
        if let Some(word) = state.refusals.get(&to) {
            return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"error": word})))
                .into_response();
        }
        if let Some(known) = state.sent.iter().find(|sent| sent.reference == reference) {
            return Json(json!({"id": known.id})).into_response();
        }
        let id = format!("m{}", state.sent.len() + 1);
        let status = state.ends.get(&to).cloned().unwrap_or_else(|| "DELIVRD".to_owned());
        let at = (self.inner.config.now)().to_string();
        state.due.push(json!({"id": id, "reference": reference, "status": status, "at": at}));
        state.sent.push(Sent { id: id.clone(), reference, to, text: text("text") });
        (StatusCode::ACCEPTED, Json(json!({"id": id}))).into_response()
    }
}

async fn take(State(gateway): State<SmsGateway>, headers: HeaderMap, body: Bytes) -> Response {
    let switches = {
        let mut state = gateway.state();
        state.requests += 1;
        state.switches
    };
    wait(switches).await;
    if switches.down {
        return bare(503);
    }
    if !gateway.signed(&headers, &body) {
        return bare(401);
    }
    let asked: Value = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(_shape) => return bare(400),
    };
    let answer = gateway.accept(&asked);
    if switches.lose { broken_off() } else { answer }
}
