//! The samples of figures, on the folder's tables.

use crate::bed::start;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

#[derive(Deserialize)]
struct Sample {
    name: String,
    call: String,
    table: Vec<Figure>,
}

#[derive(Deserialize)]
struct Figure {
    with: Value,
    #[serde(default)]
    gives: Option<Value>,
    #[serde(default)]
    fails: Option<String>,
}

/// Whether what is expected stands in what was found: maps may hold more, lists may not.
fn stands(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => expected
            .iter()
            .all(|(key, value)| found.get(key).is_some_and(|found| stands(value, found))),
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len()
                && expected.iter().zip(found).all(|(one, other)| stands(one, other))
        }
        _ => expected == found,
    }
}

#[tokio::test]
async fn the_folder_gives_the_figures_of_the_proof() {
    let bed = start("2026-03-16").await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("folder/samples/figures.yaml");
    let text = std::fs::read_to_string(file).expect("readable");
    let samples: Vec<Sample> = serde_saphyr::from_str(&text).expect("samples");
    assert_eq!(samples.len(), 9);
    for sample in samples {
        for figure in &sample.table {
            let called = bed.call(&sample.call, &figure.with);
            let answer = called.unwrap_or_else(|| panic!("no call `{}`", sample.call));
            let answer = answer.unwrap_or_else(|why| panic!("{}: {why}", sample.name));
            match (answer, &figure.gives, &figure.fails) {
                (Ok(found), Some(gives), None) => {
                    assert!(
                        stands(gives, &found),
                        "{}: {} gives {found}",
                        sample.name,
                        figure.with
                    );
                }
                (Err(refusal), None, Some(fails)) => assert_eq!(refusal.reason, *fails),
                (answer, _, _) => panic!("{}: {} gives {answer:?}", sample.name, figure.with),
            }
        }
    }
}
