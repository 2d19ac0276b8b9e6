//! `lianban operator`: makes the first operator of an installation, and officers, where nobody can sign in yet to do it.
//!
//! ```text
//! SQLite      the server is stopped: this process writes the journal itself, under the lock of the data folder
//! PostgreSQL  a server that runs decides the command; otherwise this process takes the lease for a moment
//! ```
//! Nothing else happens meanwhile: no timer fires and no letter is carried.

use crate::assemble::{self, Assembly, Setup};
use crate::cli::{Where, complain, say};
use crate::hold;
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

/// What can be done about operators and officers.
#[derive(Debug, Subcommand)]
pub(crate) enum Operators {
    /// Makes a login with a post: the first operator, or an officer of an organ. The password is asked at the terminal, or
    /// is the first line of the standard input.
    Add(AddArgs),
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
    let by = Clearance::system("operator-add");
    assembly.identity.provision(&assembly.platform, by, provision).await.map_err(told)?;
    Ok(format!("the login `{login}` {done}; {name} is {} of {organ}", role.key()))
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
