//! The cheapest transport (最小费用流) between so many sources and sinks: successive shortest paths.

/// An arc that must not be used.
pub(crate) const CLOSED: i64 = i64::MAX;

/// Farther than any path.
const FAR: i64 = i64::MAX;

/// A transport problem: what sources have, what sinks want, what one step costs on each arc (row by row, or [`CLOSED`]).
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    /// What each source has.
    pub(crate) supply: Vec<i64>,
    /// What each sink wants.
    pub(crate) demand: Vec<i64>,
    /// The cost of a step, source by source, each over all sinks; nothing below zero.
    pub(crate) cost: Vec<Vec<i64>>,
}

/// How the search came to a sink, and how far it is.
#[derive(Clone, Copy, Debug)]
struct Label {
    distance: i64,
    from: usize,
    done: bool,
}

const UNSEEN: Label = Label { distance: FAR, from: usize::MAX, done: false };

/// Potentials keep the reduced cost of every open arc at nothing or more, so that the next search meets no negative arc.
///
/// Behind all sources stands one root at potential nothing; before all sinks one end.
struct State<'a> {
    transport: &'a Transport,
    left: Vec<i64>,
    wanted: Vec<i64>,
    source_potential: Vec<i64>,
    sink_potential: Vec<i64>,
    end_potential: i64,
    /// Of each sink, the sources that feed it and how much, by rising source.
    feeds: Vec<Vec<(usize, i64)>>,
    sources: Vec<Label>,
    sinks: Vec<Label>,
}

/// As much as possible from sources to sinks, at the least cost: what flows on each arc, by source and sink.
///
/// Where several flows cost the same, the one found first is kept; sources and sinks are looked at in their order.
pub(crate) fn cheapest(transport: &Transport) -> Vec<(usize, usize, i64)> {
    let mut state = State::new(transport);
    while let Some((sink, distance)) = state.search() {
        state.reprice(distance);
        state.augment(sink);
    }
    let mut flows: Vec<(usize, usize, i64)> = Vec::new();
    for (sink, feeds) in state.feeds.iter().enumerate() {
        flows.extend(feeds.iter().map(|(source, flow)| (*source, sink, *flow)));
    }
    flows.sort_unstable();
    flows
}

impl<'a> State<'a> {
    fn new(transport: &'a Transport) -> Self {
        let (sources, sinks) = (transport.supply.len(), transport.demand.len());
        // A sink is as far as its cheapest arc, sources are at nothing, the end is as far as the nearest sink.
        let mut sink_potential = vec![FAR; sinks];
        for row in &transport.cost {
            for (potential, cost) in sink_potential.iter_mut().zip(row) {
                *potential = (*potential).min(*cost);
            }
        }
        let end_potential = sink_potential.iter().copied().min().unwrap_or_default();
        Self {
            transport,
            left: transport.supply.clone(),
            wanted: transport.demand.clone(),
            source_potential: vec![0; sources],
            sink_potential,
            end_potential,
            feeds: vec![Vec::new(); sinks],
            sources: vec![UNSEEN; sources],
            sinks: vec![UNSEEN; sinks],
        }
    }

    /// Looks from all sources that have something left for the sink that wants something and is nearest by true cost; tells
    /// it, and the reduced distance of the end behind it.
    fn search(&mut self) -> Option<(usize, i64)> {
        self.sources.fill(UNSEEN);
        self.sinks.fill(UNSEEN);
        for (label, left) in self.sources.iter_mut().zip(&self.left) {
            if *left > 0 {
                // INVARIANT: the potential of a source is nothing as long as it has something left.
                label.distance = 0;
            }
        }
        let mut best: Option<(usize, i64)> = None;
        loop {
            let (source, sink) = (nearest(&self.sources), nearest(&self.sinks));
            let ahead = [source, sink].into_iter().flatten().map(|(_, distance)| distance).min();
            if ahead.is_none_or(|ahead| best.is_some_and(|(_, end)| end <= ahead)) {
                return best;
            }
            match (source, sink) {
                (Some((at, distance)), other) if other.is_none_or(|(_, far)| distance <= far) => {
                    self.scan_source(at, distance);
                }
                (_, Some((at, distance))) => {
                    if let Some(end) = self.end_behind(at, distance)
                        && best.is_none_or(|(_, other)| end < other)
                    {
                        best = Some((at, end));
                    }
                    self.scan_sink(at, distance);
                }
                (_, None) => return best,
            }
        }
    }

