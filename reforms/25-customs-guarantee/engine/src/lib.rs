//! One guarantee for many uses (一保多用), computed: which text serves, when tax is due, what is late, how great the risk is.
//!
//! **Invariant:** the law is an argument. Which matters a text may cover, terms, rates and thresholds come in as rows of the
//! day that counts; nothing here knows an article.
//! **Invariant:** a refusal is chosen in one order: state, freeze, matter, place, term, sum; so that the same request gets the
//! same answer whoever asks.
//! **Invariant:** sums are whole fen, ratios are compared by cross-multiplication; there is no float.
//!
//! It keeps no quota: what is held, used and claimed of a text lies in the ledger, and enters here as [`Balance`]. It reads no
//! clock and no table.
//!
//! Start with [`Text`] and [`Text::admits`], then [`pick()`], [`Row::due_date`], [`late_fee`] and [`risk()`].

mod balance;
mod due;
mod matter;
mod peaks;
mod pick;
mod refusal;
mod risk;
mod text;

pub use balance::{Balance, Entry, Move};
pub use due::{Overdue, claim_until, late_fee, overdue};
pub use matter::{Basis, DueRule, Matter, MatterClass, Matters, Row, Settlement, Tax};
pub use peaks::{Peaks, peaks};
pub use pick::{Offer, Passed, pick};
pub use refusal::Refusal;
pub use risk::{Level, RiskReason, Series, Thresholds, risk};
pub use text::{ALL, Asked, Change, Kind, Scope, State, Text};

#[cfg(test)]
mod proof;
