//! Cases for programs: lists, one case, commands, and the projection that an organ reads.
//!
//! ```text
//! POST /api/v1/cases/440115-260212-000001-33/commands
//! {"id": "…32 hex digits…", "expected_version": 17, "command": {"Accept": {"task": "food"}}}
//! ```
//! The same id again gives the first answer. Failures are problems of RFC 9457.

use crate::command::CaseCommand as C;
use crate::desk::{Ask, Desk, Loaded};
use crate::error::{CaseError, DeskError, WorkError};
use crate::http::Visit;
use crate::model::{Case, TaskName, TaskState};
use crate::pages::officer::{Open, payload, purpose, record_look};
use crate::queries::work::{self, Scope};
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use codes::Coded as _;
use forms::Answers;
use kernel::{Actor, CommandId, Json as Value};
use module::{Denied, Platform, Subject, clear};
use portal::{Failure, Json, Path, Query, RequestError};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The routes of programs.
pub(crate) fn router(desk: &Arc<Desk>) -> Router<Platform> {
    Router::new()
        .route("/api/v1/cases", get(list))
        .route("/api/v1/cases/{no}", get(one))
        .route("/api/v1/cases/{no}/commands", post(command))
        .route("/api/v1/cases/{no}/tasks/{task}/payload", get(projection))
        .layer(Extension(Arc::clone(desk)))
}

/// What a list is narrowed to.
#[derive(Clone, Debug, Default, Deserialize)]
struct Sought {
    /// A number, a credit code, or a part of the name.
    #[serde(default)]
    q: String,
}

/// Cases that whoever asks may see, the newest first: a party's own, an organ's, those of a coordinator's place.
async fn list(visit: Visit, Query(sought): Query<Sought>) -> Result<Response, Failure> {
    let scope = scope(&visit)?;
    let found = work::search(&*visit.platform.reader, &scope, &sought.q).await?;
    let cases: Vec<Value> = found
        .iter()
        .map(|case| {
            json!({
                "no": case.no,
                "title": case.title,
                "state": case.state,
                "place": case.place,
                "package": case.package,
                "submitted_on": case.submitted.map(|day| day.to_string()),
                "joint_due": case.joint_due.map(|day| day.to_string()),
                "uscc": case.uscc,
            })
        })
        .collect();
    Ok(private(json!({ "cases": cases })))
}

fn scope(visit: &Visit) -> Result<Scope, Failure> {
    let gate = &*visit.platform.gate;
    let refused = |action| Denied::NotEntitled { action, kind: "Case", id: "list".to_owned() };
    match &visit.actor {
        Actor::Public => Err(Denied::SignedOut.into()),
        Actor::Party { party, .. } => {
            let parties = vec![party.to_string()];
            let on = Subject { parties, ..Subject::new("Case", "list") };
            clear(gate, &visit.actor, "case.read", &on)?;
            Ok(Scope::Party(party.to_string()))
        }
        Actor::Officer { organ, .. } => {
            let on = Subject { organ: Some(organ.clone()), ..Subject::new("Task", "list") };
            if clear(gate, &visit.actor, "task.worklist", &on).is_ok() {
                return Ok(Scope::Organ(organ.to_string()));
            }
            let place = organ.as_str().split_once('-').map_or("", |(place, _)| place).to_owned();
            let on = Subject { place: place.clone(), ..Subject::new("Case", "list") };
            clear(gate, &visit.actor, "case.watch", &on)?;
            Ok(Scope::Place(place))
        }
        Actor::System { .. } | Actor::Partner { .. } => Err(refused("case.read").into()),
    }
}

/// How much of a case somebody sees.
enum Sight {
    /// All of its state: the party and the window.
    Whole,
    /// Own tasks with their clocks, of the others the state alone.
    Tasks(Vec<TaskName>),
    /// The clocks of all tasks: coordinators.
    Clocks,
}

