//! The five aggregates: what may be asked of each, and what it answers.

pub mod login;
pub mod mandate;
pub mod party;
pub mod reads;
pub mod session;
