//! Licences on a whole platform in memory.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may end the test"
)]

mod access;
mod bed;
mod goldens;
mod licence;
mod public;
