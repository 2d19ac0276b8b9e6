//! `lianban bench registers`: look-ups in a register of millions of units, while it changes (10 S13).
//!
//! ```text
//!  load:  decide ──► events ──► projection ──► rows, in batches           (the very path of production, without the journal)
//!  run:   200 look-ups a second, each on its own tick ──► one indexed read ──► what a scan shows
//!         some changes a second: seizures come and go                      each answer is compared with its unit's events
//!  night: every unit of the register                                       the same comparison, as fast as it goes
//! ```
//! A look-up waits from the tick it was due at, so that a slow answer cannot hide those behind it. What a unit's events are
//! follows from its number, so that they need not be kept: an answer must be what `as_of` says of them at the time that the
//! answer states. Of a change that was on its way while the answer was read, either state is right; such answers are counted.

use super::figures::{Waits, ms, per_s, ratio};
use super::place::{Place, Wanted};
use crate::cli::{complain, say};
use anyhow::{Context as _, Result, anyhow, bail};
use codes::Date;
use elements::Value;
use engine::sim::Rng;
use kernel::{
    Actor, Aggregate as _, Body, CommandId, Context, Moment, OrganKey, PartyKey, Recorded, Shard,
};
use registers::record::projection::Records;
use registers::record::{
    Act, Enter, Holder, Phase, RecordCommand, Register, Release, Restrict, RestrictionNo,
    SectionId, Side, Snapshot, Statement, as_of, queries, shown,
};
use registers::{Facts, Record, RecordKey};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tables::{Projection as _, Rows, Tables};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What `lianban bench registers` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Wanted,
    /// How many units the register holds.
    #[arg(long, default_value_t = 3_000_000)]
    units: u64,
    /// How many look-ups a second.
    #[arg(long, default_value_t = 200)]
    rate: u64,
    /// For how many seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many changes a second meanwhile.
    #[arg(long, default_value_t = 10)]
    changes: u64,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Units that are written at once.
const AT_ONCE: u64 = 4_000;

/// Monday, 4 January 2021, 09:00 in Beijing: when the register was taken over.
const TAKEN_OVER: Date = Date::constant(2021, 1, 4);

/// The units of a register, each following from its number.
struct Units {
    facts: Facts,
    register: Arc<Register>,
    count: u64,
}

/// What a unit has been through: its state and its events.
struct Lived {
    state: Record,
    events: Vec<Recorded>,
}

fn taken_over() -> Moment {
    Moment::from_wall(TAKEN_OVER.at(9, 0, 0, 0))
}

fn shard() -> Shard {
    Shard::new("440300")
}

impl Units {
    fn new(count: u64) -> Result<Self> {
        let facts = Facts::new(calendar::Calendar::embedded());
        let known = facts.definitions();
        let register = known.get("real_estate").cloned().context("no such register")?;
        Ok(Self { facts, register, count })
    }

    /// 28 characters: place, cadastral zone, parcel, and the unit in it.
    fn key(n: u64) -> RecordKey {
        let (parcel, unit) = (n / 10_000, n % 10_000);
        RecordKey::new("real_estate", &format!("440305001002GB{parcel:05}F0001{unit:04}"))
    }

    fn decide(&self, lived: &mut Lived, n: u64, now: Moment, command: RecordCommand) -> Result<()> {
        let cx = Context {
            now,
            actor: Actor::system("bench"),
            command: CommandId::derive(&[b"bench", &n.to_be_bytes()]),
            cause: None,
        };
        let key: Arc<str> = Arc::from(Self::key(n).0);
        for event in
            lived.state.decide(&self.facts, &cx, command).map_err(|error| anyhow!("{error}"))?
        {
            lived.state.evolve(&event);
            let version = lived.events.len() as u64 + 1;
            lived.events.push(Recorded {
                shard: shard(),
                seq: n.saturating_mul(64) + version,
                kind: Arc::from(Record::KIND),
                key: Arc::clone(&key),
                version,
                schema: 1,
                at: now,
                actor: Arc::new(cx.actor.clone()),
                command: cx.command,
                cause: None,
                body: Body::keeping(Arc::new(event))?,
            });
        }
        Ok(())
    }

    /// The unit as it was taken over: entered; some mortgaged, few seized, fewer twice.
    fn lived(&self, n: u64) -> Result<Lived> {
        let mut lived = Lived { state: Record::default(), events: Vec::new() };
        self.decide(&mut lived, n, taken_over(), enter(n))?;
        let chance = mixed(n) % 100;
        let mortgaged = chance < 30;
        if mortgaged {
            self.decide(&mut lived, n, taken_over().plus_seconds(60), order("mortgage", n, 0))?;
        }
        for court in 0..u64::from(chance.is_multiple_of(33)) + u64::from(chance == 0) {
            let now = taken_over().plus_seconds(120);
            self.decide(&mut lived, n, now, order("seizure", n, court))?;
        }
        Ok(lived)
    }

