//! The tables of guarantees: texts, uses, days, enterprises, guarantors, filings, changes.

use crate::exposure::{ExposureEvent, Stand, VoidCause};
use crate::filing::FilingEvent;
use crate::guarantee::GuaranteeEvent;
use crate::guarantor::GuarantorEvent;
use crate::importer::ImporterEvent;
use crate::model::About;
use guarantee::{State, Text};
use kernel::{Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a text.
pub const TEXTS: Table = Table {
    name: "guarantee_texts",
    columns: &[
        Column::text("no"),
        Column::text("uscc"),
        Column::text("name"),
        Column::text("party"),
        Column::text("guarantor"),
        Column::text("guarantor_party"),
        Column::text("organ"),
        Column::text("office"),
        Column::text("shard"),
        Column::text("state"),
        Column::text("frozen"),
        Column::text("about"),
        Column::text("text"),
        Column::int("limit_fen"),
        Column::text("valid_to"),
        Column::text("token"),
        Column::text("filed_on"),
        Column::int("version"),
        Column::int("freed"),
    ],
    key: &["no"],
    indexes: &[
        Index { columns: &["uscc"] },
        Index { columns: &["party"] },
        Index { columns: &["guarantor_party"] },
        Index { columns: &["office", "state"] },
        Index { columns: &["token"] },
    ],
};

/// One row a use.
pub const EXPOSURES: Table = Table {
    name: "guarantee_exposures",
    columns: &[
        Column::text("exposure"),
        Column::text("guarantee"),
        Column::text("uscc"),
        Column::text("name"),
        Column::text("party"),
        Column::text("guarantor_party"),
        Column::text("organ"),
        Column::text("office"),
        Column::text("shard"),
        Column::text("matter"),
        Column::text("place"),
        Column::int("amount_fen"),
        Column::text("stand"),
        Column::text("due_on"),
        Column::int("provisional"),
        Column::int("until"),
        Column::int("held_at"),
        Column::text("held_on"),
        Column::text("used_on"),
        Column::text("ordered_on"),
        Column::int("closed_at"),
        Column::int("restore_us"),
        Column::int("late_fee_fen"),
        Column::int("difference_fen"),
        Column::int("accepted"),
        Column::text("request"),
        Column::int("version"),
    ],
    key: &["exposure"],
    indexes: &[
        Index { columns: &["guarantee", "stand"] },
        Index { columns: &["uscc", "stand"] },
        Index { columns: &["office", "stand"] },
        Index { columns: &["held_on"] },
    ],
};

/// One row an enterprise and day: what was held.
pub const DAYS: Table = Table {
    name: "guarantee_days",
    columns: &[
        Column::text("uscc"),
        Column::text("day"),
        Column::int("held_fen"),
        Column::int("holds"),
    ],
    key: &["uscc", "day"],
    indexes: &[Index { columns: &["day"] }],
};

/// One row an enterprise.
pub const IMPORTERS: Table = Table {
    name: "guarantee_importers",
    columns: &[
        Column::text("uscc"),
        Column::text("name"),
        Column::text("party"),
        Column::text("organ"),
        Column::text("office"),
        Column::text("shard"),
        Column::text("grade"),
        Column::text("level"),
        Column::text("reasons"),
        Column::int("assessed_at"),
        Column::int("overdue"),
        Column::text("new_goods_on"),
    ],
    key: &["uscc"],
    indexes: &[Index { columns: &["office", "level"] }, Index { columns: &["party"] }],
};

/// One row a guarantor.
pub const GUARANTORS: Table = Table {
    name: "guarantee_guarantors",
    columns: &[
        Column::text("code"),
        Column::text("name"),
        Column::text("sort"),
        Column::text("uscc"),
        Column::text("party"),
        Column::text("shard"),
        Column::int("cap_fen"),
        Column::int("outstanding_fen"),
        Column::text("barred"),
    ],
    key: &["code"],
    indexes: &[Index { columns: &["party"] }],
};

/// One row a filing.
pub const FILINGS: Table = Table {
    name: "guarantee_filings",
    columns: &[
        Column::text("filing"),
        Column::text("guarantor"),
        Column::text("guarantor_name"),
        Column::text("guarantor_party"),
        Column::text("party"),
        Column::text("organ"),
        Column::text("shard"),
        Column::text("stage"),
        Column::text("offered"),
        Column::text("decide_by"),
        Column::text("reason"),
        Column::int("received_at"),
        Column::int("version"),
    ],
    key: &["filing"],
    indexes: &[Index { columns: &["organ", "stage"] }, Index { columns: &["guarantor_party"] }],
};

/// One row a change that was asked for.
pub const CHANGES: Table = Table {
    name: "guarantee_changes",
    columns: &[
        Column::text("no"),
        Column::text("message"),
        Column::text("change"),
        Column::text("decide_by"),
        Column::text("outcome"),
        Column::text("reason"),
    ],
    key: &["no", "message"],
    indexes: &[Index { columns: &["outcome"] }],
};

static TABLES: [Table; 7] = [TEXTS, EXPOSURES, DAYS, IMPORTERS, GUARANTORS, FILINGS, CHANGES];

/// Keeps the tables of guarantees.
#[derive(Clone, Copy, Debug, Default)]
pub struct GuaranteeTables;

impl Projection for GuaranteeTables {
    fn name(&self) -> &'static str {
        "guarantee"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["guarantee.*", "exposure.*", "importer.*", "guarantor.*", "guarantee_filing.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        match &*event.kind {
            "guarantee" => text(event, rows),
            "exposure" => exposure(event, rows),
            "importer" => importer(event, rows),
            "guarantor" => guarantor(event, rows),
            "guarantee_filing" => filing(event, rows),
            _ => Ok(()),
        }
    }
}

