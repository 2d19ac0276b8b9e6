//! Folders of reforms as files in memory: those built in, and a government's own laid over them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Folders of a reform that hold code.
const CODE: [&str; 2] = ["engine", "module"];

/// Where a folder comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// It came with the program.
    Builtin,
    /// It lies below this folder (`--reforms DIR`).
    Overlay(PathBuf),
    /// It was kept under this digest when it was in force.
    Kept(String),
}

/// The folder of a reform: its files by their path in it.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Its name, such as `28-licence-one-window`.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The files, in order of path.
    pub files: BTreeMap<String, Cow<'static, [u8]>>,
}

impl Folder {
    /// How messages name one of its files.
    #[must_use]
    pub fn path(&self, file: &str) -> String {
        match &self.origin {
            Origin::Builtin => format!("reforms/{}/{file}", self.name),
            Origin::Kept(digest) => format!("{digest}/{}/{file}", self.name),
            Origin::Overlay(dir) => dir.join(&self.name).join(file).display().to_string(),
        }
    }

    /// A file as text; none if it is not there or no UTF-8.
    #[must_use]
    pub fn text(&self, file: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(file)?).ok()
    }

    /// The files of a folder in it with an ending, as path and text.
    pub fn below<'a>(
        &'a self,
        folder: &'a str,
        ending: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files.iter().filter_map(move |(path, bytes)| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?;
            let fits = name.ends_with(ending) && !name.contains('/');
            Some((path.as_str(), std::str::from_utf8(bytes).ok()?)).filter(|_| fits)
        })
    }

    /// The number that its name begins with.
    #[must_use]
    pub fn number(&self) -> Option<u8> {
        self.name.split_once('-').and_then(|(number, _)| number.parse().ok())
    }

    /// Its name without the number.
    #[must_use]
    pub fn slug(&self) -> &str {
        self.name.split_once('-').map_or(self.name.as_str(), |(_, slug)| slug)
    }
}

/// All folders that are read together.
#[derive(Clone, Debug, Default)]
pub struct Files {
    folders: Vec<Folder>,
}

impl Files {
    /// The folders that came with the program.
    #[must_use]
    pub fn builtin() -> Self {
        let files = builtin::files().iter().map(|(path, bytes)| (*path, Cow::Borrowed(*bytes)));
        Self::of(&Origin::Builtin, files)
    }

    /// Folders from their files by path, such as `28-licence-one-window/reform.yaml`.
    pub fn of<'p>(
        origin: &Origin,
        files: impl IntoIterator<Item = (&'p str, Cow<'static, [u8]>)>,
    ) -> Self {
        let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
        for (path, bytes) in files {
            // A file beside the folders, such as a README, belongs to no reform.
            let Some((name, rest)) = path.split_once('/') else { continue };
            let folder = folders.entry(name.to_owned()).or_insert_with(|| Folder {
                name: name.to_owned(),
                origin: origin.clone(),
                files: BTreeMap::new(),
            });
            folder.files.insert(rest.to_owned(), bytes);
        }
        Self { folders: folders.into_values().collect() }
    }

    /// Lays the folders below a directory over these. Which one counts is decided when they are loaded.
    ///
    /// # Errors
    /// What the file system says.
    pub fn overlay(mut self, dir: &Path) -> io::Result<Self> {
        let mut found = Vec::new();
        walk(dir, "", &mut found)?;
        let files = found.iter().map(|(path, bytes)| (path.as_str(), Cow::Owned(bytes.clone())));
        self.folders.extend(Self::of(&Origin::Overlay(dir.to_owned()), files).folders);
        Ok(self)
    }

    /// These folders with one of them in another state, as somebody might publish it.
    #[must_use]
    pub(crate) fn with(&self, changed: &Folder) -> Self {
        let mut files = self.clone();
        for folder in &mut files.folders {
            if (&folder.name, &folder.origin) == (&changed.name, &changed.origin) {
                folder.files.clone_from(&changed.files);
            }
        }
        files
    }

    /// The folders: those built in first, each group in order of name.
    #[must_use]
    pub fn folders(&self) -> &[Folder] {
        &self.folders
    }
}

fn walk(dir: &Path, below: &str, found: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            if !CODE.contains(&name.as_str()) {
                walk(&entry.path(), &path, found)?;
            }
        } else {
            found.push((path, fs::read(entry.path())?));
        }
    }
    Ok(())
}
