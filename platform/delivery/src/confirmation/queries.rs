//! What pages, errands and other capabilities ask of the tables of address confirmations.

use super::{Confirmation, ConfirmationKey, ConfirmedAddress, Standing};
use crate::model::{Kept, NoticeKey};
use codes::Moment;
use kernel::{Aggregate as _, OrganKey, PartyKey, Shard};
use module::{History, SubmitError};
use tables::{Query, ReadError, Reader, Row};

const COLUMNS: &str = "SELECT confirmation, shard, version, party, organ, organ_name, place, origin_kind, origin_key, \
    standing, form_no, started_at, since FROM delivery_confirmations WHERE 1 = 1";

/// A confirmation as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmationRow {
    /// Its key.
    pub confirmation: ConfirmationKey,
    /// Its shard.
    pub shard: Shard,
    /// The version of its stream.
    pub version: u64,
    /// Whose addresses they are.
    pub party: PartyKey,
    /// The organ that will serve.
    pub organ: OrganKey,
    /// Its name.
    pub organ_name: String,
    /// Its place.
    pub place: String,
    /// Kind and key of what it is for.
    pub origin: (String, String),
    /// Where it stands; a change under way leaves it in force.
    pub standing: Standing,
    /// When it was started.
    pub started_at: Moment,
    /// Since when it stands so.
    pub since: Moment,
}

/// The confirmation of a key.
///
/// # Errors
/// The store cannot be read.
pub async fn confirmation(
    reader: &dyn Reader,
    key: &ConfirmationKey,
) -> Result<Option<ConfirmationRow>, ReadError> {
    let query = Query::new(COLUMNS).and("confirmation", key.0.as_str()).text("LIMIT 1");
    reader.rows(query).await?.first().map(read).transpose()
}

/// The confirmations that an organ started, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_organ(
    reader: &dyn Reader,
    organ: &OrganKey,
    limit: u32,
) -> Result<Vec<ConfirmationRow>, ReadError> {
    let query = Query::new(COLUMNS)
        .and("organ", organ.as_str())
        .text(&format!("ORDER BY started_at DESC, confirmation LIMIT {limit}"));
    reader.rows(query).await?.iter().map(read).collect()
}

/// The confirmations of a party, the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn of_party(
    reader: &dyn Reader,
    party: &PartyKey,
    limit: u32,
) -> Result<Vec<ConfirmationRow>, ReadError> {
    let query = Query::new(COLUMNS)
        .and("party", party.as_str())
        .text(&format!("ORDER BY started_at DESC, confirmation LIMIT {limit}"));
    reader.rows(query).await?.iter().map(read).collect()
}

/// The addresses upon which a notice was issued, and the address for paper.
///
/// # Errors
/// The store cannot be read.
pub async fn relied(
    reader: &dyn Reader,
    notice: &NoticeKey,
) -> Result<Option<(Vec<ConfirmedAddress>, Kept)>, ReadError> {
    let query = Query::new("SELECT addresses, postal FROM delivery_reliances WHERE notice = $1")
        .arg(notice.0.as_str());
    let rows = reader.rows(query).await?;
    rows.first().map(|row| Ok((row.json("addresses")?, row.json("postal")?))).transpose()
}

/// The confirmation itself, folded from its events.
///
/// # Errors
/// The journal cannot be read, or is not of this program.
pub async fn folded(
    history: &dyn History,
    shard: &Shard,
    key: &ConfirmationKey,
) -> Result<Confirmation, SubmitError> {
    let mut state = Confirmation::default();
    for event in history.stream(shard, Confirmation::KIND, &key.0, 0).await? {
        if let Ok(event) = event.read() {
            state.evolve(&event);
        }
    }
    Ok(state)
}

fn read(row: &Row) -> Result<ConfirmationRow, ReadError> {
    Ok(ConfirmationRow {
        confirmation: ConfirmationKey(row.get("confirmation")?),
        shard: Shard::new(row.get::<String>("shard")?),
        version: row.get("version")?,
        party: PartyKey::new(row.get::<String>("party")?),
        organ: OrganKey::new(row.get::<String>("organ")?),
        organ_name: row.get("organ_name")?,
        place: row.get("place")?,
        origin: (row.get("origin_kind")?, row.get("origin_key")?),
        standing: row.word("standing", Standing::of)?,
        started_at: row.get("started_at")?,
        since: row.get("since")?,
    })
}
