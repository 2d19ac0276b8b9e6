//! The merged form of a case, one page a card: shown, prefilled, saved as far as it is right.

mod check;
mod materials;
mod name;
mod save;
mod supplement;

pub(crate) use check::{card_state, check, problems};
pub(crate) use materials::{file, material, materials, upload};
pub use name::{Named, Naming, save_name};
pub(crate) use save::save;
pub(crate) use supplement::{answer, supplement};

use super::applicant::page_of;
use crate::desk::Loaded;
use crate::error::DeskError;
use crate::http::{Visit, see};
use crate::law::{Definition, Examined};
use crate::model::{CaseState, Plan, TaskPlan};
use axum::response::{IntoResponse as _, Response};
use codes::{Label, Lang};
use elements::{PageCard, Value};
use forms::{
    Answers, Ask, CardId, FieldError, MergedField, MergedForm, Prefill, Provenance, ServiceId,
    Spot, Stage, validate,
};
use maud::{Markup, Render as _, html};
use portal::{
    Button, Choice, DraftForm, Failure, Json, MergedPage, Notice, Path, Query, RequestError, Tabs,
    Tone, Typed, Why, date, pick,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A case with its form and the answers on record.
pub(crate) struct Filled {
    pub(crate) loaded: Loaded,
    pub(crate) plan: Arc<Plan>,
    pub(crate) definition: Arc<Definition>,
    pub(crate) form: MergedForm,
    pub(crate) answers: Answers,
}

/// What a page of the form shows beside the answers on record.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) answers: Answers,
    pub(crate) errors: Vec<FieldError>,
    /// What other parts of the platform say of a field.
    pub(crate) told: Vec<(Spot, Label)>,
    pub(crate) typed: Typed,
    pub(crate) sources: BTreeMap<Spot, Provenance>,
}

impl Filled {
    /// The form of a case.
    ///
    /// # Errors
    /// Those of the desk; `FORMS_CONTRADICT`, which publishing a bundle rules out.
    pub(crate) async fn of(visit: &Visit, loaded: Loaded) -> Result<Self, Failure> {
        let plan = loaded.plan()?;
        let definition = visit.desk.definition(&plan)?;
        let answers = visit.desk.answers(&loaded).await?;
        let form = definition.merged(&plan).map_err(|conflicts| {
            let told: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
            DeskError::FormsContradict(told.join("; "))
        })?;
        Ok(Self { loaded, plan, definition, form, answers })
    }

    /// What the bundle finds about the answers on record today. It is remembered: whoever signs and hands in after this page
    /// is decided by what was found for it.
    pub(crate) fn examined(&self, visit: &Visit) -> Arc<Examined> {
        let digest = self.definition.digest(&self.answers);
        let today = visit.platform.clock.now().date();
        visit.desk.law.examine(&self.definition, &self.plan, &self.answers, &digest, today)
    }

    /// Whether the form can still be changed as a whole.
    pub(crate) fn drafting(&self) -> bool {
        matches!(self.loaded.case.state, CaseState::Draft | CaseState::Signing)
    }

    /// What is wrong with answers at a stage.
    pub(crate) fn faults(&self, answers: &Answers, stage: Stage) -> Vec<FieldError> {
        let forms = self.definition.forms_of(&self.plan);
        validate(answers, &self.definition.dictionary, &forms, stage).errors
    }

    /// The answers on record with nothing beside them.
    pub(crate) fn as_recorded(&self) -> Shown {
        Shown { answers: self.answers.clone(), ..Shown::default() }
    }

    /// Whether the form of this name is that of a task.
    fn is_form_of(&self, id: &ServiceId, row: &TaskPlan) -> bool {
        self.definition.forms.get(&row.service).is_some_and(|form| form.service == *id)
    }

    /// What a service is called in this case.
    fn service(&self, id: &ServiceId, lang: Lang) -> String {
        let row = self.plan.tasks.iter().find(|row| self.is_form_of(id, row));
        row.map_or_else(|| id.to_string(), |row| row.label.get(lang).to_owned())
    }

