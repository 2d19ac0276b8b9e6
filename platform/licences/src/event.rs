//! What happens to licences and their number books: wire format, frozen.

use crate::model::{BookKey, Document, Ending, Ground, LicenceKey, Numbering, Order};
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
    },
    /// It is in force again.
    Resumed {
        /// Why.
        ground: Ground,
    },
    /// It ended before its time.
    Revoked {
        /// By which act.
        by: Ending,
        /// Why.
        ground: Ground,
    },
    /// Another licence took its place.
    Replaced {
        /// Which.
        by: LicenceKey,
    },
    /// Its term is over.
    Expired,
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
