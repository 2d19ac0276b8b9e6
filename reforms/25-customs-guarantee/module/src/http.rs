//! Routes of guarantees: the enterprise's page, its declarations, the officers' desk, the guarantor's portal, what anybody may check.

mod acts;
mod hold;
mod line;

use crate::errand::{Tools, plus_days};
use crate::error::GuaranteeError;
use crate::pages;
use crate::queries::{self, By, ExposureRow, FilingRow, TextRow};
use crate::quota;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use guarantee::peaks;
use kernel::Actor;
use ledger::book::queries as book;
use module::{Clearance, Denied, Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Query, csv, csv_response};
use std::sync::Arc;

pub(crate) use acts::shard_of;
pub(crate) use hold::{Wanted, find};

/// Rows on one page.
const PAGE_ROWS: u32 = 200;
/// Events of a statement on one page.
const STATEMENT_ROWS: u32 = 60;
/// Days that the coordinator's figures are made of.
const FIGURE_DAYS: i64 = 30;

/// To look.
const SEE: &str = "guarantee.see";

type Ours = Extension<Arc<Tools>>;

pub(crate) fn router(tools: Arc<Tools>) -> Router<Platform> {
    Router::new()
        .route("/guarantee", get(home))
        .route("/guarantee/mine", get(mine))
        .route("/guarantee/enterprises/{uscc}", get(enterprise))
        .route("/guarantee/enterprises/{uscc}/declare", get(declare).post(hold::hold))
        .route("/guarantee/texts/{no}", get(text).post(acts::text))
        .route("/guarantee/texts/{no}/statement.csv", get(statement))
        .route("/guarantee/uses/{exposure}", get(one_use).post(acts::one_use))
        .route("/guarantee/desk", get(desk))
        .route("/guarantee/filings/{filing}", get(filing).post(acts::filing))
        .route("/guarantee/guarantors", post(acts::guarantors))
        .route("/guarantee/risk", get(risk))
        .route("/guarantee/board", get(board))
        .route("/guarantee/check/{token}", get(check))
        .route("/guarantee/line", post(line::receive))
        .layer(Extension(tools))
}

/// What a policy is asked about: whose it is, who keeps it, who guarantees.
pub(crate) fn of_text(row: &TextRow) -> Subject {
    Subject {
        organ: Some(row.about.issuer.organ.clone()),
        place: row.about.issuer.place.clone(),
        parties: vec![row.about.enterprise.party.to_string()],
        ..Subject::new("Guarantee", row.about.no.as_str())
    }
}

/// What an action is asked about: who only looks may be the guarantor as well.
fn asked(mut on: Subject, action: &str, guarantor: Option<&kernel::PartyKey>) -> Subject {
    if action == SEE {
        on.parties.extend(guarantor.map(ToString::to_string));
    }
    on
}

pub(crate) fn of_use(row: &ExposureRow) -> Subject {
    let about = row.request.about.as_deref();
    Subject {
        organ: about.map(|about| about.issuer.organ.clone()),
        place: about.map(|about| about.issuer.place.clone()).unwrap_or_default(),
        parties: vec![row.request.enterprise.party.to_string()],
        ..Subject::new("Guarantee", row.exposure.as_str())
    }
}

fn of_filing(row: &FilingRow) -> Subject {
    Subject {
        organ: Some(row.organ.clone()),
        parties: vec![row.guarantor_party.to_string()],
        ..Subject::new("Guarantee", row.filing.as_str())
    }
}

fn signed_in(actor: &Actor) -> Result<(), Failure> {
    if *actor == Actor::Public { Err(Denied::SignedOut.into()) } else { Ok(()) }
}

/// A text that whoever acts may do this with; who may not is not told whether there is one.
pub(crate) async fn text_seen(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    no: &str,
) -> Result<(TextRow, Clearance), Failure> {
    signed_in(actor)?;
    let Some(row) = queries::text_of(&*platform.reader, no).await? else {
        clear(&*platform.gate, actor, action, &Subject::new("Guarantee", no))?;
        return Err(GuaranteeError::Unknown { what: "guarantee" }.into());
    };
    let by = clear(
        &*platform.gate,
        actor,
        action,
        &asked(of_text(&row), action, Some(&row.about.guarantor_party)),
    )?;
    Ok((row, by))
}

