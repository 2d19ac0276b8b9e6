//! Deciding: which row holds, on which facts, on what ground, or which fact is needed first.

use crate::Facts;
use crate::error::RuleError;
use crate::point::{Point, variable};
use crate::table::{Fact, HitPolicy, Input, Of, RELEVANT_DATE, Row, Table};
use codes::{Date, Division, Label};
use elements::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zen_expression::Variable;

/// On what ground a row stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A law and its article.
    Source(String),
    /// A default of the platform.
    Default,
}

/// When and where a table is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The relevant date: the law in force then decides.
    pub on: Date,
    /// Only rows known on this day count; all if none.
    pub known_on: Option<Date>,
    /// The place; rows of the most specific division that contains it win. If none, only the nation's rows can decide.
    pub place: Option<Division>,
    /// Which row of [`Table::each`] is asked about, from 0.
    pub row: usize,
}

impl Asked {
    /// A question of a day and a place, with all that is known now.
    #[must_use]
    pub fn on(on: Date, place: Option<Division>) -> Self {
        Self { on, known_on: None, place, row: 0 }
    }
}

/// What a table answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The rows that hold: one, or with [`HitPolicy::Collect`] any number of them.
    Decided(Vec<Hit>),
    /// A fact is needed before anything can be said.
    NeedFact(Need),
}

/// A fact that is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Its name among the facts; `place` where the place itself is needed.
    pub key: String,
    /// The question to ask, in both languages.
    pub question: Label,
}

/// A row that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The row.
    pub row: String,
    /// What follows.
    pub outputs: BTreeMap<String, Value>,
    /// The slug of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the row says to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// How it came about.
    pub explanation: Explanation,
}

impl Hit {
    /// Whether the row refuses: its output `verdict` is `refuse`.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.outputs.get("verdict").and_then(Value::as_text) == Some("refuse")
    }
}

/// How a decision came about (决定理由); it is stored with the event and shown to the party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The table.
    pub table: String,
    /// The facts that the row looked at, as they were.
    pub facts: BTreeMap<String, Value>,
    /// The law and article, or that it is a default.
    pub ground: Ground,
    /// What the relevant date is called.
    pub relevant_date: String,
    /// The day that decided which law was in force.
    pub on: Date,
    /// The division whose rule this is.
    pub place: Division,
}

impl Decision {
    /// The row that holds, where it is one.
    #[must_use]
    pub fn hit(&self) -> Option<&Hit> {
        match self {
            Self::Decided(hits) => hits.first(),
            Self::NeedFact(_) => None,
        }
    }
}

/// Decides a table on facts, by the law in force on the relevant date at a place.
///
/// # Errors
/// No row or more than one holds, or a fact is of another type than the table expects.
pub fn decide(
    table: &Table,
    facts: &Facts,
    relevant_date: Date,
    place: Option<Division>,
) -> Result<Decision, RuleError> {
    table.decide(facts, &Asked::on(relevant_date, place))
}

/// What is known of an input, or the fact that is missing.
type Looked = Result<Point, Need>;

struct Deciding<'a> {
    table: &'a Table,
    facts: &'a Facts,
    asked: &'a Asked,
    /// What inputs are, in their order; looked up when first needed.
    seen: Vec<Option<Looked>>,
}

/// Whether a row holds.
enum Holds {
    Yes,
    No,
    Unknown(Need),
}

impl Table {
    /// Decides on facts.
    ///
    /// # Errors
    /// As [`decide`].
    pub fn decide(&self, facts: &Facts, asked: &Asked) -> Result<Decision, RuleError> {
        if asked.place.is_none() && self.is_local(asked) {
            let question = Label::new("请提供所在区划", "Please give the place");
            return Ok(Decision::NeedFact(Need { key: "place".to_owned(), question }));
        }
        let seen = vec![None; self.inputs.len()];
        let mut deciding = Deciding { table: self, facts, asked, seen };
        for level in self.levels(asked.on, asked.known_on, asked.place) {
            match deciding.level(&level)? {
                Ok(hits) if hits.is_empty() => {}
                Ok(hits) => return Ok(Decision::Decided(hits)),
                Err(need) => return Ok(Decision::NeedFact(need)),
            }
        }
        match self.hit {
            HitPolicy::Collect => Ok(Decision::Decided(Vec::new())),
            HitPolicy::Unique | HitPolicy::First => {
                Err(RuleError::NoRow { table: self.id.clone(), on: asked.on })
            }
        }
    }

    /// Decides for each row of [`Table::each`] by its number; once, where the table does not repeat.
    ///
    /// # Errors
    /// As [`decide`].
    pub fn decide_each(
        &self,
        facts: &Facts,
        asked: &Asked,
    ) -> Result<Vec<(Option<usize>, Decision)>, RuleError> {
        let Some(each) = &self.each else {
            return Ok(vec![(None, self.decide(facts, asked)?)]);
        };
        let count = facts.get(&format!("{each}.count")).and_then(Value::as_int).unwrap_or(0);
        let count = usize::try_from(count).unwrap_or(0);
        (0..count)
            .map(|row| Ok((Some(row), self.decide(facts, &Asked { row, ..*asked })?)))
            .collect()
    }

    /// Whether rows in force differ by place.
    fn is_local(&self, asked: &Asked) -> bool {
        let rows = self.rows.iter().filter(|row| row.in_force(asked.on, asked.known_on));
        rows.into_iter().any(|row| row.division != Division::NATION)
    }
}

