//! Routes of penalty cases: officers' cases, the counter, the party's letters, the public check, operation.

pub(crate) mod acts;
mod compose;
mod confirmation;
pub(crate) mod public;

use crate::decide::{Penalty, PenaltyCommand};
use crate::errand::Tools;
use crate::error::PenaltyError;
use crate::model::{Consent, PaperId, confirmation_key, notice_key};
use crate::package;
use crate::pages;
use crate::queries::{self, CaseRow, PaperRow};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use codes::Moment;
use delivery::NoticeKey;
use delivery::confirmation::{Confirmation, ConfirmationKey};
use kernel::{Actor, Aggregate as _, Atomic, CommandId, OrganKey, Recorded};
use module::{Clearance, Denied, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Query, RequestError};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Rows on one page of a list.
pub(crate) const PAGE_ROWS: u32 = 50;
/// How keys of customs offices end in the directory of organs.
const OF_CUSTOMS: &str = "-customs";

pub(crate) fn router(tools: Arc<Tools>) -> Router<Platform> {
    Router::new()
        .route("/penalty", get(async || Redirect::to("/penalty/letters")))
        .route("/penalty/cases", get(list_page))
        .route("/penalty/cases/new", get(acts::new_page).post(acts::file))
        .route("/penalty/cases/{no}", get(case_page).post(acts::act))
        .route("/penalty/cases/{no}/counter", get(counter_page))
        .route("/penalty/cases/{no}/confirmation.pdf", get(confirmation::paper))
        .route("/penalty/cases/{no}/{paper}/draft", get(acts::draft_page).post(acts::draft))
        .route("/penalty/cases/{no}/{paper}/package.zip", get(package_file))
        .route("/penalty/cases/{no}/{paper}/package", axum::routing::post(acts::ask_notary))
        .route("/penalty/letters", get(letters_page))
        .route("/penalty/letters/{no}/{paper}", get(letter_page).post(acts::speak))
        .route("/penalty/check", get(public::enter))
        .route("/penalty/check/{token}", get(public::check).post(public::compare))
        .route("/penalty/operation", get(operation_page))
        .route("/api/v1/penalty/cases", get(list_json))
        .route("/api/v1/penalty/cases/{no}", get(case_json))
        .layer(Extension(tools))
}

/// From where a list goes on.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Before {
    before: Option<i64>,
}

// --- officers --------------------------------------------------------------------------------------------------------

async fn list_page(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Failure> {
    let rows = own_cases(&platform, &actor, before).await?;
    let today = platform.clock.now().date();
    Ok(pages::cases(&frame, &rows, today, PAGE_ROWS).into_response())
}

async fn list_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Failure> {
    let rows = own_cases(&platform, &actor, before).await?;
    let cases: Vec<_> = rows.iter().map(row_json).collect();
    Ok(portal::Json(json!({"cases": cases})).into_response())
}

/// The organ, if it is one of customs: no other has penalty cases here.
fn customs(organ: &OrganKey) -> Option<OrganKey> {
    organ.as_str().ends_with(OF_CUSTOMS).then(|| organ.clone())
}

async fn own_cases(
    platform: &Platform,
    actor: &Actor,
    before: Option<i64>,
) -> Result<Vec<CaseRow>, Failure> {
    let organ = match actor {
        Actor::Officer { organ, .. } => organ,
        Actor::Public => return Err(Denied::SignedOut.into()),
        _ => return Err(PenaltyError::NotAnOfficer.into()),
    };
    let on = Subject { organ: customs(organ), ..Subject::new("PenaltyCase", "list") };
    clear(&*platform.gate, actor, "penalty.list", &on)?;
    let before = before.map(Moment::from_us);
    Ok(queries::of_organ(&*platform.reader, organ, before, PAGE_ROWS).await?)
}

/// Everything that a page of a case shows.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) row: CaseRow,
    pub(crate) case: Penalty,
    pub(crate) events: Vec<Recorded>,
    pub(crate) papers: Vec<PaperRow>,
    pub(crate) by: Clearance,
}

pub(crate) async fn loaded(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    no: &str,
) -> Result<Loaded, Failure> {
    let Some(row) = queries::case(&*platform.reader, no).await? else {
        // Who may see no case is not told which cases there are.
        clear(&*platform.gate, actor, action, &Subject::new("PenaltyCase", no))?;
        return Err(PenaltyError::Unknown.into());
    };
    let by = clear(&*platform.gate, actor, action, &subject(&row))?;
    let folded = queries::folded(&*platform.history, &row.shard, &row.no).await;
    let (case, events) = folded?;
    let papers = queries::papers(&*platform.reader, no).await?;
    Ok(Loaded { row, case, events, papers, by })
}

