//! Asking witnesses for their cosignatures, whenever a checkpoint was published.

use crate::log::{Alarm, AlarmKind, Hears, lock};
use crate::note::{Note, SignatureLine, VerifierKey, decimal};
use crate::{Log, LogError, Published};
use data_encoding::BASE64;
use kernel::{Shard, Waiting};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long an answer is waited for.
const WAIT: Duration = Duration::from_secs(5);
/// How often a witness is asked about one checkpoint: it may name another size once.
const TRIES: usize = 3;
/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 16_384;

/// A witness that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer {
    /// Where it takes checkpoints, without `/add-checkpoint`.
    pub url: String,
    /// The keys by which its cosignatures are checked: several while it takes a new one into use.
    pub keys: Vec<VerifierKey>,
}

impl Peer {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.keys.first().map_or(&*self.url, VerifierKey::name)
    }
}

/// The witnesses of our logs.
pub struct Witnesses {
    peers: Vec<Peer>,
    client: reqwest::Client,
    /// What each saw last, by name and shard, as far as we know.
    sizes: Mutex<BTreeMap<(String, Shard), u64>>,
}

impl fmt::Debug for Witnesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witnesses").field("peers", &self.peers).finish_non_exhaustive()
    }
}

/// What came of asking one witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It cosigned.
    Cosigned,
    /// It says that we show several histories.
    Accuses(String),
    /// It did not, for another reason; it is asked again with the next checkpoint.
    Not(String),
}

impl Witnesses {
    /// Witnesses to ask.
    ///
    /// # Errors
    /// No client for HTTP can be made.
    pub fn new(peers: Vec<Peer>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(WAIT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { peers, client, sizes: Mutex::default() })
    }

    /// Asks each about a checkpoint, and puts the cosignatures under it; answers with what each said.
    pub async fn ask(&self, log: &Log, shard: &Shard, checkpoint: &Published) -> Vec<Answered> {
        let mut all = Vec::new();
        for peer in &self.peers {
            let answered = self.ask_one(peer, log, shard, checkpoint).await;
            let told = match answered {
                Ok(answered) => answered,
                Err(error) => Answered::Not(error.to_string()),
            };
            match &told {
                Answered::Cosigned => {}
                Answered::Accuses(why) => log.alarm(Alarm {
                    at: log.clock().now(),
                    kind: AlarmKind::Accused,
                    origin: log.origin(shard),
                    size: checkpoint.size,
                    notes: vec![checkpoint.note.clone(), why.clone()],
                }),
                Answered::Not(why) => {
                    tracing::warn!(witness = peer.name(), %shard, why, "no cosignature");
                }
            }
            all.push(told);
        }
        all
    }

    async fn ask_one(
        &self,
        peer: &Peer,
        log: &Log,
        shard: &Shard,
        checkpoint: &Published,
    ) -> Result<Answered, LogError> {
        let known = (peer.name().to_owned(), shard.clone());
        let mut old = lock(&self.sizes).get(&known).copied().unwrap_or(0);
        for _try in 0..TRIES {
            if old > checkpoint.size {
                return Ok(Answered::Not(format!("it has seen {old} leaves already")));
            }
            let body = request(log, shard, old, checkpoint)?;
            let (status, kind, text) = match self.post(peer, body).await {
                Ok(answer) => answer,
                Err(error) => return Ok(Answered::Not(error.to_string())),
            };
            match status {
                200 => {
                    let lines = cosignatures(&peer.keys, checkpoint, &text);
                    if lines.is_empty() {
                        return Ok(Answered::Not("its cosignature does not hold".to_owned()));
                    }
                    log.cosign(shard, checkpoint.size, &lines)?;
                    lock(&self.sizes).insert(known, checkpoint.size);
                    return Ok(Answered::Cosigned);
                }
                409 if kind.starts_with("text/x.tlog.size") => {
                    let said = decimal(text.trim_end()).filter(|said| *said != old);
                    let Some(said) = said else {
                        return Ok(Answered::Not("it names no other size".to_owned()));
                    };
                    old = said;
                }
                409 | 422 => return Ok(Answered::Accuses(text)),
                _ => return Ok(Answered::Not(format!("it answered {status}"))),
            }
        }
        Ok(Answered::Not("it names another size each time".to_owned()))
    }

    async fn post(
        &self,
        peer: &Peer,
        body: String,
    ) -> Result<(u16, String, String), reqwest::Error> {
        let url = format!("{}/add-checkpoint", peer.url.trim_end_matches('/'));
        let request = self.client.post(url).header("content-type", "text/plain; charset=utf-8");
        let mut response = request.body(body).send().await?;
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                bytes.clear();
                break;
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok((response.status().as_u16(), kind, text))
    }
}

/// The body of a request: old size, proof, checkpoint.
fn request(log: &Log, shard: &Shard, old: u64, checkpoint: &Published) -> Result<String, LogError> {
    let mut body = format!("old {old}\n");
    for hash in log.consistency(shard, old, checkpoint.size)? {
        body.push_str(&BASE64.encode(&hash));
        body.push('\n');
    }
    body.push('\n');
    body.push_str(&checkpoint.note);
    Ok(body)
}

/// The lines of an answer that are this witness's and hold.
fn cosignatures(keys: &[VerifierKey], checkpoint: &Published, answer: &str) -> Vec<SignatureLine> {
    let Ok(note) = Note::read(checkpoint.note.as_bytes()) else { return Vec::new() };
    let lines = answer.lines().filter_map(|line| line.parse::<SignatureLine>().ok());
    lines
        .filter(|line| {
            let alone = Note { text: note.text.clone(), signatures: vec![line.clone()] };
            keys.iter().any(|key| matches!(alone.check(key), Ok(Some(_))))
        })
        .collect()
}

impl Hears for Arc<Witnesses> {
    fn published<'a>(
        &'a self,
        log: &'a Log,
        shard: &'a Shard,
        checkpoint: &'a Published,
    ) -> Waiting<'a, ()> {
        // A witness that does not answer keeps nobody waiting.
        let (this, log, shard) = (Self::clone(self), log.clone(), shard.clone());
        let checkpoint = checkpoint.clone();
        tokio::spawn(async move { this.ask(&log, &shard, &checkpoint).await });
        Box::pin(std::future::ready(()))
    }
}
