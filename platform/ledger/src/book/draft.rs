//! A draft over a book: what a decision would change, so that each entry is judged on what those before it did, and a chain
//! that is refused leaves nothing behind.

use super::event::After;
use super::model::{AccountSpec, Entry, TransferId};
use super::state::{Book, Figures, Hold, Known, Pages, Turn};
use codes::Moment;
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};

/// A draft.
#[derive(Debug)]
pub(super) struct Draft<'b> {
    pub(super) book: &'b Book,
    figures: BTreeMap<u32, Figures>,
    holds: IndexMap<TransferId, Option<Hold>>,
    known: IndexMap<TransferId, Known>,
    came: BTreeMap<Turn, TransferId>,
    went: BTreeSet<Turn>,
    turns: u64,
    early: BTreeMap<TransferId, Vec<Entry>>,
    kept: usize,
    /// What was changed and how it was before, so that it can be changed back.
    trail: Vec<Undo>,
    /// How much of the trail the events so far have told.
    told: usize,
}

#[derive(Debug)]
enum Undo {
    Figures(u32, Option<Figures>),
    Hold(TransferId, Option<Option<Hold>>),
    Known(TransferId, Option<Known>),
    Came(Turn),
    NotCame(Turn, TransferId),
    Went(Turn),
    Early(TransferId, Option<Vec<Entry>>, usize),
}

impl<'b> Draft<'b> {
    pub(super) fn over(book: &'b Book) -> Self {
        Self {
            book,
            figures: BTreeMap::new(),
            holds: IndexMap::new(),
            known: IndexMap::new(),
            came: BTreeMap::new(),
            went: BTreeSet::new(),
            turns: book.turns,
            early: BTreeMap::new(),
            kept: book.early_count,
            trail: Vec::new(),
            told: 0,
        }
    }

    /// Where it stands, for [`Draft::rewind`].
    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Takes everything back that was changed since a mark.
    pub(super) fn rewind(&mut self, mark: usize) {
        while self.trail.len() > mark {
            match self.trail.pop() {
                Some(Undo::Figures(account, before)) => {
                    give_back(&mut self.figures, account, before);
                }
                Some(Undo::Hold(id, Some(before))) => {
                    self.holds.insert(id, before);
                }
                Some(Undo::Hold(id, None)) => {
                    self.holds.swap_remove(&id);
                }
                Some(Undo::Known(id, Some(before))) => {
                    self.known.insert(id, before);
                }
                Some(Undo::Known(id, None)) => {
                    self.known.swap_remove(&id);
                }
                Some(Undo::Came(turn)) => {
                    self.came.remove(&turn);
                }
                Some(Undo::NotCame(turn, id)) => {
                    self.came.insert(turn, id);
                }
                Some(Undo::Went(turn)) => {
                    self.went.remove(&turn);
                }
                Some(Undo::Early(of, before, kept)) => {
                    give_back(&mut self.early, of, before);
                    self.kept = kept;
                }
                None => break,
            }
        }
    }

    /// The accounts that changed since the last time, as they stand.
    pub(super) fn after(&mut self) -> Vec<After> {
        let new = self.trail.get(self.told..).unwrap_or_default();
        let touched: BTreeSet<u32> = new
            .iter()
            .filter_map(|undo| if let Undo::Figures(at, _) = undo { Some(*at) } else { None })
            .collect();
        self.told = self.trail.len();
        let stands = |at: u32| {
            let Figures { posted, reserved, uses, .. } = self.figures(at);
            Some(After(self.spec(at)?.name.clone(), posted, reserved, uses))
        };
        touched.into_iter().filter_map(stands).collect()
    }

    /// The accounts for which somebody waits.
    pub(super) fn has_waiting(&self) -> bool {
        !self.came.is_empty() || self.book.waiting.len() > self.went.len()
    }

    /// Who waits for an account, in the order of turns.
    pub(super) fn queue(&self, account: u32) -> Vec<TransferId> {
        let first = (account, Moment::from_us(i64::MIN), 0);
        let last = (account, Moment::from_us(i64::MAX), u64::MAX);
        let here =
            self.book.waiting.range(first..=last).filter(|(turn, _)| !self.went.contains(turn));
        let all: BTreeMap<&Turn, &TransferId> = here.chain(self.came.range(first..=last)).collect();
        all.into_values().copied().collect()
    }

    /// What is kept for a reservation that was not there.
    pub(super) fn kept(&self, of: TransferId) -> Vec<Entry> {
        self.early.get(&of).or_else(|| self.book.early.get(&of)).cloned().unwrap_or_default()
    }

    /// Whether an entry is kept already.
    pub(super) fn kept_in_all(&self) -> usize {
        self.kept
    }

    fn change_early(&mut self, of: TransferId, change: impl FnOnce(&mut Vec<Entry>)) {
        let before = self.early.get(&of).cloned();
        let mut now = self.kept(of);
        let length = now.len();
        change(&mut now);
        self.trail.push(Undo::Early(of, before, self.kept));
        self.kept = (self.kept + now.len()).saturating_sub(length);
        self.early.insert(of, now);
    }
}

fn give_back<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, before: Option<V>) {
    match before {
        Some(before) => map.insert(key, before),
        None => map.remove(&key),
    };
}

impl Pages for Draft<'_> {
    fn index(&self, name: &str) -> Option<u32> {
        self.book.index(name)
    }

    fn spec(&self, account: u32) -> Option<&AccountSpec> {
        self.book.spec(account)
    }

    fn figures(&self, account: u32) -> Figures {
        self.figures.get(&account).copied().unwrap_or_else(|| self.book.figures(account))
    }

    fn put_figures(&mut self, account: u32, figures: Figures) {
        let before = self.figures.insert(account, figures);
        self.trail.push(Undo::Figures(account, before));
    }

    fn hold(&self, id: TransferId) -> Option<&Hold> {
        match self.holds.get(&id) {
            Some(hold) => hold.as_ref(),
            None => self.book.hold(id),
        }
    }

    fn put_hold(&mut self, id: TransferId, hold: Option<Hold>) {
        let turn = |hold: &Hold| hold.turn.map(|(at, n)| (hold.from, at, n));
        let old = self.hold(id).and_then(turn);
        let new = hold.as_ref().and_then(turn);
        if old != new {
            if let Some(turn) = old {
                if let Some(id) = self.came.remove(&turn) {
                    self.trail.push(Undo::NotCame(turn, id));
                } else if self.went.insert(turn) {
                    self.trail.push(Undo::Went(turn));
                }
            }
            if let Some(turn) = new {
                self.came.insert(turn, id);
                self.trail.push(Undo::Came(turn));
            }
        }
        let before = self.holds.insert(id, hold);
        self.trail.push(Undo::Hold(id, before));
    }

    fn know(&mut self, id: TransferId, known: Known) {
        let before = self.known.insert(id, known);
        self.trail.push(Undo::Known(id, before));
    }

    fn known(&self, id: TransferId) -> Option<Known> {
        self.known.get(&id).copied().or_else(|| self.book.known(id))
    }

    fn next_turn(&mut self) -> u64 {
        // Not taken back: numbers that were given up leave gaps, and the book counts its own.
        self.turns += 1;
        self.turns
    }

    fn keep(&mut self, of: TransferId, entry: Entry) {
        self.change_early(of, |kept| kept.push(entry));
    }

    fn unkeep(&mut self, of: TransferId, id: TransferId) {
        if self.early.contains_key(&of) || self.book.early.contains_key(&of) {
            self.change_early(of, |kept| kept.retain(|entry| entry.id != id));
        }
    }
}