fn text_cells(event: &Recorded, text: &Text) -> Result<Vec<(&'static str, Cell)>, Unreadable> {
    Ok(vec![
        ("text", Cell::json(event, text)?),
        ("limit_fen", text.limit_fen.into()),
        ("valid_to", text.valid_to.into()),
    ])
}

fn filed(
    event: &Recorded,
    about: &About,
    text: &Text,
    token: &str,
    on: codes::Date,
) -> Result<Vec<Cell>, Unreadable> {
    Ok(vec![
        (&*event.key).into(),
        (&about.enterprise.uscc).into(),
        (&about.enterprise.name).into(),
        about.enterprise.party.as_str().into(),
        about.guarantor.as_str().into(),
        about.guarantor_party.as_str().into(),
        about.issuer.organ.as_str().into(),
        (&about.home_office).into(),
        event.shard.as_str().into(),
        State::Filed.word().into(),
        Cell::Null,
        Cell::json(event, about)?,
        Cell::json(event, text)?,
        text.limit_fen.into(),
        text.valid_to.into(),
        token.into(),
        on.into(),
        event.version.into(),
        0_i64.into(),
    ])
}

fn text(event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
    use GuaranteeEvent as E;
    let told = event.shared::<GuaranteeEvent>()?;
    let key = || vec![Cell::from(&*event.key)];
    let change = |message: &str| vec![Cell::from(&*event.key), Cell::from(message)];
    let state = |state: State| vec![("state", Cell::from(state.word()))];
    let mut cells = match &*told {
        E::Filed { about, text, token, on, .. } => {
            rows.put(&TABLES[0], filed(event, about, text, token, *on)?);
            return Ok(());
        }
        E::Started => state(State::Active),
        E::Ended { .. } => state(State::Ended),
        E::Withdrawn { .. } => {
            let mut cells = state(State::Withdrawn);
            cells.push(("freed", 1_i64.into()));
            cells
        }
        E::ClaimedOut { .. } => state(State::ClaimedOut),
        E::ChangeAsked { message, change: asked, decide_by } => {
            rows.put(
                &TABLES[6],
                vec![
                    (&*event.key).into(),
                    message.into(),
                    Cell::json(event, asked)?,
                    (*decide_by).into(),
                    "asked".into(),
                    Cell::Null,
                ],
            );
            Vec::new()
        }
        E::ChangeRefused { message, reason } => {
            let outcome = vec![("outcome", "refused".into()), ("reason", reason.into())];
            rows.set(&TABLES[6], change(message), outcome);
            Vec::new()
        }
        E::Changed { message, text, .. } => {
            rows.set(&TABLES[6], change(message), vec![("outcome", "changed".into())]);
            text_cells(event, text)?
        }
        E::Frozen { why, .. } => vec![("frozen", why.into())],
        E::Unfrozen { free: true, .. } => vec![("frozen", Cell::Null)],
        E::Unfrozen { .. } => Vec::new(),
        E::Reduced { limit_fen, .. } => vec![("limit_fen", (*limit_fen).into())],
    };
    cells.push(("version", event.version.into()));
    rows.set(&TABLES[0], key(), cells);
    Ok(())
}

