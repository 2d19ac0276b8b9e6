//! Pure computation of customs penalty cases (海关处罚案件): terms, late fines, what is heavier, numbers.
//!
//! **Invariant:** no figure of law stands here: every term, rate and limit comes in as a row of the law in
//! force on the day of the cause, with its source.
//! **Invariant:** the same rows, days and calendar give the same answer; nothing here reads a clock.
//! **Invariant:** a due day ends at 24:00 in Beijing and is computed by `calendar` alone.
//!
//! It does not know aggregates, notices or parties, and it does not find out when a document was served: `delivery` does.
//!
//! Start with [`Clocks`], then [`late_fine`], which reform 06 uses as well, then [`Sanction::heavier_than`].

mod clock;
mod number;
mod sanction;
mod spot;
mod surcharge;

pub use clock::{ClockError, Clocks, Kind, Row, Run};
pub use number::{CustomsCaseNo, NotACaseNo, package_no};
pub use sanction::{Part, Sanction};
pub use spot::{PartyKind, SpotLimit, SpotLimits};
pub use surcharge::{LateFine, Rate, Standing, late_fine};
