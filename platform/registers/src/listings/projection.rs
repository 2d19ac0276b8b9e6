//! The tables of listings: entries, and which restrictions each supports.

use super::model::{ListingEvent, ListingState};
use kernel::{Recorded, Unreadable};
use std::collections::BTreeSet;
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row an entry.
pub const LISTINGS: Table = Table {
    name: "registers_listings",
    columns: &[
        Column::text("listing"),
        Column::text("shard"),
        Column::int("version"),
        Column::text("subject"),
        Column::text("subject_name"),
        Column::text("list"),
        Column::text("cause"),
        Column::text("decision_no"),
        Column::text("organ"),
        Column::text("organ_name"),
        Column::text("place"),
        Column::text("listed_on"),
        Column::text("entry"),
        Column::text("state"),
        Column::text("since"),
        Column::text("removed_by"),
        Column::int("disputed"),
    ],
    key: &["listing"],
    indexes: &[
        Index { columns: &["subject", "listed_on"] },
        Index { columns: &["list", "state", "listed_on"] },
        Index { columns: &["organ", "state"] },
    ],
};

/// One row an entry and a restriction that it supports while it stands.
pub const SUPPORT: Table = Table {
    name: "registers_listing_measures",
    columns: &[Column::text("listing"), Column::text("measure"), Column::text("subject")],
    key: &["listing", "measure"],
    indexes: &[Index { columns: &["subject"] }, Index { columns: &["measure"] }],
};

static TABLES: [Table; 2] = [LISTINGS, SUPPORT];

/// Keeps the tables of listings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listings;

impl Projection for Listings {
    fn name(&self) -> &'static str {
        "registers_listings"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["listing.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let what: ListingEvent = event.read()?;
        let mut cells = vec![("version", Cell::from(event.version))];
        match &what {
            ListingEvent::Listed { .. } => return listed(event, &what, rows),
            ListingEvent::Amended { .. } => {}
            ListingEvent::Supported { of, measures } => support(event, measures, &of.uscc, rows),
            ListingEvent::Numbered { decision_no, .. } => {
                cells.push(("removed_by", decision_no.into()));
            }
            ListingEvent::Marked { disputed, .. } => cells.push(("disputed", (*disputed).into())),
            ListingEvent::Removed { on, decision_no, .. } => {
                cells.push(("removed_by", decision_no.into()));
                stands(ListingState::Removed, (*on).into(), &mut cells);
            }
            ListingEvent::Ended { on, .. } => {
                stands(ListingState::Ended, (*on).into(), &mut cells);
            }
            ListingEvent::SetAside { on, decision_no, .. } => {
                cells.push(("removed_by", decision_no.into()));
                stands(ListingState::SetAside, (*on).into(), &mut cells);
            }
            ListingEvent::Restored { on, .. } => {
                cells.push(("removed_by", Cell::Null));
                stands(ListingState::Live, (*on).into(), &mut cells);
            }
        }
        rows.set(&TABLES[0], vec![(&*event.key).into()], cells);
        Ok(())
    }
}

fn stands(state: ListingState, since: Cell, cells: &mut Vec<(&'static str, Cell)>) {
    cells.extend([("state", state.word().into()), ("since", since)]);
}

fn listed(event: &Recorded, what: &ListingEvent, rows: &mut Rows) -> Result<(), Unreadable> {
    let ListingEvent::Listed { entry } = what else { return Ok(()) };
    rows.put(
        &TABLES[0],
        vec![
            (&*event.key).into(),
            event.shard.as_str().into(),
            event.version.into(),
            (&entry.subject).into(),
            (&entry.subject_name).into(),
            (&entry.list).into(),
            (&entry.cause).into(),
            (&entry.decision_no).into(),
            entry.organ.as_str().into(),
            (&entry.organ_name).into(),
            (&entry.place).into(),
            entry.listed_on.into(),
            Cell::json(event, entry)?,
            ListingState::Live.word().into(),
            entry.listed_on.into(),
            Cell::Null,
            false.into(),
        ],
    );
    support(event, &entry.measures, &entry.subject, rows);
    Ok(())
}

fn support(event: &Recorded, measures: &BTreeSet<String>, subject: &str, rows: &mut Rows) {
    for measure in measures {
        rows.put(&TABLES[1], vec![(&*event.key).into(), measure.into(), subject.into()]);
    }
}
