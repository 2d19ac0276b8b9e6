//! What every export licence (出口许可证) has in common, whatever is exported: its number and its validity.
//!
//! **Invariant:** one serial an organ and year, for all reforms that issue export licences together.
//! **Invariant:** a licence never outlives the year of its validity, unless the row of the law says so; both ends are inclusive.
//! **Invariant:** terms come in as rows and are computed by `calendar` alone.
//!
//! It does not know who may have a licence, for what, or how much of it is used: reforms decide that, `ledger` counts.
//!
//! Start with [`ValidityRow::of`]; [`ExportLicenceNo`] is the number.

mod number;
mod validity;

pub use number::{ExportLicenceNo, NotAnExportLicenceNo, OrganCode};
pub use validity::{NextYear, Validity, ValidityError, ValidityRow};