    /// Something happens to a unit: a seizure that binds is released, or one comes.
    fn changed(&self, lived: &mut Lived, n: u64, now: Moment) -> Result<usize> {
        let before = lived.events.len();
        let binds = lived
            .state
            .standing_at(now)
            .find(|(_, held)| held.restriction.kind == "seizure" && held.phase == Phase::InForce)
            .map(|(_, held)| held.restriction.no);
        let command = match binds {
            Some(no) => release(no),
            None => order("seizure", n, before as u64),
        };
        self.decide(lived, n, now, command)?;
        Ok(before)
    }
}

/// A number well mixed (splitmix64), so that neighbours differ.
fn mixed(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn enter(n: u64) -> RecordCommand {
    let natural = [
        (
            "location",
            Value::Text(format!("深圳市南山区科苑路{}号{}栋{}", n % 400, n % 9, n % 3_000)),
        ),
        ("use_code", Value::from("住宅")),
        ("area", Value::Text(format!("{}.{:02}", 40 + mixed(n) % 120, n % 100))),
    ];
    let natural = natural.map(|(key, value)| (key.to_owned(), value)).into();
    let party = PartyKey::new(format!("{:016x}{:016x}", mixed(n), mixed(n ^ 7)));
    let number = format!("粤(2021)深圳市不动产权第{n:07}号");
    let held = Statement {
        facts: BTreeMap::from([("certificate_no".to_owned(), Value::Text(number))]),
        holders: vec![Holder { party, share: None, card: None }],
        ..Statement::default()
    };
    RecordCommand::Enter(Box::new(Enter {
        record: Units::key(n),
        act: Act { kind: "first".to_owned(), document_no: format!("受{n}"), ..Act::default() },
        statements: BTreeMap::from([
            (SectionId::new("unit"), Statement { facts: natural, ..Statement::default() }),
            (SectionId::new("ownership"), held),
        ]),
        from: None,
        place: "440305".to_owned(),
        organ: Some(OrganKey::new("440305-real_estate")),
        predecessors: Vec::new(),
    }))
}

fn order(kind: &str, n: u64, which: u64) -> RecordCommand {
    RecordCommand::Restrict(Box::new(Restrict {
        kind: kind.to_owned(),
        side: Side { name: "深圳市某机关".to_owned(), ..Side::default() },
        document_no: format!("{n}-{which}"),
        amount_fen: Some(100_000_000),
        ..Restrict::default()
    }))
}

fn release(restriction: RestrictionNo) -> RecordCommand {
    let document_no = "解".to_owned();
    RecordCommand::Release(Box::new(Release { restriction, document_no, origin: None }))
}

/// Rows of events, by the projection of production.
fn rows(events: &[Recorded]) -> Result<Rows> {
    let mut rows = Rows::default();
    for event in events {
        Records.project(event, &mut rows).map_err(|error| anyhow!("{error}"))?;
    }
    Ok(rows)
}

/// Runs it.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let place = Place::new(&args.place)?;
    let stores = crate::assemble::stores(&place.setup("register")?).await?;
    let tables = stores.tables;
    tables.prepare(Records.name(), Records.version(), Records.tables()).await?;
    let units = Arc::new(Units::new(args.units)?);
    let begun = Instant::now();
    let (events, written) = load(&units, &tables).await?;
    let loaded = begun.elapsed();
    complain(&format!("{} units are loaded after {} s", args.units, loaded.as_secs()));
    let run = Run::new(&args, Arc::clone(&units), Arc::clone(&tables));
    let mut measured = Arc::clone(&run).work(&args).await?;
    complain("every page is compared with the book");
    let night = run.compared().await?;
    let p99 = measured.waits.permille(990);
    let told = json!({
        "store": place.store(),
        "profile": super::profile(),
        "units": args.units,
        "rows": written,
        "load_seconds": ratio(u64::try_from(loaded.as_millis())?, 1_000),
        "load_units_per_s": per_s(args.units, loaded),
        "load_events_per_s": per_s(events, loaded),
        "look_ups": measured.waits.count(),
        "look_ups_per_s": per_s(measured.waits.count(), measured.took),
        "p50_ms": ms(measured.waits.permille(500)),
        "p99_ms": ms(p99),
        "longest_ms": ms(measured.waits.permille(1_000)),
        "changes": measured.changes,
        "answers_equal": measured.equal,
        "answers_during_a_change": measured.during,
        "answers_different": measured.different,
        "book_compared": night.compared,
        "book_different": night.different,
        "book_compared_per_s": per_s(night.compared, night.took),
        "bytes": folder_bytes(place.folder()),
    });
    say(&if args.json { told.to_string() } else { serde_json::to_string_pretty(&told)? });
    let different = measured.different + night.different;
    if different > 0 {
        bail!("{different} answers were not what the register said");
    }
    Ok(ExitCode::SUCCESS)
}

