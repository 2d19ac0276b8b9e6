//! The line to a mirror (对接线路): requests that we sign (RFC 9421), answers that it signs and that stand by themselves (JWS).

use codes::Moment;
use module::Clock;
use reqwest::{Method, Url};
use seals::http_signature::{Message, Plan, REQUEST_COMPONENTS, Request, sign};
use seals::{Algorithm, Digest, Keys, PublicKeySet, Purpose, jws};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a request is signed for.
const REQUEST_TAG: &str = "credit-request";
/// What a signed refusal is.
const REFUSAL: &str = "credit-refusal+jws";
/// How long a mirror may take to answer.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(20);
/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 3 << 20;
/// How far its clock may be from ours, in microseconds: an answer that is older is a repetition.
const SKEW_US_MAX: u64 = 300 * 1_000_000;

/// How a mirror is reached; `app` reads it from a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MirrorSettings {
    /// Its key among recipients, such as `credit-publicity`.
    pub key: String,
    /// Its address without a slash at the end, such as `https://publicity.example`.
    pub base: String,
    /// The keys with which it signs, as a JWK set.
    pub keys: PublicKeySet,
    /// Whether its daily files of entries are taken.
    #[serde(default)]
    pub daily: bool,
}

/// A mirror did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It gave no answer, or asks for patience.
    #[error("there was no answer: {why}")]
    Down {
        /// What happened, in English.
        why: String,
    },
    /// It answered with what it did not sign, or signed at another time, or as something else.
    #[error("the answer is not the mirror's: {why}")]
    Forged {
        /// What is wrong with it, in English.
        why: String,
    },
    /// It refused, and signed that.
    #[error("it refused with status {status}: {reason}")]
    Refused {
        /// The status.
        status: u16,
        /// Why, as a slug.
        reason: String,
    },
}

fn down(error: impl fmt::Display) -> LineError {
    LineError::Down { why: error.to_string() }
}

fn forged(error: impl fmt::Display) -> LineError {
    LineError::Forged { why: error.to_string() }
}

/// A statement of a mirror, with the signed text that proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// What it says.
    pub what: T,
    /// The compact JWS as it came.
    pub signed: String,
    /// SHA-256 of what was signed, in hexadecimal.
    pub sha256: String,
}

/// A line to one mirror.
pub struct Line {
    key: String,
    base: Url,
    trusted: PublicKeySet,
    keys: Arc<dyn Keys>,
    clock: Arc<dyn Clock>,
    client: reqwest::Client,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("key", &self.key).finish_non_exhaustive()
    }
}

#[derive(Debug, Deserialize)]
struct Refusal {
    status: u16,
    reason: String,
}

impl Line {
    /// A line; nothing is sent yet.
    ///
    /// # Errors
    /// The address is none.
    pub fn new(
        settings: &MirrorSettings,
        keys: Arc<dyn Keys>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LineError> {
        // A signature names the address: a redirect could only mislead.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(ANSWER_WAIT_MAX)
            .build()
            .map_err(down)?;
        let base =
            Url::parse(&format!("{}/", settings.base.trim_end_matches('/'))).map_err(down)?;
        let (key, trusted) = (settings.key.clone(), settings.keys.clone());
        Ok(Self { key, base, trusted, keys, clock, client })
    }

    /// Its key among recipients.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Posts a body; the answer must be signed as this.
    ///
    /// # Errors
    /// No answer, one that is not the mirror's, or its refusal.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        typ: &str,
        body: Vec<u8>,
    ) -> Result<Said<T>, LineError> {
        self.ask(Method::POST, path, typ, body).await
    }

    /// Gets something; the answer must be signed as this.
    ///
    /// # Errors
    /// No answer, one that is not the mirror's, or its refusal.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        typ: &str,
    ) -> Result<Said<T>, LineError> {
        self.ask(Method::GET, path, typ, Vec::new()).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        typ: &str,
        body: Vec<u8>,
    ) -> Result<Said<T>, LineError> {
        let (url, now) = (self.base.join(path).map_err(down)?, self.clock.now());
        let fields = self.signature(&method, &url, &body, now)?;
        let mut request = self.client.request(method, url).body(body);
        for (name, value) in fields {
            request = request.header(name, value);
        }
        let mut response = request.send().await.map_err(down)?;
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(down)? {
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(down("the answer is too large"));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(bytes).map_err(down)?;
        match status {
            200..=299 => self.said(text, typ, self.clock.now()),
            408 | 425 | 429 | 500..=599 => Err(down(format!("status {status}"))),
            _ => {
                // What stands between us and the mirror cannot sign: it can delay, and never refuse for it.
                let refusal: Refusal = self.said(text, REFUSAL, self.clock.now())?.what;
                Err(LineError::Refused { status: refusal.status, reason: refusal.reason })
            }
        }
    }

    /// The fields that sign a request.
    fn signature(
        &self,
        method: &Method,
        url: &Url,
        body: &[u8],
        now: Moment,
    ) -> Result<Vec<(&'static str, String)>, LineError> {
        let host = url.host_str().unwrap_or_default();
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let target = format!("{}{query}", url.path());
        let asked = Request {
            method: method.as_str(),
            scheme: url.scheme(),
            authority: &authority,
            target: &target,
            headers: &[],
            body,
        };
        let plan = Plan {
            label: "sig1",
            components: REQUEST_COMPONENTS,
            created: now,
            expires: None,
            nonce: None,
            tag: Some(REQUEST_TAG),
        };
        let key = self.keys.current(&Purpose::EXCHANGE, Algorithm::Ed25519, now).map_err(down)?;
        let signed = sign(&Message::Request(asked), &plan, &*self.keys, &key).map_err(down)?;
        Ok(vec![
            ("content-type", "application/json".to_owned()),
            ("content-digest", signed.content_digest),
            ("signature-input", signed.signature_input),
            ("signature", signed.signature),
        ])
    }

    /// A statement, if the mirror signed it as this, and not long ago.
    fn said<T: DeserializeOwned>(
        &self,
        text: String,
        typ: &str,
        now: Moment,
    ) -> Result<Said<T>, LineError> {
        let read = jws::read(&text).map_err(forged)?;
        let payload = read.payload().ok_or_else(|| forged("there is nothing in it"))?;
        read.verify_trusted(&self.trusted, typ, payload).map_err(forged)?;
        if read.stated().unwrap_or_default().us().abs_diff(now.us()) > SKEW_US_MAX {
            return Err(forged("it was signed at another time"));
        }
        let what = serde_json::from_slice(payload).map_err(forged)?;
        let sha256 = Digest::sha256(payload).hex();
        Ok(Said { what, sha256, signed: text })
    }
}
