//! The operator's page (运行状况): how the installation does, what needs a person, dead letters sent again.
//!
//! Every act goes through the real writer: it is a command of the letter itself, under an id that follows from the letter
//! and its death, so that two clicks are one, and the journal keeps who did it.

pub(crate) mod metrics;
mod pages;
mod seen;
mod words;

use crate::chores::Chores;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use catalogue::Catalogue;
use codes::Label;
use engine::{DeadLetterRow, Engine};
use evidence::stamp::Stamper;
use kernel::{ErrandId, Shard};
use maud::Markup;
use module::{Clearance, Platform, Subject, SubmitError, Who, clear};
use pages::Around;
use portal::{Failure, Frame, Path, Posted, Query, RequestError};
use seen::Seen;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who may look and who may act.
pub(crate) const ACCESS: &str = include_str!("operation/access.cedar");

/// The most letters that one press of a button sends again.
const AT_ONCE: u32 = 500;
/// The most dead letters that are exported.
const EXPORTED: u32 = 100_000;

/// What runs beside the engine and tells how it goes.
#[derive(Clone, Default)]
pub(crate) struct Beside {
    /// Chores done by the clock.
    pub(crate) chores: Chores,
    /// What fetches time-stamps; none where no authority is asked.
    pub(crate) stamper: Option<Arc<Stamper>>,
}

/// What the operator's pages work with.
#[derive(Clone)]
pub(crate) struct Operation {
    /// The engine.
    pub(crate) engine: Engine,
    /// What runs beside it.
    pub(crate) beside: Beside,
    /// Where places are named.
    pub(crate) catalogue: Arc<Catalogue>,
    /// Whether several processes may serve the installation.
    pub(crate) several: bool,
}

/// The routes of the operator.
pub(crate) fn router(operation: Operation) -> Router<Platform> {
    Router::new()
        .route("/operation", get(look))
        .route("/operation/dead-letters", get(back).post(act))
        .route("/operation/dead-letters.csv", get(export))
        .route("/operation/dead-letters/{shard}/{letter}", get(ask))
        .route("/ready", get(ready))
        .layer(axum::Extension(operation))
}

type Ours = axum::Extension<Operation>;

/// The thing that the operator acts on.
fn installation() -> Subject {
    Subject::new("Installation", "here")
}

fn may(platform: &Platform, who: &Who, action: &'static str) -> Result<Clearance, module::Denied> {
    clear(&*platform.gate, &who.0, action, &installation())
}

/// Whether requests may be sent here: every store is read, and no shard has stopped. It tells nothing else to anybody.
async fn ready(axum::Extension(ours): Ours) -> (StatusCode, &'static str) {
    let Ok(standings) = ours.engine.standings().await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the stores cannot be read\n");
    };
    let open: BTreeSet<Shard> =
        ours.engine.health().await.into_iter().map(|health| health.shard).collect();
    let has_stopped = standings.iter().any(|standing| !open.contains(&standing.shard));
    if has_stopped && !ours.several {
        return (StatusCode::SERVICE_UNAVAILABLE, "a shard has stopped\n");
    }
    (StatusCode::OK, "ready\n")
}

/// What was just done, as the address of the page tells it.
#[derive(Debug, Default, Deserialize)]
struct Done {
    #[serde(default)]
    done: String,
    #[serde(default)]
    letters: u32,
    #[serde(default)]
    left: u32,
}

impl Done {
    fn label(&self) -> Option<Label> {
        let (n, left) = (self.letters, self.left);
        let rest = match left {
            0 => Label::new("", ""),
            _ => Label::new(
                format!("，{left}封未能处理，请看其原因"),
                format!("; {left} could not be, see why"),
            ),
        };
        match self.done.as_str() {
            "resend" if n + left == 0 => Some(Label::new(
                "没有可重发的：已经有人处理过。",
                "Nothing was left to send again: somebody has dealt with it.",
            )),
            "resend" => Some(Label::new(
                format!("已重发{n}封{}。", rest.zh),
                format!("{n} sent again{}.", rest.en),
            )),
            "dismiss" if n + left == 0 => Some(Label::new(
                "没有可归档的：已经有人处理过。",
                "Nothing was left to put away: somebody has dealt with it.",
            )),
            "dismiss" => Some(Label::new(
                format!("已归档{n}封{}。", rest.zh),
                format!("{n} put away{}.", rest.en),
            )),
            _ => None,
        }
    }
}

async fn look(
    State(platform): State<Platform>,
    axum::Extension(ours): Ours,
    who: Who,
    frame: Frame,
    Query(done): Query<Done>,
) -> Result<Markup, Failure> {
    may(&platform, &who, "operation.read")?;
    let seen = Seen::look(&platform, &ours.engine, &ours.beside).await?;
    let around = Around {
        places: ours.catalogue.directory().places(),
        several: ours.several,
        may_act: may(&platform, &who, "operation.resend").is_ok(),
        done: done.label(),
    };
    Ok(pages::page(&frame, &seen, &around))
}

