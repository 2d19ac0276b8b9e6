//! The tables of books: one row an account, one row an account and event that changed it, one row an event with its lines.
//!
//! An event of a thousand lines is a few rows: how many accounts it touches, not how many lines it has.

use super::event::{After, BookEvent};
use super::model::{AccountName, AccountSpec, Opening, Queue, Unit};
use super::state::own_account;
use kernel::{Recorded, Unreadable};
use std::collections::BTreeSet;
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a book.
pub const BOOKS: Table = Table {
    name: "ledger_books",
    columns: &[
        Column::text("book"),
        Column::text("shard"),
        Column::text("title"),
        Column::text("owners"),
        Column::text("organ"),
        Column::text("place"),
        Column::text("origin"),
        Column::int("opened_at"),
        Column::int("closed_at"),
        Column::int("version"),
    ],
    key: &["book"],
    indexes: &[Index { columns: &["organ", "opened_at"] }],
};

/// One row a book and a party that may see it.
pub const OWNERS: Table = Table {
    name: "ledger_book_owners",
    columns: &[Column::text("party"), Column::text("book"), Column::int("opened_at")],
    key: &["party", "book"],
    indexes: &[],
};

/// One row an account as it stands.
pub const ACCOUNTS: Table = Table {
    name: "ledger_accounts",
    columns: &[
        Column::text("book"),
        Column::text("account"),
        Column::text("label"),
        Column::text("unit"),
        Column::int("scale"),
        Column::int("floor"),
        Column::int("uses_max"),
        Column::text("queue"),
        Column::int("valid_from"),
        Column::int("valid_until"),
        Column::int("posted"),
        Column::int("reserved"),
        Column::int("uses"),
        Column::int("changed_at"),
    ],
    key: &["book", "account"],
    indexes: &[],
};

/// One row an account and event: how it stood after it.
pub const BALANCES: Table = Table {
    name: "ledger_balances",
    columns: &[
        Column::text("book"),
        Column::text("account"),
        Column::int("version"),
        Column::int("at"),
        Column::int("posted"),
        Column::int("reserved"),
        Column::int("uses"),
    ],
    key: &["book", "account", "version"],
    indexes: &[Index { columns: &["book", "account", "at"] }],
};

/// One row an event: its lines as they were written.
pub const ENTRIES: Table = Table {
    name: "ledger_entries",
    columns: &[
        Column::text("book"),
        Column::int("version"),
        Column::int("at"),
        Column::int("seq"),
        Column::text("body"),
    ],
    key: &["book", "version"],
    indexes: &[],
};

/// One row a freeze that stands.
pub const FREEZES: Table = Table {
    name: "ledger_freezes",
    columns: &[
        Column::text("book"),
        Column::text("freeze_key"),
        Column::text("accounts"),
        Column::text("why"),
        Column::int("since"),
    ],
    key: &["book", "freeze_key"],
    indexes: &[],
};

static TABLES: [Table; 6] = [BOOKS, OWNERS, ACCOUNTS, BALANCES, ENTRIES, FREEZES];

/// Keeps the tables of books.
#[derive(Clone, Copy, Debug, Default)]
pub struct BookTables;

impl Projection for BookTables {
    fn name(&self) -> &'static str {
        "ledger.books"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["book.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let what = event.shared::<BookEvent>()?;
        match &*what {
            BookEvent::Opened(opening) => opened(event, opening, rows)?,
            BookEvent::AccountsAdded { accounts } => added(event, accounts, rows)?,
            BookEvent::FloorSet { account, floor, .. } => {
                rows.set(&ACCOUNTS, key(event, account), vec![("floor", (*floor).into())]);
            }
            BookEvent::ValiditySet { account, from, until, .. } => {
                let cells = vec![("valid_from", (*from).into()), ("valid_until", (*until).into())];
                rows.set(&ACCOUNTS, key(event, account), cells);
            }
            BookEvent::Frozen { key, accounts, basis } => {
                let cells = vec![
                    (&*event.key).into(),
                    key.as_str().into(),
                    Cell::json(event, accounts)?,
                    basis.reason.as_str().into(),
                    event.at.into(),
                ];
                rows.put(&FREEZES, cells);
            }
            BookEvent::Unfrozen { key, .. } => {
                rows.remove(&FREEZES, vec![(&*event.key).into(), key.as_str().into()]);
            }
            BookEvent::Closed { at, .. } => {
                rows.set(&BOOKS, vec![(&*event.key).into()], vec![("closed_at", (*at).into())]);
            }
            BookEvent::Posted(posted) => changed(event, &posted.after, rows),
            BookEvent::Lapsed(came) | BookEvent::Served(came) => changed(event, &came.after, rows),
            BookEvent::Arrived { after, .. } | BookEvent::SliceReturned { after, .. } => {
                changed(event, after, rows);
            }
            BookEvent::Lent { opening, after, .. } => {
                lent(event, opening, after, rows)?;
            }
            BookEvent::TakenBack { after, .. } => changed(event, after, rows),
            BookEvent::SliceTaken { opening, after, .. } => {
                if let Some(opening) = opening {
                    opened(event, opening, rows)?;
                }
                changed(event, after, rows);
            }
            BookEvent::Reclaimed { .. } | BookEvent::SliceAsked { .. } => {}
        }
        Ok(())
    }
}

