//! What the decision tables of a bundle set for the tasks of a case: terms, outcomes, duties, days on papers.
//!
//! A table says with `decides:` which service it is about, and with `relevant_date:` when it is asked. What its outputs do:
//!
//! | relevant date | output | what it sets |
//! | --- | --- | --- |
//! | `reserved` | `kept` | how long a name is kept; the register of names asks it |
//! | `submitted` | `statutory` `extension` `promise` | the clock; an extension of no days is none |
//! | | `outcome` | the document that a grant becomes, by its template: a licence or a notice |
//! | | `legal_nature` | what kind of act the task is |
//! | | `duty` | the only duty that the filing leaves open; `none` opens none of those it would fulfil |
//! | `visited` | `counts` | how long a visit counts for a later case of the same premises; of all services |
//! | `decided` | any other | a day that the paper bears, as a term from the day of the decision |
//!
//! Beside the answers, tables of `submitted` know `registrable_at_once`: the clock is asked for what cannot be registered on
//! the spot. A table that lacks a fact, or has no row in force, leaves what the case set out with: nothing is guessed.

use super::Definition;
use crate::model::{Plan, TaskName, TaskPlan};
use calendar::Term;
use catalogue::definition::{LegalNature, Outcome};
use codes::{Date, Division, Label};
use documents::Class;
use elements::Value;
use forms::Answers;
use rules::{Asked, Facts, Ground, Hit, Table};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The day on which a name is reserved, as tables call it.
pub const RESERVED: &str = "reserved";
/// The day on which a case is handed in.
pub const SUBMITTED: &str = "submitted";
/// The day of the decision.
pub const DECIDED: &str = "decided";
/// The day on which premises were visited.
pub const VISITED: &str = "visited";
/// The day on which the enterprise stands.
pub const ESTABLISHED: &str = "established";

/// The outputs that set something on the day of submission.
pub const ON_SUBMISSION: [&str; 6] =
    ["statutory", "extension", "promise", "outcome", "legal_nature", "duty"];
/// The output that says how long a name is kept.
pub const KEPT: &str = "kept";
/// The output that says how long a visit counts for a later case of the same premises.
pub const COUNTS: &str = "counts";
/// The output by which a table judges; it may stand beside the others.
pub const VERDICT: &str = "verdict";

/// What tables set for a task otherwise than the case set out with (依规则确定).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// What the law allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statutory: Option<Term>,
    /// What the head of the organ may add; of no days if nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Term>,
    /// What the platform promises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Term>,
    /// What kind of act it is in law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_nature: Option<LegalNature>,
    /// What comes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Duties that do not follow.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub waived: BTreeSet<String>,
    /// The rows that say so.
    pub by: Vec<ByRow>,
}

/// The row of a table that sets something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByRow {
    /// The table.
    pub table: String,
    /// The row.
    pub row: String,
    /// Law and article; none for a default of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl ByRow {
    fn of(hit: &Hit) -> Self {
        let source = match &hit.explanation.ground {
            Ground::Source(source) => Some(source.clone()),
            Ground::Default => None,
        };
        Self { table: hit.explanation.table.clone(), row: hit.row.clone(), source }
    }
}

/// Whether a term gives any time at all.
fn gives_time(term: &Term) -> bool {
    !matches!(term, Term::Workdays { n: 0 } | Term::Days { n: 0, .. })
}

fn term(value: &Value) -> Option<Term> {
    value.as_text()?.parse().ok()
}

/// Takes what is said; a table that is silent about something leaves it to the others.
fn set<T>(slot: &mut Option<T>, said: Option<T>) {
    if said.is_some() {
        *slot = said;
    }
}

impl Applied {
    /// Whether anything is set at all.
    fn sets(&self) -> bool {
        let Self { statutory, extension, promise, legal_nature, outcome, waived, by: _ } = self;
        statutory.is_some()
            || extension.is_some()
            || promise.is_some()
            || legal_nature.is_some()
            || outcome.is_some()
            || !waived.is_empty()
    }

    /// Takes what one row says, as far as the plan says otherwise.
    fn take(&mut self, hit: &Hit, definition: &Definition, plan: &Plan, row: &TaskPlan) {
        let before = self.clone();
        let said = |name: &str| hit.outputs.get(name);
        let said_term = |name: &str| said(name).and_then(term);
        let statutory = said_term("statutory").filter(|term| *term != row.statutory);
        set(&mut self.statutory, statutory);
        let promise = said_term("promise").filter(|term| Some(term) != row.promise.as_ref());
        set(&mut self.promise, promise);
        let extension = said_term("extension")
            .filter(|term| Some(term).filter(|term| gives_time(term)) != row.extension.as_ref());
        set(&mut self.extension, extension);
        let nature = said("legal_nature").and_then(|value| serde_json::to_value(value).ok());
        let nature = nature
            .and_then(|word| serde_json::from_value(word).ok())
            .filter(|nature: &LegalNature| *nature != row.legal_nature);
        set(&mut self.legal_nature, nature);
        let outcome = said("outcome").and_then(Value::as_text);
        set(&mut self.outcome, outcome.and_then(|id| definition.outcome(&row.outcome, id)));
        if let Some(left) = said("duty").and_then(Value::as_text) {
            let fulfilled = plan.duties.iter().filter(|(_, duty)| {
                duty.done_by.as_ref() == Some(&row.name) && duty.after.established
            });
            let waived = fulfilled.map(|(name, _)| name).filter(|name| *name != left);
            self.waived.extend(waived.cloned());
        }
        if *self != before {
            self.by.push(ByRow::of(hit));
        }
    }

