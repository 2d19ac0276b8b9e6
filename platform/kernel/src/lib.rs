//! What an aggregate is, without the runtime: decide, evolve, policies, errands.
//!
//! **Invariant:** nothing here does I/O, reads a clock or draws a random number; time, ids and facts enter as arguments.
//! **Invariant:** state is nothing but events folded; [`Aggregate::evolve`] is total and looks at nothing but the event.
//! **Invariant:** an id of something asked for follows from what asked for it, so that a retry does nothing twice.
//!
//! It does not run anything: `engine` does. Start with [`Aggregate`], then [`Recorded`], then [`Policy`].

mod aggregate;
mod command;
mod event;
mod ids;
mod reaction;
pub mod spec;

pub use aggregate::{Aggregate, Context, Deadline};
pub use codes::{Code, Coded, Date, Label, Lang, Moment, Reason};
pub use command::{Addressed, Atomic};
pub use event::{Body, Origin, Recorded, Unreadable};
pub use ids::{Actor, CommandId, ErrandId, EventId, OrganKey, PartyKey, Shard, derive_id};
pub use reaction::{Address, Errand, ErrandError, Policy, Reaction};

use std::future::Future;
use std::pin::Pin;

/// JSON of any shape, where a type would tie floors together.
pub type Json = serde_json::Value;

/// A future behind a trait object.
pub type Waiting<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
