//! What customs, the tax system and the treasury tell over the exchange, brought to its use in whatever order it comes.

use crate::errand::{DECLARATION_MOVED, GRADE_CHANGED, Hear, MONEY_RECEIVED, TAX_ASSESSED};
use exchange::MessageEvent;
use kernel::{Policy, Reaction, Recorded, Unreadable};

/// A message came, so its use hears of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct HearMessages;

impl Policy for HearMessages {
    fn name(&self) -> &'static str {
        "guarantee.hear_messages"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["message.Received"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let MessageEvent::Received { message, .. } = event.read()? else { return Ok(Vec::new()) };
        let ours = [DECLARATION_MOVED, TAX_ASSESSED, MONEY_RECEIVED, GRADE_CHANGED];
        if !ours.contains(&message.kind.as_str()) {
            return Ok(Vec::new());
        }
        let Some(about) = message.case.clone() else { return Ok(Vec::new()) };
        let hear = Hear { kind: message.kind, about, at: event.at, facts: message.facts };
        Ok(vec![event.sends(&hear)?])
    }
}
