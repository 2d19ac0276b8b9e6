//! What pages and errands ask of the tables of mirrors.

use super::push::PushKey;
use codes::{Date, Moment};
use exchange::PropagationKey;
use kernel::Json;
use registers::listings::ListingKey;
use std::collections::{BTreeMap, BTreeSet};
use tables::{Query, ReadError, Reader, Row};

/// The most rows of one answer.
const ROWS_MAX: u32 = 100_000;

/// An acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckRow {
    /// The id under which it was told.
    pub id: String,
    /// What it was told about.
    pub about: PropagationKey,
    /// Which round of that.
    pub round: u32,
    /// SHA-256 of the body, in hexadecimal.
    pub sha256: String,
}

/// A record that waits for its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRow {
    /// The number of its file.
    pub sequence: u64,
    /// Its place there.
    pub no: u32,
    /// The entry.
    pub listing: ListingKey,
    /// The record.
    pub record: Json,
}

/// A day with a mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayRow {
    /// The mirror.
    pub system: String,
    /// The day.
    pub day: Date,
    /// How much it acknowledged.
    pub told: u64,
    /// How much it holds; none before it was compared.
    pub held: Option<u64>,
    /// How much was missing, and was told again.
    pub missing: Option<u64>,
    /// How much it holds that we know nothing of.
    pub strays: Option<u64>,
    /// When it was compared.
    pub compared_at: Option<Moment>,
    /// Why it could not be compared.
    pub why: Option<String>,
}

/// A mirror whose files are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookRow {
    /// The mirror.
    pub system: String,
    /// Files up to this number are none of ours.
    pub after: u64,
    /// When was looked.
    pub looked_at: Option<Moment>,
    /// When is looked again.
    pub look_at: Moment,
    /// Why the last look came to nothing.
    pub why: Option<String>,
    /// How often another content came under a known number.
    pub contradicted: u64,
    /// The numbers that are missing.
    pub gap: Vec<u64>,
    /// How many records wait for their entry.
    pub waiting: u64,
    /// The files, the latest first.
    pub files: Vec<FileRow>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Its number.
    pub sequence: u64,
    /// Of which day.
    pub day: Date,
    /// SHA-256 of its content.
    pub sha256: String,
    /// How many records.
    pub records: u64,
    /// How many entries were made.
    pub listed: u64,
    /// How many entries got further facts.
    pub amended: u64,
    /// How many ended.
    pub ended: u64,
    /// How many told what is known already.
    pub known: u64,
    /// Records that cannot be taken: place and why.
    pub refused: BTreeMap<u32, String>,
    /// When it was taken.
    pub taken_at: Moment,
}

/// What a mirror acknowledged on a day.
///
/// # Errors
/// The store cannot be read.
pub async fn acks(reader: &dyn Reader, day: &PushKey) -> Result<Vec<AckRow>, ReadError> {
    let query = Query::new("SELECT id, about, round, sha256 FROM credit_acks WHERE 1 = 1")
        .and("day", day.0.as_str())
        .text(&format!("ORDER BY id LIMIT {ROWS_MAX}"));
    let read = |row: &Row| {
        Ok(AckRow {
            id: row.get("id")?,
            about: PropagationKey(row.get("about")?),
            round: row.get("round")?,
            sha256: row.get("sha256")?,
        })
    };
    reader.rows(query).await?.iter().map(read).collect()
}

/// The digests of the files after a number, by number.
///
/// # Errors
/// The store cannot be read.
pub async fn files_after(
    reader: &dyn Reader,
    system: &str,
    after: u64,
) -> Result<BTreeMap<u64, String>, ReadError> {
    let query = Query::new("SELECT sequence, sha256 FROM credit_files WHERE 1 = 1")
        .and("system", system)
        .and_that("sequence >", after)
        .text(&format!("ORDER BY sequence LIMIT {ROWS_MAX}"));
    let rows = reader.rows(query).await?;
    rows.iter().map(|row| Ok((row.get("sequence")?, row.get("sha256")?))).collect()
}

