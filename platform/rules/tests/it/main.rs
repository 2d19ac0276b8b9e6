//! Tests of decision tables on the tables of reform 28 and on tables made to be faulty.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test may end the test"
)]

mod faults;
mod properties;
mod reform28;

use elements::{Dictionary, Value};
use rules::{Facts, Table};

/// A table of reform 28.
fn of_28(id: &str) -> Table {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/../../reforms/28-licence-one-window/rules/{id}.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    Table::read(&Dictionary::builtin().unwrap(), &format!("rules/{id}.yaml"), &text).unwrap_or_else(
        |faults| panic!("{}", faults.iter().map(ToString::to_string).collect::<String>()),
    )
}

/// Facts from JSON.
fn facts(json: &str) -> Facts {
    serde_json::from_str::<std::collections::BTreeMap<String, Value>>(json).unwrap()
}
