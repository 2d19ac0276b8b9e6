//! `lianban backup` and `lianban restore`: an installation in two files, copied while its server runs, checked both ways.
//!
//! ```text
//! FILE        published checkpoints, the journal of all shards at one instant, then the files that its events name
//! FILE.keys   the keys that open what is sealed, sign licences, and know people again
//! ```
//! Files are taken after the journal and keys after the files: whatever an event names was there before it. Checkpoints are
//! taken before the journal, which then has at least the events that they were signed over. Read models are left out, and the
//! hashes of the log of evidence; the first start makes them from the journal. The keys are a file of their own because erasing a key is how
//! personal data is deleted (个人信息保护法 47): their copies are kept no longer than an erasure may take.

mod archive;

use crate::assemble::Setup;
use crate::cli::{Where, complain, say};
use anyhow::{Context as _, Result, bail};
use archive::{About, At, Kind, Writer};
use blobs_folder::copy;
use journal_sqlite::{Snapshot, SqliteJournal};
use kernel::Shard;
use module::{Clock as _, SystemClock};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tempfile::{NamedTempFile, TempDir};

/// What `lianban backup` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to write; the keys go into `FILE.keys` beside it.
    file: PathBuf,
    #[command(flatten)]
    place: Where,
}

/// What `lianban restore` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArgs {
    /// The file that `lianban backup` wrote.
    file: PathBuf,
    /// The file of its keys; `FILE.keys` if absent.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// The data folder to make; it must be empty or not there.
    #[arg(long, value_name = "DIR", env = "LIANBAN_DATA", default_value = "data")]
    data: PathBuf,
    /// Checks everything and makes nothing.
    #[arg(long)]
    check: bool,
}

/// Runs `lianban backup`.
pub(crate) async fn run(args: &Args) -> Result<ExitCode> {
    let setup = Setup::at(&args.place)?;
    let file = args.file.clone();
    let made = tokio::task::spawn_blocking(move || back_up(&setup, &file)).await??;
    say(&made);
    Ok(ExitCode::SUCCESS)
}

/// The file of keys beside a file of data.
fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".keys");
    name.into()
}

/// The folder in which a file lies.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Backs an installation up and tells what was done. Takes as long as the disk takes.
pub(crate) fn back_up(setup: &Setup, file: &Path) -> Result<String> {
    let (data, keys) = (&setup.data, beside(file));
    if !data.join("keys").is_dir() {
        bail!("{} holds no installation", data.display());
    }
    for taken in [file, &keys] {
        if taken.exists() {
            bail!("{} is there already: a backup never replaces another", taken.display());
        }
    }
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let mut about = About {
        id: seals::hex(&id),
        kind: Kind::Data,
        made_at: SystemClock.now(),
        has_journal: setup.database.is_none(),
        shards: BTreeMap::new(),
    };
    let near = folder_of(file);
    let (data_file, keys_file) = (NamedTempFile::new_in(near)?, NamedTempFile::new_in(near)?);
    let mut writer = Writer::new(BufWriter::new(&data_file), about.made_at);
    add_evidence(&mut writer, &crate::evidence::folder(data), about.has_journal)?;
    if about.has_journal {
        about.shards = add_journal(&mut writer, &data.join("journal"), near)?;
    }
    let blobs = data.join("blobs");
    for part in copy::parts(&blobs)? {
        let path = blobs.join(&part.name);
        let from = File::open(&path).with_context(|| format!("reading {}", path.display()))?;
        writer.add(&named("blobs", &part.name)?, part.bytes, from)?;
    }
    writer.finish(about.clone())?.flush().context("writing the backup")?;
    let mut writer = Writer::new(BufWriter::new(&keys_file), about.made_at);
    add_keys(&mut writer, &data.join("keys"))?;
    let about_keys = About { kind: Kind::Keys, shards: BTreeMap::new(), ..about.clone() };
    writer.finish(about_keys)?.flush().context("writing the keys")?;
    for (written, to) in [(keys_file, keys.as_path()), (data_file, file)] {
        settle(written, to)?;
    }
    read_back(file, &keys, &about)?;
    Ok(summary(file, &keys, &about))
}

