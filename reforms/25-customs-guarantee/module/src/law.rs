//! The law of guarantees as the folder's tables have it (规则表): matters, terms, thresholds, rates, offices; and the calendar.

use crate::error::GuaranteeError;
use calendar::{Calendar, Due, Term, due};
use codes::{Date, Label, Moment};
use elements::Value;
use guarantee::{Basis, DueRule, Matter, Matters, Row, Settlement, Thresholds};
use kernel::PartyKey;
use rules::{Decision, Facts, Ground, Hit, Table};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The tables of the folder, by id.
pub const TABLES: [&str; 5] = [
    "guarantee_matter",
    "guarantee_term",
    "guarantee_risk",
    "guarantee_switch",
    "guarantee_office",
];

/// A term of guarantees (期限).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// To decide about a filing.
    File,
    /// To decide about a change.
    Change,
    /// How long a hold waits for acceptance.
    Hold,
    /// Within which quota must be back.
    Restore,
    /// How long after the end a claim may be made.
    Claim,
}

impl Clock {
    const fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Change => "change",
            Self::Hold => "hold",
            Self::Restore => "restore",
            Self::Claim => "claim",
        }
    }
}

/// Rates and switches of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// The late fee of a day, in ten-thousandths.
    pub late_fee_bp: u32,
    /// Whether a claim ends the text.
    pub claim_ends: bool,
    /// What a guarantee costs in a year, in ten-thousandths.
    pub fee_bp: u32,
}

/// A customs office (关区).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// Its code, four digits.
    pub code: String,
    /// Its name.
    pub label: Label,
    /// The division in which its organ is found.
    pub division: String,
}

/// Tells the party of an enterprise's unified code.
pub type PartyOf = Arc<dyn Fn(&str) -> PartyKey + Send + Sync>;

/// What guarantees are decided by. Read-only for decisions; the operator's acts replace the calendar.
pub struct GuaranteeLaw {
    tables: [Arc<Table>; 5],
    calendar: RwLock<Calendar>,
    party_of: PartyOf,
}

impl fmt::Debug for GuaranteeLaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuaranteeLaw").finish_non_exhaustive()
    }
}

