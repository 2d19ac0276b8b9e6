//! What a book decides.

use super::error::{BookError, FieldName};
use super::event::{Arrival, BookEvent, SliceNote};
use super::hand::Hand;
use super::model::{
    ACCOUNTS_MAX, AccountName, AccountSpec, Basis, BookKey, ENTRIES_MAX, Opening, Posting,
    SliceTerms, Terms,
};
use super::rules::Rules;
use super::slices;
use super::state::{Book, Pages};
use codes::Moment;
use kernel::{Actor, Aggregate, Context, Deadline, Shard};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The policy that brings to other books what was carried there: nobody else may.
pub(super) const CARRIER: &str = "ledger.carry";
/// The policy that carries slices between their two books.
pub(super) const SLICER: &str = "ledger.slices";

/// What may be asked of a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookCommand {
    /// Opens it; again with the same content is nothing.
    Open(Box<Opening>),
    /// Adds accounts.
    AddAccounts {
        /// They.
        accounts: Vec<AccountSpec>,
    },
    /// Another floor: less than before is more credit; more needs as much available.
    SetFloor {
        /// The account.
        account: AccountName,
        /// The floor; nothing for an account of the world outside.
        floor: Option<i64>,
        /// Why.
        basis: Basis,
    },
    /// Another time in which something may be reserved.
    SetValidity {
        /// The account.
        account: AccountName,
        /// From when.
        from: Option<Moment>,
        /// Until before when.
        until: Option<Moment>,
        /// Why.
        basis: Basis,
    },
    /// Entries: the one command of the hot path.
    Post(Box<Posting>),
    /// Nothing more is reserved or taken from these accounts (all of them if none is named) until the key is lifted. What is
    /// reserved already may still be settled, released, restored.
    Freeze {
        /// Its key: several freezes may stand at once, each lifted by its own.
        key: String,
        /// The accounts.
        accounts: Vec<AccountName>,
        /// Why; told to whoever is refused.
        basis: Basis,
    },
    /// Lifts a freeze; one that does not stand is nothing.
    Unfreeze {
        /// Its key.
        key: String,
        /// Why.
        basis: Basis,
    },
    /// Closes the book, once nothing is reserved and nobody waits.
    Close {
        /// Why.
        basis: Basis,
    },
    /// Lets lapse what is due: the book's own timer.
    Sweep {
        /// Until when.
        upto: Moment,
    },
    /// Whether what will be carried here could be placed: decided to nothing, or refused. Put it before the posting that
    /// carries, in the same group ([`super::carried`] does).
    Admit {
        /// The account.
        to: AccountName,
        /// How much.
        amount: i64,
        /// What it counts.
        unit: super::model::Unit,
    },
    /// What other books carried here: the ledger's own hand.
    Arrive {
        /// What.
        arrivals: Vec<Arrival>,
    },
    /// Lends a slice to a shard, or more of one, or renews its lease.
    Lend {
        /// This book's key.
        home: BookKey,
        /// This shard.
        shard: Shard,
        /// To which shard.
        to: Shard,
        /// How much more; may be nothing where a lease is only renewed.
        amount: i64,
        /// On what terms.
        terms: Box<SliceTerms>,
    },
    /// Asks nothing more of a slice whose lease is over and whose holder is silent: it is not renewed until lent again.
    Reclaim {
        /// The shard it is lent to.
        to: Shard,
    },
    /// Gives back of a slice what is free, or so much of it.
    GiveBack {
        /// Of which lease, where that matters.
        epoch: Option<u64>,
        /// How much; all that is free if it is not said.
        amount: Option<i64>,
    },
    /// The lease is over: the book's own timer.
    EndLease {
        /// Which.
        epoch: u64,
    },
    /// The lease is nearly over and in use: the book's own timer.
    AskLease {
        /// Which.
        epoch: u64,
    },
    /// What the home lent: the ledger's own hand.
    TakeSlice {
        /// How it stands.
        slice: Box<SliceNote>,
        /// On what terms.
        terms: Box<SliceTerms>,
        /// How the book is opened.
        opening: Box<Opening>,
    },
    /// What the other side asks for: the ledger's own hand.
    MoreSlice {
        /// How it stands there.
        slice: Box<SliceNote>,
        /// How much of it is in use.
        used: i64,
    },
    /// What the other side gave back: the ledger's own hand.
    BackSlice {
        /// How it stands there.
        slice: Box<SliceNote>,
    },
}

impl BookCommand {
    /// A posting as a command.
    #[must_use]
    pub fn post(posting: Posting) -> Self {
        Self::Post(Box::new(posting))
    }
}

