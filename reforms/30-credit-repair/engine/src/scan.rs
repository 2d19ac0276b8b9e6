//! The daily run (每日扫描): what changes by itself on a day, by looking at everything or only at what is due.

use crate::eligible::outlook;
use crate::entry::{Entry, EntryId, OwnerId};
use crate::law::Law;
use codes::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What changes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Its term is over: from this day it stands no more.
    Ends,
    /// From this day repair may be asked for.
    Eligible,
}

/// A change that falls on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Change {
    /// Whose.
    pub owner: OwnerId,
    /// Which entry.
    pub entry: EntryId,
    /// What.
    pub what: What,
}

/// The changes that lie ahead of one entity's entries.
fn ahead<'a>(entries: &'a [Entry], law: &'a Law) -> impl Iterator<Item = (Date, Change)> + 'a {
    entries.iter().flat_map(move |entry| {
        let outlook = outlook(entry, entries, law);
        let change = |what| Change { owner: entry.owner, entry: entry.id, what };
        let ends = outlook.ends.map(|end| (end.on, change(What::Ends)));
        let eligible = outlook.route.map(|route| (route.accrued.on, change(What::Eligible)));
        ends.into_iter().chain(eligible)
    })
}

/// All changes of a day, by looking at every entry; those of one entity stand together. Sorted.
#[must_use]
pub fn scan<'a>(
    entries: impl IntoIterator<Item = &'a [Entry]>,
    law: &Law,
    day: Date,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for of_one in entries {
        changes.extend(ahead(of_one, law).filter(|(on, _)| *on == day).map(|(_, change)| change));
    }
    changes.sort_unstable();
    changes
}

/// Entries by the day on which something of theirs changes by itself: the daily run looks at those alone.
#[derive(Clone, Debug, Default)]
pub struct DueIndex {
    law: Arc<Law>,
    owners: BTreeMap<OwnerId, Vec<Entry>>,
    days: BTreeMap<Date, Vec<OwnerId>>,
}

impl DueIndex {
    /// An empty index under a law.
    #[must_use]
    pub fn new(law: Arc<Law>) -> Self {
        Self { law, owners: BTreeMap::new(), days: BTreeMap::new() }
    }

    /// Puts an entity's entries in the place of those it had.
    pub fn put(&mut self, owner: OwnerId, entries: Vec<Entry>) {
        self.drop_days(owner);
        let mut days: Vec<Date> = ahead(&entries, &self.law).map(|(on, _)| on).collect();
        days.sort_unstable();
        days.dedup();
        for day in days {
            self.days.entry(day).or_default().push(owner);
        }
        if entries.is_empty() {
            self.owners.remove(&owner);
        } else {
            self.owners.insert(owner, entries);
        }
    }

    fn drop_days(&mut self, owner: OwnerId) {
        let Some(entries) = self.owners.get(&owner) else { return };
        for (day, _) in ahead(entries, &self.law) {
            if let Some(owners) = self.days.get_mut(&day) {
                owners.retain(|one| *one != owner);
                if owners.is_empty() {
                    self.days.remove(&day);
                }
            }
        }
    }

    /// All changes of a day, by looking at those entities alone of which something is due. Sorted.
    #[must_use]
    pub fn due(&self, day: Date) -> Vec<Change> {
        let due = self.days.get(&day).into_iter().flatten();
        scan(due.filter_map(|owner| self.owners.get(owner).map(Vec::as_slice)), &self.law, day)
    }

    /// All changes of a day, by looking at everything: what [`DueIndex::due`] must equal.
    #[must_use]
    pub fn recomputed(&self, day: Date) -> Vec<Change> {
        scan(self.owners.values().map(Vec::as_slice), &self.law, day)
    }

    /// The next day after this one on which something is due.
    #[must_use]
    pub fn next_after(&self, day: Date) -> Option<Date> {
        self.days
            .range((std::ops::Bound::Excluded(day), std::ops::Bound::Unbounded))
            .next()
            .map(|(on, _)| *on)
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.owners.values().map(Vec::len).sum()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }
}
