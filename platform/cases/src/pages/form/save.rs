//! Saving a card: what is right is kept, what is wrong is shown again and told, rows come and go.

use super::{Filled, Shown, card_of, card_page};
use crate::command::CaseCommand;
use crate::desk::stamped;
use crate::error::DeskError;
use crate::http::{Visit, answer, see};
use crate::{Case, CaseError};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use codes::Coded as _;
use forms::{Answers, Change, FieldError, Spot, Stage, refuse_untypable};
use kernel::Aggregate as _;
use portal::{Action, Failure, Json, Path, Posted, change_rows, read_answers};
use serde_json::json;
use std::collections::BTreeSet;

/// A posted page, judged: what is shown, and what of it can be kept.
pub(crate) struct Judged {
    /// As typed, with what is wrong.
    pub(crate) shown: Shown,
    /// What can be kept.
    pub(crate) clean: Answers,
}

/// Judges a posted page against the answers that it was made from.
pub(crate) fn judge(filled: &Filled, posted: &Posted) -> Judged {
    let before = &filled.answers;
    let dictionary = &filled.definition.dictionary;
    let reading = read_answers(dictionary, before, posted);
    let mut errors = reading.errors;
    if let Err(untypable) = refuse_untypable(&reading.changes, dictionary) {
        errors.extend(untypable);
    }
    errors.extend(of_changes(filled.faults(&reading.answers, Stage::Draft), &reading.changes));
    let mut clean = reading.answers.clone();
    for spot in errors.iter().map(|error| &error.spot).collect::<BTreeSet<_>>() {
        put_back(&mut clean, before, spot);
    }
    let shown =
        Shown { answers: reading.answers, errors, typed: reading.typed, ..Shown::default() };
    Judged { shown, clean }
}

/// The faults of what was changed just now: what was wrong before does not keep anybody from saving something else.
fn of_changes(faults: Vec<FieldError>, changes: &[Change]) -> Vec<FieldError> {
    let touched = |fault: &FieldError| {
        changes
            .iter()
            .any(|change| change.spot == fault.spot || of_group(&change.spot, &fault.spot))
    };
    faults.into_iter().filter(touched).collect()
}

fn of_group(spot: &Spot, group: &Spot) -> bool {
    let Spot::Group(group) = group else { return false };
    match spot {
        Spot::Role(key, _) | Spot::RoleAttribute(key, _, _) | Spot::Row(key, _, _) => key == group,
        Spot::Plain(_) | Spot::Card(..) | Spot::Group(_) => false,
    }
}

fn put_back(clean: &mut Answers, before: &Answers, spot: &Spot) {
    let Spot::Group(group) = spot else {
        clean.set(spot, before.get(spot));
        return;
    };
    match before.roles.get(group) {
        Some(holders) => {
            clean.roles.insert(group.clone(), holders.clone());
        }
        None => {
            clean.roles.remove(group);
        }
    }
    match before.rows.get(group) {
        Some(rows) => {
            clean.rows.insert(group.clone(), rows.clone());
        }
        None => {
            clean.rows.remove(group);
        }
    }
}

/// Saves a card of the form and goes where the pressed button says.
pub(crate) async fn save(
    visit: Visit,
    Path((no, card)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let card = card_of(&card)?;
    let loaded = visit.case(&no, "case.fill").await?;
    let (_, expected) = stamped(&posted)?;
    // The case as the page saw it, so that a repeated save is the same command and not another one.
    let mut filled = Filled::of(&visit, loaded.as_of(expected)?).await?;
    if !filled.drafting() {
        return Err(CaseError::WrongState { found: filled.loaded.case.state }.into());
    }
    let Judged { mut shown, mut clean } = judge(&filled, &posted);
    let action = posted.action();
    let verb = action.as_ref().map_or("save", |action| action.verb.as_str());
    let rows = action.as_ref().is_some_and(|action| rows(&filled, &mut shown, &mut clean, action));
    clean.tidy();
    let version = keep(&visit, &filled, clean, &posted).await?;
    if verb == "autosave" {
        return autosaved(&visit, &filled, &shown.errors, version);
    }
    // A search shows what it found on the page that comes back.
    let stays = rows || verb == "search";
    if !stays && shown.errors.is_empty() {
        let no = &filled.loaded.case.no;
        return Ok(see(&match verb {
            "next" => filled.after(card),
            "later" => format!("/cases/{no}"),
            _ => filled.card_at(card),
        }));
    }
    filled.loaded.version = version;
    let status =
        if shown.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(answer(status, card_page(&visit, &filled, card, &shown)?))
}

/// Adds or removes rows and cards, as shown and as kept.
fn rows(filled: &Filled, shown: &mut Shown, clean: &mut Answers, action: &Action) -> bool {
    let dictionary = &filled.definition.dictionary;
    let done = change_rows(dictionary, &mut shown.answers, action);
    if done && !action.verb.starts_with("add_") {
        change_rows(dictionary, clean, action);
        // The places of the rows after it have moved: what was typed stands in the answers that are shown.
        shown.typed = portal::Typed::default();
    }
    done
}

/// Saves what can be kept; the version that the case has then.
pub(crate) async fn keep(
    visit: &Visit,
    filled: &Filled,
    mut clean: Answers,
    posted: &Posted,
) -> Result<u64, Failure> {
    let loaded = &filled.loaded;
    if clean == filled.answers {
        return Ok(loaded.version);
    }
    let sealed = visit.desk.seal(&loaded.case.no, &mut clean).await?;
    let before = (!loaded.case.sealed.is_empty()).then(|| Box::new(filled.answers.clone()));
    let command = CaseCommand::SaveAnswers { answers: Box::new(clean), before, sealed };
    let receipt = visit.send(loaded, "case.fill", posted, &command).await?;
    Ok(receipt.version_of(Case::KIND, &loaded.case.no.0).unwrap_or(loaded.version))
}

/// The answer to a script that saves while one types.
///
/// What is right has been saved; if there was nothing right, the whole is refused.
fn autosaved(
    visit: &Visit,
    filled: &Filled,
    errors: &[FieldError],
    version: u64,
) -> Result<Response, Failure> {
    if !errors.is_empty() && version == filled.loaded.version {
        return Err(refusal(errors));
    }
    let refused: Vec<_> = errors
        .iter()
        .map(|error| {
            json!({
                "what": error.spot.to_string(),
                "code": error.code().to_string(),
                "reason": error.reason(),
                "title": error.label().get(visit.frame.lang),
            })
        })
        .collect();
    Ok(Json(json!({ "version": version, "refused": refused })).into_response())
}

/// The refusal of values, each by its code.
pub(crate) fn refusal(errors: &[FieldError]) -> Failure {
    let told = errors.iter().map(|error| (error.spot.to_string(), error.code().to_string()));
    DeskError::Values(told.collect()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_a_group_is_touched_by_a_change_of_any_of_its_rows() {
        let spot = |text: &str| text.parse::<Spot>().unwrap();
        for (changed, group, expected) in [
            ("role.shareholder.1", "group.shareholder", true),
            ("role.shareholder.1.ratio", "group.shareholder", true),
            ("row.seal.0.kind", "group.seal", true),
            ("row.seal.0.kind", "group.shareholder", false),
            ("plain.phone", "group.phone", false),
            ("plain.phone", "plain.phone", false),
        ] {
            assert_eq!(of_group(&spot(changed), &spot(group)), expected, "{changed} {group}");
        }
    }
}
