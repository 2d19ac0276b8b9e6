//! Answering a supplement: only what the notice names can be changed.

use super::save::{Judged, judge, refusal};
use super::{Filled, Shown};
use crate::command::CaseCommand;
use crate::decide::covers;
use crate::desk::stamped;
use crate::error::DeskError;
use crate::http::{Visit, answer as answered, see};
use crate::law::Definition;
use crate::model::Supplement;
use crate::pages::applicant::page_of;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use elements::{PageCard, Path as FieldPath};
use forms::{Answers, MergedForm, Slot, Spot};
use maud::{Markup, html};
use portal::{Button, DraftForm, Failure, Notice, Path, Posted, Tone, date};
use std::collections::BTreeSet;

/// What is wanted of the party for a task.
fn wanted(filled: &Filled, task: &str) -> Result<Supplement, Failure> {
    let open = filled.loaded.case.tasks.get(task).and_then(|task| task.wanted.clone());
    open.ok_or_else(|| DeskError::NothingWanted(task.to_owned()).into())
}

/// Whether the notice names a path or something around it.
fn names(wanted: &Supplement, path: &str) -> bool {
    wanted.items.iter().any(|item| covers(&item.what, path))
}

/// The form with nothing in it but what the notice names.
fn only(form: &MergedForm, wanted: &Supplement, answers: &Answers) -> MergedForm {
    let of_card = |key: &elements::Key| {
        answers.roles.iter().any(|(role, held)| {
            let rows = if matches!(held, forms::Holders::Many(_)) { "[]" } else { "" };
            names(wanted, &format!("{role}{rows}.{key}"))
        })
    };
    let named = |slot: &Slot| match slot {
        Slot::Plain(key) => names(wanted, key.as_str()),
        Slot::Person(key) => of_card(key),
        Slot::Selector(subject) => names(wanted, &subject.to_string()),
        Slot::RoleAttribute(subject, key) | Slot::RowAttribute(subject, key) => {
            names(wanted, &format!("{subject}.{key}"))
        }
    };
    let mut narrow = form.clone();
    narrow.fields.retain(|field| named(&field.slot));
    narrow
}

/// What stands before the name of a group in the field that says how many rows the page showed.
const ROWS: &str = "_rows:";

/// Groups that the notice opens as a whole: all of a row stands on the page, so that rows can come and go.
fn whole_groups(form: &MergedForm, wanted: &Supplement) -> BTreeSet<elements::Key> {
    let groups = form.fields.iter().filter_map(|field| match &field.slot {
        Slot::Selector(subject)
        | Slot::RoleAttribute(subject, _)
        | Slot::RowAttribute(subject, _) => Some(subject),
        Slot::Plain(_) | Slot::Person(_) => None,
    });
    groups
        .filter(|subject| subject.many && names(wanted, &subject.to_string()))
        .map(|subject| subject.key.clone())
        .collect()
}

/// Leaves the first rows of a group.
fn cut(answers: &mut Answers, group: &elements::Key, rows: usize) {
    if let Some(forms::Holders::Many(all)) = answers.roles.get_mut(group) {
        all.truncate(rows);
    }
    if let Some(all) = answers.rows.get_mut(group) {
        all.truncate(rows);
    }
}

fn count(answers: &Answers, group: &elements::Key) -> usize {
    answers.holders(group.as_str()).len() + answers.rows_of(group.as_str()).len()
}

