//! What happened to a book; wire format, frozen by `tests/books.json`.
//!
//! Lines are written as arrays under the name of what happened, `{"Reserved":["<id>","limit","used",386420550,null,0]}`: an event
//! of a thousand lines is one text of about a hundred bytes a line, and each line can be read by itself.

use super::error::BookError;
use super::model::{
    AccountName, AccountSpec, Basis, BookKey, Entry, Opening, Place, SliceTerms, TransferId, Unit,
};
use codes::Moment;
use kernel::Shard;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One line of a book (账页行). Every line says what came of an entry, so that folding it asks no rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Line {
    /// id, from, to, amount.
    Transferred(TransferId, AccountName, AccountName, i64),
    /// id, from, to, amount, until when, number of the use (0 where uses are not counted).
    Reserved(TransferId, AccountName, AccountName, i64, Option<Moment>, u32),
    /// id, from, to, amount, until when, in the order of which instant it waits.
    Waits(TransferId, AccountName, AccountName, i64, Option<Moment>, Moment),
    /// The reservation that waited and is taken now, its account, amount, number of the use, and what it belongs to.
    Served(TransferId, AccountName, i64, u32, #[serde(with = "pointer")] Option<Arc<str>>),
    /// id, reservation, its two accounts, the amount in all, what it did to what is reserved and to what is settled, and what
    /// is open and settled from now on.
    Adjusted(TransferId, TransferId, AccountName, AccountName, i64, [i64; 2], [i64; 2]),
    /// id, reservation.
    Accepted(TransferId, TransferId),
    /// id, reservation, the account that bears it, the one that receives it, the amount asked (or all), and the amounts.
    Settled(TransferId, TransferId, AccountName, AccountName, Option<i64>, Box<Settlement>),
    /// id, reservation, its account, amount asked (or all), amount released, what is open from now on, whether it waited.
    Released(TransferId, TransferId, AccountName, Option<i64>, i64, i64, bool),
    /// id, reservation, whence, where to, amount asked (or all), amount restored, what is settled from now on.
    Restored(TransferId, TransferId, AccountName, AccountName, Option<i64>, i64, i64),
    /// id, reservation, whence, where to, amount.
    Shifted(TransferId, TransferId, AccountName, AccountName, i64),
    /// id, the settled reservation whose it is, from, amount, where to.
    Carried(TransferId, Option<TransferId>, AccountName, i64, Box<Place>),
    /// The reservation that lapsed, the account that it was reserved from, what was open, whether it waited, and what it
    /// belongs to.
    Expired(TransferId, AccountName, i64, bool, #[serde(with = "pointer")] Option<Arc<str>>),
    /// An entry that overtook its reservation and is kept.
    Kept(Box<Entry>),
    /// A kept entry that came to nothing when its turn came, the reservation, and why.
    Dropped(TransferId, TransferId, BookError),
}

/// The amounts of a settlement, written as an array in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement(
    /// What was settled.
    pub i64,
    /// What of the rest was released.
    pub i64,
    /// What is open from now on.
    pub i64,
    /// Whether it ended, so that nothing is ever restored.
    pub bool,
    /// The account that it was reserved from, where another bears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub Option<AccountName>,
);

/// A thing as `kind/key`.
mod pointer {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::sync::Arc;

    #[expect(clippy::ref_option, reason = "serde hands a reference over")]
    pub(super) fn serialize<S: Serializer>(
        text: &Option<Arc<str>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match text {
            Some(text) => serializer.serialize_some(&**text),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<str>>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Arc::from))
    }
}

/// How an account stands after an event: name, balance, what of it is reserved, uses that count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct After(pub AccountName, pub i64, pub i64, pub u32);

/// What a posting came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// When.
    pub at: Moment,
    /// Why, for every line that says nothing else.
    pub basis: Basis,
    /// Its lines in order, each with what it led to.
    pub lines: Vec<Line>,
    /// The basis of single lines, by their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<(u32, Basis)>,
    /// Entries that were refused, by their place in the posting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<(u32, BookError)>,
    /// The accounts that changed, as they stand after it.
    pub after: Vec<After>,
}

/// What a book did by itself: what lapsed, who was served, and the kept entries that were taken up with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Came {
    /// When.
    pub at: Moment,
    /// The lines.
    pub lines: Vec<Line>,
    /// The basis of single lines, by their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<(u32, Basis)>,
    /// The accounts that changed, as they stand after it.
    pub after: Vec<After>,
}

