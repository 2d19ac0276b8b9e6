//! Canonical values: what answers, events and payloads hold.

use crate::money::Fen;
use codes::Date;
use rust_decimal::Decimal;
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeMap;
use std::fmt;

/// A canonical value (规范值).
///
/// Money is whole fen, a number without decimals an integer, one with decimals a text of exactly the declared scale
/// (`"120.50"`), a date `YYYY-MM-DD`, a month `YYYY-MM`, a set a sorted list of codes, a composite a map. What a value
/// means is said by its [`Element`](crate::Element), so that old events can be read without the dictionary they were
/// written under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number, or money in fen.
    Int(i64),
    /// A text, a code, a date, a month or a decimal.
    Text(String),
    /// A list; a set is sorted and without repetition.
    List(Vec<Value>),
    /// A composite by its parts.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// The text, where it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, where it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// The truth value, where it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(yes) => Some(*yes),
            _ => None,
        }
    }

    /// The money, where it is a whole number of fen.
    #[must_use]
    pub fn as_fen(&self) -> Option<Fen> {
        self.as_int().map(Fen)
    }

    /// The number, whole or with decimals.
    #[must_use]
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Int(int) => Some(Decimal::from(*int)),
            Self::Text(text) => Decimal::from_str_exact(text).ok(),
            _ => None,
        }
    }

    /// The date, where it is one.
    #[must_use]
    pub fn as_date(&self) -> Option<Date> {
        self.as_text().and_then(|text| text.parse().ok())
    }

    /// The members of a list or set.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The parts of a composite.
    #[must_use]
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Whether it says nothing: a text of blanks, a list or map without members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::List(list) => list.is_empty(),
            Self::Map(map) => map.is_empty(),
            Self::Bool(_) | Self::Int(_) => false,
        }
    }

    /// A set of codes: sorted, each once.
    pub fn set<T: Into<String>>(codes: impl IntoIterator<Item = T>) -> Self {
        let sorted: std::collections::BTreeSet<String> =
            codes.into_iter().map(Into::into).collect();
        Self::List(sorted.into_iter().map(Self::Text).collect())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<Fen> for Value {
    fn from(fen: Fen) -> Self {
        Self::Int(fen.0)
    }
}

impl From<Date> for Value {
    fn from(date: Date) -> Self {
        Self::Text(date.to_string())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(yes) => serializer.serialize_bool(*yes),
            Self::Int(int) => serializer.serialize_i64(*int),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.len()))?;
                for value in list {
                    seq.serialize_element(value)?;
                }
                seq.end()
            }
            Self::Map(parts) => {
                let mut map = serializer.serialize_map(Some(parts.len()))?;
                for (key, value) in parts {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Canonical)
    }
}

/// Reads a canonical value; floats and nulls are refused with the words that help.
struct Canonical;

impl<'de> de::Visitor<'de> for Canonical {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, a text, yes or no, a list or a map (a number with decimals stands in quotes)")
    }

    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Value, E> {
        Ok(Value::Bool(yes))
    }

    fn visit_i64<E: de::Error>(self, int: i64) -> Result<Value, E> {
        Ok(Value::Int(int))
    }

    fn visit_u64<E: de::Error>(self, int: u64) -> Result<Value, E> {
        i64::try_from(int).map(Value::Int).map_err(|_big| {
            E::custom(format!(
                "`{int}` is too large: write it in quotes if it is a number of a document"
            ))
        })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut parts = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            if parts.contains_key(&key) {
                return Err(de::Error::custom(format!("`{key}` stands twice")));
            }
            parts.insert(key, value);
        }
        Ok(Value::Map(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_survives_json() {
        let text = r#"{"a":true,"b":[1,"x"],"c":{"years":20},"d":"120.50"}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
    }

    #[test]
    fn floats_nulls_and_huge_numbers_are_refused() {
        for text in ["1.5", "null", "18446744073709551615", r#"{"a":1,"a":2}"#] {
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
        }
    }
}
