//! Routes of delivery: the inbox, a notice, its document, the officer's record of paper, the address of service.

use crate::attempt::When;
use crate::confirmation::ConfirmationRules;
use crate::decide::{Address, AddressCommand, Notice, NoticeCommand};
use crate::errand::Outside;
use crate::error::DeliveryError;
use crate::intake::Intake;
use crate::model::{AddressOfService, Channel, Kept, NoticeKey, PostedItem, Receiver};
use crate::pages;
use crate::queries::{self, NoticeRow};
use crate::texter::{ReportSink as _, Texter, Untaken};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use blobs::ContentType;
use calendar::Calendar;
use codes::{Date, Moment};
use kernel::{Actor, Atomic, CommandId, OrganKey, PartyKey, Shard};
use module::{Clearance, Denied, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Posted, Query, RequestError};
use seals::{Algorithm, Keys, Purpose};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Notices on one page of a list.
const PAGE_ROWS: u32 = 50;
/// Rows of an officer's list of paper service.
const PAPER_ROWS: u32 = 200;
/// The longest e-mail address (RFC 5321, 4.5.3.1.3).
const EMAIL_CHARS_MAX: usize = 254;
/// The explanation that a party reads before it consents; a change of its words changes this.
pub(crate) const STATEMENT: &str = "electronic-service-2026-01";

/// The largest file that is taken beside a form: a photograph, a scan, a short video.
const FILE_BYTES_MAX: usize = 64 << 20;

/// What the routes have beside the platform.
#[derive(Clone)]
pub(crate) struct Ours {
    pub(crate) outside: Arc<Outside>,
    pub(crate) address_shard: Shard,
    pub(crate) texter: Arc<dyn Texter>,
    pub(crate) rules: Arc<ConfirmationRules>,
    pub(crate) calendar: Calendar,
    pub(crate) signer: Option<Signer>,
}

impl std::fmt::Debug for Ours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ours").field("outside", &self.outside).finish_non_exhaustive()
    }
}

/// What signs lists for others.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    pub(crate) keys: Arc<dyn Keys>,
    pub(crate) purpose: Purpose,
    pub(crate) algorithm: Algorithm,
}

pub(crate) fn router(ours: Ours) -> Router<Platform> {
    Router::new()
        .route("/delivery", get(async || Redirect::to("/delivery/inbox")))
        .route("/delivery/inbox", get(inbox))
        .route("/delivery/notices/{notice}", get(notice_page))
        .route("/delivery/notices/{notice}/document.pdf", get(document))
        .route("/delivery/notices/{notice}/read", post(read))
        .route("/delivery/notices/{notice}/paper", post(record))
        .route("/delivery/paper", get(paper))
        .route("/delivery/address", get(address_page).post(save_address))
        .route("/delivery/check/{token}", get(check))
        .route("/api/v1/delivery/inbox", get(inbox_json))
        .route("/api/v1/delivery/notices/{notice}", get(notice_json))
        .route("/delivery/notices/{notice}/ask-paper", post(ask_paper))
        .route("/delivery/notices/{notice}/prove", post(offer_proof))
        .route("/delivery/notices/{notice}/proofs/{proof}", get(offered))
        .route("/api/v1/delivery/notices/{notice}/attempts", get(attempts_json))
        .route("/api/v1/delivery/reports", post(reports))
        .merge(crate::confirmation::http::router())
        .merge(crate::announcement::http::router())
        .layer(Extension(ours))
}

/// From where a list goes on.
#[derive(Debug, Default, Deserialize)]
struct Before {
    before: Option<i64>,
}