impl GuaranteeLaw {
    /// The law of the folder's tables; others among them are passed over.
    ///
    /// # Errors
    /// The id of a table that is not there.
    pub fn new(
        tables: &[Arc<Table>],
        calendar: Calendar,
        party_of: PartyOf,
    ) -> Result<Self, &'static str> {
        let find =
            |id: &'static str| tables.iter().find(|table| table.id == id).map(Arc::clone).ok_or(id);
        let [matter, term, risk, switch, office] = TABLES;
        let tables = [find(matter)?, find(term)?, find(risk)?, find(switch)?, find(office)?];
        Ok(Self { tables, calendar: RwLock::new(calendar), party_of })
    }

    /// The calendar in force.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        self.calendar.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A holiday notice arrived; days that are recorded stay as they are until they are computed anew.
    pub fn replace_calendar(&self, calendar: Calendar) {
        *self.calendar.write().unwrap_or_else(PoisonError::into_inner) = calendar;
    }

    /// The party that an enterprise or a guarantor is.
    #[must_use]
    pub fn party_of(&self, uscc: &str) -> PartyKey {
        (self.party_of)(uscc)
    }

    /// The table of matters as it stands on a day.
    ///
    /// # Errors
    /// [`GuaranteeError::RuleGap`]
    pub fn matters(&self, on: Date) -> Result<Matters, GuaranteeError> {
        let [table, ..] = &self.tables;
        let read = |hit: &Hit| {
            let text = |name: &str| text(hit, name);
            let term: Term = text("term")?.parse().ok()?;
            let due = match text("due")? {
                "fixed" => DueRule::Fixed(term),
                "within" => DueRule::Within(term),
                _ => DueRule::Given,
            };
            let monthly = text("settlement")? == Settlement::Monthly.word();
            Some(Row {
                matter: Matter::of(text("matter")?)?,
                settlement: if monthly { Settlement::Monthly } else { Settlement::Each },
                open: text("open")? == "open",
                due,
                basis: Basis::of(text("basis")?)?,
                source: source(hit),
            })
        };
        let rows: Option<Vec<Row>> = decided(table, 0, on)?.iter().map(read).collect();
        rows.map(Matters).ok_or_else(|| gap(0, on))
    }

    /// The term of a clock that a cause of a day starts.
    ///
    /// # Errors
    /// [`GuaranteeError::RuleGap`]
    pub fn term(&self, clock: Clock, on: Date) -> Result<Term, GuaranteeError> {
        let [_, table, ..] = &self.tables;
        let hits = decided(table, 1, on)?;
        let found = hits.iter().find(|hit| text(hit, "clock") == Some(clock.word()));
        let term = found.and_then(|hit| text(hit, "term")).and_then(|term| term.parse().ok());
        term.ok_or_else(|| gap(1, on))
    }

    /// When a clock that starts now is over.
    ///
    /// # Errors
    /// [`GuaranteeError::RuleGap`]; the calendar's.
    pub fn due(&self, clock: Clock, from: Moment) -> Result<Due, GuaranteeError> {
        let term = self.term(clock, from.date())?;
        due(&term, from, &self.calendar())
            .map_err(|error| guarantee::Refusal::Calendar { why: error.to_string() }.into())
    }

    /// The thresholds of risk of a day, and within how many days something is due soon.
    ///
    /// # Errors
    /// [`GuaranteeError::RuleGap`]
    pub fn thresholds(&self, on: Date) -> Result<(Thresholds, i64), GuaranteeError> {
        let [_, _, table, ..] = &self.tables;
        let hits = decided(table, 2, on)?;
        let number = |name: &str| {
            let value = hits.first().and_then(|hit| hit.outputs.get(name)).and_then(Value::as_int);
            value.ok_or_else(|| gap(2, on))
        };
        let thresholds = Thresholds {
            usage_bp: number("usage_bp")?,
            uncovered_bp: number("uncovered_bp")?,
            surge: number("surge")?,
            surge_red: number("surge_red")?,
            spare_days: number("spare_days")?,
            lambda: number("lambda")?,
            deviation_min_bp: number("deviation_min_bp")?,
            days_min: usize::try_from(number("days_min")?).map_err(|_range| gap(2, on))?,
        };
        Ok((thresholds, number("soon_days")?))
    }

    /// Rates and switches of a day.
    ///
    /// # Errors
    /// [`GuaranteeError::RuleGap`]
    pub fn switches(&self, on: Date) -> Result<Switches, GuaranteeError> {
        let [_, _, _, table, _] = &self.tables;
        let hits = decided(table, 3, on)?;
        let hit = hits.first().ok_or_else(|| gap(3, on))?;
        let number = |name: &str| {
            let value = hit.outputs.get(name).and_then(Value::as_int);
            value.and_then(|value| u32::try_from(value).ok()).ok_or_else(|| gap(3, on))
        };
        Ok(Switches {
            late_fee_bp: number("late_fee_bp")?,
            claim_ends: text(hit, "after_claim") == Some("end"),
            fee_bp: number("fee_bp")?,
        })
    }

    /// All customs offices that are known on a day.
    #[must_use]
    pub fn offices(&self, on: Date) -> Vec<Office> {
        let [.., table] = &self.tables;
        let read = |hit: &Hit| {
            Some(Office {
                code: text(hit, "office")?.to_owned(),
                label: Label::new(text(hit, "name_zh")?, text(hit, "name_en")?),
                division: text(hit, "division")?.to_owned(),
            })
        };
        decided(table, 4, on).unwrap_or_default().iter().filter_map(read).collect()
    }

    /// The name of an office; its code where it is not known.
    #[must_use]
    pub fn office_name(&self, code: &str, on: Date) -> Label {
        let known = self.offices(on).into_iter().find(|office| office.code == code);
        known.map_or_else(|| Label::new(code, code), |office| office.label)
    }
}

fn decided(table: &Table, n: usize, on: Date) -> Result<Vec<Hit>, GuaranteeError> {
    match rules::decide(table, &Facts::new(), on, None) {
        Ok(Decision::Decided(hits)) if !hits.is_empty() => Ok(hits),
        Ok(_) | Err(_) => Err(gap(n, on)),
    }
}

fn text<'a>(hit: &'a Hit, name: &str) -> Option<&'a str> {
    hit.outputs.get(name).and_then(Value::as_text)
}

fn gap(n: usize, on: Date) -> GuaranteeError {
    GuaranteeError::RuleGap { table: TABLES.get(n).copied().unwrap_or_default(), on }
}

fn source(hit: &Hit) -> String {
    match &hit.explanation.ground {
        Ground::Source(source) => source.clone(),
        Ground::Default => "平台默认".to_owned(),
    }
}
