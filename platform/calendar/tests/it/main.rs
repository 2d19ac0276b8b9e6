//! Terms and clocks against the figures of the reforms' proofs, and laws that hold for all dates.

mod laws;
mod proofs;
mod years;

use calendar::Term;
use codes::{Date, Moment};

#[expect(clippy::unwrap_used, reason = "a fixture that does not parse fails the test")]
fn d(text: &str) -> Date {
    text.parse().unwrap()
}

/// A wall-clock time in China Standard Time.
#[expect(clippy::unwrap_used, reason = "a fixture that does not parse fails the test")]
fn at(text: &str) -> Moment {
    Moment::from_wall(text.parse().unwrap())
}

#[expect(clippy::unwrap_used, reason = "a fixture that does not parse fails the test")]
fn term(text: &str) -> Term {
    text.parse().unwrap()
}
