//! Routes of announcements: the board for everybody, objections from anybody, the officer's acts.

use super::queries::{self, AnnouncementRow, Narrowed};
use super::{
    Announcement, AnnouncementCommand, AnnouncementKey, Objection, Objector, Stand, pages,
};
use crate::DeliveryError;
use crate::http::{Ours, fault, file_of};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use codes::{Label, Moment, WallTime};
use kernel::{Actor, Atomic, CommandId};
use module::{Clearance, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Posted, Query, RequestError, csv, csv_response};
use serde::Deserialize;
use serde_json::json;

/// Announcements on one page.
const PAGE_ROWS: u32 = 50;
/// Announcements in one file.
const FILE_ROWS: u32 = 5_000;

pub(crate) fn router() -> Router<Platform> {
    Router::new()
        .route("/delivery/board", get(board))
        .route("/delivery/board.csv", get(board_csv))
        .route("/delivery/announcements/{key}", get(one).post(work))
        .route("/delivery/announcements/{key}/objections", post(object))
        .route("/api/v1/delivery/announcements", get(board_json))
        .route("/api/v1/delivery/announcements/{key}", get(one_json))
}

/// To what the board is narrowed, as its address says.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    pub(crate) sort: String,
    #[serde(default)]
    pub(crate) stand: String,
    #[serde(default)]
    pub(crate) place: String,
    #[serde(default)]
    pub(crate) q: String,
    pub(crate) before: Option<i64>,
}

impl Asked {
    fn narrowed(&self) -> Narrowed {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Narrowed {
            sort: filled(&self.sort),
            stand: Stand::of(&self.stand),
            place: filled(&self.place),
            words: filled(&self.q),
            before: self.before.map(Moment::from_us),
        }
    }
}

async fn board(
    State(platform): State<Platform>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let rows = queries::board(&*platform.reader, &asked.narrowed(), PAGE_ROWS).await?;
    let sorts = queries::sorts(&*platform.reader).await?;
    Ok(pages::board(&frame, &rows, &sorts, &asked, PAGE_ROWS).into_response())
}

async fn board_csv(
    State(platform): State<Platform>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let rows = queries::board(&*platform.reader, &asked.narrowed(), FILE_ROWS).await?;
    let head = [
        frame.t("公告", "Announcement"),
        frame.t("种类", "Sort"),
        frame.t("发布单位", "Organ"),
        frame.t("发布日", "Published on"),
        frame.t("期满日", "Last day"),
        frame.t("状态", "State"),
        frame.t("编号", "Key"),
    ];
    let lines: Vec<[String; 7]> = rows
        .iter()
        .map(|row| {
            [
                row.posting.title.get(frame.lang).to_owned(),
                row.posting.sort.get(frame.lang).to_owned(),
                row.posting.issuer.name.clone(),
                row.from.to_string(),
                row.to.to_string(),
                row.stand.label().get(frame.lang).to_owned(),
                row.announcement.0.clone(),
            ]
        })
        .collect();
    let text = csv(&head, lines.iter().map(|line| line.iter().map(String::as_str)));
    Ok(csv_response("announcements", text))
}

/// The board for programs. Where a key signs, the answer is a JWS whose payload is the list, so that a copy can be checked.
async fn board_json(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let rows = queries::board(&*platform.reader, &asked.narrowed(), FILE_ROWS).await?;
    let now = platform.clock.now();
    let list: Vec<_> = rows.iter().map(row_json).collect();
    let body = json!({"as_of": now, "announcements": list});
    signed(ours, now, body).await
}

async fn one_json(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let row = known(&platform, key).await?;
    let turns = queries::turns(&*platform.reader, &row.announcement).await?;
    let history: Vec<_> = turns
        .iter()
        .map(|turn| {
            json!({"at": turn.at, "what": turn.what, "told": turn.told, "day": turn.day.map(|day| day.to_string())})
        })
        .collect();
    let now = platform.clock.now();
    let body = json!({"as_of": now, "announcement": row_json(&row), "history": history});
    signed(ours, now, body).await
}

