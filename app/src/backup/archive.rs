//! The file of a backup: a tar archive whose last entry says what every other one holds.
//!
//! ```text
//! journal/440100.sqlite  blobs/packs/000001.pack  …  manifest.json
//! ```
//! Any `tar` opens it. Nothing in it counts before the manifest was reached and every digest compared.

use anyhow::{Context as _, Result, bail};
use codes::Moment;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path};

/// The version of the format.
const FORMAT: u32 = 1;
/// The entry that closes an archive.
const MANIFEST: &str = "manifest.json";
/// The largest manifest that is read, in bytes.
const MANIFEST_BYTES_MAX: u64 = 1 << 30;

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    /// Drawn for each backup: its two files bear the same.
    pub(crate) id: String,
    /// Whether this is the file of data or that of keys.
    pub(crate) kind: Kind,
    /// When it was begun.
    pub(crate) made_at: Moment,
    /// Whether the journal is in it: with PostgreSQL it is in the database.
    pub(crate) has_journal: bool,
    /// Where each shard stood.
    pub(crate) shards: BTreeMap<String, At>,
}

/// Which of the two files it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The journal, and files that are sealed where they say something of people.
    Data,
    /// The keys that open them.
    Keys,
}

/// Where a shard stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct At {
    /// The position of its last event.
    pub(crate) seq: u64,
    /// The digest over everything up to it, in hexadecimal.
    pub(crate) digest: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    #[serde(rename = "about")]
    about: About,
    files: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Entry {
    name: String,
    bytes: u64,
    sha256: String,
}

/// Counts and digests what is read through it.
struct Counted<R> {
    from: R,
    digest: Sha256,
    bytes: u64,
}

impl<R> Counted<R> {
    fn new(from: R) -> Self {
        Self { from, digest: Sha256::new(), bytes: 0 }
    }

    fn entry(self, name: &str) -> Entry {
        let sha256 = seals::hex(self.digest.finalize().as_slice());
        Entry { name: name.to_owned(), bytes: self.bytes, sha256 }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(into)?;
        if let Some(read) = into.get(..count) {
            self.digest.update(read);
        }
        self.bytes += count as u64;
        Ok(count)
    }
}

/// Writes an archive.
pub(crate) struct Writer<W: Write> {
    tar: tar::Builder<W>,
    files: Vec<Entry>,
    made_at: Moment,
}

impl<W: Write> Writer<W> {
    /// An archive that begins.
    pub(crate) fn new(to: W, made_at: Moment) -> Self {
        Self { tar: tar::Builder::new(to), files: Vec::new(), made_at }
    }

    /// Adds a file of so many bytes; what stands behind them is left out.
    pub(crate) fn add(&mut self, name: &str, bytes: u64, from: impl Read) -> Result<()> {
        let mut from = Counted::new(from.take(bytes));
        self.put(name, bytes, &mut from)?;
        let entry = from.entry(name);
        if entry.bytes != bytes {
            bail!("{name} has become shorter while it was copied: back up again");
        }
        self.files.push(entry);
        Ok(())
    }

    fn put(&mut self, name: &str, bytes: u64, from: impl Read) -> Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(self.made_at.us() / 1_000_000).unwrap_or_default());
        self.tar.append_data(&mut header, name, from).with_context(|| format!("adding {name}"))
    }

    /// Closes it with its manifest.
    pub(crate) fn finish(mut self, about: About) -> Result<W> {
        let files = std::mem::take(&mut self.files);
        let text = serde_json::to_vec_pretty(&Manifest { format: FORMAT, about, files })?;
        self.put(MANIFEST, text.len() as u64, text.as_slice())?;
        self.tar.into_inner().context("closing the archive")
    }
}

