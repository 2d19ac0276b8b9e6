//! The tables of licences: how each stands, its history, and its place in a status list.

use crate::event::LicenceEvent;
use crate::model::{Document, LicenceKey, NumberFrom, State};
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a licence: how it stands (证照状态).
pub const LICENCES: Table = Table {
    name: "licences_list",
    columns: &[
        Column::text("licence"),
        Column::text("shard"),
        Column::int("version"),
        Column::text("holder"),
        Column::text("organ"),
        Column::text("place"),
        Column::text("kind"),
        Column::text("title_zh"),
        Column::text("title_en"),
        Column::text("number"),
        Column::text("body"),
        Column::text("origin_kind"),
        Column::text("origin_key"),
        Column::text("issued_on"),
        Column::int("issued_at"),
        Column::text("valid_to"),
        Column::text("state"),
        Column::int("since"),
        Column::text("document"),
        Column::text("token"),
        Column::text("replaces"),
        Column::text("replaced_by"),
    ],
    key: &["licence"],
    indexes: &[
        Index { columns: &["holder", "issued_at"] },
        Index { columns: &["token"] },
        Index { columns: &["number"] },
        Index { columns: &["organ", "issued_at"] },
        Index { columns: &["origin_kind", "origin_key"] },
        Index { columns: &["replaces"] },
    ],
};

/// One row a turn of a licence: its history.
pub const TURNS: Table = Table {
    name: "licences_turns",
    columns: &[
        Column::text("licence"),
        Column::int("version"),
        Column::int("at"),
        Column::text("what"),
        Column::text("ending"),
        Column::text("reason"),
        Column::text("article"),
    ],
    key: &["licence", "version"],
    indexes: &[],
};

/// One row a place in a status list (状态清单): what the list is made from.
pub const STATUSES: Table = Table {
    name: "licences_statuses",
    columns: &[
        Column::text("licence"),
        Column::text("list"),
        Column::int("place"),
        Column::text("state"),
        Column::int("changed"),
    ],
    key: &["licence"],
    // The last change of a list is looked up each time the list is asked for.
    indexes: &[Index { columns: &["list", "changed"] }, Index { columns: &["list", "place"] }],
};

static TABLES: [Table; 3] = [LICENCES, TURNS, STATUSES];

/// Keeps the tables of licences.
#[derive(Clone, Copy, Debug, Default)]
pub struct LicenceTables;

impl Projection for LicenceTables {
    fn name(&self) -> &'static str {
        "licences"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["licence.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let what: LicenceEvent = event.read()?;
        let mut cells = vec![("version", Cell::from(event.version))];
        let mut turn: [Cell; 3] = [Cell::Null, Cell::Null, Cell::Null];
        let state = match &what {
            LicenceEvent::Issued { .. } => {
                issued(event, &what, rows)?;
                None
            }
            LicenceEvent::Numbered { number } => {
                cells.push(("number", number.into()));
                None
            }
            LicenceEvent::Signed { document, token, .. } => {
                cells.extend([("document", Cell::json(event, document)?), ("token", token.into())]);
                placed(event, document, rows);
                Some(State::Valid)
            }
            LicenceEvent::Suspended { ground, .. } | LicenceEvent::Resumed { ground, .. } => {
                turn = [Cell::Null, (&ground.reason).into(), (&ground.article).into()];
                let suspended = matches!(what, LicenceEvent::Suspended { .. });
                Some(if suspended { State::Suspended } else { State::Valid })
            }
            LicenceEvent::Revoked { by, ground, .. } => {
                turn = [by.word().into(), (&ground.reason).into(), (&ground.article).into()];
                Some(State::Ended)
            }
            LicenceEvent::Replaced { by, .. } => {
                cells.push(("replaced_by", (&by.0).into()));
                Some(State::Replaced)
            }
            LicenceEvent::Expired => Some(State::Expired),
            // Who asks is no turn of the licence.
            LicenceEvent::Watched { .. } => {
                rows.set(&TABLES[0], vec![(&*event.key).into()], cells);
                return Ok(());
            }
        };
        if let Some(state) = state {
            cells.extend([("state", state.word().into()), ("since", event.at.into())]);
            let flip = vec![("state", state.word().into()), ("changed", event.seq.into())];
            rows.set(&TABLES[2], vec![(&*event.key).into()], flip);
        }
        rows.set(&TABLES[0], vec![(&*event.key).into()], cells);
        let [ending, reason, article] = turn;
        rows.put(
            &TABLES[1],
            vec![
                (&*event.key).into(),
                event.version.into(),
                event.at.into(),
                event.name().into(),
                ending,
                reason,
                article,
            ],
        );
        Ok(())
    }
}

fn placed(event: &Recorded, document: &Document, rows: &mut Rows) {
    let Some(credential) = &document.credential else { return };
    rows.put(
        &TABLES[2],
        vec![
            (&*event.key).into(),
            (&credential.status.list).into(),
            credential.status.index.into(),
            State::Valid.word().into(),
            event.seq.into(),
        ],
    );
}

fn issued(event: &Recorded, what: &LicenceEvent, rows: &mut Rows) -> Result<(), Unreadable> {
    let LicenceEvent::Issued { order, title, on, .. } = what else { return Ok(()) };
    let number = match &order.number {
        NumberFrom::Given(number) => number.as_str(),
        NumberFrom::Series(_) => "",
    };
    rows.put(
        &TABLES[0],
        vec![
            (&*event.key).into(),
            event.shard.as_str().into(),
            event.version.into(),
            order.holder.as_str().into(),
            order.issuer.organ.as_str().into(),
            (&order.issuer.place).into(),
            (&order.template).into(),
            (&title.zh).into(),
            (&title.en).into(),
            number.into(),
            Cell::json(event, order)?,
            (&order.origin.kind).into(),
            (&order.origin.key).into(),
            (*on).into(),
            event.at.into(),
            order.valid_to.into(),
            State::Preparing.word().into(),
            event.at.into(),
            Cell::Null,
            Cell::Null,
            order.replaces.as_ref().map(|LicenceKey(key)| key.as_str()).into(),
            Cell::Null,
        ],
    );
    Ok(())
}
