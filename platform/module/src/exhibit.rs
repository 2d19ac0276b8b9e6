//! What belongs to a thing, for whoever packs evidence of it.

use crate::{Concern, Platform, Refusal, Subject};
use codes::Label;
use kernel::{Json, Waiting};

/// Everything that belongs to a thing (证据材料): where its events stand, its documents, its raw receipts.
#[derive(Clone, Debug, Default)]
pub struct Exhibit {
    /// What it is called.
    pub title: Label,
    /// Its number, as people know it.
    pub number: String,
    /// The streams of its events, its own first; those of another shard stand in another log and are left out.
    pub streams: Vec<Concern>,
    /// Its documents.
    pub documents: Vec<ExhibitPaper>,
    /// Its raw receipts, as they came.
    pub raw: Vec<ExhibitPaper>,
    /// Values behind salted commitments, as far as whoever may have the package may see them.
    pub openings: Vec<ExhibitOpening>,
    /// What its events are called, by `kind.Variant`.
    pub words: Vec<(&'static str, Label)>,
}

/// A document or a receipt.
#[derive(Clone, Debug)]
pub struct ExhibitPaper {
    /// The name of its file: letters, digits, `.`, `-`, `_`.
    pub name: String,
    /// What it is, such as `notice` or `smtp_transcript`.
    pub role: String,
    /// What it is called.
    pub title: Label,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A value behind a salted commitment.
#[derive(Clone, Debug)]
pub struct ExhibitOpening {
    /// The stream of the event: kind and key.
    pub stream: (String, String),
    /// The event's version in it.
    pub version: u64,
    /// Where the commitment stands in the event: a JSON pointer from the leaf's root, `/body/…`.
    pub pointer: String,
    /// The salt, in base64url.
    pub salt: String,
    /// The value.
    pub value: Json,
}

/// Tells what belongs to things of one kind (举证), so that anything that happened can be packed as evidence.
pub trait Exhibits: Send + Sync + 'static {
    /// The kind, as addresses have it: `case`, `notice`.
    fn kind(&self) -> &'static str;

    /// As what the gate judges whoever asks for a package of the thing: any one of these is enough. The entity's type is
    /// `Package`. A thing that is not there is refused like any other of which nobody may know.
    fn access<'a>(
        &'a self,
        platform: &'a Platform,
        key: &'a str,
    ) -> Waiting<'a, Result<Vec<Subject>, Refusal>>;

    /// What belongs to it.
    fn gather<'a>(
        &'a self,
        platform: &'a Platform,
        key: &'a str,
    ) -> Waiting<'a, Result<Exhibit, Refusal>>;
}
