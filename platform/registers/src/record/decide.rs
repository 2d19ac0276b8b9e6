//! Commands of records, decided.
//!
//! A decision works on a copy of the state: what has run out by now ends first, then the command is judged, and each event is
//! folded at once, so that what follows in the same command sees it.

mod restrict;
mod sections;

use crate::Facts;
use crate::record::definition::{Register, Weight};
use crate::record::error::{Misfit, RecordError};
use crate::record::event::RecordEvent;
use crate::record::model::{
    Change, Ending, Line, Phase, RecordCommand, RecordKey, RestrictionNo, Retirement, Says,
    SectionId, Segment, Standing,
};
use codes::Moment;
use kernel::{Aggregate, Context, Deadline, OrganKey, PartyKey};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How a record began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its key.
    pub record: RecordKey,
    /// The division in which the thing lies.
    pub place: String,
    /// The organ that keeps it.
    pub organ: OrganKey,
    /// The records out of which it came.
    pub predecessors: Vec<RecordKey>,
}

/// One record (记载): what the register believes now, over all valid time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// How it began; none before its first entry.
    pub opened: Option<Opened>,
    /// Since when, why and into what it ended.
    pub retired: Option<(Moment, Retirement, Vec<RecordKey>)>,
    /// The segments that are believed, by number.
    pub believed: BTreeMap<u32, Segment>,
    /// All restrictions that were ever entered; how and when they ended, where they did.
    pub restrictions: BTreeMap<RestrictionNo, Option<(Ending, Moment)>>,
    pub(crate) next_segment: u32,
}

impl Record {
    /// The segments of a line that are believed, in order of time.
    pub fn line<'a>(&'a self, line: &'a Line) -> impl Iterator<Item = &'a Segment> + 'a {
        let mut found: Vec<&Segment> =
            self.believed.values().filter(|segment| segment.line == *line).collect();
        found.sort_by_key(|segment| (segment.from, segment.no));
        found.into_iter()
    }

    /// What a section says at an instant.
    #[must_use]
    pub fn section_at(&self, id: &SectionId, at: Moment) -> Option<&Segment> {
        self.believed
            .values()
            .find(|segment| segment.line == Line::Section(id.clone()) && segment.covers(at))
    }

    /// The restrictions that stand at an instant, waiting ones too, in order of entry.
    pub fn standing_at(&self, at: Moment) -> impl Iterator<Item = (&Segment, &Standing)> {
        let mut found: Vec<_> = self
            .believed
            .values()
            .filter(|segment| segment.covers(at))
            .filter_map(|segment| segment.standing().map(|standing| (segment, standing)))
            .collect();
        found.sort_by_key(|(_, standing)| standing.restriction.no);
        found.into_iter()
    }

    /// The parties that hold at an instant, in any section.
    #[must_use]
    pub fn holders_at(&self, at: Moment) -> Vec<PartyKey> {
        let held = self.believed.values().filter(|segment| segment.covers(at));
        let all: BTreeSet<PartyKey> =
            held.filter_map(Segment::statement).flat_map(|statement| statement.parties()).collect();
        all.into_iter().collect()
    }

    /// The segment by which a restriction that has not ended stands: the last of its line.
    fn live(&self, no: RestrictionNo) -> Option<(&Segment, &Standing)> {
        if self.restrictions.get(&no) != Some(&None) {
            return None;
        }
        let mine = self.believed.values().filter(|segment| segment.line == Line::Restriction(no));
        let segment = mine.max_by_key(|segment| (segment.from, segment.no))?;
        Some((segment, segment.standing()?))
    }

    /// All that have not ended, in order of entry.
    fn all_live(&self) -> Vec<(&Segment, &Standing)> {
        let open = self.restrictions.iter().filter(|(_, ended)| ended.is_none());
        open.filter_map(|(no, _)| self.live(*no)).collect()
    }
}

/// A change of belief under construction.
struct Draft {
    next: u32,
    change: Change,
}

impl Draft {
    fn void(&mut self, segment: &Segment) {
        self.change.void.push(segment.no);
    }

    fn put(&mut self, line: &Line, from: Moment, to: Option<Moment>, says: Says) {
        let segment = Segment { no: self.next, line: line.clone(), from, to, says };
        self.next = self.next.saturating_add(1);
        self.change.segments.push(segment);
    }

    /// A segment that is believed to end elsewhere.
    fn cut(&mut self, segment: &Segment, to: Option<Moment>) {
        self.void(segment);
        self.put(&segment.line, segment.from, to, segment.says.clone());
    }
}

/// A decision on its way.
struct Desk<'a> {
    facts: &'a Facts,
    now: Moment,
    state: Record,
    events: Vec<RecordEvent>,
}

