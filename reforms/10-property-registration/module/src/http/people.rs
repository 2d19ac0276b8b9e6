//! Routes of people: what they hold, what they applied for, applying.

use super::{Ours, bytes, fault, party_of, seen, shard_of, submit};
use crate::book::{self, Wish};
use crate::decide::{Registration, RegistrationCommand};
use crate::errand::Tools;
use crate::error::PropertyError;
use crate::face::Compare;
use crate::model::{Application, Circumstance, RegistrationKey};
use crate::pages;
use crate::queries;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use codes::{IdType, UnitNo};
use elements::Value;
use identity::model::Document;
use kernel::{Actor, Atomic, PartyKey, derive_id};
use module::{Denied, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Posted, Query};
use property::{Kind, Purpose};
use registers::record::{Holder, HolderCard, Side, Snapshot};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most takers that the form has rows for.
pub(crate) const TAKERS_MAX: usize = 4;

pub(crate) fn router() -> Router<Platform> {
    Router::new()
        .route("/property", get(home))
        .route("/property/mine", get(mine))
        .route("/property/apply", get(apply_page).post(apply))
        .route("/property/registrations", get(list))
        .route("/property/registrations/{key}", get(one).post(act))
        .route("/property/registrations/{key}/face", post(face))
        .route("/property/registrations/{key}/papers/{n}", get(paper))
        .route("/api/v1/property/mine", get(mine_json))
        .route("/api/v1/property/registrations/{key}", get(one_json))
}

async fn home(frame: Frame) -> Response {
    pages::home(&frame).into_response()
}

// --- what somebody holds -----------------------------------------------------------------------------------------------

async fn mine(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let party = own(&platform, &actor)?;
    let cards = pages::mine::gather(&platform, &tools, party).await?;
    let alerts = registers::watch::alerts(&*platform.reader, party, 20).await?;
    Ok(pages::mine::page(&frame, &cards, &alerts).into_response())
}

async fn mine_json(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
) -> Result<Response, Failure> {
    let party = own(&platform, &actor)?;
    let cards = pages::mine::gather(&platform, &tools, party).await?;
    let units: Vec<_> = cards
        .iter()
        .map(|card| {
            json!({
                "real_estate_unit_no": card.unit,
                "location": card.location,
                "restrictions": card.restrictions,
                "certificates": card.certificates,
                "since": card.since,
            })
        })
        .collect();
    Ok(axum::Json(json!({"as_of": platform.clock.now(), "units": units})).into_response())
}

/// Whoever looks at what it holds itself (民法典 218).
fn own<'a>(platform: &Platform, actor: &'a Actor) -> Result<&'a PartyKey, Failure> {
    let party = party_of(actor)?;
    let on = Subject { parties: vec![party.to_string()], ..Subject::new("Unit", "own") };
    clear(&*platform.gate, actor, "property.mine", &on)?;
    Ok(party)
}

// --- applying ----------------------------------------------------------------------------------------------------------

/// About which unit.
#[derive(Debug, Default, Deserialize)]
struct About {
    unit: Option<String>,
    kind: Option<String>,
}

async fn apply_page(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
    Query(about): Query<About>,
) -> Result<Response, Failure> {
    let officer = actor.organ().is_some();
    if !officer {
        party_of(&actor)?;
    }
    let unit: Option<UnitNo> = about.unit.as_deref().and_then(|text| text.parse().ok());
    let location = match unit {
        Some(unit) => {
            let now = platform.clock.now();
            let snapshot = book::now(&*platform.reader, unit, now).await?;
            snapshot.and_then(|snapshot| book::fact(&snapshot, "unit", "location"))
        }
        None => None,
    };
    let kind = about.kind.as_deref().and_then(Kind::of).unwrap_or(Kind::Transfer);
    let masked = location.filter(|_| officer);
    let page = pages::Form { id: tools.outside.page_id(), kind, unit, location: masked };
    Ok(pages::apply(&frame, &page).into_response())
}

/// What was typed of an application.
struct Typed<'a>(&'a Posted);

