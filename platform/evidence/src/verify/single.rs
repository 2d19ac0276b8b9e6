//! Checks single things: a checkpoint, a proof with its leaf, a time-stamp with its content.

use super::keys::{Span, in_use, signer, trusted};
use super::{Doubt, Flaw, Trust, claim, judged, stamps};
use crate::note::{Checkpoint, Note, NoteError, Signs};
use crate::report::{Claim, Report, Verdict};
use crate::{Profile, Proof};
use codes::Label;
use seals::PublicKeySet;

/// Checks a signed checkpoint.
#[must_use]
pub fn verify_checkpoint(bytes: &[u8], trust: &Trust) -> Report {
    let mut report = Report::new("checkpoint", Label::new("存证检查点", "Checkpoint of the log"));
    match read(bytes) {
        Ok((note, checkpoint)) => {
            report.claims = checkpoint_claims(&note, &checkpoint, trust);
            report.claims.extend(views(&[&checkpoint], trust));
        }
        Err(flaw) => report.claims.push(unreadable("checkpoint", flaw)),
    }
    report
}

/// Checks a proof of the log over the bytes of a leaf; its own `extra` bytes count as the leaf where none is given.
#[must_use]
pub fn verify_proof(text: &str, leaf: Option<&[u8]>, profile: Profile, trust: &Trust) -> Report {
    let mut report =
        Report::new("proof", Label::new("日志包含证明", "Proof of inclusion in the log"));
    let proof: Proof = match text.parse() {
        Ok(proof) => proof,
        Err(error) => {
            let flaw = Flaw::Unreadable { name: "proof".to_owned(), why: format!("{error}") };
            report.claims.push(unreadable("proof", flaw));
            return report;
        }
    };
    let (note, checkpoint) = match read(proof.checkpoint.as_bytes()) {
        Ok(read) => read,
        Err(flaw) => {
            report.claims.push(unreadable("checkpoint", flaw));
            return report;
        }
    };
    report.claims = checkpoint_claims(&note, &checkpoint, trust);
    let verdict = match leaf.or(proof.extra.as_deref()) {
        None => Verdict::Unknown(Doubt::ContentNotGiven),
        Some(leaf) => {
            let hash = profile.leaf(leaf);
            let root = crate::root_from_inclusion(
                profile,
                &hash,
                proof.index,
                checkpoint.size,
                &proof.path,
            );
            judged(if root == Some(checkpoint.root) {
                Ok(())
            } else {
                Err(Flaw::NotInLog {
                    event: proof.index,
                    computed: root.map(|root| seals::hex(&root)),
                    root: seals::hex(&checkpoint.root),
                })
            })
        }
    };
    report.claims.push(claim(
        format!("inclusion:{}", proof.index),
        format!("第 {} 条在日志中", proof.index),
        format!("inclusion of leaf {}", proof.index),
        verdict,
    ));
    report.claims.extend(views(&[&checkpoint], trust));
    report
}

/// Checks a time-stamp over content; a checkpoint's text is what is stamped of a checkpoint.
#[must_use]
pub fn verify_stamp(tsr: &[u8], content: Option<&[u8]>, trust: &Trust) -> Report {
    let mut report = Report::new("stamp", Label::new("时间戳", "Time-stamp"));
    let about = Label::new("时间戳成立", "the time-stamp holds");
    let Some(content) = content else {
        let verdict = Verdict::Unknown(Doubt::ContentNotGiven);
        report.claims.push(Claim::new("stamp", about, verdict));
        return report;
    };
    let text = std::str::from_utf8(content).ok().and_then(crate::package::note_body);
    let of_note = text.map(|text| stamps::stamp(tsr, text, &[], &[], trust));
    let held = match of_note {
        Some(Ok(held)) => Ok(held),
        _ => stamps::over(tsr, *seals::Digest::sha256(content).bytes(), &[], &[], trust),
    };
    let mut claim = Claim::new("stamp", about, stamps::verdict(&held));
    if let Ok(held) = &held {
        claim = claim.with(stamps::detail(&held.time));
    }
    report.claims.push(claim);
    report
}

fn unreadable(name: &str, flaw: Flaw) -> Claim {
    let about = Label::new("内容可以识别", "it can be read");
    Claim::new(format!("read:{name}"), about, Verdict::Fail(flaw))
}

