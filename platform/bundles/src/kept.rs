//! Bundles as they are kept (存档): whole and under their digest, so that a case ends under the bundle it began with.
//!
//! ```text
//!  "lianban bundle 2\n" · the folder's name · (path, content)…     each part led by its length, paths in order
//! ```
//! A definition follows from more than its own folder: the dictionary has the elements of every folder, and a package may
//! offer services of other reforms. What it draws on is kept with it, so that its digest moves when that moves.

use crate::definition::define;
use crate::fault::Fault;
use crate::files::{Files, Folder, Origin};
use crate::load::{Bundles, dictionary, read, sorted};
use cases::law::Definition;
use catalogue::definition::{Reform, ServiceKey};
use forms::Crosswalks;
use seals::Digest;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The first bytes of a kept bundle.
const MARK: &[u8] = b"lianban bundle 2\n";

/// The file of a folder that the dictionary of all draws on.
const ELEMENTS: &str = "elements.yaml";

/// What a case of another reform needs of the services that a folder offers.
const OF_SERVICES: [&str; 3] = ["reform.yaml", "forms/", "documents/"];

/// A kept bundle that cannot be read again.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The bytes are no kept bundle.
    #[error("no kept bundle: {0}")]
    NotABundle(&'static str),
    /// This program does not read what an earlier one kept.
    #[error("a kept bundle cannot be read: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unreadable(Vec<Fault>),
    /// Its reform offers no service, so that no case goes by it.
    #[error("a kept bundle offers no service")]
    NoService,
}

impl Bundles {
    /// The bundles that cases can go by, each as it is kept; the SHA-256 of the bytes is the bundle's digest.
    #[must_use]
    pub fn kept(&self) -> Vec<Vec<u8>> {
        let folders: Vec<&Folder> = self.all.iter().map(|bundle| &bundle.folder).collect();
        self.all
            .iter()
            .filter(|bundle| bundle.reform.as_ref().is_some_and(|r| !r.services.is_empty()))
            .map(|bundle| pack(&bundle.folder, bundle.reform.as_ref(), &folders))
            .collect()
    }
}

/// The definition of a bundle from the bytes under which it was kept.
///
/// # Errors
/// [`KeptError`].
pub fn restore(bytes: &[u8], maps: &Arc<Crosswalks>) -> Result<Definition, KeptError> {
    let digest = Digest::sha256(bytes).hex();
    let (home, files) = unpack(bytes)?;
    let files = files.iter().map(|(path, content)| (path.as_str(), Cow::Owned(content.clone())));
    let files = Files::of(&Origin::Kept(digest.clone()), files);
    let folders: Vec<&Folder> = files.folders().iter().collect();
    let mut faults = Vec::new();
    let dictionary = Arc::new(dictionary(&folders, &mut faults));
    let all: Vec<_> = folders
        .iter()
        .filter_map(|folder| read(folder, &folders, &dictionary, &mut faults).map(Arc::new))
        .collect();
    if !faults.is_empty() {
        return Err(KeptError::Unreadable(sorted(faults)));
    }
    let bundle = all.iter().find(|bundle| bundle.folder.name == home);
    let number = bundle.ok_or(KeptError::NotABundle("its own folder is not in it"))?.number;
    let definition = define(&all, &dictionary, number, maps).ok_or(KeptError::NoService)?;
    Ok(Definition { digest, ..definition })
}

/// A folder with what its definition draws on, as bytes that follow from the files alone.
pub(crate) fn pack(folder: &Folder, reform: Option<&Reform>, folders: &[&Folder]) -> Vec<u8> {
    let offers = reform.map(offered).unwrap_or_default();
    let mut files: BTreeMap<String, &[u8]> = BTreeMap::new();
    for other in folders {
        let own = other.name == folder.name;
        let serves = other.number().is_some_and(|number| offers.contains(&number));
        let drawn = |path: &str| {
            own || path == ELEMENTS
                || serves && OF_SERVICES.iter().any(|part| path.starts_with(part))
        };
        let drawn = other.files.iter().filter(|(path, _)| drawn(path));
        files.extend(drawn.map(|(path, content)| (format!("{}/{path}", other.name), &**content)));
    }
    let mut bytes = MARK.to_vec();
    let mut add = |part: &[u8]| {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    };
    add(folder.name.as_bytes());
    for (path, content) in files {
        add(path.as_bytes());
        add(content);
    }
    bytes
}

/// The other reforms whose services the packages of a reform offer.
pub(crate) fn offered(reform: &Reform) -> BTreeSet<u8> {
    reform
        .packages
        .values()
        .flat_map(|package| package.services.iter().chain(&package.add_ons))
        .filter_map(|name| ServiceKey::within(reform.number, name).ok())
        .map(|key| key.reform)
        .filter(|number| *number != reform.number)
        .collect()
}

/// The name of a bundle's folder, and its files by path with the folder.
type Unpacked = (String, BTreeMap<String, Vec<u8>>);

fn unpack(bytes: &[u8]) -> Result<Unpacked, KeptError> {
    let mut rest =
        bytes.strip_prefix(MARK).ok_or(KeptError::NotABundle("it begins with other bytes"))?;
    let home = name(part(&mut rest)?)?;
    let mut files = BTreeMap::new();
    while !rest.is_empty() {
        let path = name(part(&mut rest)?)?;
        files.insert(path, part(&mut rest)?.to_vec());
    }
    Ok((home, files))
}

fn part<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], KeptError> {
    let short = || KeptError::NotABundle("it is cut short");
    let (length, after) = rest.split_first_chunk::<8>().ok_or_else(short)?;
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_large| short())?;
    let (part, after) = after.split_at_checked(length).ok_or_else(short)?;
    *rest = after;
    Ok(part)
}

fn name(part: &[u8]) -> Result<String, KeptError> {
    let text = std::str::from_utf8(part);
    text.map(str::to_owned).map_err(|_bytes| KeptError::NotABundle("a name is no UTF-8"))
}
