//! What the applicant can do with a case under way: withdraw it, drop a task, object. Each asks once.

use super::page_of;
use crate::command::CaseCommand;
use crate::desk::Loaded;
use crate::error::{CaseError, DeskError};
use crate::http::{Visit, in_path, see};
use crate::model::TaskPlan;
use axum::response::Response;
use codes::Coded as _;
use maud::{Markup, Render as _, html};
use portal::{Confirm, Control, Failure, Field, Path, Posted, error_summary};

/// The longest reason or objection, in characters.
const WORDS_MAX: usize = 500;
const WORDS_MAX_U32: u32 = 500;

/// The words under a name, without white space around them.
///
/// # Errors
/// `REASON_MISSING` if there are none, `VALUES` if there are too many.
fn words(posted: &Posted, name: &str) -> Result<String, Failure> {
    let text = posted.filled(name).ok_or(CaseError::ReasonMissing)?;
    if text.chars().count() > WORDS_MAX {
        let chars = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let long = elements::ValueFault::TooLong { max: WORDS_MAX_U32, chars };
        return Err(DeskError::Values(vec![(name.to_owned(), long.code().to_string())]).into());
    }
    Ok(text.to_owned())
}

/// A field for words that an organ will read.
fn words_field(visit: &Visit, name: &str, zh: &str, en: &str) -> Markup {
    let control = Control::Area { max: Some(WORDS_MAX), lines: 4 };
    Field::new(visit.frame.lang, name, visit.t(zh, en), control).required(true).render()
}

/// Asks whether the case is to be withdrawn.
pub(crate) async fn ask_withdraw(visit: Visit, Path(no): Path<String>) -> Result<Markup, Failure> {
    let loaded = visit.case(&no, "case.withdraw").await?;
    let no = &loaded.case.no;
    let question = visit.t("撤回整个申请？", "Withdraw the whole case?");
    let plan = loaded.plan()?;
    let lang = visit.frame.lang;
    let running =
        |row: &&TaskPlan| loaded.case.tasks.get(&row.name).is_some_and(|task| !task.state.ended());
    let mut losses: Vec<String> = plan
        .tasks
        .iter()
        .filter(running)
        .map(|row| format!("{}：{}", row.label.get(lang), visit.t("停止办理", "stops")))
        .collect();
    if loaded.case.name_until.is_some() {
        losses.push(visit.t("名称不再为您保留", "The name is kept for you no longer").to_owned());
    }
    let visits = visit.t(
        "已经做过的现场核查留存，90 日内同一场所再申请时有效",
        "Site visits already made stay on file and count for a new case of the same premises within 90 days",
    );
    let confirm = Confirm {
        question,
        losses,
        stays: vec![visits.to_owned()],
        post_to: &format!("/cases/{no}/withdraw"),
        action: "withdraw",
        yes: visit.t("确认撤回", "Withdraw the case"),
        back: &format!("/cases/{no}"),
        command_id: &visit.desk.fresh_id()?.to_string(),
        expected_version: Some(loaded.version),
        more: words_field(&visit, "reason", "撤回原因", "Why"),
    };
    Ok(page_of(&visit, &loaded, question).render(&visit.frame, &confirm.markup(lang)))
}

/// Withdraws the case.
pub(crate) async fn withdraw(
    visit: Visit,
    Path(no): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let loaded = visit.case(&no, "case.withdraw").await?;
    let reason = words(&posted, "reason")?;
    visit.send(&loaded, "case.withdraw", &posted, &CaseCommand::Withdraw { reason }).await?;
    Ok(see(&format!("/cases/{}", loaded.case.no)))
}

fn row<'a>(plan: &'a crate::Plan, task: &str) -> Result<&'a TaskPlan, Failure> {
    plan.task(task).ok_or_else(|| CaseError::NoSuchTask(task.to_owned()).into())
}

