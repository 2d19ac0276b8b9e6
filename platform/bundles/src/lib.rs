//! Reads, checks and packs reform folders.