impl Deciding<'_> {
    /// The rows of one level that hold, or the fact that is needed to say so.
    fn level(&mut self, rows: &[&Row]) -> Result<Result<Vec<Hit>, Need>, RuleError> {
        let mut hits: Vec<Hit> = Vec::new();
        for row in rows {
            match self.holds(row)? {
                Holds::No => {}
                // A row that may hold is not passed over: what comes after it could be harsher.
                Holds::Unknown(need) => return Ok(Err(need)),
                Holds::Yes => {
                    hits.push(self.explained(row));
                    if self.table.hit == HitPolicy::First {
                        return Ok(Ok(hits));
                    }
                }
            }
        }
        if self.table.hit == HitPolicy::Unique && hits.len() > 1 {
            let rows = hits.into_iter().map(|hit| hit.row).collect();
            return Err(RuleError::Ambiguous { table: self.table.id.clone(), rows });
        }
        Ok(Ok(hits))
    }

    /// One cell that does not hold is enough to rule a row out, whatever else is unknown.
    fn holds(&mut self, row: &Row) -> Result<Holds, RuleError> {
        let mut unknown = None;
        for (i, cell) in row.cells.iter().enumerate() {
            let Some(cell) = cell else { continue };
            match self.look(i)? {
                None => {}
                Some(Err(need)) => {
                    unknown.get_or_insert(need);
                }
                Some(Ok(point)) => {
                    let holds = cell.holds(&point).map_err(|why| self.not_computable(i, why))?;
                    if !holds {
                        return Ok(Holds::No);
                    }
                }
            }
        }
        Ok(unknown.map_or(Holds::Yes, Holds::Unknown))
    }

    fn not_computable(&self, input: usize, why: crate::Unfit) -> RuleError {
        let input = self.table.inputs.get(input).map(|input| input.name.clone());
        let table = self.table.id.clone();
        RuleError::NotComputable { table, input: input.unwrap_or_default(), why }
    }

    fn look(&mut self, i: usize) -> Result<Option<Looked>, RuleError> {
        if let Some(Some(seen)) = self.seen.get(i) {
            return Ok(Some(seen.clone()));
        }
        // INVARIANT: a row has as many cells as the table has inputs.
        let Some(input) = self.table.inputs.get(i) else { return Ok(None) };
        let looked = self.input(i, input)?;
        if let Some(slot) = self.seen.get_mut(i) {
            *slot = Some(looked.clone());
        }
        Ok(Some(looked))
    }

    fn input(&self, i: usize, input: &Input) -> Result<Looked, RuleError> {
        match &input.of {
            Of::Fact(fact) => match self.fact(fact)? {
                Err(need) => Ok(Err(need)),
                Ok(value) => match Point::of(&input.scalar, &value) {
                    Some(point) => Ok(Ok(point)),
                    None => Err(self.unfit(fact)),
                },
            },
            Of::Formula(names, formula) => {
                let mut known = Vec::new();
                for (name, fact) in names {
                    match self.fact(fact)? {
                        Ok(value) => known.push((name.as_str(), value)),
                        Err(need) => return Ok(Err(need)),
                    }
                }
                let value = formula.value(&input.scalar, &known);
                value.map(Ok).map_err(|why| self.not_computable(i, why))
            }
        }
    }

    fn unfit(&self, fact: &Fact) -> RuleError {
        RuleError::FactUnfit { table: self.table.id.clone(), fact: fact.path.clone() }
    }

    /// The value of a fact for the row asked about.
    fn fact(&self, fact: &Fact) -> Result<Result<Variable, Need>, RuleError> {
        match self.given(fact) {
            None => Ok(Err(Need { key: fact.path.clone(), question: fact.question.clone() })),
            Some(value) => match variable(&fact.kind, fact.many, &value) {
                Some(value) => Ok(Ok(value)),
                None => Err(self.unfit(fact)),
            },
        }
    }

    /// A fact as it was given; an empty answer is no answer.
    fn given(&self, fact: &Fact) -> Option<Value> {
        if fact.path == RELEVANT_DATE {
            return Some(self.asked.on.into());
        }
        let value = self.facts.get(&fact.path)?;
        let column = fact.path.contains("[]") && !fact.many;
        let value = if column { value.as_list()?.get(self.asked.row)? } else { value };
        (fact.many || !value.is_empty()).then(|| value.clone())
    }

    fn explained(&self, row: &Row) -> Hit {
        let mut facts = BTreeMap::new();
        let mut add = |fact: &Fact| {
            if let Some(value) = self.given(fact) {
                facts.insert(fact.path.clone(), value);
            }
        };
        for (input, cell) in self.table.inputs.iter().zip(&row.cells) {
            match (&input.of, cell) {
                (_, None) => {}
                (Of::Fact(fact), Some(_)) => add(fact),
                (Of::Formula(names, _), Some(_)) => names.iter().for_each(|(_, fact)| add(fact)),
            }
        }
        Hit {
            row: row.id.clone(),
            outputs: row.outputs.clone(),
            reason: row.reason.clone(),
            label: row.label.clone(),
            explanation: Explanation {
                table: self.table.id.clone(),
                facts,
                ground: row.ground.clone(),
                relevant_date: self.table.relevant_date.clone(),
                on: self.asked.on,
                place: row.division,
            },
        }
    }
}
