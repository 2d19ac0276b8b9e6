//! Routes of the office: the worklist, the examination desk, the entry in the book, seizures and releases.

use super::{Ours, bytes, fault, seen, submit};
use crate::book;
use crate::decide::{Registration, RegistrationCommand};
use crate::errand::Tools;
use crate::error::PropertyError;
use crate::model::{Ground, NoticeText, State as Stands, Wanted};
use crate::pages;
use crate::queries::{self, RegistrationRow};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use codes::UnitNo;
use kernel::{Actor, Atomic};
use module::{Denied, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Posted};
use property::Refusal;
use registers::record::{Release, Restrict, RestrictionNo, Side};
use registers::{Record, RecordCommand};
use std::collections::BTreeSet;

pub(crate) fn router() -> Router<Platform> {
    Router::new()
        .route("/property/desk", get(worklist))
        .route("/property/desk/{key}", get(desk).post(act))
        .route("/property/units/{unit}/restrictions", post(restrict))
        .route("/property/check", get(check))
}

async fn worklist(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let nobody = match &actor {
        Actor::Public => Failure::from(Denied::SignedOut),
        _ => PropertyError::NotEntitled.into(),
    };
    let organ = actor.organ().ok_or(nobody)?.clone();
    let on = Subject { organ: Some(organ.clone()), ..Subject::new("Registration", "list") };
    clear(&*platform.gate, &actor, "property.worklist", &on)?;
    let reader = &*platform.reader;
    let mut rows = queries::of_office(reader, &organ, Stands::Applied).await?;
    rows.extend(queries::of_office(reader, &organ, Stands::Running).await?);
    rows.sort_by_key(|row| (row.promise_on, row.received_at));
    let inquiries = queries::inquiries_at(reader, &organ).await?;
    let today = platform.clock.now().date();
    let left = |due| pages::progress::between(&tools, today, due);
    Ok(pages::desk::worklist(&frame, &rows, &inquiries, &left).into_response())
}

async fn desk(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "property.see", key).await?;
    super::looked(&platform, by, &row, &["unit", "restrictions", "history"]).await?;
    let decides = clear(&*platform.gate, &actor, "property.decide", &super::subject(&row)).is_ok();
    let track = pages::progress::gather(&platform, &tools, row).await?;
    let page = pages::desk::gather(&platform, &tools, track).await?;
    Ok(pages::desk::page(&frame, &page, decides).into_response())
}

async fn act(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    Path(key): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "property.decide", key).await?;
    let action = posted.action();
    let verb = action.as_ref().map(|action| action.verb.clone()).unwrap_or_default();
    let target = action.and_then(|action| action.target).unwrap_or_default();
    let text = |name: &str| posted.filled(name).unwrap_or_default().to_owned();
    let command = match verb.as_str() {
        "accept" => RegistrationCommand::Accept,
        "finish" => {
            let note = text("note");
            let note = if note.is_empty() { "经核对无误".to_owned() } else { note };
            RegistrationCommand::FinishTask { task: target, note }
        }
        "supplement" => {
            let item = Wanted { what: text("what"), why: text("why") };
            RegistrationCommand::AskSupplement { items: vec![item] }
        }
        "announce" => {
            RegistrationCommand::Announce { text: notice_text(&platform, &tools, &row).await? }
        }
        "examine" => RegistrationCommand::Examine { opinion: text("opinion") },
        "enter" => RegistrationCommand::EnterBook,
        "refuse" => {
            let refusal =
                Refusal::of(&text("refusal")).ok_or(PropertyError::Field { key: "refusal" })?;
            RegistrationCommand::Refuse { ground: Ground { refusal, reason: text("reason") } }
        }
        _ => return Err(PropertyError::Field { key: "act" }.into()),
    };
    let version = posted.expected_version().unwrap_or(row.version);
    let consents: BTreeSet<RestrictionNo> = posted
        .ticked("consent")
        .into_iter()
        .filter_map(|no| no.parse().ok().map(RestrictionNo))
        .collect();
    let group = group(&row, version, &command, &consents)?;
    let seed = bytes(&command)?;
    submit(&platform, by, group, &[row.registration.0.as_bytes(), &version.to_be_bytes(), &seed])
        .await?;
    Ok(Redirect::to(&format!("/property/desk/{}", row.registration)).into_response())
}

