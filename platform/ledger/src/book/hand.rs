//! The hand that writes a decision: it judges entries on a draft, and gathers the lines of what it let pass.

use super::draft::Draft;
use super::error::{BookError, FieldName};
use super::event::{BookEvent, Came, Line, Posted, Settlement};
use super::model::{AccountName, Act, Basis, EARLY_MAX, Entry, LINES_MAX, Queue, Rest, TransferId};
use super::rules::{Asked, Rules};
use super::state::{At, Book, Figures, Hold, Known, Pages, apply, content_of, of_act};
use codes::Moment;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A decision being written.
#[derive(Debug)]
pub(super) struct Hand<'b> {
    pub(super) draft: Draft<'b>,
    rules: &'b Rules,
    pub(super) now: Moment,
    lines: Vec<Line>,
    own: Vec<(u32, Basis)>,
    refused: Vec<(u32, BookError)>,
    /// Accounts of which something came free, and for which somebody may wait.
    freed: BTreeSet<u32>,
    pub(super) events: Vec<BookEvent>,
}

impl<'b> Hand<'b> {
    pub(super) fn new(book: &'b Book, rules: &'b Rules, now: Moment) -> Self {
        Self {
            draft: Draft::over(book),
            rules,
            now,
            lines: Vec::new(),
            own: Vec::new(),
            refused: Vec::new(),
            freed: BTreeSet::new(),
            events: Vec::new(),
        }
    }

    /// Makes room for so many lines.
    pub(super) fn expect(&mut self, lines: usize) {
        self.lines.reserve(lines);
    }

    /// Writes a line and does what it says.
    fn write(&mut self, line: Line, pointer: &Option<Arc<str>>) {
        apply(&mut self.draft, &At { now: self.now, pointer }, &line);
        self.lines.push(line);
    }

    /// Where a chain begins.
    pub(super) fn mark(&self) -> (usize, usize, usize) {
        (self.draft.mark(), self.lines.len(), self.own.len())
    }

    /// Takes a chain back.
    pub(super) fn rewind(&mut self, (draft, lines, own): (usize, usize, usize)) {
        self.draft.rewind(draft);
        self.lines.truncate(lines);
        self.own.truncate(own);
        // Whoever was to be served is served when a chain ends: before this one nobody was left.
        self.freed.clear();
    }

    /// Notes that an entry was refused.
    pub(super) fn refuse(&mut self, at: usize, why: BookError) {
        self.refused.push((u32::try_from(at).unwrap_or(u32::MAX), why));
    }

    pub(super) fn note_freed(&mut self, account: u32) {
        if self.draft.has_waiting() {
            self.freed.insert(account);
        }
    }

    /// Ends an event of entries.
    pub(super) fn end_posted(&mut self, basis: &Basis) {
        if self.lines.is_empty() && self.refused.is_empty() {
            return;
        }
        self.events.push(BookEvent::Posted(Box::new(Posted {
            at: self.now,
            basis: basis.clone(),
            lines: std::mem::take(&mut self.lines),
            own: std::mem::take(&mut self.own),
            refused: std::mem::take(&mut self.refused),
            after: self.draft.after(),
        })));
    }

    fn end_came(&mut self, event: fn(Box<Came>) -> BookEvent) {
        if !self.lines.is_empty() {
            self.events.push(event(Box::new(Came {
                at: self.now,
                lines: std::mem::take(&mut self.lines),
                own: std::mem::take(&mut self.own),
                after: self.draft.after(),
            })));
        }
    }

    /// Everything that fell due until an instant lapses; what comes free serves those who wait.
    pub(super) fn sweep(&mut self, upto: Moment) {
        let last = (upto, TransferId::new(u128::MAX));
        let due: Vec<TransferId> = self.draft.book.due.range(..=last).map(|(_, id)| *id).collect();
        for id in due {
            let Some(Hold { from, open, pointer, turn, .. }) = self.draft.hold(id).cloned() else {
                continue;
            };
            let Some(name) = self.name(from) else { continue };
            let line = Line::Expired(id, name, open, turn.is_some(), pointer.clone());
            self.write(line, &pointer);
            self.note_freed(from);
            if self.lines.len() >= LINES_MAX {
                self.end_came(BookEvent::Lapsed);
            }
        }
        self.end_came(BookEvent::Lapsed);
        self.serve();
    }

    fn name(&self, account: u32) -> Option<AccountName> {
        self.draft.spec(account).map(|spec| spec.name.clone())
    }

