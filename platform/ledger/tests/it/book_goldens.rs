//! The wire format of books, frozen.
//!
//! If you are here because this failed: an event that was once written must be read for ever. Add variants, and optional fields
//! at the end; never rename, reorder or remove. New variants go to the end of `tests/books.json`.

use crate::tables::{account, id};
use codes::{Label, Moment};
use kernel::{OrganKey, PartyKey, Shard};
use ledger::book::{After, Arrival, Came, Posted, Settlement, SliceNote};
use ledger::{
    AccountSpec, Act, Basis, BookError, BookEvent, BookKey, Entry, Line, Opening, Place, Queue,
    SliceTerms, Unit,
};
use serde_json::Value;

const GOLDEN: &str = include_str!("../books.json");

fn at() -> Moment {
    Moment::from_us(1_770_858_000_000_000)
}

fn basis() -> Basis {
    Basis::new("汇总征税核扣")
        .of(&Shard::new("440100"), "exposure", "E-1")
        .on(codes::Date::constant(2026, 2, 12))
}

fn lines() -> Vec<Line> {
    let pointer = || basis().pointer();
    let place = Place {
        shard: Some(Shard::new("440300")),
        book: BookKey::new("bonded", "E2"),
        account: "bond.1".into(),
        unit: Unit::new("035", 5),
    };
    let kept = Act::Settle { of: id("h"), amount: None, from: None, rest: ledger::Rest::Open };
    vec![
        Line::Transferred(id("t"), "guarantor".into(), "limit".into(), 1_000),
        Line::Reserved(id("h"), "limit".into(), "used".into(), 100, Some(at()), 1),
        Line::Waits(id("w"), "limit".into(), "used".into(), 100, None, at()),
        Line::Served(id("w"), "limit".into(), 100, 2, pointer()),
        Line::Adjusted(id("a"), id("h"), "limit".into(), "used".into(), 90, [-10, 0], [90, 0]),
        Line::Accepted(id("c"), id("h")),
        Line::Settled(
            id("s"),
            id("h"),
            "limit".into(),
            "used".into(),
            Some(50),
            Box::new(Settlement(50, 10, 30, false, None)),
        ),
        Line::Settled(
            id("s2"),
            id("h"),
            "y2026".into(),
            "used".into(),
            None,
            Box::new(Settlement(30, 0, 0, true, Some("limit".into()))),
        ),
        Line::Released(id("r"), id("h"), "limit".into(), None, 30, 0, false),
        Line::Restored(id("b"), id("h"), "used".into(), "limit".into(), Some(20), 20, 30),
        Line::Shifted(id("f"), id("h"), "used".into(), "claimed".into(), 30),
        Line::Carried(id("k"), Some(id("h")), "transit".into(), 95, Box::new(place)),
        Line::Expired(id("x"), "limit".into(), 100, false, pointer()),
        Line::Kept(Box::new(Entry::new(id("e"), kept).early().basis(basis()))),
        Line::Dropped(id("d"), id("h"), BookError::Insufficient { available: 5 }),
    ]
}

fn slice() -> Box<SliceNote> {
    Box::new(SliceNote {
        home: BookKey::new("guarantee", "1"),
        home_shard: Shard::new("440100"),
        to: Shard::new("440300"),
        epoch: 2,
        total: 300,
        until: at(),
    })
}

fn terms() -> Box<SliceTerms> {
    Box::new(SliceTerms {
        account: "limit".into(),
        with: vec![account("used")],
        step: 100,
        lease_us: 600_000_000,
        low_percent: 80,
    })
}

fn opening() -> Box<Opening> {
    Box::new(Opening {
        title: Some(Label::new("担保额度", "Guarantee quota")),
        owners: vec![PartyKey::new("p1")],
        organ: Some(OrganKey::new("440100-customs")),
        place: "440100".to_owned(),
        accounts: vec![
            account("guarantor").outside(),
            AccountSpec::new("limit", Unit::FEN, "可用额度", "Limit")
                .uses(12)
                .queue(Queue::Strict)
                .valid(Some(at()), Some(at().plus_seconds(60))),
        ],
        rules: vec!["guarantee.cap".to_owned()],
        origin: basis().origin,
    })
}

fn events() -> Vec<BookEvent> {
    let after = || vec![After("limit".into(), 900, 100, 1)];
    let came =
        || Box::new(Came { at: at(), lines: vec![], own: vec![(0, basis())], after: after() });
    let arrival = Arrival {
        id: id("k"),
        from: BookKey::new("bonded", "E1"),
        to: "bond.1".into(),
        amount: 95,
        unit: Unit::new("035", 5),
        basis: basis(),
    };
    let why = || BookError::Frozen { why: "逾期".to_owned() };
    vec![
        BookEvent::Opened(opening()),
        BookEvent::AccountsAdded { accounts: vec![account("claimed")] },
        BookEvent::FloorSet { account: "limit".into(), floor: Some(-500), basis: basis() },
        BookEvent::ValiditySet {
            account: "limit".into(),
            from: None,
            until: Some(at()),
            basis: basis(),
        },
        BookEvent::Posted(Box::new(Posted {
            at: at(),
            basis: basis(),
            lines: lines(),
            own: vec![(1, Basis::new("另有依据"))],
            refused: vec![(3, BookError::Chain), (4, why())],
            after: after(),
        })),
        BookEvent::Lapsed(came()),
        BookEvent::Served(came()),
        BookEvent::Frozen { key: "red".to_owned(), accounts: vec!["limit".into()], basis: basis() },
        BookEvent::Unfrozen { key: "red".to_owned(), basis: basis() },
        BookEvent::Closed { at: at(), basis: basis() },
        BookEvent::Arrived { arrivals: vec![arrival], unplaced: vec![0], after: after() },
        BookEvent::Lent {
            slice: slice(),
            terms: terms(),
            amount: 300,
            opening: opening(),
            after: after(),
        },
        BookEvent::Reclaimed { to: Shard::new("440300"), bound: 300 },
        BookEvent::TakenBack { slice: slice(), amount: 20, after: after() },
        BookEvent::SliceTaken {
            at: at(),
            slice: slice(),
            terms: terms(),
            amount: 300,
            opening: Some(opening()),
            after: after(),
        },
        BookEvent::SliceAsked { slice: slice(), used: 280 },
        BookEvent::SliceReturned { slice: slice(), amount: 20, ended: true, after: after() },
    ]
}

#[test]
fn every_event_of_a_book_is_written_and_read_as_ever() {
    let golden: Value = serde_json::from_str(GOLDEN).expect("json");
    let events = events();
    let now = serde_json::json!({ "book": events });
    let lines = golden["book"].as_array().unwrap_or_else(|| panic!("now {now}")).clone();
    assert_eq!(lines.len(), events.len(), "now {now}");
    for (line, event) in lines.iter().zip(&events) {
        assert_eq!(*line, serde_json::to_value(event).expect("json"), "written otherwise");
        let read: BookEvent = serde_json::from_value(line.clone()).expect("readable");
        assert_eq!(read, *event, "read otherwise");
    }
}
