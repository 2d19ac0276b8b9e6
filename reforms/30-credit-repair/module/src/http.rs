//! Routes of credit repair: the entity's page, the authority's queue, the supervisor's board, what anybody may check.

mod act;

use crate::law::RepairRules;
use crate::mirror;
use crate::pages;
use crate::queries::{self, EntryRow, SubjectRow};
use crate::repair::{Repair, RepairError, RepairEvent};
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use blobs::{ContentType, Vault};
use codes::{Date, Uscc};
use exchange::propagation::{Standing, queries as told};
use kernel::{Actor, Aggregate as _};
use module::{Clearance, Denied, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Query, RequestError};
use registers::listings::{self, ListingKey};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows on one page.
const PAGE_ROWS: u32 = 100;
/// Rows of a spreadsheet.
const CSV_ROWS: u32 = 20_000;
/// Files and days of each mirror on the supervisor's page.
const MIRROR_ROWS: u32 = 7;
/// How many removals the histogram is made of.
const HISTOGRAM_ROWS: u32 = 2_000;
/// From how many entities on one login's applications are a hint.
const ENTITIES_MIN: u32 = 3;

/// What the routes have beside the platform.
#[derive(Clone, Debug)]
pub(crate) struct Ours {
    pub(crate) rules: Arc<RepairRules>,
    pub(crate) vault: Vault,
}

pub(crate) fn router(ours: Ours) -> Router<Platform> {
    Router::new()
        .route("/credit", get(home))
        .route("/credit/queue", get(queue))
        .route("/credit/queue.csv", get(queue_csv))
        .route("/credit/oversight", get(oversight))
        .route("/credit/oversight.csv", get(oversight_csv))
        .route("/credit/restrictions.csv", get(restrictions_csv))
        .route("/credit/verify", get(verify))
        .route("/credit/entities/{uscc}", get(entity))
        .route("/credit/entities/{uscc}/prove", post(act::prove))
        .route("/credit/entries/{listing}", get(one).post(act::act))
        .route("/credit/entries/{listing}/papers/{n}", get(paper))
        .route("/api/v1/credit/entities/{uscc}", get(entity_json))
        .route("/api/v1/credit/entities/{uscc}/verify", get(verify_json))
        .route("/api/v1/credit/queue", get(queue_json))
        .layer(Extension(ours))
}

/// Where people begin: an entity with its own page, an officer with the queue, anybody else with what it is.
async fn home(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    match &actor {
        Actor::Party { party, .. } => {
            let found = queries::of_party(&*platform.reader, party).await?;
            Ok(match found {
                Some(subject) => {
                    Redirect::to(&format!("/credit/entities/{}", subject.uscc)).into_response()
                }
                None => pages::start(&frame, true).into_response(),
            })
        }
        Actor::Officer { role, .. } if role == "supervisor" || role == "auditor" => {
            Ok(Redirect::to("/credit/oversight").into_response())
        }
        Actor::Officer { .. } => Ok(Redirect::to("/credit/queue").into_response()),
        Actor::System { .. } | Actor::Partner { .. } | Actor::Public => {
            Ok(pages::start(&frame, false).into_response())
        }
    }
}

/// An entity's repair, folded from its stream: what pages compute with is what commands are decided by.
pub(crate) async fn folded(platform: &Platform, subject: &SubjectRow) -> Result<Repair, Failure> {
    let events = platform.history.stream(&subject.shard, Repair::KIND, &subject.uscc, 0).await?;
    let mut repair = Repair::default();
    for event in &events {
        let event: RepairEvent = event.read().map_err(|_unreadable| RequestError::Fault)?;
        repair.evolve(&event);
    }
    Ok(repair)
}

/// What a policy is asked about: an entity, and where it is one entry, the organ that decides.
pub(crate) fn of_entity(subject: &SubjectRow) -> Subject {
    Subject {
        parties: vec![subject.party.to_string()],
        ..Subject::new("Credit", subject.uscc.as_str())
    }
}