impl Typed<'_> {
    fn text(&self, name: &str) -> String {
        self.0.filled(name).unwrap_or_default().to_owned()
    }

    fn ticked(&self, name: &str) -> bool {
        !self.0.ticked(name).is_empty()
    }

    /// An amount in yuan as fen; none where nothing is typed.
    fn fen(&self, name: &'static str) -> Result<Option<i64>, PropertyError> {
        let wrong = || PropertyError::Field { key: name };
        let text = self.text(name).replace([',', '，'], "");
        if text.is_empty() {
            return Ok(None);
        }
        let (yuan, cents) = text.split_once('.').unwrap_or((&text, ""));
        let digits =
            |text: &str| text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if yuan.is_empty() || !digits(yuan) || !digits(cents) || cents.len() > 2 {
            return Err(wrong());
        }
        let yuan: i64 = yuan.parse().map_err(|_digits| wrong())?;
        let cents: i64 = format!("{cents:0<2}").parse().map_err(|_digits| wrong())?;
        yuan.checked_mul(100).and_then(|fen| fen.checked_add(cents)).map(Some).ok_or_else(wrong)
    }
}

/// Somebody typed in the form: who, and which share.
struct Person {
    party: PartyKey,
    card: HolderCard,
    share: Option<elements::Share>,
}

fn people(tools: &Tools, typed: &Typed<'_>) -> Result<Vec<Person>, PropertyError> {
    let mut found = Vec::new();
    for n in 0..TAKERS_MAX {
        let (name, number) = (typed.text(&format!("name_{n}")), typed.text(&format!("number_{n}")));
        if name.is_empty() && number.is_empty() {
            continue;
        }
        let wrong = PropertyError::Field { key: "id_number" };
        let document = match typed.text(&format!("type_{n}")).as_str() {
            "uscc" => Document::organisation(&number),
            _ => Document::person(IdType::ResidentId, &number),
        };
        let document = document.map_err(|_shape| wrong)?;
        let keys =
            tools.outside.keys.as_ref().ok_or(PropertyError::PartnerDown { organ: "identity" })?;
        let share = match typed.text(&format!("share_{n}")) {
            text if text.is_empty() => None,
            text => Some(
                registers::record::shares::read_share(&text)
                    .ok_or(PropertyError::Field { key: "share" })?,
            ),
        };
        let party = keys.of(&document);
        let (id_type, id_number) = (document.type_key().to_owned(), document.number().to_owned());
        found.push(Person { party, card: HolderCard { name, id_type, id_number }, share });
    }
    Ok(found)
}

async fn apply(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    posted: Posted,
) -> Result<Response, Failure> {
    if actor == Actor::Public {
        return Err(Denied::SignedOut.into());
    }
    let typed = Typed(&posted);
    let unit: UnitNo = codes::fold_identifier(&typed.text("real_estate_unit_no"))
        .replace('-', "")
        .parse()
        .map_err(Failure::from)?;
    let now = platform.clock.now();
    let key = number(unit, now.date(), &posted);
    if queries::registration(&*platform.reader, &key).await?.is_some() {
        // The same page was sent before.
        return Ok(Redirect::to(&format!("/property/registrations/{key}")).into_response());
    }
    let kind = Kind::of(&typed.text("kind")).ok_or(PropertyError::Field { key: "kind" })?;
    let office = (tools.outside.offices)(unit.division());
    let office = office.ok_or(PropertyError::Field { key: "place" })?;
    let snapshot = book::now(&*platform.reader, unit, now).await?;
    let people = people(&tools, &typed)?;
    let wish = wish(&tools, &typed, kind, unit, &people).await?;
    let at = (office.place.as_str(), &office.organ);
    let entry = book::entry(kind, unit, at, snapshot.as_ref(), &wish)?.map(Box::new);
    let application = Application {
        kind,
        unit,
        more_units: Vec::new(),
        applicants: applicants(kind, &actor, snapshot.as_ref(), &people),
        by_act: typed.ticked("by_act"),
        purpose: Purpose::of(&typed.text("purpose"))
            .ok_or(PropertyError::Field { key: "purpose" })?,
        micro: typed.ticked("micro"),
        circumstance: Circumstance::of(&typed.text("circumstance")).unwrap_or_default(),
        certificates: if kind.gives_certificate() {
            typed.text("certificates").parse().unwrap_or(1)
        } else {
            0
        },
        value_fen: typed.fen("value")?.unwrap_or_default(),
        entry,
        papers: papers(&tools, &posted).await?,
        office,
    };
    let on = Subject {
        organ: Some(application.office.organ.clone()),
        place: application.office.place.clone(),
        parties: application.applicants.iter().map(ToString::to_string).collect(),
        ..Subject::new("Registration", "new")
    };
    let by = clear(&*platform.gate, &actor, "property.apply", &on)?;
    let apply = RegistrationCommand::Apply { key: key.clone(), application: Box::new(application) };
    let group =
        Atomic::new(shard_of(unit.division())).then::<Registration>(&key, &apply).map_err(fault)?;
    submit(&platform, by, group, &[key.0.as_bytes(), b"apply"]).await?;
    Ok(Redirect::to(&format!("/property/registrations/{key}")).into_response())
}

