//! Guarantees on a whole platform: ledger, uses, debts, risk, guarantors' line, papers, pages.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may end the test"
)]

mod bank;
mod bed;
mod day;
mod documents;
mod goldens;
mod lines;
mod pages;
mod uses;
