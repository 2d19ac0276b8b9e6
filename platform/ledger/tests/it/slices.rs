//! Slices between two books whose messages a test carries, loses, repeats and reorders by hand.

use crate::tables::{account, id};
use codes::Moment;
use kernel::{Actor, Aggregate as _, CommandId, Context, EventId, Shard};
use ledger::book::SliceNote;
use ledger::{
    Basis, Book, BookCommand, BookError, BookEvent, BookKey, Opening, Posting, Rules, SliceTerms,
};

const START: Moment = Moment::from_us(1_770_858_000_000_000);
const LEASE_S: i64 = 600;

/// A home and a district, and what is on the line between them.
struct Two {
    home: Book,
    there: Book,
    now: Moment,
    commands: u64,
    /// What was sent and not carried yet: whether to the district, and what.
    line: Vec<(bool, BookCommand)>,
}

fn key() -> BookKey {
    BookKey::new("guarantee", "1")
}

impl Two {
    /// A limit of 1,000 at home, of which a slice was lent.
    fn lent(amount: i64) -> Self {
        let mut two = Self {
            home: Book::default(),
            there: Book::default(),
            now: START,
            commands: 0,
            line: Vec::new(),
        };
        let accounts = vec![account("guarantor").outside(), account("limit"), account("used")];
        let opening = Opening { accounts, ..Opening::default() };
        two.at_home(BookCommand::Open(Box::new(opening))).unwrap();
        let file = Posting::new(Basis::new("file")).transfer(id("f"), "guarantor", "limit", 1_000);
        two.at_home(BookCommand::post(file)).unwrap();
        two.lend(amount).unwrap();
        two.carry();
        two
    }

    fn lend(&mut self, amount: i64) -> Result<(), BookError> {
        let terms = SliceTerms {
            account: "limit".into(),
            with: vec![account("used")],
            step: 100,
            lease_us: LEASE_S * 1_000_000,
            low_percent: 80,
        };
        self.at_home(BookCommand::Lend {
            home: key(),
            shard: Shard::new("440100"),
            to: Shard::new("440300"),
            amount,
            terms: Box::new(terms),
        })
    }

    fn decide(&mut self, there: bool, command: BookCommand) -> Result<(), BookError> {
        self.commands += 1;
        let cx = Context {
            now: self.now,
            actor: Actor::system("ledger.slices"),
            command: CommandId::derive(&[&self.commands.to_be_bytes()]),
            cause: Some(EventId { shard: Shard::new("440100"), seq: 1 }),
        };
        let book = if there { &mut self.there } else { &mut self.home };
        let events = book.decide(&Rules::default(), &cx, command)?;
        for event in events {
            book.evolve(&event);
            self.line.extend(message(event));
        }
        Ok(())
    }

    fn at_home(&mut self, command: BookCommand) -> Result<(), BookError> {
        self.decide(false, command)
    }

    fn hold(&mut self, there: bool, name: &str, amount: i64) -> Result<(), BookError> {
        let posting =
            Posting::new(Basis::new(name)).reserve(id(name), ("limit", "used"), amount, None);
        self.decide(there, BookCommand::post(posting))
    }

    fn release(&mut self, there: bool, name: &str) -> Result<(), BookError> {
        let posting = Posting::new(Basis::new(name)).release(id(&format!("x{name}")), id(name));
        self.decide(there, BookCommand::post(posting))
    }

    /// Carries everything on the line until nothing is left.
    fn carry(&mut self) {
        while !self.line.is_empty() {
            let (there, command) = self.line.remove(0);
            self.decide(there, command).unwrap();
        }
    }

    fn at(&mut self, seconds: i64) {
        self.now = START.plus_seconds(seconds);
    }

    /// Fires the district's timers that are due.
    fn fire(&mut self) {
        loop {
            let due = self.there.deadlines().into_iter().filter(|due| due.at <= self.now);
            let Some(due) = due.min_by_key(|due| due.at) else { return };
            self.decide(true, due.command).unwrap();
        }
    }

    fn free(&self, there: bool) -> i64 {
        let book = if there { &self.there } else { &self.home };
        book.available("limit").unwrap()
    }
}

/// What the ledger's policy makes of an event.
fn message(event: BookEvent) -> Option<(bool, BookCommand)> {
    match event {
        BookEvent::Lent { slice, terms, opening, .. } => {
            Some((true, BookCommand::TakeSlice { slice, terms, opening }))
        }
        BookEvent::SliceAsked { slice, used } => {
            Some((false, BookCommand::MoreSlice { slice, used }))
        }
        BookEvent::SliceReturned { slice, amount, .. } if amount > 0 => {
            Some((false, BookCommand::BackSlice { slice }))
        }
        _ => None,
    }
}

