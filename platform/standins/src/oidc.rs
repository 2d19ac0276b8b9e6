//! An identity provider (统一身份认证替身): OpenID Connect 1.0, authorisation code with PKCE, ES256.
//!
//! It has a sign-in page with its people on it, or signs the first one in by itself (`automatic`). Switches make it slow,
//! silent, down, or wrong in a way that a client must notice.

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use codes::Moment;
use seals::{Algorithm, Digest, SecretKey, base64url, public_jwk, same};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A person whom the provider knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Her name at the provider.
    pub sub: String,
    /// Her name as on the document.
    pub name: String,
    /// The kind of her document, such as `resident_id`.
    pub id_type: String,
    /// Its number.
    pub id_number: String,
    /// Her mobile number.
    #[serde(rename = "phone_number")]
    pub mobile: String,
    /// How sure the provider is, as the claim `acr` says it.
    #[serde(skip)]
    pub acr: String,
}

/// What the provider is.
#[derive(Clone)]
pub struct Config {
    /// Its address as clients see it, without a slash at the end.
    pub issuer: String,
    /// The client that it serves.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
    /// Where it sends people back to; any other address is refused.
    pub redirect_uris: Vec<String>,
    /// The people.
    pub people: Vec<Person>,
    /// Whether the first of the people signs in without a page.
    pub automatic: bool,
    /// Tells the time for tokens.
    pub now: fn() -> Moment,
    /// What keys, codes and tokens follow from.
    pub seed: [u8; 32],
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// How the provider misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// Answers every request so much later.
    pub slow_ms: u64,
    /// Answers 503 to everything.
    pub down: bool,
    /// Never answers.
    pub silent: bool,
    /// Signs id tokens with a key that is not published.
    pub wrong_signature: bool,
    /// Puts another nonce into id tokens.
    pub wrong_nonce: bool,
    /// Issues id tokens for another client.
    pub wrong_audience: bool,
    /// Issues id tokens that are a day old.
    pub stale: bool,
    /// Tells at userinfo of another person.
    pub wrong_person: bool,
}

/// A code that waits for its client, or a token that has been issued.
#[derive(Clone, Debug)]
struct Grant {
    person: Person,
    redirect_uri: String,
    nonce: Option<String>,
    challenge: String,
}

/// The provider at work; every clone is the same.
#[derive(Clone)]
pub struct Provider {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    key: SecretKey,
    stranger: SecretKey,
    state: Mutex<Issued>,
}

#[derive(Default)]
struct Issued {
    switches: Switches,
    count: u64,
    codes: BTreeMap<String, Grant>,
    tokens: BTreeMap<String, Person>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider")
            .field("issuer", &self.inner.config.issuer)
            .finish_non_exhaustive()
    }
}

/// What a client is refused with, as RFC 6749 has it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refused {
    status: StatusCode,
    error: &'static str,
    why: &'static str,
}

const fn refused(error: &'static str, why: &'static str) -> Refused {
    Refused { status: StatusCode::BAD_REQUEST, error, why }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({"error": self.error, "error_description": self.why});
        (self.status, Json(body)).into_response()
    }
}

impl Provider {
    /// A provider that is set up.
    ///
    /// # Errors
    /// No key follows from the seed.
    pub fn new(config: Config) -> Result<Self, seals::SealError> {
        let key = SecretKey::from_seed(Algorithm::Es256, &config.seed)?;
        let other = *Digest::sha256(&config.seed).bytes();
        let stranger = SecretKey::from_seed(Algorithm::Es256, &other)?;
        Ok(Self { inner: Arc::new(Inner { config, key, stranger, state: Mutex::default() }) })
    }

    /// Makes it misbehave, or behave again.
    pub fn switch(&self, switches: Switches) {
        self.state().switches = switches;
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/authorize", get(authorize).post(chosen))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo).post(userinfo))
            .layer(axum::middleware::from_fn_with_state(self.clone(), misbehave))
            .with_state(self.clone())
    }