pub(crate) fn of_entry(row: &EntryRow) -> Subject {
    Subject {
        organ: Some(row.about.issuer.organ.clone()),
        place: row.about.issuer.place.clone(),
        parties: vec![row.about.party.to_string()],
        facts: vec![("stage", row.stage.word().to_owned())],
        ..Subject::new("Credit", row.listing.0.as_str())
    }
}

/// An entity with its entries, as far as whoever looks may see it: itself, or an organ that decided one of its entries.
async fn seen(
    platform: &Platform,
    actor: &Actor,
    uscc: &str,
) -> Result<(SubjectRow, Vec<EntryRow>), Failure> {
    if *actor == Actor::Public {
        return Err(Denied::SignedOut.into());
    }
    let Some(subject) = queries::subject(&*platform.reader, uscc).await? else {
        // Who may see no entity is not told which there are.
        clear(&*platform.gate, actor, "credit.see", &Subject::new("Credit", uscc))?;
        return Err(RepairError::EntryUnknown.into());
    };
    let mut entries = queries::entries(&*platform.reader, uscc).await?;
    let whole = clear(&*platform.gate, actor, "credit.see", &of_entity(&subject));
    if let Err(denied) = whole {
        entries.retain(|row| clear(&*platform.gate, actor, "credit.see", &of_entry(row)).is_ok());
        if entries.is_empty() {
            return Err(denied.into());
        }
    }
    entries.sort_by_key(|row| row.about.listed_on);
    Ok((subject, entries))
}

async fn entity(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Path(uscc): Path<String>,
) -> Result<Response, Failure> {
    let (subject, entries) = seen(&platform, &actor, &uscc).await?;
    let repair = folded(&platform, &subject).await?;
    let today = platform.clock.now().date();
    let turns = queries::turns(&*platform.reader, &uscc).await?;
    let may_apply = clear(&*platform.gate, &actor, "credit.apply", &of_entity(&subject)).is_ok();
    let page = pages::Entity {
        subject: &subject,
        entries: &entries,
        repair: &repair,
        rules: &ours.rules,
        turns: &turns,
        today,
        may_apply,
    };
    Ok(pages::entity(&frame, &page).into_response())
}

async fn entity_json(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    Path(uscc): Path<String>,
) -> Result<Response, Failure> {
    let (subject, entries) = seen(&platform, &actor, &uscc).await?;
    let repair = folded(&platform, &subject).await?;
    let today = platform.clock.now().date();
    let entries: Vec<Value> = entries
        .iter()
        .map(|row| {
            let view = repair.view(&ours.rules, &row.listing, today);
            json!({
                "listing": row.listing, "list": row.about.list, "cause": row.about.cause,
                "listed_on": row.about.listed_on, "stage": row.stage, "due_by": row.due_by,
                "opens_on": view.as_ref().and_then(|view| view.opens),
                "ends_on": view.as_ref().and_then(|view| view.ends),
                "version": view.as_ref().and_then(|view| view.version.clone()),
                "conditions": view.map(|view| view.conditions).unwrap_or_default(),
            })
        })
        .collect();
    let measures: Vec<&str> = repair.measures.iter().map(|measure| measure.0.as_str()).collect();
    let answer = json!({
        "uscc": subject.uscc, "name": subject.name, "as_of": today, "entries": entries, "measures": measures,
    });
    Ok(axum::Json(answer).into_response())
}

async fn one(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
    Path(listing): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = entry_seen(&platform, &actor, "credit.see", listing).await?;
    let subject = queries::subject(&*platform.reader, &row.about.uscc).await?;
    let subject = subject.ok_or(RepairError::EntryUnknown)?;
    let repair = folded(&platform, &subject).await?;
    let today = platform.clock.now().date();
    let may_decide = clear(&*platform.gate, &actor, "credit.decide", &of_entry(&row)).is_ok();
    let may_apply = clear(&*platform.gate, &actor, "credit.apply", &of_entry(&row)).is_ok();
    let reason = match &row.reason {
        Some(kept) if may_decide || may_apply => {
            Some(String::from_utf8_lossy(&ours.vault.read(kept).await?).into_owned())
        }
        _ => None,
    };
    let page = pages::One {
        reason,
        row: &row,
        repair: &repair,
        rules: &ours.rules,
        today,
        version: subject.version,
        may_decide,
        may_apply,
    };
    Ok(pages::one(&frame, &page).into_response())
}

