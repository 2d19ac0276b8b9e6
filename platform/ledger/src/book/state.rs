//! The state of a book, and what one line does to it.

use super::event::{Line, Settlement};
use super::model::{AccountName, AccountSpec, Entry, Opening, SliceTerms, TransferId, Unit};
use codes::Moment;
use indexmap::IndexMap;
use kernel::Shard;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A book (额度簿): accounts whose entries sum to zero, and what is reserved from them.
///
/// **Invariant:** of each unit the balances of its accounts sum to zero after every event.
/// **Invariant:** no account's balance, less what is reserved from it, lies below its floor after any event of entries.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub(super) opening: Option<Box<Opening>>,
    pub(super) accounts: Vec<Account>,
    pub(super) names: BTreeMap<AccountName, u32>,
    pub(super) holds: IndexMap<TransferId, Hold>,
    /// Every id that was ever used here.
    pub(super) known: IndexMap<TransferId, Known>,
    pub(super) due: BTreeSet<(Moment, TransferId)>,
    pub(super) waiting: BTreeMap<Turn, TransferId>,
    pub(super) turns: u64,
    pub(super) early: BTreeMap<TransferId, Vec<Entry>>,
    pub(super) early_count: usize,
    pub(super) freezes: BTreeMap<String, Freeze>,
    pub(super) closed: Option<Moment>,
    pub(super) slices: BTreeMap<Shard, HomeSlice>,
    pub(super) lease: Option<Lease>,
}

/// An account with its figures.
#[derive(Clone, Debug)]
pub struct Account {
    /// As it was opened; its floor and its time as they stand now.
    pub spec: AccountSpec,
    /// Its figures.
    pub figures: Figures,
}

/// What an account holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Its balance: what came in less what went out.
    pub posted: i64,
    /// What of it is reserved.
    pub reserved: i64,
    /// Uses that count now.
    pub uses: u32,
    /// Uses there ever were: the number of the last one.
    pub uses_ever: u32,
}

impl Figures {
    /// What may still be taken above a floor; everything countable where there is none.
    #[must_use]
    pub fn available(&self, floor: Option<i64>) -> i64 {
        let Some(floor) = floor else { return i64::MAX };
        let free = i128::from(self.posted) - i128::from(self.reserved) - i128::from(floor);
        i64::try_from(free.max(0)).unwrap_or(i64::MAX)
    }
}

/// A reservation (占用) that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub(super) from: u32,
    pub(super) to: u32,
    /// What is reserved, or waits.
    pub open: i64,
    /// What was settled and not restored.
    pub settled: i64,
    /// When it lapses by itself.
    pub until: Option<Moment>,
    /// When it last changed.
    pub since: Moment,
    /// Its turn, while it waits.
    pub(super) turn: Option<(Moment, u64)>,
    /// The number of its use; 0 where uses are not counted.
    pub use_no: u32,
    /// Whether anything of it was ever settled.
    pub(super) was_settled: bool,
    /// What it belongs to, as `kind/key`.
    pub pointer: Option<Arc<str>>,
}

impl Hold {
    /// Whether it still waits for its turn.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.turn.is_some()
    }

    fn has_ended(&self) -> bool {
        self.open == 0 && self.settled == 0
    }
}

/// What is kept of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// A digest of what was asked under it.
    pub(super) content: u64,
    /// When the reservation of this id ended.
    pub(super) ended: Option<Moment>,
}

/// The place in a queue: account, instant, order of arrival.
pub(super) type Turn = (u32, Moment, u64);

/// A freeze.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Freeze {
    /// The accounts; all of them if it is empty.
    pub(super) accounts: BTreeSet<u32>,
    pub(super) why: String,
}

/// A slice as its home sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HomeSlice {
    pub(super) terms: SliceTerms,
    pub(super) epoch: u64,
    pub(super) until: Moment,
    /// Everything that was ever lent.
    pub(super) lent: i64,
    /// Everything that was ever taken back.
    pub(super) back: i64,
    pub(super) is_reclaimed: bool,
}

impl HomeSlice {
    /// What the other side may hold, for all that is known here.
    pub(super) fn bound(&self) -> i64 {
        self.lent.saturating_sub(self.back)
    }
}

