//! Events folded into states; total, refusing nothing.

use crate::decide::{OpenNotice, Registration};
use crate::event::RegistrationEvent as E;
use crate::model::{NoticeTurn, State, Stop, task};
use codes::Moment;
use property::TaskState;

pub(crate) fn registration(one: &mut Registration, event: &E) {
    match event {
        E::Applied { key, application, on, confirmed } => {
            one.key = key.clone();
            one.application = Some(application.clone());
            one.received = Some(Moment::start_of(*on));
            one.confirmed.extend(confirmed.iter().cloned());
            one.state = State::Applied;
        }
        E::Confirmed { party } => {
            one.confirmed.insert(party.clone());
        }
        E::Accepted { on, lines, tasks, second_above_fen, .. } => {
            one.accepted = Some(*on);
            one.lines = Some(lines.clone());
            one.tasks.clone_from(tasks);
            one.second_above_fen = *second_above_fen;
            one.state = State::Running;
        }
        E::TaskDone { task, note } => set(one, task, TaskState::Done, Some(note)),
        E::TaskNoted { task, note } => {
            if let Some(task) = one.tasks.iter_mut().find(|known| known.name == *task) {
                task.note.clone_from(note);
            }
        }
        E::SupplementAsked { on, .. } => {
            one.asked = Some(*on);
            set(one, task::EXAMINE, TaskState::Supplement, None);
        }
        E::SupplementGiven { stop, lines, .. } => {
            one.asked = None;
            one.stops.extend(*stop);
            one.lines = Some(lines.clone());
            set(one, task::EXAMINE, TaskState::Open, None);
        }
        E::Announced { stop, lines, announcement } => {
            announced(one, *stop, announcement.as_ref());
            one.lines = Some(lines.clone());
        }
        E::NoticeOrdered { announcement, terms, .. } => {
            one.notices = one.notices.saturating_add(1);
            let (key, waits) = (announcement.clone(), terms.waits);
            one.notice = Some(OpenNotice { key, waits, ..OpenNotice::default() });
        }
        E::NoticeTurned { turn } => turned(one, *turn),
        E::FeeSettled { .. } => set(one, task::PAY, TaskState::Done, None),
        E::Examined { by, opinion } => {
            one.examined_by = Some(by.clone());
            set(one, task::EXAMINE, TaskState::Done, Some(opinion));
        }
        E::Entered { .. } => {
            set(one, task::ENTER, TaskState::Done, None);
            let issues = one.tasks.iter().any(|known| known.name == task::ISSUE);
            one.state = if issues { State::Entered } else { State::Closed };
        }
        E::CertificateIssued { licence, .. } => {
            one.certificates.insert(licence.clone());
            set(one, task::ISSUE, TaskState::Open, None);
        }
        E::Collected => {
            set(one, task::ISSUE, TaskState::Done, None);
            one.state = State::Closed;
        }
        E::PapersAdded { .. } => {}
        E::Withdrawn { .. } => one.state = State::Withdrawn,
        E::Refused { .. } => {
            set(one, task::EXAMINE, TaskState::Refused, None);
            one.state = State::Refused;
        }
    }
}

/// The days of an announcement, in place of those that were told of it before.
fn announced(one: &mut Registration, stop: Stop, announcement: Option<&String>) {
    let open = one.notice.as_mut().filter(|open| Some(&open.key) == announcement);
    match open {
        Some(open) => {
            if let Some(known) = open.stop.and_then(|at| one.stops.get_mut(at)) {
                *known = stop;
            } else {
                open.stop = Some(one.stops.len());
                one.stops.push(stop);
            }
        }
        None => one.stops.push(stop),
    }
}

fn turned(one: &mut Registration, turn: NoticeTurn) {
    match turn {
        NoticeTurn::Answered { upheld: true, .. } => {
            if let Some(open) = &mut one.notice {
                open.upheld = true;
            }
        }
        NoticeTurn::Ended | NoticeTurn::Dropped => one.notice = None,
        NoticeTurn::Running { .. } | NoticeTurn::Objected { .. } | NoticeTurn::Answered { .. } => {}
    }
}

fn set(one: &mut Registration, name: &str, state: TaskState, note: Option<&String>) {
    if let Some(task) = one.tasks.iter_mut().find(|task| task.name == name) {
        // A certificate that was collected stays so when a further one is signed.
        if name == task::ISSUE && task.state == TaskState::Done {
            return;
        }
        task.state = state;
        if let Some(note) = note {
            task.note.clone_from(note);
        }
    }
}
