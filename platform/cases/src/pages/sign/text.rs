//! A document as its signer reads it: its values as a table on the page, the whole as PDF.

use super::label_of;
use crate::error::DeskError;
use crate::http::Visit;
use crate::pages::form::{Filled, file};
use axum::response::Response;
use codes::Lang;
use documents::{Column, Datum, Declared, Kind, Template, Values};
use maud::{Markup, html};
use portal::{
    Button, Failure, Notice, RequestError, Tone, bullets, date, moment, money, pick, tag,
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
                @if !signed { p { (Button::plain(pick_sign(lang, label_of(filled, name).get(lang)), format!("sign:{name}"))) } }
                p { (Button::plain(visit.t("打开 PDF", "Open as PDF"), format!("pdf:{name}"))) }
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

/// The values that a document states, as a list to read.
fn values(filled: &Filled, document: &str, lang: Lang) -> Markup {
    let Ok((template, values)) = text(filled, document) else {
        return html! { p { (pick(lang, "文件内容还不完整。", "The document is not complete yet.")) } };
    };
    html! {
        dl.facts {
            @for (key, declared) in template.values() {
                @if let Some(datum) = values.get(key) {
                    div { dt { (declared.label.get(lang)) } dd { (whole(declared, datum, lang)) } }
                }
            }
        }
    }
}

fn whole(declared: &Declared, datum: &Datum, lang: Lang) -> Markup {
    match (&declared.kind, datum) {
        (Kind::Rows { columns }, Datum::Rows(rows)) => {
            rows_of(declared.label.get(lang), columns, rows, lang)
        }
        _ => one(datum, lang),
    }
}

fn rows_of(
    caption: &str,
    columns: &BTreeMap<String, Column>,
    rows: &[Values],
    lang: Lang,
) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for column in columns.values() { th scope="col" { (column.label.get(lang)) } } } }
                tbody {
                    @for row in rows {
                        tr { @for key in columns.keys() { td { @if let Some(datum) = row.get(key) { (one(datum, lang)) } } } }
                    }
                }
            }
        }
    }
}

fn one(datum: &Datum, lang: Lang) -> Markup {
    match datum {
        Datum::Text(text) => html! { (text) },
        Datum::Texts(texts) => bullets(texts),
        Datum::Date(day) => html! { (date(lang, *day)) },
        Datum::Moment(at) => html! { (moment(lang, *at)) },
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
