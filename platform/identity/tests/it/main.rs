//! Identity on a whole platform in memory, through real requests.
#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure told")]

mod browser;
mod federated;
mod goldens;
mod mandates;
mod protection;
mod signing_in;
