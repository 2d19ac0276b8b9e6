//! The built program, serving its demonstration from a temporary folder on a free port.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// A running server; it ends with the test.
pub(crate) struct House {
    process: Child,
    _told: BufReader<ChildStdout>,
    _folder: TempDir,
    /// Where it serves, such as `http://127.0.0.1:41234`.
    pub(crate) address: String,
}

impl House {
    /// Starts it and waits until it serves.
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Officers decide every task by hand: no bank answers before hers does.
        let partners = folder.path().join("partners.json");
        std::fs::write(&partners, "[]").unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_lianban"))
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path())
            .arg("--partners")
            .arg(&partners)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(process.stdout.take().unwrap());
        let address = after(&mut told, "lianban serves ");
        Self { process, _told: told, _folder: folder, address }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _status = self.process.wait();
    }
}

/// What stands after some words in the first line of a program that has them.
pub(crate) fn after(told: &mut impl BufRead, words: &str) -> String {
    let mut heard = String::new();
    loop {
        let start = heard.len();
        let more = told.read_line(&mut heard).unwrap();
        assert!(more > 0, "the program ended after it said: {heard}");
        if let Some((_, rest)) = heard[start..].split_once(words) {
            return rest.trim().trim_end_matches('.').to_owned();
        }
    }
}
