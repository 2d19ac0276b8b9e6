//! `cargo xtask web`: installs what the lock file names where it changed, and builds `web/dist`.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// What `cargo xtask web` takes.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    /// Runs the tests of the scripts too.
    #[arg(long)]
    pub(crate) test: bool,
}

/// The copy of the lock file that `node_modules` was made from.
const STAMP: &str = "node_modules/.lianban-lock";

/// Builds `web/dist`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let web = folder();
    if is_stale(&web)? {
        npm(&web, ["ci", "--no-audit", "--no-fund"])?;
        fs::copy(web.join("package-lock.json"), web.join(STAMP))
            .context("noting what was installed")?;
    }
    npm(&web, ["run", "build"])?;
    if args.test {
        npm(&web, ["test"])?;
    }
    Ok(())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../web")
}

/// Whether `node_modules` is missing or was made from another lock file.
fn is_stale(web: &Path) -> Result<bool> {
    let wanted =
        fs::read(web.join("package-lock.json")).context("reading web/package-lock.json")?;
    match fs::read(web.join(STAMP)) {
        Ok(installed) => Ok(installed != wanted),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).context("reading what was installed"),
    }
}

fn npm<I: IntoIterator<Item: AsRef<OsStr>>>(web: &Path, args: I) -> Result<()> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = Command::new(program);
    command.current_dir(web).args(args);
    let shown = format!("{command:?}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!("{shown} ended with {status}; its own words are above"),
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "npm is not here. Install Node 20.19 or later (it brings npm), then run `cargo xtask web` again"
        ),
        Err(error) => Err(error).with_context(|| format!("running {shown}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_install_is_stale_without_a_stamp_and_with_another_lock() {
        let web = std::env::temp_dir().join(format!("lianban-xtask-web-{}", std::process::id()));
        fs::create_dir_all(web.join("node_modules")).unwrap();
        fs::write(web.join("package-lock.json"), "{}").unwrap();
        assert!(is_stale(&web).unwrap());
        fs::write(web.join(STAMP), "{}").unwrap();
        assert!(!is_stale(&web).unwrap());
        fs::write(web.join("package-lock.json"), "{ }").unwrap();
        assert!(is_stale(&web).unwrap());
        fs::remove_dir_all(web).unwrap();
    }
}
