//! What happens to notices, number books and addresses of service; the wire format, frozen.

use crate::attempt::When;
use crate::model::{
    AddressOfService, BookKey, Channel, Document, How, Kept, NoticeKey, Numbering, Order,
    PostedItem,
};
use codes::{Date, Label, Moment};
use serde::{Deserialize, Serialize};

/// What happens to a notice (文书).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeEvent {
    /// It was ordered.
    Issued {
        /// The order.
        order: Box<Order>,
        /// What the document is called.
        title: Label,
        /// The day that the document bears.
        on: Date,
        /// How it gets its number; none where it has one or needs none.
        numbering: Option<Numbering>,
        /// Whether it only informs: the inbox holds it, no other channel follows, and no term runs from it (提醒).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        informs: bool,
    },
    /// It got its number (文号).
    Numbered {
        /// The number.
        number: String,
    },
    /// Its document is ready, and where the party may be served is known.
    Prepared {
        /// The document.
        document: Document,
        /// The token of the page on which anybody may check it.
        token: String,
        /// Where and how the party may be served.
        address: AddressOfService,
    },
    /// It lies in the party's inbox.
    Placed {
        /// Until when it may lie there unread before the next channel is tried; none where its arrival is service.
        unread_until: Option<Moment>,
        /// The number of the confirmed address that it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<u32>,
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Moment>,
    },
    /// It is to be mailed.
    MailOrdered {
        /// Which attempt.
        attempt: u32,
        /// The address, sealed.
        to: Kept,
        /// Until when a server must have taken it before the next channel is tried.
        until: Moment,
        /// What reports and returned mail call this attempt: 128 bits that nobody guesses.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reference: String,
        /// The number of the confirmed address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<u32>,
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Moment>,
    },
    /// It is to be sent as a text message.
    TextOrdered {
        /// Which attempt.
        attempt: u32,
        /// The number, sealed.
        to: Kept,
        /// Until when the gateway must have reported before the next channel is tried.
        until: Moment,
        /// What reports call this attempt.
        reference: String,
        /// The number of the confirmed address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<u32>,
        /// Whether it only reminds (提醒) and is never service.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reminder: bool,
        /// When.
        at: Moment,
    },
    /// The gateway took a text message; that proves nothing yet.
    Submitted {
        /// Which attempt.
        attempt: u32,
        /// How the gateway calls it.
        gateway_id: String,
        /// What it answered.
        answer: String,
        /// When.
        at: Moment,
    },
    /// The gateway, or a mail server by a report, said what became of a message.
    Reported {
        /// Which attempt.
        attempt: u32,
        /// Whether it was delivered.
        delivered: bool,
        /// The word of the report, such as `DELIVRD`, `UNDELIV`.
        status: String,
        /// The instant that the report names; never later than that of the event.
        arrived_at: Moment,
        /// How the gateway calls the message.
        gateway_id: String,
        /// The report as it came, kept.
        receipt: Kept,
    },
    /// The other side said "later" (软退); two of them far enough apart are a failure.
    SoftFailed {
        /// Which attempt.
        attempt: u32,
        /// What it said.
        reason: String,
        /// When.
        at: Moment,
        /// When it is tried again; none where this one was too many.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Moment>,
    },
    /// The party's mail server took it.
    Sent {
        /// Which attempt.
        attempt: u32,
        /// The message's id.
        message_id: String,
        /// What the server answered.
        answer: String,
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Moment>,
    },
    /// An officer must serve it on paper.
    PaperWanted,
    /// It was handed to a carrier.
    Posted {
        /// The item.
        item: PostedItem,
    },
    /// A channel failed.
    Bounced {
        /// Which.
        channel: Channel,
        /// Why, as the other side said it.
        reason: String,
        /// Which attempt by mail or text message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<u32>,
        /// The returned message as it came, kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<Kept>,
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Moment>,
    },
    /// The party opened it in the inbox and confirmed, for the first time.
    Read {
        /// The login at the keyboard.
        login: String,
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Moment>,
    },
    /// A mail came back after the time in which that undoes service; it is recorded and nothing else.
    ReturnedLate {
        /// Which attempt.
        attempt: u32,
        /// Why it came back.
        reason: String,
        /// The returned message, kept.
        receipt: Kept,
        /// When.
        at: Moment,
    },
    /// The party opened the page of a notice that was served already; it is evidence, and no service.
    Opened {
        /// When.
        at: Moment,
    },
    /// The party fetched the document.
    Downloaded {
        /// When.
        at: Moment,
    },
    /// It is served (送达); the terms of remedies run from `on`.
    Served {
        /// The day of arrival.
        on: Date,
        /// By which channel and with what proof.
        how: How,
        /// The instant, where one is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Moment>,
    },
    /// The day of service is another one than was recorded: the party proved it, or an earlier channel turned out good.
    ServiceRedated {
        /// The day now; terms run from it.
        on: Date,
        /// The instant, where one is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Moment>,
        /// By which channel and with what proof.
        how: How,
        /// The day that was recorded before.
        was: Date,
    },
    /// The party brought evidence of another arrival, or of none (当事人举证).
    CounterProven {
        /// Of which rung.
        rung: u32,
        /// When it arrived in truth; none if never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arrived: Option<When>,
        /// The evidence, sealed.
        evidence: Kept,
    },
    /// The party itself handed evidence in, of another arrival or of none; the organ has to judge it (当事人举证申请).
    ProofOffered {
        /// Which of the notice, from 1.
        no: u32,
        /// Of which rung.
        rung: u32,
        /// When it arrived, as the party says; none if never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arrived: Option<When>,
        /// The evidence, sealed.
        evidence: Kept,
    },
    /// The organ holds that what the party handed in proves it; what follows from that stands beside.
    ProofAdmitted {
        /// Which.
        no: u32,
    },
    /// The organ holds that it does not prove it.
    ProofDismissed {
        /// Which.
        no: u32,
        /// Why.
        reason: String,
    },
    /// It is announced; the days of the law run (公告送达).
    Published {
        /// The announcement.
        announcement: String,
        /// The day of publication.
        published_on: Date,
        /// The day on which it counts as served.
        deemed_on: Date,
        /// The article.
        source: String,
    },
    /// The announcement was taken back before it served.
    PublicationDropped {
        /// The announcement.
        announcement: String,
        /// Why.
        reason: String,
    },
    /// The party wants it on paper as well (要纸质); the day of service stays.
    PaperAsked {
        /// When.
        at: Moment,
    },
    /// The paper that the party asked for was handed to a carrier.
    CopyPosted {
        /// The item.
        item: PostedItem,
    },
    /// Service was recorded and then turned out to be none: the message came back.
    ServiceUndone {
        /// By which channel it had been recorded.
        channel: Channel,
        /// Why it was none.
        reason: String,
    },
}

/// What happens to a book of numbers (文号簿).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookEvent {
    /// The next serial was allotted.
    Allotted {
        /// To which notice.
        notice: NoticeKey,
        /// The serial.
        serial: u64,
        /// The number.
        number: String,
        /// The book, for readers of the event alone.
        book: BookKey,
    },
}

/// What happens to an address of service (送达地址确认).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AddressEvent {
    /// The party said how it may be served.
    Confirmed {
        /// The address.
        address: AddressOfService,
        /// Which version of the explanation it had before it.
        statement: String,
    },
    /// The party took its consent to electronic service back.
    ConsentWithdrawn,
}