/// Whether the ledger's own policy acts, because of an event.
pub(super) fn is_own(cx: &Context, policy: &str) -> Result<(), BookError> {
    let by = matches!(&cx.actor, Actor::System { name } if name == policy);
    if by && cx.cause.is_some() { Ok(()) } else { Err(BookError::NotYours) }
}

impl Aggregate for Book {
    const KIND: &'static str = "book";
    type Key = BookKey;
    type Command = BookCommand;
    type Event = BookEvent;
    type Error = BookError;
    type World = Rules;

    fn decide(
        &self,
        rules: &Rules,
        cx: &Context,
        command: BookCommand,
    ) -> Result<Vec<BookEvent>, BookError> {
        match command {
            BookCommand::Open(opening) => return self.open(rules, opening),
            BookCommand::TakeSlice { slice, terms, opening } => {
                is_own(cx, SLICER)?;
                return slices::take(self, rules, cx.now, slice, terms, opening);
            }
            _ if self.opening.is_none() => return Err(BookError::NoBook),
            BookCommand::Post(posting) => return self.post(rules, cx.now, &posting),
            BookCommand::Sweep { upto } => {
                let mut hand = Hand::new(self, rules, cx.now.max(upto));
                hand.sweep(cx.now.max(upto));
                return Ok(hand.events);
            }
            _ => {}
        }
        let mut events = self.swept(rules, cx.now);
        let swept;
        let book = if events.is_empty() {
            self
        } else {
            swept = self.with(&events);
            &swept
        };
        let more = book.administer(rules, cx, command)?;
        // A decision to nothing stays one: what is due lapses by its timer.
        if more.is_empty() {
            return Ok(more);
        }
        events.extend(more);
        Ok(events)
    }

    fn evolve(&mut self, event: &BookEvent) {
        super::evolve::evolve(self, event);
    }

    fn deadlines(&self) -> Vec<Deadline<BookCommand>> {
        let mut asked = Vec::new();
        if let Some((first, _)) = self.due.first() {
            // Rounded up to the second, so that a busy book does not change its timer with every entry. Nothing is judged
            // by it: what is due lapses before any other command is decided.
            let at = round_up(*first);
            asked.push(Deadline {
                name: "sweep".to_owned(),
                at,
                command: BookCommand::Sweep { upto: at },
            });
        }
        slices::deadlines(self, &mut asked);
        asked
    }
}

/// The first whole second at or after an instant.
fn round_up(at: Moment) -> Moment {
    let us = at.us();
    let over = us.rem_euclid(1_000_000);
    if over == 0 { at } else { at.plus_us(1_000_000 - over) }
}

impl Book {
    /// What has lapsed by now and whom it serves.
    fn swept(&self, rules: &Rules, now: Moment) -> Vec<BookEvent> {
        if self.due.first().is_none_or(|(at, _)| *at > now) {
            return Vec::new();
        }
        let mut hand = Hand::new(self, rules, now);
        hand.sweep(now);
        hand.events
    }

    /// The book after events.
    pub(super) fn with(&self, events: &[BookEvent]) -> Self {
        let mut book = self.clone();
        for event in events {
            super::evolve::evolve(&mut book, event);
        }
        book
    }

    /// Whom an event that was decided here serves beside it.
    pub(super) fn served_after(
        &self,
        rules: &Rules,
        now: Moment,
        event: BookEvent,
    ) -> Vec<BookEvent> {
        let mut events = vec![event];
        if !self.waiting.is_empty() {
            let book = self.with(&events);
            let mut hand = Hand::new(&book, rules, now);
            let accounts: BTreeSet<u32> =
                book.waiting.keys().map(|(account, ..)| *account).collect();
            for account in accounts {
                hand.note_freed(account);
            }
            hand.serve();
            events.extend(hand.events);
        }
        events
    }

    fn open(&self, rules: &Rules, opening: Box<Opening>) -> Result<Vec<BookEvent>, BookError> {
        match &self.opening {
            Some(known) if *known == opening => return Ok(Vec::new()),
            Some(_) => return Err(BookError::Taken),
            None => {}
        }
        if opening.rules.iter().any(|rule| !rules.has(rule)) {
            return Err(BookError::Field(FieldName::Rule));
        }
        self.check_accounts(&opening.accounts)?;
        Ok(vec![BookEvent::Opened(opening)])
    }

