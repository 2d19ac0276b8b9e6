//! Message files of the customs case system (案件系统报文): a folder that is swept, signed files in, signed receipts out.
//!
//! ```text
//!  in/NAME.jws ──► signature, shape, order ─┬─ taken ──► done/CASE.SEQUENCE.jws   acks/NAME.jws  taken
//!                                           ├─ the same again ─► removed           acks/NAME.jws  repeated
//!                                           ├─ early ──► stays until those before it came
//!                                           └─ refused ─► refused/NAME.jws         acks/NAME.jws  refused, why
//! ```
//!
//! A message numbers its place in its case from 1. Whatever is sent twice, late or out of order has the effect of what is sent
//! once and in order: the folder `done` says what was taken, and the id of each command follows from case and number, so that
//! a file that was decided and not yet moved when the process died is not decided again.

use crate::decide::{Penalty, PenaltyCommand};
use crate::errand::Tools;
use crate::error::PenaltyError;
use crate::http::acts::{file_case, partner_cleared, sealed};
use crate::model::{Filing, Profile, Redress, RedressResult};
use crate::queries;
use codes::{Date, Moment};
use documents::Issuer;
use kernel::{Atomic, CommandId};
use module::Platform;
use penalty::{CustomsCaseNo, PartyKind, Sanction};
use portal::Failure;
use seals::{Algorithm, Digest, Keys, PublicKeySet, Purpose, jws};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a message is signed as.
pub const MESSAGE_TYPE: &str = "customs-case+jws";
/// What a receipt is signed as.
pub const RECEIPT_TYPE: &str = "customs-receipt+jws";
/// The largest message: 1 MiB.
const MESSAGE_BYTES_MAX: u64 = 1 << 20;
/// Files of one sweep.
const SWEEP_MAX: usize = 1_000;

/// A message of the customs case system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseMessage {
    /// The case.
    pub case: CustomsCaseNo,
    /// Its place in the case, from 1 without a gap.
    pub sequence: u64,
    /// What happened.
    pub what: What,
}

/// What a message tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// A case was filed.
    CaseFiled(Box<Filed>),
    /// Money came.
    PaymentReceived {
        /// How much, in fen.
        amount_fen: i64,
        /// When.
        on: Date,
        /// The treasury's number.
        reference: String,
    },
    /// Review or suit was filed.
    RedressFiled {
        /// Which way.
        redress: Redress,
        /// When.
        on: Date,
    },
    /// It ended.
    RedressEnded {
        /// Which way.
        redress: Redress,
        /// When.
        on: Date,
        /// With what.
        result: RedressResult,
    },
}

/// A case as the case system files it; it tells of a person, and is sealed at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filed {
    /// The office by its key in the directory.
    pub organ: String,
    /// Its name.
    pub organ_name: String,
    /// Its word in numbers.
    pub organ_word: String,
    /// Its division.
    pub place: String,
    /// What it is about, without names.
    pub cause: String,
    /// The day of filing.
    pub on: Date,
    /// The kind of the party's document: `uscc`, `resident_id`, `passport`.
    pub id_kind: String,
    /// The party.
    pub party: Profile,
    /// The penalty to be expected.
    #[serde(default)]
    pub expected: Option<Sanction>,
}

/// What is said of a message (回执).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageReceipt {
    /// The name of the file.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// When it was looked at.
    pub at: Moment,
    /// What came of it.
    pub result: Outcome,
    /// Why it was refused: code and slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What came of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was taken now.
    Taken,
    /// It was taken before.
    Repeated,
    /// Those before it have not come: it waits.
    Early,
    /// It cannot be taken.
    Refused,
}

