//! The law in force for cases: the calendar, and the definitions of every bundle that open cases set out with.

use crate::error::CaseError;
use crate::model::{DueDate, Hex, Plan, Stop};
use blobs::BlobError;
use calendar::{Calendar, Clock, Span, Term};
use codes::{Date, Label};
use forms::Answers;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

mod applied;
mod archive;
mod definition;
mod examined;

pub use applied::{
    Applied, ByRow, COUNTS, DECIDED, ESTABLISHED, KEPT, ON_SUBMISSION, RESERVED, SUBMITTED,
    VERDICT, VISITED,
};
pub use archive::Archive;
pub use definition::{Definition, Face, Material, SignedText};
pub use examined::Examined;

/// What decisions may look up beside the case itself. Read-only for them; the operator's acts replace parts of it.
#[derive(Debug)]
pub struct Law {
    calendar: RwLock<Arc<Calendar>>,
    definitions: RwLock<BTreeMap<String, Arc<Definition>>>,
    remembered: examined::Remembered,
    archive: OnceLock<Arc<dyn Archive>>,
}

impl Law {
    /// The law from a calendar, without definitions.
    #[must_use]
    pub fn new(calendar: Calendar) -> Self {
        Self {
            calendar: RwLock::new(Arc::new(calendar)),
            definitions: RwLock::new(BTreeMap::new()),
            remembered: examined::Remembered::default(),
            archive: OnceLock::new(),
        }
    }

    /// The calendar in force.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        Calendar::clone(&self.in_force())
    }

    /// The calendar in force, not copied: a decision asks for it many times.
    fn in_force(&self) -> Arc<Calendar> {
        Arc::clone(&self.calendar.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A holiday notice arrived; deadlines follow by [`crate::CaseCommand::Recompute`].
    pub fn replace_calendar(&self, calendar: Calendar) {
        *self.calendar.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(calendar);
    }

    /// Where definitions are found again that are no longer in force; the first one named counts.
    pub fn archive_in(&self, archive: Arc<dyn Archive>) {
        let _ = self.archive.set(archive);
    }

    /// The definition of a bundle, if it is at hand; if not, the archive is told to have it ready.
    #[must_use]
    pub fn definition(&self, bundle: &str) -> Option<Arc<Definition>> {
        let known = self.at_hand(bundle);
        if let (None, Some(archive)) = (&known, self.archive.get()) {
            archive.want(bundle);
        }
        known
    }

    fn at_hand(&self, bundle: &str) -> Option<Arc<Definition>> {
        self.definitions.read().unwrap_or_else(PoisonError::into_inner).get(bundle).cloned()
    }

    /// The definition of a bundle, fetched from the archive if it is not at hand; none if it is nowhere.
    ///
    /// # Errors
    /// The archive's store fails.
    pub async fn recall(&self, bundle: &str) -> Result<Option<Arc<Definition>>, BlobError> {
        if let Some(known) = self.at_hand(bundle) {
            return Ok(Some(known));
        }
        let Some(archive) = self.archive.get() else { return Ok(None) };
        let Some(found) = archive.find(bundle).await? else { return Ok(None) };
        self.add(found);
        Ok(self.at_hand(bundle))
    }

    /// Adds the definition of a bundle; open cases keep the one under which they began.
    pub fn add(&self, definition: Definition) {
        self.definitions
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(definition.digest.clone(), Arc::new(definition));
    }

    /// What a definition finds about answers with this digest by the law of a day: found once, then remembered for a while.
    pub fn examine(
        &self,
        definition: &Definition,
        plan: &Plan,
        answers: &Answers,
        digest: &Hex,
        on: Date,
    ) -> Arc<Examined> {
        self.remembered.examine(definition, plan, answers, digest, on)
    }

    /// The due day of a term.
    pub(crate) fn due(&self, term: &Term, cause: Date) -> Result<DueDate, CaseError> {
        calendar::due(term, cause, &self.in_force()).map(Into::into).map_err(CaseError::Term)
    }

    /// The due day of a clock that was stopped or extended.
    pub(crate) fn clock(
        &self,
        term: &Term,
        start: Date,
        stops: &[Stop],
        extension: Option<&Term>,
    ) -> Result<DueDate, CaseError> {
        running(term, start, stops, extension)
            .due(&self.in_force())
            .map(Into::into)
            .map_err(CaseError::Term)
    }

    /// How many days a stop leaves out, in the clock's own unit.
    pub(crate) fn counted_days(&self, term: &Term, stop: &Stop) -> Result<u32, CaseError> {
        let calendar = self.in_force();
        let working = matches!(term, Term::Workdays { .. });
        let mut days = 0;
        let mut day = stop.from;
        while day <= stop.to {
            if !working || calendar.is_workday(day) {
                days += 1;
            }
            day = day
                .tomorrow()
                .map_err(|_end| CaseError::Term(calendar::CalendarError::OutOfRange))?;
        }
        Ok(days)
    }
}

/// The clock of a task, as the case page counts its days.
#[must_use]
pub fn running(term: &Term, start: Date, stops: &[Stop], extension: Option<&Term>) -> Clock {
    let mut clock = Clock::new(start, term.clone());
    for stop in stops {
        clock = clock.without(Span {
            from: stop.from,
            to: stop.to,
            cause: Label::new(&stop.cause, &stop.cause),
            source: "行政许可法第四十五条".to_owned(),
        });
    }
    match extension {
        Some(by) => clock.extended(by.clone()),
        None => clock,
    }
}
