//! The table of erasures: what was ordered, by whom, and how far it is.

use super::{ErasureEvent, Progress};
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row an erasure.
pub static ERASURES: Table = TABLE;

const TABLE: Table = Table {
    name: "evidence_erasures",
    columns: &[
        Column::text("key"),
        Column::text("state"),
        Column::text("cause"),
        Column::text("ordered_by"),
        Column::int("ordered_at"),
        Column::text("confirmed_by"),
        Column::int("erased_at"),
        Column::int("version"),
    ],
    key: &["key"],
    indexes: &[Index { columns: &["ordered_at"] }],
};

static ALL: [Table; 1] = [TABLE];

/// Keeps the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Erasures;

impl Projection for Erasures {
    fn name(&self) -> &'static str {
        "evidence.erasures"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &ALL
    }

    fn listens(&self) -> &'static [&'static str] {
        &["erasure.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let [table] = &ALL;
        let key = vec![Cell::from(&*event.key)];
        let mut cells = vec![("version", Cell::from(event.version))];
        match event.read::<ErasureEvent>()? {
            ErasureEvent::Ordered { cause, by } => {
                rows.put(
                    table,
                    vec![
                        (&*event.key).into(),
                        Progress::Ordered { by: String::new() }.word().into(),
                        cause.word().into(),
                        by.as_str().into(),
                        event.at.into(),
                        Cell::Null,
                        Cell::Null,
                        event.version.into(),
                    ],
                );
                return Ok(());
            }
            ErasureEvent::Withdrawn => cells.push(("state", Progress::None.word().into())),
            ErasureEvent::Confirmed { by } => cells.extend([
                ("state", Progress::Confirmed.word().into()),
                ("confirmed_by", by.as_str().into()),
            ]),
            ErasureEvent::Erased => cells.extend([
                ("state", Progress::Erased.word().into()),
                ("erased_at", event.at.into()),
            ]),
        }
        rows.set(table, key, cells);
        Ok(())
    }
}
