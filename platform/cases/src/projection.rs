//! Lists of cases, tasks, signers and duties. A case's own page folds its stream instead.

use crate::event::{CaseEvent as E, Closing, Running};
use crate::model::{CaseState, DueDate, Plan, TaskState};
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
        // A search walks it from the newest case on and stops when it has enough.
        Index { columns: &["opened_at"] },
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
        Column::text("answer_until"),
        Column::text("stopped_for"),
        Column::text("stopped_from"),
        Column::text("stopped_until"),
        Column::int("extended"),
        Column::text("visit_on"),
        Column::text("breached"),
        Column::text("decided_on"),
        // The organ while the task is not decided; then null, so that what is done costs the worklist nothing.
        Column::text("desk"),
        // Section, day that presses most, number, task: the order of the worklist. Null until work can begin.
        Column::text("sort"),
        // Day of the decision, number, task: the order of the decided ones.
        Column::text("done"),
    ],
    key: &["no", "task"],
    indexes: &[
        // Covers the heat map and the counts of a worklist.
        Index { columns: &["desk", "sort", "state", "stopped_until", "place"] },
        Index { columns: &["organ", "done"] },
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
        4
    }

    fn tables(&self) -> &'static [Table] {
        &ALL
    }

    fn listens(&self) -> &'static [&'static str] {
        &["case.*"]
    }

    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        debug_assert_eq!(&*event.kind, crate::Case::KIND);
        match &*event.shared()? {
            E::CaseOpened { no, applicant, plan } => {
                opened(event, &no.0, applicant.as_str(), plan, rows);
            }
            E::AnswersSaved { title, .. } => {
                case(event, rows, vec![("title", title.into())]);
            }
            E::SignerInvited { signer, token } => {
                rows.put(&SIGNERS, vec![token.into(), Cell::from(&*event.key), signer.into()]);
                case(event, rows, vec![("state", word(CaseState::Signing))]);
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
            E::TermRecomputed { of: Running::Duty(duty), due } => rows.set(
                &DUTIES,
                vec![Cell::from(&*event.key), duty.into()],
                vec![("due_on", due.on.into())],
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
        let known: [(&str, Cell); 11] = [
            ("no", no.into()),
            ("task", row.name.as_str().into()),
            ("service", row.service.to_string().into()),
            ("label_zh", row.label.zh.as_str().into()),
            ("label_en", row.label.en.as_str().into()),
            ("organ", row.organ.as_str().into()),
            ("organ_zh", row.organ_label.zh.as_str().into()),
            ("organ_en", row.organ_label.en.as_str().into()),
            ("place", plan.place.as_str().into()),
            ("state", TaskState::Waiting.word().into()),
            ("desk", row.organ.as_str().into()),
        ];
        let cell = |name: &str| {
            known.iter().find(|(known, _)| *known == name).map_or(Cell::Null, |(_, c)| c.clone())
        };
        rows.put(&TASKS, TASKS_ROW.columns.iter().map(|column| cell(column.name)).collect());
    }
}

/// What waits for the organ, by the day that presses most.
const WITH_ORGAN: &str = "1";

/// What waits for the party to answer a supplement.
const WITH_PARTY: &str = "2";

/// The last section and day: no term is set.
const NO_TERM: &str = "9999-12-31";

fn sort(day: codes::Date, event: &Recorded, task: &str) -> (&'static str, Cell) {
    ("sort", format!("{WITH_ORGAN} {day} {} {task}", event.key).into())
}

fn sort_with_party(until: Option<DueDate>, event: &Recorded, task: &str) -> (&'static str, Cell) {
    let day = until.map_or_else(|| NO_TERM.to_owned(), |until| until.on.to_string());
    ("sort", format!("{WITH_PARTY} {day} {} {task}", event.key).into())
}

fn ended(event: &Recorded, rows: &mut Rows, name: &str, state: TaskState) {
    let day = event.at.date();
    let cells = vec![
        ("state", state.word().into()),
        ("decided_on", day.into()),
        ("wanted", Cell::Int(0)),
        ("desk", Cell::Null),
        ("sort", Cell::Null),
        ("done", format!("{day} {} {name}", event.key).into()),
    ];
    task(event, rows, name, cells);
}

/// The cells of a due day.
fn due_cells(due: DueDate) -> [(&'static str, Cell); 2] {
    [("due_on", due.on.into()), ("provisional", due.provisional.into())]
}

#[expect(clippy::too_many_lines, reason = "one arm an event, a table to read")]
fn of_task(event: &Recorded, what: &E, rows: &mut Rows) {
    let mut set = |name: &str, cells: Vec<(&'static str, Cell)>| task(event, rows, name, cells);
    match what {
        E::TaskReady { task: name, on, silence } => set(
            name,
            vec![
                ("state", TaskState::Ready.word().into()),
                ("received_on", (*on).into()),
                ("silence_on", silence.on.into()),
                sort(silence.on, event, name),
            ],
        ),
        E::SupplementAsked { task: name, until, .. } => set(
            name,
            vec![
                ("wanted", Cell::Int(1)),
                ("answer_until", until.map(|until| until.on).into()),
                ("silence_on", Cell::Null),
                sort_with_party(*until, event, name),
            ],
        ),
        E::SupplementGiven { task: name, on, silence, .. } => set(
            name,
            vec![
                ("wanted", Cell::Int(0)),
                ("received_on", (*on).into()),
                ("silence_on", silence.on.into()),
                sort(silence.on, event, name),
            ],
        ),
        E::TermRecomputed { of: Running::Silence(name), due } => {
            set(name, vec![("silence_on", due.on.into()), sort(due.on, event, name)]);
        }
        E::TermRecomputed { of: Running::Answer(name), due } => set(
            name,
            vec![("answer_until", due.on.into()), sort_with_party(Some(*due), event, name)],
        ),
        E::Accepted { task: name, date, promise, due, joint, .. } => {
            let mut cells = vec![
                ("state", TaskState::Working.word().into()),
                ("accepted_on", (*date).into()),
                ("promise_on", promise.map(|p| p.on).into()),
                ("wanted", Cell::Int(0)),
                sort(presses(*promise, *due), event, name),
            ];
            cells.extend(due_cells(*due));
            set(name, cells);
            let mut cells = vec![("state", word(CaseState::Running))];
            if let Some(joint) = joint {
                cells.push(("joint_due", joint.on.into()));
            }
            case(event, rows, cells);
        }
        E::VisitOrdered { task: name, on } => set(
            name,
            vec![("state", TaskState::Visiting.word().into()), ("visit_on", (*on).into())],
        ),
        E::VisitCounted { task: name, on, .. } => set(name, vec![("visit_on", (*on).into())]),
        E::VisitRecorded { task: name, on, .. } => {
            set(
                name,
                vec![("state", TaskState::Working.word().into()), ("visit_on", (*on).into())],
            );
        }
        E::ClockStopped { task: name, stop, due, .. } => {
            let mut cells = vec![
                ("stopped_for", stop.cause.as_str().into()),
                ("stopped_from", stop.from.into()),
                ("stopped_until", stop.to.into()),
                sort(due.on, event, name),
            ];
            cells.extend(due_cells(*due));
            set(name, cells);
        }
        E::ClockResumed { task: name, to, due } => {
            let mut cells = vec![("stopped_until", (*to).into()), sort(due.on, event, name)];
            cells.extend(due_cells(*due));
            set(name, cells);
        }
        E::DeadlineExtended { task: Some(name), due, .. } => {
            let mut cells = vec![("extended", Cell::Int(1)), sort(due.on, event, name)];
            cells.extend(due_cells(*due));
            set(name, cells);
        }
        E::DeadlineRecomputed { task: Some(name), promise, due } => {
            let mut cells = vec![
                ("promise_on", promise.map(|p| p.on).into()),
                sort(presses(*promise, *due), event, name),
            ];
            cells.extend(due_cells(*due));
            set(name, cells);
        }
        E::DeadlineExtended { task: None, due, .. }
        | E::DeadlineRecomputed { task: None, due, .. } => {
            case(event, rows, vec![("joint_due", due.on.into())]);
        }
        E::OutcomeReady { task: name, .. } => ended(event, rows, name, TaskState::ReadyToIssue),
        E::Granted { task: name, .. } => ended(event, rows, name, TaskState::Granted),
        E::Refused { task: name, .. } | E::AcceptanceRefused { task: name, .. } => {
            ended(event, rows, name, TaskState::Refused);
        }
        E::TaskDropped { task: name, .. } => ended(event, rows, name, TaskState::Dropped),
        E::Breach { task: Some(name), line, .. } => {
            set(name, vec![("breached", line.word().into())]);
        }
        _ => {}
    }
}

/// The earlier of the promised and the statutory day.
fn presses(promise: Option<DueDate>, due: DueDate) -> codes::Date {
    promise.map_or(due.on, |promise| promise.on.min(due.on))
}
