//! `lianban bench day`: a full day of an office, whole, and checked whole (28 S16).
//!
//! ```text
//!  09:00 ── openings, one after another ── 17:30 ─┐        every minute: the clock is wound, what is due fires,
//!     each organ accepts, then grants ────────────┼──►     who has something to do does it at the same time as others
//!     five organs are out for 20 minutes each ────┘  next working day: what was left
//! ```
//! The clock is wound by hand, so that a day takes minutes; writer, journal with fsync, read models, partner systems over
//! their signed protocol and papers are those of production. While an organ is out its officers do nothing and its system
//! answers nobody. In the end everything is counted, due days are computed again without the platform's calendar, the chain
//! is verified and all rows are made anew.

mod almanac;
mod audit;

use super::partners::{Partners, partner_of};
use super::place::{Place, Wanted};
use super::proof;
use super::script::{Scope, Script, Sends, Sent, Until};
use crate::assemble::{self, Assembly, Setup};
use crate::cli::{complain, say};
use anyhow::{Context as _, Result, bail};
use cases::CaseKey;
use codes::Date;
use engine::sim::Rng;
use engine::{Config, Engine, Order, Pace, Sizes};
use kernel::{Actor, Atomic, CommandId, Moment, PartyKey};
use module::{Clock, Receipt, SubmitError};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use testbed::HandClock;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What `lianban bench day` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Wanted,
    /// How many set-ups with nine services are opened.
    #[arg(long, default_value_t = 2_000)]
    cases: u64,
    /// How many more are opened with the food licence.
    #[arg(long, default_value_t = 300)]
    food: u64,
    /// From which all moments follow.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Carries no letters: neither papers nor messages to other systems.
    #[arg(long)]
    without_letters: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// The day: Thursday, 12 February 2026, before a long holiday; and the working day after it.
const DAYS: [Date; 2] = [Date::constant(2026, 2, 12), Date::constant(2026, 2, 13)];
/// When an office opens and closes, as minutes of the day.
const HOURS: (i64, i64) = (9 * 60, 17 * 60 + 30);
/// How many organs are out, and for how many minutes.
const OUTAGES: usize = 5;
const OUTAGE_MINUTES: i64 = 20;
/// The longest that an officer takes for an act, in minutes.
const ACT_MINUTES_MAX: u64 = 45;

/// A minute of the run, counted from midnight before the first day; the days follow each other.
type Minute = i64;

fn moment(minute: Minute) -> Moment {
    let [first, _] = DAYS;
    let midnight = Moment::from_wall(first.at(0, 0, 0, 0));
    midnight.plus_seconds(minute * 60)
}

/// The same minute if the office is open then, else the minute at which it opens.
fn at_work(minute: Minute) -> Minute {
    let (opens, closes) = HOURS;
    let (day, of_day) = (minute.div_euclid(24 * 60), minute.rem_euclid(24 * 60));
    match of_day {
        _ if of_day < opens => day * 24 * 60 + opens,
        _ if of_day < closes => minute,
        _ => (day + 1) * 24 * 60 + opens,
    }
}

/// An organ that is out.
#[derive(Clone, Debug)]
struct Outage {
    organ: String,
    from: Minute,
}

impl std::fmt::Display for Outage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let face = |minute: Minute| format!("{:02}:{:02}", minute / 60, minute % 60);
        write!(f, "{} {} to {}", self.organ, face(self.from), face(self.from + OUTAGE_MINUTES))
    }
}

impl Outage {
    fn covers(&self, minute: Minute) -> bool {
        (self.from..self.from + OUTAGE_MINUTES).contains(&minute)
    }

    fn lasts_at(&self, at: Moment) -> bool {
        (moment(self.from)..moment(self.from + OUTAGE_MINUTES)).contains(&at)
    }
}

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// The party opens a case, fills it in, has it signed and hands it in.
    Open,
    /// The organ of the task at this place of the plan accepts it.
    Accept(usize),
    /// It grants it.
    Grant(usize),
}

/// A case of the day.
#[derive(Clone, Debug)]
struct Opened {
    no: CaseKey,
    scope: Scope,
    /// The day on which each task was accepted, by its name.
    accepted: BTreeMap<String, Date>,
}