    /// Whether something came free for which somebody may wait.
    pub(super) fn has_to_serve(&self) -> bool {
        !self.freed.is_empty()
    }

    /// Serves those who wait for what came free, in their order, and ends an event of its own.
    pub(super) fn serve(&mut self) {
        while let Some(account) = self.freed.pop_first() {
            let strict = self.draft.spec(account).is_some_and(|spec| spec.queue == Queue::Strict);
            for id in self.draft.queue(account) {
                let Some(hold) = self.draft.hold(id).cloned() else { continue };
                let Some(name) = self.name(account) else { break };
                let fits = self.may_bind(account).and_then(|()| self.fits(account, hold.open));
                match fits {
                    Ok(use_no) => {
                        let pointer = hold.pointer.clone();
                        let line = Line::Served(id, name, hold.open, use_no, pointer.clone());
                        self.write(line, &pointer);
                        self.take_up_kept(id);
                    }
                    Err(_) if strict => break,
                    Err(_) => {}
                }
                if self.lines.len() >= LINES_MAX {
                    self.end_came(BookEvent::Served);
                }
            }
        }
        self.end_came(BookEvent::Served);
    }

    // --- what an entry is asked, in the order of the errors ------------------------------------------------------------

    /// Enters one entry, or says why not.
    pub(super) fn enter(
        &mut self,
        entry: &Entry,
        basis: &Basis,
        stands_alone: bool,
    ) -> Result<(), BookError> {
        if let Some(known) = self.draft.known(entry.id) {
            let is_same = known.content == content_of(entry);
            return is_same.then_some(()).ok_or(BookError::IdReused);
        }
        let before = self.lines.len();
        let basis = entry.basis.as_deref().unwrap_or(basis);
        match self.judge(entry, basis) {
            Err(BookError::NoHold) if entry.early && stands_alone => self.keep(entry, basis)?,
            other => other?,
        }
        if let Some(own) = &entry.basis {
            for at in before..self.lines.len() {
                self.own.push((u32::try_from(at).unwrap_or(u32::MAX), Basis::clone(own)));
            }
        }
        Ok(())
    }

    fn judge(&mut self, entry: &Entry, basis: &Basis) -> Result<(), BookError> {
        let id = entry.id;
        match &entry.act {
            Act::Transfer { from, to, amount } => self.transfer(id, from, to, *amount),
            Act::Reserve { from, to, amount, until, wait } => {
                self.reserve(id, (from, to, *amount), (*until, *wait), basis)
            }
            Act::Adjust { of, amount } => self.adjust(id, *of, *amount, basis),
            Act::Accept { of } => {
                self.held(*of)?;
                self.write(Line::Accepted(id, *of), &None);
                Ok(())
            }
            Act::Settle { of, amount, from, rest } => {
                self.settle(id, *of, *amount, from.as_ref(), *rest)
            }
            Act::Release { of, amount } => self.release(id, *of, *amount),
            Act::Restore { of, amount } => self.restore(id, *of, *amount),
            Act::Shift { of, to } => self.shift(id, *of, to),
            Act::Carry { of, from, amount, to } => {
                positive(*amount)?;
                let account = self.account(from)?;
                if self.draft.spec(account).map(|spec| &spec.unit) != Some(&to.unit) {
                    return Err(BookError::UnitDiffers);
                }
                if let Some(of) = of {
                    let hold = self.held(*of)?;
                    if hold.to != account {
                        return Err(BookError::Field(FieldName::To));
                    }
                    enough(hold.settled, *amount)?;
                }
                self.may_leave(account)?;
                self.lease_runs(account)?;
                self.fits_amount(account, *amount)?;
                let line = Line::Carried(id, *of, from.clone(), *amount, Box::new(to.clone()));
                self.write(line, &None);
                Ok(())
            }
        }
    }

    /// The two accounts of a reservation.
    fn names(&self, hold: &Hold) -> Result<(AccountName, AccountName), BookError> {
        let names = self.name(hold.from).zip(self.name(hold.to));
        names.ok_or(BookError::NoHold)
    }

    fn account(&self, name: &AccountName) -> Result<u32, BookError> {
        let account = self.draft.index(name.as_str());
        account.ok_or_else(|| BookError::NoAccount(name.to_string()))
    }

