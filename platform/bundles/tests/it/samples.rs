//! Every sample of every folder, played on a whole platform; and samples that are wrong on purpose.

use crate::data::Tree;
use crate::stage::{Printer, Stages};
use bundles::samples::{Outcome, count, play};
use bundles::{Files, load};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The failures as a person reads them.
fn told(outcomes: &BTreeMap<u8, Vec<Outcome>>) -> String {
    let failed = outcomes.values().flatten().filter(|outcome| !outcome.passed());
    failed
        .map(|outcome| {
            let Outcome { name, file, at, failures, .. } = outcome;
            format!("{file}:{} {name}\n  {}\n", at.line, failures.join("\n  "))
        })
        .collect()
}

async fn played(files: &Files) -> BTreeMap<u8, Vec<Outcome>> {
    let bundles = load(files).unwrap();
    play(files, &bundles, &Stages::new(bundles.clone(), Arc::new(Printer))).await
}

#[tokio::test]
async fn every_sample_passes() {
    let outcomes = played(&Files::builtin()).await;
    assert!(outcomes.values().flatten().all(Outcome::passed), "\n{}", told(&outcomes));
    let counts = count(&outcomes);
    let reforms = load(&Files::builtin()).unwrap().catalogue;
    for row in catalogue::reforms_json(&reforms, &counts) {
        let shown = (row.clauses_shown, row.services > 0);
        assert_eq!(shown, (row.clauses_total * usize::from(shown.1), shown.1), "{}", row.slug);
    }
}
