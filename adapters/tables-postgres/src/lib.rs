//! Read models on PostgreSQL.