    /// Two accounts between which something may move.
    fn pair(&self, from: &AccountName, to: &AccountName) -> Result<(u32, u32), BookError> {
        if from == to {
            return Err(BookError::Field(FieldName::To));
        }
        let pair = (self.account(from)?, self.account(to)?);
        let unit = |account| self.draft.spec(account).map(|spec| &spec.unit);
        if unit(pair.0) != unit(pair.1) {
            return Err(BookError::UnitDiffers);
        }
        Ok(pair)
    }

    /// A reservation that has not ended.
    fn held(&self, of: TransferId) -> Result<Hold, BookError> {
        match self.draft.hold(of) {
            Some(hold) => Ok(hold.clone()),
            None => match self.draft.known(of) {
                Some(Known { ended: Some(since), .. }) => Err(BookError::Closed { since }),
                _ => Err(BookError::NoHold),
            },
        }
    }

    /// A reservation whose turn has come.
    fn taken(&self, of: TransferId) -> Result<Hold, BookError> {
        let hold = self.held(of)?;
        if hold.waits() { Err(BookError::Waiting) } else { Ok(hold) }
    }

    /// Whether anything new may leave an account: neither closed nor frozen nor of a lease that is over.
    pub(super) fn may_leave(&self, account: u32) -> Result<(), BookError> {
        let book = self.draft.book;
        if let Some(since) = book.closed {
            return Err(BookError::BookClosed { since });
        }
        if let Some(why) = book.frozen_at(account) {
            return Err(BookError::Frozen { why: why.to_owned() });
        }
        Ok(())
    }

    /// Whether anything new may be reserved from an account.
    fn may_bind(&self, account: u32) -> Result<(), BookError> {
        self.may_leave(account)?;
        let Some(spec) = self.draft.spec(account) else { return Ok(()) };
        if let Some(from) = spec.valid_from.filter(|from| self.now < *from) {
            return Err(BookError::NotYetValid { from });
        }
        if let Some(since) = spec.valid_until.filter(|until| *until <= self.now) {
            return Err(BookError::Expired { since });
        }
        self.lease_runs(account)
    }

    pub(super) fn fits_amount(&self, account: u32, amount: i64) -> Result<(), BookError> {
        let floor = self.draft.spec(account).and_then(|spec| spec.floor);
        let figures = self.draft.figures(account);
        enough(figures.available(floor), amount)?;
        let left = figures.posted.checked_sub(amount).ok_or(BookError::Overflow)?;
        figures.reserved.checked_add(amount).ok_or(BookError::Overflow)?;
        left.checked_sub(figures.reserved).map(drop).ok_or(BookError::Overflow)
    }

    /// Whether a reservation fits: its use, then its amount. Answers with the number of the use.
    fn fits(&self, account: u32, amount: i64) -> Result<u32, BookError> {
        let figures = self.draft.figures(account);
        let max = self.draft.spec(account).and_then(|spec| spec.uses_max);
        if let Some(max) = max.filter(|max| figures.uses >= *max) {
            return Err(BookError::UsesExhausted { max });
        }
        self.fits_amount(account, amount)?;
        Ok(if max.is_some() { figures.uses_ever.saturating_add(1) } else { 0 })
    }

    /// Whether an account can take so much more.
    pub(super) fn can_take(&self, account: u32, amount: i64) -> Result<(), BookError> {
        let posted = self.draft.figures(account).posted;
        posted.checked_add(amount).map(drop).ok_or(BookError::Overflow)
    }

    fn ask_rules(&self, account: u32, amount: i64, basis: &Basis) -> Result<(), BookError> {
        let (Some(opening), Some(spec)) = (self.draft.book.opening(), self.draft.spec(account))
        else {
            return Ok(());
        };
        if opening.rules.is_empty() {
            return Ok(());
        }
        let figures: Figures = self.draft.figures(account);
        let asked = Asked { book: opening, account: spec, figures, amount, basis, now: self.now };
        self.rules.judge(&asked).map_err(|(rule, why)| BookError::Risk { rule, why })
    }

    // --- the acts ------------------------------------------------------------------------------------------------------

    fn transfer(
        &mut self,
        id: TransferId,
        from: &AccountName,
        to: &AccountName,
        amount: i64,
    ) -> Result<(), BookError> {
        positive(amount)?;
        let (whence, whither) = self.pair(from, to)?;
        self.may_leave(whence)?;
        self.lease_runs(whence)?;
        self.fits_amount(whence, amount)?;
        self.can_take(whither, amount)?;
        self.write(Line::Transferred(id, from.clone(), to.clone(), amount), &None);
        self.note_freed(whither);
        Ok(())
    }

