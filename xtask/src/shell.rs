//! Running other programs.

use anyhow::{Context as _, Result, bail};
use std::process::Command;

/// Runs a program; its output goes where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("running {shown}"))?;
    if status.success() { Ok(()) } else { bail!("{shown} ended with {status}") }
}

/// Runs cargo in the root of the repository.
pub(crate) fn cargo(args: &[&str], env: &[(&str, String)]) -> Result<()> {
    let mut command = Command::new("cargo");
    command.current_dir(crate::root()).args(args);
    for (name, value) in env {
        command.env(name, value);
    }
    run(&mut command)
}

/// Whether a program is on the path.
pub(crate) fn has(program: &str) -> bool {
    std::env::split_paths(&path()).any(|folder| folder.join(program).is_file())
}

#[expect(clippy::disallowed_methods, reason = "a chore reads the environment of the desk")]
fn path() -> String {
    std::env::var("PATH").unwrap_or_default()
}
