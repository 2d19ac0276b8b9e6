//! What pages ask of the tables of credit repair.

use crate::repair::{About, ProofRef, Stage};
use blobs::Kept;
use codes::{Date, Moment};
use credit_repair::Cond;
use kernel::{OrganKey, PartyKey, Shard};
use registers::listings::{ListEntry, ListingKey};
use tables::{Query, ReadError, Reader, Row};

const ENTRIES: &str = "SELECT listing, shard, about, entry, stage, since, opens_on, law, application, applied_on, due_by, \
    announced_from, announced_to, granted_on, remove_by, gone_on, conditions, told, objections, \
    proofs, reason FROM credit_entries WHERE 1 = 1";

/// An entry as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Which.
    pub listing: ListingKey,
    /// Its shard.
    pub shard: Shard,
    /// About it.
    pub about: About,
    /// As it was made.
    pub entry: ListEntry,
    /// Where it stands.
    pub stage: Stage,
    /// Since when.
    pub since: Moment,
    /// The first day to apply, once it was found.
    pub opens_on: Option<Date>,
    /// The version of the law that counts.
    pub law: Option<String>,
    /// The number of the application.
    pub application: Option<u32>,
    /// Its day.
    pub applied_on: Option<Date>,
    /// The last day of what comes next.
    pub due_by: Option<Date>,
    /// The day of publication of the announcement.
    pub announced_from: Option<Date>,
    /// Its last day.
    pub announced_to: Option<Date>,
    /// The day of the grant.
    pub granted_on: Option<Date>,
    /// The last day to remove it.
    pub remove_by: Option<Date>,
    /// The first day without it.
    pub gone_on: Option<Date>,
    /// The conditions as they were verified last.
    pub conditions: Vec<Cond>,
    /// What was told last.
    pub told: Option<String>,
    /// How many objections came.
    pub objections: u32,
    /// Papers that were handed in, sealed.
    pub proofs: Vec<ProofRef>,
    /// What the entity said, sealed.
    pub reason: Option<Kept>,
}

/// An entity as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectRow {
    /// The unified code.
    pub uscc: String,
    /// The name.
    pub name: String,
    /// The party.
    pub party: PartyKey,
    /// The shard.
    pub shard: Shard,
    /// The version of its stream.
    pub version: u64,
    /// The next day on which something changes by itself.
    pub due: Option<Date>,
    /// The certificate that holds.
    pub proof: Option<u32>,
}

/// One line of history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Of which entry.
    pub listing: ListingKey,
    /// When.
    pub at: Moment,
    /// The event's name.
    pub what: String,
    /// What was told.
    pub told: Option<String>,
}

/// An entity by its code.
///
/// # Errors
/// The store cannot be read.
pub async fn subject(reader: &dyn Reader, uscc: &str) -> Result<Option<SubjectRow>, ReadError> {
    let query = Query::new(SUBJECTS).and("uscc", uscc);
    Ok(subjects(reader, query).await?.pop())
}

/// The entities that a party is: one, or none.
///
/// # Errors
/// The store cannot be read.
pub async fn of_party(
    reader: &dyn Reader,
    party: &PartyKey,
) -> Result<Option<SubjectRow>, ReadError> {
    let query = Query::new(SUBJECTS).and("party", party.as_str());
    Ok(subjects(reader, query).await?.pop())
}

const SUBJECTS: &str =
    "SELECT uscc, name, party, shard, version, due, proof FROM credit_subjects WHERE 1 = 1";

async fn subjects(reader: &dyn Reader, query: Query) -> Result<Vec<SubjectRow>, ReadError> {
    let read = |row: &Row| {
        Ok(SubjectRow {
            uscc: row.get("uscc")?,
            name: row.get("name")?,
            party: PartyKey::new(row.get::<String>("party")?),
            shard: Shard::new(row.get::<String>("shard")?),
            version: row.get("version")?,
            due: row.get("due")?,
            proof: row.get("proof")?,
        })
    };
    reader.rows(query.text("LIMIT 1")).await?.iter().map(read).collect()
}

