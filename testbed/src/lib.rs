//! A whole platform in memory.
