//! One process at a time writes an installation on SQLite: a lock on a file of the data folder, gone with the process.
//!
//! The journal fences a second writer anyway, but each would throw the other out again and again. With PostgreSQL leases do
//! this, and several processes work side by side.

use anyhow::{Context as _, Result, bail};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

/// The file in the data folder.
const FILE: &str = "lock";

/// The installation is this process's until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    _lock: File,
}

/// Holds an installation; `what` tells others what this process does with it.
pub(crate) fn hold(data: &Path, what: &str) -> Result<Held> {
    fs::create_dir_all(data).with_context(|| format!("making {}", data.display()))?;
    let path = data.join(FILE);
    let told = || format!("locking {}", path.display());
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .with_context(told)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).with_context(told)?;
            writeln!(file, "process {} {what}", std::process::id()).with_context(told)?;
            Ok(Held { _lock: file })
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let read = file.rewind().and_then(|()| file.read_to_string(&mut holder));
            let holder = if read.is_ok() { holder.trim() } else { "" };
            let holder = if holder.is_empty() { "another process has it" } else { holder };
            bail!("{} is in use: {holder}", data.display())
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_and_the_other_is_told_who() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        let held = hold(&data, "serves http://127.0.0.1:8080").unwrap();
        let error = hold(&data, "adds an operator").unwrap_err().to_string();
        let number = std::process::id();
        assert!(
            error.contains(&format!("process {number} serves http://127.0.0.1:8080")),
            "{error}"
        );
        drop(held);
        let _again = hold(&data, "adds an operator").unwrap();
    }
}
