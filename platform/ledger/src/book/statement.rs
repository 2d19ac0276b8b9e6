//! A statement (对账单): the lines of an account with the balance after each.

use super::event::{BookEvent, Line, Settlement};
use super::model::{AccountName, Basis, TransferId};
use super::queries::Standing;
use super::state::own_account;
use codes::Moment;
use std::collections::BTreeMap;

/// What a line did to an account (事项).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "`label` names each in both languages")]
pub enum What {
    Transferred,
    Reserved,
    Served,
    Adjusted,
    Settled,
    Released,
    Restored,
    Shifted,
    Carried,
    Arrived,
    Lapsed,
    Lent,
    Returned,
}

impl What {
    /// Its name in both languages.
    #[must_use]
    pub fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Transferred => ("划转", "Transferred"),
            Self::Reserved => ("核扣", "Reserved"),
            Self::Served => ("轮候核扣", "Reserved from the queue"),
            Self::Adjusted => ("调整", "Adjusted"),
            Self::Settled => ("核销", "Settled"),
            Self::Released => ("撤销", "Released"),
            Self::Restored => ("返还", "Restored"),
            Self::Shifted => ("转列", "Moved on"),
            Self::Carried => ("转出", "Carried to another book"),
            Self::Arrived => ("转入", "Arrived from another book"),
            Self::Lapsed => ("到期失效", "Lapsed"),
            Self::Lent => ("借出额度片", "Slice lent"),
            Self::Returned => ("额度片归还", "Slice given back"),
        }
    }
}

/// A line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRow {
    /// The version of the book.
    pub version: u64,
    /// When it was entered.
    pub at: Moment,
    /// What happened.
    pub what: What,
    /// The entry, where it is one.
    pub id: Option<TransferId>,
    /// The reservation that it is about.
    pub of: Option<TransferId>,
    /// What it did to the balance.
    pub posted_by: i64,
    /// What it did to what is reserved.
    pub reserved_by: i64,
    /// The balance after it.
    pub posted: i64,
    /// What is reserved after it.
    pub reserved: i64,
    /// Why.
    pub basis: Basis,
}

/// A change: what, entry, reservation, balance by, reserved by.
type Change = (What, Option<TransferId>, Option<TransferId>, i64, i64);

/// The lines of an event for an account, the last first, with the balance after each; `after` is how it stands after all.
#[must_use]
pub fn lines_of(event: &BookEvent, account: &AccountName, after: &Standing) -> Vec<StatementRow> {
    let changes = changes(event, account);
    let (mut posted, mut reserved) = (after.posted, after.reserved);
    let mut rows = Vec::with_capacity(changes.len());
    for ((what, id, of, posted_by, reserved_by), basis) in changes.into_iter().rev() {
        rows.push(StatementRow {
            version: after.version,
            at: after.at,
            what,
            id,
            of,
            posted_by,
            reserved_by,
            posted,
            reserved,
            basis,
        });
        posted = posted.saturating_sub(posted_by);
        reserved = reserved.saturating_sub(reserved_by);
    }
    rows
}

fn changes(event: &BookEvent, account: &AccountName) -> Vec<(Change, Basis)> {
    let one = |change: Change, basis: &Basis| vec![(change, basis.clone())];
    match event {
        BookEvent::Posted(posted) => lines(&posted.lines, &posted.own, &posted.basis, account),
        BookEvent::Lapsed(came) | BookEvent::Served(came) => {
            lines(&came.lines, &came.own, &Basis::default(), account)
        }
        BookEvent::Arrived { arrivals, unplaced, .. } => {
            let mut changes = Vec::new();
            for (at, arrival) in arrivals.iter().enumerate() {
                let lost = unplaced.iter().any(|place| usize::try_from(*place) == Ok(at));
                let own = |prefix: &str| own_account(prefix, &arrival.unit);
                let to = if lost { own(AccountName::UNPLACED) } else { arrival.to.clone() };
                let by = match (account == &to, account == &own(AccountName::AWAY)) {
                    (true, _) => arrival.amount,
                    (_, true) => arrival.amount.saturating_neg(),
                    _ => continue,
                };
                let change = (What::Arrived, Some(arrival.id), None, by, 0);
                changes.push((change, arrival.basis.clone()));
            }
            changes
        }
        BookEvent::Lent { terms, amount, slice, .. } if *amount != 0 => {
            let by = if *account == terms.account { amount.saturating_neg() } else { *amount };
            one((What::Lent, None, None, by, 0), &Basis::new(slice.to.to_string()))
        }
        BookEvent::TakenBack { slice, amount, .. } => {
            let is_lent = account.as_str().starts_with(super::slices::LENT);
            let by = if is_lent { amount.saturating_neg() } else { *amount };
            one((What::Returned, None, None, by, 0), &Basis::new(slice.to.to_string()))
        }
        BookEvent::SliceTaken { slice, amount, terms, .. } if *amount != 0 => {
            let by = if *account == terms.account { *amount } else { amount.saturating_neg() };
            one((What::Lent, None, None, by, 0), &Basis::new(slice.home.to_string()))
        }
        BookEvent::SliceReturned { slice, amount, .. } if *amount != 0 => {
            let is_home = account.as_str() == super::slices::HOME;
            let by = if is_home { *amount } else { amount.saturating_neg() };
            one((What::Returned, None, None, by, 0), &Basis::new(slice.home.to_string()))
        }
        _ => Vec::new(),
    }
}

