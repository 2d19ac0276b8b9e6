//! Looks at licences (查看证照): an officer who sees one is told to its holder.
//!
//! They stand beside the licence and not in its stream, so that a look makes nobody's form stale.

use crate::model::LicenceKey;
use codes::{Code, Coded, Label, Reason};
use kernel::{Aggregate, Context, PartyKey};
use serde::{Deserialize, Serialize};

/// What may be asked of the list of looks at a licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LooksCommand {
    /// Somebody looked.
    Look {
        /// Whose licence it is.
        holder: PartyKey,
        /// What was shown: `record` for what stands on its page, `paper` for the document.
        shown: Vec<String>,
    },
}

/// What happens to it; the event's actor says who looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LooksEvent {
    /// Somebody looked.
    Looked {
        /// Whose licence it is.
        holder: PartyKey,
        /// What was shown.
        shown: Vec<String>,
    },
}

/// Nothing is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LooksError {}

impl Coded for LooksError {
    fn code(&self) -> Code {
        match *self {}
    }
    fn reason(&self) -> Reason {
        match *self {}
    }
    fn label(&self) -> Label {
        match *self {}
    }
}

/// The looks at one licence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// How many there were.
    pub looks: u64,
}

impl Aggregate for Looks {
    const KIND: &'static str = "licence-looks";
    type Key = LicenceKey;
    type Command = LooksCommand;
    type Event = LooksEvent;
    type Error = LooksError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: LooksCommand,
    ) -> Result<Vec<LooksEvent>, LooksError> {
        let LooksCommand::Look { holder, shown } = command;
        Ok(vec![LooksEvent::Looked { holder, shown }])
    }

    fn evolve(&mut self, _event: &LooksEvent) {
        self.looks = self.looks.saturating_add(1);
    }
}
