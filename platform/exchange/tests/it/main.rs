//! The exchange on a whole platform, with a peer at the other end of real connections.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may end the test"
)]

mod access;
mod bed;
mod coming;
mod going;
mod goldens;
mod pages;
mod spreading;
