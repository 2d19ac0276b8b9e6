//! Compares what is kept of a log with the journal, hash by hash, and names what is not what it should be.
//!
//! ```text
//! journal ──► leaves ──► nodes ──► root at each published checkpoint
//!    │           ▲          ▲               ▲
//!  marks      hashes     hashes       signature, root
//! ```
//! Where a leaf is not the hash that was kept, the checkpoint over both says which of the two was changed.

use crate::log::Published;
use crate::note::{Note, VerifierKey};
use crate::tree::frontier::Frontier;
use crate::{Checkpoint, Hash, Profile, leaf_of, parse_note};
use journal::{Journal, ReadError};
use kernel::Shard;
use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

/// How many events are read at once.
const EVENTS: u32 = 4_096;
/// After so many findings the rest is only counted.
const FINDINGS: usize = 100;

/// Something that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The journal cannot be read, or names a damaged event itself.
    Journal(String),
    /// An event is not the one that a checkpoint was signed over.
    Event {
        /// The shard.
        shard: String,
        /// Its position.
        seq: u64,
        /// The size of the checkpoint that proves it.
        checkpoint: u64,
    },
    /// Events are not those that a checkpoint was signed over, and no hash is left that tells which.
    Events {
        /// The shard.
        shard: String,
        /// The position of the first that may be it.
        from: u64,
        /// The position of the last.
        to: u64,
    },
    /// The journal ends before the size of a published checkpoint.
    Cut {
        /// The shard.
        shard: String,
        /// The position of its last event.
        events: u64,
        /// The size of the checkpoint.
        checkpoint: u64,
    },
    /// A kept hash is not what it should be; it is made anew when the log finds out.
    Hash {
        /// The file.
        file: String,
        /// Its place in the order of hashes; its bytes begin at 32 times this.
        place: u64,
        /// Its level; 0 for a leaf.
        level: u32,
        /// The position of the first event under it.
        from: u64,
        /// The position of the last event under it.
        to: u64,
    },
    /// A line of the file of checkpoints cannot be read, or its signature does not hold.
    Checkpoint {
        /// The shard.
        shard: String,
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(why) => write!(f, "the journal: {why}"),
            Self::Event { shard, seq, checkpoint } => write!(
                f,
                "event {shard}/{seq} is not the one that checkpoint {checkpoint} was signed over"
            ),
            Self::Events { shard, from, to } => {
                write!(f, "events {shard}/{from} to {to} are not those that were signed over")
            }
            Self::Cut { shard, events, checkpoint } => write!(
                f,
                "the journal of {shard} ends at {events}, but checkpoint {checkpoint} was signed"
            ),
            Self::Hash { file, place, level: 0, from, .. } => {
                write!(f, "{file}: hash {place}, the leaf of event {from}, is damaged")
            }
            Self::Hash { file, place, level, from, to } => write!(
                f,
                "{file}: hash {place}, the node of level {level} over events {from} to {to}, is damaged"
            ),
            Self::Checkpoint { shard, line, why } => {
                write!(f, "checkpoints of {shard}, line {line}: {why}")
            }
        }
    }
}

/// What an audit of one shard found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audited {
    /// How many events were read.
    pub leaves: u64,
    /// How many kept hashes were compared.
    pub hashes: u64,
    /// How many published checkpoints were checked.
    pub checkpoints: u64,
    /// What is wrong, the first things first; at most 100.
    pub findings: Vec<Finding>,
}

/// Compares the log of a shard in a folder with its journal. It locks nothing: a server may go on.
pub async fn audit<J: Journal + ?Sized>(
    journal: &J,
    folder: &Path,
    shard: &Shard,
    (profile, keys): (Profile, &[VerifierKey]),
    progress: &mut (dyn FnMut(u64) + Send),
) -> Audited {
    let folder = folder.join(shard.as_str());
    let mut walk = Walk::new(shard, profile, &folder, keys);
    let mut after = 0;
    loop {
        let events = match journal.read(shard, after, EVENTS).await {
            Ok(events) => events,
            Err(error) => {
                walk.unreadable(&error);
                break;
            }
        };
        let Some(last) = events.last() else { break };
        after = last.seq;
        for event in &events {
            walk.leaf(profile.leaf(&leaf_of(event)));
        }
        progress(after);
    }
    walk.end()
}

/// A kept file of hashes on the way along the tree.
struct Kept {
    name: String,
    file: BufReader<File>,
    at: u64,
    is_over: bool,
}

/// A leaf whose kept hash is another: the next checkpoint says which of the two is right.
struct Doubt {
    index: u64,
    finding: Finding,
}

struct Walk<'a> {
    shard: &'a Shard,
    profile: Profile,
    frontier: Frontier,
    kept: Vec<Kept>,
    published: std::vec::IntoIter<Published>,
    next: Option<Published>,
    /// The size of the checkpoint before.
    before: u64,
    doubts: Vec<Doubt>,
    /// Every leaf that was ever in doubt: what the nodes over it say is nothing new.
    suspects: BTreeSet<u64>,
    /// Whether the journal contradicted a checkpoint: every root after it does too.
    is_contradicted: bool,
    is_broken: bool,
    audited: Audited,
}

