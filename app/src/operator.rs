//! `lianban operator`: makes the first operator of an installation, and officers, where nobody can sign in yet to do it.
//!
//! ```text
//! SQLite      the server is stopped: this process writes the journal itself, under the lock of the data folder
//! PostgreSQL  a server that runs decides the command; otherwise this process takes the lease for a moment
//! ```
//! Nothing else happens meanwhile: no timer fires and no letter is carried.

use crate::assemble::{self, Assembly, Setup};
use crate::cli::{Where, complain, say};
use crate::hold::{self, Held};
use anyhow::{Context as _, Result, anyhow, bail};
use catalogue::Catalogue;
use clap::Subcommand;
use identity::model::{LoginKey, Post, Role};
use identity::{Provision, queries};
use kernel::OrganKey;
use module::{Clearance, Clock as _, SystemClock};
use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// What can be done about operators and officers.
#[derive(Debug, Subcommand)]
pub(crate) enum Operators {
    /// Makes a login with a post: the first operator, or an officer of an organ. The password is asked at the terminal, or
    /// is the first line of the standard input.
    Add(AddArgs),
    /// Gives a login another password, where the old one was forgotten, and unlocks it.
    Password(PasswordArgs),
    /// Lists who holds which post.
    List(ListArgs),
}

/// What `lianban operator add` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct AddArgs {
    /// The name to sign in with: 3 to 40 of a-z, 0-9, `.`, `_` and `-`.
    login: String,
    /// The organ by its key in the directory, PLACE-ROLE, such as `440100-market`.
    #[arg(long, value_name = "KEY")]
    organ: String,
    /// What the officer may do there.
    #[arg(long, value_name = "ROLE", default_value = "operator", value_parser = role)]
    role: Role,
    /// The name of the person, as colleagues and the record know her.
    #[arg(long, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    place: Where,
}

/// What `lianban operator password` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct PasswordArgs {
    /// The name of the login.
    login: String,
    #[command(flatten)]
    place: Where,
}

/// What `lianban operator list` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    place: Where,
}

fn role(word: &str) -> Result<Role, String> {
    let known = || Role::ALL.map(Role::key).join(", ");
    Role::of_key(word).ok_or_else(|| format!("the roles are {}", known()))
}

/// Runs `lianban operator`.
pub(crate) async fn run(what: Operators) -> Result<ExitCode> {
    match what {
        Operators::Add(args) => add(&args).await,
        Operators::Password(args) => give(&args).await,
        Operators::List(args) => list(&args).await,
    }
}

async fn add(args: &AddArgs) -> Result<ExitCode> {
    let login = LoginKey::of_name(&args.login).with_context(|| {
        format!(
            "`{}` is no name of a login: 3 to 40 of a-z, 0-9, `.`, `_`, `-`, not `oidc-…`",
            args.login
        )
    })?;
    if args.name.trim().is_empty() {
        bail!("the name of the person is missing");
    }
    let setup = Setup::at(&args.place)?;
    let bundles = assemble::load(setup.reforms.as_deref())?;
    let organ = organ(&bundles.catalogue, &args.organ)?;
    let _held = match setup.database {
        None => Some(
            hold::hold(&setup.data, "adds an operator")
                .map_err(|held| anyhow!("{held:#}; {ON_THE_PAGE}"))?,
        ),
        Some(_) => None,
    };
    let assembly =
        assemble::assemble_with(&setup, Arc::new(SystemClock), assemble::quiet()).await?;
    let added = added(&assembly, &login, (organ, args.role), args.name.trim(), password).await;
    assembly.engine.stop().await;
    say(&added?);
    Ok(ExitCode::SUCCESS)
}

/// The installation for a moment; on SQLite it is held, and `otherwise` says what to do while somebody else holds it.
async fn opened(setup: &Setup, otherwise: &str) -> Result<(Option<Held>, Assembly)> {
    let held = match setup.database {
        None => Some(
            hold::hold(&setup.data, "looks after logins")
                .map_err(|held| anyhow!("{held:#}; {otherwise}"))?,
        ),
        Some(_) => None,
    };
    let clock = Arc::new(SystemClock);
    Ok((held, assemble::assemble_with(setup, clock, assemble::quiet()).await?))
}

async fn give(args: &PasswordArgs) -> Result<ExitCode> {
    let login = LoginKey::of_name(&args.login)
        .with_context(|| format!("`{}` is no name of a login", args.login))?;
    let setup = Setup::at(&args.place)?;
    let (_held, assembly) = opened(&setup, "stop the server first").await?;
    let given = given(&assembly, &login, password).await;
    assembly.engine.stop().await;
    given?;
    say(&format!("the login `{login}` has another password and is unlocked"));
    Ok(ExitCode::SUCCESS)
}