    /// Nothing leaves a lent account when its lease is over, but for what goes home.
    fn lease_runs(&self, account: u32) -> Result<(), BookError> {
        let is_lent = |name: &AccountName| self.draft.index(name.as_str()) == Some(account);
        match &self.draft.book.lease {
            Some(lease)
                if (lease.ended || lease.until <= self.now) && is_lent(&lease.terms.account) =>
            {
                Err(BookError::LeaseEnded { since: lease.until })
            }
            _ => Ok(()),
        }
    }

    fn reserve(
        &mut self,
        id: TransferId,
        (from, to, amount): (&AccountName, &AccountName, i64),
        (until, wait): (Option<Moment>, Option<Moment>),
        basis: &Basis,
    ) -> Result<(), BookError> {
        positive(amount)?;
        let (whence, _) = self.pair(from, to)?;
        self.may_bind(whence)?;
        if let Some(since) = until.filter(|until| *until <= self.now) {
            return Err(BookError::Expired { since });
        }
        let queue = self.draft.spec(whence).map_or(Queue::None, |spec| spec.queue);
        let wait = wait.filter(|_| queue != Queue::None);
        let fits = if queue == Queue::Strict && !self.draft.queue(whence).is_empty() {
            Err(BookError::Insufficient { available: 0 })
        } else {
            self.fits(whence, amount)
        };
        let line = match (fits, wait) {
            (Ok(use_no), _) => Line::Reserved(id, from.clone(), to.clone(), amount, until, use_no),
            (
                Err(BookError::UsesExhausted { .. } | BookError::Insufficient { .. }),
                Some(since),
            ) => Line::Waits(id, from.clone(), to.clone(), amount, until, since),
            (Err(why), _) => return Err(why),
        };
        self.ask_rules(whence, amount, basis)?;
        let is_taken = matches!(line, Line::Reserved(..));
        self.write(line, &basis.pointer());
        if is_taken {
            self.take_up_kept(id);
        } else {
            // Whoever was accepted earlier than those who wait stands before them, and may fit at once.
            self.note_freed(whence);
        }
        Ok(())
    }

    fn adjust(
        &mut self,
        id: TransferId,
        of: TransferId,
        amount: i64,
        basis: &Basis,
    ) -> Result<(), BookError> {
        positive(amount)?;
        let hold = self.held(of)?;
        let bound = hold.open.checked_add(hold.settled).ok_or(BookError::Overflow)?;
        let more = amount.checked_sub(bound).ok_or(BookError::Overflow)?;
        let (open, settled) = if more > 0 {
            self.may_bind(hold.from)?;
            if !hold.waits() {
                self.fits_amount(hold.from, more)?;
                self.ask_rules(hold.from, more, basis)?;
            }
            if hold.open > 0 || hold.settled == 0 {
                (hold.open.checked_add(more).ok_or(BookError::Overflow)?, hold.settled)
            } else {
                self.can_take(hold.to, more)?;
                (0, amount)
            }
        } else {
            let open = hold.open.min(amount.saturating_sub(hold.settled).max(0));
            let settled = amount.saturating_sub(open);
            let back = hold.settled.saturating_sub(settled);
            if back > 0 {
                self.fits_amount(hold.to, back)?;
                self.can_take(hold.from, back)?;
            }
            (open, settled)
        };
        let (from, to) = self.names(&hold)?;
        let open_by = if hold.waits() { 0 } else { open.saturating_sub(hold.open) };
        let by = [open_by, settled.saturating_sub(hold.settled)];
        self.write(Line::Adjusted(id, of, from, to, amount, by, [open, settled]), &None);
        self.note_freed(hold.from);
        self.note_freed(hold.to);
        Ok(())
    }

