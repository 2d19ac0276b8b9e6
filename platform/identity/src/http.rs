//! The routes of identity: signing in and out, registering, choosing a role, mandates, who looked at my data.

pub(crate) mod logins;
pub(crate) mod mandates;
pub(crate) mod reads;

use crate::decide::login::{Login, LoginCommand};
use crate::decide::session::{Session, SessionCommand};
use crate::error::SignInError;
use crate::event::{Proof, SessionEnd};
use crate::federated::{FederatedError, Held};
use crate::model::{Acting, Assurance, Card, Document, LoginKey, SessionKey};
use crate::pages;
use crate::queries;
use crate::service::{Identity, NewSession, fault, login_subject};
use crate::signin::{
    Signed, came_from, client_place, cookie_name, local_path, not_held, required, set_cookie,
};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use codes::IdType;
use kernel::OrganKey;
use module::{Platform, Subject, clear};
use portal::{Failure, Frame, Posted, Query};
use serde::Deserialize;
use std::sync::Arc;

/// A failure with the field of the form it stands at.
pub(crate) type Faults = Vec<(&'static str, Failure)>;

/// Identity, as the router carries it.
pub(crate) type Ours = Extension<Arc<Identity>>;
/// The session of the request, where there is one.
pub(crate) type Here = Option<Extension<Signed>>;

/// The routes, with identity in their hands.
pub(crate) fn router(identity: Arc<Identity>) -> Router<Platform> {
    Router::new()
        .route("/sign-in", get(sign_in_page).post(sign_in))
        .route("/sign-in/federated", get(federated_start))
        .route("/sign-in/back", get(federated_back))
        .route("/sign-out", post(sign_out))
        .route("/sign-up", get(sign_up_page).post(sign_up))
        .route("/identity", get(home))
        .route("/identity/acting", get(acting_page).post(switch))
        .route("/identity/password", get(password_page).post(change_password))
        .route("/identity/mandates", get(mandates::page).post(mandates::give))
        .route("/identity/mandates/end", post(mandates::end))
        .route("/identity/reads", get(reads::page))
        .route("/identity/reads.csv", get(reads::csv))
        .route("/identity/logins", get(logins::page))
        .route("/identity/logins/unlock", post(logins::unlock))
        .route("/identity/logins/post", post(logins::post))
        .layer(Extension(identity))
}

/// What a sign-in page may be told in its address.
#[derive(Debug, Default, Deserialize)]
struct Going {
    next: Option<String>,
}

async fn home() -> Redirect {
    Redirect::to("/identity/acting")
}

async fn sign_in_page(
    Extension(identity): Ours,
    frame: Frame,
    headers: HeaderMap,
    Query(going): Query<Going>,
) -> Response {
    // Whoever comes from a page that asked for a sign-in goes back there; the address keeps it, whatever is clicked.
    if let (None, Some(from)) = (&going.next, came_from(&headers)) {
        return Redirect::to(&format!("/sign-in?next={}", pages::encode(&from))).into_response();
    }
    let next = local_path(going.next.as_deref());
    pages::sign_in(&frame, &identity, "", &next, &Vec::new()).into_response()
}

async fn sign_in(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    frame: Frame,
    signed: Here,
    request: axum::extract::Request,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let place = client_place(&parts, identity.settings.behind_proxy);
    let posted = posted(parts, body).await?;
    let next = local_path(posted.get("next"));
    let login = posted.get("login").unwrap_or_default();
    // A password is taken as typed, white space and all.
    let password = raw(&posted, "password");
    let old = signed.as_ref().map(|signed| &signed.session);
    match identity.sign_in(&platform, (login, password), &place, old).await {
        Ok(session) => gone_in(&identity, &session, &next),
        Err(failure) => {
            let status = status_of(&failure);
            let page = pages::sign_in(&frame, &identity, login, &next, &vec![("login", failure)]);
            Ok((status, page).into_response())
        }
    }
}

async fn posted(parts: request::Parts, body: axum::body::Body) -> Result<Posted, Failure> {
    use axum::extract::FromRequest as _;
    Posted::from_request(axum::extract::Request::from_parts(parts, body), &()).await
}

fn raw<'a>(posted: &'a Posted, name: &str) -> &'a str {
    posted.pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}

fn status_of(failure: &Failure) -> StatusCode {
    StatusCode::from_u16(failure.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
}

/// Sends a person on who has just signed in; who has several roles chooses one first.
fn gone_in(identity: &Identity, session: &NewSession, next: &str) -> Result<Response, Failure> {
    let secure = identity.settings.secure;
    let cookie = set_cookie(cookie_name(secure, false), &session.token, secure)?;
    let to = if session.acting.is_some() {
        next.to_owned()
    } else {
        format!("/identity/acting?next={}", pages::encode(next))
    };
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response())
}

