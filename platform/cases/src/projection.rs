//! Lists of cases, tasks, signers and duties. A case's own page folds its stream instead.

use crate::event::{CaseEvent as E, Closing};
use crate::model::{CaseState, Plan, TaskState};
use kernel::{Aggregate as _, Recorded, Unreadable};
use tables::{Cell, Column, Index, Projection, Rows, Table};

/// One row a case.
pub static CASES: Table = CASES_ROW;

const CASES_ROW: Table = Table {
    name: "cases_cases",
    columns: &[
        Column::text("no"),
        Column::text("shard"),
        Column::text("applicant"),
        Column::text("state"),
        Column::text("title"),
        Column::text("place"),
        Column::int("reform"),
        Column::text("package"),
        Column::text("package_zh"),
        Column::text("package_en"),
        Column::int("opened_at"),
        Column::text("submitted_on"),
        Column::text("joint_due"),
        Column::text("uscc"),
        Column::int("ended_at"),
    ],
    key: &["no"],
    indexes: &[
        Index { columns: &["applicant", "opened_at"] },
        Index { columns: &["place", "state"] },
        Index { columns: &["uscc"] },
    ],
};

/// One row a task of a case.
pub static TASKS: Table = TASKS_ROW;

const TASKS_ROW: Table = Table {
    name: "cases_tasks",
    columns: &[
        Column::text("no"),
        Column::text("task"),
        Column::text("service"),
        Column::text("label_zh"),
        Column::text("label_en"),
        Column::text("organ"),
        Column::text("organ_zh"),
        Column::text("organ_en"),
        Column::text("place"),
        Column::text("state"),
        Column::text("received_on"),
        Column::text("silence_on"),
        Column::text("accepted_on"),
        Column::text("promise_on"),
        Column::text("due_on"),
        Column::int("provisional"),
        Column::int("wanted"),
        Column::text("stopped_until"),
        Column::text("breached"),
        Column::text("decided_on"),
        Column::text("sort"),
    ],
    key: &["no", "task"],
    indexes: &[
        Index { columns: &["organ", "sort"] },
        Index { columns: &["organ", "state", "due_on"] },
    ],
};

/// Who signs what.
pub static SIGNERS: Table = SIGNERS_ROW;

const SIGNERS_ROW: Table = Table {
    name: "cases_signers",
    columns: &[Column::text("token"), Column::text("no"), Column::text("card")],
    key: &["token"],
    indexes: &[Index { columns: &["no"] }],
};

/// Duties that follow.
pub static DUTIES: Table = DUTIES_ROW;

const DUTIES_ROW: Table = Table {
    name: "cases_duties",
    columns: &[
        Column::text("no"),
        Column::text("duty"),
        Column::text("due_on"),
        Column::int("done"),
    ],
    key: &["no", "duty"],
    indexes: &[Index { columns: &["due_on"] }],
};

static ALL: [Table; 4] = [CASES_ROW, TASKS_ROW, SIGNERS_ROW, DUTIES_ROW];

/// Keeps the four tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lists;

impl Projection for Lists {
    fn name(&self) -> &'static str {
        "cases"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &ALL
    }

    fn listens(&self) -> &'static [&'static str] {
        &["case.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        debug_assert_eq!(&*event.kind, crate::Case::KIND);
        let what: E = event.read()?;
        match &what {
            E::CaseOpened { no, applicant, plan } => {
                opened(event, &no.0, applicant.as_str(), plan, rows);
            }
            E::AnswersSaved { title, .. } => {
                case(event, rows, vec![("title", title.into())]);
            }
            E::SignerInvited { signer, token } => {
                rows.put(&SIGNERS, vec![token.into(), Cell::from(&*event.key), signer.into()]);
            }
            E::Submitted { on, .. } => {
                case(
                    event,
                    rows,
                    vec![("state", word(CaseState::Submitted)), ("submitted_on", (*on).into())],
                );
            }
            E::Established { uscc, .. } => case(event, rows, vec![("uscc", uscc.into())]),
            E::Withdrawn { .. } => over(event, rows, CaseState::Withdrawn),
            E::CaseClosed { how: Closing::Closed, .. } => over(event, rows, CaseState::Closed),
            E::CaseClosed { how: Closing::Ended, .. } => over(event, rows, CaseState::Ended),
            E::DutyOpened { duty, due, .. } => rows.put(
                &DUTIES,
                vec![Cell::from(&*event.key), duty.into(), due.on.into(), Cell::Int(0)],
            ),
            E::DutyDone { duty } => rows.set(
                &DUTIES,
                vec![Cell::from(&*event.key), duty.into()],
                vec![("done", Cell::Int(1))],
            ),
            other => of_task(event, other, rows),
        }
        Ok(())
    }
}

fn word(state: CaseState) -> Cell {
    state.word().into()
}

