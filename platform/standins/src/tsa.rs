//! A time-stamp authority (时间戳服务机构替身), by HTTP as RFC 3161, 3.4 has it. Its answers are made by a real program,
//! `openssl ts -reply`, under a root that `openssl` made in a folder of its own.

use crate::switches::{Switches, bare, broken_off, wait};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// The policy under which it stamps where none is asked for.
pub const POLICY: &str = "1.3.6.1.4.1.57264.2";
/// The file of the certificate that it signs with.
const SIGNER: &str = "signer.pem";

/// What its key is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA of 2048 bits.
    Rsa,
    /// ECDSA on P-256.
    #[default]
    P256,
    /// ECDSA on P-384.
    P384,
}

impl KeyKind {
    fn words(self) -> [&'static str; 4] {
        match self {
            Self::Rsa => ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            Self::P256 => ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Self::P384 => ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        }
    }
}

/// How an authority is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Its name in certificates.
    pub name: String,
    /// Its keys.
    pub key: KeyKind,
    /// Which digest names the signer's certificate: `sha1` as in older tokens, or `sha256`.
    pub names_by: &'static str,
    /// What its certificate may be used for, as OpenSSL writes it.
    pub usage: &'static str,
    /// From when to when its certificate is valid, as `YYYYMMDDhhmmssZ`; for ten years from now where it is not said.
    pub valid: Option<(&'static str, &'static str)>,
    /// How many digits of a second its clock tells.
    pub digits: u8,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            name: "Lianban Test Authority".to_owned(),
            key: KeyKind::default(),
            names_by: "sha256",
            usage: "critical,timeStamping",
            valid: None,
            digits: 3,
        }
    }
}

/// A time-stamp authority; every clone is the same.
#[derive(Clone)]
pub struct TimeStamping {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    /// Where the folder is its own, and goes with it.
    _own: Option<TempDir>,
    root: String,
    signer: String,
    state: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    switches: Switches,
    requests: u64,
}

impl fmt::Debug for TimeStamping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimeStamping").field("folder", &self.inner.folder).finish_non_exhaustive()
    }
}

impl TimeStamping {
    /// An authority with a root and a signer of its own.
    ///
    /// # Errors
    /// `openssl` is not there, or fails.
    pub fn new(setup: &Setup) -> io::Result<Self> {
        let own = tempfile::Builder::new().prefix("lianban-tsa-").tempdir()?;
        make(setup, own.path())?;
        Self::open(own.path().to_owned(), Some(own))
    }

    /// An authority whose root, signer and serial numbers lie in a folder: made where they do not lie there yet, so that its
    /// stamps of yesterday lead to the root of today.
    ///
    /// # Errors
    /// `openssl` is not there, or fails.
    pub fn kept(setup: &Setup, folder: &Path) -> io::Result<Self> {
        if !folder.join(SIGNER).is_file() {
            std::fs::create_dir_all(folder)?;
            make(setup, folder)?;
        }
        Self::open(folder.to_owned(), None)
    }

    fn open(folder: PathBuf, own: Option<TempDir>) -> io::Result<Self> {
        let root = std::fs::read_to_string(folder.join("root.pem"))?;
        let signer = std::fs::read_to_string(folder.join(SIGNER))?;
        let state = Mutex::default();
        Ok(Self { inner: Arc::new(Inner { folder, _own: own, root, signer, state }) })
    }

