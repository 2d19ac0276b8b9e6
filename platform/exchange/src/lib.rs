//! Signed messages between nodes and partners.
