//! `lianban bench packages`: how fast evidence is packed and checked, and whether a second reader says the same.
//!
//! ```text
//! package  one of 50 documents: made, checked
//! stamps   one time-stamp checked here, and by `openssl ts -verify`, which is a process for each
//! reader   packages of one log, of which every twentieth was tampered with in one of ten ways: checked here and by a reader
//!          in Python that shares no code with this one (platform/evidence/tests/verify.py); every verdict is compared
//! ```

mod tamper;
mod town;

use super::figures::{Waits, ms, ratio};
use crate::cli::{complain, say};
use anyhow::{Context as _, Result, anyhow, bail};
use evidence::verify::verify_package;
use evidence::{Overall, Report, ts_request, ts_verify};
use module::Clock as _;
use seals::Digest;
use seals::x509::Certificate;
use serde_json::{Value, json};
use standins::tsa::{KeyKind, Setup, TimeStamping};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use tokio::time::Instant;
use town::Town;

/// The second reader.
const READER: &str = include_str!("../../../platform/evidence/tests/verify.py");
/// How many packages the second reader is given at once.
const BATCH: u64 = 200;
/// Of how many packages one was tampered with.
const TAMPERED_OF: u64 = 20;

/// What `lianban bench packages` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many documents the package has.
    #[arg(long, default_value_t = 50)]
    documents: u64,
    /// How large each of them is.
    #[arg(long, default_value_t = 100_000)]
    bytes: usize,
    /// How often it is made and checked.
    #[arg(long, default_value_t = 50)]
    rounds: u64,
    /// How many time-stamps are checked here; a tenth of them by `openssl`.
    #[arg(long, default_value_t = 500)]
    stamps: u64,
    /// How many packages both readers check.
    #[arg(long, default_value_t = 10_000)]
    samples: u64,
    /// A Python for the second reader; standard library alone.
    #[arg(long, value_name = "FILE", default_value = "python3")]
    python: String,
    /// Keeps the package and what its reader trusts in a folder, to be looked at: `lianban verify`, a browser.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Runs it.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let authorities = [
        TimeStamping::new(&Setup::default()).context("openssl makes the first authority")?,
        TimeStamping::new(&Setup {
            key: KeyKind::Rsa,
            name: "Second Authority".to_owned(),
            ..Setup::default()
        })
        .context("openssl makes the second authority")?,
    ];
    complain("one package");
    let package = package(args, &authorities)?;
    complain("time-stamps");
    let stamps = stamps(args, &authorities)?;
    complain("the second reader");
    let reader = reader(args, &authorities)?;
    let told = json!({
        "profile": super::profile(),
        "package": package,
        "stamps": stamps,
        "reader": reader,
    });
    say(&serde_json::to_string_pretty(&told)?);
    Ok(ExitCode::SUCCESS)
}

fn package(args: &Args, authorities: &[TimeStamping]) -> Result<Value> {
    let town = Town::new(authorities, 1, args.documents, args.bytes)?;
    let inputs = town.inputs(0)?;
    let trust = town.trust()?;
    let (mut made, mut checked, mut size) = (Waits::default(), Waits::default(), 0);
    for _ in 0..args.rounds {
        let begun = Instant::now();
        let package = town.package(&inputs)?;
        made.add(begun.elapsed());
        let begun = Instant::now();
        let report = verify_package(&package, &trust);
        checked.add(begun.elapsed());
        size = package.len();
        if report.overall() != Overall::AllHold {
            bail!("the package does not hold: {:?}", report.failed().collect::<Vec<_>>());
        }
    }
    if let Some(folder) = &args.keep {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("package.zip"), town.package(&inputs)?)?;
        std::fs::write(folder.join("trust.json"), serde_json::to_vec(&town.trust_file()?)?)?;
    }
    Ok(json!({
        "documents": args.documents, "bytes": size,
        "made_ms": {"p50": ms(made.permille(500)), "p99": ms(made.permille(990))},
        "checked_ms": {"p50": ms(checked.permille(500)), "p99": ms(checked.permille(990))},
    }))
}

