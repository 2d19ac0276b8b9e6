//! Rows of records: segments with both times, so that any "as of" is one indexed read; holdings, history.

use crate::record::event::RecordEvent;
use crate::record::model::{Change, Segment};
use codes::Moment;
use kernel::{Actor, Recorded, Unreadable};
use std::sync::LazyLock;
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// The end of what has none: of what is still so, and of what is still believed.
pub const OPEN: Moment = Moment::from_us(i64::MAX);

/// One row a record (登记簿记载).
pub static RECORDS: Table = Table {
    name: "registers_records",
    columns: &[
        Column::text("record"),
        Column::text("register"),
        Column::text("shard"),
        Column::text("place"),
        Column::text("organ"),
        Column::int("opened_at"),
        Column::text("predecessors"),
        Column::int("retired_at"),
        Column::int("retired_known"),
        Column::text("retirement"),
        Column::text("successors"),
        Column::int("version"),
        Column::int("changed_at"),
    ],
    key: &["record"],
    indexes: &[Index { columns: &["register", "place", "record"] }],
};

/// One row a segment: what is said of a stretch of time, and from when to when the register said so.
pub static SEGMENTS: Table = Table {
    name: "registers_segments",
    columns: &[
        Column::text("record"),
        Column::int("no"),
        Column::text("line"),
        Column::int("valid_from"),
        Column::int("valid_to"),
        Column::int("recorded_from"),
        Column::int("recorded_to"),
        Column::int("version"),
        Column::int("voided_by"),
        Column::text("says"),
    ],
    key: &["record", "no"],
    indexes: &[],
};

/// One row a holder of a segment: what a party holds.
pub static HOLDINGS: Table = Table {
    name: "registers_holdings",
    columns: &[
        Column::text("record"),
        Column::int("no"),
        Column::int("seat"),
        Column::text("party"),
        Column::text("section"),
        Column::text("share"),
    ],
    key: &["record", "no", "seat"],
    indexes: &[Index { columns: &["party", "record"] }],
};

/// One row an entry: what happened to a record, in order.
pub static TURNS: Table = Table {
    name: "registers_turns",
    columns: &[
        Column::text("record"),
        Column::int("version"),
        Column::int("at"),
        Column::text("what"),
        Column::text("act"),
        Column::text("lines"),
        Column::text("document_no"),
        Column::text("reason"),
        Column::text("organ"),
        Column::text("origin"),
    ],
    key: &["record", "version"],
    indexes: &[],
};

static ALL: LazyLock<Vec<Table>> =
    LazyLock::new(|| [&RECORDS, &SEGMENTS, &HOLDINGS, &TURNS].map(Clone::clone).to_vec());

/// Keeps the rows of records.
#[derive(Clone, Copy, Debug, Default)]
pub struct Records;

impl Projection for Records {
    fn name(&self) -> &'static str {
        "registers_records"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &ALL
    }

    fn listens(&self) -> &'static [&'static str] {
        &["record.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let what = event.shared::<RecordEvent>()?;
        match &*what {
            RecordEvent::Opened { record, place, organ, predecessors } => rows.put(
                &RECORDS,
                vec![
                    Cell::from(&*event.key),
                    record.register().into(),
                    event.shard.as_str().into(),
                    place.into(),
                    organ.as_str().into(),
                    event.at.into(),
                    Cell::json(event, predecessors)?,
                    Cell::Null,
                    Cell::Null,
                    Cell::Null,
                    Cell::Null,
                    event.version.into(),
                    event.at.into(),
                ],
            ),
            RecordEvent::Retired { cause, successors, at, .. } => rows.set(
                &RECORDS,
                vec![Cell::from(&*event.key)],
                vec![
                    ("retired_at", (*at).into()),
                    ("retired_known", event.at.into()),
                    ("retirement", Cell::json(event, cause)?),
                    ("successors", Cell::json(event, successors)?),
                    ("version", event.version.into()),
                    ("changed_at", event.at.into()),
                ],
            ),
            _ => rows.set(
                &RECORDS,
                vec![Cell::from(&*event.key)],
                vec![("version", event.version.into()), ("changed_at", event.at.into())],
            ),
        }
        if let Some(change) = what.change() {
            believe(event, change, rows)?;
        }
        // What opens a record stands in its own row; its first entry is its first turn.
        if !matches!(&*what, RecordEvent::Opened { .. }) {
            turn(event, &what, rows);
        }
        Ok(())
    }
}

