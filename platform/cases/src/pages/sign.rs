//! Signing: the board of the applicant, who signs what, links for signers, and handing in.

mod guest;
mod text;

pub(crate) use guest::{ask, guest};

use super::applicant::page_of;
use super::form::{Filled, name_state, problems};
use crate::command::CaseCommand;
use crate::desk::{Ask, stamped};
use crate::error::{CaseError, DeskError};
use crate::event::CaseEvent as E;
use crate::http::{Visit, answer, see};
use crate::law::Examined;
use crate::model::{CaseState, DocumentName};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use codes::{Label, Lang, Moment};
use elements::Value;
use kernel::CommandId;
use maud::{Markup, html};
use portal::{
    Button, Column, Failure, Notice, Path, Posted, Row, Table, Tone, error_links, inset, moment,
    pick, tag,
};
use std::collections::{BTreeMap, BTreeSet};

/// The name of the hidden field with the secret of an invitation.
const SECRET: &str = "_secret";

/// What the board says beside the state of the signatures.
#[derive(Default)]
struct Said {
    /// A link that was just made: the signer's card and the address.
    link: Option<(String, String)>,
    /// Why the case was not handed in.
    failure: Option<Failure>,
}

/// Who signs, document by document, and when each signed.
struct Signatures {
    /// Cards that sign, with the documents of each and the instant of each signature.
    by_card: BTreeMap<String, BTreeMap<DocumentName, Option<Moment>>>,
}

impl Signatures {
    fn of(filled: &Filled, examined: &Examined) -> Self {
        let mut at = BTreeMap::new();
        for event in &filled.loaded.events {
            if let Ok(E::DocumentSigned { document, sha256, signer }) = event.read() {
                at.insert((signer, document, sha256), event.at);
            }
        }
        let mut by_card: BTreeMap<String, BTreeMap<DocumentName, Option<Moment>>> = BTreeMap::new();
        let known = &filled.loaded.case.documents;
        for (name, face) in &examined.faces {
            for card in &face.signers {
                let signed = known.get(name).filter(|document| document.signed.contains_key(card));
                let when = signed.and_then(|document| {
                    at.get(&(card.clone(), name.clone(), document.sha256.clone())).copied()
                });
                by_card.entry(card.clone()).or_default().insert(name.clone(), when);
            }
        }
        Self { by_card }
    }

    fn missing(&self) -> usize {
        self.by_card.values().flat_map(BTreeMap::values).filter(|when| when.is_none()).count()
    }
}

/// The name on a card.
pub(crate) fn name_on<'a>(filled: &'a Filled, card: &'a str) -> &'a str {
    let attributes = filled.answers.cards.get(card);
    attributes.and_then(|card| card.get("name")).and_then(Value::as_text).unwrap_or(card)
}

/// The board.
pub(crate) async fn board(visit: Visit, Path(no): Path<String>) -> Result<Response, Failure> {
    let loaded = visit.case(&no, "case.submit").await?;
    let filled = Filled::of(&visit, loaded).await?;
    if !filled.drafting() {
        return Ok(see(&format!("/cases/{}", filled.loaded.case.no)));
    }
    let own = own_card(&visit, &filled).await?;
    Ok(page(&visit, &filled, own.as_deref(), &Said::default())?.into_response())
}

/// The card of the person at the keyboard, if it signs: the one with the very number of the sign-in.
async fn own_card(visit: &Visit, filled: &Filled) -> Result<Option<String>, Failure> {
    let known = visit.desk.cards.card(&visit.platform, &visit.actor).await?.unwrap_or_default();
    let Some(number) = known.get("id_number") else { return Ok(None) };
    let own =
        filled.answers.cards.iter().find(|(_, card)| {
            card.get("id_number").and_then(Value::as_text) == Some(number.as_str())
        });
    Ok(own.map(|(card, _)| card.to_string()))
}