/// A folder of message files.
#[derive(Clone)]
pub struct Files {
    root: PathBuf,
    partner: String,
    trusted: PublicKeySet,
    keys: Arc<dyn Keys>,
    tools: Arc<Tools>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Files {
    /// A folder that a case system of this name writes into with these keys; receipts are signed with our key for exchange.
    ///
    /// # Errors
    /// Its folders cannot be made.
    pub fn open(
        root: impl Into<PathBuf>,
        partner: impl Into<String>,
        trusted: PublicKeySet,
        keys: Arc<dyn Keys>,
        tools: Arc<Tools>,
    ) -> io::Result<Self> {
        let root = root.into();
        for folder in ["in", "done", "acks", "refused"] {
            fs::create_dir_all(root.join(folder))?;
        }
        Ok(Self { root, partner: partner.into(), trusted, keys, tools })
    }

    /// Looks at every file once, in the order of case and number; `app` calls it every few seconds.
    ///
    /// # Errors
    /// The folder cannot be read or written; what was taken so far stays taken.
    pub async fn sweep(&self, platform: &Platform) -> io::Result<BTreeMap<Outcome, usize>> {
        let now = platform.clock.now();
        let mut counts = BTreeMap::new();
        let mut read = Vec::new();
        for path in self.waiting()? {
            let bytes = fs::read(&path)?;
            match self.opened(&bytes) {
                Ok(message) => read.push((message, path, bytes)),
                Err(error) => {
                    self.refuse(&path, &bytes, now, &error.into())?;
                    *counts.entry(Outcome::Refused).or_insert(0) += 1;
                }
            }
        }
        read.sort_by(|(a, ..), (b, ..)| (&a.case, a.sequence).cmp(&(&b.case, b.sequence)));
        for (message, path, bytes) in read {
            let outcome = self.one(platform, &message, &path, &bytes, now).await?;
            *counts.entry(outcome).or_insert(0) += 1;
        }
        Ok(counts)
    }

    /// The files that wait, by name; half-written ones bear another ending until they are whole.
    fn waiting(&self) -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(self.root.join("in"))? {
            let path = entry?.path();
            let whole = path.extension().is_some_and(|ending| ending == "jws");
            if whole && fs::metadata(&path)?.len() <= MESSAGE_BYTES_MAX {
                paths.push(path);
            }
        }
        paths.sort();
        paths.truncate(SWEEP_MAX);
        Ok(paths)
    }

    /// The message, if a trusted key signed it.
    fn opened(&self, bytes: &[u8]) -> Result<CaseMessage, PenaltyError> {
        let wrong = |why| PenaltyError::Message { why };
        let text = std::str::from_utf8(bytes).map_err(|_bytes| wrong("NOT_TEXT"))?;
        let signed = jws::read(text.trim()).map_err(|_shape| wrong("NOT_SIGNED"))?;
        let payload = signed.payload().ok_or_else(|| wrong("NOT_SIGNED"))?;
        signed
            .verify_trusted(&self.trusted, MESSAGE_TYPE, payload)
            .map_err(|_untrusted| wrong("SIGNATURE"))?;
        let message: CaseMessage =
            serde_json::from_slice(payload).map_err(|_shape| wrong("SHAPE"))?;
        if message.sequence == 0 { Err(wrong("SEQUENCE")) } else { Ok(message) }
    }

    async fn one(
        &self,
        platform: &Platform,
        message: &CaseMessage,
        path: &Path,
        bytes: &[u8],
        now: Moment,
    ) -> io::Result<Outcome> {
        let done = self.done(&message.case, message.sequence);
        if done.exists() {
            // The first answer counts; another content under the same number is none of ours.
            return if fs::read(&done)? == bytes {
                self.receipt(path, bytes, now, Outcome::Repeated, None)?;
                fs::remove_file(path)?;
                Ok(Outcome::Repeated)
            } else {
                self.refuse(path, bytes, now, &PenaltyError::Message { why: "ID_REUSED" }.into())?;
                Ok(Outcome::Refused)
            };
        }
        if message.sequence > 1 && !self.done(&message.case, message.sequence - 1).exists() {
            return Ok(Outcome::Early);
        }
        match self.act(platform, message).await {
            Ok(()) => {
                fs::rename(path, &done)?;
                self.receipt(path, bytes, now, Outcome::Taken, None)?;
                Ok(Outcome::Taken)
            }
            // The platform is busy or down: the file stays, and is tried again.
            Err(failure) if failure.status >= 500 || failure.status == 429 => Ok(Outcome::Early),
            Err(failure) => {
                self.refuse(path, bytes, now, &failure)?;
                Ok(Outcome::Refused)
            }
        }
    }

