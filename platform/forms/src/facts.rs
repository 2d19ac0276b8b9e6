//! Facts for rules: the answers as one flat map, so that decision tables can ask by name.

use crate::answers::{Answers, Holders, Pointer};
use elements::{Key, Value};
use std::collections::BTreeMap;

/// The answers as facts for rules.
///
/// A plain element stands under its key; an attribute of a single role under `role.attribute`, of its holder's card too; a
/// column of rows under `row[].attribute` as a list in the order of rows, where all rows have it; the number of rows under
/// `row.count`.
#[must_use]
pub fn facts(answers: &Answers) -> BTreeMap<String, Value> {
    let mut all: BTreeMap<String, Value> =
        answers.plain.iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
    for (role, holders) in &answers.roles {
        match holders {
            Holders::One(pointer) => {
                let own = of_holder(answers, pointer).into_iter();
                all.extend(own.map(|(key, value)| (format!("{role}.{key}"), value.clone())));
            }
            Holders::Many(pointers) => {
                let rows: Vec<_> =
                    pointers.iter().map(|pointer| of_holder(answers, pointer)).collect();
                columns(role, &rows, &mut all);
            }
        }
    }
    for (kind, rows) in &answers.rows {
        let rows: Vec<BTreeMap<&Key, &Value>> =
            rows.iter().map(|row| row.iter().collect()).collect();
        columns(kind, &rows, &mut all);
    }
    all
}

/// What is known of a holder: what stands on the card, and what the role adds.
fn of_holder<'a>(answers: &'a Answers, pointer: &'a Pointer) -> BTreeMap<&'a Key, &'a Value> {
    answers.card_of(pointer).into_iter().flatten().chain(&pointer.attributes).collect()
}

fn columns(subject: &Key, rows: &[BTreeMap<&Key, &Value>], all: &mut BTreeMap<String, Value>) {
    all.insert(
        format!("{subject}.count"),
        Value::Int(i64::try_from(rows.len()).unwrap_or(i64::MAX)),
    );
    let Some(first) = rows.first() else { return };
    for key in first.keys() {
        let column: Option<Vec<Value>> =
            rows.iter().map(|row| row.get(key).copied().cloned()).collect();
        if let Some(column) = column {
            all.insert(format!("{subject}[].{key}"), Value::List(column));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_find_answers_by_name() {
        let answers: Answers = serde_json::from_str(
            r#"{"plain":{"seats":40},"cards":{"p1":{"name":"陈"},"p2":{"name":"李","mobile":"1"}},
               "roles":{"agent":{"card":"p2","authority":"全程代办"},
                        "shareholder":[{"card":"p1","subscribed_amount":3},{"card":"p2","subscribed_amount":2}]},
               "rows":{"seal":[{"count":1}]}}"#,
        )
        .unwrap();
        let facts = facts(&answers);
        let json = serde_json::to_string(&facts).unwrap();
        assert_eq!(
            json,
            r#"{"agent.authority":"全程代办","agent.mobile":"1","agent.name":"李","seal.count":1,"seal[].count":[1],"seats":40,"shareholder.count":2,"shareholder[].name":["陈","李"],"shareholder[].subscribed_amount":[3,2]}"#
        );
    }
}
