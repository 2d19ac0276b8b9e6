//! Bills on a whole platform in memory, with a payment gateway over HTTP.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::panic_in_result_fn,
    clippy::indexing_slicing,
    reason = "helpers of tests may end the test"
)]

mod bed;
mod book_goldens;
mod books;
mod differential;
mod goldens;
mod paying;
mod slices;
mod tables;