fn row_json(row: &AnnouncementRow) -> serde_json::Value {
    json!({
        "announcement": row.announcement,
        "sort": row.posting.sort_key,
        "title": row.posting.title,
        "text": row.text,
        "facts": row.posting.facts,
        "organ": {"key": row.posting.issuer.organ, "name": row.posting.issuer.name},
        "place": row.posting.issuer.place,
        "published_at": row.published_at,
        "from": row.from.to_string(),
        "to": row.to.to_string(),
        "provisional": row.provisional,
        "state": row.stand,
        "ended_on": row.ended_on.map(|on| on.to_string()),
        "why": row.why,
    })
}

async fn signed(ours: Ours, now: Moment, body: serde_json::Value) -> Result<Response, Failure> {
    let Some(signer) = ours.signer else { return Ok(portal::Json(body).into_response()) };
    let payload = seals::canonical_value(&body).map_err(|_no_json| RequestError::Fault)?;
    let sign = move || {
        let key = signer.keys.current(&signer.purpose, signer.algorithm, now).ok()?;
        seals::jws::attached(&*signer.keys, &key, now, "announcements+json", &payload).ok()
    };
    // A device may make the signature wait.
    let jws = tokio::task::spawn_blocking(sign).await.ok().flatten();
    let jws = jws.ok_or(RequestError::Unavailable)?;
    Ok(([(CONTENT_TYPE, "application/jose")], jws).into_response())
}

async fn one(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let row = known(&platform, key).await?;
    page(&platform, &ours, &actor, &frame, &row, None).await
}

async fn page(
    platform: &Platform,
    ours: &Ours,
    actor: &Actor,
    frame: &Frame,
    row: &AnnouncementRow,
    failure: Option<&Failure>,
) -> Result<Response, Failure> {
    let turns = queries::turns(&*platform.reader, &row.announcement).await?;
    let objections = queries::objections(&*platform.reader, &row.announcement).await?;
    let on = subject(row);
    let works = clear(&*platform.gate, actor, "delivery.work_announcement", &on).is_ok();
    let mut told = Vec::new();
    if works {
        for objection in &objections {
            let facts = ours.outside.vault.read(&objection.objection.facts).await?;
            told.push(String::from_utf8_lossy(&facts).into_owned());
        }
    }
    let seen = pages::Seen {
        turns: &turns,
        objections: &objections,
        told: works.then_some(told.as_slice()),
        calendar: &ours.calendar,
        today: platform.clock.now().date(),
    };
    let page = pages::one(frame, row, &seen, failure);
    let status = failure.map_or(200, |failure| failure.status);
    let status = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    Ok((status, page).into_response())
}

/// Anybody objects: by name, or without one and with facts that can be checked.
async fn object(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Path(key): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let row = known(&platform, key).await?;
    let by = clear(&*platform.gate, &actor, "delivery.object", &open(&row))?;
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let sealed_under = format!("announcement/{}", row.announcement);
    let vault = &ours.outside.vault;
    let facts: String = text("facts").chars().take(5_000).collect();
    let (name, contact) = (text("name"), text("contact"));
    let named = !name.is_empty() && !contact.is_empty();
    let objector = if named {
        let who = json!({"name": name, "contact": contact}).to_string();
        Objector::Named { kept: vault.keep(Some(&sealed_under), who.as_bytes()).await? }
    } else {
        Objector::Anonymous
    };
    let mut evidence = Vec::new();
    if posted.files.iter().any(|file| file.field == "evidence") {
        evidence.push(file_of(&ours, &posted, "evidence", &sealed_under).await?);
    }
    let facts_chars = u32::try_from(facts.chars().count()).unwrap_or(u32::MAX);
    let facts = vault.keep(Some(&sealed_under), facts.as_bytes()).await?;
    let objection = Objection { by: objector, facts, facts_chars, evidence };
    let command = AnnouncementCommand::Object(Box::new(objection));
    match submit(&platform, by, &row, &command).await {
        Ok(()) => {
            Ok(Redirect::to(&format!("/delivery/announcements/{}#objections", row.announcement))
                .into_response())
        }
        Err(failure) => page(&platform, &ours, &actor, &frame, &row, Some(&failure)).await,
    }
}

