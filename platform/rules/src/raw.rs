//! The shape of a table as people write it.

use crate::table::HitPolicy;
use codes::{Date, Division};
use elements::Value;
use indexmap::IndexMap;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTable {
    pub(crate) id: Spanned<String>,
    #[serde(default)]
    pub(crate) zh: String,
    #[serde(default)]
    pub(crate) en: String,
    pub(crate) relevant_date: String,
    pub(crate) hit: HitPolicy,
    #[serde(default)]
    pub(crate) each: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) at: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) decides: Option<String>,
    #[serde(default)]
    pub(crate) facts: IndexMap<String, Spanned<RawFact>>,
    #[serde(default)]
    pub(crate) inputs: IndexMap<String, Spanned<RawInput>>,
    pub(crate) outputs: IndexMap<String, Spanned<String>>,
    pub(crate) rows: Vec<Spanned<RawRow>>,
}

/// A fact that no element holds, such as what a register answered.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFact {
    #[serde(default)]
    pub(crate) zh: String,
    #[serde(default)]
    pub(crate) en: String,
    #[serde(rename = "type")]
    pub(crate) kind: Spanned<String>,
    /// How it is asked for, where naming it is not enough.
    #[serde(default)]
    pub(crate) question: Option<RawLabel>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLabel {
    #[serde(default)]
    pub(crate) zh: String,
    #[serde(default)]
    pub(crate) en: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawInput {
    /// The fact that it is.
    #[serde(default)]
    pub(crate) fact: Option<Spanned<String>>,
    /// The type of what is derived.
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<Spanned<String>>,
    /// The facts that a formula sees, each under a name.
    #[serde(default, rename = "let")]
    pub(crate) names: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(crate) derive: Option<Spanned<String>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRow {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) when: BTreeMap<String, Spanned<RawCell>>,
    pub(crate) then: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    pub(crate) reason: Option<String>,
    #[serde(default)]
    pub(crate) zh: Option<String>,
    #[serde(default)]
    pub(crate) en: Option<String>,
    #[serde(default)]
    pub(crate) source: Option<String>,
    #[serde(default)]
    pub(crate) default: bool,
    #[serde(default)]
    pub(crate) from: Option<Date>,
    #[serde(default)]
    pub(crate) until: Option<Date>,
    #[serde(default)]
    pub(crate) known_from: Option<Date>,
    #[serde(default)]
    pub(crate) place: Option<Division>,
}

/// A cell: an expression, or a bare truth value or number.
pub(crate) struct RawCell(pub(crate) String);

impl<'de> Deserialize<'de> for RawCell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyCell)
    }
}

struct AnyCell;

impl Visitor<'_> for AnyCell {
    type Value = RawCell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a condition, yes or no, or a whole number (one with decimals stands in quotes)",
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RawCell, E> {
        Ok(RawCell(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<RawCell, E> {
        Ok(RawCell(yes.to_string()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<RawCell, E> {
        Ok(RawCell(number.to_string()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<RawCell, E> {
        Ok(RawCell(number.to_string()))
    }
}
