//! What pages and modules ask of the rows of records.

use crate::record::as_of::Snapshot;
use crate::record::decide::Opened;
use crate::record::model::{Line, RecordKey, RestrictionNo, Retirement, SectionId, Segment};
use crate::record::projection::OPEN;
use codes::Moment;
use elements::Share;
use kernel::{OrganKey, PartyKey, Shard};
use tables::{Query, ReadError, Reader, Row, WrongCell};

/// Where a record lies and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// Its key.
    pub record: RecordKey,
    /// Its shard.
    pub shard: Shard,
    /// The division in which the thing lies.
    pub place: String,
    /// The organ that keeps it.
    pub organ: OrganKey,
    /// When it was opened.
    pub opened_at: Moment,
    /// When it ended, where it has.
    pub retired_at: Option<Moment>,
    /// The version of its stream, for forms that say what they saw.
    pub version: u64,
    /// When it changed last.
    pub changed_at: Moment,
}

/// A segment with the time in which the register said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSegment {
    /// The segment.
    pub segment: Segment,
    /// Since when the register says it.
    pub recorded_from: Moment,
    /// Until when it said it; none where it still does.
    pub recorded_to: Option<Moment>,
    /// The version of the stream that said it.
    pub version: u64,
    /// The version of the stream that said otherwise.
    pub voided_by: Option<u64>,
}

/// An entry in the history of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The version of the stream.
    pub version: u64,
    /// When it was recorded.
    pub at: Moment,
    /// The event's name, such as `Amended`.
    pub what: String,
    /// The kind of act or of restriction.
    pub act: String,
    /// The lines it speaks of.
    pub lines: Vec<String>,
    /// The document it rests on.
    pub document_no: String,
    /// What was wrong, of a correction.
    pub reason: String,
    /// The organ whose officer entered it.
    pub organ: Option<OrganKey>,
}

/// What a party holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// In which record.
    pub record: RecordKey,
    /// In which section.
    pub section: SectionId,
    /// Which share.
    pub share: Option<Share>,
    /// Since when.
    pub since: Moment,
    /// What the section says.
    pub segment: Segment,
}

/// The line of its text in rows.
fn line_of(text: &str) -> Option<Line> {
    match text.split_once('/')? {
        ("section", id) => Some(Line::Section(SectionId::new(id))),
        ("restriction", no) => Some(Line::Restriction(RestrictionNo(no.parse().ok()?))),
        _ => None,
    }
}

fn end(at: Moment) -> Option<Moment> {
    (at != OPEN).then_some(at)
}

fn segment(row: &Row) -> Result<Segment, ReadError> {
    Ok(Segment {
        no: row.get("no")?,
        line: row.word("line", line_of)?,
        from: row.get("valid_from")?,
        to: end(row.get("valid_to")?),
        says: row.json("says")?,
    })
}

/// What a record says of `valid`, as known at `known`: one read of an index; none where there is no such record.
///
/// # Errors
/// The store cannot be read.
pub async fn snapshot(
    reader: &dyn Reader,
    record: &RecordKey,
    valid: Moment,
    known: Moment,
) -> Result<Option<Snapshot>, ReadError> {
    let query = Query::new(
        "SELECT r.place, r.organ, r.opened_at, r.predecessors, r.retired_at, r.retired_known, r.retirement, r.successors, \
         s.no, s.line, s.valid_from, s.valid_to, s.says \
         FROM registers_records r LEFT JOIN registers_segments s ON s.record = r.record \
         AND s.recorded_from <= $2 AND s.recorded_to > $2 AND s.valid_from <= $3 AND s.valid_to > $3 \
         WHERE r.record = $1",
    );
    let query = query.arg(record.0.as_str()).arg(known).arg(valid);
    let rows = reader.rows(query).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let opened_at: Moment = first.get("opened_at")?;
    let opened = Opened {
        record: record.clone(),
        place: first.get("place")?,
        organ: OrganKey::new(first.get::<String>("organ")?),
        predecessors: first.json("predecessors")?,
    };
    let retired_known: Option<Moment> = first.get("retired_known")?;
    let retired = match retired_known.filter(|at| *at <= known) {
        None => None,
        Some(_) => {
            let at: Moment = first.get("retired_at")?;
            let successors: Vec<RecordKey> = first.json("successors")?;
            Some((at, first.json::<Retirement>("retirement")?, successors))
        }
    };
    let stands = rows.iter().filter(|row| row.get::<Option<i64>>("no").ok().flatten().is_some());
    let segments = stands.map(segment).collect::<Result<Vec<_>, _>>()?;
    let opened = (opened_at <= known).then_some(opened);
    Ok(Some(Snapshot::of(segments, opened, retired, (valid, known))))
}