fn page(visit: &Visit, filled: &Filled, own: Option<&str>, said: &Said) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let title = visit.t("签署并提交", "Sign and hand in");
    let examined = filled.examined(visit);
    let problems = problems(filled, &examined, lang);
    let signatures = Signatures::of(filled, &examined);
    let missing = signatures.missing();
    let ready = problems.0.is_empty();
    let open_name = filled.loaded.case.name_open();
    let body = html! {
        (problems)
        @if let Some(failure) = &said.failure { (why_not(filled, failure, lang)) }
        h1 { (title) }
        @if let Some((card, link)) = &said.link { (new_link(visit, name_on(filled, card), link)) }
        p { (visit.t(
            "每位签署人用自己的链接核对身份、阅读并签署，不需要注册。修改后只有文字变化的文件需要重签。",
            "Each signer proves who he is with a link of his own, reads and signs; no account is needed. After a change only documents whose text changed are signed again.",
        )) }
        @if !signatures.by_card.is_empty() { (matrix(filled, &signatures, lang)) }
        @if ready {
            @for card in signatures.by_card.keys() { (signer(visit, filled, &signatures, card, own)?) }
        }
        h2 { (visit.t("提交", "Hand in")) }
        @if open_name { (name_state(visit, filled)) }
        @if missing > 0 {
            p { (match lang {
                Lang::Zh => format!("还差 {missing} 个签名。全部签署后提交。"),
                Lang::En => format!("{missing} signatures are missing. Hand in when all have signed."),
            }) }
        }
        form method="post" action={ "/cases/" (filled.loaded.case.no) "/signing" } {
            (visit.stamp(&filled.loaded)?)
            div.acts {
                (Button::main(visit.t("提交申请", "Hand in the application"), "submit").confirm(visit.t("提交后各单位同时开始办理。现在提交？", "All organs start to work on it. Hand in now?")))
            }
        }
        (inset(&html! { p { (visit.t(
            "提交之日即为收到之日，各单位的受理期限由此起算。",
            "The day of handing in is the day of receipt; from it the organs' days of acceptance are counted.",
        )) } }))
    };
    let failed = said.failure.is_some() || !ready;
    Ok(page_of(visit, &filled.loaded, title).failed(failed).render(&visit.frame, &body))
}

/// Why the case was not handed in, name by name.
fn why_not(filled: &Filled, failure: &Failure, lang: Lang) -> Markup {
    let who = failure.fields.get("who").and_then(serde_json::Value::as_array);
    let missing = who.into_iter().flatten().filter_map(serde_json::Value::as_str).map(|pair| {
        let (card, document) = pair.split_once(':').unwrap_or((pair, ""));
        let label = filled.plan.documents.get(document).map_or(document, |label| label.get(lang));
        let to_sign = pick(lang, "尚未签署", "has not signed");
        let text = match lang {
            Lang::Zh => format!("{}{to_sign}《{label}》", name_on(filled, card)),
            Lang::En => format!("{} {to_sign}: {label}", name_on(filled, card)),
        };
        (format!("#signer-{card}"), text)
    });
    let mut links: Vec<(String, String)> = missing.collect();
    if links.is_empty() {
        links.push(("#main".to_owned(), failure.label.get(lang).to_owned()));
    }
    error_links(lang, &links)
}

fn new_link(visit: &Visit, name: &str, link: &str) -> Notice {
    let title = match visit.frame.lang {
        Lang::Zh => format!("{name}的签署链接"),
        Lang::En => format!("The signing link of {name}"),
    };
    Notice::new(
        Tone::Good,
        title,
        html! {
            p { code.code data-copy=(link) { (link) } }
            p { (visit.t(
                "请发给本人。链接只显示这一次，新的链接会使旧的失效。",
                "Send it to that person only. It is shown this once; a new link makes the old one void.",
            )) }
        },
    )
}

