//! Reminding several organs at once (批量催办): tasks are ticked in a list, one text goes to all, each as an act of its own.

use super::{loaded, watched, words};
use crate::command::CaseCommand;
use crate::desk::{Ask, Loaded, stamped};
use crate::error::CaseError;
use crate::http::Visit;
use crate::model::TaskName;
use axum::response::{IntoResponse as _, Response};
use kernel::CommandId;
use maud::{Markup, html};
use portal::{
    Audience, Button, Control, Failure, Field, Groups, Notice, Page, Posted, Tone, code,
    error_summary, stamp,
};

/// The name of the boxes.
pub(super) const PICKED: &str = "task";
/// The most tasks of one act.
const MOST: usize = 100;

/// A task as a box carries it.
pub(super) fn value(no: &str, task: &str) -> String {
    format!("{no} {task}")
}

/// One task that was ticked.
struct Picked {
    loaded: Loaded,
    task: TaskName,
}

/// Asks for the words, or sends them where they are there.
pub(super) async fn remind(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    watched(&visit, None)?;
    let mut picked = Vec::new();
    for text in posted.ticked(PICKED).into_iter().take(MOST) {
        let (no, task) = text.split_once(' ').unwrap_or((text, ""));
        let loaded = loaded(&visit, no, "task.remind", Some(task)).await?;
        picked.push(Picked { loaded, task: task.to_owned() });
    }
    let sending = posted.action().is_some_and(|action| action.verb == "send");
    let text = words(&posted, "text");
    if picked.is_empty() || !sending || text.is_empty() {
        return Ok(asking(&visit, &picked, sending && text.is_empty())?.into_response());
    }
    let (id, _) = stamped(&posted)?;
    let mut refused = Vec::new();
    for one in &picked {
        if let Err(failure) = send(&visit, id, one, &text).await {
            refused.push((one, failure));
        }
    }
    Ok(sent(&visit, picked.len() - refused.len(), &refused)?.into_response())
}

/// Each task gets the reminder under an id that follows from the form's, so that the form sent twice reminds once.
async fn send(visit: &Visit, id: CommandId, one: &Picked, text: &str) -> Result<(), Failure> {
    let no = &one.loaded.case.no.0;
    let id = CommandId::derive(&[b"case.remind", id.bytes(), no.as_bytes(), one.task.as_bytes()]);
    let command = CaseCommand::Remind { task: one.task.clone(), text: text.to_owned() };
    let (action, task) = ("task.remind", Some(one.task.as_str()));
    let ask = Ask { actor: &visit.actor, action, task, id, expected: None };
    visit.desk.submit(&visit.platform, ask, &one.loaded, &command).await.map(|_receipt| ())
}

/// Case, task and organ in one line.
fn line(visit: &Visit, one: &Picked) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let plan = one.loaded.plan()?;
    let row = plan.task(&one.task).ok_or_else(|| CaseError::NoSuchTask(one.task.clone()))?;
    let case = &one.loaded.case;
    Ok(html! {
        (case.title) " · " (row.label.get(lang)) " · " (row.organ_label.get(lang)) " "
        (code(Groups::Whole, &case.no.0))
    })
}

fn asking(visit: &Visit, picked: &[Picked], missing: bool) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let title = visit.t("批量催办", "Remind several");
    let empty = visit.t("请写明催办的内容。", "Please say what the reminder is about.");
    let text = Field::new(
        lang,
        "text",
        visit.t("内容（发给以下每个环节）", "Words, sent to each task below"),
        Control::Area { max: Some(super::WORDS_MAX), lines: 4 },
    );
    let lines = picked.iter().map(|one| line(visit, one)).collect::<Result<Vec<_>, _>>()?;
    let body = html! {
        @if missing { (error_summary(lang, [("text", empty)])) }
        h1 { (title) }
        @if picked.is_empty() {
            (Notice::short(Tone::Time, visit.t("还没有选择环节。请返回列表，勾选要催办的环节。", "No task is chosen. Go back to the list and tick those to remind.")))
            p { a href="/board" { (visit.t("返回督办", "Back to the board")) } }
        } @else {
            form method="post" action="/board/remind" {
                (stamp(&visit.desk.fresh_id()?.to_string(), None))
                @for one in picked {
                    input type="hidden" name=(PICKED) value=(value(&one.loaded.case.no.0, &one.task));
                }
                (text.required(true).error(missing.then_some(empty)))
                ul.bullets { @for line in &lines { li { (line) } } }
                div.acts {
                    (Button::main(visit.t("发出催办", "Send the reminders"), "send"))
                    a href="/board" { (visit.t("返回，不作更改", "Go back without changing anything")) }
                }
            }
        }
    };
    Ok(page(visit, title, missing, &body))
}

/// What was sent, and what was not and why.
fn sent(visit: &Visit, n: usize, refused: &[(&Picked, Failure)]) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let title = visit.t("批量催办", "Remind several");
    let done = match lang {
        codes::Lang::Zh => format!("已催办 {n} 个环节"),
        codes::Lang::En => format!("{n} tasks were reminded"),
    };
    let mut lines = Vec::new();
    for (one, failure) in refused {
        lines.push((line(visit, one)?, failure.label.get(lang)));
    }
    let body = html! {
        h1 { (title) }
        (Notice::short(if n == 0 { Tone::Time } else { Tone::Good }, done))
        @if !lines.is_empty() {
            h2 { (visit.t("没有催办的环节", "Not reminded")) }
            ul.bullets { @for (line, why) in &lines { li { (line) " " span.quiet { (why) } } } }
        }
        p { a href="/board" { (visit.t("返回督办", "Back to the board")) } }
    };
    Ok(page(visit, title, false, &body))
}

fn page(visit: &Visit, title: &str, failed: bool, body: &Markup) -> Markup {
    let page = Page::new(title).crumb(visit.t("督办", "Supervision"), "/board").failed(failed);
    page.audience(Audience::Officer).render(&visit.frame, body)
}