/// The entries of an entity, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn entries(reader: &dyn Reader, uscc: &str) -> Result<Vec<EntryRow>, ReadError> {
    let query = Query::new(ENTRIES).and("uscc", uscc);
    many(reader, query.text("ORDER BY listing LIMIT 200")).await
}

/// An entry.
///
/// # Errors
/// The store cannot be read.
pub async fn entry(
    reader: &dyn Reader,
    listing: &ListingKey,
) -> Result<Option<EntryRow>, ReadError> {
    let query = Query::new(ENTRIES).and("listing", listing.0.as_str());
    Ok(many(reader, query).await?.pop())
}

/// What an organ has to do, what is due first before what has no day.
///
/// # Errors
/// The store cannot be read.
pub async fn queue(
    reader: &dyn Reader,
    organ: &OrganKey,
    limit: u32,
) -> Result<Vec<EntryRow>, ReadError> {
    let query = Query::new(ENTRIES).and("organ", organ.as_str()).text(&format!(
        "AND stage IN ('applied', 'accepted', 'announcing', 'announced', 'removing') \
         ORDER BY COALESCE(due_by, '9999-12-31'), listing LIMIT {limit}"
    ));
    many(reader, query).await
}

/// Entries on their way of which a day has passed: the late-removal board; of all organs where none is named.
///
/// # Errors
/// The store cannot be read.
pub async fn late(
    reader: &dyn Reader,
    organ: Option<&OrganKey>,
    today: Date,
    limit: u32,
) -> Result<Vec<EntryRow>, ReadError> {
    let mut query = Query::new(ENTRIES);
    if let Some(organ) = organ {
        query = query.and("organ", organ.as_str());
    }
    let query = query.and_that("due_by <", today).text(&format!(
        "AND stage IN ('applied', 'accepted', 'announced', 'removing') ORDER BY due_by, listing LIMIT {limit}"
    ));
    many(reader, query).await
}

/// How a place stands (督查地图).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceRow {
    /// The division, six digits of GB/T 2260.
    pub place: String,
    /// How many entries stand there.
    pub live: u64,
    /// How many applications are on their way.
    pub running: u64,
    /// How many of those are past a day.
    pub late: u64,
}

/// How every place stands.
///
/// # Errors
/// The store cannot be read.
pub async fn places(reader: &dyn Reader, today: Date) -> Result<Vec<PlaceRow>, ReadError> {
    let running = "stage IN ('applied', 'accepted', 'announcing', 'announced', 'removing')";
    let query = Query::new(format!(
        "SELECT place, SUM(CASE WHEN gone_on IS NULL THEN 1 ELSE 0 END) AS live, \
         SUM(CASE WHEN {running} THEN 1 ELSE 0 END) AS running, \
         SUM(CASE WHEN {running} AND stage <> 'announcing' AND due_by < $1 THEN 1 ELSE 0 END) AS late \
         FROM credit_entries GROUP BY place ORDER BY place"
    ))
    .arg(today);
    let read = |row: &Row| {
        Ok(PlaceRow {
            place: row.get("place")?,
            live: row.get("live")?,
            running: row.get("running")?,
            late: row.get("late")?,
        })
    };
    reader.rows(query).await?.iter().map(read).collect()
}

/// Entries at a place whose code begins so, those that are due first before the others.
///
/// # Errors
/// The store cannot be read.
pub async fn at_place(
    reader: &dyn Reader,
    place: &str,
    limit: u32,
) -> Result<Vec<EntryRow>, ReadError> {
    let query = Query::new(ENTRIES)
        .and_that("place >=", place)
        .and_that("place <", format!("{place}~"))
        .text(&format!("ORDER BY COALESCE(due_by, '9999-12-31'), listing LIMIT {limit}"));
    many(reader, query).await
}