    /// Serves its routes on a listener until the task is dropped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        axum::serve(listener, self.router()).await
    }

    fn state(&self) -> MutexGuard<'_, Issued> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A text that nobody who lacks the seed can foresee.
    fn draw(&self, what: &str) -> String {
        let mut state = self.state();
        state.count += 1;
        let seed = seals::hex(&self.inner.config.seed);
        base64url(Digest::sha256(format!("{what} {} {seed}", state.count).as_bytes()).bytes())
    }

    fn sign(&self, claims: &Value) -> Result<String, Refused> {
        let broken = |_error| refused("server_error", "no signature");
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": self.inner.key.public().id()});
        let text = format!(
            "{}.{}",
            base64url(header.to_string().as_bytes()),
            base64url(claims.to_string().as_bytes())
        );
        let wrong = self.state().switches.wrong_signature;
        let key = if wrong { &self.inner.stranger } else { &self.inner.key };
        let signature = key.sign(text.as_bytes()).map_err(broken)?;
        Ok(format!("{text}.{}", base64url(signature.bytes())))
    }

    fn id_token(&self, grant: &Grant) -> Result<String, Refused> {
        let config = &self.inner.config;
        let switches = self.state().switches;
        let now = (config.now)().us() / 1_000_000 - if switches.stale { 86_400 } else { 0 };
        let nonce =
            if switches.wrong_nonce { Some("another".to_owned()) } else { grant.nonce.clone() };
        let audience = if switches.wrong_audience { "another" } else { &config.client_id };
        self.sign(&json!({
            "iss": config.issuer, "sub": grant.person.sub, "aud": audience,
            "iat": now, "exp": now + 600, "auth_time": now, "nonce": nonce, "acr": grant.person.acr,
        }))
    }
}

/// Applies the switches that concern every request.
async fn misbehave(
    State(provider): State<Provider>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let switches = provider.state().switches;
    if switches.silent {
        std::future::pending::<()>().await;
    }
    if switches.slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(switches.slow_ms)).await;
    }
    if switches.down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    next.run(request).await
}

async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    let issuer = &provider.inner.config.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "phone", "identity"],
        "claims_supported": ["sub", "name", "phone_number", "id_type", "id_number", "acr"],
    }))
}

async fn jwks(State(provider): State<Provider>) -> Json<Value> {
    let public = provider.inner.key.public();
    let mut key = public_jwk(&public);
    if let Some(members) = key.as_object_mut() {
        members.insert("kid".to_owned(), json!(public.id()));
        members.insert("use".to_owned(), json!("sig"));
        members.insert("alg".to_owned(), json!("ES256"));
    }
    Json(json!({ "keys": [key] }))
}

/// An authorisation request (RFC 6749, 4.1.1; RFC 7636, 4.3).
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Asked {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    state: String,
    nonce: Option<String>,
    #[serde(default)]
    scope: String,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    /// The person chosen on the page.
    sub: Option<String>,
}

impl Provider {
    /// What is wrong with a request that must not even be sent back.
    fn admissible(&self, asked: &Asked) -> Result<String, Refused> {
        let config = &self.inner.config;
        if asked.client_id != config.client_id {
            return Err(refused("unauthorized_client", "no such client"));
        }
        if !config.redirect_uris.contains(&asked.redirect_uri) {
            return Err(refused("invalid_request", "the redirect address is not registered"));
        }
        if asked.response_type != "code" || !asked.scope.split(' ').any(|scope| scope == "openid") {
            return Err(refused("unsupported_response_type", "only `code` with scope `openid`"));
        }
        match (&asked.code_challenge, asked.code_challenge_method.as_deref()) {
            (Some(challenge), Some("S256")) => Ok(challenge.clone()),
            _ => Err(refused("invalid_request", "PKCE with S256 is required")),
        }
    }

    fn send_back(&self, asked: Asked, challenge: String, person: Person) -> Response {
        let code = self.draw("code");
        let to = format!(
            "{}?code={code}&state={}&iss={}",
            asked.redirect_uri,
            encode(&asked.state),
            encode(&self.inner.config.issuer)
        );
        let Asked { redirect_uri, nonce, .. } = asked;
        self.state().codes.insert(code, Grant { person, redirect_uri, nonce, challenge });
        Redirect::to(&to).into_response()
    }
}

async fn authorize(
    State(provider): State<Provider>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let challenge = provider.admissible(&asked)?;
    let config = &provider.inner.config;
    match config.people.first() {
        Some(person) if config.automatic => {
            let person = person.clone();
            Ok(provider.send_back(asked, challenge, person))
        }
        _ => Ok(Html(page(&config.people, &asked)).into_response()),
    }
}

async fn chosen(
    State(provider): State<Provider>,
    Form(asked): Form<Asked>,
) -> Result<Response, Refused> {
    let challenge = provider.admissible(&asked)?;
    let wanted = asked.sub.clone().unwrap_or_default();
    if wanted.is_empty() {
        let back =
            format!("{}?error=access_denied&state={}", asked.redirect_uri, encode(&asked.state));
        return Ok(Redirect::to(&back).into_response());
    }
    let person = provider.inner.config.people.iter().find(|person| person.sub == wanted).cloned();
    let person = person.ok_or(refused("access_denied", "no such person"))?;
    Ok(provider.send_back(asked, challenge, person))
}