fn sight(visit: &Visit, loaded: &Loaded) -> Result<Sight, Failure> {
    let may = |action, task| loaded.permit(&visit.platform, &visit.actor, action, task);
    let Err(refused) = may("case.read", None) else { return Ok(Sight::Whole) };
    let own: Vec<TaskName> = loaded
        .case
        .tasks
        .keys()
        .filter(|task| may("task.read", Some(task)).is_ok())
        .cloned()
        .collect();
    if loaded.case.submitted.is_none() {
        return Err(refused);
    }
    if !own.is_empty() {
        return Ok(Sight::Tasks(own));
    }
    may("case.watch", None).map(|_| Sight::Clocks).map_err(|_again| refused)
}

/// The case of a number, once somebody is signed in.
async fn loaded(visit: &Visit, no: &str) -> Result<Loaded, Failure> {
    if visit.actor == Actor::Public {
        return Err(Denied::SignedOut.into());
    }
    visit.desk.load(&visit.platform, no).await
}

/// One case, as far as whoever asks may see it.
async fn one(visit: Visit, Path(no): Path<String>) -> Result<Response, Failure> {
    let loaded = loaded(&visit, &no).await?;
    let sight = sight(&visit, &loaded)?;
    let plan = loaded.plan()?;
    let case = &loaded.case;
    let tasks: Vec<Value> = plan
        .tasks
        .iter()
        .map(|row| {
            let whole = match &sight {
                Sight::Whole | Sight::Clocks => true,
                Sight::Tasks(own) => own.contains(&row.name),
            };
            task_json(case, row, whole)
        })
        .collect();
    let mut answer = json!({
        "no": case.no,
        "version": loaded.version,
        "state": case.state,
        "title": case.title,
        "place": plan.place,
        "package": { "reform": plan.reform, "id": plan.package, "label": plan.label },
        "submitted_on": case.submitted.map(|day| day.to_string()),
        "joint_due": case.joint,
        "tasks": tasks,
    });
    if let (Sight::Whole, Some(all)) = (&sight, answer.as_object_mut()) {
        all.extend(of_the_party(case));
    }
    Ok(private(answer))
}

/// What the party sees beside the tasks.
fn of_the_party(case: &Case) -> serde_json::Map<String, Value> {
    let documents: BTreeMap<&String, Value> = case
        .documents
        .iter()
        .map(|(name, document)| {
            let missing: Vec<_> = document.missing().collect();
            (name, json!({ "sha256": document.sha256, "missing": missing }))
        })
        .collect();
    let duties: BTreeMap<&String, Value> = case
        .duties
        .iter()
        .map(|(name, duty)| (name, json!({ "due": duty.due, "done": duty.done })))
        .collect();
    let materials: Vec<&String> = case.materials.keys().chain(&case.confirmed).collect();
    let mut all = serde_json::Map::new();
    all.insert("answers_sha256".to_owned(), json!(case.answers));
    all.insert("documents".to_owned(), json!(documents));
    all.insert("materials".to_owned(), json!(materials));
    all.insert("duties".to_owned(), json!(duties));
    all.insert("values".to_owned(), json!(case.values));
    all.insert("name_until".to_owned(), json!(case.name_until.map(|day| day.to_string())));
    all
}

fn task_json(case: &Case, row: &crate::model::TaskPlan, whole: bool) -> Value {
    let task = case.tasks.get(&row.name).cloned().unwrap_or_default();
    let mut answer = json!({
        "task": row.name,
        "service": row.service,
        "label": row.label,
        "organ": row.organ,
        "organ_label": row.organ_label,
        "state": task.state,
    });
    let more = json!({
        "received_on": task.received.map(|day| day.to_string()),
        "silence": task.silence,
        "supplement": task.wanted.as_ref().map(|w| json!({ "on": w.on.to_string(), "until": w.until, "items": w.items })),
        "accepted_on": task.accepted.map(|day| day.to_string()),
        "promise": task.promise,
        "due": task.due,
        "limit": (task.state != TaskState::Waiting).then(|| case.limit(&task)).flatten(),
        "stops": task.stops,
        "extended": task.extended,
        "visit_on": task.visit.map(|day| day.to_string()),
        "breached": task.breached,
        "delivered": task.delivered,
    });
    if let (true, Some(all), Value::Object(more)) = (whole, answer.as_object_mut(), more) {
        all.extend(more);
    }
    answer
}

