//! Rules on the value of one element: the lattice of which services ask narrower parts.

use crate::checks::gb18030_len;
use crate::error::ValueFault;
use crate::kind::Kind;
use crate::list::CodeList;
use crate::pattern::Pattern;
use crate::value::Value;
use codes::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A rule (规则): every part that is given must hold; the empty rule accepts everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// The codes that are accepted; for a set, those its members may come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codes: Option<BTreeSet<String>>,
    /// The least number, or money in fen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Decimal>,
    /// The greatest number, or money in fen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Decimal>,
    /// The most digits after the point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<u32>,
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// The fewest characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_chars: Option<u32>,
    /// The most characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u32>,
    /// The most bytes in GB 18030.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_gb18030: Option<u32>,
    /// The fewest members of a set or list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u32>,
    /// The most members of a set or list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u32>,
    /// Patterns that a whole text must match, all of them.
    #[serde(rename = "re", with = "patterns", skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
}

/// One pattern is written as a text; several, which only an intersection has, as a list.
mod patterns {
    use super::Pattern;
    use serde::ser::SerializeSeq as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(all: &[Pattern], to: S) -> Result<S::Ok, S::Error> {
        if let [one] = all {
            return to.serialize_str(one.text());
        }
        let mut seq = to.serialize_seq(Some(all.len()))?;
        for pattern in all {
            seq.serialize_element(pattern)?;
        }
        seq.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Pattern>, D::Error> {
        Ok(vec![Pattern::deserialize(from)?])
    }
}

impl Rule {
    /// Whether it accepts everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether every part that is given speaks of values of a type; codes must stand in its list.
    ///
    /// # Errors
    /// The reason in words, naming the part.
    pub fn fits(&self, kind: &Kind, list: Option<&CodeList>) -> Result<(), String> {
        let coded = kind.list().is_some();
        let many = matches!(kind, Kind::Set(_) | Kind::List(_));
        let number = matches!(kind, Kind::Money | Kind::Number { .. });
        let text = matches!(kind, Kind::Text { .. });
        let parts = [
            ("codes", self.codes.is_some(), coded),
            ("min", self.min.is_some(), number),
            ("max", self.max.is_some(), number),
            ("scale", self.scale.is_some(), number),
            ("from", self.from.is_some(), matches!(kind, Kind::Date { .. })),
            ("until", self.until.is_some(), matches!(kind, Kind::Date { .. })),
            ("min_chars", self.min_chars.is_some(), text),
            ("max_chars", self.max_chars.is_some(), text),
            ("max_gb18030", self.max_gb18030.is_some(), text),
            ("min_items", self.min_items.is_some(), many),
            ("max_items", self.max_items.is_some(), many),
            ("re", !self.patterns.is_empty(), text),
        ];
        if let Some((part, ..)) = parts.iter().find(|(_, given, fits)| *given && !fits) {
            return Err(format!("`{part}` says nothing about the type `{kind}`"));
        }
        let unknown =
            self.codes.iter().flatten().find(|code| list.is_some_and(|list| !list.contains(code)));
        match unknown {
            Some(code) => Err(format!("the code `{code}` is not in its list")),
            None => Ok(()),
        }
    }

    /// What a canonical value breaks of the rule, in the order of its parts.
    #[must_use]
    pub fn faults(&self, value: &Value) -> Vec<ValueFault> {
        let mut faults = Vec::new();
        match value {
            Value::Text(text) => self.text_faults(text, &mut faults),
            Value::Int(int) => self.number_faults(Decimal::from(*int), &mut faults),
            Value::List(list) => self.list_faults(list, &mut faults),
            Value::Bool(_) | Value::Map(_) => {}
        }
        faults
    }

    fn text_faults(&self, text: &str, faults: &mut Vec<ValueFault>) {
        if let Some(codes) = &self.codes
            && !codes.contains(text)
        {
            faults.push(ValueFault::CodeNotAccepted { code: text.to_owned() });
        }
        if (self.min.is_some() || self.max.is_some() || self.scale.is_some())
            && let Ok(number) = Decimal::from_str_exact(text)
        {
            self.number_faults(number, faults);
        }
        if (self.from.is_some() || self.until.is_some())
            && let Ok(date) = text.parse::<Date>()
            && (self.from.is_some_and(|from| date < from)
                || self.until.is_some_and(|until| date > until))
        {
            faults.push(ValueFault::DateOutOfRange { from: self.from, until: self.until });
        }
        self.length_faults(text, faults);
        if self.patterns.iter().any(|pattern| !pattern.matches(text)) {
            faults.push(ValueFault::Format);
        }
    }