impl<'a> Walk<'a> {
    fn new(shard: &'a Shard, profile: Profile, folder: &Path, keys: &[VerifierKey]) -> Self {
        let mut audited = Audited::default();
        let published = checkpoints(shard, &folder.join("checkpoints"), keys, &mut audited);
        let mut published = published.into_iter();
        Self {
            shard,
            profile,
            frontier: Frontier::new(),
            kept: files(folder).into_iter().filter_map(|path| Kept::open(&path)).collect(),
            next: published.next(),
            published,
            before: 0,
            doubts: Vec::new(),
            suspects: BTreeSet::new(),
            is_contradicted: false,
            is_broken: false,
            audited,
        }
    }

    fn found(&mut self, finding: Finding) {
        if self.audited.findings.len() < FINDINGS {
            self.audited.findings.push(finding);
        }
    }

    fn unreadable(&mut self, error: &ReadError) {
        self.is_broken = true;
        self.found(Finding::Journal(error.to_string()));
    }

    fn leaf(&mut self, leaf: Hash) {
        let index = self.frontier.size();
        let mut wrong = Vec::new();
        let (kept, suspects) = (&mut self.kept, &mut self.suspects);
        let hashes = &mut self.audited.hashes;
        self.frontier.append(self.profile, leaf, |level, hash| {
            let from = (index >> level) << level;
            for file in kept.iter_mut() {
                let Some((place, found)) = file.next() else { continue };
                *hashes += 1;
                if found == *hash || (level > 0 && suspects.range(from..).next().is_some()) {
                    continue;
                }
                if level == 0 {
                    suspects.insert(index);
                }
                let (file, from, to) = (file.name.clone(), from + 1, index + 1);
                wrong.push((level, Finding::Hash { file, place, level, from, to }));
            }
        });
        self.audited.leaves = index + 1;
        for (level, finding) in wrong {
            if level > 0 {
                self.found(finding);
            } else {
                self.doubts.push(Doubt { index, finding });
            }
        }
        while let Some(published) = self.next.take_if(|next| next.size <= index + 1) {
            self.judge(&published);
            self.next = self.published.next();
        }
    }

    /// Compares the root with a checkpoint, and settles what was in doubt before it.
    fn judge(&mut self, published: &Published) {
        if self.is_contradicted {
            return;
        }
        let is_signed = self.frontier.root(self.profile) == published.root;
        let doubts = std::mem::take(&mut self.doubts);
        let shard = self.shard.to_string();
        if is_signed {
            doubts.into_iter().for_each(|doubt| self.found(doubt.finding));
        } else {
            self.is_contradicted = true;
            match doubts.first() {
                Some(first) => self.found(Finding::Event {
                    shard,
                    seq: first.index + 1,
                    checkpoint: published.size,
                }),
                None => {
                    self.found(Finding::Events {
                        shard,
                        from: self.before + 1,
                        to: published.size,
                    });
                }
            }
        }
        self.before = published.size;
    }

    fn end(mut self) -> Audited {
        let doubts = std::mem::take(&mut self.doubts);
        if !self.is_contradicted {
            doubts.into_iter().for_each(|doubt| self.found(doubt.finding));
        }
        if let Some(next) = self.next.take()
            && !self.is_broken
        {
            let (events, shard) = (self.audited.leaves, self.shard.to_string());
            self.found(Finding::Cut { shard, events, checkpoint: next.size });
        }
        self.audited
    }
}

impl Kept {
    fn open(path: &Path) -> Option<Self> {
        let name = path.display().to_string();
        let file = BufReader::with_capacity(1 << 20, File::open(path).ok()?);
        Some(Self { name, file, at: 0, is_over: false })
    }

    /// The next hash and its place; none beyond the end of the file, or where a hash was not written whole.
    fn next(&mut self) -> Option<(u64, Hash)> {
        if self.is_over {
            return None;
        }
        let mut hash = [0; 32];
        if self.file.read_exact(&mut hash).is_err() {
            self.is_over = true;
            return None;
        }
        self.at += 1;
        Some((self.at - 1, hash))
    }
}

/// The files of hashes in a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let name = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        name.is_some_and(|name| name == "hashes" || name.starts_with("hashes."))
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(name).collect();
    files.sort();
    files
}

/// The checkpoints of a file whose signatures hold, in order; the others are told.
fn checkpoints(
    shard: &Shard,
    file: &Path,
    keys: &[VerifierKey],
    audited: &mut Audited,
) -> Vec<Published> {
    let bytes = std::fs::read(file).unwrap_or_default();
    let mut all = std::collections::BTreeMap::new();
    for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if text.is_empty() {
            continue;
        }
        match checked(text, keys) {
            Ok(published) => {
                audited.checkpoints += 1;
                all.insert(published.size, published);
            }
            Err(why) => {
                audited.findings.push(Finding::Checkpoint { shard: shard.to_string(), line, why });
            }
        }
    }
    all.into_values().collect()
}

fn checked(line: &[u8], keys: &[VerifierKey]) -> Result<Published, String> {
    let text = std::str::from_utf8(line).map_err(|error| error.to_string())?;
    let published = Published::read_line(text).ok_or_else(|| "it cannot be read".to_owned())?;
    let checkpoint: Checkpoint =
        parse_note(published.note.as_bytes(), keys).map_err(|error| error.to_string())?;
    // The line is written one way only: a changed byte outside the note shows too.
    let again = published.line().map_err(|error| error.to_string())?;
    let note = Note::read(published.note.as_bytes()).map_err(|error| error.to_string())?;
    if again != text || note.to_string() != published.note {
        return Err("it is not as it was written".to_owned());
    }
    debug_assert_eq!(checkpoint.size, published.size, "both are read of one note");
    Ok(published)
}
