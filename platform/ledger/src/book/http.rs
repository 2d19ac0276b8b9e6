//! Routes of books: lists, one book, one account with its statement, all of it as pages, JSON and CSV.

use super::chart::quantity;
use super::model::BookKey;
use super::pages::{self, Shown};
use super::queries::{self, AccountRow, BookRow, Standing};
use super::statement::StatementRow;
use crate::error::LedgerError;
use crate::whose::{Whose, whose};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use codes::Moment;
use kernel::Actor;
use module::{Platform, Subject, Who, clear};
use portal::{Failure, Frame, Path, Query, csv, csv_response};
use serde::Deserialize;
use serde_json::{Value, json};

/// Books on one page of a list.
const PAGE_ROWS: u32 = 200;
/// Events of which the lines are shown at once, on a page, and in a file.
const PAGE_EVENTS: u32 = 50;
const FILE_EVENTS: u32 = 5_000;
/// Steps that are read for a chart.
const CHART_STEPS: u32 = 5_000;

pub(crate) fn router() -> Router<Platform> {
    Router::new()
        .route("/ledger/books", get(list_page))
        .route("/ledger/books/{book}", get(book_page))
        .route("/ledger/books/{book}/{account}", get(account_page))
        .route("/ledger/books/{book}/{account}/statement.csv", get(statement_csv))
        .route("/api/v1/ledger/books", get(list_json))
        .route("/api/v1/ledger/books/{book}", get(book_json))
        .route("/api/v1/ledger/books/{book}/{account}", get(account_json))
        .route("/api/v1/ledger/books/{book}/{account}/statement", get(statement_json))
}

/// What is asked about an account.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// An instant.
    #[serde(default)]
    as_of: Option<String>,
    /// Lines before a version of the book.
    #[serde(default)]
    before: Option<u64>,
}

impl Asked {
    fn instant(&self) -> Result<Option<Moment>, Failure> {
        let asked = self.as_of.as_deref().map(str::trim).filter(|text| !text.is_empty());
        // A `+` in an address means a space.
        let read = |text: &str| text.replace(' ', "+").parse::<Moment>();
        Ok(asked.map(read).transpose().map_err(|_shape| LedgerError::Field { key: "as_of" })?)
    }
}

async fn list(platform: &Platform, actor: &Actor) -> Result<Vec<BookRow>, Failure> {
    let reader = &*platform.reader;
    Ok(match whose(platform, actor, "Book", "ledger.list_books")? {
        Whose::Party(party) => queries::of_party(reader, party, PAGE_ROWS).await?,
        Whose::Organ(organ) => queries::of_organ(reader, organ, PAGE_ROWS).await?,
    })
}

/// A book that the actor may see; who may see none is not told which there are.
async fn seen(platform: &Platform, actor: &Actor, key: &BookKey) -> Result<BookRow, Failure> {
    let found = queries::book(&*platform.reader, key).await?;
    let Some(row) = found else {
        clear(&*platform.gate, actor, "ledger.see_book", &Subject::new("Book", key.as_str()))?;
        return Err(super::BookError::NoBook.into());
    };
    let on = Subject {
        organ: row.organ.clone(),
        place: row.place.clone(),
        parties: row.owners.iter().map(ToString::to_string).collect(),
        ..Subject::new("Book", key.as_str())
    };
    clear(&*platform.gate, actor, "ledger.see_book", &on)?;
    Ok(row)
}

async fn account_of(
    platform: &Platform,
    key: &BookKey,
    account: &str,
) -> Result<AccountRow, Failure> {
    let found = queries::balance(&*platform.reader, key, account).await?;
    Ok(found.ok_or_else(|| super::BookError::NoAccount(account.to_owned()))?)
}

async fn list_page(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
) -> Result<Response, Failure> {
    let rows = list(&platform, &actor).await?;
    Ok(pages::list(&frame, &rows).into_response())
}

async fn list_json(State(platform): State<Platform>, Who(actor): Who) -> Result<Response, Failure> {
    let books: Vec<Value> = list(&platform, &actor).await?.iter().map(book_value).collect();
    Ok(axum::Json(json!({"books": books})).into_response())
}

async fn book_page(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Path(book): Path<String>,
) -> Result<Response, Failure> {
    let row = seen(&platform, &actor, &BookKey(book)).await?;
    let accounts = queries::balances(&*platform.reader, &row.book).await?;
    let freezes = queries::freezes(&*platform.reader, &row.book).await?;
    Ok(pages::book(&frame, &row, &accounts, &freezes).into_response())
}

async fn book_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path(book): Path<String>,
) -> Result<Response, Failure> {
    let row = seen(&platform, &actor, &BookKey(book)).await?;
    let accounts = queries::balances(&*platform.reader, &row.book).await?;
    let freezes = queries::freezes(&*platform.reader, &row.book).await?;
    let mut told = book_value(&row);
    if let Value::Object(fields) = &mut told {
        let accounts: Vec<Value> = accounts.iter().map(account_value).collect();
        let freezes: Vec<Value> = freezes
            .iter()
            .map(|freeze| {
                json!({"accounts": freeze.accounts, "why": freeze.why, "since": freeze.since})
            })
            .collect();
        fields.insert("accounts".to_owned(), accounts.into());
        fields.insert("freezes".to_owned(), freezes.into());
    }
    Ok(axum::Json(told).into_response())
}

