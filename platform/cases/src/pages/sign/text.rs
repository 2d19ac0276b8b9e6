//! A document as its signer reads it: its values as a table on the page, the whole as PDF.

use super::label_of;
use crate::error::DeskError;
use crate::http::Visit;
use crate::model::Plan;
use crate::pages::form::{Filled, file};
use axum::response::Response;
use codes::{Label, Lang};
use documents::{Column, Datum, Declared, Kind, Template, Values};
use elements::CodeList;
use maud::{Markup, html};
use portal::{
    Button, Failure, Notice, RequestError, Tone, date_tag, inset, moment_tag, money, pick, tag,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What stands before the name of a document in the field with the digest of the text that was shown.
pub(crate) const SHOWN: &str = "_shown:";

/// The documents of a signer with a button each and one for all; `proof` goes into every form.
pub(crate) fn to_sign(
    visit: &Visit,
    filled: &Filled,
    card: &str,
    post_to: &str,
    proof: &Markup,
) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let case = &filled.loaded.case;
    let mine: Vec<_> =
        case.documents.iter().filter(|(_, document)| document.signers.contains(card)).collect();
    let open = mine.iter().filter(|(_, document)| !document.signed.contains_key(card));
    let open: Vec<_> = open.collect();
    let mut shown = Vec::new();
    for (name, document) in &mine {
        let signed = document.signed.contains_key(card);
        shown.push(html! {
            section.document aria-label=(label_of(filled, name).get(lang)) {
                h3 { (label_of(filled, name).get(lang)) " " @if signed { (tag(Tone::Good, visit.t("已签署", "signed"))) } }
                (values(filled, name, lang))
                p.acts {
                    (Button::plain(visit.t("打开 PDF", "Open as PDF"), format!("pdf:{name}")))
                    @if !signed { (Button::plain(pick_sign(lang, label_of(filled, name).get(lang)), format!("sign:{name}"))) }
                }
            }
        });
    }
    Ok(html! {
        form method="post" action=(post_to) {
            (visit.stamp(&filled.loaded)?)
            (proof)
            @for (name, document) in &open {
                input type="hidden" name={ (SHOWN) (name) } value=(document.sha256);
            }
            @if lang == Lang::En {
                (inset(&html! { p { "The Chinese text is the one that counts. English words in brackets help to read it." } }))
            }
            @for document in &shown { (document) }
            @if open.is_empty() {
                (Notice::short(Tone::Good, visit.t("您已签署全部文件，可以关闭本页。", "You have signed everything. You can close this page.")))
            } @else {
                div.acts { (Button::main(visit.t("我已阅读，全部签署", "I have read them: sign all"), "sign")) }
            }
        }
    })
}

fn pick_sign(lang: Lang, label: &str) -> String {
    match lang {
        Lang::Zh => format!("只签《{label}》"),
        Lang::En => format!("Sign only: {label}"),
    }
}

/// The text of a document: template and values.
fn text(filled: &Filled, document: &str) -> Result<(Arc<Template>, Values), Failure> {
    if !filled.plan.documents.contains_key(document) {
        return Err(RequestError::NotFound.into());
    }
    let found = filled.definition.signed_text(&filled.plan, document, &filled.answers);
    let missing = || Failure::from(DeskError::TextMissing(document.to_owned()));
    let text = found.ok_or_else(missing)??;
    Ok((text.template, text.values))
}

/// The values that a document states, to be read: single ones as a list, rows as tables under it.
fn values(filled: &Filled, document: &str, lang: Lang) -> Markup {
    let Ok((template, values)) = text(filled, document) else {
        return html! { p { (pick(lang, "文件内容还不完整。", "The document is not complete yet.")) } };
    };
    let said = || template.values().iter().filter_map(|(key, d)| Some((d, values.get(key)?)));
    html! {
        dl.facts {
            @for (declared, datum) in said() {
                @if !matches!(datum, Datum::Rows(_)) {
                    @let words = Words::of(filled, None, &declared.from, lang);
                    div { dt { (declared.label.get(lang)) } dd { (one(datum, &words)) } }
                }
            }
        }
        @for (declared, datum) in said() {
            @if let (Kind::Rows { columns }, Datum::Rows(rows)) = (&declared.kind, datum) {
                (rows_of(filled, declared, columns, rows, lang))
            }
        }
    }
}

