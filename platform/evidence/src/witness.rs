//! Witnesses (见证): installations that cosign each other's checkpoints, so that none can show two histories alone.
//!
//! ```text
//! log ── old size, consistency proof, checkpoint ──► witness: signature, size seen last, proof
//!     ◄── cosignature with the second ──────────────     ├─ another root at the size seen last: SPLIT_VIEW, kept, told
//!                                                        └─ no proof from there: INCONSISTENT, kept, told
//! ```
//! C2SP tlog-witness v1.0.0 and tlog-cosignature v1.0.1.

mod ask;
mod pact;

pub use ask::{Answered, Peer, Witnesses};
pub use pact::{PactError, read_pacts};

use crate::log::{Alarm, AlarmKind, lock};
use crate::note::{Note, NoteError, Signs, VerifierKey, cosigned, decimal, hash_of, seconds_of};
use crate::{Checkpoint, Hash, Log, LogError, Profile, parse_note};
use codes::Moment;
use seals::{Algorithm, PublicKey, Purpose};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;

/// The longest request that is read: a proof of 63 lines and a note.
pub const REQUEST_BYTES_MAX: usize = 32_768;
/// How many lines a proof may have.
const PROOF_LINES_MAX: usize = 63;

/// What keys of witnesses are for.
#[must_use]
pub fn witness_purpose() -> Purpose {
    // INVARIANT: a name of lower-case letters is always one of a purpose; were it not, the log's own key would stand here.
    Purpose::new("witness").unwrap_or(Purpose::LOG)
}

/// The logs of another installation that we witness.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    /// What the names of its logs begin with, such as `province.example/evidence/log`.
    pub origin: String,
    /// A key that signs its checkpoints; while a new one is taken into use, both stand, each for itself.
    pub key: PublicKey,
}

/// What was seen last of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    origin: String,
    size: u64,
    root: String,
    note: String,
}

