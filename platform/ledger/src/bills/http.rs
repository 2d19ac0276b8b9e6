//! Routes of bills: the gateway's callbacks, a payer's bills, one bill, the organ's waiver.

use super::decide::{Bill, BillCommand};
use super::errand::Outside;
use super::model::{BillState, Ground, Payment};
use super::pages;
use super::queries::{self, BillRow};
use crate::error::LedgerError;
use crate::whose::{Whose, whose};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use kernel::{Actor, Atomic, CommandId, derive_id};
use module::{Clearance, Platform, Subject, SubmitError, Who, clear};
use portal::{Failure, Frame, Path, Posted};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Bills on one page of a list.
const PAGE_ROWS: u32 = 100;
/// The largest report that is looked at.
const REPORT_BYTES_MAX: usize = 64 << 10;

pub(crate) fn router(outside: Arc<Outside>) -> Router<Platform> {
    Router::new()
        .route("/ledger/bills", get(list_page))
        .route("/ledger/bills/{order}", get(bill_page).post(act))
        .route("/api/v1/ledger/bills", get(list_json))
        .route("/api/v1/ledger/bills/{order}", get(bill_json))
        .route("/api/v1/ledger/callbacks/{gateway}", post(callback))
        .layer(Extension(outside))
}

// --- the gateway reports money ---------------------------------------------------------------------------------------

/// A report of money: the same report again is answered the same, and counts once.
async fn callback(
    State(platform): State<Platform>,
    Extension(outside): Extension<Arc<Outside>>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let gateway = outside.gateway.as_ref().filter(|gateway| gateway.key() == key);
    let gateway = gateway.ok_or_else(|| LedgerError::GatewayUnknown(key.clone()))?;
    if body.len() > REPORT_BYTES_MAX {
        return Err(LedgerError::Unreadable.into());
    }
    let signature = headers.get(crate::link::SIGNATURE_FIELD).and_then(|text| text.to_str().ok());
    let now = platform.clock.now();
    let report = match gateway.read(&body, signature.unwrap_or_default(), now) {
        Ok(report) => report,
        Err(forged) => {
            tracing::warn!(gateway = %key, "a report of money is not believed: {forged}");
            note_rejected(&platform, &body, LedgerError::Forged).await?;
            return Err(LedgerError::Forged.into());
        }
    };
    let row = queries::by_order(&*platform.reader, &report.order_no).await?;
    let row = row.ok_or(LedgerError::Unknown)?;
    let actor = Actor::Partner { partner: key.clone() };
    let on = Subject { facts: vec![("gateway", key.clone())], ..subject(&row) };
    let by = clear(&*platform.gate, &actor, "ledger.pay", &on)?;
    let payment = Payment {
        gateway: key,
        transaction: report.transaction,
        amount_fen: report.amount_fen,
        paid_at: report.paid_at,
        receipt_no: report.receipt_no,
    };
    match submit(&platform, by, &row, None, &BillCommand::Pay { payment }).await {
        Ok(()) => Ok(axum::Json(json!({"code": "SUCCESS"})).into_response()),
        Err(SubmitError::Refused(refusal)) if refusal.reason == "AMOUNT_DIFFERS" => {
            let differs = LedgerError::AmountDiffers {
                owed_fen: row.total_fen,
                found_fen: report.amount_fen,
            };
            note_rejected(&platform, &body, differs.clone()).await?;
            Err(differs.into())
        }
        Err(refused) => Err(refused.into()),
    }
}

/// What is not believed is recorded with the bill that it names, if it names one; a bill keeps a few of them.
async fn note_rejected(platform: &Platform, body: &[u8], why: LedgerError) -> Result<(), Failure> {
    use codes::Coded as _;
    #[derive(Deserialize)]
    struct Names {
        order_no: String,
    }
    let Ok(Names { order_no }) = serde_json::from_slice(body) else { return Ok(()) };
    let Some(row) = queries::by_order(&*platform.reader, &order_no).await? else { return Ok(()) };
    let by = clear(&*platform.gate, &Actor::Public, "ledger.reject", &subject(&row))?;
    let sha256 = seals::Digest::sha256(body).hex();
    let command = BillCommand::Reject { sha256, why: why.reason().to_owned() };
    submit(platform, by, &row, None, &command).await.map_err(Failure::from)
}

