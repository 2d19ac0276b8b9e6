//! What a reader trusts: keys with their history, witnesses, roots of time-stamp authorities, checkpoints seen before.

use crate::note::{Checkpoint, Note, VerifierKey};
use codes::Moment;
use seals::x509::Certificate;
use seals::{KeyRecord, PublicKeySet};
use serde::{Deserialize, Serialize};

/// What a reader trusts (信任清单).
#[derive(Clone, Debug)]
pub struct Trust {
    /// Keys of the platform with their history; `None` where the reader named none.
    pub keys: Option<PublicKeySet>,
    /// Keys of witnesses.
    pub witnesses: Vec<VerifierKey>,
    /// Roots of time-stamp authorities; empty where the reader named none.
    pub roots: Vec<Certificate>,
    /// Checkpoints that the reader saw before.
    pub checkpoints: Vec<Checkpoint>,
    /// When the check is made.
    pub now: Moment,
}

impl Trust {
    /// A reader who trusts nobody: every key stays undecided.
    #[must_use]
    pub fn nobody(now: Moment) -> Self {
        Self { keys: None, witnesses: Vec::new(), roots: Vec::new(), checkpoints: Vec::new(), now }
    }

    /// What a reader trusts who wrote it into a file.
    ///
    /// # Errors
    /// [`TrustError`]: the file is none, or holds something that cannot be read.
    pub fn read(text: &str, now: Moment) -> Result<Self, TrustError> {
        let file: TrustFile = serde_json::from_str(text)?;
        let mut trust = Self::nobody(now);
        trust.keys = file.keys;
        for text in &file.witnesses {
            let key = text.parse().map_err(|_form| TrustError::Witness(text.clone()))?;
            trust.witnesses.push(key);
        }
        for text in &file.roots {
            trust.roots.extend(Certificate::from_pem(text).map_err(TrustError::Root)?);
        }
        for text in &file.checkpoints {
            let checkpoint = Note::read(text.as_bytes())
                .and_then(|note| Checkpoint::read(&note.text))
                .map_err(|error| TrustError::Checkpoint(error.to_string()))?;
            trust.checkpoints.push(checkpoint);
        }
        Ok(trust)
    }
}

/// A file of what a reader trusts; a platform publishes its own at `/evidence/trust.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustFile {
    /// Keys of the platform: a JSON Web Key Set with history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<PublicKeySet>,
    /// Keys of witnesses, as `name+hash+key`.
    #[serde(default)]
    pub witnesses: Vec<String>,
    /// Roots of time-stamp authorities, in PEM.
    #[serde(default)]
    pub roots: Vec<String>,
    /// Checkpoints seen before, as signed notes.
    #[serde(default)]
    pub checkpoints: Vec<String>,
}

impl TrustFile {
    /// What a platform tells of itself: its keys, and the roots of the authorities that it asks.
    #[must_use]
    pub fn of(keys: Vec<KeyRecord>, witnesses: &[VerifierKey], roots: &[Certificate]) -> Self {
        Self {
            keys: Some(PublicKeySet::new(keys)),
            witnesses: witnesses.iter().map(ToString::to_string).collect(),
            roots: roots.iter().map(Certificate::pem).collect(),
            checkpoints: Vec::new(),
        }
    }
}

/// A file of trust that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It is not the JSON that it should be.
    #[error("the file of trust is not the JSON that it should be: {0}")]
    NotJson(#[from] serde_json::Error),
    /// A witness's key cannot be read.
    #[error("`{0}` is no key of a witness")]
    Witness(String),
    /// A root cannot be read.
    #[error("a root certificate cannot be read")]
    Root(#[source] seals::x509::CertificateError),
    /// A checkpoint cannot be read.
    #[error("a checkpoint cannot be read: {0}")]
    Checkpoint(String),
}
