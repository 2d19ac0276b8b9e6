//! The runtime of the platform: decides commands, keeps journal and tables, fires timers, carries letters.
//!
//! **Invariant:** one writer a shard; whoever is wrong about it is fenced by the journal.
//! **Invariant:** a command is answered when its events are durable and its rows can be read, never before.
//! **Invariant:** the same command id happens once; ids of what follows from an event or an errand follow from theirs.
//! **Invariant:** commands of one group, and what policies answer within the shard, are one batch.
//! **Invariant:** memory is bounded by name ([`limits`]); the start does not replay the journal.
//! **Invariant:** tables are what the journal says: rebuilt, they equal the live ones row by row.
//!
//! ```text
//!  Engine ──► Driver (one task a shard, all I/O) ──► Core (no I/O) ──► Writer, Timers, Outbox
//!                                                      ▲
//!  sim ────────────────────────────────────────────────┘ the very same machines, under a seed
//! ```
//!
//! It knows no capability: those are registered in `module`. Nobody but `app` and `testbed` imports it. Start with
//! [`Engine`], then [`writer`].

mod book;
mod catchup;

mod courier;
mod error;
mod kinds;
pub mod lease;
pub mod letter;
pub mod limits;
pub mod machine;
pub mod outbox;
mod replay;
mod routes;
mod runtime;
mod shard;
pub mod sim;
pub mod timers;
pub mod writer;

pub use book::Pending;
pub use catchup::Rebuilding;
pub use courier::{Courier, NoCourier, Order, Ownership, SoleOwner, Takes};
pub use error::StartError;
pub use machine::Machine;
pub use runtime::{
    CauseRow, Config, DeadLetterRow, Engine, LaneRow, OutboxRow, Pace, ShardHealth, Standing,
    Stores, TimerRow,
};
pub use shard::{Core, CoreInput, CoreOutput, Sizes};
