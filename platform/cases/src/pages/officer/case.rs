//! The case as one officer sees it: her service's projection, the clock, what changed, and the one bar of decisions.

use super::open::Open;
use super::since::{self, uploads};
use super::{bar, shown};
use crate::command::CaseCommand;
use crate::desk::{Ask, key_of, stamped};
use crate::error::{CaseError, DeskError, WorkError};
use crate::http::{Visit, in_path};
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use blobs::BlobId;
use elements::Path as FieldPath;
use forms::Owner;
use kernel::CommandId;
use maud::{Markup, html};
use portal::{
    Audience, Button, Failure, Groups, Json, Page, Path, Posted, Query, Tone, code, decision_bar,
    tag,
};
use serde::Deserialize;
use serde_json::{Value as JsonValue, json};

/// The longest purpose of a look, in characters.
const PURPOSE_CHARS_MAX: usize = 200;

/// The case with its persons closed.
pub(crate) async fn show(
    visit: Visit,
    Path((no, task)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    let open = Open::of(&visit, &no, &task, "task.read").await?;
    page(&visit, &open, None).await
}

/// Records a look at the persons of the projection, then shows them.
pub(crate) async fn persons(
    visit: Visit,
    Path((no, task)): Path<(String, String)>,
    posted: Posted,
) -> Result<Markup, Failure> {
    let open = Open::of(&visit, &no, &task, "task.read").await?;
    let (id, _seen) = stamped(&posted)?;
    let purpose = purpose(posted.filled("purpose"))?;
    record_look(&visit, &open, id, &purpose).await?;
    let open = Open::of(&visit, &no, &task, "task.read").await?;
    page(&visit, &open, Some(&purpose)).await
}

/// A purpose in words.
pub(crate) fn purpose(text: Option<&str>) -> Result<String, Failure> {
    let text =
        text.map(str::trim).filter(|text| !text.is_empty()).ok_or(CaseError::ReasonMissing)?;
    Ok(text.chars().take(PURPOSE_CHARS_MAX).collect())
}

/// Records that an officer looks at the persons of a projection (E10).
pub(crate) async fn record_look(
    visit: &Visit,
    open: &Open,
    id: CommandId,
    purpose: &str,
) -> Result<(), Failure> {
    let completed = open.completed(visit).await?;
    let cards = shown::persons_in(open, &completed);
    if cards.is_empty() {
        return Ok(());
    }
    let task = open.row.name.clone();
    let command = CaseCommand::ReadPersons { task, cards, purpose: purpose.to_owned() };
    let ask = Ask {
        actor: &visit.actor,
        action: "task.read",
        task: Some(&open.row.name),
        id,
        expected: None,
    };
    visit.desk.submit(&visit.platform, ask, &open.loaded, &command).await.map(|_receipt| ())
}

async fn page(visit: &Visit, open: &Open, look: Option<&str>) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let now = visit.platform.clock.now();
    let calendar = visit.desk.law.calendar();
    let answers = visit.desk.answers(&open.loaded).await?;
    let completed = open.definition.completed(&answers, &open.loaded.case.values);
    let payload = shown::payload(open, &completed)?;
    let task = open.task();
    let (tone, word) = shown::state_of(task.state.word(), lang);
    let case = &open.loaded.case;
    let body = html! {
        h1 { (case.title) }
        p {
            (tag(tone, word)) " "
            @if task.wanted.is_some() { (tag(Tone::Time, visit.t("待申请人补正", "with the applicant"))) " " }
            (open.row.label.get(lang)) " " (code(Groups::Whole, &case.no.0))
        }
        (since::notice(open, &visit.actor, &answers, lang))
        @if let Some(purpose) = look { (shown::recorded(purpose, lang)) }
        (shown::clock(open, &task, &calendar, now.date(), lang))
        @if let Some(wanted) = &task.wanted { (bar::asked(open, wanted, lang)) }
        h2 { (visit.t("申请内容（仅限本环节）", "The application, as far as this task asks for it")) }
        (shown::projection(open, &payload, look.is_some(), lang))
        @if look.is_none() { (shown::closed_persons(open, &visit.stamp(&open.loaded)?, lang)) }
        (materials(visit, open))
        (shown::others(open, lang))
        (decision(visit, open)?)
    };
    let page = Page::new(format!("{} · {}", open.row.label.get(lang), case.title));
    let page = page.crumb(visit.t("待办", "Worklist"), "/work").audience(Audience::Officer);
    Ok(page.render(&visit.frame, &body))
}

