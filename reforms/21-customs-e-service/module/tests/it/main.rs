//! Customs penalty cases: the aggregate alone, and on a whole platform in memory.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may end the test"
)]

mod access;
mod bed;
mod case;
mod documents;
mod goldens;
mod law;
mod messages;
mod notary;
mod posting;
mod steps;
mod whole;
