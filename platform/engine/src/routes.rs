//! Who hears which events: `kind.Variant` or `kind.*`.

use kernel::{Policy, Recorded};
use std::collections::BTreeMap;
use std::sync::Arc;
use tables::Projection;

/// Finds who listens to an event, in the order of registration.
pub(crate) struct Routes<T: ?Sized> {
    listeners: Vec<Arc<T>>,
    by_kind: BTreeMap<&'static str, Vec<(Option<&'static str>, usize)>>,
}

impl<T: ?Sized> Routes<T> {
    fn build(listeners: Vec<Arc<T>>, listens: impl Fn(&T) -> &'static [&'static str]) -> Self {
        let mut by_kind: BTreeMap<&'static str, Vec<(Option<&'static str>, usize)>> =
            BTreeMap::new();
        for (at, listener) in listeners.iter().enumerate() {
            for pattern in listens(listener) {
                let (kind, variant) = pattern.rsplit_once('.').unwrap_or((pattern, "*"));
                by_kind.entry(kind).or_default().push(((variant != "*").then_some(variant), at));
            }
        }
        Self { listeners, by_kind }
    }

    /// Whoever listens to an event, each once.
    pub(crate) fn of<'r>(&'r self, event: &'r Recorded) -> impl Iterator<Item = &'r Arc<T>> {
        // Patterns of one listener stand next to each other, so that two that fit are seen as one.
        let mut last = None;
        self.by_kind
            .get(&*event.kind)
            .into_iter()
            .flatten()
            .filter(|(variant, _)| variant.is_none_or(|variant| variant == event.name()))
            .filter(move |(_, at)| last.replace(*at) != Some(*at))
            .filter_map(|(_, at)| self.listeners.get(*at))
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Arc<T>] {
        &self.listeners
    }
}

impl Routes<dyn Policy> {
    /// Routes of policies.
    pub(crate) fn of_policies(policies: Vec<Arc<dyn Policy>>) -> Self {
        Self::build(policies, Policy::listens)
    }
}

impl Routes<dyn Projection> {
    /// Routes of projections.
    pub(crate) fn of_projections(projections: Vec<Arc<dyn Projection>>) -> Self {
        Self::build(projections, Projection::listens)
    }
}

impl<T: ?Sized> std::fmt::Debug for Routes<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Routes").field("kinds", &self.by_kind).finish_non_exhaustive()
    }
}
