//! The ZIP of a package (APPNOTE 6.3.10), in one fixed spelling: stored, in order, without times, attributes or gaps.
//!
//! The bytes of an archive follow from its files alone. A reader writes what it read once more and compares: a changed byte
//! anywhere, in a header too, is found. That only holds while nobody else's version decides how a header looks, so both
//! directions are written here.

use std::io::{self, Write};

/// `version needed to extract`: 1.0, as for stored files.
const VERSION: u16 = 10;
/// 1 January 1980, the earliest date that ZIP knows.
const DATE: u16 = 0x0021;
/// The signatures of the three kinds of header.
const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// The fixed parts of a local header, a central header, and the end.
const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, with `/` between folders.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Whether a text may name a file of a package: parts of letters, digits, `.`, `-`, `_`, none of them `.` or `..`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.bytes().all(|byte| byte == b'.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    };
    text.len() <= 200 && text.split('/').all(part)
}

/// Writes files as an archive.
///
/// # Errors
/// The sink fails, a name is none, or the archive would be larger than ZIP can tell without extensions.
pub fn write(entries: &[Entry], mut sink: impl Write) -> io::Result<()> {
    let too_large = || io::Error::new(io::ErrorKind::InvalidInput, "too large for a package");
    let count = u16::try_from(entries.len()).map_err(|_range| too_large())?;
    let mut directory = Vec::new();
    let mut offset = 0_u32;
    for entry in entries {
        if !is_name(&entry.name) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a file's name is none"));
        }
        let size = u32::try_from(entry.bytes.len()).map_err(|_range| too_large())?;
        let name = u16::try_from(entry.name.len()).map_err(|_range| too_large())?;
        let crc = crc32fast::hash(&entry.bytes);
        let common = common(crc, size, name);
        sink.write_all(&LOCAL.to_le_bytes())?;
        sink.write_all(&common)?;
        sink.write_all(entry.name.as_bytes())?;
        sink.write_all(&entry.bytes)?;
        directory.extend(CENTRAL.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        directory.extend(common);
        // No comment, first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(entry.name.as_bytes());
        let written = LOCAL_BYTES + entry.name.len() + entry.bytes.len();
        offset = u32::try_from(written)
            .ok()
            .and_then(|written| offset.checked_add(written))
            .ok_or_else(too_large)?;
    }
    let length = u32::try_from(directory.len()).map_err(|_range| too_large())?;
    sink.write_all(&directory)?;
    sink.write_all(&END.to_le_bytes())?;
    sink.write_all(&[0; 4])?;
    sink.write_all(&count.to_le_bytes())?;
    sink.write_all(&count.to_le_bytes())?;
    sink.write_all(&length.to_le_bytes())?;
    sink.write_all(&offset.to_le_bytes())?;
    sink.write_all(&[0; 2])?;
    sink.flush()
}

