//! A notice: ordered, numbered, set in type, carried by one channel after the other, served.
//!
//! ```text
//!  Issued ─► Numbered ─► Prepared ─► Placed ─┬─ consent: Served on arrival
//!                                            ├─ no consent: read ─► Served
//!                                            └─ unread too long ─► MailOrdered ─┬─ taken ─► Served ─ came back ─┐
//!                                                                               └─ refused, too late ──────────┤
//!                                                           Served ◄─ signed ◄─ Posted ◄─ PaperWanted ◄────────┘
//! ```

use super::text;
use crate::DeliveryError;
use crate::event::NoticeEvent;
use crate::model::{
    AddressOfService, CHANNELS, Channel, Content, Document, How, NoticeKey, Numbering, Order,
    Patience, PostedItem, Proof, Receiver, State, days_after,
};
use codes::{Date, Moment};
use documents::{Numbers, Templates};
use kernel::{Actor, Aggregate, Context, Deadline, PartyKey};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a notice is decided by.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The templates of the installation.
    pub templates: Arc<Templates>,
    /// Its series of numbers.
    pub numbers: Arc<Numbers>,
    /// How long a channel may take.
    pub patience: Patience,
}

/// A notice (文书): a numbered document served on a party.
#[derive(Debug, Default)]
pub struct Notice {
    pub(crate) party: Option<PartyKey>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) numbering: Option<Numbering>,
    pub(crate) number: Option<String>,
    pub(crate) document: Option<Document>,
    pub(crate) address: AddressOfService,
    pub(crate) state: State,
    pub(crate) channel: Option<Channel>,
    pub(crate) until: Option<Moment>,
    pub(crate) attempt: u32,
    pub(crate) posted: Option<PostedItem>,
    pub(crate) read: bool,
    pub(crate) served: Option<(Date, Channel)>,
}

/// What may be asked of a notice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum NoticeCommand {
    /// Serve something on a party.
    Issue(Box<Order>),
    /// Give it the number that its book allotted.
    Number {
        /// The number.
        number: String,
    },
    /// Begin to serve: the document is ready. Answers the errand that makes it.
    Prepare {
        /// The document.
        document: Document,
        /// The token of the page on which anybody may check it.
        token: String,
        /// Where and how the party may be served.
        address: AddressOfService,
    },
    /// The party opened it in the inbox and confirms.
    Read,
    /// The party's mail server took it. Answers the errand that mails it.
    RecordSent {
        /// Which attempt.
        attempt: u32,
        /// The message's id.
        message_id: String,
        /// What the server answered.
        answer: String,
    },
    /// A channel failed: a server refused, a message or an item came back.
    RecordBounce {
        /// Which.
        channel: Channel,
        /// Which attempt, for e-mail.
        attempt: Option<u32>,
        /// Why.
        reason: String,
    },
    /// An officer handed it to a carrier.
    RecordPost {
        /// The item.
        item: PostedItem,
    },
    /// A paper was taken in: the advice of delivery came back, or an officer handed it over.
    RecordReceipt {
        /// By post or by hand.
        channel: Channel,
        /// The day on the receipt.
        on: Date,
        /// Who took it in.
        by: Receiver,
    },
    /// The time of a channel is over; sent by the notice's own timer.
    FallBack {
        /// The channel.
        channel: Channel,
        /// Which attempt.
        attempt: u32,
    },
}

impl Aggregate for Notice {
    const KIND: &'static str = "notice";
    type Key = NoticeKey;
    type Command = NoticeCommand;
    type Event = NoticeEvent;
    type Error = DeliveryError;
    type World = Rules;

    fn decide(
        &self,
        rules: &Rules,
        cx: &Context,
        command: NoticeCommand,
    ) -> Result<Vec<NoticeEvent>, DeliveryError> {
        if let NoticeCommand::Issue(order) = command {
            return self.issue(rules, cx, order);
        }
        if self.party.is_none() {
            return Err(DeliveryError::NoticeUnknown);
        }
        match command {
            NoticeCommand::Issue(_) => Err(DeliveryError::NoticeTaken),
            NoticeCommand::Number { number } => Ok(self.numbered(number)),
            NoticeCommand::Prepare { document, token, address } => {
                Ok(self.prepare(rules, cx, document, token, address))
            }
            NoticeCommand::Read => self.open(cx),
            NoticeCommand::RecordSent { attempt, message_id, answer } => {
                self.sent(cx, attempt, message_id, answer)
            }
            NoticeCommand::RecordBounce { channel, attempt, reason } => {
                self.bounced(rules, cx, channel, attempt, &reason)
            }
            NoticeCommand::RecordPost { item } => self.post(cx, &item),
            NoticeCommand::RecordReceipt { channel, on, by } => self.receipt(cx, channel, on, by),
            NoticeCommand::FallBack { channel, attempt } => {
                let stands = self.channel == Some(channel)
                    && self.attempt == attempt
                    && self.until.is_some();
                Ok(if stands {
                    self.carry(rules, cx.now, Some(channel), &self.address)
                } else {
                    Vec::new()
                })
            }
        }
    }

