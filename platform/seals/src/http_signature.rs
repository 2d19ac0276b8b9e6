//! HTTP message signatures (RFC 9421) and content digests (RFC 9530) as pure functions over a message.
//!
//! Covered components: any header field as it stands, and `@method`, `@target-uri`, `@authority`, `@scheme`,
//! `@request-target`, `@path`, `@query`, `@status`; in an answer, parts of the request with `;req`. Other parameters of
//! components (`;sf`, `;bs`, `;key`, `;tr`, `@query-param`) are refused, not ignored.

mod fields;

use crate::{KeyId, KeyRecord, Keys, PublicKey, SealError, SignError, Signature, same};
use codes::Moment;
use data_encoding::BASE64;
use fields::{Bare, Item, Member, Params, ShownParams, dictionary};
use sha2::Digest as _;
use std::borrow::Cow;

/// What a request to another system must cover: what is asked, of whom, and with which body.
pub const REQUEST_COMPONENTS: &[&str] = &["@method", "@target-uri", "content-digest"];

/// What an answer must cover: its outcome, its body, and the signature of the request that it answers.
pub const RESPONSE_COMPONENTS: &[&str] = &["@status", "content-digest", "signature;req"];

/// A request as it goes over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method, such as `POST`.
    pub method: &'a str,
    /// `https` or `http`, as the client sees it.
    pub scheme: &'a str,
    /// Host and, if not the default, port.
    pub authority: &'a str,
    /// Path and query as they stand in the request line, such as `/foo?a=b`.
    pub target: &'a str,
    /// Names and values of header fields, in order, as often as they come.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// An answer as it goes over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// The status, such as 200.
    pub status: u16,
    /// Names and values of header fields.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
    /// The request that it answers; without it no component with `;req` can be covered.
    pub request: Option<Request<'a>>,
}

/// What is signed: a request or an answer.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// A request.
    Request(Request<'a>),
    /// An answer.
    Response(Response<'a>),
}

/// What a signature shall say about itself.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The label that ties `Signature-Input` to `Signature`, such as `sig1`.
    pub label: &'a str,
    /// Components in order: a name, with `;req` behind it for a part of the request.
    pub components: &'a [&'a str],
    /// When it is made.
    pub created: Moment,
    /// Until when it holds.
    pub expires: Option<Moment>,
    /// A text that comes once, so that the receiver can refuse a repetition.
    pub nonce: Option<&'a str>,
    /// What the signature is for, so that it is not taken for another thing.
    pub tag: Option<&'a str>,
}

/// The header fields that a signed message carries in addition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeaders {
    /// `Content-Digest`; of the message itself if it had one already.
    pub content_digest: String,
    /// `Signature-Input`.
    pub signature_input: String,
    /// `Signature`.
    pub signature: String,
}

/// What a receiver asks of a signature.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// Components that must be covered, in the form of [`Plan::components`].
    pub required: &'a [&'a str],
    /// The instant of the check.
    pub now: Moment,
    /// How old a signature may be, in seconds.
    pub age_s_max: i64,
    /// How far ahead another system's clock may be, in seconds.
    pub skew_s_max: i64,
    /// The purpose that the signature must state; `None` asks for none.
    pub tag: Option<&'a str>,
}

/// A signature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its label.
    pub label: String,
    /// The key that made it.
    pub key: KeyId,
    /// When it says it was made.
    pub created: Moment,
    /// The text that comes once, if any; refusing a repetition is the receiver's part.
    pub nonce: Option<String>,
    /// What it covers.
    pub components: Vec<String>,
}

/// The value of a `Content-Digest` field: SHA-256 of the body.
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", BASE64.encode(&sha2::Sha256::digest(body)))
}

