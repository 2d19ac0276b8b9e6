//! The forms of reforms 28 and 01, merged, filled in and projected.

mod conflicts;
mod counts;
mod data;
mod entry;
mod payloads;