/// Sends commands, and notes what was acknowledged.
struct Client {
    engine: Engine,
    /// Whether parties consent to electronic service before they open a case.
    consents: bool,
    acknowledged: Mutex<BTreeSet<CommandId>>,
}

impl Client {
    fn acknowledged(&self) -> BTreeSet<CommandId> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Sends for Client {
    async fn send(
        &self,
        sent: Sent,
        actor: Actor,
        commands: Atomic,
    ) -> Result<Receipt, SubmitError> {
        let answer = self.engine.order(Order { id: sent.id, actor, cause: None, commands }).await;
        if answer.is_ok() {
            let mut known = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(sent.id);
        }
        answer
    }
}

/// Everything about the run.
struct Day {
    args: Args,
    clock: Arc<HandClock>,
    assembly: Assembly,
    partners: Option<Partners>,
    client: Arc<Client>,
    scripts: [Arc<Script>; 2],
    outages: Vec<Outage>,
    agenda: BTreeMap<Minute, Vec<(u64, Act)>>,
    opened: BTreeMap<u64, Opened>,
    rng: Rng,
}

/// Runs it; fails if anything does not hold.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let place = Place::new(&args.place)?;
    let mut setup = place.setup("day")?;
    let clock = Arc::new(HandClock::at(moment(HOURS.0)));
    let hand: Arc<dyn Clock> = Arc::clone(&clock) as _;
    let partners = match args.without_letters {
        true => None,
        false => Some(Partners::start(place.folder(), &hand).await?),
    };
    setup.partners = partners.as_ref().map(|partners| partners.file().to_owned());
    let mut day = Day::begin(&args, &setup, &clock, partners).await?;
    let begun = Instant::now();
    day.pass().await?;
    let took = begun.elapsed();
    complain("everything is done; now it is counted");
    let counted = audit::audit(&day).await?;
    day.assembly.engine.stop().await;
    let acknowledged = day.client.acknowledged();
    let found = proof::check(&setup, hand, &acknowledged).await?;
    let outages: Vec<String> = day.outages.iter().map(ToString::to_string).collect();
    let told = json!({
        "store": place.store(), "profile": super::profile(), "seed": args.seed,
        "seconds": took.as_secs(), "cases": day.opened.len(), "tasks": counted.tasks, "outages": outages,
        "commands_acknowledged": acknowledged.len(), "events": found.events,
        "papers_signed": counted.signed, "notices_served": counted.notices, "messages": counted.messages,
        "message_attempts": day.partners.as_ref().map_or(0, Partners::requests),
        "deadlines_recomputed": counted.deadlines, "rows_rebuilt": found.rows,
        "lost": 0, "twice": 0, "held": true,
    });
    say(&if args.json { told.to_string() } else { serde_json::to_string_pretty(&told)? });
    Ok(ExitCode::SUCCESS)
}

impl Day {
    async fn begin(
        args: &Args,
        setup: &Setup,
        clock: &Arc<HandClock>,
        partners: Option<Partners>,
    ) -> Result<Self> {
        let at_once = if args.without_letters { 0 } else { Sizes::default().at_once };
        let config = Config { pace: Pace::ByHand, sizes: Sizes { at_once, ..Sizes::default() } };
        let assembly = assemble::assemble_with(setup, Arc::clone(clock) as _, config).await?;
        if let Some(partners) = &partners {
            partners.trust(setup)?;
        }
        let script = |scope| Script::of(scope, &assembly, DAYS[0], 0, true).map(Arc::new);
        let scripts = [script(Scope::SetUp)?, script(Scope::WithFood)?];
        let client = Arc::new(Client {
            engine: assembly.engine.clone(),
            consents: !args.without_letters,
            acknowledged: Mutex::default(),
        });
        let mut day = Self {
            args: args.clone(),
            clock: Arc::clone(clock),
            assembly,
            partners,
            client,
            scripts,
            outages: Vec::new(),
            agenda: BTreeMap::new(),
            opened: BTreeMap::new(),
            rng: Rng::new(args.seed),
        };
        day.plan_outages();
        day.plan_openings();
        Ok(day)
    }

