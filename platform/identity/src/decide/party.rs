//! The party: known once, corrected often.

use crate::error::IdentityError;
use crate::event::PartyEvent;
use crate::model::{Assurance, LoginKey, PartyKind};
use blobs::BlobId;
use kernel::{Aggregate, Context, PartyKey};
use seals::Commitment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A natural person or an organisation (当事人).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    pub(crate) kind: Option<PartyKind>,
    pub(crate) sealed: Option<BlobId>,
    pub(crate) commitment: Option<Commitment>,
    pub(crate) logins: BTreeMap<LoginKey, Assurance>,
}

/// What may be asked of a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartyCommand {
    /// Register it. Asked again, nothing happens: the key follows from the document, so it is the same party.
    Register {
        /// Person or organisation.
        kind: PartyKind,
        /// Its sealed card.
        sealed: BlobId,
        /// The commitment to the card.
        commitment: Commitment,
    },
    /// Replace its card.
    Correct {
        /// The new sealed card.
        sealed: BlobId,
        /// The commitment to it.
        commitment: Commitment,
    },
    /// Say that a login is its own. A login that knows the person only by what was typed (a password) gets a party that
    /// has no login yet; one whose real name was confirmed always does.
    TieLogin {
        /// The login.
        login: LoginKey,
        /// How sure it is that the login's holder is the party.
        assurance: Assurance,
    },
}

impl Party {
    fn tie(&self, login: LoginKey, assurance: Assurance) -> Result<Vec<PartyEvent>, IdentityError> {
        if self.logins.get(&login).is_some_and(|known| *known >= assurance) {
            return Ok(Vec::new());
        }
        let others = self.logins.keys().any(|known| *known != login);
        if assurance == Assurance::Password && others {
            return Err(IdentityError::PartyTaken);
        }
        Ok(vec![PartyEvent::LoginTied { login, assurance }])
    }
}

impl Aggregate for Party {
    const KIND: &'static str = "party";
    type Key = PartyKey;
    type Command = PartyCommand;
    type Event = PartyEvent;
    type Error = IdentityError;
    type World = ();

    fn decide(
        &self,
        (): &(),
        _cx: &Context,
        command: PartyCommand,
    ) -> Result<Vec<PartyEvent>, IdentityError> {
        match (command, self.kind) {
            (PartyCommand::Register { kind, sealed, commitment }, None) => {
                Ok(vec![PartyEvent::Registered { kind, sealed, commitment }])
            }
            (PartyCommand::Register { .. }, Some(_)) => Ok(Vec::new()),
            (PartyCommand::Correct { .. } | PartyCommand::TieLogin { .. }, None) => {
                Err(IdentityError::Unknown)
            }
            (PartyCommand::Correct { commitment, .. }, Some(_))
                if self.commitment == Some(commitment) =>
            {
                Ok(Vec::new())
            }
            (PartyCommand::Correct { sealed, commitment }, Some(_)) => {
                Ok(vec![PartyEvent::Corrected { sealed, commitment }])
            }
            (PartyCommand::TieLogin { login, assurance }, Some(_)) => self.tie(login, assurance),
        }
    }

    fn evolve(&mut self, event: &PartyEvent) {
        crate::evolve::party(self, event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::spec;
    use seals::Salt;

    fn register(salt: u8) -> PartyCommand {
        PartyCommand::Register {
            kind: PartyKind::Person,
            sealed: BlobId("aa".into()),
            commitment: Commitment::to(&Salt::new([salt; 16]), "card").unwrap(),
        }
    }

    fn tie(login: &str, assurance: Assurance) -> PartyCommand {
        PartyCommand::TieLogin { login: LoginKey::new(login), assurance }
    }

    #[test]
    fn registering_the_same_person_again_changes_nothing() {
        let mut party = spec::given::<Party>(&(), []);
        assert_eq!(party.when(tie("chen", Assurance::Password)), Err(IdentityError::Unknown));
        assert_eq!(party.when(register(1)).unwrap().len(), 1);
        assert_eq!(party.when(register(2)), Ok(vec![]));
    }

    #[test]
    fn a_typed_identity_gets_a_party_only_if_nobody_has_it() {
        let mut party = spec::given::<Party>(&(), []);
        party.when(register(1)).unwrap();
        assert_eq!(party.when(tie("chen", Assurance::Password)).unwrap().len(), 1);
        assert_eq!(party.when(tie("chen", Assurance::Password)), Ok(vec![]));
        assert_eq!(party.when(tie("thief", Assurance::Password)), Err(IdentityError::PartyTaken));
        assert_eq!(party.when(tie("oidc-1", Assurance::RealName)).unwrap().len(), 1);
        assert_eq!(party.when(tie("thief", Assurance::Password)), Err(IdentityError::PartyTaken));
    }
}
