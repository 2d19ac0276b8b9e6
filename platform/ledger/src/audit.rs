//! The auditor (审计模型): a second, simpler book, written for nothing but to be right, with which the real one is compared.
//!
//! It shares the words with the book and none of its code. It keeps lists, does what is asked to a copy of everything, looks
//! whether the copy is lawful, and throws it away if it is not. Its sums are 128 bits wide.

use crate::book::{
    AccountSpec, Act, Arrival, BookError, Entry, FieldName, Posting, Queue, Rest, Terms,
    TransferId, Unit,
};
use codes::Moment;
use std::collections::{BTreeMap, BTreeSet};

pub mod compare;
pub mod random;

/// An account.
#[derive(Clone, Debug)]
struct Account {
    spec: AccountSpec,
    posted: i128,
}

/// A reservation, for ever.
#[derive(Clone, Debug)]
struct Hold {
    id: TransferId,
    from: String,
    to: String,
    open: i128,
    settled: i128,
    until: Option<Moment>,
    waits: Option<(Moment, usize)>,
    since: Moment,
    /// Whether it counts as a use of its account.
    is_use: bool,
    was_settled: bool,
    ended: Option<Moment>,
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// It was entered, or kept.
    New,
    /// It had been entered before.
    Before,
    /// It was refused.
    Refused(BookError),
}

/// An account's figures: balance, reserved, uses.
pub type Figures = (i128, i128, u32);

/// A book as the auditor keeps it.
#[derive(Clone, Debug, Default)]
pub struct Auditor {
    accounts: Vec<Account>,
    holds: Vec<Hold>,
    done: Vec<(TransferId, Act)>,
    early: Vec<Entry>,
    freezes: BTreeMap<String, (Vec<String>, String)>,
    closed: Option<Moment>,
    /// What the book kept for later, by its own events.
    kept: BTreeSet<TransferId>,
}

type Done = Result<(), BookError>;

fn lacking(available: i128) -> BookError {
    let available = available.clamp(0, i128::from(i64::MAX));
    BookError::Insufficient { available: i64::try_from(available).unwrap_or(i64::MAX) }
}

impl Auditor {
    /// Opens accounts.
    pub fn add(&mut self, specs: &[AccountSpec]) {
        for spec in specs {
            self.accounts.push(Account { spec: spec.clone(), posted: 0 });
            for own in ["away", "unplaced"] {
                let name = format!("{own}.{}.{}", spec.unit.code.to_lowercase(), spec.unit.scale);
                if self.find(&name).is_none() {
                    let spec = AccountSpec::new(&name, spec.unit.clone(), "", "").outside();
                    self.accounts.push(Account { spec, posted: 0 });
                }
            }
        }
    }