/// Checks a `Content-Digest` field against a body: at least one digest of SHA-256 or SHA-512, and none that differs.
///
/// # Errors
/// `SEL-0008` when a digest differs or none is of a function known here; `SEL-0009` when the field cannot be read.
pub fn check_content_digest(field: &str, body: &[u8]) -> Result<(), SealError> {
    let mut known = false;
    for (function, member) in dictionary(field).map_err(malformed)? {
        let actual = match function.as_str() {
            "sha-256" => sha2::Sha256::digest(body).to_vec(),
            "sha-512" => sha2::Sha512::digest(body).to_vec(),
            _ => continue,
        };
        known = true;
        let Member::Item(Item { bare: Bare::Bytes(stated), .. }) = member else {
            return Err(malformed("a digest is no byte sequence"));
        };
        if !same(&stated, &actual) {
            return Err(SealError::ContentDigestWrong);
        }
    }
    if known { Ok(()) } else { Err(SealError::ContentDigestWrong) }
}

/// Signs a message. If it has no `Content-Digest` field, it gets one.
///
/// # Errors
/// `SEL-0010` when a component is not in the message, `SEL-0009` when one is not supported or a value has no place in a
/// header; and those of [`Keys::sign`].
pub fn sign(
    message: &Message<'_>,
    plan: &Plan<'_>,
    keys: &dyn Keys,
    key: &KeyRecord,
) -> Result<SignedHeaders, SignError> {
    let content_digest = message
        .field("content-digest")
        .map_or_else(|| content_digest(message.body()), Cow::into_owned);
    let mut headers: Vec<(&str, &str)> = message.headers().to_vec();
    if message.field("content-digest").is_none() {
        headers.push(("content-digest", &content_digest));
    }
    let message = message.with_headers(&headers);

    let input = Input {
        components: plan.components.iter().map(|name| Component::named(name)).collect(),
        params: plan.params(key),
    };
    let base = input.base(&message)?;
    let signature = keys.sign(&key.id, plan.created, base.as_bytes())?;
    let label = plan.label;
    Ok(SignedHeaders {
        signature_input: format!("{label}={}", input.value()),
        signature: format!("{label}=:{}:", BASE64.encode(signature.bytes())),
        content_digest,
    })
}

/// Checks a message: one signature by a known key that covers what is required, is fresh, and holds, the body included.
///
/// # Errors
/// `SEL-0004`, `SEL-0006` to `SEL-0011`: the fault of the first signature of which the key is known, else of the last.
pub fn verify(
    message: &Message<'_>,
    expectation: &Expectation<'_>,
    key_of: impl Fn(&KeyId) -> Option<PublicKey>,
) -> Result<Verified, SealError> {
    let field = |name| message.field(name).ok_or_else(|| malformed(format!("`{name}` is missing")));
    let inputs = dictionary(&field("signature-input")?).map_err(malformed)?;
    let signatures = dictionary(&field("signature")?).map_err(malformed)?;

    let mut fault = malformed("no signature has its input");
    for (label, member) in inputs {
        let signature = signatures.iter().find(|(other, _member)| *other == label);
        let (Member::List(items, params), Some((_, Member::Item(signature)))) = (member, signature)
        else {
            continue;
        };
        let input = Input {
            components: items.iter().map(Component::read).collect::<Result<_, _>>()?,
            params,
        };
        let Bare::Bytes(signature) = &signature.bare else {
            return Err(malformed("a signature is no byte sequence"));
        };
        let id = KeyId::new(input.text("keyid").unwrap_or_default());
        match key_of(&id) {
            Some(key) => {
                let created = input.accept(expectation, &key)?;
                let signature = Signature::from_slice(signature)?;
                key.verify(input.base(message)?.as_bytes(), &signature)?;
                if input.covers("content-digest") {
                    check_content_digest(&field("content-digest")?, message.body())?;
                }
                return Ok(Verified {
                    label,
                    key: id,
                    created,
                    nonce: input.text("nonce").map(ToOwned::to_owned),
                    components: input.components.iter().map(Component::plain).collect(),
                });
            }
            None => fault = SealError::KeyNotTrusted { key: id.to_string() },
        }
    }
    Err(fault)
}

fn malformed(why: impl Into<String>) -> SealError {
    SealError::HttpSignatureMalformed { why: why.into() }
}