/// What an officer of the organ does: answer, amend, take back, record an outage.
async fn work(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Path(key): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let row = match known(&platform, key.clone()).await {
        Ok(row) => row,
        Err(failure) => {
            let on = Subject::new("Announcement", key.as_str());
            clear(&*platform.gate, &actor, "delivery.work_announcement", &on)?;
            return Err(failure);
        }
    };
    let by = clear(&*platform.gate, &actor, "delivery.work_announcement", &subject(&row))?;
    let action = posted.action().ok_or_else(|| RequestError::Form("_action".to_owned()))?;
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let wall = |name: &'static str| {
        let at = posted.get(name).and_then(|text| text.parse::<WallTime>().ok());
        at.map(Moment::from_wall).ok_or(DeliveryError::TextMissing { key: name })
    };
    let no = action.target.as_deref().and_then(|no| no.parse().ok()).unwrap_or_default();
    let command = match action.verb.as_str() {
        "answer" => AnnouncementCommand::Answer {
            no,
            upheld: text("upheld") == "yes",
            reason: text("answer"),
        },
        "amend" => AnnouncementCommand::Amend {
            text: Label::new(text("text_zh"), text("text_en")),
            restart: posted.all("restart").any(|value| value == "true"),
            reason: text("reason"),
        },
        "withdraw" => AnnouncementCommand::Withdraw { reason: text("reason") },
        "outage" => AnnouncementCommand::Outage {
            from: wall("from")?,
            to: wall("to")?,
            cause: text("cause"),
        },
        _ => return Err(RequestError::Form("_action".to_owned()).into()),
    };
    match submit(&platform, by, &row, &command).await {
        Ok(()) => {
            Ok(Redirect::to(&format!("/delivery/announcements/{}", row.announcement))
                .into_response())
        }
        Err(failure) => page(&platform, &ours, &actor, &frame, &row, Some(&failure)).await,
    }
}

async fn known(platform: &Platform, key: String) -> Result<AnnouncementRow, Failure> {
    let row = queries::announcement(&*platform.reader, &AnnouncementKey(key)).await?;
    row.ok_or_else(|| DeliveryError::AnnouncementUnknown.into())
}

fn subject(row: &AnnouncementRow) -> Subject {
    Subject {
        organ: Some(row.posting.issuer.organ.clone()),
        place: row.posting.issuer.place.clone(),
        ..Subject::new("Announcement", row.announcement.0.as_str())
    }
}

/// The announcement as it stands before the public: it belongs to nobody and lies nowhere in particular.
fn open(row: &AnnouncementRow) -> Subject {
    Subject {
        place: "000000".to_owned(),
        ..Subject::new("Announcement", row.announcement.0.as_str())
    }
}

/// The id follows from the version that was looked at and the act: a form sent twice acts once.
async fn submit(
    platform: &Platform,
    by: Clearance,
    row: &AnnouncementRow,
    command: &AnnouncementCommand,
) -> Result<(), Failure> {
    let commands = Atomic::new(row.shard.clone())
        .then::<Announcement>(&row.announcement, command)
        .map_err(fault)?;
    let act = format!("{:?}", commands.commands);
    let id = CommandId::derive(&[
        b"delivery.announcement",
        row.announcement.0.as_bytes(),
        &row.version.to_be_bytes(),
        act.as_bytes(),
    ]);
    let submitted = platform.commands.submit(by, id, commands).await;
    submitted.map(|_receipt| ()).map_err(Failure::from)
}