/// The note and the checkpoint that bytes hold.
pub(super) fn read(bytes: &[u8]) -> Result<(Note, Checkpoint), Flaw> {
    let read = || -> Result<_, NoteError> {
        let note = Note::read(bytes)?;
        let checkpoint = Checkpoint::read(&note.text)?;
        Ok((note, checkpoint))
    };
    read()
        .map_err(|error| Flaw::Unreadable { name: "checkpoint".to_owned(), why: error.to_string() })
}

fn checkpoint_claims(note: &Note, checkpoint: &Checkpoint, trust: &Trust) -> Vec<Claim> {
    let nothing = PublicKeySet::new(Vec::new());
    let span = Span { after: None, before: None };
    let found = signer(note, checkpoint, &nothing, trust);
    let size = checkpoint.size;
    let signed = match &found {
        // Nobody named a key with which the signature could be checked.
        Err(Flaw::KeyUnknown { key }) if trust.keys.is_none() => {
            Verdict::Unknown(Doubt::KeyNotCompared { key: key.clone() })
        }
        Err(flaw) => Verdict::Fail(flaw.clone()),
        Ok(key) => judged(in_use(key, span)),
    };
    let mut claims = vec![claim(
        format!("checkpoint:{size}"),
        format!("检查点（{size} 条）由日志 {} 签名", checkpoint.origin),
        format!("checkpoint of {size} leaves signed by {}", checkpoint.origin),
        signed,
    )];
    if let Ok(key) = found {
        claims.push(key_claim(key, trust));
    }
    claims.extend(witnesses(note, checkpoint, trust));
    claims
}

/// The claim that a key is trusted.
pub(super) fn key_claim(key: &seals::KeyRecord, trust: &Trust) -> Claim {
    claim(
        format!("key:{}", key.id),
        format!("密钥 {} 是所信任的密钥", key.id),
        format!("key {} is trusted", key.id),
        trusted(key, trust),
    )
}

/// What witnesses signed under a checkpoint.
pub(super) fn witnesses(note: &Note, checkpoint: &Checkpoint, trust: &Trust) -> Vec<Claim> {
    let mut claims = Vec::new();
    for line in &note.signatures {
        if line.name == checkpoint.origin {
            continue;
        }
        let known = trust
            .witnesses
            .iter()
            .find(|key| key.name() == line.name && key.signs() == Signs::Cosignatures);
        let (verdict, at) = match known.map(|key| note.check(key)) {
            Some(Ok(Some(checked))) => (Verdict::Pass, checked.seconds),
            Some(Ok(None)) | None => {
                (Verdict::Unknown(Doubt::WitnessUnknown { name: line.name.clone() }), None)
            }
            Some(Err(_)) => (Verdict::Fail(Flaw::WitnessWrong { name: line.name.clone() }), None),
        };
        let mut claim = claim(
            format!("witness:{}:{}", checkpoint.size, line.name),
            format!("见证人 {} 见过这个检查点", line.name),
            format!("witness {} saw this checkpoint", line.name),
            verdict,
        );
        if let Some(seconds) = at.and_then(|seconds| i64::try_from(seconds).ok()) {
            let at = codes::Moment::from_us(seconds.saturating_mul(1_000_000));
            claim = claim.with(Label::new(format!("见证时间 {at}"), format!("cosigned at {at}")));
        }
        claims.push(claim);
    }
    claims
}

/// Whether checkpoints of one log and size agree, among each other and with those that the reader saw before. Nothing is
/// claimed where there is nothing to compare.
pub(super) fn views(checkpoints: &[&Checkpoint], trust: &Trust) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (place, one) in checkpoints.iter().enumerate() {
        let others = checkpoints.iter().skip(place + 1).copied().chain(&trust.checkpoints);
        let mut same =
            others.filter(|other| other.origin == one.origin && other.size == one.size).peekable();
        if same.peek().is_none() {
            continue;
        }
        let verdict = judged(if same.all(|other| other.root == one.root) {
            Ok(())
        } else {
            Err(Flaw::SplitView { origin: one.origin.clone(), size: one.size })
        });
        claims.push(claim(
            format!("view:{}", one.size),
            format!("{} 条时的日志对所有人只有一个根", one.size),
            format!("one root for all readers at size {}", one.size),
            verdict,
        ));
    }
    claims
}
