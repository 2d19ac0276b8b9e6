//! Reads, checks and packs reform folders (资源包).
//!
//! **Invariant:** what is loaded resolves: no form, task, remedy, organ role, document or element is named that is not there.
//! **Invariant:** no tasks wait for each other in a circle, and the forms of every package merge without contradiction.
//! **Invariant:** a bundle's digest follows from its files and those of other folders that its definition draws on, and from
//! nothing else; a case is pinned to it, and what was kept under it gives the same definition again.
//! **Invariant:** a folder laid over a built-in one counts only if its `replaces:` says so.
//!
//! It gives each part to its owner (forms, documents, catalogue) and keeps no format of its own but the order of a folder.
//! It runs nothing.
//!
//! Start with [`Files`], then [`load`]; [`check`] is what `lianban check` prints, [`restore`] reads what was kept.

mod check;
mod complete;
mod definition;
mod fault;
mod files;
mod kept;
mod load;
mod located;
mod resolve;
pub mod samples;

pub use check::{Report, check, check_loaded};
pub use fault::{Fault, Referent, Wrong};
pub use files::{Files, Folder, Origin};
pub use kept::{KeptError, restore};
pub use load::{Bundle, Bundles, SourceText, load};
pub use located::At;
