//! The run of one seed: servers, what they have under way, what is done to them.

use super::client::Wish;
use super::oracle::Seen;
use super::rng::Rng;
use super::store::{MemoryTables, WriteFate};
use super::{Plan, Ran, World};
use crate::book;
use crate::courier::{NoCourier, SoleOwner};
use crate::letter::Why;
use crate::machine::{Follow, Input, Machine, StopReason, Submission, Ticket};
use crate::outbox::Carried;
use crate::runtime::{Config, Pace, Parts, Stores, io};
use crate::shard::{Core, CoreInput, CoreOutput, Sizes};
use journal::faulty::{Fate, FaultyJournal, Plan as Fates, Sight};
use journal::memory::MemoryJournal;
use kernel::{Actor, CommandId, ErrandId, Moment, Reaction, Shard};
use module::{Clock, Receipt, SubmitError};
use std::collections::{BTreeMap, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Thursday, 12 February 2026, 09:00 in Beijing.
const START: Moment = Moment::from_us(1_770_858_000_000_000);

/// Small windows, so that they are left and refilled in short runs.
const SIZES: Sizes = Sizes { cached: 8, timers: 6, letters: 4, at_once: 3 };

/// Steps after the healing within which everything must come to rest.
const STEPS_TO_REST_MAX: u32 = 200_000;

/// What a future gives that is ready at once.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> Result<T, String> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err("something in the simulation waits for the outside".to_owned()),
    }
}

/// A clock that nothing reads: the simulator tells the time with every input.
struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> Moment {
        START
    }
}

/// One server's hold on one shard.
struct Site {
    number: u64,
    shard: Shard,
    core: Core,
    /// A server that another one has replaced, but that does not know it yet.
    is_old: bool,
}

/// Something under way.
enum UnderWay {
    /// Asked for and not done yet.
    Asked(CoreOutput),
    /// Done, and the answer is on its way.
    Told(Box<CoreInput>),
}

/// To whom a writer's answer goes.
enum Caller {
    Wish(usize),
    /// Somebody who used an id that was used before, with other content.
    Misuse(CommandId),
    /// A letter of a site that was carried to another shard.
    Letter(u64, ErrandId),
}

pub(super) struct Simulation<'w> {
    world: &'w mut dyn World,
    rng: Rng,
    seed: u64,
    pub(super) step: u32,
    now: Moment,
    parts: Parts,
    journal: MemoryJournal,
    fates: Fates,
    tables: MemoryTables,
    sites: Vec<Site>,
    next_site: u64,
    under_way: VecDeque<(u64, UnderWay)>,
    callers: BTreeMap<u64, (u64, Caller)>,
    next_caller: u64,
    wishes: Vec<Wish>,
    seen: BTreeMap<Shard, Seen>,
    ran: Ran,
    is_healed: bool,
}

impl<'w> Simulation<'w> {
    pub(super) fn new(world: &'w mut dyn World, seed: u64) -> Self {
        let (journal, fates, tables) =
            (MemoryJournal::new(), Fates::default(), MemoryTables::default());
        let faulty = FaultyJournal::new(journal.clone(), fates.clone());
        let stores = Stores {
            journal: Arc::new(faulty),
            tables: Arc::new(tables.clone()),
            clock: Arc::new(NoClock),
            courier: Arc::new(NoCourier),
            ownership: Arc::new(SoleOwner),
            follower: Arc::new(module::NoFollower),
        };
        let parts =
            Parts::new(Config { pace: Pace::ByHand, sizes: SIZES }, &world.registry(), stores);
        let seen = world.shards().into_iter().map(|shard| (shard, Seen::default())).collect();
        Self {
            world,
            rng: Rng::new(seed),
            seed,
            step: 0,
            now: START,
            parts,
            journal,
            fates,
            tables,
            sites: Vec::new(),
            next_site: 0,
            under_way: VecDeque::new(),
            callers: BTreeMap::new(),
            next_caller: 0,
            wishes: Vec::new(),
            seen,
            ran: Ran { seed, ..Ran::default() },
            is_healed: false,
        }
    }

