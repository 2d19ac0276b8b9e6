//! Pages of the applicant: the list of cases, opening one, and the case itself.

mod acts;
mod case;
mod messages;

pub(crate) use acts::{ask_drop, ask_object, ask_withdraw, drop_task, object, withdraw};
pub(crate) use case::case;

use super::words;
use crate::command::CaseCommand;
use crate::desk::{Ask, Loaded};
use crate::error::DeskError;
use crate::http::{Visit, see};
use crate::model::CaseKey;
use crate::planning::{self, Choice, Lookup, PlanError};
use crate::queries::{self, CASES_A_PAGE, CaseRow};
use axum::response::Response;
use catalogue::Catalogue;
use catalogue::definition::{Reform, Service, ServiceKey};
use codes::{Date, Division, Label};
use elements::{Dictionary, Value};
use forms::Answers;
use kernel::{Actor, CommandId, OrganKey, PartyKey};
use maud::{Markup, html};
use portal::{
    Button, Column, Failure, Page, Pager, Posted, Query, Row, Table, code, empty, moment_tag, tag,
};
use serde::Deserialize;

/// From where a list goes on.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct After {
    /// The instant of opening of the last case shown.
    before: Option<i64>,
}

/// My cases: drafts to go on with, cases under way, closed ones.
pub(crate) async fn list(visit: Visit, Query(after): Query<After>) -> Result<Markup, Failure> {
    let Actor::Party { party, .. } = &visit.actor else {
        return Err(nobody(&visit.actor).into());
    };
    let rows = queries::cases_of(&*visit.platform.reader, party, after.before).await?;
    let lang = visit.frame.lang;
    let row = |case: &CaseRow| {
        let (tone, word) = words::case_state(words::case_word(&case.state), lang);
        let title = if case.title.is_empty() { case.package.get(lang) } else { &case.title };
        Row::new(vec![
            html! { (title) },
            tag(tone, word),
            html! { (case.package.get(lang)) },
            code(portal::Groups::Whole, &case.no),
            moment_tag(lang, case.opened_at),
        ])
        .href(format!("/cases/{}", case.no))
    };
    let more = (rows.len() >= usize::try_from(CASES_A_PAGE).unwrap_or(usize::MAX))
        .then(|| rows.last().map(|last| format!("/cases?before={}", last.opened_at.us())))
        .flatten();
    let first = after.before.map(|_| "/cases".to_owned());
    let columns = [
        ("事项", "What"),
        ("状态", "State"),
        ("套餐", "Package"),
        ("办件编号", "Case number"),
        ("建立时间", "Opened"),
    ]
    .map(|(zh, en)| Column::new(visit.t(zh, en)));
    let start = Button::link(visit.t("选择要办的事", "Choose what to apply for"), "/");
    let table = Table::new(lang, visit.t("我的办件", "My cases"), columns.into(), rows.iter().map(row).collect())
        .pager(Pager { first, next: more })
        .empty(empty(
            visit.t("还没有办件", "No case yet"),
            visit.t(
                "从首页选择要办的事。填写的内容会随时保存，可以随时回来继续。",
                "Choose what to apply for on the home page. What you type is saved at once, and you can come back at any time.",
            ),
            Some(&start),
        ));
    let title = visit.t("我的办件", "My cases");
    Ok(Page::new(title).render(&visit.frame, &html! { h1 { (title) } (table) }))
}

/// Why somebody without a party has no cases of his own.
fn nobody(actor: &Actor) -> module::Denied {
    match actor {
        Actor::Public => module::Denied::SignedOut,
        _ => {
            module::Denied::NotEntitled { action: "case.read", kind: "Case", id: "mine".to_owned() }
        }
    }
}

/// Where a plan finds services and organs: the catalogue, at a place, on a day.
struct AtPlace<'a> {
    catalogue: &'a Catalogue,
    place: Division,
    on: Date,
}

impl Lookup for AtPlace<'_> {
    fn service(&self, key: &ServiceKey) -> Option<(&Reform, &Service)> {
        self.catalogue.service(key).ok()
    }

    fn organ(&self, role: &str) -> Option<(OrganKey, Label)> {
        let organ = self.catalogue.organ_for(role, self.place, self.on).ok()?;
        Some((organ.key, organ.label))
    }
}

