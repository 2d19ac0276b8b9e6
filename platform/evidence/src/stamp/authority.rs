//! Time-stamp authorities (时间戳服务机构) and how they are asked, over HTTP as RFC 3161, 3.4 has it.

use super::{STAMP_BYTES_MAX, Trusted, TsError, TsTime, request, ts_verify_by};
use codes::Moment;
use der::asn1::ObjectIdentifier;
use seals::x509::Certificate;
use std::time::Duration;

/// How long an authority may take.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);

/// A time-stamp authority as an installation knows it.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Its key: lower-case letters, digits, hyphens; names its stamps in packages.
    pub key: String,
    /// Where it is asked.
    pub url: String,
    /// The policy to ask for, in dots; `None` leaves the choice to it.
    pub policy: Option<String>,
    /// The roots that its signers lead to.
    pub roots: Vec<Certificate>,
    /// Certificates between, where its answers do not bring them.
    pub between: Vec<Certificate>,
}

impl Authority {
    /// Whether a text may be the key of an authority.
    #[must_use]
    pub fn is_key(text: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=32).contains(&text.len()) && text.bytes().all(plain)
    }
}

/// Asks authorities.
#[derive(Clone, Debug)]
pub struct AuthorityClient(reqwest::Client);

impl AuthorityClient {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// The TLS library cannot be set up.
    pub fn new() -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(ANSWER_WAIT_MAX);
        client.build().map(Self)
    }

    /// Has a digest stamped, and checks the answer as any reader would: what it gives holds.
    ///
    /// # Errors
    /// [`TsError::Down`] when the authority does not answer, and every other [`TsError`] when its answer does not hold.
    pub async fn stamp(
        &self,
        authority: &Authority,
        digest: &[u8; 32],
        nonce: u64,
        now: Moment,
    ) -> Result<(Vec<u8>, TsTime), TsError> {
        let policy =
            match &authority.policy {
                None => None,
                Some(text) => Some(ObjectIdentifier::new(text).map_err(|_form| {
                    TsError::Malformed { why: format!("`{text}` is no policy") }
                })?),
            };
        let tsr = self.ask(authority, request(digest, nonce, policy)).await?;
        let trusted =
            Trusted { roots: &authority.roots, between: &authority.between, revocations: &[], now };
        let time = ts_verify_by(&tsr, digest, &trusted)?;
        if !time.answers(nonce) {
            return Err(TsError::OtherRequest);
        }
        if authority.policy.as_ref().is_some_and(|policy| *policy != time.policy) {
            return Err(TsError::OtherPolicy { found: time.policy });
        }
        Ok((tsr, time))
    }

    async fn ask(&self, authority: &Authority, query: Vec<u8>) -> Result<Vec<u8>, TsError> {
        let down = |why: String| TsError::Down { authority: authority.key.clone(), why };
        let told = |error: reqwest::Error| down(error.without_url().to_string());
        let mut answer = self
            .0
            .post(&authority.url)
            .header("content-type", "application/timestamp-query")
            .body(query)
            .send()
            .await
            .map_err(told)?;
        if !answer.status().is_success() {
            return Err(down(format!("it answers {}", answer.status().as_u16())));
        }
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        if kind.and_then(|kind| kind.split(';').next()).map(str::trim)
            != Some("application/timestamp-reply")
        {
            return Err(down("it answers with something else than a time-stamp".to_owned()));
        }
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(told)? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > STAMP_BYTES_MAX {
                return Err(down("its answer is too long".to_owned()));
            }
        }
        Ok(bytes)
    }
}
