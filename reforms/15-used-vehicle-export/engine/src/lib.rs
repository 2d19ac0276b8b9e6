//! Pure computation of used vehicle exports (二手车出口): identity, bars, batches, odometers, deadlines, credit points.
//!
//! **Invariant:** no figure of law stands here: limits, terms and points come in as rows in force on their day, each with its
//! source.
//! **Invariant:** every check names all that is wrong, in a fixed order, so that one list goes to the exporter.
//! **Invariant:** a vehicle number is judged by `codes::Vin`, never by a pattern of its own.
//!
//! It holds no register and no history: what a vehicle office, a court or an inspection body says is handed in.
//!
//! Start with [`identity`], then [`bars`], [`check_bundle`] and [`release`]; the number and validity of the licence are those of
//! `export-licence`, which reform 14 uses as well.

mod bundle;
mod compare;
mod credit;
mod deadlines;
mod identity;
mod nearly_new;
mod odometer;
mod scrap;

pub use bundle::{BundleError, Item, Release, check_bundle, release};
pub use compare::{Diff, VehicleFacts, compare};
pub use credit::{Offence, PointRow, Score, ScoreRules, score};
pub use deadlines::{
    Deregistration, DeregistrationRow, Early, EarlyRow, Plate, PlateRow, deregistration, early,
    plate,
};
pub use identity::{IdentityFinding, YearRow, identity};
pub use nearly_new::{
    ConfirmFault, Confirmation, Confirmed, NearlyNewRow, Outlet, confirm_faults, needs_confirm,
};
pub use odometer::{OdoFlag, OdoRow, odometer};
pub use scrap::{Bar, Restriction, RestrictionKind, ScrapGap, ScrapRow, ScrapTable, Vehicle, bars};