impl Plan<'_> {
    fn params(&self, key: &KeyRecord) -> Params {
        let seconds = |moment: Moment| Bare::Integer(moment.us().div_euclid(1_000_000));
        let text = |text: &str| Bare::Text(text.to_owned());
        let mut params = vec![("created".to_owned(), seconds(self.created))];
        params.extend(self.expires.map(|expires| ("expires".to_owned(), seconds(expires))));
        params.extend(self.nonce.map(|nonce| ("nonce".to_owned(), text(nonce))));
        params.push(("alg".to_owned(), text(key.key.algorithm().http())));
        params.push(("keyid".to_owned(), text(key.id.as_str())));
        params.extend(self.tag.map(|tag| ("tag".to_owned(), text(tag))));
        params
    }
}

/// One part of a message that is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Component {
    name: String,
    of_request: bool,
}

impl Component {
    /// From the form of [`Plan::components`].
    fn named(text: &str) -> Self {
        match text.strip_suffix(";req") {
            Some(name) => Self { name: name.to_owned(), of_request: true },
            None => Self { name: text.to_owned(), of_request: false },
        }
    }

    fn read(item: &Item) -> Result<Self, SealError> {
        let Bare::Text(name) = &item.bare else {
            return Err(malformed("a component is no text"));
        };
        let of_request = match item.params.as_slice() {
            [] => false,
            [(key, Bare::Boolean(true))] if key == "req" => true,
            _ => return Err(malformed(format!("a parameter of `{name}` is not supported"))),
        };
        Ok(Self { name: name.clone(), of_request })
    }

    /// As it stands in a signature base: `"date"` or `"date";req`.
    fn identifier(&self) -> String {
        format!("\"{}\"{}", self.name, if self.of_request { ";req" } else { "" })
    }

    fn plain(&self) -> String {
        format!("{}{}", self.name, if self.of_request { ";req" } else { "" })
    }
}

/// What one signature covers, and what it says about itself.
struct Input {
    components: Vec<Component>,
    params: Params,
}

impl Input {
    fn value(&self) -> String {
        let components: Vec<_> = self.components.iter().map(Component::identifier).collect();
        format!("({}){}", components.join(" "), ShownParams(&self.params))
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.params.iter().find_map(|(name, value)| match value {
            Bare::Text(text) if name == key => Some(text.as_str()),
            _ => None,
        })
    }

    fn moment(&self, key: &str) -> Option<Moment> {
        self.params.iter().find_map(|(name, value)| match value {
            Bare::Integer(seconds) if name == key => {
                seconds.checked_mul(1_000_000).map(Moment::from_us)
            }
            _ => None,
        })
    }

    /// The bytes that are signed (RFC 9421 section 2.5).
    fn base(&self, message: &Message<'_>) -> Result<String, SealError> {
        let mut base = String::new();
        for (position, component) in self.components.iter().enumerate() {
            if self.components.iter().take(position).any(|earlier| earlier == component) {
                return Err(malformed(format!("`{}` is covered twice", component.plain())));
            }
            let value = message.component(component)?;
            if value.contains(|c: char| c.is_control() || !c.is_ascii()) {
                return Err(malformed(format!("`{}` is not plain ASCII", component.plain())));
            }
            base.push_str(&format!("{}: {value}\n", component.identifier()));
        }
        base.push_str(&format!("\"@signature-params\": {}", self.value()));
        Ok(base)
    }

    fn covers(&self, name: &str) -> bool {
        self.components.iter().any(|component| component.plain() == name)
    }

