//! Ten ways to tamper with a package: what an outsider changes, and what an insider changes and signs again.

use super::town::Town;
use anyhow::{Context as _, Result, bail};
use evidence::package::archive::{self, Entry};
use evidence::package::{ConsistencyInput, InclusionInput, MANIFEST_TYPE, Manifest};
use seals::{Digest, jws};

struct Files<'a> {
    town: &'a Town,
    entries: Vec<Entry>,
}

/// A package tampered with; the number picks the way and the place.
pub(super) fn tampered(town: &Town, n: u64, package: &[u8], other: &[u8]) -> Result<Vec<u8>> {
    let read = |bytes| archive::read(bytes).map(|read| read.entries).context("a package");
    let mut files = Files { town, entries: read(package)? };
    let mut other = Files { town, entries: read(other)? };
    let turn = usize::try_from(n / 10)?;
    let event = turn % files.manifest()?.events.len();
    let (leaf, proof) = (format!("events/{event}.json"), format!("proofs/{event}.json"));
    match n % 10 {
        0 => files.flip("docs/document-0.pdf", turn)?,
        1 => files.replace(&leaf, "HG-5100", "HG-5101")?,
        2 => {
            files.replace(&leaf, "\"schema\":1", "\"schema\":2")?;
            files.sign_again(|_manifest| ())?;
        }
        3 => {
            let gone = [leaf, proof];
            files.entries.retain(|entry| !gone.contains(&entry.name));
            files.sign_again(|manifest| {
                manifest.events.remove(event);
                manifest.files.retain(|file| !gone.contains(&file.name));
            })?;
        }
        4 => {
            let mut held: InclusionInput = serde_json::from_slice(files.get(&proof)?)?;
            spoil(&mut held.path, turn)?;
            *files.get(&proof)? = seals::canonical_json(&held)?;
            files.sign_again(|_manifest| ())?;
        }
        5 => {
            // The signature of the other checkpoint under this one's text.
            let [first, last] = files.manifest()?.checkpoints.try_into().ok().context("two")?;
            let body = |note: &[u8]| -> Result<(String, String)> {
                let text = std::str::from_utf8(note)?;
                let (body, lines) = text.split_once("\n\n").context("a note")?;
                Ok((body.to_owned(), lines.to_owned()))
            };
            let lines = body(files.get(&first)?)?.1;
            let text = body(files.get(&last)?)?.0;
            *files.get(&last)? = format!("{text}\n\n{lines}").into_bytes();
            files.sign_again(|_manifest| ())?;
        }
        6 => {
            // The stamp of the other checkpoint.
            let stamps = files.manifest()?.stamps;
            let here = stamps.get(turn % 2).context("a stamp")?.file.clone();
            let there = stamps.get(turn % 2 + 2).context("a stamp")?.file.clone();
            let theirs = files.get(&there)?.clone();
            *files.get(&here)? = theirs;
            files.sign_again(|_manifest| ())?;
        }
        7 => {
            // The value of somebody else.
            let theirs = other.get("openings/0.json")?.clone();
            *files.get("openings/0.json")? = theirs;
            files.sign_again(|_manifest| ())?;
        }
        8 => {
            let name = files.manifest()?.consistency.first().context("one")?.file.clone();
            let mut link: ConsistencyInput = serde_json::from_slice(files.get(&name)?)?;
            spoil(&mut link.path, turn)?;
            *files.get(&name)? = seals::canonical_json(&link)?;
            files.sign_again(|_manifest| ())?;
        }
        _ => files.replace("manifest.json", "penalty_decision", "penalty_derision")?,
    }
    let mut bytes = Vec::new();
    archive::write(&files.entries, &mut bytes)?;
    Ok(bytes)
}

/// Changes a bit of a path.
fn spoil(path: &mut [[u8; 32]], turn: usize) -> Result<()> {
    let count = path.len();
    let hash = path.get_mut(turn % count.max(1)).context("a path")?;
    *hash.get_mut(turn % 32).context("a byte")? ^= 1;
    Ok(())
}

impl Files<'_> {
    fn get(&mut self, name: &str) -> Result<&mut Vec<u8>> {
        let found = self.entries.iter_mut().find(|entry| entry.name == name);
        Ok(&mut found.with_context(|| name.to_owned())?.bytes)
    }

    fn manifest(&mut self) -> Result<Manifest> {
        Ok(serde_json::from_slice(self.get("manifest.json")?)?)
    }

    fn flip(&mut self, name: &str, at: usize) -> Result<()> {
        let bytes = self.get(name)?;
        let at = at % bytes.len().max(1);
        *bytes.get_mut(at).context("a byte")? ^= 1;
        Ok(())
    }

    fn replace(&mut self, name: &str, from: &str, to: &str) -> Result<()> {
        let text = String::from_utf8(self.get(name)?.clone())?;
        if !text.contains(from) {
            bail!("{name} does not hold {from}");
        }
        *self.get(name)? = text.replacen(from, to, 1).into_bytes();
        Ok(())
    }

    /// What an insider does who holds the key.
    fn sign_again(&mut self, edit: impl FnOnce(&mut Manifest)) -> Result<()> {
        let mut manifest = self.manifest()?;
        edit(&mut manifest);
        for listed in &mut manifest.files {
            if let Some(entry) = self.entries.iter().find(|entry| entry.name == listed.name) {
                listed.sha256 = Digest::sha256(&entry.bytes).hex();
                listed.bytes = entry.bytes.len() as u64;
            }
        }
        let bytes = seals::canonical_json(&manifest)?;
        let (keys, key) = (&self.town.keys, &self.town.seal);
        let signature = jws::detached(keys, key, manifest.made_at, MANIFEST_TYPE, &bytes)?;
        *self.get("manifest.json")? = bytes;
        *self.get("manifest.jws")? = signature.into_bytes();
        Ok(())
    }
}
