//! The simulator's own small world: accounts of two shards, whose debits equal their credits.
//!
//! It uses every path of the engine: groups of two, policies inside the shard and across it, a policy whose second
//! command may be refused, timers that are withdrawn, refused, or stand although they were decided, errands.

use super::{Rng, World};
use codes::{Code, Coded, Label, Reason};
use kernel::{
    Actor, Aggregate, Atomic, Context, Deadline, Errand, ErrandError, ErrandId, Moment, Policy,
    Reaction, Recorded, Shard, Unreadable,
};
use module::Registry;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tables::{Column, Projection, Rows, Table};

/// An account.
#[derive(Debug, Default)]
struct Account {
    balance: i64,
    is_closed: bool,
    holds: BTreeMap<u32, Moment>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Command {
    Move { by: i64, overdraw: bool },
    Send { shard: Shard, to: String, amount: i64 },
    Hold { n: u32, until: Moment },
    Release { n: u32 },
    Drop { n: u32 },
    Close,
    Open,
    Note { errand: ErrandId },
}

#[derive(Debug, Serialize, Deserialize)]
enum Event {
    Moved { by: i64 },
    Sent { shard: Shard, to: String, amount: i64 },
    Held { n: u32, until: Moment },
    Released { n: u32 },
    Dropped { n: u32 },
    Closed,
    Opened,
    Noted { errand: ErrandId },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum No {
    #[error("the account is closed")]
    Closed,
    #[error("the account is short")]
    Short,
    #[error("the hold does not let go")]
    Stuck,
    #[error("there is nothing to do that with")]
    Nothing,
}

impl Coded for No {
    fn code(&self) -> Code {
        Code::new("SIM", 1)
    }
    fn reason(&self) -> Reason {
        "SIM_REFUSED"
    }
    fn label(&self) -> Label {
        Label::new("模拟中被拒绝", "Refused in the simulation")
    }
}

impl Aggregate for Account {
    const KIND: &'static str = "account";
    type Key = String;
    type Command = Command;
    type Event = Event;
    type Error = No;
    type World = ();

    fn decide(&self, (): &(), _: &Context, command: Command) -> Result<Vec<Event>, No> {
        Ok(match command {
            Command::Open if self.is_closed => vec![Event::Opened],
            Command::Open => Vec::new(),
            // What comes back late is taken whether the account is closed or not.
            Command::Note { errand } => vec![Event::Noted { errand }],
            Command::Release { n } if n % 5 == 0 && self.holds.contains_key(&n) => {
                return Err(No::Stuck);
            }
            Command::Release { n } if n % 5 == 1 => Vec::new(),
            Command::Release { n } if self.holds.contains_key(&n) => vec![Event::Released { n }],
            Command::Release { .. } => Vec::new(),
            _ if self.is_closed => return Err(No::Closed),
            Command::Move { by, overdraw } if self.balance + by < 0 && by < 0 && !overdraw => {
                return Err(No::Short);
            }
            Command::Move { by, .. } => vec![Event::Moved { by }],
            Command::Send { shard, to, amount } => vec![Event::Sent { shard, to, amount }],
            Command::Hold { n, .. } if self.holds.contains_key(&n) => return Err(No::Nothing),
            Command::Hold { n, until } => vec![Event::Held { n, until }],
            Command::Drop { n } if self.holds.contains_key(&n) => vec![Event::Dropped { n }],
            Command::Drop { .. } => return Err(No::Nothing),
            Command::Close => vec![Event::Closed],
        })
    }

    fn evolve(&mut self, event: &Event) {
        match event {
            Event::Moved { by } => self.balance += by,
            Event::Held { n, until } => {
                self.holds.insert(*n, *until);
            }
            Event::Released { n } | Event::Dropped { n } => {
                self.holds.remove(n);
            }
            Event::Closed => self.is_closed = true,
            Event::Opened => self.is_closed = false,
            Event::Sent { .. } | Event::Noted { .. } => {}
        }
    }