/// The number follows from the page that was sent, so that a form sent twice applies once.
fn number(unit: UnitNo, on: codes::Date, posted: &Posted) -> RegistrationKey {
    let page = posted.command_id().unwrap_or_default().as_bytes().to_vec();
    let said: Vec<u8> =
        posted.answers().flat_map(|(key, value)| format!("{key}={value}\n").into_bytes()).collect();
    let tail =
        seals::base32(&derive_id(&[b"property.number", unit.as_str().as_bytes(), &page, &said]));
    let tail: String = tail.chars().take(8).collect();
    let day = on.to_string().replace('-', "");
    RegistrationKey(format!("BDC-{}-{day}-{tail}", unit.division()))
}

/// Who has to apply: those who hold, and those who are to.
fn applicants(
    kind: Kind,
    actor: &Actor,
    snapshot: Option<&Snapshot>,
    people: &[Person],
) -> Vec<PartyKey> {
    let holders = snapshot.map(book::holders).unwrap_or_default();
    let takers = people.iter().map(|person| person.party.clone());
    let mut all: Vec<PartyKey> = match kind {
        Kind::First => takers.collect(),
        Kind::Objection | Kind::Seizure => match actor {
            Actor::Party { party, .. } => vec![party.clone()],
            _ => takers.collect(),
        },
        Kind::Transfer | Kind::Mortgage | Kind::PreNotice => {
            holders.into_iter().chain(takers).collect()
        }
        Kind::Change | Kind::Cancel | Kind::Correct | Kind::Reissue => holders,
    };
    let mut known = std::collections::BTreeSet::new();
    all.retain(|party| known.insert(party.clone()));
    all
}

async fn wish(
    tools: &Arc<Tools>,
    typed: &Typed<'_>,
    kind: Kind,
    unit: UnitNo,
    people: &[Person],
) -> Result<Wish, Failure> {
    let record = book::record_of(unit);
    let mut wish = Wish {
        document_no: typed.text("document_no"),
        no_transfer: typed.ticked("no_transfer"),
        amount_fen: if kind == Kind::Mortgage { typed.fen("value")? } else { None },
        ..Wish::default()
    };
    for person in people {
        let card = tools.outside.seal(&record, &person.party, &person.card).await?;
        if kind.gives_proof() {
            let organisation = person.card.id_type == "uscc";
            // An organisation's name is no personal value and stands open; a person's lies sealed.
            wish.side = Side {
                name: if organisation { person.card.name.clone() } else { String::new() },
                organ: None,
                party: Some(person.party.clone()),
                card: (!organisation).then_some(card),
            };
        } else {
            wish.takers.push(Holder {
                party: person.party.clone(),
                share: person.share,
                card: Some(card),
            });
        }
    }
    if kind == Kind::Change || kind == Kind::First || kind == Kind::Correct {
        for key in ["location", "use_code", "area", "building_area", "figure_hash"] {
            if let Some(text) = typed.0.filled(key) {
                wish.unit_facts.insert(key.to_owned(), Value::Text(text.to_owned()));
            }
        }
    }
    if matches!(kind, Kind::First | Kind::Transfer) {
        wish.right_facts = right_facts(kind, typed)?;
    }
    Ok(wish)
}

