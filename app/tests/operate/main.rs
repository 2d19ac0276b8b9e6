//! What an operator does at night, with the built program: the first operator, a server, a backup while it runs, a restore.

#![expect(clippy::unwrap_used, reason = "a helper of a test may end the test")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const PASSWORD: &str = "first-operator-2026";

struct Desk {
    home: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lianban"));
        command.args(words).current_dir(self.home.path());
        command
    }

    /// Runs a command with something on its standard input.
    fn runs(&self, words: &[&str], typed: &str) -> Output {
        let mut child = self
            .command(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read has ended already.
        let _unread = child.stdin.take().unwrap().write_all(typed.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn does(&self, words: &[&str], typed: &str) -> String {
        let output = self.runs(words, typed);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        told
    }

    fn is_refused(&self, words: &[&str], typed: &str) -> String {
        let output = self.runs(words, typed);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

/// A server that ends with the test.
struct Server {
    process: Child,
    /// Where it serves.
    address: String,
}

impl Server {
    fn start(mut command: Command, log: &Path) -> Self {
        let log = fs::File::create(log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut heard = String::new();
        let mut told = BufReader::new(child.stdout.take().unwrap());
        while !heard.contains("lianban serves ") {
            assert!(told.read_line(&mut heard).unwrap() > 0, "the server ended: {heard}");
        }
        let address = heard.split("lianban serves ").nth(1).unwrap().trim().to_owned();
        Self { process: child, address }
    }

    /// What others on the machine see of it.
    fn words(&self) -> String {
        let words = fs::read(format!("/proc/{}/cmdline", self.process.id())).unwrap();
        String::from_utf8_lossy(&words).replace('\0', " ")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _status = self.process.wait();
    }
}

#[test]
fn an_installation_is_begun_served_backed_up_and_restored() {
    let desk = Desk::new();
    let add = |login: &'static str| {
        ["operator", "add", login, "--organ", "440000-coordinator", "--name", "彭运维"]
    };
    let told = desk.does(&add("peng"), PASSWORD);
    assert!(told.contains("`peng` is made"), "{told}");
    let list = desk.does(&["operator", "list"], "");
    assert_eq!(list, "440000-coordinator\toperator\tpeng\t彭运维\n");

    let mut serve = desk.command(&["serve", "--listen", "127.0.0.1:0"]);
    serve.args(["--mail", "smtps://notice@mail.example"]).env("LIANBAN_MAIL_PASSWORD", "geheim");
    let server = Server::start(serve, &desk.path("log"));
    assert!(!server.words().contains("geheim"), "{}", server.words());
    // While it runs, nobody else writes, and a backup is taken all the same.
    let told = desk.is_refused(&add("second"), PASSWORD);
    assert!(
        told.contains("data is in use: process") && told.contains("/identity/logins"),
        "{told}"
    );
    let told = desk.is_refused(&["projections", "rebuild"], "");
    assert!(told.contains("data is in use"), "{told}");
    // A server that runs takes a new key up; a key of the past would make what it signed meanwhile doubtful.
    desk.does(&["keys", "rotate", "exchange"], "");
    let told = desk.is_refused(&["keys", "rotate", "licences", "--at", "2020-01-01T00:00:00Z"], "");
    assert!(told.contains("of a retired key"), "{told}");
    let told = desk.does(&["backup", "night.tar"], "");
    assert!(told.contains("read back and whole"), "{told}");
    drop(server);
    assert!(!fs::read_to_string(desk.path("log")).unwrap().contains("geheim"));

    let told = desk.does(&["restore", "night.tar", "--data", "again"], "");
    assert!(told.contains("are what was backed up"), "{told}");
    let told = desk.is_refused(&["restore", "night.tar", "--data", "again"], "");
    assert!(told.contains("not empty"), "{told}");
    desk.does(&["projections", "rebuild", "--data", "again"], "");
    assert_eq!(desk.does(&["operator", "list", "--data", "again"], ""), list);
    let told = desk.does(&["journal", "verify", "--data", "again"], "");
    assert!(told.contains("are what was written"), "{told}");
    let before = desk.does(&["keys", "list", "--data", "again"], "");
    assert_eq!(before, desk.does(&["keys", "list"], ""), "the keys came with it");
    desk.does(&["keys", "rotate", "licences", "--data", "again"], "");
    let after = desk.does(&["keys", "list", "--data", "again"], "");
    assert_eq!(before.lines().count() + 1, after.lines().count(), "{after}");
    for purpose in ["licences", "exchange", "seals", "root", "log", "witness"] {
        assert!(before.contains(purpose), "{purpose} in {before}");
    }
    let told = desk.does(&["evidence", "verify", "--data", "again"], "");
    assert!(told.contains("agree with the journal"), "{told}");
    // The restored one takes the password of the first.
    let export = desk.does(&["journal", "export", "--data", "again"], "");
    assert!(export.contains("OfficerAttached") && !export.contains(PASSWORD));
}

#[test]
fn settings_stand_in_a_file_below_the_environment_and_the_command_line() {
    let desk = Desk::new();
    let settings = desk.path("lianban.toml");
    fs::write(&settings, "data = \"from-file\"\n").unwrap();
    let add = ["operator", "add", "peng", "--organ", "440000-coordinator", "--name", "彭"];
    let runs = |more: &[&str], variable: Option<&str>| {
        let mut command = desk.command(&["--config", "lianban.toml"]);
        command.args(add).args(more).stdin(Stdio::piped()).stdout(Stdio::null());
        if let Some(folder) = variable {
            command.env("LIANBAN_DATA", folder);
        }
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    };
    runs(&[], None);
    runs(&[], Some("from-environment"));
    runs(&["--data", "from-line"], Some("from-environment-too"));
    for (folder, is_there) in [
        ("from-file", true),
        ("from-environment", true),
        ("from-line", true),
        ("from-environment-too", false),
        ("data", false),
    ] {
        assert_eq!(desk.path(folder).is_dir(), is_there, "{folder}");
    }
    fs::write(&settings, "mail-password = \"geheim\"\n").unwrap();
    let told = desk.is_refused(&["--config", "lianban.toml", "operator", "list"], "");
    assert!(told.contains("is a secret") && !told.contains("geheim"), "{told}");
}

#[test]
fn shells_and_manuals_know_every_command() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish"] {
        let text = desk.does(&["completions", shell], "");
        assert!(text.contains("restore") && text.contains("public-url"), "{shell}");
    }
    assert!(desk.does(&["man"], "").contains(".SH NAME"));
    desk.does(&["man", "pages"], "");
    assert!(desk.path("pages/lianban-serve.1").is_file());
}

/// What a browser without scripts gets at an address.
fn seen(address: &str, path: &str) -> String {
    use std::io::Read as _;
    let host = address.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = Vec::new();
    stream.read_to_end(&mut text).unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn the_demonstration_plays_its_services_and_starts_again_with_what_it_had() {
    let desk = Desk::new();
    let start = |log: &str| {
        let mut serve = desk.command(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
        serve.args(["--metrics", "127.0.0.1:0"]).env("RUST_LOG", "error");
        Server::start(serve, &desk.path(log))
    };
    // Killed as soon as it serves: the party of its customs case has not read yet.
    drop(start("log-1"));
    let server = start("log-2");
    let told = desk.does(&["property", "check"], "");
    assert!(told.contains(" 0 differences") && !told.starts_with("0 "), "{told}");
    let json = desk.does(&["property", "check", "--json"], "");
    assert!(json.contains("\"differences\": []"), "{json}");
    let books = fs::read_to_string(desk.path("data/demo-cashier.json")).unwrap();
    assert!(books.contains("order_no"), "a bill was ordered at the gateway: {books}");
    for file in ["demo-case-files/in", "demo-partners.json", "keys/demo-faces.secret"] {
        assert!(desk.path("data").join(file).exists(), "{file}");
    }
    let site = server.address.clone();
    let order = books.split("\"order_no\":\"").nth(1).unwrap().split('"').next().unwrap();
    let page = seen(&site, &format!("/demo/cashier/pay/{order}"));
    assert!(page.contains("一分钟后回告") && page.contains("¥"), "{page}");
    drop(server);
    let log = fs::read_to_string(desk.path("log-2")).unwrap();
    assert!(!log.contains("ERROR"), "{log}");
}
