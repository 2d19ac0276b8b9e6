//! The list of enterprises.

use crate::enterprise::EnterpriseEvent;
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row an enterprise.
pub static ENTERPRISES: Table = TABLE;

const TABLE: Table = Table {
    name: "registers_enterprises",
    columns: &[
        Column::text("uscc"),
        Column::text("name"),
        Column::text("place"),
        Column::text("organ"),
        Column::text("established_on"),
        Column::text("elements"),
        Column::text("origin"),
        Column::int("recorded_at"),
    ],
    key: &["uscc"],
    indexes: &[Index { columns: &["place", "established_on"] }, Index { columns: &["origin"] }],
};

static ALL: [Table; 1] = [TABLE];

/// Keeps the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enterprises;

impl Projection for Enterprises {
    fn name(&self) -> &'static str {
        "registers"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &ALL
    }

    fn listens(&self) -> &'static [&'static str] {
        &["enterprise.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let EnterpriseEvent::EnterpriseEntered { entry, valid_from, origin } = event.read()? else {
            return Ok(());
        };
        let elements = serde_json::to_string(&entry.elements).unwrap_or_default();
        rows.put(
            &ENTERPRISES,
            vec![
                Cell::from(&*event.key),
                entry.name.as_str().into(),
                entry.place.as_str().into(),
                entry.organ.as_str().into(),
                valid_from.into(),
                elements.into(),
                origin.key.as_str().into(),
                event.at.into(),
            ],
        );
        Ok(())
    }
}
