//! Real-estate registration on a whole platform in memory: book, bills, certificates, scans, inquiries.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may end the test"
)]

mod access;
mod announcing;
mod bed;
mod faces;
mod goldens;
mod looking;
mod papers;
mod partners;
mod printing;
mod registering;
mod scanning;
