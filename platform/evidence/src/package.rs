//! The evidence package (证据包): one ZIP with which a court checks events, documents, receipts and times, without us.
//!
//! ```text
//! manifest.json  manifest.jws     what is in here, in one canonical spelling, and the platform's signature over it
//! statement.html                  the timeline in plain words, with a verifier that needs no network
//! checkpoint.txt  checkpoints/    signed roots of the log, the latest and those by which events were proven earlier
//! events/N.json  proofs/N.json    the very bytes of each leaf, and its path to a root
//! consistency/OLD-NEW.json        that the log was only ever added to in between
//! docs/…  raw/…                   documents and raw receipts
//! openings/K.json                 values behind salted commitments, for whoever may see them
//! tsa/…                           time-stamps over the roots, with certificates and lists of what was revoked
//! keys.json                       keys that signed, with their history
//! ```

pub mod archive;
mod build;
mod error;
mod leaf;
mod manifest;
mod statement;

pub use build::{PackageId, Sealer, build};
pub use error::BuildError;
pub use leaf::Leaf;
pub use manifest::{
    ConsistencyEntry, EventEntry, FileEntry, Manifest, OpeningEntry, PaperEntry, StampEntry,
    StreamEntry,
};

use crate::{Hash, Profile};
use codes::{Label, Moment};
use seals::x509::Certificate;
use seals::{KeyRecord, Salt};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the manifest is signed as, so that no other signed text is taken for one.
pub const MANIFEST_TYPE: &str = "lianban-evidence";
/// The form of packages that is written here.
pub const FORMAT: &str = "lianban-evidence-package/1";
/// The largest package that is read: 256 MiB.
pub const PACKAGE_BYTES_MAX: usize = 256 << 20;

/// Everything that goes into a package, as plain values, so that any reform can make one.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The number of the package, such as `EP-20240924-000001`.
    pub number: String,
    /// What it is about.
    pub about: About,
    /// What it is called.
    pub title: Label,
    /// Who makes it: the name of the organ or the site.
    pub maker: Label,
    /// When it is made.
    pub at: Moment,
    /// How leaves are hashed.
    pub profile: Profile,
    /// Checkpoints, the latest last.
    pub checkpoints: Vec<CheckpointInput>,
    /// That the log was only added to, between checkpoints.
    pub consistency: Vec<ConsistencyInput>,
    /// Events, in the order in which they are told.
    pub events: Vec<EventInput>,
    /// Documents.
    pub documents: Vec<Paper>,
    /// Raw receipts, as they came.
    pub raw: Vec<Paper>,
    /// Values behind commitments.
    pub openings: Vec<Opening>,
    /// Certificates and lists that time-stamps need, by authority.
    pub authorities: Vec<AuthorityFiles>,
    /// Keys that signed, with their history.
    pub keys: Vec<KeyRecord>,
}

/// What a package is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its kind, such as `case` or `notice`.
    pub kind: String,
    /// Its key.
    pub key: String,
}

/// A checkpoint with its stamps.
#[derive(Clone, Debug)]
pub struct CheckpointInput {
    /// The signed note, with cosignatures of witnesses.
    pub note: String,
    /// Time-stamps over its text: the key of the authority, and its answer.
    pub stamps: Vec<(String, Vec<u8>)>,
}

/// That the log of a size is the beginning of that of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyInput {
    /// The older size.
    pub old: u64,
    /// The newer size.
    pub new: u64,
    /// The path, in hexadecimal in a file.
    #[serde(with = "hashes")]
    pub path: Vec<Hash>,
}

/// An event with its proof.
#[derive(Clone, Debug)]
pub struct EventInput {
    /// The very bytes of the leaf.
    pub leaf: Vec<u8>,
    /// Where it stands.
    pub proof: InclusionInput,
    /// What happened, in plain words.
    pub label: Label,
}

/// That a leaf stands in the log of a size; the size is that of one of the checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InclusionInput {
    /// The index of the leaf.
    pub index: u64,
    /// The size of the log.
    pub size: u64,
    /// The path, in hexadecimal in a file.
    #[serde(with = "hashes")]
    pub path: Vec<Hash>,
}

/// A document or a raw receipt.
#[derive(Clone, Debug)]
pub struct Paper {
    /// The name of its file: letters, digits, `.`, `-`, `_`.
    pub name: String,
    /// What it is, such as `penalty_decision` or `smtp_transcript`.
    pub role: String,
    /// What it is called.
    pub title: Label,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A value behind a salted commitment in an event (承诺开示).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The number of the event in the package.
    pub event: u64,
    /// Where the commitment stands in the leaf: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The salt.
    pub salt: Salt,
    /// The value.
    pub value: Value,
}

/// What stamps of an authority are judged by.
#[derive(Clone, Debug)]
pub struct AuthorityFiles {
    /// Its key.
    pub key: String,
    /// Its certificates, the root too.
    pub certificates: Vec<Certificate>,
    /// Its list of what was revoked, as it stood when the package was made.
    pub revocations: Option<Vec<u8>>,
}

/// The text of a signed note that is signed and stamped: everything before the empty line.
#[must_use]
pub fn note_body(note: &str) -> Option<&str> {
    let at = note.find("\n\n")?;
    note.get(..=at)
}

/// Lists of hashes as JSON: hexadecimal.
mod hashes {
    use crate::Hash;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(hashes: &[Hash], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(hashes.iter().map(|hash| seals::hex(hash)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Hash>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        let read =
            |text: &String| seals::from_hex(text).ok().and_then(|bytes| Hash::try_from(bytes).ok());
        texts.iter().map(|text| read(text).ok_or_else(|| de::Error::custom("no hash"))).collect()
    }
}
