//! Propagation (传播与撤回): a fact told to recipients until each has confirmed it, and undone at every one of them.
//!
//! ```text
//!  Tell ──► Told(round n) ──► (errand, one a recipient) ──┬─ signed receipt ─► Confirmed
//!             ▲    │                                      └─ no receipt ─► Failed ─ pause ─► Tried ─► …
//!             │    └─ three working days ─► Escalated to the supervisor: send again, or settle otherwise
//!             └── Tell again: round n+1 reaches everybody who was ever told
//! ```
//!
//! **Invariant:** whoever was told of something is told of its end: a round reaches all recipients of the rounds before it.
//! **Invariant:** a recipient gets one message a round, under one id, however often it is carried: over a crash, a lost
//! receipt, a dead receiver that comes back.
//! **Invariant:** only the recipient's own signed receipt, or an officer who says how it was told, ends the waiting.
//! **Invariant:** each message names its round, so that a receiver that hears them out of order keeps the latest.
//!
//! It does not know what is told: licences tell of suspension and revocation, credit repair of restrictions that begin
//! and end. Start with [`Telling`] and [`PropagationCommand`]; what carries messages is [`Post`].

mod decide;
mod errand;
mod error;
mod event;
mod http;
mod model;
mod pages;
mod policy;
mod projection;
pub mod queries;

use crate::Carrier;
use kernel::{Address, ErrandError, ErrandId, Json, Reaction, Waiting};
use module::{Module, Registry};
use std::fmt;
use std::sync::Arc;

pub use decide::{Propagation, PropagationCommand, PropagationRules};
pub use errand::{Deliver, wire_id};
pub use error::PropagationError;
pub use event::PropagationEvent;
pub use model::{PropagationKey, Standing, Telling};
pub use policy::DeliverOnTold;
pub use projection::{PropagationTables, RECIPIENTS, ROUNDS};

/// Carries a message to a partner and brings back what follows from its receipt: the [`Carrier`], or a test's own.
pub trait Post: Send + Sync + 'static {
    /// Delivers a message under an id that stays the same however often it is tried.
    fn deliver(
        &self,
        id: ErrandId,
        to: Address,
        body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>>;
}

impl Post for Carrier {
    fn deliver(
        &self,
        id: ErrandId,
        to: Address,
        body: Json,
    ) -> Waiting<'_, Result<Vec<Reaction>, ErrandError>> {
        Box::pin(Self::deliver(self, id, to, body))
    }
}

/// Propagation as the platform sees it.
#[derive(Clone)]
pub struct PropagationModule {
    rules: Arc<PropagationRules>,
    post: Arc<dyn Post>,
}

impl fmt::Debug for PropagationModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PropagationModule").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl PropagationModule {
    /// The module: how long is waited before a supervisor hears of it, and what carries messages.
    #[must_use]
    pub fn new(rules: Arc<PropagationRules>, post: Arc<dyn Post>) -> Self {
        Self { rules, post }
    }
}

impl Module for PropagationModule {
    fn name(&self) -> &'static str {
        "propagation"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Propagation>(Arc::clone(&self.rules));
        registry.projection(PropagationTables);
        registry.policy(DeliverOnTold);
        registry.errand::<Deliver>(Arc::clone(&self.post));
        registry.router("propagation", http::router());
        registry.access("propagation", include_str!("propagation/access.cedar"));
    }
}
