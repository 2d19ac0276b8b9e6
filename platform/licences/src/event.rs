//! What happens to licences and their number books: wire format, frozen.

use crate::model::{BookKey, Document, Ending, Ground, LicenceKey, Numbering, Order, State, Watch};
use codes::{Date, Label};
use serde::{Deserialize, Serialize};

/// What happens to a licence (证照).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LicenceEvent {
    /// It was ordered.
    Issued {
        /// The order.
        order: Box<Order>,
        /// What it is called.
        title: Label,
        /// The day that it bears.
        on: Date,
        /// How it gets its number; none where the order gave one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        numbering: Option<Numbering>,
    },
    /// It got its number (证照编号) from its series.
    Numbered {
        /// The number.
        number: String,
    },
    /// It is signed and in force; who listens finds all there is to tell about it here.
    Signed {
        /// Its number.
        number: String,
        /// The document.
        document: Box<Document>,
        /// The token of its public page, which its QR code bears.
        token: String,
        /// What it is called.
        title: Label,
        /// The order.
        order: Box<Order>,
    },
    /// It is out of force for a time.
    Suspended {
        /// Why.
        ground: Ground,
        /// Who is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        watch: Option<Box<Watch>>,
    },
    /// It is in force again.
    Resumed {
        /// Why.
        ground: Ground,
        /// Who is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        watch: Option<Box<Watch>>,
    },
    /// It ended before its time.
    Revoked {
        /// By which act.
        by: Ending,
        /// Why.
        ground: Ground,
        /// Who is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        watch: Option<Box<Watch>>,
    },
    /// Another licence took its place.
    Replaced {
        /// Which.
        by: LicenceKey,
        /// Who is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        watch: Option<Box<Watch>>,
    },
    /// Its term is over, as everybody who knows the licence knew beforehand.
    Expired,
    /// A partner asked how it stands, and is told of every change from now on.
    Watched {
        /// The partner.
        partner: String,
        /// How it stands.
        state: State,
        /// The partner, and what it knows the licence by.
        watch: Box<Watch>,
    },
}

/// What happens to the book that allots places in status lists (状态清单簿).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusEvent {
    /// The next place was allotted.
    Placed {
        /// To which licence.
        licence: LicenceKey,
        /// Which of its shard it is, from 0; the place itself follows from a secret.
        serial: u64,
    },
}

/// What happens to a book of licence numbers (证照编号簿).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookEvent {
    /// The next serial was allotted.
    Allotted {
        /// To which licence.
        licence: LicenceKey,
        /// The serial.
        serial: u64,
        /// The number.
        number: String,
        /// The book, for readers of the event alone.
        book: BookKey,
    },
}