    /// Runs the seed to its end.
    pub(super) fn run(&mut self, plan: Plan) -> Result<Ran, String> {
        at_once(self.parts.rebuilder().prepare())?.map_err(|e| e.to_string())?;
        while self.step < plan.steps {
            self.step += 1;
            self.fault(plan.faults)?;
            match self.rng.below(10) {
                0..2 => self.wish()?,
                2 => self.ask_again()?,
                3 => self.wind()?,
                _ => self.go_on()?,
            }
            self.look()?;
            if self.rng.happens(5) {
                self.compare_tables()?;
            }
        }
        self.heal()?;
        self.come_to_rest()?;
        self.look_at_the_end()?;
        Ok(self.ran.clone())
    }

    /// A new command of somebody.
    fn wish(&mut self) -> Result<(), String> {
        let (actor, commands) = self.world.command(&mut self.rng, self.now)?;
        let number = self.wishes.len() as u64;
        let id = CommandId::derive(&[b"wish", &self.seed.to_be_bytes(), &number.to_be_bytes()]);
        self.wishes.push(Wish { id, actor, commands, under_way: 0, answer: None });
        self.ask(self.wishes.len() - 1)
    }

    /// Somebody asks again, whether answered or not; or misuses the id.
    fn ask_again(&mut self) -> Result<(), String> {
        if self.wishes.is_empty() {
            return Ok(());
        }
        let at = self.rng.index(self.wishes.len());
        if !self.rng.happens(200) {
            return self.ask(at);
        }
        let (actor, mut other) = self.world.command(&mut self.rng, self.now)?;
        let Some(wish) = self.wishes.get(at) else { return Ok(()) };
        let used = matches!(&wish.answer, Some(Ok(receipt)) if !receipt.events.is_empty());
        if !used || other.commands == wish.commands.commands {
            return Ok(());
        }
        other.shard = wish.commands.shard.clone();
        let id = wish.id;
        self.submit(Caller::Misuse(id), id, actor, None, other)
    }

    fn ask(&mut self, at: usize) -> Result<(), String> {
        let Some(wish) = self.wishes.get_mut(at) else { return Ok(()) };
        wish.under_way += 1;
        let (id, actor, commands) = (wish.id, wish.actor.clone(), wish.commands.clone());
        self.submit(Caller::Wish(at), id, actor, None, commands)
    }

    fn submit(
        &mut self,
        caller: Caller,
        id: CommandId,
        actor: Actor,
        cause: Option<kernel::EventId>,
        commands: kernel::Atomic,
    ) -> Result<(), String> {
        let number = self.open(&commands.shard)?;
        self.next_caller += 1;
        let ticket = Ticket::Caller(self.next_caller);
        self.callers.insert(self.next_caller, (number.unwrap_or(0), caller));
        let Some(number) = number else {
            let down = module::Rejection::Down("the shard does not open".to_owned());
            return self.answered(self.next_caller, Err(down.into()));
        };
        let submission =
            Submission { ticket, id, actor, cause, commands, follow: Follow::default() };
        self.tell(number, CoreInput::Writer(Input::Submit(Box::new(submission))))
    }

    /// A site of the shard that is open; opened if there is none. Nothing if the stores fail.
    fn open(&mut self, shard: &Shard) -> Result<Option<u64>, String> {
        // Whoever does not know that a server was replaced still asks the old one now and then.
        let ask_old = self.rng.happens(300);
        let sites = self.sites.iter().filter(|site| site.shard == *shard);
        let mut numbers: Vec<_> = sites.map(|site| (site.is_old, site.number)).collect();
        numbers.sort_unstable();
        let found = if ask_old { numbers.last() } else { numbers.first() };
        match found {
            Some((is_old, number)) if !is_old || ask_old => Ok(Some(*number)),
            _ => self.open_new(shard),
        }
    }

