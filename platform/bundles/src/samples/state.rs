//! What stands on the stage, as values that a sample can name.

use cases::model::{DueDate, TaskState};
use cases::{Case, CaseKey};
use kernel::{Aggregate as _, Json, Recorded};
use serde_json::json;

/// A case folded from the events of its shard, and all those events.
pub(crate) struct State {
    pub(crate) case: Case,
    pub(crate) events: Vec<Recorded>,
}

/// Folds the case of a key.
pub(crate) fn folded(key: &CaseKey, events: Vec<Recorded>) -> Result<State, String> {
    let mut case = Case::default();
    for event in events.iter().filter(|event| &*event.kind == Case::KIND && *event.key == *key.0) {
        case.evolve(&event.read().map_err(|error| error.to_string())?);
    }
    Ok(State { case, events })
}

fn day(due: Option<DueDate>) -> Option<String> {
    due.map(|due| due.on.to_string())
}

impl State {
    /// A task as samples name it.
    pub(crate) fn task(&self, name: &str) -> Option<Json> {
        let task = self.case.tasks.get(name)?;
        let limit = self.case.limit(task);
        Some(json!({
            "state": task.state.word(),
            "received": task.received.map(|day| day.to_string()),
            "silence": day(task.silence),
            "accepted": task.accepted.map(|day| day.to_string()),
            "promise": day(task.promise),
            "due": day(task.due),
            "limit": day(limit),
            "provisional": task.due.is_some_and(|due| due.provisional),
            "extended": task.extended,
            "visit": task.visit.map(|day| day.to_string()),
            "wanted": task.wanted.as_ref().map(|wanted| {
                wanted.items.iter().map(|item| item.what.clone()).collect::<Vec<_>>()
            }),
            "answer_by": task.wanted.as_ref().and_then(|wanted| day(wanted.until)),
            "asked": task.asked,
            "breached": task.breached,
            "given": task.given,
            "delivered": task.delivered,
        }))
    }

    /// The case as samples name it, with how many of its tasks stand where.
    pub(crate) fn case(&self) -> Json {
        let case = &self.case;
        let mut all = json!({
            "state": case.state.word(),
            "title": case.title,
            "submitted": case.submitted.map(|day| day.to_string()),
            "joint": day(case.joint),
            "joint_provisional": case.joint.is_some_and(|due| due.provisional),
            "joint_extended": case.joint_extended,
            "joint_breached": case.joint_breached,
            "name_until": case.name_until.map(|day| day.to_string()),
            "established": case.established.as_ref().map(|(_, date)| date.to_string()),
            "uscc": case.established.as_ref().map(|(uscc, _)| uscc.clone()),
            "values": case.values,
            "materials": case.materials.len(),
            "confirmed": case.confirmed,
            "tasks": case.tasks.len(),
            "delivered": case.tasks.values().filter(|task| task.delivered).count(),
        });
        let states = [
            TaskState::Waiting,
            TaskState::Ready,
            TaskState::Working,
            TaskState::Visiting,
            TaskState::ReadyToIssue,
            TaskState::ReadyToServe,
            TaskState::Granted,
            TaskState::Refused,
            TaskState::Dropped,
        ];
        if let Json::Object(all) = &mut all {
            for state in states {
                let count = case.tasks.values().filter(|task| task.state == state).count();
                all.insert(state.word().to_owned(), count.into());
            }
        }
        all
    }

    /// A duty as samples name it.
    pub(crate) fn duty(&self, name: &str) -> Json {
        match self.case.duties.get(name) {
            Some(duty) => json!({
                "open": !duty.done, "done": duty.done, "known": true,
                "since": duty.since.to_string(), "due": day(Some(duty.due)),
            }),
            None => json!({ "open": false, "done": false, "known": false }),
        }
    }

    /// A signed document as samples name it.
    pub(crate) fn document(&self, name: &str) -> Option<Json> {
        let document = self.case.documents.get(name)?;
        Some(json!({
            "signers": document.signers,
            "signed": document.signed.keys().collect::<Vec<_>>(),
            "missing": document.missing().collect::<Vec<_>>(),
        }))
    }
}