    pub(super) fn check_accounts(&self, specs: &[AccountSpec]) -> Result<(), BookError> {
        let count = self.accounts.len().saturating_add(specs.len());
        if specs.is_empty() || count > ACCOUNTS_MAX {
            return Err(BookError::Field(FieldName::Count));
        }
        let mut seen = BTreeSet::new();
        for spec in specs {
            let name = spec.name.as_str();
            let first = name.split('.').next().unwrap_or_default();
            let is_own = [AccountName::AWAY, AccountName::UNPLACED, slices::LENT, slices::HOME];
            let code = &spec.unit.code;
            let is_code = (1..=16).contains(&code.len())
                && code.bytes().all(|b| b.is_ascii_alphanumeric())
                && spec.unit.scale <= 18;
            if !spec.name.is_sound() || is_own.contains(&first) || !is_code {
                return Err(BookError::Field(FieldName::Name));
            }
            if !seen.insert(name) || self.names.contains_key(name) {
                return Err(BookError::Field(FieldName::Twice));
            }
            if spec.floor.is_some_and(|floor| floor > 0) {
                return Err(BookError::Field(FieldName::Floor));
            }
        }
        Ok(())
    }

    fn post(
        &self,
        rules: &Rules,
        now: Moment,
        posting: &Posting,
    ) -> Result<Vec<BookEvent>, BookError> {
        let entries = posting.entries.as_slice();
        if entries.is_empty() || entries.len() > ENTRIES_MAX {
            return Err(BookError::Field(FieldName::Count));
        }
        let mut hand = Hand::new(self, rules, now);
        hand.sweep(now);
        let before = hand.events.len();
        hand.expect(entries.len());
        match posting.terms {
            Terms::Together => {
                for entry in entries {
                    hand.enter(entry, &posting.basis, entries.len() == 1)?;
                }
                hand.end_posted(&posting.basis);
                hand.serve();
            }
            Terms::Each => each(&mut hand, posting),
        }
        // Nothing new was entered: the answer is that of the first time.
        if hand.events.len() == before {
            return Ok(Vec::new());
        }
        slices::tend(&mut hand);
        Ok(hand.events)
    }

    /// Everything but opening, posting and sweeping.
    fn administer(
        &self,
        rules: &Rules,
        cx: &Context,
        command: BookCommand,
    ) -> Result<Vec<BookEvent>, BookError> {
        match command {
            BookCommand::AddAccounts { accounts } => {
                self.is_open()?;
                self.check_accounts(&accounts)?;
                Ok(vec![BookEvent::AccountsAdded { accounts }])
            }
            BookCommand::SetFloor { account, floor, basis } => {
                self.set_floor(rules, cx.now, account, floor, basis)
            }
            BookCommand::SetValidity { account, from, until, basis } => {
                self.is_open()?;
                self.known_account(&account)?;
                let event = BookEvent::ValiditySet { account, from, until, basis };
                Ok(self.served_after(rules, cx.now, event))
            }
            BookCommand::Freeze { key, accounts, basis } => self.freeze(key, accounts, basis),
            BookCommand::Unfreeze { key, basis } => {
                if !self.freezes.contains_key(&key) {
                    return Ok(Vec::new());
                }
                let event = BookEvent::Unfrozen { key, basis };
                Ok(self.served_after(rules, cx.now, event))
            }
            BookCommand::Close { basis } => self.close(cx.now, basis),
            BookCommand::Admit { to, amount, unit } => self.admit(&to, amount, &unit),
            BookCommand::Arrive { arrivals } => {
                is_own(cx, CARRIER)?;
                self.arrive(rules, cx.now, arrivals)
            }
            BookCommand::Open(_)
            | BookCommand::Post(_)
            | BookCommand::Sweep { .. }
            | BookCommand::TakeSlice { .. } => Ok(Vec::new()),
            of_slices => slices::decide(self, rules, cx, of_slices),
        }
    }

    pub(super) fn is_open(&self) -> Result<(), BookError> {
        self.closed.map_or(Ok(()), |since| Err(BookError::BookClosed { since }))
    }

    fn known_account(&self, name: &AccountName) -> Result<u32, BookError> {
        self.index(name.as_str()).ok_or_else(|| BookError::NoAccount(name.to_string()))
    }

    fn set_floor(
        &self,
        rules: &Rules,
        now: Moment,
        account: AccountName,
        floor: Option<i64>,
        basis: Basis,
    ) -> Result<Vec<BookEvent>, BookError> {
        self.is_open()?;
        let at = self.known_account(&account)?;
        if floor.is_some_and(|floor| floor > 0) {
            return Err(BookError::Field(FieldName::Floor));
        }
        let figures = self.figures(at);
        let free = i128::from(figures.posted) - i128::from(figures.reserved);
        if floor.is_some_and(|floor| free < i128::from(floor)) {
            let known = self.spec(at).and_then(|spec| spec.floor);
            return Err(BookError::Insufficient { available: figures.available(known) });
        }
        let event = BookEvent::FloorSet { account, floor, basis };
        Ok(self.served_after(rules, now, event))
    }

