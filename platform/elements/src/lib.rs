//! Data elements and their values.