    fn evolve(&mut self, event: &NoticeEvent) {
        self.apply(event);
    }

    fn deadlines(&self) -> Vec<Deadline<NoticeCommand>> {
        self.channel
            .zip(self.until)
            .map(|(channel, at)| Deadline {
                name: format!("{}-{}", channel.word(), self.attempt),
                at,
                command: NoticeCommand::FallBack { channel, attempt: self.attempt },
            })
            .into_iter()
            .collect()
    }
}

impl Notice {
    fn issue(
        &self,
        rules: &Rules,
        cx: &Context,
        order: Box<Order>,
    ) -> Result<Vec<NoticeEvent>, DeliveryError> {
        if self.party.is_some() {
            return Err(DeliveryError::NoticeTaken);
        }
        let on = cx.now.date();
        let (title, numbering) = match &order.content {
            Content::Document { title, .. } => (title.clone(), None),
            Content::Template { template, facts, .. } => {
                let template = rules.templates.get(template)?;
                let numbering = template
                    .series()
                    .map(|series| {
                        let mut known = order.issuer.facts(on);
                        known.named.extend(facts.clone());
                        Numbering::of(&rules.numbers, series, known)
                    })
                    .transpose()?;
                (template.title().clone(), numbering)
            }
        };
        Ok(vec![NoticeEvent::Issued { order, title, on, numbering }])
    }

    fn numbered(&self, number: String) -> Vec<NoticeEvent> {
        // The book answers once; a second answer would be a serial lost, never a number changed.
        if self.numbering.is_none() || self.number.is_some() {
            return Vec::new();
        }
        vec![NoticeEvent::Numbered { number }]
    }

    fn prepare(
        &self,
        rules: &Rules,
        cx: &Context,
        document: Document,
        token: String,
        address: AddressOfService,
    ) -> Vec<NoticeEvent> {
        if self.document.is_some() {
            return Vec::new();
        }
        let service = self.carry_with(rules, cx.now, None, &address, Some(document.digest));
        let mut events = vec![NoticeEvent::Prepared { document, token, address }];
        events.extend(service);
        events
    }

    /// The party reads it: that is a receipt, and service where there was none yet.
    fn open(&self, cx: &Context) -> Result<Vec<NoticeEvent>, DeliveryError> {
        let document = self.document.as_ref().ok_or(DeliveryError::NotPrepared)?;
        let Actor::Party { party, login, .. } = &cx.actor else {
            return Err(DeliveryError::NotTheRecipient);
        };
        if Some(party) != self.party.as_ref() {
            return Err(DeliveryError::NotTheRecipient);
        }
        if self.read {
            return Ok(Vec::new());
        }
        let mut events = vec![NoticeEvent::Read { login: login.clone() }];
        if self.served.is_none() {
            let proof = Proof::Read { login: login.clone() };
            let how = How { channel: Channel::Inbox, proof, digest: document.digest };
            events.push(NoticeEvent::Served { on: cx.now.date(), how });
        }
        Ok(events)
    }

    fn sent(
        &self,
        cx: &Context,
        attempt: u32,
        message_id: String,
        answer: String,
    ) -> Result<Vec<NoticeEvent>, DeliveryError> {
        let document = self.document.as_ref().ok_or(DeliveryError::NotPrepared)?;
        if attempt == 0 || attempt > self.attempt {
            return Err(DeliveryError::NotPrepared);
        }
        let mut events = vec![NoticeEvent::Sent {
            attempt,
            message_id: message_id.clone(),
            answer: answer.clone(),
        }];
        if self.served.is_none() {
            // LAW: 民事诉讼法 art. 90(2): the day on which it reaches the addressee's system is the day of service.
            let how = How {
                channel: Channel::Email,
                proof: Proof::Mailed { message_id, answer },
                digest: document.digest,
            };
            events.push(NoticeEvent::Served { on: cx.now.date(), how });
        }
        Ok(events)
    }