fn materials(visit: &Visit, open: &Open) -> Markup {
    let lang = visit.frame.lang;
    let case = &open.loaded.case;
    let slots: Vec<_> = uploads(open).collect();
    html! {
        @if !slots.is_empty() {
            section.group aria-label=(visit.t("材料", "Materials")) {
                h3 { (visit.t("材料", "Materials")) }
                ul.bullets {
                    @for (slot, label) in &slots {
                        li {
                            (label.get(lang)) " "
                            @if case.materials.contains_key(slot) {
                                a href={ (open.address()) "/materials/" (in_path(slot)) } { (visit.t("查看", "View")) }
                            } @else if case.confirmed.contains(slot) {
                                (tag(Tone::Good, visit.t("已由登记信息核实", "confirmed by a register")))
                            } @else { (tag(Tone::Time, visit.t("未提供", "not there"))) }
                        }
                    }
                }
            }
        }
    }
}

/// The one bar at the foot: what this officer may do now.
fn decision(visit: &Visit, open: &Open) -> Result<Markup, Failure> {
    let acts = bar::offered(visit, open);
    if acts.is_empty() {
        return Ok(html! {});
    }
    let buttons: Vec<Button> = acts.iter().map(|act| act.button(visit, open)).collect();
    Ok(html! {
        form method="post" action={ (open.address()) "/act" } {
            (visit.stamp(&open.loaded)?)
            (decision_bar(visit.frame.lang, &buttons, &html! {}))
        }
    })
}

/// A file of the case that the service uses.
pub(crate) async fn material(
    visit: Visit,
    Path((no, task, slot)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    let open = Open::of(&visit, &no, &task, "task.read").await?;
    if !uploads(&open).any(|(id, _)| id == slot) {
        return Err(denied(&visit, &open, &slot).await?);
    }
    let blob = open.loaded.case.materials.get(&slot);
    let blob = blob.ok_or_else(|| DeskError::SlotUnknown(slot.clone()))?;
    let key = key_of(&open.loaded.case.no);
    let content = visit.desk.vault.open(&key, &BlobId(blob.clone())).await?;
    Ok(crate::pages::form::file(&content, &slot))
}

/// Records that something was asked for which the service does not ask for, and tells the failure (S14).
async fn denied(visit: &Visit, open: &Open, path: &str) -> Result<Failure, Failure> {
    let task = open.row.name.clone();
    let path: String = path.chars().take(PURPOSE_CHARS_MAX).collect();
    let command = CaseCommand::NoteDenied { task: task.clone(), path: path.clone() };
    let ask = Ask {
        actor: &visit.actor,
        action: "task.read",
        task: Some(&task),
        id: visit.desk.fresh_id()?,
        expected: None,
    };
    visit.desk.submit(&visit.platform, ask, &open.loaded, &command).await?;
    Ok(WorkError::FieldOutside { service: open.row.service.to_string(), path }.into())
}

/// Which field is asked for, and for what.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FieldAsked {
    /// The path, such as `shareholder[].name`; `shareholder[]` asks for the whole rows. None is a path that no form has.
    #[serde(default)]
    path: String,
    /// For what, where it is of persons.
    purpose: Option<String>,
}

/// One field of the projection; a path outside it is refused and recorded.
pub(crate) async fn field(
    visit: Visit,
    Path((no, task)): Path<(String, String)>,
    Query(asked): Query<FieldAsked>,
) -> Result<Response, Failure> {
    let open = Open::of(&visit, &no, &task, "task.read").await?;
    let known = asked.path.parse::<FieldPath>().ok().filter(|path| open.form.asks(path).is_some());
    let Some(path) = known else { return Err(denied(&visit, &open, &asked.path).await?) };
    let of_persons = open.form.asks(&path).is_some_and(|field| field.owner == Owner::Role);
    if of_persons {
        let purpose = purpose(asked.purpose.as_deref())?;
        record_look(&visit, &open, visit.desk.fresh_id()?, &purpose).await?;
    }
    let completed = open.completed(&visit).await?;
    let payload = shown::payload(&open, &completed)?;
    let values: Vec<JsonValue> = payload
        .cells(&path)
        .iter()
        .map(|cell| cell.value().map_or(JsonValue::Null, |value| json!(value)))
        .collect();
    let answer = Json(json!({ "path": path.to_string(), "values": values }));
    Ok(([(CACHE_CONTROL, "private, no-store")], answer).into_response())
}
