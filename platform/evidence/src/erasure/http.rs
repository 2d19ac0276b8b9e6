//! Routes of erasures.

use super::pages::{self, Line};
use super::{Cause, Erasure, ErasureCommand, ErasureError, ErasureKey};
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use blobs::KeyName;
use kernel::{Actor, Atomic, CommandId, Shard};
use module::{Clearance, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Posted, RequestError};
use tables::Query;

/// Erasures on the page, the newest first.
const ROWS: u32 = 200;

/// The longest name of a key, in bytes.
const NAME_BYTES_MAX: usize = 120;

/// The shard of erasures: they belong to no place.
#[derive(Clone)]
struct Home(Shard);

pub(crate) fn router(home: Shard) -> Router<Platform> {
    Router::new().route("/evidence/erasures", get(list).post(act)).layer(Extension(Home(home)))
}

async fn list(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    cleared(&platform, &actor, "evidence.see_erasures", "")?;
    let query = Query::new(
        "SELECT key, state, cause, ordered_by, ordered_at, confirmed_by, erased_at, version \
         FROM evidence_erasures ORDER BY ordered_at DESC LIMIT ",
    )
    .text(&ROWS.to_string());
    let rows = platform.reader.rows(query).await?;
    let lines = rows.iter().map(Line::read).collect::<Result<Vec<_>, _>>()?;
    Ok(pages::list(&frame, &lines).into_response())
}

async fn act(
    State(platform): State<Platform>,
    Extension(Home(home)): Extension<Home>,
    Who(actor): Who,
    posted: Posted,
) -> Result<Response, Failure> {
    let key = posted.filled("key").unwrap_or_default().trim().to_owned();
    let by = cleared(&platform, &actor, "evidence.erase", &key)?;
    if !is_name(&key) {
        return Err(ErasureError::NoSuchKey(key).into());
    }
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    let command = match verb.as_str() {
        "confirm" => ErasureCommand::Confirm,
        "withdraw" => ErasureCommand::Withdraw,
        _ => {
            let word = posted.filled("cause").unwrap_or_default();
            let cause = Cause::of(word);
            ErasureCommand::Order {
                cause: cause.ok_or_else(|| ErasureError::NoSuchCause(word.to_owned()))?,
            }
        }
    };
    if !matches!(command, ErasureCommand::Withdraw) {
        for retains in platform.retains.iter() {
            if let Some(why) = retains.needs(&*platform.reader, &key).await? {
                return Err(ErasureError::StillNeeded(why).into());
            }
        }
    }
    let version = match (&command, posted.expected_version()) {
        (ErasureCommand::Order { .. }, _) | (_, None) => version_of(&platform, &key).await?,
        (_, Some(seen)) => seen,
    };
    let commands = Atomic::new(home)
        .then_at::<Erasure>(&ErasureKey(key.clone()), version, &command)
        .map_err(|_unwritable| RequestError::Fault)?;
    // A form that is sent twice acts once.
    let id = CommandId::derive(&[
        b"evidence.erasure",
        key.as_bytes(),
        &version.to_be_bytes(),
        verb.as_bytes(),
        login(&actor).as_bytes(),
    ]);
    platform.commands.submit(by, id, commands).await?;
    Ok(Redirect::to("/evidence/erasures").into_response())
}

/// The version of an erasure as the table has it; 0 if there was none.
async fn version_of(platform: &Platform, key: &str) -> Result<u64, Failure> {
    let query = Query::new("SELECT version FROM evidence_erasures WHERE 1 = 1").and("key", key);
    let rows = platform.reader.rows(query).await?;
    let version = rows.first().map_or(Ok(0), |row| row.get("version"));
    Ok(version.map_err(tables::ReadError::from)?)
}

fn login(actor: &Actor) -> &str {
    match actor {
        Actor::Officer { login, .. } | Actor::Party { login, .. } => login,
        _ => "",
    }
}

/// Keys are named `kind/id`.
fn is_name(key: &str) -> bool {
    key.len() <= NAME_BYTES_MAX
        && key.split_once('/').is_some_and(|(kind, id)| !kind.is_empty() && !id.is_empty())
        && KeyName::new(key).as_str() == key
}

fn cleared(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    key: &str,
) -> Result<Clearance, Failure> {
    let subject = Subject { place: "000000".to_owned(), ..Subject::new("Erasure", key) };
    Ok(clear(&*platform.gate, actor, action, &subject)?)
}
