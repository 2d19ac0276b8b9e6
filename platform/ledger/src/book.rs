//! Books of accounts: reserve, adjust, settle, release, restore; chains, queues, slices lent to other shards.

mod chart;
mod compose;
mod decide;
mod draft;
mod error;
mod event;
mod evolve;
mod hand;
pub(crate) mod http;
mod model;
mod pages;
pub(crate) mod policy;
pub mod projection;
pub mod queries;
mod rules;
mod slices;
mod state;
mod statement;

pub use chart::{BalanceChart, quantity};
pub use compose::{Overflow, carried, post, product};
pub use decide::BookCommand;
pub use error::{BookError, FieldName};
pub use event::{After, Arrival, BookEvent, Came, Line, Posted, Settlement, SliceNote};
pub use model::{
    ACCOUNTS_MAX, AccountName, AccountSpec, Act, Basis, BookKey, EARLY_MAX, ENTRIES_MAX, Entry,
    LINES_MAX, NotATransferId, Opening, Place, Posting, Queue, Rest, SliceTerms, Terms, TransferId,
    Unit,
};
pub use rules::{Asked, RiskRule, Rules, Verdict};
pub use state::{Account, Book, Figures, Hold};
pub use statement::{StatementRow, What, lines_of};
