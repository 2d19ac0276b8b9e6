//! The log of a whole platform, from its commands to what outsiders check.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may end the test"
)]

mod answers;
mod bed;
mod disk;
mod packages;
mod routes;
mod second;
mod stamps;
mod story;
mod taking;
mod witness;
