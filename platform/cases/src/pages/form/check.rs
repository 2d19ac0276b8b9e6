//! Check answers: the one list (一份清单), what is still missing, and everything as it was typed.

use super::{Filled, gain, name_state};
use crate::error::Defect;
use crate::http::Visit;
use crate::law::Examined;
use crate::pages::applicant::page_of;
use codes::Lang;
use elements::{Element, PageCard, Value};
use forms::{CardId, Holders, MergedField, Slot, Stage};
use maud::{Markup, html};
use portal::{
    Button, Fact, Failure, Notice, Path, Tone, bullets, details, error_links, facts, field_id,
    money, pick,
};

/// The most problems of a card that are named one by one; of more only their number is told.
const NAMED_MAX: usize = 8;

/// The page before signing.
pub(crate) async fn check(visit: Visit, Path(no): Path<String>) -> Result<Markup, Failure> {
    let loaded = visit.case(&no, "case.fill").await?;
    let filled = Filled::of(&visit, loaded).await?;
    let lang = visit.frame.lang;
    let title = visit.t("提交前请核对", "Check your answers");
    let problems = problems(&filled, &filled.examined(&visit), lang);
    let case = &filled.loaded.case;
    let body = html! {
        (problems)
        h1 { (title) }
        (one_list(&filled, lang))
        (details(visit.t("少填了多少", "How much you were spared"), &gain(&filled, lang)))
        (name_state(&visit, &filled))
        @for card in filled.cards() {
            h2 { (card.label().get(lang)) }
            (summary(&filled, card, lang))
        }
        @if filled.drafting() {
            @if problems.0.is_empty() && !case.name_open() {
                div.acts { (Button::link(visit.t("下一步：签署", "Next: signing"), format!("/cases/{}/signing", case.no))) }
            } @else {
                (Notice::short(Tone::Time, visit.t("补齐以上内容后即可签署。", "Once the above is complete, it can be signed.")))
            }
        }
    };
    let page = page_of(&visit, &filled.loaded, title).failed(!problems.0.is_empty());
    Ok(page.render(&visit.frame, &body))
}

impl crate::Case {
    /// Whether the case needs a name that is not kept yet.
    pub(crate) fn name_open(&self) -> bool {
        let asks = self.plan.as_ref().is_some_and(|plan| plan.tasks.iter().any(|t| t.automatic));
        asks && self.name_until.is_none()
    }
}

