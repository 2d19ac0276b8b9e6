//! What follows of itself: tasks that can start, outcomes that can go out, tasks that can never be, the end.

use super::Deciding;
use crate::error::CaseError;
use crate::event::{AcceptedBy, CaseEvent, Closing, DropCause};
use crate::model::{CaseState, Plan, TaskName, TaskPlan, TaskState as S};
use crate::planning::prior_missing;
use catalogue::definition::DeliveryPolicy;
use std::sync::Arc;

impl Deciding<'_> {
    /// Goes on until nothing more follows. Each round moves a task forward, so it ends.
    pub(super) fn settle(&mut self) -> Result<(), CaseError> {
        let Some(plan) = self.case.plan.clone() else { return Ok(()) };
        if !matches!(self.case.state, CaseState::Submitted | CaseState::Running) {
            return Ok(());
        }
        while self.settle_once(&plan)? {}
        self.open_duties(&plan)?;
        if self.case.complete() {
            let how = if self.case.tasks.values().any(|t| t.state == S::Granted) {
                Closing::Closed
            } else {
                Closing::Ended
            };
            let applicant = self.case.applicant.clone().ok_or(CaseError::NoSuchCase)?;
            let title = self.case.title.clone();
            let tasks = self.case.tasks.iter().map(|(name, t)| (name.clone(), t.state)).collect();
            self.happen(CaseEvent::CaseClosed { how, applicant, title, tasks });
        }
        Ok(())
    }

    fn settle_once(&mut self, plan: &Arc<Plan>) -> Result<bool, CaseError> {
        let before = self.events.len();
        for row in &plan.tasks {
            self.settle_task(row)?;
        }
        Ok(self.events.len() > before)
    }

    fn settle_task(&mut self, row: &TaskPlan) -> Result<(), CaseError> {
        let state = self.task(&row.name)?.state;
        let lost = row.start.iter().chain(&row.issue).find(|need| self.case.lost(need)).cloned();
        match state {
            S::Waiting
            | S::Ready
            | S::Working
            | S::Visiting
            | S::ReadyToIssue
            | S::ReadyToServe
                if lost.is_some() =>
            {
                // E8: what needs a task that can no longer be granted ends without outcome.
                let why = DropCause::Needs(lost.unwrap_or_default());
                self.happen(CaseEvent::TaskDropped { task: row.name.clone(), why });
            }
            S::Waiting if self.can_start(row) => {
                let on = self.today();
                let silence = self.law.due(&row.accept, on)?;
                self.happen(CaseEvent::TaskReady { task: row.name.clone(), on, silence });
            }
            S::Ready if row.automatic => {
                self.start_clock(row, self.today(), AcceptedBy::System)?;
                self.issue(row)?;
            }
            S::ReadyToIssue | S::ReadyToServe if self.can_issue(&row.name) => self.issue(row)?,
            _ => {}
        }
        Ok(())
    }

    /// Whether everything that a task needs to start stands; a registration needs its prior approvals too (营商条例 19).
    fn can_start(&self, row: &TaskPlan) -> bool {
        let prior =
            || self.case.plan.as_ref().is_none_or(|p| prior_missing(p, &self.case).is_empty());
        row.start.iter().all(|need| self.case.stands(need)) && (!row.establishes || prior())
    }

    fn can_issue(&self, task: &TaskName) -> bool {
        self.case.needs_stand(task) && self.waits_for_others(task).is_ok_and(|waits| !waits)
    }

    /// Under `together`, an outcome waits until every task is decided (E9).
    pub(super) fn waits_for_others(&self, task: &str) -> Result<bool, CaseError> {
        let plan = self.plan()?;
        let needed = plan
            .tasks
            .iter()
            .any(|row| row.start.iter().chain(&row.issue).any(|need| need == task));
        Ok(plan.delivery == DeliveryPolicy::Together
            && !needed
            && self.case.tasks.iter().any(|(name, t)| name != task && t.state.open()))
    }

    fn issue(&mut self, row: &TaskPlan) -> Result<(), CaseError> {
        let known = self.task(&row.name)?;
        let event = CaseEvent::Granted {
            task: row.name.clone(),
            on: self.today(),
            rests_on: known.rests_on.clone().unwrap_or_else(|| self.rests_on(&row.name)),
            given: match self.case.name_until {
                Some(until) if row.automatic => {
                    let prior = self.case.plan.as_ref().is_some_and(|plan| !plan.prior.is_empty());
                    let prior = prior.then(|| ("prior".to_owned(), "true".to_owned()));
                    let until = ("reserved_until".to_owned(), until.to_string());
                    prior.into_iter().chain([until]).collect()
                }
                _ => known.given.clone(),
            },
            of: self.bearing(row)?,
        };
        self.happen(event);
        Ok(())
    }

    /// Values that granted tasks gave, and duties that follow from them.
    fn open_duties(&mut self, plan: &Arc<Plan>) -> Result<(), CaseError> {
        let granted: Vec<TaskName> = self
            .case
            .tasks
            .iter()
            .filter(|(_, t)| t.state == S::Granted)
            .map(|(name, _)| name.clone())
            .collect();
        for task in &granted {
            self.give_values(task);
        }
        for (name, duty) in &plan.duties {
            let opened = match &duty.after.granted {
                Some(task) => granted.contains(task),
                None => duty.after.established && self.case.established.is_some(),
            };
            let done = duty.done_by.as_ref().is_some_and(|task| granted.contains(task));
            let known = self.case.duties.get(name);
            if opened && known.is_none() && plan.duty_concerns(duty) {
                let since = self.today();
                let due = self.law.due(&duty.within, since)?;
                self.happen(CaseEvent::DutyOpened { duty: name.clone(), since, due });
            }
            if done && self.case.duties.get(name).is_some_and(|duty| !duty.done) {
                self.happen(CaseEvent::DutyDone { duty: name.clone() });
            }
        }
        Ok(())
    }

    fn give_values(&mut self, task: &TaskName) {
        let given = self.case.tasks.get(task).map(|t| t.given.clone()).unwrap_or_default();
        for (element, value) in given {
            if self.case.values.get(&element) != Some(&value) {
                self.happen(CaseEvent::ValueGiven { element, value, task: task.clone() });
            }
        }
    }
}
