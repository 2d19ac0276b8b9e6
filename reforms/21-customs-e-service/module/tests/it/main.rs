//! Customs penalty cases: the aggregate alone, and on a whole platform in memory.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may end the test"
)]

mod case;
mod law;
mod steps;
