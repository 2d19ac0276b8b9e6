//! The tables of the exchange: messages, and how many went between us and each partner.

use crate::event::MessageEvent;
use crate::model::{Direction, Message};
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a message.
pub const MESSAGES: Table = Table {
    name: "exchange_messages",
    columns: &[
        Column::text("message"),
        Column::text("direction"),
        Column::text("partner"),
        Column::text("kind"),
        Column::text("purpose"),
        Column::text("basis"),
        Column::text("case_no"),
        Column::text("task"),
        Column::text("facts"),
        Column::text("sha256"),
        Column::text("signing_key"),
        Column::int("at"),
        Column::int("answered_at"),
        Column::int("answers"),
        Column::text("faults"),
        Column::text("in_reply_to"),
        Column::text("body"),
        Column::text("event"),
        Column::text("sort_key"),
    ],
    key: &["message"],
    indexes: &[
        Index { columns: &["sort_key"] },
        Index { columns: &["partner", "sort_key"] },
        Index { columns: &["case_no", "sort_key"] },
    ],
};

/// One row a partner.
pub const TRAFFIC: Table = Table {
    name: "exchange_traffic",
    columns: &[
        Column::text("partner"),
        Column::int("sent"),
        Column::int("received"),
        Column::int("last_at"),
    ],
    key: &["partner"],
    indexes: &[],
};

static TABLES: [Table; 2] = [MESSAGES, TRAFFIC];

/// Keeps the tables of the exchange.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExchangeTables;

impl Projection for ExchangeTables {
    fn name(&self) -> &'static str {
        "exchange"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["message.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let key = || vec![Cell::from(&*event.key)];
        match event.read()? {
            MessageEvent::Received { message, in_reply_to, body, sha256, proof } => {
                let more = More {
                    sha256: &sha256,
                    signing_key: Some(&proof.key),
                    in_reply_to: in_reply_to.as_deref(),
                    body: Cell::json(event, &body)?,
                };
                put(event, Direction::Received, &message, more, rows)?;
                count(event, &message.partner, "received", rows);
            }
            MessageEvent::Sent { message, sha256 } => {
                let more = More {
                    sha256: &sha256,
                    signing_key: None,
                    in_reply_to: None,
                    body: Cell::Null,
                };
                put(event, Direction::Sent, &message, more, rows)?;
                count(event, &message.partner, "sent", rows);
            }
            MessageEvent::Receipted { received_at, answers, faults, proof } => {
                let faults =
                    if faults.is_empty() { Cell::Null } else { Cell::json(event, &faults)? };
                rows.set(
                    &TABLES[0],
                    key(),
                    vec![
                        ("answered_at", received_at.into()),
                        ("answers", answers.into()),
                        ("faults", faults),
                        ("signing_key", proof.key.into()),
                    ],
                );
            }
        }
        Ok(())
    }
}

/// What a row has beside the message.
struct More<'a> {
    sha256: &'a str,
    signing_key: Option<&'a str>,
    in_reply_to: Option<&'a str>,
    body: Cell,
}

fn put(
    event: &Recorded,
    direction: Direction,
    message: &Message,
    more: More<'_>,
    rows: &mut Rows,
) -> Result<(), Unreadable> {
    rows.put(
        &TABLES[0],
        vec![
            (&*event.key).into(),
            direction.word().into(),
            (&message.partner).into(),
            (&message.kind).into(),
            (&message.purpose).into(),
            (&message.basis).into(),
            message.case.clone().into(),
            message.task.clone().into(),
            Cell::json(event, &message.facts)?,
            more.sha256.into(),
            more.signing_key.map(ToOwned::to_owned).into(),
            event.at.into(),
            Cell::Null,
            0_u32.into(),
            Cell::Null,
            more.in_reply_to.map(ToOwned::to_owned).into(),
            more.body,
            event.id().to_string().into(),
            sort_key(event).into(),
        ],
    );
    Ok(())
}

/// Orders messages by time and, within one instant, by their place in the journal.
fn sort_key(event: &Recorded) -> String {
    format!("{:020}-{:020}", event.at.us().max(0), event.seq)
}

fn count(event: &Recorded, partner: &str, column: &'static str, rows: &mut Rows) {
    let key = || vec![Cell::from(partner)];
    for (name, by) in [("sent", 0), ("received", 0), (column, 1)] {
        rows.add(&TABLES[1], key(), name, by);
    }
    rows.set(&TABLES[1], key(), vec![("last_at", event.at.into())]);
}
