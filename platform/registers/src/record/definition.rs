//! A register as data (登记簿的定义): sections, acts, restrictions, what stops what, how long, and who sees what.

use crate::record::error::{Misfit, RecordError};
use crate::record::model::{RecordKey, Restriction, SectionId, Statement};
use calendar::{Calendar, Term};
use codes::{Date, Label};
use elements::{Dictionary, Value};
use indexmap::IndexMap;
use rules::{Decision, Facts, Table};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// A register (登记簿).
#[derive(Clone, Debug)]
pub struct Register {
    raw: RawRegister,
    blocks: Arc<Table>,
    terms: Arc<Table>,
}

/// A definition that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RegisterFault(pub String);

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRegister {
    id: String,
    zh: String,
    en: String,
    thing: Label,
    key: KeyShape,
    #[serde(default)]
    by_entry: bool,
    sections: IndexMap<String, Section>,
    acts: IndexMap<String, Label>,
    restrictions: IndexMap<String, Kind>,
    views: IndexMap<String, View>,
}

/// How keys of a register look.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyShape {
    /// What it is called.
    pub zh: String,
    /// What it is called.
    pub en: String,
    /// How many characters it has; any number if none is said.
    #[serde(default)]
    pub chars: Option<usize>,
    /// In groups of how many characters it is shown.
    #[serde(default)]
    pub groups: Vec<usize>,
}

/// A section of the records of a register.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    zh: String,
    en: String,
    /// Whether somebody holds it.
    #[serde(default)]
    pub holders: bool,
    /// Its facts, in the order in which they are shown.
    #[serde(default)]
    pub fields: IndexMap<String, Field>,
}

/// A fact of a section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    zh: String,
    en: String,
    /// Whether it tells of a person and lies sealed.
    #[serde(default)]
    pub personal: bool,
    /// Whether it is an amount in fen, shown in yuan.
    #[serde(default)]
    pub money: bool,
}

/// A kind of restriction.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    zh: String,
    en: String,
    /// What it is called while it waits.
    #[serde(default)]
    waiting: Option<Label>,
    /// Whether the first in time binds and later ones wait.
    #[serde(default)]
    pub queue: bool,
    /// How it ends by time.
    pub ends: Ends,
    /// From when its time runs.
    #[serde(default)]
    pub runs_from: RunsFrom,
    /// How it is shown.
    pub tone: Tone,
}

/// How a kind of restriction ends by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ends {
    /// It does not.
    Never,
    /// On the last day of its term.
    ByTerm,
    /// Unless an act that keeps it is recorded in time.
    ByAction,
}

/// From when the time of a restriction runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunsFrom {
    /// From its entry, or from the instant at which it binds.
    #[default]
    Entry,
    /// From the day on which the final registration can be applied for.
    Registrable,
}

/// How a kind of restriction is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As a loss: it stops things.
    Loss,
    /// As a matter of time.
    Time,
    /// Plainly.
    Plain,
}

/// What a class of askers sees (可见范围).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    zh: String,
    en: String,
    /// By which law.
    pub law: String,
    /// The facts of each section; `*` for all.
    #[serde(default)]
    pub sections: BTreeMap<String, Vec<String>>,
    /// Facts that are shown up to the street only.
    #[serde(default)]
    pub street: Vec<String>,
    /// How much of holders.
    pub holders: HolderSight,
    /// How much of restrictions.
    pub restrictions: RestrictionSight,
    /// Which kinds of restrictions; none named means all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Whether what was before is seen too.
    #[serde(default)]
    pub history: bool,
    /// Whether the log of who looked is seen.
    #[serde(default)]
    pub log: bool,
}

/// How much is seen of holders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderSight {
    /// Nothing but how many they are.
    Count,
    /// The first character of the name.
    FirstCharacter,
    /// The name.
    Name,
    /// The asker's own card whole, of co-holders the name.
    Own,
    /// Name and document.
    Whole,
}

/// How much is seen of restrictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestrictionSight {
    /// Whether there is one of a kind: yes or no.
    Presence,
    /// Each with its kind and phase.
    Kinds,
    /// Everything.
    Whole,
}

/// What a restriction does to an act (影响).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Whether it stops it.
    pub weight: Weight,
    /// By which law.
    pub law: String,
}

/// How heavy an effect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It does nothing.
    Free,
    /// The applicant has to say in writing that it knows.
    Acknowledge,
    /// The holder of the restriction has to consent.
    Consent,
    /// It stops the act.
    Forbid,
}

macro_rules! labelled {
    ($($name:ident),*) => {$(
        impl $name {
            /// What it is called.
            #[must_use]
            pub fn label(&self) -> Label {
                Label::new(&self.zh, &self.en)
            }
        }
    )*};
}
labelled!(Section, Field, Kind, View, KeyShape);

