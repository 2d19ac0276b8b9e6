//! What pages and other capabilities ask of the tables of propagation.

use super::model::{PropagationKey, Standing};
use codes::Moment;
use kernel::{Json, Shard};
use std::collections::BTreeMap;
use tables::{Query, ReadError, Reader, Row};

const RECIPIENTS: &str = "SELECT propagation, recipient, shard, version, round, kind, state, attempts, told_at, since, \
    again_at, why FROM propagation_recipients WHERE 1 = 1";

/// A recipient as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientRow {
    /// Of what.
    pub about: PropagationKey,
    /// The partner.
    pub recipient: String,
    /// The shard of the propagation.
    pub shard: Shard,
    /// The latest round.
    pub round: u32,
    /// The kind of its message.
    pub kind: String,
    /// Where it stands.
    pub standing: Standing,
    /// How often it was tried in this round.
    pub attempts: u32,
    /// When the round began.
    pub told_at: Moment,
    /// Since when it stands so.
    pub since: Moment,
    /// When it is tried again.
    pub again_at: Option<Moment>,
    /// Why the last attempt came to nothing, or how it was settled.
    pub why: Option<String>,
}

/// A round as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundRow {
    /// Which.
    pub round: u32,
    /// The kind of its message.
    pub kind: String,
    /// For what it was sent.
    pub purpose: String,
    /// The legal basis.
    pub basis: String,
    /// The facts.
    pub facts: BTreeMap<String, Json>,
    /// When it began.
    pub told_at: Moment,
    /// When a supervisor hears of who has not confirmed.
    pub escalate_at: Moment,
}

/// How many recipients stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Confirmed, or told otherwise.
    pub done: u64,
    /// Not yet.
    pub pending: u64,
    /// Overdue.
    pub escalated: u64,
}

/// The recipients of a propagation, in the order of their keys.
///
/// # Errors
/// The store cannot be read.
pub async fn recipients(
    reader: &dyn Reader,
    about: &PropagationKey,
) -> Result<Vec<RecipientRow>, ReadError> {
    let query = Query::new(RECIPIENTS).and("propagation", about.0.as_str());
    many(reader, query.text("ORDER BY recipient LIMIT 1000")).await
}

/// The rounds of a propagation, the latest first.
///
/// # Errors
/// The store cannot be read.
pub async fn rounds(
    reader: &dyn Reader,
    about: &PropagationKey,
) -> Result<Vec<RoundRow>, ReadError> {
    let query = Query::new(
        "SELECT round, kind, purpose, basis, facts, told_at, escalate_at FROM propagation_rounds WHERE 1 = 1",
    )
    .and("propagation", about.0.as_str())
    .text("ORDER BY round DESC LIMIT 100");
    let read = |row: &Row| {
        Ok(RoundRow {
            round: row.get("round")?,
            kind: row.get("kind")?,
            purpose: row.get("purpose")?,
            basis: row.get("basis")?,
            facts: row.json("facts")?,
            told_at: row.get("told_at")?,
            escalate_at: row.get("escalate_at")?,
        })
    };
    reader.rows(query).await?.iter().map(read).collect()
}

/// Recipients that stand so, those who were told longest ago first, of kinds that begin with a text.
///
/// # Errors
/// The store cannot be read.
pub async fn standing(
    reader: &dyn Reader,
    standing: Standing,
    kinds: &str,
    limit: u32,
) -> Result<Vec<RecipientRow>, ReadError> {
    let query = Query::new(RECIPIENTS)
        .and("state", standing.word())
        .and_that("kind >=", kinds)
        .and_that("kind <", format!("{kinds}\u{7f}"));
    many(reader, query.text(&format!("ORDER BY told_at, propagation, recipient LIMIT {limit}")))
        .await
}

/// How many recipients stand where, of kinds that begin with a text.
///
/// # Errors
/// The store cannot be read.
pub async fn counts(reader: &dyn Reader, kinds: &str) -> Result<Counts, ReadError> {
    let query = Query::new("SELECT state, COUNT(*) AS n FROM propagation_recipients WHERE 1 = 1")
        .and_that("kind >=", kinds)
        .and_that("kind <", format!("{kinds}\u{7f}"))
        .text("GROUP BY state");
    let mut counts = Counts::default();
    for row in reader.rows(query).await? {
        let n: u64 = row.get("n")?;
        match row.word("state", Standing::of)? {
            Standing::Pending => counts.pending += n,
            Standing::Escalated => counts.escalated += n,
            Standing::Confirmed | Standing::Settled => counts.done += n,
        }
    }
    Ok(counts)
}

async fn many(reader: &dyn Reader, query: Query) -> Result<Vec<RecipientRow>, ReadError> {
    reader.rows(query).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<RecipientRow, ReadError> {
    Ok(RecipientRow {
        about: PropagationKey(row.get("propagation")?),
        recipient: row.get("recipient")?,
        shard: Shard::new(row.get::<String>("shard")?),
        round: row.get("round")?,
        kind: row.get("kind")?,
        standing: row.word("state", Standing::of)?,
        attempts: row.get("attempts")?,
        told_at: row.get("told_at")?,
        since: row.get("since")?,
        again_at: row.get("again_at")?,
        why: row.get("why")?,
    })
}
