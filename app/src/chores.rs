//! Chores (例行工作): what a server does by the clock beside the engine, and how each of them went. `/operation` shows it.

use codes::{Label, Moment};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a chore went the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// What it is called.
    pub(crate) name: Label,
    /// When it was done last.
    pub(crate) at: Moment,
    /// What came of it, in a few words.
    pub(crate) says: Label,
    /// What a person should look at: one line each.
    pub(crate) faults: Vec<Label>,
    /// Whether something stands still until somebody acts.
    pub(crate) is_grave: bool,
}

/// What chores told last, by their keys; every clone is the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chores(Arc<Mutex<BTreeMap<&'static str, Told>>>);

impl Chores {
    /// Notes how a chore went.
    pub(crate) fn tell(&self, key: &'static str, told: Told) {
        self.held().insert(key, told);
    }

    /// How each went the last time.
    pub(crate) fn all(&self) -> Vec<Told> {
        self.held().values().cloned().collect()
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<&'static str, Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