/// The page on which a supplement is answered.
pub(crate) async fn supplement(
    visit: Visit,
    Path((no, task)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let loaded = visit.case(&no, "case.fill").await?;
    let filled = Filled::of(&visit, loaded).await?;
    let wanted = wanted(&filled, &task)?;
    let shown = filled.as_recorded();
    Ok(page(&visit, filled, &task, &wanted, &shown)?.into_response())
}

fn page(
    visit: &Visit,
    mut filled: Filled,
    task: &str,
    wanted: &Supplement,
    shown: &Shown,
) -> Result<Markup, Failure> {
    filled.form = only(&filled.form, wanted, &filled.answers);
    let lang = visit.frame.lang;
    let no = filled.loaded.case.no.clone();
    let title = visit.t("补正", "Supplement");
    let row = filled.plan.task(task);
    let id = visit.desk.fresh_id()?.to_string();
    let at = format!("/cases/{no}/supplement/{}", crate::http::in_path(task));
    let materials: BTreeSet<String> =
        filled.definition.materials(&filled.plan).into_iter().map(|m| m.slot).collect();
    let asks_files = wanted.items.iter().any(|item| materials.contains(&item.what));
    let (summary, cards) = filled.with_pages(lang, shown, |page| {
        let cards: Vec<(PageCard, Markup)> =
            page.cards().map(|card| (card, page.card(card))).collect();
        (page.errors_everywhere(|_| String::new()), cards)
    });
    let body = html! {
        (summary)
        h1 { (title) }
        @if let Some(row) = row { p { (row.organ_label.get(lang)) " · " (row.label.get(lang)) } }
        (Notice::new(Tone::Time, visit.t("需要补正的内容", "What is wanted"), html! {
            ul.bullets { @for item in &wanted.items { li { (item_label(&filled, &item.what, lang)) "：" (item.why) } } }
            @if let Some(until) = wanted.until { p { (visit.t("请在此日前提交：", "Please answer by ")) (date(lang, until.on)) } }
        }))
        @if asks_files {
            p { (Button::second_link(visit.t("上传材料", "Upload materials"), format!("/cases/{no}/materials"))) }
        }
        (DraftForm { lang, post_to: &at, autosave: None, command_id: &id, expected_version: filled.loaded.version, files: false, body: html! {
            @for group in whole_groups(&filled.form, wanted) {
                input type="hidden" name={ (ROWS) (group) } value=(count(&shown.answers, &group));
            }
            @for (card, fields) in &cards { h2 { (card.label().get(lang)) } (fields) }
            div.acts {
                (Button::main(visit.t("提交补正", "Send the supplement"), "answer"))
                a href={ "/cases/" (no) } { (visit.t("以后再填", "Later")) }
            }
        } })
    };
    let page = page_of(visit, &filled.loaded, title).failed(!shown.errors.is_empty());
    Ok(page.render(&visit.frame, &body))
}

/// What an item of a notice is called on the form.
pub(crate) fn item_label(filled: &Filled, what: &str, lang: codes::Lang) -> String {
    let dictionary = &filled.definition.dictionary;
    if let Ok(spot) = what.parse::<Spot>() {
        return forms::label_at(dictionary, &spot).get(lang).to_owned();
    }
    let found = what.parse::<FieldPath>().ok().and_then(|path| {
        let fits = |slot: &Slot| match slot {
            Slot::Plain(key) => path.subject.is_none() && *key == path.attribute,
            Slot::Person(key) => path.subject.is_some() && *key == path.attribute,
            Slot::RoleAttribute(subject, key) | Slot::RowAttribute(subject, key) => {
                path.subject.as_ref() == Some(subject) && *key == path.attribute
            }
            Slot::Selector(_) => false,
        };
        filled.form.fields.iter().find(|field| fits(&field.slot))
    });
    found.map_or_else(
        || super::materials::label(filled, what).get(lang).to_owned(),
        |field| field.label.get(lang).to_owned(),
    )
}

/// Answers a supplement.
pub(crate) async fn answer(
    visit: Visit,
    Path((no, task)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let loaded = visit.case(&no, "case.fill").await?;
    let (_, expected) = stamped(&posted)?;
    let filled = Filled::of(&visit, loaded.as_of(expected)?).await?;
    let wanted = wanted(&filled, &task)?;
    let Judged { mut shown, mut clean } = judge(&filled, &posted);
    let groups = whole_groups(&filled.form, &wanted);
    for group in &groups {
        if let Some(rows) = posted.get(&format!("{ROWS}{group}")).and_then(|n| n.parse().ok()) {
            cut(&mut shown.answers, group, rows);
            cut(&mut clean, group, rows);
        }
    }
    clean.tidy();
    if let Some(action) = posted.action().filter(|action| action.verb != "answer") {
        let target = action.target.as_deref().unwrap_or_default();
        let open = groups.iter().any(|group| group.as_str() == target);
        if open {
            portal::change_rows(&filled.definition.dictionary, &mut shown.answers, &action);
        }
        let page = page(&visit, filled, &task, &wanted, &shown)?;
        let status = if open { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return Ok(answered(status, page));
    }
    if !shown.errors.is_empty() {
        let asked = |spot: &Spot| {
            Definition::paths(&shown.answers, spot).iter().any(|path| names(&wanted, path))
        };
        if !shown.errors.iter().any(|error| asked(&error.spot)) {
            // Nothing that stands on the page is wrong: the form was not made by it.
            return Err(refusal(&shown.errors));
        }
        let page = page(&visit, filled, &task, &wanted, &shown)?;
        return Ok(answered(StatusCode::UNPROCESSABLE_ENTITY, page));
    }
    let sealed = visit.desk.seal(&filled.loaded.case.no, &mut clean).await?;
    let command = CaseCommand::GiveSupplement {
        task,
        answers: Box::new(clean),
        before: Box::new(filled.answers.clone()),
        sealed,
    };
    visit.send(&filled.loaded, "case.fill", &posted, &command).await?;
    Ok(see(&format!("/cases/{}", filled.loaded.case.no)))
}
