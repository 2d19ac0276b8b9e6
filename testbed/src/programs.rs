//! Programs of others that judge what this platform makes: `pdfsig`, `openssl`, readers in Python.
//!
//! ```text
//! let Some(pdfsig) = testbed::program("pdfsig") else { return };       // not installed: noted and left out
//! let Some(python) = testbed::python(&["sd_jwt"]) else { return };
//! ```
//! `cargo xtask test` brings them: Debian's packages, and `target/venv` with what `xtask/python.txt` names.

use crate::service::{leave_out, setting};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program by its name; `None` if it is not on the path, which is noted.
///
/// # Panics
/// With `LIANBAN_REQUIRE=1` if it is missing.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let path = setting("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|at| at.is_file());
    if found.is_none() {
        leave_out(name);
    }
    found
}

/// A Python that can import these modules: the one that `LIANBAN_PYTHON` names, else that of `target/venv`; `None` if
/// there is none, which is noted.
///
/// # Panics
/// With `LIANBAN_REQUIRE=1` if it is missing.
#[must_use]
pub fn python(modules: &[&str]) -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/venv/bin/python");
    let candidates = setting("LIANBAN_PYTHON").map(PathBuf::from).into_iter().chain([venv]);
    let script: String = modules.iter().map(|module| format!("import {module}\n")).collect();
    let found = candidates.into_iter().find(|python| {
        let mut command = Command::new(python);
        command
            .args(["-c", &script])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    });
    if found.is_none() {
        leave_out(&format!("Python with {}", modules.join(", ")));
    }
    found
}
