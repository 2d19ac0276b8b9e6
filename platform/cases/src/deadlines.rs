//! The timers that a case asks for: silence, lapse, overrun lines. They follow from recorded dates alone.

use crate::command::CaseCommand;
use crate::model::{Case, CaseState, DueDate, Line, Task, TaskState as S};
use kernel::Deadline;

impl Case {
    /// The timers of this state.
    pub(crate) fn timers(&self) -> Vec<Deadline<CaseCommand>> {
        if !matches!(self.state, CaseState::Submitted | CaseState::Running) {
            return Vec::new();
        }
        let mut timers: Vec<_> =
            self.tasks.iter().flat_map(|(name, task)| self.of_task(name, task)).collect();
        if let Some(joint) = self.joint
            && !self.joint_breached
            && self.tasks.values().any(|t| t.state.open())
        {
            let command = CaseCommand::Overrun { task: None, line: Line::Statutory };
            timers.push(timer("joint".to_owned(), joint, command));
        }
        timers
    }

    fn of_task(&self, name: &str, task: &Task) -> Vec<Deadline<CaseCommand>> {
        let mut timers = Vec::new();
        if !task.state.open() {
            return timers;
        }
        let own = || name.to_owned();
        if let (S::Ready, Some(silence), None) = (task.state, task.silence, &task.wanted) {
            let command = CaseCommand::AcceptBySilence { task: own() };
            timers.push(timer(format!("silence:{name}"), silence, command));
        }
        if let Some(until) = task.wanted.as_ref().and_then(|wanted| wanted.until) {
            timers.push(timer(format!("lapse:{name}"), until, CaseCommand::Lapse { task: own() }));
        }
        for (line, word, due) in [
            (Line::Promise, "promise", task.promise),
            (Line::Statutory, "statutory", self.limit(task)),
        ] {
            let running = task.accepted.is_some() && !task.breached.contains(&line);
            if let Some(due) = due.filter(|_| running) {
                let command = CaseCommand::Overrun { task: Some(own()), line };
                timers.push(timer(format!("{word}:{name}"), due, command));
            }
        }
        timers
    }
}

fn timer(name: String, due: DueDate, command: CaseCommand) -> Deadline<CaseCommand> {
    Deadline { name, at: due.end(), command }
}
