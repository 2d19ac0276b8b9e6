//! Samples that are wrong on purpose, told with their place. What samples say is played in `app`, where a platform is put
//! together.

use crate::data::{Tree, told};
use bundles::load;
use bundles::samples::read;
use codes::Coded as _;

const FOLDER: &str = "28-licence-one-window";

/// A folder whose only samples are these.
fn with_samples(text: &str) -> Tree {
    let path = |name: &str| format!("{FOLDER}/samples/{name}.yaml");
    ["clocks", "counts", "outcomes", "publishing", "rules", "signing"]
        .iter()
        .fold(Tree::builtin(), |tree, name| tree.without(&path(name)))
        .put(&path("tried"), text)
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
