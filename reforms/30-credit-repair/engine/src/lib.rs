//! Credit repair (信用修复), computed: who may apply from which day, what ends by itself, which restrictions stand.
//!
//! **Invariant:** the law is an argument. [`Law`] is rows with dates and places; nothing here knows an article.
//! **Invariant:** a standing period (满3年) is complete at 24:00 of its last day, the right begins the day after, and no
//! holiday moves it; only the last day of an announcement rolls (民法典 201 to 203).
//! **Invariant:** what accrued under an older version is kept, and what accrued under none yet is judged by the present one.
//! **Invariant:** the index of due days gives, day by day, what looking at every entry gives.
//!
//! It reads no table, no clock and no register: whoever calls brings rows, days and facts. It does not decide: an authority
//! does, on the conditions that are listed here one by one.
//!
//! Start with [`Entry`] and [`Version`], then [`first_eligible`], [`outlook`] and [`scan`].

mod eligible;
mod entry;
mod law;
mod measures;
mod period;
mod scan;

pub use eligible::{Accrued, Cond, Eligibility, Outlook, Route, Standing, first_eligible, outlook};
pub use entry::{
    Cause, CauseFault, End, Entry, EntryId, Fact, Grade, ListKind, OwnerId, Penalty, PenaltyKind,
    Revocation,
};
pub use law::{Application, Automatic, Kind, Law, Need, PenaltyClass, Track, Version};
pub use measures::{Measure, RestrictionMap, measures};
pub use period::{Outage, Period, Unit, announcement_end, period_end};
pub use scan::{Change, DueIndex, What, scan};

#[cfg(test)]
mod tests;
