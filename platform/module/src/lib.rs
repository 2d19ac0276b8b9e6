//! The socket that every capability and every reform plugs into.
//!
//! **Invariant:** no command is taken without a [`Clearance`], and only asking a [`Gate`] makes one.
//! **Invariant:** what runs is what was registered, in one list that is read at start; there are no link-time registries.
//! **Invariant:** a module sees others only through [`Platform`]: commands, tables, files, the clock.
//!
//! It runs nothing: `engine` does, and `app` or `testbed` hands it in. Start with [`Module`] and [`Registry`].

mod erased;
mod exhibit;
mod follower;
mod gate;
mod platform;
mod refusal;
mod registry;
mod retains;
mod stage;
mod stamps;

pub use erased::{ErasedErrand, ErasedKind, ErasedState, Executed};
pub use exhibit::{Exhibit, ExhibitOpening, ExhibitPaper, Exhibits};
pub use follower::{Concern, Concerns, Follower, NoFollower};
pub use gate::{Clearance, Denied, Gate, Resource, Subject, clear};
pub use platform::{
    Clock, Commands, History, Platform, Receipt, Rejection, SubmitError, SystemClock, Who,
};
pub use refusal::Refusal;
pub use registry::{Call, Called, Module, Panel, PanelRequest, Registry};
pub use retains::Retains;
pub use stage::{Stage, StageError};
pub use stamps::{Stamped, TimeStamps, Unstamped};