fn key(event: &Recorded, account: &AccountName) -> Vec<Cell> {
    vec![(&*event.key).into(), account.as_str().into()]
}

fn opened(event: &Recorded, opening: &Opening, rows: &mut Rows) -> Result<(), Unreadable> {
    let cells = vec![
        (&*event.key).into(),
        event.shard.as_str().into(),
        Cell::json(event, &opening.title)?,
        Cell::json(event, &opening.owners)?,
        opening.organ.as_ref().map(|organ| organ.to_string()).into(),
        opening.place.as_str().into(),
        Cell::json(event, &opening.origin)?,
        event.at.into(),
        Cell::Null,
        event.version.into(),
    ];
    rows.put(&BOOKS, cells);
    for owner in &opening.owners {
        rows.put(&OWNERS, vec![owner.as_str().into(), (&*event.key).into(), event.at.into()]);
    }
    added(event, &opening.accounts, rows)
}

fn added(event: &Recorded, specs: &[AccountSpec], rows: &mut Rows) -> Result<(), Unreadable> {
    let mut units: BTreeSet<&Unit> = BTreeSet::new();
    for spec in specs {
        let queue = match spec.queue {
            Queue::None => "none",
            Queue::Passing => "passing",
            Queue::Strict => "strict",
        };
        let cells = vec![
            (&*event.key).into(),
            spec.name.as_str().into(),
            Cell::json(event, &spec.label)?,
            spec.unit.code.as_ref().into(),
            i64::from(spec.unit.scale).into(),
            spec.floor.into(),
            spec.uses_max.map(i64::from).into(),
            queue.into(),
            spec.valid_from.into(),
            spec.valid_until.into(),
            0_i64.into(),
            0_i64.into(),
            0_i64.into(),
            event.at.into(),
        ];
        rows.put(&ACCOUNTS, cells);
        units.insert(&spec.unit);
    }
    for unit in units {
        for (prefix, zh, en) in super::state::OWN {
            let label = codes::Label::new(zh, en);
            own(event, &own_account(prefix, unit), unit, (&label, None), rows)?;
        }
    }
    Ok(())
}

/// An account that the ledger opens itself, which may be there already.
fn own(
    event: &Recorded,
    name: &AccountName,
    unit: &Unit,
    (label, floor): (&codes::Label, Option<i64>),
    rows: &mut Rows,
) -> Result<(), Unreadable> {
    rows.add(&ACCOUNTS, key(event, name), "posted", 0);
    let cells = vec![
        ("label", Cell::json(event, label)?),
        ("unit", unit.code.as_ref().into()),
        ("scale", i64::from(unit.scale).into()),
        ("floor", floor.into()),
        ("queue", "none".into()),
        ("reserved", 0_i64.into()),
        ("uses", 0_i64.into()),
        ("changed_at", event.at.into()),
    ];
    rows.set(&ACCOUNTS, key(event, name), cells);
    Ok(())
}

fn lent(
    event: &Recorded,
    opening: &Opening,
    after: &[After],
    rows: &mut Rows,
) -> Result<(), Unreadable> {
    if let (Some(spec), [_, After(lent, ..)]) = (opening.accounts.first(), after) {
        let to = lent.as_str().rsplit('.').next().unwrap_or_default();
        let label = codes::Label::new(format!("借给{to}"), format!("Lent to {to}"));
        own(event, lent, &spec.unit, (&label, Some(0)), rows)?;
    }
    changed(event, after, rows);
    Ok(())
}

fn changed(event: &Recorded, after: &[After], rows: &mut Rows) {
    let book = || Cell::from(&*event.key);
    for After(account, posted, reserved, uses) in after {
        let figures = || [Cell::from(*posted), Cell::from(*reserved), Cell::from(i64::from(*uses))];
        let mut cells =
            vec![book(), account.as_str().into(), event.version.into(), event.at.into()];
        cells.extend(figures());
        rows.put(&BALANCES, cells);
        let [posted, reserved, uses] = figures();
        let now = vec![
            ("posted", posted),
            ("reserved", reserved),
            ("uses", uses),
            ("changed_at", event.at.into()),
        ];
        rows.set(&ACCOUNTS, key(event, account), now);
    }
    let cells = vec![
        book(),
        event.version.into(),
        event.at.into(),
        event.seq.into(),
        event.body.text().into(),
    ];
    rows.put(&ENTRIES, cells);
}