/// A slice as its holder sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) home: super::model::BookKey,
    pub(super) home_shard: Shard,
    pub(super) to: Shard,
    pub(super) terms: SliceTerms,
    pub(super) epoch: u64,
    pub(super) until: Moment,
    /// When this lease was taken or renewed.
    pub(super) since: Moment,
    pub(super) got: i64,
    pub(super) back: i64,
    /// Whether more was asked for in this lease, or a longer one.
    pub(super) has_asked: bool,
    /// Whether anything was reserved in this lease.
    pub(super) is_used: bool,
    pub(super) ended: bool,
}

/// What lines are applied to: the book itself, or a draft over it.
pub(super) trait Pages {
    fn index(&self, name: &str) -> Option<u32>;
    fn spec(&self, account: u32) -> Option<&AccountSpec>;
    fn figures(&self, account: u32) -> Figures;
    fn put_figures(&mut self, account: u32, figures: Figures);
    fn hold(&self, id: TransferId) -> Option<&Hold>;
    fn put_hold(&mut self, id: TransferId, hold: Option<Hold>);
    fn know(&mut self, id: TransferId, known: Known);
    fn known(&self, id: TransferId) -> Option<Known>;
    /// The next number of arrival.
    fn next_turn(&mut self) -> u64;
    fn keep(&mut self, of: TransferId, entry: Entry);
    fn unkeep(&mut self, of: TransferId, id: TransferId);
}

/// The accounts that the ledger keeps for itself in every book, of every unit: prefix and labels.
pub(super) const OWN: [(&str, &str, &str); 2] = [
    (AccountName::AWAY, "跨簿往来", "To and from other books"),
    (AccountName::UNPLACED, "待查来款", "Arrived without an account"),
];

/// The name of the account of a unit that the ledger keeps for itself.
pub(super) fn own_account(prefix: &str, unit: &Unit) -> AccountName {
    AccountName::new(format!("{prefix}.{}.{}", unit.code.to_lowercase(), unit.scale))
}

/// What was asked under an id, as a number: the same content gives the same.
///
/// It tells a mistake from a repetition and guards nothing: whoever made two contents of one number would be told that the
/// second had happened already, and nothing would happen. So it is fast, not cryptographic (FNV-1a, over words).
pub(super) fn content(verb: &str, of: TransferId, names: [&str; 2], amount: Option<i64>) -> u64 {
    let [one, other] = names;
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |word: u64| {
        sum = (sum ^ word).wrapping_mul(0x0100_0000_01b3);
        sum ^= sum >> 32;
    };
    for text in [verb, one, other] {
        add(text.len() as u64);
        for eight in text.as_bytes().chunks(8) {
            add(eight.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)));
        }
    }
    for word in of.number().to_be_bytes().chunks(8) {
        add(word.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)));
    }
    add(u64::from(amount.is_some()));
    add(amount.unwrap_or_default().unsigned_abs());
    add(u64::from(amount.is_some_and(i64::is_negative)));
    sum
}

/// The id that stands for none.
const NONE: TransferId = TransferId::new(0);

/// The content of an entry.
pub(super) fn content_of(entry: &Entry) -> u64 {
    use super::model::Act;
    match &entry.act {
        Act::Transfer { from, to, amount } => {
            content("transfer", NONE, [from.as_str(), to.as_str()], Some(*amount))
        }
        Act::Reserve { from, to, amount, .. } => {
            content("reserve", NONE, [from.as_str(), to.as_str()], Some(*amount))
        }
        Act::Adjust { of, amount } => content("adjust", *of, ["", ""], Some(*amount)),
        Act::Accept { of } => content("accept", *of, ["", ""], None),
        Act::Settle { of, amount, .. } => content("settle", *of, ["", ""], *amount),
        Act::Release { of, amount } => content("release", *of, ["", ""], *amount),
        Act::Restore { of, amount } => content("restore", *of, ["", ""], *amount),
        Act::Shift { of, to } => content("shift", *of, [to.as_str(), ""], None),
        Act::Carry { of, from, amount, to } => content(
            "carry",
            of.unwrap_or(NONE),
            [from.as_str(), &format!("{}/{}", to.book, to.account)],
            Some(*amount),
        ),
    }
}

