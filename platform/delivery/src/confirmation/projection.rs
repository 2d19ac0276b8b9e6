//! The tables of address confirmations: one row each, and upon which of them notices were issued.

use super::{ConfirmationEvent, Standing};
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a confirmation.
pub const CONFIRMATIONS: Table = Table {
    name: "delivery_confirmations",
    columns: &[
        Column::text("confirmation"),
        Column::text("shard"),
        Column::int("version"),
        Column::text("party"),
        Column::text("organ"),
        Column::text("organ_name"),
        Column::text("place"),
        Column::text("origin_kind"),
        Column::text("origin_key"),
        Column::text("standing"),
        Column::int("form_no"),
        Column::int("started_at"),
        Column::int("since"),
    ],
    key: &["confirmation"],
    indexes: &[
        Index { columns: &["organ", "started_at"] },
        Index { columns: &["party", "started_at"] },
        Index { columns: &["origin_kind", "origin_key"] },
    ],
};

/// One row a notice that was issued upon a confirmation.
pub const RELIANCES: Table = Table {
    name: "delivery_reliances",
    columns: &[
        Column::text("notice"),
        Column::text("confirmation"),
        Column::text("scope"),
        Column::int("form_no"),
        Column::text("addresses"),
        Column::text("postal"),
    ],
    key: &["notice"],
    indexes: &[Index { columns: &["confirmation"] }],
};

static TABLES: [Table; 2] = [CONFIRMATIONS, RELIANCES];

/// Keeps the tables of address confirmations.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConfirmationTables;

impl Projection for ConfirmationTables {
    fn name(&self) -> &'static str {
        "delivery_confirmations"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["address-confirmation.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let mut cells = vec![("version", Cell::from(event.version))];
        let standing =
            |standing: Standing| [("standing", standing.word().into()), ("since", event.at.into())];
        match event.read()? {
            ConfirmationEvent::Started { capture, .. } => {
                rows.put(
                    &TABLES[0],
                    vec![
                        (&*event.key).into(),
                        event.shard.as_str().into(),
                        event.version.into(),
                        capture.party.as_str().into(),
                        capture.issuer.organ.as_str().into(),
                        (&capture.issuer.name).into(),
                        (&capture.issuer.place).into(),
                        (&capture.origin.kind).into(),
                        (&capture.origin.key).into(),
                        Standing::Capturing.word().into(),
                        1_u32.into(),
                        event.at.into(),
                        event.at.into(),
                    ],
                );
                return Ok(());
            }
            ConfirmationEvent::Signed { form_no, .. } => {
                cells.extend(standing(Standing::InForce));
                cells.push(("form_no", form_no.into()));
            }
            ConfirmationEvent::Refused { .. } => cells.extend(standing(Standing::Refused)),
            ConfirmationEvent::Withdrawn { .. } => cells.extend(standing(Standing::Withdrawn)),
            ConfirmationEvent::Ended { .. } => cells.extend(standing(Standing::Ended)),
            ConfirmationEvent::Lapsed { .. } => cells.extend(standing(Standing::Lapsed)),
            ConfirmationEvent::Relied { notice, scope, form_no, addresses, postal, .. } => {
                rows.put(
                    &TABLES[1],
                    vec![
                        (&notice.0).into(),
                        (&*event.key).into(),
                        scope.into(),
                        form_no.into(),
                        Cell::json(event, &addresses)?,
                        Cell::json(event, &postal)?,
                    ],
                );
            }
            _ => {}
        }
        rows.set(&TABLES[0], vec![(&*event.key).into()], cells);
        Ok(())
    }
}
