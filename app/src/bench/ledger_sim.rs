//! The simulator's world of books: random postings under crashes, reordering and repetition, audited entry by entry.
//!
//! Two shards hold two books each that carry to one another; one lends a slice of its quota to the other shard. Each event is
//! taken apart by [`ledger::audit`], which knows what was asked and says by itself what must have come of it.

use super::figures::{per_s, ratio};
use crate::cli::{complain, say};
use anyhow::{Result, anyhow};
use engine::sim::{self, Plan, Rng, World};
use kernel::{Actor, Atomic, Moment, Recorded, Shard};
use ledger::audit::Auditor;
use ledger::audit::compare::{after, audit};
use ledger::audit::random::{Random, accounts};
use ledger::book::{After, BookEvent};
use ledger::{
    AccountSpec, Basis, Book, BookCommand, BookKey, LedgerModule, Opening, Outside, Posting,
    SliceTerms, Terms, Unit,
};
use module::{Module as _, Registry};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;
use tokio::time::Instant;

const HERE: &str = "440100";
const THERE: &str = "440300";
/// Entries in one posting at most.
const ENTRIES: u64 = 24;

/// A book as this world follows it.
#[derive(Debug)]
struct Followed {
    auditor: Auditor,
    random: Random,
    /// How its accounts stand by its own events.
    stands: BTreeMap<String, i128>,
}

/// Books of two shards (模拟额度簿).
#[derive(Debug)]
pub(crate) struct Books {
    books: BTreeMap<(Shard, BookKey), Followed>,
    postings: Vec<Posting>,
    opened: usize,
    /// Entries whose answers were audited.
    pub(crate) audited: u64,
}

impl Books {
    /// A world in which nothing has happened.
    pub(crate) fn new(seed: u64) -> Self {
        let mut books = BTreeMap::new();
        for shard in [HERE, THERE] {
            for name in ["a", "b"] {
                let other = if name == "a" { "b" } else { "a" };
                let mut random = Random::of(&format!("{seed}/{shard}/{name}"));
                random.other = Some(key(shard, other));
                books.insert((Shard::new(shard), key(shard, name)), followed(random));
            }
        }
        let slice = key(HERE, "a").slice(&Shard::new(THERE));
        let random = Random::of(&format!("{seed}/slice"));
        books.insert((Shard::new(THERE), slice), followed(random));
        Self { books, postings: Vec::new(), opened: 0, audited: 0 }
    }

    fn is_open(&self) -> bool {
        self.opened >= 4
    }

    fn open(shard: &Shard) -> Result<Atomic, serde_json::Error> {
        let opening = Opening { accounts: accounts(), ..Opening::default() };
        let open = BookCommand::Open(Box::new(opening));
        Atomic::new(shard.clone())
            .then::<Book>(&key(shard.as_str(), "a"), &open)?
            .then::<Book>(&key(shard.as_str(), "b"), &open)
    }

    fn any(
        &mut self,
        rng: &mut Rng,
        now: Moment,
        shard: &Shard,
    ) -> Result<Atomic, serde_json::Error> {
        let here: Vec<BookKey> =
            self.books.keys().filter(|(of, _)| of == shard).map(|(_, book)| book.clone()).collect();
        let book = rng.pick(&here).cloned().unwrap_or_default();
        let command = match rng.below(40) {
            0 => BookCommand::Freeze {
                key: rng.below(3).to_string(),
                accounts: vec!["limit".into()],
                basis: Basis::new("风险"),
            },
            1 | 2 => {
                let key = rng.below(3).to_string();
                BookCommand::Unfreeze { key, basis: Basis::new("解除") }
            }
            3 => BookCommand::SetFloor {
                account: "credit".into(),
                floor: Some(-i64::try_from(rng.below(1_000)).unwrap_or(0)),
                basis: Basis::new("授信"),
            },
            4 | 5 if shard.as_str() == HERE => return lend(rng),
            6 if book.as_str().contains('@') => BookCommand::GiveBack { epoch: None, amount: None },
            7 if shard.as_str() == HERE => BookCommand::Reclaim { to: Shard::new(THERE) },
            _ => self.posting(rng, now, shard, &book),
        };
        Atomic::new(shard.clone()).then::<Book>(&book, &command)
    }