fn exposure(event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
    use ExposureEvent as E;
    let told = event.shared::<ExposureEvent>()?;
    let stand = |stand: Stand| ("stand", Cell::from(stand.word()));
    let closed = ("closed_at", Cell::from(event.at));
    let mut cells = match &*told {
        E::Held { .. } => return held(event, &told, rows),
        E::Accepted { .. } => vec![("accepted", 1_i64.into())],
        E::Used { on, .. } => {
            vec![stand(Stand::Used), ("used_on", (*on).into()), ("accepted", 1_i64.into())]
        }
        E::Adjusted { amount_fen, .. } => {
            vec![("amount_fen", (*amount_fen).into()), ("difference_fen", 0_i64.into())]
        }
        E::DifferenceDue { difference_fen, .. } => {
            vec![("difference_fen", (*difference_fen).into())]
        }
        E::Voided { cause, .. } => {
            let lapsed = i64::from(*cause == VoidCause::Lapsed);
            vec![
                stand(Stand::Void),
                closed,
                ("restore_us", Cell::Null),
                ("provisional", 0_i64.into()),
            ]
            .into_iter()
            .chain((lapsed == 1).then_some(("accepted", Cell::from(0_i64))))
            .collect()
        }
        E::OrderNoted { on } => vec![("ordered_on", (*on).into())],
        E::Restored { left_fen, late_fee_fen, told_at, .. } => {
            let took = told_at.map(|told| event.at.us().saturating_sub(told.us()));
            let mut cells = vec![
                ("amount_fen", (*left_fen).into()),
                ("late_fee_fen", (*late_fee_fen).into()),
                ("restore_us", took.into()),
            ];
            if *left_fen == 0 {
                cells.extend([stand(Stand::Restored), closed, ("provisional", 0_i64.into())]);
            }
            cells
        }
        E::Overdue { .. } => vec![stand(Stand::Overdue)],
        E::Redated { due } => {
            vec![("due_on", due.on.into()), ("provisional", i64::from(due.provisional).into())]
        }
        E::Claimed { late_fee_fen, .. } => {
            vec![stand(Stand::Claimed), ("late_fee_fen", (*late_fee_fen).into())]
        }
        E::GuarantorRefused { .. } => Vec::new(),
        E::Recovered { .. } => vec![stand(Stand::Recovered), closed, ("amount_fen", 0_i64.into())],
    };
    cells.push(("version", event.version.into()));
    rows.set(&TABLES[1], vec![(&*event.key).into()], cells);
    Ok(())
}

fn held(event: &Recorded, told: &ExposureEvent, rows: &mut Rows) -> Result<(), Unreadable> {
    let ExposureEvent::Held { request, due, until } = told else { return Ok(()) };
    let about = request.about.as_deref();
    let of = |part: fn(&About) -> &str| about.map_or(Cell::Null, |about| part(about).into());
    let day = event.at.date();
    rows.put(
        &TABLES[1],
        vec![
            (&*event.key).into(),
            request.guarantee.as_str().into(),
            (&request.enterprise.uscc).into(),
            (&request.enterprise.name).into(),
            request.enterprise.party.as_str().into(),
            of(|about| about.guarantor_party.as_str()),
            of(|about| about.issuer.organ.as_str()),
            of(|about| about.home_office.as_str()),
            event.shard.as_str().into(),
            request.matter.code().into(),
            (&request.place).into(),
            request.amount_fen.into(),
            Stand::Held.word().into(),
            due.on.into(),
            i64::from(due.provisional).into(),
            (*until).into(),
            event.at.into(),
            day.into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
            0_i64.into(),
            0_i64.into(),
            0_i64.into(),
            Cell::json(event, request)?,
            event.version.into(),
        ],
    );
    let key = || vec![Cell::from(&request.enterprise.uscc), day.into()];
    rows.add(&TABLES[2], key(), "held_fen", request.amount_fen);
    rows.add(&TABLES[2], key(), "holds", 1);
    Ok(())
}

