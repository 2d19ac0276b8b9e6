//! The repair of one entity (信用修复): its entries, what lies ahead of each, and each application's way.
//!
//! ```text
//!  NotEligible ─► Eligible ─► Applied ─┬─► NotAccepted
//!       ▲            │                 └─► Accepted ─► verified ─► [Announcing ─► Announced] ─┬─► Removing ─► Repaired
//!       └─ Relapsed ◄┴──── a further case of the same kinds ──────────────┘                   └─► Refused
//! ```

mod decide;
mod draft;
mod error;
mod event;
mod evolve;
mod model;
mod view;

pub use decide::RepairCommand;
pub use error::RepairError;
pub use event::RepairEvent;
pub use model::{
    About, Answer, Failing, Known, PLEDGE, Procedure, ProofRef, Question, Repair, RepairKey, Stage,
    Watched, cause_label, entry_of, pledge_digest, told,
};

pub use view::{Heard, View};

#[cfg(test)]
mod tests;
