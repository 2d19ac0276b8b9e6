//! Credit repair on a whole platform: register, announcement, letters, certificate, recipients, pages.

#![expect(clippy::expect_used, reason = "helpers of tests may end the test")]

mod bed;
mod documents;
mod goldens;
mod pages;
mod stories;
