//! Routes of records: one at an instant, compared, as a list of what is believed; extracts; alerts.

use crate::extract::{self, ExtractKey, ExtractRow};
use crate::inspection;
use crate::pages::{self, Compared, RecordPage};
use crate::record::queries;
use crate::record::{RecordError, RecordKey, diff};
use crate::serve::{Ask, Desk, fault, party_of, subject};
use crate::watch::{self, Watch, WatchCommand};
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use codes::{Date, Moment};
use kernel::{Actor, Atomic, CommandId, OrganKey};
use module::{Denied, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Posted, Query, RequestError};
use serde::Deserialize;

/// The looks and extracts that a record's page lists.
const LISTED: u32 = 50;
/// The alerts on one page.
const ALERTS: u32 = 100;
/// The longest purpose, in characters.
const PURPOSE_CHARS_MAX: usize = 200;

type Ours = Extension<Desk>;

pub(crate) fn router(desk: Desk) -> Router<Platform> {
    Router::new()
        .route("/registers/alerts", get(alerts))
        .route("/registers/extracts/{extract}", get(extract_page))
        .route("/registers/extracts/{extract}/document.pdf", get(extract_pdf))
        .route("/registers/check/{token}", get(check_page))
        .route("/registers/{register}/{key}", get(record_page))
        .route("/registers/{register}/{key}/extract", post(order_extract))
        .route("/registers/{register}/{key}/watch", post(set_watch))
        .route("/api/v1/registers/records/{register}/{key}", get(record_json))
        .layer(Extension(desk))
}

/// What the page of a record is asked.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    /// Of which instant.
    pub(crate) valid: Option<String>,
    /// As known when.
    pub(crate) known: Option<String>,
    /// Compared with which instant.
    pub(crate) other_valid: Option<String>,
    /// As known when.
    pub(crate) other_known: Option<String>,
    /// For what.
    pub(crate) purpose: Option<String>,
}

/// An instant as typed: a day (its end), a wall-clock time, or RFC 3339.
pub(crate) fn instant(typed: Option<&str>, or: Moment) -> Result<Moment, Failure> {
    let Some(text) = typed.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(or) };
    if let Ok(day) = text.parse::<Date>() {
        // The last instant of the day, or now where the day is not over.
        return Ok(Moment::end_of(day).plus_us(-1).min(or.max(Moment::start_of(day))));
    }
    if let Ok(at) = text.parse::<Moment>() {
        return Ok(at);
    }
    match text.parse::<codes::WallTime>() {
        Ok(wall) => Ok(Moment::from_wall(wall)),
        Err(_) => Err(RequestError::Query(text.to_owned()).into()),
    }
}

/// As whom an actor sees a record: the widest view that the gate lets it have.
async fn class_of(
    platform: &Platform,
    desk: &Desk,
    actor: &Actor,
    record: &RecordKey,
) -> Result<Option<String>, Failure> {
    let row = queries::record(&*platform.reader, record).await?;
    let Some(row) = row else {
        // Whoever may not look is not told whether there is something to look at.
        clear(&*platform.gate, actor, "register.see_record", &Subject::new("Record", &record.0))?;
        desk.register(record)?;
        return Err(RecordError::Unknown.into());
    };
    let register = desk.register(record)?;
    let holders = desk.holders(platform, record).await?;
    let wide = ["officer", "auditor", "by_law", "holder", "interested_party", "interested"];
    let may = |class: &&&str| {
        let on = subject(&row, &holders, class);
        register.view(class).is_some()
            && platform.gate.judge(actor, "register.see_record", &on).is_ok()
    };
    Ok(wide.iter().find(may).map(|class| (**class).to_owned()))
}

/// The refusal of whoever acts for no party.
fn no_party(actor: &Actor, action: &'static str) -> Denied {
    match actor {
        Actor::Public => Denied::SignedOut,
        Actor::Party { .. }
        | Actor::Officer { .. }
        | Actor::Partner { .. }
        | Actor::System { .. } => Denied::NotEntitled { action, kind: "Alerts", id: String::new() },
    }
}

/// Nothing of it may be kept by whoever carries it.
fn fresh(mut response: Response) -> Response {
    let value = axum::http::HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, value);
    response
}

/// Why a party looks at its own record.
const OWN: &str = "权利人本人查询";

