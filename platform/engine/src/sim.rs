//! The simulator (模拟器): one seed, one run, replayable to the byte.
//!
//! It drives the very machines and the very I/O functions that production runs, over a journal and tables in memory, and
//! does to them what the world does: appends that fail before or after they are durable, readers that lag, rows that are
//! lost, errands that answer twice or late, a clock that jumps, servers that die, a second writer that appears. After
//! every step its oracles look at everything that is in the journal ([`oracle`]).
//!
//! ```text
//!  seed ──► Rng ──► commands, faults, which of the things under way happens next
//!                        │
//!                        ▼
//!       Core ─ asks ─► under way ─ done ─► told ──► Core      every step: oracles
//!                                                             at the end: heal, wind, rest, all oracles
//! ```

mod client;
mod oracle;
mod rng;
mod stage;
mod store;
mod toy;

pub use rng::Rng;
pub use toy::Accounts;

use kernel::{Actor, Atomic, Moment, Recorded, Shard};
use module::Registry;
use stage::Simulation;

/// What is simulated: what is registered, what is asked, what must hold.
pub trait World {
    /// The aggregates, policies, errands and projections. Errands must be ready at once: there is no runtime.
    fn registry(&self) -> Registry;
    /// The shards.
    fn shards(&self) -> Vec<Shard>;
    /// The next command of somebody.
    ///
    /// # Errors
    /// A fault of the world itself.
    fn command(&mut self, rng: &mut Rng, now: Moment) -> Result<(Actor, Atomic), String>;
    /// Sees each batch of a shard once, in order, and says what does not hold after it.
    ///
    /// # Errors
    /// What does not hold.
    fn observe(&mut self, shard: &Shard, batch: &[Recorded]) -> Result<(), String>;
}

/// How long and how rough a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Steps before everything heals.
    pub steps: u32,
    /// Faults in a thousand steps, of each sort.
    pub faults: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self { steps: 400, faults: 12 }
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// The seed.
    pub seed: u64,
    /// Events in the journal at the end.
    pub events: u64,
    /// Batches in the journal at the end.
    pub batches: u64,
    /// Commands that were answered with events.
    pub accepted: u64,
    /// Commands that were refused.
    pub refused: u64,
    /// Faults that were done to it, by sort.
    pub faults: std::collections::BTreeMap<&'static str, u64>,
    /// A digest over the journal's heads and all tables: two runs of a seed give the same.
    pub digest: [u8; 16],
}

/// A seed whose run broke a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("seed {seed}, step {step}: {what}")]
pub struct Broken {
    /// The seed.
    pub seed: u64,
    /// The step.
    pub step: u32,
    /// The rule, and how it was broken.
    pub what: String,
}

/// Runs one seed of a world.
///
/// # Errors
/// The first rule that was broken.
pub fn simulate(world: &mut dyn World, seed: u64, plan: Plan) -> Result<Ran, Broken> {
    let mut simulation = Simulation::new(world, seed);
    simulation.run(plan).map_err(|what| Broken { seed, step: simulation.step, what })
}

/// Runs one seed of the accounts twice, and compares the two.
///
/// # Errors
/// The first rule that was broken, or that the two runs differ.
pub fn run_seed(seed: u64, plan: Plan) -> Result<Ran, Broken> {
    let first = simulate(&mut Accounts::default(), seed, plan)?;
    let second = simulate(&mut Accounts::default(), seed, plan)?;
    if first == second {
        Ok(first)
    } else {
        let what = format!("two runs of the seed differ: {first:?}, {second:?}");
        Err(Broken { seed, step: plan.steps, what })
    }
}

/// Runs many seeds of the accounts and tells of each.
///
/// # Errors
/// The first seed that broke a rule.
pub fn run(
    seeds: impl IntoIterator<Item = u64>,
    plan: Plan,
    mut each: impl FnMut(&Ran),
) -> Result<(), Broken> {
    for seed in seeds {
        each(&run_seed(seed, plan)?);
    }
    Ok(())
}

/// Seeds that once broke a rule; they are always run.
///
/// # Errors
/// A line that is no number.
pub fn kept_seeds() -> Result<Vec<u64>, std::num::ParseIntError> {
    let lines = include_str!("../sim/seeds.txt").lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_whitespace().next().unwrap_or_default().parse())
        .collect()
}