/// Puts a file that is written under its name, on the disk, whole.
fn settle(written: NamedTempFile, to: &Path) -> Result<()> {
    let told = || format!("writing {}", to.display());
    written.as_file().sync_all().with_context(told)?;
    written.persist_noclobber(to).map_err(|kept| kept.error).with_context(told)?;
    File::open(folder_of(to)).and_then(|folder| folder.sync_all()).with_context(told)
}

/// Reads what was written from the disk again, to its end.
fn read_back(file: &Path, keys: &Path, about: &About) -> Result<()> {
    for (path, kind) in [(file, Kind::Data), (keys, Kind::Keys)] {
        let told = || format!("reading {} back", path.display());
        let found = archive::read(BufReader::new(File::open(path)?), None).with_context(told)?;
        if found.id != about.id || found.kind != kind {
            bail!("{} is not what was written", path.display());
        }
    }
    Ok(())
}

fn summary(file: &Path, keys: &Path, about: &About) -> String {
    let events: u64 = about.shards.values().map(|at| at.seq).sum();
    let journal = if about.has_journal {
        format!("{events} events, shards: {}", about.shards.len())
    } else {
        "files only, for the journal is in the database: take pg_dump before this".to_owned()
    };
    format!(
        "{}: {journal}; read back and whole\n{}: the keys; keep them apart, and no longer than an erasure may take",
        file.display(),
        keys.display()
    )
}

/// The name of a file in an archive.
fn named(folder: &str, below: &Path) -> Result<String> {
    let below = below.to_str().with_context(|| format!("{} is no name", below.display()))?;
    Ok(format!("{folder}/{below}"))
}

/// Adds all shards as they stand at this instant.
fn add_journal<W: std::io::Write>(
    writer: &mut Writer<W>,
    folder: &Path,
    near: &Path,
) -> Result<BTreeMap<String, At>> {
    if !folder.is_dir() {
        return Ok(BTreeMap::new());
    }
    let snapshot = Snapshot::take(folder)?;
    let mut shards = BTreeMap::new();
    for (shard, head) in snapshot.shards() {
        complain(&format!("{shard}: {} events", head.seq));
        let copied = NamedTempFile::new_in(near)?;
        snapshot.copy(shard, copied.path())?;
        let from = File::open(copied.path())?;
        writer.add(&format!("journal/{shard}.sqlite"), from.metadata()?.len(), from)?;
        let at = At { seq: head.seq, digest: seals::hex(&head.digest) };
        shards.insert(shard.to_string(), at);
    }
    Ok(shards)
}

/// Adds what of the log of evidence does not follow from the journal.
fn add_evidence<W: std::io::Write>(
    writer: &mut Writer<W>,
    folder: &Path,
    with_journal: bool,
) -> Result<()> {
    for below in crate::evidence::irreplaceable(folder, with_journal)? {
        let path = folder.join(&below);
        let content = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        writer.add(&named("evidence", &below)?, content.len() as u64, content.as_slice())?;
    }
    Ok(())
}

/// Adds everything below the folder of keys.
fn add_keys<W: std::io::Write>(writer: &mut Writer<W>, folder: &Path) -> Result<()> {
    let vault = copy::keys(&folder.join("vault"))?;
    writer.add("keys/vault/vault.keys", vault.len() as u64, vault.as_slice())?;
    for (below, folder) in [("keys", folder.to_owned()), ("keys/signing", folder.join("signing"))] {
        let mut files: Vec<PathBuf> = fs::read_dir(&folder)
            .with_context(|| format!("reading {}", folder.display()))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<_>>()?;
        files.sort();
        for path in files.iter().filter(|path| path.is_file()) {
            let told = || format!("reading {}", path.display());
            let content = fs::read(path).with_context(told)?;
            let name = named(below, Path::new(path.file_name().unwrap_or_default()))?;
            writer.add(&name, content.len() as u64, content.as_slice())?;
        }
    }
    Ok(())
}

