//! Makes a package: same inputs, same bytes.

use super::archive::{self, Entry};
use super::{
    BuildError, ConsistencyEntry, EventEntry, FORMAT, FileEntry, Inputs, Leaf, MANIFEST_TYPE,
    Manifest, OpeningEntry, Paper, PaperEntry, StampEntry, StreamEntry, statement,
};
use crate::note::{Checkpoint, Note};
use crate::{Hash, Profile};
use seals::{Commitment, Digest, KeyRecord, Keys, PublicKeySet, canonical_json, jws};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// What signs a manifest.
#[derive(Clone, Copy, Debug)]
pub struct Sealer<'a> {
    /// The keys.
    pub keys: &'a dyn Keys,
    /// The one that signs.
    pub key: &'a KeyRecord,
}

/// What a package is known by: the digest of its manifest, which covers every file in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageId(pub Digest);

/// Makes a package and writes it. Before anything is written, every proof is checked against its checkpoint and every opening
/// against its commitment: what would not hold is not made.
///
/// # Errors
/// [`BuildError`].
pub fn build(
    inputs: &Inputs,
    sealer: Sealer<'_>,
    sink: impl Write,
) -> Result<PackageId, BuildError> {
    let mut maker = Maker::new(inputs)?;
    maker.checkpoints()?;
    maker.events()?;
    maker.consistency()?;
    maker.manifest.documents = maker.papers("docs", &inputs.documents)?;
    maker.manifest.raw = maker.papers("raw", &inputs.raw)?;
    maker.openings()?;
    maker.authorities()?;
    let keys = PublicKeySet::new(inputs.keys.clone());
    maker.put("keys.json".to_owned(), canonical(&keys)?)?;
    let page = statement::page(&maker.manifest, inputs, &maker.leaves, &maker.files).into_bytes();
    maker.files.insert(0, Entry { name: "statement.html".to_owned(), bytes: page });
    maker.seal(sealer, sink)
}

fn canonical<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, BuildError> {
    canonical_json(value).map_err(|error| BuildError::Incomplete { why: error.to_string() })
}

fn incomplete(why: impl Into<String>) -> BuildError {
    BuildError::Incomplete { why: why.into() }
}

struct Maker<'a> {
    inputs: &'a Inputs,
    manifest: Manifest,
    files: Vec<Entry>,
    names: BTreeSet<String>,
    leaves: Vec<Leaf>,
    /// By size: the file of the checkpoint, and its root.
    roots: BTreeMap<u64, (String, Hash)>,
}

