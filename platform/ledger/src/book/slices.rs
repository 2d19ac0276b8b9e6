//! Slices of a quota lent to other shards (额度片): a lease with an epoch, and sums that only grow.
//!
//! ```text
//!  home                                     the other shard
//!  Lend ──► Lent ─────── message ─────────► TakeSlice ──► SliceTaken      account += what is new
//!  MoreSlice ──► Lent ◄── SliceAsked ────── in use, or nearly all of it
//!  BackSlice ──► TakenBack ◄─ SliceReturned ─ lease over, or free after it
//! ```
//! What is lent lies at home in `lent.<shard>` until the other side says that it has given it back: a cut line can refuse a
//! reservation wrongly, but never lets more be reserved than there is. Each message tells the sum of everything so far, so
//! that one that comes again, late or out of order adds nothing.

use super::decide::{BookCommand, SLICER, is_own};
use super::error::{BookError, FieldName};
use super::event::{After, BookEvent, Line, SliceNote};
use super::hand::Hand;
use super::model::{AccountName, AccountSpec, BookKey, Opening, SliceTerms};
use super::rules::Rules;
use super::state::{Book, Figures, HomeSlice, Lease, Pages};
use codes::Moment;
use kernel::{Context, Deadline, Shard};

/// The first part of the name of what is lent to a shard.
pub(super) const LENT: &str = "lent";
/// The account that stands in a slice's book for its home.
pub(super) const HOME: &str = "home";
/// A lease is asked to be renewed when less than this part of it is left.
const RENEW_PART: i64 = 5;

fn lent_account(to: &Shard) -> AccountName {
    AccountName::new(format!("{LENT}.{to}"))
}

/// Timers of a lease.
pub(super) fn deadlines(book: &Book, asked: &mut Vec<Deadline<BookCommand>>) {
    let Some(lease) = book.lease.as_ref().filter(|lease| !lease.ended) else { return };
    let epoch = lease.epoch;
    let end = BookCommand::EndLease { epoch };
    asked.push(Deadline { name: format!("lease-end-{epoch}"), at: lease.until, command: end });
    if lease.is_used && !lease.has_asked {
        let at = lease.until.plus_us(-(lease.terms.lease_us / RENEW_PART));
        let ask = BookCommand::AskLease { epoch };
        asked.push(Deadline { name: format!("lease-ask-{epoch}"), at, command: ask });
    }
}

/// Decides the commands of slices.
pub(super) fn decide(
    book: &Book,
    rules: &Rules,
    cx: &Context,
    command: BookCommand,
) -> Result<Vec<BookEvent>, BookError> {
    match command {
        BookCommand::Lend { home, shard, to, amount, terms } => {
            lend(book, cx.now, (home, shard, to), amount, terms)
        }
        BookCommand::Reclaim { to } => reclaim(book, cx.now, to),
        BookCommand::MoreSlice { slice, used } => {
            is_own(cx, SLICER)?;
            more(book, cx.now, &slice, used)
        }
        BookCommand::BackSlice { slice } => {
            is_own(cx, SLICER)?;
            back(book, rules, cx.now, *slice)
        }
        BookCommand::GiveBack { epoch, amount } => {
            let Some(lease) = &book.lease else { return Err(BookError::NotYours) };
            if let Some(found) = epoch.filter(|epoch| *epoch != lease.epoch) {
                return Err(BookError::StaleEpoch { found, current: lease.epoch });
            }
            let available = book.available(lease.terms.account.as_str()).unwrap_or(0);
            let amount = amount.unwrap_or(available);
            if amount < 0 || amount > available {
                return Err(BookError::Insufficient { available });
            }
            Ok(if amount == 0 { Vec::new() } else { returned(book, lease, amount, lease.ended) })
        }
        BookCommand::EndLease { epoch } => Ok(match &book.lease {
            Some(lease) if lease.epoch == epoch && !lease.ended => {
                let available = book.available(lease.terms.account.as_str()).unwrap_or(0);
                returned(book, lease, available, true)
            }
            _ => Vec::new(),
        }),
        BookCommand::AskLease { epoch } => Ok(match &book.lease {
            Some(lease) if lease.epoch == epoch && !lease.ended && !lease.has_asked => {
                vec![ask(lease, in_use(lease, book.figures_of(&lease.terms.account)))]
            }
            _ => Vec::new(),
        }),
        _ => Err(BookError::NotYours),
    }
}

