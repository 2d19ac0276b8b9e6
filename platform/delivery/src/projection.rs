//! The tables of delivery: notices, their history, addresses of service.

use crate::event::{AddressEvent, NoticeEvent};
use crate::model::{Channel, Content, How, State};
use kernel::{Actor, Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a notice.
pub const NOTICES: Table = Table {
    name: "delivery_notices",
    columns: &[
        Column::text("notice"),
        Column::text("shard"),
        Column::int("version"),
        Column::text("party"),
        Column::text("organ"),
        Column::text("organ_name"),
        Column::text("place"),
        Column::text("title_zh"),
        Column::text("title_en"),
        Column::text("number"),
        Column::text("content"),
        Column::text("origin_kind"),
        Column::text("origin_key"),
        Column::text("issued_on"),
        Column::int("issued_at"),
        Column::text("state"),
        Column::text("document"),
        Column::text("digest"),
        Column::text("token"),
        Column::text("address"),
        Column::int("attempt"),
        Column::text("item"),
        Column::text("served_on"),
        Column::text("how"),
        Column::int("read_at"),
        Column::int("paper_asked"),
        Column::int("proof_offered"),
    ],
    key: &["notice"],
    indexes: &[
        Index { columns: &["party", "issued_at"] },
        Index { columns: &["organ", "state", "issued_at"] },
        Index { columns: &["token"] },
        Index { columns: &["origin_kind", "origin_key"] },
    ],
};

/// One row a turn of a notice: the record of service (送达记录).
pub const TURNS: Table = Table {
    name: "delivery_turns",
    columns: &[
        Column::text("notice"),
        Column::int("version"),
        Column::int("at"),
        Column::text("what"),
        Column::text("channel"),
        Column::text("day"),
        Column::text("detail"),
        Column::text("actor"),
    ],
    key: &["notice", "version"],
    indexes: &[],
};

/// One row a party that said how it may be served.
pub const ADDRESSES: Table = Table {
    name: "delivery_addresses",
    columns: &[
        Column::text("party"),
        Column::int("version"),
        Column::text("address"),
        Column::int("consent"),
        Column::text("statement"),
        Column::int("since"),
    ],
    key: &["party"],
    indexes: &[],
};

/// One row an order to a mailer or gateway: what reports and returned mail call it.
pub const REFERENCES: Table = Table {
    name: "delivery_references",
    columns: &[
        Column::text("notice"),
        Column::int("attempt"),
        Column::text("shard"),
        Column::text("reference"),
        Column::text("gateway_id"),
        Column::int("ordered_at"),
    ],
    key: &["notice", "attempt"],
    indexes: &[Index { columns: &["reference"] }, Index { columns: &["gateway_id"] }],
};

static TABLES: [Table; 4] = [NOTICES, TURNS, ADDRESSES, REFERENCES];

/// Keeps the tables of delivery.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeliveryTables;

impl Projection for DeliveryTables {
    fn name(&self) -> &'static str {
        "delivery"
    }

    fn version(&self) -> u32 {
        4
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["notice.*", "service-address.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        match &*event.kind {
            "notice" => notice(event, &event.read()?, rows),
            "service-address" => address(event, &event.read()?, rows),
            _ => Ok(()),
        }
    }
}