    /// The reduced distance of the end by way of a sink; none if the sink wants nothing.
    fn end_behind(&self, sink: usize, distance: i64) -> Option<i64> {
        self.wanted.get(sink).filter(|wanted| **wanted > 0)?;
        Some(distance + self.sink_potential.get(sink)? - self.end_potential)
    }

    fn scan_source(&mut self, source: usize, distance: i64) {
        if let Some(label) = self.sources.get_mut(source) {
            label.done = true;
        }
        let (Some(row), Some(own)) =
            (self.transport.cost.get(source), self.source_potential.get(source))
        else {
            return;
        };
        for ((label, cost), potential) in self.sinks.iter_mut().zip(row).zip(&self.sink_potential) {
            if *cost != CLOSED && !label.done {
                let to = distance + cost + own - potential;
                if to < label.distance {
                    *label = Label { distance: to, from: source, done: false };
                }
            }
        }
    }

    /// Back over arcs that carry something: their reduced cost is nothing.
    fn scan_sink(&mut self, sink: usize, distance: i64) {
        if let Some(label) = self.sinks.get_mut(sink) {
            label.done = true;
        }
        for (source, _) in self.feeds.get(sink).into_iter().flatten() {
            if let Some(label) = self.sources.get_mut(*source)
                && !label.done
                && distance < label.distance
            {
                *label = Label { distance, from: sink, done: false };
            }
        }
    }

    /// Raises each potential by its distance, at most by that of the end.
    fn reprice(&mut self, end: i64) {
        let raise = |potential: &mut i64, label: &Label| {
            *potential = potential.saturating_add(label.distance.min(end));
        };
        self.source_potential.iter_mut().zip(&self.sources).for_each(|(p, l)| raise(p, l));
        self.sink_potential.iter_mut().zip(&self.sinks).for_each(|(p, l)| raise(p, l));
        self.end_potential += end;
    }

    /// Sends as much as the path bears.
    fn augment(&mut self, end: usize) {
        let mut bears = self.wanted.get(end).copied().unwrap_or_default();
        let mut arcs: Vec<(usize, usize)> = Vec::new();
        let mut sink = end;
        let start = loop {
            let source = self.sinks.get(sink).map_or(usize::MAX, |label| label.from);
            arcs.push((source, sink));
            let before = self.sources.get(source).map_or(usize::MAX, |label| label.from);
            if before == usize::MAX {
                break source;
            }
            bears = bears.min(self.flow(source, before));
            sink = before;
        };
        bears = bears.min(self.left.get(start).copied().unwrap_or_default());
        let mut back: Option<usize> = None;
        for (source, sink) in arcs.into_iter().rev() {
            if let Some(before) = back {
                // The source of this arc took from the sink before it.
                self.add(source, before, -bears);
            }
            self.add(source, sink, bears);
            back = Some(sink);
        }
        if let Some(left) = self.left.get_mut(start) {
            *left -= bears;
        }
        if let Some(wanted) = self.wanted.get_mut(end) {
            *wanted -= bears;
        }
    }

    fn flow(&self, source: usize, sink: usize) -> i64 {
        let feeds = self.feeds.get(sink).map(Vec::as_slice).unwrap_or_default();
        feeds.iter().find(|(from, _)| *from == source).map_or(0, |(_, flow)| *flow)
    }

    fn add(&mut self, source: usize, sink: usize, more: i64) {
        let Some(feeds) = self.feeds.get_mut(sink) else { return };
        match feeds.binary_search_by_key(&source, |(from, _)| *from) {
            Ok(at) => {
                if let Some((_, flow)) = feeds.get_mut(at) {
                    *flow += more;
                    if *flow == 0 {
                        feeds.remove(at);
                    }
                }
            }
            Err(at) => feeds.insert(at, (source, more)),
        }
    }
}

/// The nearest that is not done, the first of equals.
fn nearest(labels: &[Label]) -> Option<(usize, i64)> {
    let mut best: Option<(usize, i64)> = None;
    for (at, label) in labels.iter().enumerate() {
        if !label.done && label.distance < best.map_or(FAR, |(_, distance)| distance) {
            best = Some((at, label.distance));
        }
    }
    best
}