async fn sign_out(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    signed: Here,
) -> Result<Response, Failure> {
    if let Some(Extension(signed)) = &signed {
        let on = login_subject(&signed.login);
        let by = clear(&*platform.gate, &signed.actor(), "identity.sign_out", &on)?;
        let end = SessionCommand::End { cause: SessionEnd::SignedOut };
        let commands = identity.atomic().then::<Session>(&signed.session, &end).map_err(fault)?;
        identity.submit(&platform, by, commands).await?;
    }
    let secure = identity.settings.secure;
    let gone = set_cookie(cookie_name(secure, false), "", secure)?;
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/")).into_response())
}

const HELD: &str = "held";

fn redirect_uri(identity: &Identity) -> String {
    format!("{}/sign-in/back", identity.settings.public_url)
}

/// The cookie that holds what the answer is compared with; it is asked for below `/sign-in` alone, for ten minutes.
fn held_cookie(identity: &Identity, value: &str) -> Result<HeaderValue, Failure> {
    let secure = if identity.settings.secure { "; Secure" } else { "" };
    let age = if value.is_empty() { 0 } else { 600 };
    let text =
        format!("{HELD}={value}; Path=/sign-in; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    HeaderValue::try_from(text).map_err(fault)
}

async fn federated_start(
    Extension(identity): Ours,
    Query(going): Query<Going>,
) -> Result<Response, Failure> {
    let Some(federated) = &identity.outside.federated else {
        return Err(portal::RequestError::NotFound.into());
    };
    let held = Held {
        state: identity.secret()?,
        nonce: identity.secret()?,
        verifier: identity.secret()?,
        next: local_path(going.next.as_deref()),
    };
    let address = federated.start(&redirect_uri(&identity), &held).await.map_err(provider)?;
    let content = seals::base64url(&serde_json::to_vec(&held).map_err(fault)?);
    let cookie = held_cookie(&identity, &content)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&address)).into_response())
}

