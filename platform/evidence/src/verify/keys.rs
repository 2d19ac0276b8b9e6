//! Keys that signed: which one it was, whether it is trusted, whether it was in use.

use super::{Doubt, Flaw, Trust};
use crate::note::{Checkpoint, Note, Signs, VerifierKey};
use crate::report::Verdict;
use codes::Moment;
use seals::{Algorithm, KeyRecord, PublicKeySet, Purpose};

/// Between which instants a signature was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// It is not older than this: the last event under it.
    pub(super) after: Option<Moment>,
    /// It is not younger than this: the first stamp over it.
    pub(super) before: Option<Moment>,
}

/// The key that signed a note of a log, as the reader knows it, else as the file brings it.
pub(super) fn signer<'a>(
    note: &Note,
    checkpoint: &Checkpoint,
    brought: &'a PublicKeySet,
    trust: &'a Trust,
) -> Result<&'a KeyRecord, Flaw> {
    let known = trust.keys.iter().flat_map(PublicKeySet::records);
    for record in known.chain(brought.records()) {
        if record.purpose != Purpose::LOG || record.key.algorithm() != Algorithm::Ed25519 {
            continue;
        }
        let Ok(vkey) = VerifierKey::new(&checkpoint.origin, Signs::Notes, record.key.clone())
        else {
            continue;
        };
        match note.check(&vkey) {
            Ok(Some(_)) => return Ok(record),
            Ok(None) => {}
            Err(_) => return Err(Flaw::SignatureWrong { origin: checkpoint.origin.clone() }),
        }
    }
    Err(Flaw::KeyUnknown { key: checkpoint.origin.clone() })
}

/// Whether a key is trusted.
pub(super) fn trusted(key: &KeyRecord, trust: &Trust) -> Verdict {
    match &trust.keys {
        None => Verdict::Unknown(Doubt::KeyNotCompared { key: key.id.to_string() }),
        Some(keys) => match keys.find(&key.id) {
            Some(known) if known.purpose == key.purpose => Verdict::Pass,
            _ => Verdict::Fail(Flaw::KeyUnknown { key: key.id.to_string() }),
        },
    }
}

/// Whether a key was in use when it signed, as far as the file shows when that was.
pub(super) fn in_use(key: &KeyRecord, span: Span) -> Result<(), Flaw> {
    if let Some(since) = key.compromised_on
        && span.before.is_none_or(|before| since <= before)
    {
        return Err(Flaw::KeyCompromised { key: key.id.to_string(), since });
    }
    let retired = |at: &Moment| key.retired_on.is_some_and(|on| on <= *at);
    if let Some(at) = span.after.filter(retired) {
        return Err(Flaw::KeyNotInUse { key: key.id.to_string(), at });
    }
    // The stamp's clock and ours may differ a little, as in every comparison with a stamp.
    let too_young = |at: &Moment| at.plus_seconds(super::stamps::EARLY_S_MAX) < key.valid_from;
    if let Some(at) = span.before.filter(too_young) {
        return Err(Flaw::KeyNotInUse { key: key.id.to_string(), at });
    }
    Ok(())
}
