//! Outside systems as real servers over their real protocols, for tests and the demo (替身).
//!
//! **Invariant:** a stand-in knows no domain: it speaks its protocol, and refuses what the protocol refuses.
//! **Invariant:** it misbehaves only as its switches say.
//!
//! It is never part of a production path. Start with the server you need.

pub mod address;
pub mod cashier;
pub mod credit;
pub mod faces;
pub mod oidc;
pub mod organ;
pub mod peer;
pub mod smpp;
pub mod sms;
pub mod smtp;
mod switches;
pub mod tsa;

pub use switches::{Fault, Switches};