impl<'a> Maker<'a> {
    fn new(inputs: &'a Inputs) -> Result<Self, BuildError> {
        if inputs.events.is_empty() || inputs.checkpoints.is_empty() {
            return Err(incomplete("it holds no event or no checkpoint"));
        }
        let hash = match inputs.profile {
            Profile::Sha256 => "sha256",
            Profile::Sm3 => "sm3",
        };
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            number: inputs.number.clone(),
            about: inputs.about.clone(),
            title: inputs.title.clone(),
            maker: inputs.maker.clone(),
            made_at: inputs.at,
            hash: hash.to_owned(),
            checkpoints: Vec::new(),
            consistency: Vec::new(),
            streams: Vec::new(),
            events: Vec::new(),
            documents: Vec::new(),
            raw: Vec::new(),
            openings: Vec::new(),
            stamps: Vec::new(),
            keys: "keys.json".to_owned(),
            files: Vec::new(),
        };
        let (files, names, leaves) = (Vec::new(), BTreeSet::new(), Vec::new());
        Ok(Self { inputs, manifest, files, names, leaves, roots: BTreeMap::new() })
    }

    fn put(&mut self, name: String, bytes: Vec<u8>) -> Result<(), BuildError> {
        if !archive::is_name(&name) || !self.names.insert(name.clone()) {
            return Err(BuildError::Name { name });
        }
        self.files.push(Entry { name, bytes });
        Ok(())
    }

    fn checkpoints(&mut self) -> Result<(), BuildError> {
        let count = self.inputs.checkpoints.len();
        for (place, input) in self.inputs.checkpoints.iter().enumerate() {
            let checkpoint = Note::read(input.note.as_bytes())
                .and_then(|note| Checkpoint::read(&note.text))
                .map_err(|error| incomplete(error.to_string()))?;
            let file = if place + 1 == count {
                "checkpoint.txt".to_owned()
            } else {
                format!("checkpoints/{}.txt", checkpoint.size)
            };
            let known = self.roots.insert(checkpoint.size, (file.clone(), checkpoint.root));
            if known.is_some() {
                return Err(incomplete("two checkpoints have the same size"));
            }
            self.put(file.clone(), input.note.clone().into_bytes())?;
            self.manifest.checkpoints.push(file);
        }
        Ok(())
    }

    fn events(&mut self) -> Result<(), BuildError> {
        let mut proofs = Vec::new();
        for (n, event) in self.inputs.events.iter().enumerate() {
            let proof = &event.proof;
            let (_file, root) = self.roots.get(&proof.size).ok_or_else(|| {
                incomplete(format!("event {n} is proven by no checkpoint in here"))
            })?;
            let leaf = self.inputs.profile.leaf(&event.leaf);
            let holds = self.inputs.profile.verify_inclusion(
                &leaf,
                proof.index,
                proof.size,
                &proof.path,
                root,
            );
            if !holds {
                return Err(incomplete(format!("the proof of event {n} does not hold")));
            }
            let read = Leaf::read(&event.leaf)
                .ok_or_else(|| incomplete(format!("event {n} is in no known spelling")))?;
            self.leaves.push(read);
            let file = format!("events/{n}.json");
            self.put(file.clone(), event.leaf.clone())?;
            let name = format!("proofs/{n}.json");
            proofs.push((name.clone(), canonical(proof)?));
            self.manifest.events.push(EventEntry { file, proof: name, label: event.label.clone() });
        }
        for (name, bytes) in proofs {
            self.put(name, bytes)?;
        }
        self.manifest.streams = streams(&self.leaves)?;
        Ok(())
    }

    fn consistency(&mut self) -> Result<(), BuildError> {
        for link in &self.inputs.consistency {
            let (Some((_, old)), Some((_, new))) =
                (self.roots.get(&link.old), self.roots.get(&link.new))
            else {
                return Err(incomplete("consistency with a checkpoint that is not in here"));
            };
            let ends = ((link.old, old), (link.new, new));
            if !self.inputs.profile.verify_consistency(ends.0, ends.1, &link.path) {
                return Err(incomplete(format!("{} does not lead to {}", link.old, link.new)));
            }
            let file = format!("consistency/{}-{}.json", link.old, link.new);
            self.put(file.clone(), canonical(link)?)?;
            self.manifest.consistency.push(ConsistencyEntry { old: link.old, new: link.new, file });
        }
        Ok(())
    }

    fn papers(&mut self, folder: &str, papers: &[Paper]) -> Result<Vec<PaperEntry>, BuildError> {
        let mut entries = Vec::new();
        for paper in papers {
            let file = format!("{folder}/{}", paper.name);
            self.put(file.clone(), paper.bytes.clone())?;
            entries.push(PaperEntry { file, role: paper.role.clone(), title: paper.title.clone() });
        }
        Ok(entries)
    }

    fn openings(&mut self) -> Result<(), BuildError> {
        for (k, opening) in self.inputs.openings.iter().enumerate() {
            let leaf = usize::try_from(opening.event).ok().and_then(|n| self.leaves.get(n));
            let commitment = leaf
                .and_then(|leaf| leaf.value.pointer(&opening.pointer))
                .and_then(|value| serde_json::from_value::<Commitment>(value.clone()).ok());
            if !commitment.is_some_and(|known| known.opens(&opening.salt, &opening.value)) {
                return Err(incomplete(format!("opening {k} opens no commitment of its event")));
            }
            let file = format!("openings/{k}.json");
            self.put(file.clone(), canonical(opening)?)?;
            self.manifest.openings.push(OpeningEntry { file, event: opening.event });
        }
        Ok(())
    }

    fn authorities(&mut self) -> Result<(), BuildError> {
        for input in &self.inputs.checkpoints {
            let size = Note::read(input.note.as_bytes())
                .and_then(|note| Checkpoint::read(&note.text))
                .map_err(|error| incomplete(error.to_string()))?
                .size;
            let Some((checkpoint, _)) = self.roots.get(&size).cloned() else { continue };
            for (authority, tsr) in &input.stamps {
                let known = self.inputs.authorities.iter().find(|files| files.key == *authority);
                let file = format!("tsa/{size}-{authority}.tsr");
                self.put(file.clone(), tsr.clone())?;
                self.manifest.stamps.push(StampEntry {
                    file,
                    authority: authority.clone(),
                    checkpoint: checkpoint.clone(),
                    certificates: known
                        .filter(|files| !files.certificates.is_empty())
                        .map(|_files| format!("tsa/{authority}.pem")),
                    revocations: known
                        .filter(|files| files.revocations.is_some())
                        .map(|_files| format!("tsa/{authority}.crl")),
                });
            }
        }
        for files in &self.inputs.authorities {
            if !files.certificates.is_empty() {
                let pem: String =
                    files.certificates.iter().map(seals::x509::Certificate::pem).collect();
                self.put(format!("tsa/{}.pem", files.key), pem.into_bytes())?;
            }
            if let Some(list) = &files.revocations {
                self.put(format!("tsa/{}.crl", files.key), list.clone())?;
            }
        }
        Ok(())
    }

    fn seal(mut self, sealer: Sealer<'_>, sink: impl Write) -> Result<PackageId, BuildError> {
        self.manifest.files = self
            .files
            .iter()
            .map(|entry| FileEntry {
                name: entry.name.clone(),
                bytes: entry.bytes.len() as u64,
                sha256: Digest::sha256(&entry.bytes).hex(),
            })
            .collect();
        let manifest = canonical(&self.manifest)?;
        let signature =
            jws::detached(sealer.keys, sealer.key, self.inputs.at, MANIFEST_TYPE, &manifest)
                .map_err(|error| BuildError::Unsigned(Box::new(error)))?;
        let id = PackageId(Digest::sha256(&manifest));
        let head = [("manifest.json", manifest), ("manifest.jws", signature.into_bytes())]
            .map(|(name, bytes)| Entry { name: name.to_owned(), bytes });
        let all: Vec<Entry> = head.into_iter().chain(self.files).collect();
        archive::write(&all, sink).map_err(BuildError::Unwritten)?;
        Ok(id)
    }
}

/// What the leaves cover: each stream from its first place to its last, and no place missing in between.
fn streams(leaves: &[Leaf]) -> Result<Vec<StreamEntry>, BuildError> {
    let mut places: BTreeMap<(String, String), BTreeSet<u64>> = BTreeMap::new();
    for leaf in leaves {
        places.entry(leaf.stream()).or_default().insert(leaf.place);
    }
    let mut entries = Vec::new();
    for ((kind, key), held) in places {
        let (Some(first), Some(last)) = (held.first().copied(), held.last().copied()) else {
            continue;
        };
        if last - first + 1 != held.len() as u64 {
            return Err(incomplete(format!("events of {kind}/{key} are missing in between")));
        }
        entries.push(StreamEntry { kind, key, first, last });
    }
    Ok(entries)
}