    fn open_new(&mut self, shard: &Shard) -> Result<Option<u64>, String> {
        let head = at_once(self.parts.stores.journal.head(shard))?.map_err(|e| e.to_string())?;
        let caught_up = at_once(self.parts.rebuilder().catch_up(shard, head.seq))?;
        if let Err(error) = caught_up {
            return if self.is_healed {
                Err(format!("{shard} does not open: {error}"))
            } else {
                Ok(None)
            };
        }
        self.next_site += 1;
        let (kinds, policies) = (Arc::clone(&self.parts.kinds), Arc::clone(&self.parts.policies));
        let core = Core::new(shard.clone(), kinds, policies, head, SIZES);
        self.sites.push(Site { number: self.next_site, shard: shard.clone(), core, is_old: false });
        let number = self.next_site;
        self.tell(number, CoreInput::Tick)?;
        Ok(Some(number))
    }

    /// Tells a site something and takes up what it asks for.
    fn tell(&mut self, number: u64, input: CoreInput) -> Result<(), String> {
        let now = self.now;
        let Some(site) = self.sites.iter_mut().find(|site| site.number == number) else {
            return Ok(());
        };
        for output in site.core.step(now, input) {
            match output {
                CoreOutput::Reply(caller, answer) => self.answered(caller, answer)?,
                CoreOutput::Stop(StopReason::Corrupt(why)) => {
                    return Err(format!("a writer stopped: {why}"));
                }
                CoreOutput::Stop(StopReason::Fenced { .. }) => self.forget(number),
                asked => self.under_way.push_back((number, UnderWay::Asked(asked))),
            }
        }
        Ok(())
    }

    /// A site is gone: its callers hear nothing, what it asked for may still be done.
    fn forget(&mut self, number: u64) {
        self.sites.retain(|site| site.number != number);
        self.under_way.retain(|(site, what)| *site != number || matches!(what, UnderWay::Asked(_)));
    }

    fn answered(
        &mut self,
        caller: u64,
        answer: Result<Receipt, SubmitError>,
    ) -> Result<(), String> {
        let Some((_, caller)) = self.callers.remove(&caller) else {
            return Err(format!("caller {caller} was answered twice"));
        };
        if let Ok(receipt) = &answer {
            let seen = self.seen.get(&receipt.shard).ok_or("an unknown shard answered")?;
            seen.acknowledged(receipt, &self.journal)?;
            let last = receipt.events.last().map_or(0, |event| event.seq);
            if self.tables.stands_at(&receipt.shard) < last {
                return Err(format!(
                    "command {} was answered before its rows can be read",
                    receipt.command
                ));
            }
        }
        match caller {
            Caller::Wish(at) => {
                match &answer {
                    Ok(receipt) if !receipt.events.is_empty() && !receipt.repeated => {
                        self.ran.accepted += 1;
                    }
                    Err(SubmitError::Refused(_)) => self.ran.refused += 1,
                    _ => {}
                }
                self.wishes.get_mut(at).map_or(Ok(()), |wish| wish.take(answer))
            }
            Caller::Misuse(id) => match answer {
                Err(SubmitError::Rejected(
                    module::Rejection::IdReused | module::Rejection::Down(_),
                )) => Ok(()),
                other => Err(format!("id {id} was used twice and not refused: {other:?}")),
            },
            Caller::Letter(site, id) => {
                let carried = CoreInput::Carried(id, Carried::of_commands(answer));
                self.under_way.push_back((site, UnderWay::Told(Box::new(carried))));
                Ok(())
            }
        }
    }

    /// One of the things under way happens: any of them, but for what must stay in order.
    fn go_on(&mut self) -> Result<(), String> {
        if self.under_way.is_empty() {
            return Ok(());
        }
        let at = if self.is_healed { 0 } else { self.rng.index(self.under_way.len()) };
        let Some((site, what)) = self.under_way.remove(at) else { return Ok(()) };
        match what {
            UnderWay::Asked(asked) => self.perform(site, asked),
            UnderWay::Told(input) => self.tell(site, *input),
        }
    }

