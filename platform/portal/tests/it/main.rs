//! The page kit through real requests.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a helper of a test may end the test"
)]

mod failures;
mod merged;
mod pages;
mod parts;
