//! The incremental update that puts a seal into a document.

use super::syntax::{Dictionary, Objects, array};
use super::{Note, digest_around};
use crate::{Digest, SealError};
use codes::Moment;
use std::collections::BTreeMap;
use std::ops::Range;

/// The name of the field that holds the seal; a document has one.
const FIELD: &str = "lianban-seal";

/// A number of the range as wide as any that is written: ten digits.
const NUMBER_WIDTH: usize = 10;

/// A document that is sealed but for the signature itself.
#[derive(Debug)]
pub(super) struct Draft {
    bytes: Vec<u8>,
    /// Where the signature goes, with its brackets.
    gap: Range<usize>,
}

impl Draft {
    /// Adds the seal's objects to a document.
    pub(super) fn of(
        pdf: &[u8],
        at: Moment,
        note: Note<'_>,
        room: usize,
    ) -> Result<Self, SealError> {
        let objects = Objects::of(pdf)?;
        let wrong = |why| SealError::PdfMalformed { why };
        let root = objects.trailer.reference("Root").ok_or(wrong("it has no catalogue"))?;
        let size = objects.trailer.integer("Size").ok_or(wrong("it has no size"))?;
        let size = u32::try_from(size).map_err(|_size| wrong("it has too many objects"))?;
        let catalog = objects.dictionary(root)?;
        if catalog.get("AcroForm").is_some() {
            return Err(wrong("it has a form already"));
        }
        let (page, page_entries) = objects.first_page(&catalog)?;
        let (seal, field) = (size, size + 1);

        let mut update = Update::new(pdf);
        let form = format!("<< /Fields [{field} 0 R] /SigFlags 3 >>");
        update.object(root, &with(&catalog, "AcroForm", form.as_bytes()));
        let annots = annotations(&objects, &page_entries, field)?;
        update.object(page, &with(&page_entries, "Annots", &annots));
        // Invisible, printed and locked: PDF/A wants the flag for print even where there is nothing to print.
        let widget = format!(
            "<< /Type /Annot /Subtype /Widget /FT /Sig /T ({FIELD}) /V {seal} 0 R /P {page} 0 R /Rect [0 0 0 0] /F 132 >>"
        );
        update.object(field, widget.as_bytes());
        let (range, gap) = update.seal(seal, at, note, room);
        update.table(&objects, root, size + 2);

        let total = update.bytes.len();
        let text = format!("[0 {} {} {}]", gap.start, gap.end, total.saturating_sub(gap.end));
        let place = update.bytes.get_mut(range.clone()).unwrap_or_default();
        let filled = format!("{text:<width$}", width = range.len());
        if filled.len() != place.len() {
            return Err(wrong("it is too long"));
        }
        place.copy_from_slice(filled.as_bytes());
        Ok(Self { bytes: update.bytes, gap })
    }

    /// The digest of what the seal covers.
    pub(super) fn digest(&self) -> Digest {
        let before = self.bytes.get(..self.gap.start).unwrap_or_default();
        let after = self.bytes.get(self.gap.end..).unwrap_or_default();
        digest_around(before, after)
    }

    /// The document with its signature.
    pub(super) fn signed(mut self, signature: &[u8]) -> Result<Vec<u8>, SealError> {
        // Without the brackets, which stand there already.
        let inside = self.gap.start + 1..self.gap.end.saturating_sub(1);
        let text = crate::hex(signature);
        let place = self.bytes.get_mut(inside).and_then(|inside| inside.get_mut(..text.len()));
        let place = place.ok_or_else(|| SealError::SealNotMade {
            why: format!("a signature of {} bytes has no room", signature.len()),
        })?;
        place.copy_from_slice(text.as_bytes());
        Ok(self.bytes)
    }
}

/// A document with what is added to it.
struct Update {
    bytes: Vec<u8>,
    offsets: BTreeMap<u32, usize>,
}

