//! Credit repair on a whole platform: register, announcement, letters, certificate, recipients, pages.

#![expect(clippy::expect_used, reason = "helpers of tests may end the test")]

mod access;
mod bed;
mod documents;
mod goldens;
mod mirrors;
mod pages;
mod proofs;
mod stories;
