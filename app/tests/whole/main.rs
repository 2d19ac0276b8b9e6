//! The built program as a whole: killed under load again and again, and through a full day of an office.
//!
//! A few rounds and a few cases for every run; `lianban bench kill --rounds 100` and `lianban bench day` do as many as one
//! likes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test may end the test"
)]

use serde_json::Value;
use std::process::Command;

/// What a bench tells, that must end well.
fn bench(name: &str, words: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_lianban"))
        .args(["bench", name, "--json"])
        .args(words)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {words:?}: {told} {why}");
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["held"], true, "{told}");
    told
}

fn survives(words: &[&str]) {
    let told = bench("kill", &[&["--clients", "8"], words].concat());
    assert!(told["commands_acknowledged"].as_u64().unwrap() > 0, "the load did nothing: {told}");
    assert!(told["rows_compared"].as_u64().unwrap() > 0, "{told}");
}

#[test]
fn kills_on_sqlite_lose_nothing_and_do_nothing_twice() {
    survives(&["--rounds", "5", "--seed", "28"]);
}

#[test]
fn kills_on_postgres_lose_nothing_and_do_nothing_twice() {
    let Some(server) = testbed::service("postgres") else { return };
    survives(&["--rounds", "2", "--seed", "28", "--database", server.url()]);
}

#[test]
fn s16_a_day_of_openings_ends_with_everything_granted_once_and_in_time() {
    let told = bench("day", &["--cases", "20", "--food", "3", "--without-letters"]);
    assert_eq!(told["cases"], 23);
    assert_eq!(told["tasks"], 20 * 9 + 3 * 10, "{told}");
    assert_eq!(told["outages"].as_array().unwrap().len(), 5, "{told}");
    assert!(told["deadlines_recomputed"].as_u64().unwrap() > 500, "{told}");
}

#[test]
fn s16_every_paper_is_served_and_every_system_told_once() {
    // Of the days of seeds, one on which an enterprise is established while its bank is out.
    let told = bench("day", &["--cases", "3", "--food", "1", "--seed", "7"]);
    let signed = 4 * 2 + 1;
    assert_eq!(told["papers_signed"], signed, "business licences, summaries, the food licence");
    // Eight notices of outcomes each, the notice that the food case is accepted, and one with each signed paper.
    assert_eq!(told["notices_served"], 4 * 8 + 1 + signed, "{told}");
    assert_eq!(told["messages"], 4 * 7 + 1, "six organs, the food organ, and the publication");
    let tried = told["message_attempts"].as_u64().unwrap();
    assert!(tried > 4 * 7 + 1, "the bank was told again when it was back: {told}");
}