/// The provider's sign-in page: its people, one button each, and a way back.
fn page(people: &[Person], asked: &Asked) -> String {
    let mut fields = String::new();
    let value = serde_json::to_value(asked).unwrap_or_default();
    for (name, value) in value.as_object().into_iter().flatten() {
        if let Some(text) = value.as_str().filter(|_| name != "sub") {
            let _ = write!(
                fields,
                r#"<input type="hidden" name="{}" value="{}">"#,
                escape(name),
                escape(text)
            );
        }
    }
    let mut buttons = String::new();
    for person in people {
        let _ = write!(
            buttons,
            r#"<p><button name="sub" value="{}">{}</button></p>"#,
            escape(&person.sub),
            escape(&person.name)
        );
    }
    format!(
        r#"<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>统一身份认证（演示）</title></head><body><main><h1>统一身份认证（演示）</h1><p lang="en">Identity provider (demonstration)</p><form method="post" action="authorize">{fields}{buttons}<p><button name="sub" value="">取消 Cancel</button></p></form></main></body></html>"#
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A token request (RFC 6749, 4.1.3; RFC 7636, 4.5).
#[derive(Debug, Deserialize)]
struct Exchange {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

impl Provider {
    /// Whether the client proves itself, by `Authorization: Basic` or in the form.
    fn is_client(&self, headers: &HeaderMap, form: &Exchange) -> bool {
        let config = &self.inner.config;
        let basic = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Basic "));
        if let Some(basic) = basic {
            let (id, secret) = credentials(basic).unwrap_or_default();
            return id == config.client_id
                && same(secret.as_bytes(), config.client_secret.as_bytes());
        }
        let id = form.client_id.as_deref() == Some(&config.client_id);
        let secret = form.client_secret.as_deref().unwrap_or_default();
        id && same(secret.as_bytes(), config.client_secret.as_bytes())
    }
}

/// Name and secret of HTTP's Basic scheme (RFC 7617), each form-encoded before as RFC 6749, 2.3.1 has it.
fn credentials(basic: &str) -> Option<(String, String)> {
    // `seals` reads the alphabet of addresses, without padding.
    let text = basic.trim_end_matches('=').replace('+', "-").replace('/', "_");
    let plain = String::from_utf8(seals::from_base64url(&text).ok()?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    Some((decode(id)?, decode(secret)?))
}

/// Reads `application/x-www-form-urlencoded`.
fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<Exchange>,
) -> Result<Json<Value>, Refused> {
    if !provider.is_client(&headers, &form) {
        let status = StatusCode::UNAUTHORIZED;
        return Err(Refused { status, error: "invalid_client", why: "wrong client or secret" });
    }
    if form.grant_type != "authorization_code" {
        return Err(refused("unsupported_grant_type", "only `authorization_code`"));
    }
    // A code is used up by the first who brings it, right or wrong.
    let grant = provider.state().codes.remove(&form.code);
    let grant = grant.ok_or(refused("invalid_grant", "no such code"))?;
    let verifier = form.code_verifier.unwrap_or_default();
    let challenge = base64url(Digest::sha256(verifier.as_bytes()).bytes());
    if !same(challenge.as_bytes(), grant.challenge.as_bytes()) {
        return Err(refused("invalid_grant", "the code verifier does not fit"));
    }
    if grant.redirect_uri != form.redirect_uri {
        return Err(refused("invalid_grant", "another redirect address"));
    }
    let id_token = provider.id_token(&grant)?;
    let access_token = provider.draw("token");
    provider.state().tokens.insert(access_token.clone(), grant.person);
    Ok(Json(json!({
        "access_token": access_token, "token_type": "Bearer", "expires_in": 600, "id_token": id_token,
    })))
}

async fn userinfo(
    State(provider): State<Provider>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let state = provider.state();
    let person = state.tokens.get(bearer).cloned().ok_or(Refused {
        status: StatusCode::UNAUTHORIZED,
        error: "invalid_token",
        why: "no such token",
    })?;
    let person = if state.switches.wrong_person {
        Person { sub: "another".to_owned(), ..person }
    } else {
        person
    };
    Ok(Json(serde_json::to_value(person).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_read_as_the_standards_have_them() {
        // RFC 7617, section 2; then RFC 6749's own encoding inside.
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(credentials("QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), pair("Aladdin", "open sesame"));
        assert_eq!(credentials("YTphK2IlMkMlM0E="), pair("a", "a b,:"));
        assert_eq!(credentials("YQ=="), None);
        assert_eq!(credentials("?"), None);
    }

    #[test]
    fn the_page_shows_names_as_text() {
        let asked = Asked {
            response_type: "code".into(),
            client_id: "c".into(),
            redirect_uri: "http://x/?a=1&b=\"2\"".into(),
            state: "<s>".into(),
            nonce: None,
            scope: "openid".into(),
            code_challenge: None,
            code_challenge_method: None,
            sub: None,
        };
        let html = page(&[], &asked);
        assert!(html.contains("&lt;s&gt;") && html.contains("&amp;b=&quot;2&quot;"));
    }
}
