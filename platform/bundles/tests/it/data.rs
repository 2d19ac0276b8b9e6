//! The built-in folders with files changed, added or taken away.

use bundles::{Fault, Files, Origin, check, load};
use codes::Coded as _;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub(crate) const REFORM: &str = "28-licence-one-window/reform.yaml";

/// The built-in files, to be changed.
#[derive(Clone)]
pub(crate) struct Tree(BTreeMap<String, Vec<u8>>);

impl Tree {
    pub(crate) fn builtin() -> Self {
        Self(
            builtin::files()
                .iter()
                .map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()))
                .collect(),
        )
    }

    /// Replaces a text in a file; the text has to be there.
    pub(crate) fn replace(mut self, path: &str, from: &str, to: &str) -> Self {
        let text = String::from_utf8(self.0[path].clone()).unwrap();
        assert!(text.contains(from), "`{path}` does not hold `{from}`");
        self.0.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
        self
    }

    /// Whether a file holds a text.
    pub(crate) fn holds(&self, path: &str, text: &str) -> bool {
        String::from_utf8_lossy(&self.0[path]).contains(text)
    }

    pub(crate) fn put(mut self, path: &str, text: &str) -> Self {
        self.0.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }

    pub(crate) fn without(mut self, path: &str) -> Self {
        assert!(self.0.remove(path).is_some(), "{path}");
        self
    }

    pub(crate) fn files(&self) -> Files {
        let files = self.0.iter().map(|(path, bytes)| (path.as_str(), Cow::Owned(bytes.clone())));
        Files::of(&Origin::Builtin, files)
    }

    /// The faults that loading finds.
    pub(crate) fn load_faults(&self) -> Vec<Fault> {
        load(&self.files()).err().unwrap_or_default()
    }

    /// The faults that a check finds beyond those of the folders as they are.
    pub(crate) fn new_faults(&self) -> Vec<Fault> {
        static KNOWN: LazyLock<Vec<Fault>> = LazyLock::new(|| check(&Files::builtin()).faults);
        check(&self.files()).faults.into_iter().filter(|fault| !KNOWN.contains(fault)).collect()
    }
}

/// `file:line:column REASON`, the way tests compare faults.
pub(crate) fn told(faults: &[Fault]) -> Vec<String> {
    faults
        .iter()
        .map(|fault| {
            let file = fault.file.rsplit('/').next().unwrap_or_default();
            format!("{file}:{}:{} {}", fault.line, fault.column, fault.wrong.reason())
        })
        .collect()
}

/// Where a text stands in a built-in file, from 1.
pub(crate) fn line_of(path: &str, wanted: &str) -> usize {
    let text = std::str::from_utf8(builtin::file(path).unwrap()).unwrap();
    1 + text.lines().position(|line| line.contains(wanted)).unwrap()
}
