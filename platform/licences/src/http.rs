//! Routes of licences: the public check, a holder's licences, a licence with its PDF, the organ's acts.

mod share;

use crate::check::{self, Found};
use crate::decide::{Licence, LicenceCommand};
use crate::errand::Outside;
use crate::error::LicenceError;
use crate::looks::{Looks, LooksCommand};
use crate::model::{Ending, Ground, LicenceKey};
use crate::pages;
use crate::queries::{self, LicenceRow};
use crate::statement::trusted;
use crate::verify::Stamps;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use codes::Moment;
use kernel::{Actor, Atomic, CommandId, EventId, Origin, Shard};
use maud::Markup;
use module::{Clearance, Denied, PanelRequest, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Posted, Query, RequestError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Licences on one page of a list.
const PAGE_ROWS: u32 = 50;
/// The longest signed copy that is looked at: 256 KiB.
const COPY_BYTES_MAX: usize = 256 << 10;

pub(crate) fn router(outside: Arc<Outside>, stamps: Option<Stamps>) -> Router<Platform> {
    Router::new()
        .route("/v/{token}", get(public_page))
        .route("/v/{token}/licence.jws", get(public_statement))
        .route("/verify", get(verify_page).post(verify_copy))
        .route("/licences", get(list_page))
        .route("/licences/v/{token}", get(to_public_page))
        .route("/licences/{licence}", get(licence_page).post(act))
        .route("/licences/{licence}/document.pdf", get(document))
        .route("/api/v1/licences", get(list_json))
        .route("/api/v1/licences/v/{token}", get(public_json))
        .route("/api/v1/licences/verify", post(verify_json))
        .route("/api/v1/licences/keys", get(keys))
        .route("/api/v1/licences/{licence}", get(licence_json))
        .merge(share::router())
        .layer(Extension(share::Readers(stamps)))
        .layer(Extension(outside))
}

// --- public: nobody signs in -----------------------------------------------------------------------------------------

async fn public_page(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    frame: Frame,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let mut found = check::by_token(&outside, &*platform.reader, &token).await?;
    let more = contributed(&platform, frame.lang, &token, &mut found).await;
    Ok(fresh(pages::found(&frame, &found, &more).into_response()))
}

/// What modules know of a code beside the licence itself, for the slot `licence.verify`: of a known one by the licence's key
/// (`licence`), of an unknown one by the code (`licence.token`). Who adds something says all there is to say: the other
/// versions are not told then.
async fn contributed(
    platform: &Platform,
    lang: codes::Lang,
    token: &str,
    found: &mut Found,
) -> Markup {
    let (kind, key) = match (&found.statement, found.verdict) {
        (Some(statement), _) => ("licence", statement.licence.0.clone()),
        (None, check::Verdict::Unknown) => ("licence.token", token.to_owned()),
        (None, _) => return maud::PreEscaped(String::new()),
    };
    let mut more = String::new();
    for panel in platform.panels.iter().filter(|panel| panel.slot == "licence.verify") {
        let event = EventId { shard: Shard::new(""), seq: 0 };
        let origin = Origin { kind: kind.to_owned(), key: key.clone(), event };
        let request = PanelRequest { origin, lang, actor: Actor::Public };
        more.push_str(&(panel.show)(platform.clone(), request).await.into_string());
    }
    if !more.is_empty() {
        found.versions.retain(|version| version.asked);
    }
    maud::PreEscaped(more)
}

async fn to_public_page(Path(token): Path<String>) -> Redirect {
    // What a person typed may hold anything; a token is letters and digits.
    let token: String = token.chars().filter(char::is_ascii_alphanumeric).collect();
    Redirect::to(&format!("/v/{token}"))
}

async fn public_json(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let mut found = check::by_token(&outside, &*platform.reader, &token).await?;
    contributed(&platform, codes::Lang::Zh, &token, &mut found).await;
    Ok(fresh(axum::Json(found).into_response()))
}

/// The signed statement, to be kept or checked elsewhere: it tells only what the page shows.
async fn public_statement(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let row = queries::by_token(&*platform.reader, &token.to_ascii_lowercase()).await?;
    let document = row.and_then(|row| row.document).ok_or(LicenceError::Unknown)?;
    let bytes = outside.blobs.get(&document.statement).await?;
    let headers = [
        (CONTENT_TYPE, "application/jose"),
        (CONTENT_DISPOSITION, "attachment; filename=\"licence.jws\""),
    ];
    Ok(fresh((headers, bytes).into_response()))
}

/// What people type: the address under a QR code, or its last part.
#[derive(Debug, Default, Deserialize)]
struct Typed {
    code: Option<String>,
}

async fn verify_page(frame: Frame, Query(typed): Query<Typed>) -> Response {
    let code = typed.code.unwrap_or_default();
    let last = code.trim().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let token: String = last.chars().filter(char::is_ascii_alphanumeric).collect();
    if token.is_empty() {
        pages::verify(&frame).into_response()
    } else {
        Redirect::to(&format!("/v/{token}")).into_response()
    }
}

async fn verify_copy(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    Extension(readers): Extension<share::Readers>,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Failure> {
    let bytes = share::brought(&posted)?;
    if let Some(answer) = share::verified(&platform, &outside, &frame, (&bytes, &readers)).await? {
        return Ok(answer);
    }
    let copy = String::from_utf8_lossy(&bytes).into_owned();
    let found = checked_copy(&platform, &outside, &copy).await?;
    Ok(fresh(pages::found(&frame, &found, &maud::PreEscaped(String::new())).into_response()))
}

/// A signed copy to be checked.
#[derive(Debug, Deserialize)]
struct Copy {
    jws: String,
}

async fn verify_json(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    portal::Json(Copy { jws }): portal::Json<Copy>,
) -> Result<Response, Failure> {
    let found = checked_copy(&platform, &outside, &jws).await?;
    Ok(fresh(axum::Json(found).into_response()))
}

async fn checked_copy(
    platform: &Platform,
    outside: &Outside,
    copy: &str,
) -> Result<Found, Failure> {
    if copy.len() > COPY_BYTES_MAX {
        return Err(LicenceError::CheckTooLong.into());
    }
    Ok(check::by_copy(outside, &*platform.reader, copy).await?)
}

/// The public keys of all times, so that anybody can check without us.
async fn keys(Extension(outside): Extension<Arc<Outside>>) -> Result<Response, Failure> {
    Ok(axum::Json(trusted(&*outside.keys)?).into_response())
}

/// An answer that holds for the instant alone.
fn fresh(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    response
}

// --- holders and organs ------------------------------------------------------------------------------------------------

/// From where a list goes on.
#[derive(Debug, Default, Deserialize)]
struct Before {
    before: Option<i64>,
}

async fn list_page(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Failure> {
    let rows = list(&platform, &actor, before).await?;
    Ok(pages::list(&frame, &rows, actor.organ().is_some(), PAGE_ROWS).into_response())
}

async fn list_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Failure> {
    let rows = list(&platform, &actor, before).await?;
    let licences: Vec<Value> = rows.iter().map(row_json).collect();
    Ok(axum::Json(json!({"licences": licences})).into_response())
}

async fn list(
    platform: &Platform,
    actor: &Actor,
    before: Option<i64>,
) -> Result<Vec<LicenceRow>, Failure> {
    let before = before.map(Moment::from_us);
    let reader = &*platform.reader;
    match actor {
        Actor::Party { party, .. } => {
            let on =
                Subject { parties: vec![party.to_string()], ..Subject::new("Licence", "list") };
            clear(&*platform.gate, actor, "licences.list", &on)?;
            Ok(queries::of_holder(reader, party, before, PAGE_ROWS).await?)
        }
        Actor::Officer { organ, .. } => {
            let on = Subject { organ: Some(organ.clone()), ..Subject::new("Licence", "list") };
            clear(&*platform.gate, actor, "licences.list", &on)?;
            Ok(queries::of_organ(reader, organ, before, PAGE_ROWS).await?)
        }
        Actor::Public => Err(Denied::SignedOut.into()),
        Actor::System { .. } | Actor::Partner { .. } => Err(LicenceError::NotAParty.into()),
    }
}

async fn licence_page(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Path(licence): Path<String>,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "licences.see", licence).await?;
    looked(&platform, by, &row, "record").await?;
    let turns = queries::turns(&*platform.reader, &row.licence).await?;
    let may_act = clear(&*platform.gate, &actor, "licences.act", &subject(&row)).is_ok();
    let has_credential =
        row.document.as_ref().is_some_and(|document| document.credential.is_some());
    let may_show = has_credential
        && clear(&*platform.gate, &actor, "licences.present", &subject(&row)).is_ok();
    Ok(pages::licence(&frame, &row, &turns, (may_act, may_show)).into_response())
}

async fn licence_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(licence): Path<String>,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "licences.see", licence).await?;
    looked(&platform, by, &row, "record").await?;
    Ok(axum::Json(row_json(&row)).into_response())
}

