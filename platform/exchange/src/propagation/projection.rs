//! The tables of propagation: rounds, and where each recipient stands.

use super::event::PropagationEvent;
use super::model::Standing;
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a round.
pub const ROUNDS: Table = Table {
    name: "propagation_rounds",
    columns: &[
        Column::text("propagation"),
        Column::int("round"),
        Column::text("shard"),
        Column::text("kind"),
        Column::text("purpose"),
        Column::text("basis"),
        Column::text("facts"),
        Column::int("told_at"),
        Column::int("escalate_at"),
        Column::int("superseded_at"),
    ],
    key: &["propagation", "round"],
    indexes: &[],
};

/// One row a recipient, as it stands in the latest round.
pub const RECIPIENTS: Table = Table {
    name: "propagation_recipients",
    columns: &[
        Column::text("propagation"),
        Column::text("recipient"),
        Column::text("shard"),
        Column::int("version"),
        Column::int("round"),
        Column::text("kind"),
        Column::text("state"),
        Column::int("attempts"),
        Column::int("told_at"),
        Column::int("since"),
        Column::int("again_at"),
        Column::text("why"),
    ],
    key: &["propagation", "recipient"],
    indexes: &[Index { columns: &["state", "told_at"] }, Index { columns: &["kind", "state"] }],
};

static TABLES: [Table; 2] = [ROUNDS, RECIPIENTS];

/// Keeps the tables of propagation.
#[derive(Clone, Copy, Debug, Default)]
pub struct PropagationTables;

impl Projection for PropagationTables {
    fn name(&self) -> &'static str {
        "propagation"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["propagation.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        match event.read()? {
            told @ PropagationEvent::Told { .. } => return round(event, &told, rows),
            PropagationEvent::Tried { recipient, attempt, .. } => {
                set(
                    event,
                    &recipient,
                    rows,
                    vec![("attempts", attempt.into()), ("again_at", Cell::Null)],
                );
            }
            PropagationEvent::Failed { recipient, why, again_at, .. } => {
                set(
                    event,
                    &recipient,
                    rows,
                    vec![("why", why.into()), ("again_at", again_at.into())],
                );
            }
            PropagationEvent::Confirmed { recipient, .. } => {
                stands(event, &recipient, Standing::Confirmed, Cell::Null, rows);
            }
            PropagationEvent::Reopened { recipient, why, .. } => {
                stands(event, &recipient, Standing::Pending, why.into(), rows);
            }
            PropagationEvent::Settled { recipient, how, .. } => {
                stands(event, &recipient, Standing::Settled, how.into(), rows);
            }
            PropagationEvent::Escalated { recipients, .. } => {
                for recipient in &recipients {
                    set(
                        event,
                        recipient,
                        rows,
                        vec![
                            ("state", Standing::Escalated.word().into()),
                            ("since", event.at.into()),
                        ],
                    );
                }
            }
        }
        Ok(())
    }
}

fn round(event: &Recorded, told: &PropagationEvent, rows: &mut Rows) -> Result<(), Unreadable> {
    let PropagationEvent::Told { round, telling, to, escalate_at } = told else { return Ok(()) };
    let before = vec![(&*event.key).into(), round.saturating_sub(1).into()];
    rows.set(&TABLES[0], before, vec![("superseded_at", event.at.into())]);
    rows.put(
        &TABLES[0],
        vec![
            (&*event.key).into(),
            (*round).into(),
            event.shard.as_str().into(),
            (&telling.kind).into(),
            (&telling.purpose).into(),
            (&telling.basis).into(),
            Cell::json(event, &telling.facts)?,
            event.at.into(),
            (*escalate_at).into(),
            Cell::Null,
        ],
    );
    for recipient in to {
        rows.put(
            &TABLES[1],
            vec![
                (&*event.key).into(),
                recipient.into(),
                event.shard.as_str().into(),
                event.version.into(),
                (*round).into(),
                (&telling.kind).into(),
                Standing::Pending.word().into(),
                1_u32.into(),
                event.at.into(),
                event.at.into(),
                Cell::Null,
                Cell::Null,
            ],
        );
    }
    Ok(())
}

/// A recipient for whom the waiting is over.
fn stands(event: &Recorded, recipient: &str, standing: Standing, how: Cell, rows: &mut Rows) {
    let cells = vec![
        ("state", standing.word().into()),
        ("since", event.at.into()),
        ("again_at", Cell::Null),
        ("why", how),
    ];
    set(event, recipient, rows, cells);
}

fn set(event: &Recorded, recipient: &str, rows: &mut Rows, mut cells: Vec<(&'static str, Cell)>) {
    cells.push(("version", event.version.into()));
    rows.set(&TABLES[1], vec![(&*event.key).into(), recipient.into()], cells);
}
