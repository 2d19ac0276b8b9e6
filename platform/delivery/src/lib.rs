//! Notices (文书): numbered documents served on a party, and provably so; announcements (公告) before the public.
//!
//! **Invariant:** what happened is recorded, and whether and when it was service follows from it by one pure function,
//! [`served_at`]; the day of service and its proof stand in one event, [`NoticeEvent::Served`], from which the terms of
//! remedies run. Computing those terms is the work of whoever ordered the notice.
//! **Invariant:** electronic service needs the party's own consent; without it the inbox serves by being read. A notice that
//! is issued upon an address confirmation (地址确认书) goes to the addresses confirmed then, whatever changes later.
//! **Invariant:** a number is allotted in the batch that issues the notice: no gap, no number twice.
//! **Invariant:** no event holds an address, a name, a code or the text of a document: they lie sealed in `blobs`, codes follow
//! from a secret.
//! **Invariant:** a message that is tried again has the same reference, and a channel that fails gives way to the next; paper
//! is last. A report is acknowledged only when it is durable, and the same report twice is one event.
//! **Invariant:** an announcement that was once published stays in sight with everything that happened to it.
//!
//! It does not decide what is served (linkage and modules of reforms order it), signs no document, and sends no fax.
//!
//! Start with [`Order`] and [`NoticeCommand`], then [`mod@decide`] and [`mod@attempt`]; with [`mod@confirmation`] for
//! addresses, [`mod@announcement`] for the board; what it needs from outside is [`Outside`] and [`Texter`].

pub mod announcement;
pub mod attempt;
mod bar;
pub mod confirmation;
pub mod decide;
mod errand;
mod error;
pub mod event;
mod evolve;
mod exhibit;
mod http;
mod intake;
mod ladder_page;
mod mailer;
pub mod model;
mod pages;
mod panel;
pub mod policy;
pub mod projection;
pub mod queries;
pub mod returned;
pub mod texter;

use calendar::Calendar;
use documents::Numbers;
use kernel::Shard;
use module::{Module, Panel, Registry, TimeStamps};
use seals::{Algorithm, Keys, Purpose};
use std::fmt;
use std::sync::Arc;

pub use announcement::{
    Announcement, AnnouncementCommand, AnnouncementEvent, AnnouncementKey, AnnouncementRules,
    Objection, Objections, Objector, Pauses, Posting, Stand,
};
pub use attempt::{Attempt, Consent, CounterProof, Ground, Outcome, Served, When, served_at};
pub use bar::{Stretch, term_bar};
pub use confirmation::{
    AddressKind, Capture, Confirmation, ConfirmationCommand, ConfirmationEvent, ConfirmationKey,
    ConfirmationRules, ConfirmedAddress, PartyAct, Scope, SendCode, Signature, Standing, Validity,
};
pub use decide::{Address, AddressCommand, Book, BookCommand, Notice, NoticeCommand, Rules};
pub use errand::{MakeDocument, NoTexter, Outside, Sealer, SendMail, SendText};
pub use error::DeliveryError;
pub use event::{AddressEvent, BookEvent, NoticeEvent};
pub use intake::{GATEWAY, Intake, RETURNS};
pub use mailer::{Attachment, Mail, MailError, Mailer, Taken};
pub use model::{
    AddressOfService, Channel, Content, Document, Filling, How, Issuer, Kept, NoticeKey, Order,
    Patience, Proof, Receiver, State,
};

pub use texter::{
    ReportSink, ReportStanding, ReturnSink, TextError, TextMessage, TextReport, TextTaken, Texter,
    Untaken,
};

/// Delivery as the platform sees it.
#[derive(Clone)]
pub struct DeliveryModule {
    outside: Arc<Outside>,
    numbers: Arc<Numbers>,
    patience: Patience,
    address_shard: Shard,
    texter: Arc<dyn Texter>,
    calendar: Calendar,
    confirmation: Arc<ConfirmationRules>,
    signer: Option<http::Signer>,
    stamps: Option<Arc<dyn TimeStamps>>,
}

impl fmt::Debug for DeliveryModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryModule").field("patience", &self.patience).finish_non_exhaustive()
    }
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
        let confirmation = Arc::new(ConfirmationRules::new(outside.secret));
        Self {
            outside: Arc::new(outside),
            numbers,
            patience,
            address_shard,
            texter: Arc::new(NoTexter),
            calendar: Calendar::embedded(),
            confirmation,
            signer: None,
            stamps: None,
        }
    }

    /// Signs the list of announcements that others fetch, with the key that is in use for the purpose.
    #[must_use]
    pub fn signing(mut self, keys: Arc<dyn Keys>, purpose: Purpose, algorithm: Algorithm) -> Self {
        self.signer = Some(http::Signer { keys, purpose, algorithm });
        self
    }

    /// Has the seals of notices stamped by time-stamp authorities (`PAdES` B-T).
    #[must_use]
    pub fn stamping(mut self, stamps: Option<Arc<dyn TimeStamps>>) -> Self {
        self.stamps = stamps;
        self
    }

    /// Sends text messages by this gateway; without one they give way to the next channel.
    #[must_use]
    pub fn texter(mut self, texter: Arc<dyn Texter>) -> Self {
        self.texter = texter;
        self
    }

    /// Counts days by this calendar; without one, by the notices that come with the program.
    #[must_use]
    pub fn calendar(mut self, calendar: Calendar) -> Self {
        self.calendar = calendar;
        self
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
            secret: self.outside.secret,
        };
        registry.aggregate::<Notice>(Arc::new(rules));
        registry.aggregate::<Book>(Arc::clone(&self.numbers));
        registry.aggregate::<Address>(Arc::new(()));
        registry.aggregate::<Confirmation>(Arc::clone(&self.confirmation));
        let announcing = AnnouncementRules { calendar: self.calendar.clone() };
        registry.aggregate::<Announcement>(Arc::new(announcing));
        registry.projection(projection::DeliveryTables);
        registry.projection(confirmation::projection::ConfirmationTables);
        registry.projection(announcement::projection::AnnouncementTables);
        let address_shard = self.address_shard.clone();
        registry.concern(queries::StreamsOfParty { address_shard });
        registry.exhibit(exhibit::Notices { outside: Arc::clone(&self.outside) });
        registry.policy(policy::NumberOnIssue);
        registry.policy(policy::NumberNotice);
        registry.policy(policy::MakeOnNumber);
        registry.policy(policy::MailOnOrder);
        registry.policy(policy::TextOnOrder);
        registry.policy(confirmation::policy::CodeOnOrder);
        registry.policy(announcement::policy::ServeByAnnouncement);
        registry.errand::<SendText>((Arc::clone(&self.outside), Arc::clone(&self.texter)));
        registry.errand::<SendCode>(confirmation::errand::CodeTools {
            outside: Arc::clone(&self.outside),
            texter: Arc::clone(&self.texter),
            rules: Arc::clone(&self.confirmation),
        });
        registry.errand::<MakeDocument>((Arc::clone(&self.outside), self.stamps.clone()));
        registry.errand::<SendMail>(Arc::clone(&self.outside));
        registry.panel(Panel { slot: "origin", show: panel::show });
        let ours = http::Ours {
            outside: Arc::clone(&self.outside),
            address_shard: self.address_shard.clone(),
            texter: Arc::clone(&self.texter),
            rules: Arc::clone(&self.confirmation),
            calendar: self.calendar.clone(),
            signer: self.signer.clone(),
        };
        registry.router("delivery", http::router(ours));
        registry.access("delivery", include_str!("access.cedar"));
    }
}
