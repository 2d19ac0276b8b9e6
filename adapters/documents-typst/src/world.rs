//! What a template can see: its values, its sources, the library, the fonts.

use crate::{Fonts, Inputs};
use documents::{DocumentError, Template};
use std::collections::BTreeMap;
use std::sync::Arc;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};

/// The library of looks that every template may import.
pub(crate) const LIBRARY: &str = include_str!("../typst/lianban.typ");

/// The path under which templates import it.
const LIBRARY_PATH: &str = "lianban.typ";

/// One document on its way through the engine.
pub(crate) struct Sheet {
    fonts: Arc<Fonts>,
    library: LazyHash<Library>,
    main: FileId,
    sources: BTreeMap<String, Source>,
}

impl Sheet {
    pub(crate) fn new(
        fonts: Arc<Fonts>,
        template: &Template,
        inputs: Inputs,
    ) -> Result<Self, DocumentError> {
        let library = Library::builder().with_inputs(inputs).build();
        let mut sources = BTreeMap::new();
        let own = template.sources().iter().map(|(name, text)| (name.as_str(), text.as_str()));
        for (name, text) in own.chain([(LIBRARY_PATH, LIBRARY)]) {
            let id = file_id(name).ok_or_else(|| DocumentError::SourceMissing {
                template: template.id().to_owned(),
                file: name.to_owned(),
            })?;
            sources.insert(path_of(id), Source::new(id, text.to_owned()));
        }
        let main = file_id(template.main()).ok_or_else(|| DocumentError::SourceMissing {
            template: template.id().to_owned(),
            file: template.main().to_owned(),
        })?;
        Ok(Self { fonts, library: LazyHash::new(library), main, sources })
    }
}

fn file_id(name: &str) -> Option<FileId> {
    VirtualPath::new(name).ok().map(|path| RootedPath::new(VirtualRoot::Project, path).intern())
}

/// The name of a file as templates write it.
pub(crate) fn path_of(id: FileId) -> String {
    id.vpath().get_without_slash().to_owned()
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let path = path_of(id);
        self.sources.get(&path).cloned().ok_or_else(|| FileError::NotFound(path.into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        Err(FileError::NotFound(path_of(id).into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.list.get(index).cloned()
    }

    /// No clock: a date on a document is one of its values.
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
