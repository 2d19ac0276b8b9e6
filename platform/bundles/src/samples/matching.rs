//! Whether what is holds what a sample expects: objects by the keys that are named, everything else as a whole.

use kernel::Json;

/// Where and how something differs from what was expected; none if it fits.
///
/// An expected object may leave keys out; an expected null also fits what is not there.
pub(crate) fn difference(expected: &Json, found: &Json) -> Option<String> {
    at("", expected, found)
}

fn at(path: &str, expected: &Json, found: &Json) -> Option<String> {
    match (expected, found) {
        (Json::Object(wanted), Json::Object(members)) => wanted.iter().find_map(|(key, wanted)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            at(&path, wanted, members.get(key).unwrap_or(&Json::Null))
        }),
        (Json::Array(wanted), Json::Array(items)) if wanted.len() == items.len() => wanted
            .iter()
            .zip(items)
            .enumerate()
            .find_map(|(i, (wanted, item))| at(&format!("{path}[{i}]"), wanted, item)),
        _ if expected == found || same_text(expected, found) => None,
        _ => {
            let path = if path.is_empty() { String::new() } else { format!("`{path}` ") };
            Some(format!("{path}is {found}, expected {expected}"))
        }
    }
}

/// YAML reads `2026` as a number and `"2026"` as a text; what is printed alike is alike.
fn same_text(expected: &Json, found: &Json) -> bool {
    match (expected, found) {
        (Json::Number(number), Json::String(text)) | (Json::String(text), Json::Number(number)) => {
            number.to_string() == *text
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn named_keys_must_fit_and_others_may_be_there() {
        let found = json!({"task": "food", "due": {"on": "2026-03-04"}, "items": [{"a": 1, "b": 2}], "n": "7"});
        for expected in [
            json!({}),
            json!({"task": "food"}),
            json!({"due": {"on": "2026-03-04", "provisional": null}}),
            json!({"items": [{"b": 2}]}),
            json!({"n": 7}),
            json!({"missing": null}),
        ] {
            assert_eq!(difference(&expected, &found), None, "{expected}");
        }
        for (expected, told) in [
            (json!({"task": "reg"}), "`task` is \"food\", expected \"reg\""),
            (
                json!({"due": {"on": "2026-03-05"}}),
                "`due.on` is \"2026-03-04\", expected \"2026-03-05\"",
            ),
            (json!({"items": [{"b": 3}]}), "`items[0].b` is 2, expected 3"),
            (json!({"items": []}), "`items` is [{\"a\":1,\"b\":2}], expected []"),
            (json!({"missing": 1}), "`missing` is null, expected 1"),
        ] {
            assert_eq!(difference(&expected, &found).as_deref(), Some(told), "{expected}");
        }
    }
}
