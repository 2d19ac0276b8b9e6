//! The quota of a text in the ledger (额度簿): which entry follows from which event.
//!
//! ```text
//!  source ─► limit ──reserve──► used ──shift──► claimed ─► source
//!              ▲───release──┘     └──restore──►limit
//! ```
//!
//! The ids follow from the use and its numbers, so that an entry that a group made and the policy makes again is one.

use crate::exposure::ExposureEvent;
use crate::guarantee::GuaranteeEvent;
use crate::model::{About, EXEMPT, ExposureNo, GuaranteeNo, Request};
use codes::{Label, Moment};
use kernel::Shard;
use ledger::{
    AccountName, AccountSpec, Act, Basis, BookKey, Entry, Opening, Posting, TransferId, Unit,
};

/// The purpose of books of guarantees.
pub const PURPOSE: &str = "guarantee";
/// The account of what is free, and of what is reserved of it.
pub const LIMIT: &str = "limit";
/// The account of what is used.
pub const USED: &str = "used";
/// The account of what is claimed.
pub const CLAIMED: &str = "claimed";
/// Whence limits come.
pub const SOURCE: &str = "source";

/// The book of a text.
#[must_use]
pub fn book_of(no: &GuaranteeNo) -> BookKey {
    BookKey::new(PURPOSE, no.as_str())
}

/// The text of a book; none for books of other purposes.
#[must_use]
pub fn text_of(book: &str) -> Option<GuaranteeNo> {
    let number = book.strip_prefix("guarantee:")?;
    Some(GuaranteeNo::new(number.split('@').next().unwrap_or(number)))
}

/// The book as it is opened for a text.
#[must_use]
pub fn opening(about: &About) -> Opening {
    let account = |name: &str, zh: &str, en: &str| AccountSpec::new(name, Unit::FEN, zh, en);
    Opening {
        title: Some(Label::new(format!("担保{}", about.no), format!("guarantee {}", about.no))),
        owners: vec![about.enterprise.party.clone(), about.guarantor_party.clone()],
        organ: Some(about.issuer.organ.clone()),
        place: about.issuer.place.clone(),
        accounts: vec![
            account(SOURCE, "担保人", "guarantor").outside(),
            account(LIMIT, "可用额度", "free quota"),
            account(USED, "已占用", "used"),
            account(CLAIMED, "索偿中", "claimed"),
        ],
        rules: Vec::new(),
        origin: None,
    }
}

/// The id of the reservation of a use.
#[must_use]
pub fn hold_id(use_of: &ExposureNo) -> TransferId {
    TransferId::derive(&["25", "hold", use_of.as_str()])
}

fn id(use_of: &ExposureNo, what: &str, n: u32) -> TransferId {
    TransferId::derive(&["25", what, use_of.as_str(), &n.to_string()])
}

fn basis(shard: &Shard, use_of: &ExposureNo, request: Option<&Request>, why: &str) -> Basis {
    let place = request.map(|request| {
        let code = request.matter.code();
        format!(" {code} {}", request.place)
    });
    Basis::new(format!("{why}{}", place.unwrap_or_default())).of(shard, "exposure", use_of.as_str())
}

/// The reservation of a use: in one group with its hold, so that both are decided or none.
#[must_use]
pub fn reservation(
    shard: &Shard,
    use_of: &ExposureNo,
    request: &Request,
    until: Option<Moment>,
) -> Posting {
    Posting::new(basis(shard, use_of, Some(request), "核扣")).reserve(
        hold_id(use_of),
        (LIMIT, USED),
        request.amount_fen,
        until,
    )
}

/// The adjustment of a use, in one group with its event.
#[must_use]
pub fn adjustment(shard: &Shard, use_of: &ExposureNo, n: u32, amount_fen: i64) -> Posting {
    Posting::new(basis(shard, use_of, None, "调整")).adjust(
        id(use_of, "adjust", n),
        hold_id(use_of),
        amount_fen,
    )
}

