//! Cases as a whole: the law of joint handling, officers at work.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test may end the test"
)]

mod applicant;
mod applied;
mod clocks;
mod earlier;
mod fixture;
mod following;
mod goldens;
mod house;
mod naming;
mod officer;
