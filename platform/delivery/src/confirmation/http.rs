//! Routes of address confirmations: the party on its phone, the officer at the counter, a party's own confirmations.

use super::decide::AddressShown;
use super::queries::{self, ConfirmationRow};
use super::{
    AddressKind, Confirmation, ConfirmationCommand, ConfirmationEvent, ConfirmationKey, PartyAct,
    SealedValue, Signature, pages,
};
use crate::DeliveryError;
use crate::http::{Ours, acting_organ, acting_party, fault, file_of, is_email};
use crate::model::{Kept, address_in};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use codes::Mobile;
use kernel::{Actor, Atomic, CommandId, PartyKey};
use module::{Clearance, Platform, Receipt, Subject, Who, clear};
use portal::{Action, Failure, Frame, Path, Posted, RequestError};
use seals::{Commitment, Digest, Salt};
use std::collections::BTreeSet;

/// Rows of a list.
const ROWS: u32 = 100;

pub(crate) fn router() -> Router<Platform> {
    Router::new()
        .route("/delivery/confirmations", get(list))
        .route("/delivery/confirmations/{key}", get(counter).post(work))
        .route("/delivery/capture/{key}", get(own_form).post(own_fill))
        .route("/delivery/capture/{key}/{token}", get(link_form).post(link_fill))
}

async fn list(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    if let Actor::Party { party, .. } = &actor {
        let on = Subject {
            parties: vec![party.to_string()],
            ..Subject::new("Confirmation", party.as_str())
        };
        clear(&*platform.gate, &actor, "delivery.see_confirmation", &on)?;
        let rows = queries::of_party(&*platform.reader, party, ROWS).await?;
        return Ok(pages::list(&frame, &rows).into_response());
    }
    let organ = acting_organ(&actor)?;
    let on = Subject { organ: Some(organ.clone()), ..Subject::new("Confirmation", "list") };
    clear(&*platform.gate, &actor, "delivery.see_confirmation", &on)?;
    let rows = queries::of_organ(&*platform.reader, organ, ROWS).await?;
    Ok(pages::list(&frame, &rows).into_response())
}

/// The officer's page: the code to scan, how far the party has come.
async fn counter(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = found(&platform, &actor, "delivery.see_confirmation", key).await?;
    let state = folded(&platform, &row).await?;
    if matches!(actor, Actor::Party { .. }) {
        let shown = shown(&ours, &state).await?;
        return Ok(pages::signed(&frame, &row, &state, &shown).into_response());
    }
    let link = link(&ours, &row, &state);
    let by_hand = codes_by_hand(&ours, &row, &state);
    let now = platform.clock.now();
    Ok(pages::counter(&frame, &row, &state, &link, &by_hand, now).into_response())
}

/// What an officer records: who it is, that the party said no, that the matter is over. A party changes or withdraws.
async fn work(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(key): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    let text = |name: &str| posted.filled(name).unwrap_or_default().to_owned();
    let own = |act| ConfirmationCommand::Party { token: None, act };
    let (action, command) = match verb.as_str() {
        "identify" => (
            "delivery.work_confirmation",
            ConfirmationCommand::CheckIdentity { document: text("document") },
        ),
        "refused" => (
            "delivery.work_confirmation",
            ConfirmationCommand::RecordRefusal { reason: text("reason") },
        ),
        "end" => {
            ("delivery.work_confirmation", ConfirmationCommand::End { reason: text("reason") })
        }
        "change" => ("delivery.own_confirmation", own(PartyAct::Change)),
        "withdraw" => ("delivery.own_confirmation", own(PartyAct::Withdraw)),
        _ => {
            // Who may do nothing here is not told what could be done.
            found(&platform, &actor, "delivery.see_confirmation", key).await?;
            return Err(RequestError::Form("_action".to_owned()).into());
        }
    };
    let (row, by) = found(&platform, &actor, action, key).await?;
    submit(&platform, by, &row, vec![command]).await?;
    let back = match verb.as_str() {
        "change" => format!("/delivery/capture/{}", row.confirmation),
        _ => format!("/delivery/confirmations/{}", row.confirmation),
    };
    Ok(Redirect::to(&back).into_response())
}

async fn own_form(
    platform: State<Platform>,
    ours: Extension<Ours>,
    who: Who,
    frame: Frame,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    acting_party(&who.0)?;
    form(platform.0, ours.0, who.0, frame, (key, None)).await
}