/// Asks whether a task is to be dropped, and names the tasks that fall with it.
pub(crate) async fn ask_drop(
    visit: Visit,
    Path((no, task)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    let loaded = visit.case(&no, "case.withdraw").await?;
    let plan = loaded.plan()?;
    let row = row(&plan, &task)?;
    let lang = visit.frame.lang;
    let falls = plan.tasks.iter().filter(|other| plan.depends(&other.name, &task));
    let mut losses = vec![format!("{}：{}", row.label.get(lang), visit.t("停止办理", "stops"))];
    losses.extend(falls.map(|other| {
        let ends = visit.t("需要它，一并停止", "needs it and stops too");
        format!("{}：{ends}", other.label.get(lang))
    }));
    let question = match lang {
        codes::Lang::Zh => format!("退出“{}”？", row.label.zh),
        codes::Lang::En => format!("Drop “{}”?", row.label.en),
    };
    let stays = visit.t("其他环节继续办理", "All other tasks go on");
    let confirm = Confirm {
        question: &question,
        losses,
        stays: vec![stays.to_owned()],
        post_to: &format!("/cases/{}/tasks/{}/drop", loaded.case.no, in_path(&task)),
        action: "drop",
        yes: visit.t("确认退出", "Drop the task"),
        back: &format!("/cases/{}", loaded.case.no),
        command_id: &visit.desk.fresh_id()?.to_string(),
        expected_version: Some(loaded.version),
        more: html! {},
    };
    Ok(page_of(&visit, &loaded, &question).render(&visit.frame, &confirm.markup(lang)))
}

/// Drops a task.
pub(crate) async fn drop_task(
    visit: Visit,
    Path((no, task)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let loaded = visit.case(&no, "case.withdraw").await?;
    visit.send(&loaded, "case.withdraw", &posted, &CaseCommand::DropTask { task }).await?;
    Ok(see(&format!("/cases/{}", loaded.case.no)))
}

/// The page on which the party objects to how a task goes.
pub(crate) async fn ask_object(
    visit: Visit,
    Path((no, task)): Path<(String, String)>,
) -> Result<Markup, Failure> {
    let loaded = visit.case(&no, "case.object").await?;
    objection(&visit, &loaded, &task, false)
}

fn objection(visit: &Visit, loaded: &Loaded, task: &str, missing: bool) -> Result<Markup, Failure> {
    let plan = loaded.plan()?;
    let row = row(&plan, task)?;
    let lang = visit.frame.lang;
    let title = visit.t("提出异议", "Object");
    let empty = visit.t("请写明异议的内容。", "Please say what you object to.");
    let text = Field::new(
        lang,
        "text",
        visit.t("异议内容和理由", "What you object to, and why"),
        Control::Area { max: Some(WORDS_MAX), lines: 6 },
    );
    let back = format!("/cases/{}", loaded.case.no);
    let body = html! {
        @if missing { (error_summary(lang, [("text", empty)])) }
        h1 { (title) }
        p { (row.organ_label.get(lang)) " · " (row.label.get(lang)) }
        p { (visit.t(
            "异议会记入办件，办理单位和督办人员都能看到。异议不停止办理，也不影响您申请复议或者起诉。",
            "An objection becomes part of the case; the organ and the coordinator see it. It does not stop the work, and your right to reconsideration or suit stays as it is.",
        )) }
        form method="post" action={ (back) "/tasks/" (in_path(task)) "/object" } {
            (visit.stamp(loaded)?)
            (text.required(true).error(missing.then_some(empty)))
            div.acts {
                (portal::Button::main(visit.t("提交异议", "Send the objection"), "object"))
                a href=(back) { (visit.t("返回", "Go back")) }
            }
        }
    };
    Ok(page_of(visit, loaded, title).failed(missing).render(&visit.frame, &body))
}

/// Objects.
pub(crate) async fn object(
    visit: Visit,
    Path((no, task)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let loaded = visit.case(&no, "case.object").await?;
    if posted.filled("text").is_none() {
        let page = objection(&visit, &loaded, &task, true)?;
        return Ok(crate::http::answer(axum::http::StatusCode::UNPROCESSABLE_ENTITY, page));
    }
    let text = words(&posted, "text")?;
    visit.send(&loaded, "case.object", &posted, &CaseCommand::Object { task, text }).await?;
    Ok(see(&format!("/cases/{}", loaded.case.no)))
}