/// A command on its way.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    /// Its id: the same id again gives the first answer.
    id: CommandId,
    /// The version that the sender has seen.
    expected_version: u64,
    /// The command: `{"Accept": {"task": "food"}}`.
    command: Value,
}

/// The commands that can be sent, each with the action that the gate judges. What is not here is the platform's own
/// ([`C::Establish`], timers, notes of linkage), or done on a page that checks more than the command says: opening, uploads,
/// names, invitations, signatures.
const ACTIONS: [(&str, &str); 19] = [
    ("SaveAnswers", "case.fill"),
    ("Submit", "case.submit"),
    ("GiveSupplement", "case.fill"),
    ("Withdraw", "case.withdraw"),
    ("DropTask", "case.withdraw"),
    ("Object", "case.object"),
    ("AskSupplement", "task.decide"),
    ("Accept", "task.decide"),
    ("RefuseAcceptance", "task.decide"),
    ("OrderVisit", "task.decide"),
    ("RecordVisit", "task.decide"),
    ("Grant", "task.decide"),
    ("Refuse", "task.decide"),
    ("StopClock", "task.decide"),
    ("ResumeClock", "task.decide"),
    ("ExtendDeadline", "task.extend"),
    ("Remind", "task.remind"),
    ("Escalate", "task.escalate"),
    ("ReadPersons", "task.read"),
];

/// The name of a command: the key of its object.
fn name_of(command: &Value) -> Result<&str, Failure> {
    let name = match command {
        Value::String(name) => Some(name.as_str()),
        Value::Object(fields) if fields.len() == 1 => fields.keys().next().map(String::as_str),
        _ => None,
    };
    name.ok_or_else(|| shape("`command` is an object with one key, the command's name"))
}

fn shape(why: impl Into<String>) -> Failure {
    RequestError::BodyShape(why.into()).into()
}