/// A paper that was handed in: for the entity itself and for whoever decides.
async fn paper(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    Path((listing, n)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let action =
        if matches!(actor, Actor::Party { .. }) { "credit.apply" } else { "credit.decide" };
    let (row, _by) = entry_seen(&platform, &actor, action, listing).await?;
    let proof = n.parse().ok().and_then(|n: usize| row.proofs.get(n));
    let proof = proof.ok_or(RepairError::EntryUnknown)?;
    let bytes = ours.vault.read(&proof.kept).await?;
    let kind = ContentType::of(&bytes).map_or("application/octet-stream", ContentType::media_type);
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_DISPOSITION, "attachment; filename=\"paper\""),
        (CACHE_CONTROL, "private, no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, bytes).into_response())
}

pub(crate) async fn entry_seen(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    listing: String,
) -> Result<(EntryRow, Clearance), Failure> {
    if *actor == Actor::Public {
        return Err(Denied::SignedOut.into());
    }
    let key = ListingKey(listing);
    let Some(row) = queries::entry(&*platform.reader, &key).await? else {
        clear(&*platform.gate, actor, action, &Subject::new("Credit", key.0.as_str()))?;
        return Err(RepairError::EntryUnknown.into());
    };
    let by = clear(&*platform.gate, actor, action, &of_entry(&row))?;
    Ok((row, by))
}

async fn queued(
    platform: &Platform,
    actor: &Actor,
) -> Result<(Vec<EntryRow>, Vec<EntryRow>, Date), Failure> {
    let Some(organ) = actor.organ() else {
        return Err(if *actor == Actor::Public {
            Denied::SignedOut.into()
        } else {
            RepairError::MandateMissing.into()
        });
    };
    let on = Subject { organ: Some(organ.clone()), ..Subject::new("Credit", "queue") };
    clear(&*platform.gate, actor, "credit.queue", &on)?;
    let today = platform.clock.now().date();
    let rows = queries::queue(&*platform.reader, organ, PAGE_ROWS).await?;
    let late = queries::late(&*platform.reader, Some(organ), today, PAGE_ROWS).await?;
    Ok((rows, late, today))
}

async fn queue(
    State(platform): State<Platform>,
    Extension(ours): Extension<Ours>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let (rows, late, today) = queued(&platform, &actor).await?;
    Ok(pages::queue(&frame, &rows, &late, &ours.rules, today).into_response())
}

async fn queue_csv(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let (rows, late, _today) = queued(&platform, &actor).await?;
    let known: BTreeSet<&ListingKey> = rows.iter().map(|row| &row.listing).collect();
    let more = late.into_iter().filter(|row| !known.contains(&row.listing)).collect::<Vec<_>>();
    Ok(pages::queue_csv(&frame, &[rows, more].concat()))
}

async fn queue_json(
    State(platform): State<Platform>,
    Who(actor): Who,
) -> Result<Response, Failure> {
    let (rows, late, today) = queued(&platform, &actor).await?;
    let told = |row: &EntryRow| {
        json!({
            "listing": row.listing, "uscc": row.about.uscc, "name": row.about.name, "stage": row.stage,
            "due_by": row.due_by, "applied_on": row.applied_on,
        })
    };
    let answer = json!({
        "as_of": today,
        "queue": rows.iter().map(told).collect::<Vec<_>>(),
        "late": late.iter().map(told).collect::<Vec<_>>(),
    });
    Ok(axum::Json(answer).into_response())
}

/// Which place is looked at.
#[derive(Debug, Default, Deserialize)]
struct Place {
    place: Option<String>,
}

impl Place {
    /// The beginning of a code of a division; nothing where it is none.
    fn code(self) -> Option<String> {
        let code = self.place.unwrap_or_default();
        let lawful = (2..=6).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
        lawful.then_some(code)
    }
}

fn oversees(platform: &Platform, actor: &Actor) -> Result<(), Failure> {
    if *actor == Actor::Public {
        return Err(Denied::SignedOut.into());
    }
    clear(&*platform.gate, actor, "credit.oversee", &Subject::new("Credit", "oversight"))?;
    Ok(())
}

/// Who has not confirmed, those that a supervisor sees to first.
async fn unconfirmed(platform: &Platform, limit: u32) -> Result<Vec<told::RecipientRow>, Failure> {
    let reader = &*platform.reader;
    let mut open = told::standing(reader, Standing::Escalated, "credit.", limit).await?;
    open.extend(told::standing(reader, Standing::Pending, "credit.", limit).await?);
    Ok(open)
}

async fn oversight(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Query(place): Query<Place>,
) -> Result<Response, Failure> {
    oversees(&platform, &actor)?;
    let reader = &*platform.reader;
    let today = platform.clock.now().date();
    let place = place.code();
    let entries = match &place {
        Some(place) => queries::at_place(reader, place, PAGE_ROWS).await?,
        None => Vec::new(),
    };
    let late = queries::late(reader, None, today, PAGE_ROWS).await?;
    let opens =
        |row: &&EntryRow| clear(&*platform.gate, &actor, "credit.see", &of_entry(row)).is_err();
    let closed = late.iter().chain(&entries).filter(opens).map(|row| row.listing.clone()).collect();
    let page = pages::Oversight {
        closed,
        funnel: queries::funnel(reader).await?,
        days: queries::removal_days(reader, HISTOGRAM_ROWS).await?,
        late,
        open: unconfirmed(&platform, PAGE_ROWS).await?,
        counts: told::counts(reader, "credit.").await?,
        agents: queries::agents(reader, ENTITIES_MIN, PAGE_ROWS).await?,
        places: queries::places(reader, today).await?,
        looks: mirror::queries::looks(reader, MIRROR_ROWS).await?,
        compared: mirror::queries::days(reader, MIRROR_ROWS).await?,
        place,
        entries,
        today,
    };
    Ok(pages::oversight(&frame, &page).into_response())
}

/// Entries of a place, or of all places, for a spreadsheet.
async fn oversight_csv(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Query(place): Query<Place>,
) -> Result<Response, Failure> {
    oversees(&platform, &actor)?;
    let place = place.code().unwrap_or_default();
    let rows = queries::at_place(&*platform.reader, &place, CSV_ROWS).await?;
    Ok(pages::entries_csv(&frame, "credit-entries", &rows))
}

async fn restrictions_csv(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    oversees(&platform, &actor)?;
    let rows = unconfirmed(&platform, CSV_ROWS).await?;
    Ok(pages::restrictions_csv(&frame, &rows))
}

// --- public: nobody signs in -----------------------------------------------------------------------------------------

/// Whose standing is asked for.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    uscc: Option<String>,
}

