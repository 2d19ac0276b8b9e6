//! The catalogue on the real tables and on reform 28.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may end the test")]

mod data;
mod organs;
mod pages;
mod programme;
mod scope;
mod selection;
