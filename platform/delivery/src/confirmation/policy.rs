//! What follows from a confirmation: codes are sent.

use super::{ConfirmationEvent, ConfirmationKey, SendCode};
use kernel::{Policy, Reaction, Recorded, Unreadable};

/// A code was ordered, so it is sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct CodeOnOrder;

impl Policy for CodeOnOrder {
    fn name(&self) -> &'static str {
        "delivery.code_on_order"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["address-confirmation.CodeOrdered"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let ConfirmationEvent::CodeOrdered { no, round, kind, value, .. } = event.read()? else {
            return Ok(Vec::new());
        };
        let confirmation = ConfirmationKey(event.key.to_string());
        Ok(vec![event.sends(&SendCode { confirmation, no, round, kind, to: value })?])
    }
}