/// Words of code lists in the reader's language beside the Chinese ones, which are those that count.
struct Words<'a> {
    lang: Lang,
    /// The list of the value, where it has one.
    list: Option<&'a CodeList>,
    /// The names of the services, where the value names them.
    services: Option<&'a Plan>,
}

impl<'a> Words<'a> {
    /// For the value of a path, or of an attribute of a group's rows.
    fn of(filled: &'a Filled, group: Option<&str>, from: &str, lang: Lang) -> Self {
        let dictionary = &filled.definition.dictionary;
        let (subject, key) = match group {
            Some(group) => (Some(group.trim_end_matches("[]")), from),
            None => from.split_once('.').map_or((None, from), |(role, key)| (Some(role), key)),
        };
        let of_subject = |subject: &str| {
            let role = dictionary.role(subject);
            let row = dictionary.row(subject);
            let own = role.map(|role| &role.attributes).or(row.map(|row| &row.attributes));
            let own = own.and_then(|own| own.iter().find(|(name, _)| name.as_str() == key));
            own.map(|(_, element)| element).or_else(|| role.and(dictionary.person(key)))
        };
        let element = match subject {
            Some(subject) => of_subject(subject),
            None => dictionary.element(key),
        };
        Self {
            lang,
            list: element.and_then(|element| element.list.as_deref()),
            services: (from == "services").then_some(&*filled.plan),
        }
    }

    /// What a Chinese word is called; none for Chinese readers, and where nothing is known of it.
    fn beside(&self, zh: &str) -> Option<String> {
        if self.lang == Lang::Zh {
            return None;
        }
        if zh == elements::LONG_TERM {
            return Some("without end".to_owned());
        }
        let labels = self.list.into_iter().flat_map(|list| list.entries.values());
        let tasks = self.services.into_iter().flat_map(|plan| &plan.tasks).map(|task| &task.label);
        let labels: Vec<&Label> = labels.chain(tasks).collect();
        let known = |word: &str| labels.iter().find(|label| label.zh == word).map(|l| l.en.clone());
        // Several codes of one list stand in one text.
        let all: Option<Vec<String>> = zh.split('、').map(known).collect();
        known(zh).or_else(|| all.map(|all| all.join(", "))).filter(|told| told != zh)
    }
}

fn rows_of(
    filled: &Filled,
    declared: &Declared,
    columns: &BTreeMap<String, Column>,
    rows: &[Values],
    lang: Lang,
) -> Markup {
    let caption = declared.label.get(lang);
    let words = |column: &Column| Words::of(filled, Some(&declared.from), &column.from, lang);
    html! {
        div.scroll tabindex="0" role="group" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for column in columns.values() { th scope="col" { (column.label.get(lang)) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (key, column) in columns {
                                td { @if let Some(datum) = row.get(key) { (one(datum, &words(column))) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A Chinese text of the document, with its meaning beside it where the reader reads another language.
fn chinese(text: &str, words: &Words<'_>) -> Markup {
    match words.beside(text) {
        None => html! { (text) },
        Some(told) => html! {
            span lang=(Lang::Zh.tag()) { (text) } " " span.beside { "(" (told) ")" }
        },
    }
}

fn one(datum: &Datum, words: &Words<'_>) -> Markup {
    let lang = words.lang;
    match datum {
        Datum::Text(text) => chinese(text, words),
        Datum::Texts(texts) => {
            html! { ul.bullets { @for text in texts { li { (chinese(text, words)) } } } }
        }
        Datum::Date(day) => date_tag(lang, *day),
        Datum::Moment(at) => moment_tag(lang, *at),
        Datum::MoneyFen(fen) => money(lang, *fen),
        Datum::Integer(n) => html! { (portal::number(*n)) },
        Datum::Decimal(n) => html! { (n) },
        Datum::Flag(true) => html! { (pick(lang, "是", "yes")) },
        Datum::Flag(false) => html! { (pick(lang, "否", "no")) },
        Datum::Rows(rows) => html! { (rows.len()) },
    }
}

/// A document set in type.
pub(crate) async fn pdf(
    visit: &Visit,
    filled: &Filled,
    document: &str,
) -> Result<Response, Failure> {
    let (template, values) = text(filled, document)?;
    let typesetter = Arc::clone(&visit.desk.typesetter);
    let work = move || typesetter.typeset(&template, &values);
    // Setting type takes the processor for a while, and other pages wait for none of it.
    let bytes = tokio::task::spawn_blocking(work).await.map_err(|_panic| RequestError::Fault)??;
    Ok(file(&bytes, document))
}
