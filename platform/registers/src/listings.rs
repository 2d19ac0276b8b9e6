//! Listings (名单列入): who stands on a credit or watch list, why, since when, with which restrictions.
//!
//! ```text
//!  List ──► Listed ─┬─ Remove ──► Removed ─── Restore ──► Restored (live again)
//!                   ├─ End, or its own term ──► Ended
//!                   └─ SetAside ──► SetAside: as if it had never been
//! ```
//!
//! **Invariant:** one decision makes one entry: the same entry told twice, in any order with others, is entered once.
//! **Invariant:** a restriction stands as long as some live entry supports it; [`queries::supported`] says by which.
//! **Invariant:** an entry is never deleted: what ended stays in the register, and is shown to nobody who may not see it.
//! **Invariant:** no event names a person; what a list says of persons lies sealed with whoever listed them.
//!
//! It knows no law of credit: how long an entry stands and who may leave early is decided in reforms 30 and 32.

mod decide;
#[cfg(test)]
mod goldens;
mod model;
mod projection;
pub mod queries;

pub use decide::{Listing, ListingCommand, ListingError};
pub use model::{Ending, ListEntry, ListingEvent, ListingKey, ListingState, Subject};
pub use projection::{LISTINGS, Listings, SUPPORT};
