//! What the module does on a whole platform, with the ledger and the folder's tables.
#![expect(clippy::expect_used, clippy::panic, reason = "in tests a panic is the report")]

mod bed;
mod figures;
mod goldens;
mod leases;
mod rows;
mod uses;