/// Signers against documents.
fn matrix(filled: &Filled, signatures: &Signatures, lang: Lang) -> Table {
    let names: BTreeSet<&DocumentName> =
        signatures.by_card.values().flat_map(BTreeMap::keys).collect();
    let label = |name: &DocumentName| {
        filled.plan.documents.get(name).map_or(name.as_str(), |label| label.get(lang)).to_owned()
    };
    let mut columns = vec![Column::new(pick(lang, "签署人", "Signer"))];
    columns.extend(names.iter().map(|name| Column::new(label(name))));
    let rows = signatures.by_card.iter().map(|(card, documents)| {
        let mut cells = vec![html! { (name_on(filled, card)) }];
        cells.extend(names.iter().map(|name| cell(documents.get(*name).copied(), lang)));
        Row::new(cells)
    });
    let caption = pick(lang, "谁签什么", "Who signs what");
    Table::new(lang, caption, columns, rows.collect()).captioned()
}

fn cell(signed: Option<Option<Moment>>, lang: Lang) -> Markup {
    match signed {
        None => html! { span.quiet { (pick(lang, "不用签", "not asked")) } },
        Some(None) => html! { div { (tag(Tone::Time, pick(lang, "待签署", "to sign"))) } },
        Some(Some(at)) => {
            html! { div { (tag(Tone::Good, pick(lang, "已签署", "signed"))) " " span.quiet { (moment(lang, at)) } } }
        }
    }
}

/// What one signer still needs: a link, or, for the person at the keyboard, the documents themselves.
fn signer(
    visit: &Visit,
    filled: &Filled,
    signatures: &Signatures,
    card: &str,
    own: Option<&str>,
) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let name = name_on(filled, card);
    let none = BTreeMap::new();
    let documents = signatures.by_card.get(card).unwrap_or(&none);
    let open = documents.values().any(Option::is_none);
    let at = format!("/cases/{}/signing", filled.loaded.case.no);
    let invited = filled.loaded.case.invited.contains_key(card);
    let begun = !filled.loaded.case.documents.is_empty();
    let secret = visit.desk.secret()?;
    let label = match (lang, invited) {
        (Lang::Zh, false) => format!("生成{name}的签署链接"),
        (Lang::Zh, true) => format!("重新生成{name}的签署链接"),
        (Lang::En, false) => format!("Make a link for {name}"),
        (Lang::En, true) => format!("Make a new link for {name}"),
    };
    Ok(html! {
        section.signer id={ "signer-" (card) } {
            h2 { (name) }
            @if !open { p { (tag(Tone::Good, visit.t("全部签署", "all signed"))) } }
            @else {
                @if own == Some(card) && begun { (text::to_sign(visit, filled, card, &at, &html! {})?) }
                form method="post" action=(at) {
                    (visit.stamp(&filled.loaded)?)
                    input type="hidden" name=(SECRET) value=(secret);
                    @if invited { p.hint { (visit.t("链接已经生成过。", "A link was made before.")) } }
                    div.acts { (Button::second(label, format!("invite:{card}"))) }
                }
            }
        }
    })
}

/// Does what the pressed button of the board asks.
pub(crate) async fn act(
    visit: Visit,
    Path(no): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let loaded = visit.case(&no, "case.submit").await?;
    let (id, expected) = stamped(&posted)?;
    let seen = Filled::of(&visit, loaded.as_of(expected)?).await?;
    let action = posted.action();
    let verb = action.as_ref().map_or("", |action| action.verb.as_str());
    let target = action.as_ref().and_then(|action| action.target.as_deref());
    match (verb, target) {
        ("invite", Some(card)) => invite(&visit, &seen, &posted, id, card).await,
        ("sign", document) => {
            let own = own_card(&visit, &seen).await?;
            let card = own.ok_or_else(|| CaseError::NotASigner {
                signer: String::new(),
                document: document.unwrap_or_default().to_owned(),
            })?;
            sign(&visit, &seen, &posted, id, &card, document).await?;
            Ok(see(&format!("/cases/{}/signing", seen.loaded.case.no)))
        }
        ("submit", None) => submit(&visit, &seen, &posted).await,
        _ => Err(portal::RequestError::NotFound.into()),
    }
}

