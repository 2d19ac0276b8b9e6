//! Notices (文书): numbered documents served on a party, and provably so.
//!
//! **Invariant:** a notice is served once; the day of service and its proof stand in one event, [`NoticeEvent::Served`],
//! from which the terms of remedies run. Computing those terms is the work of whoever ordered the notice.
//! **Invariant:** electronic service needs the party's own consent; without it the inbox serves by being read.
//! **Invariant:** a number is allotted in the batch that issues the notice: no gap, no number twice.
//! **Invariant:** no event holds an address, a name or the text of a document: they lie sealed in `blobs`.
//! **Invariant:** a mail that is tried again has the same id, and a channel that fails gives way to the next; paper is last.
//!
//! It does not decide what is served (linkage orders it), signs nothing, and sends no text messages yet.
//!
//! Start with [`Order`] and [`NoticeCommand`], then [`mod@decide`]; what it needs from outside is [`Outside`].

pub mod decide;
mod errand;
mod error;
pub mod event;
mod evolve;
mod http;
mod mailer;
pub mod model;
mod pages;
mod panel;
pub mod policy;
pub mod projection;
pub mod queries;

use documents::Numbers;
use kernel::Shard;
use module::{Module, Panel, Registry};
use std::sync::Arc;

pub use decide::{Address, AddressCommand, Book, BookCommand, Notice, NoticeCommand, Rules};
pub use errand::{MakeDocument, Outside, SendMail};
pub use error::DeliveryError;
pub use event::{AddressEvent, BookEvent, NoticeEvent};
pub use mailer::{Attachment, Mail, MailError, Mailer, Taken};
pub use model::{
    AddressOfService, Channel, Content, Document, Filling, How, Issuer, Kept, NoticeKey, Order,
    Patience, Proof, Receiver, State,
};

/// Delivery as the platform sees it.
#[derive(Clone, Debug)]
pub struct DeliveryModule {
    outside: Arc<Outside>,
    numbers: Arc<Numbers>,
    patience: Patience,
    address_shard: Shard,
}

impl DeliveryModule {
    /// The module with what it needs from outside, the table of numbers, and the shard of addresses of service.
    #[must_use]
    pub fn new(
        outside: Outside,
        numbers: Arc<Numbers>,
        patience: Patience,
        address_shard: Shard,
    ) -> Self {
        Self { outside: Arc::new(outside), numbers, patience, address_shard }
    }
}

impl Module for DeliveryModule {
    fn name(&self) -> &'static str {
        "delivery"
    }

    fn register(&self, registry: &mut Registry) {
        let rules = Rules {
            templates: Arc::clone(&self.outside.templates),
            numbers: Arc::clone(&self.numbers),
            patience: self.patience,
        };
        registry.aggregate::<Notice>(Arc::new(rules));
        registry.aggregate::<Book>(Arc::clone(&self.numbers));
        registry.aggregate::<Address>(Arc::new(()));
        registry.projection(projection::DeliveryTables);
        registry.policy(policy::NumberOnIssue);
        registry.policy(policy::NumberNotice);
        registry.policy(policy::MakeOnNumber);
        registry.policy(policy::MailOnOrder);
        registry.errand::<MakeDocument>(Arc::clone(&self.outside));
        registry.errand::<SendMail>(Arc::clone(&self.outside));
        registry.panel(Panel { slot: "origin", show: panel::show });
        let ours = http::Ours {
            outside: Arc::clone(&self.outside),
            address_shard: self.address_shard.clone(),
        };
        registry.router("delivery", http::router(ours));
        registry.access("delivery", include_str!("access.cedar"));
    }
}