    /// A posting under a number, by which its events are known again.
    fn posting(
        &mut self,
        rng: &mut Rng,
        now: Moment,
        shard: &Shard,
        book: &BookKey,
    ) -> BookCommand {
        let terms = if rng.below(6) == 0 { Terms::Together } else { Terms::Each };
        let most = if terms == Terms::Together { 2 } else { ENTRIES };
        let number = self.postings.len();
        let mut posting = match self.books.get_mut(&(shard.clone(), book.clone())) {
            Some(followed) => {
                let mut draw = |bound| rng.below(bound);
                followed.random.posting(now, terms, most, &mut draw)
            }
            None => Posting::default(),
        };
        posting.basis = Basis::new(number.to_string());
        self.postings.push(posting.clone());
        BookCommand::post(posting)
    }

    /// Audits the events of one decision.
    fn decided(
        &mut self,
        shard: &Shard,
        key: &BookKey,
        events: &[&Recorded],
    ) -> Result<(), String> {
        let read = |event: &&Recorded| event.read::<BookEvent>().map_err(|e| e.to_string());
        let read: Vec<BookEvent> = events.iter().map(read).collect::<Result<_, _>>()?;
        self.opened += read.iter().filter(|event| matches!(event, BookEvent::Opened(_))).count();
        let Some(followed) = self.books.get_mut(&(shard.clone(), key.clone())) else {
            return Err(format!("book {key} is not one of this world"));
        };
        for After(name, posted, reserved, _) in read.iter().flat_map(after) {
            followed.stands.insert(name.to_string(), i128::from(*posted));
            if name.as_str() == "limit" && posted - reserved < 0 {
                return Err(format!("{key} {name} stands at {posted} with {reserved} reserved"));
            }
        }
        if key.as_str().contains('@') {
            // A slice's book is not asked entry by entry: what counts is that it never has more than was lent.
            let sum: i128 = followed.stands.values().sum();
            return if sum == 0 { Ok(()) } else { Err(format!("the sum of {key} is {sum}")) };
        }
        let posted = read.iter().find_map(|event| match event {
            BookEvent::Posted(posted) => Some((posted.at, posted.basis.reason.as_str())),
            _ => None,
        });
        let came = read.iter().find_map(|event| match event {
            BookEvent::Lapsed(came) | BookEvent::Served(came) => Some(came.at),
            _ => None,
        });
        let (now, posting) = match posted {
            Some((at, number)) => {
                let number: usize = number.parse().map_err(|_digits| "no number".to_owned())?;
                (at, self.postings.get(number))
            }
            None => (came.or(events.first().map(|event| event.at)).unwrap_or_default(), None),
        };
        audit(&mut followed.auditor, now, &read, posting).map_err(|why| format!("{key}: {why}"))?;
        self.audited += posting.map_or(0, |posting| posting.entries.len() as u64);
        Ok(())
    }

    /// What must hold of all books together.
    fn together(&self) -> Result<(), String> {
        for shard in [HERE, THERE] {
            let away = ["a", "b"].iter().filter_map(|name| {
                let followed = self.books.get(&(Shard::new(shard), key(shard, name)))?;
                followed.stands.get("away.cny.2")
            });
            let sum: i128 = away.sum();
            if sum != 0 {
                return Err(format!("{sum} of shard {shard} left a book and did not arrive"));
            }
        }
        let home = self.books.get(&(Shard::new(HERE), key(HERE, "a")));
        let lent = home.and_then(|home| home.stands.get("lent.440300")).copied().unwrap_or(0);
        let slice = key(HERE, "a").slice(&Shard::new(THERE));
        let there = self.books.get(&(Shard::new(THERE), slice));
        let got = there.and_then(|there| there.stands.get("home")).map_or(0, |home| -*home);
        if got > lent {
            return Err(format!("the slice holds {got}, lent are {lent}"));
        }
        Ok(())
    }
}

fn followed(random: Random) -> Followed {
    Followed { auditor: Auditor::default(), random, stands: BTreeMap::new() }
}

fn key(shard: &str, name: &str) -> BookKey {
    BookKey::new("random", &format!("{shard}-{name}"))
}