// --- payers and organs -----------------------------------------------------------------------------------------------

async fn list_page(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let rows = list(&platform, &actor).await?;
    Ok(pages::list(&frame, &rows, actor.organ().is_some()).into_response())
}

async fn list_json(State(platform): State<Platform>, Who(actor): Who) -> Result<Response, Failure> {
    let rows = list(&platform, &actor).await?;
    let bills: Vec<Value> = rows.iter().map(row_json).collect();
    Ok(axum::Json(json!({"bills": bills})).into_response())
}

async fn list(platform: &Platform, actor: &Actor) -> Result<Vec<BillRow>, Failure> {
    let reader = &*platform.reader;
    Ok(match whose(platform, actor, "Bill", "ledger.list")? {
        Whose::Party(party) => queries::of_payer(reader, party, PAGE_ROWS).await?,
        Whose::Organ(organ) => queries::of_organ(reader, organ, PAGE_ROWS).await?,
    })
}

async fn bill_page(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Path(order): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = seen(&platform, &actor, "ledger.see", &order).await?;
    let turns = queries::turns(&*platform.reader, &row.bill).await?;
    let may_waive = row.state == BillState::Due
        && clear(&*platform.gate, &actor, "ledger.waive", &subject(&row)).is_ok();
    Ok(pages::bill(&frame, &row, &turns, may_waive).into_response())
}

async fn bill_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(order): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = seen(&platform, &actor, "ledger.see", &order).await?;
    Ok(axum::Json(row_json(&row)).into_response())
}

/// Waive: an act of the organ to which the money is owed.
async fn act(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(order): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "ledger.waive", &order).await?;
    let text = |name: &str| posted.filled(name).unwrap_or_default().to_owned();
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    if verb != "waive" {
        return Err(LedgerError::NoSuchAct(verb).into());
    }
    let ground = Ground { reason: text("reason"), article: text("article") };
    let version = posted.expected_version().unwrap_or(row.version);
    submit(&platform, by, &row, Some(version), &BillCommand::Waive { ground }).await?;
    Ok(Redirect::to(&format!("/ledger/bills/{}", row.order_no)).into_response())
}

async fn seen(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    order: &str,
) -> Result<(BillRow, Clearance), Failure> {
    let Some(row) = queries::by_order(&*platform.reader, order).await? else {
        // Who may see no bill is not told which bills there are.
        clear(&*platform.gate, actor, action, &Subject::new("Bill", order))?;
        return Err(LedgerError::Unknown.into());
    };
    let by = clear(&*platform.gate, actor, action, &subject(&row))?;
    Ok((row, by))
}

fn subject(row: &BillRow) -> Subject {
    Subject {
        organ: Some(row.order.organ.clone()),
        place: row.order.place.clone(),
        parties: vec![row.order.payer.to_string()],
        facts: vec![("state", row.state.word().to_owned())],
        ..Subject::new("Bill", row.bill.0.as_str())
    }
}

/// The id follows from the bill and the act, and from the version where a page showed one: sent twice, it acts once.
async fn submit(
    platform: &Platform,
    by: Clearance,
    row: &BillRow,
    version: Option<u64>,
    command: &BillCommand,
) -> Result<(), SubmitError> {
    let malformed = |error: serde_json::Error| {
        SubmitError::Rejected(module::Rejection::Malformed(error.to_string()))
    };
    let commands = Atomic::new(row.shard.clone());
    let commands = match version {
        Some(version) => commands.then_at::<Bill>(&row.bill, version, command),
        None => commands.then::<Bill>(&row.bill, command),
    };
    let act = serde_json::to_vec(command).map_err(malformed)?;
    let version = version.unwrap_or_default().to_be_bytes();
    let digest = derive_id(&[b"ledger", row.bill.0.as_bytes(), &version, &act]);
    let id = CommandId::derive(&[&digest]);
    platform.commands.submit(by, id, commands.map_err(malformed)?).await.map(|_receipt| ())
}

fn row_json(row: &BillRow) -> Value {
    json!({
        "order_no": row.order_no,
        "title": row.order.title,
        "organ": row.order.organ_name,
        "lines": row.order.lines,
        "total_fen": row.total_fen,
        "state": row.state,
        "since": row.since,
        "pay_url": row.pay_url,
        "receipt_no": row.receipt_no,
        "paid_at": row.paid_at,
    })
}
