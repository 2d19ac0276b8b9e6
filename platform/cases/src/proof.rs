//! Proof of a signer's identity at an invitation: what was typed is compared, every attempt is counted.

use crate::error::DeskError;
use kernel::{Aggregate, Context};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The attempts after which an invitation is locked; the applicant can send another one.
pub const ATTEMPTS_MAX: u32 = 5;

/// The digest of the secret of an invitation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvitationKey(pub String);

impl fmt::Display for InvitationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What can be asked of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProofCommand {
    /// Somebody typed a name and an identity number; the page has compared them with the signer's card.
    Try {
        /// Whether they are the card's.
        matches: bool,
    },
}

/// What happens at an invitation. Wire format: changed by adding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProofEvent {
    /// The signer proved who he is.
    Proven,
    /// What was typed is not the card's.
    Mistaken,
}

/// An invitation and the attempts at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Invitation {
    mistaken: u32,
}

impl Aggregate for Invitation {
    const KIND: &'static str = "case_invitation";
    type Key = InvitationKey;
    type Command = ProofCommand;
    type Event = ProofEvent;
    type Error = DeskError;
    type World = ();

    fn decide(
        &self,
        _world: &(),
        _cx: &Context,
        command: ProofCommand,
    ) -> Result<Vec<ProofEvent>, DeskError> {
        let ProofCommand::Try { matches } = command;
        if self.mistaken >= ATTEMPTS_MAX {
            return Err(DeskError::InvitationLocked);
        }
        Ok(vec![if matches { ProofEvent::Proven } else { ProofEvent::Mistaken }])
    }

    fn evolve(&mut self, event: &ProofEvent) {
        match event {
            // Guesses are counted over the life of the invitation: a right answer does not buy new ones.
            ProofEvent::Proven => {}
            ProofEvent::Mistaken => self.mistaken += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::spec::given;

    #[test]
    fn after_five_mistakes_even_the_right_answer_is_refused() {
        let mut invitation = given::<Invitation>(&(), []);
        assert_eq!(
            invitation.when(ProofCommand::Try { matches: true }),
            Ok(vec![ProofEvent::Proven])
        );
        for _ in 0..ATTEMPTS_MAX {
            let mistaken = invitation.when(ProofCommand::Try { matches: false });
            assert_eq!(mistaken, Ok(vec![ProofEvent::Mistaken]));
        }
        let right = invitation.when(ProofCommand::Try { matches: true });
        assert_eq!(right, Err(DeskError::InvitationLocked));
    }
}
