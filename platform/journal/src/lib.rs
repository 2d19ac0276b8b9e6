//! The append-only journal: trait, conformance suite, memory store.