async fn inbox(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Failure> {
    let rows = inbox_rows(&platform, &actor, before).await?;
    Ok(pages::inbox(&frame, &rows, PAGE_ROWS).into_response())
}

async fn inbox_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Failure> {
    let rows = inbox_rows(&platform, &actor, before).await?;
    let notices: Vec<_> = rows.iter().map(row_json).collect();
    Ok(portal::Json(json!({"notices": notices})).into_response())
}

async fn inbox_rows(
    platform: &Platform,
    actor: &Actor,
    before: Option<i64>,
) -> Result<Vec<NoticeRow>, Failure> {
    let party = acting_party(actor)?;
    clear(&*platform.gate, actor, "delivery.see_inbox", &of_party(party))?;
    Ok(queries::inbox(&*platform.reader, party, before.map(Moment::from_us), PAGE_ROWS).await?)
}

async fn notice_page(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Path(notice): Path<String>,
) -> Result<Response, Failure> {
    let (row, by) = found(&platform, &actor, "delivery.see", &NoticeKey(notice)).await?;
    let notice = folded(&platform, &row).await?;
    let is_party = matches!(&actor, Actor::Party { party, .. } if *party == row.party);
    if is_party && row.document.is_some() && !pages::must_confirm(&row) && !notice.opened {
        // The first look is evidence (已阅); who cannot be recorded sees the page all the same.
        let _recorded = submit(&platform, by, &row, None, &NoticeCommand::Open).await;
    }
    let turns = queries::turns(&*platform.reader, &row.notice).await?;
    let seen = pages::Seen {
        turns: &turns,
        notice: &notice,
        calendar: &ours.calendar,
        today: platform.clock.now().date(),
    };
    Ok(pages::notice(&frame, &row, &seen, &actor).into_response())
}

/// Every attempt with its times and what it came to, and what the law makes of them.
async fn attempts_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(notice): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = found(&platform, &actor, "delivery.see", &NoticeKey(notice)).await?;
    let notice = folded(&platform, &row).await?;
    let attempts: Vec<_> = notice
        .attempts()
        .iter()
        .map(|attempt| {
            json!({
                "rung": attempt.rung,
                "channel": attempt.channel,
                "reminder": attempt.reminder,
                "sent": attempt.sent,
                "arrived": attempt.arrived,
                "read": attempt.read,
                "outcome": attempt.outcome,
                "gateway_id": attempt.gateway_id,
                "receipts": attempt.receipts.iter().map(|kept| &kept.blob).collect::<Vec<_>>(),
            })
        })
        .collect();
    let served = notice.by_law();
    Ok(portal::Json(json!({"notice": row.notice, "served": served, "attempts": attempts}))
        .into_response())
}

async fn folded(platform: &Platform, row: &NoticeRow) -> Result<Notice, Failure> {
    queries::folded(&*platform.history, &row.shard, &row.notice).await.map_err(Failure::from)
}

/// The party wants the document on paper as well; the day of service stays.
async fn ask_paper(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(notice): Path<String>,
) -> Result<Response, Failure> {
    let (row, by) = found(&platform, &actor, "delivery.confirm_read", &NoticeKey(notice)).await?;
    submit(&platform, by, &row, None, &NoticeCommand::AskPaper).await?;
    Ok(Redirect::to(&format!("/delivery/notices/{}", row.notice)).into_response())
}

/// Reports of the gateway: taken only with its signature, answered only when they are durable.
async fn reports(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let now = platform.clock.now();
    let reports =
        ours.texter.read_callback(&headers, &body, now).map_err(DeliveryError::ReportUnsigned)?;
    let intake = Intake::new(platform, ours.outside.vault.clone());
    let (mut taken, mut unknown) = (0_u32, 0_u32);
    for report in reports {
        match intake.report(report).await {
            Ok(()) => taken += 1,
            Err(Untaken::Unknown) => unknown += 1,
            Err(Untaken::Later(_why)) => return Err(RequestError::Unavailable.into()),
        }
    }
    // A gateway that is told of what is not known sends the whole again; what was taken is taken once.
    if taken == 0 && unknown > 0 {
        return Err(DeliveryError::ReportUnknown.into());
    }
    Ok(portal::Json(json!({"taken": taken, "unknown": unknown})).into_response())
}

async fn notice_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(notice): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = found(&platform, &actor, "delivery.see", &NoticeKey(notice)).await?;
    Ok(portal::Json(row_json(&row)).into_response())
}

/// The PDF. A party whose notice waits to be read confirms first: opening it is the receipt.
async fn document(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    Path(notice): Path<String>,
) -> Result<Response, Failure> {
    let (row, by) = found(&platform, &actor, "delivery.see", &NoticeKey(notice)).await?;
    let is_party = matches!(&actor, Actor::Party { party, .. } if *party == row.party);
    if is_party && pages::must_confirm(&row) {
        return Ok(Redirect::to(&format!("/delivery/notices/{}", row.notice)).into_response());
    }
    let document = row.document.as_ref().ok_or(DeliveryError::NotPrepared)?;
    let bytes = ours.outside.vault.read(&document.pdf).await?;
    if is_party {
        // The first time is evidence; a party whose look cannot be recorded gets its document all the same.
        let _recorded = submit(&platform, by, &row, None, &NoticeCommand::Download).await;
    }
    Ok(portal::pdf("notice", &row.number, bytes))
}

async fn read(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(notice): Path<String>,
) -> Result<Response, Failure> {
    let (row, by) = found(&platform, &actor, "delivery.confirm_read", &NoticeKey(notice)).await?;
    submit(&platform, by, &row, None, &NoticeCommand::Read).await?;
    Ok(Redirect::to(&format!("/delivery/notices/{}", row.notice)).into_response())
}

