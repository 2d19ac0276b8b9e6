//! Sections: entered, amended, corrected, closed; the record retired.

use super::Desk;
use crate::record::definition::Register;
use crate::record::error::{Misfit, RecordError};
use crate::record::event::RecordEvent;
use crate::record::model::{
    Amend, Change, Close, Correct, Enter, Line, Restriction, Retire, Says, SectionId, Segment,
    Statement,
};
use codes::Moment;
use kernel::PartyKey;
use std::collections::BTreeMap;

impl Desk<'_> {
    fn check_all(
        register: &Register,
        statements: &BTreeMap<SectionId, Statement>,
    ) -> Result<(), RecordError> {
        if statements.is_empty() {
            return Err(RecordError::field("statements", Misfit::Missing));
        }
        statements.iter().try_for_each(|(id, said)| register.check_statement(id, said))
    }

    /// Who holds now in any section, once belief has changed.
    fn holders_after(&self, change: &Change) -> Vec<PartyKey> {
        let mut after = self.state.clone();
        after.believe(change);
        after.holders_at(self.now)
    }

    /// The last segment of a section that still goes on.
    fn open_section(&self, id: &SectionId) -> Result<Segment, RecordError> {
        let line = Line::Section(id.clone());
        let last = self.state.line(&line).last().filter(|segment| segment.to.is_none());
        last.cloned().ok_or_else(|| RecordError::Section { section: id.0.clone(), stands: false })
    }

    pub(super) fn enter(&mut self, enter: Enter) -> Result<(), RecordError> {
        let register = match &self.state.opened {
            Some(_) => self.register()?,
            None => {
                let register = self.defined(enter.record.register())?;
                register.check_key(&enter.record)?;
                register
            }
        };
        Self::check_all(&register, &enter.statements)?;
        let sections: Vec<&SectionId> = enter.statements.keys().collect();
        self.permitted(&register, &enter.act.kind, &sections, &enter.act.consents)?;
        let from = self.instant(&register, enter.from)?;
        if self.state.opened.is_none() {
            let organ =
                enter.organ.clone().ok_or_else(|| RecordError::field("organ", Misfit::Missing))?;
            if enter.place.is_empty() {
                return Err(RecordError::field("place", Misfit::Missing));
            }
            let Enter { record, place, predecessors, .. } = enter.clone();
            self.emit(RecordEvent::Opened { record, place, organ, predecessors });
        }
        let mut draft = self.draft();
        for (id, said) in &enter.statements {
            let line = Line::Section(id.clone());
            let taken = self.state.line(&line).any(|known| known.to.is_none_or(|to| from < to));
            if taken {
                return Err(RecordError::Section { section: id.0.clone(), stands: true });
            }
            draft.put(&line, from, None, Says::Stands(said.clone()));
        }
        let sections = enter.statements.keys().cloned().collect();
        let (act, change) = (enter.act, draft.change);
        let holders = self.holders_after(&change);
        self.emit(RecordEvent::Entered { act, sections, change, holders });
        Ok(())
    }

    pub(super) fn amend(&mut self, amend: Amend) -> Result<(), RecordError> {
        let register = self.register()?;
        Self::check_all(&register, &amend.statements)?;
        let sections: Vec<&SectionId> = amend.statements.keys().collect();
        self.permitted(&register, &amend.act.kind, &sections, &amend.act.consents)?;
        let from = self.instant(&register, amend.from)?;
        let mut former = Vec::new();
        let mut draft = self.draft();
        for (id, said) in &amend.statements {
            let open = self.open_section(id)?;
            if from < open.from {
                return Err(RecordError::Time { at: from, earliest: open.from });
            }
            former.extend(open.statement().map(Statement::parties).unwrap_or_default());
            // Cut even to nothing: who held for no time at all held.
            draft.cut(&open, Some(from));
            draft.put(&open.line, from, None, Says::Stands(said.clone()));
        }
        let sections = amend.statements.keys().cloned().collect();
        let (act, change) = (amend.act, draft.change);
        let holders = self.holders_after(&change);
        self.emit(RecordEvent::Amended { act, sections, from, change, holders, former });
        Ok(())
    }

    pub(super) fn correct(&mut self, correct: Correct) -> Result<(), RecordError> {
        let register = self.register_of_opened()?;
        let Correct { act, section, from, to, statement, reason, own_error } = correct;
        if let Some(said) = &statement {
            register.check_statement(&section, said)?;
        }
        if reason.trim().is_empty() {
            return Err(RecordError::field("reason", Misfit::Missing));
        }
        if from > self.now || to.is_some_and(|to| to <= from) {
            return Err(RecordError::Time { at: from, earliest: self.now });
        }
        self.permitted(&register, &act.kind, &[&section], &act.consents)?;
        let line = Line::Section(section.clone());
        let overlapping: Vec<Segment> = self
            .state
            .line(&line)
            .filter(|known| {
                known.to.is_none_or(|end| from < end) && to.is_none_or(|end| known.from < end)
            })
            .cloned()
            .collect();
        if overlapping.is_empty() && statement.is_none() {
            return Err(RecordError::Section { section: section.0, stands: false });
        }
        let mut draft = self.draft();
        for known in &overlapping {
            draft.void(known);
            if known.from < from {
                draft.put(&line, known.from, Some(from), known.says.clone());
            }
            if let Some(end) = to.filter(|end| known.to.is_none_or(|last| *end < last)) {
                draft.put(&line, end, known.to, known.says.clone());
            }
        }
        if let Some(said) = statement {
            draft.put(&line, from, to, Says::Stands(said));
        }
        let former = overlapping.iter().filter_map(Segment::statement);
        let former = former.flat_map(Statement::parties).collect();
        let change = draft.change;
        let holders = self.holders_after(&change);
        self.emit(RecordEvent::Corrected {
            act,
            section,
            from,
            to,
            reason,
            own_error,
            change,
            holders,
            former,
        });
        Ok(())
    }

    pub(super) fn close(&mut self, close: Close) -> Result<(), RecordError> {
        let register = self.register()?;
        let Close { act, section, at } = close;
        self.permitted(&register, &act.kind, &[&section], &act.consents)?;
        let at = self.instant(&register, at)?;
        let open = self.open_section(&section)?;
        if at < open.from {
            return Err(RecordError::Time { at, earliest: open.from });
        }
        let mut draft = self.draft();
        draft.cut(&open, Some(at));
        let former = open.statement().map(Statement::parties).unwrap_or_default();
        self.emit(RecordEvent::Closed { act, section, at, change: draft.change, former });
        Ok(())
    }

    pub(super) fn retire(&mut self, retire: Retire) -> Result<(), RecordError> {
        let register = self.register()?;
        let Retire { act, cause, successors } = retire;
        self.permitted(&register, &act.kind, &[], &act.consents)?;
        let at = self.now;
        let former = self.state.holders_at(at);
        let carried: Vec<Restriction> =
            self.state.all_live().iter().map(|(_, held)| held.restriction.clone()).collect();
        let mut draft = self.draft();
        for segment in self.state.believed.values() {
            let goes_on = |to: Moment| at < to;
            if segment.to.is_none_or(goes_on) {
                draft.cut(segment, Some(at.max(segment.from)));
            }
        }
        let change = draft.change;
        self.emit(RecordEvent::Retired { act, cause, successors, at, change, former, carried });
        Ok(())
    }
}