/// What the ledger enters because of an event of a use, and in which book; nothing where the use has no text.
#[must_use]
pub fn entry(
    shard: &Shard,
    use_of: &ExposureNo,
    event: &ExposureEvent,
) -> Option<(BookKey, Posting)> {
    let no = match event {
        ExposureEvent::Accepted { no }
        | ExposureEvent::Used { no, .. }
        | ExposureEvent::Adjusted { no, .. }
        | ExposureEvent::Voided { no, .. }
        | ExposureEvent::Restored { no, .. } => no,
        ExposureEvent::Held { request, .. }
        | ExposureEvent::Claimed { request, .. }
        | ExposureEvent::Recovered { request, .. } => &request.guarantee,
        ExposureEvent::DifferenceDue { .. }
        | ExposureEvent::OrderNoted { .. }
        | ExposureEvent::Overdue { .. }
        | ExposureEvent::Redated { .. }
        | ExposureEvent::GuarantorRefused { .. } => return None,
    };
    if no.as_str() == EXEMPT {
        return None;
    }
    posting_of(shard, use_of, event).map(|posting| (book_of(no), posting))
}

fn posting_of(shard: &Shard, use_of: &ExposureNo, event: &ExposureEvent) -> Option<Posting> {
    use ExposureEvent as E;
    let of = hold_id(use_of);
    let posting = |why: &str| Posting::new(basis(shard, use_of, None, why));
    Some(match event {
        E::Held { request, until, .. } => reservation(shard, use_of, request, Some(*until)),
        E::Accepted { .. } => posting("报关单已受理").accept(id(use_of, "accept", 0), of),
        E::Used { .. } => posting("放行").settle(id(use_of, "use", 0), of),
        E::Adjusted { n, amount_fen, .. } => adjustment(shard, use_of, *n, *amount_fen),
        E::Voided { cause: crate::exposure::VoidCause::Withdrawn, .. } => {
            posting("撤销").release(id(use_of, "void", 0), of)
        }
        E::Restored { n, amount_fen, on, reference, .. } => {
            let act = Act::Restore { of, amount: Some(*amount_fen) };
            let why = Basis { valid_on: Some(*on), ..basis(shard, use_of, None, "返还") };
            let why = Basis { reason: format!("{} {reference}", why.reason), ..why };
            Posting::new(why).entry(Entry::new(id(use_of, "restore", *n), act))
        }
        E::Claimed { .. } => {
            let act = Act::Shift { of, to: AccountName::new(CLAIMED) };
            posting("索偿").entry(Entry::new(id(use_of, "claim", 0), act))
        }
        E::Recovered { on, reference, .. } => {
            let act = Act::Shift { of, to: AccountName::new(SOURCE) };
            let why = Basis { valid_on: Some(*on), ..basis(shard, use_of, None, "代偿") };
            let why = Basis { reason: format!("{} {reference}", why.reason), ..why };
            Posting::new(why).entry(Entry::new(id(use_of, "recover", 0), act))
        }
        // The ledger let it lapse by itself; the rest moves nothing.
        E::Voided { .. }
        | E::DifferenceDue { .. }
        | E::OrderNoted { .. }
        | E::Overdue { .. }
        | E::Redated { .. }
        | E::GuarantorRefused { .. } => return None,
    })
}

/// What the ledger enters because of an event of a text: its limit is given, grows, shrinks, goes back.
#[must_use]
pub fn limit_entry(event: &GuaranteeEvent) -> Option<Posting> {
    use GuaranteeEvent as E;
    let moved = |no: &GuaranteeNo, why: &str, key: &str, by_fen: i64| {
        let id = TransferId::derive(&["25", "limit", no.as_str(), key]);
        let posting = Posting::new(Basis::new(why));
        match by_fen {
            0 => None,
            1.. => Some(posting.transfer(id, SOURCE, LIMIT, by_fen)),
            _ => Some(posting.transfer(id, LIMIT, SOURCE, by_fen.saturating_neg())),
        }
    };
    match event {
        E::Filed { about, text, .. } => moved(&about.no, "担保备案", "filed", text.limit_fen),
        E::Changed { about, message, was_fen, text, .. } => {
            moved(&about.no, "额度变更", message, text.limit_fen - was_fen)
        }
        E::Withdrawn { about, limit_fen, .. } => {
            moved(&about.no, "担保撤回", "withdrawn", limit_fen.saturating_neg())
        }
        _ => None,
    }
}
