//! The list of licences, and the status that public pages tell.

use crate::event::LicenceEvent;
use crate::model::Standing;
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a licence.
pub static LICENCES: Table = TABLE;

const TABLE: Table = Table {
    name: "licences_licences",
    columns: &[
        Column::text("licence"),
        Column::text("token"),
        Column::text("kind"),
        Column::text("title_zh"),
        Column::text("title_en"),
        Column::text("number"),
        Column::text("subject"),
        Column::text("organ"),
        Column::text("organ_zh"),
        Column::text("organ_en"),
        Column::text("place"),
        Column::text("holder"),
        Column::text("origin_kind"),
        Column::text("origin_key"),
        Column::text("standing"),
        Column::text("reason"),
        Column::text("valid_from"),
        Column::text("valid_to"),
        Column::int("signed_at"),
        Column::int("changed_at"),
        Column::text("replaced_by"),
        Column::text("replaces"),
        Column::text("paper"),
        Column::text("shard"),
    ],
    key: &["licence"],
    indexes: &[
        Index { columns: &["token"] },
        Index { columns: &["holder", "signed_at"] },
        Index { columns: &["origin_kind", "origin_key"] },
        Index { columns: &["number"] },
    ],
};

static ALL: [Table; 1] = [TABLE];

/// Keeps the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Licences;

impl Projection for Licences {
    fn name(&self) -> &'static str {
        "licences"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &ALL
    }

    fn listens(&self) -> &'static [&'static str] {
        &["licence.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let set = |rows: &mut Rows, mut cells: Vec<(&'static str, Cell)>| {
            cells.push(("changed_at", event.at.into()));
            rows.set(&LICENCES, vec![Cell::from(&*event.key)], cells);
        };
        let standing = |standing: Standing| ("standing", Cell::from(standing.word()));
        match event.read::<LicenceEvent>()? {
            LicenceEvent::Issued { order, .. } => rows.put(
                &LICENCES,
                vec![
                    Cell::from(&*event.key),
                    Cell::Null,
                    order.kind.into(),
                    order.title.zh.into(),
                    order.title.en.into(),
                    Cell::Null,
                    order.subject.into(),
                    order.organ.as_str().into(),
                    order.organ_label.zh.into(),
                    order.organ_label.en.into(),
                    order.place.into(),
                    order.holder.as_str().into(),
                    order.origin.kind.into(),
                    order.origin.key.into(),
                    Standing::Issuing.word().into(),
                    Cell::Null,
                    order.valid_from.into(),
                    order.valid_to.into(),
                    Cell::Null,
                    event.at.into(),
                    Cell::Null,
                    order.replaces.map(|key| key.0).into(),
                    Cell::Null,
                    event.shard.as_str().into(),
                ],
            ),
            LicenceEvent::Numbered { number, .. } => set(rows, vec![("number", number.into())]),
            LicenceEvent::Signed { paper, .. } => {
                let text = serde_json::to_string(&paper).map_err(|source| Unreadable {
                    event: event.id(),
                    kind: event.kind.to_string(),
                    source,
                })?;
                set(
                    rows,
                    vec![
                        standing(Standing::Valid),
                        ("token", paper.token.into()),
                        ("paper", text.into()),
                        ("signed_at", event.at.into()),
                    ],
                );
            }
            LicenceEvent::Suspended { reason, .. } => {
                set(rows, vec![standing(Standing::Suspended), ("reason", reason.into())]);
            }
            LicenceEvent::Resumed { .. } => {
                set(rows, vec![standing(Standing::Valid), ("reason", Cell::Null)]);
            }
            LicenceEvent::Revoked { reason, .. } => {
                set(rows, vec![standing(Standing::Revoked), ("reason", reason.into())]);
            }
            LicenceEvent::Replaced { by } => {
                set(rows, vec![standing(Standing::Replaced), ("replaced_by", by.0.into())]);
            }
            LicenceEvent::Expired { .. } => set(rows, vec![standing(Standing::Expired)]),
        }
        Ok(())
    }
}