/// Whether an entity is on any list today, and nothing else: what ended is shown to nobody (R-documents).
async fn verify(
    State(platform): State<Platform>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let now = platform.clock.now();
    let typed = asked.uscc.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
    let Some(typed) = typed else {
        return Ok(pages::verify(&frame, None, now).into_response());
    };
    let uscc = codes::fold_identifier(typed);
    let Ok(uscc) = uscc.parse::<Uscc>() else {
        let wrong = pages::Verified::Misspelt { typed: typed.to_owned() };
        return Ok(pages::verify(&frame, Some(&wrong), now).into_response());
    };
    let uscc = uscc.to_string();
    let live = listings::queries::live(&*platform.reader, &uscc).await?;
    let found = pages::Verified::Found { uscc, live };
    Ok(pages::verify(&frame, Some(&found), now).into_response())
}

async fn verify_json(
    State(platform): State<Platform>,
    Path(uscc): Path<String>,
) -> Result<Response, Failure> {
    let live = listings::queries::live(&*platform.reader, &uscc).await?;
    let lists: Vec<&str> = live.iter().map(|row| row.entry.list.as_str()).collect();
    let answer = json!({
        "uscc": uscc, "listed": !lists.is_empty(), "lists": lists, "as_of": platform.clock.now(),
    });
    Ok(axum::Json(answer).into_response())
}
