//! Restrictions: entered, prolonged, kept, released; the next in the queue promoted.

use super::Desk;
use crate::record::definition::{Ends, Kind, Register, RunsFrom};
use crate::record::error::{Misfit, RecordError};
use crate::record::event::RecordEvent;
use crate::record::model::{
    Line, Note, Phase, Release, Renew, Restrict, Restriction, RestrictionNo, Says, Segment,
    Standing,
};
use codes::{Date, Moment};
use kernel::{Origin, PartyKey};
use std::sync::Arc;

/// The agreement noted once the act that keeps a restriction was recorded.
const KEPT: &str = "action_recorded";

fn says(phase: Phase, restriction: Restriction) -> Says {
    Says::Restricts(Standing { phase, restriction })
}

impl Desk<'_> {
    /// The restriction that has not ended, by the segment it stands by.
    fn held(&self, no: RestrictionNo) -> Result<(Segment, Standing), RecordError> {
        match self.state.restrictions.get(&no) {
            None => Err(RecordError::RestrictionUnknown(no)),
            Some(Some((_, since))) => Err(RecordError::Expired { restriction: no, since: *since }),
            Some(None) => {
                let held = self.state.live(no).ok_or(RecordError::RestrictionUnknown(no))?;
                Ok((held.0.clone(), held.1.clone()))
            }
        }
    }

    fn kind_of<'r>(&self, register: &'r Register, kind: &str) -> Result<&'r Kind, RecordError> {
        register.restriction(kind).ok_or_else(|| RecordError::field(kind, Misfit::Unknown))
    }

    /// Of those of a kind that bind the first in time does, the others wait.
    fn is_taken(&self, kind: &Kind, restriction: &Restrict) -> bool {
        kind.queue
            && self.state.all_live().iter().any(|(_, held)| {
                held.restriction.kind == restriction.kind && held.restriction.on == restriction.on
            })
    }

    /// LAW: a seizure that comes after a transfer binds the entry it finds, with the note 登记后查封 (10 S11).
    fn notes(&self, against: Option<&PartyKey>) -> Vec<Note> {
        let Some(against) = against else { return Vec::new() };
        if self.state.holders_at(self.now).contains(against) {
            return Vec::new();
        }
        let held = |segment: &Segment| {
            segment.statement().is_some_and(|said| said.parties().contains(against))
        };
        if self.state.believed.values().any(held) {
            vec![Note::AfterTransfer]
        } else {
            vec![Note::NotTheHolder]
        }
    }

    pub(super) fn restrict(&mut self, restrict: Restrict) -> Result<(), RecordError> {
        let register = self.register()?;
        let kind = self.kind_of(&register, &restrict.kind)?;
        if restrict.document_no.trim().is_empty() {
            return Err(RecordError::field("document_no", Misfit::Missing));
        }
        if restrict.amount_fen.is_some_and(|fen| fen < 0) {
            return Err(RecordError::field("amount", Misfit::Form));
        }
        if let Some(on) = &restrict.on {
            self.open_section_of(on)?;
        }
        let sections: Vec<_> = restrict.on.iter().collect();
        self.permitted(&register, &restrict.kind, &sections, &restrict.consents)?;
        let waits = self.is_taken(kind, &restrict);
        let phase = if waits { Phase::Waiting } else { Phase::InForce };
        let until = match phase {
            Phase::Waiting => None,
            Phase::InForce => self.first_until(&register, kind, &restrict)?,
        };
        let ranks = self.state.all_live();
        let of_kind = ranks.iter().filter(|(_, held)| held.restriction.kind == restrict.kind);
        let rank = of_kind.map(|(_, held)| held.restriction.rank).max().unwrap_or(0);
        let last = self.state.restrictions.keys().next_back().map_or(0, |no| no.0);
        let notes = self.notes(restrict.against.as_ref());
        let restriction = Restriction {
            no: RestrictionNo(last.saturating_add(1)),
            kind: restrict.kind,
            side: restrict.side,
            document_no: restrict.document_no,
            on: restrict.on,
            amount_fen: restrict.amount_fen,
            rank: rank.saturating_add(1),
            flags: restrict.flags,
            notes,
            entered_at: self.now,
            until: restrict.until,
            origin: restrict.origin,
        };
        let mut draft = self.draft();
        let line = Line::Restriction(restriction.no);
        let to = until.map(|day| Moment::end_of(day).max(self.now));
        draft.put(&line, self.now, to, says(phase, restriction.clone()));
        let holders = self.state.holders_at(self.now);
        let change = draft.change;
        self.emit(RecordEvent::RestrictionEntered { restriction, phase, until, change, holders });
        Ok(())
    }

    fn open_section_of(&self, id: &crate::record::SectionId) -> Result<(), RecordError> {
        let stands = self.state.section_at(id, self.now).is_some();
        if stands {
            return Ok(());
        }
        Err(RecordError::Section { section: id.0.clone(), stands: false })
    }

    /// The last day of a restriction that binds at once.
    fn first_until(
        &self,
        register: &Register,
        kind: &Kind,
        restrict: &Restrict,
    ) -> Result<Option<Date>, RecordError> {
        let today = self.now.date();
        let wanted = restrict.until;
        if wanted.is_some_and(|day| day < today) {
            return Err(RecordError::field("until", Misfit::Form));
        }
        match (kind.ends, kind.runs_from) {
            (Ends::Never, _) => Ok(wanted),
            (Ends::ByTerm, _) => self.within_law(register, &restrict.kind, today, wanted),
            (Ends::ByAction, RunsFrom::Entry) => {
                let law = register.last_day(&restrict.kind, today, &self.facts.calendar())?;
                Ok(law.map(|(day, _)| day))
            }
            (Ends::ByAction, RunsFrom::Registrable) => {
                let Some(on) = restrict.registrable_on else { return Ok(None) };
                let law = register.last_day(&restrict.kind, on, &self.facts.calendar())?;
                Ok(law.map(|(day, _)| day))
            }
        }
    }

    /// The day that an order names, if the law allows it; the law's, if it names none.
    fn within_law(
        &self,
        register: &Register,
        kind: &str,
        began: Date,
        wanted: Option<Date>,
    ) -> Result<Option<Date>, RecordError> {
        match (register.last_day(kind, began, &self.facts.calendar())?, wanted) {
            (Some((latest, law)), Some(day)) if day > latest => {
                Err(RecordError::TermTooLong { latest, law })
            }
            (Some((latest, _)), None) => Ok(Some(latest)),
            (_, wanted) => Ok(wanted),
        }
    }

    pub(super) fn renew(&mut self, renew: Renew) -> Result<(), RecordError> {
        let register = self.register()?;
        let (segment, Standing { phase, mut restriction }) = self.held(renew.restriction)?;
        let kind = self.kind_of(&register, &restriction.kind)?;
        let (Phase::InForce, Ends::ByTerm, Some(to)) = (phase, kind.ends, segment.to) else {
            return Err(RecordError::NoTimeRuns(restriction.no));
        };
        let calendar = self.facts.calendar();
        // The first day after the present term is the instant at which it ends.
        let next_day = to.date();
        let until = match renew.until {
            Some(day) => self.within_law(&register, &restriction.kind, next_day, Some(day))?,
            // The law's time counts from the renewal (assumed).
            None => {
                register.last_day(&restriction.kind, self.now.date(), &calendar)?.map(|law| law.0)
            }
        };
        let until = until.ok_or_else(|| RecordError::field("until", Misfit::Missing))?;
        if Moment::end_of(until) <= to {
            return Err(RecordError::field("until", Misfit::Form));
        }
        restriction.until = Some(until);
        let (no, name) = (restriction.no, restriction.kind.clone());
        let mut draft = self.draft();
        draft.void(&segment);
        draft.put(
            &segment.line,
            segment.from,
            Some(Moment::end_of(until)),
            says(phase, restriction),
        );
        self.emit(RecordEvent::RestrictionRenewed {
            restriction: no,
            kind: name,
            document_no: renew.document_no,
            until,
            change: draft.change,
            origin: renew.origin,
        });
        Ok(())
    }

    pub(super) fn release(&mut self, release: Release) -> Result<(), RecordError> {
        self.register()?;
        let (segment, Standing { phase, restriction }) = self.held(release.restriction)?;
        if release.document_no.trim().is_empty() {
            return Err(RecordError::field("document_no", Misfit::Missing));
        }
        let at = self.now;
        let mut draft = self.draft();
        draft.cut(&segment, Some(at));
        self.emit(RecordEvent::RestrictionReleased {
            restriction: restriction.no,
            kind: restriction.kind.clone(),
            document_no: release.document_no,
            at,
            change: draft.change,
            origin: release.origin,
        });
        if phase == Phase::InForce { self.promote(&restriction, at) } else { Ok(()) }
    }

    pub(super) fn annul(
        &mut self,
        no: RestrictionNo,
        reason: String,
        origin: Option<Origin>,
    ) -> Result<(), RecordError> {
        self.register()?;
        let (_, Standing { phase, restriction }) = self.held(no)?;
        if reason.trim().is_empty() {
            return Err(RecordError::field("reason", Misfit::Missing));
        }
        let mut draft = self.draft();
        for segment in self.state.line(&Line::Restriction(no)) {
            draft.void(segment);
        }
        let (kind, at, change) = (restriction.kind.clone(), self.now, draft.change);
        self.emit(RecordEvent::RestrictionAnnulled {
            restriction: no,
            kind,
            reason,
            at,
            change,
            origin,
        });
        if phase == Phase::InForce { self.promote(&restriction, at) } else { Ok(()) }
    }

    pub(super) fn registrable(&mut self, no: RestrictionNo, on: Date) -> Result<(), RecordError> {
        let register = self.register()?;
        let (segment, Standing { phase, restriction }) = self.held(no)?;
        let kind = self.kind_of(&register, &restriction.kind)?;
        let kept = restriction.flags.contains(KEPT);
        if kind.runs_from != RunsFrom::Registrable || kept {
            return Err(RecordError::NoTimeRuns(no));
        }
        let law = register.last_day(&restriction.kind, on, &self.facts.calendar())?;
        let until = law.map(|(day, _)| day);
        let to = until.map(|day| Moment::end_of(day).max(segment.from));
        if to == segment.to {
            return Ok(());
        }
        let name = restriction.kind.clone();
        let mut draft = self.draft();
        draft.void(&segment);
        draft.put(&segment.line, segment.from, to, says(phase, restriction));
        let change = draft.change;
        self.emit(RecordEvent::RestrictionTimed { restriction: no, kind: name, on, until, change });
        // The day may lie so far back that time has run out already.
        self.run_out()
    }

    pub(super) fn record_action(
        &mut self,
        no: RestrictionNo,
        document_no: String,
    ) -> Result<(), RecordError> {
        let register = self.register()?;
        let (segment, Standing { phase, mut restriction }) = self.held(no)?;
        let kind = self.kind_of(&register, &restriction.kind)?;
        if kind.ends != Ends::ByAction {
            return Err(RecordError::NoTimeRuns(no));
        }
        if document_no.trim().is_empty() {
            return Err(RecordError::field("document_no", Misfit::Missing));
        }
        if !restriction.flags.insert(KEPT.to_owned()) {
            return Ok(());
        }
        let name = restriction.kind.clone();
        let mut draft = self.draft();
        draft.void(&segment);
        draft.put(&segment.line, segment.from, None, says(phase, restriction));
        let change = draft.change;
        self.emit(RecordEvent::ActionRecorded { restriction: no, kind: name, document_no, change });
        Ok(())
    }

    /// The next that waited for one that ended binds from that very instant, for the time of its order or of the law.
    pub(super) fn promote(&mut self, ended: &Restriction, at: Moment) -> Result<(), RecordError> {
        let register: Arc<Register> = self.register_of_opened()?;
        let live = self.state.all_live();
        let same = |held: &Standing| {
            held.restriction.kind == ended.kind && held.restriction.on == ended.on
        };
        if live.iter().any(|(_, held)| same(held) && held.phase == Phase::InForce) {
            return Ok(());
        }
        let waiting = live.iter().find(|(_, held)| same(held) && held.phase == Phase::Waiting);
        let Some((segment, held)) = waiting else { return Ok(()) };
        let (segment, restriction) = ((*segment).clone(), held.restriction.clone());
        let law = register.last_day(&restriction.kind, at.date(), &self.facts.calendar())?;
        let law = law.map(|(day, _)| day);
        let until = match (restriction.until, law) {
            (Some(ordered), Some(law)) => Some(ordered.min(law)),
            (ordered, law) => ordered.or(law),
        };
        let to = until.map(|day| Moment::end_of(day).max(at));
        let mut draft = self.draft();
        draft.cut(&segment, Some(at));
        draft.put(&segment.line, at, to, says(Phase::InForce, restriction.clone()));
        self.emit(RecordEvent::RestrictionPromoted {
            restriction: restriction.no,
            kind: restriction.kind,
            at,
            until,
            change: draft.change,
        });
        Ok(())
    }
}