    fn length_faults(&self, text: &str, faults: &mut Vec<ValueFault>) {
        if self.min_chars.is_some() || self.max_chars.is_some() {
            let chars = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            if let Some(min) = self.min_chars.filter(|min| chars < *min) {
                faults.push(ValueFault::TooShort { min, chars });
            }
            if let Some(max) = self.max_chars.filter(|max| chars > *max) {
                faults.push(ValueFault::TooLong { max, chars });
            }
        }
        // A character takes at most twice its UTF-8 bytes in GB 18030: short texts need no encoding.
        if let Some(max) = self.max_gb18030
            && text.len() > usize::try_from(max / 2).unwrap_or(usize::MAX)
        {
            let bytes = u32::try_from(gb18030_len(text)).unwrap_or(u32::MAX);
            if bytes > max {
                faults.push(ValueFault::TooLongGb18030 { max, bytes });
            }
        }
    }

    fn number_faults(&self, number: Decimal, faults: &mut Vec<ValueFault>) {
        if self.min.is_some_and(|min| number < min) || self.max.is_some_and(|max| number > max) {
            faults.push(ValueFault::OutOfRange { min: self.min, max: self.max });
        }
        if let Some(scale) = self.scale
            && number.normalize().scale() > scale
        {
            faults.push(ValueFault::TooManyDecimals { scale });
        }
    }

    fn list_faults(&self, list: &[Value], faults: &mut Vec<ValueFault>) {
        if let Some(codes) = &self.codes {
            for code in list.iter().filter_map(Value::as_text) {
                if !codes.contains(code) {
                    faults.push(ValueFault::CodeNotAccepted { code: code.to_owned() });
                }
            }
        }
        let items = u32::try_from(list.len()).unwrap_or(u32::MAX);
        if self.min_items.is_some_and(|min| items < min)
            || self.max_items.is_some_and(|max| items > max)
        {
            faults.push(ValueFault::Items { min: self.min_items, max: self.max_items });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(yaml: &str) -> Rule {
        serde_json::from_str(yaml).unwrap()
    }

    #[test]
    fn each_part_of_a_rule_finds_its_fault() {
        for (text, value, want) in [
            (
                r#"{"codes":["a","b"]}"#,
                Value::from("c"),
                vec![ValueFault::CodeNotAccepted { code: "c".into() }],
            ),
            (r#"{"codes":["a"]}"#, Value::set(["a"]), vec![]),
            (
                r#"{"min":5,"max":12}"#,
                Value::Int(4),
                vec![ValueFault::OutOfRange { min: Some(5.into()), max: Some(12.into()) }],
            ),
            (
                r#"{"min":50}"#,
                Value::from("49.99"),
                vec![ValueFault::OutOfRange { min: Some(50.into()), max: None }],
            ),
            (r#"{"min":50}"#, Value::from("50.00"), vec![]),
            (r#"{"scale":1}"#, Value::from("1.50"), vec![]),
            (r#"{"scale":1}"#, Value::from("1.55"), vec![ValueFault::TooManyDecimals { scale: 1 }]),
            (
                r#"{"max_chars":2}"#,
                Value::from("青禾号"),
                vec![ValueFault::TooLong { max: 2, chars: 3 }],
            ),
            (
                r#"{"min_chars":2}"#,
                Value::from("青"),
                vec![ValueFault::TooShort { min: 2, chars: 1 }],
            ),
            (r#"{"max_gb18030":4}"#, Value::from("青禾"), vec![]),
            (
                r#"{"max_gb18030":4}"#,
                Value::from("青禾号"),
                vec![ValueFault::TooLongGb18030 { max: 4, bytes: 6 }],
            ),
            (r#"{"max_gb18030":5}"#, Value::from("𠮷a"), vec![]),
            (
                r#"{"max_gb18030":4}"#,
                Value::from("𠮷a"),
                vec![ValueFault::TooLongGb18030 { max: 4, bytes: 5 }],
            ),
            (r#"{"re":"^\\d{6}$"}"#, Value::from("51140"), vec![ValueFault::Format]),
            (
                r#"{"min_items":1}"#,
                Value::List(vec![]),
                vec![ValueFault::Items { min: Some(1), max: None }],
            ),
            (
                r#"{"from":"2026-01-01"}"#,
                Value::from("2025-12-31"),
                vec![ValueFault::DateOutOfRange {
                    from: Some(Date::constant(2026, 1, 1)),
                    until: None,
                }],
            ),
        ] {
            assert_eq!(rule(text).faults(&value), want, "{text} {value:?}");
        }
    }

    #[test]
    fn an_unknown_part_is_refused() {
        assert!(serde_json::from_str::<Rule>(r#"{"maximum":3}"#).is_err());
        assert!(serde_json::from_str::<Rule>(r#"{"re":"("}"#).is_err());
    }
}
