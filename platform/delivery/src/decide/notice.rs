//! A notice: ordered, numbered, set in type, carried up the ladder of its channels, served.
//!
//! ```text
//!  Issued ─► Numbered ─► Prepared ─► Placed ─┬─ consent: Served on arrival
//!                                            ├─ no consent: read ─► Served
//!                                            └─ unread too long ─► MailOrdered, TextOrdered ─┬─ taken, delivered ─► Served ─ came back ─┐
//!                                                                                            └─ refused, silent too long ───────────────┤
//!                    Served ◄─ signed, left ◄─ Posted ◄─ PaperWanted ◄──────────────────────────────────────────────────────────────────┘
//!                    Served ◄─ the days of the law ◄─ Published
//! ```
//!
//! What happens is recorded; whether and when that was service is what [`crate::attempt::served_at`] makes of it, after
//! every event anew. So a bounce undoes, an earlier arrival or a proof of the party redates, and nothing is decided twice.

use super::ladder::Course;
use crate::DeliveryError;
use crate::attempt::{Attempt, Consent, CounterProof, Served, When, served_at};
use crate::event::NoticeEvent;
use crate::model::{
    AddressOfService, CHANNELS, Channel, Content, Document, Kept, NoticeKey, Numbering, Order,
    Patience, PostedItem, Publication, Receiver, State,
};
use codes::{Date, Moment};
use documents::{Numbers, Templates};
use kernel::{Actor, Aggregate, Context, Deadline, PartyKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What a notice is decided by.
#[derive(Clone, Default)]
pub struct Rules {
    /// The templates of the installation.
    pub templates: Arc<Templates>,
    /// Its series of numbers.
    pub numbers: Arc<Numbers>,
    /// How long a channel may take.
    pub patience: Patience,
    /// What references of attempts follow from, so that nobody forges a bounce.
    pub secret: [u8; 32],
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("patience", &self.patience).finish_non_exhaustive()
    }
}

/// A notice (文书): a numbered document served on a party.
#[derive(Clone, Debug, Default)]
pub struct Notice {
    pub(crate) party: Option<PartyKey>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) numbering: Option<Numbering>,
    pub(crate) number: Option<String>,
    pub(crate) document: Option<Document>,
    pub(crate) address: AddressOfService,
    pub(crate) state: State,
    /// How many rungs of the ladder were tried.
    pub(crate) step: usize,
    pub(crate) channel: Option<Channel>,
    pub(crate) until: Option<Moment>,
    /// The last order to a mailer or gateway.
    pub(crate) attempt: u32,
    /// The order for which the ladder waits.
    pub(crate) current: u32,
    pub(crate) retry: Option<(u32, Moment)>,
    pub(crate) posted: Option<PostedItem>,
    pub(crate) publication: Option<Publication>,
    pub(crate) read: Option<String>,
    pub(crate) opened: bool,
    pub(crate) downloaded: bool,
    pub(crate) paper_asked: bool,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) proofs: Vec<CounterProof>,
    /// What the party handed in, by number; none once it is judged.
    pub(crate) offers: BTreeMap<u32, Option<CounterProof>>,
    pub(crate) informs: bool,
    pub(crate) served: Option<(When, Channel)>,
}