    fn perform(&mut self, site: u64, asked: CoreOutput) -> Result<(), String> {
        let Some(shard) = self.shard_of(site, &asked) else { return Ok(()) };
        let parts = &self.parts;
        let told = match asked {
            CoreOutput::Load(stream) => {
                CoreInput::Writer(at_once(io::load(parts, &shard, stream))?)
            }
            CoreOutput::LookupAnswer(id) => {
                CoreInput::Writer(Input::Many(at_once(io::answers(parts, &shard, vec![id]))?))
            }
            CoreOutput::ReadHead => at_once(io::head(parts, &shard))?,
            CoreOutput::Append(batch) => {
                let done = at_once(parts.stores.journal.append(&shard, batch))?;
                CoreInput::Writer(Input::Appended(done))
            }
            CoreOutput::WriteRows(rows) => at_once(io::write_rows(parts, &shard, &rows))?,
            CoreOutput::ReadTimers(after) => {
                let timers =
                    self.tables.timers(&book::TIMERS, &shard, after.as_ref(), SIZES.timers);
                CoreInput::TimersRead(timers)
            }
            CoreOutput::ReadLetters(after) => CoreInput::LettersRead(self.tables.letters(
                &book::OUTBOX,
                &shard,
                after,
                SIZES.letters,
            )),
            CoreOutput::Carry(pending) => return self.carry(site, &pending),
            CoreOutput::Reply(..) | CoreOutput::Stop(_) => return Ok(()),
        };
        self.under_way.push_back((site, UnderWay::Told(Box::new(told))));
        Ok(())
    }

    /// The shard of a site; of one that is gone, only what was on the wire is still done: appends and rows.
    fn shard_of(&self, site: u64, asked: &CoreOutput) -> Option<Shard> {
        match self.sites.iter().find(|s| s.number == site) {
            Some(site) => Some(site.shard.clone()),
            None => match asked {
                CoreOutput::Append(batch) => batch.events.first().map(|event| event.shard.clone()),
                CoreOutput::WriteRows(durable) => durable
                    .events
                    .iter()
                    .flat_map(|events| events.iter())
                    .next()
                    .map(|e| e.shard.clone()),
                _ => None,
            },
        }
    }

    fn carry(&mut self, site: u64, pending: &book::Pending) -> Result<(), String> {
        let carried = match &pending.letter.reaction {
            Some(Reaction::Commands(commands)) => {
                let id = CommandId::from_bytes(*pending.id.bytes());
                let (from, cause) = (pending.letter.from.clone(), pending.letter.cause.clone());
                let caller = Caller::Letter(site, pending.id);
                return self.submit(caller, id, Actor::system(from), cause, commands.clone());
            }
            Some(Reaction::Errand { kind, body }) => match self.parts.errands.get(kind.as_str()) {
                Some(errand) => Carried::from(at_once(errand.run(pending.id, &body.to_string()))?),
                None => Carried::Never(Why::Failed(format!("no errand {kind}"))),
            },
            Some(Reaction::Message { .. }) => Carried::Done(Vec::new()),
            None => Carried::Never(Why::Failed("empty".to_owned())),
        };
        // The answer may be lost after the work was done, and the work is then done again under the same id.
        let carried = if !self.is_healed && self.rng.happens(150) {
            self.count("an errand's answer was lost");
            Carried::Later("no answer in time".to_owned())
        } else {
            carried
        };
        if !self.is_healed && self.rng.happens(150) {
            self.count("an errand answered twice");
            let again = CoreInput::Carried(pending.id, carried.clone());
            self.under_way.push_back((site, UnderWay::Told(Box::new(again))));
        }
        let told = CoreInput::Carried(pending.id, carried);
        self.under_way.push_back((site, UnderWay::Told(Box::new(told))));
        Ok(())
    }