impl Desk<'_> {
    fn draft(&self) -> Draft {
        Draft { next: self.state.next_segment.max(1), change: Change::default() }
    }

    fn emit(&mut self, event: RecordEvent) {
        self.state.fold(&event);
        self.events.push(event);
    }

    /// The register of a record that was opened and has not ended.
    fn register(&self) -> Result<Arc<Register>, RecordError> {
        if let Some((since, ..)) = &self.state.retired {
            return Err(RecordError::Closed { since: *since });
        }
        self.register_of_opened()
    }

    fn register_of_opened(&self) -> Result<Arc<Register>, RecordError> {
        let opened = self.state.opened.as_ref().ok_or(RecordError::Unknown)?;
        self.defined(opened.record.register())
    }

    fn defined(&self, register: &str) -> Result<Arc<Register>, RecordError> {
        let known = self.facts.definitions();
        known
            .get(register)
            .cloned()
            .ok_or_else(|| RecordError::RegisterUnknown(register.to_owned()))
    }

    /// Whether no restriction stops an act on these sections (all of the record where none is named).
    ///
    /// LAW: 民法典 art. 221, 399, 406; which rows apply stands in the register's table.
    fn permitted(
        &self,
        register: &Register,
        kind: &str,
        sections: &[&SectionId],
        consents: &BTreeSet<RestrictionNo>,
    ) -> Result<(), RecordError> {
        register.act(kind).ok_or_else(|| RecordError::field(kind, Misfit::Unknown))?;
        let mut missing = None;
        for (_, standing) in self.state.standing_at(self.now) {
            let Standing { phase, restriction } = standing;
            let on = restriction.on.as_ref();
            let elsewhere = on.is_some_and(|on| !sections.is_empty() && !sections.contains(&on));
            if elsewhere || self.state.restrictions.get(&restriction.no) != Some(&None) {
                continue;
            }
            let effect = register.effect(restriction, *phase, kind)?;
            let label = || {
                let known = register.restriction(&restriction.kind);
                known.map(|known| known.label_in(*phase)).unwrap_or_default()
            };
            match effect.weight {
                Weight::Free => {}
                Weight::Forbid => {
                    return Err(RecordError::Restricted {
                        kind: restriction.kind.clone(),
                        label: label(),
                        restriction: restriction.no,
                        law: effect.law,
                    });
                }
                Weight::Consent | Weight::Acknowledge => {
                    if missing.is_none() && !consents.contains(&restriction.no) {
                        missing = Some(RecordError::ConsentMissing {
                            kind: restriction.kind.clone(),
                            label: label(),
                            restriction: restriction.no,
                            since: restriction.entered_at,
                            law: effect.law,
                        });
                    }
                }
            }
        }
        missing.map_or(Ok(()), Err)
    }

    /// The instant of an entry: now, or an earlier one where the register takes such.
    fn instant(&self, register: &Register, asked: Option<Moment>) -> Result<Moment, RecordError> {
        match asked {
            Some(at) if at > self.now || (register.by_entry() && at != self.now) => {
                Err(RecordError::Time { at, earliest: self.now })
            }
            Some(at) => Ok(at),
            None => Ok(self.now),
        }
    }

    /// Ends what has run out by now, each at its own instant, and promotes what waited for it.
    fn run_out(&mut self) -> Result<(), RecordError> {
        while self.state.retired.is_none() {
            let over = self.state.all_live().into_iter().filter_map(|(segment, standing)| {
                let to = segment.to.filter(|to| *to <= self.now)?;
                (standing.phase == Phase::InForce).then_some((to, standing.restriction.clone()))
            });
            let Some((at, restriction)) =
                over.min_by_key(|(to, restriction)| (*to, restriction.no))
            else {
                break;
            };
            let kind = restriction.kind.clone();
            self.emit(RecordEvent::RestrictionLapsed { restriction: restriction.no, kind, at });
            self.promote(&restriction, at)?;
        }
        Ok(())
    }
}

impl Aggregate for Record {
    const KIND: &'static str = "record";
    type Key = RecordKey;
    type Command = RecordCommand;
    type Event = RecordEvent;
    type Error = RecordError;
    type World = Facts;

    fn decide(
        &self,
        facts: &Facts,
        cx: &Context,
        command: RecordCommand,
    ) -> Result<Vec<RecordEvent>, RecordError> {
        let mut desk = Desk { facts, now: cx.now, state: self.clone(), events: Vec::new() };
        desk.run_out()?;
        match command {
            RecordCommand::Enter(enter) => desk.enter(*enter)?,
            RecordCommand::Amend(amend) => desk.amend(*amend)?,
            RecordCommand::Correct(correct) => desk.correct(*correct)?,
            RecordCommand::Close(close) => desk.close(*close)?,
            RecordCommand::Retire(retire) => desk.retire(*retire)?,
            RecordCommand::Restrict(restrict) => desk.restrict(*restrict)?,
            RecordCommand::Renew(renew) => desk.renew(*renew)?,
            RecordCommand::Release(release) => desk.release(*release)?,
            RecordCommand::Annul { restriction, reason, origin } => {
                desk.annul(restriction, reason, origin)?;
            }
            RecordCommand::Registrable { restriction, on } => desk.registrable(restriction, on)?,
            RecordCommand::RecordAction { restriction, document_no } => {
                desk.record_action(restriction, document_no)?;
            }
            RecordCommand::Tick => {}
        }
        Ok(desk.events)
    }

    fn evolve(&mut self, event: &RecordEvent) {
        self.fold(event);
    }

    fn deadlines(&self) -> Vec<Deadline<RecordCommand>> {
        if self.retired.is_some() {
            return Vec::new();
        }
        let live = self.all_live().into_iter();
        live.filter(|(_, standing)| standing.phase == Phase::InForce)
            .filter_map(|(segment, standing)| {
                Some(Deadline {
                    name: format!("lapse:{}", standing.restriction.no),
                    at: segment.to?,
                    command: RecordCommand::Tick,
                })
            })
            .collect()
    }
}
