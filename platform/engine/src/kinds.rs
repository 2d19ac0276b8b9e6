//! The kinds of aggregates that run here, and the states of them that are kept in memory.

use crate::letter::Post;
use crate::machine::{StreamId, TimerChange, TimerKey};
use kernel::{Body, Deadline, Moment, Recorded};
use module::{ErasedKind, ErasedState, Registry};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every kind of aggregate by its name, the engine's own among them.
pub(crate) struct Kinds(BTreeMap<Arc<str>, Arc<dyn ErasedKind>>);

impl std::fmt::Debug for Kinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Kinds {
    /// The kinds of a registry and the engine's own.
    pub(crate) fn of(registry: &Registry) -> Self {
        let mut own = Registry::default();
        own.aggregate::<Post>(Arc::new(()));
        let all = registry.aggregates.iter().chain(&own.aggregates);
        Self(all.map(|kind| (Arc::from(kind.kind()), Arc::clone(kind))).collect())
    }

    /// The stream of an aggregate, or nothing if its kind does not run here.
    pub(crate) fn stream(&self, kind: &str, key: &str) -> Option<StreamId> {
        let (kind, _) = self.0.get_key_value(kind)?;
        Some(StreamId { kind: Arc::clone(kind), key: Arc::from(key) })
    }

    /// An aggregate before its first event.
    pub(crate) fn empty(&self, kind: &str) -> Option<Held> {
        let state = self.0.get(kind)?.empty();
        Some(Held { state, version: 0, timers: Vec::new(), used: 0 })
    }
}

/// An aggregate in memory.
pub(crate) struct Held {
    /// Its state.
    pub(crate) state: Box<dyn ErasedState>,
    /// How many events are folded into it.
    pub(crate) version: u64,
    /// The timers that it asks for, sorted.
    timers: Vec<(Arc<str>, Moment)>,
    used: u64,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Held {
    /// Folds an event that follows on the state; one that is folded already is passed over.
    pub(crate) fn fold(&mut self, event: &Recorded) -> Result<(), String> {
        if event.version <= self.version {
            return Ok(());
        }
        if event.version != self.version + 1 {
            return Err(format!(
                "event {} has version {}, not {}",
                event.id(),
                event.version,
                self.version + 1
            ));
        }
        self.state
            .evolve(&event.body)
            .map_err(|e| format!("event {} cannot be read: {e}", event.id()))?;
        self.version = event.version;
        Ok(())
    }

    /// Takes the state's timers as they are, without a change.
    pub(crate) fn note_timers(&mut self) -> Result<(), serde_json::Error> {
        self.timers = self.state.deadlines(&|_name, _at| false)?.into_iter().map(named).collect();
        self.timers.sort();
        Ok(())
    }

    /// The timers that the state began and ceased to ask for since the last time.
    pub(crate) fn change_timers(
        &mut self,
        stream: &StreamId,
        changes: &mut Vec<TimerChange>,
    ) -> Result<(), serde_json::Error> {
        let known = |name: &str, at| {
            self.timers.binary_search_by(|(known, of)| (&**known, *of).cmp(&(name, at))).is_ok()
        };
        // Commands are written as JSON for those alone that are new.
        let asked = self.state.deadlines(&|name, at| !known(name, at))?;
        let key = |name: Arc<str>, at: Moment| TimerKey { at, stream: stream.clone(), name };
        let mut after = Vec::with_capacity(asked.len());
        let mut begun = Vec::new();
        for mut deadline in asked {
            let command = deadline.command.take();
            let (name, at) = named(deadline);
            if command.is_some() {
                begun.push(TimerChange { timer: key(Arc::clone(&name), at), command });
            }
            after.push((name, at));
        }
        after.sort();
        let ceased = self.timers.iter().filter(|timer| after.binary_search(timer).is_err());
        changes.extend(
            ceased
                .map(|(name, at)| TimerChange { timer: key(Arc::clone(name), *at), command: None }),
        );
        changes.extend(begun);
        self.timers = after;
        Ok(())
    }
}

fn named(deadline: Deadline<Option<Body>>) -> (Arc<str>, Moment) {
    (deadline.name.into(), deadline.at)
}

/// Aggregates in memory, the least recently used given up first.
#[derive(Debug)]
pub(crate) struct Cache {
    held: BTreeMap<StreamId, Held>,
    by_use: BTreeMap<u64, StreamId>,
    uses: u64,
    limit: usize,
}

impl Cache {
    /// An empty cache.
    pub(crate) fn new(limit: usize) -> Self {
        Self { held: BTreeMap::new(), by_use: BTreeMap::new(), uses: 0, limit }
    }

    /// Whether an aggregate is in memory.
    pub(crate) fn holds(&self, stream: &StreamId) -> bool {
        self.held.contains_key(stream)
    }

    /// How many are in memory.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// An aggregate, marked as used.
    pub(crate) fn get(&mut self, stream: &StreamId) -> Option<&mut Held> {
        let held = self.held.get_mut(stream)?;
        self.uses += 1;
        let known = self.by_use.remove(&held.used);
        held.used = self.uses;
        self.by_use.insert(held.used, known.unwrap_or_else(|| stream.clone()));
        Some(held)
    }

    /// Takes an aggregate in.
    pub(crate) fn insert(&mut self, stream: StreamId, mut held: Held) {
        self.remove(&stream);
        self.uses += 1;
        held.used = self.uses;
        self.by_use.insert(held.used, stream.clone());
        self.held.insert(stream, held);
    }

    /// Gives an aggregate up.
    pub(crate) fn remove(&mut self, stream: &StreamId) -> Option<Held> {
        let held = self.held.remove(stream)?;
        self.by_use.remove(&held.used);
        Some(held)
    }

    /// Gives up the least recently used beyond the limit, but none that must stay.
    pub(crate) fn trim(&mut self, must_stay: impl Fn(&StreamId) -> bool) {
        let over = self.held.len().saturating_sub(self.limit);
        if over == 0 {
            return;
        }
        let old: Vec<_> =
            self.by_use.values().filter(|stream| !must_stay(stream)).take(over).cloned().collect();
        for stream in old {
            self.remove(&stream);
        }
    }
}
