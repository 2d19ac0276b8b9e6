//! Seeds of the simulator.

use engine::sim::{self, Accounts, Broken, Plan, Ran};
use std::collections::BTreeMap;

/// How many seeds each run of the tests takes; `examples/seeds.rs` runs as many as one likes, each of them twice.
const SEEDS: u64 = 1_000;
/// One seed in so many is run twice, to the same bytes.
const TWICE: u64 = 20;

#[derive(Default)]
struct Sums {
    faults: BTreeMap<&'static str, u64>,
    events: u64,
    accepted: u64,
    refused: u64,
}

impl Sums {
    fn add(&mut self, ran: &Ran) {
        self.events += ran.events;
        self.accepted += ran.accepted;
        self.refused += ran.refused;
        for (fault, times) in &ran.faults {
            *self.faults.entry(*fault).or_default() += times;
        }
    }
}

/// The seeds of one thread: every second one.
fn every_second(first: u64) -> Result<Sums, Broken> {
    let mut sums = Sums::default();
    for seed in (first..SEEDS).step_by(2) {
        let ran = if seed.is_multiple_of(TWICE) || seed % TWICE == 1 {
            sim::run_seed(seed, Plan::default())?
        } else {
            sim::simulate(&mut Accounts::default(), seed, Plan::default())?
        };
        sums.add(&ran);
    }
    Ok(sums)
}

#[test]
fn seeds_that_once_broke_a_rule_hold() {
    for seed in sim::kept_seeds().unwrap() {
        sim::run_seed(seed, Plan::default()).unwrap();
    }
}

#[test]
fn a_thousand_seeds_hold() {
    let halves = std::thread::scope(|scope| {
        let halves = [0, 1].map(|first| scope.spawn(move || every_second(first)));
        halves.map(|half| half.join().unwrap().unwrap())
    });
    for sums in halves {
        assert_eq!(sums.faults.len(), 11, "every fault was met: {:?}", sums.faults);
        assert!(sums.accepted > 5 * SEEDS, "{}", sums.accepted);
        assert!(sums.refused > SEEDS / 2, "{}", sums.refused);
        assert!(sums.events > 20 * SEEDS, "{}", sums.events);
    }
}