    fn script(&self, scope: Scope) -> &Arc<Script> {
        let [set_up, with_food] = &self.scripts;
        match scope {
            Scope::SetUp => set_up,
            Scope::WithFood => with_food,
        }
    }

    /// Five organs, each at a time of its own.
    fn plan_outages(&mut self) {
        let mut organs: Vec<String> =
            self.script(Scope::WithFood).tasks().map(|task| task.organ.to_string()).collect();
        organs.sort();
        organs.dedup();
        let (opens, closes) = HOURS;
        let room = u64::try_from(closes - opens - OUTAGE_MINUTES).unwrap_or_default();
        for _ in 0..OUTAGES.min(organs.len()) {
            let organ = organs.swap_remove(self.rng.index(organs.len()));
            let from = opens + minutes(self.rng.below(room));
            self.outages.push(Outage { organ, from });
        }
    }

    /// Openings all over the day, those with the food licence among the others.
    fn plan_openings(&mut self) {
        let (opens, closes) = HOURS;
        let room = u64::try_from(closes - opens).unwrap_or_default();
        for n in 0..self.args.cases + self.args.food {
            let at = opens + minutes(self.rng.below(room));
            self.agenda.entry(at).or_default().push((n, Act::Open));
        }
    }

    /// Which case it is: of all that are opened, every so many-th is one with the food licence.
    fn scope(&self, n: u64) -> Scope {
        let all = (self.args.cases + self.args.food).max(1);
        let upto = |n: u64| n * self.args.food / all;
        if upto(n + 1) > upto(n) { Scope::WithFood } else { Scope::SetUp }
    }

    /// The first minute from this one on at which the organ is not out.
    fn free(&self, organ: &str, mut minute: Minute) -> Minute {
        while let Some(out) = self.outages.iter().find(|o| o.organ == organ && o.covers(minute)) {
            minute = out.from + OUTAGE_MINUTES;
        }
        minute
    }

    /// Lets the days pass, minute by minute, until nothing is left to do, and then to the end of the second.
    async fn pass(&mut self) -> Result<()> {
        let [_, second] = DAYS;
        let (mut at, mut told) = (HOURS.0, 0);
        loop {
            self.wind(at).await;
            if let Some(acts) = self.agenda.remove(&at) {
                self.work(at, acts).await?;
            }
            let hour = at / 60;
            if hour != told && self.agenda.contains_key(&(at + 1)) {
                complain(&format!("{}: {} cases are opened", moment(at), self.opened.len()));
                told = hour;
            }
            let next = self.agenda.keys().next().copied();
            match next {
                // Outages begin and end whether somebody acts or not.
                Some(next) => at = next.min(self.turn(at)),
                None => break,
            }
        }
        for out in &self.outages {
            self.switch(&out.organ, false);
        }
        self.settle_until(Moment::end_of(second).plus_seconds(-1)).await;
        Ok(())
    }

    /// The next minute after this one at which an outage begins or ends.
    fn turn(&self, at: Minute) -> Minute {
        let turns = self.outages.iter().flat_map(|out| [out.from, out.from + OUTAGE_MINUTES]);
        turns.filter(|turn| *turn > at).min().unwrap_or(Minute::MAX)
    }

    fn switch(&self, organ: &str, is_out: bool) {
        if let Some(partners) = &self.partners {
            partners.out(&partner_of(organ), is_out);
        }
    }

    /// Winds the clock to a minute; systems that are out at it answer nobody from then on.
    async fn wind(&self, minute: Minute) {
        self.settle_until(moment(minute)).await;
        for out in &self.outages {
            self.switch(&out.organ, out.covers(minute));
        }
    }

    /// Fires what is due on the way to an instant, each at its own.
    async fn settle_until(&self, to: Moment) {
        let engine = &self.assembly.engine;
        engine.settle().await;
        while let Some(due) = engine.next_due().await.filter(|due| *due <= to) {
            self.clock.set(due.max(self.clock.now()));
            engine.settle().await;
        }
        self.clock.set(to);
        engine.settle().await;
    }