/// Everything that is missing or wrong, each a link to where it is put right; empty markup if nothing is.
pub(crate) fn problems(filled: &Filled, examined: &Examined, lang: Lang) -> Markup {
    let defects = examined.defects(&filled.loaded.case);
    let links =
        defects.iter().map(|defect| (place_of(filled, defect), named(filled, defect, lang)));
    let mut all: Vec<(String, String)> = links.collect();
    let mut told = Vec::new();
    // Card by card, as one goes through the form; what is on no card comes last.
    for card in filled.cards() {
        let at = filled.card_at(card);
        let here = |(place, _): &(String, String)| place.split('#').next() == Some(at.as_str());
        let (of_card, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(here);
        all = rest;
        if of_card.len() > NAMED_MAX {
            told.push((at, left(card, of_card.len(), lang)));
        } else {
            told.extend(of_card);
        }
    }
    told.extend(all);
    error_links(lang, &told)
}

/// How much of a card is still to be done.
fn left(card: PageCard, n: usize, lang: Lang) -> String {
    let label = card.label();
    match lang {
        Lang::Zh => format!("{}：还有 {n} 项需要填写或者改正", label.zh),
        Lang::En => format!("{}: {n} answers to fill in or correct", label.en),
    }
}

/// A defect in words; a file that is missing is named.
fn named(filled: &Filled, defect: &Defect, lang: Lang) -> String {
    let told = defect.label.get(lang);
    let materials = filled.definition.materials(&filled.plan);
    if materials.iter().any(|material| material.slot == defect.what) {
        let label = super::materials::label(filled, &defect.what);
        return format!("{}{}{told}", label.get(lang), pick(lang, "：", ": "));
    }
    told.to_owned()
}

/// Where a defect is put right: the field on its card, the upload, or the group of rows.
fn place_of(filled: &Filled, defect: &Defect) -> String {
    if let Ok(spot) = defect.what.parse::<forms::Spot>() {
        let card = card_of(filled, &spot).unwrap_or(PageCard::People);
        return format!("{}#{}", filled.card_at(card), field_id(&spot.to_string()));
    }
    let no = &filled.loaded.case.no;
    let materials = filled.definition.materials(&filled.plan);
    if materials.iter().any(|material| material.slot == defect.what) {
        return format!("/cases/{no}/materials#{}", field_id(&defect.what));
    }
    let role = defect.what.split("[]").next().unwrap_or_default();
    let of_role = |field: &&MergedField| matches!(&field.slot, Slot::Selector(subject) if subject.key.as_str() == role);
    let card = filled.form.fields.iter().find(of_role).map_or(PageCard::People, |f| f.card);
    filled.card_at(card)
}

/// The card on which a spot is filled in.
pub(crate) fn card_of(filled: &Filled, spot: &forms::Spot) -> Option<PageCard> {
    use forms::Spot;
    let fits = |field: &&MergedField| match (&field.slot, spot) {
        (Slot::Plain(key), Spot::Plain(at)) => key == at,
        (Slot::Person(_), Spot::Card(..)) => true,
        (Slot::Selector(subject), Spot::Role(key, _) | Spot::Group(key)) => subject.key == *key,
        (Slot::RoleAttribute(subject, key), Spot::RoleAttribute(role, _, at))
        | (Slot::RowAttribute(subject, key), Spot::Row(role, _, at)) => {
            subject.key == *role && key == at
        }
        (Slot::RowAttribute(subject, _), Spot::Group(key)) => subject.key == *key,
        _ => false,
    };
    filled.form.fields.iter().find(fits).map(|field| field.card)
}

/// The one list: with this the papers are complete.
fn one_list(filled: &Filled, lang: Lang) -> Markup {
    let services = filled.plan.tasks.len();
    let mut items = vec![match lang {
        Lang::Zh => format!("表单 1 份，供 {services} 项业务共用"),
        Lang::En => format!("one form for {services} services"),
    }];
    items.extend(filled.plan.documents.values().map(|document| {
        let signed = pick(lang, "（系统生成，在线签署）", " (written for you, signed online)");
        format!("{}{signed}", document.get(lang))
    }));
    let case = &filled.loaded.case;
    for material in filled.definition.materials(&filled.plan) {
        let spared = material.confirmable && case.confirmed.contains(&material.slot);
        if !spared {
            items.push(format!(
                "{}{}",
                super::materials::label(filled, &material.slot).get(lang),
                pick(lang, "（上传 1 份）", " (one upload)")
            ));
        }
    }
    html! {
        section.one-list {
            h2 { (pick(lang, "全部要交的就是这些", "This is everything to hand in")) }
            (bullets(&items))
        }
    }
}

/// The answers of one card, each with the way to change it.
fn summary(filled: &Filled, card: PageCard, lang: Lang) -> Markup {
    let mut all = Vec::new();
    let completed = filled.definition.completed(&filled.answers, &filled.loaded.case.values);
    let drafting = filled.drafting();
    let change = |fact: Fact| if drafting { fact.change(filled.card_at(card)) } else { fact };
    if card == PageCard::People {
        for (id, attributes) in &completed.cards {
            all.push(change(person(filled, id, attributes, lang)));
        }
    }
    for field in filled.form.on_card(card) {
        match (&field.slot, &field.element) {
            (Slot::Plain(key), Some(element)) => {
                if let Some(value) = completed.plain.get(key) {
                    let fact = Fact::new(field.label.get(lang), shown(element, value, lang));
                    // What follows from other answers is changed there.
                    all.push(if element.is_never_typed() { fact } else { change(fact) });
                }
            }
            (Slot::Selector(subject), _) => {
                let holders = completed.holders(subject.key.as_str());
                if !holders.is_empty() {
                    let held = held(filled, &completed, &subject.key, lang);
                    all.push(change(Fact::new(field.label.get(lang), held)));
                }
            }
            _ => {}
        }
    }
    for kind in rows_on(filled, card) {
        all.extend(rows(filled, &kind, lang).map(change));
    }
    if all.is_empty() {
        return html! {
            p.quiet {
                (pick(lang, "还没有填写。", "Nothing is filled in yet. "))
                @if drafting { a href=(filled.card_at(card)) { (pick(lang, "去填写", "Fill it in")) span.away { (pick(lang, "：", ": ")) (card.label().get(lang)) } } }
            }
        };
    }
    facts(lang, &all)
}

fn shown(element: &Element, value: &Value, lang: Lang) -> Markup {
    match (value.as_fen(), matches!(element.kind, elements::Kind::Money)) {
        (Some(fen), true) => money(lang, fen.0),
        _ => html! { (element.show(value, lang)) },
    }
}

fn person(filled: &Filled, id: &CardId, attributes: &forms::Attributes, lang: Lang) -> Fact {
    let dictionary = &filled.definition.dictionary;
    let name = attributes.get("name").and_then(Value::as_text).unwrap_or(id.as_str()).to_owned();
    let colon = pick(lang, "：", ": ");
    // In the order of the form, which is that in which people read them.
    let in_form = filled.form.fields.iter().filter_map(|field| match &field.slot {
        Slot::Person(key) if key.as_str() != "name" => attributes.get_key_value(key),
        _ => None,
    });
    let lines: Vec<String> = in_form
        .filter_map(|(key, value)| {
            let element = dictionary.person(key.as_str())?;
            Some(format!("{}{colon}{}", element.label.get(lang), element.show(value, lang)))
        })
        .collect();
    Fact::new(name, bullets(&lines))
}

/// Who holds a role, with what belongs to the role.
fn held(filled: &Filled, answers: &forms::Answers, role: &elements::Key, lang: Lang) -> Markup {
    let attributes = filled.definition.dictionary.role(role.as_str()).map(|role| &role.attributes);
    let empty = Holders::Many(Vec::new());
    let holders = answers.roles.get(role).unwrap_or(&empty).as_slice();
    let lines: Vec<String> = holders
        .iter()
        .map(|pointer| {
            let name = answers
                .card_of(pointer)
                .and_then(|card| card.get("name"))
                .and_then(Value::as_text)
                .unwrap_or(pick(lang, "未选择", "nobody yet"));
            let own = pointer.attributes.iter().filter_map(|(key, value)| {
                attributes?.get(key).map(|element| element.show(value, lang))
            });
            [name.to_owned()]
                .into_iter()
                .chain(own)
                .collect::<Vec<_>>()
                .join(pick(lang, "，", ", "))
        })
        .collect();
    match lines.as_slice() {
        [one] => html! { (one) },
        many => bullets(many),
    }
}

/// The kinds of rows that are no persons and stand on a card.
fn rows_on(filled: &Filled, card: PageCard) -> Vec<elements::Key> {
    let mut kinds = Vec::new();
    for field in filled.form.on_card(card) {
        if let Slot::RowAttribute(subject, _) = &field.slot
            && !kinds.contains(&subject.key)
        {
            kinds.push(subject.key.clone());
        }
    }
    kinds
}

fn rows(filled: &Filled, kind: &elements::Key, lang: Lang) -> Option<Fact> {
    let row_kind = filled.definition.dictionary.row(kind.as_str())?;
    let lines: Vec<String> = filled
        .answers
        .rows_of(kind.as_str())
        .iter()
        .map(|row| {
            let cells = row.iter().filter_map(|(key, value)| {
                row_kind.attributes.get(key).map(|element| element.show(value, lang))
            });
            cells.collect::<Vec<_>>().join(pick(lang, "，", ", "))
        })
        .collect();
    (!lines.is_empty()).then(|| Fact::new(row_kind.label.get(lang), bullets(&lines)))
}

/// How far a card is, for the task list.
pub(crate) fn card_state(filled: &Filled, card: PageCard, lang: Lang) -> portal::StepState {
    let mut shown = filled.as_recorded();
    shown.errors = filled.faults(&filled.answers, Stage::Complete);
    let missing = filled.with_pages(lang, &shown, |page| page.errors_on(card));
    shown.errors = filled.faults(&filled.answers, Stage::Draft);
    let wrong = filled.with_pages(lang, &shown, |page| page.errors_on(card));
    let begun = filled.answers.spots().keys().any(|spot| card_of(filled, spot) == Some(card));
    match (wrong, missing, begun) {
        (1.., _, _) => portal::StepState::Wrong,
        (0, 0, _) => portal::StepState::Done,
        (0, _, true) => portal::StepState::Begun,
        (0, _, false) => portal::StepState::Open,
    }
}
