//! The log over the journal (存证日志): one tree a shard, kept up with what became durable, signed and published.
//!
//! ```text
//! engine ── durable events ──► follow: leaves, in memory ──► answers: proof at the size signed last
//! journal ── what was not heard of ──► catch up ──┘
//! each second: hashes to the disk; each minute or thousand leaves: checkpoint published, witnesses asked
//! ```
//! What is on the disk may be lost at any time: the tree is cut to its last published checkpoint when it is opened, and the
//! rest is made from the journal.

mod alarms;
mod checkpoints;
mod shard;

pub use alarms::{Alarm, AlarmKind};
pub use checkpoints::Published;

use crate::note::{Signs, VerifierKey};
use crate::{Hash, LogError, Profile, Proof, TileId, TileKind, leaf_of};
use alarms::Alarms;
use codes::Moment;
use journal::Journal;
use kernel::{Recorded, Shard};
use module::{Clock, Follower};
use seals::{Algorithm, Keys, Purpose};
use shard::{Maintained, ShardLog};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// After so many leaves a checkpoint is published, though not before a second has passed since the last.
pub const PUBLISH_LEAVES: u64 = 1_000;
/// After so many µs a checkpoint is published if anything was appended.
pub const PUBLISH_US: i64 = 60_000_000;
/// How often the log looks after itself.
const ROUND: Duration = Duration::from_secs(1);
/// How many events are read from the journal at once.
const EVENTS_AT_ONCE: u32 = 4_096;

/// How the log is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the names of all logs begin with, a URL without its scheme: `portal.example/evidence/log`.
    pub origin: String,
    /// Where hashes and checkpoints are kept; in memory alone if nowhere.
    pub folder: Option<PathBuf>,
    /// Which function hashes.
    pub profile: Profile,
}

impl Settings {
    /// A log in memory, for tests.
    pub fn in_memory(origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), folder: None, profile: Profile::default() }
    }
}

/// The log; its clones are the same one.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    journal: Arc<dyn Journal>,
    keys: Arc<dyn Keys>,
    clock: Arc<dyn Clock>,
    shards: Mutex<BTreeMap<Shard, Arc<ShardLog>>>,
    alarms: Alarms,
    /// Who hears of checkpoints, once the log is kept.
    hears: Mutex<Option<Arc<dyn Hears>>>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a shard of the log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The shard.
    pub shard: Shard,
    /// The name of its log.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// How many events of the journal it has not taken yet.
    pub lag: u64,
    /// The checkpoint published last.
    pub published: Option<Published>,
    /// Whether it was stopped, because the journal contradicts a checkpoint.
    pub is_stopped: bool,
}

/// A place in a tree and what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The hash of the leaf.
    pub leaf: Hash,
    /// The path to the root, the sibling first.
    pub path: Vec<Hash>,
    /// The root.
    pub root: Hash,
}

impl Log {
    /// A log over a journal. Call [`Log::start`], then [`Log::keep`].
    pub fn new(
        settings: Settings,
        journal: Arc<dyn Journal>,
        keys: Arc<dyn Keys>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let alarms = Alarms::at(settings.folder.as_deref());
        let (shards, hears) = (Mutex::default(), Mutex::default());
        Self { inner: Arc::new(Inner { settings, journal, keys, clock, shards, alarms, hears }) }
    }

    /// Opens every shard that has events and takes what it has missed.
    ///
    /// # Errors
    /// The journal cannot be read. A log that cannot be kept is an alarm and no error.
    pub async fn start(&self) -> Result<(), journal::ReadError> {
        for shard in self.inner.journal.shards().await? {
            if let Err(error) = self.catch_up(&shard).await {
                tracing::error!(%shard, %error, "the log of evidence does not follow");
            }
        }
        Ok(())
    }

