//! Working days and legal terms: the only place where a deadline is computed.
//!
//! **Invariant:** the same term, cause and calendar give the same due day; nothing here reads a clock or a file at run time.
//! **Invariant:** a calendar never changes; a new holiday notice makes a new calendar.
//! **Invariant:** a due day that rests on a day no notice settles says so (`provisional`).
//!
//! It does not know cases or services: who may stop a clock, and on what ground, is decided elsewhere.
//!
//! Start with [`Term`] (what a rule row says; its notation is in [`notation`]), [`due`], and [`Clock`] for
//! terms that are stopped or extended. The notices are data in `data/`, read by [`Calendar::embedded`].

mod calendar;
mod clock;
mod day;
mod due;
mod error;
mod festivals;
pub mod notation;
mod notice;
mod term;

pub use calendar::{Calendar, Day};
pub use clock::{Clock, DayMark, DayReason, Span, Tally};
pub use day::DayKind;
pub use due::{Cause, Due, Frame, OfficeHours, due, due_in, occurrences, window};
pub use error::{CalendarError, Need};
pub use notice::{Holiday, Notice};
pub use term::{End, MonthDay, Term};