impl Update {
    fn new(pdf: &[u8]) -> Self {
        let mut bytes = pdf.to_vec();
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        Self { bytes, offsets: BTreeMap::new() }
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn object(&mut self, number: u32, value: &[u8]) {
        self.offsets.insert(number, self.bytes.len());
        self.text(&format!("{number} 0 obj\n"));
        self.bytes.extend_from_slice(value);
        self.text("\nendobj\n");
    }

    /// The object of the signature; gives where the range stands and where the signature will.
    fn seal(
        &mut self,
        number: u32,
        at: Moment,
        note: Note<'_>,
        room: usize,
    ) -> (Range<usize>, Range<usize>) {
        self.offsets.insert(number, self.bytes.len());
        self.text(&format!(
            "{number} 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange "
        ));
        let range = self.bytes.len()..self.bytes.len() + "[0   ]".len() + 3 * NUMBER_WIDTH;
        self.bytes.resize(range.end, b' ');
        self.text(" /Contents ");
        let gap = self.bytes.len()..self.bytes.len() + 2 * room + 2;
        self.text("<");
        self.bytes.resize(gap.end - 1, b'0');
        self.text(">");
        let wall = at.wall();
        let stated = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}+08'00'",
            wall.year(),
            wall.month(),
            wall.day(),
            wall.hour(),
            wall.minute(),
            wall.second()
        );
        self.text(&format!(
            " /M (D:{stated}) /Name {} /Reason {} /Location {} >>\nendobj\n",
            text_string(note.by),
            text_string(note.reason),
            text_string(note.address)
        ));
        (range, gap)
    }

    /// The table of what was added, and the trailer.
    fn table(&mut self, objects: &Objects<'_>, root: u32, size: u32) {
        let start = self.bytes.len();
        self.text("xref\n");
        let offsets: Vec<(u32, usize)> = std::mem::take(&mut self.offsets).into_iter().collect();
        for run in offsets.chunk_by(|(one, _), (next, _)| one + 1 == *next) {
            if let Some((first, _)) = run.first() {
                self.text(&format!("{first} {}\n", run.len()));
            }
            for (_, offset) in run {
                self.text(&format!("{offset:010} 00000 n \n"));
            }
        }
        self.text(&format!("trailer\n<< /Size {size} /Root {root} 0 R /Prev {}", objects.table));
        if let Some(info) = objects.trailer.get("Info") {
            self.text(" /Info ");
            self.bytes.extend_from_slice(info);
        }
        // The first id stays that of the document, the second is that of this state of it (ISO 32000-1, 14.4).
        let id = objects.trailer.get("ID").and_then(|id| array(id).ok()?.first().copied());
        if let Some(first) = id {
            let state = Digest::sha256(self.bytes.get(..start).unwrap_or_default()).hex();
            self.text(" /ID [");
            self.bytes.extend_from_slice(first);
            self.text(&format!(" <{}>]", state.get(..32).unwrap_or_default()));
        }
        self.text(&format!(" >>\nstartxref\n{start}\n%%EOF\n"));
    }
}

/// A dictionary with one entry put or replaced, as text.
fn with(entries: &Dictionary<'_>, name: &str, value: &[u8]) -> Vec<u8> {
    let mut text = b"<<".to_vec();
    let kept = entries.0.iter().filter(|(own, _)| *own != name.as_bytes());
    for (own, value) in kept.copied().chain([(name.as_bytes(), value)]) {
        text.extend_from_slice(b" /");
        text.extend_from_slice(own);
        text.push(b' ');
        text.extend_from_slice(value);
    }
    text.extend_from_slice(b" >>");
    text
}

/// The annotations of a page and one more.
fn annotations(
    objects: &Objects<'_>,
    page: &Dictionary<'_>,
    field: u32,
) -> Result<Vec<u8>, SealError> {
    let own = match (page.get("Annots"), page.reference("Annots")) {
        (None, _) => Vec::new(),
        (Some(_), Some(number)) => array(objects.value(number)?)?,
        (Some(inline), None) => array(inline)?,
    };
    let mut text = b"[".to_vec();
    for annotation in own {
        text.extend_from_slice(annotation);
        text.push(b' ');
    }
    text.extend_from_slice(format!("{field} 0 R]").as_bytes());
    Ok(text)
}

/// A text for people, in any script: UTF-16 with its mark, in hexadecimal (ISO 32000-1, 7.9.2.2).
fn text_string(text: &str) -> String {
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    format!("<FEFF{}>", crate::hex(&bytes).to_uppercase())
}