fn importer(event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
    use ImporterEvent as E;
    let key = || vec![Cell::from(&*event.key)];
    let cells = match event.read()? {
        E::TextNoted { about } => {
            rows.add(&TABLES[3], key(), "overdue", 0);
            vec![
                ("name", about.enterprise.name.into()),
                ("party", about.enterprise.party.as_str().into()),
                ("organ", about.issuer.organ.as_str().into()),
                ("office", about.home_office.into()),
                ("shard", event.shard.as_str().into()),
            ]
        }
        E::Graded { enterprise, grade, .. } => {
            rows.add(&TABLES[3], key(), "overdue", 0);
            vec![
                ("name", enterprise.name.into()),
                ("party", enterprise.party.as_str().into()),
                ("shard", event.shard.as_str().into()),
                ("grade", grade.word().into()),
            ]
        }
        E::TextOver { .. } => return Ok(()),
        E::GoodsNoted { .. } => {
            rows.add(&TABLES[3], key(), "overdue", 0);
            vec![("new_goods_on", event.at.date().into())]
        }
        E::OverdueNoted { .. } => {
            rows.add(&TABLES[3], key(), "overdue", 1);
            return Ok(());
        }
        E::PaidNoted { .. } => {
            rows.add(&TABLES[3], key(), "overdue", -1);
            return Ok(());
        }
        E::Assessed { level, reasons, .. } => vec![
            ("level", level.word().into()),
            ("reasons", Cell::json(event, &reasons)?),
            ("assessed_at", event.at.into()),
        ],
    };
    rows.set(&TABLES[3], key(), cells);
    Ok(())
}

fn guarantor(event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
    use GuarantorEvent as E;
    let key = || vec![Cell::from(&*event.key)];
    let cells = match event.read()? {
        E::Registered { name, sort, uscc, party, cap_fen } => {
            rows.add(&TABLES[4], key(), "outstanding_fen", 0);
            vec![
                ("name", name.into()),
                ("sort", Cell::json(event, &sort)?),
                ("uscc", uscc.into()),
                ("party", party.as_str().into()),
                ("shard", event.shard.as_str().into()),
                ("cap_fen", cap_fen.into()),
            ]
        }
        E::Resized { no, amount_fen: 0, outstanding_fen } => {
            rows.set(&TABLES[0], vec![no.as_str().into()], vec![("freed", 1_i64.into())]);
            vec![("outstanding_fen", outstanding_fen.into())]
        }
        E::Committed { outstanding_fen, .. } | E::Resized { outstanding_fen, .. } => {
            vec![("outstanding_fen", outstanding_fen.into())]
        }
        E::Named { .. } => return Ok(()),
        E::Barred { why, .. } => vec![("barred", why.into())],
        E::Unbarred { .. } => vec![("barred", Cell::Null)],
    };
    rows.set(&TABLES[4], key(), cells);
    Ok(())
}

fn filing(event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
    let key = vec![Cell::from(&*event.key)];
    let stage = |stage: &'static str| ("stage", Cell::from(stage));
    let mut cells = match event.read()? {
        FilingEvent::Received {
            offered,
            guarantor_name,
            guarantor_party,
            issuer,
            decide_by,
            ..
        } => {
            rows.put(
                &TABLES[5],
                vec![
                    (&*event.key).into(),
                    offered.guarantor.as_str().into(),
                    guarantor_name.into(),
                    guarantor_party.as_str().into(),
                    offered.enterprise.party.as_str().into(),
                    issuer.organ.as_str().into(),
                    event.shard.as_str().into(),
                    "received".into(),
                    Cell::json(event, &offered)?,
                    decide_by.into(),
                    Cell::Null,
                    event.at.into(),
                    event.version.into(),
                ],
            );
            return Ok(());
        }
        FilingEvent::Accepted { .. } => vec![stage("accepted")],
        FilingEvent::Refused { reason, .. } => vec![stage("refused"), ("reason", reason.zh.into())],
    };
    cells.push(("version", event.version.into()));
    rows.set(&TABLES[5], key, cells);
    Ok(())
}