    /// Time passes, a little or a lot, now and then backwards; not every server notices at once.
    fn wind(&mut self) -> Result<(), String> {
        let small = i64::try_from(self.rng.below(3_000_000)).unwrap_or(0);
        self.now = if self.rng.happens(30) {
            self.count("the clock jumped ahead");
            self.now.plus_seconds(3_600)
        } else if self.rng.happens(30) {
            self.count("the clock jumped back");
            self.now.plus_us(-small)
        } else {
            self.now.plus_us(small)
        };
        let numbers: Vec<_> = self.sites.iter().map(|site| site.number).collect();
        for number in numbers {
            if self.rng.happens(700) {
                self.tell(number, CoreInput::Tick)?;
            }
        }
        Ok(())
    }

    fn count(&mut self, fault: &'static str) {
        *self.ran.faults.entry(fault).or_default() += 1;
    }

    /// What the world does to servers and stores.
    fn fault(&mut self, often: u64) -> Result<(), String> {
        if self.rng.happens(often) {
            let fates = [
                (Fate::Refused, "an append was refused"),
                (Fate::Lost, "an append was lost"),
                (Fate::Written, "an append's answer was lost"),
            ];
            if let Some((fate, what)) = self.rng.pick(&fates).copied() {
                self.fates.append(fate);
                self.count(what);
            }
        }
        if self.rng.happens(often) {
            let behind = 1 + self.rng.below(3);
            self.fates.read(if self.rng.happens(500) {
                Sight::Down
            } else {
                Sight::Behind(behind)
            });
            self.count("a reader lagged or failed");
        }
        if self.rng.happens(often) {
            let fate = if self.rng.happens(500) { WriteFate::Lost } else { WriteFate::Written };
            self.tables.next_write(Some(fate));
            self.count("rows were lost or their answer was");
        }
        if self.rng.happens(often / 2) {
            self.kill();
        }
        if self.rng.happens(often / 2) {
            self.replace()?;
        }
        Ok(())
    }

    /// A server dies. What it had on the wire arrives, or not.
    fn kill(&mut self) {
        if self.sites.is_empty() {
            return;
        }
        let at = self.rng.index(self.sites.len());
        let Some(number) = self.sites.get(at).map(|site| site.number) else { return };
        self.count("a server died");
        self.forget(number);
        let arrives = self.rng.happens(500);
        self.under_way.retain(|(site, _)| *site != number || arrives);
        self.hang_up(number);
    }

    /// A second server takes a shard over while the first still believes that it writes it.
    fn replace(&mut self) -> Result<(), String> {
        let shards = self.world.shards();
        let Some(shard) = self.rng.pick(&shards).cloned() else { return Ok(()) };
        self.count("a second writer appeared");
        for site in self.sites.iter_mut().filter(|site| site.shard == shard) {
            site.is_old = true;
        }
        self.open_new(&shard).map(drop)
    }

    /// Callers of a dead server hear that the connection broke.
    fn hang_up(&mut self, number: u64) {
        let gone: Vec<_> = self
            .callers
            .iter()
            .filter(|(_, (site, _))| *site == number)
            .map(|(caller, _)| *caller)
            .collect();
        for caller in gone {
            match self.callers.remove(&caller) {
                Some((_, Caller::Wish(at))) => {
                    if let Some(wish) = self.wishes.get_mut(at) {
                        wish.under_way = wish.under_way.saturating_sub(1);
                    }
                }
                Some((_, Caller::Letter(site, id))) => {
                    let broken =
                        CoreInput::Carried(id, Carried::Later("the connection broke".to_owned()));
                    self.under_way.push_back((site, UnderWay::Told(Box::new(broken))));
                }
                Some((_, Caller::Misuse(_))) | None => {}
            }
        }
    }

    fn look(&mut self) -> Result<(), String> {
        for (shard, seen) in &mut self.seen {
            seen.look(shard, &self.journal, self.world)?;
        }
        Ok(())
    }

