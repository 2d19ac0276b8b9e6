//! What a page shows of an entry: what lies ahead of it, and how each condition stands on a day.

use super::draft::Draft;
use super::model::{Answer, Question, Repair};
use crate::law::RepairRules;
use codes::{Date, Label};
use credit_repair::{Cond, Fact, Kind, Need};
use registers::listings::ListingKey;
use std::collections::BTreeMap;

/// What lies ahead of an entry, as of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The first day to apply, where one is foreseen.
    pub opens: Option<Date>,
    /// The first day without it, if nothing is done.
    pub ends: Option<Date>,
    /// What would be asked for today.
    pub kind: Option<Kind>,
    /// The version of the law that counts today.
    pub version: Option<String>,
    /// On which article it rests.
    pub source: String,
    /// How long it would be announced.
    pub announcement_days: Option<u16>,
    /// The conditions.
    pub conditions: Vec<Cond>,
    /// What registers were asked of each condition, by its word.
    pub asked: BTreeMap<String, Vec<Heard>>,
    /// Who said otherwise how a condition stands, such as an officer.
    pub said: BTreeMap<Need, String>,
    /// What is only a warning (R6): no condition, for the authority to know.
    pub warnings: Vec<Heard>,
}

/// What a register was asked, and says (核查结果).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The register.
    pub register: Label,
    /// What it was asked.
    pub need: String,
    /// When it was asked.
    pub asked_on: Date,
    /// What it says, and since when it says so; none before it has answered.
    pub answer: Option<(Answer, Date)>,
    /// By which law it is asked.
    pub source: String,
}

impl Repair {
    /// What lies ahead of an entry as of a day; nothing where there is no such entry.
    #[must_use]
    pub fn view(&self, rules: &RepairRules, listing: &ListingKey, today: Date) -> Option<View> {
        let watched = self.entries.get(listing)?;
        let draft = Draft::new(self, rules, today);
        let ahead = draft.outlook(&watched.entry);
        let running = watched.procedure.as_ref().filter(|_| watched.stage.is_running());
        let found = match running {
            Some(procedure) => {
                let version = rules.law().named(watched.entry.province, &procedure.version);
                version.and_then(|version| {
                    Some((version, version.track(&watched.entry)?.application.as_ref()?))
                })
            }
            None => draft.route(&watched.entry).ok(),
        };
        let mut view = View {
            opens: ahead.route.map(|route| route.accrued.on),
            ends: ahead.ends.map(|ends| ends.on),
            kind: None,
            version: None,
            source: String::new(),
            announcement_days: None,
            conditions: Vec::new(),
            asked: BTreeMap::new(),
            said: watched.sources.iter().map(|(known, by)| (known.need(), by.clone())).collect(),
            warnings: Vec::new(),
        };
        for source in rules.sources(&watched.entry, today) {
            let question = Question { register: source.register, need: source.need };
            let Some(asked_on) = watched.asked.get(&question).copied() else { continue };
            let answer = watched.told.get(&question).cloned();
            let (register, need) = (source.label, question.need);
            let heard = Heard { register, need, asked_on, answer, source: source.source };
            if source.warns {
                view.warnings.push(heard);
            } else {
                view.asked.entry(heard.need.clone()).or_default().push(heard);
            }
        }
        if let Some((version, application)) = found {
            let mut entry = watched.entry.clone();
            if running.is_some() {
                entry.pledged = Fact::Since(today);
            }
            view.kind = Some(application.kind);
            view.version = Some(version.id.clone());
            view.source = rules.source(&entry, version);
            view.announcement_days = application.announcement_days;
            view.conditions = draft.eligibility(&entry, version, application).conditions;
        }
        Some(view)
    }
}
