//! Compares what a book decided with what the auditor says.

use super::{Auditor, Came};
use crate::book::{After, BookError, BookEvent, Line, Posting, Terms, TransferId};
use codes::Moment;
use std::collections::BTreeSet;

/// Audits the events of one decision, in order: those of a posting are given with it.
///
/// # Errors
/// Where the two differ, in words.
pub fn audit(
    auditor: &mut Auditor,
    now: Moment,
    events: &[BookEvent],
    posting: Option<&Posting>,
) -> Result<(), String> {
    if events.is_empty() {
        return Ok(());
    }
    if let Some(posting) = posting {
        let said = auditor.post(posting, now);
        let found = results(posting, events, &auditor.kept);
        auditor.kept.extend(kept_by(events));
        if said != found {
            return Err(format!("the auditor says {said:?}, the book {found:?} of {posting:?}"));
        }
    } else {
        auditor.sweep(now);
        for event in events {
            administer(auditor, now, event);
        }
    }
    let mut stands = std::collections::BTreeMap::new();
    for event in events {
        for After(name, posted, reserved, uses) in after(event) {
            stands.insert(name.as_str(), (i128::from(*posted), i128::from(*reserved), *uses));
        }
    }
    for (name, found) in stands {
        let said = auditor.figures(name);
        if said != Some(found) {
            return Err(format!(
                "the auditor says {said:?} of {name}, the book {found:?} after {events:?}; {}",
                auditor.told(name)
            ));
        }
    }
    auditor.check()
}

/// A posting that was refused whole: the auditor must say why.
///
/// # Errors
/// Where the two differ, in words.
pub fn audit_refusal(
    auditor: &mut Auditor,
    now: Moment,
    posting: &Posting,
    why: &BookError,
) -> Result<(), String> {
    let said = auditor.post(posting, now);
    let first = said.iter().find_map(|came| match came {
        Came::Refused(why) if *why != BookError::Chain => Some(why),
        _ => None,
    });
    if posting.terms == Terms::Together && first == Some(why) {
        Ok(())
    } else {
        Err(format!("the auditor says {said:?}, the book {why:?} of {posting:?}"))
    }
}

fn administer(auditor: &mut Auditor, now: Moment, event: &BookEvent) {
    match event {
        BookEvent::Opened(opening) => auditor.add(&opening.accounts),
        BookEvent::AccountsAdded { accounts } => auditor.add(accounts),
        BookEvent::FloorSet { account, floor, .. } => {
            auditor.set_floor(account.as_str(), *floor, now);
        }
        BookEvent::Frozen { key, accounts, basis } => {
            let accounts = accounts.iter().map(ToString::to_string).collect();
            auditor.freeze(key, accounts, &basis.reason);
        }
        BookEvent::Unfrozen { key, .. } => auditor.unfreeze(key, now),
        BookEvent::Closed { at, .. } => auditor.close(*at),
        BookEvent::Arrived { arrivals, unplaced, .. } => auditor.arrive(arrivals, unplaced, now),
        BookEvent::Lent { amount, opening, after, .. } => {
            if let ([After(own, ..), After(lent, ..)], Some(spec)) =
                (after.as_slice(), opening.accounts.first())
            {
                auditor.add_lent(lent.as_str(), &spec.unit);
                auditor.shift(own.as_str(), lent.as_str(), i128::from(*amount));
            }
        }
        BookEvent::TakenBack { amount, after, .. } => {
            if let [After(own, ..), After(lent, ..)] = after.as_slice() {
                auditor.shift(lent.as_str(), own.as_str(), i128::from(*amount));
                auditor.sweep(now);
            }
        }
        _ => {}
    }
}

/// The accounts that an event says have changed.
#[must_use]
pub fn after(event: &BookEvent) -> &[After] {
    match event {
        BookEvent::Posted(posted) => &posted.after,
        BookEvent::Lapsed(came) | BookEvent::Served(came) => &came.after,
        BookEvent::Arrived { after, .. }
        | BookEvent::Lent { after, .. }
        | BookEvent::TakenBack { after, .. }
        | BookEvent::SliceTaken { after, .. }
        | BookEvent::SliceReturned { after, .. } => after,
        _ => &[],
    }
}

/// The entries that events kept for later.
fn kept_by(events: &[BookEvent]) -> impl Iterator<Item = TransferId> {
    let lines = events.iter().flat_map(|event| match event {
        BookEvent::Posted(posted) => posted.lines.as_slice(),
        BookEvent::Lapsed(came) | BookEvent::Served(came) => came.lines.as_slice(),
        _ => &[],
    });
    lines.filter_map(|line| match line {
        Line::Kept(entry) => Some(entry.id),
        _ => None,
    })
}

/// What came of each entry of a posting, by its events. What had been kept before has its line when it is taken up, which
/// says nothing of the entry that brings it again.
fn results(posting: &Posting, events: &[BookEvent], kept: &BTreeSet<TransferId>) -> Vec<Came> {
    let mut refused = std::collections::BTreeMap::new();
    let mut entered = BTreeSet::new();
    for event in events {
        if let BookEvent::Posted(posted) = event {
            refused.extend(posted.refused.iter().cloned());
            entered.extend(posted.lines.iter().filter_map(|line| match line {
                Line::Transferred(id, ..)
                | Line::Reserved(id, ..)
                | Line::Waits(id, ..)
                | Line::Adjusted(id, ..)
                | Line::Accepted(id, _)
                | Line::Settled(id, ..)
                | Line::Released(id, ..)
                | Line::Restored(id, ..)
                | Line::Shifted(id, ..)
                | Line::Carried(id, ..) => Some(*id),
                Line::Kept(entry) => Some(entry.id),
                Line::Served(..) | Line::Expired(..) | Line::Dropped(..) => None,
            }));
        }
    }
    let mut seen = BTreeSet::new();
    let of_entry = |(at, entry): (usize, &crate::book::Entry)| {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        match refused.get(&at) {
            Some(why) => Came::Refused(why.clone()),
            // The same entry twice in one posting is entered the first time.
            None if kept.contains(&entry.id) => Came::Before,
            None if entered.contains(&entry.id) && seen.insert(entry.id) => Came::New,
            None => Came::Before,
        }
    };
    posting.entries.iter().enumerate().map(of_entry).collect()
}