/// Who a line belongs to, and when it happened.
#[derive(Clone, Debug)]
pub(super) struct At<'a> {
    pub(super) now: Moment,
    pub(super) pointer: &'a Option<Arc<str>>,
}

/// Applies a line. Total: it looks at nothing but the line and what stands in the book.
pub(super) fn apply<P: Pages>(pages: &mut P, at: &At<'_>, line: &Line) {
    match line {
        Line::Transferred(id, from, to, amount) => {
            let content = content("transfer", NONE, [from.as_str(), to.as_str()], Some(*amount));
            pages.know(*id, Known { content, ended: None });
            let (from, to) = (pages.index(from.as_str()), pages.index(to.as_str()));
            post(pages, from, to, *amount);
        }
        Line::Reserved(id, from, to, amount, until, use_no) => {
            begin(pages, at, (*id, from, to, *amount), *until, None);
            if let Some(hold) = pages.hold(*id).cloned() {
                take(pages, hold.from, *amount, *use_no);
                pages.put_hold(*id, Some(Hold { use_no: *use_no, ..hold }));
            }
        }
        Line::Waits(id, from, to, amount, until, since) => {
            let turn = (*since, pages.next_turn());
            begin(pages, at, (*id, from, to, *amount), *until, Some(turn));
        }
        Line::Served(id, _, amount, use_no, _) => {
            if let Some(hold) = pages.hold(*id).cloned() {
                take(pages, hold.from, *amount, *use_no);
                let hold = Hold { turn: None, since: at.now, use_no: *use_no, ..hold };
                pages.put_hold(*id, Some(hold));
            }
        }
        Line::Expired(id, ..) => end_open(pages, at.now, *id, None),
        Line::Kept(entry) => {
            pages.know(entry.id, Known { content: content_of(entry), ended: None });
            if let Some(of) = of_act(&entry.act) {
                pages.keep(of, Entry::clone(entry));
            }
        }
        Line::Dropped(id, of, _) => pages.unkeep(*of, *id),
        Line::Carried(id, of, from, amount, to) => {
            let names = [from.as_str(), &format!("{}/{}", to.book, to.account)];
            let content = content("carry", of.unwrap_or(NONE), names, Some(*amount));
            pages.know(*id, Known { content, ended: None });
            carry(pages, at.now, *of, from, *amount);
        }
        Line::Adjusted(id, of, ..)
        | Line::Accepted(id, of)
        | Line::Settled(id, of, ..)
        | Line::Released(id, of, ..)
        | Line::Restored(id, of, ..)
        | Line::Shifted(id, of, ..) => {
            pages.know(*id, Known { content: content_of_line(line), ended: None });
            pages.unkeep(*of, *id);
            if let Some(hold) = pages.hold(*of).cloned() {
                change(pages, at.now, *of, hold, line);
            }
        }
    }
}

/// The content of an entry by the line that came of it.
fn content_of_line(line: &Line) -> u64 {
    match line {
        Line::Adjusted(_, of, _, _, amount, ..) => content("adjust", *of, ["", ""], Some(*amount)),
        Line::Accepted(_, of) => content("accept", *of, ["", ""], None),
        Line::Settled(_, of, _, _, asked, _) => content("settle", *of, ["", ""], *asked),
        Line::Released(_, of, _, asked, ..) => content("release", *of, ["", ""], *asked),
        Line::Restored(_, of, _, _, asked, ..) => content("restore", *of, ["", ""], *asked),
        Line::Shifted(_, of, _, to, _) => content("shift", *of, [to.as_str(), ""], None),
        Line::Transferred(..)
        | Line::Reserved(..)
        | Line::Waits(..)
        | Line::Served(..)
        | Line::Carried(..)
        | Line::Expired(..)
        | Line::Kept(_)
        | Line::Dropped(..) => 0,
    }
}

/// The reservation that an act is about.
pub(super) fn of_act(act: &super::model::Act) -> Option<TransferId> {
    use super::model::Act;
    match act {
        Act::Adjust { of, .. }
        | Act::Accept { of }
        | Act::Settle { of, .. }
        | Act::Release { of, .. }
        | Act::Restore { of, .. }
        | Act::Shift { of, .. } => Some(*of),
        Act::Carry { of, .. } => *of,
        Act::Transfer { .. } | Act::Reserve { .. } => None,
    }
}