/// How many entries stand in each stage.
///
/// # Errors
/// The store cannot be read.
pub async fn funnel(reader: &dyn Reader) -> Result<Vec<(Stage, u64)>, ReadError> {
    let query =
        Query::new("SELECT stage, COUNT(*) AS n FROM credit_entries GROUP BY stage ORDER BY stage");
    let rows = reader.rows(query).await?;
    rows.iter().map(|row| Ok((row.word("stage", Stage::of)?, row.get("n")?))).collect()
}

/// Days from application to removal, of the entries that were repaired last.
///
/// # Errors
/// The store cannot be read.
pub async fn removal_days(reader: &dyn Reader, limit: u32) -> Result<Vec<i64>, ReadError> {
    let query = Query::new(
        "SELECT applied_on, gone_on FROM credit_entries \
         WHERE stage = 'repaired' AND applied_on IS NOT NULL AND gone_on IS NOT NULL",
    )
    .text(&format!("ORDER BY gone_on DESC, listing LIMIT {limit}"));
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            let (from, to): (Date, Date) = (row.get("applied_on")?, row.get("gone_on")?);
            Ok(to.duration_since(from).as_hours() / 24)
        })
        .collect()
}

/// Logins that applied under mandates of several entities: hints of paid go-betweens (修复代办), the busiest first.
///
/// # Errors
/// The store cannot be read.
pub async fn agents(
    reader: &dyn Reader,
    entities_min: u32,
    limit: u32,
) -> Result<Vec<(String, u64, Moment)>, ReadError> {
    let query = Query::new(format!(
        "SELECT login, COUNT(*) AS n, MAX(at) AS last FROM credit_agents GROUP BY login \
         HAVING COUNT(*) >= {entities_min} ORDER BY n DESC, login LIMIT {limit}"
    ));
    let rows = reader.rows(query).await?;
    rows.iter().map(|row| Ok((row.get("login")?, row.get("n")?, row.get("last")?))).collect()
}

/// The turns of an entity, in order.
///
/// # Errors
/// The store cannot be read.
pub async fn turns(reader: &dyn Reader, uscc: &str) -> Result<Vec<Turn>, ReadError> {
    let query = Query::new("SELECT listing, at, what, told FROM credit_turns WHERE 1 = 1")
        .and("uscc", uscc)
        .text("ORDER BY version LIMIT 1000");
    let rows = reader.rows(query).await?;
    let read = |row: &Row| {
        Ok(Turn {
            listing: ListingKey(row.get("listing")?),
            at: row.get("at")?,
            what: row.get("what")?,
            told: row.get("told")?,
        })
    };
    rows.iter().map(read).collect()
}

async fn many(reader: &dyn Reader, query: Query) -> Result<Vec<EntryRow>, ReadError> {
    reader.rows(query).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<EntryRow, ReadError> {
    Ok(EntryRow {
        listing: ListingKey(row.get("listing")?),
        shard: Shard::new(row.get::<String>("shard")?),
        about: row.json("about")?,
        entry: row.json("entry")?,
        stage: row.word("stage", Stage::of)?,
        since: row.get("since")?,
        opens_on: row.get("opens_on")?,
        law: row.get("law")?,
        application: row.get("application")?,
        applied_on: row.get("applied_on")?,
        due_by: row.get("due_by")?,
        announced_from: row.get("announced_from")?,
        announced_to: row.get("announced_to")?,
        granted_on: row.get("granted_on")?,
        remove_by: row.get("remove_by")?,
        gone_on: row.get("gone_on")?,
        conditions: row.json::<Option<_>>("conditions")?.unwrap_or_default(),
        told: row.get("told")?,
        objections: row.get::<Option<u32>>("objections")?.unwrap_or_default(),
        proofs: row.json::<Option<_>>("proofs")?.unwrap_or_default(),
        reason: row.json::<Option<_>>("reason")?.flatten(),
    })
}
