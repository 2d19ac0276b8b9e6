//! What is asked of the tables of books.

use super::event::BookEvent;
use super::model::{AccountName, BookKey, Unit};
use super::statement::{StatementRow, lines_of};
use codes::{Label, Moment};
use kernel::{OrganKey, Origin, PartyKey, Shard};
use std::borrow::Cow;
use tables::{Query, ReadError, Reader, Row};

/// A book as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookRow {
    /// Its key.
    pub book: BookKey,
    /// Its shard.
    pub shard: Shard,
    /// What it is.
    pub title: Option<Label>,
    /// The parties that may see it.
    pub owners: Vec<PartyKey>,
    /// The organ that keeps it.
    pub organ: Option<OrganKey>,
    /// Its place.
    pub place: String,
    /// What it comes from.
    pub origin: Option<Origin>,
    /// When it was opened.
    pub opened_at: Moment,
    /// When it was closed.
    pub closed_at: Option<Moment>,
}

/// An account as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Its book.
    pub book: BookKey,
    /// Its name.
    pub account: AccountName,
    /// How people call it.
    pub label: Label,
    /// What it counts.
    pub unit: Unit,
    /// Its floor.
    pub floor: Option<i64>,
    /// Its uses at most.
    pub uses_max: Option<u32>,
    /// How it stands.
    pub standing: Standing,
    /// What may still be taken; nothing where there is no floor.
    pub available: Option<i64>,
}

/// How an account stands at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When it last changed before that.
    pub at: Moment,
    /// The version of the book then.
    pub version: u64,
    /// Its balance.
    pub posted: i64,
    /// What of it is reserved.
    pub reserved: i64,
    /// Uses that count.
    pub uses: u32,
}

/// A freeze that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreezeRow {
    /// Its key.
    pub key: String,
    /// The accounts; all if none is named.
    pub accounts: Vec<AccountName>,
    /// Why.
    pub why: String,
    /// Since when.
    pub since: Moment,
}

const BOOKS: &str = "SELECT book, shard, title, owners, organ, place, origin, opened_at, closed_at FROM ledger_books WHERE 1 = 1";
const ACCOUNTS: &str = "SELECT book, account, label, unit, scale, floor, uses_max, posted, reserved, uses, changed_at FROM ledger_accounts WHERE 1 = 1";
const BALANCES: &str =
    "SELECT version, at, posted, reserved, uses FROM ledger_balances WHERE 1 = 1";

/// One book.
///
/// # Errors
/// The store cannot be read.
pub async fn book(reader: &dyn Reader, key: &BookKey) -> Result<Option<BookRow>, ReadError> {
    let query = Query::new(BOOKS).and("book", key.as_str());
    reader.rows(query).await?.first().map(book_row).transpose()
}

/// The books that a party may see, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_party(
    reader: &dyn Reader,
    party: &PartyKey,
    limit: u32,
) -> Result<Vec<BookRow>, ReadError> {
    let query = Query::new(
        "SELECT b.book, b.shard, b.title, b.owners, b.organ, b.place, b.origin, b.opened_at, b.closed_at \
         FROM ledger_book_owners o JOIN ledger_books b ON b.book = o.book WHERE o.party = $1",
    )
    .arg(party.as_str())
    .text(&format!("ORDER BY b.opened_at DESC, b.book LIMIT {limit}"));
    reader.rows(query).await?.iter().map(book_row).collect()
}

/// The books that an organ keeps, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_organ(
    reader: &dyn Reader,
    organ: &OrganKey,
    limit: u32,
) -> Result<Vec<BookRow>, ReadError> {
    let query = Query::new(BOOKS)
        .and("organ", organ.as_str())
        .text(&format!("ORDER BY opened_at DESC, book LIMIT {limit}"));
    reader.rows(query).await?.iter().map(book_row).collect()
}

/// All accounts of a book as they stand.
///
/// # Errors
/// The store cannot be read.
pub async fn balances(reader: &dyn Reader, key: &BookKey) -> Result<Vec<AccountRow>, ReadError> {
    let query = Query::new(ACCOUNTS).and("book", key.as_str()).text("ORDER BY account");
    reader.rows(query).await?.iter().map(account_row).collect()
}

/// One account as it stands.
///
/// # Errors
/// The store cannot be read.
pub async fn balance(
    reader: &dyn Reader,
    key: &BookKey,
    account: &str,
) -> Result<Option<AccountRow>, ReadError> {
    let query = Query::new(ACCOUNTS).and("book", key.as_str()).and("account", account);
    reader.rows(query).await?.first().map(account_row).transpose()
}