fn notice(event: &Recorded, what: &NoticeEvent, rows: &mut Rows) -> Result<(), Unreadable> {
    let key = || vec![Cell::from(&*event.key)];
    let mut cells = vec![("version", Cell::from(event.version))];
    match what {
        NoticeEvent::Issued { .. } => return issued(event, what, rows),
        NoticeEvent::Numbered { number } => cells.push(("number", number.into())),
        NoticeEvent::Prepared { document, token, address } => cells.extend([
            ("document", Cell::json(event, document)?),
            ("digest", document.digest.to_string().into()),
            ("token", token.into()),
            ("address", Cell::json(event, address)?),
        ]),
        NoticeEvent::Placed { .. } => cells.push(state(State::Waiting)),
        NoticeEvent::MailOrdered { attempt, .. } => {
            cells.extend([state(State::Mailing), ("attempt", (*attempt).into())]);
        }
        NoticeEvent::PaperWanted => cells.extend([state(State::PaperWanted), ("item", Cell::Null)]),
        NoticeEvent::Posted { item } => {
            cells.extend([state(State::Posted), ("item", Cell::json(event, item)?)]);
        }
        NoticeEvent::Read { .. } => cells.push(("read_at", event.at.into())),
        NoticeEvent::TextOrdered { reminder: false, attempt, .. } => {
            cells.extend([state(State::Texting), ("attempt", (*attempt).into())]);
        }
        NoticeEvent::Published { .. } => cells.push(state(State::Publishing)),
        NoticeEvent::PaperAsked { .. } => cells.push(("paper_asked", true.into())),
        NoticeEvent::CopyPosted { .. } => cells.push(("paper_asked", false.into())),
        NoticeEvent::ServiceRedated { on, how, .. } => {
            cells.extend([("served_on", (*on).into()), ("how", Cell::json(event, how)?)]);
        }
        NoticeEvent::Served { on, how, .. } => {
            cells.extend([
                state(State::Served),
                ("served_on", (*on).into()),
                ("how", Cell::json(event, how)?),
            ]);
        }
        NoticeEvent::ServiceUndone { .. } => {
            cells.extend([("served_on", Cell::Null), ("how", Cell::Null)]);
        }
        NoticeEvent::ProofOffered { .. } => cells.push(("proof_offered", true.into())),
        NoticeEvent::ProofAdmitted { .. } | NoticeEvent::ProofDismissed { .. } => {
            cells.push(("proof_offered", false.into()));
        }
        NoticeEvent::Sent { .. }
        | NoticeEvent::Bounced { .. }
        | NoticeEvent::TextOrdered { .. }
        | NoticeEvent::Submitted { .. }
        | NoticeEvent::Reported { .. }
        | NoticeEvent::SoftFailed { .. }
        | NoticeEvent::ReturnedLate { .. }
        | NoticeEvent::Opened { .. }
        | NoticeEvent::Downloaded { .. }
        | NoticeEvent::CounterProven { .. }
        | NoticeEvent::PublicationDropped { .. } => {}
    }
    rows.set(&TABLES[0], key(), cells);
    reference(event, what, rows);
    turn(event, what, rows);
    Ok(())
}

fn issued(event: &Recorded, what: &NoticeEvent, rows: &mut Rows) -> Result<(), Unreadable> {
    let NoticeEvent::Issued { order, title, on, .. } = what else { return Ok(()) };
    let number = match &order.content {
        Content::Document { number, .. } => number.as_str(),
        Content::Template { .. } => "",
    };
    rows.put(
        &TABLES[0],
        vec![
            (&*event.key).into(),
            event.shard.as_str().into(),
            event.version.into(),
            order.party.as_str().into(),
            order.issuer.organ.as_str().into(),
            (&order.issuer.name).into(),
            (&order.issuer.place).into(),
            (&title.zh).into(),
            (&title.en).into(),
            number.into(),
            Cell::json(event, &(&order.issuer, &order.content))?,
            (&order.origin.kind).into(),
            (&order.origin.key).into(),
            (*on).into(),
            event.at.into(),
            State::Preparing.word().into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
            0_u32.into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
            false.into(),
            false.into(),
        ],
    );
    turn(event, what, rows);
    Ok(())
}

/// Remembers what reports call an attempt.
fn reference(event: &Recorded, what: &NoticeEvent, rows: &mut Rows) {
    match what {
        NoticeEvent::MailOrdered { attempt, reference, .. }
        | NoticeEvent::TextOrdered { attempt, reference, .. } => rows.put(
            &TABLES[3],
            vec![
                (&*event.key).into(),
                (*attempt).into(),
                event.shard.as_str().into(),
                reference.into(),
                Cell::Null,
                event.at.into(),
            ],
        ),
        NoticeEvent::Submitted { attempt, gateway_id, .. } => rows.set(
            &TABLES[3],
            vec![(&*event.key).into(), (*attempt).into()],
            vec![("gateway_id", gateway_id.into())],
        ),
        _ => {}
    }
}