impl Book {
    fn figures_of(&self, name: &AccountName) -> Figures {
        self.index(name.as_str()).map(|at| self.figures(at)).unwrap_or_default()
    }
}

/// What of a slice is in use: all that is not free.
fn in_use(lease: &Lease, figures: Figures) -> i64 {
    let here = lease.got.saturating_sub(lease.back);
    here.saturating_sub(figures.available(Some(0)))
}

fn note(lease: &Lease, total: i64) -> Box<SliceNote> {
    Box::new(SliceNote {
        home: lease.home.clone(),
        home_shard: lease.home_shard.clone(),
        to: lease.to.clone(),
        epoch: lease.epoch,
        total,
        until: lease.until,
    })
}

fn ask(lease: &Lease, used: i64) -> BookEvent {
    BookEvent::SliceAsked { slice: note(lease, lease.got), used }
}

/// After entries: asks for more where nearly all is in use, gives back what came free after the lease.
pub(super) fn tend(hand: &mut Hand<'_>) {
    let Some(lease) = &hand.draft.book.lease else { return };
    let Some(at) = hand.draft.index(lease.terms.account.as_str()) else { return };
    let figures = hand.draft.figures(at);
    let free = figures.available(Some(0));
    if lease.ended {
        if free > 0 {
            let book = hand.draft.book;
            let event =
                given_back(book, lease, (figures, hand.draft.figures(home(book))), free, true);
            hand.events.push(event);
        }
        return;
    }
    let here = i128::from(lease.got.saturating_sub(lease.back));
    let used = in_use(lease, figures);
    let low = i128::from(lease.terms.low_percent) * here;
    if !lease.has_asked && here > 0 && i128::from(used) * 100 >= low {
        hand.events.push(ask(lease, used));
    }
}

fn home(book: &Book) -> u32 {
    book.index(HOME).unwrap_or(u32::MAX)
}

fn returned(book: &Book, lease: &Lease, amount: i64, ended: bool) -> Vec<BookEvent> {
    let figures = (book.figures_of(&lease.terms.account), book.figures(home(book)));
    vec![given_back(book, lease, figures, amount, ended)]
}

fn given_back(
    _book: &Book,
    lease: &Lease,
    (mut own, mut home): (Figures, Figures),
    amount: i64,
    ended: bool,
) -> BookEvent {
    own.posted = own.posted.saturating_sub(amount);
    home.posted = home.posted.saturating_add(amount);
    let after = if amount == 0 {
        Vec::new()
    } else {
        vec![
            After(lease.terms.account.clone(), own.posted, own.reserved, own.uses),
            After(HOME.into(), home.posted, home.reserved, home.uses),
        ]
    };
    let slice = note(lease, lease.back.saturating_add(amount));
    BookEvent::SliceReturned { slice, amount, ended, after }
}

// --- the home ------------------------------------------------------------------------------------------------------------

fn lend(
    book: &Book,
    now: Moment,
    (home, shard, to): (BookKey, Shard, Shard),
    amount: i64,
    mut terms: Box<SliceTerms>,
) -> Result<Vec<BookEvent>, BookError> {
    book.is_open()?;
    let known = book.slices.get(&to);
    let is_sound = terms.lease_us > 0
        && terms.step > 0
        && (1..=100).contains(&terms.low_percent)
        && shard != to
        && known.is_none_or(|known| known.terms.account == terms.account);
    if !is_sound {
        return Err(BookError::Field(FieldName::Terms));
    }
    if amount < 0 || (amount == 0 && known.is_none()) {
        return Err(BookError::Field(FieldName::Amount));
    }
    let at = book.index(terms.account.as_str());
    let at = at.ok_or_else(|| BookError::NoAccount(terms.account.to_string()))?;
    if let Some(why) = book.frozen_at(at) {
        return Err(BookError::Frozen { why: why.to_owned() });
    }
    let Some(spec) = book.spec(at).cloned() else { return Err(BookError::NoBook) };
    let available = book.figures(at).available(spec.floor);
    if amount > available {
        return Err(BookError::Insufficient { available });
    }
    let mut opening = book.opening().cloned().unwrap_or_default();
    opening.accounts.clear();
    opening.rules.clear();
    terms.with.retain(|with| with.name != terms.account);
    let lent = AccountSpec { floor: Some(0), uses_max: None, ..spec.clone() };
    let outside = AccountSpec::new(HOME, spec.unit, "主管地", "Home").outside();
    opening.accounts.extend([lent, outside]);
    opening.accounts.extend(terms.with.iter().cloned());
    let note = SliceNote {
        home,
        home_shard: shard,
        epoch: known.map_or(0, |known| known.epoch).saturating_add(1),
        total: known.map_or(0, |known| known.lent).saturating_add(amount),
        until: now.plus_us(terms.lease_us),
        to,
    };
    Ok(vec![lending(book, note, terms, amount, opening)])
}