fn begin<P: Pages>(
    pages: &mut P,
    at: &At<'_>,
    (id, from, to, amount): (TransferId, &AccountName, &AccountName, i64),
    until: Option<Moment>,
    turn: Option<(Moment, u64)>,
) {
    let content = content("reserve", NONE, [from.as_str(), to.as_str()], Some(amount));
    pages.know(id, Known { content, ended: None });
    let (Some(from), Some(to)) = (pages.index(from.as_str()), pages.index(to.as_str())) else {
        return;
    };
    let hold = Hold {
        from,
        to,
        open: amount,
        settled: 0,
        until,
        since: at.now,
        turn,
        use_no: 0,
        was_settled: false,
        pointer: at.pointer.clone(),
    };
    pages.put_hold(id, Some(hold));
}

/// Reserves from an account, and counts a use where they are counted.
fn take<P: Pages>(pages: &mut P, account: u32, amount: i64, use_no: u32) {
    let mut figures = pages.figures(account);
    figures.reserved = figures.reserved.saturating_add(amount);
    if use_no > 0 {
        figures.uses = figures.uses.saturating_add(1);
        figures.uses_ever = figures.uses_ever.max(use_no);
    }
    pages.put_figures(account, figures);
}

fn post<P: Pages>(pages: &mut P, from: Option<u32>, to: Option<u32>, amount: i64) {
    for (account, by) in [(from, amount.saturating_neg()), (to, amount)] {
        if let Some(account) = account {
            let mut figures = pages.figures(account);
            figures.posted = figures.posted.saturating_add(by);
            pages.put_figures(account, figures);
        }
    }
}

fn unreserve<P: Pages>(pages: &mut P, account: u32, by: i64) {
    let mut figures = pages.figures(account);
    figures.reserved = figures.reserved.saturating_sub(by);
    pages.put_figures(account, figures);
}

/// Ends what is open of a reservation, or brings it to what is left.
fn end_open<P: Pages>(pages: &mut P, now: Moment, id: TransferId, left: Option<i64>) {
    let Some(mut hold) = pages.hold(id).cloned() else { return };
    let left = left.unwrap_or(0);
    if !hold.waits() {
        unreserve(pages, hold.from, hold.open.saturating_sub(left));
    }
    (hold.open, hold.since) = (left, now);
    put(pages, now, id, hold);
}

/// Puts a reservation back, or ends it where nothing of it is left; a use that came to nothing comes back.
fn put<P: Pages>(pages: &mut P, now: Moment, id: TransferId, mut hold: Hold) {
    if hold.open == 0 {
        hold.until = None;
        if hold.use_no > 0 && !hold.was_settled {
            let mut figures = pages.figures(hold.from);
            figures.uses = figures.uses.saturating_sub(1);
            pages.put_figures(hold.from, figures);
            hold.use_no = 0;
        }
    }
    if hold.has_ended() {
        pages.put_hold(id, None);
        if let Some(known) = pages.known(id) {
            pages.know(id, Known { ended: Some(now), ..known });
        }
    } else {
        pages.put_hold(id, Some(hold));
    }
}