/// What may be asked of a notice.
#[expect(clippy::large_enum_variant, reason = "a command lives for one decision")]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum NoticeCommand {
    /// Serve something on a party.
    Issue(Box<Order>),
    /// Tell a party something that is no service: the inbox holds it, and no other channel follows.
    Inform(Box<Order>),
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
    /// The party opened its page, where it need not confirm.
    Open,
    /// The party fetched the document.
    Download,
    /// A mail server took it. Answers the errand that mails it.
    RecordSent {
        /// Which attempt.
        attempt: u32,
        /// The message's id.
        message_id: String,
        /// What the server answered.
        answer: String,
    },
    /// A gateway took the text message. Answers the errand that sends it.
    RecordSubmitted {
        /// Which attempt.
        attempt: u32,
        /// How the gateway calls it.
        gateway_id: String,
        /// What it answered.
        answer: String,
    },
    /// A gateway or mail server says what became of a message.
    RecordReport {
        /// Which attempt.
        attempt: u32,
        /// Whether it was delivered.
        delivered: bool,
        /// The word of the report.
        status: String,
        /// The instant that the report names.
        arrived_at: Moment,
        /// How the gateway calls the message.
        gateway_id: String,
        /// The report as it came, kept.
        receipt: Kept,
    },
    /// The other side says "later".
    RecordSoftFail {
        /// Which attempt.
        attempt: u32,
        /// What it said.
        reason: String,
    },
    /// A mail came back (RFC 3464).
    RecordReturn {
        /// Which attempt.
        attempt: u32,
        /// Why.
        reason: String,
        /// The returned message, kept.
        receipt: Kept,
    },
    /// A channel failed: a server refused, a message or an item came back.
    RecordBounce {
        /// Which.
        channel: Channel,
        /// Which attempt, for e-mail and text messages.
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
    /// An officer left it at the residence (留置送达).
    RecordLeft {
        /// The day.
        on: Date,
        /// The video or photographs, sealed.
        video: Kept,
        /// Who witnessed it, in words.
        witnesses: String,
    },
    /// It is announced; sent by what hears the announcement.
    RecordPublication {
        /// The announcement.
        announcement: String,
        /// The day of publication.
        published_on: Date,
    },
    /// The announcement was taken back.
    DropPublication {
        /// The announcement.
        announcement: String,
        /// Why.
        reason: String,
    },
    /// The days of the law are over; sent by the notice's own timer.
    Deem,
    /// The party brings evidence of another arrival (当事人举证).
    CounterProve {
        /// Of which rung.
        rung: u32,
        /// When it arrived in truth; none if never.
        arrived: Option<When>,
        /// The evidence, sealed.
        evidence: Kept,
    },
    /// The party itself hands evidence in, of another arrival or of none.
    OfferProof {
        /// Of which rung.
        rung: u32,
        /// When it arrived in truth; none if never.
        arrived: Option<When>,
        /// The evidence, sealed.
        evidence: Kept,
    },
    /// An officer holds that it proves it.
    AdmitProof {
        /// Which.
        no: u32,
    },
    /// An officer holds that it does not.
    DismissProof {
        /// Which.
        no: u32,
        /// Why.
        reason: String,
    },
    /// The party wants it on paper as well (要纸质).
    AskPaper,
    /// What was put off is tried again; sent by the notice's own timer.
    Retry {
        /// Which attempt.
        attempt: u32,
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
        let command = match command {
            NoticeCommand::Issue(order) => return self.issue(rules, cx, order, false),
            NoticeCommand::Inform(order) => return self.issue(rules, cx, order, true),
            other => other,
        };
        if self.party.is_none() {
            return Err(DeliveryError::NoticeUnknown);
        }
        let mut course = Course::new(self, rules, cx);
        match command {
            NoticeCommand::Issue(_) | NoticeCommand::Inform(_) => {
                return Err(DeliveryError::NoticeTaken);
            }
            NoticeCommand::Number { number } => return Ok(self.numbered(number)),
            NoticeCommand::Prepare { document, token, address } => {
                course.prepare(document, token, address);
            }
            NoticeCommand::Read => course.read()?,
            NoticeCommand::Open => course.opened()?,
            NoticeCommand::Download => course.downloaded()?,
            NoticeCommand::RecordSent { attempt, message_id, answer } => {
                course.sent(attempt, message_id, answer)?;
            }
            NoticeCommand::RecordSubmitted { attempt, gateway_id, answer } => {
                course.submitted(attempt, gateway_id, answer)?;
            }
            NoticeCommand::RecordReport {
                attempt,
                delivered,
                status,
                arrived_at,
                gateway_id,
                receipt,
            } => course.reported(attempt, delivered, &status, (arrived_at, gateway_id), receipt)?,
            NoticeCommand::RecordSoftFail { attempt, reason } => {
                course.soft_failed(attempt, &reason)?;
            }
            NoticeCommand::RecordReturn { attempt, reason, receipt } => {
                course.returned(attempt, &reason, receipt)?;
            }
            NoticeCommand::RecordBounce { channel, attempt, reason } => {
                course.bounced(channel, attempt, &reason)?;
            }
            NoticeCommand::RecordPost { item } => course.post(&item)?,
            NoticeCommand::RecordReceipt { channel, on, by } => course.receipt(channel, on, by)?,
            NoticeCommand::RecordLeft { on, video, witnesses } => {
                course.left(on, video, &witnesses)?;
            }
            NoticeCommand::RecordPublication { announcement, published_on } => {
                course.publish(announcement, published_on)?;
            }
            NoticeCommand::DropPublication { announcement, reason } => {
                course.drop_publication(announcement, reason);
            }
            NoticeCommand::Deem => course.deem(),
            NoticeCommand::CounterProve { rung, arrived, evidence } => {
                course.counter_prove(rung, arrived, evidence)?;
            }
            NoticeCommand::OfferProof { rung, arrived, evidence } => {
                course.offer_proof(rung, arrived, evidence)?;
            }
            NoticeCommand::AdmitProof { no } => course.admit_proof(no)?,
            NoticeCommand::DismissProof { no, reason } => course.dismiss_proof(no, &reason)?,
            NoticeCommand::AskPaper => course.ask_paper()?,
            NoticeCommand::Retry { attempt } => course.retry(attempt),
            NoticeCommand::FallBack { channel, attempt } => course.fall_back(channel, attempt),
        }
        Ok(course.done())
    }

    fn evolve(&mut self, event: &NoticeEvent) {
        self.apply(event);
    }

    fn deadlines(&self) -> Vec<Deadline<NoticeCommand>> {
        let fall_back = self.channel.zip(self.until).map(|(channel, at)| Deadline {
            name: format!("{}-{}", channel.word(), self.current),
            at,
            command: NoticeCommand::FallBack { channel, attempt: self.current },
        });
        let retry = self.retry.map(|(attempt, at)| Deadline {
            name: format!("retry-{attempt}"),
            at,
            command: NoticeCommand::Retry { attempt },
        });
        let publication = self.publication.as_ref().filter(|_| self.served.is_none());
        let deemed = publication.map(|publication| Deadline {
            name: format!("deemed-{}", publication.deemed_on),
            // LAW: 民事诉讼法 art. 95: when the days have passed, so at 24:00 of the last one.
            at: Moment::end_of(publication.deemed_on),
            command: NoticeCommand::Deem,
        });
        fall_back.into_iter().chain(retry).chain(deemed).collect()
    }
}

