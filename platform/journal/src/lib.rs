//! The append-only journal (日志): everything that happened, once and for all.
//!
//! **Invariant:** positions of a shard run from 1 without a gap; [`Head::digest`] covers every batch before it.
//! **Invariant:** [`Journal::append`] is atomic, and durable before it answers; a wrong `after` is refused.
//! **Invariant:** nothing is ever changed or removed.
//!
//! It knows no aggregate. Start with [`Journal`], then [`Batch`]; every driver runs [`conformance`].

mod batch;
pub mod conformance;
mod error;
pub mod faulty;
mod leases;
pub mod memory;
mod store;
pub mod verify;

pub use batch::{Answer, Batch, Head, chain, digest_of, fold, mark, taken};
pub use error::{AppendError, ReadError};
pub use leases::{Leases, Listener, Notice};
pub use store::Journal;