pub(crate) async fn use_seen(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    exposure: &str,
) -> Result<(ExposureRow, Clearance), Failure> {
    signed_in(actor)?;
    let Some(row) = queries::exposure_of(&*platform.reader, exposure).await? else {
        clear(&*platform.gate, actor, action, &Subject::new("Guarantee", exposure))?;
        return Err(GuaranteeError::Unknown { what: "exposure" }.into());
    };
    let by = clear(
        &*platform.gate,
        actor,
        action,
        &asked(
            of_use(&row),
            action,
            row.request.about.as_deref().map(|about| &about.guarantor_party),
        ),
    )?;
    Ok((row, by))
}

pub(crate) async fn filing_seen(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    filing: &str,
) -> Result<(FilingRow, Clearance), Failure> {
    signed_in(actor)?;
    let Some(row) = queries::filing_of(&*platform.reader, filing).await? else {
        clear(&*platform.gate, actor, action, &Subject::new("Guarantee", filing))?;
        return Err(GuaranteeError::Unknown { what: "filing" }.into());
    };
    let by = clear(&*platform.gate, actor, action, &of_filing(&row))?;
    Ok((row, by))
}

/// The texts of an enterprise, as far as whoever looks may do this with them.
pub(crate) async fn enterprise_seen(
    platform: &Platform,
    actor: &Actor,
    action: &'static str,
    uscc: &str,
) -> Result<(Vec<TextRow>, Clearance), Failure> {
    signed_in(actor)?;
    let by = By::Uscc(uscc.to_owned());
    let mut texts = queries::texts_by(&*platform.reader, &by, PAGE_ROWS).await?;
    let asked = texts.first().map_or_else(|| Subject::new("Guarantee", uscc), of_text);
    let by = clear(&*platform.gate, actor, action, &asked)?;
    texts.retain(|row| clear(&*platform.gate, actor, action, &of_text(row)).is_ok());
    if texts.is_empty() {
        return Err(GuaranteeError::Unknown { what: "enterprise" }.into());
    }
    Ok((texts, by))
}

/// Where people begin: a party with its own, an officer of customs at the desk, whoever oversees at the figures.
async fn home(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
) -> Response {
    let today = platform.clock.now().date();
    let may = |action, on: &Subject| clear(&*platform.gate, &actor, action, on).is_ok();
    let desk = of_desk(&tools, &actor, today).is_ok_and(|on| may("guarantee.desk", &on));
    match &actor {
        Actor::Officer { .. } if desk => Redirect::to("/guarantee/desk").into_response(),
        Actor::Officer { .. } if may("guarantee.oversee", &Subject::new("Guarantee", "board")) => {
            Redirect::to("/guarantee/board").into_response()
        }
        _ => pages::start(&frame).into_response(),
    }
}

/// What one's party is here: an enterprise with its own page, a guarantor with its texts, or neither.
async fn mine(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    signed_in(&actor)?;
    let Actor::Party { party, .. } = &actor else {
        return Ok(Redirect::to("/guarantee").into_response());
    };
    let reader = &*platform.reader;
    if let Some(row) = queries::importer_of_party(reader, party).await? {
        let to = format!("/guarantee/enterprises/{}", row.uscc);
        return Ok(Redirect::to(&to).into_response());
    }
    let by = By::Guarantor(party.clone());
    let texts = queries::texts_by(reader, &by, PAGE_ROWS).await?;
    let filings = queries::filings(reader, &by, PAGE_ROWS).await?;
    if texts.is_empty() && filings.is_empty() {
        return Ok(pages::start(&frame).into_response());
    }
    let mut balances = Vec::new();
    for row in &texts {
        balances.push(queries::balance(reader, row.about.no.as_str()).await?);
    }
    let uses = queries::bound(reader, &by, PAGE_ROWS).await?;
    let today = platform.clock.now().date();
    let page = pages::Portal { texts: &texts, balances: &balances, filings: &filings, uses: &uses };
    Ok(pages::portal(&frame, &page, &tools.law, today).into_response())
}

