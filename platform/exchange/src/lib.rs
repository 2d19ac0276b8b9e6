//! Signed messages between this system and its partners (数据交换).
//!
//! **Invariant:** nothing is taken that is not signed (RFC 9421) by a key which a partner had in use, over the very bytes
//! (RFC 9530), for our address, within minutes, and agreed by kind and contract.
//! **Invariant:** a message has one effect however often it comes: the same id and body give the first receipt again, the
//! same id with another body is refused.
//! **Invariant:** only the partner's own signature ends a message of ours; whatever else answers can delay it alone.
//! **Invariant:** each message names its purpose and legal basis, and both sides keep it with the proof of who said it.
//! **Invariant:** what a contract closes, because it tells of persons, lies sealed in `blobs` and in no event.
//!
//! It does not decide what is sent (linkage does) or what follows from what came (linkage hears `message.Received`), and
//! it carries nothing between shards. Messages that wait or cannot be delivered are letters of the engine's outbox.
//!
//! Start with [`Carrier::deliver`] for what goes out, the route `POST /api/v1/exchange/messages` for what comes in, and
//! [`Partner`] and [`Contracts`] for what is agreed.

mod carrier;
mod contract;
mod decide;
mod error;
mod event;
mod http;
pub mod limits;
mod model;
mod outside;
mod pages;
mod partner;
mod projection;
pub mod propagation;
pub mod queries;
mod rate;
mod wire;

use module::{Module, Registry};
use std::sync::Arc;

pub use carrier::Carrier;
pub use contract::Contracts;
pub use decide::{Exchanged, MessageCommand};
pub use error::{ContractFault, ExchangeError, SetupError};
pub use event::MessageEvent;
pub use model::{
    Answer, Direction, Kept, Message, MessageKey, PROBLEM, Proof, Receipt, is_message_id,
};
pub use outside::{Address, Outside};
pub use partner::{Partner, Partners};
pub use projection::{ExchangeTables, MESSAGES, TRAFFIC};
pub use propagation::{
    Post, Propagation, PropagationCommand, PropagationError, PropagationEvent, PropagationKey,
    PropagationModule, PropagationRules, Telling,
};
pub use wire::{ID_FIELD, MESSAGE_COMPONENTS, MESSAGE_TAG, RECEIPT_TAG};

/// The exchange as the platform sees it.
#[derive(Clone, Debug)]
pub struct ExchangeModule {
    outside: Arc<Outside>,
}

impl ExchangeModule {
    /// The module; it shares with the [`Carrier`] what it works with.
    #[must_use]
    pub fn new(outside: Arc<Outside>) -> Self {
        Self { outside }
    }
}

impl Module for ExchangeModule {
    fn name(&self) -> &'static str {
        "exchange"
    }

    fn register(&self, registry: &mut Registry) {
        registry.aggregate::<Exchanged>(Arc::new(()));
        registry.projection(ExchangeTables);
        let ours = http::Ours { outside: Arc::clone(&self.outside), rates: Arc::default() };
        registry.router("exchange", http::router(ours));
        registry.access("exchange", include_str!("access.cedar"));
    }
}
