//! The pack: small files one behind the other, each with a header that names it.
//!
//! ```text
//! record:  "LBP1" | length u32 | SHA-256 of the content, 32 bytes | check, 4 bytes | content
//! index:   SHA-256 | offset u64 | length u32 | check, 4 bytes          (little endian; only a shortcut for opening)
//! ```

use crate::medium::Medium;
use seals::Digest;
use std::io;

/// Files up to this size go into a pack.
pub(crate) const PACKED_BYTES_MAX: usize = 64 << 10;

/// A pack that has reached this size is left for a new one.
pub(crate) const PACK_BYTES_MAX: u64 = 256 << 20;

const MAGIC: &[u8; 4] = b"LBP1";
pub(crate) const HEADER: usize = 44;
pub(crate) const ENTRY: usize = 48;

/// Where a file lies in a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: [u8; 32],
    /// Of the header.
    pub(crate) offset: u64,
    /// Of the content.
    pub(crate) length: u32,
}

impl Entry {
    /// The first position behind the record.
    pub(crate) fn end(&self) -> u64 {
        self.offset.saturating_add(HEADER as u64).saturating_add(u64::from(self.length))
    }

    /// The header of the record.
    pub(crate) fn header(&self) -> Vec<u8> {
        let mut header = Vec::with_capacity(HEADER);
        header.extend(MAGIC);
        header.extend(self.length.to_le_bytes());
        header.extend(self.id);
        checked(header)
    }

    /// The record's line in the index.
    pub(crate) fn line(&self) -> Vec<u8> {
        let mut line = Vec::with_capacity(ENTRY);
        line.extend(self.id);
        line.extend(self.offset.to_le_bytes());
        line.extend(self.length.to_le_bytes());
        checked(line)
    }

    fn of_header(bytes: &[u8], offset: u64) -> Option<Self> {
        let mut fields = Fields(unchecked(bytes)?);
        (fields.take()? == *MAGIC).then_some(())?;
        let length = u32::from_le_bytes(fields.take()?);
        Some(Self { id: fields.take()?, offset, length })
    }

    pub(crate) fn of_line(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(unchecked(bytes)?);
        Some(Self {
            id: fields.take()?,
            offset: u64::from_le_bytes(fields.take()?),
            length: u32::from_le_bytes(fields.take()?),
        })
    }
}

/// Appends the first bytes of the digest over what stands before them.
fn checked(mut bytes: Vec<u8>) -> Vec<u8> {
    let digest = Digest::sha256(&bytes);
    bytes.extend(digest.bytes().iter().take(4));
    bytes
}

/// What stands before the check, if it holds.
fn unchecked(bytes: &[u8]) -> Option<&[u8]> {
    let (body, check) = bytes.split_last_chunk::<4>()?;
    Digest::sha256(body).bytes().starts_with(check).then_some(body)
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }
}

/// The record at a position, if a whole one lies there.
pub(crate) fn entry_at(medium: &dyn Medium, offset: u64, length: u64) -> io::Result<Option<Entry>> {
    if offset.saturating_add(HEADER as u64) > length {
        return Ok(None);
    }
    let mut header = [0; HEADER];
    medium.read_exact_at(&mut header, offset)?;
    Ok(Entry::of_header(&header, offset).filter(|entry| entry.end() <= length))
}

/// All records from a position on; behind a damaged stretch it goes on at the next record that can be recognised.
/// The position given back is that behind the last record, and equals the length where the pack ends cleanly.
pub(crate) fn walk(medium: &dyn Medium, from: u64, resync: bool) -> io::Result<(Vec<Entry>, u64)> {
    let length = medium.len()?;
    let (mut entries, mut position) = (Vec::new(), from);
    while position < length {
        match entry_at(medium, position, length)? {
            Some(entry) => {
                position = entry.end();
                entries.push(entry);
            }
            None if resync => match next_magic(medium, position.saturating_add(1), length)? {
                Some(next) => position = next,
                None => break,
            },
            None => break,
        }
    }
    Ok((entries, position))
}

/// The next position at which a whole record lies, found by its first letters.
fn next_magic(medium: &dyn Medium, from: u64, length: u64) -> io::Result<Option<u64>> {
    const WINDOW: usize = 64 << 10;
    let mut start = from;
    while start < length {
        let rest = usize::try_from(length - start).unwrap_or(usize::MAX);
        let mut window = vec![0; rest.min(WINDOW)];
        medium.read_exact_at(&mut window, start)?;
        for (at, letters) in window.windows(MAGIC.len()).enumerate() {
            let position = start.saturating_add(at as u64);
            if letters == MAGIC && entry_at(medium, position, length)?.is_some() {
                return Ok(Some(position));
            }
        }
        // Windows overlap, for the letters may lie across their border.
        start = start.saturating_add((window.len().saturating_sub(MAGIC.len() - 1)).max(1) as u64);
    }
    Ok(None)
}

