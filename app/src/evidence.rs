//! The log of evidence as this installation keeps it, and `lianban evidence`: comparing it with the journal.

use crate::assemble::{self, Setup};
use crate::cli::{Where, complain, say};
use ::evidence::{
    Audited, Hears, Log, Peer, Profile, Settings, Signs, VerifierKey, Watched, Witness, Witnesses,
    audit, read_pacts,
};
use anyhow::{Context as _, Result};
use clap::Subcommand;
use data_encoding::BASE64;
use journal::Journal;
use kernel::Shard;
use module::Clock;
use seals::{Algorithm, FolderKeys, Keys, PublicKey, Purpose};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What can be done with the log of evidence.
#[derive(Debug, Subcommand)]
pub(crate) enum Evidence {
    /// Compares every kept hash and every published checkpoint with the journal, and names what is not what it should be.
    Verify(Where),
}

/// Runs `lianban evidence`.
pub(crate) async fn run(what: Evidence) -> Result<ExitCode> {
    let Evidence::Verify(place) = what;
    let setup = Setup::at(&place)?;
    let kept = assemble::stores(&setup).await?;
    let mut sound = true;
    for shard in kept.journal.shards().await? {
        sound &= verified(&setup, &*kept.journal, &shard).await?;
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the log of a shard is what follows from its journal; says so, or what is not.
pub(crate) async fn verified(setup: &Setup, journal: &dyn Journal, shard: &Shard) -> Result<bool> {
    let mut last = 0;
    let mut progress = |seq: u64| {
        if seq >= last + 100_000 {
            last = seq;
            complain(&format!("{shard}: {seq} leaves"));
        }
    };
    let Some(audited) = audited(setup, journal, shard, &mut progress).await? else {
        say(&format!("{shard}: no log of evidence is kept here"));
        return Ok(true);
    };
    for finding in &audited.findings {
        complain(&finding.to_string());
    }
    if audited.findings.is_empty() {
        say(&format!(
            "{shard}: {} leaves, {} hashes and {} checkpoints agree with the journal",
            audited.leaves, audited.hashes, audited.checkpoints
        ));
    }
    Ok(audited.findings.is_empty())
}

/// Compares the log of a shard with its journal; nothing where no log is kept.
pub(crate) async fn audited(
    setup: &Setup,
    journal: &dyn Journal,
    shard: &Shard,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Option<Audited>> {
    let Some(origin) = known_origin(&setup.data)? else { return Ok(None) };
    let keys = verifier_keys(&setup.data, &format!("{origin}/{shard}"))?;
    let checked = (Profile::Sha256, &keys[..]);
    Ok(Some(audit(journal, &folder(&setup.data), shard, checked, progress).await))
}

fn verifier_keys(data: &Path, origin: &str) -> Result<Vec<VerifierKey>> {
    let records = FolderKeys::open(data.join("keys/signing"))?.records()?;
    let keys = records.into_iter().filter(|record| record.purpose == Purpose::LOG);
    keys.map(|record| Ok(VerifierKey::new(origin, Signs::Notes, record.key)?)).collect()
}

/// Where hashes, checkpoints and alarms lie.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join("evidence")
}

/// What in that folder does not follow from the journal, sorted: the name of the logs, alarms, published checkpoints, what was
/// witnessed. Without the journal of the same moment checkpoints are left out: they might be newer than the one restored.
pub(crate) fn irreplaceable(folder: &Path, with_journal: bool) -> Result<Vec<PathBuf>> {
    let told = || format!("reading {}", folder.display());
    let mut found: Vec<PathBuf> = ["origin", "alarms"].map(PathBuf::from).to_vec();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder).with_context(told)? {
            let entry = entry.with_context(told)?;
            if !entry.file_type().with_context(told)?.is_dir() {
                continue;
            }
            let shard = PathBuf::from(entry.file_name());
            if shard.as_os_str() == "stamps" {
                if with_journal {
                    found.extend(stamps(folder, &shard).with_context(told)?);
                }
            } else if shard.as_os_str() == "witnessed" {
                for one in std::fs::read_dir(entry.path()).with_context(told)? {
                    let name = PathBuf::from(one.with_context(told)?.file_name());
                    found.extend(
                        name.extension().is_some_and(|end| end == "json").then(|| shard.join(name)),
                    );
                }
            } else if with_journal {
                found.push(shard.join("checkpoints"));
            }
        }
    }
    found.retain(|below| folder.join(below).is_file());
    found.sort();
    Ok(found)
}