    fn freeze(
        &self,
        key: String,
        accounts: Vec<AccountName>,
        basis: Basis,
    ) -> Result<Vec<BookEvent>, BookError> {
        if key.is_empty() || key.chars().count() > 100 {
            return Err(BookError::Field(FieldName::Name));
        }
        let of = accounts.iter().map(|name| self.known_account(name));
        let of: BTreeSet<u32> = of.collect::<Result<_, _>>()?;
        match self.freezes.get(&key) {
            Some(known) if known.accounts == of => Ok(Vec::new()),
            Some(_) => Err(BookError::IdReused),
            None => Ok(vec![BookEvent::Frozen { key, accounts, basis }]),
        }
    }

    fn close(&self, now: Moment, basis: Basis) -> Result<Vec<BookEvent>, BookError> {
        if self.closed.is_some() {
            return Ok(Vec::new());
        }
        let open = self.holds.values().map(|hold| i128::from(hold.open));
        let lent = self.slices.values().map(|slice| i128::from(slice.bound()));
        let bound: i128 = open.chain(lent).sum();
        if bound > 0 {
            return Err(BookError::StillBound { bound: i64::try_from(bound).unwrap_or(i64::MAX) });
        }
        Ok(vec![BookEvent::Closed { at: now, basis }])
    }

    fn admit(
        &self,
        to: &AccountName,
        amount: i64,
        unit: &super::model::Unit,
    ) -> Result<Vec<BookEvent>, BookError> {
        if amount <= 0 {
            return Err(BookError::Field(FieldName::Amount));
        }
        let at = self.known_account(to)?;
        if self.spec(at).map(|spec| &spec.unit) != Some(unit) {
            return Err(BookError::UnitDiffers);
        }
        self.is_open()?;
        let posted = self.figures(at).posted.checked_add(amount);
        posted.map(|_| Vec::new()).ok_or(BookError::Overflow)
    }

    /// What came is always taken: what has no account to go to lies in `unplaced` until somebody places it.
    fn arrive(
        &self,
        rules: &Rules,
        now: Moment,
        arrivals: Vec<Arrival>,
    ) -> Result<Vec<BookEvent>, BookError> {
        let mut hand = Hand::new(self, rules, now);
        let (mut new, mut unplaced) = (Vec::new(), Vec::new());
        for arrival in arrivals {
            let away = super::state::own_account(AccountName::AWAY, &arrival.unit);
            if self.index(away.as_str()).is_none() {
                // Nothing of this book counts it: an operator is told, and sends it again when there is an account.
                return Err(BookError::UnitDiffers);
            }
            match self.known(arrival.id) {
                Some(known) if known.content == super::evolve::content_of_arrival(&arrival) => {}
                Some(_) => return Err(BookError::IdReused),
                None => {
                    if super::evolve::place_arrival(&mut hand.draft, &arrival) {
                        let at = u32::try_from(new.len()).unwrap_or(u32::MAX);
                        unplaced.push(at);
                    }
                    new.push(arrival);
                }
            }
        }
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let after = hand.draft.after();
        let event = BookEvent::Arrived { arrivals: new, unplaced, after };
        Ok(self.served_after(rules, now, event))
    }
}

/// Enters a posting chain by chain.
fn each(hand: &mut Hand<'_>, posting: &Posting) {
    let mut first = 0;
    for chain in posting.entries.split_inclusive(|entry| !entry.linked) {
        let mark = hand.mark();
        let refused = chain
            .iter()
            .map(|entry| hand.enter(entry, &posting.basis, chain.len() == 1))
            .position_err();
        if let Some((which, why)) = refused {
            hand.rewind(mark);
            let mut why = Some(why);
            for at in 0..chain.len() {
                let own = if at == which { why.take() } else { None };
                hand.refuse(first + at, own.unwrap_or(BookError::Chain));
            }
        } else if hand.has_to_serve() {
            hand.end_posted(&posting.basis);
            hand.serve();
        }
        first += chain.len();
    }
    hand.end_posted(&posting.basis);
}

/// The first error of an iterator with its place.
trait PositionErr<E>: Iterator<Item = Result<(), E>> + Sized {
    fn position_err(self) -> Option<(usize, E)> {
        self.enumerate().find_map(|(at, result)| result.err().map(|why| (at, why)))
    }
}

impl<E, I: Iterator<Item = Result<(), E>>> PositionErr<E> for I {}
