//! The command line: what `lianban` can be told.

use crate::{
    backup, bench, certificates, check, config, evidence, journals, keys, operator, reforms,
    schema, secrets, serve, verify,
};
use anyhow::{Context as _, Result, bail};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::Shell;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Lianban (联办): a government's one-stop services.
#[derive(Debug, Parser)]
#[command(name = "lianban", version, about)]
pub(crate) struct Args {
    /// A TOML file of settings: each key is an option's long name. The environment overrides it, options override both.
    #[arg(long, global = true, value_name = "FILE", env = config::VARIABLE)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// Where data lie.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Where {
    /// The data folder.
    #[arg(long, value_name = "DIR", env = "LIANBAN_DATA", default_value = "data")]
    pub(crate) data: PathBuf,
    /// `postgres://user@host/name` for PostgreSQL; SQLite in the data folder if absent.
    #[arg(long, value_name = "URL", env = "LIANBAN_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// A file with the password of the database; `LIANBAN_DATABASE_PASSWORD` holds it if there is none.
    #[arg(
        long,
        value_name = "FILE",
        env = "LIANBAN_DATABASE_PASSWORD_FILE",
        requires = "database"
    )]
    database_password_file: Option<PathBuf>,
    /// A folder of a government's own reforms, laid over the built-in ones.
    #[arg(long, value_name = "DIR", env = "LIANBAN_REFORMS")]
    pub(crate) reforms: Option<PathBuf>,
}

impl Where {
    /// The address of the database with its password; none for SQLite.
    pub(crate) fn database(&self) -> Result<Option<String>> {
        let Some(url) = &self.database else { return Ok(None) };
        let file = self.database_password_file.as_deref();
        let password = secrets::find(file, "LIANBAN_DATABASE_PASSWORD")?;
        password.map_or_else(|| Ok(url.clone()), |password| with_password(url, &password)).map(Some)
    }
}

/// The address with a password behind its user.
fn with_password(url: &str, password: &str) -> Result<String> {
    let (scheme, rest) =
        url.split_once("://").context("a database is written postgres://user@host/name")?;
    let (user, place) = rest.split_once('@').context("the database's address names no user")?;
    if user.contains(':') {
        bail!("the database's address has a password already");
    }
    let password =
        percent_encoding::utf8_percent_encode(password, percent_encoding::NON_ALPHANUMERIC);
    Ok(format!("{scheme}://{user}:{password}@{place}"))
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the platform.
    Serve(Box<serve::Args>),
    /// Checks all reform folders; exits non-zero on any fault.
    Check {
        /// A folder of reforms, laid over the built-in ones.
        dir: Option<PathBuf>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Plays the samples of all reforms and tells which run.
    Reforms {
        /// Prints JSON.
        #[arg(long)]
        json: bool,
        /// A folder of reforms, laid over the built-in ones.
        #[arg(long)]
        reforms: Option<PathBuf>,
    },
    /// Makes operators and officers, where nobody can sign in yet.
    Operator {
        #[command(subcommand)]
        what: operator::Operators,
    },
    /// Copies an installation into a file while its server runs, and checks the copy.
    Backup(backup::Args),
    /// Makes an installation from a backup, after everything in it has been checked.
    Restore(backup::RestoreArgs),
    /// Prints what others build on: the interface, tables, events, rights.
    Schema(schema::Args),
    /// Looks after the keys that sign.
    Keys {
        #[command(subcommand)]
        what: keys::KeyActs,
    },
    /// Checks evidence and licences offline, claim by claim.
    Verify(verify::Args),
    /// Looks after the journal.
    Journal {
        #[command(subcommand)]
        what: journals::Journals,
    },
    /// Looks after the log of evidence.
    Evidence {
        #[command(subcommand)]
        what: evidence::Evidence,
    },
    /// Looks after certificates of real estate.
    Property {
        #[command(subcommand)]
        what: certificates::Property,
    },
    /// Looks after read models.
    Projections {
        #[command(subcommand)]
        what: journals::Projections,
    },
    /// Prints what makes a shell complete the command line.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the manual page, or writes one for each command into a folder.
    Man {
        /// The folder.
        dir: Option<PathBuf>,
    },
    /// Measures what the platform does on this machine.
    Bench {
        #[command(subcommand)]
        what: bench::Benches,
    },
}

/// Understands the command line, with the settings of a file under it.
pub(crate) fn parse() -> Result<Args> {
    let mut command = Args::command();
    if let Some(file) = config::named(std::env::args_os()).or_else(config::of_environment) {
        command = config::apply(command, &config::read(&file)?)
            .with_context(|| format!("the settings in {}", file.display()))?;
    }
    Ok(Args::from_arg_matches(&command.get_matches())?)
}

/// Runs what was asked.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async {
        match args.command {
            Command::Serve(args) => serve::run(*args).await,
            Command::Check { dir, json } => check::run(dir.as_deref(), json),
            Command::Reforms { json, reforms: dir } => reforms::run(dir.as_deref(), json).await,
            Command::Operator { what } => operator::run(what).await,
            Command::Completions { shell } => completions(shell),
            Command::Man { dir } => man(dir.as_deref()),
            Command::Backup(args) => backup::run(&args).await,
            Command::Restore(args) => backup::restore(&args).await,
            Command::Schema(args) => schema::run(&args).await,
            Command::Keys { what } => keys::run(&what),
            Command::Verify(args) => Ok(verify::run(&args)),
            Command::Journal { what } => journals::journal(what).await,
            Command::Evidence { what } => evidence::run(what).await,
            Command::Property { what } => certificates::run(what).await,
            Command::Projections { what } => journals::projections(what).await,
            Command::Bench { what } => bench::run(what).await,
        }
    })
}