/// Every segment that was ever believed of a record, with the time in which it was.
///
/// # Errors
/// The store cannot be read.
pub async fn segments(
    reader: &dyn Reader,
    record: &RecordKey,
) -> Result<Vec<KnownSegment>, ReadError> {
    let query = Query::new(
        "SELECT no, line, valid_from, valid_to, recorded_from, recorded_to, version, voided_by, says \
         FROM registers_segments WHERE record = $1 ORDER BY no LIMIT 5000",
    );
    let rows = reader.rows(query.arg(record.0.as_str())).await?;
    rows.iter()
        .map(|row| {
            Ok(KnownSegment {
                segment: segment(row)?,
                recorded_from: row.get("recorded_from")?,
                recorded_to: end(row.get("recorded_to")?),
                version: row.get("version")?,
                voided_by: row.get("voided_by")?,
            })
        })
        .collect()
}

/// The history of a record, oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn turns(reader: &dyn Reader, record: &RecordKey) -> Result<Vec<Turn>, ReadError> {
    let query = Query::new(
        "SELECT version, at, what, act, lines, document_no, reason, organ FROM registers_turns \
         WHERE record = $1 ORDER BY version LIMIT 5000",
    );
    let rows = reader.rows(query.arg(record.0.as_str())).await?;
    rows.iter()
        .map(|row| {
            let lines: String = row.get("lines")?;
            Ok(Turn {
                version: row.get("version")?,
                at: row.get("at")?,
                what: row.get("what")?,
                act: row.get("act")?,
                lines: lines.split_whitespace().map(str::to_owned).collect(),
                document_no: row.get("document_no")?,
                reason: row.get("reason")?,
                organ: row.get::<Option<String>>("organ")?.map(OrganKey::new),
            })
        })
        .collect()
}

/// Where a record lies.
///
/// # Errors
/// The store cannot be read.
pub async fn record(
    reader: &dyn Reader,
    record: &RecordKey,
) -> Result<Option<RecordRow>, ReadError> {
    let query = Query::new(
        "SELECT record, shard, place, organ, opened_at, retired_at, version, changed_at \
         FROM registers_records WHERE record = $1",
    );
    let rows = reader.rows(query.arg(record.0.as_str())).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(RecordRow {
        record: RecordKey(row.get("record")?),
        shard: Shard::new(row.get::<String>("shard")?),
        place: row.get("place")?,
        organ: OrganKey::new(row.get::<String>("organ")?),
        opened_at: row.get("opened_at")?,
        retired_at: row.get("retired_at")?,
        version: row.get("version")?,
        changed_at: row.get("changed_at")?,
    }))
}

/// What a party holds at an instant, as known then (名下登记信息), by record.
///
/// # Errors
/// The store cannot be read.
pub async fn holdings(
    reader: &dyn Reader,
    party: &PartyKey,
    at: Moment,
) -> Result<Vec<Holding>, ReadError> {
    let query = Query::new(
        "SELECT h.record, h.share, s.no, s.line, s.valid_from, s.valid_to, s.says FROM registers_holdings h \
         JOIN registers_segments s ON s.record = h.record AND s.no = h.no \
         WHERE h.party = $1 AND s.recorded_from <= $2 AND s.recorded_to > $2 AND s.valid_from <= $2 AND s.valid_to > $2 \
         ORDER BY h.record, s.no LIMIT 1000",
    );
    let rows = reader.rows(query.arg(party.as_str()).arg(at)).await?;
    rows.iter()
        .map(|row| {
            let segment = segment(row)?;
            let Line::Section(section) = segment.line.clone() else {
                let wrong = WrongCell { column: "line".to_owned(), wanted: "a section" };
                return Err(wrong.into());
            };
            let share: Option<String> = row.get("share")?;
            Ok(Holding {
                record: RecordKey(row.get("record")?),
                section,
                share: share.as_deref().and_then(crate::record::shares::read_share),
                since: segment.from,
                segment,
            })
        })
        .collect()
}