/// Takes a command.
async fn command(
    visit: Visit,
    Path(no): Path<String>,
    Json(sent): Json<Sent>,
) -> Result<Response, Failure> {
    let loaded = loaded(&visit, &no).await?;
    let name = name_of(&sent.command)?;
    let Some((_, action)) = ACTIONS.iter().find(|(known, _)| *known == name) else {
        sight(&visit, &loaded)?;
        return Err(WorkError::CommandInternal(name.to_owned()).into());
    };
    let task = sent.command.get(name).and_then(|body| body.get("task")).and_then(Value::as_str);
    let (action, task) = match (*action, task) {
        ("task.extend", None) => ("case.extend_joint", None),
        (action, task) if action.starts_with("task.") => {
            (action, Some(task.ok_or_else(|| shape("the command names no `task`"))?.to_owned()))
        }
        (action, _) => (action, None),
    };
    // Asked before anything is read or sealed for the command.
    loaded.permit(&visit.platform, &visit.actor, action, task.as_deref())?;
    if action.starts_with("task.") && loaded.case.submitted.is_none() {
        return Err(CaseError::NoSuchCase.into());
    }
    let command = built(&visit, &loaded, &sent, name).await?;
    let ask = Ask {
        actor: &visit.actor,
        action,
        task: task.as_deref(),
        id: sent.id,
        expected: Some(sent.expected_version),
    };
    let receipt = visit.desk.submit(&visit.platform, ask, &loaded, &command).await?;
    let events: Vec<Value> = receipt
        .events
        .iter()
        .filter(|event| &*event.key == loaded.case.no.0.as_str())
        .map(|event| json!({ "event": event.name(), "version": event.version, "at": event.at }))
        .collect();
    let version = events.last().map_or(sent.expected_version, |_| {
        receipt.version_of("case", &loaded.case.no.0).unwrap_or(sent.expected_version)
    });
    Ok(private(json!({
        "id": sent.id,
        "version": version,
        "events": events,
        "repeated": receipt.repeated,
        "proof": receipt.proof,
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filled {
    answers: Answers,
    task: Option<TaskName>,
}

/// The command as it goes to the case. Answers are judged and sealed here, and what stood on record is read here: what the
/// sender says of either is not asked for.
async fn built(visit: &Visit, loaded: &Loaded, sent: &Sent, name: &str) -> Result<C, Failure> {
    let body = || sent.command.get(name).cloned().unwrap_or_default();
    let read = |body: Value| {
        serde_json::from_value::<Filled>(body).map_err(|error| shape(error.to_string()))
    };
    match name {
        "SaveAnswers" | "GiveSupplement" => {
            let Filled { answers: mut clean, task } = read(body())?;
            let seen = loaded.as_of(Some(sent.expected_version))?;
            clean.tidy();
            let before = visit.desk.answers(&seen).await?;
            judged(visit, &seen, &before, &clean)?;
            let sealed = visit.desk.seal(&loaded.case.no, &mut clean).await?;
            let answers = Box::new(clean);
            Ok(match task {
                None => {
                    let before = (!seen.case.answers.is_empty()).then(|| Box::new(before));
                    C::SaveAnswers { answers, before, sealed }
                }
                Some(task) => C::GiveSupplement { task, answers, before: Box::new(before), sealed },
            })
        }
        "Submit" => {
            let seen = loaded.as_of(Some(sent.expected_version))?;
            Ok(C::Submit { answers: Box::new(visit.desk.answers(&seen).await?) })
        }
        _ => serde_json::from_value(sent.command.clone()).map_err(|error| shape(error.to_string())),
    }
}

/// Judges what a program changes as the page judges what people type: in a draft things may be missing, never wrong.
fn judged(visit: &Visit, seen: &Loaded, before: &Answers, after: &Answers) -> Result<(), Failure> {
    let plan = seen.plan()?;
    let definition = visit.desk.definition(&plan)?;
    let changes = before.diff(after);
    let mut errors =
        forms::refuse_untypable(&changes, &definition.dictionary).err().unwrap_or_default();
    let forms = definition.forms_of(&plan);
    let found = forms::validate(after, &definition.dictionary, &forms, forms::Stage::Draft);
    errors.extend(found.errors);
    if errors.is_empty() {
        return Ok(());
    }
    let pairs = errors.iter().map(|e| (e.spot.to_string(), e.problem.reason().to_owned()));
    Err(DeskError::Values(pairs.collect()).into())
}

/// For what the projection is read.
#[derive(Clone, Debug, Default, Deserialize)]
struct Purpose {
    purpose: Option<String>,
}

/// The projection of a task, as its organ reads it; the look at its persons is recorded (E10).
async fn projection(
    visit: Visit,
    Path((no, task)): Path<(String, String)>,
    Query(asked): Query<Purpose>,
) -> Result<Response, Failure> {
    let open = Open::of(&visit, &no, &task, "task.read").await?;
    let purpose = purpose(asked.purpose.as_deref().or(Some("办理本环节")))?;
    record_look(&visit, &open, visit.desk.fresh_id()?, &purpose).await?;
    let completed = open.completed(&visit).await?;
    let payload = payload(&open, &completed)?;
    let paths: Vec<String> = payload.paths().map(ToString::to_string).collect();
    Ok(private(json!({
        "service": open.row.service,
        "sha256": open.loaded.case.inputs.get(&open.row.name),
        "paths": paths,
        "payload": payload.to_value(),
        "counter": payload.counter.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })))
}

/// An answer that nobody between keeps.
fn private(value: Value) -> Response {
    ([(CACHE_CONTROL, "private, no-store")], Json(value)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_own_commands_have_no_action() {
        for own in [
            "Open",
            "AttachMaterial",
            "NoteConfirmed",
            "NoteName",
            "LoseName",
            "InviteSigner",
            "Sign",
            "NoteDenied",
            "Establish",
            "NoteIssued",
            "NoteServed",
            "NoteServiceUndone",
            "Recompute",
            "AcceptBySilence",
            "Lapse",
            "Overrun",
        ] {
            assert!(ACTIONS.iter().all(|(known, _)| *known != own), "{own}");
        }
    }

    #[test]
    fn a_command_is_an_object_with_one_key() {
        assert_eq!(name_of(&json!({ "Accept": { "task": "food" } })).unwrap(), "Accept");
        assert_eq!(name_of(&json!("Recompute")).unwrap(), "Recompute");
        for wrong in [json!({}), json!({ "Accept": {}, "Grant": {} }), json!(7), json!(null)] {
            assert!(name_of(&wrong).is_err(), "{wrong}");
        }
    }
}
