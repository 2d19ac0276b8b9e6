//! Decision tables (决策表) as data: law as rows that lawyers read, and an engine that explains what it decided.
//!
//! A [`Table`] has inputs (data elements, named facts, or a formula over them), outputs, a hit policy, and rows. Each row says
//! on what conditions it holds, what follows, on what ground, since when, until when, and where.
//!
//! **Invariant:** a fact that is not known is a third answer: the table says which fact it needs and never falls through to a harsher row.
//! **Invariant:** the same facts, date and place give the same decision on every machine: decimals are exact, no clock, no chance.
//! **Invariant:** every row names its law or says that it is a default; a table without that cannot be read.
//! **Invariant:** a cell looks at one input and nothing else, so that [`Table::check`] finds every overlap and gap by trying boundary values.
//!
//! It finds no facts (that is `forms::facts`), knows no case, and does not choose between two relevant dates of one act
//! (从旧兼从轻): whoever knows that rule asks twice. Scorecards are no tables of this kind.
//!
//! Start with [`Table::read`], then [`decide`].

mod cell;
mod check;
mod decide;
mod error;
mod point;
mod raw;
mod read;
mod table;
mod words;
mod wrong;

pub use cell::Unfit;
pub use check::{COMBINATIONS_MAX, Witness};
pub use decide::{Asked, Decision, Explanation, Ground, Hit, Need, decide};
pub use error::RuleError;
pub use table::{HitPolicy, Table};
pub use wrong::{TableFault, Wrong};

/// Facts by name, as `forms::facts` gives them, with named facts added by whoever knows them.
pub type Facts = std::collections::BTreeMap<String, elements::Value>;
