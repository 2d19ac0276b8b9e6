//! How far a registration is (办理进度): derived from the states of its tasks, and from nothing else.

use codes::Label;
use serde::{Deserialize, Serialize};

/// Where one task stands (环节状态).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// It waits for others.
    #[default]
    Waiting,
    /// It is worked on.
    Open,
    /// It waits for the applicant to supply what is missing.
    Supplement,
    /// It waits for money.
    Unpaid,
    /// It is done.
    Done,
    /// It ended without success.
    Refused,
}

/// What a registration's progress page says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Received; nobody worked on it yet (已受理).
    Accepted,
    /// Worked on (审核中).
    Examining {
        /// Which step, from 1.
        step: u32,
        /// Working days left of the promise.
        days_left: u32,
    },
    /// Something is missing (待补正).
    Supplement,
    /// A fee is to be paid (待缴费).
    Unpaid,
    /// Entered in the book (已登簿).
    Entered,
    /// The certificate waits (待领证).
    ToCollect,
    /// Over (已办结).
    Closed,
    /// Refused or withdrawn (已退回).
    Returned,
}

/// Names of the tasks that mark a stage; the others are examinations.
pub const ENTER: &str = "enter";
/// The task of issuing the certificate.
pub const ISSUE: &str = "issue";
/// The task of paying.
pub const PAY: &str = "pay";

/// The progress of a registration with these tasks, in their order, with so many working days left.
#[must_use]
pub fn progress(tasks: &[(&str, TaskState)], days_left: u32) -> Progress {
    let state = |name: &str| tasks.iter().find(|(task, _)| *task == name).map(|(_, state)| *state);
    let any = |wanted: TaskState| tasks.iter().any(|(_, state)| *state == wanted);
    if any(TaskState::Refused) {
        return Progress::Returned;
    }
    if state(ENTER) == Some(TaskState::Done) {
        return match state(ISSUE) {
            Some(TaskState::Done) | None => Progress::Closed,
            Some(TaskState::Open) => Progress::ToCollect,
            Some(_) => Progress::Entered,
        };
    }
    if any(TaskState::Supplement) {
        return Progress::Supplement;
    }
    let examined = |(name, _): &&(&str, TaskState)| ![ENTER, ISSUE, PAY].contains(name);
    let done = tasks.iter().filter(examined).filter(|(_, state)| *state == TaskState::Done).count();
    let still = tasks.iter().filter(examined).any(|(_, state)| *state != TaskState::Done);
    if !still && state(PAY) == Some(TaskState::Unpaid) {
        return Progress::Unpaid;
    }
    if done == 0 {
        return Progress::Accepted;
    }
    let step = u32::try_from(done).unwrap_or(u32::MAX).saturating_add(1);
    Progress::Examining { step, days_left }
}

impl Progress {
    /// The word in rows.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Examining { .. } => "examining",
            Self::Supplement => "supplement",
            Self::Unpaid => "unpaid",
            Self::Entered => "entered",
            Self::ToCollect => "to_collect",
            Self::Closed => "closed",
            Self::Returned => "returned",
        }
    }

    /// The text of rule 4.
    #[must_use]
    pub fn label(&self) -> Label {
        match self {
            Self::Accepted => Label::new("已受理", "Accepted"),
            Self::Examining { step, days_left } => Label::new(
                format!("审核中（第{step}环节，剩余{days_left}个工作日）"),
                format!("Under examination (step {step}, {days_left} working days left)"),
            ),
            Self::Supplement => Label::new("待补正", "Something is missing"),
            Self::Unpaid => Label::new("待缴费", "To be paid"),
            Self::Entered => Label::new("已登簿", "Entered in the book"),
            Self::ToCollect => Label::new("待领证", "Certificate ready"),
            Self::Closed => Label::new("已办结", "Closed"),
            Self::Returned => Label::new("已退回", "Returned"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TaskState::{Done, Open, Refused, Supplement, Unpaid, Waiting};

    #[test]
    fn the_text_follows_from_the_tasks() {
        let of = |states: [TaskState; 5]| {
            let names = ["identity", "tax", PAY, ENTER, ISSUE];
            let tasks: Vec<(&str, TaskState)> = names.into_iter().zip(states).collect();
            progress(&tasks, 3).label().zh
        };
        let table = [
            ([Open, Open, Unpaid, Waiting, Waiting], "已受理"),
            ([Done, Open, Unpaid, Waiting, Waiting], "审核中（第2环节，剩余3个工作日）"),
            ([Done, Supplement, Unpaid, Waiting, Waiting], "待补正"),
            ([Done, Done, Unpaid, Waiting, Waiting], "待缴费"),
            ([Done, Done, Done, Open, Waiting], "审核中（第3环节，剩余3个工作日）"),
            ([Done, Done, Done, Done, Waiting], "已登簿"),
            ([Done, Done, Done, Done, Open], "待领证"),
            ([Done, Done, Done, Done, Done], "已办结"),
            ([Refused, Open, Unpaid, Waiting, Waiting], "已退回"),
        ];
        for (states, text) in table {
            assert_eq!(of(states), text, "{states:?}");
        }
    }

    #[test]
    fn a_registration_without_certificate_closes_with_its_entry() {
        assert_eq!(progress(&[("order", Done), (ENTER, Done)], 0), Progress::Closed);
    }
}
