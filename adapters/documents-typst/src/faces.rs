//! From JSON to typst's own values.

use documents::{Kind, Template};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use typst::foundations::{Array, Dict, IntoValue as _, Str, Value};

/// The labels of a template by key, columns as `rows.column`.
pub(crate) fn labels(template: &Template) -> Json {
    let mut labels = Map::new();
    for (key, declared) in template.values() {
        labels.insert(key.clone(), json!({"zh": declared.label.zh, "en": declared.label.en}));
        if let Kind::Rows { columns } = &declared.kind {
            for (name, column) in columns {
                let label = json!({"zh": column.label.zh, "en": column.label.en});
                labels.insert(format!("{key}.{name}"), label);
            }
        }
    }
    Json::Object(labels)
}

/// The entries of a JSON object; anything else has none.
pub(crate) fn dict(json: &Json) -> Dict {
    json.as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (Str::from(key.as_str()), face(value)))
        .collect()
}

fn face(json: &Json) -> Value {
    match json {
        Json::Null => Value::None,
        Json::Bool(flag) => Value::Bool(*flag),
        // Documents hold whole numbers alone: what has decimals came as text.
        Json::Number(number) => number.as_i64().map_or(Value::None, Value::Int),
        Json::String(text) => text.as_str().into_value(),
        Json::Array(list) => Value::Array(list.iter().map(face).collect::<Array>()),
        Json::Object(_) => Value::Dict(dict(json)),
    }
}

/// Every character that is printed; pictures are none.
pub(crate) fn characters(json: &Json) -> BTreeSet<char> {
    match json {
        Json::String(text) => text.chars().collect(),
        Json::Array(list) => list.iter().flat_map(characters).collect(),
        Json::Object(map) => map
            .iter()
            .filter(|(key, _)| *key != "svg")
            .flat_map(|(_, value)| characters(value))
            .collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) => BTreeSet::new(),
    }
}
