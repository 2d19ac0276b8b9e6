//! What happens to notices, number books and addresses of service; the wire format, frozen.

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
    },
    /// It is to be mailed.
    MailOrdered {
        /// Which attempt.
        attempt: u32,
        /// The address, sealed.
        to: Kept,
        /// Until when a server must have taken it before the next channel is tried.
        until: Moment,
    },
    /// The party's mail server took it.
    Sent {
        /// Which attempt.
        attempt: u32,
        /// The message's id.
        message_id: String,
        /// What the server answered.
        answer: String,
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
    },
    /// The party opened it in the inbox and confirmed, for the first time.
    Read {
        /// The login at the keyboard.
        login: String,
    },
    /// It is served (送达); the terms of remedies run from `on`.
    Served {
        /// The day of arrival.
        on: Date,
        /// By which channel and with what proof.
        how: How,
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