    /// Looks after the log once a second, until its last clone is gone; `published` hears of each checkpoint.
    pub fn keep(&self, published: Arc<dyn Hears>) -> tokio::task::JoinHandle<()> {
        let inner = Arc::downgrade(&self.inner);
        *lock(&self.inner.hears) = Some(Arc::clone(&published));
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(ROUND).await;
                let Some(inner) = Weak::upgrade(&inner) else { return };
                let log = Self { inner };
                for (shard, checkpoint) in log.round().await {
                    published.published(&log, &shard, &checkpoint).await;
                }
            }
        })
    }

    /// Looks after every shard once: catches up, writes hashes to the disk, publishes what is due. Answers with the
    /// checkpoints that it published.
    pub async fn round(&self) -> Vec<(Shard, Published)> {
        let mut published = Vec::new();
        let shards = match self.inner.journal.shards().await {
            Ok(shards) => shards,
            Err(error) => {
                tracing::warn!(%error, "the journal's shards cannot be told");
                return published;
            }
        };
        for shard in shards {
            match self.round_of(&shard).await {
                Ok(Some(checkpoint)) => published.push((shard, checkpoint)),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%shard, %error, "the log of evidence is not kept up");
                }
            }
        }
        published
    }

    async fn round_of(&self, shard: &Shard) -> Result<Option<Published>, LogError> {
        let log = self.shard(shard)?;
        let head = self.head(shard).await?;
        // What was decided a moment ago is told by the engine; what stays behind is another process's, or was missed.
        if log.is_behind(head) {
            self.catch_up(shard).await?;
        }
        let inner = Arc::clone(&self.inner);
        let name = shard.to_string();
        let kept = tokio::task::spawn_blocking(move || log.maintain(&inner)).await;
        let unavailable = |why: String| LogError::Unavailable { shard: name.clone(), why };
        match kept.map_err(|error| unavailable(error.to_string()))? {
            Ok(Maintained::Published(published)) => Ok(Some(published)),
            Ok(Maintained::Quiet) => Ok(None),
            Ok(Maintained::MadeAnew) => self.catch_up(shard).await.map(|()| None),
            Err(error) => Err(error),
        }
    }

    /// Publishes a checkpoint of a shard now, if it has grown since the last one; answers with the latest. Whoever hears of
    /// checkpoints hears of this one too.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn publish(&self, shard: &Shard) -> Result<Published, LogError> {
        self.catch_up(shard).await?;
        let log = self.shard(shard)?;
        let (kept, inner) = (Arc::clone(&log), Arc::clone(&self.inner));
        let before = log.latest().map_or(0, |last| last.size);
        // It waits for the disk.
        let published = tokio::task::spawn_blocking(move || kept.publish(&inner)).await;
        published.map_err(|error| LogError::Unavailable {
            shard: shard.to_string(),
            why: error.to_string(),
        })??;
        let latest = log.latest();
        let latest = latest.ok_or_else(|| LogError::Unpublished { shard: shard.to_string() })?;
        let hears = lock(&self.inner.hears).clone();
        if let Some(hears) = hears.filter(|_| latest.size > before) {
            hears.published(self, shard, &latest).await;
        }
        Ok(latest)
    }

    /// The name of a shard's log.
    #[must_use]
    pub fn origin(&self, shard: &Shard) -> String {
        self.inner.origin(shard)
    }

    /// What the names of all logs begin with.
    #[must_use]
    pub fn origin_base(&self) -> &str {
        &self.inner.settings.origin
    }

    /// Which function hashes.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.inner.settings.profile
    }

    /// The journal under it.
    #[must_use]
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.inner.journal
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// The keys that sign.
    #[must_use]
    pub fn keys(&self) -> &Arc<dyn Keys> {
        &self.inner.keys
    }

    /// The key that signs at an instant.
    ///
    /// # Errors
    /// [`LogError::Unavailable`]: there is none.
    pub fn signing_key(&self, at: Moment) -> Result<seals::PublicKey, LogError> {
        let record = self.inner.keys.current(&Purpose::LOG, Algorithm::Ed25519, at);
        let unavailable = |why: String| LogError::Unavailable { shard: String::new(), why };
        Ok(record.map_err(|error| unavailable(error.to_string()))?.key)
    }

    /// All keys that ever signed for a shard's log, those out of use too.
    ///
    /// # Errors
    /// [`LogError::Unavailable`]: the keys cannot be read.
    pub fn verifier_keys(&self, shard: &Shard) -> Result<Vec<VerifierKey>, LogError> {
        let unavailable = |why: String| LogError::Unavailable { shard: shard.to_string(), why };
        let records = self.inner.keys.records().map_err(|error| unavailable(error.to_string()))?;
        records
            .into_iter()
            .filter(|record| record.purpose == Purpose::LOG)
            .filter(|record| record.key.algorithm() == Algorithm::Ed25519)
            .map(|record| VerifierKey::new(&self.origin(shard), Signs::Notes, record.key))
            .collect::<Result<_, _>>()
            .map_err(|error| unavailable(error.to_string()))
    }

    /// How many leaves a shard has.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn size(&self, shard: &Shard) -> Result<u64, LogError> {
        Ok(self.shard(shard)?.size())
    }

    /// How every shard stands.
    ///
    /// # Errors
    /// [`LogError::Unavailable`]: the journal cannot be read.
    pub async fn standing(&self) -> Result<Vec<Standing>, LogError> {
        let shards = self.inner.journal.shards().await;
        let mut all = Vec::new();
        for shard in shards.map_err(|error| unreadable("", &error))? {
            let log = self.shard(&shard)?;
            let head = self.head(&shard).await?;
            let size = log.size();
            all.push(Standing {
                origin: self.origin(&shard),
                size,
                lag: head.saturating_sub(size),
                published: log.latest(),
                is_stopped: log.is_stopped(),
                shard,
            });
        }
        Ok(all)
    }

    /// What went wrong, the newest last.
    #[must_use]
    pub fn alarms(&self) -> Vec<Alarm> {
        self.inner.alarms.all()
    }

    /// Notes that something is wrong, once for each thing.
    pub fn alarm(&self, alarm: Alarm) {
        self.inner.alarms.add(alarm);
    }

    /// The checkpoint of a shard that was published last.
    ///
    /// # Errors
    /// [`LogError::Unpublished`], and if the log cannot be opened.
    pub fn latest(&self, shard: &Shard) -> Result<Published, LogError> {
        let latest = self.shard(shard)?.latest();
        latest.ok_or_else(|| LogError::Unpublished { shard: shard.to_string() })
    }

    /// Every checkpoint of a shard that was published, in order.
    ///
    /// # Errors
    /// The log cannot be opened.
    pub fn published(&self, shard: &Shard) -> Result<Vec<Published>, LogError> {
        Ok(self.shard(shard)?.published())
    }

    /// Takes cosignatures of witnesses to a published checkpoint.
    ///
    /// # Errors
    /// The disk is full or broken.
    pub fn cosign(
        &self,
        shard: &Shard,
        size: u64,
        lines: &[crate::note::SignatureLine],
    ) -> Result<(), LogError> {
        self.shard(shard)?.cosign(size, lines)
    }

    /// Proves an event by its position, against the root of today, signed.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn prove(&self, shard: &Shard, seq: u64) -> Result<Proof, LogError> {
        let mut proofs = self.prove_all(shard, &[seq]).await?;
        proofs.pop().ok_or_else(|| LogError::Unknown {
            shard: shard.to_string(),
            what: format!("leaf of event {seq}"),
        })
    }

    /// Proves events by their positions, all against one checkpoint.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn prove_all(&self, shard: &Shard, seqs: &[u64]) -> Result<Vec<Proof>, LogError> {
        let log = self.shard(shard)?;
        if seqs.iter().any(|seq| *seq > log.size()) {
            self.catch_up(shard).await?;
        }
        log.prove(&self.inner, seqs)
    }

    /// The path from a leaf to the root at a size.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn inclusion(&self, shard: &Shard, index: u64, size: u64) -> Result<Inclusion, LogError> {
        self.shard(shard)?.inclusion(index, size)
    }

    /// The proof that a shard's tree at one size is the beginning of that at another.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn consistency(&self, shard: &Shard, old: u64, new: u64) -> Result<Vec<Hash>, LogError> {
        self.shard(shard)?.consistency(old, new)
    }

    /// The root of a shard at a size.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn root(&self, shard: &Shard, size: u64) -> Result<Hash, LogError> {
        self.shard(shard)?.root(size)
    }

    /// The bytes of a tile; entries come from the journal.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn tile(&self, shard: &Shard, tile: TileId) -> Result<Vec<u8>, LogError> {
        let log = self.shard(shard)?;
        let unknown = || LogError::Unknown {
            shard: shard.to_string(),
            what: format!("tile {}", tile.path()),
        };
        if !tile.is_within(log.size()) {
            return Err(unknown());
        }
        match tile.kind {
            TileKind::Hashes(level) => log.tile(level, tile.n, tile.width),
            TileKind::Entries => {
                let (from, _to) = tile.leaves().ok_or_else(unknown)?;
                let width = u32::try_from(tile.width).map_err(|_wide| unknown())?;
                let events = self.inner.journal.read(shard, from, width).await;
                let events = events.map_err(|error| unreadable(shard.as_str(), &error))?;
                if events.len() as u64 != tile.width {
                    return Err(unknown());
                }
                crate::bundle(events.iter().map(leaf_of)).map_err(|at| LogError::EntryTooLong {
                    shard: shard.to_string(),
                    index: from + at as u64,
                })
            }
        }
    }

    /// The data of one leaf, by its event's position.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn event(&self, shard: &Shard, seq: u64) -> Result<Recorded, LogError> {
        let unknown =
            || LogError::Unknown { shard: shard.to_string(), what: format!("event {seq}") };
        let after = seq.checked_sub(1).ok_or_else(unknown)?;
        let read = self.inner.journal.read(shard, after, 1).await;
        let mut read = read.map_err(|error| unreadable(shard.as_str(), &error))?;
        read.pop().filter(|event| event.seq == seq).ok_or_else(unknown)
    }

    /// Takes whatever of a shard's journal the log has not yet.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn catch_up(&self, shard: &Shard) -> Result<(), LogError> {
        let log = self.shard(shard)?;
        let _one = log.catching.lock().await;
        if let Some(after) = log.unlooked() {
            let read = self.inner.journal.read(shard, after, EVENTS_AT_ONCE).await;
            log.look(&read.map_err(|error| unreadable(shard.as_str(), &error))?)?;
        }
        loop {
            let read = self.inner.journal.read(shard, log.size(), EVENTS_AT_ONCE).await;
            let events = read.map_err(|error| unreadable(shard.as_str(), &error))?;
            if events.is_empty() {
                break;
            }
            log.take(&events);
            log.flush()?;
        }
        let head = self.head(shard).await?;
        log.compare(&self.inner, head);
        Ok(())
    }

    async fn head(&self, shard: &Shard) -> Result<u64, LogError> {
        let head = self.inner.journal.head(shard).await;
        Ok(head.map_err(|error| unreadable(shard.as_str(), &error))?.seq)
    }

    fn shard(&self, shard: &Shard) -> Result<Arc<ShardLog>, LogError> {
        let mut shards = lock(&self.inner.shards);
        if let Some(open) = shards.get(shard) {
            return Ok(Arc::clone(open));
        }
        let origin = self.inner.origin(shard);
        let open = ShardLog::open(&self.inner.settings, shard, origin)?;
        let open = Arc::new(open);
        shards.insert(shard.clone(), Arc::clone(&open));
        Ok(open)
    }
}

