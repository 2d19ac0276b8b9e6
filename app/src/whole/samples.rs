//! Every sample of every folder, played where the platform is put together; and samples that are wrong on purpose.

use crate::stage::Stages;
use bundles::samples::{Outcome, count, play};
use bundles::{Files, Origin, load};
use documents::{DocumentError, Template, Typesetter, Values};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

const SAMPLES: &str = "28-licence-one-window/samples/";

/// Prints values as they are: whether they fit the template is judged, only the type is not set.
struct Printer;

impl Typesetter for Printer {
    fn edition(&self) -> &str {
        "printer 1"
    }

    fn typeset(&self, template: &Template, values: &Values) -> Result<Vec<u8>, DocumentError> {
        let taken = template.take(values)?;
        Ok(format!("%PDF {}", serde_json::to_string(taken.values()).unwrap()).into_bytes())
    }
}

async fn played(files: &Files) -> BTreeMap<u8, Vec<Outcome>> {
    let bundles = load(files).unwrap();
    play(files, &bundles, &Stages::new(bundles.clone(), Arc::new(Printer))).await
}

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

#[tokio::test]
async fn every_sample_passes() {
    let outcomes = played(&Files::builtin()).await;
    assert!(outcomes.values().flatten().all(Outcome::passed), "\n{}", failures(&outcomes));
    let counts = count(&outcomes);
    let catalogue = load(&Files::builtin()).unwrap().catalogue;
    let offered = catalogue::reforms_json(&catalogue, &counts);
    for row in offered.iter().filter(|row| catalogue.runs(row.number)) {
        assert!(row.running && row.clauses_shown == row.clauses_total, "{row:?}");
    }
    // The home page says what can be applied for, `lianban reforms` what runs: a reform that opens runs.
    for row in catalogue::reforms_json(&catalogue, &counts) {
        assert_eq!(catalogue.runs(row.number), row.running, "{row:?}");
    }
}

/// What comes of one sample that says less or other than what happens, in a folder that has no others.
async fn failed(text: &str) -> String {
    let tried = format!("{SAMPLES}tried.yaml");
    let others = builtin::files().iter().filter(|(path, _)| {
        let of_folder = path.strip_prefix(SAMPLES);
        of_folder.is_none_or(|name| name.contains('/'))
    });
    let files = others
        .map(|(path, bytes)| (*path, Cow::Borrowed(*bytes)))
        .chain([(tried.as_str(), Cow::Owned(text.as_bytes().to_vec()))]);
    let outcomes = played(&Files::of(&Origin::Builtin, files)).await;
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

#[tokio::test]
async fn a_story_needs_no_case() {
    let step = |by: &str, statement: &str| {
        format!(
            "at: \"2026-02-12 15:20\", by: party/{by}, do: service-address.Confirm, key: anna, shard: \"000000\", with: {{party: anna, address: {{consented: [inbox]}}, statement: {statement}}}"
        )
    };
    let (own, other) = (step("anna", "one"), step("bella", "one"));
    let told = |when: String, then: &str| {
        format!("- {{name: x, given: {{place: \"440115\"}}, when: [{when}], then: [{then}]}}\n")
    };
    let confirmed =
        "{event: service-address.Confirmed, key: anna, with: {statement: one}, count: 1}";
    let refused = format!("{{{own}}}, {{{other}, fails: NOT_ENTITLED}}");
    assert_eq!(failed(&told(refused, confirmed)).await, "");
    let sealed = step("anna", "{under: x, sealed: {b: 1}}");
    let twice = "{event: service-address.Confirmed, count: 2}";
    assert_eq!(failed(&told(format!("{{{own}}}, {{{sealed}}}"), twice)).await, "");
    for (when, then, expected) in [
        (format!("{{{own}}}"), "{event: service-address.Confirmed, key: bella}", "did not happen"),
        (format!("{{{other}}}"), confirmed, "is refused: NOT_ENTITLED"),
        (format!("{{{own}, fails: EXPIRED}}"), confirmed, "must be refused for EXPIRED"),
        (format!("{{{own}}}"), "{table: licences_list, count: 1}", "there are 0"),
        (format!("{{{own}}}"), "{table: \"a b\", count: 1}", "letters, digits"),
        (format!("{{{own}}}"), "{case: running}", "expects an `event`"),
        (format!("{{{}}}", step("anna", "[]")), confirmed, "invalid type"),
    ] {
        let told = failed(&told(when, then)).await;
        assert!(told.contains(expected), "{expected}\nin {told}");
    }
    let called = failed("- {name: x, call: nobody.brings, table: [{with: 1, gives: 2}]}\n").await;
    assert!(called.contains("no module brought this function"), "{called}");
}
