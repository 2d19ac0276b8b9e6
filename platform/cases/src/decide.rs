//! Decides commands: what is asked, against what stands, under the law in force for the case.
//!
//! One file a stage: [`draft`] until the case is handed in, [`review`] while organs work, [`time`] for clocks and
//! timers, [`rules`] for what decision tables set, [`visits`] for those of earlier cases, [`settle`] for what follows from any of them.

mod draft;
mod review;
mod rules;
mod settle;
mod time;
mod visits;

pub(crate) use review::covers;

use crate::command::CaseCommand as C;
use crate::error::CaseError;
use crate::event::{Bearing, CaseEvent};
use crate::law::{Definition, Examined, Law};
use crate::model::{Case, CaseState, Hex, Plan, Task, TaskName, TaskPlan, TaskState};
use crate::planning;
use codes::Date;
use forms::Answers;
use kernel::{Actor, Context};
use std::sync::Arc;

/// A case in the act of deciding: each event is folded at once, so that what follows sees it.
pub(crate) struct Deciding<'a> {
    pub(crate) case: Case,
    pub(crate) law: &'a Law,
    pub(crate) cx: &'a Context,
    pub(crate) events: Vec<CaseEvent>,
}

impl Case {
    /// Decides a command.
    ///
    /// # Errors
    /// The lawful "no".
    pub(crate) fn decide_command(
        &self,
        law: &Law,
        cx: &Context,
        command: C,
    ) -> Result<Vec<CaseEvent>, CaseError> {
        let mut deciding = Deciding { case: self.clone(), law, cx, events: Vec::new() };
        deciding.run(command)?;
        deciding.settle()?;
        Ok(deciding.events)
    }
}

