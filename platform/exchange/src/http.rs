//! Routes of the exchange: messages come in here, partners find our keys, operators look on.

use crate::carrier::receipt;
use crate::contract::broken;
use crate::decide::{Exchanged, MessageCommand};
use crate::error::ExchangeError;
use crate::limits::{CSV_ROWS, MESSAGE_BYTES_MAX, PAGE_ROWS};
use crate::model::{Direction, Message, MessageKey, Proof, Receipt};
use crate::outside::Outside;
use crate::pages;
use crate::partner::{Partner, in_use};
use crate::queries::{self, Asking, MessageRow};
use crate::rate::Rates;
use crate::wire::{Answered, Asked};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use codes::{Lang, Moment};
use kernel::{Actor, Aggregate as _, Atomic, CommandId, Json};
use module::{Clearance, Platform, Subject, Who, clear};
use portal::{Failure, Frame, PROBLEM_JSON, Path, Query, RequestError};
use seals::{Digest, PublicKeySet, Purpose};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// What the routes have beside the platform.
#[derive(Clone, Debug)]
pub(crate) struct Ours {
    pub(crate) outside: Arc<Outside>,
    pub(crate) rates: Arc<Rates>,
}

pub(crate) fn router(ours: Ours) -> Router<Platform> {
    Router::new()
        .route("/exchange", get(list))
        .route("/exchange/messages.csv", get(list_csv))
        .route("/exchange/messages/{message}", get(one))
        .route("/api/v1/exchange/messages", post(take).get(list_json))
        .route("/api/v1/exchange/messages/{message}", get(one_json))
        .route("/api/v1/exchange/keys", get(keys))
        .layer(Extension(ours))
}

// --- messages come in ----------------------------------------------------------------------------------------------

/// Takes a message: whatever comes of it is answered with a signature, as far as the request bears one.
async fn take(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut asked = Asked {
        method: parts.method.as_str().to_owned(),
        scheme: ours.outside.address.scheme.clone(),
        authority: ours.outside.address.authority.clone(),
        target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers: plain(&parts.headers),
        body: Vec::new(),
    };
    let answered = match axum::body::to_bytes(body, MESSAGE_BYTES_MAX).await {
        Ok(bytes) => {
            asked.body = bytes.to_vec();
            taken(&platform, &ours, &asked).await
        }
        Err(_over) => Err(ExchangeError::TooLarge { bytes_max: MESSAGE_BYTES_MAX }.into()),
    };
    let answered = match answered {
        Ok(receipt) => answer(200, "application/json", &receipt),
        Err(failure) => refused(&failure),
    };
    signed(&ours.outside, asked, answered, platform.clock.now()).await
}

async fn taken(platform: &Platform, ours: &Ours, asked: &Asked) -> Result<Receipt, Failure> {
    let now = platform.clock.now();
    let (partner, proof) = sender(&ours.outside, asked, now)?;
    ours.rates.take(&partner.key, partner.per_minute, now).map_err(|retry_after_s| {
        ExchangeError::TooMany {
            partner: partner.key.clone(),
            per_minute: partner.per_minute,
            retry_after_s,
        }
    })?;
    let id = asked.id().ok_or(ExchangeError::IdMissing)?;
    let body: Json = serde_json::from_slice(&asked.body).map_err(|_text| broken("", "json"))?;
    let message = ours.outside.contracts.read(&partner.key, &partner.sends, &body)?;
    let actor = Actor::Partner { partner: partner.key.clone() };
    let on = subject(&message.partner, MessageKey::received(&partner.key, id).0);
    let by = clear(&*platform.gate, &actor, "exchange.send", &on)?;
    record(platform, &ours.outside, by, Taken { id, message, bytes: &asked.body, proof }).await
}

/// Whose message it is: one signature holds, by a key that its holder had in use.
fn sender<'a>(
    outside: &'a Outside,
    asked: &Asked,
    now: Moment,
) -> Result<(&'a Partner, Proof), Failure> {
    let known = |id: &seals::KeyId| outside.partners.of_signature(id);
    let verified = asked
        .verify(now, |id| known(id).map(|(_, record)| record.key.clone()))
        .map_err(|fault| match fault {
            seals::SealError::KeyNotTrusted { key } => {
                Failure::from(ExchangeError::PartnerUnknown { key })
            }
            other => other.into(),
        })?;
    match known(&verified.key) {
        Some((partner, record)) if in_use(record, verified.created) => {
            Ok((partner, asked.proof(&verified.key)))
        }
        _ => Err(ExchangeError::PartnerUnknown { key: verified.key.to_string() }.into()),
    }
}

/// A message that may be recorded.
struct Taken<'a> {
    id: &'a str,
    message: Message,
    bytes: &'a [u8],
    proof: Proof,
}