    /// Opens the account of what is lent to a shard, if it is not there.
    pub fn add_lent(&mut self, name: &str, unit: &Unit) {
        if self.find(name).is_none() {
            let spec = AccountSpec::new(name, unit.clone(), "", "");
            self.accounts.push(Account { spec, posted: 0 });
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.accounts.iter().position(|account| account.spec.name.as_str() == name)
    }

    fn reserved(&self, name: &str) -> i128 {
        let taken = self.holds.iter().filter(|hold| hold.waits.is_none() && hold.from == name);
        taken.map(|hold| hold.open).sum()
    }

    fn uses(&self, name: &str) -> u32 {
        let counted = self.holds.iter().filter(|hold| hold.is_use && hold.from == name);
        u32::try_from(counted.count()).unwrap_or(u32::MAX)
    }

    /// How an account stands.
    #[must_use]
    pub fn figures(&self, name: &str) -> Option<Figures> {
        let account = self.accounts.get(self.find(name)?)?;
        Some((account.posted, self.reserved(name), self.uses(name)))
    }

    /// What is reserved from an account or waits for it, in words.
    #[must_use]
    pub fn told(&self, name: &str) -> String {
        let open = self.holds.iter().filter(|hold| hold.from == name && hold.ended.is_none());
        format!("{:?}", open.collect::<Vec<_>>())
    }

    /// Every account with its figures.
    pub fn all(&self) -> impl Iterator<Item = (&str, Figures)> {
        self.accounts.iter().map(|account| {
            let name = account.spec.name.as_str();
            (name, (account.posted, self.reserved(name), self.uses(name)))
        })
    }

    /// What does not hold: a unit whose sum is not zero, an account below its floor.
    ///
    /// # Errors
    /// What, in words.
    pub fn check(&self) -> Result<(), String> {
        let mut sums: BTreeMap<&Unit, i128> = BTreeMap::new();
        for account in &self.accounts {
            *sums.entry(&account.spec.unit).or_default() += account.posted;
            let free = account.posted - self.reserved(account.spec.name.as_str());
            if account.spec.floor.is_some_and(|floor| free < i128::from(floor)) {
                return Err(format!("{} stands at {free}", account.spec.name));
            }
        }
        match sums.iter().find(|(_, sum)| **sum != 0) {
            Some((unit, sum)) => Err(format!("the sum of {} is {sum}", unit.code)),
            None => Ok(()),
        }
    }

    /// Freezes accounts, or all.
    pub fn freeze(&mut self, key: &str, accounts: Vec<String>, why: &str) {
        self.freezes.insert(key.to_owned(), (accounts, why.to_owned()));
    }

    /// Lifts a freeze.
    pub fn unfreeze(&mut self, key: &str, now: Moment) {
        self.freezes.remove(key);
        self.serve(now);
    }

    /// Another floor.
    pub fn set_floor(&mut self, name: &str, floor: Option<i64>, now: Moment) {
        if let Some(account) = self.find(name).and_then(|at| self.accounts.get_mut(at)) {
            account.spec.floor = floor;
        }
        self.serve(now);
    }

    /// Closes it.
    pub fn close(&mut self, now: Moment) {
        self.closed = Some(now);
    }

    /// Takes what another book carried here.
    pub fn arrive(&mut self, arrivals: &[Arrival], unplaced: &[u32], now: Moment) {
        for (at, arrival) in arrivals.iter().enumerate() {
            let of_unit = |own: &str| {
                format!("{own}.{}.{}", arrival.unit.code.to_lowercase(), arrival.unit.scale)
            };
            let lost = unplaced.iter().any(|place| usize::try_from(*place) == Ok(at));
            let to = if lost { of_unit("unplaced") } else { arrival.to.to_string() };
            self.shift(&of_unit("away"), &to, i128::from(arrival.amount));
        }
        self.serve(now);
    }

    /// Moves an amount, lawful or not.
    pub fn shift(&mut self, from: &str, to: &str, amount: i128) {
        for (name, by) in [(from, -amount), (to, amount)] {
            if let Some(account) = self.find(name).and_then(|at| self.accounts.get_mut(at)) {
                account.posted += by;
            }
        }
    }

    /// Lets lapse what is due, and serves whom that lets be served.
    pub fn sweep(&mut self, now: Moment) {
        for hold in &mut self.holds {
            if hold.ended.is_none() && hold.until.is_some_and(|until| until <= now) {
                (hold.open, hold.waits, hold.is_use, hold.until) = (0, None, false, None);
                (hold.ended, hold.since) = (Some(now), now);
            }
        }
        self.serve(now);
    }

    /// Posts, and says what came of each entry.
    pub fn post(&mut self, posting: &Posting, now: Moment) -> Vec<Came> {
        let before = self.clone();
        self.sweep(now);
        let results = match posting.terms {
            Terms::Together => {
                let results = self.chain(&posting.entries, now, posting.entries.len() == 1);
                self.serve(now);
                results
            }
            Terms::Each => {
                let mut results = Vec::new();
                for chain in posting.entries.split_inclusive(|entry| !entry.linked) {
                    results.extend(self.chain(chain, now, chain.len() == 1));
                    self.serve(now);
                }
                results
            }
        };
        let is_refused = posting.terms == Terms::Together
            && results.iter().any(|result| matches!(result, Came::Refused(_)));
        if is_refused || results.iter().all(|result| *result == Came::Before) {
            *self = before;
        }
        results
    }

    fn chain(&mut self, chain: &[Entry], now: Moment, alone: bool) -> Vec<Came> {
        let before = self.clone();
        let mut results = Vec::new();
        for entry in chain {
            match self.enter(entry, now, alone) {
                Ok(result) => results.push(result),
                Err(why) => {
                    *self = before;
                    let refused = |at| {
                        let why = if at == results.len() { why.clone() } else { BookError::Chain };
                        Came::Refused(why)
                    };
                    return (0..chain.len()).map(refused).collect();
                }
            }
        }
        results
    }

    fn enter(&mut self, entry: &Entry, now: Moment, alone: bool) -> Result<Came, BookError> {
        if let Some((_, known)) = self.done.iter().find(|(id, _)| *id == entry.id) {
            let same =
                if alike(known, &entry.act) { Ok(Came::Before) } else { Err(BookError::IdReused) };
            return same;
        }
        match self.try_out(entry, now) {
            Err(BookError::NoHold) if entry.early && alone => self.early.push(entry.clone()),
            other => other?,
        }
        self.done.push((entry.id, entry.act.clone()));
        if matches!(entry.act, Act::Reserve { .. }) {
            self.take_up_early(entry.id, now);
        }
        Ok(Came::New)
    }

    fn take_up_early(&mut self, of: TransferId, now: Moment) {
        if self.holds.iter().any(|hold| hold.id == of && hold.waits.is_some()) {
            return;
        }
        let (mine, others) = std::mem::take(&mut self.early)
            .into_iter()
            .partition(|kept| about(&kept.act) == Some(of));
        self.early = others;
        let mine: Vec<Entry> = mine;
        for kept in mine {
            // What comes to nothing now has had its turn.
            drop(self.try_out(&kept, now));
        }
    }

    /// Does it to a copy, and keeps the copy if it is lawful.
    fn try_out(&mut self, entry: &Entry, now: Moment) -> Done {
        let mut copy = self.clone();
        copy.act(entry, now)?;
        *self = copy;
        Ok(())
    }

    fn act(&mut self, entry: &Entry, now: Moment) -> Done {
        match &entry.act {
            Act::Transfer { from, to, amount } => {
                self.lawful_pair(*amount, from.as_str(), to.as_str())?;
                self.may_leave(from.as_str())?;
                self.shift(from.as_str(), to.as_str(), i128::from(*amount));
                self.stands(from.as_str(), *amount)?;
                self.countable(to.as_str())
            }
            Act::Reserve { from, to, amount, until, wait } => {
                self.reserve(entry.id, (from.as_str(), to.as_str(), *amount), (*until, *wait), now)
            }
            Act::Adjust { of, amount } => self.adjust(*of, *amount, now),
            Act::Accept { of } => {
                let hold = self.hold(*of)?;
                (hold.until, hold.since) = (None, now);
                Ok(())
            }
            Act::Settle { of, amount, from, rest } => {
                self.settle(*of, *amount, from.as_ref().map(|name| name.as_str()), *rest, now)
            }
            Act::Release { of, amount } => self.release(*of, *amount, now),
            Act::Restore { of, amount } => self.restore(*of, *amount, now),
            Act::Shift { of, to } => {
                let (from, amount) = {
                    let hold = self.taken(*of)?;
                    (hold.to.clone(), hold.settled)
                };
                self.lawful_pair(1, &from, to.as_str())?;
                if amount == 0 {
                    return Err(lacking(0));
                }
                self.shift(&from, to.as_str(), amount);
                self.stands(&from, i64::try_from(amount).unwrap_or(i64::MAX))?;
                self.countable(to.as_str())?;
                let hold = self.taken(*of)?;
                (hold.to, hold.since) = (to.to_string(), now);
                Ok(())
            }
            Act::Carry { of, from, amount, to } => {
                positive(*amount)?;
                let unit = self.unit(from.as_str())?;
                if unit != to.unit {
                    return Err(BookError::UnitDiffers);
                }
                if let Some(of) = of {
                    let hold = self.hold(*of)?;
                    if hold.to != from.as_str() {
                        return Err(BookError::Field(FieldName::To));
                    }
                    if hold.settled < i128::from(*amount) {
                        return Err(lacking(hold.settled));
                    }
                    hold.settled -= i128::from(*amount);
                    hold.since = now;
                    hold.end_if_empty(now);
                }
                self.may_leave(from.as_str())?;
                let away = format!("away.{}.{}", unit.code.to_lowercase(), unit.scale);
                self.shift(from.as_str(), &away, i128::from(*amount));
                self.stands(from.as_str(), *amount)
            }
        }
    }

    // --- what is asked ---------------------------------------------------------------------------------------------------

    fn unit(&self, name: &str) -> Result<Unit, BookError> {
        let account = self.find(name).and_then(|at| self.accounts.get(at));
        let account = account.ok_or_else(|| BookError::NoAccount(name.to_owned()))?;
        Ok(account.spec.unit.clone())
    }

    fn lawful_pair(&self, amount: i64, from: &str, to: &str) -> Done {
        positive(amount)?;
        if from == to {
            return Err(BookError::Field(FieldName::To));
        }
        let (from, to) = (self.unit(from)?, self.unit(to)?);
        if from == to { Ok(()) } else { Err(BookError::UnitDiffers) }
    }

    fn may_leave(&self, name: &str) -> Done {
        if let Some(since) = self.closed {
            return Err(BookError::BookClosed { since });
        }
        let hit = self.freezes.values().find(|(accounts, _)| {
            accounts.is_empty() || accounts.iter().any(|frozen| frozen == name)
        });
        hit.map_or(Ok(()), |(_, why)| Err(BookError::Frozen { why: why.clone() }))
    }

    fn may_bind(&self, name: &str, now: Moment) -> Done {
        self.may_leave(name)?;
        let Some(account) = self.find(name).and_then(|at| self.accounts.get(at)) else {
            return Ok(());
        };
        if let Some(from) = account.spec.valid_from.filter(|from| now < *from) {
            return Err(BookError::NotYetValid { from });
        }
        match account.spec.valid_until.filter(|until| now >= *until) {
            Some(since) => Err(BookError::Expired { since }),
            None => Ok(()),
        }
    }

    /// Whether an account still stands, after so much was taken from it.
    fn stands(&self, name: &str, taken: i64) -> Done {
        let Some(account) = self.find(name).and_then(|at| self.accounts.get(at)) else {
            return Ok(());
        };
        let free = account.posted - self.reserved(name);
        if let Some(floor) = account.spec.floor {
            let over = free - i128::from(floor);
            if over < 0 {
                return Err(lacking(over + i128::from(taken)));
            }
        }
        let small = |sum: i128| i64::try_from(sum).is_ok();
        if small(account.posted) && small(free) && small(self.reserved(name)) {
            Ok(())
        } else {
            Err(BookError::Overflow)
        }
    }

    fn countable(&self, name: &str) -> Done {
        let account = self.find(name).and_then(|at| self.accounts.get(at));
        let is_small = account.is_none_or(|account| i64::try_from(account.posted).is_ok());
        if is_small { Ok(()) } else { Err(BookError::Overflow) }
    }

    fn hold(&mut self, of: TransferId) -> Result<&mut Hold, BookError> {
        let hold = self.holds.iter_mut().find(|hold| hold.id == of).ok_or(BookError::NoHold)?;
        match hold.ended {
            Some(since) => Err(BookError::Closed { since }),
            None => Ok(hold),
        }
    }

    fn taken(&mut self, of: TransferId) -> Result<&mut Hold, BookError> {
        let hold = self.hold(of)?;
        if hold.waits.is_some() { Err(BookError::Waiting) } else { Ok(hold) }
    }

    /// Whether a hold that was just put in fits: its use, then its amount.
    fn fits(&self, name: &str, amount: i64) -> Done {
        let spec = self.find(name).and_then(|at| self.accounts.get(at)).map(|one| &one.spec);
        if let Some(max) = spec.and_then(|spec| spec.uses_max)
            && self.uses(name) > max
        {
            return Err(BookError::UsesExhausted { max });
        }
        self.stands(name, amount)
    }

    fn counts_uses(&self, name: &str) -> bool {
        let account = self.find(name).and_then(|at| self.accounts.get(at));
        account.is_some_and(|account| account.spec.uses_max.is_some())
    }

    // --- the acts --------------------------------------------------------------------------------------------------------

    fn reserve(
        &mut self,
        id: TransferId,
        (from, to, amount): (&str, &str, i64),
        (until, wait): (Option<Moment>, Option<Moment>),
        now: Moment,
    ) -> Done {
        self.lawful_pair(amount, from, to)?;
        self.may_bind(from, now)?;
        if let Some(since) = until.filter(|until| *until <= now) {
            return Err(BookError::Expired { since });
        }
        let queue = self.find(from).and_then(|at| self.accounts.get(at)).map(|a| a.spec.queue);
        let somebody_waits =
            self.holds.iter().any(|hold| hold.waits.is_some() && hold.from == from);
        let before = self.clone();
        self.holds.push(Hold {
            id,
            from: from.to_owned(),
            to: to.to_owned(),
            open: i128::from(amount),
            settled: 0,
            until,
            waits: None,
            since: now,
            is_use: self.counts_uses(from),
            was_settled: false,
            ended: None,
        });
        let fits = if queue == Some(Queue::Strict) && somebody_waits {
            Err(lacking(0))
        } else {
            self.fits(from, amount)
        };
        let may_wait = wait.filter(|_| queue.is_some_and(|queue| queue != Queue::None));
        match (fits, may_wait) {
            (Ok(()), _) => Ok(()),
            (
                Err(BookError::UsesExhausted { .. } | BookError::Insufficient { .. }),
                Some(since),
            ) => {
                let order = self.holds.len();
                if let Some(hold) = self.holds.last_mut() {
                    (hold.waits, hold.is_use) = (Some((since, order)), false);
                }
                Ok(())
            }
            (Err(why), _) => {
                *self = before;
                Err(why)
            }
        }
    }

    fn adjust(&mut self, of: TransferId, amount: i64, now: Moment) -> Done {
        positive(amount)?;
        let hold = self.hold(of)?.clone();
        let more = i128::from(amount) - (hold.open + hold.settled);
        if more > 0 {
            self.may_bind(&hold.from, now)?;
        }
        let (open, settled) = if more > 0 && (hold.open > 0 || hold.settled == 0) {
            (hold.open + more, hold.settled)
        } else if more > 0 {
            (0, i128::from(amount))
        } else {
            // What is not settled goes first.
            let open = (hold.open + more).max(0);
            (open, i128::from(amount) - open)
        };
        let by = settled - hold.settled;
        {
            let hold = self.hold(of)?;
            (hold.open, hold.settled, hold.since) = (open, settled, now);
            hold.end_if_empty(now);
        }
        self.shift(&hold.from, &hold.to, by);
        if more > 0 && hold.waits.is_none() {
            self.stands(&hold.from, i64::try_from(more).unwrap_or(i64::MAX))?;
        }
        if by < 0 {
            self.stands(&hold.to, i64::try_from(-by).unwrap_or(i64::MAX))?;
            self.countable(&hold.from)?;
        }
        if by > 0 { self.countable(&hold.to) } else { Ok(()) }
    }

    fn settle(
        &mut self,
        of: TransferId,
        asked: Option<i64>,
        bearer: Option<&str>,
        rest: Rest,
        now: Moment,
    ) -> Done {
        asked.map_or(Ok(()), positive)?;
        let hold = self.taken(of)?.clone();
        if asked.is_none() && hold.open == 0 {
            return Err(BookError::Closed { since: hold.since });
        }
        let amount = asked.map_or(hold.open, i128::from);
        if amount > hold.open {
            return Err(lacking(hold.open));
        }
        let left = if rest == Rest::Open { hold.open - amount } else { 0 };
        if let Some(bearer) = bearer {
            self.unit(bearer)?;
        }
        if let Some(bearer) = bearer.filter(|bearer| *bearer != hold.from) {
            if hold.was_settled {
                return Err(BookError::SettledElsewhere);
            }
            if self.unit(bearer)? != self.unit(&hold.to)? {
                return Err(BookError::UnitDiffers);
            }
            self.may_leave(bearer)?;
            let counts = self.counts_uses(bearer);
            let all = amount + left;
            {
                let hold = self.taken(of)?;
                (hold.from, hold.is_use, hold.open) = (bearer.to_owned(), counts, all);
            }
            self.fits(bearer, i64::try_from(all).unwrap_or(i64::MAX))?;
        }
        let (from, to) = {
            let hold = self.taken(of)?;
            hold.open = left;
            hold.settled += amount;
            (hold.until, hold.since, hold.was_settled) = (None, now, true);
            (hold.from.clone(), hold.to.clone())
        };
        self.shift(&from, &to, amount);
        self.countable(&to)?;
        let hold = self.taken(of)?;
        if rest == Rest::Final {
            hold.settled = 0;
        }
        hold.end_if_empty(now);
        Ok(())
    }

    fn release(&mut self, of: TransferId, asked: Option<i64>, now: Moment) -> Done {
        asked.map_or(Ok(()), positive)?;
        let hold = self.hold(of)?;
        if hold.open == 0 {
            return Err(BookError::Closed { since: hold.since });
        }
        let amount = asked.map_or(hold.open, i128::from);
        if amount > hold.open {
            return Err(lacking(hold.open));
        }
        hold.open -= amount;
        hold.since = now;
        hold.end_if_empty(now);
        Ok(())
    }

    fn restore(&mut self, of: TransferId, asked: Option<i64>, now: Moment) -> Done {
        asked.map_or(Ok(()), positive)?;
        let hold = self.taken(of)?;
        let amount = asked.map_or(hold.settled, i128::from);
        if hold.settled == 0 || amount > hold.settled {
            return Err(lacking(hold.settled));
        }
        hold.settled -= amount;
        hold.since = now;
        hold.end_if_empty(now);
        let (from, to) = (hold.from.clone(), hold.to.clone());
        self.shift(&to, &from, amount);
        self.stands(&to, i64::try_from(amount).unwrap_or(i64::MAX))?;
        self.countable(&from)
    }

    /// Serves whoever can be served, until nobody can.
    fn serve(&mut self, now: Moment) {
        while self.serve_once(now) {}
    }

    fn serve_once(&mut self, now: Moment) -> bool {
        let mut served = false;
        let names: Vec<(String, Queue)> = self
            .accounts
            .iter()
            .map(|account| (account.spec.name.to_string(), account.spec.queue))
            .collect();
        for (name, queue) in names {
            let mut turns: Vec<((Moment, usize), TransferId)> = self
                .holds
                .iter()
                .filter(|hold| hold.from == name)
                .filter_map(|hold| Some((hold.waits?, hold.id)))
                .collect();
            turns.sort_unstable();
            for (_, id) in turns {
                if self.hold(id).is_err() {
                    continue;
                }
                let mut copy = self.clone();
                if copy.serve_one(id, now).is_ok() {
                    *self = copy;
                    served = true;
                    self.take_up_early(id, now);
                } else if queue == Queue::Strict {
                    break;
                }
            }
        }
        served
    }

    fn serve_one(&mut self, id: TransferId, now: Moment) -> Done {
        let from = self.hold(id)?.from.clone();
        self.may_bind(&from, now)?;
        let counts = self.counts_uses(&from);
        let hold = self.hold(id)?;
        (hold.waits, hold.is_use, hold.since) = (None, counts, now);
        let amount = i64::try_from(hold.open).unwrap_or(i64::MAX);
        self.fits(&from, amount)
    }
}

impl Hold {
    fn end_if_empty(&mut self, now: Moment) {
        if self.open == 0 {
            self.until = None;
            if !self.was_settled {
                self.is_use = false;
            }
            if self.settled == 0 {
                (self.ended, self.waits) = (Some(now), None);
            }
        }
    }
}

fn positive(amount: i64) -> Done {
    if amount > 0 { Ok(()) } else { Err(BookError::Field(FieldName::Amount)) }
}

/// The reservation that an act is about.
fn about(act: &Act) -> Option<TransferId> {
    match act {
        Act::Transfer { .. } | Act::Reserve { .. } => None,
        Act::Adjust { of, .. }
        | Act::Accept { of }
        | Act::Settle { of, .. }
        | Act::Release { of, .. }
        | Act::Restore { of, .. }
        | Act::Shift { of, .. } => Some(*of),
        Act::Carry { of, .. } => *of,
    }
}

/// Whether two acts have the same content: what is asked of which accounts or reservation, and how much.
fn alike(one: &Act, other: &Act) -> bool {
    match (one, other) {
        (
            Act::Reserve { from, to, amount, .. },
            Act::Reserve { from: from2, to: to2, amount: amount2, .. },
        ) => (from, to, amount) == (from2, to2, amount2),
        (Act::Settle { of, amount, .. }, Act::Settle { of: of2, amount: amount2, .. }) => {
            (of, amount) == (of2, amount2)
        }
        (
            Act::Carry { of, from, amount, to },
            Act::Carry { of: of2, from: from2, amount: amount2, to: to2 },
        ) => {
            (of, from, amount, &to.book, &to.account)
                == (of2, from2, amount2, &to2.book, &to2.account)
        }
        _ => one == other,
    }
}
