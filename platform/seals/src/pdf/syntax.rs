//! As much of the syntax of PDF as a seal needs (ISO 32000-1, 7.3 and 7.5): values, dictionaries, the table of objects, and
//! where seals lie.

use crate::SealError;
use codes::Moment;
use std::collections::BTreeMap;
use std::ops::Range;

/// How many sections of a table of objects, and how many levels of values or pages, are followed.
const DEPTH_MAX: usize = 32;

const fn wrong(why: &'static str) -> SealError {
    SealError::PdfMalformed { why }
}

/// White space as PDF has it.
const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

/// What ends a name, a number or a word.
const fn is_delimiter(byte: u8) -> bool {
    is_space(byte)
        || matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

/// A reader at a place in a file.
#[derive(Clone, Copy, Debug)]
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    fn takes(&mut self, word: &[u8]) -> bool {
        self.skip();
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// A word up to the next delimiter.
    fn word(&mut self) -> &'a [u8] {
        self.skip();
        let rest = self.rest();
        let length = rest.iter().position(|byte| is_delimiter(*byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn integer(&mut self) -> Option<usize> {
        let word = self.word();
        let digits = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
        digits.then(|| std::str::from_utf8(word).ok()?.parse().ok()).flatten()
    }

    /// A reference to an object, or nothing moved.
    fn reference(&mut self) -> Option<u32> {
        let mut ahead = *self;
        let number = u32::try_from(ahead.integer()?).ok()?;
        ahead.integer()?;
        if ahead.word() != b"R" {
            return None;
        }
        *self = ahead;
        Some(number)
    }

    /// Passes one value and gives its bytes as they stand.
    fn value(&mut self, depth: usize) -> Result<&'a [u8], SealError> {
        self.skip();
        let start = self.at;
        if depth == 0 {
            return Err(wrong("its values are nested too deep"));
        }
        match self.peek().ok_or(wrong("it ends within a value"))? {
            b'(' => self.string()?,
            b'<' if self.rest().starts_with(b"<<") => {
                self.dictionary(depth)?;
            }
            b'<' => {
                let length = self.rest().iter().position(|byte| *byte == b'>');
                self.at += length.ok_or(wrong("it ends within a string"))? + 1;
            }
            b'[' => {
                self.at += 1;
                while !self.takes(b"]") {
                    self.value(depth - 1)?;
                }
            }
            b'/' => {
                self.at += 1;
                self.word();
            }
            _ if self.reference().is_some() => {}
            _ if self.word().is_empty() => return Err(wrong("it holds what is no value")),
            _ => {}
        }
        self.bytes.get(start..self.at).ok_or(wrong("it ends within a value"))
    }

    fn string(&mut self) -> Result<(), SealError> {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        Err(wrong("it ends within a string"))
    }

    fn dictionary(&mut self, depth: usize) -> Result<Dictionary<'a>, SealError> {
        if !self.takes(b"<<") {
            return Err(wrong("something is no dictionary that should be one"));
        }
        let mut entries = Vec::new();
        while !self.takes(b">>") {
            if !self.takes(b"/") {
                return Err(wrong("a dictionary has a key that is no name"));
            }
            let name = self.word();
            entries.push((name, self.value(depth - 1)?));
        }
        Ok(Dictionary(entries))
    }
}

/// A dictionary: names and the bytes of their values, in the order in which they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Dictionary<'a>(pub(super) Vec<(&'a [u8], &'a [u8])>);

impl<'a> Dictionary<'a> {
    /// The bytes of a value.
    pub(super) fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(own, _)| *own == name.as_bytes()).map(|(_, value)| *value)
    }

    /// A value that refers to an object.
    pub(super) fn reference(&self, name: &str) -> Option<u32> {
        Cursor::new(self.get(name)?, 0).reference()
    }

    /// A value that is a whole number.
    pub(super) fn integer(&self, name: &str) -> Option<usize> {
        Cursor::new(self.get(name)?, 0).integer()
    }
}

/// The values of an array, as they stand.
pub(super) fn array(bytes: &[u8]) -> Result<Vec<&[u8]>, SealError> {
    let mut cursor = Cursor::new(bytes, 0);
    if !cursor.takes(b"[") {
        return Err(wrong("something is no array that should be one"));
    }
    let mut values = Vec::new();
    while !cursor.takes(b"]") {
        values.push(cursor.value(DEPTH_MAX)?);
    }
    Ok(values)
}

