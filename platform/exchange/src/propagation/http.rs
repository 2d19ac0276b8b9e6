//! Routes of propagation: who has not confirmed, one propagation, the supervisor's acts.

use super::decide::{Propagation, PropagationCommand};
use super::error::PropagationError;
use super::model::{PropagationKey, Standing};
use super::pages;
use super::queries::{self, RecipientRow};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use kernel::{Actor, Atomic, CommandId};
use module::{Clearance, Denied, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Posted, RequestError};
use serde_json::{Value, json};

/// Rows on one page.
const PAGE_ROWS: u32 = 200;

pub(crate) fn router() -> Router<Platform> {
    Router::new()
        .route("/propagation", get(list))
        .route("/propagation/{about}", get(one).post(act))
        .route("/api/v1/propagation", get(list_json))
}

async fn open(
    platform: &Platform,
    actor: &Actor,
) -> Result<(Vec<RecipientRow>, queries::Counts), Failure> {
    clear(&*platform.gate, actor, "propagation.see", &Subject::new("Propagation", "list"))?;
    let reader = &*platform.reader;
    let mut rows = queries::standing(reader, Standing::Escalated, "", PAGE_ROWS).await?;
    rows.extend(queries::standing(reader, Standing::Pending, "", PAGE_ROWS).await?);
    Ok((rows, queries::counts(reader, "").await?))
}

async fn list(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let (rows, counts) = open(&platform, &actor).await?;
    Ok(pages::list(&frame, &rows, counts).into_response())
}

async fn list_json(State(platform): State<Platform>, Who(actor): Who) -> Result<Response, Failure> {
    let (rows, counts) = open(&platform, &actor).await?;
    let rows: Vec<Value> = rows.iter().map(row_json).collect();
    let answer = json!({
        "open": rows, "done": counts.done, "pending": counts.pending, "overdue": counts.escalated,
    });
    Ok(axum::Json(answer).into_response())
}

async fn one(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Path(about): Path<String>,
) -> Result<Response, Failure> {
    let about = PropagationKey(about);
    let (rows, _by) = seen(&platform, &actor, "propagation.see", &about).await?;
    let rounds = queries::rounds(&*platform.reader, &about).await?;
    let may_act = clear(&*platform.gate, &actor, "propagation.act", &subject(&about)).is_ok();
    Ok(pages::one(&frame, &about, &rows, &rounds, may_act).into_response())
}

/// Sends again, or records how a recipient was told otherwise.
async fn act(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(about): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let about = PropagationKey(about);
    let (rows, by) = seen(&platform, &actor, "propagation.act", &about).await?;
    let recipient = posted.filled("recipient").unwrap_or_default().to_owned();
    let row = rows
        .iter()
        .find(|row| row.recipient == recipient)
        .ok_or_else(|| PropagationError::NoRecipient { recipient: recipient.clone() })?;
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    let command = match verb.as_str() {
        "send_again" => PropagationCommand::SendAgain { recipient },
        _ => {
            let how = posted.filled("how").unwrap_or_default().to_owned();
            PropagationCommand::Settle { recipient, how }
        }
    };
    let commands = Atomic::new(row.shard.clone())
        .then::<Propagation>(&about, &command)
        .map_err(|_unwritable| RequestError::Fault)?;
    // The same button pressed twice on the same page acts once.
    let shown = format!("{}/{}", row.round, row.attempts);
    let recipient = row.recipient.as_bytes();
    let id = CommandId::derive(&[
        b"propagation.act",
        about.0.as_bytes(),
        recipient,
        shown.as_bytes(),
        verb.as_bytes(),
    ]);
    platform.commands.submit(by, id, commands).await?;
    Ok(Redirect::to(&format!("/propagation/{about}")).into_response())
}

async fn seen(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    about: &PropagationKey,
) -> Result<(Vec<RecipientRow>, Clearance), Failure> {
    if *actor == Actor::Public {
        return Err(Denied::SignedOut.into());
    }
    let by = clear(&*platform.gate, actor, action, &subject(about))?;
    let rows = queries::recipients(&*platform.reader, about).await?;
    if rows.is_empty() { Err(PropagationError::NothingTold.into()) } else { Ok((rows, by)) }
}

fn subject(about: &PropagationKey) -> Subject {
    Subject::new("Propagation", about.0.as_str())
}

fn row_json(row: &RecipientRow) -> Value {
    json!({
        "about": row.about, "recipient": row.recipient, "round": row.round, "kind": row.kind,
        "state": row.standing, "attempts": row.attempts, "told_at": row.told_at,
        "again_at": row.again_at, "why": row.why,
    })
}
