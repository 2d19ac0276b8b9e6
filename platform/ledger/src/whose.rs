//! Whose list is asked for.

use crate::error::LedgerError;
use kernel::{Actor, OrganKey, PartyKey};
use module::{Denied, Platform, Subject, clear};
use portal::Failure;

/// Whose things stand in a list.
pub(crate) enum Whose<'a> {
    /// Those of a person.
    Party(&'a PartyKey),
    /// Those of an officer's organ.
    Organ(&'a OrganKey),
}

/// Whose things of a kind the actor may list: one's own, or those of one's organ.
///
/// # Errors
/// Those of the gate, [`Denied::SignedOut`], [`LedgerError::NotAParty`].
pub(crate) fn whose<'a>(
    platform: &Platform,
    actor: &'a Actor,
    kind: &'static str,
    action: &'static str,
) -> Result<Whose<'a>, Failure> {
    let (whose, on) = match actor {
        Actor::Party { party, .. } => {
            let on = Subject { parties: vec![party.to_string()], ..Subject::new(kind, "list") };
            (Whose::Party(party), on)
        }
        Actor::Officer { organ, .. } => {
            let on = Subject { organ: Some(organ.clone()), ..Subject::new(kind, "list") };
            (Whose::Organ(organ), on)
        }
        Actor::Public => return Err(Denied::SignedOut.into()),
        Actor::System { .. } | Actor::Partner { .. } => return Err(LedgerError::NotAParty.into()),
    };
    clear(&*platform.gate, actor, action, &on)?;
    Ok(whose)
}
