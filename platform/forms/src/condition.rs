//! Conditions on answers: when a field is required, waived, or judged by a rule.

use crate::answers::{Answers, Attributes};
use elements::{Path, Value};
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What must hold of some answers, all of it; a path of a row speaks of the row that is judged.
///
/// An answer that is missing fulfils no test but `known: false`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Condition(BTreeMap<Path, Test>);

/// A test of one answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Test {
    /// It equals a value.
    Is(Value),
    /// It is given and differs from a value.
    IsNot(Value),
    /// It equals one of several values.
    In(Vec<Value>),
    /// It is a set that holds a code.
    Has(Value),
    /// It is a number, or money in fen, above a limit.
    Above(Decimal),
    /// It is given, or it is not.
    Known(bool),
}

impl Condition {
    /// The paths it speaks of.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.keys()
    }

    /// Whether it holds, outside any row.
    #[must_use]
    pub fn holds(&self, answers: &Answers) -> bool {
        self.holds_in(answers, &Row::default())
    }

    /// Whether it holds for one row.
    #[must_use]
    pub(crate) fn holds_in(&self, answers: &Answers, row: &Row<'_>) -> bool {
        self.0.iter().all(|(path, test)| {
            let value = match &path.subject {
                None => answers.plain.get(&path.attribute),
                Some(_) => row.get(path.attribute.as_str()),
            };
            test.holds(value)
        })
    }
}

impl Test {
    fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Known(known), value) => value.is_some() == *known,
            (_, None) => false,
            (Self::Is(want), Some(value)) => value == want,
            (Self::IsNot(want), Some(value)) => value != want,
            (Self::In(all), Some(value)) => all.contains(value),
            (Self::Has(code), Some(value)) => {
                value.as_list().is_some_and(|list| list.contains(code))
            }
            (Self::Above(limit), Some(value)) => {
                value.as_decimal().is_some_and(|number| number > *limit)
            }
        }
    }
}

/// The row a condition is judged in: the attributes of the row and, for a role, of the person's card.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row<'a> {
    pub(crate) own: Option<&'a Attributes>,
    pub(crate) card: Option<&'a Attributes>,
}

impl<'a> Row<'a> {
    /// The value of an attribute of the row, or else of the card.
    pub(crate) fn get(&self, attribute: &str) -> Option<&'a Value> {
        let of = |from: Option<&'a Attributes>| from.and_then(|all| all.get(attribute));
        of(self.own).or_else(|| of(self.card))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_tells_yes_no_and_missing() {
        let answers: Answers =
            serde_json::from_str(r#"{"plain":{"a":"x","n":1000000001,"s":["p","q"],"b":true}}"#)
                .unwrap();
        for (text, want) in [
            (r#"{"a":{"is":"x"}}"#, true),
            (r#"{"a":{"is":"y"}}"#, false),
            (r#"{"a":{"is_not":"y"}}"#, true),
            (r#"{"c":{"is_not":"y"}}"#, false),
            (r#"{"a":{"in":["y","x"]}}"#, true),
            (r#"{"s":{"has":"q"}}"#, true),
            (r#"{"s":{"has":"r"}}"#, false),
            (r#"{"n":{"above":1000000000}}"#, true),
            (r#"{"n":{"above":1000000001}}"#, false),
            (r#"{"c":{"known":false}}"#, true),
            (r#"{"a":{"is":"x"},"b":{"is":false}}"#, false),
            (r#"{}"#, true),
        ] {
            let condition: Condition = serde_json::from_str(text).unwrap();
            assert_eq!(condition.holds(&answers), want, "{text}");
        }
        assert!(serde_json::from_str::<Condition>(r#"{"a":{"equals":1}}"#).is_err());
    }
}