/// How an account stood at an instant, that instant included; nothing before its first entry.
///
/// # Errors
/// The store cannot be read.
pub async fn as_of(
    reader: &dyn Reader,
    key: &BookKey,
    account: &str,
    at: Moment,
) -> Result<Option<Standing>, ReadError> {
    let query = Query::new(BALANCES)
        .and("book", key.as_str())
        .and("account", account)
        .and_that("at <=", at)
        .text("ORDER BY at DESC, version DESC LIMIT 1");
    reader.rows(query).await?.first().map(standing).transpose()
}

/// How an account stood after each event of a time, in order: for charts.
///
/// # Errors
/// The store cannot be read.
pub async fn over_time(
    reader: &dyn Reader,
    key: &BookKey,
    account: &str,
    (from, to): (Moment, Moment),
    limit: u32,
) -> Result<Vec<Standing>, ReadError> {
    let query = Query::new(BALANCES)
        .and("book", key.as_str())
        .and("account", account)
        .and_that("at >=", from)
        .and_that("at <=", to)
        .text(&format!("ORDER BY at DESC, version DESC LIMIT {limit}"));
    let rows = reader.rows(query).await?;
    let mut points = rows.iter().map(standing).collect::<Result<Vec<_>, _>>()?;
    points.reverse();
    Ok(points)
}

/// A statement of an account, the newest line first, each with the balance after it: the lines of so many events before a
/// version of the book.
///
/// # Errors
/// The store cannot be read.
pub async fn statement(
    reader: &dyn Reader,
    key: &BookKey,
    account: &str,
    before: Option<u64>,
    events: u32,
) -> Result<Vec<StatementRow>, ReadError> {
    let mut query = Query::new(
        "SELECT b.version, b.at, b.posted, b.reserved, b.uses, e.body \
         FROM ledger_balances b JOIN ledger_entries e ON e.book = b.book AND e.version = b.version WHERE 1 = 1",
    )
    .and("b.book", key.as_str())
    .and("b.account", account);
    if let Some(before) = before {
        query = query.and_that("b.version <", before);
    }
    let rows = reader.rows(query.text(&format!("ORDER BY b.version DESC LIMIT {events}"))).await?;
    let mut lines = Vec::new();
    for row in &rows {
        let event: BookEvent = row.json("body")?;
        lines.extend(lines_of(&event, &AccountName::new(account), &standing(row)?));
    }
    Ok(lines)
}

/// The freezes that stand on a book.
///
/// # Errors
/// The store cannot be read.
pub async fn freezes(reader: &dyn Reader, key: &BookKey) -> Result<Vec<FreezeRow>, ReadError> {
    let query =
        Query::new("SELECT freeze_key, accounts, why, since FROM ledger_freezes WHERE book = $1")
            .arg(key.as_str())
            .text("ORDER BY since, freeze_key");
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            Ok(FreezeRow {
                key: row.get("freeze_key")?,
                accounts: row.json("accounts")?,
                why: row.get("why")?,
                since: row.get("since")?,
            })
        })
        .collect()
}

fn book_row(row: &Row) -> Result<BookRow, ReadError> {
    Ok(BookRow {
        book: BookKey(row.get("book")?),
        shard: Shard::new(row.get::<String>("shard")?),
        title: row.json("title")?,
        owners: row.json("owners")?,
        organ: row.get::<Option<String>>("organ")?.map(OrganKey::new),
        place: row.get("place")?,
        origin: row.json("origin")?,
        opened_at: row.get("opened_at")?,
        closed_at: row.get("closed_at")?,
    })
}

fn account_row(row: &Row) -> Result<AccountRow, ReadError> {
    let floor: Option<i64> = row.get("floor")?;
    let (posted, reserved): (i64, i64) = (row.get("posted")?, row.get("reserved")?);
    let scale: i64 = row.get("scale")?;
    let unit =
        Unit { code: Cow::Owned(row.get("unit")?), scale: u8::try_from(scale).unwrap_or_default() };
    let standing = Standing {
        at: row.get("changed_at")?,
        version: 0,
        posted,
        reserved,
        uses: count(row, "uses")?,
    };
    let figures = super::state::Figures { posted, reserved, ..Default::default() };
    Ok(AccountRow {
        book: BookKey(row.get("book")?),
        account: AccountName::new(row.get::<String>("account")?),
        label: row.json("label")?,
        unit,
        floor,
        uses_max: row.get::<Option<i64>>("uses_max")?.and_then(|max| u32::try_from(max).ok()),
        standing,
        available: floor.map(|floor| figures.available(Some(floor))),
    })
}

fn standing(row: &Row) -> Result<Standing, ReadError> {
    Ok(Standing {
        at: row.get("at")?,
        version: row.get("version")?,
        posted: row.get("posted")?,
        reserved: row.get("reserved")?,
        uses: count(row, "uses")?,
    })
}

fn count(row: &Row, column: &str) -> Result<u32, ReadError> {
    let count: i64 = row.get(column)?;
    Ok(u32::try_from(count).unwrap_or_default())
}
