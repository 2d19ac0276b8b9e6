//! The tables of registrations, their tasks, their applicants and their certificates; reports on codes.

use crate::event::{RegistrationEvent as E, ScanEvent};
use crate::inquiry::InquiryEvent;
use crate::model::{Lines, Paper, State, task};
use codes::Date;
use kernel::{Recorded, Unreadable};
use property::TaskState;
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a registration.
pub const REGISTRATIONS: Table = Table {
    name: "property_registrations",
    columns: &[
        Column::text("registration"),
        Column::text("shard"),
        Column::int("version"),
        Column::text("unit"),
        Column::text("kind"),
        Column::text("organ"),
        Column::text("place"),
        Column::text("body"),
        Column::text("state"),
        Column::text("received_on"),
        Column::int("received_at"),
        Column::text("accepted_on"),
        Column::text("promise_on"),
        Column::text("statutory_on"),
        Column::text("asked"),
        Column::text("examined_by"),
        Column::text("ended_on"),
        Column::text("reason"),
    ],
    key: &["registration"],
    indexes: &[
        Index { columns: &["unit", "received_at"] },
        Index { columns: &["organ", "state", "received_at"] },
    ],
};

/// One row a task.
pub const TASKS: Table = Table {
    name: "property_tasks",
    columns: &[
        Column::text("registration"),
        Column::text("task"),
        Column::int("place"),
        Column::text("state"),
        Column::text("note"),
        Column::int("since"),
    ],
    key: &["registration", "task"],
    indexes: &[],
};

/// One row an applicant.
pub const APPLICANTS: Table = Table {
    name: "property_applicants",
    columns: &[
        Column::text("registration"),
        Column::text("party"),
        Column::int("received_at"),
        Column::int("confirmed_at"),
    ],
    key: &["registration", "party"],
    indexes: &[Index { columns: &["party", "received_at"] }],
};

/// One row a certificate or proof.
pub const PAPERS: Table = Table {
    name: "property_papers",
    columns: &[
        Column::text("licence"),
        Column::text("registration"),
        Column::text("unit"),
        Column::text("number"),
        Column::text("token"),
        Column::int("issued_at"),
    ],
    key: &["licence"],
    indexes: &[Index { columns: &["unit", "issued_at"] }, Index { columns: &["registration"] }],
};

/// One row a report on a code: forged, or said to be a fake.
pub const SCANS: Table = Table {
    name: "property_scans",
    columns: &[
        Column::text("day"),
        Column::int("version"),
        Column::int("at"),
        Column::text("what"),
        Column::text("code"),
        Column::text("text"),
    ],
    key: &["day", "version"],
    indexes: &[Index { columns: &["at"] }],
};

/// One row an inquiry.
pub const INQUIRIES: Table = Table {
    name: "property_inquiries",
    columns: &[
        Column::text("inquiry"),
        Column::text("shard"),
        Column::text("party"),
        Column::text("organ"),
        Column::text("unit"),
        Column::text("body"),
        Column::int("asked_at"),
        Column::text("state"),
        Column::int("until"),
        Column::text("reason"),
    ],
    key: &["inquiry"],
    indexes: &[
        Index { columns: &["party", "asked_at"] },
        Index { columns: &["organ", "state", "asked_at"] },
    ],
};

/// One row a paper that was handed in.
pub const MATERIALS: Table = Table {
    name: "property_materials",
    columns: &[
        Column::text("registration"),
        Column::int("version"),
        Column::int("place"),
        Column::text("name"),
        Column::text("blob"),
        Column::int("at"),
    ],
    key: &["registration", "version", "place"],
    indexes: &[],
};

static TABLES: [Table; 7] = [REGISTRATIONS, TASKS, APPLICANTS, PAPERS, SCANS, INQUIRIES, MATERIALS];

/// Keeps the tables of this reform.
#[derive(Clone, Copy, Debug, Default)]
pub struct PropertyTables;

impl Projection for PropertyTables {
    fn name(&self) -> &'static str {
        "property"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [Table] {
        &TABLES
    }

