//! Random postings: many that hold, many that do not, ids used again, messages that come early.

use crate::book::{
    AccountSpec, Act, Basis, BookKey, Entry, Place, Posting, Queue, Rest, Terms, TransferId, Unit,
};
use codes::Moment;

/// Draws a number below a bound.
pub type Draw<'a> = &'a mut dyn FnMut(u64) -> u64;

/// Makes postings for one book.
#[derive(Clone, Debug, Default)]
pub struct Random {
    /// Reservations asked for so far, that later entries are about.
    holds: Vec<TransferId>,
    /// Entries asked for so far, some of which come again.
    asked: Vec<Entry>,
    made: u64,
    /// What tells its ids from those of other books.
    pub name: String,
    /// A book to which something is carried now and then.
    pub other: Option<BookKey>,
}

/// The accounts of such a book.
#[must_use]
pub fn accounts() -> Vec<AccountSpec> {
    let fen = || Unit::FEN;
    vec![
        AccountSpec::new("outside", fen(), "外部", "Outside").outside(),
        AccountSpec::new("limit", fen(), "额度", "Limit"),
        AccountSpec::new("used", fen(), "已用", "Used"),
        AccountSpec::new("claimed", fen(), "已索偿", "Claimed"),
        AccountSpec::new("credit", fen(), "信用", "Credit").credit(500),
        AccountSpec::new("licence", fen(), "许可", "Licence").uses(12),
        AccountSpec::new("seats", fen(), "席位", "Seats").queue(Queue::Passing).uses(30),
        AccountSpec::new("strict", fen(), "轮候", "Strict").queue(Queue::Strict),
        AccountSpec::new("kilograms", Unit::new("035", 5), "千克", "Kilograms"),
    ]
}

/// Accounts from which is taken.
const SOURCES: [&str; 6] = ["limit", "limit", "credit", "licence", "seats", "strict"];
const EVERYWHERE: [&str; 9] =
    ["outside", "limit", "used", "claimed", "credit", "licence", "seats", "strict", "kilograms"];

fn pick<'a, T: ?Sized>(draw: Draw<'_>, of: &[&'a T]) -> &'a T
where
    &'a T: Default,
{
    let at = usize::try_from(draw(of.len() as u64)).unwrap_or(0);
    of.get(at).copied().unwrap_or_default()
}

fn amount(draw: Draw<'_>) -> i64 {
    let amount = i64::try_from(draw(300)).unwrap_or(0);
    if draw(200) == 0 { -amount } else { amount + i64::from(draw(100) != 0) }
}

fn maybe<T>(draw: Draw<'_>, in_so_many: u64, make: impl FnOnce(Draw<'_>) -> T) -> Option<T> {
    if draw(in_so_many) == 0 { Some(make(draw)) } else { None }
}

impl Random {
    /// For a book of this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    fn id(&mut self) -> TransferId {
        self.made += 1;
        TransferId::derive(&["random", &self.name, &self.made.to_string()])
    }

    fn known(&self, draw: Draw<'_>) -> TransferId {
        // Mostly one of the last, as work goes.
        let span = if draw(4) == 0 { self.holds.len() } else { self.holds.len().min(12) };
        let back = usize::try_from(draw(span.max(1) as u64)).unwrap_or(0);
        let at = self.holds.len().checked_sub(back + 1);
        at.and_then(|at| self.holds.get(at)).copied().unwrap_or_default()
    }

    fn act(&mut self, id: TransferId, now: Moment, draw: Draw<'_>) -> Act {
        let from = pick(draw, &SOURCES);
        let to = if draw(6) == 0 { pick(draw, &EVERYWHERE) } else { "used" };
        match draw(20) {
            0..3 => {
                let whither = pick(draw, &SOURCES);
                let amount = amount(draw).saturating_mul(5);
                Act::Transfer { from: "outside".into(), to: whither.into(), amount }
            }
            3 => {
                let (from, to) = (pick(draw, &EVERYWHERE), pick(draw, &EVERYWHERE));
                Act::Transfer { from: from.into(), to: to.into(), amount: amount(draw) }
            }
            4..10 => {
                self.holds.push(id);
                let soon = |draw: Draw<'_>| {
                    now.plus_us(i64::try_from(draw(40_000_000)).unwrap_or(0) - 500_000)
                };
                let until = maybe(draw, 2, soon);
                let wait = maybe(draw, 2, |draw| {
                    now.plus_us(-i64::try_from(draw(9_000_000)).unwrap_or(0))
                });
                Act::Reserve { from: from.into(), to: to.into(), amount: amount(draw), until, wait }
            }
            other => self.act_on_known(other, draw),
        }
    }

    fn act_on_known(&mut self, which: u64, draw: Draw<'_>) -> Act {
        let of = if draw(12) == 0 { self.coming() } else { self.known(draw) };
        match which {
            10..13 => Act::Settle {
                of,
                amount: maybe(draw, 2, |draw| 1 + i64::try_from(draw(60)).unwrap_or(0)),
                from: maybe(draw, 3, |draw| pick(draw, &SOURCES).into()),
                rest: match draw(5) {
                    0 => Rest::Released,
                    1 => Rest::Final,
                    _ => Rest::Open,
                },
            },
            13 | 14 => Act::Release { of, amount: maybe(draw, 3, amount) },
            15 | 16 => Act::Restore { of, amount: maybe(draw, 3, amount) },
            17 => Act::Adjust { of, amount: amount(draw) },
            18 => Act::Accept { of },
            _ => match &self.other {
                Some(other) if draw(2) == 0 => Act::Carry {
                    of: maybe(draw, 3, |_| of),
                    from: pick(draw, &["used", "limit", "claimed"]).into(),
                    amount: amount(draw),
                    to: Place {
                        shard: None,
                        book: other.clone(),
                        account: pick(draw, &["limit", "limit", "seats", "nowhere"]).into(),
                        unit: Unit::FEN,
                    },
                },
                _ => {
                    let to = pick(draw, &["claimed", "claimed", "used"]);
                    Act::Shift { of, to: to.into() }
                }
            },
        }
    }

    /// The id that a reservation of the near future will have.
    fn coming(&self) -> TransferId {
        TransferId::derive(&["random", &self.name, &(self.made + 3).to_string()])
    }

    fn entry(&mut self, now: Moment, draw: Draw<'_>) -> Entry {
        // A message comes again, now and then with other content.
        if draw(12) == 0 {
            let at = usize::try_from(draw(self.asked.len().max(1) as u64)).unwrap_or(0);
            if let Some(entry) = self.asked.get(at).cloned() {
                let id = entry.id;
                let act = if draw(6) == 0 { self.act(id, now, draw) } else { entry.act.clone() };
                return Entry { act, ..entry };
            }
        }
        let id = self.id();
        let act = self.act(id, now, draw);
        let mut entry = Entry::new(id, act);
        entry.early = draw(3) == 0;
        self.asked.push(entry.clone());
        entry
    }

    /// A posting of at most so many entries.
    pub fn posting(&mut self, now: Moment, terms: Terms, most: u64, draw: Draw<'_>) -> Posting {
        let count = 1 + draw(most);
        let mut entries: Vec<Entry> = (0..count).map(|_| self.entry(now, draw)).collect();
        for entry in &mut entries {
            entry.linked = draw(8) == 0;
        }
        Posting { basis: Basis::new("random"), terms, entries }
    }
}