fn lines(
    lines: &[Line],
    own: &[(u32, Basis)],
    basis: &Basis,
    account: &AccountName,
) -> Vec<(Change, Basis)> {
    let own: BTreeMap<usize, &Basis> =
        own.iter().filter_map(|(at, basis)| Some((usize::try_from(*at).ok()?, basis))).collect();
    let of_line = |(at, line): (usize, &Line)| {
        let change = of_line(line, account)?;
        Some((change, Basis::clone(own.get(&at).copied().unwrap_or(basis))))
    };
    lines.iter().enumerate().filter_map(of_line).collect()
}

/// What a line did to an account; nothing if it did nothing.
fn of_line(line: &Line, account: &AccountName) -> Option<Change> {
    let away = |unit: &super::model::Unit| own_account(AccountName::AWAY, unit);
    let both = |from: &AccountName, to: &AccountName, amount: i64| {
        let minus = if account == from { amount.saturating_neg() } else { 0 };
        minus.saturating_add(if account == to { amount } else { 0 })
    };
    let reserved = |from: &AccountName, by: i64| if account == from { by } else { 0 };
    let change = match line {
        Line::Transferred(id, from, to, amount) => {
            (What::Transferred, Some(*id), None, both(from, to, *amount), 0)
        }
        Line::Reserved(id, from, _, amount, ..) => {
            (What::Reserved, Some(*id), Some(*id), 0, reserved(from, *amount))
        }
        Line::Served(of, from, amount, ..) => {
            (What::Served, None, Some(*of), 0, reserved(from, *amount))
        }
        Line::Adjusted(id, of, from, to, _, [open_by, settled_by], _) => {
            let by = both(from, to, *settled_by);
            (What::Adjusted, Some(*id), Some(*of), by, reserved(from, *open_by))
        }
        Line::Settled(id, of, from, to, _, amounts) => {
            let Settlement(amount, freed, open, _, was) = &**amounts;
            let before = amount.saturating_add(*freed).saturating_add(*open);
            let by = match was {
                Some(was) => {
                    reserved(was, before.saturating_neg()).saturating_add(reserved(from, *open))
                }
                None => reserved(from, open.saturating_sub(before)),
            };
            (What::Settled, Some(*id), Some(*of), both(from, to, *amount), by)
        }
        Line::Released(id, of, from, _, amount, _, waited) => {
            let by = if *waited { 0 } else { reserved(from, amount.saturating_neg()) };
            (What::Released, Some(*id), Some(*of), 0, by)
        }
        Line::Restored(id, of, from, to, _, amount, _) => {
            (What::Restored, Some(*id), Some(*of), both(from, to, *amount), 0)
        }
        Line::Shifted(id, of, from, to, amount) => {
            (What::Shifted, Some(*id), Some(*of), both(from, to, *amount), 0)
        }
        Line::Carried(id, of, from, amount, to) => {
            (What::Carried, Some(*id), *of, both(from, &away(&to.unit), *amount), 0)
        }
        Line::Expired(of, from, amount, waited, _) => {
            let by = if *waited { 0 } else { reserved(from, amount.saturating_neg()) };
            (What::Lapsed, None, Some(*of), 0, by)
        }
        Line::Waits(..) | Line::Accepted(..) | Line::Kept(_) | Line::Dropped(..) => return None,
    };
    (change.3 != 0 || change.4 != 0).then_some(change)
}
