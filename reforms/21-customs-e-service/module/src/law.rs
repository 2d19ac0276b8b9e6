//! The law in force for penalty cases: the tables of the folder and the calendar.

use crate::error::PenaltyError;
use calendar::Calendar;
use codes::Date;
use elements::Value;
use penalty::{Clocks, Kind, PartyKind, Rate, Row, Run, SpotLimit, SpotLimits};
use rules::{Decision, Facts, Ground, Hit, Table};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The table of terms.
pub(crate) const TERMS: &str = "penalty_terms";
/// The table of limits on the spot.
pub(crate) const ON_THE_SPOT: &str = "on_the_spot";
/// The table of the rate of late fines.
pub(crate) const LATE_FINE: &str = "late_fine";

/// What penalty cases decide by (适用的规则). Read-only for decisions; the operator's acts replace the calendar.
#[derive(Debug)]
pub struct PenaltyLaw {
    terms: Arc<Table>,
    on_the_spot: Arc<Table>,
    late_fine: Arc<Table>,
    calendar: RwLock<Arc<Calendar>>,
}

impl PenaltyLaw {
    /// The law of the folder's tables.
    ///
    /// # Errors
    /// The name of a table that is not there.
    pub fn new(tables: &[Arc<Table>], calendar: Calendar) -> Result<Self, &'static str> {
        let find =
            |id: &'static str| tables.iter().find(|table| table.id == id).map(Arc::clone).ok_or(id);
        Ok(Self {
            terms: find(TERMS)?,
            on_the_spot: find(ON_THE_SPOT)?,
            late_fine: find(LATE_FINE)?,
            calendar: RwLock::new(Arc::new(calendar)),
        })
    }

    /// The calendar in force.
    #[must_use]
    pub fn calendar(&self) -> Arc<Calendar> {
        Arc::clone(&self.calendar.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A holiday notice arrived; terms that run already stay as they were recorded.
    pub fn replace_calendar(&self, calendar: Calendar) {
        *self.calendar.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(calendar);
    }

    /// The terms in force on a day.
    ///
    /// # Errors
    /// [`PenaltyError::RuleGap`]
    pub fn clocks(&self, on: Date) -> Result<Clocks, PenaltyError> {
        let mut rows = Vec::new();
        for hit in decided(&self.terms, on)? {
            let text = |name: &str| hit.outputs.get(name).and_then(Value::as_text);
            let kind = text("clock").and_then(Kind::of);
            let term = text("term").and_then(|term| term.parse().ok());
            let (Some(kind), Some(term)) = (kind, term) else { return Err(gap(&self.terms, on)) };
            rows.push(Row { kind, term, source: source(&hit) });
        }
        Ok(Clocks::new(rows)?)
    }

    /// The term that a cause of a day starts.
    ///
    /// # Errors
    /// [`PenaltyError::RuleGap`], [`PenaltyError::Clock`]
    pub fn run(&self, kind: Kind, from: Date) -> Result<Run, PenaltyError> {
        Ok(self.clocks(from)?.run(kind, from, &self.calendar())?)
    }

    /// The term extended by the term of another row.
    ///
    /// # Errors
    /// As [`PenaltyLaw::run`]
    pub fn extended(&self, run: &Run, by: Kind) -> Result<Run, PenaltyError> {
        Ok(self.clocks(run.from)?.extended(run, by, &self.calendar())?)
    }

    /// The limits on the spot of a day.
    ///
    /// # Errors
    /// [`PenaltyError::RuleGap`]
    pub fn spot_limits(&self, on: Date) -> Result<SpotLimits, PenaltyError> {
        let row = |hit: &Hit| {
            let party = hit.outputs.get("party").and_then(Value::as_text).and_then(PartyKind::of);
            let yuan = hit.outputs.get("fine_max_yuan").and_then(Value::as_int);
            Some(SpotLimit {
                party: party?,
                fine_fen_max: yuan?.saturating_mul(100),
                source: source(hit),
            })
        };
        let hits = decided(&self.on_the_spot, on)?;
        let rows: Option<Vec<SpotLimit>> = hits.iter().map(row).collect();
        rows.map(SpotLimits).ok_or_else(|| gap(&self.on_the_spot, on))
    }

    /// The rate of late fines, by the law of the day on which payment was due.
    ///
    /// # Errors
    /// [`PenaltyError::RuleGap`]
    pub fn late_rate(&self, on: Date) -> Result<Rate, PenaltyError> {
        let hits = decided(&self.late_fine, on)?;
        let number = |name: &str| {
            let value = hits.first().and_then(|hit| hit.outputs.get(name)).and_then(Value::as_int);
            value.and_then(|value| u32::try_from(value).ok())
        };
        match (number("per_day_bp"), number("cap_bp")) {
            (Some(per_day_bp), Some(cap_bp)) => Ok(Rate { per_day_bp, cap_bp }),
            _ => Err(gap(&self.late_fine, on)),
        }
    }
}

fn decided(table: &Table, on: Date) -> Result<Vec<Hit>, PenaltyError> {
    match rules::decide(table, &Facts::from(BTreeMap::new()), on, None) {
        Ok(Decision::Decided(hits)) => Ok(hits),
        Ok(Decision::NeedFact(_)) | Err(_) => Err(gap(table, on)),
    }
}

fn gap(table: &Table, on: Date) -> PenaltyError {
    PenaltyError::RuleGap { table: table.id.clone(), on }
}

fn source(hit: &Hit) -> String {
    match &hit.explanation.ground {
        Ground::Source(source) => source.clone(),
        Ground::Default => "平台默认".to_owned(),
    }
}