    fn listens(&self) -> &'static [&'static str] {
        &["registration.*", "property-scans.*", "property-inquiry.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        if &*event.kind == "property-scans" {
            return scanned(event, rows);
        }
        if &*event.kind == "property-inquiry" {
            return inquired(event, rows);
        }
        let what: E = event.read()?;
        if let E::Applied { .. } = what {
            return applied(event, &what, rows);
        }
        tasks(event, &what, rows);
        if let E::Confirmed { party } = &what {
            let key = vec![(&*event.key).into(), party.as_str().into()];
            rows.set(&TABLES[2], key, vec![("confirmed_at", event.at.into())]);
        }
        let mut cells = own(event, &what)?;
        cells.push(("version", event.version.into()));
        rows.set(&TABLES[0], vec![(&*event.key).into()], cells);
        Ok(())
    }
}

type Cells = Vec<(&'static str, Cell)>;

/// What an event changes of the registration's own row.
fn own(event: &Recorded, what: &E) -> Result<Cells, Unreadable> {
    let due = |lines: &Lines| -> Cells {
        vec![("promise_on", lines.promise.on.into()), ("statutory_on", lines.statutory.on.into())]
    };
    let ends = |state: State, on: Date, reason: Cell| -> Cells {
        vec![("state", state.word().into()), ("ended_on", on.into()), ("reason", reason)]
    };
    Ok(match what {
        E::Accepted { on, lines, .. } => {
            let mut cells = due(lines);
            cells.extend([("state", State::Running.word().into()), ("accepted_on", (*on).into())]);
            cells
        }
        E::SupplementAsked { items, .. } => vec![("asked", Cell::json(event, items)?)],
        E::SupplementGiven { lines, .. } => {
            let mut cells = due(lines);
            cells.push(("asked", Cell::Null));
            cells
        }
        E::Announced { lines, .. } => due(lines),
        E::Examined { by, .. } => vec![("examined_by", by.into())],
        E::Entered { on, of, .. } => {
            let gives = of.kind.gives_certificate() || of.kind.gives_proof();
            ends(if gives { State::Entered } else { State::Closed }, *on, Cell::Null)
        }
        E::Collected => vec![("state", State::Closed.word().into())],
        E::Withdrawn { reason, .. } => ends(State::Withdrawn, event.at.date(), reason.into()),
        E::Refused { ground, on, .. } => {
            let reason = format!("{}：{}", ground.refusal.label().zh, ground.reason);
            ends(State::Refused, *on, reason.into())
        }
        E::Applied { .. }
        | E::Confirmed { .. }
        | E::TaskDone { .. }
        | E::TaskNoted { .. }
        | E::FeeSettled { .. }
        | E::CertificateIssued { .. }
        | E::NoticeOrdered { .. }
        | E::NoticeTurned { .. }
        | E::PapersAdded { .. } => Vec::new(),
    })
}

/// What an event changes of the tasks, and the certificates that it tells of.
fn tasks(event: &Recorded, what: &E, rows: &mut Rows) {
    match what {
        E::Accepted { tasks, .. } => {
            for (place, task) in (0_u32..).zip(tasks) {
                rows.put(
                    &TABLES[1],
                    vec![
                        (&*event.key).into(),
                        (&task.name).into(),
                        place.into(),
                        word(task.state).into(),
                        (&task.note).into(),
                        event.at.into(),
                    ],
                );
            }
        }
        E::TaskDone { task, note } => set(event, rows, task, Some(TaskState::Done), Some(note)),
        E::TaskNoted { task, note } => set(event, rows, task, None, Some(note)),
        E::SupplementAsked { .. } => {
            set(event, rows, task::EXAMINE, Some(TaskState::Supplement), None);
        }
        E::SupplementGiven { .. } => set(event, rows, task::EXAMINE, Some(TaskState::Open), None),
        E::FeeSettled { state } => set(event, rows, task::PAY, Some(TaskState::Done), Some(state)),
        E::Examined { opinion, .. } => {
            set(event, rows, task::EXAMINE, Some(TaskState::Done), Some(opinion));
        }
        E::Entered { .. } => set(event, rows, task::ENTER, Some(TaskState::Done), None),
        E::CertificateIssued { licence, number, token, unit } => {
            rows.put(
                &TABLES[3],
                vec![
                    licence.into(),
                    (&*event.key).into(),
                    unit.as_str().into(),
                    number.into(),
                    token.into(),
                    event.at.into(),
                ],
            );
            set(event, rows, task::ISSUE, Some(TaskState::Open), Some(number));
        }
        E::PapersAdded { papers } => materials(event, papers, rows),
        E::Collected => set(event, rows, task::ISSUE, Some(TaskState::Done), None),
        E::Refused { .. } => set(event, rows, task::EXAMINE, Some(TaskState::Refused), None),
        E::Applied { .. }
        | E::Confirmed { .. }
        | E::Announced { .. }
        | E::Withdrawn { .. }
        | E::NoticeOrdered { .. }
        | E::NoticeTurned { .. } => {}
    }
}

fn set(
    event: &Recorded,
    rows: &mut Rows,
    task: &str,
    state: Option<TaskState>,
    note: Option<&String>,
) {
    let mut cells: Vec<(&'static str, Cell)> = vec![("since", event.at.into())];
    cells.extend(state.map(|state| ("state", word(state).into())));
    cells.extend(note.map(|note| ("note", note.into())));
    rows.set(&TABLES[1], vec![(&*event.key).into(), task.into()], cells);
}

/// The word of a task's state in rows.
pub(crate) const fn word(state: TaskState) -> &'static str {
    match state {
        TaskState::Waiting => "waiting",
        TaskState::Open => "open",
        TaskState::Supplement => "supplement",
        TaskState::Unpaid => "unpaid",
        TaskState::Done => "done",
        TaskState::Refused => "refused",
    }
}

/// The state of a word.
pub(crate) fn state_of(text: &str) -> Option<TaskState> {
    [
        TaskState::Waiting,
        TaskState::Open,
        TaskState::Supplement,
        TaskState::Unpaid,
        TaskState::Done,
        TaskState::Refused,
    ]
    .into_iter()
    .find(|state| word(*state) == text)
}

fn applied(event: &Recorded, what: &E, rows: &mut Rows) -> Result<(), Unreadable> {
    let E::Applied { application, on, confirmed, .. } = what else { return Ok(()) };
    rows.put(
        &TABLES[0],
        vec![
            (&*event.key).into(),
            event.shard.as_str().into(),
            event.version.into(),
            application.unit.as_str().into(),
            application.kind.word().into(),
            application.office.organ.as_str().into(),
            (&application.office.place).into(),
            Cell::json(event, application)?,
            State::Applied.word().into(),
            (*on).into(),
            event.at.into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
        ],
    );
    materials(event, &application.papers, rows);
    for party in &application.applicants {
        let at = confirmed.contains(party).then_some(event.at);
        rows.put(
            &TABLES[2],
            vec![(&*event.key).into(), party.as_str().into(), event.at.into(), at.into()],
        );
    }
    Ok(())
}

fn materials(event: &Recorded, papers: &[Paper], rows: &mut Rows) {
    for (place, paper) in (0_u32..).zip(papers) {
        rows.put(
            &TABLES[6],
            vec![
                (&*event.key).into(),
                event.version.into(),
                place.into(),
                (&paper.name).into(),
                (&paper.blob).into(),
                event.at.into(),
            ],
        );
    }
}

fn inquired(event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
    let key = || vec![Cell::from(&*event.key)];
    match event.read()? {
        InquiryEvent::Asked { by, question } => rows.put(
            &TABLES[5],
            vec![
                (&*event.key).into(),
                event.shard.as_str().into(),
                by.as_str().into(),
                question.office.organ.as_str().into(),
                question.unit.as_str().into(),
                Cell::json(event, &question)?,
                event.at.into(),
                "asked".into(),
                Cell::Null,
                Cell::Null,
            ],
        ),
        InquiryEvent::Granted { until } => {
            rows.set(&TABLES[5], key(), vec![("state", "granted".into()), ("until", until.into())]);
        }
        InquiryEvent::Denied { reason } => {
            rows.set(
                &TABLES[5],
                key(),
                vec![("state", "denied".into()), ("reason", reason.into())],
            );
        }
    }
    Ok(())
}

fn scanned(event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
    let (code, text) = match event.read()? {
        ScanEvent::Forged { sha256 } => (sha256, String::new()),
        ScanEvent::Reported { token, text } => (token, text),
    };
    rows.put(
        &TABLES[4],
        vec![
            (&*event.key).into(),
            event.version.into(),
            event.at.into(),
            event.name().into(),
            code.into(),
            text.into(),
        ],
    );
    Ok(())
}