/// Makes a link; the secret stood hidden on the page, and only its digest is kept.
async fn invite(
    visit: &Visit,
    seen: &Filled,
    posted: &Posted,
    id: CommandId,
    card: &str,
) -> Result<Response, Failure> {
    let secret = posted.filled(SECRET).filter(|secret| secret.parse::<CommandId>().is_ok());
    let secret = secret.ok_or(DeskError::CommandId)?;
    let command = CaseCommand::InviteSigner {
        signer: card.to_owned(),
        token: digest(secret),
        answers: Box::new(seen.answers.clone()),
    };
    // Signers act at the same time: what matters is that the answers are those on record, and the case looks at that.
    let ask = Ask { actor: &visit.actor, action: "case.submit", task: None, id, expected: None };
    visit.desk.submit(&visit.platform, ask, &seen.loaded, &command).await?;
    let loaded = visit.desk.load(&visit.platform, &seen.loaded.case.no.0).await?;
    let filled = Filled::of(visit, loaded).await?;
    let link = format!("{}/cases/sign/{secret}", visit.desk.portal);
    let said = Said { link: Some((card.to_owned(), link)), failure: None };
    let own = own_card(visit, &filled).await?;
    Ok(page(visit, &filled, own.as_deref(), &said)?.into_response())
}

/// Signs one document, or all that are open, as they were shown.
pub(crate) async fn sign(
    visit: &Visit,
    seen: &Filled,
    posted: &Posted,
    id: CommandId,
    card: &str,
    only: Option<&str>,
) -> Result<(), Failure> {
    let shown = posted.pairs.iter().filter_map(|(key, sha256)| {
        let document = key.strip_prefix(text::SHOWN)?;
        only.is_none_or(|only| only == document).then(|| (document.to_owned(), sha256.clone()))
    });
    for (document, sha256) in shown.collect::<Vec<_>>() {
        let id = CommandId::derive(&[b"case.sign", id.bytes(), document.as_bytes()]);
        let command = CaseCommand::Sign { document, sha256, signer: card.to_owned() };
        let ask = Ask { actor: &visit.actor, action: "case.sign", task: None, id, expected: None };
        visit.desk.submit(&visit.platform, ask, &seen.loaded, &command).await?;
    }
    Ok(())
}

/// Hands the case in; what keeps it from that is told on the board.
async fn submit(visit: &Visit, seen: &Filled, posted: &Posted) -> Result<Response, Failure> {
    let command = CaseCommand::Submit { answers: Box::new(seen.answers.clone()) };
    let failure = match visit.send(&seen.loaded, "case.submit", posted, &command).await {
        Ok(_receipt) => return Ok(see(&format!("/cases/{}", seen.loaded.case.no))),
        Err(failure) => failure,
    };
    if failure.status != 422 {
        return Err(failure);
    }
    let said = Said { link: None, failure: Some(failure) };
    let own = own_card(visit, seen).await?;
    let page = page(visit, seen, own.as_deref(), &said)?;
    Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, page))
}

/// A document of the case as PDF, for the party.
pub(crate) async fn own_pdf(
    visit: Visit,
    Path((no, document)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let loaded = visit.case(&no, "case.read").await?;
    let filled = Filled::of(&visit, loaded).await?;
    text::pdf(&visit, &filled, &document).await
}

/// The digest by which an invitation is known.
pub(crate) fn digest(secret: &str) -> String {
    seals::Digest::sha256(secret.as_bytes()).hex()
}

/// Whether signatures are still taken.
pub(crate) fn taken(state: CaseState) -> bool {
    matches!(state, CaseState::Draft | CaseState::Signing)
}

/// What a document is called.
pub(crate) fn label_of(filled: &Filled, document: &str) -> Label {
    filled.plan.documents.get(document).cloned().unwrap_or_else(|| Label::new(document, document))
}