/// Gives the login another password, if it is there.
async fn given(
    assembly: &Assembly,
    login: &LoginKey,
    ask: impl FnOnce() -> Result<String>,
) -> Result<()> {
    let known = queries::login(&*assembly.platform.reader, login).await.map_err(told)?;
    if known.is_none() {
        bail!("there is no login `{login}`");
    }
    let password = ask()?;
    let by = Clearance::system("operator-password");
    assembly.identity.give_password(&assembly.platform, by, login, &password).await.map_err(told)
}

/// What to do while the server runs.
const ON_THE_PAGE: &str = "stop the server first, or do it on its pages: the person registers at /sign-up or comes by the \
                           identity provider, then an operator gives the post at /identity/logins";

/// The organ of a key, as the directory calls it today.
fn organ(catalogue: &Catalogue, key: &str) -> Result<OrganKey> {
    let directory = catalogue.directory();
    let organ = OrganKey::new(key);
    match directory.organ(&organ, SystemClock.now().date()) {
        Ok(found) => Ok(found.key),
        Err(_unknown) => {
            let roles: Vec<&str> = directory.roles().map(|(key, _)| key).collect();
            bail!(
                "the directory has no organ `{key}`: write a division of six digits, `-` and one of {}",
                roles.join(", ")
            )
        }
    }
}

/// Makes the login, where there is none, and gives it the post; tells what was done.
async fn added(
    assembly: &Assembly,
    login: &LoginKey,
    (organ, role): (OrganKey, Role),
    name: &str,
    ask: impl FnOnce() -> Result<String>,
) -> Result<String> {
    let known = queries::login(&*assembly.platform.reader, login).await.map_err(told)?;
    let password = match known {
        None => ask()?,
        Some(_) => String::new(),
    };
    let done = match known {
        None => "is made",
        Some(_) => "was there, and keeps its password",
    };
    let post = Post { organ: organ.clone(), role };
    let provision = Provision {
        login: login.clone(),
        password,
        person: None,
        posts: vec![(post, name.to_owned())],
    };
    provided(assembly, provision).await?;
    Ok(format!("the login `{login}` {done}; {name} is {} of {organ}", role.key()))
}

/// How often a command is sent again while its shard changes hands between processes.
const TRIES: u32 = 5;
/// The pause before that.
const PAUSE: Duration = Duration::from_secs(1);

/// Provides the login; what was done already is not done again, so that it may be asked for once more.
async fn provided(assembly: &Assembly, provision: Provision) -> Result<()> {
    let mut tries = 1;
    loop {
        let by = Clearance::system("operator-add");
        let wanted = provision.clone();
        match assembly.identity.provision(&assembly.platform, by, wanted).await {
            Ok(_party) => return Ok(()),
            Err(failure) if failure.reason == "SHARD_DOWN" && tries < TRIES => {
                complain("the shard of logins is changing hands; once more");
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(failure) => return Err(told(failure)),
        }
    }
}

fn told(failure: impl Into<portal::Failure>) -> anyhow::Error {
    let failure = failure.into();
    anyhow!("{} {}: {}", failure.code, failure.reason, failure.label.en)
}

/// The password, asked twice without showing it; or the first line of the standard input, where that is no terminal.
fn password() -> Result<String> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("reading the password")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let ask =
        |question: &str| rpassword::prompt_password(question).context("asking for the password");
    let first = ask("Password: ")?;
    if ask("The same again: ")? != first {
        bail!("the two passwords differ; nothing was done");
    }
    Ok(first)
}

async fn list(args: &ListArgs) -> Result<ExitCode> {
    let kept = assemble::stores(&Setup::at(&args.place)?).await?;
    let query = tables::Query::new(
        "SELECT organ, role, login, name FROM identity_posts ORDER BY organ, role, login",
    );
    let rows = kept
        .tables
        .rows(query)
        .await
        .context("the installation has no read models yet: start it once")?;
    if rows.is_empty() {
        complain("nobody holds a post yet: lianban operator add");
    }
    for row in rows {
        let cell = |column: &str| row.get::<String>(column);
        say(&format!(
            "{}\t{}\t{}\t{}",
            cell("organ")?,
            cell("role")?,
            cell("login")?,
            cell("name")?
        ));
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