impl Deciding<'_> {
    fn run(&mut self, command: C) -> Result<(), CaseError> {
        if !matches!(command, C::Open { .. }) && self.case.state == CaseState::None {
            return Err(CaseError::NoSuchCase);
        }
        match command {
            C::Open { no, applicant, plan } => self.open(no, applicant, plan),
            C::SaveAnswers { answers, before, sealed } => {
                self.save(&answers, before.as_deref(), sealed)
            }
            C::AttachMaterial { slot, blob } if self.awaits_prior(&slot) => {
                self.happen(CaseEvent::MaterialAttached { slot, blob });
                Ok(())
            }
            C::NoteConfirmed { slot, by } if self.awaits_prior(&slot) => {
                self.happen(CaseEvent::MaterialConfirmed { slot, by });
                Ok(())
            }
            C::AttachMaterial { slot, blob } => self.attach(slot, blob),
            C::NoteConfirmed { slot, by } => self.confirm(slot, by),
            C::NoteName { name, until, claim } => self.note_name(name, until, claim),
            C::LoseName => self.lose_name(),
            C::InviteSigner { signer, token, answers } => self.invite(signer, token, &answers),
            C::Sign { document, sha256, signer } => self.sign(document, sha256, signer),
            C::Submit { answers } => {
                self.submit(&answers)?;
                self.apply_rules(&answers)?;
                self.name_premises(&answers)
            }
            C::Withdraw { reason } => self.withdraw(reason),
            C::DropTask { task } => self.drop_task(task),
            C::AskSupplement { task, items } => self.ask_supplement(task, items),
            C::GiveSupplement { task, answers, before, sealed } => {
                self.give_supplement(task, &answers, &before, sealed)?;
                self.apply_rules(&answers)
            }
            C::Accept { task } => self.accept(&task),
            C::RefuseAcceptance { task, ground } => self.refuse_acceptance(task, ground),
            C::OrderVisit { task, on } => self.order_visit(task, on),
            C::RecordVisit { task, findings, passed } => self.record_visit(task, findings, passed),
            C::Grant { task, given } => self.grant(task, given),
            C::Refuse { task, ground } => self.refuse(task, ground),
            C::ExtendDeadline { task, reason } => self.extend(task, reason),
            C::StopClock { task, cause, from, to } => self.stop_clock(task, cause, from, to),
            C::ResumeClock { task } => self.resume_clock(task),
            C::Object { task, text } => {
                self.speak(task, text, |task, text| CaseEvent::Objected { task, text })
            }
            C::Remind { task, text } => {
                self.speak(task, text, |task, text| CaseEvent::Reminded { task, text })
            }
            C::Escalate { task, text } => {
                self.speak(task, text, |task, text| CaseEvent::Escalated { task, text })
            }
            C::ReadPersons { task, cards, purpose } => self.read_persons(task, cards, purpose),
            C::NoteDenied { task, path } => self.note_denied(task, path),
            C::Establish { uscc } => self.establish(uscc),
            C::NoteIssued { task, licence, number } => self.note_issued(task, licence, number),
            C::NoteServed { task, notice, on } => self.note_served(task, notice, on),
            C::NoteServiceUndone { task, notice, reason, is_outcome } => {
                self.note_service_undone(task, notice, reason, is_outcome)
            }
            C::TellVisits { to, services } => self.tell_visits(&to, &services),
            C::CountVisit { service, on, of } => self.count_visit(&service, on, of),
            C::Recompute => self.recompute(),
            C::AcceptBySilence { task } => self.accept_by_silence(&task),
            C::Lapse { task } => self.lapse(task),
            C::Overrun { task, line } => self.overrun(task, line),
        }
    }

    /// Records an event and folds it.
    pub(crate) fn happen(&mut self, event: CaseEvent) {
        self.case.fold(&event);
        self.events.push(event);
    }

    pub(crate) fn today(&self) -> Date {
        self.cx.now.date()
    }

    pub(crate) fn plan(&self) -> Result<Arc<Plan>, CaseError> {
        self.case.plan.clone().ok_or(CaseError::NoSuchCase)
    }

    pub(crate) fn definition(&self) -> Result<Arc<Definition>, CaseError> {
        let plan = self.plan()?;
        self.law
            .definition(&plan.bundle)
            .ok_or_else(|| CaseError::DefinitionMissing(plan.bundle.clone()))
    }

    /// What the bundle of this case finds about answers with a digest, today.
    pub(crate) fn examine(
        &self,
        answers: &Answers,
        digest: &Hex,
    ) -> Result<Arc<Examined>, CaseError> {
        let (plan, definition) = (self.plan()?, self.definition()?);
        Ok(self.law.examine(&definition, &plan, answers, digest, self.today()))
    }

    /// Whether a prior approval that the registration waits for is handed in under this slot.
    fn awaits_prior(&self, slot: &str) -> bool {
        let plan = self.case.plan.as_ref();
        plan.is_some_and(|plan| planning::awaits_prior(plan, &self.case, slot))
    }

    pub(crate) fn task(&self, name: &str) -> Result<&Task, CaseError> {
        self.case.tasks.get(name).ok_or_else(|| CaseError::NoSuchTask(name.to_owned()))
    }

    pub(crate) fn task_plan(&self, name: &str) -> Result<TaskPlan, CaseError> {
        self.plan()?.task(name).cloned().ok_or_else(|| CaseError::NoSuchTask(name.to_owned()))
    }

    pub(crate) fn wrong(&self) -> CaseError {
        CaseError::WrongState { found: self.case.state }
    }

    pub(crate) fn wrong_task(task: &TaskName, found: TaskState) -> CaseError {
        CaseError::WrongTaskState { task: task.clone(), found }
    }

    /// What others need to act on an event of this task.
    pub(crate) fn bearing(&self, row: &TaskPlan) -> Result<Box<Bearing>, CaseError> {
        let plan = self.plan()?;
        Ok(Box::new(Bearing {
            applicant: self.case.applicant.clone().ok_or(CaseError::NoSuchCase)?,
            title: self.case.title.clone(),
            place: plan.place.clone(),
            bundle: plan.bundle.clone(),
            sealed: self.case.sealed.clone(),
            service: row.service.clone(),
            label: row.label.clone(),
            organ: row.organ.clone(),
            organ_label: row.organ_label.clone(),
            outcome: row.outcome.clone(),
            refusal: row.refusal.clone(),
            establishes: row.establishes,
            legal_nature: row.legal_nature,
            source: row.source.clone(),
            values: self.case.values.clone(),
        }))
    }

    /// The task, if the acting officer's organ decides it and it stands in one of these states.
    pub(crate) fn officers_task(
        &self,
        name: &str,
        states: &[TaskState],
    ) -> Result<TaskPlan, CaseError> {
        let plan = self.task_plan(name)?;
        if let Actor::Officer { organ, .. } = &self.cx.actor
            && *organ != plan.organ
        {
            return Err(CaseError::OtherOrgan { task: plan.name });
        }
        let found = self.task(name)?.state;
        if self.case.state.over() || !states.contains(&found) {
            return Err(Self::wrong_task(&plan.name, found));
        }
        Ok(plan)
    }
}
