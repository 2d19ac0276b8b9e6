//! Pure computation of vehicle exports by finance lease (融资租赁+汽车出口): licences, rents, receipts.
//!
//! **Invariant:** no figure of law stands here: limits, terms and catalogues come in as rows in force on their day, each with
//! its source.
//! **Invariant:** money is whole minor units of one currency; every rounding is half up, once, on the named amount.
//! **Invariant:** the same rows, days and calendar give the same answer; nothing here reads a clock.
//!
//! It does not count what is left of a licence (`ledger` does), allots no number, and never refuses for a breach of a lessor's
//! limits: it tells.
//!
//! Start with [`need`] (is a licence needed), [`propose`] (how many, which kind), [`schedule`] (rents), then [`allocate`] (money
//! that came back); [`credits`] reads what banks send.

mod allocate;
mod camt;
mod deferred;
mod lease;
mod lessor;
mod money;
mod mt910;
mod need;
mod propose;
mod refund;
mod schedule;

pub use allocate::{
    Ageing, Allocation, Bucket, Collected, Match, OtherCurrency, Receipt, Tolerance,
};
pub use allocate::{ageing, allocate, collected};
pub use camt::{BankError, Credit, credits};
pub use deferred::{Deferred, DeferredRow, deferred};
pub use lease::{
    Finding, LeaseFacts, LeaseKind, LeaseRows, OperatingDoubt, TermRow, TitleAtEnd, check_lease,
};
pub use lessor::{Exposure, LessorFacts, Limit, LimitRow, Measure, Standing, measure};
pub use money::{Currency, Money, NotACurrency};
pub use mt910::credit_of_mt910;
pub use need::{Evidence, Goods, GoodsState, Need, NeedRow, need};
pub use propose::{
    IssuanceMode, Lot, Offer, Planned, Proposal, ProposeError, ProposeRows, Why, propose,
};
pub use refund::{RefundFacts, RefundRow, RefundTest, refund_tests};
pub use schedule::{LeaseTerms, RentPeriod, RentRow, TermError, Timing, Totals, schedule, totals};
