//! Those who ask: they repeat a command under its id until it is answered, and sometimes misuse an id.

use kernel::{Actor, Atomic, CommandId};
use module::{Receipt, Rejection, SubmitError};

/// A command of somebody who wants an answer.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) id: CommandId,
    pub(super) actor: Actor,
    pub(super) commands: Atomic,
    /// How often it is under way now.
    pub(super) under_way: u32,
    /// The first lasting answer.
    pub(super) answer: Option<Result<Receipt, SubmitError>>,
}

impl Wish {
    /// Takes an answer; says what is wrong with it.
    pub(super) fn take(&mut self, answer: Result<Receipt, SubmitError>) -> Result<(), String> {
        self.under_way = self.under_way.saturating_sub(1);
        match (&self.answer, &answer) {
            // Nothing is promised yet: it is asked again.
            (_, Err(SubmitError::Rejected(Rejection::Down(_) | Rejection::Busy))) => return Ok(()),
            (Some(Ok(first)), Ok(again))
                if !first.events.is_empty() && first.events != again.events =>
            {
                return Err(format!("command {} was answered twice, and not alike", self.id));
            }
            (Some(Ok(first)), Err(error)) if !first.events.is_empty() => {
                return Err(format!("command {} was taken, and then refused: {error}", self.id));
            }
            (_, Err(SubmitError::Rejected(rejection))) => {
                return Err(format!("command {} was rejected: {rejection}", self.id));
            }
            _ => {}
        }
        // What was decided to nothing, or refused, may be decided anew and then holds.
        if self.answer.as_ref().is_none_or(|first| !matches!(first, Ok(r) if !r.events.is_empty()))
        {
            self.answer = Some(answer);
        }
        Ok(())
    }
}