/// Opens a case for a package, activities and further services, and puts what follows from them into the form.
pub(crate) async fn new(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    let applicant = applicant(&visit.actor, &posted)?;
    let id = match posted.command_id() {
        Some(text) => text.parse().map_err(|_hex| DeskError::CommandId)?,
        None => visit.desk.fresh_id()?,
    };
    let offer = visit.desk.offer();
    let catalogue = &offer.catalogue;
    let text = posted.get("place").unwrap_or_default();
    let place: Division = text.parse().map_err(|_code| DeskError::PlaceUnknown(text.to_owned()))?;
    let today = visit.platform.clock.now().date();
    let asked = posted.get("package").unwrap_or_default();
    let not_offered = |what: &str| DeskError::NotOffered(what.to_owned());
    let package: ServiceKey = asked.parse().map_err(|_key| not_offered(asked))?;
    let added: Vec<ServiceKey> = posted
        .ticked("service")
        .iter()
        .map(|text| text.parse().map_err(|_key| not_offered(text)))
        .collect::<Result<_, _>>()?;
    let activities = posted.ticked("activity");
    let (reform, offered) = catalogue.package(&package)?;
    let selection = catalogue.select(&package, &activities, &[])?;
    if let Some(out) = catalogue.out_of_scope_of(&selection.services, place, today) {
        return Err(out.into());
    }
    let opened = selection.services.iter().chain(&added).map(|key| key.task_name(reform.number));
    let choice = Choice {
        package: package.id.clone(),
        add_ons: opened.filter(|name| !offered.services.contains(name)).collect(),
        place: place.to_string(),
        prior: selection.prior.clone(),
    };
    let bundle = offer.bundles.get(&reform.number).ok_or_else(|| not_offered(asked))?;
    let at = AtPlace { catalogue, place, on: today };
    let plan = planning::plan(reform, bundle, &choice, &at).map_err(no_plan)?;
    let first = preset(&visit, &plan.bundle, &selection.preset, &activities, place)?;
    let no = visit.desk.open(&visit.platform, &visit.actor, id, &applicant, plan).await?;
    save_preset(&visit, &no, id, first).await?;
    Ok(see(&format!("/cases/{no}")))
}

/// For whom a case is opened: whoever is signed in, or the party that the clerk at the counter names.
fn applicant(actor: &Actor, posted: &Posted) -> Result<PartyKey, Failure> {
    match actor {
        Actor::Party { party, .. } => Ok(party.clone()),
        Actor::Officer { .. } => {
            let named = posted.filled("party").ok_or(DeskError::PartyMissing)?;
            Ok(PartyKey::new(named))
        }
        other => Err(nobody(other).into()),
    }
}

fn no_plan(error: PlanError) -> Failure {
    match error {
        PlanError::PackageUnknown(what) | PlanError::ServiceUnknown(what) => {
            DeskError::NotOffered(what)
        }
        PlanError::OrganMissing { role, place } => {
            DeskError::NotOffered(format!("{role} @ {place}"))
        }
    }
    .into()
}

/// The answers that follow from the choice: the place, the industry, and what the activities preset.
fn preset(
    visit: &Visit,
    bundle: &str,
    preset: &std::collections::BTreeMap<String, kernel::Json>,
    activities: &[&str],
    place: Division,
) -> Result<Answers, Failure> {
    let definition = visit
        .desk
        .law
        .definition(bundle)
        .ok_or_else(|| crate::CaseError::DefinitionMissing(bundle.to_owned()))?;
    let mut answers = Answers::default();
    put(&mut answers, &definition.dictionary, "address_division", Value::Text(place.to_string()));
    if let Some(industry) = activities.first() {
        put(
            &mut answers,
            &definition.dictionary,
            "industry_code",
            Value::Text((*industry).to_owned()),
        );
    }
    for (key, value) in preset {
        if let Ok(value) = serde_json::from_value(value.clone()) {
            put(&mut answers, &definition.dictionary, key, value);
        }
    }
    Ok(answers)
}

/// Puts a value where the dictionary has an element of which it is a value.
fn put(answers: &mut Answers, dictionary: &Dictionary, key: &str, value: Value) {
    if let Some(element) = dictionary.element(key)
        && element.faults(&value).is_empty()
    {
        answers.plain.insert(element.key.clone(), value);
    }
}

/// Saves what was preset, as far as a service of the case asks it.
async fn save_preset(
    visit: &Visit,
    no: &CaseKey,
    id: CommandId,
    preset: Answers,
) -> Result<(), Failure> {
    // The case as it stood right after it was opened, so that a repeated opening saves the same and nothing twice.
    let loaded = visit.desk.load(&visit.platform, &no.0).await?.as_of(Some(1))?;
    let plan = loaded.plan()?;
    let definition = visit.desk.definition(&plan)?;
    let asked = |key: &elements::Key| {
        let path = elements::Path::plain(key.clone());
        definition.forms_of(&plan).iter().any(|form| form.fields.iter().any(|f| f.path == path))
    };
    let mut answers = preset;
    answers.plain.retain(|key, _| asked(key));
    if answers == Answers::default() {
        return Ok(());
    }
    let sealed = visit.desk.seal(no, &mut answers).await?;
    let command = CaseCommand::SaveAnswers { answers: Box::new(answers), before: None, sealed };
    let ask = Ask {
        actor: &visit.actor,
        action: "case.fill",
        task: None,
        id: CommandId::derive(&[b"case.preset", id.bytes()]),
        expected: Some(loaded.version),
    };
    visit.desk.submit(&visit.platform, ask, &loaded, &command).await?;
    Ok(())
}

/// The name that a page gives a case.
pub(crate) fn title_of(loaded: &Loaded, lang: codes::Lang) -> String {
    if loaded.case.title.is_empty() {
        loaded.case.plan.as_ref().map(|plan| plan.label.get(lang).to_owned()).unwrap_or_default()
    } else {
        loaded.case.title.clone()
    }
}

/// A page of a case with the way back to it.
pub(crate) fn page_of(visit: &Visit, loaded: &Loaded, title: &str) -> Page {
    let home = visit.t("我的办件", "My cases");
    Page::new(title)
        .crumb(home, "/cases")
        .crumb(title_of(loaded, visit.frame.lang), format!("/cases/{}", loaded.case.no))
}