/// The content of a record, if header and content still are what they were.
pub(crate) fn content(medium: &dyn Medium, entry: &Entry) -> io::Result<Option<Vec<u8>>> {
    let length = usize::try_from(entry.length).unwrap_or(usize::MAX);
    let mut record = vec![0; HEADER.saturating_add(length)];
    medium.read_exact_at(&mut record, entry.offset)?;
    let Some((header, content)) = record.split_at_checked(HEADER) else {
        return Ok(None);
    };
    let whole = Entry::of_header(header, entry.offset).as_ref() == Some(entry)
        && Digest::sha256(content).bytes() == &entry.id;
    Ok(whole.then(|| content.to_vec()))
}

/// The entries of an index file that follow each other without a gap from the start of a pack of this length.
pub(crate) fn read_index(bytes: &[u8], length: u64) -> Vec<Entry> {
    let mut end = 0;
    bytes
        .chunks_exact(ENTRY)
        .map_while(Entry::of_line)
        .take_while(|entry| {
            let follows = entry.offset == end && entry.end() <= length;
            end = entry.end();
            follows
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    fn pack(contents: &[&[u8]]) -> (File, Vec<Entry>) {
        let file = tempfile::tempfile().unwrap();
        let (mut entries, mut offset) = (Vec::new(), 0);
        for content in contents {
            let id = *Digest::sha256(content).bytes();
            let entry = Entry { id, offset, length: u32::try_from(content.len()).unwrap() };
            let record = [entry.header(), content.to_vec()].concat();
            file.write_all_at(&record, offset).unwrap();
            offset = entry.end();
            entries.push(entry);
        }
        (file, entries)
    }

    #[test]
    fn records_are_found_again_and_give_their_content() {
        let (file, entries) = pack(&[b"one", b"", b"three"]);
        let (found, end) = walk(&file, 0, true).unwrap();
        assert_eq!(found, entries);
        assert_eq!(end, Medium::len(&file).unwrap());
        assert_eq!(content(&file, &entries[2]).unwrap().unwrap(), b"three");
        let (rest, _end) = walk(&file, entries[1].offset, false).unwrap();
        assert_eq!(rest, entries[1..]);
    }

    #[test]
    fn a_torn_tail_of_any_length_loses_only_itself() {
        let (file, entries) = pack(&[b"one", b"two"]);
        for length in entries[1].offset..entries[1].end() {
            file.set_len(length).unwrap();
            let (found, end) = walk(&file, 0, true).unwrap();
            assert_eq!(found, entries[..1], "{length}");
            assert_eq!(end, entries[1].offset);
        }
    }

    #[test]
    fn each_flipped_byte_costs_one_record_and_never_another() {
        let contents: [&[u8]; 3] = [b"one", b"LBP1 in the content", b"three"];
        let (file, entries) = pack(&contents);
        for position in 0..Medium::len(&file).unwrap() {
            let mut byte = [0];
            Medium::read_exact_at(&file, &mut byte, position).unwrap();
            file.write_all_at(&[byte[0] ^ 0x10], position).unwrap();
            let (found, _end) = walk(&file, 0, true).unwrap();
            for (entry, bytes) in entries.iter().zip(contents) {
                let hit = (entry.offset..entry.end()).contains(&position);
                let read = found
                    .iter()
                    .find(|found| found.id == entry.id)
                    .and_then(|found| content(&file, found).unwrap());
                assert_eq!(read.as_deref(), (!hit).then_some(bytes), "byte {position}");
                if hit {
                    assert_eq!(content(&file, entry).unwrap(), None, "byte {position}");
                }
            }
            file.write_all_at(&byte, position).unwrap();
        }
    }

    #[test]
    fn an_index_is_believed_as_far_as_it_follows_the_pack() {
        let (file, entries) = pack(&[b"one", b"two", b"three"]);
        let length = Medium::len(&file).unwrap();
        let lines: Vec<u8> = entries.iter().flat_map(Entry::line).collect();
        assert_eq!(read_index(&lines, length), entries);
        assert_eq!(read_index(&lines[..ENTRY * 2 + 5], length), entries[..2]);
        assert_eq!(read_index(&lines, length - 1), entries[..2]);
        assert_eq!(read_index(&lines[ENTRY..], length), []);
        let mut flipped = lines;
        flipped[ENTRY + 3] ^= 1;
        assert_eq!(read_index(&flipped, length), entries[..1]);
    }
}
