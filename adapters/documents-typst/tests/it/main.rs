//! The typst driver on real templates: all of reform 28, and what makes a document trustworthy.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests may end the test, and say what was left out"
)]

mod fonts;
mod pdf;
mod reform28;
mod typst;