/// What a local and a central header share: version, flags, method, time, date, check, sizes, lengths.
fn common(crc: u32, size: u32, name: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(26);
    for word in [VERSION, 0, 0, 0, DATE] {
        bytes.extend(word.to_le_bytes());
    }
    for word in [crc, size, size] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(name.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

/// What was read of an archive.
#[derive(Clone, Debug)]
pub struct Read {
    /// The files that could be found, in their order.
    pub entries: Vec<Entry>,
    /// Where the bytes first differ from those that these files have in the one spelling; none where they do not.
    pub differs_at: Option<usize>,
}

/// Whether bytes look like an archive.
#[must_use]
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(&LOCAL.to_le_bytes()) || by_directory(bytes).is_some()
}

/// Reads an archive: by its local headers, and where they do not lead to the end, by its directory, so that one changed
/// header does not hide what else is in there. `None` if neither leads anywhere.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Read> {
    let entries = by_headers(bytes).or_else(|| by_directory(bytes))?;
    let mut again = Vec::with_capacity(bytes.len());
    if write(&entries, &mut again).is_err() {
        return Some(Read { entries, differs_at: Some(0) });
    }
    let differs = again.iter().zip(bytes).position(|(a, b)| a != b);
    let ends = (again.len() != bytes.len()).then(|| again.len().min(bytes.len()));
    Some(Read { entries, differs_at: differs.or(ends) })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(usize::from(u16::from_le_bytes(pair.try_into().ok()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

/// The file whose local header stands at a place, and where the next one does.
fn local(bytes: &[u8], at: usize, size: usize) -> Option<(Entry, usize)> {
    let name_bytes = u16_at(bytes, at.checked_add(26)?)?;
    let extra_bytes = u16_at(bytes, at.checked_add(28)?)?;
    let name_at = at.checked_add(LOCAL_BYTES)?;
    let data_at = name_at.checked_add(name_bytes)?.checked_add(extra_bytes)?;
    let end = data_at.checked_add(size)?;
    let name = std::str::from_utf8(bytes.get(name_at..name_at.checked_add(name_bytes)?)?).ok()?;
    let entry = Entry { name: name.to_owned(), bytes: bytes.get(data_at..end)?.to_vec() };
    Some((entry, end))
}

fn by_headers(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut at = 0;
    while u32_at(bytes, at)? == LOCAL {
        let size = usize::try_from(u32_at(bytes, at + 18)?).ok()?;
        let (entry, next) = local(bytes, at, size)?;
        entries.push(entry);
        at = next;
    }
    (u32_at(bytes, at)? == CENTRAL).then_some(entries)
}

fn by_directory(bytes: &[u8]) -> Option<Vec<Entry>> {
    let end = bytes.len().checked_sub(22)?;
    if u32_at(bytes, end)? != END {
        return None;
    }
    let mut at = usize::try_from(u32_at(bytes, end + 16)?).ok()?;
    let mut entries = Vec::new();
    for _file in 0..u16_at(bytes, end + 10)? {
        if u32_at(bytes, at)? != CENTRAL {
            return None;
        }
        let size = usize::try_from(u32_at(bytes, at + 24)?).ok()?;
        let name_bytes = u16_at(bytes, at + 28)?;
        let start = usize::try_from(u32_at(bytes, at + 42)?).ok()?;
        let name_at = at + CENTRAL_BYTES;
        let name =
            std::str::from_utf8(bytes.get(name_at..name_at.checked_add(name_bytes)?)?).ok()?;
        // The local header only tells how long its own name and extras are; where it is broken, what the writer writes.
        let data = match local(bytes, start, size) {
            Some((entry, _next)) if entry.name == name => entry.bytes,
            _ => {
                let data_at = start.checked_add(LOCAL_BYTES)?.checked_add(name_bytes)?;
                bytes.get(data_at..data_at.checked_add(size)?)?.to_vec()
            }
        };
        entries.push(Entry { name: name.to_owned(), bytes: data });
        at = name_at.checked_add(name_bytes)?;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<Entry> {
        [("manifest.json", "{}"), ("docs/a-1.pdf", "%PDF-1.7"), ("raw/empty", "")]
            .map(|(name, text)| Entry { name: name.to_owned(), bytes: text.into() })
            .to_vec()
    }

    fn archive() -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&files(), &mut bytes).unwrap();
        bytes
    }

    /// If you are here: packages ever given out are compared with these bytes. Do not change them.
    #[test]
    fn the_bytes_of_an_archive_are_frozen() {
        let digest = seals::Digest::sha256(&archive()).hex();
        assert_eq!(digest, "4f11504196cf62261bc9cb5b562c453caf07cee01e7809d8d292ccc9d3f63e61");
    }

    #[test]
    fn what_is_written_is_read_and_one_changed_byte_is_found_wherever_it_stands() {
        let bytes = archive();
        let read_back = read(&bytes).unwrap();
        assert_eq!((read_back.entries, read_back.differs_at), (files(), None));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let found = read(&changed);
            assert!(
                found.is_none_or(|read| read.differs_at.is_some()),
                "byte {at} of {}",
                bytes.len()
            );
        }
        for length in [0, 1, 30, bytes.len() - 1] {
            let cut = read(bytes.get(..length).unwrap());
            assert!(cut.is_none_or(|read| read.differs_at.is_some()), "cut at {length}");
        }
        let longer = read(&[bytes.as_slice(), b"x"].concat()).unwrap();
        assert_eq!(longer.differs_at, Some(bytes.len()));
    }

    #[test]
    fn a_broken_local_header_hides_no_file() {
        let mut bytes = archive();
        bytes[0] ^= 1;
        let read = read(&bytes).unwrap();
        assert_eq!((read.entries, read.differs_at), (files(), Some(0)));
    }

    #[test]
    fn names_stay_inside_the_package() {
        for good in ["manifest.json", "docs/a-1.pdf", "tsa/7-nta.tsr"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "/etc/passwd", "../x", "docs/../x", "docs//x", "a\\b", "证据", "docs/."] {
            assert!(!is_name(bad), "{bad}");
            let entry = Entry { name: bad.to_owned(), bytes: Vec::new() };
            assert!(write(&[entry], Vec::new()).is_err(), "{bad}");
        }
    }
}