    /// Its root, in PEM.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.inner.root
    }

    /// The certificate that it signs with, in PEM.
    #[must_use]
    pub fn signer_pem(&self) -> &str {
        &self.inner.signer
    }

    /// Its folder, with `root.pem` and `signer.pem`, for programs that look at what it made.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.inner.folder.clone()
    }

    /// Makes it misbehave, or behave again; of the switches, `slow_ms`, `silent`, `down`, `lose` and `wrong_signature` mean
    /// something here: by the last, one byte of its signature is another.
    pub fn switch(&self, switches: Switches) {
        self.state().switches = switches;
    }

    /// How many requests reached it.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.state().requests
    }

    /// Answers a query.
    ///
    /// # Errors
    /// `openssl` fails.
    pub fn reply(&self, query: &[u8]) -> io::Result<Vec<u8>> {
        // One at a time: the number of the next stamp lies in a file.
        let _alone = self.state();
        let at = self.inner.folder.as_path();
        std::fs::write(at.join("query.tsq"), query)?;
        let words = ["ts", "-reply", "-config", "openssl.cnf", "-section", "authority"];
        openssl(at, words.into_iter().chain(["-queryfile", "query.tsq", "-out", "reply.tsr"]))?;
        std::fs::read(at.join("reply.tsr"))
    }

    /// Has its root revoke the signer's certificate as of a time, `YYMMDDhhmmssZ`.
    ///
    /// # Errors
    /// Its list of certificates cannot be written.
    pub fn revoke_signer(&self, since: &str) -> io::Result<()> {
        // `openssl ca -revoke` knows only the present: a line is `V`, expiry, no revocation, serial, file, subject.
        let index = self.inner.folder.join("index.txt");
        let lines = std::fs::read_to_string(&index)?;
        let revoked = lines.lines().map(|line| {
            let mut fields: Vec<&str> = line.split('\t').collect();
            for (place, field) in [(0, "R"), (2, since)] {
                if let Some(old) = fields.get_mut(place) {
                    *old = field;
                }
            }
            fields.join("\t") + "\n"
        });
        std::fs::write(index, revoked.collect::<String>())
    }

    /// The list of what its root revoked, in PEM.
    ///
    /// # Errors
    /// `openssl` fails.
    pub fn revocations(&self) -> io::Result<Vec<u8>> {
        let at = self.inner.folder.as_path();
        openssl(at, ["ca", "-config", "openssl.cnf", "-gencrl", "-out", "root.crl"])?;
        std::fs::read(at.join("root.crl"))
    }

    /// Its one route.
    pub fn router(&self) -> Router {
        Router::new().route("/tsa", post(stamp)).with_state(self.clone())
    }

    /// Serves its route on a listener until the task is dropped.
    ///
    /// # Errors
    /// The listener fails.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> io::Result<()> {
        axum::serve(listener, self.router()).await
    }

    fn state(&self) -> MutexGuard<'_, Inside> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn stamp(
    State(authority): State<TimeStamping>,
    headers: HeaderMap,
    query: Bytes,
) -> Response {
    let switches = {
        let mut state = authority.state();
        state.requests += 1;
        state.switches
    };
    wait(switches).await;
    if switches.down {
        return bare(503);
    }
    if headers.get(CONTENT_TYPE).is_none_or(|kind| kind != "application/timestamp-query") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let made = tokio::task::spawn_blocking(move || authority.reply(&query)).await;
    let Ok(Ok(mut reply)) = made else { return bare(500) };
    if switches.lose {
        return broken_off();
    }
    if switches.wrong_signature
        && let Some(last) = reply.last_mut()
    {
        // The signature is what a token ends with.
        *last ^= 1;
    }
    ([(CONTENT_TYPE, "application/timestamp-reply")], reply).into_response()
}

/// Makes root, signer and what `openssl` needs beside them. The signer's certificate comes last: where it lies, all does.
fn make(setup: &Setup, at: &Path) -> io::Result<()> {
    std::fs::write(at.join("openssl.cnf"), config(setup))?;
    std::fs::write(at.join("serial"), "01\n")?;
    std::fs::write(at.join("crlnumber"), "01\n")?;
    std::fs::write(at.join("index.txt"), "")?;
    for key in ["root.key", "signer.key"] {
        let words = ["genpkey"].into_iter().chain(setup.key.words()).chain(["-out", key]);
        openssl(at, words)?;
    }
    let root = format!("/C=CN/O={}/CN={} Root", setup.name, setup.name);
    let words = ["req", "-x509", "-new", "-key", "root.key", "-sha256", "-days", "3660"];
    let more =
        ["-config", "openssl.cnf", "-extensions", "root", "-out", "root.pem", "-subj", &root];
    openssl(at, words.into_iter().chain(more))?;
    let signer = format!("/C=CN/O={}/CN={}", setup.name, setup.name);
    let words = ["req", "-new", "-key", "signer.key", "-sha256", "-config", "openssl.cnf"];
    openssl(at, words.into_iter().chain(["-out", "signer.csr", "-subj", &signer]))?;
    let words = ["ca", "-batch", "-config", "openssl.cnf", "-extensions", "signer", "-notext"];
    let mut words: Vec<&str> =
        words.into_iter().chain(["-in", "signer.csr", "-out", "signer.pem"]).collect();
    match setup.valid {
        Some((from, to)) => words.extend(["-startdate", from, "-enddate", to]),
        None => words.extend(["-days", "3650"]),
    }
    openssl(at, words)
}

/// Runs `openssl` in a folder.
fn openssl<'a>(at: &Path, words: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
    let mut command = Command::new("openssl");
    command.args(words.into_iter().map(OsStr::new)).current_dir(at).env("LC_ALL", "C");
    let done = command.stdin(Stdio::null()).output()?;
    if done.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&done.stderr).into_owned()))
}

fn config(setup: &Setup) -> String {
    format!(
        "\
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = {usage}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ca]
default_ca = root_ca
[root_ca]
dir = .
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = root.pem
private_key = root.key
default_md = sha256
default_crl_days = 30
policy = anyone
unique_subject = no
[anyone]
countryName = optional
organizationName = optional
commonName = supplied
[authority]
serial = tsaserial
signer_cert = signer.pem
signer_key = signer.key
signer_digest = sha256
default_policy = {POLICY}
other_policies = 1.2.3.4.5
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = {digits}
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = {names_by}
",
        usage = setup.usage,
        digits = setup.digits,
        names_by = setup.names_by,
    )
}