fn lending(
    book: &Book,
    slice: SliceNote,
    terms: Box<SliceTerms>,
    amount: i64,
    opening: Opening,
) -> BookEvent {
    let after = moved(book, &terms.account, &slice.to, amount);
    BookEvent::Lent { slice: Box::new(slice), terms, amount, opening: Box::new(opening), after }
}

/// How the account and what is lent of it stand after so much more is lent.
fn moved(book: &Book, account: &AccountName, to: &Shard, amount: i64) -> Vec<After> {
    if amount == 0 {
        return Vec::new();
    }
    let lent = lent_account(to);
    let (own, out) = (book.figures_of(account), book.figures_of(&lent));
    vec![
        After(account.clone(), own.posted.saturating_sub(amount), own.reserved, own.uses),
        After(lent, out.posted.saturating_add(amount), out.reserved, out.uses),
    ]
}

fn reclaim(book: &Book, now: Moment, to: Shard) -> Result<Vec<BookEvent>, BookError> {
    let Some(slice) = book.slices.get(&to) else { return Err(BookError::NoHold) };
    if now < slice.until {
        return Err(BookError::NotYetValid { from: slice.until });
    }
    if slice.is_reclaimed {
        return Ok(Vec::new());
    }
    Ok(vec![BookEvent::Reclaimed { to, bound: slice.bound() }])
}

/// The other side asks: the lease is renewed, and where nearly all is in use as much is added as there is, up to a step.
fn more(
    book: &Book,
    now: Moment,
    asked: &SliceNote,
    used: i64,
) -> Result<Vec<BookEvent>, BookError> {
    let Some(slice) = book.slices.get(&asked.to) else { return Err(BookError::NoHold) };
    let account = book.index(slice.terms.account.as_str());
    let is_frozen = account.is_none_or(|at| book.frozen_at(at).is_some());
    if asked.epoch != slice.epoch || slice.is_reclaimed || is_frozen || book.closed.is_some() {
        return Ok(Vec::new());
    }
    let here = i128::from(slice.bound());
    let is_low = i128::from(used) * 100 >= i128::from(slice.terms.low_percent) * here;
    let available = book.available(slice.terms.account.as_str()).unwrap_or(0);
    let amount = if is_low { slice.terms.step.min(available) } else { 0 };
    let terms = Box::new(slice.terms.clone());
    lend(book, now, (asked.home.clone(), asked.home_shard.clone(), asked.to.clone()), amount, terms)
}

fn back(
    book: &Book,
    rules: &Rules,
    now: Moment,
    note: SliceNote,
) -> Result<Vec<BookEvent>, BookError> {
    let Some(slice) = book.slices.get(&note.to) else { return Err(BookError::NoHold) };
    let amount = note.total.saturating_sub(slice.back);
    if amount <= 0 {
        return Ok(Vec::new());
    }
    if amount > slice.bound() {
        return Err(BookError::Insufficient { available: slice.bound() });
    }
    let after = moved(book, &slice.terms.account, &note.to, amount.saturating_neg());
    let event = BookEvent::TakenBack { slice: Box::new(note), amount, after };
    Ok(book.served_after(rules, now, event))
}

// --- the other side ------------------------------------------------------------------------------------------------------

pub(super) fn take(
    book: &Book,
    rules: &Rules,
    now: Moment,
    slice: Box<SliceNote>,
    terms: Box<SliceTerms>,
    opening: Box<Opening>,
) -> Result<Vec<BookEvent>, BookError> {
    let (known_epoch, got) = match &book.lease {
        Some(lease) => (lease.epoch, lease.got),
        None if book.opening.is_some() => return Err(BookError::Taken),
        None => (0, 0),
    };
    let amount = slice.total.saturating_sub(got).max(0);
    if slice.epoch <= known_epoch && amount == 0 {
        return Ok(Vec::new());
    }
    let (own, home) = (book.figures_of(&terms.account), book.figures_of(&HOME.into()));
    let after = if amount == 0 {
        Vec::new()
    } else {
        vec![
            After(terms.account.clone(), own.posted.saturating_add(amount), own.reserved, own.uses),
            After(HOME.into(), home.posted.saturating_sub(amount), home.reserved, home.uses),
        ]
    };
    let opening = book.opening.is_none().then_some(opening);
    let event = BookEvent::SliceTaken { at: now, slice, terms, amount, opening, after };
    Ok(book.served_after(rules, now, event))
}