/// Applies a line about a reservation.
fn change<P: Pages>(pages: &mut P, now: Moment, of: TransferId, mut hold: Hold, line: &Line) {
    match line {
        Line::Accepted(..) => {
            (hold.until, hold.since) = (None, now);
            pages.put_hold(of, Some(hold));
        }
        Line::Adjusted(_, _, _, _, _, [open_by, settled_by], [open, settled]) => {
            unreserve(pages, hold.from, open_by.saturating_neg());
            post(pages, Some(hold.from), Some(hold.to), *settled_by);
            (hold.open, hold.settled, hold.since) = (*open, *settled, now);
            put(pages, now, of, hold);
        }
        Line::Settled(_, _, from, _, _, amounts) => {
            let Settlement(amount, _, open, ended, was) = &**amounts;
            unreserve(pages, hold.from, hold.open.saturating_sub(*open));
            if was.is_some()
                && let Some(bearer) = pages.index(from.as_str())
            {
                unreserve(pages, hold.from, *open);
                rehome(pages, &mut hold, bearer);
                unreserve(pages, bearer, open.saturating_neg());
            }
            post(pages, Some(hold.from), Some(hold.to), *amount);
            hold.open = *open;
            hold.settled = if *ended { 0 } else { hold.settled.saturating_add(*amount) };
            (hold.until, hold.since, hold.was_settled) = (None, now, true);
            put(pages, now, of, hold);
        }
        Line::Released(_, _, _, _, _, open, _) => end_open(pages, now, of, Some(*open)),
        Line::Restored(_, _, _, _, _, amount, settled) => {
            post(pages, Some(hold.to), Some(hold.from), *amount);
            (hold.settled, hold.since) = (*settled, now);
            put(pages, now, of, hold);
        }
        Line::Shifted(_, _, _, to, amount) => {
            if let Some(to) = pages.index(to.as_str()) {
                post(pages, Some(hold.to), Some(to), *amount);
                (hold.to, hold.since) = (to, now);
            }
            pages.put_hold(of, Some(hold));
        }
        Line::Transferred(..)
        | Line::Reserved(..)
        | Line::Waits(..)
        | Line::Served(..)
        | Line::Carried(..)
        | Line::Expired(..)
        | Line::Kept(_)
        | Line::Dropped(..) => {}
    }
}

/// Another account bears a reservation: its use goes with it.
fn rehome<P: Pages>(pages: &mut P, hold: &mut Hold, bearer: u32) {
    if hold.use_no > 0 {
        let mut old = pages.figures(hold.from);
        old.uses = old.uses.saturating_sub(1);
        pages.put_figures(hold.from, old);
        hold.use_no = 0;
    }
    if pages.spec(bearer).is_some_and(|spec| spec.uses_max.is_some()) {
        let mut new = pages.figures(bearer);
        (new.uses, new.uses_ever) = (new.uses.saturating_add(1), new.uses_ever.saturating_add(1));
        hold.use_no = new.uses_ever;
        pages.put_figures(bearer, new);
    }
    hold.from = bearer;
}

fn carry<P: Pages>(
    pages: &mut P,
    now: Moment,
    of: Option<TransferId>,
    from: &AccountName,
    amount: i64,
) {
    let Some(account) = pages.index(from.as_str()) else { return };
    let away = pages.spec(account).map(|spec| own_account(AccountName::AWAY, &spec.unit));
    let away = away.and_then(|name| pages.index(name.as_str()));
    post(pages, Some(account), away, amount);
    if let Some((of, mut hold)) = of.and_then(|of| Some((of, pages.hold(of).cloned()?))) {
        (hold.settled, hold.since) = (hold.settled.saturating_sub(amount), now);
        put(pages, now, of, hold);
    }
}

impl Pages for Book {
    fn index(&self, name: &str) -> Option<u32> {
        self.names.get(name).copied()
    }

    fn spec(&self, account: u32) -> Option<&AccountSpec> {
        self.account_at(account).map(|account| &account.spec)
    }

    fn figures(&self, account: u32) -> Figures {
        self.account_at(account).map(|account| account.figures).unwrap_or_default()
    }

    fn put_figures(&mut self, account: u32, figures: Figures) {
        let at = usize::try_from(account).unwrap_or(usize::MAX);
        if let Some(account) = self.accounts.get_mut(at) {
            account.figures = figures;
        }
    }

    fn hold(&self, id: TransferId) -> Option<&Hold> {
        self.holds.get(&id)
    }

    fn put_hold(&mut self, id: TransferId, hold: Option<Hold>) {
        let due = hold.as_ref().and_then(|hold| hold.until);
        let turn = |hold: &Hold| hold.turn.map(|(at, n)| (hold.from, at, n));
        let new_turn = hold.as_ref().and_then(turn);
        let old = match hold {
            Some(hold) => self.holds.insert(id, hold),
            None => self.holds.swap_remove(&id),
        };
        let (old_due, old_turn) = old.map(|old| (old.until, turn(&old))).unwrap_or_default();
        if old_due != due {
            old_due.map(|at| self.due.remove(&(at, id)));
            due.map(|at| self.due.insert((at, id)));
        }
        if old_turn != new_turn {
            old_turn.map(|turn| self.waiting.remove(&turn));
            new_turn.map(|turn| self.waiting.insert(turn, id));
        }
    }

