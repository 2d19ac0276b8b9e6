//! Where a bench works: a folder of its own, databases of its own, removed when it is done.

use crate::assemble::Setup;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use testbed::Service;

/// The word for a PostgreSQL server that the bench starts itself.
const OWN: &str = "own";

/// Where a bench puts its data, as every bench takes it.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Wanted {
    /// The folder, empty or new; a temporary one if absent.
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// `postgres://…` of a server in which databases may be made, or `own` for one that the bench starts itself;
    /// SQLite if absent.
    #[arg(long)]
    pub(crate) database: Option<String>,
}

/// A place to work.
pub(crate) struct Place {
    folder: PathBuf,
    _temporary: Option<tempfile::TempDir>,
    server: Option<Server>,
}

/// A PostgreSQL server.
pub(crate) struct Server {
    url: String,
    own: Option<Service>,
    made: std::sync::Mutex<Vec<String>>,
}

impl Place {
    /// Prepares what is wanted.
    pub(crate) fn new(wanted: &Wanted) -> Result<Self> {
        let (folder, temporary) = match &wanted.data {
            Some(folder) => (folder.clone(), None),
            None => {
                let made = tempfile::Builder::new().prefix("lianban-bench-").tempdir()?;
                (made.path().to_owned(), Some(made))
            }
        };
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        if std::fs::read_dir(&folder)?.next().is_some() {
            bail!("{} is not empty: a bench begins in an empty folder", folder.display());
        }
        let server = wanted.database.as_deref().map(Server::new).transpose()?;
        Ok(Self { folder, _temporary: temporary, server })
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its server, if it works on PostgreSQL.
    pub(crate) fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }

    /// The name of its store.
    pub(crate) fn store(&self) -> &'static str {
        if self.server.is_some() { "postgres" } else { "sqlite" }
    }

    /// An empty installation in a part of the place.
    pub(crate) fn setup(&self, part: &str) -> Result<Setup> {
        let database = self.server.as_ref().map(|server| server.database(part)).transpose()?;
        Ok(setup(self.folder.join(part), database))
    }
}

/// An installation in a folder and a database.
pub(crate) fn setup(data: PathBuf, database: Option<String>) -> Setup {
    Setup::new(data, database)
}

impl Server {
    /// A server by its address, or one of its own.
    pub(crate) fn new(wanted: &str) -> Result<Self> {
        if wanted != OWN {
            let made = std::sync::Mutex::default();
            return Ok(Self { url: wanted.to_owned(), own: None, made });
        }
        let own = testbed::service("postgres").context("PostgreSQL is not installed here")?;
        Ok(Self { url: own.url().to_owned(), own: Some(own), made: std::sync::Mutex::default() })
    }

    /// A server that the bench starts itself.
    pub(crate) fn own() -> Result<Self> {
        Self::new(OWN)
    }

    /// A program that comes with the server: beside it, or on the path.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        let beside = self.own.as_ref().map(|own| own.programs().join(name));
        beside.filter(|path| path.is_file()).unwrap_or_else(|| name.into())
    }

    /// Makes a database and tells its address.
    pub(crate) fn database(&self, part: &str) -> Result<String> {
        let mut number = [0; 4];
        getrandom::fill(&mut number)?;
        let name = format!("lianban_bench_{part}_{:08x}", u32::from_be_bytes(number));
        self.sql(&format!("CREATE DATABASE {name}"))?;
        let (server, _database) =
            self.url.rsplit_once('/').context("an address ends in /DATABASE")?;
        if let Ok(mut made) = self.made.lock() {
            made.push(name.clone());
        }
        Ok(format!("{server}/{name}"))
    }

    fn sql(&self, sql: &str) -> Result<()> {
        let program = self.program("psql");
        let output = Command::new(&program)
            .args(["-q", "-c", sql, self.url.as_str()])
            .output()
            .with_context(|| format!("starting {}", program.display()))?;
        if output.status.success() {
            return Ok(());
        }
        bail!("{sql}: {}", String::from_utf8_lossy(&output.stderr))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.own.is_some() {
            return;
        }
        for name in self.made.get_mut().map(std::mem::take).unwrap_or_default() {
            if let Err(error) = self.sql(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")) {
                crate::cli::complain(&format!("{name} stays behind: {error}"));
            }
        }
    }
}
