//! Real servers for tests: started on a free port in a temporary folder, stopped and removed at the end.
//!
//! ```text
//! let Some(server) = testbed::service("postgres") else { return };   // not installed: noted and left out
//! PostgresJournal::connect(server.url()).await
//! ```
//! Missing programs are noted in the file that `LIANBAN_LEFT_OUT` names; with `LIANBAN_REQUIRE=1` the test fails.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Debian's folder of PostgreSQL's versions.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Programs without which there is no server.
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_ctl"];
/// How often another port is tried.
const TRIES: usize = 3;

/// A real server.
#[derive(Debug)]
pub struct Service {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    url: String,
    as_user: Option<(u32, u32)>,
}

/// A service by its name, such as `postgres`; `None` if it is not installed on this machine, which is noted.
///
/// # Panics
/// With `LIANBAN_REQUIRE=1` if it is missing; always if it is there and does not start.
#[must_use]
pub fn service(name: &str) -> Option<Service> {
    let programs = if name == "postgres" { postgres_programs() } else { None };
    let Some(programs) = programs else {
        leave_out(name);
        return None;
    };
    match Service::postgres(programs) {
        Ok(service) => Some(service),
        #[expect(
            clippy::panic,
            reason = "a test's server that is installed and does not start is a failed test"
        )]
        Err(error) => panic!("{name} does not start: {error}"),
    }
}

pub(crate) fn setting(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Notes that a test leaves something out because this machine lacks it: for tests that start their own programs.
///
/// # Panics
/// With `LIANBAN_REQUIRE=1`.
pub fn leave_out(name: &str) {
    #[expect(clippy::panic, reason = "where services are required, a missing one fails the test")]
    if setting("LIANBAN_REQUIRE").is_some_and(|value| value == "1") {
        panic!("{name} is not installed, and LIANBAN_REQUIRE=1 demands it");
    }
    #[expect(clippy::print_stderr, reason = "whoever runs the test is told what it left out")]
    {
        eprintln!("left out: {name} is not installed");
    }
    if let Some(list) = setting("LIANBAN_LEFT_OUT") {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let noted = std::fs::OpenOptions::new().append(true).create(true).open(list);
        let _unheard = noted.and_then(|mut list| writeln!(list, "{test}: {name} is not installed"));
    }
}

fn holds_programs(folder: &Path) -> bool {
    PROGRAMS.iter().all(|program| folder.join(program).is_file())
}

/// Where PostgreSQL's programs are: on the path, else where `LIANBAN_PG_BIN` says, else the newest of Debian's.
fn postgres_programs() -> Option<PathBuf> {
    let path = setting("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    places.extend(setting("LIANBAN_PG_BIN").map(PathBuf::from));
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    places.extend(versions.into_iter().rev().map(|(_version, folder)| folder));
    places.into_iter().find(|place| holds_programs(place))
}

/// The numbers of the user that the server runs as, where this process is root: PostgreSQL refuses root.
fn other_user() -> io::Result<Option<(u32, u32)>> {
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let numbers = |wanted: &str| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == wanted).then_some(())?;
            let (_password, user, group) = (fields.next()?, fields.next()?, fields.next()?);
            Some((user.parse().ok()?, group.parse().ok()?))
        })
    };
    let found = numbers("postgres").or_else(|| numbers("nobody"));
    found
        .map(Some)
        .ok_or_else(|| io::Error::other("neither user `postgres` nor user `nobody` is there"))
}

