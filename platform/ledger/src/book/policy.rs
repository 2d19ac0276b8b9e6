//! The ledger's own hands: what was carried arrives, and slices travel between their two books.

use super::decide::{BookCommand, CARRIER, SLICER};
use super::event::{Arrival, BookEvent, Line, Posted, SliceNote};
use super::model::{BookKey, Place, TransferId};
use super::state::Book;
use kernel::{Atomic, Policy, Reaction, Recorded, Shard, Unreadable};
use std::collections::BTreeMap;

/// What leaves a book by a carry arrives in the other: in the same batch within a shard, by a letter across.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CarryOver;

impl Policy for CarryOver {
    fn name(&self) -> &'static str {
        CARRIER
    }

    fn listens(&self) -> &'static [&'static str] {
        &["book.Posted", "book.Served"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let mut bound: BTreeMap<(Shard, BookKey), Vec<Arrival>> = BTreeMap::new();
        match &*event.shared::<BookEvent>()? {
            BookEvent::Posted(posted) => gather(event, posted, &mut bound),
            BookEvent::Served(came) => {
                let posted = Posted {
                    lines: came.lines.clone(),
                    own: came.own.clone(),
                    ..Posted::default()
                };
                gather(event, &posted, &mut bound);
            }
            _ => {}
        }
        bound
            .into_iter()
            .map(|((shard, book), arrivals)| {
                let command = BookCommand::Arrive { arrivals };
                Atomic::new(shard)
                    .then::<Book>(&book, &command)
                    .map(Reaction::Commands)
                    .map_err(|source| event.unreadable(source))
            })
            .collect()
    }
}

fn gather(event: &Recorded, posted: &Posted, bound: &mut BTreeMap<(Shard, BookKey), Vec<Arrival>>) {
    for (at, line) in posted.lines.iter().enumerate() {
        let Line::Carried(id, _, _, amount, to) = line else { continue };
        let own = posted.own.iter().find(|(own, _)| usize::try_from(*own) == Ok(at));
        let basis = own.map_or(&posted.basis, |(_, basis)| basis).clone();
        let Place { shard, book, account, unit } = &**to;
        let arrival = Arrival {
            id: TransferId::derive(&["arrival", &event.key, &id.to_string()]),
            from: BookKey(event.key.to_string()),
            to: account.clone(),
            amount: *amount,
            unit: unit.clone(),
            basis,
        };
        let shard = shard.clone().unwrap_or_else(|| event.shard.clone());
        bound.entry((shard, book.clone())).or_default().push(arrival);
    }
}

/// What a book says of a slice is told to the book at its other end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CarrySlices;

impl Policy for CarrySlices {
    fn name(&self) -> &'static str {
        SLICER
    }

    fn listens(&self) -> &'static [&'static str] {
        &["book.Lent", "book.SliceAsked", "book.SliceReturned"]
    }

    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let to_home = |slice: &SliceNote| (slice.home_shard.clone(), slice.home.clone());
        let ((shard, book), command) = match &*event.shared::<BookEvent>()? {
            BookEvent::Lent { slice, terms, opening, .. } => (
                (slice.to.clone(), slice.home.slice(&slice.to)),
                BookCommand::TakeSlice {
                    slice: slice.clone(),
                    terms: terms.clone(),
                    opening: opening.clone(),
                },
            ),
            BookEvent::SliceAsked { slice, used } => {
                (to_home(slice), BookCommand::MoreSlice { slice: slice.clone(), used: *used })
            }
            BookEvent::SliceReturned { slice, amount, .. } if *amount > 0 => {
                (to_home(slice), BookCommand::BackSlice { slice: slice.clone() })
            }
            _ => return Ok(Vec::new()),
        };
        let group = Atomic::new(shard).then::<Book>(&book, &command);
        Ok(vec![Reaction::Commands(group.map_err(|source| event.unreadable(source))?)])
    }
}
