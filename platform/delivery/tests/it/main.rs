//! Delivery from outside: the aggregates by their events, the whole module on a platform in memory.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may end the test"
)]

mod access;
mod announcement;
mod bed;
mod board;
mod capture;
mod confirmation;
mod goldens;
mod ladder;
mod notice;
mod pages;
mod service;
