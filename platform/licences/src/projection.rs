//! The tables of licences: the status list and its history.

use crate::event::LicenceEvent;
use crate::model::{LicenceKey, NumberFrom, State};
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a licence: the status list (证照状态).
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

static TABLES: [Table; 2] = [LICENCES, TURNS];

/// Keeps the tables of licences.
#[derive(Clone, Copy, Debug, Default)]
pub struct LicenceTables;

impl Projection for LicenceTables {
    fn name(&self) -> &'static str {
        "licences"
    }

    fn version(&self) -> u32 {
        1
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
                Some(State::Valid)
            }
            LicenceEvent::Suspended { ground } | LicenceEvent::Resumed { ground } => {
                turn = [Cell::Null, (&ground.reason).into(), (&ground.article).into()];
                let suspended = matches!(what, LicenceEvent::Suspended { .. });
                Some(if suspended { State::Suspended } else { State::Valid })
            }
            LicenceEvent::Revoked { by, ground } => {
                turn = [by.word().into(), (&ground.reason).into(), (&ground.article).into()];
                Some(State::Ended)
            }
            LicenceEvent::Replaced { by } => {
                cells.push(("replaced_by", (&by.0).into()));
                Some(State::Replaced)
            }
            LicenceEvent::Expired => Some(State::Expired),
        };
        if let Some(state) = state {
            cells.extend([("state", state.word().into()), ("since", event.at.into())]);
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
