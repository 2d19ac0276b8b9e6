//! The journal on SQLite.
