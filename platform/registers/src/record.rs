//! Records that are true over time (记载): since when something is so, and since when the register says it.
//!
//! ```text
//!  valid time:    ──── A holds ────────┤──── B holds ────────────►      what is so, half-open in instants
//!  recorded time: ──── entered ──┤ corrected ├──►                       what the register said, in order of the journal
//!
//!  Enter · Amend · Correct · Close · Retire     sections: nature, rights, holders with exact shares
//!  Restrict · Renew · Release · RecordAction    restrictions: first in time in force, later seizures wait in order
//! ```
//!
//! **Invariant:** nothing is deleted: what is no longer believed keeps its row with the instant until which it was.
//! **Invariant:** an event tells the whole change of belief, so that [`as_of`] folds events alone and a row needs no other.
//! **Invariant:** what has run out by the instant of a command has ended before the command is judged, whether its timer
//! has fired or not; ends and promotions bear the instant of the law, not that of the machine.
//! **Invariant:** shares of one section add up to exactly one.
//! **Invariant:** names and numbers of persons lie sealed; events hold parties, blobs and commitments.
//!
//! What a register holds, which act is stopped by which restriction, how long a restriction lasts and who sees what is data
//! ([`Register`]). Start with [`RecordCommand`], then [`Record`], then [`as_of`].

pub mod as_of;
mod decide;
pub mod definition;
mod error;
mod event;
mod evolve;
mod model;
pub mod projection;
pub mod queries;
mod seal;
pub mod shares;
mod view;

pub use as_of::{Difference, Snapshot, as_of, belief, diff};
pub use decide::{Opened, Record};
pub use definition::{
    Definitions, Effect, Ends, HolderSight, Register, RegisterFault, RestrictionSight, Tone, View,
    Weight,
};
pub use error::{Misfit, RecordError};
pub use event::RecordEvent;
pub use model::{
    Act, Amend, Change, Close, Correct, Ending, Enter, Holder, Line, Note, OwnershipForm, Phase,
    RecordCommand, RecordKey, Release, Renew, Restrict, Restriction, RestrictionNo, Retire,
    Retirement, Says, Sealed, SectionId, Segment, Side, Standing, Statement,
};
pub use seal::{HolderCard, SealFault, SealedFacts};
pub(crate) use view::as_money;
pub use view::{
    Cards, Shown, ShownHolder, ShownRestriction, ShownSection, first_character, shown,
    up_to_the_street,
};

#[cfg(test)]
mod tests;
