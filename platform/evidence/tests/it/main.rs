//! The log of a whole platform, from its commands to what outsiders check.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests may end the test"
)]

mod answers;
mod bed;
mod disk;
mod packages;
mod postgres;
mod routes;
mod second;
mod stamps;
mod story;
mod taking;
mod witness;