fn right_facts(kind: Kind, typed: &Typed<'_>) -> Result<BTreeMap<String, Value>, PropertyError> {
    let mut facts = BTreeMap::new();
    for key in ["right_type", "right_nature", "term_from", "term_to"] {
        if let Some(text) = typed.0.filled(key) {
            facts.insert(key.to_owned(), Value::Text(text.to_owned()));
        }
    }
    if let (Kind::Transfer, Some(fen)) = (kind, typed.fen("value")?) {
        facts.insert("price".to_owned(), Value::Int(fen));
    }
    Ok(facts)
}

/// The name of the vault's key of papers.
const PAPERS: &str = "property/papers";

/// What a paper is by its first bytes: ending and media type; none for what is no PDF and no picture.
fn sort_of(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const SORTS: [(&[u8], &str, &str); 3] = [
        (b"%PDF-", "pdf", "application/pdf"),
        (b"\xff\xd8\xff", "jpg", "image/jpeg"),
        (b"\x89PNG\r\n", "png", "image/png"),
    ];
    let sort = SORTS.iter().find(|(head, ..)| bytes.starts_with(head));
    sort.map(|(_, ending, media)| (*ending, *media))
}

/// A paper that was handed in, for whoever may see the registration; an officer's look at it is recorded.
async fn paper(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    Path((key, n)): Path<(String, usize)>,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "property.see", key).await?;
    let papers = queries::materials(&*platform.reader, &row.registration).await?;
    let paper = papers.into_iter().nth(n).ok_or(PropertyError::Unknown)?;
    if actor.organ().is_some() {
        super::looked(&platform, by, &row, &["papers"]).await?;
    }
    let kept = blobs::Kept { blob: blobs::BlobId(paper.blob), key: Some(PAPERS.to_owned()) };
    let bytes = tools.outside.vault.read(&kept).await?;
    let (ending, media) = sort_of(&bytes).unwrap_or(("bin", "application/octet-stream"));
    let name = format!("attachment; filename=\"{}.{ending}\"", n.saturating_add(1));
    let headers = [
        (CONTENT_TYPE, media),
        (CONTENT_DISPOSITION, name.as_str()),
        (CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, bytes).into_response())
}

async fn papers(tools: &Tools, posted: &Posted) -> Result<Vec<crate::model::Paper>, Failure> {
    let mut kept = Vec::new();
    for (n, file) in (1_usize..).zip(&posted.files) {
        let sort = sort_of(&file.bytes).ok_or(PropertyError::Field { key: "papers" })?;
        let blob = tools.outside.vault.keep(Some(PAPERS), &file.bytes).await.map_err(fault)?;
        // What somebody calls a file may name a person, and events name none.
        let name = format!("材料{n}.{}", sort.0);
        kept.push(crate::model::Paper { name, blob: blob.blob.0 });
    }
    Ok(kept)
}

// --- what somebody applied for -----------------------------------------------------------------------------------------

async fn list(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let party = own(&platform, &actor)?;
    let rows = queries::of_party(&*platform.reader, party).await?;
    let today = platform.clock.now().date();
    let mut told = Vec::new();
    for row in rows {
        let tasks = queries::tasks(&*platform.reader, &row.registration).await?;
        let left = row.promise_on.map(|due| pages::progress::between(&tools, today, due));
        let left = left.and_then(|left| u32::try_from(left).ok()).unwrap_or_default();
        let progress = queries::progress_of(&row, &tasks, left);
        told.push((row, progress));
    }
    Ok(pages::registrations(&frame, &told).into_response())
}

async fn one(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = seen(&platform, &actor, "property.see", key).await?;
    let track = pages::progress::gather(&platform, &tools, row).await?;
    let own = party_of(&actor).ok();
    Ok(pages::progress::page(&frame, &track, own).into_response())
}

