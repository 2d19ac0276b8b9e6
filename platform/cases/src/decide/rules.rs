//! What the bundle's decision tables set once the answers are handed in.

use super::Deciding;
use crate::error::CaseError;
use crate::event::CaseEvent;
use forms::Answers;

impl Deciding<'_> {
    /// Asks the tables by the law of the day of submission; what they set otherwise than the plan is an event. A task that
    /// is accepted already keeps what it was accepted under.
    pub(super) fn apply_rules(&mut self, answers: &Answers) -> Result<(), CaseError> {
        let (plan, definition) = (self.plan()?, self.definition()?);
        let on = self.case.submitted.unwrap_or_else(|| self.today());
        let mut tasks = definition.applied(&plan, answers, on);
        tasks.retain(|name, _| {
            let task = self.case.tasks.get(name);
            task.is_some_and(|task| task.accepted.is_none() && !task.state.ended())
        });
        if !tasks.is_empty() {
            self.happen(CaseEvent::RulesApplied { on, tasks });
        }
        Ok(())
    }
}
