//! The engine's own tables: outbox, dead letters, timers.

use crate::letter::{Letter, LetterEvent};
use crate::machine::{StreamId, TimerChange, TimerKey};
use kernel::{Body, ErrandId, Moment, Recorded, Shard, Unreadable};
use std::sync::Arc;
use tables::{Cell, Column, Index, Projection, Query, ReadError, Row, Rows, Table};

const OUTBOX_SHAPE: Table = Table {
    name: "engine_outbox",
    columns: &[
        Column::text("shard"),
        Column::text("id"),
        Column::int("seq"),
        Column::text("source"),
        Column::text("lane"),
        Column::text("letter"),
        Column::int("queued_at"),
    ],
    key: &["shard", "id"],
    indexes: &[Index { columns: &["shard", "seq"] }],
};

const DEAD_SHAPE: Table = Table {
    name: "engine_dead_letters",
    columns: &[
        Column::text("shard"),
        Column::text("id"),
        Column::int("seq"),
        Column::text("source"),
        Column::text("lane"),
        Column::text("letter"),
        Column::text("why"),
        Column::int("died_at"),
    ],
    key: &["shard", "id"],
    indexes: &[Index { columns: &["shard", "seq"] }],
};

const TIMERS_SHAPE: Table = Table {
    name: "engine_timers",
    columns: &[
        Column::text("shard"),
        Column::int("due_at"),
        Column::text("stream_kind"),
        Column::text("stream_key"),
        Column::text("name"),
        Column::text("command"),
    ],
    key: &["shard", "due_at", "stream_kind", "stream_key", "name"],
    indexes: &[],
};

static TABLES: [Table; 3] = [OUTBOX_SHAPE, DEAD_SHAPE, TIMERS_SHAPE];
/// Letters that wait to be carried.
pub(crate) static OUTBOX: Table = OUTBOX_SHAPE;
/// Letters that could not be carried and wait for an operator.
static DEAD_LETTERS: Table = DEAD_SHAPE;
/// Timers that states ask for.
pub(crate) static TIMERS: Table = TIMERS_SHAPE;

/// Keeps the engine's own tables; the rows of timers come from states, not from events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Book;

impl Projection for Book {
    fn name(&self) -> &'static str {
        "engine"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        &TABLES
    }
    fn listens(&self) -> &'static [&'static str] {
        &["outbox.*"]
    }
    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let key = || vec![event.shard.as_str().into(), (&*event.key).into()];
        match &*event.shared()? {
            LetterEvent::Queued { letter } | LetterEvent::Resent { letter } => {
                // A letter is queued once, as its first event.
                if event.version > 1 {
                    rows.remove(&DEAD_LETTERS, key());
                }
                let mut cells = front(event, letter)?;
                cells.push(event.at.into());
                rows.put(&OUTBOX, cells);
            }
            LetterEvent::DeadLettered { letter, why } => {
                if event.version > 1 {
                    rows.remove(&OUTBOX, key());
                }
                let mut cells = front(event, letter)?;
                cells.push(why.to_string().into());
                cells.push(event.at.into());
                rows.put(&DEAD_LETTERS, cells);
            }
            LetterEvent::Settled => rows.remove(&OUTBOX, key()),
            LetterEvent::Dismissed => rows.remove(&DEAD_LETTERS, key()),
        }
        Ok(())
    }
}

/// The cells that both tables of letters begin with.
fn front(event: &Recorded, letter: &Letter) -> Result<Vec<Cell>, Unreadable> {
    let text = serde_json::to_string(letter).map_err(|source| Unreadable {
        event: event.id(),
        kind: event.kind.to_string(),
        source,
    })?;
    Ok(vec![
        event.shard.as_str().into(),
        (&*event.key).into(),
        event.seq.into(),
        (&letter.from).into(),
        letter.lane().as_ref().into(),
        text.into(),
    ])
}

/// The rows of timers that began or ceased.
pub(crate) fn timer_rows(shard: &Shard, changes: &[TimerChange], rows: &mut Rows) {
    for TimerChange { timer, command } in changes {
        let mut cells = timer_cells(shard, timer);
        match command {
            Some(command) => {
                cells.push(command.text().into());
                rows.put(&TIMERS, cells);
            }
            None => rows.remove(&TIMERS, cells),
        }
    }
}

fn timer_cells(shard: &Shard, timer: &TimerKey) -> Vec<Cell> {
    vec![
        shard.as_str().into(),
        timer.at.into(),
        (&*timer.stream.kind).into(),
        (&*timer.stream.key).into(),
        (&*timer.name).into(),
    ]
}

/// Asks for the timers of a shard that come after one of them, by their order.
pub(crate) fn timers_after(shard: &Shard, after: Option<&TimerKey>, limit: usize) -> Query {
    let query = match after {
        None => Query::new("SELECT due_at, stream_kind, stream_key, name, command FROM engine_timers WHERE shard = $1")
            .arg(shard.as_str()),
        Some(after) => timer_cells(shard, after).into_iter().fold(
            Query::new(
                "SELECT due_at, stream_kind, stream_key, name, command FROM engine_timers \
                 WHERE shard = $1 AND (due_at, stream_kind, stream_key, name) > ($2, $3, $4, $5)",
            ),
            Query::arg,
        ),
    };
    query.text(&format!("ORDER BY due_at, stream_kind, stream_key, name LIMIT {limit}"))
}

/// The timer of a row.
pub(crate) fn timer_of(row: &Row) -> Result<(TimerKey, Body), ReadError> {
    let stream = StreamId {
        kind: row.get::<String>("stream_kind")?.into(),
        key: row.get::<String>("stream_key")?.into(),
    };
    let timer = TimerKey {
        at: row.get::<Moment>("due_at")?,
        stream,
        name: row.get::<String>("name")?.into(),
    };
    Ok((timer, Body::from_text(row.get::<String>("command")?)))
}

/// A letter that waits, as the outbox holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The letter's id, under which its work is done.
    pub id: ErrandId,
    /// The position of the event that queued it.
    pub seq: u64,
    /// The letter.
    pub letter: Arc<Letter>,
}

/// Asks for the letters of a shard that were queued after a position.
pub(crate) fn letters_after(shard: &Shard, after: u64, limit: usize) -> Query {
    Query::new("SELECT id, seq, letter FROM engine_outbox WHERE shard = $1 AND seq > $2")
        .arg(shard.as_str())
        .arg(after)
        .text(&format!("ORDER BY seq LIMIT {limit}"))
}

/// The letter of a row.
pub(crate) fn letter_of(row: &Row) -> Result<Pending, ReadError> {
    let id = row.get::<String>("id")?;
    let id = id.parse().map_err(|_shape| ReadError::Store(format!("`{id}` is no letter's id")))?;
    let letter = serde_json::from_str(&row.get::<String>("letter")?)?;
    Ok(Pending { id, seq: row.get("seq")?, letter: Arc::new(letter) })
}