fn believe(event: &Recorded, change: &Change, rows: &mut Rows) -> Result<(), Unreadable> {
    let record = || Cell::from(&*event.key);
    for no in &change.void {
        let until = vec![("recorded_to", event.at.into()), ("voided_by", event.version.into())];
        rows.set(&SEGMENTS, vec![record(), (*no).into()], until);
    }
    for segment in &change.segments {
        let Segment { no, line, from, to, says } = segment;
        rows.put(
            &SEGMENTS,
            vec![
                record(),
                (*no).into(),
                line.to_string().into(),
                (*from).into(),
                to.unwrap_or(OPEN).into(),
                event.at.into(),
                OPEN.into(),
                event.version.into(),
                Cell::Null,
                Cell::json(event, says)?,
            ],
        );
        let Some(said) = segment.statement() else { continue };
        for (seat, holder) in (0_u32..).zip(&said.holders) {
            rows.put(
                &HOLDINGS,
                vec![
                    record(),
                    (*no).into(),
                    seat.into(),
                    holder.party.as_str().into(),
                    line.to_string().into(),
                    holder.share.map(|share| share.to_string()).into(),
                ],
            );
        }
    }
    Ok(())
}

fn key_of(origin: Option<&kernel::Origin>) -> Option<&str> {
    origin.map(|origin| origin.key.as_str())
}

/// What an event has to tell in a history: act, document, reason, origin.
fn told(event: &RecordEvent) -> (&str, &str, &str, Option<&str>) {
    match event {
        RecordEvent::Opened { .. } => ("", "", "", None),
        RecordEvent::Entered { act, .. }
        | RecordEvent::Amended { act, .. }
        | RecordEvent::Closed { act, .. }
        | RecordEvent::Retired { act, .. } => {
            (&act.kind, &act.document_no, "", key_of(act.origin.as_ref()))
        }
        RecordEvent::Corrected { act, reason, .. } => {
            (&act.kind, &act.document_no, reason, key_of(act.origin.as_ref()))
        }
        RecordEvent::RestrictionEntered { restriction, .. } => {
            let from = key_of(restriction.origin.as_ref());
            (&restriction.kind, &restriction.document_no, "", from)
        }
        RecordEvent::RestrictionRenewed { kind, document_no, origin, .. }
        | RecordEvent::RestrictionReleased { kind, document_no, origin, .. } => {
            (kind, document_no, "", key_of(origin.as_ref()))
        }
        RecordEvent::ActionRecorded { kind, document_no, .. } => (kind, document_no, "", None),
        RecordEvent::RestrictionAnnulled { kind, reason, origin, .. } => {
            (kind, "", reason, key_of(origin.as_ref()))
        }
        RecordEvent::RestrictionTimed { kind, .. }
        | RecordEvent::RestrictionLapsed { kind, .. }
        | RecordEvent::RestrictionPromoted { kind, .. } => (kind, "", "", None),
    }
}

fn turn(event: &Recorded, what: &RecordEvent, rows: &mut Rows) {
    let (act, document_no, reason, origin) = told(what);
    let lines: Vec<String> = what.lines().iter().map(ToString::to_string).collect();
    let organ = match &*event.actor {
        Actor::Officer { organ, .. } => Some(organ.as_str()),
        Actor::System { .. } | Actor::Party { .. } | Actor::Partner { .. } | Actor::Public => None,
    };
    rows.put(
        &TURNS,
        vec![
            Cell::from(&*event.key),
            event.version.into(),
            event.at.into(),
            event.name().into(),
            act.into(),
            lines.join(" ").into(),
            document_no.into(),
            reason.into(),
            organ.into(),
            origin.into(),
        ],
    );
}
