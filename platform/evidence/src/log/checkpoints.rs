//! Published checkpoints of a shard: a file of lines to which several processes may append.

use crate::note::{Note, SignatureLine};
use crate::{Checkpoint, Hash};
use codes::Moment;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Result, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

/// A checkpoint that everybody may see (已发布检查点).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// When it was published.
    pub at: Moment,
    /// How many leaves.
    pub size: u64,
    /// The root.
    pub root: Hash,
    /// The signed note, with the cosignatures that came.
    pub note: String,
}

impl Published {
    /// The names under the checkpoint but the log's own: its witnesses.
    #[must_use]
    pub fn cosigners(&self) -> Vec<String> {
        let Ok(note) = Note::read(self.note.as_bytes()) else { return Vec::new() };
        let origin = note.text.split('\n').next().unwrap_or_default().to_owned();
        let names = note.signatures.into_iter().map(|line| line.name);
        names.filter(|name| *name != origin).collect()
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    at: Moment,
    note: String,
    /// Over both, because the note's signature does not cover the instant.
    mark: String,
}

fn mark(at: Moment, note: &str) -> String {
    let digest = seals::Digest::sha256(format!("{at}\n{note}").as_bytes());
    let [a, b, c, d, ..] = *digest.bytes();
    seals::hex(&[a, b, c, d])
}

impl Published {
    /// Reads a line of the file.
    pub(crate) fn read_line(text: &str) -> Option<Self> {
        let line: Line = serde_json::from_str(text).ok()?;
        if mark(line.at, &line.note) != line.mark {
            return None;
        }
        let note = Note::read(line.note.as_bytes()).ok()?;
        let checkpoint = Checkpoint::read(&note.text).ok()?;
        Some(Self { at: line.at, size: checkpoint.size, root: checkpoint.root, note: line.note })
    }

    /// Its line in the file, without the line feed.
    pub(crate) fn line(&self) -> serde_json::Result<String> {
        let (at, note) = (self.at, self.note.clone());
        serde_json::to_string(&Line { at, mark: mark(at, &note), note })
    }
}

/// All that was published, the smallest first.
#[derive(Debug)]
pub(super) struct Checkpoints {
    file: Option<PathBuf>,
    /// How many bytes of the file were read.
    read: u64,
    all: Vec<Published>,
}

impl Checkpoints {
    pub(super) fn open(file: Option<PathBuf>) -> Result<Self> {
        let mut checkpoints = Self { file, read: 0, all: Vec::new() };
        checkpoints.refresh()?;
        Ok(checkpoints)
    }

    pub(super) fn all(&self) -> &[Published] {
        &self.all
    }

    pub(super) fn latest(&self) -> Option<&Published> {
        self.all.last()
    }

    /// Reads what was appended since, by whomever. A line that is cut off counts when it is whole, one that cannot be read
    /// not at all.
    pub(super) fn refresh(&mut self) -> Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() <= self.read {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for line in bytes.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n') {
            let read = std::str::from_utf8(line).ok().and_then(Published::read_line);
            if let Some(published) = read {
                self.put(published);
            }
        }
        self.read += whole as u64;
        Ok(())
    }

    fn put(&mut self, published: Published) {
        match self.all.binary_search_by_key(&published.size, |known| known.size) {
            // The same tree with more signatures; another root at the same size would be a lie, and is not taken.
            Ok(at) => {
                if let Some(known) = self.all.get_mut(at).filter(|k| k.root == published.root) {
                    *known = published;
                }
            }
            Err(at) => self.all.insert(at, published),
        }
    }

    /// Appends one; it is on the disk when this returns.
    pub(super) fn add(&mut self, published: Published) -> Result<()> {
        let Some(path) = &self.file else {
            self.put(published);
            return Ok(());
        };
        let mut line = published.line()?;
        line.push('\n');
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        // A line that a power cut left unfinished must not swallow this one.
        let length = file.metadata()?.len();
        if length > 0 {
            file.seek(SeekFrom::Start(length - 1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                line.insert(0, '\n');
            }
        }
        file.write_all(line.as_bytes())?;
        file.sync_data()?;
        self.refresh()
    }

    /// Puts cosignatures under one, each once.
    pub(super) fn cosign(&mut self, size: u64, lines: &[SignatureLine]) -> Result<()> {
        let Some(known) = self.all.iter().find(|known| known.size == size).cloned() else {
            return Ok(());
        };
        let Ok(mut note) = Note::read(known.note.as_bytes()) else { return Ok(()) };
        let before = note.signatures.len();
        for line in lines {
            let has =
                |known: &SignatureLine| (&known.name, known.key_id) == (&line.name, line.key_id);
            if !note.signatures.iter().any(has) {
                note.signatures.push(line.clone());
            }
        }
        if note.signatures.len() == before {
            return Ok(());
        }
        self.add(Published { note: note.to_string(), ..known })
    }
}