    /// What is to be done at a minute: the acts of one case one after another, those of many cases at the same time.
    async fn work(&mut self, at: Minute, acts: Vec<(u64, Act)>) -> Result<()> {
        let today = moment(at).date();
        let mut by_case: BTreeMap<u64, Vec<Act>> = BTreeMap::new();
        for (n, act) in acts {
            by_case.entry(n).or_default().push(act);
        }
        let mut working = JoinSet::new();
        for (n, acts) in by_case {
            let scope = self.scope(n);
            let (script, client) = (Arc::clone(self.script(scope)), Arc::clone(&self.client));
            let case = self.opened.get(&n).cloned();
            working.spawn(async move {
                let case = act(&script, &client, n, case, &acts, today).await?;
                anyhow::Ok((n, acts, Opened { scope, ..case }))
            });
        }
        while let Some(worked) = working.join_next().await {
            let (n, acts, case) = worked??;
            self.opened.insert(n, case);
            for act in acts {
                self.follow(at, n, act);
            }
        }
        Ok(())
    }

    /// What follows from an act: acceptances from an opening, a grant from an acceptance.
    fn follow(&mut self, at: Minute, n: u64, act: Act) {
        let next: Vec<(usize, Act)> = match act {
            Act::Open => {
                let tasks = self.script(self.scope(n)).tasks().count();
                (0..tasks).map(|task| (task, Act::Accept(task))).collect()
            }
            Act::Accept(task) => vec![(task, Act::Grant(task))],
            Act::Grant(_) => Vec::new(),
        };
        for (task, act) in next {
            let organ =
                self.script(self.scope(n)).tasks().nth(task).map(|task| task.organ.to_string());
            let after = at + 1 + minutes(self.rng.below(ACT_MINUTES_MAX));
            let after = match act {
                // Whoever comes before the doors close is accepted on the day: at midnight silence would accept (登记条例 19).
                Act::Accept(_) => after,
                Act::Open | Act::Grant(_) => at_work(after),
            };
            let when = self.free(&organ.unwrap_or_default(), after);
            self.agenda.entry(when).or_default().push((n, act));
        }
    }
}

/// Does the acts of one case at one minute.
async fn act(
    script: &Script,
    client: &Client,
    n: u64,
    case: Option<Opened>,
    acts: &[Act],
    today: Date,
) -> Result<Opened> {
    let mut case = case;
    for act in acts {
        match (act, &mut case) {
            (Act::Open, _) => {
                if client.consents {
                    script.consent(client, n).await?;
                }
                let name = format!("bench-{n}");
                let party = (PartyKey::new(name.as_str()), name);
                let no = script.work_until(client, n, party, Until::Submitted).await?;
                case = Some(Opened { no, scope: Scope::SetUp, accepted: BTreeMap::new() });
            }
            (Act::Accept(task), Some(case)) => {
                let task = script.tasks().nth(*task).context("no such task")?;
                script.accept(client, n, &case.no, task).await?;
                case.accepted.insert(task.name.clone(), today);
            }
            (Act::Grant(task), Some(case)) => {
                let task = script.tasks().nth(*task).context("no such task")?;
                script.grant(client, n, &case.no, task).await?;
            }
            (_, None) => bail!("case {n} is not open yet"),
        }
    }
    case.with_context(|| format!("case {n} is not open yet"))
}

fn minutes(count: u64) -> Minute {
    Minute::try_from(count).unwrap_or(Minute::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_works_outside_office_hours() {
        for (minute, works) in [
            (0, 540),
            (540, 540),
            (1_049, 1_049),
            (1_050, 1_980),
            (1_440 + 539, 1_980),
            (1_440 + 1_000, 2_440),
        ] {
            assert_eq!(at_work(minute), works, "{minute}");
        }
        assert_eq!(moment(1_980).date(), DAYS[1]);
    }

    #[test]
    fn an_outage_covers_twenty_minutes() {
        let out = Outage { organ: "440115-tax".to_owned(), from: 600 };
        assert_eq!((590..640).filter(|minute| out.covers(*minute)).count(), 20);
        assert_eq!(out.to_string(), "440115-tax 10:00 to 10:20");
    }
}
