//! Visits that were made for an earlier case of the same premises (E8).

use super::Deciding;
use crate::error::CaseError;
use crate::event::CaseEvent;
use crate::model::{CaseKey, TaskState as S};
use crate::premises::PremisesKey;
use catalogue::definition::{LegalNature, ServiceKey};
use codes::Date;
use forms::Answers;
use std::collections::BTreeSet;

impl Deciding<'_> {
    /// Names the premises of a case that asks for licences, so that earlier cases of the same are found.
    pub(super) fn name_premises(&mut self, answers: &Answers) -> Result<(), CaseError> {
        let plan = self.plan()?;
        let licences = plan.tasks.iter().filter(|row| row.legal_nature == LegalNature::Licence);
        let services: BTreeSet<ServiceKey> = licences.map(|row| row.service.clone()).collect();
        if services.is_empty() {
            return Ok(());
        }
        let definition = self.definition()?;
        let completed = answers.completed(&definition.dictionary, &definition.maps);
        if let Some(PremisesKey(premises)) = PremisesKey::of(&completed) {
            self.happen(CaseEvent::PremisesNamed { premises, services });
        }
        Ok(())
    }

    /// Tells a later case of the same premises which visits were made and passed for tasks that ended without outcome.
    pub(super) fn tell_visits(
        &mut self,
        to: &CaseKey,
        services: &BTreeSet<ServiceKey>,
    ) -> Result<(), CaseError> {
        for row in self.plan()?.tasks.iter().filter(|row| services.contains(&row.service)) {
            let task = self.task(&row.name)?;
            if let (S::Dropped, Some(on)) = (task.state, task.visit) {
                let (to, service) = (to.clone(), row.service.clone());
                self.happen(CaseEvent::VisitTold { task: row.name.clone(), service, on, to });
            }
        }
        Ok(())
    }

    /// A visit for an earlier case counts if this one was handed in soon enough after it and has no visit of its own.
    pub(super) fn count_visit(
        &mut self,
        service: &ServiceKey,
        on: Date,
        of: CaseKey,
    ) -> Result<(), CaseError> {
        let (plan, definition) = (self.plan()?, self.definition()?);
        let Some(row) = plan.tasks.iter().find(|row| row.service == *service) else {
            return Ok(());
        };
        let task = self.task(&row.name)?;
        let (Some(term), Some(submitted)) =
            (definition.visit_counts(on, plan.place.parse().ok()), self.case.submitted)
        else {
            return Ok(());
        };
        let counts = submitted <= self.law.due(&term, on)?.on;
        let earlier = task.visit.is_some_and(|known| on <= known);
        if counts && !earlier && matches!(task.state, S::Waiting | S::Ready | S::Working) {
            self.happen(CaseEvent::VisitCounted { task: row.name.clone(), on, of });
        }
        Ok(())
    }
}