    /// Tables built anew from the journal, up to where the live ones stand, equal the live ones row by row.
    fn compare_tables(&self) -> Result<(), String> {
        let anew = MemoryTables::default();
        let rebuilder = crate::catchup::Rebuilder {
            journal: &self.journal,
            tables: &anew,
            kinds: &self.parts.kinds,
            projections: &self.parts.projections,
        };
        for shard in self.seen.keys() {
            let upto = self.tables.stands_at(shard);
            at_once(rebuilder.catch_up(shard, upto))?.map_err(|e| e.to_string())?;
        }
        let (live, built) = (self.tables.dump(), anew.dump());
        if live == built {
            return Ok(());
        }
        let names = live.keys().chain(built.keys());
        let table =
            names.copied().find(|name| live.get(name) != built.get(name)).unwrap_or_default();
        Err(format!(
            "table {table} differs: live {:?}, rebuilt {:?}",
            live.get(table),
            built.get(table)
        ))
    }

    /// From here on nothing fails; old servers are switched off.
    fn heal(&mut self) -> Result<(), String> {
        self.is_healed = true;
        self.fates.heal();
        self.tables.next_write(None);
        let old: Vec<_> =
            self.sites.iter().filter(|site| site.is_old).map(|site| site.number).collect();
        for number in old {
            self.forget(number);
            self.hang_up(number);
        }
        for shard in self.world.shards() {
            self.open(&shard)?;
        }
        let numbers: Vec<_> = self.sites.iter().map(|site| site.number).collect();
        numbers.into_iter().try_for_each(|number| self.tell(number, CoreInput::Tick))
    }

    /// Everybody asks until answered, time is wound from one due thing to the next, until nothing is left to do.
    fn come_to_rest(&mut self) -> Result<(), String> {
        for _ in 0..STEPS_TO_REST_MAX {
            self.step += 1;
            if !self.under_way.is_empty() {
                self.go_on()?;
                self.look()?;
                continue;
            }
            let open = |wish: &Wish| wish.under_way == 0 && wish.answer.is_none();
            if let Some(at) = self.wishes.iter().position(open) {
                self.ask(at)?;
                continue;
            }
            let due = self.sites.iter().filter_map(|site| site.core.wakes_after(self.now)).min();
            if due.is_none() && self.sites.iter().all(|site| site.core.at_rest()) {
                return Ok(());
            }
            self.now = due.unwrap_or(self.now).max(self.now);
            let numbers: Vec<_> = self.sites.iter().map(|site| site.number).collect();
            for number in numbers {
                self.tell(number, CoreInput::Tick)?;
            }
            if due.is_none() && self.under_way.is_empty() {
                return Err("something waits and nothing is under way".to_owned());
            }
        }
        Err("it does not come to rest".to_owned())
    }

    fn look_at_the_end(&mut self) -> Result<(), String> {
        self.look()?;
        self.compare_tables()?;
        for (shard, seen) in &self.seen {
            seen.at_rest()?;
            seen.timers_are_spent(shard, &self.journal, &self.parts.kinds)?;
            if self.tables.stands_at(shard) != seen.head.seq {
                return Err(format!("rows of {shard} have not caught up"));
            }
            self.ran.events += seen.head.seq;
            self.ran.batches += seen.batches;
        }
        let dump = self.tables.dump();
        for table in [&book::TIMERS, &book::OUTBOX] {
            if let Some(rows) = dump.get(table.name) {
                return Err(format!("table {} is not empty at the end: {rows:?}", table.name));
            }
        }
        if let Some(wish) = self.wishes.iter().find(|wish| wish.answer.is_none()) {
            return Err(format!("command {} was never answered", wish.id));
        }
        let heads: Vec<u8> = self.seen.values().flat_map(|seen| seen.head.digest).collect();
        self.ran.digest = kernel::derive_id(&[&heads, format!("{dump:?}").as_bytes()]);
        Ok(())
    }
}
