//! What an event does to a book.

use super::event::{Arrival, BookEvent, Line};
use super::model::{AccountName, Basis, TransferId};
use super::slices;
use super::state::{At, Book, Freeze, Known, Pages, apply, content, own_account};
use codes::Moment;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Folds an event.
pub(super) fn evolve(book: &mut Book, event: &BookEvent) {
    match event {
        BookEvent::Opened(opening) => {
            book.add_accounts(&opening.accounts);
            book.opening = Some(opening.clone());
        }
        BookEvent::AccountsAdded { accounts } => book.add_accounts(accounts),
        BookEvent::FloorSet { account, floor, .. } => {
            change_spec(book, account, |spec| spec.floor = *floor);
        }
        BookEvent::ValiditySet { account, from, until, .. } => {
            change_spec(book, account, |spec| {
                (spec.valid_from, spec.valid_until) = (*from, *until);
            });
        }
        BookEvent::Posted(posted) => {
            lines(book, posted.at, &posted.lines, Some(&posted.basis), &posted.own);
        }
        BookEvent::Lapsed(came) | BookEvent::Served(came) => {
            lines(book, came.at, &came.lines, None, &came.own);
        }
        BookEvent::Frozen { key, accounts, basis } => {
            let accounts = accounts.iter().filter_map(|name| book.index(name.as_str())).collect();
            let freeze = Freeze { accounts, why: basis.reason.clone() };
            book.freezes.insert(key.clone(), freeze);
        }
        BookEvent::Unfrozen { key, .. } => {
            book.freezes.remove(key);
        }
        BookEvent::Closed { at, .. } => book.closed = Some(*at),
        BookEvent::Arrived { arrivals, .. } => {
            for arrival in arrivals {
                place_arrival(book, arrival);
            }
        }
        BookEvent::Lent { .. }
        | BookEvent::Reclaimed { .. }
        | BookEvent::TakenBack { .. }
        | BookEvent::SliceTaken { .. }
        | BookEvent::SliceAsked { .. }
        | BookEvent::SliceReturned { .. } => slices::evolve(book, event),
    }
}

fn change_spec(
    book: &mut Book,
    account: &AccountName,
    change: impl FnOnce(&mut super::model::AccountSpec),
) {
    let at = book.index(account.as_str()).and_then(|at| usize::try_from(at).ok());
    if let Some(account) = at.and_then(|at| book.accounts.get_mut(at)) {
        change(&mut account.spec);
    }
}

fn lines(
    book: &mut Book,
    now: Moment,
    lines: &[Line],
    basis: Option<&Basis>,
    own: &[(u32, Basis)],
) {
    let common: Option<Arc<str>> = basis.and_then(Basis::pointer);
    let own: BTreeMap<usize, Option<Arc<str>>> = own
        .iter()
        .filter_map(|(at, basis)| Some((usize::try_from(*at).ok()?, basis.pointer())))
        .collect();
    book.known.reserve(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let pointer = own.get(&at).unwrap_or(&common);
        apply(book, &At { now, pointer }, line);
    }
    slices::note_use(book, lines);
}

/// The content of what arrived, under its id.
pub(super) fn content_of_arrival(arrival: &Arrival) -> u64 {
    let names = [arrival.from.as_str(), arrival.to.as_str()];
    content("arrive", TransferId::default(), names, Some(arrival.amount))
}

/// Puts what arrived where it belongs, or into `unplaced`; says whether it did the latter.
pub(super) fn place_arrival<P: Pages>(pages: &mut P, arrival: &Arrival) -> bool {
    pages.know(arrival.id, Known { content: content_of_arrival(arrival), ended: None });
    let wanted = pages.index(arrival.to.as_str()).filter(|at| {
        let fits = |at: u32| pages.figures(at).posted.checked_add(arrival.amount).is_some();
        pages.spec(*at).is_some_and(|spec| spec.unit == arrival.unit) && fits(*at)
    });
    let own = |prefix: &str| own_account(prefix, &arrival.unit);
    let away = pages.index(own(AccountName::AWAY).as_str());
    let whither = wanted.or_else(|| pages.index(own(AccountName::UNPLACED).as_str()));
    if let (Some(away), Some(whither)) = (away, whither) {
        for (account, by) in [(away, arrival.amount.saturating_neg()), (whither, arrival.amount)] {
            let mut figures = pages.figures(account);
            figures.posted = figures.posted.saturating_add(by);
            pages.put_figures(account, figures);
        }
    }
    wanted.is_none()
}
