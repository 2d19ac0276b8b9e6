//! Who helps whom (调拨计划): surplus and need of a group, brought together at the least cost.

use crate::flow::{CLOSED, Transport, cheapest};
use crate::{LineId, Qty};
use codes::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a line of a book has to spare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surplus {
    /// The book.
    pub book_no: String,
    /// The line.
    pub line: LineId,
    /// What may move together: kind of processing, eight digits, unit. Nothing moves between pools.
    pub pool: String,
    /// How much.
    pub quantity: Qty,
    /// Whether it moves in whole pieces.
    pub pieces: bool,
    /// The last day of its handbook.
    pub expires_on: Option<Date>,
}

/// What a line of a book needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The book.
    pub book_no: String,
    /// The line.
    pub line: LineId,
    /// What may move together, as of the surplus.
    pub pool: String,
    /// How much.
    pub quantity: Qty,
    /// By when, from its work order.
    pub needed_on: Option<Date>,
}

/// One transfer of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedMove {
    /// From which book.
    pub out_book: String,
    /// From which line.
    pub out_line: LineId,
    /// To which book.
    pub in_book: String,
    /// To which line.
    pub in_line: LineId,
    /// How much.
    pub quantity: Qty,
    /// What one unit costs, in fen.
    pub unit_cost_fen: i64,
}

/// What a plan leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmet {
    /// In which book.
    pub in_book: String,
    /// On which line.
    pub in_line: LineId,
    /// How much.
    pub quantity: Qty,
}

/// A plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The transfers, by book and line.
    pub moves: Vec<PlannedMove>,
    /// What cannot be met.
    pub unmet: Vec<Unmet>,
    /// Freight and lateness, in fen of a hundred-thousandth: what the plan minimises.
    pub cost: Qty,
    /// Transfer documents: one for each pair of books.
    pub documents: u32,
}

impl Plan {
    /// What is stated: the cost in fen, half up, and one for each document.
    ///
    /// # Errors
    /// [`crate::Overflow`].
    pub fn total(&self) -> Result<i128, crate::Overflow> {
        Ok(self.cost.to_places::<0>()?.steps().saturating_add(i128::from(self.documents)))
    }
}

/// Why no plan can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A cost below nothing.
    #[error("moving from `{out_book}` to `{in_book}` costs less than nothing")]
    Negative {
        /// From.
        out_book: String,
        /// To.
        in_book: String,
    },
    /// Quantities or costs are too large.
    #[error("quantities or costs are too large")]
    Overflow,
}

/// The cheapest transfers that meet as much need as can be met.
///
/// `cost` tells what moving one unit costs, in fen, or that it must not move; between different pools, and within one line,
/// nothing moves whatever it says. Of plans that cost the same, the one that takes from lower book numbers, then gives to
/// lower ones; the order of the input is no matter. Surplus in pieces moves in whole ones, what is left of a piece stays.
///
/// # Errors
/// As [`PlanError`].
pub fn plan(
    surplus: &[Surplus],
    need: &[Need],
    cost: impl Fn(&Surplus, &Need) -> Option<i64>,
) -> Result<Plan, PlanError> {
    let mut pools: BTreeMap<&str, (Vec<&Surplus>, Vec<&Need>)> = BTreeMap::new();
    for one in surplus {
        pools.entry(&one.pool).or_default().0.push(one);
    }
    for one in need {
        pools.entry(&one.pool).or_default().1.push(one);
    }
    let mut told = Plan::default();
    for (mut surplus, mut need) in pools.into_values() {
        surplus.sort_by(|a, b| (&a.book_no, a.line).cmp(&(&b.book_no, b.line)));
        need.sort_by(|a, b| {
            (&a.book_no, a.line, a.needed_on).cmp(&(&b.book_no, b.line, b.needed_on))
        });
        pool(&surplus, &need, &cost, &mut told)?;
    }
    told.moves.sort_by(|a, b| {
        (&a.out_book, a.out_line, &a.in_book, a.in_line).cmp(&(
            &b.out_book,
            b.out_line,
            &b.in_book,
            b.in_line,
        ))
    });
    let pairs: BTreeSet<(&str, &str)> =
        told.moves.iter().map(|one| (one.out_book.as_str(), one.in_book.as_str())).collect();
    told.documents = u32::try_from(pairs.len()).unwrap_or(u32::MAX);
    Ok(told)
}

