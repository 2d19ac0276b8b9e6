//! What pages and other capabilities ask of the tables of listings.

use super::model::{ListEntry, ListingKey, ListingState};
use codes::Date;
use kernel::Shard;
use std::collections::{BTreeMap, BTreeSet};
use tables::{Query, ReadError, Reader, Row};

const COLUMNS: &str = "SELECT listing, shard, version, entry, state, since, removed_by, disputed FROM registers_listings \
    WHERE 1 = 1";

/// An entry as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingRow {
    /// Its key.
    pub listing: ListingKey,
    /// Its shard.
    pub shard: Shard,
    /// The version of its stream.
    pub version: u64,
    /// The entry as it was made.
    pub entry: ListEntry,
    /// Where it stands.
    pub state: ListingState,
    /// Since when.
    pub since: Date,
    /// The number of the decision that ended it.
    pub removed_by: Option<String>,
    /// Whether it is disputed.
    pub disputed: bool,
}

/// An entry by its key.
///
/// # Errors
/// The store cannot be read.
pub async fn listing(
    reader: &dyn Reader,
    key: &ListingKey,
) -> Result<Option<ListingRow>, ReadError> {
    let query = Query::new(COLUMNS).and("listing", key.0.as_str());
    Ok(many(reader, query).await?.pop())
}

/// All entries of an entity, those that ended too, the oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_subject(reader: &dyn Reader, subject: &str) -> Result<Vec<ListingRow>, ReadError> {
    let query = Query::new(COLUMNS).and("subject", subject);
    many(reader, query.text("ORDER BY listed_on, listing LIMIT 500")).await
}

/// The entries of an entity that stand, on any list.
///
/// # Errors
/// The store cannot be read.
pub async fn live(reader: &dyn Reader, subject: &str) -> Result<Vec<ListingRow>, ReadError> {
    let query = Query::new(COLUMNS).and("subject", subject).and("state", ListingState::Live.word());
    many(reader, query.text("ORDER BY listed_on, listing LIMIT 500")).await
}

/// The restrictions under which an entity stands, each with the live entries that support it: it ends when none is left.
///
/// # Errors
/// The store cannot be read.
pub async fn supported(
    reader: &dyn Reader,
    subject: &str,
) -> Result<BTreeMap<String, BTreeSet<ListingKey>>, ReadError> {
    let query = Query::new(
        "SELECT m.measure, m.listing FROM registers_listing_measures m \
         JOIN registers_listings l ON l.listing = m.listing WHERE 1 = 1",
    )
    .and("l.subject", subject)
    .and("l.state", ListingState::Live.word())
    .text("ORDER BY m.measure, m.listing");
    let mut support: BTreeMap<String, BTreeSet<ListingKey>> = BTreeMap::new();
    for row in reader.rows(query).await? {
        let listing = ListingKey(row.get("listing")?);
        support.entry(row.get("measure")?).or_default().insert(listing);
    }
    Ok(support)
}

async fn many(reader: &dyn Reader, query: Query) -> Result<Vec<ListingRow>, ReadError> {
    reader.rows(query).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<ListingRow, ReadError> {
    Ok(ListingRow {
        listing: ListingKey(row.get("listing")?),
        shard: Shard::new(row.get::<String>("shard")?),
        version: row.get("version")?,
        entry: row.json("entry")?,
        state: row.word("state", ListingState::of)?,
        since: row.get("since")?,
        removed_by: row.get("removed_by")?,
        disputed: row.get("disputed")?,
    })
}
