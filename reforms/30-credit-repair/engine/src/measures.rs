//! Restrictions (联合惩戒措施): which stand because some live entry supports them (R5, R7).

use crate::entry::{Entry, EntryId, ListKind};
use crate::period::{Period, day_after};
use codes::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A restriction, such as `procurement` (政府采购).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Measure(pub String);

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which entry supports which restrictions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestrictionMap {
    /// By list.
    pub lists: BTreeMap<ListKind, BTreeSet<Measure>>,
    /// What binds the representative after a revocation, and for how long (公司法).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<(Measure, Period)>,
}

impl RestrictionMap {
    /// What one entry supports on a day; nothing once it is over.
    pub fn of<'a>(&'a self, entry: &'a Entry, day: Date) -> impl Iterator<Item = &'a Measure> {
        let listed = self.lists.get(&entry.list).filter(|_| entry.is_live(day));
        let bound = self.revocation.as_ref().filter(|(_, period)| {
            entry.revocation.is_some_and(|revocation| {
                revocation.personal
                    && entry.set_aside_on().is_none()
                    && revocation.on <= day
                    && day < day_after(revocation.on, *period)
            })
        });
        listed.into_iter().flatten().chain(bound.map(|(measure, _)| measure))
    }

    /// Which entries support each restriction that stands on a day.
    #[must_use]
    pub fn support(&self, entries: &[Entry], day: Date) -> BTreeMap<Measure, BTreeSet<EntryId>> {
        let mut support: BTreeMap<Measure, BTreeSet<EntryId>> = BTreeMap::new();
        for entry in entries {
            for measure in self.of(entry, day) {
                support.entry(measure.clone()).or_default().insert(entry.id);
            }
        }
        support
    }
}

/// The restrictions that stand on a day: each ends when no live entry supports it.
#[must_use]
pub fn measures(entries: &[Entry], map: &RestrictionMap, day: Date) -> BTreeSet<Measure> {
    map.support(entries, day).into_keys().collect()
}
