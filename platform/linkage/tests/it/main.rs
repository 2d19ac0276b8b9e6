//! Capabilities tied together on a whole platform, with partners over loopback and the gate of production.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper of a test may end the test"
)]

mod bed;
mod papers;
mod partners;
mod people;
mod spread;