async fn enterprise(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
    Path(uscc): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let (texts, _by) = enterprise_seen(&platform, &actor, "guarantee.see", &uscc).await?;
    let reader = &*platform.reader;
    let now = platform.clock.now();
    let mut balances = Vec::new();
    for row in &texts {
        balances.push(queries::balance(reader, row.about.no.as_str()).await?);
    }
    let by = By::Uscc(uscc.clone());
    let uses = queries::bound(reader, &by, PAGE_ROWS).await?;
    let stood = queries::stood(reader, &uscc, PAGE_ROWS * 10).await?;
    let peaks = peaks(stood.iter().map(|(at, key, fen)| (*at, key.as_str(), *fen)));
    let switches = tools.law.switches(now.date())?;
    let asked = wanted.asked(&tools.law, now.date());
    let found = match &asked {
        Some(Ok(asked)) => Some(find(&texts, &balances, asked)),
        _ => None,
    };
    let importer = queries::importer_of(reader, &uscc).await?;
    let may_use = texts
        .first()
        .is_some_and(|row| clear(&*platform.gate, &actor, "guarantee.use", &of_text(row)).is_ok());
    let page = pages::Enterprise {
        texts: &texts,
        balances: &balances,
        uses: &uses,
        saved_fen: peaks.saved_fen(switches.fee_bp),
        peaks,
        importer: importer.as_ref(),
        wanted: &wanted,
        asked: asked.as_ref(),
        found: found.as_ref(),
        may_use,
        today: now.date(),
    };
    Ok(pages::enterprise(&frame, &page, &tools.law).into_response())
}

async fn declare(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
    Path(uscc): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let (texts, _by) = enterprise_seen(&platform, &actor, "guarantee.use", &uscc).await?;
    let today = platform.clock.now().date();
    let mut balances = Vec::new();
    for row in &texts {
        balances.push(queries::balance(&*platform.reader, row.about.no.as_str()).await?);
    }
    let page = pages::Declare { texts: &texts, balances: &balances, wanted: &wanted, today };
    Ok(pages::declare(&frame, &page, &tools.law).into_response())
}

async fn text(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
    Path(no): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = text_seen(&platform, &actor, "guarantee.see", &no).await?;
    let reader = &*platform.reader;
    let key = quota::book_of(&row.about.no);
    let now = platform.clock.now();
    let span = (now.plus_seconds(-90 * 86_400), now);
    let page = pages::Text {
        row: &row,
        balance: queries::balance(reader, &no).await?,
        points: book::over_time(reader, &key, quota::LIMIT, span, 2_000).await?,
        lines: book::statement(reader, &key, quota::LIMIT, None, STATEMENT_ROWS).await?,
        uses: queries::bound(reader, &By::Guarantee(no.clone()), PAGE_ROWS).await?,
        changes: queries::changes(reader, Some(&no)).await?,
        may_decide: clear(&*platform.gate, &actor, "guarantee.decide", &of_text(&row)).is_ok(),
        now,
    };
    Ok(pages::text(&frame, &page, &tools.law).into_response())
}

async fn statement(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(no): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = text_seen(&platform, &actor, "guarantee.see", &no).await?;
    let key = quota::book_of(&row.about.no);
    let lines = book::statement(&*platform.reader, &key, quota::LIMIT, None, 10_000).await?;
    let rows: Vec<[String; 4]> = lines
        .iter()
        .rev()
        .map(|line| {
            let told = crate::errand::line_of(line);
            let (by, free) = (crate::line::yuan(told.by_fen), crate::line::yuan(told.free_fen));
            [line.at.to_string(), told.what, by, free]
        })
        .collect();
    let head = ["时间", "事项", "变动（元）", "可用余额（元）"];
    let rows = rows.iter().map(|row| row.iter().map(String::as_str));
    Ok(csv_response(&format!("statement-{no}"), csv(&head, rows)))
}

async fn one_use(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
    Path(exposure): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = use_seen(&platform, &actor, "guarantee.see", &exposure).await?;
    let may = |action| clear(&*platform.gate, &actor, action, &of_use(&row)).is_ok();
    let officer = matches!(actor, Actor::Officer { .. });
    let page = pages::Use {
        row: &row,
        may_tell: officer && may("guarantee.use"),
        may_decide: officer && may("guarantee.decide"),
        now: platform.clock.now(),
    };
    Ok(pages::one_use(&frame, &page, &tools.law).into_response())
}