/// What an officer records: posted, taken in, came back, left behind, and what the party proves.
async fn record(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    Path(notice): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, by) = found(&platform, &actor, "delivery.record_paper", &NoticeKey(notice)).await?;
    let day = |name: &'static str| {
        posted
            .filled(name)
            .and_then(|text| text.parse::<Date>().ok())
            .ok_or(DeliveryError::TextMissing { key: name })
    };
    let text = |name: &str| posted.filled(name).unwrap_or_default().to_owned();
    let action = posted.action().map(|action| action.verb).unwrap_or_default();
    let command = match action.as_str() {
        "post" => {
            let (carrier, tracking_no) = (text("carrier"), text("tracking_no"));
            NoticeCommand::RecordPost {
                item: PostedItem { carrier, tracking_no, posted_on: day("posted_on")? },
            }
        }
        "receipt" => {
            let channel = if text("channel") == "hand" { Channel::Hand } else { Channel::Post };
            let by = Receiver::of(&text("receiver"))
                .ok_or(DeliveryError::TextMissing { key: "receiver" })?;
            NoticeCommand::RecordReceipt { channel, on: day("on")?, by }
        }
        "return" => NoticeCommand::RecordBounce {
            channel: Channel::Post,
            attempt: None,
            reason: text("reason"),
        },
        "left" => {
            let video = file_of(&ours, &posted, "video", &format!("party/{}", row.party)).await?;
            NoticeCommand::RecordLeft { on: day("on")?, video, witnesses: text("witnesses") }
        }
        "prove" => {
            let (rung, arrived, evidence) = proof_of(&ours, &row, &posted).await?;
            NoticeCommand::CounterProve { rung, arrived, evidence }
        }
        "admit" => NoticeCommand::AdmitProof { no: text("no").parse().unwrap_or_default() },
        "dismiss" => NoticeCommand::DismissProof {
            no: text("no").parse().unwrap_or_default(),
            reason: text("reason"),
        },
        _ => return Err(RequestError::Form("_action".to_owned()).into()),
    };
    submit(&platform, by, &row, posted.expected_version(), &command).await?;
    Ok(Redirect::to(&format!("/delivery/notices/{}", row.notice)).into_response())
}

/// The party itself hands in evidence that the document arrived otherwise, or never; the organ judges it.
async fn offer_proof(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    Path(notice): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, by) = found(&platform, &actor, "delivery.offer_proof", &NoticeKey(notice)).await?;
    let (rung, arrived, evidence) = proof_of(&ours, &row, &posted).await?;
    let command = NoticeCommand::OfferProof { rung, arrived, evidence };
    submit(&platform, by, &row, posted.expected_version(), &command).await?;
    Ok(Redirect::to(&format!("/delivery/notices/{}", row.notice)).into_response())
}

/// What a form says of an arrival: of which attempt, when or never, and by what it is shown, which is sealed.
async fn proof_of(
    ours: &Ours,
    row: &NoticeRow,
    posted: &Posted,
) -> Result<(u32, Option<When>, Kept), Failure> {
    let text = |name: &str| posted.filled(name).unwrap_or_default();
    let rung = text("rung").parse().unwrap_or_default();
    let arrived = match (posted.all("never").any(|value| value == "true"), text("at").parse()) {
        (true, _) => None,
        (false, Ok(wall)) => Some(Moment::from_wall(wall).into()),
        (false, Err(_shape)) => return Err(DeliveryError::TextMissing { key: "at" }.into()),
    };
    let evidence = file_of(ours, posted, "evidence", &format!("party/{}", row.party)).await?;
    Ok((rung, arrived, evidence))
}

