//! Spots: where in a set of answers a value stands, as pages name their inputs.

use crate::answers::CardId;
use elements::Key;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// The most rows of a group that a spot may name.
pub const ROWS_MAX: usize = 2_000;

/// Where a value stands in a set of answers; its text is the name of the input on a page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spot {
    /// `plain.trade_name`
    Plain(Key),
    /// `card.p1.name`
    Card(CardId, Key),
    /// The selector of a role: `role.agent`, or of one of its rows: `role.shareholder.0`.
    Role(Key, Option<usize>),
    /// An attribute of a role: `role.agent.authority`, `role.shareholder.0.subscribed_amount`.
    RoleAttribute(Key, Option<usize>, Key),
    /// `row.seal.0.kind`
    Row(Key, usize, Key),
    /// A whole group of rows: `group.shareholder`.
    Group(Key),
}

/// A text that is no spot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no place in a form")]
pub struct NotASpot(pub String);

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(key) => write!(f, "plain.{key}"),
            Self::Card(card, key) => write!(f, "card.{card}.{key}"),
            Self::Role(role, None) => write!(f, "role.{role}"),
            Self::Role(role, Some(row)) => write!(f, "role.{role}.{row}"),
            Self::RoleAttribute(role, None, key) => write!(f, "role.{role}.{key}"),
            Self::RoleAttribute(role, Some(row), key) => write!(f, "role.{role}.{row}.{key}"),
            Self::Row(kind, row, key) => write!(f, "row.{kind}.{row}.{key}"),
            Self::Group(key) => write!(f, "group.{key}"),
        }
    }
}

impl FromStr for Spot {
    type Err = NotASpot;

    fn from_str(text: &str) -> Result<Self, NotASpot> {
        let fault = || NotASpot(text.to_owned());
        let key = |part: &str| part.parse::<Key>().map_err(|_key| fault());
        let row = |part: &str| {
            let canonical = part == "0" || !part.starts_with('0');
            part.parse::<usize>().ok().filter(|row| canonical && *row < ROWS_MAX).ok_or_else(fault)
        };
        let parts: Vec<&str> = text.split('.').collect();
        match parts.as_slice() {
            ["plain", name] => Ok(Self::Plain(key(name)?)),
            ["card", card, name] => {
                Ok(Self::Card(card.parse().map_err(|_card| fault())?, key(name)?))
            }
            ["role", role] => Ok(Self::Role(key(role)?, None)),
            ["role", role, at] if at.starts_with(|c: char| c.is_ascii_digit()) => {
                Ok(Self::Role(key(role)?, Some(row(at)?)))
            }
            ["role", role, name] => Ok(Self::RoleAttribute(key(role)?, None, key(name)?)),
            ["role", role, at, name] => {
                Ok(Self::RoleAttribute(key(role)?, Some(row(at)?), key(name)?))
            }
            ["row", kind, at, name] => Ok(Self::Row(key(kind)?, row(at)?, key(name)?)),
            ["group", name] => Ok(Self::Group(key(name)?)),
            _ => Err(fault()),
        }
    }
}

impl Serialize for Spot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Spot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_prints_as_it_was_written() {
        for text in [
            "plain.trade_name",
            "card.p1.name",
            "role.agent",
            "role.shareholder.0",
            "role.agent.authority",
            "role.shareholder.12.subscribed_amount",
            "row.seal.0.kind",
            "group.shareholder",
        ] {
            assert_eq!(text.parse::<Spot>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "plain",
            "plain.a.b",
            "card.p1",
            "row.seal.kind",
            "row.seal.2000.kind",
            "role.shareholder.01",
            "card.<p>.name",
            "role.agent.-1",
            "plain.Trade",
        ] {
            assert!(text.parse::<Spot>().is_err(), "{text}");
        }
    }
}
