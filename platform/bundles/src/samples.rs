//! Samples (样例): cases told in YAML, played on a whole platform, and what must come of them.
//!
//! ```text
//!  samples/*.yaml ──► read ──► Sample ─┬─ given, when, then: played on a stage (`Set`), judged by events and state
//!                                      │    given with answers: a case; given with a place alone: a story of any aggregate
//!                                      ├─ merge, then: the counts of a merged form
//!                                      ├─ check, then: the faults of a folder that is changed on purpose
//!                                      └─ call, table: a pure function, of the platform or of a module, and its figures
//! ```
//! A refusal (`fails`) is part of the story: it must come at its step, for its reason, and change nothing. No dead letter
//! may be left in the outbox. Shapes are in [`read`](Sample); what can be called stands in `calls.rs`, or was brought by a
//! module ([`module::Registry::call`]).

mod calls;
mod folder;
mod given;
mod judge;
mod matching;
mod play;
mod read;
mod state;
mod story;

pub use play::{Outcome, play};
pub use read::{Fails, Kind, Sample, Script, Step, read};

use catalogue::SampleCount;
use kernel::{Json, Moment, Waiting};
use module::{Called, Stage};
use std::collections::BTreeMap;

/// Sets up a platform for one sample after another (剧场): a fresh one each, so that none sees what another did.
pub trait Theatre: Send + Sync {
    /// A fresh platform whose clock shows an instant; every organ that samples name is a partner, and `publicity`.
    fn open(&self, at: Moment) -> Waiting<'_, Result<Box<dyn Set>, String>>;
}

/// A platform as a sample plays on it.
pub trait Set: Send + Sync {
    /// The platform.
    fn stage(&self) -> &dyn Stage;
    /// Seals a content under a key of the vault and answers with the blob's id: cards never lie open (个人信息保护法).
    fn seal<'a>(&'a self, key: &'a str, content: &'a [u8]) -> Waiting<'a, Result<String, String>>;
    /// Calls a pure function that a module brought; none if no module brought one of that name.
    fn call(&self, name: &str, with: &Json) -> Option<Called>;
    /// A holiday notice arrived: the calendar in force has it from now on.
    ///
    /// # Errors
    /// The notice contradicts itself.
    fn proclaim(&self, notice: calendar::Notice) -> Result<(), String>;
}

/// What playing came to, by reform, as `lianban reforms --json` tells it.
#[must_use]
pub fn count(outcomes: &BTreeMap<u8, Vec<Outcome>>) -> BTreeMap<u8, SampleCount> {
    outcomes
        .iter()
        .map(|(number, outcomes)| {
            let passed = outcomes.iter().filter(|outcome| outcome.passed());
            let count = SampleCount {
                passed: passed.clone().count(),
                total: outcomes.len(),
                clauses: passed.flat_map(|outcome| outcome.shows.iter().cloned()).collect(),
            };
            (*number, count)
        })
        .collect()
}
