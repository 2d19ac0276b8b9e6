//! Working days and legal terms.