fn folder_bytes(folder: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(kind) if kind.is_dir() => folder_bytes(&entry.path()),
            Ok(kind) => kind.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Loads all units: while one batch is written the next is decided.
async fn load(units: &Arc<Units>, tables: &Arc<dyn Tables>) -> Result<(u64, u64)> {
    let (mut events, mut written, mut upto) = (0_u64, 0_u64, 0_u64);
    let batch = |from: u64| {
        let units = Arc::clone(units);
        tokio::task::spawn_blocking(move || -> Result<(u64, Rows)> {
            let (mut all, mut events) = (Rows::default(), 0);
            for n in from..(from + AT_ONCE).min(units.count) {
                let lived = units.lived(n)?;
                events += lived.events.len() as u64;
                all.extend(rows(&lived.events)?);
            }
            Ok((events, all))
        })
    };
    let mut next = batch(0);
    let mut from = 0;
    while from < units.count {
        let (decided, made) = next.await??;
        from += AT_ONCE;
        next = batch(from);
        events += decided;
        written += made.ops().len() as u64;
        upto += decided;
        tables.write(&shard(), upto, made).await?;
    }
    Ok((events, written))
}

/// A unit that has changed during the run.
struct Changing {
    lived: Lived,
    /// How many of its events are in the tables for sure.
    settled: usize,
}

/// What a run came to.
#[derive(Default)]
struct Measured {
    took: Duration,
    waits: Waits,
    changes: u64,
    equal: u64,
    during: u64,
    different: u64,
}

/// What the comparison of every page with the book came to.
#[derive(Default)]
struct Night {
    took: Duration,
    compared: u64,
    different: u64,
}

/// How many units are compared at the same time.
const COMPARERS: u64 = 8;

/// How an answer compares with the register.
enum Verdict {
    Equal,
    During,
    Different,
}

struct Run {
    units: Arc<Units>,
    tables: Arc<dyn Tables>,
    changed: Mutex<BTreeMap<u64, Changing>>,
    /// The bench's clock began with this instant at this moment of the machine.
    clock: (Moment, Instant),
    rate: u64,
}

impl Run {
    fn new(args: &Args, units: Arc<Units>, tables: Arc<dyn Tables>) -> Arc<Self> {
        let clock = (taken_over().plus_seconds(3_600), Instant::now());
        let changed = Mutex::default();
        Arc::new(Self { units, tables, changed, clock, rate: args.rate.max(1) })
    }

    fn now(&self) -> Moment {
        let (began, at) = self.clock;
        began.plus_us(i64::try_from(at.elapsed().as_micros()).unwrap_or(i64::MAX))
    }

    async fn work(self: Arc<Self>, args: &Args) -> Result<Measured> {
        let begun = Instant::now();
        let (mut look_ups, mut rng) = (JoinSet::new(), Rng::new(10));
        let changes = tokio::spawn(Arc::clone(&self).change(args.clone(), begun));
        for i in 0..args.rate * args.seconds {
            let due = begun + Duration::from_micros(i * 1_000_000 / self.rate);
            tokio::time::sleep_until(due).await;
            // One in four asks for one of few units, as people scan what is for sale; and those change.
            let few = self.units.count.min(500);
            let n = if i % 4 == 0 { rng.below(few) } else { rng.below(self.units.count) };
            look_ups.spawn(Arc::clone(&self).look_up(n, due));
        }
        let mut measured = Measured::default();
        while let Some(answer) = look_ups.join_next().await {
            let (wait, verdict) = answer??;
            measured.waits.add(wait);
            match verdict {
                Verdict::Equal => measured.equal += 1,
                Verdict::During => measured.during += 1,
                Verdict::Different => measured.different += 1,
            }
        }
        measured.took = begun.elapsed();
        measured.changes = changes.await??;
        Ok(measured)
    }

    /// Looks a unit up as a scan does, then compares, which is not part of the wait.
    async fn look_up(self: Arc<Self>, n: u64, due: Instant) -> Result<(Duration, Verdict)> {
        let settled = self.settled(n);
        let (key, snapshot) = self.read(n).await?;
        let view = self.units.register.view("public").context("no public view")?;
        let page = shown(&self.units.register, view, &snapshot, &BTreeMap::new(), None);
        let wait = due.elapsed();
        if page.presence.len() != 5 || page.sections.is_empty() {
            bail!("{key} shows {page:?}");
        }
        Ok((wait, self.judge(n, settled, &snapshot)?))
    }

    /// What the tables say of a unit now.
    async fn read(&self, n: u64) -> Result<(RecordKey, Snapshot)> {
        let (key, stated) = (Units::key(n), self.now());
        let found = queries::snapshot(&*self.tables, &key, stated, stated).await?;
        let snapshot = found.with_context(|| format!("{key} is not in the register"))?;
        Ok((key, snapshot))
    }

    /// Compares what a page would show of every unit with what the unit's events say: the comparison of a night, in which
    /// nothing changes.
    async fn compared(self: Arc<Self>) -> Result<Night> {
        let (begun, mut night, mut comparers) = (Instant::now(), Night::default(), JoinSet::new());
        for first in 0..COMPARERS {
            let run = Arc::clone(&self);
            comparers.spawn(async move {
                let (mut n, mut compared, mut different) = (first, 0_u64, 0_u64);
                while n < run.units.count {
                    let (_, snapshot) = run.read(n).await?;
                    let verdict = run.judge(n, run.settled(n), &snapshot)?;
                    different += u64::from(!matches!(verdict, Verdict::Equal));
                    compared += 1;
                    n += COMPARERS;
                }
                anyhow::Ok((compared, different))
            });
        }
        while let Some(told) = comparers.join_next().await {
            let (compared, different) = told??;
            night.compared += compared;
            night.different += different;
        }
        night.took = begun.elapsed();
        Ok(night)
    }

    /// How many events of a unit were in the tables when this was asked; none where it has not changed.
    fn settled(&self, n: u64) -> Option<usize> {
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.get(&n).map(|changing| changing.settled)
    }

    /// Whether an answer is what the unit's events say of the time that it states.
    fn judge(&self, n: u64, settled: Option<usize>, answer: &Snapshot) -> Result<Verdict> {
        let known = {
            let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
            changed.get(&n).map(|changing| changing.lived.events.clone())
        };
        let events = match known {
            Some(events) => events,
            None => self.units.lived(n)?.events,
        };
        // Before its first change all events of the unit were in the tables.
        let least = settled.unwrap_or_else(|| self.before_changes(n, events.len()));
        let says = |upto: usize| -> Result<Snapshot> {
            let known = events.get(..upto).unwrap_or(&events);
            as_of(known, answer.valid, answer.known).map_err(|error| anyhow!("{error}"))
        };
        if says(events.len())? == *answer && least == events.len() {
            return Ok(Verdict::Equal);
        }
        for upto in least..=events.len() {
            if says(upto)? == *answer {
                return Ok(if least == events.len() { Verdict::Equal } else { Verdict::During });
            }
        }
        Ok(Verdict::Different)
    }

    fn before_changes(&self, n: u64, all: usize) -> usize {
        self.units.lived(n).map_or(all, |lived| lived.events.len())
    }

    /// Changes units, some a second, through the projection of production.
    async fn change(self: Arc<Self>, args: Args, begun: Instant) -> Result<u64> {
        let (mut rng, mut done) = (Rng::new(11), 0_u64);
        let many = args.changes * args.seconds;
        for i in 0..many {
            let due = begun + Duration::from_micros(i * 1_000_000 / args.changes.max(1));
            tokio::time::sleep_until(due).await;
            let n = rng.below(self.units.count.min(500));
            let fresh = match self.settled(n) {
                Some(_) => None,
                None => Some(self.units.lived(n)?),
            };
            let (made, settled) = {
                let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
                let changing = changed.entry(n).or_insert_with(|| {
                    let lived = fresh
                        .unwrap_or_else(|| Lived { state: Record::default(), events: Vec::new() });
                    let settled = lived.events.len();
                    Changing { lived, settled }
                });
                let now = self.now();
                let before = self.units.changed(&mut changing.lived, n, now)?;
                let new = changing.lived.events.get(before..).unwrap_or_default();
                (rows(new)?, changing.lived.events.len())
            };
            self.tables.write(&shard(), u64::MAX >> 2, made).await?;
            let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(changing) = changed.get_mut(&n) {
                changing.settled = settled;
            }
            done += 1;
        }
        Ok(done)
    }
}
