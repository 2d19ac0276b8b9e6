//! Registers: records, restrictions, claims.
