//! Messages on the wire: how requests and receipts are signed and checked (RFC 9421, RFC 9530).
//!
//! ```text
//!  sender                                            receiver
//!    POST, Idempotency-Key, Content-Digest, Signature  ──►  known key? fresh? digest? contract?
//!    ◄──  receipt, Content-Digest, Signature over @status, digest and the request's signature
//! ```

use crate::limits::{AGE_S_MAX, SKEW_S_MAX};
use crate::model::Proof;
use codes::Moment;
use seals::http_signature::{
    Expectation, Message, Plan, RESPONSE_COMPONENTS, Request, Response, SignedHeaders, Verified,
    sign, verify,
};
use seals::{
    Algorithm, KeyError, KeyId, KeyRecord, Keys, PublicKey, Purpose, SealError, SignError,
};
use std::sync::Arc;

/// What a signature over a message must cover.
pub const MESSAGE_COMPONENTS: &[&str] =
    &["@method", "@target-uri", "content-type", "content-digest", "idempotency-key"];
/// What a signature over a message is for.
pub const MESSAGE_TAG: &str = "lianban-message";
/// What a signature over an answer is for.
pub const RECEIPT_TAG: &str = "lianban-receipt";
/// The field that holds a message's id, as a quoted text (draft-ietf-httpapi-idempotency-key-header).
pub const ID_FIELD: &str = "idempotency-key";

/// A request, owned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) scheme: String,
    pub(crate) authority: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer, owned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

type Pairs<'a> = Vec<(&'a str, &'a str)>;

fn pairs(headers: &[(String, String)]) -> Pairs<'_> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

impl Asked {
    fn as_request<'a>(&'a self, headers: &'a [(&'a str, &'a str)]) -> Request<'a> {
        Request {
            method: &self.method,
            scheme: &self.scheme,
            authority: &self.authority,
            target: &self.target,
            headers,
            body: &self.body,
        }
    }

    /// The value of a field, if it stands there exactly once.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value.trim()),
            _ => None,
        }
    }

    /// The id of the message, without its quotation marks.
    pub(crate) fn id(&self) -> Option<&str> {
        let quoted = self.field(ID_FIELD)?;
        let id = quoted.strip_prefix('"')?.strip_suffix('"')?;
        crate::model::is_message_id(id).then_some(id)
    }

    /// What proves who said it.
    pub(crate) fn proof(&self, key: &KeyId) -> Proof {
        let field = |name| self.field(name).unwrap_or_default().to_owned();
        Proof {
            key: key.to_string(),
            input: field("signature-input"),
            signature: field("signature"),
        }
    }

    /// Signs it with the key that is in use, and adds the fields.
    pub(crate) async fn sign(self, keys: Arc<dyn Keys>, now: Moment) -> Result<Self, SignError> {
        blocking(move || {
            let headers = pairs(&self.headers);
            let message = Message::Request(self.as_request(&headers));
            let signed = signature(&message, MESSAGE_COMPONENTS, MESSAGE_TAG, &*keys, now)?;
            let mut asked = self.clone();
            add(&mut asked.headers, signed);
            Ok(asked)
        })
        .await
    }

    /// Checks it: one fresh signature of a known key, over all that must be covered.
    pub(crate) fn verify(
        &self,
        now: Moment,
        key_of: impl Fn(&KeyId) -> Option<PublicKey>,
    ) -> Result<Verified, SealError> {
        let headers = pairs(&self.headers);
        let message = Message::Request(self.as_request(&headers));
        verify(&message, &expectation(MESSAGE_COMPONENTS, MESSAGE_TAG, now), key_of)
    }
}

impl Answered {
    /// Signs it as the answer to a request that bears a signature, and adds the fields.
    pub(crate) async fn sign(
        self,
        asked: Asked,
        keys: Arc<dyn Keys>,
        now: Moment,
    ) -> Result<Self, SignError> {
        blocking(move || {
            let (headers, asked_headers) = (pairs(&self.headers), pairs(&asked.headers));
            let message = self.as_response(&headers, asked.as_request(&asked_headers));
            let signed = signature(&message, RESPONSE_COMPONENTS, RECEIPT_TAG, &*keys, now)?;
            let mut answered = self.clone();
            add(&mut answered.headers, signed);
            Ok(answered)
        })
        .await
    }

    /// Checks it as the answer to a request.
    pub(crate) fn verify(
        &self,
        asked: &Asked,
        now: Moment,
        key_of: impl Fn(&KeyId) -> Option<PublicKey>,
    ) -> Result<Verified, SealError> {
        let (headers, asked_headers) = (pairs(&self.headers), pairs(&asked.headers));
        let message = self.as_response(&headers, asked.as_request(&asked_headers));
        verify(&message, &expectation(RESPONSE_COMPONENTS, RECEIPT_TAG, now), key_of)
    }

    fn as_response<'a>(
        &'a self,
        headers: &'a [(&'a str, &'a str)],
        request: Request<'a>,
    ) -> Message<'a> {
        let request = Some(request);
        Message::Response(Response { status: self.status, headers, body: &self.body, request })
    }

    /// What proves who said it.
    pub(crate) fn proof(&self, key: &KeyId) -> Proof {
        let field = |name: &str| {
            let mut fields = self.headers.iter();
            let found = fields.find(|(other, _)| other.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Proof {
            key: key.to_string(),
            input: field("signature-input"),
            signature: field("signature"),
        }
    }
}

fn signature(
    message: &Message<'_>,
    components: &[&str],
    tag: &str,
    keys: &dyn Keys,
    now: Moment,
) -> Result<SignedHeaders, SignError> {
    let key: KeyRecord = keys.current(&Purpose::EXCHANGE, Algorithm::Ed25519, now)?;
    let plan = Plan {
        label: "sig1",
        components,
        created: now,
        expires: None,
        nonce: None,
        tag: Some(tag),
    };
    sign(message, &plan, keys, &key)
}

fn add(headers: &mut Vec<(String, String)>, signed: SignedHeaders) {
    headers.push(("content-digest".to_owned(), signed.content_digest));
    headers.push(("signature-input".to_owned(), signed.signature_input));
    headers.push(("signature".to_owned(), signed.signature));
}

fn expectation<'a>(required: &'a [&'a str], tag: &'a str, now: Moment) -> Expectation<'a> {
    Expectation { required, now, age_s_max: AGE_S_MAX, skew_s_max: SKEW_S_MAX, tag: Some(tag) }
}

/// Keys may lie in a device that takes its time: signing must not hold up others.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SignError> + Send + 'static,
) -> Result<T, SignError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(broken) => Err(KeyError::Unavailable { why: broken.to_string() }.into()),
    }
}