fn completions(shell: Shell) -> Result<ExitCode> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "lianban", &mut text);
    pour(&text)
}

fn man(dir: Option<&Path>) -> Result<ExitCode> {
    match dir {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut page)?;
            pour(&page)
        }
        Some(dir) => {
            std::fs::create_dir_all(dir).with_context(|| format!("making {}", dir.display()))?;
            clap_mangen::generate_to(Args::command(), dir)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Prints a text as it is; whoever stops reading early has seen enough.
pub(crate) fn pour(text: &[u8]) -> Result<ExitCode> {
    match std::io::stdout().lock().write_all(text) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error).context("printing"),
    }
}

/// Prints a line for whoever called.
#[expect(clippy::print_stdout, reason = "this is the command line")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// Prints a line about something that went wrong, or about progress.
#[expect(clippy::print_stderr, reason = "this is the command line")]
pub(crate) fn complain(line: &str) {
    eprintln!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_page_and_every_shell_its_completions() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "lianban", &mut text);
            let text = String::from_utf8(text).unwrap();
            for word in ["serve", "backup", "restore", "operator", "public-url"] {
                assert!(text.contains(word), "{shell}: {word}");
            }
        }
        let dir = tempfile::tempdir().unwrap();
        man(Some(dir.path())).unwrap();
        for name in ["lianban", "lianban-serve", "lianban-operator-add", "lianban-journal-verify"] {
            let page = std::fs::read_to_string(dir.path().join(format!("{name}.1"))).unwrap();
            assert!(page.contains(".SH NAME"), "{name}");
        }
    }

    #[test]
    fn a_password_enters_the_address_of_the_database() {
        for (url, password, whole) in [
            (
                "postgres://lianban@db/lianban",
                "a b/c@d",
                Some("postgres://lianban:a%20b%2Fc%40d@db/lianban"),
            ),
            ("postgres://db/lianban", "x", None),
            ("postgres://lianban:y@db/lianban", "x", None),
            ("lianban", "x", None),
        ] {
            assert_eq!(with_password(url, password).ok().as_deref(), whole, "{url}");
        }
    }
}
