//! An address of service: how a party may be served, and whether electronically.

use super::text;
use crate::DeliveryError;
use crate::event::AddressEvent;
use crate::model::{AddressOfService, Channel};
use kernel::{Actor, Aggregate, Context, PartyKey};
use serde::{Deserialize, Serialize};

/// An address of service (送达地址确认书): given by the party, for whatever is served upon it later.
#[derive(Debug, Default)]
pub struct Address {
    current: AddressOfService,
}

/// What may be asked of an address of service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum AddressCommand {
    /// Say how one may be served.
    Confirm {
        /// Whose address it is.
        party: PartyKey,
        /// The address.
        address: AddressOfService,
        /// Which version of the explanation lay before the party.
        statement: String,
    },
    /// Take the consent to electronic service back.
    WithdrawConsent {
        /// Whose address it is.
        party: PartyKey,
    },
}

impl Aggregate for Address {
    const KIND: &'static str = "service-address";
    type Key = PartyKey;
    type Command = AddressCommand;
    type Event = AddressEvent;
    type Error = DeliveryError;
    type World = ();

    fn decide(
        &self,
        _world: &(),
        cx: &Context,
        command: AddressCommand,
    ) -> Result<Vec<AddressEvent>, DeliveryError> {
        match command {
            AddressCommand::Confirm { party, address, statement } => {
                own(cx, &party)?;
                let statement = text("statement", &statement)?;
                if let Some(channel) = address.consented.iter().find(|c| !electronic(**c)) {
                    return Err(DeliveryError::NotElectronic { channel: *channel });
                }
                if address.consented.contains(&Channel::Email) && address.email.is_none() {
                    return Err(DeliveryError::AddressMissing { channel: Channel::Email });
                }
                Ok(vec![AddressEvent::Confirmed { address, statement }])
            }
            AddressCommand::WithdrawConsent { party } => {
                own(cx, &party)?;
                if self.current.consented.is_empty() {
                    return Ok(Vec::new());
                }
                Ok(vec![AddressEvent::ConsentWithdrawn])
            }
        }
    }

    fn evolve(&mut self, event: &AddressEvent) {
        match event {
            AddressEvent::Confirmed { address, .. } => self.current = address.clone(),
            AddressEvent::ConsentWithdrawn => self.current.consented.clear(),
        }
    }
}

fn electronic(channel: Channel) -> bool {
    matches!(channel, Channel::Inbox | Channel::Email)
}

/// Consent is the party's own: nobody else gives it, the platform included.
fn own(cx: &Context, of: &PartyKey) -> Result<(), DeliveryError> {
    match &cx.actor {
        Actor::Party { party, .. } if party == of => Ok(()),
        _ => Err(DeliveryError::NotTheRecipient),
    }
}
