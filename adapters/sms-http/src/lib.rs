//! Text messages by a gateway that speaks JSON over HTTP: a driver behind [`delivery::Texter`].
//!
//! ```text
//! POST {gateway}/v1/messages   webhook-id, webhook-timestamp, webhook-signature
//!      {"reference": "…", "to": "+86…", "text": "…"}
//!   202 {"id": "…"}    422 {"error": "unknown_number" | "blocked" | "not_now"}    429, 5xx
//! POST {ours}/api/v1/delivery/reports   the same three headers
//!      {"reports": [{"id": "…", "reference": "…", "status": "DELIVRD", "at": "2024-09-20T06:05:00Z"}]}
//! ```
//!
//! **Invariant:** a message is reported as taken only when the gateway answered 200 or 202 with its id.
//! **Invariant:** both sides sign, as Standard Webhooks has it; a report without a good signature is no report.
//! **Invariant:** the same message has the same reference at every try, so that a gateway sends it once.
//! **Invariant:** what is our own fault (a wrong secret, an unknown address) is never told as the recipient's.
//!
//! Gateways of carriers differ; one that speaks otherwise needs a driver of its own behind the same trait. Start with
//! [`HttpTexter`].

mod signing;

pub use signing::{NotASecret, Secret};

use axum::http::HeaderMap;
use codes::Moment;
use delivery::{ReportStanding, TextError, TextMessage, TextReport, TextTaken, Texter};
use kernel::Waiting;
use module::Clock;
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The most reports that one request brings.
const REPORTS_MAX: usize = 1_000;

/// How to reach a gateway.
#[derive(Clone)]
pub struct HttpSettings {
    /// Its address, such as `https://sms.example`.
    pub gateway: String,
    /// The shared secret.
    pub secret: Secret,
    /// The longest that one message may take.
    pub timeout: Duration,
    /// Tells the time for signatures.
    pub clock: Arc<dyn Clock>,
    /// Roots that are trusted beside the public ones, as PEM.
    pub roots_pem: Option<Vec<u8>>,
}

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSettings").field("gateway", &self.gateway).finish_non_exhaustive()
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HttpSetupError {
    /// The address is none, or is not encrypted and not on this machine.
    #[error("`{0}` is no address of a gateway; it begins with `https://`, or `http://127.0.0.1`")]
    Address(String),
    /// The client cannot be made.
    #[error("the client of the gateway cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// Hands text messages to a gateway over HTTP.
#[derive(Clone)]
pub struct HttpTexter {
    settings: HttpSettings,
    client: reqwest::Client,
}

impl fmt::Debug for HttpTexter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTexter").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Asked<'a> {
    reference: &'a str,
    to: &'a str,
    text: &'a str,
}

#[derive(Deserialize)]
struct Taken {
    id: String,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

#[derive(Deserialize)]
struct Reports {
    reports: Vec<Report>,
}

#[derive(Deserialize)]
struct Report {
    id: String,
    #[serde(default)]
    reference: Option<String>,
    status: String,
    at: Moment,
}

impl HttpTexter {
    /// A texter for a gateway; nothing is sent yet.
    ///
    /// # Errors
    /// [`HttpSetupError`]
    pub fn new(settings: HttpSettings) -> Result<Self, HttpSetupError> {
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let gateway = &settings.gateway;
        if !gateway.starts_with("https://") && !local.iter().any(|one| gateway.starts_with(one)) {
            return Err(HttpSetupError::Address(gateway.clone()));
        }
        let mut builder = reqwest::Client::builder()
            .timeout(settings.timeout)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        if let Some(pem) = &settings.roots_pem {
            let root = reqwest::Certificate::from_pem(pem).map_err(HttpSetupError::Client)?;
            builder = builder.add_root_certificate(root);
        }
        let client = builder.build().map_err(HttpSetupError::Client)?;
        Ok(Self { settings, client })
    }

    async fn ask(&self, message: &TextMessage) -> Result<TextTaken, TextError> {
        let later = |why: &dyn fmt::Display| TextError::Later(why.to_string());
        let asked = Asked { reference: &message.reference, to: &message.to, text: &message.text };
        let body = serde_json::to_vec(&asked).map_err(|error| later(&error))?;
        let timestamp = (self.settings.clock.now().us() / 1_000_000).to_string();
        let signature = self.settings.secret.sign(&message.reference, &timestamp, &body);
        let url = format!("{}/v1/messages", self.settings.gateway.trim_end_matches('/'));
        let answered = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &message.reference)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(body)
            .send()
            .await
            .map_err(|error| later(&error.without_url()))?;
        let status = answered.status();
        let body = answered.bytes().await.map_err(|error| later(&error.without_url()))?;
        judge(status, &body)
    }
}

fn judge(status: StatusCode, body: &[u8]) -> Result<TextTaken, TextError> {
    match status {
        StatusCode::OK | StatusCode::ACCEPTED => match serde_json::from_slice::<Taken>(body) {
            Ok(taken) if !taken.id.is_empty() => {
                Ok(TextTaken { gateway_id: taken.id, answer: status.to_string() })
            }
            _ => Err(TextError::Later(format!("{status} without an id"))),
        },
        StatusCode::UNPROCESSABLE_ENTITY => match serde_json::from_slice::<Refused>(body) {
            Ok(refused) => match refused.error.as_str() {
                "unknown_number" | "blocked" => Err(TextError::Never(refused.error)),
                "not_now" => Err(TextError::Soft(refused.error)),
                // A word that is not known is not held against the recipient.
                other => Err(TextError::Later(other.chars().take(100).collect())),
            },
            Err(_shape) => Err(TextError::Later(status.to_string())),
        },
        _ => Err(TextError::Later(status.to_string())),
    }
}

impl Texter for HttpTexter {
    fn send(&self, message: TextMessage) -> Waiting<'_, Result<TextTaken, TextError>> {
        Box::pin(async move { self.ask(&message).await })
    }

    fn read_callback(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Moment,
    ) -> Result<Vec<TextReport>, String> {
        self.settings.secret.check(headers, body, now)?;
        let read: Reports = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if read.reports.len() > REPORTS_MAX {
            return Err("too many reports at once".to_owned());
        }
        let reports = read.reports.into_iter().map(|report| TextReport {
            reference: report.reference,
            gateway_id: report.id,
            standing: ReportStanding::of(&report.status),
            status: report.status,
            at: report.at,
            raw: raw(headers, body),
        });
        Ok(reports.collect())
    }
}

/// What came as it came, with what signs it, so that it can be checked again years later.
fn raw(headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let mut raw = Vec::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let value = headers.get(name).map_or(&b""[..], |value| value.as_bytes());
        raw.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    raw.extend(b"\r\n");
    raw.extend(body);
    raw
}
