//! Read-model tables, rows, projections and queries.