fn turn(event: &Recorded, what: &NoticeEvent, rows: &mut Rows) {
    // Addresses and names stay out: the history is shown to officers of the organ and to the party.
    let detail = match what {
        NoticeEvent::Numbered { number } => number.clone(),
        NoticeEvent::Prepared { document, .. } => document.digest.to_string(),
        NoticeEvent::Sent { message_id, answer, .. } => format!("{message_id} · {answer}"),
        NoticeEvent::Posted { item } | NoticeEvent::CopyPosted { item } => {
            format!("{} {}", item.carrier, item.tracking_no)
        }
        NoticeEvent::Bounced { reason, .. }
        | NoticeEvent::ServiceUndone { reason, .. }
        | NoticeEvent::SoftFailed { reason, .. }
        | NoticeEvent::ReturnedLate { reason, .. }
        | NoticeEvent::ProofDismissed { reason, .. }
        | NoticeEvent::PublicationDropped { reason, .. } => reason.clone(),
        NoticeEvent::Submitted { gateway_id, answer, .. } => format!("{gateway_id} · {answer}"),
        NoticeEvent::Reported { status, gateway_id, .. } => format!("{status} · {gateway_id}"),
        NoticeEvent::Published { source, .. } => source.clone(),
        NoticeEvent::TextOrdered { reminder: true, .. } => "（提醒，不是送达）".to_owned(),
        NoticeEvent::TextOrdered { .. }
        | NoticeEvent::Opened { .. }
        | NoticeEvent::Downloaded { .. }
        | NoticeEvent::ServiceRedated { .. }
        | NoticeEvent::CounterProven { .. }
        | NoticeEvent::ProofOffered { .. }
        | NoticeEvent::ProofAdmitted { .. }
        | NoticeEvent::PaperAsked { .. }
        | NoticeEvent::Served { .. }
        | NoticeEvent::Issued { .. }
        | NoticeEvent::Placed { .. }
        | NoticeEvent::MailOrdered { .. }
        | NoticeEvent::PaperWanted
        | NoticeEvent::Read { .. } => String::new(),
    };
    let (channel, day) = by(what);
    let actor = match &*event.actor {
        Actor::Officer { organ, login, .. } => format!("{organ} {login}"),
        Actor::Party { login, .. } => login.clone(),
        Actor::System { .. } | Actor::Partner { .. } | Actor::Public => String::new(),
    };
    rows.put(
        &TABLES[1],
        vec![
            (&*event.key).into(),
            event.version.into(),
            event.at.into(),
            event.name().into(),
            channel.map(Channel::word).into(),
            day.into(),
            detail.into(),
            actor.into(),
        ],
    );
}

/// By which channel a turn went, and of which day it speaks, where it does.
fn by(what: &NoticeEvent) -> (Option<Channel>, Option<codes::Date>) {
    match what {
        NoticeEvent::Placed { .. } => (Some(Channel::Inbox), None),
        NoticeEvent::MailOrdered { .. } | NoticeEvent::Sent { .. } => (Some(Channel::Email), None),
        NoticeEvent::Posted { item } | NoticeEvent::CopyPosted { item } => {
            (Some(Channel::Post), Some(item.posted_on))
        }
        NoticeEvent::Bounced { channel, .. } | NoticeEvent::ServiceUndone { channel, .. } => {
            (Some(*channel), None)
        }
        NoticeEvent::Served { on, how: How { channel, .. }, .. }
        | NoticeEvent::ServiceRedated { on, how: How { channel, .. }, .. } => {
            (Some(*channel), Some(*on))
        }
        NoticeEvent::TextOrdered { .. } | NoticeEvent::Submitted { .. } => {
            (Some(Channel::Sms), None)
        }
        // A gateway of text messages has its own name for each; a mail server has none.
        NoticeEvent::Reported { arrived_at, gateway_id, .. } => {
            let channel = if gateway_id.is_empty() { Channel::Email } else { Channel::Sms };
            (Some(channel), Some(arrived_at.date()))
        }
        NoticeEvent::ReturnedLate { .. } => (Some(Channel::Email), None),
        NoticeEvent::Published { published_on, .. } => {
            (Some(Channel::Announcement), Some(*published_on))
        }
        NoticeEvent::CounterProven { arrived, .. } | NoticeEvent::ProofOffered { arrived, .. } => {
            (None, arrived.map(|when| when.on))
        }
        NoticeEvent::PublicationDropped { .. } => (Some(Channel::Announcement), None),
        NoticeEvent::SoftFailed { .. }
        | NoticeEvent::ProofAdmitted { .. }
        | NoticeEvent::ProofDismissed { .. }
        | NoticeEvent::Opened { .. }
        | NoticeEvent::Downloaded { .. }
        | NoticeEvent::PaperAsked { .. }
        | NoticeEvent::Issued { .. }
        | NoticeEvent::Numbered { .. }
        | NoticeEvent::Prepared { .. }
        | NoticeEvent::PaperWanted
        | NoticeEvent::Read { .. } => (None, None),
    }
}

fn address(event: &Recorded, what: &AddressEvent, rows: &mut Rows) -> Result<(), Unreadable> {
    match what {
        AddressEvent::Confirmed { address, statement } => {
            let electronic =
                address.consented.iter().any(|c| matches!(c, Channel::Inbox | Channel::Email));
            rows.put(
                &TABLES[2],
                vec![
                    (&*event.key).into(),
                    event.version.into(),
                    Cell::json(event, address)?,
                    electronic.into(),
                    statement.into(),
                    event.at.into(),
                ],
            );
        }
        AddressEvent::ConsentWithdrawn => rows.set(
            &TABLES[2],
            vec![(&*event.key).into()],
            vec![
                ("consent", false.into()),
                ("version", event.version.into()),
                ("since", event.at.into()),
            ],
        ),
    }
    Ok(())
}

fn state(state: State) -> (&'static str, Cell) {
    ("state", state.word().into())
}