#[derive(Debug, Default, Deserialize)]
struct Back {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

async fn federated_back(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    frame: Frame,
    signed: Here,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Result<Response, Failure> {
    let old = signed.as_ref().map(|signed| &signed.session);
    let held = held(&headers);
    let next = held.as_ref().map_or("/".to_owned(), |held| local_path(Some(&held.next)));
    let answer = match held {
        Some(held) => returned(&platform, &identity, &held, back, old).await,
        None => Err(SignInError::ProviderRefused("the browser holds no sign-in".to_owned()).into()),
    };
    let mut response = match answer {
        Ok(session) => gone_in(&identity, &session, &next)?,
        Err(failure) => {
            tracing::info!(failure = %failure.chain, "a sign-in at the identity provider led to nothing");
            let status = status_of(&failure);
            let page = pages::sign_in(&frame, &identity, "", &next, &vec![("login", failure)]);
            (status, page).into_response()
        }
    };
    // What was held is used up, whatever came of it.
    response.headers_mut().append(header::SET_COOKIE, held_cookie(&identity, "")?);
    Ok(response)
}

fn held(headers: &HeaderMap) -> Option<Held> {
    let text = headers.get(header::COOKIE)?.to_str().ok()?;
    let content = seals::from_base64url(portal::cookie(text, HELD)?).ok()?;
    serde_json::from_slice(&content).ok()
}

async fn returned(
    platform: &Platform,
    identity: &Identity,
    held: &Held,
    back: Back,
    old: Option<&SessionKey>,
) -> Result<NewSession, Failure> {
    let Some(federated) = &identity.outside.federated else {
        return Err(portal::RequestError::NotFound.into());
    };
    let state = back.state.unwrap_or_default();
    if !seals::same(state.as_bytes(), held.state.as_bytes()) {
        return Err(SignInError::ProviderRefused("another state".to_owned()).into());
    }
    if let Some(error) = back.error {
        return Err(SignInError::ProviderRefused(error).into());
    }
    let code = back.code.unwrap_or_default();
    let redirect = redirect_uri(identity);
    let claims = federated.finish(&redirect, held, &code, &state).await.map_err(provider)?;
    identity.sign_in_federated(platform, claims, old).await
}

fn provider(error: FederatedError) -> Failure {
    match error {
        FederatedError::Down(why) => SignInError::ProviderDown(why).into(),
        FederatedError::Refused(why) => SignInError::ProviderRefused(why).into(),
    }
}

fn registration_open(identity: &Identity) -> Result<(), Failure> {
    if identity.settings.self_registration {
        Ok(())
    } else {
        Err(portal::RequestError::NotFound.into())
    }
}

async fn sign_up_page(Extension(identity): Ours, frame: Frame) -> Result<Response, Failure> {
    registration_open(&identity)?;
    Ok(pages::sign_up(&frame, &identity, &Posted::default(), &Vec::new()).into_response())
}

async fn sign_up(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    frame: Frame,
    signed: Here,
    request: axum::extract::Request,
) -> Result<Response, Failure> {
    registration_open(&identity)?;
    let (parts, body) = request.into_parts();
    let place = client_place(&parts, identity.settings.behind_proxy);
    let posted = posted(parts, body).await?;
    let old = signed.as_ref().map(|signed| &signed.session);
    match registered(&platform, &identity, &posted, &place, old).await {
        Ok(session) => gone_in(&identity, &session, "/"),
        Err(faults) => {
            let status =
                faults.first().map_or(StatusCode::UNPROCESSABLE_ENTITY, |(_, f)| status_of(f));
            Ok((status, pages::sign_up(&frame, &identity, &posted, &faults)).into_response())
        }
    }
}

/// Everything that a new login needs, checked at once so that the page can name all faults together.
async fn registered(
    platform: &Platform,
    identity: &Identity,
    posted: &Posted,
    place: &str,
    old: Option<&SessionKey>,
) -> Result<NewSession, Faults> {
    let mut faults = Faults::new();
    let login = LoginKey::of_name(posted.get("login").unwrap_or_default());
    let (password, again) = (raw(posted, "password"), raw(posted, "password_again"));
    let name = posted.get("name").unwrap_or_default();
    let document = document(posted);
    if login.is_none() {
        faults.push(("login", SignInError::NameShape.into()));
    }
    let of = login.clone().unwrap_or_else(|| LoginKey::new(""));
    if let Err(error) = identity.settings.passwords.check(&of, password) {
        faults.push(("password", error.into()));
    } else if password != again {
        faults.push(("password_again", SignInError::PasswordsDiffer.into()));
    }
    if name.is_empty() || name.chars().count() > 100 {
        faults.push(("name", SignInError::PersonName.into()));
    }
    if let Err(failure) = &document {
        faults.push(("id_number", failure.clone()));
    }
    let (Some(login), Ok(document), true) = (login, document, faults.is_empty()) else {
        return Err(faults);
    };
    let at = |field: &'static str| move |failure: Failure| vec![(field, failure)];
    // Every registration counts: it costs nothing to whoever makes them by the thousand.
    let now = platform.clock.now();
    identity.may_try(place, now).map_err(|error| vec![("login", error.into())])?;
    identity.tries.count(place, now);
    let made = make_login(platform, identity, (login, password), (&document, name), old).await;
    made.map_err(|failure| {
        let party = failure.fields.get("kind").is_some_and(|kind| kind == "party");
        at(if party { "id_number" } else { "login" })(failure)
    })
}

async fn make_login(
    platform: &Platform,
    identity: &Identity,
    (login, password): (LoginKey, &str),
    (document, name): (&Document, &str),
    old: Option<&SessionKey>,
) -> Result<NewSession, Failure> {
    let on = login_subject(&login);
    let by = clear(&*platform.gate, &kernel::Actor::Public, "identity.sign_up", &on)?;
    let secret = identity.seal_password(&login, password).await?;
    let register = LoginCommand::Register { proof: Proof::Password { secret } };
    let commands = identity.atomic().then::<Login>(&login, &register).map_err(fault)?;
    let card = Card::new(name, document);
    let (commands, party) = identity.register_party(commands, document, card).await?;
    let assurance = Assurance::Password;
    let commands = Identity::tie(commands, &party, &login, assurance).map_err(fault)?;
    let acting = Some(Acting::Party(party));
    identity.open(platform, by, commands, (login, acting, assurance), old).await
}

fn document(posted: &Posted) -> Result<Document, Failure> {
    let typed = posted.get("id_type").unwrap_or_default();
    let number = posted.get("id_number").unwrap_or_default();
    let kind = IdType::ALL.into_iter().find(|kind| kind.key() == typed);
    Ok(Document::person(kind.unwrap_or(IdType::ResidentId), number)?)
}

/// One role on the page that asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Offered {
    pub(crate) acting: Acting,
    /// The person, enterprise or organ.
    pub(crate) name: Option<String>,
}

async fn offered(
    platform: &Platform,
    identity: &Identity,
    signed: &Signed,
    lang: codes::Lang,
) -> Result<Vec<Offered>, Failure> {
    let row = queries::login(&*platform.reader, &signed.login).await?;
    let party = row.and_then(|row| row.party);
    let mut offers = Vec::new();
    for acting in identity.choices(platform, &signed.login, party.as_ref()).await? {
        let name = match &acting {
            Acting::Party(party) | Acting::Agent { party, .. } => {
                identity.name(platform, party).await?
            }
            Acting::Officer(post) => Some(organ_name(identity, &post.organ, lang)),
        };
        offers.push(Offered { acting, name });
    }
    Ok(offers)
}

pub(crate) fn organ_name(identity: &Identity, organ: &OrganKey, lang: codes::Lang) -> String {
    let name = identity.outside.organs.name(organ);
    name.map_or_else(|| organ.to_string(), |name| name.get(lang).to_owned())
}

/// A login as the thing that gets a post in an organ: it lies where the organ lies.
fn organ_subject(identity: &Identity, login: &LoginKey, organ: &OrganKey) -> Subject {
    let place = identity.outside.organs.place(organ).unwrap_or_default();
    Subject { organ: Some(organ.clone()), place, ..login_subject(login) }
}

async fn acting_page(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    frame: Frame,
    signed: Here,
    Query(going): Query<Going>,
) -> Result<Response, Failure> {
    let signed = required(signed.as_deref())?;
    let offers = offered(&platform, &identity, signed, frame.lang).await?;
    let next = local_path(going.next.as_deref());
    Ok(pages::acting(&frame, signed, &offers, &next).into_response())
}

async fn switch(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    frame: Frame,
    signed: Here,
    posted: Posted,
) -> Result<Response, Failure> {
    let signed = required(signed.as_deref())?;
    let wanted = posted.get("acting").unwrap_or_default();
    let offers = offered(&platform, &identity, signed, frame.lang).await?;
    let chosen =
        offers.into_iter().find(|offer| offer.acting.tag() == wanted).ok_or_else(not_held)?;
    let on = login_subject(&signed.login);
    let by = clear(&*platform.gate, &signed.actor(), "identity.switch", &on)?;
    let switch = SessionCommand::Switch { acting: chosen.acting };
    let commands = identity.atomic().then::<Session>(&signed.session, &switch).map_err(fault)?;
    identity.submit(&platform, by, commands).await?;
    Ok(Redirect::to(&local_path(posted.get("next"))).into_response())
}

async fn password_page(frame: Frame, signed: Here) -> Result<Response, Failure> {
    required(signed.as_deref())?;
    Ok(pages::password(&frame, &Vec::new(), false).into_response())
}

async fn change_password(
    State(platform): State<Platform>,
    Extension(identity): Ours,
    frame: Frame,
    signed: Here,
    posted: Posted,
) -> Result<Response, Failure> {
    let signed = required(signed.as_deref())?;
    match changed(&platform, &identity, signed, &posted).await {
        Ok(()) => Ok(pages::password(&frame, &Vec::new(), true).into_response()),
        Err((field, failure)) => {
            let status = status_of(&failure);
            Ok((status, pages::password(&frame, &vec![(field, failure)], false)).into_response())
        }
    }
}

async fn changed(
    platform: &Platform,
    identity: &Identity,
    signed: &Signed,
    posted: &Posted,
) -> Result<(), (&'static str, Failure)> {
    let at = |field| move |failure: Failure| (field, failure);
    let login = &signed.login;
    let now = platform.clock.now();
    let place = format!("password of {login}");
    identity.may_try(&place, now).map_err(|e| ("old", e.into()))?;
    let row = queries::login(&*platform.reader, login).await.map_err(|e| ("old", e.into()))?;
    let secret = row.and_then(|row| row.secret);
    if secret.is_none() {
        return Err(("old", crate::error::IdentityError::NoPassword.into()));
    }
    let right =
        identity.verify(login, secret.as_ref(), raw(posted, "old")).await.map_err(at("old"))?;
    if !right {
        identity.tries.count(&place, now);
        return Err(("old", SignInError::Wrong.into()));
    }
    if raw(posted, "password") != raw(posted, "password_again") {
        return Err(("password_again", SignInError::PasswordsDiffer.into()));
    }
    let sealed =
        identity.seal_password(login, raw(posted, "password")).await.map_err(at("password"))?;
    store_password(platform, identity, signed, sealed).await.map_err(at("password"))
}

/// The new password, and the end of every other session of the login, as one.
async fn store_password(
    platform: &Platform,
    identity: &Identity,
    signed: &Signed,
    secret: blobs::BlobId,
) -> Result<(), Failure> {
    let on = login_subject(&signed.login);
    let by = clear(&*platform.gate, &signed.actor(), "identity.change_password", &on)?;
    let change = LoginCommand::ChangePassword { secret };
    let mut commands = identity.atomic().then::<Login>(&signed.login, &change).map_err(fault)?;
    for other in queries::sessions_of(&*platform.reader, &signed.login).await? {
        if other != signed.session {
            let end = SessionCommand::End { cause: SessionEnd::PasswordChanged };
            commands = commands.then::<Session>(&other, &end).map_err(fault)?;
        }
    }
    identity.submit(platform, by, commands).await.map(|_receipt| ())
}
