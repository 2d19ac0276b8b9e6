//! Signed outcomes.