/// Notes that a lent account was reserved from in this lease.
pub(super) fn note_use(book: &mut Book, lines: &[Line]) {
    let Some(lease) = &mut book.lease else { return };
    let account = &lease.terms.account;
    lease.is_used |= lines.iter().any(|line| match line {
        Line::Reserved(_, from, ..) | Line::Transferred(_, from, ..) => from == account,
        _ => false,
    });
}

/// Folds an event of slices.
pub(super) fn evolve(book: &mut Book, event: &BookEvent) {
    match event {
        BookEvent::Lent { slice, terms, amount, .. } => {
            let name = lent_account(&slice.to);
            if book.index(name.as_str()).is_none()
                && let Some(spec) = book.account(terms.account.as_str()).map(|of| of.spec.clone())
            {
                let zh = format!("借给{}", slice.to);
                let en = format!("Lent to {}", slice.to);
                book.add_account(AccountSpec::new(name.as_str(), spec.unit, &zh, &en));
            }
            shift(book, &terms.account, &name, *amount);
            let back = book.slices.get(&slice.to).map_or(0, |known| known.back);
            book.slices.insert(
                slice.to.clone(),
                HomeSlice {
                    terms: SliceTerms::clone(terms),
                    epoch: slice.epoch,
                    until: slice.until,
                    lent: slice.total,
                    back,
                    is_reclaimed: false,
                },
            );
        }
        BookEvent::Reclaimed { to, .. } => {
            if let Some(slice) = book.slices.get_mut(to) {
                slice.is_reclaimed = true;
            }
        }
        BookEvent::TakenBack { slice, amount, .. } => {
            if let Some(known) = book.slices.get_mut(&slice.to) {
                known.back = slice.total;
                let account = known.terms.account.clone();
                shift(book, &lent_account(&slice.to), &account, *amount);
            }
        }
        BookEvent::SliceTaken { at, slice, terms, amount, opening, .. } => {
            if let Some(opening) = opening {
                book.add_accounts(&opening.accounts);
                book.opening = Some(opening.clone());
            }
            shift(book, &HOME.into(), &terms.account, *amount);
            taken(book, *at, slice, terms);
        }
        BookEvent::SliceAsked { .. } => {
            if let Some(lease) = &mut book.lease {
                lease.has_asked = true;
            }
        }
        BookEvent::SliceReturned { slice, amount, ended, .. } => {
            if let Some(lease) = &mut book.lease {
                (lease.back, lease.ended) = (slice.total, *ended);
                let account = lease.terms.account.clone();
                shift(book, &account, &HOME.into(), *amount);
            }
        }
        _ => {}
    }
}

fn taken(book: &mut Book, now: Moment, slice: &SliceNote, terms: &SliceTerms) {
    let is_new = book.lease.as_ref().is_none_or(|known| slice.epoch > known.epoch);
    if is_new {
        let known = book.lease.take();
        book.lease = Some(Lease {
            home: slice.home.clone(),
            home_shard: slice.home_shard.clone(),
            to: slice.to.clone(),
            terms: terms.clone(),
            epoch: slice.epoch,
            until: slice.until,
            since: now,
            got: slice.total.max(known.as_ref().map_or(0, |known| known.got)),
            back: known.map_or(0, |known| known.back),
            has_asked: false,
            is_used: false,
            ended: false,
        });
    } else if let Some(lease) = &mut book.lease {
        lease.got = lease.got.max(slice.total);
    }
}

fn shift(book: &mut Book, from: &AccountName, to: &AccountName, amount: i64) {
    for (name, by) in [(from, amount.saturating_neg()), (to, amount)] {
        if let Some(at) = book.index(name.as_str()) {
            let mut figures = book.figures(at);
            figures.posted = figures.posted.saturating_add(by);
            book.put_figures(at, figures);
        }
    }
}