/// What the party handed in, for whoever judges it and for the party.
async fn offered(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    Path((notice, no)): Path<(String, u32)>,
) -> Result<Response, Failure> {
    let (row, _by) = found(&platform, &actor, "delivery.see", &NoticeKey(notice)).await?;
    let notice = folded(&platform, &row).await?;
    let kept = notice.offers().find(|(known, _)| *known == no).map(|(_, offer)| &offer.evidence);
    let kept = kept.ok_or(DeliveryError::ProofUnknown { no })?;
    let bytes = ours.outside.vault.read(kept).await?;
    let kind = ContentType::of(&bytes).map_or("application/octet-stream", ContentType::media_type);
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_DISPOSITION, "attachment; filename=\"evidence\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

async fn paper(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let organ = acting_organ(&actor)?;
    let on = Subject { organ: Some(organ.clone()), ..Subject::new("Notice", "paper") };
    clear(&*platform.gate, &actor, "delivery.see_paper", &on)?;
    let rows = queries::paper(&*platform.reader, organ, PAPER_ROWS).await?;
    Ok(pages::paper(&frame, &rows, platform.clock.now()).into_response())
}

async fn address_page(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let party = acting_party(&actor)?;
    clear(&*platform.gate, &actor, "delivery.set_address", &of_party(party))?;
    let address = queries::address(&*platform.reader, party).await?;
    let shown = pages::AddressShown {
        inbox: address.consented.contains(&Channel::Inbox),
        mail: address.consented.contains(&Channel::Email),
        email: opened(&ours, address.email.as_ref()).await?,
        postal: opened(&ours, address.postal.as_ref()).await?,
        fault: None,
    };
    Ok(pages::address(&frame, &shown).into_response())
}

async fn save_address(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Failure> {
    let party = acting_party(&actor)?.clone();
    let by = clear(&*platform.gate, &actor, "delivery.set_address", &of_party(&party))?;
    // An empty box is posted as an empty text, a ticked one as `true` behind it.
    let ticked = |name: &str| posted.all(name).any(|value| value == "true");
    let shown = pages::AddressShown {
        inbox: ticked("inbox"),
        mail: ticked("mail"),
        email: posted.get("email").unwrap_or_default().to_owned(),
        postal: posted.get("postal").unwrap_or_default().to_owned(),
        fault: None,
    };
    if !shown.email.is_empty() && !is_email(&shown.email) {
        let fault = DeliveryError::TextMissing { key: "email" };
        let page = pages::address(
            &frame,
            &pages::AddressShown { fault: Some(("email", fault.into())), ..shown },
        );
        return Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let consented = [(shown.inbox, Channel::Inbox), (shown.mail, Channel::Email)]
        .into_iter()
        .filter_map(|(yes, channel)| yes.then_some(channel))
        .collect();
    let address = AddressOfService {
        consented,
        email: sealed(&ours, &party, &shown.email).await?,
        postal: sealed(&ours, &party, &shown.postal).await?,
        ..AddressOfService::default()
    };
    let statement = STATEMENT.to_owned();
    let command = AddressCommand::Confirm { party: party.clone(), address, statement };
    let commands =
        Atomic::new(ours.address_shard.clone()).then::<Address>(&party, &command).map_err(fault)?;
    // Each sealing is new, so that the id follows from it: sent twice by the browser, it is the same confirmation again.
    let id =
        CommandId::derive(&[b"delivery.address", format!("{:?}", commands.commands).as_bytes()]);
    match platform.commands.submit(by, id, commands).await {
        Ok(_receipt) => Ok(Redirect::to("/delivery/address").into_response()),
        Err(refused) => {
            let failure = Failure::from(refused);
            let status = axum::http::StatusCode::from_u16(failure.status).unwrap_or_default();
            let page = pages::address(
                &frame,
                &pages::AddressShown { fault: Some(("email", failure)), ..shown },
            );
            Ok((status, page).into_response())
        }
    }
}

/// The public page of a document: what it is and where it stands, and nothing of whom it concerns.
async fn check(
    State(platform): State<Platform>,
    frame: Frame,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let row = queries::by_token(&*platform.reader, &token).await?;
    Ok(pages::check(&frame, row.as_ref(), platform.clock.now()).into_response())
}

// --- helpers -------------------------------------------------------------------------------------------------------

async fn found(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    key: &NoticeKey,
) -> Result<(NoticeRow, Clearance), Failure> {
    let Some(row) = queries::notice(&*platform.reader, key).await? else {
        // Who is not signed in is not told which notices there are.
        return Err(if *actor == Actor::Public {
            Denied::SignedOut.into()
        } else {
            DeliveryError::NoticeUnknown.into()
        });
    };
    let by = clear(&*platform.gate, actor, action, &subject(&row))?;
    Ok((row, by))
}

pub(crate) fn subject(row: &NoticeRow) -> Subject {
    Subject {
        organ: Some(row.issuer.organ.clone()),
        place: row.issuer.place.clone(),
        parties: vec![row.party.to_string()],
        facts: vec![("state", row.state.word().to_owned())],
        ..Subject::new("Notice", row.notice.0.as_str())
    }
}

fn of_party(party: &PartyKey) -> Subject {
    Subject { parties: vec![party.to_string()], ..Subject::new("ServiceAddress", party.as_str()) }
}

pub(crate) fn acting_party(actor: &Actor) -> Result<&PartyKey, Failure> {
    match actor {
        Actor::Party { party, .. } => Ok(party),
        Actor::Public => Err(Denied::SignedOut.into()),
        _ => Err(DeliveryError::NotTheRecipient.into()),
    }
}

pub(crate) fn acting_organ(actor: &Actor) -> Result<&OrganKey, Failure> {
    match actor.organ() {
        Some(organ) => Ok(organ),
        None if *actor == Actor::Public => Err(Denied::SignedOut.into()),
        None => Err(Denied::NotEntitled {
            action: "delivery.see_paper",
            kind: "Notice",
            id: "paper".to_owned(),
        }
        .into()),
    }
}

/// The id follows from the notice, the version that the page showed and the act: a form sent twice acts once.
async fn submit(
    platform: &Platform,
    by: Clearance,
    row: &NoticeRow,
    version: Option<u64>,
    command: &NoticeCommand,
) -> Result<(), Failure> {
    let version = version.unwrap_or(row.version);
    let commands = Atomic::new(row.shard.clone())
        .then_at::<Notice>(&row.notice, version, command)
        .map_err(fault)?;
    let act = format!("{:?}", commands.commands);
    let id = CommandId::derive(&[
        b"delivery",
        row.notice.0.as_bytes(),
        &version.to_be_bytes(),
        act.as_bytes(),
    ]);
    platform.commands.submit(by, id, commands).await.map(|_receipt| ()).map_err(Failure::from)
}

pub(crate) fn fault(_unwritable: serde_json::Error) -> Failure {
    RequestError::Fault.into()
}

/// A file of a form, sealed: a picture, a PDF, or a video by its own first bytes.
pub(crate) async fn file_of(
    ours: &Ours,
    posted: &Posted,
    field: &'static str,
    key: &str,
) -> Result<Kept, Failure> {
    let refused = || Failure::from(DeliveryError::FileRefused { key: field });
    let file = posted.files.iter().find(|file| file.field == field).ok_or_else(refused)?;
    let known = ContentType::of(&file.bytes).is_some() || is_mp4(&file.bytes);
    if !known || file.bytes.len() > FILE_BYTES_MAX {
        return Err(refused());
    }
    Ok(ours.outside.vault.keep(Some(key), &file.bytes).await?)
}

/// Whether it begins as an ISO base media file (ISO/IEC 14496-12) does.
fn is_mp4(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp")
}

async fn opened(ours: &Ours, kept: Option<&Kept>) -> Result<String, Failure> {
    match kept {
        None => Ok(String::new()),
        Some(kept) => {
            Ok(String::from_utf8_lossy(&ours.outside.vault.read(kept).await?).into_owned())
        }
    }
}

async fn sealed(ours: &Ours, party: &PartyKey, text: &str) -> Result<Option<Kept>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let key = format!("party/{party}");
    Ok(Some(ours.outside.vault.keep(Some(&key), text.as_bytes()).await?))
}

/// Whether it can be an address of RFC 5321: one `@`, a local part, a domain with a dot, no space or control.
pub(crate) fn is_email(text: &str) -> bool {
    let sound = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')' | '\\')
    };
    text.len() <= EMAIL_CHARS_MAX
        && text.chars().all(sound)
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && local.len() <= 64
                && !domain.contains('@')
                && domain.split('.').count() >= 2
                && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-'))
        })
}

fn row_json(row: &NoticeRow) -> serde_json::Value {
    json!({
        "notice": row.notice,
        "title": row.title,
        "number": row.number,
        "organ": {"key": row.issuer.organ, "name": row.issuer.name},
        "issued_on": row.issued_on.to_string(),
        "state": row.state,
        "digest": row.document.as_ref().map(|document| document.digest),
        "served_on": row.served_on.map(|on| on.to_string()),
        "served_by": row.how.as_ref().map(|how| how.channel),
        "read_at": row.read_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_that_a_mail_server_takes() {
        for (text, good) in [
            ("chen@qinghe.example", true),
            ("chen.siyuan+gov@mail.qinghe.example.cn", true),
            ("chen@qinghe", false),
            ("@qinghe.example", false),
            ("chen@", false),
            ("chen@@qinghe.example", false),
            ("chen @qinghe.example", false),
            ("chen@qinghe.example\r\nBcc: all@example.com", false),
            ("a<b>@qinghe.example", false),
            ("chen@.example", false),
        ] {
            assert_eq!(is_email(text), good, "{text}");
        }
        assert!(!is_email(&format!("{}@qinghe.example", "a".repeat(65))));
    }
}