    fn settle(
        &mut self,
        id: TransferId,
        of: TransferId,
        asked: Option<i64>,
        bearer: Option<&AccountName>,
        rest: Rest,
    ) -> Result<(), BookError> {
        asked.map_or(Ok(()), positive)?;
        let hold = self.taken(of)?;
        if hold.open == 0 && asked.is_none() {
            return Err(BookError::Closed { since: hold.since });
        }
        let amount = asked.unwrap_or(hold.open);
        enough(hold.open, amount)?;
        let left = if rest == Rest::Open { hold.open.saturating_sub(amount) } else { 0 };
        let bearer_at = bearer.map(|name| self.account(name)).transpose()?;
        if let Some(bearer) = bearer_at.filter(|bearer| *bearer != hold.from) {
            if hold.was_settled {
                return Err(BookError::SettledElsewhere);
            }
            let unit = |account| self.draft.spec(account).map(|spec| &spec.unit);
            if unit(bearer) != unit(hold.to) {
                return Err(BookError::UnitDiffers);
            }
            self.may_leave(bearer)?;
            self.fits(bearer, amount.checked_add(left).ok_or(BookError::Overflow)?)?;
        }
        self.can_take(hold.to, amount)?;
        let (own, to) = self.names(&hold)?;
        let (from, was) = match bearer.filter(|_| bearer_at != Some(hold.from)) {
            Some(bearer) => (bearer.clone(), Some(own)),
            None => (own, None),
        };
        let freed = hold.open.saturating_sub(amount).saturating_sub(left);
        let amounts = Box::new(Settlement(amount, freed, left, rest == Rest::Final, was));
        let line = Line::Settled(id, of, from, to, asked, amounts);
        self.write(line, &None);
        self.note_freed(hold.from);
        self.note_freed(hold.to);
        Ok(())
    }

    fn release(
        &mut self,
        id: TransferId,
        of: TransferId,
        asked: Option<i64>,
    ) -> Result<(), BookError> {
        asked.map_or(Ok(()), positive)?;
        let hold = self.held(of)?;
        if hold.open == 0 {
            return Err(BookError::Closed { since: hold.since });
        }
        let amount = asked.unwrap_or(hold.open);
        enough(hold.open, amount)?;
        let left = hold.open.saturating_sub(amount);
        let (from, _) = self.names(&hold)?;
        let line = Line::Released(id, of, from, asked, amount, left, hold.waits());
        self.write(line, &None);
        self.note_freed(hold.from);
        Ok(())
    }

    fn restore(
        &mut self,
        id: TransferId,
        of: TransferId,
        asked: Option<i64>,
    ) -> Result<(), BookError> {
        asked.map_or(Ok(()), positive)?;
        let hold = self.taken(of)?;
        let amount = asked.unwrap_or(hold.settled);
        enough(hold.settled, amount.max(1))?;
        self.fits_amount(hold.to, amount)?;
        self.can_take(hold.from, amount)?;
        let left = hold.settled.saturating_sub(amount);
        let (home, whence) = self.names(&hold)?;
        self.write(Line::Restored(id, of, whence, home, asked, amount, left), &None);
        self.note_freed(hold.from);
        Ok(())
    }

    fn shift(&mut self, id: TransferId, of: TransferId, to: &AccountName) -> Result<(), BookError> {
        let hold = self.taken(of)?;
        let from = self.name(hold.to).ok_or(BookError::NoHold)?;
        let (_, whither) = self.pair(&from, to)?;
        enough(hold.settled, 1)?;
        self.fits_amount(hold.to, hold.settled)?;
        self.can_take(whither, hold.settled)?;
        self.write(Line::Shifted(id, of, from, to.clone(), hold.settled), &None);
        self.note_freed(whither);
        Ok(())
    }

    // --- what overtakes its reservation ----------------------------------------------------------------------------------

    fn keep(&mut self, entry: &Entry, basis: &Basis) -> Result<(), BookError> {
        if self.draft.kept_in_all() >= EARLY_MAX {
            return Err(BookError::EarlyFull);
        }
        let kept = Entry { basis: Some(Box::new(basis.clone())), ..entry.clone() };
        self.write(Line::Kept(Box::new(kept)), &None);
        Ok(())
    }

    /// What was kept for a reservation that is there now, in the order in which it came.
    fn take_up_kept(&mut self, of: TransferId) {
        for entry in self.draft.kept(of) {
            debug_assert_eq!(of_act(&entry.act), Some(of));
            let basis = entry.basis.as_deref().cloned().unwrap_or_default();
            let at = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
            if let Err(why) = self.judge(&entry, &basis) {
                self.write(Line::Dropped(entry.id, of, why), &None);
            }
            self.own.push((at, basis));
        }
    }
}

fn positive(amount: i64) -> Result<(), BookError> {
    if amount > 0 { Ok(()) } else { Err(BookError::Field(FieldName::Amount)) }
}

fn enough(available: i64, amount: i64) -> Result<(), BookError> {
    if amount <= available { Ok(()) } else { Err(BookError::Insufficient { available }) }
}