async fn case_page(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    frame: Frame,
    Path(no): Path<String>,
) -> Result<Response, Failure> {
    let loaded = loaded(&platform, &actor, "penalty.see", &no).await?;
    let may = May::of(&platform, &actor, &loaded.row);
    let ladders = ladders(&platform, &loaded).await?;
    let profile = profile(&tools, &loaded).await?;
    let seen = pages::Seen {
        frame: &frame,
        loaded: &loaded,
        ladders: &ladders,
        profile: &profile,
        calendar: &tools.law.calendar(),
        now: platform.clock.now(),
        may,
    };
    Ok(pages::case(&seen).into_response())
}

async fn case_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(no): Path<String>,
) -> Result<Response, Failure> {
    let loaded = loaded(&platform, &actor, "penalty.see", &no).await?;
    let papers: Vec<_> = loaded.papers.iter().map(paper_json).collect();
    let marks: Vec<_> = loaded
        .case
        .marks()
        .into_iter()
        .map(|(mark, open)| json!({"mark": mark, "open": open}))
        .collect();
    let mut case = row_json(&loaded.row);
    if let Some(members) = case.as_object_mut() {
        members.insert("marks".to_owned(), marks.into());
        members.insert("papers".to_owned(), papers.into());
    }
    Ok(portal::Json(case).into_response())
}

/// What an officer or a party may do on a page.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct May {
    pub(crate) handle: bool,
    pub(crate) review: bool,
    pub(crate) decide: bool,
    pub(crate) record: bool,
}

impl May {
    fn of(platform: &Platform, actor: &Actor, row: &CaseRow) -> Self {
        let on = subject(row);
        let may = |action| clear(&*platform.gate, actor, action, &on).is_ok();
        let officer = matches!(actor, Actor::Officer { .. });
        Self {
            handle: officer && may("penalty.handle"),
            review: officer && may("penalty.review"),
            decide: officer && may("penalty.decide"),
            record: officer && may("penalty.record"),
        }
    }
}

/// A paper on its way: the notice and its record.
#[derive(Debug)]
pub(crate) struct Ladder {
    pub(crate) paper: PaperId,
    pub(crate) notice: Option<delivery::queries::NoticeRow>,
    pub(crate) turns: Vec<delivery::queries::Turn>,
}

async fn ladders(platform: &Platform, loaded: &Loaded) -> Result<Vec<Ladder>, Failure> {
    let mut ladders = Vec::new();
    for row in &loaded.papers {
        ladders.push(ladder(platform, row).await?);
    }
    Ok(ladders)
}

pub(crate) async fn ladder(platform: &Platform, row: &PaperRow) -> Result<Ladder, Failure> {
    let key = NoticeKey(notice_key(row.no.as_str(), &row.paper));
    let notice = delivery::queries::notice(&*platform.reader, &key).await?;
    let turns = delivery::queries::turns(&*platform.reader, &key).await?;
    Ok(Ladder { paper: row.paper.clone(), notice, turns })
}

async fn profile(tools: &Tools, loaded: &Loaded) -> Result<crate::model::Profile, Failure> {
    let kept = loaded.case.filing.as_ref().and_then(|filing| filing.profile.as_ref());
    match tools.profile(kept).await {
        Ok(profile) => Ok(profile),
        // What was erased is shown as nothing, and the page says so.
        Err(blobs::VaultError::Erased { .. }) => Ok(crate::model::Profile::default()),
        Err(error) => Err(error.into()),
    }
}

/// The counter: the code that the party scans, and how far it has come.
async fn counter_page(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    frame: Frame,
    Path(no): Path<String>,
) -> Result<Response, Failure> {
    let loaded = loaded(&platform, &actor, "penalty.handle", &no).await?;
    let round = loaded.case.captures;
    if round == 0 {
        return Ok(Redirect::to(&format!("/penalty/cases/{no}")).into_response());
    }
    let key = ConfirmationKey(confirmation_key(&no, round));
    let stream = platform.history.stream(&loaded.row.shard, Confirmation::KIND, &key.0, 0).await;
    let stream = stream?;
    let progress = pages::Progress::of(&stream);
    let address = tools.capture_address(&key, progress.form_no);
    let code = documents::qr_svg(&address, documents::QrLevel::Medium)?;
    let page = pages::counter(&frame, &loaded.row, loaded.case.consent, &progress, &address, &code);
    let mut response = page.into_response();
    if loaded.case.consent == Consent::Asked {
        // The page follows the party's phone without scripts: the browser asks again.
        response.headers_mut().insert("refresh", HeaderValue::from_static("4"));
    }
    Ok(response)
}

