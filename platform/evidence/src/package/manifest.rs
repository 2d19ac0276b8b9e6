//! What is in a package: the one table that is signed.

use super::About;
use codes::{Label, Moment};
use serde::{Deserialize, Serialize};

/// The manifest (清单), kept as canonical JSON (RFC 8785).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`super::FORMAT`].
    pub format: String,
    /// The number of the package.
    pub number: String,
    /// What it is about.
    pub about: About,
    /// What it is called.
    pub title: Label,
    /// Who made it.
    pub maker: Label,
    /// When it was made.
    pub made_at: Moment,
    /// How leaves are hashed: `sha256` or `sm3`.
    pub hash: String,
    /// Checkpoints, by the names of their files; the latest last.
    pub checkpoints: Vec<String>,
    /// Consistency between checkpoints.
    pub consistency: Vec<ConsistencyEntry>,
    /// What the package holds without a gap.
    pub streams: Vec<StreamEntry>,
    /// Events.
    pub events: Vec<EventEntry>,
    /// Documents.
    pub documents: Vec<PaperEntry>,
    /// Raw receipts.
    pub raw: Vec<PaperEntry>,
    /// Values behind commitments.
    pub openings: Vec<OpeningEntry>,
    /// Time-stamps.
    pub stamps: Vec<StampEntry>,
    /// The file of keys.
    pub keys: String,
    /// Every file but the manifest and its signature, in the order in which they are stored.
    pub files: Vec<FileEntry>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// That the log was only added to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyEntry {
    /// The older size.
    pub old: u64,
    /// The newer size.
    pub new: u64,
    /// The file.
    pub file: String,
}

/// Events of one thing, from a place to a place, without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamEntry {
    /// The kind of the thing.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// The place of the first event.
    pub first: u64,
    /// The place of the last event.
    pub last: u64,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventEntry {
    /// The file of the leaf.
    pub file: String,
    /// The file of the proof.
    pub proof: String,
    /// What happened, in plain words.
    pub label: Label,
}

/// A document or a raw receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperEntry {
    /// The file.
    pub file: String,
    /// What it is.
    pub role: String,
    /// What it is called.
    pub title: Label,
}

/// A value behind a commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningEntry {
    /// The file.
    pub file: String,
    /// The number of the event.
    pub event: u64,
}

/// A time-stamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StampEntry {
    /// The file.
    pub file: String,
    /// The key of the authority.
    pub authority: String,
    /// The file of the checkpoint.
    pub checkpoint: String,
    /// The file of certificates, where there is one.
    pub certificates: Option<String>,
    /// The file of what was revoked, where there is one.
    pub revocations: Option<String>,
}
