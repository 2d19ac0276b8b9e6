//! What pages, errands and other capabilities ask of the licences' tables.

use crate::model::{Document, Ending, LicenceKey, Order, State};
use crate::status::Status;
use codes::{Date, Label, Moment};
use kernel::{OrganKey, PartyKey, Shard, Waiting};
use module::{Concern, Concerns};
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

impl Turn {
    /// What happened, for people.
    #[must_use]
    pub fn label(&self) -> Label {
        match self.what.as_str() {
            "Issued" => Label::new("制证", "Ordered"),
            "Numbered" => Label::new("编号", "Numbered"),
            "Signed" => Label::new("签发", "Signed"),
            "Suspended" => Label::new("暂停", "Suspended"),
            "Resumed" => Label::new("恢复", "Resumed"),
            "Replaced" => Label::new("换发", "Replaced"),
            "Expired" => Label::new("到期", "Expired"),
            other => Label::new(other, other),
        }
    }
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

/// The licence at a place of a status list.
///
/// # Errors
/// The store cannot be read.
pub async fn at_place(
    reader: &dyn Reader,
    list: &str,
    index: u32,
) -> Result<Option<LicenceRow>, ReadError> {
    let query = Query::new("SELECT licence FROM licences_statuses WHERE 1 = 1")
        .and("list", list)
        .and("place", index)
        .text("LIMIT 1");
    let rows = reader.rows(query).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    licence(reader, &LicenceKey(row.get("licence")?)).await
}

/// The position of the last event that a status list shows; none for a list without places.
///
/// # Errors
/// The store cannot be read.
pub async fn list_changed(reader: &dyn Reader, list: &str) -> Result<Option<u64>, ReadError> {
    let query = Query::new("SELECT changed FROM licences_statuses WHERE 1 = 1")
        .and("list", list)
        .text("ORDER BY changed DESC LIMIT 1");
    let rows = reader.rows(query).await?;
    rows.first().map(|row| Ok(row.get("changed")?)).transpose()
}

/// The statuses of a list that are not what an empty list says.
///
/// # Errors
/// The store cannot be read.
pub async fn statuses(reader: &dyn Reader, list: &str) -> Result<Vec<(u32, Status)>, ReadError> {
    let query = Query::new("SELECT place, state FROM licences_statuses WHERE 1 = 1")
        .and("list", list)
        .and_that("state <>", State::Valid.word());
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| Ok((row.get("place")?, Status::of(row.word("state", State::of)?))))
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

/// The licences of a party, as the log of evidence asks for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LicencesOfParty;

impl Concerns for LicencesOfParty {
    fn of<'a>(
        &'a self,
        reader: &'a dyn Reader,
        party: &'a PartyKey,
    ) -> Waiting<'a, Result<Vec<Concern>, ReadError>> {
        let query =
            Query::new("SELECT shard, licence AS stream FROM licences_list WHERE holder = $1");
        Box::pin(Concern::of_rows(reader, "licence", query.arg(party.as_str())))
    }
}