    fn bounced(
        &self,
        rules: &Rules,
        cx: &Context,
        channel: Channel,
        attempt: Option<u32>,
        reason: &str,
    ) -> Result<Vec<NoticeEvent>, DeliveryError> {
        let reason = text("reason", reason)?;
        match channel {
            Channel::Email if self.attempt == 0 => return Err(DeliveryError::NotPrepared),
            Channel::Post if self.posted.is_none() => return Err(DeliveryError::NothingPosted),
            Channel::Inbox | Channel::Hand => return Err(DeliveryError::NothingPosted),
            Channel::Email | Channel::Post => {}
        }
        let mut events = vec![NoticeEvent::Bounced { channel, reason: reason.clone() }];
        match self.served {
            Some((_, by)) if by == channel => {
                events.push(NoticeEvent::ServiceUndone { channel, reason });
                events.extend(self.carry(rules, cx.now, Some(channel), &self.address));
            }
            Some(_) => {}
            None => {
                let running =
                    self.channel == Some(channel) && attempt.is_none_or(|a| a == self.attempt);
                if running {
                    events.extend(self.carry(rules, cx.now, Some(channel), &self.address));
                }
            }
        }
        Ok(events)
    }

    fn post(&self, cx: &Context, item: &PostedItem) -> Result<Vec<NoticeEvent>, DeliveryError> {
        self.unserved()?;
        let item = PostedItem {
            carrier: text("carrier", &item.carrier)?,
            tracking_no: text("tracking_no", &item.tracking_no)?,
            posted_on: item.posted_on,
        };
        // A posting may be entered later, not beforehand.
        between(item.posted_on, item.posted_on, cx.now.date())?;
        Ok(vec![NoticeEvent::Posted { item }])
    }

    fn receipt(
        &self,
        cx: &Context,
        channel: Channel,
        on: Date,
        by: Receiver,
    ) -> Result<Vec<NoticeEvent>, DeliveryError> {
        let digest = self.unserved()?.digest;
        let today = cx.now.date();
        let tracking_no = match (channel, &self.posted) {
            (Channel::Post, Some(item)) => {
                between(on, item.posted_on, today)?;
                Some(item.tracking_no.clone())
            }
            (Channel::Hand, _) => {
                between(on, on, today)?;
                None
            }
            (Channel::Post | Channel::Inbox | Channel::Email, _) => {
                return Err(DeliveryError::NothingPosted);
            }
        };
        // LAW: 民事诉讼法 art. 87, 91: the day on the receipt is the day of service.
        let how = How { channel, proof: Proof::Signed { by, tracking_no }, digest };
        Ok(vec![NoticeEvent::Served { on, how }])
    }

    fn unserved(&self) -> Result<&Document, DeliveryError> {
        if let Some((on, _)) = self.served {
            return Err(DeliveryError::AlreadyServed { on });
        }
        self.document.as_ref().ok_or(DeliveryError::NotPrepared)
    }

    fn carry(
        &self,
        rules: &Rules,
        now: Moment,
        after: Option<Channel>,
        address: &AddressOfService,
    ) -> Vec<NoticeEvent> {
        self.carry_with(rules, now, after, address, self.document.as_ref().map(|d| d.digest))
    }

    /// Gives it to the next channel that can carry it; paper carries everything.
    fn carry_with(
        &self,
        rules: &Rules,
        now: Moment,
        after: Option<Channel>,
        address: &AddressOfService,
        digest: Option<documents::TextDigest>,
    ) -> Vec<NoticeEvent> {
        let channels = if self.channels.is_empty() { CHANNELS.as_slice() } else { &self.channels };
        let from =
            after.map_or(0, |last| channels.iter().position(|c| *c == last).map_or(0, |at| at + 1));
        for channel in channels.iter().skip(from) {
            match channel {
                Channel::Inbox => {
                    let consented = address.consented.contains(&Channel::Inbox);
                    let unread_until =
                        (!consented).then(|| days_after(now, rules.patience.unread_days));
                    let mut events = vec![NoticeEvent::Placed { unread_until }];
                    if let (true, Some(digest)) = (consented, digest) {
                        // LAW: 民事诉讼法 art. 90: with consent, arrival in the addressee's system is service.
                        let how = How { channel: Channel::Inbox, proof: Proof::Arrived, digest };
                        events.push(NoticeEvent::Served { on: now.date(), how });
                    }
                    return events;
                }
                Channel::Email => {
                    let to = address
                        .email
                        .clone()
                        .filter(|_| address.consented.contains(&Channel::Email));
                    if let Some(to) = to {
                        let until = days_after(now, rules.patience.mail_days);
                        return vec![NoticeEvent::MailOrdered {
                            attempt: self.attempt + 1,
                            to,
                            until,
                        }];
                    }
                }
                Channel::Post | Channel::Hand => return vec![NoticeEvent::PaperWanted],
            }
        }
        vec![NoticeEvent::PaperWanted]
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// When and by which channel it was served.
    #[must_use]
    pub fn served(&self) -> Option<(Date, Channel)> {
        self.served
    }
}

fn between(on: Date, earliest: Date, latest: Date) -> Result<(), DeliveryError> {
    if earliest <= on && on <= latest {
        Ok(())
    } else {
        Err(DeliveryError::DayImpossible { on, earliest, latest })
    }
}