    /// Lays what is set over a plan.
    pub(crate) fn lay_over(&self, plan: &mut Plan, name: &str) {
        plan.duties.retain(|duty, _| !self.waived.contains(duty));
        let Some(row) = plan.tasks.iter_mut().find(|row| row.name == name) else { return };
        if let Some(statutory) = &self.statutory {
            row.statutory = statutory.clone();
        }
        if let Some(extension) = &self.extension {
            row.extension = Some(extension.clone()).filter(gives_time);
        }
        if let Some(promise) = &self.promise {
            row.promise = Some(promise.clone());
        }
        if let Some(nature) = self.legal_nature {
            row.legal_nature = nature;
        }
        if let Some(outcome) = &self.outcome {
            row.outcome = outcome.clone();
        }
        if let Some(source) = self.by.iter().find_map(|by| by.source.as_ref())
            && self.statutory.is_some()
        {
            row.source = source.clone();
        }
    }
}

impl Definition {
    /// The tables about a service that are asked on a day of that name.
    fn tables<'a>(&'a self, id: &'a str, day: &'a str) -> impl Iterator<Item = &'a Table> {
        self.rules
            .iter()
            .map(AsRef::as_ref)
            .filter(move |table| table.decides.as_deref() == Some(id) && table.relevant_date == day)
    }

    /// What tables set for the tasks of a plan that is handed in on a day, as far as the plan says otherwise.
    #[must_use]
    pub fn applied(&self, plan: &Plan, answers: &Answers, on: Date) -> BTreeMap<TaskName, Applied> {
        let own = |row: &&TaskPlan| row.service.reform == plan.reform;
        let about = |row: &&TaskPlan| self.tables(&row.service.id, SUBMITTED).next().is_some();
        let rows: Vec<&TaskPlan> = plan.tasks.iter().filter(own).filter(about).collect();
        if rows.is_empty() {
            return BTreeMap::new();
        }
        let mut facts = forms::facts(&answers.completed(&self.dictionary, &self.maps));
        // LAW: 登记条例 19: what can be registered on the spot is; the clock is asked for what cannot be.
        facts.insert("registrable_at_once".to_owned(), Value::Bool(false));
        let asked = Asked::on(on, plan.place.parse().ok());
        let mut all = BTreeMap::new();
        for row in rows {
            let mut applied = Applied::default();
            for table in self.tables(&row.service.id, SUBMITTED) {
                if let Ok(decision) = table.decide(&facts, &asked)
                    && let Some(hit) = decision.hit().filter(|hit| !hit.refuses())
                {
                    applied.take(hit, self, plan, row);
                }
            }
            if applied.sets() {
                all.insert(row.name.clone(), applied);
            }
        }
        all
    }

    /// The outcome of a service as another document, which is a licence or a notice by its template; none where it is
    /// that already, or where there is no such template.
    fn outcome(&self, planned: &Outcome, id: &str) -> Option<Outcome> {
        let now = planned.licence.as_deref().or(planned.notice.as_deref());
        let template = self.templates.get(id).filter(|_| now != Some(id))?;
        let Label { zh, en } = template.title().clone();
        let (licence, notice) = match template.class() {
            Class::Licence => (Some(id.to_owned()), None),
            _ => (None, Some(id.to_owned())),
        };
        Some(Outcome { licence, notice, zh, en, ..planned.clone() })
    }

    /// The days that the paper of a service bears, as terms from the day of the decision.
    #[must_use]
    pub fn dates(&self, id: &str, place: Option<Division>, on: Date) -> BTreeMap<String, Term> {
        let asked = Asked::on(on, place);
        let mut dates = BTreeMap::new();
        for table in self.tables(id, DECIDED) {
            let decided = table.decide(&Facts::new(), &asked);
            let hit = decided.ok().and_then(|decision| decision.hit().cloned());
            let outputs = hit.into_iter().flat_map(|hit| hit.outputs);
            dates.extend(outputs.filter_map(|(name, value)| Some((name, term(&value)?))));
        }
        dates
    }

    /// How long a visit of premises counts for a later case, as a term from its day; none where no table says it (E8).
    #[must_use]
    pub fn visit_counts(&self, on: Date, place: Option<Division>) -> Option<Term> {
        let mut tables = self.rules.iter().filter(|table| table.relevant_date == VISITED);
        tables.find_map(|table| {
            let decision = table.decide(&Facts::new(), &Asked::on(on, place)).ok()?;
            decision.hit()?.outputs.get(COUNTS).and_then(term)
        })
    }

    /// Whether a contribution due on a day comes too late for an enterprise that is established on another.
    pub fn contribution_refused(&self, due: Date, established: Date) -> bool {
        let facts = Facts::from([
            ("shareholder.count".to_owned(), Value::Int(1)),
            ("shareholder[].contribution_date".to_owned(), Value::List(vec![due.into()])),
        ]);
        let asked = Asked::on(established, None);
        let dated = self.rules.iter().filter(|table| {
            table.relevant_date == ESTABLISHED
                && table.at.as_deref() == Some("shareholder[].contribution_date")
        });
        dated
            .filter_map(|table| table.decide_each(&facts, &asked).ok())
            .flatten()
            .any(|(_, decision)| decision.hit().is_some_and(Hit::refuses))
    }
}
