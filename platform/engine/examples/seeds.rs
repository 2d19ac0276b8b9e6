//! Runs seeds of the simulator: `cargo run -p engine --example seeds -- FIRST COUNT`.

use engine::sim::{self, Plan};
use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse::<u64>());
    let first = args.next().transpose()?.unwrap_or(0);
    let count = args.next().transpose()?.unwrap_or(1_000);
    let (mut events, mut faults) = (0_u64, 0_u64);
    sim::run(first..first + count, Plan::default(), |ran| {
        events += ran.events;
        faults += ran.faults.values().sum::<u64>();
    })?;
    writeln!(
        std::io::stdout(),
        "{count} seeds from {first} hold: {events} events, {faults} faults"
    )?;
    Ok(())
}
