//! Identifiers with check digits, bilingual labels, dates and instants.
//!
//! **Invariant:** a value that stands in one of these types has passed its check; parsing is the only door.
//! **Invariant:** nothing here knows a case, a licence or a party: these are the words of standards, not of the domain.
//! **Invariant:** a failed check tells the check character that was expected ([`IdentifierError::CheckDigit`]).
//!
//! It does not know whether a number was ever issued, nor today's date: a birth in the future is for the caller.
//!
//! Parsing is strict; forms fold what people type with [`fold_identifier`] first ([`CaseNo`] and [`Mobile`] fold by
//! themselves). Start with [`Label`] for texts in two languages, [`Moment`] and [`Date`] for time, [`Code`] for error codes.

mod case_no;
pub mod check;
mod code;
mod country;
mod division;
mod error;
mod hs_code;
mod id_document;
mod industry;
mod label;
mod mobile;
mod numbers;
mod resident_id;
mod text;
mod time;
mod unit_no;
mod uscc;
mod vin;

pub use case_no::CaseNo;
pub use code::{Code, Coded, Reason, Told};
pub use country::Country;
pub use division::{Division, DivisionLevel};
pub use error::{Element, IdentifierError, Why};
pub use hs_code::HsCode;
pub use id_document::{IdNumber, IdType};
pub use industry::{Industry, IndustryLevel};
pub use label::{Label, Lang};
pub use mobile::Mobile;
pub use numbers::{FoodFormat, FoodLicenceNo, FoodPaper, SealCode};
pub use resident_id::{ResidentId, Sex};
pub use text::fold_identifier;
pub use time::{Date, Moment, WallTime};
pub use unit_no::UnitNo;
pub use uscc::Uscc;
pub use vin::{Slip, Vin, VinCheck, VinError, VinSuggestion};