/// A witness: knows some logs, and of each what it saw last.
pub struct Witness {
    name: String,
    watched: Vec<Watched>,
    folder: Option<PathBuf>,
    log: Log,
    seen: Mutex<BTreeMap<String, Seen>>,
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A request as it stands on the wire.
struct Asked {
    old: u64,
    proof: Vec<Hash>,
    note: Note,
    checkpoint: Checkpoint,
}

impl Asked {
    fn read(body: &[u8]) -> Result<Self, LogError> {
        let wrong = |why: &str| LogError::NoteMalformed(why.to_owned());
        if body.len() > REQUEST_BYTES_MAX {
            return Err(wrong("too long"));
        }
        let text = std::str::from_utf8(body).map_err(|_bytes| wrong("not UTF-8"))?;
        let (head, note) = text.split_once("\n\n").ok_or_else(|| wrong("no checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let old = old.ok_or_else(|| wrong("no old size"))?;
        let proof = lines.map(hash_of).collect::<Option<Vec<_>>>();
        let proof = proof.ok_or_else(|| wrong("a line of the proof is no hash"))?;
        if proof.len() > PROOF_LINES_MAX {
            return Err(wrong("the proof is too long"));
        }
        let told = |error: NoteError| LogError::of_note(&error);
        let note = Note::read(note.as_bytes()).map_err(told)?;
        let checkpoint = Checkpoint::read(&note.text).map_err(told)?;
        if old > checkpoint.size || (old == 0 && !proof.is_empty()) {
            return Err(wrong("the old size does not fit"));
        }
        Ok(Self { old, proof, note, checkpoint })
    }
}

impl Witness {
    /// A witness under a name, of some logs; it signs with the key for [`witness_purpose`] of the log's keys, and tells its alarms
    /// there.
    pub fn new(
        name: impl Into<String>,
        watched: Vec<Watched>,
        log: Log,
        folder: Option<PathBuf>,
    ) -> Self {
        let folder = folder.map(|folder| folder.join("witnessed"));
        let entries = folder.as_ref().and_then(|folder| std::fs::read_dir(folder).ok());
        let read = |entry: std::fs::DirEntry| -> Option<Seen> {
            serde_json::from_str(&std::fs::read_to_string(entry.path()).ok()?).ok()
        };
        let seen = entries
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(read)
            .map(|seen| (seen.origin.clone(), seen))
            .collect();
        Self { name: name.into(), watched, folder, log, seen: Mutex::new(seen) }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key by which others check what it signs.
    ///
    /// # Errors
    /// There is none.
    pub fn verifier_key(&self, now: Moment) -> Result<VerifierKey, LogError> {
        let failed = |why: String| LogError::Unavailable { shard: String::new(), why };
        let record = self.log.keys().current(&witness_purpose(), Algorithm::Ed25519, now);
        let record = record.map_err(|error| failed(error.to_string()))?;
        VerifierKey::new(&self.name, Signs::Cosignatures, record.key)
            .map_err(|error| failed(error.to_string()))
    }

    /// What was seen last of each log: its name and size.
    #[must_use]
    pub fn witnessed(&self) -> Vec<(String, u64)> {
        lock(&self.seen).values().map(|seen| (seen.origin.clone(), seen.size)).collect()
    }

    /// Takes a checkpoint (`add-checkpoint`): answers with the line of the cosignature.
    ///
    /// # Errors
    /// [`LogError`]: what is wrong with it. What may prove that a log shows several histories is kept and told.
    pub fn add_checkpoint(&self, body: &[u8], now: Moment) -> Result<String, LogError> {
        let asked = Asked::read(body)?;
        let origin = &asked.checkpoint.origin;
        let keys = self.keys_of(origin)?;
        parse_note(asked.note.to_string().as_bytes(), &keys)
            .map_err(|error| LogError::of_note(&error))?;
        // Compared and kept under one lock: of two requests at once, one sees what the other did.
        let mut all = lock(&self.seen);
        let seen = all.get(origin);
        self.judge(&asked, seen, now)?;
        let line = self.cosigned(&asked.note.text, now)?;
        let new = Seen {
            origin: origin.clone(),
            size: asked.checkpoint.size,
            root: data_encoding::BASE64.encode(&asked.checkpoint.root),
            note: asked.note.to_string(),
        };
        self.keep(&new).map_err(|error| LogError::Unavailable {
            shard: origin.clone(),
            why: error.to_string(),
        })?;
        all.insert(origin.clone(), new);
        Ok(line)
    }

    /// The keys that may sign a log: several while its owner takes a new one into use.
    fn keys_of(&self, origin: &str) -> Result<Vec<VerifierKey>, LogError> {
        let is_of = |watched: &&Watched| {
            let rest = origin.strip_prefix(&watched.origin);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let keys = self.watched.iter().filter(is_of);
        let keys = keys.map(|watched| VerifierKey::new(origin, Signs::Notes, watched.key.clone()));
        let keys = keys.collect::<Result<Vec<_>, _>>();
        let keys = keys.map_err(|error| LogError::of_note(&error))?;
        if keys.is_empty() {
            return Err(LogError::OriginUnknown { origin: origin.to_owned() });
        }
        Ok(keys)
    }

    fn judge(&self, asked: &Asked, seen: Option<&Seen>, now: Moment) -> Result<(), LogError> {
        let Checkpoint { origin, size, root, .. } = &asked.checkpoint;
        let (size, origin) = (*size, origin.clone());
        let (last, last_root) = match seen {
            Some(seen) => (seen.size, hash_of(&seen.root).unwrap_or_default()),
            None => (0, Profile::Sha256.empty()),
        };
        let alarm = |kind| Alarm {
            at: now,
            kind,
            origin: origin.clone(),
            size,
            notes: seen
                .map(|seen| seen.note.clone())
                .into_iter()
                .chain([asked.note.to_string()])
                .collect(),
        };
        if size == last && seen.is_some() && *root != last_root {
            self.log.alarm(alarm(AlarmKind::SplitView));
            return Err(LogError::SplitView { origin, size });
        }
        if asked.old != last {
            return Err(LogError::OldSize { origin, seen: last, old: asked.old });
        }
        let goes_on = match seen {
            // Of a log that was never seen any size may be the first.
            None => true,
            Some(_) => self.log.profile().verify_consistency(
                (last, &last_root),
                (size, root),
                &asked.proof,
            ),
        };
        if !goes_on {
            self.log.alarm(alarm(AlarmKind::Inconsistent));
            return Err(LogError::Inconsistent { origin, old: last, size });
        }
        Ok(())
    }

    fn cosigned(&self, text: &str, now: Moment) -> Result<String, LogError> {
        let failed = |why: String| LogError::Unavailable { shard: String::new(), why };
        let key = self.verifier_key(now)?;
        let seconds = seconds_of(now);
        let signature =
            self.log.keys().sign(&key.key().id(), now, cosigned(seconds, text).as_bytes());
        let signature = signature.map_err(|error| failed(error.to_string()))?;
        Ok(key.timed_line(seconds, &signature).to_string())
    }

    /// Writes down what was seen, beside its place first, so that a power cut leaves the old or the new.
    fn keep(&self, seen: &Seen) -> std::io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        std::fs::create_dir_all(folder)?;
        let name = seals::Digest::sha256(seen.origin.as_bytes()).hex();
        let (place, beside) =
            (folder.join(format!("{name}.json")), folder.join(format!("{name}.new")));
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(&serde_json::to_vec(seen)?)?;
        file.sync_all()?;
        std::fs::rename(beside, place)?;
        std::fs::File::open(folder)?.sync_all()
    }
}