async fn document(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    Who(actor): Who,
    Path(licence): Path<String>,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "licences.see", licence).await?;
    looked(&platform, by, &row, "paper").await?;
    let document = row.document.as_ref().ok_or(LicenceError::NotSigned)?;
    let bytes = outside.vault.read(&document.pdf).await?;
    Ok(portal::pdf("licence", &row.number, bytes))
}

/// Suspend, resume, end: acts of the organ that issued it.
async fn act(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(licence): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "licences.act", licence).await?;
    let text = |name: &str| posted.filled(name).unwrap_or_default().to_owned();
    let ground = Ground { reason: text("reason"), article: text("article") };
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    let command = match verb.as_str() {
        "suspend" => LicenceCommand::Suspend { ground },
        "resume" => LicenceCommand::Resume { ground },
        "end" => {
            let word = text("by");
            let by = Ending::of(&word).ok_or(LicenceError::NoSuchAct(word))?;
            LicenceCommand::Revoke { by, ground }
        }
        _ => return Err(LicenceError::NoSuchAct(verb).into()),
    };
    submit(&platform, by, &row, posted.expected_version(), &command).await?;
    Ok(Redirect::to(&format!("/licences/{}", row.licence)).into_response())
}

async fn seen(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    licence: String,
) -> Result<(LicenceRow, Clearance), Failure> {
    let Some(row) = queries::licence(&*platform.reader, &LicenceKey(licence)).await? else {
        // Who is not signed in is not told which licences there are.
        return Err(if *actor == Actor::Public {
            Denied::SignedOut.into()
        } else {
            LicenceError::Unknown.into()
        });
    };
    let by = clear(&*platform.gate, actor, action, &subject(&row))?;
    Ok((row, by))
}