/// What a public notice of a registration tells: nothing that a scan would not.
async fn notice_text(
    platform: &Platform,
    tools: &Tools,
    row: &RegistrationRow,
) -> Result<NoticeText, Failure> {
    let (reader, unit) = (&*platform.reader, row.application.unit);
    let now = platform.clock.now();
    let mut text = NoticeText::default();
    if let Some(seen) = crate::scan::seen(reader, unit, now).await? {
        let location = seen.facts.into_iter().find(|(key, ..)| key == "location");
        text.location = location.map(|(_, _, value)| value).unwrap_or_default();
    }
    if let Some(snapshot) = book::now(reader, unit, now).await? {
        let names = crate::errand::names(&tools.outside, &snapshot).await.map_err(fault)?;
        let first = names.first().map(|name| registers::record::first_character(name));
        text.holder = first.unwrap_or_default();
    }
    for paper in queries::papers_of_unit(reader, unit).await? {
        let key = licences::LicenceKey(paper.licence);
        let licence = licences::queries::licence(reader, &key).await?;
        let current = |row: &licences::queries::LicenceRow| {
            row.state == licences::State::Valid && row.order.template == crate::errand::CERTIFICATE
        };
        if licence.as_ref().is_some_and(current) {
            text.certificates.push(paper.number);
        }
    }
    Ok(text)
}

/// The group of a command: the entry in the book goes with the entry of the registration, both or none (登簿).
pub(crate) fn group(
    row: &RegistrationRow,
    version: u64,
    command: &RegistrationCommand,
    consents: &BTreeSet<RestrictionNo>,
) -> Result<Atomic, Failure> {
    let mut group = Atomic::new(row.shard.clone());
    if *command == RegistrationCommand::EnterBook
        && let Some(entry) = &row.application.entry
    {
        let mut entry = entry.clone();
        consented(&mut entry, consents);
        for unit in row.application.units() {
            group = group.then::<Record>(&book::record_of(unit), &entry).map_err(fault)?;
        }
    }
    group.then_at::<Registration>(&row.registration, version, command).map_err(fault)
}

/// The consents that the officer has before her, written into the entry.
fn consented(entry: &mut RecordCommand, consents: &BTreeSet<RestrictionNo>) {
    match entry {
        RecordCommand::Enter(one) => one.act.consents.extend(consents),
        RecordCommand::Amend(one) => one.act.consents.extend(consents),
        RecordCommand::Close(one) => one.act.consents.extend(consents),
        RecordCommand::Restrict(one) => one.consents.extend(consents),
        _ => {}
    }
}

/// A court's order: a seizure is entered at once, a release as well.
async fn restrict(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(unit): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let record = registers::RecordKey::new(crate::model::REGISTER, &unit);
    let row = registers::record::queries::record(&*platform.reader, &record).await?;
    let Some(row) = row else {
        // Who may restrict nothing is not told which units there are.
        let on = Subject::new("Unit", unit.as_str());
        clear(&*platform.gate, &actor, "property.restrict", &on)?;
        return Err(PropertyError::UnitUnknown.into());
    };
    let unit: UnitNo = unit.parse().map_err(Failure::from)?;
    let on = Subject {
        organ: Some(row.organ.clone()),
        place: row.place.clone(),
        ..Subject::new("Unit", unit.as_str())
    };
    let by = clear(&*platform.gate, &actor, "property.restrict", &on)?;
    let text = |name: &str| posted.filled(name).unwrap_or_default().to_owned();
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    let document_no = text("document_no");
    if document_no.is_empty() {
        return Err(PropertyError::Field { key: "document_no" }.into());
    }
    let command = match verb.as_str() {
        "seize" => RecordCommand::Restrict(Box::new(Restrict {
            kind: "seizure".to_owned(),
            side: Side { name: text("court"), ..Side::default() },
            document_no,
            until: text("until").parse().ok(),
            ..Restrict::default()
        })),
        "release" => {
            let no = text("restriction")
                .parse()
                .map_err(|_no| PropertyError::Field { key: "restriction" })?;
            let restriction = RestrictionNo(no);
            RecordCommand::Release(Box::new(Release { restriction, document_no, origin: None }))
        }
        _ => return Err(PropertyError::Field { key: "act" }.into()),
    };
    let group = Atomic::new(row.shard.clone()).then::<Record>(&record, &command).map_err(fault)?;
    let seed = bytes(&command)?;
    submit(&platform, by, group, &[record.0.as_bytes(), &row.version.to_be_bytes(), &seed]).await?;
    Ok(Redirect::to(&format!("/registers/{}/{unit}", crate::model::REGISTER)).into_response())
}

/// The check of certificates against the book, for officers.
async fn check(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    clear(&*platform.gate, &actor, "property.reports", &super::reports_of(&tools, &actor))?;
    let now = platform.clock.now();
    let report = crate::check::run(&platform, now).await?;
    Ok(pages::check(&frame, &report, now).into_response())
}
