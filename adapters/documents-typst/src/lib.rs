//! Documents set in type by typst: the driver behind [`documents::Typesetter`].
//!
//! **Invariant:** a template sees its values, its own sources, the platform's library and the fonts handed in, and
//! nothing else: no file, no network, no clock; `datetime.today()` is an error.
//! **Invariant:** the same template and values give the same bytes; the PDF carries no time and its id follows from the
//! digest of the text.
//! **Invariant:** a character that no font has is refused by name: no paper is issued with a hole in a person's name. Fonts
//! handed in beside [`FAMILY`] stand in for what it lacks (生僻字).
//! **Invariant:** the library (`lianban.typ`) holds looks and no words of law: what a document says stands in its
//! template, whose digest people sign.
//!
//! It looks for no fonts: whoever makes a [`Typst`] hands them in. Start with [`Typst::new`].

mod faces;
mod world;

use documents::{DocumentError, Taken, Template, Typesetter, Values};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;
use typst::diag::{Severity, SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Dict, Smart};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{World as _, WorldExt as _};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};
use world::{Sheet, path_of};

/// The family that documents are set in, weights 400 and 700.
pub const FAMILY: &str = "Noto Sans SC";

/// The engine's version as editions name it; a test compares it with the manifest.
const ENGINE: &str = "0.15.1";

/// The value that dates a document; the library writes it into the PDF.
const DATED: &str = "issued_on";

/// How many compilations a cached piece of layout outlives.
const CACHE_AGE_MAX: usize = 8;

/// Sets documents by typst (排版引擎).
pub struct Typst {
    fonts: Arc<Fonts>,
    edition: String,
}

/// Fonts and their index.
pub(crate) struct Fonts {
    pub(crate) book: LazyHash<FontBook>,
    pub(crate) list: Vec<Font>,
}

impl Fonts {
    /// Whether one of them has a glyph for a character; what prints nothing needs none.
    fn cover(&self, character: char) -> bool {
        character.is_whitespace()
            || character.is_control()
            || self.list.iter().any(|font| font.info().coverage.contains(u32::from(character)))
    }
}

impl fmt::Debug for Typst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typst").field("edition", &self.edition).finish_non_exhaustive()
    }
}

impl Typst {
    /// A typesetter with the given font files (TrueType, OpenType or collections).
    ///
    /// # Errors
    /// `DOC-0007` where none of them is of the family [`FAMILY`].
    pub fn new(files: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, DocumentError> {
        let mut hash = Sha256::new();
        let mut list = Vec::new();
        for file in files {
            hash.update(Sha256::digest(&file));
            list.extend(Font::iter(Bytes::new(file)));
        }
        let book = FontBook::from_fonts(&list);
        if !book.contains_family(&FAMILY.to_lowercase()) {
            return Err(DocumentError::FontMissing { family: FAMILY });
        }
        let edition = format!(
            "typst {ENGINE}, library {}, fonts {}",
            short(&Sha256::digest(world::LIBRARY.as_bytes())),
            short(&hash.finalize()),
        );
        Ok(Self { fonts: Arc::new(Fonts { book: LazyHash::new(book), list }), edition })
    }

    fn set(&self, template: &Template, values: &Values) -> Result<Vec<u8>, DocumentError> {
        let taken = template.take(values)?;
        let printed = serde_json::Value::Object(taken.faces(template)?);
        if let Some(character) =
            faces::characters(&printed).into_iter().find(|c| !self.fonts.cover(*c))
        {
            return Err(DocumentError::GlyphMissing {
                template: template.id().to_owned(),
                character,
            });
        }
        let input = json!({
            "values": printed,
            "labels": faces::labels(template),
            "document": {
                "id": template.id(),
                "zh": template.title().zh,
                "en": template.title().en,
                "page": template.page(),
                "class": template.class(),
                "digest": taken.digest().to_string(),
            },
        });
        let sheet = Sheet::new(Arc::clone(&self.fonts), template, faces::dict(&input))?;
        let Warned { output, warnings } = typst::compile(&sheet);
        let pdf = output.map_err(|faults| fault(template, &sheet, &faults)).and_then(|document| {
            match warnings.iter().find(|warning| matters(warning)) {
                Some(warning) => Err(fault(template, &sheet, std::slice::from_ref(warning))),
                None => typst_pdf::pdf(&document, &options(template, &taken)?)
                    .map_err(|faults| fault(template, &sheet, &faults)),
            }
        });
        typst::comemo::evict(CACHE_AGE_MAX);
        pdf
    }
}

impl Typesetter for Typst {
    fn edition(&self) -> &str {
        &self.edition
    }

    fn typeset(&self, template: &Template, values: &Values) -> Result<Vec<u8>, DocumentError> {
        self.set(template, values)
    }
}

/// What is asked of the PDF: its id follows from the text's digest, and no time is written into it.
///
/// A dated document is PDF/A-2u: it is kept for as long as the law wants it, and its text stays searchable. One that
/// has no date yet, since the applicant's side signs it later, is plain PDF 1.7, because PDF/A demands a date.
fn options(template: &Template, taken: &Taken) -> Result<PdfOptions, DocumentError> {
    let standard = match taken.values().get(DATED) {
        Some(_) => PdfStandard::A_2u,
        None => PdfStandard::V_1_7,
    };
    let standards = PdfStandards::new(&[standard]).map_err(|fault| DocumentError::Typesetting {
        template: template.id().to_owned(),
        file: template.main().to_owned(),
        line: None,
        message: fault.message().to_string(),
        hint: fault.hints().first().map(ToString::to_string),
    })?;
    Ok(PdfOptions {
        ident: Smart::Custom(taken.digest().to_string()),
        creator: Smart::Custom(Some("Lianban 联办".to_owned())),
        standards,
        ..PdfOptions::default()
    })
}

/// A warning about fonts or characters that would leave holes in an official paper is a fault.
fn matters(warning: &SourceDiagnostic) -> bool {
    warning.severity == Severity::Warning
}

fn fault(template: &Template, sheet: &Sheet, faults: &[SourceDiagnostic]) -> DocumentError {
    let first = faults.first();
    // A fault inside the library is shown at the template's line that led to it.
    let spans = first.into_iter().flat_map(|fault| {
        std::iter::once(fault.span).chain(fault.trace.iter().map(|point| point.span.into()))
    });
    let mut place = None;
    for span in spans {
        let Some(id) = span.id() else { continue };
        let line = sheet
            .range(span)
            .zip(sheet.source(id).ok())
            .and_then(|(range, source)| source.lines().byte_to_line(range.start))
            .and_then(|line| u64::try_from(line).ok())
            .map(|line| line + 1);
        let file = path_of(id);
        let own = template.sources().contains_key(&file);
        if own || place.is_none() {
            place = Some((file, line));
        }
        if own {
            break;
        }
    }
    let (file, line) = place.unwrap_or_else(|| (template.main().to_owned(), None));
    DocumentError::Typesetting {
        template: template.id().to_owned(),
        file,
        line,
        message: first.map_or_else(String::new, |fault| fault.message.to_string()),
        hint: first.and_then(|fault| fault.hints.first()).map(|hint| hint.v.to_string()),
    }
}

fn short(digest: &[u8]) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Values of the `Dict` type, so that `world` need not know JSON.
pub(crate) type Inputs = Dict;
