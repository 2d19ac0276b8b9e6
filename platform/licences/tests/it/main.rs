//! Licences on a whole platform in memory.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may end the test"
)]

mod access;
mod bed;
mod fonts;
mod foreign;
mod goldens;
mod licence;
mod public;
mod share;
