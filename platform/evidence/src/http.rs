//! Routes of the log: what everybody may fetch, what auditors read, what witnesses hand in, what a party finds of its own.
//!
//! ```text
//! open       /evidence/log/<shard>/checkpoint · tile/<L>/<N> · keys · inclusion · consistency · <seq>/proof
//! auditors   /evidence/log/<shard>/tile/entries/<N> · <seq>/entry · <seq>
//! a party    /evidence/mine · <seq> of events that concern it
//! witnesses  POST /api/v1/evidence/witness/add-checkpoint
//! ```

use crate::mine::{Mine, concerns, of_streams};
use crate::witness::REQUEST_BYTES_MAX;
use crate::{Log, LogError, TileId, TileKind, Witness, leaf_of, pages};
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use codes::Moment;
use data_encoding::BASE64;
use kernel::{Actor, Json, PartyKey, Recorded, Shard};
use module::{Concern, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Query, RequestError};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// A checkpoint may be kept for a few seconds.
const BRIEFLY: &str = "max-age=5";
/// What never changes may be kept for a year.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What never changes and is not everybody's.
const FOR_EVER_PRIVATE: &str = "private, max-age=31536000, immutable";
/// What nobody may keep.
const NEVER: &str = "no-store";

/// What the routes work with.
#[derive(Clone, Debug)]
pub(crate) struct Ours {
    pub(crate) log: Log,
    pub(crate) witness: Arc<Witness>,
}

/// The routes of the log.
pub(crate) fn router(ours: Ours) -> Router<Platform> {
    Router::new()
        .route("/evidence", get(standing))
        .route("/evidence/mine", get(mine_page))
        .route("/evidence/log/{shard}/checkpoint", get(checkpoint))
        .route("/evidence/log/{shard}/keys", get(keys))
        .route("/evidence/log/{shard}/inclusion", get(inclusion))
        .route("/evidence/log/{shard}/consistency", get(consistency))
        .route("/evidence/log/{shard}/tile/{*tile}", get(tile))
        .route("/evidence/log/{shard}/{seq}", get(event_page))
        .route("/evidence/log/{shard}/{seq}/proof", get(proof))
        .route("/evidence/log/{shard}/{seq}/entry", get(entry))
        .route("/api/v1/evidence", get(standing_json))
        .route("/api/v1/evidence/mine", get(mine_json))
        .route("/api/v1/evidence/witness/key", get(witness_key))
        .route("/api/v1/evidence/witness/add-checkpoint", post(add_checkpoint))
        .layer(Extension(ours))
}