/// The objects of a document whose table of objects is written in plain text.
#[derive(Debug)]
pub(super) struct Objects<'a> {
    bytes: &'a [u8],
    offsets: BTreeMap<u32, usize>,
    /// The last trailer.
    pub(super) trailer: Dictionary<'a>,
    /// Where the last table stands.
    pub(super) table: usize,
}

impl<'a> Objects<'a> {
    /// Reads the tables, the last one first.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, SealError> {
        let marker = b"startxref";
        let last = bytes
            .windows(marker.len())
            .rposition(|window| window == marker)
            .ok_or(wrong("it has no table of objects"))?;
        let table = Cursor::new(bytes, last + marker.len())
            .integer()
            .ok_or(wrong("it does not say where its table of objects stands"))?;
        let mut offsets = BTreeMap::new();
        let mut trailer: Option<Dictionary<'a>> = None;
        let mut next = Some(table);
        for _section in 0..DEPTH_MAX {
            let Some(at) = next else { break };
            let own = section(bytes, at, &mut offsets)?;
            next = own.integer("Prev");
            trailer.get_or_insert(own);
        }
        let trailer = trailer.ok_or(wrong("it has no trailer"))?;
        Ok(Self { bytes, offsets, trailer, table })
    }

    /// The dictionary of an object.
    pub(super) fn dictionary(&self, number: u32) -> Result<Dictionary<'a>, SealError> {
        self.at(number)?.dictionary(DEPTH_MAX)
    }

    /// The bytes of an object's value.
    pub(super) fn value(&self, number: u32) -> Result<&'a [u8], SealError> {
        self.at(number)?.value(DEPTH_MAX)
    }

    fn at(&self, number: u32) -> Result<Cursor<'a>, SealError> {
        let missing = wrong("an object is not where its table says");
        let Some(offset) = self.offsets.get(&number) else { return Err(missing) };
        let mut cursor = Cursor::new(self.bytes, *offset);
        let own = cursor.integer().is_some_and(|found| u32::try_from(found) == Ok(number));
        if own && cursor.integer().is_some() && cursor.word() == b"obj" {
            Ok(cursor)
        } else {
            Err(missing)
        }
    }

    /// The first page: its object and its dictionary.
    pub(super) fn first_page(
        &self,
        catalog: &Dictionary<'a>,
    ) -> Result<(u32, Dictionary<'a>), SealError> {
        let none = wrong("it has no page");
        let mut number = catalog.reference("Pages").ok_or(wrong("it has no pages"))?;
        for _level in 0..DEPTH_MAX {
            let node = self.dictionary(number)?;
            let Some(kids) = node.get("Kids") else { return Ok((number, node)) };
            let first = array(kids)?.first().and_then(|kid| Cursor::new(kid, 0).reference());
            let Some(first) = first else { return Err(none) };
            number = first;
        }
        Err(none)
    }
}

/// Reads one section of the table, the trailer after it, and adds what no later section has.
fn section<'a>(
    bytes: &'a [u8],
    at: usize,
    offsets: &mut BTreeMap<u32, usize>,
) -> Result<Dictionary<'a>, SealError> {
    let mut cursor = Cursor::new(bytes, at);
    if !cursor.takes(b"xref") {
        return Err(wrong("its table of objects is not written in plain text"));
    }
    let cut = || wrong("its table of objects is cut off");
    while !cursor.takes(b"trailer") {
        let first = cursor.integer().ok_or_else(cut)?;
        let count = cursor.integer().ok_or_else(cut)?;
        for number in first..first.saturating_add(count) {
            let offset = cursor.integer().ok_or_else(cut)?;
            cursor.integer().ok_or_else(cut)?;
            let in_use = match cursor.word() {
                b"n" => true,
                b"f" => false,
                _ => return Err(cut()),
            };
            if in_use && let Ok(number) = u32::try_from(number) {
                offsets.entry(number).or_insert(offset);
            }
        }
    }
    cursor.dictionary(DEPTH_MAX)
}

