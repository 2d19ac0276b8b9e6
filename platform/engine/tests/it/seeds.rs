//! Seeds of the simulator.

use engine::sim::{self, Plan};
use std::collections::BTreeMap;

/// How many seeds each run of the tests takes; `examples/seeds.rs` runs as many as one likes.
const SEEDS: u64 = 200;

#[test]
fn seeds_that_once_broke_a_rule_hold() {
    for seed in sim::kept_seeds().unwrap() {
        sim::run_seed(seed, Plan::default()).unwrap();
    }
}

#[test]
fn a_budget_of_seeds_holds_and_meets_every_fault() {
    let mut faults: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut events, mut accepted, mut refused) = (0, 0, 0);
    sim::run(0..SEEDS, Plan::default(), |ran| {
        events += ran.events;
        accepted += ran.accepted;
        refused += ran.refused;
        for (fault, times) in &ran.faults {
            *faults.entry(*fault).or_default() += times;
        }
    })
    .unwrap();
    assert_eq!(faults.len(), 11, "{faults:?}");
    assert!(
        accepted > 10 * SEEDS && refused > SEEDS && events > 40 * SEEDS,
        "{accepted} {refused} {events}"
    );
}