/// Plans one pool; both lists are in the order of their books.
fn pool(
    surplus: &[&Surplus],
    need: &[&Need],
    cost: &impl Fn(&Surplus, &Need) -> Option<i64>,
    told: &mut Plan,
) -> Result<(), PlanError> {
    let step = if surplus.iter().any(|one| one.pieces) { Qty::ONE.steps() } else { 1 };
    let steps = |qty: Qty, up: bool| {
        let whole = qty.steps().max(0).div_euclid(step);
        let over = i128::from(up && qty.steps().max(0).rem_euclid(step) > 0);
        i64::try_from(whole + over).map_err(|_range| PlanError::Overflow)
    };
    let costs = unit_costs(surplus, need, cost)?;
    let transport = Transport {
        supply: surplus.iter().map(|one| steps(one.quantity, false)).collect::<Result<_, _>>()?,
        demand: need.iter().map(|one| steps(one.quantity, true)).collect::<Result<_, _>>()?,
        cost: ranked(&costs, need.len())?,
    };
    let mut met = vec![0_i128; need.len()];
    for (from, to, flow) in cheapest(&transport) {
        let (Some(out), Some(into)) = (surplus.get(from), need.get(to)) else { continue };
        let quantity = Qty::from_steps(i128::from(flow) * step);
        let unit_cost_fen =
            costs.get(from).and_then(|row| row.get(to)).copied().flatten().unwrap_or_default();
        let more = quantity.steps().checked_mul(i128::from(unit_cost_fen));
        told.cost = more
            .and_then(|more| told.cost.plus(Qty::from_steps(more)).ok())
            .ok_or(PlanError::Overflow)?;
        if let Some(met) = met.get_mut(to) {
            *met += quantity.steps();
        }
        told.moves.push(PlannedMove {
            out_book: out.book_no.clone(),
            out_line: out.line,
            in_book: into.book_no.clone(),
            in_line: into.line,
            quantity,
            unit_cost_fen,
        });
    }
    for (one, met) in need.iter().zip(met) {
        let open = one.quantity.steps() - met;
        if open > 0 {
            let quantity = Qty::from_steps(open);
            told.unmet.push(Unmet { in_book: one.book_no.clone(), in_line: one.line, quantity });
        }
    }
    Ok(())
}

fn unit_costs(
    surplus: &[&Surplus],
    need: &[&Need],
    cost: &impl Fn(&Surplus, &Need) -> Option<i64>,
) -> Result<Vec<Vec<Option<i64>>>, PlanError> {
    let one = |out: &Surplus, into: &Need| {
        if (&out.book_no, out.line) == (&into.book_no, into.line) {
            return Ok(None);
        }
        match cost(out, into) {
            Some(fen) if fen < 0 => Err(PlanError::Negative {
                out_book: out.book_no.clone(),
                in_book: into.book_no.clone(),
            }),
            fen => Ok(fen),
        }
    };
    surplus.iter().map(|out| need.iter().map(|into| one(out, into)).collect()).collect()
}

/// Costs whose ties fall to lower places: each is multiplied by more than all ranks together come to, then its ranks are
/// added.
///
/// Along a path what a source or sink in between gives and takes cancels out, so that only the ranks of both ends count.
fn ranked(costs: &[Vec<Option<i64>>], sinks: usize) -> Result<Vec<Vec<i64>>, PlanError> {
    let count = |n: usize| i64::try_from(n).map_err(|_range| PlanError::Overflow);
    let (sources, sinks) = (count(costs.len())?, count(sinks)?);
    let scale = sources.max(1).checked_mul(sinks.max(1)).ok_or(PlanError::Overflow)?;
    // A potential is at most a path over every node: below what counts as far.
    let most = i64::MAX / (8 * (sources + sinks + 2));
    let mut rows = Vec::with_capacity(costs.len());
    for (row, source_rank) in costs.iter().zip(0_i64..) {
        let mut ranked = Vec::with_capacity(row.len());
        for (cost, sink_rank) in row.iter().zip(0_i64..) {
            ranked.push(match cost {
                None => CLOSED,
                Some(fen) => fen
                    .checked_mul(scale)
                    .and_then(|scaled| scaled.checked_add(source_rank * sinks + sink_rank))
                    .filter(|scaled| *scaled < most)
                    .ok_or(PlanError::Overflow)?,
            });
        }
        rows.push(ranked);
    }
    Ok(rows)
}