/// The records of a mirror's files that wait for their entry, in order.
///
/// # Errors
/// The store cannot be read.
pub async fn waiting(reader: &dyn Reader, system: &str) -> Result<Vec<WaitingRow>, ReadError> {
    let query = Query::new("SELECT sequence, no, listing, record FROM credit_waiting WHERE 1 = 1")
        .and("system", system)
        .text(&format!("ORDER BY sequence, no LIMIT {ROWS_MAX}"));
    let read = |row: &Row| {
        Ok(WaitingRow {
            sequence: row.get("sequence")?,
            no: row.get("no")?,
            listing: ListingKey(row.get("listing")?),
            record: row.json("record")?,
        })
    };
    reader.rows(query).await?.iter().map(read).collect()
}

/// The last days with each mirror, the latest first.
///
/// # Errors
/// The store cannot be read.
pub async fn days(reader: &dyn Reader, limit: u32) -> Result<Vec<DayRow>, ReadError> {
    let query = Query::new(format!(
        "SELECT system, on_day, told, held, missing, strays, compared_at, why FROM credit_mirror_days \
         ORDER BY on_day DESC, system LIMIT {limit}"
    ));
    let read = |row: &Row| {
        Ok(DayRow {
            system: row.get("system")?,
            day: row.get("on_day")?,
            told: row.get("told")?,
            held: row.get("held")?,
            missing: row.get("missing")?,
            strays: row.get("strays")?,
            compared_at: row.get("compared_at")?,
            why: row.get("why")?,
        })
    };
    reader.rows(query).await?.iter().map(read).collect()
}

/// The mirrors whose files are taken, each with its last files and with the numbers that are missing.
///
/// # Errors
/// The store cannot be read.
pub async fn looks(reader: &dyn Reader, files: u32) -> Result<Vec<LookRow>, ReadError> {
    let query = Query::new(
        "SELECT system, after_no, looked_at, look_at, why, contradicted FROM credit_intakes ORDER BY system",
    );
    let mut looks = Vec::new();
    for row in reader.rows(query).await? {
        let system: String = row.get("system")?;
        let after = row.get("after_no")?;
        looks.push(LookRow {
            after,
            looked_at: row.get("looked_at")?,
            look_at: row.get("look_at")?,
            why: row.get("why")?,
            contradicted: row.get("contradicted")?,
            gap: gap(after, &files_after(reader, &system, after).await?.into_keys().collect()),
            waiting: u64::try_from(waiting(reader, &system).await?.len()).unwrap_or(u64::MAX),
            files: latest(reader, &system, files).await?,
            system,
        });
    }
    Ok(looks)
}

/// The numbers that are missing between those that came.
fn gap(after: u64, taken: &BTreeSet<u64>) -> Vec<u64> {
    let last = taken.last().copied().unwrap_or(after);
    (after + 1..last).filter(|sequence| !taken.contains(sequence)).collect()
}

async fn latest(reader: &dyn Reader, system: &str, limit: u32) -> Result<Vec<FileRow>, ReadError> {
    let query = Query::new(
        "SELECT sequence, on_day, sha256, records, listed, amended, ended, known, refused, taken_at \
         FROM credit_files WHERE 1 = 1",
    )
    .and("system", system)
    .text(&format!("ORDER BY sequence DESC LIMIT {limit}"));
    let read = |row: &Row| {
        Ok(FileRow {
            sequence: row.get("sequence")?,
            day: row.get("on_day")?,
            sha256: row.get("sha256")?,
            records: row.get("records")?,
            listed: row.get("listed")?,
            amended: row.get("amended")?,
            ended: row.get("ended")?,
            known: row.get("known")?,
            refused: row.json("refused")?,
            taken_at: row.get("taken_at")?,
        })
    };
    reader.rows(query).await?.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_what_lies_between_files_that_came() {
        for (after, taken, missing) in [
            (0, vec![], vec![]),
            (0, vec![1, 2, 3], vec![]),
            (0, vec![1, 3, 6], vec![2, 4, 5]),
            (4, vec![6], vec![5]),
        ] {
            assert_eq!(gap(after, &taken.into_iter().collect()), missing, "{after}");
        }
    }
}
