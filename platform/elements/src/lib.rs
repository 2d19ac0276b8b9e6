//! Data elements (数据元): what a form may ask, defined once, with labels, types, rules and code lists.
//!
//! A service names elements by [`Path`]; the [`Dictionary`] says what each of them is. What a person types becomes a
//! canonical [`Value`] through [`Element::read`], and goes back to a page through [`Element::show`].
//!
//! **Invariant:** one key, one meaning: a key stands once among the plain elements, once on the person card, once in its role or row.
//! **Invariant:** a canonical value holds integers, texts, truth values, lists and maps; no float ever enters one.
//! **Invariant:** texts are kept as typed (NFC); only codes, numbers, dates and identifiers are folded (NFKC) before they are read.
//!
//! It does not merge forms, hold answers, or know services: that is `forms`. It knows no law: that is `rules`.
//!
//! Start with [`Dictionary::builtin`], then [`Element`] and [`Kind`].

mod checks;
mod dictionary;
mod element;
mod error;
mod fold;
mod key;
mod kind;
mod list;
mod money;
mod pattern;
mod read;
mod rule;
mod show;
mod term;
mod value;
mod yaml;

pub use checks::gb18030_len;
pub use dictionary::{Dictionary, Resolved, Role, RowKind};
pub use element::{Authority, Element, PageCard, Sensitivity, Source};
pub use error::{DictionaryError, ValueFault};
pub use fold::{comparable, folded};
pub use key::{Key, NotAKey, NotAPath, Path, Subject};
pub use kind::{Format, Kind, Shape};
pub use list::CodeList;
pub use money::{Bp, Fen, Ppm, Share, ShareError};
pub use pattern::{Pattern, PatternError};
pub use rule::Rule;
pub use show::{date_text, money_text, money_wan_text};
pub use term::{FOREVER, LONG_TERM, Term};
pub use value::Value;
pub use yaml::{YamlError, from_yaml};