impl Notice {
    fn issue(
        &self,
        rules: &Rules,
        cx: &Context,
        order: Box<Order>,
        informs: bool,
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
        Ok(vec![NoticeEvent::Issued { order, title, on, numbering, informs }])
    }

    fn numbered(&self, number: String) -> Vec<NoticeEvent> {
        // The book answers once; a second answer would be a serial lost, never a number changed.
        if self.numbering.is_none() || self.number.is_some() {
            return Vec::new();
        }
        vec![NoticeEvent::Numbered { number }]
    }

    /// The channels in the order in which they are tried, each with where it goes.
    pub(crate) fn rungs(&self) -> Vec<Rung> {
        if self.address.confirmed.is_empty() {
            let channels =
                if self.channels.is_empty() { CHANNELS.as_slice() } else { &self.channels };
            return channels.iter().map(|channel| self.plain_rung(*channel)).collect();
        }
        let confirmed = self.address.confirmed.iter().filter_map(|address| {
            let (address_no, to) = (Some(address.no), Some(address.value.clone()));
            address.kind.channel().map(|channel| Rung {
                channel,
                address: address_no,
                to,
                consented: true,
            })
        });
        confirmed.collect()
    }

    fn plain_rung(&self, channel: Channel) -> Rung {
        let consented = self.address.consented.contains(&channel);
        let to = match channel {
            Channel::Email if consented => self.address.email.clone(),
            _ => None,
        };
        Rung { channel, address: None, to, consented }
    }

    /// What the party consented to, as [`served_at`] wants it.
    fn consents(&self) -> Vec<Consent> {
        let ever = Moment::from_us(i64::MIN);
        let plain = self.address.consented.iter().map(|channel| Consent {
            channel: *channel,
            address: None,
            from: ever,
            until: None,
        });
        let confirmed = self.address.confirmed.iter().filter_map(|address| {
            let (no, from) = (Some(address.no), address.confirmed_at);
            address.kind.channel().map(|channel| Consent {
                channel,
                address: no,
                from,
                until: None,
            })
        });
        plain.chain(confirmed).collect()
    }

    /// Whether and when it was served, by law and by everything that is known.
    #[must_use]
    pub fn by_law(&self) -> Option<Served> {
        served_at(&self.attempts, &self.consents(), &self.proofs)
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// When and by which channel it was served.
    #[must_use]
    pub fn served(&self) -> Option<(Date, Channel)> {
        self.served.map(|(when, channel)| (when.on, channel))
    }

    /// Every attempt so far.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// What the party handed in and nobody has judged yet, by number (待认定的举证).
    pub fn offers(&self) -> impl Iterator<Item = (u32, &CounterProof)> {
        self.offers.iter().filter_map(|(no, offer)| Some((*no, offer.as_ref()?)))
    }

    /// Whether it only informs.
    #[must_use]
    pub fn informs(&self) -> bool {
        self.informs
    }

    /// From when to when a publication runs until it counts as service.
    pub(crate) fn publication_days(&self) -> Option<(Date, Date)> {
        self.publication.as_ref().map(|one| (one.published_on, one.deemed_on))
    }

    pub(crate) fn is_party(&self, actor: &Actor) -> bool {
        matches!(actor, Actor::Party { party, .. } if Some(party) == self.party.as_ref())
    }
}

/// A rung of the ladder: a channel with where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Rung {
    pub(crate) channel: Channel,
    /// The number of the confirmed address.
    pub(crate) address: Option<u32>,
    /// Where it goes, sealed; none where the channel cannot be used or needs no address.
    pub(crate) to: Option<Kept>,
    pub(crate) consented: bool,
}
