//! The cheapest transport (最小费用流) between so many sources and sinks: successive shortest paths.

/// An arc that must not be used; dearer than any path.
pub(crate) const CLOSED: i64 = i64::MAX / 2;

/// Farther than any path, and nearer than one over a closed arc.
const FAR: i64 = i64::MAX / 4;

/// No node.
const NONE: usize = usize::MAX;

/// A transport problem: what sources have, what sinks want, what one step costs on each arc.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    /// What each source has.
    pub(crate) supply: Vec<i64>,
    /// What each sink wants.
    pub(crate) demand: Vec<i64>,
    /// The cost of a step, source by source, each over all sinks: at least nothing, or [`CLOSED`].
    pub(crate) cost: Vec<Vec<i64>>,
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
    let feeds = state.sinks.iter().enumerate();
    let mut flows: Vec<(usize, usize, i64)> = feeds
        .flat_map(|(at, sink)| sink.feeds.iter().map(move |(source, flow)| (*source, at, *flow)))
        .collect();
    flows.sort_unstable();
    flows
}

/// Potentials keep the reduced cost of every open arc at nothing or more, so that the next search meets no negative arc.
///
/// Behind all sources stands one root at potential nothing; before all sinks one end. A source that has something left is as
/// far as the root, so that a search begins at the sinks, each reached from its cheapest such source; sources that have
/// nothing left are reached from the sinks they feed.
struct State<'a> {
    transport: &'a Transport,
    sources: Vec<Source>,
    sinks: Vec<Sink>,
    end_potential: i64,
    /// Of each sink: potential, distance, distance while it is not done, the source it was reached from.
    potential: Vec<i64>,
    distance: Vec<i64>,
    open: Vec<i64>,
    via: Vec<usize>,
}

/// A source.
#[derive(Clone, Copy, Debug)]
struct Source {
    left: i64,
    potential: i64,
    distance: i64,
    /// The sink it was reached from.
    from: usize,
}

/// A sink.
#[derive(Clone, Debug)]
struct Sink {
    wanted: i64,
    /// The sources with an open arc to it, the dearest first: those that have nothing left are taken off the end.
    cheapest: Vec<(i64, usize)>,
    /// The sources that feed it and how much, by rising source.
    feeds: Vec<(usize, i64)>,
}

impl<'a> State<'a> {
    fn new(transport: &'a Transport) -> Self {
        let source = |left: &i64| Source { left: *left, potential: 0, distance: FAR, from: NONE };
        let sink = |wanted: &i64| Sink { wanted: *wanted, cheapest: Vec::new(), feeds: Vec::new() };
        let mut sinks: Vec<Sink> = transport.demand.iter().map(sink).collect();
        for (at, row) in transport.cost.iter().enumerate() {
            for (sink, cost) in sinks.iter_mut().zip(row).filter(|(_, cost)| **cost < CLOSED) {
                sink.cheapest.push((*cost, at));
            }
        }
        for sink in &mut sinks {
            sink.cheapest.sort_unstable_by(|one, other| other.cmp(one));
        }
        // A sink is as far as its cheapest arc, the end is as far as the nearest sink.
        let potential: Vec<i64> =
            sinks.iter().map(|sink| sink.cheapest.last().map_or(0, |(cost, _)| *cost)).collect();
        let reached = sinks.iter().zip(&potential).filter(|(sink, _)| !sink.cheapest.is_empty());
        let end_potential = reached.map(|(_, potential)| *potential).min().unwrap_or_default();
        Self {
            transport,
            sources: transport.supply.iter().map(source).collect(),
            end_potential,
            distance: vec![FAR; sinks.len()],
            open: vec![FAR; sinks.len()],
            via: vec![NONE; sinks.len()],
            potential,
            sinks,
        }
    }

    /// Looks for the sink that wants something and is nearest by true cost; tells it, and the reduced distance of the end
    /// behind it.
    fn search(&mut self) -> Option<(usize, i64)> {
        self.begin();
        let mut best: Option<(usize, i64)> = None;
        while let Some((at, distance)) = nearest(&self.open) {
            if best.is_some_and(|(_, end)| end <= distance) {
                break;
            }
            if let Some(open) = self.open.get_mut(at) {
                *open = FAR;
            }
            let end = self.end_behind(at, distance);
            if let Some(end) = end.filter(|end| best.is_none_or(|(_, other)| *end < other)) {
                best = Some((at, end));
            }
            self.scan(at, distance);
        }
        best
    }