/// Runs `lianban restore`.
pub(crate) async fn restore(args: &RestoreArgs) -> Result<ExitCode> {
    let keys = args.keys.clone().unwrap_or_else(|| beside(&args.file));
    if !args.check && args.data.is_dir() && fs::read_dir(&args.data)?.next().is_some() {
        bail!("{} is not empty: a backup is restored into a new folder", args.data.display());
    }
    let told = restored(&args.file, &keys, (!args.check).then_some(&args.data)).await?;
    say(&told);
    Ok(ExitCode::SUCCESS)
}

/// Unpacks both files beside the data folder, checks everything, and moves the whole to its place, if there is one.
pub(crate) async fn restored(file: &Path, keys: &Path, data: Option<&PathBuf>) -> Result<String> {
    let near = folder_of(data.map_or(file, PathBuf::as_path));
    fs::create_dir_all(near).with_context(|| format!("making {}", near.display()))?;
    let fresh = tempfile::Builder::new().prefix(".restoring-").tempdir_in(near)?;
    let (file, keys) = (file.to_owned(), keys.to_owned());
    let (about, fresh) = tokio::task::spawn_blocking(move || {
        let about = unpacked(&file, &keys, fresh.path())?;
        anyhow::Ok((about, fresh))
    })
    .await??;
    let events = check_journal(&about, fresh.path()).await?;
    let fresh = tokio::task::spawn_blocking(move || check_files(fresh)).await??;
    let journal = if about.has_journal {
        format!("{events} events, their chains, all files and keys are what was backed up")
    } else {
        "all files and keys are what was backed up; the journal is in the database".to_owned()
    };
    let Some(data) = data else { return Ok(journal) };
    let told = || format!("making {}", data.display());
    fs::rename(fresh.path(), data).with_context(told)?;
    File::open(near).and_then(|folder| folder.sync_all()).with_context(told)?;
    // It has its place: there is nothing left to be removed.
    let _moved = fresh.keep();
    Ok(format!("{}: {journal}; the first start makes the read models", data.display()))
}

fn unpacked(file: &Path, keys: &Path, to: &Path) -> Result<About> {
    let unpack = |path: &Path, kind| {
        let told = || format!("reading {}", path.display());
        let from = File::open(path).with_context(told)?;
        let about = archive::read(BufReader::new(from), Some(to)).with_context(told)?;
        if about.kind != kind {
            bail!("{} is the other of the two files", path.display());
        }
        Ok(about)
    };
    let about = unpack(file, Kind::Data)?;
    if unpack(keys, Kind::Keys)?.id != about.id {
        bail!("{} and {} are of different backups", file.display(), keys.display());
    }
    Ok(about)
}

/// Recomputes the chain of every shard, up to the very digest that was backed up; answers with how many events there are.
async fn check_journal(about: &About, data: &Path) -> Result<u64> {
    if !about.has_journal {
        return Ok(0);
    }
    let journal = SqliteJournal::open(&data.join("journal"))?;
    let mut events = 0;
    for (name, at) in &about.shards {
        let shard = Shard::new(name.as_str());
        let found = journal::verify::verify(&journal, &shard, &mut |_progress| ())
            .await
            .with_context(|| format!("the journal of {name}"))?;
        if found.head.seq != at.seq || seals::hex(&found.head.digest) != at.digest {
            bail!("the journal of {name} ends at {}, not at {}", found.head.seq, at.seq);
        }
        events += at.seq;
    }
    Ok(events)
}

/// Reads and hashes every file, and opens every key.
fn check_files(data: TempDir) -> Result<TempDir> {
    let blobs = blobs_folder::FolderBlobs::open(data.path().join("blobs"))?;
    if let Some(damaged) = blobs.verify()?.first() {
        bail!("a file is not what was stored: {damaged}");
    }
    let keys = data.path().join("keys");
    let vault = blobs_folder::FolderVaultKeys::open(keys.join("vault"))?;
    drop(vault);
    seals::FolderKeys::open(keys.join("signing")).context("the keys that sign")?;
    for name in ["party.secret", "token.secret"] {
        let bytes = fs::read(keys.join(name)).with_context(|| format!("the key {name}"))?;
        if bytes.len() != 32 {
            bail!("the key {name} is damaged");
        }
    }
    Ok(data)
}

#[cfg(test)]
mod tests;