async fn package_file(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    Path((no, paper)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (loaded, row) = paper_of(&platform, &actor, "penalty.see", &no, &paper).await?;
    let kept = loaded.case.papers.get(&row.paper).and_then(|paper| paper.preservation.as_ref());
    let (number, bytes) = match kept {
        // What the notary was asked for, as it was.
        Some(kept) => (kept.package.clone(), tools.vault.read(&kept.kept).await?),
        None => {
            let made = package::make(&platform, &tools, &loaded.row, &row).await?;
            (made.number, made.bytes)
        }
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    let name = format!("attachment; filename=\"{number}.zip\"");
    let name = HeaderValue::from_str(&name).map_err(|_header| RequestError::Fault)?;
    headers.insert(CONTENT_DISPOSITION, name);
    Ok((headers, bytes).into_response())
}

pub(crate) async fn paper_of(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    no: &str,
    paper: &str,
) -> Result<(Loaded, PaperRow), Failure> {
    let loaded = loaded(platform, actor, action, no).await?;
    let row = loaded.papers.iter().find(|row| row.paper.0 == paper).cloned();
    let row = row.ok_or_else(|| PenaltyError::NoSuchPaper(PaperId(paper.to_owned())))?;
    Ok((loaded, row))
}

// --- the party -------------------------------------------------------------------------------------------------------

async fn letters_page(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Failure> {
    let party = match &actor {
        Actor::Party { party, .. } => party,
        Actor::Officer { .. } => return Ok(Redirect::to("/penalty/cases").into_response()),
        Actor::Public => return Err(Denied::SignedOut.into()),
        _ => return Err(PenaltyError::NotTheParty.into()),
    };
    let on = Subject { parties: vec![party.to_string()], ..Subject::new("PenaltyCase", "letters") };
    clear(&*platform.gate, &actor, "penalty.letters", &on)?;
    let before = before.map(Moment::from_us);
    let rows = queries::of_party(&*platform.reader, party, before, PAGE_ROWS).await?;
    Ok(pages::letters(&frame, &rows, platform.clock.now(), PAGE_ROWS).into_response())
}

async fn letter_page(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    frame: Frame,
    Path((no, paper)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (loaded, row) = paper_of(&platform, &actor, "penalty.see", &no, &paper).await?;
    let ladder = ladder(&platform, &row).await?;
    let may_speak = clear(&*platform.gate, &actor, "penalty.speak", &subject(&loaded.row)).is_ok();
    let letter = pages::Letter {
        frame: &frame,
        loaded: &loaded,
        row: &row,
        ladder: &ladder,
        calendar: &tools.law.calendar(),
        now: platform.clock.now(),
        may_speak: may_speak && matches!(actor, Actor::Party { .. }),
    };
    Ok(pages::letter(&letter).into_response())
}

// --- operation -------------------------------------------------------------------------------------------------------

async fn operation_page(
    State(platform): State<Platform>,
    Extension(tools): Extension<Arc<Tools>>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let organ = match &actor {
        Actor::Officer { organ, .. } => customs(organ),
        Actor::Public => return Err(Denied::SignedOut.into()),
        _ => None,
    };
    let on = Subject { organ, ..Subject::new("PenaltyCase", "operation") };
    clear(&*platform.gate, &actor, "penalty.operate", &on)?;
    let now = platform.clock.now();
    let running = crate::operation::running(&*platform.reader, &tools, now).await?;
    Ok(pages::operation(&frame, &running, now).into_response())
}

// --- helpers ---------------------------------------------------------------------------------------------------------

pub(crate) fn subject(row: &CaseRow) -> Subject {
    Subject {
        organ: Some(row.organ.clone()),
        place: row.place.clone(),
        parties: vec![row.party.to_string()],
        facts: vec![("stage", row.stage.word().to_owned())],
        ..Subject::new("PenaltyCase", row.no.as_str())
    }
}

/// The id follows from the case, the version that the page showed and the act: a form sent twice acts once.
pub(crate) async fn submit(
    platform: &Platform,
    by: Clearance,
    row: &CaseRow,
    version: Option<u64>,
    command: &PenaltyCommand,
) -> Result<(), Failure> {
    let version = version.unwrap_or(row.version);
    let commands = Atomic::new(row.shard.clone())
        .then_at::<Penalty>(&row.no, version, command)
        .map_err(|_unwritable| RequestError::Fault)?;
    let act = serde_json::to_vec(command).map_err(|_unwritable| RequestError::Fault)?;
    let id =
        CommandId::derive(&[b"penalty", row.no.as_str().as_bytes(), &version.to_be_bytes(), &act]);
    let submitted = platform.commands.submit(by, id, commands).await;
    submitted.map(drop).map_err(Failure::from)
}

fn row_json(row: &CaseRow) -> serde_json::Value {
    json!({
        "no": row.no, "organ": row.organ_name, "cause": row.cause, "filed_on": row.filed_on.to_string(),
        "stage": row.stage, "since": row.since, "due_on": row.due_on.map(|on| on.to_string()),
        "consent": row.consent, "must_annul": row.must_annul, "closed": row.closed, "version": row.version,
    })
}

fn paper_json(row: &PaperRow) -> serde_json::Value {
    json!({
        "paper": row.paper, "sort": row.sort, "title": row.sort.label(), "issued_at": row.issued_at,
        "served_on": row.served_on.map(|on| on.to_string()), "served_at": row.served_at, "channel": row.channel,
        "clocks": row.clocks, "annulled_by": row.annulled_by, "proof": row.proof,
        "package": row.proof.as_deref().and_then(penalty::package_no), "token": row.token,
    })
}
