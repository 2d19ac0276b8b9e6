//! The tables of mirrors: acknowledgements, days, looks, files, what waits.

use super::intake::{IntakeEvent, Turned};
use super::push::{PushEvent, PushKey};
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row an acknowledgement.
pub const ACKS: Table = Table {
    name: "credit_acks",
    columns: &[
        Column::text("day"),
        Column::text("id"),
        Column::text("about"),
        Column::int("round"),
        Column::text("kind"),
        Column::text("sha256"),
        Column::text("serial"),
        Column::int("at"),
    ],
    key: &["day", "id"],
    indexes: &[Index { columns: &["about"] }],
};

/// One row a day with a mirror.
pub const DAYS: Table = Table {
    name: "credit_mirror_days",
    columns: &[
        Column::text("day"),
        Column::text("system"),
        Column::text("on_day"),
        Column::int("told"),
        Column::int("held"),
        Column::int("missing"),
        Column::int("strays"),
        Column::int("compared_at"),
        Column::text("why"),
    ],
    key: &["day"],
    indexes: &[Index { columns: &["system", "on_day"] }],
};

/// One row a mirror whose files are taken.
pub const LOOKS: Table = Table {
    name: "credit_intakes",
    columns: &[
        Column::text("system"),
        Column::int("after_no"),
        Column::int("looked_at"),
        Column::int("look_at"),
        Column::text("why"),
        Column::int("contradicted"),
    ],
    key: &["system"],
    indexes: &[],
};

/// One row a file.
pub const FILES: Table = Table {
    name: "credit_files",
    columns: &[
        Column::text("system"),
        Column::int("sequence"),
        Column::text("on_day"),
        Column::text("sha256"),
        Column::int("records"),
        Column::int("listed"),
        Column::int("amended"),
        Column::int("ended"),
        Column::int("known"),
        Column::text("refused"),
        Column::int("taken_at"),
        Column::text("contradicted"),
    ],
    key: &["system", "sequence"],
    indexes: &[],
};

/// One row a record that waits for its entry.
pub const WAITING: Table = Table {
    name: "credit_waiting",
    columns: &[
        Column::text("system"),
        Column::int("sequence"),
        Column::int("no"),
        Column::text("listing"),
        Column::text("record"),
    ],
    key: &["system", "sequence", "no"],
    indexes: &[],
};

static TABLES: [Table; 5] = [ACKS, DAYS, LOOKS, FILES, WAITING];

/// Keeps the tables of mirrors.
#[derive(Clone, Copy, Debug, Default)]
pub struct MirrorTables;

impl Projection for MirrorTables {
    fn name(&self) -> &'static str {
        "credit_mirrors"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["credit-push.*", "credit-intake.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        if &*event.kind == "credit-push" { pushed(event, rows) } else { taken(event, rows) }
    }
}

fn pushed(event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
    let key = || vec![Cell::from(&*event.key)];
    match event.read()? {
        PushEvent::Acknowledged { ack, .. } => {
            let pushes = PushKey(event.key.to_string());
            let (system, day) = match pushes.parts() {
                Some((system, day)) => (Cell::from(system), Cell::from(day)),
                None => (Cell::Null, Cell::Null),
            };
            rows.put(
                &TABLES[0],
                vec![
                    (&*event.key).into(),
                    ack.id.into(),
                    ack.about.0.into(),
                    ack.round.into(),
                    ack.kind.into(),
                    ack.sha256.into(),
                    ack.serial.into(),
                    ack.at.into(),
                ],
            );
            rows.add(&TABLES[1], key(), "told", 1);
            rows.set(&TABLES[1], key(), vec![("system", system), ("on_day", day)]);
        }
        PushEvent::Reconciled { held, missing, strays, .. } => {
            let missing = u32::try_from(missing.len()).unwrap_or(u32::MAX);
            let cells = vec![
                ("held", held.into()),
                ("missing", missing.into()),
                ("strays", strays.into()),
                ("compared_at", event.at.into()),
                ("why", Cell::Null),
            ];
            rows.set(&TABLES[1], key(), cells);
        }
        PushEvent::ReconciliationFailed { why, .. } => {
            rows.set(&TABLES[1], key(), vec![("why", why.into())]);
        }
        PushEvent::ReconciliationBegun { .. } => {}
    }
    Ok(())
}

fn taken(event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
    let key = || vec![Cell::from(&*event.key)];
    let of_file = |sequence: u64| vec![Cell::from(&*event.key), Cell::from(sequence)];
    match event.read()? {
        IntakeEvent::Followed { after, look_at } => rows.put(
            &TABLES[2],
            vec![
                (&*event.key).into(),
                after.into(),
                Cell::Null,
                look_at.into(),
                Cell::Null,
                0_u32.into(),
            ],
        ),
        IntakeEvent::LookBegun { look_at, .. } => {
            let cells = vec![
                ("looked_at", event.at.into()),
                ("look_at", look_at.into()),
                ("why", Cell::Null),
            ];
            rows.set(&TABLES[2], key(), cells);
        }
        IntakeEvent::LookFailed { why, look_at, .. } => {
            rows.set(&TABLES[2], key(), vec![("why", why.into()), ("look_at", look_at.into())]);
        }
        IntakeEvent::FileTaken(file) => {
            let refused = Cell::json(event, &file.refused)?;
            rows.put(
                &TABLES[3],
                vec![
                    (&*event.key).into(),
                    file.sequence.into(),
                    file.day.into(),
                    file.sha256.into(),
                    file.records.into(),
                    file.listed.into(),
                    file.amended.into(),
                    file.ended.into(),
                    file.known.into(),
                    refused,
                    event.at.into(),
                    Cell::Null,
                ],
            );
            for waits in file.waiting {
                let record = Cell::json(event, &waits.record)?;
                let mut cells = of_file(file.sequence);
                cells.extend([waits.no.into(), waits.listing.0.into(), record]);
                rows.put(&TABLES[4], cells);
            }
        }
        IntakeEvent::FileContradicted { sequence, sha256, .. } => {
            rows.set(&TABLES[3], of_file(sequence), vec![("contradicted", sha256.into())]);
            rows.add(&TABLES[2], key(), "contradicted", 1);
        }
        IntakeEvent::Settled { sequence, no, turned } => {
            let mut waited = of_file(sequence);
            waited.push(no.into());
            rows.remove(&TABLES[4], waited);
            let column = match turned {
                Turned::Listed => "listed",
                Turned::Amended => "amended",
                Turned::Ended => "ended",
                Turned::Known | Turned::Waiting | Turned::Refused { .. } => "known",
            };
            rows.add(&TABLES[3], of_file(sequence), column, 1);
        }
    }
    Ok(())
}
