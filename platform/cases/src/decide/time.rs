//! Clocks: stopping, extending, recomputing, overrunning.

use super::Deciding;
use crate::error::CaseError;
use crate::event::{CaseEvent, DropCause, Running};
use crate::model::{DueDate, Line, Stop, Task, TaskName, TaskPlan, TaskState as S};
use codes::Date;

impl Deciding<'_> {
    /// The statutory day of a task from its own rows: acceptance, spans that do not count, extension.
    fn due_of(&self, plan: &TaskPlan, task: &Task) -> Result<Option<DueDate>, CaseError> {
        let extension = plan.extension.as_ref().filter(|_| task.extended);
        task.accepted
            .map(|accepted| self.law.clock(&plan.statutory, accepted, &task.stops, extension))
            .transpose()
    }

    pub(super) fn stop_clock(
        &mut self,
        task: TaskName,
        cause: String,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<(), CaseError> {
        let plan = self.officers_task(&task, &[S::Working, S::Visiting])?;
        if !plan.stops.contains(&cause) {
            return Err(CaseError::ClockReasonNotLawful(cause));
        }
        let (from, Some(to)) = (from.unwrap_or_else(|| self.today()), to) else {
            return Err(CaseError::ClockSpanMissing);
        };
        let known = self.task(&task)?;
        // LAW: 行政许可法 45: the time needed is told in writing beforehand, so no stop begins in the past.
        if to < from || from < self.today() || known.accepted.is_none() {
            return Err(CaseError::ClockSpanMissing);
        }
        let stop = Stop { cause, from, to };
        let days = self.law.counted_days(&plan.statutory, &stop)?;
        let mut changed = known.clone();
        changed.stops.push(stop.clone());
        let due = self.due_of(&plan, &changed)?.ok_or(CaseError::ClockSpanMissing)?;
        self.happen(CaseEvent::ClockStopped { task, stop, days, due });
        Ok(())
    }

    pub(super) fn resume_clock(&mut self, task: TaskName) -> Result<(), CaseError> {
        let plan = self.officers_task(&task, &[S::Working, S::Visiting])?;
        let mut changed = self.task(&task)?.clone();
        let today = self.today();
        let Some(stop) =
            changed.stops.last_mut().filter(|stop| stop.from <= today && today < stop.to)
        else {
            return Err(CaseError::ClockSpanMissing);
        };
        stop.to = today;
        let due = self.due_of(&plan, &changed)?.ok_or(CaseError::ClockSpanMissing)?;
        self.happen(CaseEvent::ClockResumed { task, to: today, due });
        Ok(())
    }

    pub(super) fn extend(
        &mut self,
        task: Option<TaskName>,
        reason: String,
    ) -> Result<(), CaseError> {
        if reason.trim().is_empty() {
            return Err(CaseError::ReasonMissing);
        }
        let before = match &task {
            Some(name) => self.task(name)?.due,
            None => self.case.joint,
        };
        let due = match &task {
            Some(name) => {
                let plan = self.officers_task(name, &[S::Working, S::Visiting])?;
                let mut changed = self.task(name)?.clone();
                if changed.extended || plan.extension.is_none() {
                    return Err(CaseError::NotExtendable);
                }
                changed.extended = true;
                self.due_of(&plan, &changed)?.ok_or(CaseError::NotExtendable)?
            }
            None => self.joint_due(true)?.ok_or(CaseError::NotExtendable)?,
        };
        let of = match &task {
            Some(name) => Some(self.bearing(&self.task_plan(name)?)?),
            None => None,
        };
        let before = before.unwrap_or(due);
        self.happen(CaseEvent::DeadlineExtended { task, reason, before, due, of });
        Ok(())
    }

    /// The joint limit; `extend` asks for the one extension there is.
    fn joint_due(&self, extend: bool) -> Result<Option<DueDate>, CaseError> {
        let plan = self.plan()?;
        let (Some(row), Some(from)) = (&plan.joint, self.case.joint_from) else { return Ok(None) };
        if extend && self.case.joint_extended {
            return Ok(None);
        }
        let extension = (extend || self.case.joint_extended).then_some(&row.extension);
        self.law.clock(&row.statutory, from, &[], extension).map(Some)
    }

    pub(super) fn recompute(&mut self) -> Result<(), CaseError> {
        let plan = self.plan()?;
        for row in &plan.tasks {
            let known = self.task(&row.name)?;
            if !known.state.open() || self.case.state.over() {
                continue;
            }
            self.recompute_before_acceptance(row)?;
            let known = self.task(&row.name)?;
            let (Some(accepted), Some(due)) = (known.accepted, self.due_of(row, known)?) else {
                continue;
            };
            let promise =
                row.promise.as_ref().map(|term| self.law.due(term, accepted)).transpose()?;
            if (known.due, known.promise) != (Some(due), promise) {
                let task = Some(row.name.clone());
                self.happen(CaseEvent::DeadlineRecomputed { task, promise, due });
            }
        }
        if let Some(due) = self.joint_due(false)?
            && self.case.joint != Some(due)
            && !self.case.state.over()
        {
            self.happen(CaseEvent::DeadlineRecomputed { task: None, promise: None, due });
        }
        let duties = self.case.duties.clone();
        for (name, open) in duties.into_iter().filter(|(_, open)| !open.done) {
            let Some(row) = plan.duties.get(&name) else { continue };
            let due = self.law.due(&row.within, open.since)?;
            self.term_recomputed(Running::Duty(name), open.due, due);
        }
        Ok(())
    }

    /// The terms that run before a task is accepted: silence, and the answer to a supplement.
    fn recompute_before_acceptance(&mut self, row: &TaskPlan) -> Result<(), CaseError> {
        let known = self.task(&row.name)?.clone();
        if let (Some(silence), Some(received)) = (known.silence, known.received) {
            let due = self.law.due(&row.accept, received)?;
            self.term_recomputed(Running::Silence(row.name.clone()), silence, due);
        }
        if let (Some(wanted), Some(term)) = (known.wanted, &row.answer)
            && let Some(until) = wanted.until
        {
            let due = self.law.due(term, wanted.on)?;
            self.term_recomputed(Running::Answer(row.name.clone()), until, due);
        }
        Ok(())
    }

    fn term_recomputed(&mut self, of: Running, known: DueDate, due: DueDate) {
        if known != due {
            self.happen(CaseEvent::TermRecomputed { of, due });
        }
    }

    pub(super) fn overrun(&mut self, task: Option<TaskName>, line: Line) -> Result<(), CaseError> {
        let due = match &task {
            Some(name) => {
                let known = self.task(name)?;
                if !known.state.open() || known.breached.contains(&line) {
                    return Ok(());
                }
                match line {
                    Line::Promise => known.promise,
                    Line::Statutory => self.case.limit(known),
                }
            }
            None if self.case.joint_breached || self.case.state.over() => return Ok(()),
            None => self.case.joint,
        };
        if let Some(due) = due.filter(|due| due.end() <= self.cx.now) {
            self.happen(CaseEvent::Breach { task, line, on: due.end().date() });
        }
        Ok(())
    }

    pub(super) fn lapse(&mut self, task: TaskName) -> Result<(), CaseError> {
        let until = self.task(&task)?.wanted.as_ref().and_then(|wanted| wanted.until);
        if until.is_some_and(|until| until.end() <= self.cx.now) {
            self.happen(CaseEvent::TaskDropped { task, why: DropCause::Lapsed });
        }
        Ok(())
    }
}