async fn account_page(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Path((book, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let row = seen(&platform, &actor, &BookKey(book)).await?;
    let (reader, now) = (&*platform.reader, platform.clock.now());
    let account = account_of(&platform, &row.book, &name).await?;
    let steps =
        queries::over_time(reader, &row.book, &name, (Moment::from_us(i64::MIN), now), CHART_STEPS);
    let steps = steps.await?;
    let lines = queries::statement(reader, &row.book, &name, asked.before, PAGE_EVENTS).await?;
    let as_of = match asked.instant()? {
        None => None,
        Some(at) => {
            let stood = queries::as_of(reader, &row.book, &name, at).await?;
            Some((at, stood.unwrap_or_default()))
        }
    };
    let next = lines
        .last()
        .map(|line| line.version)
        .filter(|version| steps.first().is_some_and(|first| first.version < *version));
    let shown = Shown { book: &row, account: &account, steps, lines: &lines, now, as_of, next };
    Ok(pages::account(&frame, shown).into_response())
}

async fn account_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path((book, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let row = seen(&platform, &actor, &BookKey(book)).await?;
    let account = account_of(&platform, &row.book, &name).await?;
    let Some(at) = asked.instant()? else {
        return Ok(axum::Json(account_value(&account)).into_response());
    };
    let stood = queries::as_of(&*platform.reader, &row.book, &name, at).await?;
    let Standing { posted, reserved, uses, .. } = stood.unwrap_or_default();
    let told = json!({
        "book": row.book, "account": account.account, "unit": account.unit, "as_of": at,
        "posted": posted, "reserved": reserved, "uses": uses,
    });
    Ok(axum::Json(told).into_response())
}

async fn statement_json(
    State(platform): State<Platform>,
    Who(actor): Who,
    Path((book, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let row = seen(&platform, &actor, &BookKey(book)).await?;
    let account = account_of(&platform, &row.book, &name).await?;
    let lines =
        queries::statement(&*platform.reader, &row.book, &name, asked.before, PAGE_EVENTS).await?;
    let next = lines.last().map(|line| line.version).filter(|version| *version > 1);
    let lines: Vec<Value> = lines.iter().map(line_value).collect();
    let told = json!({
        "book": row.book, "account": account.account, "unit": account.unit, "lines": lines,
        "before": next,
    });
    Ok(axum::Json(told).into_response())
}

async fn statement_csv(
    State(platform): State<Platform>,
    Who(actor): Who,
    frame: Frame,
    Path((book, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let row = seen(&platform, &actor, &BookKey(book)).await?;
    let account = account_of(&platform, &row.book, &name).await?;
    let lines = queries::statement(&*platform.reader, &row.book, &name, None, FILE_EVENTS).await?;
    let head = [
        frame.t("时间", "When"),
        frame.t("事项", "What"),
        frame.t("编号", "Entry"),
        frame.t("占用编号", "Reservation"),
        frame.t("余额变动", "Balance by"),
        frame.t("核扣变动", "Reserved by"),
        frame.t("余额", "Balance"),
        frame.t("已核扣", "Reserved"),
        frame.t("依据", "Basis"),
        frame.t("所属", "Belongs to"),
    ];
    let unit = &account.unit;
    let plain = |amount: i64| quantity(amount, unit).replace(',', "");
    let rows: Vec<[String; 10]> = lines
        .iter()
        .map(|line| {
            let (zh, en) = line.what.label();
            [
                line.at.to_string(),
                frame.t(zh, en).to_owned(),
                line.id.map(|id| id.to_string()).unwrap_or_default(),
                line.of.map(|id| id.to_string()).unwrap_or_default(),
                plain(line.posted_by),
                plain(line.reserved_by),
                plain(line.posted),
                plain(line.reserved),
                line.basis.reason.clone(),
                line.basis.pointer().map(|of| of.to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    let text = csv(&head, rows.iter().map(|row| row.iter().map(String::as_str)));
    Ok(csv_response(&format!("{}-{name}", row.book), text))
}

fn book_value(row: &BookRow) -> Value {
    json!({
        "book": row.book, "title": row.title, "organ": row.organ, "place": row.place,
        "opened_at": row.opened_at, "closed_at": row.closed_at,
    })
}

fn account_value(row: &AccountRow) -> Value {
    json!({
        "account": row.account, "label": row.label, "unit": row.unit, "floor": row.floor,
        "posted": row.standing.posted, "reserved": row.standing.reserved,
        "available": row.available, "uses": row.standing.uses, "uses_max": row.uses_max,
        "changed_at": row.standing.at,
    })
}

fn line_value(line: &StatementRow) -> Value {
    json!({
        "version": line.version, "at": line.at, "what": line.what.label().1, "entry": line.id,
        "reservation": line.of, "posted_by": line.posted_by, "reserved_by": line.reserved_by,
        "posted": line.posted, "reserved": line.reserved, "basis": line.basis,
    })
}
