//! From a posted page of a merged form to answers: what was typed, what could not be read, rows added and removed.

use std::collections::BTreeMap;

use elements::{Dictionary, Element, Kind, Value};
use forms::{Answers, CardId, Change, FieldError, Holders, Problem, Spot, element_at, label_at};

use crate::field::LONG_TERM;
use crate::posted::{Action, Posted};

/// What was posted and cannot stand in answers: texts that could not be read, and words searched for, by input name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    pub(crate) values: BTreeMap<String, Vec<String>>,
    pub(crate) queries: BTreeMap<String, String>,
}

/// A posted page of a merged form, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The answers with what could be read.
    pub answers: Answers,
    /// What was changed, for the command that saves it.
    pub changes: Vec<Change>,
    /// What could not be read.
    pub errors: Vec<FieldError>,
    /// The texts that could not be read, to be shown again as they were typed.
    pub typed: Typed,
}

/// The texts of one input, whole or by its parts.
#[derive(Default)]
struct Texts<'a> {
    whole: Vec<&'a str>,
    parts: BTreeMap<String, String>,
}

/// Reads a posted page into the answers it was made from.
///
/// Only inputs that were on the page change anything; names that are no place in a form are passed over. Whether the
/// answers satisfy the services is judged by [`forms::validate`], and who may type what by [`forms::refuse_untypable`].
#[must_use]
pub fn read_answers(dictionary: &Dictionary, before: &Answers, posted: &Posted) -> Reading {
    let mut texts = BTreeMap::<Spot, Texts<'_>>::new();
    for (name, value) in posted.answers() {
        let (place, part) =
            name.split_once(':').map_or((name, None), |(place, part)| (place, Some(part)));
        let Ok(spot) = place.parse::<Spot>() else { continue };
        let texts = texts.entry(spot).or_default();
        match part {
            Some(part) => {
                texts.parts.insert(part.to_owned(), value.to_owned());
            }
            None => texts.whole.push(value),
        }
    }
    let mut reading = Reading { answers: before.clone(), ..Reading::default() };
    for (name, query) in &posted.pairs {
        if let Some(field) = name.strip_prefix("_q:") {
            reading.typed.queries.insert(field.to_owned(), query.trim().to_owned());
        }
    }
    for (spot, texts) in texts {
        match read(dictionary, &spot, &texts) {
            Ok(value) => {
                if reading.answers.get(&spot) != value {
                    reading.answers.set(&spot, value);
                }
            }
            Err(problem) => {
                let label = label_at(dictionary, &spot);
                let kept = texts.whole.iter().map(|&text| text.to_owned()).collect();
                reading.typed.values.insert(spot.to_string(), kept);
                for (part, text) in &texts.parts {
                    reading.typed.values.insert(format!("{spot}:{part}"), vec![text.clone()]);
                }
                reading.errors.push(FieldError { spot, label, services: Vec::new(), problem });
            }
        }
    }
    reading.changes = before.diff(&reading.answers);
    reading
}

fn read(dictionary: &Dictionary, spot: &Spot, texts: &Texts<'_>) -> Result<Option<Value>, Problem> {
    match spot {
        Spot::Role(role, row) => {
            let known = dictionary.role(role.as_str()).ok_or(Problem::PathUnknown)?;
            if known.many != row.is_some() {
                return Err(Problem::WrongNumber);
            }
            let card = texts.whole.iter().rev().find(|text| !text.is_empty());
            card.map(|text| text.parse::<CardId>().map(|card| Value::from(card.as_str())))
                .transpose()
                .map_err(|_id| Problem::CardUnknown)
        }
        Spot::Group(_) => Err(Problem::PathUnknown),
        Spot::Plain(_) | Spot::Card(..) | Spot::RoleAttribute(..) | Spot::Row(..) => {
            let element = element_at(dictionary, spot).ok_or(Problem::PathUnknown)?;
            typed(element, texts).map_err(Problem::Value)
        }
    }
}

fn typed(element: &Element, texts: &Texts<'_>) -> Result<Option<Value>, elements::ValueFault> {
    if !texts.parts.is_empty() {
        return element.read_parts(&texts.parts);
    }
    if matches!(element.kind, Kind::Set(_) | Kind::List(_)) {
        return element.read_all(&texts.whole);
    }
    if matches!(element.kind, Kind::Date { open: true }) && texts.whole.contains(&LONG_TERM) {
        return element.read(LONG_TERM);
    }
    // The last one counts: a code chosen from what a search found stands after the one chosen before.
    let last = texts.whole.iter().rev().find(|text| !text.is_empty());
    last.map_or(Ok(None), |text| element.read(text))
}

/// Does what a button of the page asks of the answers: `add_row`, `remove_row`, `add_card`, `remove_card`.
///
/// True if the action was one of these. What it adds is empty and only shown: the page is rendered again from these
/// answers, and saved once something stands in the new row.
pub fn change_rows(dictionary: &Dictionary, answers: &mut Answers, action: &Action) -> bool {
    let target = action.target.as_deref().unwrap_or_default();
    match action.verb.as_str() {
        "add_row" => add_row(dictionary, answers, target),
        "remove_row" => remove_row(dictionary, answers, target, action.index),
        "add_card" => {
            if let Some(id) = next_card(answers) {
                answers.cards.insert(id, BTreeMap::new());
            }
            true
        }
        "remove_card" => remove_card(answers, target),
        _ => false,
    }
}

fn add_row(dictionary: &Dictionary, answers: &mut Answers, target: &str) -> bool {
    if let Some(role) = dictionary.role(target).filter(|role| role.many) {
        let holders =
            answers.roles.entry(role.key.clone()).or_insert_with(|| Holders::Many(Vec::new()));
        if let Holders::Many(all) = holders
            && all.len() < forms::ROWS_MAX
        {
            all.push(forms::Pointer::default());
        }
        return true;
    }
    let Some(kind) = dictionary.row(target) else { return false };
    let rows = answers.rows.entry(kind.key.clone()).or_default();
    if rows.len() < forms::ROWS_MAX {
        rows.push(BTreeMap::new());
    }
    true
}

fn remove_row(
    dictionary: &Dictionary,
    answers: &mut Answers,
    target: &str,
    index: Option<usize>,
) -> bool {
    let Some(index) = index else { return false };
    if let Some(role) = dictionary.role(target) {
        if let Some(Holders::Many(all)) = answers.roles.get_mut(&role.key)
            && index < all.len()
        {
            all.remove(index);
        }
        return true;
    }
    let Some(kind) = dictionary.row(target) else { return false };
    if let Some(rows) = answers.rows.get_mut(&kind.key)
        && index < rows.len()
    {
        rows.remove(index);
    }
    true
}

fn remove_card(answers: &mut Answers, target: &str) -> bool {
    let Ok(card) = target.parse::<CardId>() else { return false };
    answers.cards.remove(&card);
    for holders in answers.roles.values_mut() {
        match holders {
            Holders::One(pointer) if pointer.card.as_ref() == Some(&card) => pointer.card = None,
            Holders::One(_) => {}
            Holders::Many(all) => all
                .iter_mut()
                .filter(|pointer| pointer.card.as_ref() == Some(&card))
                .for_each(|pointer| pointer.card = None),
        }
    }
    true
}

/// The id of a new card: `p` and the first number that is free.
fn next_card(answers: &Answers) -> Option<CardId> {
    (1..=u32::MAX)
        .filter_map(|n| format!("p{n}").parse::<CardId>().ok())
        .find(|id| !answers.cards.contains_key(id))
}