/// What arrived from another book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// The id of the entry by which it left.
    pub id: TransferId,
    /// The book that it left.
    pub from: BookKey,
    /// The account that it is for.
    pub to: AccountName,
    /// How much.
    pub amount: i64,
    /// What it counts.
    pub unit: Unit,
    /// Why.
    pub basis: Basis,
}

/// How a slice stands between two books (额度片). The sums are of everything so far: a message that comes again, late or
/// out of order says nothing new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceNote {
    /// The book that lent.
    pub home: BookKey,
    /// Its shard.
    pub home_shard: Shard,
    /// The shard it is lent to.
    pub to: Shard,
    /// Which lease: grows with each that is given or renewed.
    pub epoch: u64,
    /// Everything that was ever lent, or everything that was ever given back.
    pub total: i64,
    /// When the lease ends.
    pub until: Moment,
}

/// An event of a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookEvent {
    /// It was opened.
    Opened(Box<Opening>),
    /// More accounts.
    AccountsAdded {
        /// They.
        accounts: Vec<AccountSpec>,
    },
    /// Another floor, another credit.
    FloorSet {
        /// The account.
        account: AccountName,
        /// Its new floor.
        floor: Option<i64>,
        /// Why.
        basis: Basis,
    },
    /// Another time in which something may be reserved.
    ValiditySet {
        /// The account.
        account: AccountName,
        /// From when.
        from: Option<Moment>,
        /// Until before when.
        until: Option<Moment>,
        /// Why.
        basis: Basis,
    },
    /// Entries.
    Posted(Box<Posted>),
    /// Reservations lapsed.
    Lapsed(Box<Came>),
    /// Reservations that waited were taken.
    Served(Box<Came>),
    /// Nothing more is reserved from these accounts until the freeze of this key is lifted.
    Frozen {
        /// Its key.
        key: String,
        /// The accounts; all of them if none is named.
        accounts: Vec<AccountName>,
        /// Why.
        basis: Basis,
    },
    /// A freeze was lifted.
    Unfrozen {
        /// Its key.
        key: String,
        /// Why.
        basis: Basis,
    },
    /// Nothing new is entered any more; what stands can still be settled, released, restored.
    Closed {
        /// When.
        at: Moment,
        /// Why.
        basis: Basis,
    },
    /// Something came from other books.
    Arrived {
        /// What.
        arrivals: Vec<Arrival>,
        /// What of it had no account to go to and lies in `unplaced`, by its place.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unplaced: Vec<u32>,
        /// The accounts that changed.
        after: Vec<After>,
    },
    /// A slice was lent, enlarged or renewed: the home's side.
    Lent {
        /// How it stands.
        slice: Box<SliceNote>,
        /// On what terms.
        terms: Box<SliceTerms>,
        /// How much more than before.
        amount: i64,
        /// How the other book is opened.
        opening: Box<Opening>,
        /// The accounts that changed.
        after: Vec<After>,
    },
    /// The home asks for nothing any more from a slice whose lease ended: so much stays bound until the other side reports.
    Reclaimed {
        /// The shard it is lent to.
        to: Shard,
        /// What stays bound.
        bound: i64,
    },
    /// The home took back what the other side gave back.
    TakenBack {
        /// How it stands.
        slice: Box<SliceNote>,
        /// How much more than before.
        amount: i64,
        /// The accounts that changed.
        after: Vec<After>,
    },
    /// A slice came, grew or was renewed: the other side.
    SliceTaken {
        /// When.
        at: Moment,
        /// How it stands.
        slice: Box<SliceNote>,
        /// On what terms.
        terms: Box<SliceTerms>,
        /// How much more than before.
        amount: i64,
        /// How the book is opened by it, the first time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opening: Option<Box<Opening>>,
        /// The accounts that changed.
        after: Vec<After>,
    },
    /// The other side asks for more, or for a longer lease.
    SliceAsked {
        /// How it stands.
        slice: Box<SliceNote>,
        /// How much of it is in use.
        used: i64,
    },
    /// The other side gave back.
    SliceReturned {
        /// How it stands.
        slice: Box<SliceNote>,
        /// How much more than before.
        amount: i64,
        /// Whether the lease is over: what comes free from now on goes back at once.
        ended: bool,
        /// The accounts that changed.
        after: Vec<After>,
    },
}