async fn one_json(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = seen(&platform, &actor, "property.see", key).await?;
    let track = pages::progress::gather(&platform, &tools, row).await?;
    let row = &track.row;
    let answer = json!({
        "registration": row.registration,
        "kind": row.application.kind,
        "real_estate_unit_no": row.application.unit,
        "state": row.state,
        "progress": track.progress.word(),
        "progress_text": track.progress.label(),
        "accepted_on": row.accepted_on,
        "promise_on": row.promise_on,
        "statutory_on": row.statutory_on,
        "tasks": track.tasks,
        "asked": row.asked,
        "version": row.version,
    });
    Ok(axum::Json(answer).into_response())
}

/// Confirm, supply, withdraw, collect: acts of whoever applied.
async fn act(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    Path(key): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "property.act", key).await?;
    let party = party_of(&actor)?.clone();
    let verb = posted.action().map(|action| action.verb).unwrap_or_default();
    let text = |name: &str| posted.filled(name).unwrap_or_default().to_owned();
    let command = match verb.as_str() {
        "confirm" => RegistrationCommand::Confirm { party },
        "supply" => RegistrationCommand::GiveSupplement,
        "withdraw" => RegistrationCommand::Withdraw { reason: text("reason") },
        "collect" => RegistrationCommand::Collect,
        _ => return Err(PropertyError::Field { key: "act" }.into()),
    };
    let version = posted.expected_version().unwrap_or(row.version);
    let mut group = Atomic::new(row.shard.clone())
        .then_at::<Registration>(&row.registration, version, &command)
        .map_err(fault)?;
    let added = papers(&tools, &posted).await?;
    if command == RegistrationCommand::GiveSupplement && !added.is_empty() {
        let add = RegistrationCommand::AddPapers { papers: added };
        group = group.then::<Registration>(&row.registration, &add).map_err(fault)?;
    }
    let seed = bytes(&group)?;
    submit(&platform, by, group, &[row.registration.0.as_bytes(), &version.to_be_bytes(), &seed])
        .await?;
    Ok(Redirect::to(&format!("/property/registrations/{}", row.registration)).into_response())
}

/// An applicant's face against the document that its party follows from: nobody else's document is compared.
async fn face(
    State(platform): State<Platform>,
    axum::Extension(tools): Ours,
    Who(actor): Who,
    Path(key): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let (row, by) = seen(&platform, &actor, "property.act", key).await?;
    let party = party_of(&actor)?;
    let typed = Typed(&posted);
    let (name, number) = (typed.text("name"), typed.text("number"));
    let wrong = PropertyError::Field { key: "id_number" };
    let document = Document::person(IdType::ResidentId, &number).map_err(|_shape| wrong)?;
    let keys =
        tools.outside.keys.as_ref().ok_or(PropertyError::PartnerDown { organ: "identity" })?;
    let photo = posted.files.first().ok_or(PropertyError::Field { key: "photo" })?;
    if keys.of(&document) != *party {
        return Err(PropertyError::NotEntitled.into());
    }
    let service = tools.face.as_ref().ok_or(PropertyError::PartnerDown { organ: "face" })?;
    let ask = Compare {
        request: format!("{}.{}", row.registration, row.version),
        id_type: document.type_key().to_owned(),
        id_number: document.number().to_owned(),
        name,
        photo: photo.bytes.to_vec(),
    };
    if !service.0.compare(ask).await? {
        return Err(PropertyError::FaceDiffers.into());
    }
    let alone = row.application.applicants.len() == 1;
    let task = crate::model::task::IDENTITY.to_owned();
    let command = match alone {
        true => RegistrationCommand::FinishTask { task, note: "人脸核验通过".to_owned() },
        false => {
            let who: String = party.as_str().chars().take(8).collect();
            RegistrationCommand::NoteTask {
                task, note: format!("申请人 {who} 人脸核验通过")
            }
        }
    };
    let group = Atomic::new(row.shard.clone())
        .then::<Registration>(&row.registration, &command)
        .map_err(fault)?;
    let seed = bytes(&command)?;
    submit(&platform, by, group, &[row.registration.0.as_bytes(), &seed]).await?;
    Ok(Redirect::to(&format!("/property/registrations/{}", row.registration)).into_response())
}