/// Checkpoints with their time-stamps: nobody stamps the past again.
fn stamps(folder: &Path, below: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for shard in std::fs::read_dir(folder.join(below))? {
        let shard = below.join(shard?.file_name());
        for file in std::fs::read_dir(folder.join(&shard))? {
            found.push(shard.join(file?.file_name()));
        }
    }
    Ok(found)
}

/// What the names of this installation's logs begin with, if they have begun. A log keeps its name for ever, though the site
/// may move: it stands in every checkpoint.
pub(crate) fn known_origin(data: &Path) -> Result<Option<String>> {
    let file = folder(data).join("origin");
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", file.display())),
    }
}

/// The name that logs get where they have none yet: the address of the site.
fn fresh_origin(public_url: &str) -> String {
    let host = public_url.split_once("://").map_or(public_url, |(_, host)| host);
    format!("{}/evidence/log", host.trim_end_matches('/'))
}

/// A key of a log as agreements have it.
pub(crate) fn key_text(key: &PublicKey) -> String {
    BASE64.encode(&key.bytes())
}

/// What the witness of an installation is called, whose logs are called this.
fn witness_name(origin: &str) -> String {
    origin.replace("/evidence/log", "/evidence/witness")
}

/// A key of the witness of an installation, as agreements have it.
pub(crate) fn witness_key(origin: &str, key: PublicKey) -> Result<VerifierKey> {
    Ok(VerifierKey::new(&witness_name(origin), Signs::Cosignatures, key)?)
}

/// The log, its witness, and who hears of its checkpoints.
pub(crate) struct Kept {
    pub(crate) log: Log,
    pub(crate) witness: Arc<Witness>,
    /// The keys of those who witness it.
    pub(crate) witnesses: Vec<VerifierKey>,
    pub(crate) hears: Vec<Arc<dyn Hears>>,
}

/// Opens the log of an installation. `serves` says whether this process serves: others leave a log unnamed that has no name.
pub(crate) async fn open(
    setup: &Setup,
    journal: Arc<dyn Journal>,
    keys: Arc<FolderKeys>,
    (clock, serves): (Arc<dyn Clock>, bool),
) -> Result<Kept> {
    for purpose in [Purpose::LOG, ::evidence::witness_purpose()] {
        keys.ensure(&purpose, Algorithm::Ed25519, clock.now(), &assemble::random()?)?;
    }
    let folder = folder(&setup.data);
    let known = known_origin(&setup.data)?;
    let origin = match &known {
        Some(origin) => origin.clone(),
        None => fresh_origin(&setup.public_url),
    };
    if known.is_none() && serves {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("origin"), format!("{origin}\n"))?;
    }
    // Without a name nothing is signed that anybody could keep, so nothing is kept either.
    let place = (serves || known.is_some()).then(|| folder.clone());
    let settings =
        Settings { origin: origin.clone(), folder: place.clone(), profile: Profile::Sha256 };
    let log = Log::new(settings, journal, keys, clock);
    log.start().await?;
    let (watched, peers): (Vec<Watched>, Vec<Peer>) = match &setup.witnesses {
        None => (Vec::new(), Vec::new()),
        Some(file) => {
            let told = || format!("reading {}", file.display());
            let text = std::fs::read_to_string(file).with_context(told)?;
            read_pacts(&text).with_context(told)?
        }
    };
    let witness = Arc::new(Witness::new(witness_name(&origin), watched, log.clone(), place));
    let witnesses = peers.iter().flat_map(|peer| peer.keys.iter().cloned()).collect();
    let mut hears: Vec<Arc<dyn Hears>> = Vec::new();
    if !peers.is_empty() {
        hears.push(Arc::new(Arc::new(Witnesses::new(peers)?)));
    }
    Ok(Kept { log, witness, witnesses, hears })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_backup_takes_is_what_cannot_be_made_again() {
        let home = tempfile::tempdir().unwrap();
        assert!(irreplaceable(&home.path().join("none"), true).unwrap().is_empty());
        for name in [
            "440100/hashes",
            "440100/checkpoints",
            "000000/hashes.1",
            "origin",
            "witnessed/a.json",
            "stamps/440100/7.one.tsr",
        ] {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let found = irreplaceable(home.path(), true).unwrap();
        let names: Vec<_> = found.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(
            names,
            ["440100/checkpoints", "origin", "stamps/440100/7.one.tsr", "witnessed/a.json"]
        );
        assert_eq!(irreplaceable(home.path(), false).unwrap().len(), 2);
    }

    #[test]
    fn a_log_is_named_after_the_site() {
        for (url, origin) in [
            ("https://portal.example", "portal.example/evidence/log"),
            ("http://127.0.0.1:8080/", "127.0.0.1:8080/evidence/log"),
        ] {
            assert_eq!(fresh_origin(url), origin);
        }
    }
}