fn unreadable(shard: &str, error: &journal::ReadError) -> LogError {
    LogError::Unavailable { shard: shard.to_owned(), why: error.to_string() }
}

impl Inner {
    fn origin(&self, shard: &Shard) -> String {
        format!("{}/{shard}", self.settings.origin)
    }

    fn now(&self) -> Moment {
        self.clock.now()
    }
}

/// Hears of published checkpoints: those who have them stamped and cosigned.
pub trait Hears: Send + Sync + 'static {
    /// A checkpoint was published.
    fn published<'a>(
        &'a self,
        log: &'a Log,
        shard: &'a Shard,
        checkpoint: &'a Published,
    ) -> kernel::Waiting<'a, ()>;
}

/// Nobody hears.
#[derive(Clone, Copy, Debug, Default)]
pub struct NobodyHears;

impl Hears for NobodyHears {
    fn published<'a>(
        &'a self,
        _log: &'a Log,
        _shard: &'a Shard,
        _checkpoint: &'a Published,
    ) -> kernel::Waiting<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Several who hear, one after the other.
impl Hears for Vec<Arc<dyn Hears>> {
    fn published<'a>(
        &'a self,
        log: &'a Log,
        shard: &'a Shard,
        checkpoint: &'a Published,
    ) -> kernel::Waiting<'a, ()> {
        Box::pin(async move {
            for one in self {
                one.published(log, shard, checkpoint).await;
            }
        })
    }
}

impl Follower for Log {
    fn follow(&self, shard: &Shard, events: &[Recorded]) {
        match self.shard(shard) {
            Ok(log) => log.take(events),
            Err(error) => tracing::error!(%shard, %error, "the log of evidence cannot be opened"),
        }
    }
}
