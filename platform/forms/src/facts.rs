//! Facts for rules: the answers as one flat map, so that decision tables can ask by name.

use crate::answers::Answers;
use elements::Value;
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
        let rows: Vec<BTreeMap<String, Value>> = holders
            .as_slice()
            .iter()
            .map(|pointer| {
                let card = answers.card_of(pointer).into_iter().flatten();
                card.chain(&pointer.attributes)
                    .map(|(key, value)| (key.to_string(), value.clone()))
                    .collect()
            })
            .collect();
        match holders {
            crate::answers::Holders::One(_) => {
                let own = rows.into_iter().flatten();
                all.extend(own.map(|(key, value)| (format!("{role}.{key}"), value)));
            }
            crate::answers::Holders::Many(_) => columns(role.as_str(), &rows, &mut all),
        }
    }
    for (kind, rows) in &answers.rows {
        let rows: Vec<BTreeMap<String, Value>> = rows
            .iter()
            .map(|row| row.iter().map(|(key, value)| (key.to_string(), value.clone())).collect())
            .collect();
        columns(kind.as_str(), &rows, &mut all);
    }
    all
}

fn columns(subject: &str, rows: &[BTreeMap<String, Value>], all: &mut BTreeMap<String, Value>) {
    all.insert(
        format!("{subject}.count"),
        Value::Int(i64::try_from(rows.len()).unwrap_or(i64::MAX)),
    );
    let Some(first) = rows.first() else { return };
    for key in first.keys() {
        let column: Option<Vec<Value>> = rows.iter().map(|row| row.get(key).cloned()).collect();
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
