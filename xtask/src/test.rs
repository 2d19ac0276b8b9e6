//! `cargo xtask test`: brings what the tests need, runs every test, and says what was left out.

use crate::{shell, web};
use anyhow::{Context as _, Result};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// What `cargo xtask test` takes.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    /// Runs the checks of continuous integration too: format, lints, documentation, dependencies.
    #[arg(long)]
    pub(crate) ci: bool,
}

/// Debian packages that tests use, with the program by which each is known to be there.
const PACKAGES: [(&str, &str, &str); 8] = [
    ("chromium", "/usr/bin/chromium", "the pages are tried in a real browser"),
    ("chromium-driver", "/usr/bin/chromedriver", "the pages are tried in a real browser"),
    ("fonts-noto-cjk", "/usr/share/fonts/opentype/noto", "screenshots need Chinese type"),
    ("libnss3-tools", "/usr/bin/certutil", "pdfsig is told whom to trust"),
    ("openssl", "/usr/bin/openssl", "time-stamps are made and checked by another program"),
    ("poppler-utils", "/usr/bin/pdftotext", "documents are read back"),
    ("postgresql", "/usr/lib/postgresql", "the PostgreSQL store is tried on a real server"),
    ("zbar-tools", "/usr/bin/zbarimg", "codes are read from rendered pages"),
];

/// Runs it.
pub(crate) fn run(args: &Args) -> Result<()> {
    let left_out = crate::root().join("target/left-out.txt");
    std::fs::create_dir_all(crate::root().join("target"))?;
    drop(std::fs::remove_file(&left_out));
    let mut steps = Steps::default();
    steps.run("packages", bring_packages)?;
    steps.run("python", bring_readers)?;
    steps.run("web", || web::run(&web::Args { test: true }))?;
    if args.ci {
        steps.run("fmt", || shell::cargo(&["fmt", "--all", "--check"], &[]))?;
        steps.run("clippy", || {
            shell::cargo(
                &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
                &[],
            )
        })?;
    }
    let env = [("LIANBAN_LEFT_OUT", left_out.display().to_string())];
    steps.run("tests", || all_tests(args, &env))?;
    steps.run("doctests", || {
        shell::cargo(&["test", "--workspace", "--doc", "--locked", "--quiet"], &[])
    })?;
    steps.run("lianban check", || {
        shell::run(Command::new(crate::root().join("target/debug/lianban")).arg("check"))
    })?;
    if args.ci {
        steps.run("dependencies", dependencies)?;
    }
    steps.print();
    report(&left_out)
}

fn all_tests(args: &Args, env: &[(&str, String)]) -> Result<()> {
    if shell::has("cargo-nextest") {
        let mut line = vec!["nextest", "run", "--workspace", "--locked"];
        if args.ci {
            line.extend(["--profile", "ci"]);
        }
        shell::cargo(&line, env)
    } else {
        println!("cargo-nextest is not here; `cargo test` runs the same tests, more slowly");
        shell::cargo(&["test", "--workspace", "--all-targets", "--locked"], env)
    }
}

/// Installs what is missing where this may be done, says what is missing where not.
fn bring_packages() -> Result<()> {
    let missing: Vec<&(&str, &str, &str)> =
        PACKAGES.iter().filter(|(_, path, _)| !Path::new(path).exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    if root && shell::has("apt-get") {
        shell::run(Command::new("apt-get").args(["update", "-qq"]))?;
        let names = missing.iter().map(|(name, _, _)| *name);
        shell::run(
            Command::new("apt-get")
                .env("DEBIAN_FRONTEND", "noninteractive")
                .args(["install", "-y", "-qq", "--no-install-recommends"])
                .args(names),
        )?;
        return Ok(());
    }
    for (name, path, why) in missing {
        println!(
            "missing: Debian package `{name}` ({path}): {why}. Tests that need it are left out."
        );
    }
    Ok(())
}

/// A virtual environment with the readers of others that `xtask/python.txt` names; made anew when the list changes.
fn bring_readers() -> Result<()> {
    let wanted = crate::root().join("xtask/python.txt");
    let (folder, python) =
        (crate::root().join("target/venv"), crate::root().join("target/venv/bin/python"));
    let (list, have) = (std::fs::read_to_string(&wanted)?, folder.join("has.txt"));
    if std::fs::read_to_string(&have).is_ok_and(|had| had == list) {
        return Ok(());
    }
    let made = shell::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))
        .and_then(|()| {
            let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
            let pip = pip.into_iter().chain(["--ignore-requires-python", "-r"]);
            shell::run(Command::new(&python).args(pip).arg(&wanted))
        });
    match made {
        Ok(()) => Ok(std::fs::write(have, list)?),
        Err(why) => {
            println!("missing: readers in Python ({why:#}). Tests that need them are left out.");
            Ok(())
        }
    }
}

/// Licences of all dependencies, and cargo-deny and cargo-machete where they are installed.
fn dependencies() -> Result<()> {
    crate::licences::check()?;
    for (program, args) in [
        ("cargo-deny", vec!["deny", "check", "bans", "licenses", "sources"]),
        ("cargo-machete", vec!["machete"]),
    ] {
        if shell::has(program) {
            shell::cargo(&args, &[])?;
        } else {
            println!("{program} is not installed; skipped");
        }
    }
    Ok(())
}

fn report(left_out: &Path) -> Result<()> {
    let Ok(text) = std::fs::read_to_string(left_out) else {
        println!("nothing was left out");
        return Ok(());
    };
    println!("left out, because something was missing:");
    for line in text.lines() {
        println!("  {line}");
    }
    Ok(())
}

#[derive(Default)]
struct Steps(Vec<(&'static str, u64)>);

impl Steps {
    #[expect(clippy::disallowed_methods, reason = "a chore tells how long it took")]
    fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("── {name}");
        let began = Instant::now();
        let outcome = step();
        self.0.push((name, began.elapsed().as_secs()));
        if outcome.is_err() {
            self.print();
        }
        outcome.with_context(|| format!("step `{name}` failed"))
    }

    fn print(&self) {
        println!("── seconds");
        for (name, seconds) in &self.0 {
            println!("{seconds:>6}  {name}");
        }
    }
}
