//! A task as an officer has it before her: the case, her service's form, and who may do what with it.

use crate::desk::Loaded;
use crate::error::CaseError;
use crate::event::CaseEvent as E;
use crate::http::{Visit, in_path};
use crate::law::Definition;
use crate::model::{Plan, Task, TaskPlan};
use forms::{Answers, ServiceForm};
use kernel::{Actor, CommandId};
use module::{Denied, Rejection};
use portal::Failure;
use std::sync::Arc;

/// A task opened by an officer who may do something with it.
pub(crate) struct Open {
    /// The case.
    pub(crate) loaded: Loaded,
    /// What it set out with.
    pub(crate) plan: Arc<Plan>,
    /// The task's row of the plan.
    pub(crate) row: TaskPlan,
    /// The definition under which the case was opened.
    pub(crate) definition: Arc<Definition>,
    /// The form of the task's service.
    pub(crate) form: Arc<ServiceForm>,
}

impl Open {
    /// The task, for an act that the gate lets this officer do. Nobody but the party sees a case before it is handed in.
    ///
    /// # Errors
    /// The gate's refusal, `NO_SUCH_CASE`, `NO_SUCH_TASK`, `DEFINITION_MISSING`.
    pub(crate) async fn of(
        visit: &Visit,
        no: &str,
        task: &str,
        action: &'static str,
    ) -> Result<Self, Failure> {
        if visit.actor == Actor::Public {
            return Err(Denied::SignedOut.into());
        }
        let loaded = visit.desk.load(&visit.platform, no).await?;
        loaded.permit(&visit.platform, &visit.actor, action, Some(task))?;
        if loaded.case.submitted.is_none() {
            return Err(CaseError::NoSuchCase.into());
        }
        let plan = loaded.plan()?;
        let missing = || Failure::from(CaseError::NoSuchTask(task.to_owned()));
        let row = plan.task(task).cloned().ok_or_else(missing)?;
        let definition = visit.desk.definition(&plan)?;
        let form = definition.forms.get(&row.service).map(Arc::clone).ok_or_else(missing)?;
        Ok(Self { loaded, plan, row, definition, form })
    }

    /// The task as it stands.
    pub(crate) fn task(&self) -> Task {
        self.loaded.case.tasks.get(&self.row.name).cloned().unwrap_or_default()
    }

    /// Where its page lies.
    pub(crate) fn address(&self) -> String {
        format!("/work/{}/{}", self.loaded.case.no, in_path(&self.row.name))
    }

    /// The answers, with everything that follows from them and what outcomes gave.
    pub(crate) async fn completed(&self, visit: &Visit) -> Result<Answers, Failure> {
        let answers = visit.desk.answers(&self.loaded).await?;
        Ok(self.definition.completed(&answers, &self.loaded.case.values))
    }

    /// Whether the officer may do something else with the task.
    pub(crate) fn may(&self, visit: &Visit, action: &'static str) -> bool {
        self.loaded.permit(&visit.platform, &visit.actor, action, Some(&self.row.name)).is_ok()
    }

    /// Organs work side by side on one stream: an officer is stale only by what concerns her own task.
    ///
    /// # Errors
    /// `STALE_VERSION`, unless this very command has been taken before and is only asked for its answer.
    pub(crate) fn unchanged(&self, id: CommandId, seen: Option<u64>) -> Result<(), Failure> {
        let Some(seen) = seen else { return Ok(()) };
        let repeated = self.loaded.events.iter().any(|event| event.command == id);
        let mut missed = self.loaded.events.iter().filter(|event| event.version > seen);
        let stale =
            missed.any(|event| event.read::<E>().is_ok_and(|e| concerns(&e, &self.row.name)));
        if repeated || !stale {
            return Ok(());
        }
        let stale = Rejection::Stale { expected: seen, found: self.loaded.version };
        Err(stale.into())
    }
}

/// Whether an event changes what a decision on a task is about. Looks, words and other organs' acts do not.
fn concerns(event: &E, own: &str) -> bool {
    match event {
        E::PersonRead { .. }
        | E::ReadDenied { .. }
        | E::Reminded { .. }
        | E::Escalated { .. }
        | E::Objected { .. }
        | E::ServiceUndone { .. } => false,
        E::SupplementGiven { task, inputs, .. } => task == own || inputs.contains_key(own),
        E::Withdrawn { .. } | E::CaseClosed { .. } => true,
        other => other.task() == Some(own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_organs_acts_do_not_make_an_officer_stale() {
        let dropped = |task: &str| E::TaskDropped {
            task: task.to_owned(),
            why: crate::event::DropCause::Party,
        };
        let given = |task: &str, input: &str| E::SupplementGiven {
            task: task.to_owned(),
            on: codes::Date::constant(2026, 2, 24),
            silence: crate::model::DueDate {
                on: codes::Date::constant(2026, 3, 2),
                provisional: false,
            },
            inputs: [(input.to_owned(), String::new())].into(),
            on_sand: Vec::new(),
        };
        let read = |task: &str| E::PersonRead {
            task: task.to_owned(),
            cards: Vec::new(),
            purpose: "审查".to_owned(),
        };
        for (event, stale) in [
            (dropped("food"), true),
            (dropped("tax"), false),
            (given("food", "food"), true),
            (given("tax", "food"), true),
            (given("tax", "tax"), false),
            (read("food"), false),
            (E::Withdrawn { reason: String::new(), claim: None }, true),
            (E::NameLost, false),
        ] {
            assert_eq!(concerns(&event, "food"), stale, "{event:?}");
        }
    }
}