/// Records a message; the receipt tells when it was first taken, however often it comes.
async fn record(
    platform: &Platform,
    outside: &Outside,
    by: Clearance,
    taken: Taken<'_>,
) -> Result<Receipt, Failure> {
    let Taken { id, message, bytes, proof } = taken;
    let key = MessageKey::received(&message.partner, id);
    let sha256 = Digest::sha256(bytes).hex();
    // A sender that tries again signs again: each signature is a command of its own, and the message is the same one.
    let command_id = CommandId::derive(&[
        b"exchange",
        key.0.as_bytes(),
        sha256.as_bytes(),
        proof.signature.as_bytes(),
    ]);
    let body = outside.keep(&key, &message.kind, bytes).await?;
    let command = MessageCommand::Receive {
        message: Box::new(message),
        in_reply_to: None,
        body,
        sha256: sha256.clone(),
        proof,
    };
    let commands = Atomic::new(outside.home.clone())
        .then::<Exchanged>(&key, &command)
        .map_err(|_unwritable| RequestError::Fault)?;
    let recorded = platform.commands.submit(by, command_id, commands).await?;
    let first = match recorded.events.first() {
        Some(event) => event.at,
        None => platform
            .history
            .stream(&outside.home, Exchanged::KIND, &key.0, 0)
            .await?
            .first()
            .map(|event| event.at)
            .ok_or(RequestError::Fault)?,
    };
    Ok(receipt(id, sha256, first))
}

fn plain(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect()
}

fn answer<T: serde::Serialize>(status: u16, kind: &str, body: &T) -> Answered {
    Answered {
        status,
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        body: serde_json::to_vec(body).unwrap_or_default(),
    }
}

fn refused(failure: &Failure) -> Answered {
    let mut answered = answer(failure.status, PROBLEM_JSON, &failure.to_json(Lang::Zh));
    if let Some(seconds) = failure.fields.get("retry_after_s") {
        answered.headers.push((RETRY_AFTER.as_str().to_owned(), seconds.to_string()));
    }
    answered
}

/// The answer with our signature. Where the request bears none there is nothing that it could be tied to, and it leaves
/// without one.
async fn signed(outside: &Outside, asked: Asked, answered: Answered, now: Moment) -> Response {
    let mut answered = answered;
    if asked.field("signature").is_some() {
        match answered.clone().sign(asked, Arc::clone(&outside.keys), now).await {
            Ok(signed) => answered = signed,
            Err(error) => return Failure::from(error).into_response(),
        }
    }
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answered.body).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in &answered.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    response
}

/// Our public keys for exchange with their history, for partners to take over.
async fn keys(Extension(ours): Extension<Ours>) -> Result<Response, Failure> {
    let records = ours.outside.keys.records()?;
    let ours = records.into_iter().filter(|record| record.purpose == Purpose::EXCHANGE).collect();
    Ok(portal::Json(PublicKeySet::new(ours)).into_response())
}

// --- people look on ------------------------------------------------------------------------------------------------

/// What a list is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
struct Wanted {
    partner: Option<String>,
    direction: Option<String>,
    case: Option<String>,
    before: Option<String>,
}

impl Wanted {
    fn asking(self) -> Asking {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Asking {
            partner: filled(self.partner),
            direction: self.direction.as_deref().and_then(Direction::of),
            case: filled(self.case),
            before: filled(self.before),
        }
    }
}

async fn list(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    may_see(&platform, &actor, "list")?;
    let asking = wanted.asking();
    let rows = queries::messages(&*platform.reader, &asking, PAGE_ROWS).await?;
    let traffic = queries::traffic(&*platform.reader).await?;
    Ok(pages::list(&frame, &ours.outside, &asking, &rows, &traffic).into_response())
}

async fn list_csv(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    may_see(&platform, &actor, "list")?;
    let rows = queries::messages(&*platform.reader, &wanted.asking(), CSV_ROWS).await?;
    Ok(pages::list_csv(&frame, &ours.outside, &rows))
}

async fn list_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    may_see(&platform, &actor, "list")?;
    let rows = queries::messages(&*platform.reader, &wanted.asking(), PAGE_ROWS).await?;
    let messages: Vec<Json> = rows.iter().map(row_json).collect();
    let next = pages::full(&rows).map(|last| &last.sort_key);
    Ok(portal::Json(json!({"messages": messages, "before": next})).into_response())
}

async fn one(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Path(message): Path<String>,
) -> Result<Response, Failure> {
    let row = found(&platform, &actor, message).await?;
    Ok(pages::one(&frame, &ours.outside, &row).into_response())
}

async fn one_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(message): Path<String>,
) -> Result<Response, Failure> {
    let row = found(&platform, &actor, message).await?;
    Ok(portal::Json(row_json(&row)).into_response())
}

async fn found(platform: &Platform, actor: &Actor, message: String) -> Result<MessageRow, Failure> {
    may_see(platform, actor, &message)?;
    let row = queries::message(&*platform.reader, &MessageKey(message)).await?;
    row.ok_or_else(|| ExchangeError::MessageUnknown.into())
}

fn may_see(platform: &Platform, actor: &Actor, id: &str) -> Result<(), Failure> {
    clear(&*platform.gate, actor, "exchange.see", &subject("", id.to_owned()))?;
    Ok(())
}

/// A message lies nowhere in particular: it is of the whole installation.
fn subject(partner: &str, id: String) -> Subject {
    let facts = vec![("partner", partner.to_owned())];
    Subject { facts, ..Subject::new("Message", id) }
}

fn row_json(row: &MessageRow) -> Json {
    json!({
        "message": row.message,
        "direction": row.direction,
        "partner": row.partner,
        "kind": row.kind,
        "purpose": row.purpose,
        "basis": row.basis,
        "case": row.case,
        "task": row.task,
        "facts": row.facts,
        "sha256": row.sha256,
        "key": row.signing_key,
        "at": row.at,
        "received_at": row.answered_at,
        "answers": row.answers,
        "faults": row.faults,
        "in_reply_to": row.in_reply_to,
        "event": row.event,
    })
}