    fn know(&mut self, id: TransferId, known: Known) {
        self.known.insert(id, known);
    }

    fn known(&self, id: TransferId) -> Option<Known> {
        self.known.get(&id).copied()
    }

    fn next_turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }

    fn keep(&mut self, of: TransferId, entry: Entry) {
        self.early.entry(of).or_default().push(entry);
        self.early_count += 1;
    }

    fn unkeep(&mut self, of: TransferId, id: TransferId) {
        if let Some(kept) = self.early.get_mut(&of) {
            let before = kept.len();
            kept.retain(|entry| entry.id != id);
            self.early_count -= before - kept.len();
            if kept.is_empty() {
                self.early.remove(&of);
            }
        }
    }
}

impl Book {
    fn account_at(&self, account: u32) -> Option<&Account> {
        self.accounts.get(usize::try_from(account).ok()?)
    }

    /// How it was opened; nothing before that.
    #[must_use]
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.as_deref()
    }

    /// An account by its name.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.account_at(self.index(name)?)
    }

    /// All accounts in the order in which they were opened, with the two of each unit that the ledger keeps for itself.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// What may still be taken from an account.
    #[must_use]
    pub fn available(&self, name: &str) -> Option<i64> {
        self.account(name).map(|account| account.figures.available(account.spec.floor))
    }

    /// A reservation that has not ended.
    #[must_use]
    pub fn reservation(&self, id: TransferId) -> Option<&Hold> {
        self.holds.get(&id)
    }

    /// The reservations that have not ended, in no order that means anything.
    pub fn reservations(&self) -> impl Iterator<Item = (TransferId, &Hold)> {
        self.holds.iter().map(|(id, hold)| (*id, hold))
    }

    /// When an id ended, if it did.
    #[must_use]
    pub fn ended(&self, id: TransferId) -> Option<Moment> {
        self.known.get(&id)?.ended
    }

    /// What waits for an account, in the order of its turn.
    #[must_use]
    pub fn queue(&self, name: &str) -> Vec<TransferId> {
        let Some(account) = self.index(name) else { return Vec::new() };
        let first = (account, Moment::from_us(i64::MIN), 0);
        let last = (account, Moment::from_us(i64::MAX), u64::MAX);
        self.waiting.range(first..=last).map(|(_, id)| *id).collect()
    }

    /// Why an account is frozen, if it is.
    #[must_use]
    pub fn frozen(&self, name: &str) -> Option<&str> {
        self.frozen_at(self.index(name)?)
    }

    pub(super) fn frozen_at(&self, account: u32) -> Option<&str> {
        let hits =
            |freeze: &&Freeze| freeze.accounts.is_empty() || freeze.accounts.contains(&account);
        self.freezes.values().find(hits).map(|freeze| freeze.why.as_str())
    }

    /// The balances of a unit summed up: zero, after every event.
    #[must_use]
    pub fn sum(&self, unit: &Unit) -> i128 {
        let of_unit = self.accounts.iter().filter(|account| account.spec.unit == *unit);
        of_unit.map(|account| i128::from(account.figures.posted)).sum()
    }

    /// Takes accounts in, and for each new unit the two accounts that the ledger keeps for itself.
    pub(super) fn add_accounts(&mut self, specs: &[AccountSpec]) {
        for spec in specs {
            self.add_account(spec.clone());
            for (prefix, zh, en) in OWN {
                let name = own_account(prefix, &spec.unit);
                if !self.names.contains_key(&name) {
                    let own = AccountSpec::new(name.as_str(), spec.unit.clone(), zh, en);
                    self.add_account(own.outside());
                }
            }
        }
    }

    pub(super) fn add_account(&mut self, spec: AccountSpec) {
        let at = u32::try_from(self.accounts.len()).unwrap_or(u32::MAX);
        self.names.insert(spec.name.clone(), at);
        self.accounts.push(Account { spec, figures: Figures::default() });
    }
}
