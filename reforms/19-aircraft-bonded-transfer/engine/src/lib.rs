//! Pure computation of bonded goods (保税料件) in a group of aircraft makers: use, balances, transfers, plans, lists.
//!
//! **Invariant:** quantities are integers of a hundred-thousandth of their unit, unit consumption of a thousand-millionth; no
//! float, and an overflow is refused, never wrapped.
//! **Invariant:** one rounding, half up, on the named amount: what a line consumed in a period is rounded once, not once a
//! product.
//! **Invariant:** no rate and no threshold of law stands here: they come in as rows, each with its source.
//! **Invariant:** the same input gives the same plan, whatever the order of its lines.
//!
//! It holds no balance: what is in a book is for `ledger`. It decides no case: it names what customs looks at.
//!
//! Start with [`Qty`] and [`unit_use`], then [`theory`] and [`reconcile`]; [`explode`] walks bills of materials, [`refusals`] and
//! [`match_lists`] judge a transfer, [`plan`] finds the cheapest ones, [`Inv101`] is the message.

mod bom;
mod duty;
mod flow;
mod group;
mod inv101;
mod lists;
mod main_set;
mod plan;
mod qty;
mod reconcile;
mod theory;
mod transfer;
mod usage;

pub use bom::{BomErr, BomRow, BomSet, LineId, Ver, explode};
pub use duty::{Interest, Rates, Tax, interest, tax_of};
pub use group::{
    CreditGrade, GroupFacts, GroupFault, GroupRow, Level, MemberFacts, group_faults, level_in_force,
};
pub use inv101::{Inv101, InvHead, InvLine, MessageError, Receipt, Verdict};
pub use lists::{ListLine, ListMismatch, legal_quantity, match_lists};
pub use main_set::{MainSet, ValuedLine, main_set};
pub use plan::{Need, Plan, PlanError, PlannedMove, Surplus, Unmet, expiring, plan};
pub use qty::{Fixed, NotANumber, Overflow, Qty, UnitUse};
pub use reconcile::{
    Band, Book, BookLine, Count, Judgement, LineReport, Move, MoveKind, Place, ReconcileError,
    Report, Rules, reconcile,
};
pub use theory::{PeriodMoves, theory};
pub use transfer::{Paper, Processing, Proposal, Refusal, SerialState, Side, refusals};
pub use usage::{Consumed, UseErr, consumed, consumption, excess, unit_use};