    async fn act(&self, platform: &Platform, message: &CaseMessage) -> Result<(), Failure> {
        let no = &message.case;
        let row = queries::case(&*platform.reader, no.as_str()).await?;
        let by = partner_cleared(platform, &self.partner, no, row.as_ref())?;
        let command = match &message.what {
            What::CaseFiled(filed) => {
                let filing = self.filing(no, filed).await?;
                return file_case(platform, by, filing).await;
            }
            What::PaymentReceived { amount_fen, on, reference } => PenaltyCommand::Pay {
                amount_fen: *amount_fen,
                on: *on,
                reference: reference.clone(),
            },
            What::RedressFiled { redress, on } => {
                PenaltyCommand::FileRedress { redress: *redress, on: *on }
            }
            What::RedressEnded { redress, on, result } => {
                PenaltyCommand::EndRedress { redress: *redress, on: *on, result: *result }
            }
        };
        let row = row.ok_or(PenaltyError::Unknown)?;
        let commands = Atomic::new(row.shard)
            .then::<Penalty>(no, &command)
            .map_err(|_unwritable| portal::RequestError::Fault)?;
        let id = CommandId::derive(&[
            b"penalty.file-message",
            no.as_str().as_bytes(),
            &message.sequence.to_be_bytes(),
        ]);
        let done = platform.commands.submit(by, id, commands).await;
        done.map(drop).map_err(Failure::from)
    }

    async fn filing(&self, no: &CustomsCaseNo, filed: &Filed) -> Result<Filing, Failure> {
        let party = self.tools.parties.of(&filed.id_kind, &filed.party.id_number);
        let party = party.ok_or(PenaltyError::Field { key: "id_number", why: "CHECK_DIGIT" })?;
        Ok(Filing {
            no: no.clone(),
            issuer: Issuer {
                organ: kernel::OrganKey::new(&filed.organ),
                name: filed.organ_name.clone(),
                word: filed.organ_word.clone(),
                place: filed.place.clone(),
            },
            party,
            party_kind: if filed.id_kind == "uscc" {
                PartyKind::Enterprise
            } else {
                PartyKind::Person
            },
            profile: Some(sealed(&self.tools, no, &filed.party).await?),
            cause: filed.cause.clone(),
            on: filed.on,
            expected: filed.expected.clone(),
        })
    }

    fn done(&self, case: &CustomsCaseNo, sequence: u64) -> PathBuf {
        self.root.join("done").join(format!("{case}.{sequence:06}.jws"))
    }

    fn refuse(&self, path: &Path, bytes: &[u8], now: Moment, why: &Failure) -> io::Result<()> {
        let reason = format!("{} {}", why.code, why.reason);
        self.receipt(path, bytes, now, Outcome::Refused, Some(reason))?;
        fs::rename(path, self.root.join("refused").join(name_of(path)))
    }

    /// Writes the receipt whole or not at all.
    fn receipt(
        &self,
        path: &Path,
        bytes: &[u8],
        at: Moment,
        result: Outcome,
        reason: Option<String>,
    ) -> io::Result<()> {
        let file = name_of(path);
        let sha256 = Digest::sha256(bytes).hex();
        let receipt = MessageReceipt { file: file.clone(), sha256, at, result, reason };
        let payload = serde_json::to_vec(&receipt).map_err(io::Error::other)?;
        let key = self.keys.current(&Purpose::EXCHANGE, Algorithm::Ed25519, at);
        let key = key.map_err(io::Error::other)?;
        let signed = jws::attached(&*self.keys, &key, at, RECEIPT_TYPE, &payload);
        let signed = signed.map_err(io::Error::other)?;
        let to = self.root.join("acks").join(&file);
        let half = to.with_extension("half");
        fs::write(&half, signed)?;
        fs::rename(half, to)
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
