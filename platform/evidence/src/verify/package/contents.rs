//! The files of a package, its manifest, and whether each file is the one that is listed.

use super::Checker;
use crate::package::archive::Entry;
use crate::package::{FORMAT, MANIFEST_TYPE, Manifest};
use crate::report::Verdict;
use crate::verify::{Doubt, Flaw, judged, single};
use seals::{Digest, PublicKeySet, jws};
use std::collections::{BTreeMap, BTreeSet};

/// Files by name, and the manifest.
pub(super) struct Contents<'a> {
    files: BTreeMap<&'a str, &'a [u8]>,
    order: Vec<&'a str>,
    pub(super) manifest: Manifest,
}

impl<'a> Contents<'a> {
    /// What an archive holds; of two files of one name the first counts, and the archive differs from its one spelling.
    pub(super) fn new(entries: &'a [Entry]) -> Result<Self, Flaw> {
        let mut files = BTreeMap::new();
        for entry in entries {
            files.entry(entry.name.as_str()).or_insert(entry.bytes.as_slice());
        }
        let order = entries.iter().map(|entry| entry.name.as_str()).collect();
        let wrong = |why: String| Flaw::Unreadable { name: "manifest.json".to_owned(), why };
        let bytes =
            files.get("manifest.json").ok_or_else(|| wrong("it is not there".to_owned()))?;
        let manifest: Manifest =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if manifest.format != FORMAT || !["sha256", "sm3"].contains(&manifest.hash.as_str()) {
            return Err(wrong(format!("`{}` is no form that is known here", manifest.format)));
        }
        Ok(Self { files, order, manifest })
    }

    pub(super) fn bytes(&self, name: &str) -> Option<&'a [u8]> {
        self.files.get(name).copied()
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        std::str::from_utf8(self.bytes(name)?).ok()
    }

    /// What a file of JSON holds.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Flaw> {
        let wrong = |why: String| Flaw::Unreadable { name: name.to_owned(), why };
        let bytes = self.bytes(name).ok_or_else(|| wrong("it is not there".to_owned()))?;
        serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))
    }

    /// The keys that the package brings; none if they cannot be read.
    pub(super) fn keys(&self) -> PublicKeySet {
        self.json(&self.manifest.keys).unwrap_or_else(|_flaw| PublicKeySet::new(Vec::new()))
    }
}

impl Checker<'_> {
    /// That the platform signed this very manifest.
    pub(super) fn manifest(&mut self) {
        let verdict = judged(self.manifest_signed());
        self.claim(
            "manifest".to_owned(),
            "清单由平台签署".to_owned(),
            "manifest signed by the platform".to_owned(),
            verdict,
        );
        let key = self.contents.text("manifest.jws").and_then(|text| jws::read(text).ok());
        let key = key.and_then(|jws| jws.header().kid.clone());
        if let Some(record) = key.and_then(|kid| self.keys.find(&kid)).cloned() {
            self.claims.push(single::key_claim(&record, self.trust));
        }
    }

    fn manifest_signed(&self) -> Result<(), Flaw> {
        let wrong = |why: String| Flaw::ManifestChanged { why };
        let bytes = self.contents.bytes("manifest.json").unwrap_or_default();
        let again = seals::canonical_json(&self.manifest).unwrap_or_default();
        if again != bytes {
            return Err(wrong("it is not in its one spelling".to_owned()));
        }
        let text = self
            .contents
            .text("manifest.jws")
            .ok_or_else(|| wrong("its signature is missing".to_owned()))?;
        let signature = jws::read(text).map_err(|error| wrong(error.to_string()))?;
        // The history that the reader trusts counts where it knows the key.
        let known = self.trust.keys.as_ref().filter(|keys| {
            signature.header().kid.as_ref().is_some_and(|kid| keys.find(kid).is_some())
        });
        let set = known.unwrap_or(&self.keys);
        let signed = signature.verify_trusted(set, MANIFEST_TYPE, bytes);
        signed.map(|_key| ()).map_err(|error| wrong(error.to_string()))
    }

    /// That every file is the one that is listed, and none else is there.
    pub(super) fn files(&mut self) {
        let listed = self.manifest.files.clone();
        for entry in &listed {
            let found = match self.contents.bytes(&entry.name) {
                None => Err(Flaw::FileMissing { name: entry.name.clone() }),
                Some(bytes)
                    if bytes.len() as u64 == entry.bytes
                        && Digest::sha256(bytes).hex() == entry.sha256 =>
                {
                    Ok(())
                }
                Some(_) => Err(Flaw::FileChanged { name: entry.name.clone() }),
            };
            self.claim(
                format!("file:{}", entry.name),
                format!("文件 {} 未被更改", entry.name),
                format!("file {} is unchanged", entry.name),
                judged(found),
            );
        }
        let own = ["manifest.json", "manifest.jws"];
        let names: BTreeSet<&str> = listed.iter().map(|entry| entry.name.as_str()).collect();
        let more: Vec<String> = self
            .contents
            .order
            .iter()
            .filter(|name| !own.contains(name) && !names.contains(*name))
            .map(|name| (*name).to_owned())
            .collect();
        for name in more {
            self.claim(
                format!("file:{name}"),
                format!("文件 {name} 在清单之中"),
                format!("file {name} is listed"),
                Verdict::Fail(Flaw::FileUnlisted { name: name.clone() }),
            );
        }
        let wanted: Vec<&str> =
            own.into_iter().chain(listed.iter().map(|entry| entry.name.as_str())).collect();
        if self.contents.order.len() == wanted.len() && self.contents.order != wanted {
            let at = self.contents.order.iter().zip(&wanted).position(|(a, b)| a != b);
            let at = at.and_then(|at| u64::try_from(at).ok()).unwrap_or_default();
            self.claim(
                "order".to_owned(),
                "文件按原有次序存放".to_owned(),
                "files are stored in their order".to_owned(),
                Verdict::Fail(Flaw::ContainerChanged { at }),
            );
        }
        if self.keys.records().is_empty() {
            self.claim(
                "keys".to_owned(),
                "密钥历史可以识别".to_owned(),
                "history of keys can be read".to_owned(),
                Verdict::Unknown(Doubt::NotChecked),
            );
        }
    }
}