async fn link_form(
    platform: State<Platform>,
    ours: Extension<Ours>,
    who: Who,
    frame: Frame,
    Path((key, token)): Path<(String, String)>,
) -> Result<Response, Failure> {
    form(platform.0, ours.0, who.0, frame, (key, Some(token))).await
}

async fn own_fill(
    platform: State<Platform>,
    ours: Extension<Ours>,
    who: Who,
    frame: Frame,
    Path(key): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    acting_party(&who.0)?;
    fill(platform.0, ours.0, who.0, frame, (key, None), posted).await
}

async fn link_fill(
    platform: State<Platform>,
    ours: Extension<Ours>,
    who: Who,
    frame: Frame,
    Path((key, token)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    fill(platform.0, ours.0, who.0, frame, (key, Some(token)), posted).await
}

/// The form as the party sees it: signed in, or by the link that was shown to it.
async fn form(
    platform: Platform,
    ours: Ours,
    actor: Actor,
    frame: Frame,
    (key, token): (String, Option<String>),
) -> Result<Response, Failure> {
    let (row, _by) = found(&platform, &actor, "delivery.fill_confirmation", key).await?;
    let state = folded(&platform, &row).await?;
    let now = platform.clock.now();
    allowed(&ours, &actor, &row, &state, token.as_deref())?;
    if state.open_until().is_none_or(|until| until <= now) {
        return Ok(pages::over(&frame, &state).into_response());
    }
    let shown = shown(&ours, &state).await?;
    let path = path(&row, token.as_deref());
    Ok(pages::form(&frame, &row, &state, &shown, &path, None).into_response())
}

/// One act of the party; what it did wrong is told on the same page, and nothing that it did before is lost.
async fn fill(
    platform: Platform,
    ours: Ours,
    actor: Actor,
    frame: Frame,
    (key, token): (String, Option<String>),
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, by) = found(&platform, &actor, "delivery.fill_confirmation", key).await?;
    let state = folded(&platform, &row).await?;
    allowed(&ours, &actor, &row, &state, token.as_deref())?;
    let path = path(&row, token.as_deref());
    let outcome = match acts(&ours, &row, &state, &posted).await {
        Ok(acts) if acts.is_empty() => Ok(None),
        Ok(acts) => {
            let commands = acts
                .into_iter()
                .map(|act| ConfirmationCommand::Party { token: token.clone(), act })
                .collect();
            submit(&platform, by, &row, commands).await.map(Some)
        }
        Err(failure) => Err(failure),
    };
    let wrong = match outcome {
        Ok(receipt) => receipt.and_then(|receipt| mistyped(&receipt)),
        Err(failure) => Some(failure),
    };
    match wrong {
        None => Ok(Redirect::to(&path).into_response()),
        Some(failure) => {
            let state = folded(&platform, &row).await?;
            let shown = shown(&ours, &state).await?;
            let status = StatusCode::from_u16(failure.status).unwrap_or_default();
            let page = pages::form(&frame, &row, &state, &shown, &path, Some(&failure));
            Ok((status, page).into_response())
        }
    }
}

/// A wrong code happened, so that it is counted; the party is told all the same.
fn mistyped(receipt: &Receipt) -> Option<Failure> {
    receipt.events.iter().find_map(|event| match event.read() {
        Ok(ConfirmationEvent::CodeMistyped { left, .. }) => {
            Some(DeliveryError::CodeWrong { left }.into())
        }
        _ => None,
    })
}