    /// Every sink is reached from its cheapest source that has something left.
    fn begin(&mut self) {
        for source in &mut self.sources {
            (source.distance, source.from) = (FAR, NONE);
        }
        let reached = self.distance.iter_mut().zip(&mut self.open).zip(&mut self.via);
        for ((sink, potential), ((distance, open), via)) in
            self.sinks.iter_mut().zip(&self.potential).zip(reached)
        {
            let has_none = |at: usize| self.sources.get(at).is_none_or(|source| source.left == 0);
            while sink.cheapest.last().is_some_and(|(_, at)| has_none(*at)) {
                sink.cheapest.pop();
            }
            (*distance, *via) =
                sink.cheapest.last().map_or((FAR, NONE), |(cost, at)| (cost - potential, *at));
            *open = *distance;
        }
    }

    /// The reduced distance of the end by way of a sink; none if the sink wants nothing.
    fn end_behind(&self, sink: usize, distance: i64) -> Option<i64> {
        self.sinks.get(sink).filter(|sink| sink.wanted > 0)?;
        Some(distance + self.potential.get(sink)? - self.end_potential)
    }

    /// From a sink back to the sources that feed it, whose reduced cost is nothing, and on to all sinks from there.
    fn scan(&mut self, sink: usize, distance: i64) {
        let feeds = self.sinks.get(sink).map(|sink| sink.feeds.as_slice()).unwrap_or_default();
        for (at, _) in feeds {
            let Some(source) = self.sources.get_mut(*at) else { continue };
            if source.left > 0 || source.from != NONE {
                continue;
            }
            (source.distance, source.from) = (distance, sink);
            let Some(row) = self.transport.cost.get(*at) else { continue };
            let base = distance + source.potential;
            let sinks = self.distance.iter_mut().zip(&mut self.open).zip(&mut self.via);
            for (((reached, open), via), (cost, potential)) in
                sinks.zip(row.iter().zip(&self.potential))
            {
                // What is done is never nearer this way, and what is closed is never near.
                let to = base + cost - potential;
                if to < *reached {
                    (*reached, *open, *via) = (to, to, *at);
                }
            }
        }
    }

    /// Raises each potential by its distance, at most by that of the end.
    fn reprice(&mut self, end: i64) {
        for (potential, distance) in self.potential.iter_mut().zip(&self.distance) {
            *potential += *distance.min(&end);
        }
        for source in self.sources.iter_mut().filter(|source| source.left == 0) {
            source.potential += source.distance.min(end);
        }
        self.end_potential += end;
    }

    /// Sends as much as the path bears.
    fn augment(&mut self, end: usize) {
        let mut bears = self.sinks.get(end).map_or(0, |sink| sink.wanted);
        let mut arcs: Vec<(usize, usize)> = Vec::new();
        let mut sink = end;
        let start = loop {
            let at = self.via.get(sink).copied().unwrap_or(NONE);
            arcs.push((at, sink));
            let Some(source) = self.sources.get(at) else { return };
            if source.left > 0 {
                bears = bears.min(source.left);
                break at;
            }
            sink = source.from;
            bears = bears.min(self.flow(at, sink));
        };
        let mut before: Option<usize> = None;
        for (source, sink) in arcs.into_iter().rev() {
            if let Some(before) = before {
                // The source of this arc takes from the sink that it fed.
                self.add(source, before, -bears);
            }
            self.add(source, sink, bears);
            before = Some(sink);
        }
        if let Some(source) = self.sources.get_mut(start) {
            source.left -= bears;
        }
        if let Some(sink) = self.sinks.get_mut(end) {
            sink.wanted -= bears;
        }
    }

    fn flow(&self, source: usize, sink: usize) -> i64 {
        let feeds = self.sinks.get(sink).map(|sink| sink.feeds.as_slice()).unwrap_or_default();
        feeds.iter().find(|(from, _)| *from == source).map_or(0, |(_, flow)| *flow)
    }

    fn add(&mut self, source: usize, sink: usize, more: i64) {
        let Some(feeds) = self.sinks.get_mut(sink).map(|sink| &mut sink.feeds) else { return };
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

/// The nearest, the first of equals; none if all are far.
fn nearest(distances: &[i64]) -> Option<(usize, i64)> {
    let least = distances.iter().copied().min().filter(|least| *least < FAR)?;
    distances.iter().position(|distance| *distance == least).map(|at| (at, least))
}