/// The surplus that ends with its handbook within so many days, the first to end first: it is offered to the planner.
#[must_use]
pub fn expiring(surplus: &[Surplus], on: Date, days: i32) -> Vec<&Surplus> {
    let mut found: Vec<(Date, &Surplus)> = surplus
        .iter()
        .filter(|one| one.quantity > Qty::ZERO)
        .filter_map(|one| one.expires_on.map(|last| (last, one)))
        .filter(|(last, _)| {
            *last >= on && on.until(*last).is_ok_and(|span| span.get_days() <= days)
        })
        .collect();
    found.sort_by(|a, b| (a.0, &a.1.book_no, a.1.line).cmp(&(b.0, &b.1.book_no, b.1.line)));
    found.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn surplus(book: &str, pieces: i64) -> Surplus {
        Surplus {
            book_no: book.to_owned(),
            line: LineId(1),
            pool: "bought/88073000/011".to_owned(),
            quantity: Qty::whole(pieces),
            pieces: true,
            expires_on: None,
        }
    }

    fn need(book: &str, pieces: i64) -> Need {
        Need {
            book_no: book.to_owned(),
            line: LineId(1),
            pool: "bought/88073000/011".to_owned(),
            quantity: Qty::whole(pieces),
            needed_on: None,
        }
    }

    /// Books `S0…` and `N0…`, what each costs by their numbers.
    fn planned(supply: &[i64], demand: &[i64], cost: &[&[i64]]) -> Plan {
        let surplus: Vec<Surplus> = supply
            .iter()
            .enumerate()
            .map(|(n, pieces)| surplus(&format!("S{n:03}"), *pieces))
            .collect();
        let need: Vec<Need> = demand
            .iter()
            .enumerate()
            .map(|(n, pieces)| need(&format!("N{n:03}"), *pieces))
            .collect();
        let at = |book: &str| book.get(1..).unwrap().parse::<usize>().unwrap();
        plan(&surplus, &need, |s, n| Some(cost[at(&s.book_no)][at(&n.book_no)]).filter(|c| *c >= 0))
            .unwrap()
    }

    fn moves(plan: &Plan) -> Vec<(&str, &str, String)> {
        let one = |one: &PlannedMove| one.quantity.to_places::<0>().unwrap().steps().to_string();
        plan.moves.iter().map(|m| (m.out_book.as_str(), m.in_book.as_str(), one(m))).collect()
    }

    #[test]
    fn the_cheapest_transfers_are_found_by_taking_back_what_was_given() {
        // The first would take its nearest; then the second could not be served as cheaply.
        let told = planned(&[5, 5], &[5, 5], &[&[1, 2], &[1, 100]]);
        assert_eq!(moves(&told), [("S000", "N001", "5".into()), ("S001", "N000", "5".into())]);
        assert_eq!((told.cost, told.documents, told.total()), (Qty::whole(15), 2, Ok(17)));
        assert!(told.unmet.is_empty());
    }

    #[test]
    fn as_much_as_can_be_met_is_met_whatever_it_costs() {
        let told = planned(&[3, 4], &[5, 4], &[&[1, 1], &[-1, 9]]);
        assert_eq!(moves(&told), [("S000", "N000", "3".into()), ("S001", "N001", "4".into())]);
        let unmet = Unmet { in_book: "N000".into(), in_line: LineId(1), quantity: Qty::whole(2) };
        assert_eq!(told.unmet, [unmet]);
    }

    #[test]
    fn ties_fall_to_lower_books_and_the_order_of_the_input_is_no_matter() {
        let told = planned(&[2, 2, 2], &[3], &[&[5], &[5], &[5]]);
        assert_eq!(moves(&told), [("S000", "N000", "2".into()), ("S001", "N000", "1".into())]);
        let told = planned(&[3], &[2, 2], &[&[5, 5]]);
        assert_eq!(moves(&told), [("S000", "N000", "2".into()), ("S000", "N001", "1".into())]);
        let mut all = [surplus("B", 1), surplus("A", 1), surplus("C", 1)];
        let wants = [need("N2", 1), need("N1", 1)];
        let first = plan(&all, &wants, |_, _| Some(3)).unwrap();
        all.rotate_left(1);
        assert_eq!(plan(&all, &wants, |_, _| Some(3)).unwrap(), first);
        assert_eq!(moves(&first).iter().map(|(out, _, _)| *out).collect::<Vec<_>>(), ["A", "B"]);
    }

    #[test]
    fn pools_stay_apart_pieces_stay_whole_and_a_line_does_not_feed_itself() {
        let mut other = surplus("A", 9);
        other.pool = "bought/88073000/035".to_owned();
        let mut broken = surplus("B", 2);
        broken.quantity = "2.7".parse().unwrap();
        let told =
            plan(&[other.clone(), broken], &[need("N", 5), need("B", 1)], |_, _| Some(1)).unwrap();
        assert_eq!(moves(&told), [("B", "N", "2".into())]);
        assert_eq!(told.unmet.len(), 2);
        // By weight, parts of a unit move.
        let weighed = Surplus { pieces: false, quantity: "0.12345".parse().unwrap(), ..other };
        let wants = Need { pool: weighed.pool.clone(), ..need("N", 1) };
        let told = plan(&[weighed], &[wants], |_, _| Some(7)).unwrap();
        assert_eq!(told.moves[0].quantity.to_string(), "0.12345");
        assert_eq!((told.cost.to_string().as_str(), told.total()), ("0.86415", Ok(2)));
    }

    #[test]
    fn what_cannot_be_reckoned_is_refused() {
        let (all, wants) = ([surplus("A", 1)], [need("N", 1)]);
        let negative = PlanError::Negative { out_book: "A".into(), in_book: "N".into() };
        assert_eq!(plan(&all, &wants, |_, _| Some(-1)), Err(negative));
        assert_eq!(plan(&all, &wants, |_, _| Some(i64::MAX / 2)), Err(PlanError::Overflow));
        assert_eq!(plan(&[], &wants, |_, _| Some(1)).unwrap().unmet.len(), 1);
        assert_eq!(plan(&all, &[], |_, _| Some(1)).unwrap(), Plan::default());
        assert_eq!(plan(&all, &wants, |_, _| None).unwrap().moves, []);
    }

    #[test]
    fn what_ends_soon_is_offered_in_its_order() {
        let on = Date::constant(2026, 6, 1);
        let of = |book: &str, last: &str, pieces| Surplus {
            expires_on: Some(last.parse().unwrap()),
            ..surplus(book, pieces)
        };
        let all = [
            of("late", "2026-08-01", 1),
            of("b", "2026-07-31", 1),
            of("a", "2026-07-31", 1),
            of("today", "2026-06-01", 1),
            of("over", "2026-05-31", 1),
            of("empty", "2026-06-10", 0),
            surplus("open", 1),
        ];
        let found: Vec<&str> =
            expiring(&all, on, 60).iter().map(|one| one.book_no.as_str()).collect();
        assert_eq!(found, ["today", "a", "b"]);
    }

    /// The least cost of meeting as much as can be met, by trying every way to send one piece after another.
    fn brute(supply: &[i64], demand: &[i64], cost: &[&[i64]]) -> (i64, i64) {
        // (met, −cost), the greatest.
        fn best(s: usize, supply: &mut [i64], demand: &mut [i64], cost: &[&[i64]]) -> (i64, i64) {
            let Some(left) = supply.get(s).copied() else { return (0, 0) };
            let mut found = best(s + 1, supply, demand, cost);
            if left > 0 {
                for n in 0..demand.len() {
                    if demand[n] > 0 && cost[s][n] >= 0 {
                        (supply[s], demand[n]) = (supply[s] - 1, demand[n] - 1);
                        let (met, saved) = best(s, supply, demand, cost);
                        found = found.max((met + 1, saved - cost[s][n]));
                        (supply[s], demand[n]) = (supply[s] + 1, demand[n] + 1);
                    }
                }
            }
            found
        }
        let (met, saved) = best(0, &mut supply.to_vec(), &mut demand.to_vec(), cost);
        (met, -saved)
    }

    proptest! {
        #[test]
        fn no_way_of_moving_pieces_is_cheaper(
            supply in proptest::collection::vec(0_i64..3, 3), demand in proptest::collection::vec(0_i64..3, 3),
            cost in proptest::collection::vec(-1_i64..6, 9),
        ) {
            let rows: Vec<&[i64]> = cost.chunks(3).collect();
            let told = planned(&supply, &demand, &rows);
            let met: i128 = told.moves.iter().map(|one| one.quantity.to_places::<0>().unwrap().steps()).sum();
            let (expected_met, expected_cost) = brute(&supply, &demand, &rows);
            prop_assert_eq!((met, told.cost), (expected_met.into(), Qty::whole(expected_cost)));
        }
    }
}