/// Where a seal lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SealPlace {
    /// The part that it leaves out: the signature, with its brackets.
    pub(super) gap: Range<usize>,
    /// Where what it covers ends.
    pub(super) end: usize,
    /// The bytes of the signature, filled up with zeros.
    pub(super) contents: Vec<u8>,
    /// When it was put.
    pub(super) at: Option<Moment>,
    /// Where the document can be checked.
    pub(super) address: Option<String>,
}

/// Every seal of a document.
///
/// They are looked for in the bytes and not by the table of objects: what a seal covers, it covers whatever the table says, and
/// a document whose table was damaged must still be told changed.
pub(super) fn seals(bytes: &[u8]) -> Result<Vec<SealPlace>, SealError> {
    let marker = b"/ByteRange";
    let mut places = Vec::new();
    for (start, window) in bytes.windows(marker.len()).enumerate() {
        if window == marker {
            places.push(place(bytes, start, start + marker.len())?);
        }
    }
    Ok(places)
}

fn place(bytes: &[u8], start: usize, after: usize) -> Result<SealPlace, SealError> {
    let ranges = array(bytes.get(after..).unwrap_or_default())?;
    let numbers: Vec<usize> =
        ranges.iter().filter_map(|value| Cursor::new(value, 0).integer()).collect();
    let [0, first, second, length] = numbers.as_slice() else {
        return Err(wrong("its seal does not say what it covers"));
    };
    let end = second.checked_add(*length).filter(|end| *end <= bytes.len());
    let end = end.ok_or(wrong("its seal covers more than there is"))?;
    let hex = bytes
        .get(*first..*second)
        .and_then(|gap| gap.strip_prefix(b"<")?.strip_suffix(b">"))
        .and_then(|hex| std::str::from_utf8(hex).ok())
        .ok_or(wrong("its seal leaves out more than its signature"))?;
    let contents = crate::from_hex(hex)
        .map_err(|_form| wrong("its seal leaves out more than its signature"))?;
    if crate::hex(&contents) != hex {
        // The same bytes in other letters: nothing here writes so.
        return Err(wrong("its signature is written otherwise than seals are here"));
    }
    let own = entries(bytes, start, *second).unwrap_or_default();
    let at = own.iter().find_map(|part| stated(part));
    let address = own.iter().find_map(|part| address(part));
    Ok(SealPlace { gap: *first..*second, end, contents, at, address })
}

/// The entries of a seal on both sides of its signature.
fn entries(bytes: &[u8], start: usize, after_gap: usize) -> Option<[&[u8]; 2]> {
    let opens = b" obj";
    let from = bytes.get(..start)?.windows(opens.len()).rposition(|window| window == opens)?;
    let rest = bytes.get(after_gap..)?;
    let closes = b"endobj";
    let length = rest.windows(closes.len()).position(|window| window == closes)?;
    Some([bytes.get(from..start)?, rest.get(..length)?])
}

fn after<'a>(part: &'a [u8], marker: &[u8]) -> Option<&'a [u8]> {
    let at = part.windows(marker.len()).position(|window| window == marker)?;
    part.get(at + marker.len()..)
}

/// When a seal says it was put.
fn stated(part: &[u8]) -> Option<Moment> {
    let (digits, zone) = after(part, b"/M (D:")?.split_at_checked(14)?;
    // `YYYYMMDDHHMMSS` and the distance of Beijing from UTC, as it is written here.
    if !zone.starts_with(b"+08'00'") || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = std::str::from_utf8(digits).ok()?;
    let (date, time) = digits.split_at_checked(8)?;
    let (year, day) = date.split_at_checked(4)?;
    let (month, day) = day.split_at_checked(2)?;
    let (hour, second) = time.split_at_checked(2)?;
    let (minute, second) = second.split_at_checked(2)?;
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}+08:00").parse().ok()
}

/// Where a seal says its document can be checked: a text in UTF-16, in hexadecimal.
fn address(part: &[u8]) -> Option<String> {
    let rest = after(part, b"/Location <FEFF")?;
    let length = rest.iter().position(|byte| *byte == b'>')?;
    let bytes = crate::from_hex(std::str::from_utf8(rest.get(..length)?).ok()?).ok()?;
    let (units, []) = bytes.as_chunks::<2>() else { return None };
    let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
    String::from_utf16(&units).ok()
}
