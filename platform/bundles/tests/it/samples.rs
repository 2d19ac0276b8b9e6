//! Every sample of every folder, played on a whole platform; and samples that are wrong on purpose.

use crate::data::{Tree, told};
use crate::stage::{Printer, Stages};
use bundles::samples::{Outcome, count, play, read};
use bundles::{Files, load};
use codes::Coded as _;
use std::collections::BTreeMap;
use std::sync::Arc;

const FOLDER: &str = "28-licence-one-window";

/// The failures as a person reads them.
fn failures(outcomes: &BTreeMap<u8, Vec<Outcome>>) -> String {
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
    assert!(outcomes.values().flatten().all(Outcome::passed), "\n{}", failures(&outcomes));
    let counts = count(&outcomes);
    let catalogue = load(&Files::builtin()).unwrap().catalogue;
    for row in catalogue::reforms_json(&catalogue, &counts).iter().filter(|row| row.services > 0) {
        assert!(row.running && row.clauses_shown == row.clauses_total, "{row:?}");
    }
    // The home page says what can be applied for, `lianban reforms` what runs: a reform that opens runs.
    for row in catalogue::reforms_json(&catalogue, &counts) {
        assert_eq!(catalogue.runs(row.number), row.running, "{row:?}");
    }
}

/// A folder whose only samples are these.
fn with_samples(text: &str) -> Tree {
    let path = |name: &str| format!("{FOLDER}/samples/{name}.yaml");
    ["clocks", "counts", "outcomes", "publishing", "rules", "signing"]
        .iter()
        .fold(Tree::builtin(), |tree, name| tree.without(&path(name)))
        .put(&path("tried"), text)
}

/// What comes of one sample that says less or other than what happens.
async fn failed(text: &str) -> String {
    let outcomes = played(&with_samples(text).files()).await;
    let outcomes = &outcomes[&28];
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    outcomes[0].failures.join("\n")
}

const GIVEN: &str =
    "given: {services: [setup], place: \"440115\", answers: samples/answers/qinghe.yaml}";

#[tokio::test]
async fn a_sample_that_says_otherwise_fails_and_tells_what_is() {
    let submit = "at: \"2026-02-12 15:20\", by: applicant, do: Submit";
    for (steps, expected) in [
        (
            format!("when: [{{{submit}}}], then: [{{task: reg, state: granted}}]"),
            "`state` is \"ready\", expected \"granted\"",
        ),
        (
            format!("when: [{{{submit}, then: [{{case: draft}}]}}]"),
            "`state` is \"running\", expected \"draft\"",
        ),
        (format!("when: [{{{submit}}}], then: [{{event: Established}}]"), "did not happen"),
        (
            format!("when: [{{{submit}}}], then: [{{event: TaskReady, count: 3}}]"),
            "happened 9 times",
        ),
        (
            format!("when: [{{{submit}}}], then: [{{task: reg, stat: granted}}]"),
            "there is no `stat` to compare",
        ),
        (
            format!("when: [{{{submit}, fails: NAME_NOT_RESERVED}}]"),
            "Submit must be refused for NAME_NOT_RESERVED, but: Submitted",
        ),
        (
            format!("when: [{{{submit}}}, {{{submit}, fails: STALE_VERSION}}]"),
            "must be refused for STALE_VERSION, but for: WRONG_STATE",
        ),
        (
            format!(
                "when: [{{{submit}}}, {{{submit}, fails: {{reason: WRONG_STATE, fields: {{found: draft}}}}}}]"
            ),
            "`found` is \"running\", expected \"draft\"",
        ),
        (
            format!(
                "when: [{{{submit}}}, {{at: \"2026-02-11 09:00\"}}], then: [{{case: running}}]"
            ),
            "not wound back",
        ),
        (
            "when: [{at: \"2026-02-12 15:20\", by: tax, task: tax, do: Acept}], then: [{case: running}]"
                .to_owned(),
            "unknown variant `Acept`",
        ),
    ] {
        let told = failed(&format!("- {{name: x, {GIVEN}, {steps}}}\n")).await;
        assert!(told.contains(expected), "{expected}\nin {told}");
    }
}

#[test]
fn a_faulty_sample_is_told_with_its_place() {
    for (text, expected) in [
        ("- {name: x}\n", "tried.yaml:1:1 SAMPLE"),
        ("- name: x\n  call: nothing\n  table: []\n", "tried.yaml:2:9 SAMPLE"),
        ("- name: x\n  call: uscc\n  table:\n  - {with: a}\n", "tried.yaml:4:5 SAMPLE"),
        (
            "- name: x\n  merge: {services: [setup], answers: none.yaml}\n  then: {}\n",
            "tried.yaml:2:39 SAMPLE",
        ),
        ("- name: x\n  shown: [C1]\n", "tried.yaml:2:3 UNREADABLE"),
    ] {
        let bundles = load(&with_samples(text).files()).unwrap();
        let faults = read(bundles.bundle(28).unwrap()).unwrap_err();
        assert_eq!(told(&faults), [expected], "{text}");
        assert!(faults[0].wrong.reason() == "UNREADABLE" || !faults[0].hint().zh.is_empty());
    }
}