    /// Who asks for a field, by which article, and which organ will read it.
    fn why(&self, field: &MergedField, lang: Lang) -> Why {
        let mut why = Why::default();
        let mut organs = BTreeSet::new();
        for row in &self.plan.tasks {
            if !field.asked_by.iter().any(|id| self.is_form_of(id, row)) {
                continue;
            }
            why.asked_by.push(row.label.get(lang).to_owned());
            if !why.articles.contains(&row.source) {
                why.articles.push(row.source.clone());
            }
            if organs.insert(row.organ.clone()) {
                why.seen_by.push(row.organ_label.get(lang).to_owned());
            }
        }
        why
    }

    /// Does something with the pages of the form.
    pub(crate) fn with_pages<T>(
        &self,
        lang: Lang,
        shown: &Shown,
        f: impl FnOnce(&MergedPage<'_>) -> T,
    ) -> T {
        let why = |field: &MergedField| self.why(field, lang);
        let service = |id: &ServiceId| self.service(id, lang);
        let divisions_at = format!("/cases/{}/divisions", self.loaded.case.no);
        f(&MergedPage {
            lang,
            dictionary: &self.definition.dictionary,
            form: &self.form,
            answers: &shown.answers,
            errors: &shown.errors,
            told: &shown.told,
            typed: &shown.typed,
            sources: &shown.sources,
            why: &why,
            service: &service,
            divisions_at: &divisions_at,
        })
    }

    /// The address of a card of the form.
    pub(crate) fn card_at(&self, card: PageCard) -> String {
        format!("/cases/{}/form/{}", self.loaded.case.no, card.key())
    }

    /// The cards that the form has, in order.
    pub(crate) fn cards(&self) -> Vec<PageCard> {
        PageCard::ALL.into_iter().filter(|card| self.form.on_card(*card).next().is_some()).collect()
    }

    /// Where one goes on after a card.
    pub(crate) fn after(&self, card: PageCard) -> String {
        let cards = self.cards();
        let at = cards.iter().position(|one| *one == card);
        match at.and_then(|at| cards.get(at + 1)) {
            Some(next) => self.card_at(*next),
            None => format!("/cases/{}/materials", self.loaded.case.no),
        }
    }
}

/// The card of an address.
fn card_of(key: &str) -> Result<PageCard, Failure> {
    let found = PageCard::ALL.into_iter().find(|card| card.key() == key);
    found.ok_or_else(|| RequestError::NotFound.into())
}

/// A card of the form.
pub(crate) async fn show(
    visit: Visit,
    Path((no, card)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let card = card_of(&card)?;
    let loaded = visit.case(&no, "case.fill").await?;
    let filled = Filled::of(&visit, loaded).await?;
    if !filled.drafting() {
        return Ok(see(&format!("/cases/{}", filled.loaded.case.no)));
    }
    let mut shown = filled.as_recorded();
    shown.sources = offer(&visit, &filled, &mut shown.answers).await?;
    Ok(card_page(&visit, &filled, card, &shown)?.into_response())
}

/// The page of a card.
fn card_page(
    visit: &Visit,
    filled: &Filled,
    card: PageCard,
    shown: &Shown,
) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let title = card.label();
    let title = title.get(lang);
    let id = visit.desk.fresh_id()?.to_string();
    let cards = filled.cards();
    let at = filled.card_at(card);
    let tabs = Tabs {
        name: visit.t("表单", "Form"),
        tabs: cards.iter().map(|c| (c.label().get(lang).to_owned(), filled.card_at(*c))).collect(),
        open: cards.iter().position(|c| *c == card).unwrap_or_default(),
    };
    // What is derived from the answers is shown as it follows from them now.
    let values = &filled.loaded.case.values;
    let shown = &Shown {
        answers: filled.definition.completed(&shown.answers, values),
        errors: shown.errors.clone(),
        told: shown.told.clone(),
        typed: shown.typed.clone(),
        sources: shown.sources.clone(),
    };
    let (summary, fields) =
        filled.with_pages(lang, shown, |page| (page.error_summary(card), page.card(card)));
    let body = html! {
        (summary)
        h1 { (title) }
        (tabs)
        @if filled.loaded.case.state == CaseState::Signing { (signing_notice(visit)) }
        (DraftForm { lang, post_to: &at, autosave: Some(&at), command_id: &id, expected_version: filled.loaded.version, files: false, body: html! {
            (fields)
            @if card == PageCard::Name { (name_box(visit, filled)) }
            div.acts {
                (Button::main(visit.t("保存并继续", "Save and continue"), "next"))
                (Button::second(visit.t("保存，以后再填", "Save for later"), "later").unchecked())
            }
        } })
    };
    let failed = !shown.errors.is_empty() || !shown.told.is_empty();
    let page = page_of(visit, &filled.loaded, title).failed(failed);
    Ok(page.render(&visit.frame, &body))
}

fn signing_notice(visit: &Visit) -> Notice {
    Notice::short(
        Tone::Time,
        visit.t(
            "文件已经发出签署。只有文字确有变化的文件需要重新签署，其他签名继续有效。",
            "The documents are out for signing. Only documents whose text changes have to be signed again; all other signatures stand.",
        ),
    )
}

/// The name: whether it is kept, and the button that asks for it. `linkage` answers the button, which saves the card first.
fn name_box(visit: &Visit, filled: &Filled) -> Markup {
    if !filled.plan.tasks.iter().any(|task| task.automatic) {
        return html! {};
    }
    let case = &filled.loaded.case;
    let lang = visit.frame.lang;
    let completed = filled.definition.completed(&filled.answers, &case.values);
    let name = completed.plain.get("enterprise_name").and_then(Value::as_text);
    let reserve = match case.name_until {
        None => visit.t("保存并申报这个名称", "Save and reserve this name"),
        Some(_) => visit.t("改名后重新申报", "Reserve the changed name"),
    };
    html! {
        section.name-check aria-labelledby="name-check" {
            h2 #name-check { (visit.t("名称申报", "Reserve the name")) }
            @match case.name_until {
                Some(until) => (name_kept(name, until, lang)),
                None => {
                    @if let Some(name) = name { p { (visit.t("已保存的名称：", "The name as saved: ")) b { (name) } } }
                    p.hint { (visit.t(
                        "按下按钮，本页内容随即保存，并与同一登记机关已登记和已保留的名称比对，可用即为您保留。",
                        "The button saves this page and compares the name with those registered and reserved at the same organ; if it is free, it is kept for you.",
                    )) }
                }
            }
            p { (Button::second(reserve, "reserve").to(format!("/cases/{}/name", case.no)).unchecked()) }
        }
    }
}

/// That a name is kept, and until when.
fn name_kept(name: Option<&str>, until: codes::Date, lang: Lang) -> Notice {
    let title = pick(lang, "名称已为您保留", "The name is kept for you");
    Notice::new(
        Tone::Good,
        title,
        html! {
            @if let Some(name) = name { p { b { (name) } } }
            p { (pick(lang, "保留至 ", "Until ")) (date(lang, until)) }
        },
    )
}

/// Whether the name is kept, and where it is asked for.
pub(crate) fn name_state(visit: &Visit, filled: &Filled) -> Markup {
    if !filled.plan.tasks.iter().any(|task| task.automatic) {
        return html! {};
    }
    let completed = filled.definition.completed(&filled.answers, &filled.loaded.case.values);
    let name = completed.plain.get("enterprise_name").and_then(Value::as_text);
    let at = format!("{}#name-check", filled.card_at(PageCard::Name));
    match filled.loaded.case.name_until {
        Some(until) => name_kept(name, until, visit.frame.lang).render(),
        None => Notice::new(
            Tone::Time,
            visit.t("名称尚未保留", "The name is not reserved yet"),
            html! { p { a href=(at) { (visit.t("去申报名称", "Reserve it")) } } },
        )
        .render(),
    }
}

/// What registers and the sign-in know already: put where nothing stands yet, and named where it stands.
async fn offer(
    visit: &Visit,
    filled: &Filled,
    answers: &mut Answers,
) -> Result<BTreeMap<Spot, Provenance>, Failure> {
    let own = own_card(visit, answers).await?;
    let now = visit.platform.clock.now();
    let ask = Ask {
        uscc: filled.loaded.case.values.get("uscc").cloned(),
        signed_in: own.clone(),
        answers: answers.clone(),
        now,
    };
    let mut offered = own.map(|(card, known)| of_sign_in(&card, known, now)).unwrap_or_default();
    for filler in visit.platform.fillers.iter() {
        // A filler that is down never keeps a form from being filled in by hand.
        offered.extend(filler.fill(&ask).await.unwrap_or_default());
    }
    offered.retain(|offer| is_asked(filled, &offer.spot));
    let same: BTreeMap<Spot, Provenance> = offered
        .iter()
        .filter(|offer| answers.get(&offer.spot).as_ref() == Some(&offer.value))
        .map(|offer| (offer.spot.clone(), offer.provenance.clone()))
        .collect();
    let mut sources = forms::prefill(answers, offered);
    sources.extend(same);
    Ok(sources)
}

/// Whether the form has a field for a spot.
fn is_asked(filled: &Filled, spot: &Spot) -> bool {
    use forms::Slot;
    filled.form.fields.iter().any(|field| match (&field.slot, spot) {
        (Slot::Plain(key), Spot::Plain(at)) | (Slot::Person(key), Spot::Card(_, at)) => key == at,
        (Slot::Selector(subject), Spot::Role(role, _)) => subject.key == *role,
        (Slot::RoleAttribute(subject, key), Spot::RoleAttribute(role, _, at))
        | (Slot::RowAttribute(subject, key), Spot::Row(role, _, at)) => {
            subject.key == *role && key == at
        }
        _ => false,
    })
}

/// The person at the keyboard with the card that stands for it: the one with the same number, or a first card.
async fn own_card(
    visit: &Visit,
    answers: &Answers,
) -> Result<Option<(CardId, BTreeMap<String, Value>)>, Failure> {
    let Some(known) = visit.desk.cards.card(&visit.platform, &visit.actor).await? else {
        return Ok(None);
    };
    let number = known.get("id_number").map(String::as_str);
    let same = answers.cards.iter().find(|(_, card)| {
        number.is_some() && card.get("id_number").and_then(Value::as_text) == number
    });
    let card = match same {
        Some((card, _)) => Some(card.clone()),
        None if answers.cards.is_empty() => "p1".parse().ok(),
        None => None,
    };
    let values = known.into_iter().map(|(key, text)| (key, Value::Text(text))).collect();
    Ok(card.map(|card| (card, values)))
}

fn of_sign_in(
    card: &CardId,
    known: BTreeMap<String, Value>,
    read_at: codes::Moment,
) -> Vec<Prefill> {
    let tells = known
        .get("id_type")
        .and_then(Value::as_text)
        .and_then(|kind| kind.parse::<codes::IdType>().ok())
        .is_some_and(codes::IdType::tells_the_person);
    let spot = |key: &str| format!("card.{card}.{key}").parse::<Spot>().ok();
    known
        .into_iter()
        // What the number of a 居民身份证 tells is derived, not stored.
        .filter(|(key, _)| !(tells && key == "nationality"))
        .filter_map(|(key, value)| {
            let register = Label::new("您的实名登录", "your sign-in");
            let provenance = Provenance { register, since: None, read_at };
            Some(Prefill { spot: spot(&key)?, value, provenance })
        })
        .collect()
}

/// What is searched for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

/// The divisions that a search finds, for scripts.
pub(crate) async fn divisions(
    visit: Visit,
    Path(no): Path<String>,
    Query(search): Query<Search>,
) -> Result<Json<Vec<kernel::Json>>, Failure> {
    visit.case(&no, "case.fill").await?;
    let found = portal::divisions(&search.q);
    let told = |choice: Choice| serde_json::json!({ "code": choice.code, "label": choice.label });
    Ok(Json(found.into_iter().map(told).collect()))
}

/// How many fields separate forms would have against the merged one (合并成效).
pub(crate) fn gain(filled: &Filled, lang: Lang) -> Markup {
    let gain = &filled.form.gain;
    let materials = &gain.materials;
    let files = pick(lang, "分开办要交的材料", "Files if asked one by one");
    html! {
        dl.facts {
            div { dt { (pick(lang, "分开填要填的栏目", "Fields of the separate forms")) } dd { (gain.separate) } }
            div { dt { (pick(lang, "合并后的栏目", "Fields of the one form")) } dd { (gain.merged()) } }
            div { dt { (files) } dd { (materials.separate) } }
        }
    }
}
