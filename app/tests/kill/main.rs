//! The server is killed under load: nothing acknowledged is lost, nothing happens twice, rows follow from the journal.
//!
//! A few rounds for every run; `lianban bench kill --rounds 100` does as many as one likes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of a test may end the test"
)]

use std::process::Command;

fn survives(words: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_lianban"))
        .args(["bench", "kill", "--json", "--clients", "8"])
        .args(words)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {told} {why}");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["held"], true, "{told}");
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
