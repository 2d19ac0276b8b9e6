//! While organs work: acceptance, supplements, visits, decisions, outcomes.

use super::Deciding;
use crate::error::CaseError;
use crate::event::{AcceptedBy, CaseEvent, Ground};
use crate::law::Definition;
use crate::model::{CardId, Hex, SupplementItem, Task, TaskName, TaskPlan, TaskState as S};
use catalogue::definition::LegalNature;
use codes::Date;
use forms::Answers;
use std::collections::BTreeMap;

impl Deciding<'_> {
    pub(super) fn rests_on(&self, task: &str) -> Hex {
        self.case.inputs.get(task).cloned().unwrap_or_default()
    }

    pub(super) fn accept(&mut self, task: &str) -> Result<(), CaseError> {
        let plan = self.officers_task(task, &[S::Ready])?;
        let by = if plan.automatic { AcceptedBy::System } else { AcceptedBy::Officer };
        self.start_clock(&plan, self.today(), by)
    }

    pub(super) fn accept_by_silence(&mut self, task: &str) -> Result<(), CaseError> {
        let plan = self.task_plan(task)?;
        let known = self.task(task)?;
        let (S::Ready, Some(silence), Some(received)) =
            (known.state, known.silence, known.received)
        else {
            return Ok(());
        };
        if self.cx.now < silence.end() {
            return Ok(());
        }
        // LAW: 行政许可法 32(4): nobody reacted in time, so it counts as accepted from the day of receipt.
        self.start_clock(&plan, received, AcceptedBy::Silence)
    }

    pub(super) fn start_clock(
        &mut self,
        plan: &TaskPlan,
        date: Date,
        by: AcceptedBy,
    ) -> Result<(), CaseError> {
        let due = self.law.due(&plan.statutory, date)?;
        let promise = plan.promise.as_ref().map(|term| self.law.due(term, date)).transpose()?;
        let joint = match (&self.plan()?.joint, self.case.joint) {
            (Some(row), None) => Some(self.law.due(&row.statutory, date)?),
            _ => None,
        };
        let rests_on = self.rests_on(&plan.name);
        self.happen(CaseEvent::Accepted {
            task: plan.name.clone(),
            by,
            date,
            promise,
            due,
            joint,
            rests_on,
            of: self.bearing(plan)?,
        });
        Ok(())
    }

    pub(super) fn ask_supplement(
        &mut self,
        task: TaskName,
        items: Vec<SupplementItem>,
    ) -> Result<(), CaseError> {
        if matches!(self.task(&task)?.state, S::Working | S::Visiting | S::ReadyToIssue) {
            return Err(CaseError::SupplementTooLate);
        }
        let plan = self.officers_task(&task, &[S::Ready])?;
        if items.is_empty() || items.iter().any(|i| i.what.is_empty() || i.why.trim().is_empty()) {
            return Err(CaseError::SupplementEmpty);
        }
        let known = self.task(&task)?;
        // LAW: 行政许可法 32(4): everything at once. A registration that goes back starts anew with each hand-in (实施细则 18).
        let again = known.asked > 0 && plan.legal_nature != LegalNature::Registration;
        if again || known.wanted.is_some() {
            return Err(CaseError::SupplementTwice);
        }
        let on = self.today();
        let until = plan.answer.as_ref().map(|term| self.law.due(term, on)).transpose()?;
        let of = self.bearing(&plan)?;
        self.happen(CaseEvent::SupplementAsked { task, items, on, until, of });
        Ok(())
    }

    pub(super) fn give_supplement(
        &mut self,
        task: TaskName,
        answers: &Answers,
        before: &Answers,
        sealed: String,
    ) -> Result<(), CaseError> {
        let own = self.task_plan(&task)?;
        let known = self.task(&task)?;
        let Some(wanted) = known.wanted.clone() else {
            return Err(Self::wrong_task(&task, known.state));
        };
        self.on_record(Some(before))?;
        let definition = self.definition()?;
        for change in before.diff(answers) {
            let mut paths = Definition::paths(before, &change.spot);
            paths.extend(Definition::paths(answers, &change.spot));
            let asked = paths.iter().any(|path| wanted.items.iter().any(|i| covers(&i.what, path)));
            if !asked {
                return Err(CaseError::SupplementOutside(change.spot.to_string()));
            }
        }
        let diff = definition.diff(Some(before), answers);
        let digest = definition.digest(answers);
        let examined = self.examine(answers, &digest)?;
        let defects = examined.defects(&self.case);
        if !defects.is_empty() {
            return Err(CaseError::Incomplete { items: defects });
        }
        if !diff.is_empty() {
            let title = definition.title(&self.case, answers);
            self.happen(CaseEvent::AnswersSaved { sealed, digest, diff, title });
        }
        let inputs = self.changed_inputs(&examined.inputs);
        let on_sand = inputs
            .keys()
            .filter(|name| self.case.tasks.get(*name).is_some_and(|t| t.rests_on.is_some()))
            .cloned()
            .collect();
        let on = self.today();
        let silence = self.law.due(&own.accept, on)?;
        self.happen(CaseEvent::SupplementGiven { task, on, silence, inputs, on_sand });
        Ok(())
    }

    fn changed_inputs(&self, now: &BTreeMap<TaskName, Hex>) -> BTreeMap<TaskName, Hex> {
        now.iter()
            .filter(|(name, digest)| self.case.inputs.get(*name) != Some(digest))
            .map(|(name, digest)| (name.clone(), digest.clone()))
            .collect()
    }

    /// The ground with the text of the remedy row; a refusal without reason, article or remedy is none (E7).
    fn grounded(plan: &TaskPlan, ground: Ground) -> Result<Ground, CaseError> {
        let remedy = plan.remedy.as_ref().map(|row| row.zh.clone()).unwrap_or_default();
        let blank = |text: &str| text.trim().is_empty();
        if blank(&ground.reason) || blank(&ground.article) || blank(&remedy) {
            return Err(CaseError::RefusalIncomplete);
        }
        Ok(Ground { remedy, ..ground })
    }

    pub(super) fn refuse_acceptance(
        &mut self,
        task: TaskName,
        ground: Ground,
    ) -> Result<(), CaseError> {
        let plan = self.officers_task(&task, &[S::Ready])?;
        let ground = Self::grounded(&plan, ground)?;
        let of = self.bearing(&plan)?;
        self.happen(CaseEvent::AcceptanceRefused { task, ground, of });
        Ok(())
    }

    pub(super) fn refuse(&mut self, task: TaskName, ground: Ground) -> Result<(), CaseError> {
        let plan = self.officers_task(&task, &[S::Working, S::Visiting])?;
        let ground = Self::grounded(&plan, ground)?;
        let of = self.bearing(&plan)?;
        self.happen(CaseEvent::Refused { task, on: self.today(), ground, of });
        Ok(())
    }

    pub(super) fn order_visit(&mut self, task: TaskName, on: Date) -> Result<(), CaseError> {
        self.officers_task(&task, &[S::Ready, S::Working])?;
        if self.task(&task)?.state == S::Ready {
            // Ordering a visit is working on it: the organ has taken the case.
            self.accept(&task)?;
        }
        self.happen(CaseEvent::VisitOrdered { task, on });
        Ok(())
    }

    pub(super) fn record_visit(
        &mut self,
        task: TaskName,
        findings: String,
        passed: bool,
    ) -> Result<(), CaseError> {
        self.officers_task(&task, &[S::Visiting])?;
        self.happen(CaseEvent::VisitRecorded { task, on: self.today(), findings, passed });
        Ok(())
    }

    pub(super) fn grant(
        &mut self,
        task: TaskName,
        given: BTreeMap<String, String>,
    ) -> Result<(), CaseError> {
        let plan = self.officers_task(&task, &[S::Working])?;
        for element in &plan.outcome.gives {
            if given.get(element).is_none_or(|value| value.trim().is_empty()) {
                return Err(CaseError::ValueMissing(element.clone()));
            }
        }
        if plan.establishes {
            self.checked_at_grant()?;
        }
        let rests_on = self.rests_on(&task);
        if !self.case.needs_stand(&task) || self.waits_for_others(&task)? {
            self.happen(CaseEvent::OutcomeReady { task, rests_on, given });
        } else {
            let of = self.bearing(&plan)?;
            self.happen(CaseEvent::Granted { task, on: self.today(), rests_on, given, of });
        }
        Ok(())
    }

    /// Checks that hold against the real day of establishment, not only the day of entry (公司法 47).
    fn checked_at_grant(&self) -> Result<(), CaseError> {
        let Some(latest) = self.case.latest_contribution else { return Ok(()) };
        if self.definition()?.contribution_refused(latest, self.today()) {
            return Err(CaseError::ContributionTooLate { latest });
        }
        Ok(())
    }

    pub(super) fn establish(&mut self, uscc: String) -> Result<(), CaseError> {
        if self.case.established.is_some() {
            return Ok(());
        }
        let plan = self.plan()?;
        let granted = plan.tasks.iter().any(|task| {
            task.establishes
                && self.case.tasks.get(&task.name).is_some_and(|t| t.state == S::Granted)
        });
        if !granted {
            return Err(self.wrong());
        }
        let Some(row) = plan.tasks.iter().find(|task| task.establishes) else {
            return Err(self.wrong());
        };
        let awaiting = plan
            .tasks
            .iter()
            .filter(|task| plan.depends(&task.name, &row.name))
            .map(|task| (task.name.clone(), task.organ.clone()))
            .collect();
        let of = self.bearing(row)?;
        let claim = self.case.name_claim.clone();
        self.happen(CaseEvent::Established { uscc, date: self.today(), of, awaiting, claim });
        Ok(())
    }

    pub(super) fn note_issued(
        &mut self,
        task: TaskName,
        licence: String,
        number: String,
    ) -> Result<(), CaseError> {
        if self.task(&task)?.delivered {
            return Ok(());
        }
        self.happen(CaseEvent::LicenceIssued { task, licence, number });
        Ok(())
    }

    pub(super) fn note_served(
        &mut self,
        task: TaskName,
        notice: String,
        on: Date,
    ) -> Result<(), CaseError> {
        let known: &Task = self.task(&task)?;
        // The day may be put right later, where the party proves another arrival (民诉法解释 135).
        let is_moved = known.served.as_ref().is_some_and(|(by, day)| *by == notice && *day != on);
        if (known.delivered && !is_moved) || !known.state.ended() {
            return Ok(());
        }
        self.happen(CaseEvent::Served { task, notice, on });
        Ok(())
    }

    /// A case that is closed stays closed; the task's outcome is still to arrive.
    pub(super) fn note_service_undone(
        &mut self,
        task: TaskName,
        notice: String,
        reason: String,
        is_outcome: bool,
    ) -> Result<(), CaseError> {
        self.task(&task)?;
        self.happen(CaseEvent::ServiceUndone { task, notice, reason, is_outcome });
        Ok(())
    }

    pub(super) fn speak(
        &mut self,
        task: TaskName,
        text: String,
        event: impl FnOnce(TaskName, String) -> CaseEvent,
    ) -> Result<(), CaseError> {
        self.task(&task)?;
        if text.trim().is_empty() {
            return Err(CaseError::ReasonMissing);
        }
        self.happen(event(task, text));
        Ok(())
    }

    pub(super) fn read_persons(
        &mut self,
        task: TaskName,
        cards: Vec<CardId>,
        purpose: String,
    ) -> Result<(), CaseError> {
        self.task(&task)?;
        if purpose.trim().is_empty() {
            return Err(CaseError::ReasonMissing);
        }
        self.happen(CaseEvent::PersonRead { task, cards, purpose });
        Ok(())
    }

    pub(super) fn note_denied(&mut self, task: TaskName, path: String) -> Result<(), CaseError> {
        self.task(&task)?;
        self.happen(CaseEvent::ReadDenied { task, path });
        Ok(())
    }
}

/// Whether an item of a supplement covers a changed path: itself, its rows, or its attributes.
pub(crate) fn covers(item: &str, path: &str) -> bool {
    path == item || path.strip_prefix(item).is_some_and(|rest| rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn an_item_covers_its_rows_and_attributes() {
        let table = [
            ("equipment[].count", "equipment[].count", true),
            ("equipment", "equipment[].count", true),
            ("equipment[]", "equipment[].count", true),
            ("food_manager[].position", "food_manager[].training_cert", false),
            ("food_items", "food_items", true),
            ("food", "food_items", false),
        ];
        for (item, path, expected) in table {
            assert_eq!(covers(item, path), expected, "{item} covers {path}");
        }
    }
}