/// The desk of whoever answers for a customs office; nobody else has one.
fn of_desk(tools: &Tools, actor: &Actor, today: codes::Date) -> Result<Subject, Failure> {
    signed_in(actor)?;
    let offices = tools.law.offices(today).into_iter();
    let mut organs = offices.filter_map(|office| (tools.offices)(&office.code));
    let own = organs.any(|issuer| Some(&issuer.organ) == actor.organ());
    let organ = actor.organ().filter(|_| own).cloned();
    Ok(Subject { organ, ..Subject::new("Guarantee", "desk") })
}

async fn desk(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let on = of_desk(&tools, &actor, platform.clock.now().date())?;
    clear(&*platform.gate, &actor, "guarantee.desk", &on)?;
    let Some(organ) = actor.organ().cloned() else {
        return Err(GuaranteeError::PlatformOnly.into());
    };
    let reader = &*platform.reader;
    let by = By::Organ(organ);
    let now = platform.clock.now();
    let page = pages::Desk {
        filings: queries::filings(reader, &by, PAGE_ROWS).await?,
        changes: own_changes(reader, &by).await?,
        uses: queries::bound(reader, &by, PAGE_ROWS * 5).await?,
        guarantors: queries::guarantors(reader).await?,
        today: now.date(),
    };
    Ok(pages::desk(&frame, &page, &tools.law).into_response())
}

/// Changes of texts that an organ keeps and has not decided.
async fn own_changes(
    reader: &dyn tables::Reader,
    by: &By,
) -> Result<Vec<queries::ChangeRow>, tables::ReadError> {
    let own = queries::texts_by(reader, by, PAGE_ROWS * 10).await?;
    let mut open = queries::changes(reader, None).await?;
    open.retain(|change| own.iter().any(|text| text.about.no.as_str() == change.no));
    Ok(open)
}

async fn filing(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let (row, _by) = filing_seen(&platform, &actor, "guarantee.see", &key).await?;
    let reader = &*platform.reader;
    let guarantor = queries::guarantor_of(reader, row.offered.guarantor.as_str()).await?;
    let may_decide = clear(&*platform.gate, &actor, "guarantee.decide", &of_filing(&row)).is_ok();
    let today = platform.clock.now().date();
    let page = pages::Filing { row: &row, guarantor: guarantor.as_ref(), may_decide, today };
    Ok(pages::filing(&frame, &page, &tools.law).into_response())
}

async fn risk(
    State(platform): State<Platform>,
    Extension(tools): Ours,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let on = of_desk(&tools, &actor, platform.clock.now().date())?;
    clear(&*platform.gate, &actor, "guarantee.desk", &on)?;
    let Some(organ) = actor.organ().cloned() else {
        return Err(GuaranteeError::PlatformOnly.into());
    };
    let by = By::Organ(organ);
    let importers = queries::importers(&*platform.reader, &by, PAGE_ROWS * 5).await?;
    let texts = queries::texts_by(&*platform.reader, &by, PAGE_ROWS * 10).await?;
    let now = platform.clock.now();
    Ok(pages::risk(&frame, &importers, &texts, now).into_response())
}

async fn board(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    signed_in(&actor)?;
    clear(&*platform.gate, &actor, "guarantee.oversee", &Subject::new("Guarantee", "board"))?;
    let today = platform.clock.now().date();
    let figures = queries::figures(&*platform.reader, plus_days(today, -FIGURE_DAYS)).await?;
    Ok(pages::board(&frame, &figures, today).into_response())
}

/// The page of a text's QR code: how it stands and whether quota is left; no sums, no names but the number.
async fn check(
    State(platform): State<Platform>,
    frame: Frame,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let now = platform.clock.now();
    let reader = &*platform.reader;
    let found = match queries::text_of_token(reader, &token).await? {
        Some(row) => {
            let balance = queries::balance(reader, row.about.no.as_str()).await?;
            Some((row, balance.available_fen() > 0))
        }
        None => None,
    };
    Ok(pages::check(&frame, found.as_ref(), now).into_response())
}