impl Kind {
    /// What it is called in a phase.
    #[must_use]
    pub fn label_in(&self, phase: crate::record::Phase) -> Label {
        match (&self.waiting, phase) {
            (Some(waiting), crate::record::Phase::Waiting) => waiting.clone(),
            _ => self.label(),
        }
    }
}

impl Register {
    /// Reads a definition and its two tables.
    ///
    /// # Errors
    /// What is wrong, with file and line.
    pub fn read(
        dictionary: &Dictionary,
        file: &str,
        [register, blocks, terms]: [&str; 3],
    ) -> Result<Self, RegisterFault> {
        let table = |name: &str, text: &str| {
            Table::read(dictionary, &format!("{file}/{name}.yaml"), text).map(Arc::new).map_err(
                |faults| {
                    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
                    RegisterFault(told.join("; "))
                },
            )
        };
        let raw: RawRegister = elements::from_yaml(&format!("{file}/register.yaml"), register)
            .map_err(|error| RegisterFault(error.to_string()))?;
        let unknown = raw.views.iter().find_map(|(name, view)| {
            let section = view.sections.keys().find(|id| !raw.sections.contains_key(*id));
            let kind = view.kinds.iter().find(|kind| !raw.restrictions.contains_key(*kind));
            section.or(kind).map(|what| format!("{file}: view `{name}` names `{what}`"))
        });
        match unknown {
            Some(fault) => Err(RegisterFault(fault)),
            None => {
                Ok(Self { raw, blocks: table("blocks", blocks)?, terms: table("terms", terms)? })
            }
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.raw.id
    }

    /// What it is called.
    #[must_use]
    pub fn label(&self) -> Label {
        Label::new(&self.raw.zh, &self.raw.en)
    }

    /// What its things are called.
    #[must_use]
    pub fn thing(&self) -> &Label {
        &self.raw.thing
    }

    /// How its keys look.
    #[must_use]
    pub fn key(&self) -> &KeyShape {
        &self.raw.key
    }

    /// Whether rights arise by entry alone, so that nothing is entered for an earlier time.
    #[must_use]
    pub fn by_entry(&self) -> bool {
        self.raw.by_entry
    }

    /// The tables, so that a test can look for gaps and overlaps.
    #[must_use]
    pub fn tables(&self) -> [&Table; 2] {
        [&self.blocks, &self.terms]
    }

    /// A kind of section.
    #[must_use]
    pub fn section(&self, id: &SectionId) -> Option<&Section> {
        self.raw.sections.get(id.kind())
    }

    /// The kinds of sections in their order.
    pub fn sections(&self) -> impl Iterator<Item = (&str, &Section)> {
        self.raw.sections.iter().map(|(id, section)| (id.as_str(), section))
    }

    /// A kind of act.
    #[must_use]
    pub fn act(&self, kind: &str) -> Option<Label> {
        let of_restriction = || self.raw.restrictions.get(kind).map(Kind::label);
        self.raw.acts.get(kind).cloned().or_else(of_restriction)
    }

    /// A kind of restriction.
    #[must_use]
    pub fn restriction(&self, kind: &str) -> Option<&Kind> {
        self.raw.restrictions.get(kind)
    }

    /// The kinds of restrictions in their order.
    pub fn restrictions(&self) -> impl Iterator<Item = (&str, &Kind)> {
        self.raw.restrictions.iter().map(|(id, kind)| (id.as_str(), kind))
    }

    /// What a class of askers sees.
    #[must_use]
    pub fn view(&self, class: &str) -> Option<&View> {
        self.raw.views.get(class)
    }

    /// The classes of askers, in their order.
    pub fn views(&self) -> impl Iterator<Item = (&str, &View)> {
        self.raw.views.iter().map(|(id, view)| (id.as_str(), view))
    }

    /// A key in groups, as people read it.
    #[must_use]
    pub fn grouped(&self, key: &str) -> String {
        let chars: Vec<char> = key.chars().collect();
        if self.raw.key.groups.iter().sum::<usize>() != chars.len() {
            return key.to_owned();
        }
        let mut rest = chars.iter();
        let groups = self.raw.key.groups.iter();
        let parts: Vec<String> = groups.map(|n| rest.by_ref().take(*n).collect()).collect();
        parts.join("-")
    }

    /// Whether a key has the form of this register.
    pub(crate) fn check_key(&self, key: &RecordKey) -> Result<(), RecordError> {
        let length = key.own().chars().count();
        let plain = key.own().chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !plain || length == 0 || self.raw.key.chars.is_some_and(|chars| chars != length) {
            return Err(RecordError::field("key", Misfit::Form));
        }
        Ok(())
    }

    /// Whether a statement fits its section.
    pub(crate) fn check_statement(
        &self,
        id: &SectionId,
        statement: &Statement,
    ) -> Result<(), RecordError> {
        let section = self.section(id).ok_or_else(|| RecordError::field(&id.0, Misfit::Unknown))?;
        for key in statement.facts.keys() {
            match section.fields.get(key) {
                None => return Err(RecordError::field(key, Misfit::Unknown)),
                Some(field) if field.personal => {
                    return Err(RecordError::field(key, Misfit::Personal));
                }
                Some(_) => {}
            }
        }
        if section.holders {
            crate::record::shares::check(statement)
        } else if statement.holders.is_empty() && statement.form.is_none() {
            Ok(())
        } else {
            Err(RecordError::field("holders", Misfit::Unwanted))
        }
    }

    /// What a restriction does to an act.
    pub(crate) fn effect(
        &self,
        restriction: &Restriction,
        phase: crate::record::Phase,
        act: &str,
    ) -> Result<Effect, RecordError> {
        let text = |text: &str| Value::Text(text.to_owned());
        let facts = Facts::from([
            ("kind".to_owned(), text(&restriction.kind)),
            ("act".to_owned(), text(act)),
            ("phase".to_owned(), text(phase.word())),
            (
                "agreed_not".to_owned(),
                Value::Bool(restriction.flags.contains(&format!("no_{act}"))),
            ),
        ]);
        let decided = rules::decide(&self.blocks, &facts, restriction.entered_at.date(), None);
        let (word, law) = answer(decided, "effect")?;
        let weight = match word.as_str() {
            "free" => Weight::Free,
            "acknowledge" => Weight::Acknowledge,
            "consent" => Weight::Consent,
            "forbid" => Weight::Forbid,
            other => return Err(RecordError::Rule(format!("effect `{other}`"))),
        };
        Ok(Effect { weight, law })
    }

    /// The last day of a restriction's time that runs from a day, and by which law; none where no row speaks of its kind.
    ///
    /// # Errors
    /// The table does not answer.
    pub fn last_day(
        &self,
        kind: &str,
        began: Date,
        calendar: &Calendar,
    ) -> Result<Option<(Date, String)>, RecordError> {
        let facts = Facts::from([("kind".to_owned(), Value::Text(kind.to_owned()))]);
        let decided = match rules::decide(&self.terms, &facts, began, None) {
            Err(rules::RuleError::NoRow { .. }) => return Ok(None),
            other => other,
        };
        let (term, law) = answer(decided, "term")?;
        let term: Term = term.parse().map_err(|_term| RecordError::Rule(term.clone()))?;
        let due = calendar::due(&term, began, calendar)
            .map_err(|error| RecordError::Rule(error.to_string()))?;
        Ok(Some((due.date, law)))
    }
}

fn answer(
    decided: Result<Decision, rules::RuleError>,
    output: &str,
) -> Result<(String, String), RecordError> {
    let decision = decided.map_err(|error| RecordError::Rule(error.to_string()))?;
    let hit = decision.hit().ok_or_else(|| RecordError::Rule(output.to_owned()))?;
    let value = hit.outputs.get(output).and_then(Value::as_text);
    let value = value.ok_or_else(|| RecordError::Rule(output.to_owned()))?.to_owned();
    let source = match &hit.explanation.ground {
        rules::Ground::Source(source) => source.clone(),
        rules::Ground::Default => String::new(),
    };
    Ok((value, source))
}

/// The registers of an installation, by id.
#[derive(Clone, Debug, Default)]
pub struct Definitions(BTreeMap<String, Arc<Register>>);

static BUILTIN: LazyLock<Definitions> = LazyLock::new(|| {
    let files = [
        include_str!("../../data/real_estate/register.yaml"),
        include_str!("../../data/real_estate/blocks.yaml"),
        include_str!("../../data/real_estate/terms.yaml"),
    ];
    let read = Dictionary::builtin()
        .map_err(|error| RegisterFault(error.to_string()))
        .and_then(|dictionary| Register::read(&dictionary, "registers/real_estate", files));
    #[expect(clippy::expect_used, reason = "a test reads the same embedded files")]
    let register = read.expect("the embedded definition can be read");
    Definitions::default().and(register)
});

impl Definitions {
    /// The platform's own registers.
    #[must_use]
    pub fn builtin() -> Self {
        BUILTIN.clone()
    }

    /// These and one more, in place of one of the same id.
    #[must_use]
    pub fn and(mut self, register: Register) -> Self {
        self.0.insert(register.id().to_owned(), Arc::new(register));
        self
    }

    /// The register of an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Register>> {
        self.0.get(id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Register>> {
        self.0.values()
    }
}
