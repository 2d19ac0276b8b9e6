//! Checks a package, claim by claim.

mod contents;
mod history;
mod papers;

use super::{Flaw, Trust, judged};
use crate::Profile;
use crate::note::{Checkpoint, Note};
use crate::package::{Leaf, Manifest, archive};
use crate::report::{Claim, Report, Verdict};
use codes::Label;
use contents::Contents;
use seals::PublicKeySet;
use seals::x509::{Certificate, RevocationList};
use std::collections::BTreeMap;

/// A checkpoint of the package.
struct Root {
    file: String,
    note: Note,
    checkpoint: Checkpoint,
}

/// An event of the package.
struct Event {
    n: u64,
    bytes: Vec<u8>,
    leaf: Option<Leaf>,
    /// The size of the checkpoint under which it is proven, where its proof can be read.
    size: Option<u64>,
}

/// What is known while checking.
struct Checker<'a> {
    trust: &'a Trust,
    contents: Contents<'a>,
    manifest: Manifest,
    profile: Profile,
    keys: PublicKeySet,
    roots: Vec<Root>,
    events: Vec<Event>,
    /// Stamps that hold, by the size of their checkpoint.
    held: BTreeMap<u64, Vec<super::stamps::Held>>,
    claims: Vec<Claim>,
    report: Report,
}

/// Checks a package.
#[must_use]
pub fn verify_package(bytes: &[u8], trust: &Trust) -> Report {
    let mut report = Report::new("package", Label::new("证据包", "Evidence package"));
    let about = Label::new("压缩包保持原样", "archive is in its one spelling");
    let Some(read) = archive::read(bytes) else {
        let flaw = Flaw::ContainerChanged { at: 0 };
        report.claims.push(Claim::new("container", about, Verdict::Fail(flaw)));
        return report;
    };
    let differs = read.differs_at.and_then(|at| u64::try_from(at).ok());
    let whole = differs.map_or(Ok(()), |at| Err(Flaw::ContainerChanged { at }));
    let container = Claim::new("container", about, judged(whole));
    let contents = match Contents::new(&read.entries) {
        Ok(contents) => contents,
        Err(flaw) => {
            report.claims.push(container);
            report.claims.push(Claim::new(
                "manifest",
                Label::new("清单可以识别", "manifest can be read"),
                Verdict::Fail(flaw),
            ));
            return report;
        }
    };
    let (manifest, keys) = (contents.manifest.clone(), contents.keys());
    report.title = manifest.title.clone();
    report.number = Some(manifest.number.clone());
    report.hash = Some(manifest.hash.clone());
    let profile = if manifest.hash == "sm3" { Profile::Sm3 } else { Profile::Sha256 };
    let mut checker = Checker {
        trust,
        contents,
        manifest,
        profile,
        keys,
        roots: Vec::new(),
        events: Vec::new(),
        held: BTreeMap::new(),
        claims: vec![container],
        report,
    };
    checker.run();
    checker.report.claims = checker.claims;
    checker.report
}

impl Checker<'_> {
    /// In the order in which claims rest on each other.
    fn run(&mut self) {
        self.manifest();
        self.files();
        self.read_checkpoints();
        self.read_events();
        self.stamps();
        self.checkpoints();
        self.inclusion();
        self.consistency();
        self.sequence();
        self.times();
        self.papers();
        self.openings();
    }

    fn claim(&mut self, id: String, zh: String, en: String, verdict: Verdict) {
        self.claims.push(super::claim(id, zh, en, verdict));
    }

    fn unreadable(&mut self, name: &str, why: impl Into<String>) {
        let flaw = Flaw::Unreadable { name: name.to_owned(), why: why.into() };
        self.claim(
            format!("read:{name}"),
            format!("{name} 可以识别"),
            format!("{name} can be read"),
            Verdict::Fail(flaw),
        );
    }

    /// The certificates that a file of the package holds.
    fn certificates(&mut self, name: Option<&str>) -> Vec<Certificate> {
        let Some(name) = name else { return Vec::new() };
        let text = self.contents.text(name).map(str::to_owned);
        match text.map(|text| Certificate::from_pem(&text)) {
            Some(Ok(certificates)) => certificates,
            Some(Err(error)) => {
                self.unreadable(name, error.to_string());
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn revocations(&mut self, name: Option<&str>) -> Vec<RevocationList> {
        let Some(name) = name else { return Vec::new() };
        match self.contents.bytes(name).map(RevocationList::read) {
            Some(Ok(list)) => vec![list],
            Some(Err(error)) => {
                self.unreadable(name, error.to_string());
                Vec::new()
            }
            None => Vec::new(),
        }
    }
}
