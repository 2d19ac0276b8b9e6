//! What the engine needs from outside beside its stores: a courier for messages, and who owns which shard.

use kernel::{
    Actor, Address, Atomic, CommandId, ErrandError, ErrandId, EventId, Json, Reaction, Shard,
    Waiting,
};
use module::{Receipt, Rejection, SubmitError};
use serde::{Deserialize, Serialize};
use std::future::ready;
use std::sync::Arc;

/// Carries messages to partners and other nodes (信使).
pub trait Courier: Send + Sync + 'static {
    /// Delivers a message at least once, always under the same id; what came of it returns as reactions.
    fn deliver(
        &self,
        id: ErrandId,
        to: Address,
        body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>>;
}

/// A courier for an installation without partners: every message becomes a dead letter that can be resent.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCourier;

impl Courier for NoCourier {
    fn deliver(
        &self,
        _id: ErrandId,
        to: Address,
        _body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        Box::pin(ready(Err(ErrandError::Never(format!("no courier carries messages to {to:?}")))))
    }
}

/// A command on its way to a writer, with everything that the writer must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The command's id.
    pub id: CommandId,
    /// Who acts.
    pub actor: Actor,
    /// The event that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<EventId>,
    /// What is asked.
    pub commands: Atomic,
}

/// Takes orders for the shards that this process owns.
pub trait Takes: Send + Sync + 'static {
    /// Takes an order that another process handed over.
    fn take(&self, order: Order) -> Waiting<'_, Result<Receipt, SubmitError>>;
    /// The lease of a shard was lost: its writer stops.
    fn lost(&self, shard: &Shard);
}

/// Who writes a shard when several processes serve one installation (分片归属).
///
/// Whoever is wrong about it is fenced by the journal; this only keeps writers from stepping on each other.
pub trait Ownership: Send + Sync + 'static {
    /// Called once at the start, with whoever takes orders from other processes.
    fn attach(&self, takes: Arc<dyn Takes>) -> Waiting<'_, Result<(), String>>;
    /// Whether this process may write a shard from now on.
    fn acquire(&self, shard: &Shard) -> Waiting<'_, Result<bool, String>>;
    /// This process no longer writes the shard.
    fn release(&self, shard: &Shard) -> Waiting<'_, ()>;
    /// Hands an order to the process that owns its shard.
    fn forward(&self, order: Order) -> Waiting<'_, Result<Receipt, SubmitError>>;
}

/// One process owns everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct SoleOwner;

impl Ownership for SoleOwner {
    fn attach(&self, _takes: Arc<dyn Takes>) -> Waiting<'_, Result<(), String>> {
        Box::pin(ready(Ok(())))
    }
    fn acquire(&self, _shard: &Shard) -> Waiting<'_, Result<bool, String>> {
        Box::pin(ready(Ok(true)))
    }
    fn release(&self, _shard: &Shard) -> Waiting<'_, ()> {
        Box::pin(ready(()))
    }
    fn forward(&self, order: Order) -> Waiting<'_, Result<Receipt, SubmitError>> {
        let why = format!("nobody else writes shard `{}`", order.commands.shard);
        Box::pin(ready(Err(Rejection::Down(why).into())))
    }
}
