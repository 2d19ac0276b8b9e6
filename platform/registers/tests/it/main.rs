//! Registers on a whole platform in memory: rows, pages, looks, extracts, rights.

#![expect(clippy::expect_used, reason = "helpers of tests may end the test")]

mod access;
mod bed;
mod goldens;
mod looks;
mod rows;