fn answer(kind: &'static str, cache: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

fn as_json(cache: &'static str, value: Json) -> Response {
    let mut response = portal::Json(value).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

// --- open to everybody -------------------------------------------------------------------------------------------------

/// The shard of an address, if the journal has it: nothing is opened for a name that somebody made up.
async fn known(ours: &Ours, shard: String) -> Result<Shard, LogError> {
    let shards = ours.log.journal().shards().await;
    let shards = shards
        .map_err(|error| LogError::Unavailable { shard: shard.clone(), why: error.to_string() })?;
    let found = shards.into_iter().find(|known| known.as_str() == shard);
    found.ok_or_else(|| LogError::Unknown { shard, what: "log".to_owned() })
}

async fn checkpoint(
    Extension(ours): Extension<Ours>,
    Path(shard): Path<String>,
) -> Result<Response, Failure> {
    let shard = known(&ours, shard).await?;
    Ok(answer(TEXT, BRIEFLY, ours.log.latest(&shard)?.note))
}

async fn keys(
    Extension(ours): Extension<Ours>,
    Path(shard): Path<String>,
) -> Result<Response, Failure> {
    let shard = known(&ours, shard).await?;
    let keys = ours.log.verifier_keys(&shard)?;
    let lines: String = keys.iter().map(|key| format!("{key}\n")).collect();
    Ok(answer(TEXT, BRIEFLY, lines))
}

#[derive(Deserialize)]
struct Place {
    index: u64,
    size: Option<u64>,
}

async fn inclusion(
    Extension(ours): Extension<Ours>,
    Path(shard): Path<String>,
    Query(place): Query<Place>,
) -> Result<Response, Failure> {
    let shard = known(&ours, shard).await?;
    let size = match place.size {
        Some(size) => size,
        None => ours.log.latest(&shard)?.size,
    };
    let found = ours.log.inclusion(&shard, place.index, size)?;
    let path: Vec<String> = found.path.iter().map(|hash| BASE64.encode(hash)).collect();
    let answer = json!({
        "origin": ours.log.origin(&shard),
        "index": place.index,
        "size": size,
        "leaf": BASE64.encode(&found.leaf),
        "root": BASE64.encode(&found.root),
        "path": path,
    });
    Ok(as_json(BRIEFLY, answer))
}

#[derive(Deserialize)]
struct Span {
    old: u64,
    new: Option<u64>,
}

async fn consistency(
    Extension(ours): Extension<Ours>,
    Path(shard): Path<String>,
    Query(span): Query<Span>,
) -> Result<Response, Failure> {
    let shard = known(&ours, shard).await?;
    let new = match span.new {
        Some(new) => new,
        None => ours.log.latest(&shard)?.size,
    };
    let proof = ours.log.consistency(&shard, span.old, new)?;
    let proof: Vec<String> = proof.iter().map(|hash| BASE64.encode(hash)).collect();
    let answer = json!({
        "origin": ours.log.origin(&shard),
        "old": span.old,
        "new": new,
        "old_root": BASE64.encode(&ours.log.root(&shard, span.old)?),
        "new_root": BASE64.encode(&ours.log.root(&shard, new)?),
        "proof": proof,
    });
    Ok(as_json(BRIEFLY, answer))
}

async fn proof(
    Extension(ours): Extension<Ours>,
    Path((shard, seq)): Path<(String, u64)>,
) -> Result<Response, Failure> {
    let shard = known(&ours, shard).await?;
    // A position that the journal has not reached is told before the log reads on for it.
    ours.log.event(&shard, seq).await?;
    let proof = ours.log.prove(&shard, seq).await?;
    let mut response = answer(TEXT, BRIEFLY, proof.to_string());
    let name = format!("attachment; filename=\"{shard}-{seq}.tlog-proof\"");
    if let Ok(name) = HeaderValue::try_from(name) {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

async fn tile(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    Path((shard, path)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let tile = TileId::parse(&path).ok_or(RequestError::NotFound)?;
    let cache = match tile.kind {
        TileKind::Hashes(_) => FOR_EVER,
        TileKind::Entries => {
            clear(&*platform.gate, &actor, "evidence.entries", &Subject::new("Log", &shard))?;
            FOR_EVER_PRIVATE
        }
    };
    let shard = known(&ours, shard).await?;
    Ok(answer(BYTES, cache, ours.log.tile(&shard, tile).await?))
}

// --- one event ---------------------------------------------------------------------------------------------------------

/// The event, if it concerns whoever asks, or whoever asks may read any. Who may not does not learn whether there is one.
async fn seen(
    platform: &Platform,
    ours: &Ours,
    actor: &Actor,
    (shard, seq): (String, u64),
) -> Result<Recorded, Failure> {
    let mut on = Subject::new("Evidence", format!("{shard}/{seq}"));
    let event = match known(ours, shard).await {
        Ok(shard) => ours.log.event(&shard, seq).await,
        Err(unknown) => Err(unknown),
    };
    if let (Actor::Party { party, .. }, Ok(event)) = (actor, &event) {
        let is_of = |one: &Concern| {
            one.shard == event.shard && *one.kind == *event.kind && *one.key == *event.key
        };
        if concerns(platform, party).await?.iter().any(is_of) {
            on.parties.push(party.to_string());
        }
    }
    clear(&*platform.gate, actor, "evidence.event", &on)?;
    Ok(event?)
}

async fn event_page(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Path(place): Path<(String, u64)>,
) -> Result<Response, Failure> {
    let event = seen(&platform, &ours, &actor, place).await?;
    let shard = &event.shard;
    if ours.log.size(shard)? < event.seq {
        ours.log.catch_up(shard).await?;
    }
    let latest = ours.log.latest(shard).ok().filter(|latest| latest.size >= event.seq);
    let size = latest.as_ref().map_or(ours.log.size(shard)?, |latest| latest.size);
    let found = ours.log.inclusion(shard, event.seq - 1, size)?;
    let shown = pages::Shown { event: &event, origin: ours.log.origin(shard), size, found, latest };
    Ok(pages::event(&frame, &shown).into_response())
}

async fn entry(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    Path(place): Path<(String, u64)>,
) -> Result<Response, Failure> {
    let event = seen(&platform, &ours, &actor, place).await?;
    Ok(answer("application/json", NEVER, leaf_of(&event)))
}

// --- a party's own -----------------------------------------------------------------------------------------------------

#[derive(Clone, Debug, Default, Deserialize)]
struct Before {
    before: Option<Moment>,
    /// One matter alone, by kind and key.
    of: Option<String>,
}

async fn own(
    platform: &Platform,
    ours: &Ours,
    actor: &Actor,
    asked: &Before,
) -> Result<(PartyKey, Mine), Failure> {
    let party = match actor {
        Actor::Party { party, .. } => party.clone(),
        _ => PartyKey::default(),
    };
    let parties = vec![party.to_string()];
    let on = Subject { parties, ..Subject::new("Evidence", party.to_string()) };
    clear(&*platform.gate, actor, "evidence.mine", &on)?;
    let mut concerns = concerns(platform, &party).await?;
    if let Some(of) = &asked.of {
        concerns.retain(|one| format!("{}/{}", one.kind, one.key) == *of);
    }
    let mine = of_streams(&*platform.history, &ours.log, &concerns, asked.before).await?;
    Ok((party, mine))
}

async fn mine_page(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Query(asked): Query<Before>,
) -> Result<Response, Failure> {
    let (_, mine) = own(&platform, &ours, &actor, &asked).await?;
    let asked = pages::Asked { before: asked.before, of: asked.of };
    Ok(pages::mine(&frame, &mine, &asked).into_response())
}

async fn mine_json(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    Query(asked): Query<Before>,
) -> Result<Response, Failure> {
    let (party, mine) = own(&platform, &ours, &actor, &asked).await?;
    Ok(as_json(NEVER, mine_of(&party, &mine)))
}

fn mine_of(party: &PartyKey, mine: &Mine) -> Json {
    let events: Vec<Json> = mine
        .events
        .iter()
        .map(|own| {
            json!({
                "shard": own.event.shard,
                "seq": own.event.seq,
                "kind": own.event.kind,
                "key": own.event.key,
                "event": own.event.name(),
                "at": own.event.at,
                "leaf": String::from_utf8_lossy(&leaf_of(&own.event)),
                "proof": own.proof.to_string(),
            })
        })
        .collect();
    let is_cut = mine.events.len() < mine.total;
    let before = mine.events.last().filter(|_| is_cut).map(|own| own.event.at);
    json!({ "party": party, "total": mine.total, "events": events, "before": before })
}

// --- how it stands -----------------------------------------------------------------------------------------------------

fn may_see(platform: &Platform, actor: &Actor) -> Result<(), Failure> {
    clear(&*platform.gate, actor, "evidence.see", &Subject::new("Log", "all"))?;
    Ok(())
}

async fn standing(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    may_see(&platform, &actor)?;
    let standing = ours.log.standing().await?;
    let (alarms, witnessed) = (ours.log.alarms(), ours.witness.witnessed());
    let now = platform.clock.now();
    Ok(pages::standing(&frame, now, &standing, &alarms, &witnessed).into_response())
}

async fn standing_json(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
) -> Result<Response, Failure> {
    may_see(&platform, &actor)?;
    let logs: Vec<Json> = ours
        .log
        .standing()
        .await?
        .iter()
        .map(|one| {
            let published = one.published.as_ref();
            json!({
                "shard": one.shard,
                "origin": one.origin,
                "size": one.size,
                "lag": one.lag,
                "is_stopped": one.is_stopped,
                "published_size": published.map(|last| last.size),
                "published_at": published.map(|last| last.at),
                "witnesses": published.map(crate::Published::cosigners).unwrap_or_default(),
            })
        })
        .collect();
    let witnessed: Vec<Json> = ours
        .witness
        .witnessed()
        .into_iter()
        .map(|(origin, size)| json!({ "origin": origin, "size": size }))
        .collect();
    let answer = json!({ "logs": logs, "witnessed": witnessed, "alarms": ours.log.alarms() });
    Ok(as_json(NEVER, answer))
}

// --- witnesses ---------------------------------------------------------------------------------------------------------

/// What another installation needs of this one, to be witnessed by it and to witness it.
async fn witness_key(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
) -> Result<Response, Failure> {
    let now = platform.clock.now();
    let answer = json!({
        "witness_key": ours.witness.verifier_key(now)?.to_string(),
        "log": ours.log.origin_base(),
        "log_key": BASE64.encode(&ours.log.signing_key(now)?.bytes()),
    });
    Ok(as_json(BRIEFLY, answer))
}

/// Takes a checkpoint of a log that is witnessed here (C2SP tlog-witness).
async fn add_checkpoint(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    body: Body,
) -> Response {
    let Ok(bytes) = to_bytes(body, REQUEST_BYTES_MAX).await else {
        return Failure::from(RequestError::TooLarge).into_response();
    };
    let (witness, now) = (Arc::clone(&ours.witness), platform.clock.now());
    let judged = tokio::task::spawn_blocking(move || witness.add_checkpoint(&bytes, now)).await;
    match judged {
        Ok(Ok(line)) => answer(TEXT, NEVER, line),
        // The protocol has an answer of its own for this: the size, so that the next request begins there.
        Ok(Err(LogError::OldSize { seen, .. })) => {
            let mut response = answer("text/x.tlog.size", NEVER, format!("{seen}\n"));
            *response.status_mut() = StatusCode::CONFLICT;
            response
        }
        Ok(Err(error)) => Failure::from(error).into_response(),
        Err(_panic) => Failure::from(RequestError::Fault).into_response(),
    }
}
