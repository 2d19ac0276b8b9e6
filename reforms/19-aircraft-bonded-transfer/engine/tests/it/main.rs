//! The planner against another's: min-cost flow of `PyPI`'s `ortools`, on 200 random cases.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the report")]

use bonded::{LineId, Need, Qty, Surplus, plan};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// How many cases.
const CASES: usize = 200;

/// Reads a case a line: supplies, demands, costs row by row (below zero: no arc); writes what is met and what it costs.
const SOLVER: &str = "
import sys
from ortools.graph.python import min_cost_flow
for line in sys.stdin:
    supply, demand, cost = ([int(x) for x in part.split()] for part in line.split(';'))
    n, m = len(supply), len(demand)
    flow = min_cost_flow.SimpleMinCostFlow()
    for i in range(n):
        for j in range(m):
            if cost[i * m + j] >= 0:
                flow.add_arc_with_capacity_and_unit_cost(i, n + j, min(supply[i], demand[j]), cost[i * m + j])
    for i in range(n):
        flow.set_node_supply(i, supply[i])
    for j in range(m):
        flow.set_node_supply(n + j, -demand[j])
    status = flow.solve_max_flow_with_min_cost()
    assert status == flow.OPTIMAL, status
    print(flow.maximum_flow(), flow.optimal_cost())
";

struct Case {
    supply: Vec<i64>,
    demand: Vec<i64>,
    cost: Vec<i64>,
}

/// Cases that repeat: sizes 1 to 24, some arcs closed, costs with many ties or few.
fn cases() -> Vec<Case> {
    let mut chance = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move |below: u64| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        i64::try_from(chance % below).unwrap()
    };
    (0..CASES)
        .map(|_| {
            let (n, m) = (1 + next(24), 1 + next(24));
            let (dear, closed) =
                ([5, 1_000, 1_000_000][usize::try_from(next(3)).unwrap()], next(60));
            let supply = (0..n).map(|_| next(50)).collect();
            let demand = (0..m).map(|_| next(50)).collect();
            let cost =
                (0..n * m).map(|_| if next(100) < closed { -1 } else { next(dear) }).collect();
            Case { supply, demand, cost }
        })
        .collect()
}

fn ours(case: &Case) -> (i64, i64) {
    let surplus: Vec<Surplus> = (0_u32..)
        .zip(&case.supply)
        .map(|(n, pieces)| Surplus {
            book_no: format!("E5165{n:07}"),
            line: LineId(n),
            pool: "pool".to_owned(),
            quantity: Qty::whole(*pieces),
            pieces: true,
            expires_on: None,
        })
        .collect();
    let need: Vec<Need> = (0_u32..)
        .zip(&case.demand)
        .map(|(n, pieces)| Need {
            book_no: format!("C5165{n:07}"),
            line: LineId(n),
            pool: "pool".to_owned(),
            quantity: Qty::whole(*pieces),
            needed_on: None,
        })
        .collect();
    let wide = case.demand.len();
    let at = |line: LineId| usize::try_from(line.0).unwrap();
    let cost = |s: &Surplus, n: &Need| Some(case.cost[at(s.line) * wide + at(n.line)]);
    let told = plan(&surplus, &need, |s, n| cost(s, n).filter(|cost| *cost >= 0)).unwrap();
    let units = |qty: Qty| i64::try_from(qty.to_places::<0>().unwrap().steps()).unwrap();
    (told.moves.iter().map(|one| units(one.quantity)).sum(), units(told.cost))
}

#[test]
fn plans_meet_as_much_and_cost_as_little_as_ortools_finds() {
    let Some(python) = testbed::python(&["ortools"]) else { return };
    let cases = cases();
    let mut asked = String::new();
    for case in &cases {
        let words =
            |numbers: &[i64]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let (supply, demand) = (words(&case.supply), words(&case.demand));
        writeln!(asked, "{supply};{demand};{}", words(&case.cost)).unwrap();
    }
    let mut child = Command::new(python)
        .args(["-c", SOLVER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    let answered = child.wait_with_output().unwrap();
    assert!(answered.status.success(), "{}", answered.status);
    let answered = String::from_utf8(answered.stdout).unwrap();
    let theirs: Vec<(i64, i64)> = answered
        .lines()
        .map(|line| {
            let (met, cost) = line.split_once(' ').unwrap();
            (met.parse().unwrap(), cost.parse().unwrap())
        })
        .collect();
    assert_eq!(theirs.len(), CASES);
    for (at, (case, theirs)) in cases.iter().zip(theirs).enumerate() {
        assert_eq!(ours(case), theirs, "case {at}");
    }
}