async fn back() -> Redirect {
    Redirect::to("/operation#dead")
}

/// Whether a question is about one letter, or about all that died of the same.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    all: String,
}

async fn ask(
    State(platform): State<Platform>,
    axum::Extension(ours): Ours,
    who: Who,
    frame: Frame,
    Path((shard, letter)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    may(&platform, &who, "operation.dismiss")?;
    let letter = letter.parse().map_err(|_shape| RequestError::NotFound)?;
    let Some(row) = ours.engine.dead_letter(&Shard::new(shard), letter).await? else {
        return Ok(done("dismiss", 0, 0));
    };
    let refused = seen::refusal(&platform, &row).await;
    let places = ours.catalogue.directory().places();
    let letters = of_one_cause(&ours.engine, Some(row), !asked.all.is_empty()).await?;
    Ok(pages::dismiss(&frame, &letters, refused.as_ref(), places).into_response())
}

fn done(act: &str, letters: u32, left: u32) -> Response {
    Redirect::to(&format!("/operation?done={act}&letters={letters}&left={left}")).into_response()
}

/// A letter, or all that died of the same as it, as far as one press of a button goes.
async fn of_one_cause(
    engine: &Engine,
    one: Option<DeadLetterRow>,
    all: bool,
) -> Result<Vec<DeadLetterRow>, Failure> {
    match one {
        Some(one) if all => Ok(engine.dead_of(&one.lane, &one.why, AT_ONCE).await?),
        one => Ok(one.into_iter().collect()),
    }
}

async fn act(
    State(platform): State<Platform>,
    axum::Extension(ours): Ours,
    who: Who,
    posted: Posted,
) -> Result<Response, Failure> {
    may(&platform, &who, "operation.read")?;
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    let shard = Shard::new(posted.get("shard").unwrap_or_default());
    let id: ErrandId = posted
        .get("letter")
        .unwrap_or_default()
        .parse()
        .map_err(|_shape| RequestError::Form("letter".to_owned()))?;
    let (act, by) = match verb.as_str() {
        "resend" => (Act::Resend, may(&platform, &who, "operation.resend")?),
        "dismiss" => (Act::Dismiss, may(&platform, &who, "operation.dismiss")?),
        _ => return Err(RequestError::Form(portal::ACTION.to_owned()).into()),
    };
    let one = ours.engine.dead_letter(&shard, id).await?;
    let letters = of_one_cause(&ours.engine, one, posted.filled("all").is_some()).await?;
    let (acted, left) = handled(&ours.engine, act, &by, &letters).await?;
    Ok(done(act.word(), acted, left))
}

/// What an operator does with dead letters.
#[derive(Clone, Copy, Debug)]
enum Act {
    Resend,
    Dismiss,
}

impl Act {
    const fn word(self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::Dismiss => "dismiss",
        }
    }
}

/// Does it with each letter, by a command of its own; answers with how many it was done with and how many it could not be.
async fn handled(
    engine: &Engine,
    act: Act,
    by: &Clearance,
    letters: &[DeadLetterRow],
) -> Result<(u32, u32), Failure> {
    let (mut acted, mut left) = (0, 0);
    for letter in letters {
        let answer = match act {
            Act::Resend => engine.resend(by, &letter.shard, letter.id).await,
            Act::Dismiss => engine.dismiss(by, &letter.shard, letter.id).await,
        };
        match answer {
            Ok(_receipt) => acted += 1,
            // Somebody else was quicker: it is not dead any more, which is what was asked for.
            Err(error) if is_gone(&error) => {}
            Err(SubmitError::Refused(refusal)) => {
                tracing::warn!(letter = %letter.id, %refusal, "a dead letter stays");
                left += 1;
            }
            Err(error @ SubmitError::Rejected(_)) => return Err(error.into()),
        }
    }
    Ok((acted, left))
}

fn is_gone(error: &SubmitError) -> bool {
    matches!(error, SubmitError::Refused(refusal) if refusal.reason == "LETTER_NOT_DEAD")
}

async fn export(
    State(platform): State<Platform>,
    axum::Extension(ours): Ours,
    who: Who,
    frame: Frame,
) -> Result<Response, Failure> {
    may(&platform, &who, "operation.read")?;
    let letters = ours.engine.dead_letters(EXPORTED).await?;
    let head = [
        frame.t("分片", "shard"),
        frame.t("编号", "id"),
        frame.t("工作", "work"),
        frame.t("发起", "asked for by"),
        frame.t("成为死信", "died at"),
        frame.t("原因", "why"),
    ];
    let rows: Vec<[String; 6]> = letters
        .into_iter()
        .map(|row| {
            let (shard, id) = (row.shard.to_string(), row.id.to_string());
            [shard, id, row.lane, row.source, row.died_at.to_string(), row.why]
        })
        .collect();
    let text = portal::csv(&head, rows.iter().map(|row| row.iter().map(String::as_str)));
    Ok(portal::csv_response("dead-letters", text))
}

#[cfg(test)]
mod tests;
