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
    About, Failing, Known, Procedure, ProofRef, Repair, RepairKey, Stage, Watched, entry_of, told,
};

pub use view::View;

#[cfg(test)]
mod tests;