impl Service {
    fn postgres(programs: PathBuf) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("lianban-postgres-").tempdir()?;
        let as_user = other_user()?;
        if let Some((user, group)) = as_user {
            chown(folder.path(), Some(user), Some(group))?;
        }
        let mut service = Self { programs, folder, port: 0, url: String::new(), as_user };
        // Another order of texts than by bytes, as servers in production have, so that a missing COLLATE shows.
        let plain = ["-N", "-A", "trust", "-U", "lianban", "-E", "UTF8", "--no-locale", "-D"];
        let chinese = ["--locale-provider=icu", "--icu-locale=zh-Hans"];
        let data = service.data();
        let with_order = chinese.iter().chain(&plain).map(OsStr::new).chain([data.as_os_str()]);
        if service.run("initdb", with_order).is_err() {
            service.run("initdb", plain.iter().map(OsStr::new).chain([data.as_os_str()]))?;
        }
        let mut started = Ok(());
        for _try in 0..TRIES {
            // The port is free when asked for; should somebody else take it in between, another one is tried.
            service.port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            service.url = format!("postgres://lianban@127.0.0.1:{}/postgres", service.port);
            started = service.start();
            if started.is_ok() {
                break;
            }
        }
        started.map(|()| service)
    }

    /// Where to connect.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder of the server's programs, such as `pgbench` and `psql`.
    #[must_use]
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Starts the server again after [`Service::crash`], on the same port.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(&self) -> io::Result<()> {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=64 -c shared_buffers=64MB",
            self.port
        );
        let (data, log) = (self.data(), self.folder.path().join("log"));
        let words = ["start", "-w", "-s", "-o", options.as_str(), "-l"].map(OsStr::new);
        self.run(
            "pg_ctl",
            words.into_iter().chain([log.as_os_str(), OsStr::new("-D"), data.as_os_str()]),
        )
    }

    /// Ends the server at once, without tidying up, as a power cut would.
    ///
    /// # Errors
    /// It was not running.
    pub fn crash(&self) -> io::Result<()> {
        let data = self.data();
        let words = ["stop", "-w", "-s", "-m", "immediate", "-D"].map(OsStr::new);
        self.run("pg_ctl", words.into_iter().chain([data.as_os_str()]))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run<'a>(&self, program: &str, words: impl Iterator<Item = &'a OsStr>) -> io::Result<()> {
        let mut command = Command::new(self.programs.join(program));
        // The server outlives this command: it must not hold the test's own pipes open.
        command.args(words).current_dir(self.folder.path()).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((user, group)) = self.as_user {
            command.uid(user).gid(group);
        }
        let status = command.status()?;
        if status.success() {
            return Ok(());
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        Err(io::Error::other(format!("{program}: {status} {log}")))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Not running any more is what is wanted.
        let _stopped = self.crash();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What tells a test process that it is the child of the test below.
    const CHILD: &str = "LIANBAN_TEST_ASKS_FOR_NOTHING";

    /// Asks for a service that no machine has. Does nothing unless the test below asks for it.
    #[test]
    fn the_child_asks_for_a_missing_service() {
        if setting(CHILD).is_some() {
            assert!(service("no-such-service").is_none());
        }
    }

    #[test]
    fn a_missing_service_is_noted_and_fails_where_it_is_required() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("left-out");
        let child = |required: &str| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "service::tests::the_child_asks_for_a_missing_service"])
                .envs([(CHILD, "1"), ("LIANBAN_REQUIRE", required)])
                .env("LIANBAN_LEFT_OUT", &list)
                .output()
                .unwrap()
        };
        assert!(child("0").status.success());
        assert!(child("0").status.success());
        let noted = std::fs::read_to_string(&list).unwrap();
        let line = "service::tests::the_child_asks_for_a_missing_service: no-such-service is not installed";
        assert_eq!(noted.lines().collect::<Vec<_>>(), [line, line]);
        assert!(!child("1").status.success(), "required and missing");
    }

    #[test]
    fn a_server_starts_crashes_and_starts_again() {
        let Some(server) = service("postgres") else { return };
        let reachable = || std::net::TcpStream::connect(("127.0.0.1", server.port)).is_ok();
        assert!(reachable());
        server.crash().unwrap();
        assert!(!reachable());
        assert!(server.crash().is_err(), "it does not run");
        server.start().unwrap();
        assert!(reachable());
        let folder = server.folder.path().to_owned();
        drop(server);
        assert!(!folder.exists(), "nothing is left");
    }
}
