//! The journal on PostgreSQL.
