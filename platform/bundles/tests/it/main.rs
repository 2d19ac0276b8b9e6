//! Folders read, checked and broken on purpose.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test may end the test"
)]

mod builtin_folders;
mod data;
mod faults;
mod kept;
mod overlay;
mod samples;
