//! What carries a message to whom: mirrors by their own protocol, everybody else by the exchange.

use super::Mirrors;
use super::line::{Line, LineError};
use super::push::{Acknowledged, PushCommand, PushKey, Pushes};
use codes::Moment;
use exchange::{Post, PropagationKey};
use kernel::{Address, Atomic, ErrandError, ErrandId, Json, Reaction, Waiting};
use seals::Digest;
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;

/// What a signed acknowledgement is.
const ACK: &str = "credit-ack+jws";

/// Carries messages of propagations (转送).
#[derive(Clone)]
pub struct Relay {
    mirrors: Arc<Mirrors>,
    others: Arc<dyn Post>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("mirrors", &self.mirrors).finish_non_exhaustive()
    }
}

/// An acknowledgement (回执).
#[derive(Debug, Deserialize)]
struct Ack {
    id: String,
    sha256: String,
    serial: String,
    at: Moment,
}

/// What of a body a reconciliation is told by.
#[derive(Debug, Deserialize)]
struct Envelope {
    kind: String,
    propagation: PropagationKey,
    round: u32,
}

impl Relay {
    /// A relay in front of what carries to everybody else.
    #[must_use]
    pub fn new(mirrors: Arc<Mirrors>, others: Arc<dyn Post>) -> Self {
        Self { mirrors, others }
    }

    async fn publish(
        &self,
        line: &Line,
        id: ErrandId,
        mut body: Json,
    ) -> Result<Vec<Reaction>, ErrandError> {
        let envelope: Envelope =
            serde_json::from_value(body.clone()).map_err(ErrandError::never)?;
        let id = id.to_string();
        if let Some(members) = body.as_object_mut() {
            members.insert("id".to_owned(), id.as_str().into());
        }
        let bytes = seals::canonical_value(&body).map_err(ErrandError::never)?;
        let sha256 = Digest::sha256(&bytes).hex();
        let said =
            line.post::<Ack>("v1/publications", ACK, bytes).await.map_err(|error| match error {
                LineError::Refused { .. } => ErrandError::never(error),
                LineError::Down { .. } | LineError::Forged { .. } => ErrandError::later(error),
            })?;
        let ack = said.what;
        if ack.id != id || ack.sha256 != sha256 {
            return Err(ErrandError::later("the mirror acknowledged something else"));
        }
        let key = PushKey::of(line.key(), ack.at.date());
        let acknowledged = Acknowledged {
            id,
            about: envelope.propagation,
            round: envelope.round,
            kind: envelope.kind,
            sha256,
            serial: ack.serial,
            at: ack.at,
            signed: said.signed,
        };
        let command = PushCommand::Acknowledge(Box::new(acknowledged));
        let commands = Atomic::new(self.mirrors.home())
            .then::<Pushes>(&key, &command)
            .map_err(ErrandError::never)?;
        Ok(vec![Reaction::Commands(commands)])
    }
}

impl Post for Relay {
    fn deliver(
        &self,
        id: ErrandId,
        to: Address,
        body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        let line = match &to {
            Address::Partner(partner) => self.mirrors.line(partner).cloned(),
            Address::Shard(_) => None,
        };
        match line {
            Some(line) => Box::pin(async move { self.publish(&line, id, body).await }),
            None => self.others.deliver(id, to, body),
        }
    }
}