    /// Judges what the signature says about itself, and tells when it was made.
    fn accept(&self, expectation: &Expectation<'_>, key: &PublicKey) -> Result<Moment, SealError> {
        let missing: Vec<String> = expectation
            .required
            .iter()
            .filter(|required| !self.covers(required))
            .map(|required| (*required).to_owned())
            .collect();
        if !missing.is_empty() {
            return Err(SealError::HttpSignatureIncomplete { missing });
        }
        if expectation.tag.is_some() && self.text("tag") != expectation.tag {
            return Err(malformed("it is for another purpose"));
        }
        if let Some(claimed) = self.text("alg").filter(|alg| *alg != key.algorithm().http()) {
            let claimed = claimed.to_owned();
            return Err(SealError::AlgorithmMismatch { claimed, key: key.algorithm() });
        }
        let created =
            self.moment("created").ok_or_else(|| malformed("it does not say when it was made"))?;
        let now = expectation.now;
        let fresh = created <= now.plus_seconds(expectation.skew_s_max)
            && now <= created.plus_seconds(expectation.age_s_max)
            && self.moment("expires").is_none_or(|expires| now <= expires);
        if !fresh {
            return Err(SealError::SignatureStale { created });
        }
        Ok(created)
    }
}

impl<'a> Message<'a> {
    fn headers(&self) -> &'a [(&'a str, &'a str)] {
        match self {
            Self::Request(request) => request.headers,
            Self::Response(response) => response.headers,
        }
    }

    fn body(&self) -> &'a [u8] {
        match self {
            Self::Request(request) => request.body,
            Self::Response(response) => response.body,
        }
    }

    fn with_headers<'b>(&'b self, headers: &'b [(&'b str, &'b str)]) -> Message<'b> {
        match self {
            Self::Request(request) => Message::Request(Request { headers, ..*request }),
            Self::Response(response) => Message::Response(Response { headers, ..*response }),
        }
    }

    fn field(&self, name: &str) -> Option<Cow<'a, str>> {
        field(self.headers(), name)
    }

    fn component(&self, component: &Component) -> Result<Cow<'a, str>, SealError> {
        let name = component.name.as_str();
        let found = match (self, component.of_request) {
            (Self::Request(request), false) => request.part(name),
            (Self::Response(response), false) if name == "@status" => {
                Some(Cow::Owned(response.status.to_string()))
            }
            (Self::Response(response), false) => field(response.headers, name),
            (Self::Response(response), true) => {
                response.request.and_then(|request| request.part(name))
            }
            (Self::Request(_), true) => None,
        };
        found.ok_or_else(|| SealError::HttpSignatureIncomplete { missing: vec![component.plain()] })
    }
}

impl<'a> Request<'a> {
    /// A derived component (RFC 9421 section 2.2) or a header field.
    fn part(&self, name: &str) -> Option<Cow<'a, str>> {
        let (path, query) = match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.target, None),
        };
        Some(match name {
            "@method" => self.method.into(),
            "@scheme" => self.scheme.to_ascii_lowercase().into(),
            "@authority" => self.normal_authority().into(),
            "@target-uri" => {
                let scheme = self.scheme.to_ascii_lowercase();
                format!("{scheme}://{}{}", self.normal_authority(), self.target).into()
            }
            "@request-target" => self.target.into(),
            "@path" if path.is_empty() => "/".into(),
            "@path" => path.into(),
            "@query" => format!("?{}", query.unwrap_or_default()).into(),
            other if other.starts_with('@') => return None,
            field_name => return field(self.headers, field_name),
        })
    }

    /// Lower case, without the port that the scheme has anyway.
    fn normal_authority(&self) -> String {
        let authority = self.authority.to_ascii_lowercase();
        let default_port = if self.scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
        authority.strip_suffix(default_port).map_or(authority.clone(), ToOwned::to_owned)
    }
}

/// All values of a field, each without the spaces around it, joined as RFC 9421 section 2.1 says.
fn field<'a>(headers: &'a [(&'a str, &'a str)], name: &str) -> Option<Cow<'a, str>> {
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        return None;
    }
    let mut values = headers
        .iter()
        .filter(|(other, _value)| other.eq_ignore_ascii_case(name))
        .map(|(_name, value)| value.trim());
    let first = values.next()?;
    let rest: Vec<&str> = values.collect();
    if rest.is_empty() {
        return Some(first.into());
    }
    Some(std::iter::once(first).chain(rest).collect::<Vec<_>>().join(", ").into())
}

#[cfg(test)]
mod tests;
