//! What pages and other capabilities ask of the exchange's tables.

use crate::model::{Direction, Kept, MessageKey};
use codes::Moment;
use kernel::Json;
use tables::{Query, ReadError, Reader, Row};

const COLUMNS: &str = "SELECT message, direction, partner, kind, purpose, basis, case_no, task, facts, sha256, \
    signing_key, at, answered_at, answers, faults, in_reply_to, body, event, sort_key FROM exchange_messages WHERE 1 = 1";

/// A message as its pages show it.
#[derive(Clone, Debug)]
pub struct MessageRow {
    /// Its key.
    pub message: MessageKey,
    /// Which way it went.
    pub direction: Direction,
    /// The partner.
    pub partner: String,
    /// What it is.
    pub kind: String,
    /// For what it was sent.
    pub purpose: String,
    /// The legal basis.
    pub basis: String,
    /// The case that it concerns.
    pub case: Option<String>,
    /// The task that it concerns.
    pub task: Option<String>,
    /// What it says, as far as it tells of no person.
    pub facts: Json,
    /// SHA-256 of its body.
    pub sha256: String,
    /// The partner's key that signed the message, or the receipt for it.
    pub signing_key: Option<String>,
    /// When it was recorded here.
    pub at: Moment,
    /// When the partner took it.
    pub answered_at: Option<Moment>,
    /// How many answers came with the receipt.
    pub answers: u32,
    /// What was wrong with answers that were not taken.
    pub faults: Vec<String>,
    /// The id of our message that it answers.
    pub in_reply_to: Option<String>,
    /// Where its body is kept.
    pub body: Option<Kept>,
    /// Its event in the journal.
    pub event: String,
    /// Its place in lists.
    pub sort_key: String,
}

/// What went between us and a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficRow {
    /// The partner.
    pub partner: String,
    /// How many messages we sent it.
    pub sent: u64,
    /// How many it sent us.
    pub received: u64,
    /// When the last one went.
    pub last_at: Option<Moment>,
}

/// Which messages are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// Only those of a partner.
    pub partner: Option<String>,
    /// Only those that went one way.
    pub direction: Option<Direction>,
    /// Only those of a case.
    pub case: Option<String>,
    /// Only those before this place.
    pub before: Option<String>,
}

/// The newest messages that fit, at most `limit`.
///
/// # Errors
/// The store cannot be read.
pub async fn messages(
    reader: &dyn Reader,
    asking: &Asking,
    limit: u32,
) -> Result<Vec<MessageRow>, ReadError> {
    let mut query = Query::new(COLUMNS);
    if let Some(partner) = &asking.partner {
        query = query.and("partner", partner);
    }
    if let Some(direction) = asking.direction {
        query = query.and("direction", direction.word());
    }
    if let Some(case) = &asking.case {
        query = query.and("case_no", case);
    }
    if let Some(before) = &asking.before {
        query = query.and_that("sort_key <", before);
    }
    let query = query.text(&format!("ORDER BY sort_key DESC LIMIT {limit}"));
    reader.rows(query).await?.iter().map(read).collect()
}

/// A message by its key.
///
/// # Errors
/// The store cannot be read.
pub async fn message(
    reader: &dyn Reader,
    key: &MessageKey,
) -> Result<Option<MessageRow>, ReadError> {
    let query = Query::new(COLUMNS).and("message", &key.0);
    reader.rows(query).await?.first().map(read).transpose()
}

/// What went between us and each partner that there was anything with.
///
/// # Errors
/// The store cannot be read.
pub async fn traffic(reader: &dyn Reader) -> Result<Vec<TrafficRow>, ReadError> {
    let query = Query::new(
        "SELECT partner, sent, received, last_at FROM exchange_traffic ORDER BY partner",
    );
    let read = |row: &Row| {
        Ok(TrafficRow {
            partner: row.get("partner")?,
            sent: row.get("sent")?,
            received: row.get("received")?,
            last_at: row.get("last_at")?,
        })
    };
    reader.rows(query).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<MessageRow, ReadError> {
    Ok(MessageRow {
        message: MessageKey(row.get("message")?),
        direction: row.word("direction", Direction::of)?,
        partner: row.get("partner")?,
        kind: row.get("kind")?,
        purpose: row.get("purpose")?,
        basis: row.get("basis")?,
        case: row.get("case_no")?,
        task: row.get("task")?,
        facts: row.json::<Option<_>>("facts")?.unwrap_or_default(),
        sha256: row.get("sha256")?,
        signing_key: row.get("signing_key")?,
        at: row.get("at")?,
        answered_at: row.get("answered_at")?,
        answers: row.get("answers")?,
        faults: row.json::<Option<_>>("faults")?.unwrap_or_default(),
        in_reply_to: row.get("in_reply_to")?,
        body: row.json("body")?,
        event: row.get("event")?,
        sort_key: row.get("sort_key")?,
    })
}