async fn record_page(
    State(platform): State<Platform>,
    Extension(desk): Ours,
    frame: Frame,
    Who(actor): Who,
    Path((register, key)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let record = RecordKey::new(&register, &key);
    let class = class_of(&platform, &desk, &actor, &record).await?;
    let purpose = wanted.purpose.as_deref().map(str::trim).unwrap_or_default();
    let purpose: String = purpose.chars().take(PURPOSE_CHARS_MAX).collect();
    let is_entitled = class.is_some();
    let (class, purpose) = match class {
        Some(class) if class == "holder" => (class, OWN.to_owned()),
        Some(class) => (class, purpose),
        // The refusal is recorded by the desk.
        None => ("holder".to_owned(), purpose),
    };
    let now = platform.clock.now();
    let definition = desk.register(&record)?;
    if is_entitled && purpose.is_empty() && matches!(actor, Actor::Officer { .. }) {
        return Ok(pages::ask_purpose(&frame, &definition, &record, &wanted).into_response());
    }
    let history = definition.view(&class).is_some_and(|view| view.history);
    let at = |typed: Option<&str>, or| if history { instant(typed, or) } else { Ok(or) };
    let valid = at(wanted.valid.as_deref(), now)?;
    let known = at(wanted.known.as_deref(), now)?;
    let ask = Ask { record: &record, class: &class, purpose: &purpose, valid, known };
    let asked = desk.show(&platform, &actor, &ask).await?;
    let other = match (&wanted.other_valid, &wanted.other_known) {
        (Some(typed), _) | (None, Some(typed)) if history && !typed.trim().is_empty() => {
            let valid = instant(wanted.other_valid.as_deref(), valid)?;
            let known = instant(wanted.other_known.as_deref(), known)?;
            let other = Ask { valid, known, ..ask.clone() };
            let other = desk.peek(&platform, &actor, &other).await?;
            let differences = diff(&other.snapshot, &asked.snapshot);
            let cards = other.cards.into_iter().chain(asked.cards.clone()).collect();
            Some(Compared { valid, known, differences, cards })
        }
        _ => None,
    };
    let reader = &*platform.reader;
    let (segments, turns) = if history {
        (queries::segments(reader, &record).await?, queries::turns(reader, &record).await?)
    } else {
        (Vec::new(), Vec::new())
    };
    let log = definition.view(&class).is_some_and(|view| view.log);
    let looks = if log { inspection::looks(reader, &record, LISTED).await? } else { Vec::new() };
    let extracts = extract::of_record(reader, &record, LISTED).await?;
    let own = party_of(&actor);
    let mine = |row: &ExtractRow| own.is_none() || row.order.asker.as_ref() == own;
    let organs = |organ: &OrganKey| {
        let issuer = desk.outside.organs.issuer(organ);
        issuer.map_or_else(|| organ.to_string(), |issuer| issuer.name)
    };
    let page = RecordPage {
        organs: &organs,
        class: &class,
        purpose: &purpose,
        asked: &asked,
        segments: &segments,
        turns: &turns,
        looks: log.then_some(&looks[..]),
        extracts: extracts.into_iter().filter(mine).collect(),
        compared: other,
        now,
        command: CommandId::from_bytes(desk.chance()?).to_string(),
    };
    Ok(fresh(pages::record(&frame, &page).into_response()))
}

async fn record_json(
    State(platform): State<Platform>,
    Extension(desk): Ours,
    Who(actor): Who,
    Path((register, key)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let record = RecordKey::new(&register, &key);
    let class = class_of(&platform, &desk, &actor, &record).await?;
    let class = class.unwrap_or_else(|| "holder".to_owned());
    let purpose = wanted.purpose.clone().unwrap_or_default();
    let purpose = if class == "holder" { OWN.to_owned() } else { purpose };
    let now = platform.clock.now();
    let valid = instant(wanted.valid.as_deref(), now)?;
    let known = instant(wanted.known.as_deref(), now)?;
    let ask = Ask { record: &record, class: &class, purpose: &purpose, valid, known };
    let asked = desk.show(&platform, &actor, &ask).await?;
    Ok(fresh(axum::Json(pages::as_json(&asked)).into_response()))
}

async fn order_extract(
    State(platform): State<Platform>,
    Extension(desk): Ours,
    frame: Frame,
    Who(actor): Who,
    Path((register, key)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let record = RecordKey::new(&register, &key);
    let class = class_of(&platform, &desk, &actor, &record).await?;
    let class = class.unwrap_or_else(|| "holder".to_owned());
    let typed = posted.get("purpose").unwrap_or_default();
    let purpose: String = typed.chars().take(PURPOSE_CHARS_MAX).collect();
    let now = platform.clock.now();
    let id = match posted.command_id().map(str::parse) {
        Some(Ok(id)) => id,
        _ => CommandId::from_bytes(desk.chance()?),
    };
    let name = frame.party.as_ref().map(|party| match &party.organ {
        Some(organ) => format!("{organ} {}", party.name),
        None => party.name.clone(),
    });
    let ask = Ask { record: &record, class: &class, purpose: &purpose, valid: now, known: now };
    let name = name.unwrap_or_default();
    let key = desk.extract(&platform, &actor, &ask, (&name, id)).await?;
    Ok(Redirect::to(&format!("/registers/extracts/{key}")).into_response())
}

async fn seen_extract(
    platform: &Platform,
    actor: &Actor,
    key: String,
) -> Result<ExtractRow, Failure> {
    let key = ExtractKey(key);
    let Some(row) = extract::extract(&*platform.reader, &key).await? else {
        clear(&*platform.gate, actor, "register.see_extract", &Subject::new("Extract", &key.0))?;
        return Err(extract::ExtractError::Unknown.into());
    };
    let on = Subject {
        organ: Some(row.organ().clone()),
        place: row.order.issuer.place.clone(),
        parties: row.order.asker.iter().map(ToString::to_string).collect(),
        ..Subject::new("Extract", row.extract.0.as_str())
    };
    clear(&*platform.gate, actor, "register.see_extract", &on)?;
    Ok(row)
}

async fn extract_page(
    State(platform): State<Platform>,
    Extension(desk): Ours,
    frame: Frame,
    Who(actor): Who,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let row = seen_extract(&platform, &actor, key).await?;
    let register = desk.register(&row.order.record)?;
    Ok(fresh(pages::extract(&frame, &register, &row).into_response()))
}

async fn extract_pdf(
    State(platform): State<Platform>,
    Extension(desk): Ours,
    Who(actor): Who,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let row = seen_extract(&platform, &actor, key).await?;
    let paper = row.paper.ok_or(extract::ExtractError::Unknown)?;
    let bytes = desk.outside.vault.read(&paper.pdf).await?;
    Ok(portal::pdf("extract", &row.number, bytes))
}

/// Anybody may see whether an extract is genuine and of which instant; nothing of what it says.
async fn check_page(
    State(platform): State<Platform>,
    frame: Frame,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let token: String = token.chars().filter(char::is_ascii_alphanumeric).collect();
    let found = extract::by_token(&*platform.reader, &token.to_ascii_lowercase()).await?;
    Ok(fresh(pages::checked(&frame, found.as_ref(), platform.clock.now()).into_response()))
}

async fn set_watch(
    State(platform): State<Platform>,
    Extension(desk): Ours,
    Who(actor): Who,
    Path((register, key)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let record = RecordKey::new(&register, &key);
    let party = party_of(&actor).cloned().ok_or_else(|| no_party(&actor, "register.watch"))?;
    let Some(row) = queries::record(&*platform.reader, &record).await? else {
        clear(&*platform.gate, &actor, "register.watch", &Subject::new("Record", &record.0))?;
        return Err(RecordError::Unknown.into());
    };
    let holders = desk.holders(&platform, &record).await?;
    let on = subject(&row, &holders, "holder");
    let by = clear(&*platform.gate, &actor, "register.watch", &on)?;
    let on = posted.action().is_some_and(|action| action.verb == "subscribe");
    let command = if on { WatchCommand::Subscribe { party } } else { WatchCommand::Mute { party } };
    let commands = Atomic::new(row.shard.clone()).then::<Watch>(&record, &command);
    let id = CommandId::from_bytes(desk.chance()?);
    let taken = platform.commands.submit(by, id, commands.map_err(fault)?).await;
    taken?;
    Ok(Redirect::to("/registers/alerts").into_response())
}

async fn alerts(
    State(platform): State<Platform>,
    Extension(desk): Ours,
    frame: Frame,
    Who(actor): Who,
) -> Result<Response, Failure> {
    let party = party_of(&actor).ok_or_else(|| no_party(&actor, "register.see_alerts"))?;
    let on = Subject { parties: vec![party.to_string()], ..Subject::new("Alerts", party.as_str()) };
    clear(&*platform.gate, &actor, "register.see_alerts", &on)?;
    let rows = watch::alerts(&*platform.reader, party, ALERTS).await?;
    let held = queries::holdings(&*platform.reader, party, platform.clock.now()).await?;
    Ok(fresh(pages::alerts(&frame, &desk.facts.definitions(), &rows, &held).into_response()))
}