fn lend(rng: &mut Rng) -> Result<Atomic, serde_json::Error> {
    let home = key(HERE, "a");
    let amount = i64::try_from(rng.below(300)).unwrap_or(0);
    let terms = SliceTerms {
        account: "limit".into(),
        with: vec![
            AccountSpec::new("used", Unit::FEN, "已用", "Used"),
            AccountSpec::new("claimed", Unit::FEN, "已索偿", "Claimed"),
        ],
        step: 200,
        lease_us: 20_000_000,
        low_percent: 80,
    };
    let lend = BookCommand::Lend {
        home: home.clone(),
        shard: Shard::new(HERE),
        to: Shard::new(THERE),
        amount,
        terms: Box::new(terms),
    };
    Atomic::new(Shard::new(HERE)).then::<Book>(&home, &lend)
}

impl World for Books {
    fn registry(&self) -> Registry {
        let mut registry = Registry::default();
        LedgerModule::new(Outside { gateway: None }).register(&mut registry);
        registry
    }

    fn shards(&self) -> Vec<Shard> {
        vec![Shard::new(HERE), Shard::new(THERE)]
    }

    fn command(&mut self, rng: &mut Rng, now: Moment) -> Result<(Actor, Atomic), String> {
        let shards = self.shards();
        let shard = rng.pick(&shards).cloned().unwrap_or_default();
        let group = if self.is_open() { self.any(rng, now, &shard) } else { Self::open(&shard) };
        Ok((Actor::system("sim"), group.map_err(|error| error.to_string())?))
    }

    fn observe(&mut self, shard: &Shard, batch: &[Recorded]) -> Result<(), String> {
        let mut open: Vec<&Recorded> = Vec::new();
        for event in batch.iter().filter(|event| &*event.kind == "book") {
            let goes_on = open
                .last()
                .is_some_and(|last| last.command == event.command && last.key == event.key);
            if !goes_on {
                self.decided_all(shard, &std::mem::take(&mut open))?;
            }
            open.push(event);
        }
        self.decided_all(shard, &open)?;
        self.together()
    }
}

impl Books {
    fn decided_all(&mut self, shard: &Shard, events: &[&Recorded]) -> Result<(), String> {
        let Some(first) = events.first() else { return Ok(()) };
        self.decided(shard, &BookKey(first.key.to_string()), events)
    }
}

/// What seeds came to.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) seeds: u64,
    pub(crate) entries: u64,
    pub(crate) events: u64,
    pub(crate) faults: u64,
}

/// Runs seeds from a first one until so many entries were audited.
pub(crate) fn until(first: u64, entries: u64, plan: Plan) -> Result<Held> {
    let mut held = Held::default();
    let mut seed = first;
    while held.entries < entries {
        let mut world = Books::new(seed);
        let ran = sim::simulate(&mut world, seed, plan).map_err(|broken| anyhow!("{broken}"))?;
        held.seeds += 1;
        held.entries += world.audited;
        held.events += ran.events;
        held.faults += ran.faults.values().sum::<u64>();
        seed += 1;
    }
    Ok(held)
}

/// `lianban bench ledger --audit N`.
pub(crate) fn run(entries: u64, first: u64, as_json: bool) -> ExitCode {
    let begun = Instant::now();
    let held = match until(first, entries, Plan::default()) {
        Ok(held) => held,
        Err(broken) => {
            complain(&broken.to_string());
            return ExitCode::FAILURE;
        }
    };
    let took = begun.elapsed();
    let seconds = ratio(u64::try_from(took.as_millis()).unwrap_or(u64::MAX), 1_000);
    if as_json {
        let told = json!({
            "profile": super::profile(), "entries": held.entries, "seeds": held.seeds,
            "events": held.events, "faults": held.faults, "seconds": seconds, "held": true,
        });
        say(&told.to_string());
    } else {
        say(&format!(
            "{} entries of {} seeds audited, {} events, {} faults: every answer agreed ({} entries/s)",
            held.entries,
            held.seeds,
            held.events,
            held.faults,
            per_s(held.entries, took)
        ));
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CI's share of the million that `lianban bench ledger --audit 1000000` runs.
    const ENTRIES_IN_CI: u64 = 12_000;

    #[test]
    fn random_postings_under_faults_are_what_the_auditor_says() {
        let held = until(0, ENTRIES_IN_CI, Plan::default()).unwrap();
        assert!(held.faults > held.seeds, "{held:?}");
    }
}
