//! A server in a process of its own, on the clock of the bench: what pages are asked of, and what is started.

use super::clock::Moved;
use super::http;
use super::place::setup;
use crate::assemble::{self, Setup};
use crate::cli::say;
use crate::demo;
use anyhow::{Context as _, Result, bail};
use identity::model::LoginKey;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::Instant;

/// What `lianban bench serve` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data folder.
    #[arg(long)]
    data: PathBuf,
    /// The database.
    #[arg(long)]
    database: Option<String>,
    /// What the machine's clock showed when the installation began, in µs.
    #[arg(long)]
    began_us: i64,
}

/// What the server says before its address when it can be asked.
const SERVES: &str = "serves ";

/// Serves until it is killed.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let setup = Setup { demo: demo::logins(), ..setup(args.data, args.database) };
    let clock = Moved::since(args.began_us);
    let assembly = assemble::assemble(&setup, Arc::new(clock)).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    say(&format!("{SERVES}{}", listener.local_addr()?));
    let service = assembly.router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await?;
    Ok(ExitCode::SUCCESS)
}

/// A server that runs.
pub(crate) struct Served {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From the start of the process until it could be asked.
    pub(crate) start: Duration,
}

impl Served {
    /// Starts a server on an installation and waits until it can be asked.
    pub(crate) async fn start(setup: &Setup, began_us: i64) -> Result<Self> {
        let begun = Instant::now();
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", "serve", "--began-us", &began_us.to_string(), "--data"]);
        command.arg(&setup.data);
        if let Some(database) = &setup.database {
            command.args(["--database", database]);
        }
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let output = child.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some(address) = line.strip_prefix(SERVES) {
                return Ok(Self { child, address: address.parse()?, start: begun.elapsed() });
            }
        }
        bail!("the server ended: {}", child.wait().await?)
    }

    /// The memory that the process has in use, in MB.
    pub(crate) fn memory_mb(&self) -> Result<u64> {
        let id = self.child.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kb: u64 = line
            .and_then(|line| line.trim().split(' ').next()?.parse().ok())
            .context("the memory of a process is told by /proc")?;
        Ok(kb / 1_024)
    }

    /// Signs the applicant in; answers with the cookies.
    pub(crate) async fn sign_in(&self) -> Result<String> {
        let page = http::get(self.address, "/sign-in", "").await?;
        let token = page
            .body
            .split("name=\"_csrf\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_default();
        let logins = demo::logins();
        let login = logins.iter().find(|known| known.login == LoginKey::new(demo::APPLICANT));
        let password = login.map(|login| login.password.clone()).context("no applicant")?;
        let form = format!("login={}&password={password}&_csrf={token}", demo::APPLICANT);
        let cookies = page.cookies().join("; ");
        let reply = http::post(self.address, "/sign-in", &cookies, &form).await?;
        let cookies = reply.cookies().join("; ");
        if reply.status == 303 && cookies.contains("session=") {
            Ok(cookies)
        } else {
            bail!("nobody was signed in: {} {}", reply.status, reply.body)
        }
    }

    /// Ends the server.
    pub(crate) async fn stop(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}