    fn deadlines(&self) -> Vec<Deadline<Command>> {
        let held = self.holds.iter();
        held.map(|(n, at)| Deadline {
            name: format!("hold-{n}"),
            at: *at,
            command: Command::Release { n: *n },
        })
        .collect()
    }
}

fn moved(
    group: Atomic,
    account: &str,
    by: i64,
    overdraw: bool,
) -> Result<Atomic, serde_json::Error> {
    group.then::<Account>(&account.to_owned(), &Command::Move { by, overdraw })
}

fn unreadable(event: &Recorded) -> impl Fn(serde_json::Error) -> Unreadable {
    move |source| Unreadable { event: event.id(), kind: event.kind.to_string(), source }
}

/// Every larger credit gives one to the chest, which may be closed.
struct Tithe;

impl Policy for Tithe {
    fn name(&self) -> &'static str {
        "sim.tithe"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["account.Moved"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        match event.read()? {
            Event::Moved { by } if by >= 50 => {
                let group = moved(Atomic::new(event.shard.clone()), &event.key, -1, false)
                    .and_then(|group| moved(group, "chest", 1, false))
                    .map_err(unreadable(event))?;
                Ok(vec![Reaction::Commands(group)])
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// What was sent arrives on the other shard, where the account may be closed.
struct Forward;

impl Policy for Forward {
    fn name(&self) -> &'static str {
        "sim.forward"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["account.Sent"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let Event::Sent { shard, to, amount } = event.read()? else { return Ok(Vec::new()) };
        let group = moved(Atomic::new(shard), "transit", -amount, true)
            .and_then(|group| moved(group, &to, amount, false))
            .map_err(unreadable(event))?;
        Ok(vec![Reaction::Commands(group)])
    }
}

/// Each hold is paid for by an errand.
struct Pay;

impl Policy for Pay {
    fn name(&self) -> &'static str {
        "sim.pay"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["account.Held"]
    }
    fn react(&self, event: &Recorded) -> Result<Vec<Reaction>, Unreadable> {
        let Event::Held { n, .. } = event.read()? else { return Ok(Vec::new()) };
        let errand = PayErrand { shard: event.shard.clone(), account: event.key.to_string(), n };
        Ok(vec![Reaction::errand(&errand).map_err(unreadable(event))?])
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct PayErrand {
    shard: Shard,
    account: String,
    n: u32,
}

impl Errand for PayErrand {
    const KIND: &'static str = "sim.pay";
    type Tools = ();

    async fn run(&self, id: ErrandId, (): ()) -> Result<Vec<Reaction>, ErrandError> {
        if self.n.is_multiple_of(7) {
            return Err(ErrandError::Never("nobody takes sevens".to_owned()));
        }
        let note = Atomic::new(self.shard.clone())
            .then::<Account>(&self.account, &Command::Note { errand: id })
            .map_err(|e| ErrandError::Never(e.to_string()))?;
        Ok(vec![Reaction::Commands(note)])
    }
}

const BALANCES: Table = Table {
    name: "sim_accounts",
    columns: &[
        Column::text("shard"),
        Column::text("name"),
        Column::int("balance"),
        Column::int("moves"),
        Column::int("closed_at"),
    ],
    key: &["shard", "name"],
    indexes: &[],
};
const HOLDS: Table = Table {
    name: "sim_holds",
    columns: &[Column::text("shard"), Column::text("name"), Column::int("n"), Column::int("until")],
    key: &["shard", "name", "n"],
    indexes: &[],
};
static TABLES: [Table; 2] = [BALANCES, HOLDS];
static BALANCES_TABLE: Table = BALANCES;
static HOLDS_TABLE: Table = HOLDS;

/// Balances that are added to, so that a row written twice is seen.
struct Balances;

impl Projection for Balances {
    fn name(&self) -> &'static str {
        "sim.accounts"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        &TABLES
    }
    fn listens(&self) -> &'static [&'static str] {
        &["account.*"]
    }
    fn project(&self, event: &Recorded, rows: &mut Rows) -> Result<(), Unreadable> {
        let key = || vec![event.shard.as_str().into(), (&*event.key).into()];
        match event.read()? {
            Event::Moved { by } => {
                rows.add(&BALANCES_TABLE, key(), "balance", by);
                rows.add(&BALANCES_TABLE, key(), "moves", 1);
            }
            Event::Held { n, until } => {
                let mut cells = key();
                cells.extend([n.into(), until.into()]);
                rows.put(&HOLDS_TABLE, cells);
            }
            Event::Released { n } | Event::Dropped { n } => {
                let mut held = key();
                held.push(n.into());
                rows.remove(&HOLDS_TABLE, held);
            }
            Event::Closed => rows.set(&BALANCES_TABLE, key(), vec![("closed_at", event.at.into())]),
            Event::Opened => {
                rows.set(&BALANCES_TABLE, key(), vec![("closed_at", None::<Moment>.into())]);
            }
            Event::Sent { .. } | Event::Noted { .. } => {}
        }
        Ok(())
    }
}

/// Accounts of two shards (模拟账本).
#[derive(Debug)]
pub struct Accounts {
    /// How many accounts each shard has, beside those that may be overdrawn.
    count: u64,
    balances: BTreeMap<(Shard, String), i64>,
    noted: BTreeSet<ErrandId>,
    holds: u32,
}

impl Default for Accounts {
    fn default() -> Self {
        Self::of(6)
    }
}

impl Accounts {
    /// A world of so many accounts in each shard: few, and every command meets another; many, and they rarely do.
    #[must_use]
    pub fn of(count: u64) -> Self {
        Self { count, balances: BTreeMap::new(), noted: BTreeSet::new(), holds: 0 }
    }

    /// What an errand answered is taken up once.
    fn note(&mut self, errand: ErrandId, event: &Recorded) -> Result<(), String> {
        let is_first = self.noted.insert(errand);
        is_first
            .then_some(())
            .ok_or_else(|| format!("errand {errand} was answered twice, again at {}", event.id()))
    }

    fn group(
        &mut self,
        rng: &mut Rng,
        now: Moment,
        shard: &Shard,
    ) -> Result<Atomic, serde_json::Error> {
        let mut name = || format!("a{}", rng.below(self.count));
        let (one, other) = (name(), name());
        let amount = 1 + i64::from(u16::try_from(rng.below(80)).unwrap_or(0));
        let group = Atomic::new(shard.clone());
        let own = |command: &Command| Atomic::new(shard.clone()).then::<Account>(&one, command);
        match rng.below(20) {
            0..5 => moved(group, &format!("mint-{one}"), -amount, true)
                .and_then(|g| moved(g, &one, amount, false)),
            5..10 => {
                moved(group, &one, -amount, false).and_then(|g| moved(g, &other, amount, false))
            }
            10..12 => {
                let to = self.shards().into_iter().find(|s| s != shard).unwrap_or_default();
                let send = Command::Send { shard: to, to: other, amount };
                moved(group, &one, -amount, false)
                    .and_then(|g| moved(g, "transit", amount, true))
                    .and_then(|g| g.then::<Account>(&"transit".to_owned(), &send))
            }
            12..16 => {
                self.holds += 1;
                let until =
                    now.plus_us(i64::try_from(rng.below(40_000_000)).unwrap_or(0) - 2_000_000);
                own(&Command::Hold { n: self.holds, until })
            }
            16 => own(&Command::Drop {
                n: u32::try_from(rng.below(u64::from(self.holds) + 1)).unwrap_or(0),
            }),
            17 => group.then::<Account>(&"chest".to_owned(), &Command::Close),
            18 => group.then::<Account>(&"chest".to_owned(), &Command::Open),
            _ => own(if rng.happens(300) { &Command::Close } else { &Command::Open }),
        }
    }
}

impl World for Accounts {
    fn registry(&self) -> Registry {
        let mut registry = Registry::default();
        registry.aggregate::<Account>(Arc::new(()));
        registry.policy(Tithe);
        registry.policy(Forward);
        registry.policy(Pay);
        registry.errand::<PayErrand>(());
        registry.projection(Balances);
        registry
    }

    fn shards(&self) -> Vec<Shard> {
        vec![Shard::new("440100"), Shard::new("440300")]
    }

    fn command(&mut self, rng: &mut Rng, now: Moment) -> Result<(Actor, Atomic), String> {
        let shards = self.shards();
        let shard = rng.pick(&shards).cloned().unwrap_or_default();
        let group = self.group(rng, now, &shard).map_err(|e| e.to_string())?;
        Ok((Actor::system("sim"), group))
    }

    fn observe(&mut self, shard: &Shard, batch: &[Recorded]) -> Result<(), String> {
        for event in batch.iter().filter(|event| &*event.kind == Account::KIND) {
            match event.read::<Event>().map_err(|e| e.to_string())? {
                Event::Moved { by } => {
                    let balance =
                        self.balances.entry((shard.clone(), event.key.to_string())).or_default();
                    *balance += by;
                    if *balance < 0 && event.key.starts_with('a') {
                        return Err(format!(
                            "account {} stands at {balance} at {}",
                            event.key,
                            event.id()
                        ));
                    }
                }
                Event::Noted { errand } => self.note(errand, event)?,
                _ => {}
            }
        }
        let sum: i64 =
            self.balances.iter().filter(|((s, _), _)| s == shard).map(|(_, balance)| balance).sum();
        if sum != 0 {
            return Err(format!("debits and credits of {shard} differ by {sum}"));
        }
        Ok(())
    }
}