#[test]
fn s25_a_cut_line_refuses_but_never_lets_more_be_held_than_there_is() {
    let mut two = Two::lent(300);
    assert_eq!((two.free(false), two.free(true)), (700, 300));
    // The line is cut: what is said is not carried.
    two.hold(true, "d1", 280).unwrap();
    two.hold(false, "h1", 700).unwrap();
    assert_eq!(two.hold(false, "h2", 1), Err(BookError::Insufficient { available: 0 }));
    two.at(LEASE_S);
    let over = BookError::LeaseEnded { since: two.now };
    assert_eq!(two.hold(true, "d2", 20), Err(over), "no new hold after the lease");
    two.at_home(BookCommand::Reclaim { to: Shard::new("440300") }).unwrap();
    assert_eq!(
        two.hold(false, "h2", 1),
        Err(BookError::Insufficient { available: 0 }),
        "may be held there"
    );
    two.fire();
    two.carry();
    assert_eq!(two.free(false), 20, "280 stay held there, the rest came back");
    two.hold(false, "h3", 20).unwrap();
    two.release(true, "d1").unwrap();
    two.carry();
    assert_eq!(two.free(false), 280, "what comes free after the lease goes home at once");
    assert_eq!(two.home.account("lent.440300").unwrap().figures.posted, 0);
}

#[test]
fn a_slice_in_use_grows_and_is_renewed_and_an_idle_one_comes_home() {
    let mut two = Two::lent(300);
    two.hold(true, "d1", 239).unwrap();
    assert!(two.line.is_empty(), "less than 80 % is in use");
    two.hold(true, "d2", 1).unwrap();
    two.carry();
    assert_eq!((two.free(false), two.free(true)), (600, 160), "a step of 100 came");
    two.at(500);
    two.hold(true, "d3", 1).unwrap();
    two.at(LEASE_S * 5);
    // The timers fall due in order; the question comes before the end.
    two.now = START.plus_seconds(LEASE_S - 60);
    two.fire();
    two.carry();
    let end = two.there.deadlines().into_iter().map(|due| due.at).max().unwrap();
    assert!(end > START.plus_seconds(LEASE_S), "renewed until {end}");
    two.now = end;
    two.fire();
    two.carry();
    assert_eq!(two.free(true), 0);
    assert_eq!(two.free(false), 1_000 - 241, "unused in its last lease, what is free came home");
}

#[test]
fn messages_that_come_again_late_or_out_of_order_add_nothing() {
    let mut two = Two::lent(300);
    two.lend(100).unwrap();
    two.lend(50).unwrap();
    let sent = two.line.clone();
    two.line = vec![sent[1].clone(), sent[0].clone(), sent[1].clone(), sent[0].clone()];
    two.carry();
    assert_eq!((two.free(false), two.free(true)), (550, 450));
    for (at, amount) in [(1, 30), (2, 40)] {
        two.at(at);
        two.decide(true, BookCommand::GiveBack { epoch: None, amount: Some(amount) }).unwrap();
    }
    let back = two.line.clone();
    two.line = vec![back[1].clone(), back[0].clone(), back[1].clone()];
    two.carry();
    assert_eq!((two.free(false), two.free(true)), (620, 380));
    let stale = BookCommand::GiveBack { epoch: Some(1), amount: Some(1) };
    assert_eq!(two.decide(true, stale), Err(BookError::StaleEpoch { found: 1, current: 3 }));
    let greedy = SliceNote {
        home: key(),
        home_shard: Shard::new("440100"),
        to: Shard::new("440300"),
        epoch: 3,
        total: 10_000,
        until: two.now,
    };
    let lie = BookCommand::BackSlice { slice: Box::new(greedy) };
    assert_eq!(two.decide(false, lie), Err(BookError::Insufficient { available: 380 }));
}

#[test]
fn nobody_but_the_ledger_speaks_for_the_other_side() {
    let mut two = Two::lent(300);
    two.lend(1).unwrap();
    let (_, message) = two.line.remove(0);
    for (name, cause) in [("somebody", true), ("ledger.slices", false)] {
        let cx = Context {
            now: two.now,
            actor: Actor::system(name),
            command: CommandId::derive(&[b"x"]),
            cause: cause.then(|| EventId { shard: Shard::new("440100"), seq: 1 }),
        };
        let answer = two.there.decide(&Rules::default(), &cx, message.clone());
        assert_eq!(answer, Err(BookError::NotYours), "{name}");
    }
}
