//! The page of a signer: without an account, by the link, after proving who he is; he sees what he signs and nothing else.

use super::{digest, sign, taken, text};
use crate::desk::{Loaded, stamped};
use crate::error::DeskError;
use crate::http::{Visit, answer};
use crate::pages::form::Filled;
use crate::proof::{Invitation, InvitationKey, ProofCommand};
use crate::queries;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use codes::{Coded as _, fold_identifier};
use elements::{Value, comparable};
use kernel::{Atomic, CommandId};
use maud::{Markup, html};
use portal::{Button, Control, Failure, Field, Notice, Page, Path, Posted, Tone, error_summary};

/// The names of the fields that prove who somebody is. They begin with `_`, so that no save takes them for answers.
const NAME: &str = "_signer_name";
const NUMBER: &str = "_signer_number";

/// An invitation that holds: the case, and the card that it is for.
struct Invited {
    loaded: Loaded,
    card: String,
    key: InvitationKey,
}

/// The invitation of a link.
async fn invited(visit: &Visit, secret: &str) -> Result<Invited, Failure> {
    let unknown = || Failure::from(DeskError::InvitationUnknown);
    let key = digest(secret);
    let found = queries::invitation(&*visit.platform.reader, &key).await?;
    let (no, card) = found.ok_or_else(unknown)?;
    let loaded = visit.case(&no, "case.sign").await?;
    // A newer link takes the place of the older one.
    if loaded.case.invited.get(&card) != Some(&key) {
        return Err(unknown());
    }
    Ok(Invited { loaded, card, key: InvitationKey(key) })
}

/// Asks who has opened the link.
pub(crate) async fn ask(visit: Visit, Path(secret): Path<String>) -> Result<Markup, Failure> {
    let invited = invited(&visit, &secret).await?;
    asking(&visit, &invited.loaded, &secret, None)
}

fn asking(
    visit: &Visit,
    loaded: &Loaded,
    secret: &str,
    error: Option<&DeskError>,
) -> Result<Markup, Failure> {
    let lang = visit.frame.lang;
    let title = visit.t("签署文件", "Sign documents");
    if !taken(loaded.case.state) {
        let said = visit.t(
            "这份申请已经提交，不需要再签署。",
            "The application has been handed in; nothing is left to sign.",
        );
        let body = html! { h1 { (title) } (Notice::short(Tone::Good, said)) };
        return Ok(Page::new(title).render(&visit.frame, &body));
    }
    let told = error.map(|error| error.label().get(lang).to_owned());
    let name = Control::Text { max: Some(50), autocomplete: Some("name"), inputmode: None };
    let number = Control::Text { max: Some(30), autocomplete: Some("off"), inputmode: None };
    let body = html! {
        @if let Some(told) = &told { (error_summary(lang, [(NAME, told.as_str())])) }
        h1 { (title) }
        p { (visit.t(
            "有人在申请表中把您列为签署人。请先核对身份，再阅读和签署。您只会看到需要您签署的文件。",
            "Somebody has named you as a signer of an application. Please prove who you are, then read and sign. You see only what you sign.",
        )) }
        form method="post" action={ "/cases/sign/" (secret) } novalidate {
            (visit.stamp(loaded)?)
            (Field::new(lang, NAME, visit.t("姓名", "Name"), name).required(true).error(told))
            (Field::new(lang, NUMBER, visit.t("证件号码", "Identity number"), number).required(true).hint(visit.t("申请表中登记的身份证件的号码。", "The number of the identity document named in the application.")))
            div.acts { (Button::main(visit.t("核对身份", "Continue"), "identify")) }
        }
    };
    Ok(Page::new(title).failed(error.is_some()).render(&visit.frame, &body))
}

