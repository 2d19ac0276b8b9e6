//! A line to another system that signs (签名对接): HTTPS, JSON bodies, each signed as it stands.
//!
//! A body is signed by a detached JWS (RFC 7515 appendix F) in [`SIGNATURE_FIELD`], whose `typ` says what the body is, so that
//! an answer is never taken for a report. Our own side signs with the key of exchange.

use codes::Moment;
use module::Clock;
use reqwest::Url;
use seals::{Algorithm, Keys, PublicKeySet, Purpose, jws};
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The field that bears the signature.
pub const SIGNATURE_FIELD: &str = "payment-signature";

/// How long the other side may take to answer.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);
/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// How far its clock may be from ours, in microseconds: what is replayed later is refused.
const SKEW_US_MAX: u64 = 3 * 24 * 3600 * 1_000_000;

/// The other side did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It gave no answer, or asks for patience.
    #[error("there was no answer: {why}")]
    Down {
        /// What happened, in English.
        why: String,
    },
    /// It answered with what it did not sign.
    #[error("the answer is not the other side's: {why}")]
    Forged {
        /// What is wrong with it, in English.
        why: String,
    },
    /// It refused.
    #[error("it refused with status {status}")]
    Refused {
        /// The status.
        status: u16,
    },
}

/// A line to a system that signs.
pub struct Link {
    base: Url,
    trusted: PublicKeySet,
    keys: Arc<dyn Keys>,
    clock: Arc<dyn Clock>,
    client: reqwest::Client,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

fn down(error: impl fmt::Display) -> LinkError {
    LinkError::Down { why: error.to_string() }
}

impl Link {
    /// A line to an address, whose side signs with these keys; nothing is sent yet.
    ///
    /// # Errors
    /// Its address is none.
    pub fn new(
        base: &str,
        trusted: PublicKeySet,
        keys: Arc<dyn Keys>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LinkError> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(ANSWER_WAIT_MAX)
            .build();
        let base = Url::parse(&format!("{}/", base.trim_end_matches('/'))).map_err(down)?;
        Ok(Self { base, trusted, keys, clock, client: client.map_err(down)? })
    }

    /// Sends a body as one thing and reads the answer as another.
    ///
    /// # Errors
    /// No answer, one that the other side did not sign, or a refusal.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        (asks, answers): (&str, &str),
        body: &serde_json::Value,
    ) -> Result<T, LinkError> {
        let bytes = seals::canonical_value(body).map_err(down)?;
        let now = self.clock.now();
        let key = self.keys.current(&Purpose::EXCHANGE, Algorithm::Ed25519, now).map_err(down)?;
        let signature = jws::detached(&*self.keys, &key, now, asks, &bytes).map_err(down)?;
        let request = self
            .client
            .post(self.base.join(path).map_err(down)?)
            .header("content-type", "application/json")
            .header(SIGNATURE_FIELD, signature)
            .body(bytes);
        let response = request.send().await.map_err(down)?;
        let status = response.status().as_u16();
        match status {
            200..=299 => {}
            429 | 500..=599 => return Err(down(format!("status {status}"))),
            _ => return Err(LinkError::Refused { status }),
        }
        let signature = response.headers().get(SIGNATURE_FIELD).and_then(|text| text.to_str().ok());
        let signature = signature.unwrap_or_default().to_owned();
        let body = response.bytes().await.map_err(down)?;
        if body.len() > ANSWER_BYTES_MAX {
            return Err(down("the answer is too large"));
        }
        self.signed(&body, &signature, answers, now)
    }

    /// What the other side says, if it signed it as this and not long ago.
    ///
    /// # Errors
    /// [`LinkError::Forged`] where it did not.
    pub fn signed<T: DeserializeOwned>(
        &self,
        body: &[u8],
        signature: &str,
        typ: &str,
        now: Moment,
    ) -> Result<T, LinkError> {
        let forged = |error: &dyn fmt::Display| LinkError::Forged { why: error.to_string() };
        let read = jws::read(signature).map_err(|error| forged(&error))?;
        read.verify_trusted(&self.trusted, typ, body).map_err(|error| forged(&error))?;
        let stated = read.stated().unwrap_or_default();
        if stated.us().abs_diff(now.us()) > SKEW_US_MAX {
            return Err(forged(&"it was signed at another time"));
        }
        serde_json::from_slice(body).map_err(|error| forged(&error))
    }
}