/// A look of an officer is recorded before anything is shown (个人信息保护法 44, 45); the same officer's within an hour is one.
async fn looked(
    platform: &Platform,
    by: Clearance,
    row: &LicenceRow,
    shown: &str,
) -> Result<(), Failure> {
    let Actor::Officer { organ, login, role } = by.actor().clone() else { return Ok(()) };
    let hour = platform.clock.now().us().div_euclid(3_600_000_000).to_be_bytes();
    let (holder, shown) = (row.order.holder.clone(), vec![shown.to_owned()]);
    let parts = [
        b"licences.look".as_slice(),
        row.licence.0.as_bytes(),
        organ.as_str().as_bytes(),
        login.as_bytes(),
        role.as_bytes(),
        shown.concat().as_bytes(),
        &hour,
    ]
    .concat();
    let look = LooksCommand::Look { holder, shown };
    let commands = Atomic::new(row.shard.clone()).then::<Looks>(&row.licence, &look);
    let commands = commands.map_err(|_unwritable| RequestError::Fault)?;
    platform.commands.submit(by, CommandId::derive(&[&parts]), commands).await?;
    Ok(())
}

pub(crate) fn subject(row: &LicenceRow) -> Subject {
    Subject {
        organ: Some(row.order.issuer.organ.clone()),
        place: row.order.issuer.place.clone(),
        parties: vec![row.order.holder.to_string()],
        facts: vec![("state", row.state.word().to_owned()), ("kind", row.order.template.clone())],
        ..Subject::new("Licence", row.licence.0.as_str())
    }
}

/// The id follows from the licence, the version the page showed and the act: a form sent twice acts once.
async fn submit(
    platform: &Platform,
    by: Clearance,
    row: &LicenceRow,
    version: Option<u64>,
    command: &LicenceCommand,
) -> Result<(), Failure> {
    let version = version.unwrap_or(row.version);
    let commands = Atomic::new(row.shard.clone())
        .then_at::<Licence>(&row.licence, version, command)
        .map_err(|_unwritable| RequestError::Fault)?;
    let act = serde_json::to_vec(command).map_err(|_unwritable| RequestError::Fault)?;
    let id =
        CommandId::derive(&[b"licences", row.licence.0.as_bytes(), &version.to_be_bytes(), &act]);
    platform.commands.submit(by, id, commands).await.map(|_receipt| ()).map_err(Failure::from)
}

fn row_json(row: &LicenceRow) -> Value {
    json!({
        "licence": row.licence,
        "kind": row.order.template,
        "title": row.title,
        "number": row.number,
        "organ": row.order.issuer.name,
        "issued_on": row.issued_on,
        "valid_from": row.order.valid_from,
        "valid_to": row.order.valid_to,
        "state": row.state,
        "since": row.since,
        "version": row.version,
        "token": row.token,
        "pdf_digest": row.document.as_ref().map(|document| document.sha256),
        "sealed": row.document.as_ref().is_some_and(|document| document.seal.is_some()),
    })
}