fn case(event: &Recorded, rows: &mut Rows, cells: Vec<(&'static str, Cell)>) {
    rows.set(&CASES, vec![Cell::from(&*event.key)], cells);
}

fn task(event: &Recorded, rows: &mut Rows, name: &str, cells: Vec<(&'static str, Cell)>) {
    rows.set(&TASKS, vec![Cell::from(&*event.key), name.into()], cells);
}

fn over(event: &Recorded, rows: &mut Rows, state: CaseState) {
    case(event, rows, vec![("state", word(state)), ("ended_at", event.at.into())]);
}

fn opened(event: &Recorded, no: &str, applicant: &str, plan: &Plan, rows: &mut Rows) {
    rows.put(
        &CASES,
        vec![
            no.into(),
            event.shard.as_str().into(),
            applicant.into(),
            word(CaseState::Draft),
            "".into(),
            plan.place.as_str().into(),
            u32::from(plan.reform).into(),
            plan.package.as_str().into(),
            plan.label.zh.as_str().into(),
            plan.label.en.as_str().into(),
            event.at.into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
        ],
    );
    for row in &plan.tasks {
        let mut cells = vec![
            no.into(),
            row.name.as_str().into(),
            row.service.to_string().into(),
            row.label.zh.as_str().into(),
            row.label.en.as_str().into(),
            row.organ.as_str().into(),
            row.organ_label.zh.as_str().into(),
            row.organ_label.en.as_str().into(),
            plan.place.as_str().into(),
            TaskState::Waiting.word().into(),
        ];
        cells.resize(TASKS_ROW.columns.len(), Cell::Null);
        rows.put(&TASKS, cells);
    }
}

/// Open tasks sort by the day that presses most; tasks that have ended or not begun are not in that list.
fn sort(day: codes::Date, no: &str) -> Cell {
    format!("{day} {no}").into()
}

fn ended(state: TaskState, event: &Recorded) -> Vec<(&'static str, Cell)> {
    vec![
        ("state", state.word().into()),
        ("decided_on", event.at.date().into()),
        ("sort", Cell::Null),
        ("wanted", Cell::Int(0)),
    ]
}

#[expect(clippy::too_many_lines, reason = "one arm an event, a table to read")]
fn of_task(event: &Recorded, what: &E, rows: &mut Rows) {
    let no = &*event.key;
    match what {
        E::TaskReady { task: name, on, silence } => task(
            event,
            rows,
            name,
            vec![
                ("state", TaskState::Ready.word().into()),
                ("received_on", (*on).into()),
                ("silence_on", silence.on.into()),
                ("sort", sort(silence.on, no)),
            ],
        ),
        E::SupplementAsked { task: name, .. } => {
            task(
                event,
                rows,
                name,
                vec![("wanted", Cell::Int(1)), ("silence_on", Cell::Null), ("sort", Cell::Null)],
            );
        }
        E::SupplementGiven { task: name, on, silence, .. } => task(
            event,
            rows,
            name,
            vec![
                ("wanted", Cell::Int(0)),
                ("received_on", (*on).into()),
                ("silence_on", silence.on.into()),
                ("sort", sort(silence.on, no)),
            ],
        ),
        E::Accepted { task: name, date, promise, due, joint, .. } => {
            let presses = promise.map_or(due.on, |promise| promise.on.min(due.on));
            task(
                event,
                rows,
                name,
                vec![
                    ("state", TaskState::Working.word().into()),
                    ("accepted_on", (*date).into()),
                    ("promise_on", promise.map(|p| p.on).into()),
                    ("due_on", due.on.into()),
                    ("provisional", due.provisional.into()),
                    ("wanted", Cell::Int(0)),
                    ("sort", sort(presses, no)),
                ],
            );
            let mut cells = vec![("state", word(CaseState::Running))];
            if let Some(joint) = joint {
                cells.push(("joint_due", joint.on.into()));
            }
            case(event, rows, cells);
        }
        E::VisitOrdered { task: name, .. } => {
            task(event, rows, name, vec![("state", TaskState::Visiting.word().into())]);
        }
        E::VisitRecorded { task: name, .. } => {
            task(event, rows, name, vec![("state", TaskState::Working.word().into())]);
        }
        E::ClockStopped { task: name, stop, due, .. } => task(
            event,
            rows,
            name,
            vec![
                ("stopped_until", stop.to.into()),
                ("due_on", due.on.into()),
                ("sort", sort(due.on, no)),
            ],
        ),
        E::ClockResumed { task: name, to, due } => task(
            event,
            rows,
            name,
            vec![
                ("stopped_until", (*to).into()),
                ("due_on", due.on.into()),
                ("sort", sort(due.on, no)),
            ],
        ),
        E::DeadlineExtended { task: Some(name), due, .. }
        | E::DeadlineRecomputed { task: Some(name), due, .. } => task(
            event,
            rows,
            name,
            vec![
                ("due_on", due.on.into()),
                ("provisional", due.provisional.into()),
                ("sort", sort(due.on, no)),
            ],
        ),
        E::DeadlineExtended { task: None, due, .. }
        | E::DeadlineRecomputed { task: None, due, .. } => {
            case(event, rows, vec![("joint_due", due.on.into())]);
        }
        E::OutcomeReady { task: name, .. } => {
            task(event, rows, name, ended(TaskState::ReadyToIssue, event));
        }
        E::Granted { task: name, .. } => task(event, rows, name, ended(TaskState::Granted, event)),
        E::Refused { task: name, .. } | E::AcceptanceRefused { task: name, .. } => {
            task(event, rows, name, ended(TaskState::Refused, event));
        }
        E::TaskDropped { task: name, .. } => {
            task(event, rows, name, ended(TaskState::Dropped, event));
        }
        E::Breach { task: Some(name), line, .. } => {
            let line = match line {
                crate::model::Line::Promise => "promise",
                crate::model::Line::Statutory => "statutory",
            };
            task(event, rows, name, vec![("breached", line.into())]);
        }
        _ => {}
    }
}