/// Reads an archive to its end and compares every digest; writes its files into a folder, if one is named.
pub(crate) fn read(from: impl Read, to: Option<&Path>) -> Result<About> {
    let mut archive = tar::Archive::new(from);
    let mut found = BTreeSet::new();
    let mut manifest: Option<Manifest> = None;
    for entry in archive.entries().context("this is no backup")? {
        let mut entry = entry.context("the file is cut off, or no backup")?;
        let name = entry.path()?.to_str().context("a name is no text")?.to_owned();
        if manifest.is_some() {
            bail!("{name} stands behind the manifest");
        }
        if name == MANIFEST {
            let mut text = Vec::new();
            entry.by_ref().take(MANIFEST_BYTES_MAX).read_to_end(&mut text)?;
            let read: Manifest = serde_json::from_slice(&text).context("reading the manifest")?;
            manifest = Some(read);
            continue;
        }
        let mut content = Counted::new(entry);
        match to {
            Some(folder) => unpack(&mut content, folder, &name)?,
            None => drop(std::io::copy(&mut content, &mut std::io::sink())?),
        }
        if !found.insert(content.entry(&name)) {
            bail!("{name} stands in it twice");
        }
    }
    let manifest = manifest.context("the file is cut off: its manifest is missing")?;
    if manifest.format != FORMAT {
        bail!("it has format {}, this program reads {FORMAT}", manifest.format);
    }
    compare(&manifest, &found)?;
    Ok(manifest.about)
}

fn compare(manifest: &Manifest, found: &BTreeSet<Entry>) -> Result<()> {
    let promised: BTreeSet<Entry> = manifest.files.iter().cloned().collect();
    if let Some(entry) = promised.difference(found).next() {
        bail!("{} is missing or is not what was backed up", entry.name);
    }
    if let Some(entry) = found.difference(&promised).next() {
        bail!("{} was not backed up", entry.name);
    }
    Ok(())
}

fn unpack(content: &mut impl Read, folder: &Path, name: &str) -> Result<()> {
    let below = Path::new(name);
    let is_inside = below.components().all(|part| matches!(part, Component::Normal(_)));
    if !is_inside || name.is_empty() {
        bail!("`{name}` would leave the folder");
    }
    let path = folder.join(below);
    if let Some(parent) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)
            .with_context(|| format!("making {}", parent.display()))?;
    }
    let told = || format!("writing {}", path.display());
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(told)?;
    std::io::copy(content, &mut file).with_context(told)?;
    file.sync_all().with_context(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        let shard = At { seq: 7, digest: "00".repeat(32) };
        About {
            id: "ab".repeat(16),
            kind: Kind::Data,
            made_at: Moment::from_us(1_770_858_000_000_000),
            has_journal: true,
            shards: BTreeMap::from([("440100".to_owned(), shard)]),
        }
    }

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), about().made_at);
        for (name, bytes) in files {
            writer.add(name, bytes.len() as u64, *bytes).unwrap();
        }
        writer.finish(about()).unwrap()
    }

    const FILES: [(&str, &[u8]); 2] = [("journal/440100.sqlite", b"events"), ("blobs/ab/cd", b"")];

    #[test]
    fn what_was_written_is_read_and_written_again() {
        let bytes = archive(&FILES);
        let home = tempfile::tempdir().unwrap();
        assert_eq!(read(bytes.as_slice(), Some(home.path())).unwrap(), about());
        for (name, content) in FILES {
            assert_eq!(std::fs::read(home.path().join(name)).unwrap(), content);
        }
        assert_eq!(read(bytes.as_slice(), None).unwrap(), about());
    }

    #[test]
    fn each_flipped_byte_of_content_and_each_cut_is_found() {
        let bytes = archive(&FILES);
        let at = bytes.windows(6).position(|window| window == b"events").unwrap();
        for position in at..at + 6 {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            let told = read(changed.as_slice(), None).unwrap_err().to_string();
            assert_eq!(told, "journal/440100.sqlite is missing or is not what was backed up");
        }
        let manifest = bytes.windows(8).rposition(|window| window == b"\"sha256\"").unwrap();
        for length in (0..manifest).step_by(64) {
            assert!(read(&bytes[..length], None).is_err(), "{length}");
        }
    }

    #[test]
    fn a_file_that_shrinks_meanwhile_fails_the_backup() {
        let mut writer = Writer::new(Vec::new(), about().made_at);
        assert!(writer.add("blobs/ab/cd", 7, &b"events"[..]).is_err());
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        let home = tempfile::tempdir().unwrap();
        for name in ["../x", "/etc/x", "a/../../x", ""] {
            assert!(unpack(&mut &b"x"[..], home.path(), name).is_err(), "{name}");
        }
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    }
}