fn stamps(args: &Args, authorities: &[TimeStamping]) -> Result<Value> {
    let digest = *Digest::sha256(b"a checkpoint").bytes();
    let mut told = Vec::new();
    for (authority, kind) in authorities.iter().zip(["P-256", "RSA-2048"]) {
        let tsr = authority.reply(&ts_request(&digest, 7))?;
        let roots = Certificate::from_pem(authority.root_pem())?;
        let now = module::SystemClock.now();
        let (mut ours, mut theirs) = (Waits::default(), Waits::default());
        for _ in 0..args.stamps {
            let begun = Instant::now();
            ts_verify(&tsr, &digest, &roots, now)?;
            ours.add(begun.elapsed());
        }
        let digest = seals::hex(&digest);
        for _ in 0..args.stamps.div_ceil(10) {
            let begun = Instant::now();
            let words =
                ["ts", "-verify", "-in", "reply.tsr", "-CAfile", "root.pem", "-digest", &digest];
            let done =
                Command::new("openssl").args(words).current_dir(authority.folder()).output()?;
            theirs.add(begun.elapsed());
            if !done.status.success() {
                bail!("openssl does not accept the stamp");
            }
        }
        let (ours, theirs) = (ours.permille(500), theirs.permille(500));
        let nanos = |wait: std::time::Duration| u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        told.push(json!({
            "key": kind, "ours_ms": ms(ours), "openssl_ms": ms(theirs),
            "ratio": ratio(nanos(theirs), nanos(ours)),
        }));
    }
    Ok(Value::Array(told))
}

fn reader(args: &Args, authorities: &[TimeStamping]) -> Result<Value> {
    let town = Town::new(authorities, args.samples, 2, 2_000)?;
    let trust = town.trust()?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("verify.py"), READER)?;
    std::fs::write(folder.path().join("trust.json"), serde_json::to_vec(&town.trust_file()?)?)?;
    let (mut ours, mut tampered, mut claims) = (Waits::default(), 0_u64, 0_u64);
    let begun = Instant::now();
    let mut first = 0;
    while first < args.samples {
        let count = BATCH.min(args.samples - first);
        let mut reports = Vec::new();
        for n in first..first + count {
            let mut package = town.package(&town.inputs(n)?)?;
            let is_tampered = n % TAMPERED_OF == TAMPERED_OF - 1;
            if is_tampered {
                let other = town.package(&town.inputs((n + 1) % args.samples)?)?;
                package = tamper::tampered(&town, n / TAMPERED_OF, &package, &other)?;
                tampered += 1;
            }
            let begun = Instant::now();
            let report = verify_package(&package, &trust);
            ours.add(begun.elapsed());
            if (report.overall() == Overall::AllHold) == is_tampered {
                bail!("package {n}: tampered {is_tampered}, and the claims say otherwise");
            }
            claims += report.claims.len() as u64;
            std::fs::write(folder.path().join(format!("{}.zip", n - first)), &package)?;
            reports.push(words(&report));
        }
        for (n, theirs) in asked(args, folder.path(), count)?.into_iter().enumerate() {
            if reports.get(n) != Some(&theirs) {
                bail!("package {}: the second reader says otherwise", first + n as u64);
            }
        }
        first += count;
    }
    Ok(json!({
        "samples": args.samples, "tampered": tampered, "claims": claims, "same": true,
        "ours_ms": {"p50": ms(ours.permille(500)), "p99": ms(ours.permille(990))},
        "took_s": begun.elapsed().as_secs(),
    }))
}

/// What each claim is called and how it stands.
type Words = BTreeMap<String, String>;

fn words(report: &Report) -> Words {
    let word = |claim: &evidence::Claim| (claim.id.clone(), claim.verdict.word().to_owned());
    report.claims.iter().map(word).collect()
}

/// What the second reader says of a batch.
fn asked(args: &Args, folder: &Path, count: u64) -> Result<Vec<Words>> {
    let names = (0..count).map(|n| format!("{n}.zip"));
    let done = Command::new(&args.python)
        .args(["verify.py", "trust.json"])
        .args(names)
        .current_dir(folder)
        .output()
        .with_context(|| format!("running {}", args.python))?;
    if !done.status.success() {
        return Err(anyhow!("{}", String::from_utf8_lossy(&done.stderr)));
    }
    let lines = String::from_utf8(done.stdout)?;
    let read: Vec<Words> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    if read.len() as u64 != count {
        bail!("the second reader told of {} packages, not {count}", read.len());
    }
    Ok(read)
}