/// What the pressed button means.
async fn acts(
    ours: &Ours,
    row: &ConfirmationRow,
    state: &Confirmation,
    posted: &Posted,
) -> Result<Vec<PartyAct>, Failure> {
    let Some(Action { verb, target, .. }) = posted.action() else {
        return Err(RequestError::Form("_action".to_owned()).into());
    };
    let no = || {
        target
            .as_deref()
            .and_then(|target| target.parse::<u32>().ok())
            .ok_or_else(|| Failure::from(RequestError::Form("_action".to_owned())))
    };
    Ok(match verb.as_str() {
        "open" => vec![PartyAct::Open],
        "address" => vec![address(ours, row, state, posted).await?],
        "code" => {
            let no = no()?;
            let code = posted.get(&format!("code_{no}")).unwrap_or_default().to_owned();
            vec![PartyAct::Echo { no, code }]
        }
        "resend" => vec![PartyAct::AskCode { no: no()? }],
        "drop" => vec![PartyAct::Drop { no: no()? }],
        "scopes" => scopes(state, posted),
        "begin_reading" => vec![PartyAct::BeginReading],
        "finish_reading" => vec![PartyAct::FinishReading { heard_seconds: None }],
        "postal" => {
            let value = posted.get("postal").unwrap_or_default();
            let value = crate::decide::text("postal", value)?;
            let (value, commitment) = committed(ours, &row.party, &value).await?;
            vec![PartyAct::Postal { value, commitment }]
        }
        "sign" => vec![sign(ours, row, posted).await?],
        "refuse" => {
            vec![PartyAct::Refuse { reason: posted.get("reason").unwrap_or_default().to_owned() }]
        }
        _ => return Err(RequestError::Form("_action".to_owned()).into()),
    })
}

/// Each tick is an act of its own, so that the journal shows them one by one.
fn scopes(state: &Confirmation, posted: &Posted) -> Vec<PartyAct> {
    let ticked: BTreeSet<&str> = posted.ticked("scope").into_iter().collect();
    let fresh = ticked.iter().filter(|scope| !state.chosen().contains(**scope));
    let gone = state.chosen().iter().filter(|scope| !ticked.contains(scope.as_str()));
    let choose = fresh.map(|scope| PartyAct::Choose { scope: (*scope).to_owned() });
    let drop = gone.map(|scope| PartyAct::Unchoose { scope: scope.clone() });
    choose.chain(drop).collect()
}

async fn address(
    ours: &Ours,
    row: &ConfirmationRow,
    state: &Confirmation,
    posted: &Posted,
) -> Result<PartyAct, Failure> {
    let missing = || Failure::from(DeliveryError::TextMissing { key: "value" });
    let kind = posted.filled("kind").and_then(AddressKind::of);
    let kind = kind.ok_or(DeliveryError::TextMissing { key: "kind" })?;
    let typed = posted.get("value").unwrap_or_default();
    let value = match kind {
        AddressKind::Account => row.party.to_string(),
        AddressKind::Mobile => typed.parse::<Mobile>().map_err(Failure::from)?.e164(),
        AddressKind::Email if is_email(typed) => typed.to_owned(),
        AddressKind::Email => return Err(missing()),
        AddressKind::Fax | AddressKind::Wechat | AddressKind::Alipay => {
            let sound = typed.chars().all(|c| c.is_ascii_graphic() || c == ' ');
            Some(typed.to_owned())
                .filter(|typed| sound && (3..=64).contains(&typed.len()))
                .ok_or_else(missing)?
        }
    };
    let (value, commitment) = committed(ours, &row.party, &value).await?;
    let priority = u8::try_from(state.addresses_shown().len() + 1).unwrap_or(u8::MAX);
    Ok(PartyAct::Propose { kind, value, commitment, priority })
}

async fn sign(ours: &Ours, row: &ConfirmationRow, posted: &Posted) -> Result<PartyAct, Failure> {
    let key = format!("party/{}", row.party);
    let picture = file_of(ours, posted, "signature", &key).await?;
    let form: Digest =
        posted.get("form").and_then(|text| text.parse().ok()).ok_or(DeliveryError::FormChanged)?;
    let scopes = posted.all("signed_scope").map(str::to_owned).collect();
    Ok(PartyAct::Sign { scopes, signature: Signature::Drawn { picture }, form })
}

/// Seals a value with a fresh salt, and commits to it.
async fn committed(
    ours: &Ours,
    party: &PartyKey,
    value: &str,
) -> Result<(Kept, Commitment), Failure> {
    let mut random = [0; 16];
    ours.outside.vault.draw(&mut random)?;
    let salt = Salt::new(random);
    let commitment = Commitment::to(&salt, value).map_err(Failure::from)?;
    let sealed = SealedValue { salt, value: value.to_owned() };
    let bytes = serde_json::to_vec(&sealed).map_err(fault)?;
    let key = format!("party/{party}");
    Ok((ours.outside.vault.keep(Some(&key), &bytes).await?, commitment))
}