/// Takes the proof, and then what the signer does: reads, signs one, signs all.
pub(crate) async fn guest(
    visit: Visit,
    Path(secret): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Invited { loaded, card, key } = invited(&visit, &secret).await?;
    let (id, _) = stamped(&posted)?;
    let filled = Filled::of(&visit, loaded).await?;
    let name = posted.get(NAME).unwrap_or_default();
    let number = posted.get(NUMBER).unwrap_or_default();
    let matches = is_card(&filled, &card, name, number);
    prove(&visit, &filled.loaded, &key, (id, name, number), matches).await?;
    if !matches {
        let page = asking(&visit, &filled.loaded, &secret, Some(&DeskError::NotTheSigner))?;
        return Ok(answer(StatusCode::FORBIDDEN, page));
    }
    let action = posted.action();
    let verb = action.as_ref().map_or("identify", |action| action.verb.as_str());
    let target = action.as_ref().and_then(|action| action.target.as_deref());
    match (verb, target) {
        ("pdf", Some(document)) if signs(&filled, &card, document) => {
            return text::pdf(&visit, &filled, document).await;
        }
        ("sign", document) => {
            sign(&visit, &filled, &posted, id, &card, document).await?;
        }
        ("identify", _) => {}
        _ => return Err(portal::RequestError::NotFound.into()),
    }
    let loaded = visit.desk.load(&visit.platform, &filled.loaded.case.no.0).await?;
    let filled = Filled::of(&visit, loaded).await?;
    Ok(reading(&visit, &filled, &card, &secret, (name, number))?.into_response())
}

/// Whether a card signs a document.
fn signs(filled: &Filled, card: &str, document: &str) -> bool {
    filled.loaded.case.documents.get(document).is_some_and(|d| d.signers.contains(card))
}

/// Whether name and number are those on the card: widths, spaces and brackets folded, nothing else forgiven.
fn is_card(filled: &Filled, card: &str, name: &str, number: &str) -> bool {
    let Some(attributes) = filled.answers.cards.get(card) else { return false };
    let of = |key: &str| attributes.get(key).and_then(Value::as_text).unwrap_or_default();
    let (own_name, own_number) = (comparable(of("name")), fold_identifier(of("id_number")));
    !own_name.is_empty()
        && !own_number.is_empty()
        && own_name == comparable(name)
        && own_number == fold_identifier(number)
}

/// Counts the attempt; after too many the invitation is locked, whatever is typed.
async fn prove(
    visit: &Visit,
    loaded: &Loaded,
    key: &InvitationKey,
    (id, name, number): (CommandId, &str, &str),
    matches: bool,
) -> Result<(), Failure> {
    let by = loaded.permit(&visit.platform, &visit.actor, "case.sign", None)?;
    let group = Atomic::new(loaded.shard.clone())
        .then::<Invitation>(key, &ProofCommand::Try { matches })
        .map_err(|error| DeskError::Unwritable(error.to_string()))?;
    let id = CommandId::derive(&[b"case.proof", id.bytes(), name.as_bytes(), number.as_bytes()]);
    let receipt = visit.platform.commands.submit(by, id, group).await;
    receipt.map(|_receipt| ()).map_err(Failure::from)
}

/// What the signer reads and signs.
fn reading(
    visit: &Visit,
    filled: &Filled,
    card: &str,
    secret: &str,
    (name, number): (&str, &str),
) -> Result<Markup, Failure> {
    let title = visit.t("签署文件", "Sign documents");
    // The proof travels with the form instead of a cookie: the page works on a borrowed phone and leaves nothing there.
    let proof = html! {
        input type="hidden" name=(NAME) value=(name);
        input type="hidden" name=(NUMBER) value=(number);
    };
    let at = format!("/cases/sign/{secret}");
    let body = html! {
        h1 { (title) }
        h2 { (super::name_on(filled, card)) }
        p { (visit.t(
            "请逐份阅读。签名只对您看到的这份文字有效；文字有变化时，需要您重新签署。",
            "Please read each one. Your signature holds for exactly the text that you see; if the text changes, you are asked again.",
        )) }
        (text::to_sign(visit, filled, card, &at, &proof)?)
    };
    Ok(Page::new(title).render(&visit.frame, &body))
}
