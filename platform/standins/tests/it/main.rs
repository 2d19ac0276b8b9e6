//! The stand-ins from outside, over real connections.

#![expect(clippy::expect_used, reason = "helpers of tests may end the test")]

mod address;
mod smtp;
