//! What pages, errands and other capabilities ask of the licences' tables.

use crate::model::{Document, Ending, LicenceKey, Order, State};
use codes::{Date, Label, Moment};
use kernel::{OrganKey, PartyKey, Shard};
use tables::{Query, ReadError, Reader, Row};

const COLUMNS: &str = "SELECT licence, shard, version, title_zh, title_en, number, body, issued_on, issued_at, state, \
    since, document, token, replaced_by FROM licences_list WHERE 1 = 1";

/// How many versions of a licence a page follows.
const CHAIN_MAX: usize = 20;

/// A licence as its pages show it.
#[derive(Clone, Debug)]
pub struct LicenceRow {
    /// Its key.
    pub licence: LicenceKey,
    /// Its shard.
    pub shard: Shard,
    /// The version of its stream.
    pub version: u64,
    /// The order.
    pub order: Order,
    /// What it is called.
    pub title: Label,
    /// Its number; empty while it has none.
    pub number: String,
    /// The day that it bears.
    pub issued_on: Date,
    /// When it was ordered.
    pub issued_at: Moment,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: Moment,
    /// Its document, once it is signed.
    pub document: Option<Document>,
    /// The token of its public page.
    pub token: Option<String>,
    /// What took its place.
    pub replaced_by: Option<LicenceKey>,
}

/// One line of a licence's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When.
    pub at: Moment,
    /// The event's name.
    pub what: String,
    /// By which act it ended, where it did.
    pub ending: Option<Ending>,
    /// Why.
    pub reason: Option<String>,
    /// By which article.
    pub article: Option<String>,
}

/// The licence of a key.
///
/// # Errors
/// The store cannot be read.
pub async fn licence(
    reader: &dyn Reader,
    key: &LicenceKey,
) -> Result<Option<LicenceRow>, ReadError> {
    one(reader, Query::new(COLUMNS).and("licence", key.0.as_str())).await
}

/// The licence of the token that its QR code bears.
///
/// # Errors
/// The store cannot be read.
pub async fn by_token(reader: &dyn Reader, token: &str) -> Result<Option<LicenceRow>, ReadError> {
    one(reader, Query::new(COLUMNS).and("token", token)).await
}

/// The licences of a holder, the newest first, before an instant: 我的证照.
///
/// # Errors
/// The store cannot be read.
pub async fn of_holder(
    reader: &dyn Reader,
    holder: &PartyKey,
    before: Option<Moment>,
    limit: u32,
) -> Result<Vec<LicenceRow>, ReadError> {
    newest(reader, Query::new(COLUMNS).and("holder", holder.as_str()), before, limit).await
}

/// The licences of an organ, the newest first, before an instant.
///
/// # Errors
/// The store cannot be read.
pub async fn of_organ(
    reader: &dyn Reader,
    organ: &OrganKey,
    before: Option<Moment>,
    limit: u32,
) -> Result<Vec<LicenceRow>, ReadError> {
    newest(reader, Query::new(COLUMNS).and("organ", organ.as_str()), before, limit).await
}

/// The licences that come from a thing, such as a case, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_origin(
    reader: &dyn Reader,
    kind: &str,
    key: &str,
) -> Result<Vec<LicenceRow>, ReadError> {
    let query = Query::new(COLUMNS)
        .and("origin_kind", kind)
        .and("origin_key", key)
        .text("ORDER BY issued_at, licence LIMIT 200");
    many(reader, query).await
}

/// The history of a licence, in order.
///
/// # Errors
/// The store cannot be read.
pub async fn turns(reader: &dyn Reader, key: &LicenceKey) -> Result<Vec<Turn>, ReadError> {
    let query = Query::new(
        "SELECT at, what, ending, reason, article FROM licences_turns WHERE licence = $1 ORDER BY version",
    )
    .arg(key.0.as_str());
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            let ending: Option<String> = row.get("ending")?;
            Ok(Turn {
                at: row.get("at")?,
                what: row.get("what")?,
                ending: ending.as_deref().and_then(Ending::of),
                reason: row.get("reason")?,
                article: row.get("article")?,
            })
        })
        .collect()
}

/// The chain of versions that a licence stands in, from the first to the latest, itself among them.
///
/// # Errors
/// The store cannot be read.
pub async fn chain(reader: &dyn Reader, of: &LicenceRow) -> Result<Vec<LicenceRow>, ReadError> {
    let mut chain = vec![of.clone()];
    while let Some(earlier) = chain.first().and_then(|row| row.order.replaces.clone()) {
        match licence(reader, &earlier).await? {
            Some(row) if chain.len() < CHAIN_MAX => chain.insert(0, row),
            _ => break,
        }
    }
    while let Some(later) = chain.last().and_then(|row| row.replaced_by.clone()) {
        match licence(reader, &later).await? {
            Some(row) if chain.len() < CHAIN_MAX => chain.push(row),
            _ => break,
        }
    }
    Ok(chain)
}

async fn one(reader: &dyn Reader, query: Query) -> Result<Option<LicenceRow>, ReadError> {
    reader.rows(query.text("LIMIT 1")).await?.first().map(read).transpose()
}

async fn many(reader: &dyn Reader, query: Query) -> Result<Vec<LicenceRow>, ReadError> {
    reader.rows(query).await?.iter().map(read).collect()
}

async fn newest(
    reader: &dyn Reader,
    query: Query,
    before: Option<Moment>,
    limit: u32,
) -> Result<Vec<LicenceRow>, ReadError> {
    let query = match before {
        Some(before) => query.and_that("issued_at <", before),
        None => query,
    };
    many(reader, query.text(&format!("ORDER BY issued_at DESC, licence LIMIT {limit}"))).await
}

fn read(row: &Row) -> Result<LicenceRow, ReadError> {
    Ok(LicenceRow {
        licence: LicenceKey(row.get("licence")?),
        shard: Shard::new(row.get::<String>("shard")?),
        version: row.get("version")?,
        order: row.json("body")?,
        title: Label::new(row.get::<String>("title_zh")?, row.get::<String>("title_en")?),
        number: row.get("number")?,
        issued_on: row.get("issued_on")?,
        issued_at: row.get("issued_at")?,
        state: row.word("state", State::of)?,
        since: row.get("since")?,
        document: row.json("document")?,
        token: row.get("token")?,
        replaced_by: row.get::<Option<String>>("replaced_by")?.map(LicenceKey),
    })
}
