//! What pages and other capabilities ask of the tables of announcements.

use super::{AnnouncementKey, Objection, Posting, Stand};
use codes::{Date, Label, Moment};
use kernel::Shard;
use tables::{Query, ReadError, Reader, Row};

const COLUMNS: &str = "SELECT announcement, shard, version, title_zh, title_en, text_zh, text_en, posting, stand, \
    from_day, to_day, provisional, published_at, ended_on, why FROM delivery_announcements WHERE 1 = 1";

/// An announcement as the public sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncementRow {
    /// Its key.
    pub announcement: AnnouncementKey,
    /// Its shard.
    pub shard: Shard,
    /// The version of its stream.
    pub version: u64,
    /// What was published; its text is that of the first day.
    pub posting: Posting,
    /// The text as it stands now.
    pub text: Label,
    /// Where it stands.
    pub stand: Stand,
    /// The day from which the term runs, which is not counted.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Whether the last day may still move with a holiday notice.
    pub provisional: bool,
    /// When it was published.
    pub published_at: Moment,
    /// When it ended, was stopped or taken back.
    pub ended_on: Option<Date>,
    /// Why, where it did not run its term.
    pub why: Option<String>,
}

/// A line of the public history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncementTurn {
    /// When.
    pub at: Moment,
    /// The event's name.
    pub what: String,
    /// What more there is to say.
    pub told: Label,
    /// The day of which it speaks.
    pub day: Option<Date>,
}

/// An objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectionRow {
    /// Its number.
    pub no: u32,
    /// When it came.
    pub at: Moment,
    /// What was handed in, sealed.
    pub objection: Objection,
    /// By which day it is answered.
    pub answer_by: Date,
    /// When it was answered.
    pub answered_on: Option<Date>,
    /// Whether it was right.
    pub upheld: Option<bool>,
    /// The answer.
    pub answer: Option<String>,
}

/// What the board is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// A sort.
    pub sort: Option<String>,
    /// A state.
    pub stand: Option<Stand>,
    /// A division, by the beginning of its code.
    pub place: Option<String>,
    /// Words of the title or text.
    pub words: Option<String>,
    /// Published before.
    pub before: Option<Moment>,
}

/// The announcement of a key.
///
/// # Errors
/// The store cannot be read.
pub async fn announcement(
    reader: &dyn Reader,
    key: &AnnouncementKey,
) -> Result<Option<AnnouncementRow>, ReadError> {
    let query = Query::new(COLUMNS).and("announcement", key.0.as_str()).text("LIMIT 1");
    reader.rows(query).await?.first().map(read).transpose()
}

/// The announcements that come from a thing.
///
/// # Errors
/// The store cannot be read.
pub async fn of_origin(
    reader: &dyn Reader,
    kind: &str,
    key: &str,
) -> Result<Vec<AnnouncementRow>, ReadError> {
    let query = Query::new(COLUMNS)
        .and("origin_kind", kind)
        .and("origin_key", key)
        .text("ORDER BY published_at, announcement LIMIT 200");
    reader.rows(query).await?.iter().map(read).collect()
}

/// The board (公告栏), the newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn board(
    reader: &dyn Reader,
    narrowed: &Narrowed,
    limit: u32,
) -> Result<Vec<AnnouncementRow>, ReadError> {
    let mut query = Query::new(COLUMNS);
    if let Some(sort) = &narrowed.sort {
        query = query.and("sort", sort.as_str());
    }
    if let Some(stand) = narrowed.stand {
        query = query.and("stand", stand.word());
    }
    if let Some(place) = &narrowed.place {
        query = query.and_that("place LIKE", format!("{}%", plain(place)));
    }
    if let Some(words) = &narrowed.words {
        query = query.and_that(
            "title_zh || ' ' || title_en || ' ' || text_zh LIKE",
            format!("%{}%", plain(words)),
        );
    }
    if let Some(before) = narrowed.before {
        query = query.and_that("published_at <", before);
    }
    let query = query.text(&format!("ORDER BY published_at DESC, announcement LIMIT {limit}"));
    reader.rows(query).await?.iter().map(read).collect()
}

/// Words without the signs that mean something to LIKE.
fn plain(words: &str) -> String {
    words.trim().replace(['%', '_'], "")
}

/// The sorts on the board, with how many run of each.
///
/// # Errors
/// The store cannot be read.
pub async fn sorts(reader: &dyn Reader) -> Result<Vec<(String, Label, u64)>, ReadError> {
    let query = Query::new(
        "SELECT sort, MIN(sort_zh) AS zh, MIN(sort_en) AS en, \
         SUM(CASE WHEN stand = 'running' THEN 1 ELSE 0 END) AS running \
         FROM delivery_announcements GROUP BY sort ORDER BY sort",
    );
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            let label = Label::new(row.get::<String>("zh")?, row.get::<String>("en")?);
            Ok((row.get("sort")?, label, row.get("running")?))
        })
        .collect()
}

/// What happened to an announcement, in order.
///
/// # Errors
/// The store cannot be read.
pub async fn turns(
    reader: &dyn Reader,
    key: &AnnouncementKey,
) -> Result<Vec<AnnouncementTurn>, ReadError> {
    let query = Query::new(
        "SELECT at, what, zh, en, day FROM delivery_announcement_turns WHERE announcement = $1 ORDER BY version",
    )
    .arg(key.0.as_str());
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            Ok(AnnouncementTurn {
                at: row.get("at")?,
                what: row.get("what")?,
                told: Label::new(row.get::<String>("zh")?, row.get::<String>("en")?),
                day: row.get("day")?,
            })
        })
        .collect()
}

/// The objections to an announcement, in order.
///
/// # Errors
/// The store cannot be read.
pub async fn objections(
    reader: &dyn Reader,
    key: &AnnouncementKey,
) -> Result<Vec<ObjectionRow>, ReadError> {
    let query = Query::new(
        "SELECT no, at, objection, answer_by, answered_on, upheld, answer FROM delivery_objections \
         WHERE announcement = $1 ORDER BY no",
    )
    .arg(key.0.as_str());
    let rows = reader.rows(query).await?;
    rows.iter()
        .map(|row| {
            Ok(ObjectionRow {
                no: row.get("no")?,
                at: row.get("at")?,
                objection: row.json("objection")?,
                answer_by: row.get("answer_by")?,
                answered_on: row.get("answered_on")?,
                upheld: row.get("upheld")?,
                answer: row.get("answer")?,
            })
        })
        .collect()
}

fn read(row: &Row) -> Result<AnnouncementRow, ReadError> {
    Ok(AnnouncementRow {
        announcement: AnnouncementKey(row.get("announcement")?),
        shard: Shard::new(row.get::<String>("shard")?),
        version: row.get("version")?,
        posting: row.json("posting")?,
        text: Label::new(row.get::<String>("text_zh")?, row.get::<String>("text_en")?),
        stand: row.word("stand", Stand::of)?,
        from: row.get("from_day")?,
        to: row.get("to_day")?,
        provisional: row.get("provisional")?,
        published_at: row.get("published_at")?,
        ended_on: row.get("ended_on")?,
        why: row.get("why")?,
    })
}