/// The values of the form, opened for the party itself.
async fn shown(ours: &Ours, state: &Confirmation) -> Result<pages::Values, Failure> {
    let mut values = pages::Values::default();
    for AddressShown { no, value, .. } in state.addresses_shown() {
        values.addresses.insert(no, opened(ours, &value).await?);
    }
    for address in state.addresses_in_force() {
        values.in_force.push((address.kind, opened(ours, &address.value).await?));
    }
    if let Some(postal) = state.postal() {
        values.postal = opened(ours, postal).await?;
    }
    Ok(values)
}

async fn opened(ours: &Ours, kept: &Kept) -> Result<String, Failure> {
    let content = ours.outside.vault.read(kept).await?;
    Ok(address_in(&content).unwrap_or_default())
}

/// Codes for addresses that an officer has to send to by hand.
fn codes_by_hand(
    ours: &Ours,
    row: &ConfirmationRow,
    state: &Confirmation,
) -> Vec<(AddressKind, String)> {
    let waiting = state.addresses_shown().into_iter().filter(|address| {
        address.verified.is_none() && address.round > 0 && address.kind.channel().is_none()
    });
    waiting
        .map(|address| {
            (address.kind, ours.rules.code(&row.confirmation, address.no, address.round))
        })
        .collect()
}

fn link(ours: &Ours, row: &ConfirmationRow, state: &Confirmation) -> String {
    let portal = ours.outside.portal.trim_end_matches('/');
    let token = ours.rules.token(&row.confirmation, state.form_no());
    format!("{portal}/delivery/capture/{}/{token}", row.confirmation)
}

fn path(row: &ConfirmationRow, token: Option<&str>) -> String {
    match token {
        Some(token) => format!("/delivery/capture/{}/{token}", row.confirmation),
        None => format!("/delivery/capture/{}", row.confirmation),
    }
}

/// Nobody sees what a party typed but the party: signed in, or holding the link.
fn allowed(
    ours: &Ours,
    actor: &Actor,
    row: &ConfirmationRow,
    state: &Confirmation,
    token: Option<&str>,
) -> Result<(), Failure> {
    let known = match token {
        Some(token) => {
            let expected = ours.rules.token(&row.confirmation, state.form_no());
            seals::same(token.as_bytes(), expected.as_bytes())
        }
        None => *acting_party(actor)? == row.party,
    };
    if known { Ok(()) } else { Err(DeliveryError::NotTheRecipient.into()) }
}

async fn found(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    key: String,
) -> Result<(ConfirmationRow, Clearance), Failure> {
    let key = ConfirmationKey(key);
    let Some(row) = queries::confirmation(&*platform.reader, &key).await? else {
        // Who may see no confirmation is not told which there are.
        if *actor == Actor::Public && action != "delivery.fill_confirmation" {
            return Err(module::Denied::SignedOut.into());
        }
        clear(&*platform.gate, actor, action, &Subject::new("Confirmation", key.0.as_str()))?;
        return Err(DeliveryError::ConfirmationUnknown.into());
    };
    let on = Subject {
        // Whoever fills in the form belongs to no organ: the link or the sign-in says who it is.
        organ: (action != "delivery.fill_confirmation").then(|| row.organ.clone()),
        place: row.place.clone(),
        parties: vec![row.party.to_string()],
        ..Subject::new("Confirmation", row.confirmation.0.as_str())
    };
    let by = clear(&*platform.gate, actor, action, &on)?;
    Ok((row, by))
}

async fn folded(platform: &Platform, row: &ConfirmationRow) -> Result<Confirmation, Failure> {
    queries::folded(&*platform.history, &row.shard, &row.confirmation).await.map_err(Failure::from)
}

/// The id follows from the version that was looked at and the acts: a form sent twice acts once.
async fn submit(
    platform: &Platform,
    by: Clearance,
    row: &ConfirmationRow,
    commands: Vec<ConfirmationCommand>,
) -> Result<Receipt, Failure> {
    let mut atomic = Atomic::new(row.shard.clone());
    for command in &commands {
        atomic = atomic.then::<Confirmation>(&row.confirmation, command).map_err(fault)?;
    }
    let acts = format!("{:?}", atomic.commands);
    let id = CommandId::derive(&[
        b"delivery.confirmation",
        row.confirmation.0.as_bytes(),
        &row.version.to_be_bytes(),
        acts.as_bytes(),
    ]);
    platform.commands.submit(by, id, atomic).await.map_err(Failure::from)
}
