//! The merged form of reform 28 with the answers of its sample, one page a card.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use codes::{Date, Label, Moment};
use elements::Dictionary;
use forms::{Answers, MergedField, Provenance, ServiceForm, Spot, Stage, merge, validate};
use maud::{Markup, html};
use portal::{Button, DraftForm, Frame, MergedPage, Page, Tabs, Typed, Why};

const SERVICES: [&str; 10] =
    ["name", "reg", "bo", "seal", "tax", "soc", "med", "fund", "bank", "food"];

type Made<T> = Result<T, Box<dyn std::error::Error>>;

fn services(dictionary: &Dictionary, reform: &Path) -> Made<Vec<ServiceForm>> {
    let mut services = Vec::new();
    for service in SERVICES {
        let file = format!("forms/{service}.yaml");
        services.push(ServiceForm::parse(
            dictionary,
            &file,
            &fs::read_to_string(reform.join(&file))?,
        )?);
    }
    Ok(services)
}

pub(crate) fn cards(frame: &Frame) -> Made<Vec<(&'static str, Markup)>> {
    let reform = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reforms/28-licence-one-window");
    let dictionary = Dictionary::builtin()?;
    let services = services(&dictionary, &reform)?;
    let services: Vec<&ServiceForm> = services.iter().collect();
    let form = merge(&dictionary, &services).map_err(|conflicts| format!("{conflicts:?}"))?;
    let file = "samples/answers/qinghe-food.yaml";
    let mut answers: Answers = elements::from_yaml(file, &fs::read_to_string(reform.join(file))?)?;
    answers.set(&"plain.postcode".parse()?, Some("5110".into()));
    let errors = validate(&answers, &dictionary, &services, Stage::Complete).errors;
    let register = Label::new("标准地址库", "the address base");
    let source = Provenance {
        register,
        since: Some(Date::constant(2026, 1, 5)),
        read_at: Moment::from_us(0),
    };
    let sources: BTreeMap<Spot, Provenance> = [("plain.address_detail".parse()?, source)].into();
    let name = |id: &forms::ServiceId| id.as_str().to_owned();
    let why = |field: &MergedField| Why {
        asked_by: field.asked_by.iter().map(name).collect(),
        ..Why::default()
    };
    let typed = Typed::default();
    let page = MergedPage {
        lang: frame.lang,
        dictionary: &dictionary,
        form: &form,
        answers: &answers,
        errors: &errors,
        told: &[],
        typed: &typed,
        sources: &sources,
        why: &why,
        service: &name,
        divisions_at: "/api/v1/divisions",
    };
    Ok(pages(frame, &page))
}

fn pages(frame: &Frame, page: &MergedPage<'_>) -> Vec<(&'static str, Markup)> {
    let shown: Vec<_> = page.cards().collect();
    let tab = |card: &elements::PageCard| {
        let errors = page.errors_on(*card);
        let mark = if errors == 0 { String::new() } else { format!(" ({errors})") };
        (format!("{}{mark}", card.label().get(frame.lang)), format!("merged-{}.html", card.key()))
    };
    let tabs: Vec<(String, String)> = shown.iter().map(tab).collect();
    let made = shown.iter().enumerate().map(|(open, card)| {
        let title = card.label();
        let body = html! {
            (page.error_summary(*card))
            h1 { (title.get(frame.lang)) }
            (Tabs { name: frame.t("表单", "Form"), tabs: tabs.clone(), open })
            (DraftForm { lang: frame.lang, post_to: "/form", autosave: None, command_id: "c-5", expected_version: 3, files: false, body: html! {
                (page.card(*card))
                div.acts { (Button::main(frame.t("保存并继续", "Save and continue"), "next")) }
            } })
        };
        (card.key(), Page::new(title.get(frame.lang)).render(frame, &body))
    });
    made.collect()
}
