//! Checkpoints and their stamps: kept in files, fetched in the background, never waited for.

use super::{Authority, AuthorityClient, TsError};
use crate::Published;
use crate::package::note_body;
use blobs::Entropy;
use codes::Moment;
use kernel::Shard;
use module::Clock;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many stamps are fetched from one authority before the others' turn.
const STAMPS_AT_ONCE: usize = 32;
/// How soon the queue is looked at again.
const PAUSE: Duration = Duration::from_secs(1);
/// After a failure an authority is left alone so long, then twice as long, and so on.
const PATIENCE_S: i64 = 5;
/// The longest that it is left alone.
const PATIENCE_S_MAX: i64 = 300;

/// A checkpoint and the stamps that it has so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StampedNote {
    /// The checkpoint as it was published, with its signature lines.
    pub note: String,
    /// Its stamps, by the key of the authority.
    pub stamps: BTreeMap<String, Vec<u8>>,
}

/// Where an authority stands (时间戳积压), for whoever operates the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The key of the authority.
    pub authority: String,
    /// Checkpoints that it has not stamped yet.
    pub waiting: u64,
    /// Since when the oldest of them waits.
    pub since: Option<Moment>,
    /// What it last failed by; none since its last success.
    pub failed: Option<String>,
}

#[derive(Debug)]
struct Entry {
    offered_at: Moment,
    stamped: Vec<String>,
}

/// Checkpoints and their stamps in a folder: `SHARD/SIZE.note`, `SHARD/SIZE.AUTHORITY.tsr`.
///
/// A note is written before its stamps are fetched, and a stamp is on disk before it counts as fetched, so that a process
/// that dies in between fetches it again and loses none.
#[derive(Debug)]
pub struct Stamps {
    root: PathBuf,
    index: Mutex<BTreeMap<(String, u64), Entry>>,
}

impl Stamps {
    /// Opens a folder, which is made where it is not there.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub fn open(root: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(root)?;
        let mut index: BTreeMap<(String, u64), Entry> = BTreeMap::new();
        for shard in std::fs::read_dir(root)? {
            let shard = shard?;
            if !shard.file_type()?.is_dir() {
                continue;
            }
            let name = shard.file_name().to_string_lossy().into_owned();
            for file in std::fs::read_dir(shard.path())? {
                let file = file?.file_name().to_string_lossy().into_owned();
                let Some((size, rest)) = file.split_once('.') else { continue };
                let Ok(size) = size.parse::<u64>() else { continue };
                let entry = index.entry((name.clone(), size)).or_insert_with(|| Entry {
                    offered_at: Moment::from_us(i64::MAX),
                    stamped: Vec::new(),
                });
                if let Some(at) = rest.strip_suffix(".note").and_then(|at| at.parse().ok()) {
                    entry.offered_at = Moment::from_us(at);
                } else if let Some(authority) = rest.strip_suffix(".tsr") {
                    entry.stamped.push(authority.to_owned());
                }
            }
        }
        index.retain(|_, entry| entry.offered_at.us() != i64::MAX);
        Ok(Self { root: root.to_owned(), index: Mutex::new(index) })
    }

    fn index(&self) -> MutexGuard<'_, BTreeMap<(String, u64), Entry>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a checkpoint in; it waits for its stamps from now on. Offered again, nothing changes.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn offer(&self, shard: &str, size: u64, note: &str, at: Moment) -> io::Result<()> {
        let key = (shard.to_owned(), size);
        if !is_folder(shard) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no name of a shard"));
        }
        if self.index().contains_key(&key) {
            return Ok(());
        }
        std::fs::create_dir_all(self.root.join(shard))?;
        self.write(
            &self.root.join(shard).join(format!("{size}.{}.note", at.us())),
            note.as_bytes(),
        )?;
        self.index().entry(key).or_insert(Entry { offered_at: at, stamped: Vec::new() });
        Ok(())
    }

    /// Takes in the checkpoints of a shard that were published after the last one taken in; of a shard of which none was, the
    /// latest alone: a stamp shows nothing of what is long past.
    ///
    /// # Errors
    /// One cannot be written.
    pub fn catch_up(&self, shard: &Shard, published: &[Published]) -> io::Result<()> {
        let latest = published.iter().map(|one| one.size).max().unwrap_or_default();
        let known = self.last(shard.as_str()).unwrap_or_else(|| latest.saturating_sub(1));
        for one in published.iter().filter(|one| one.size > known) {
            self.offer(shard.as_str(), one.size, &one.note, one.at)?;
        }
        Ok(())
    }

    /// The oldest checkpoints that an authority has not stamped yet.
    #[must_use]
    pub fn waiting(&self, authority: &str, limit: usize) -> Vec<(String, u64)> {
        let index = self.index();
        let mut waiting: Vec<_> = index
            .iter()
            .filter(|(_, entry)| !entry.stamped.iter().any(|stamped| stamped == authority))
            .map(|(key, entry)| (entry.offered_at, key.clone()))
            .collect();
        waiting.sort();
        waiting.into_iter().take(limit).map(|(_, key)| key).collect()
    }

    /// Keeps a stamp.
    ///
    /// # Errors
    /// It cannot be written, or the checkpoint was never offered.
    pub fn keep(&self, shard: &str, size: u64, authority: &str, tsr: &[u8]) -> io::Result<()> {
        let key = (shard.to_owned(), size);
        if !self.index().contains_key(&key) || !Authority::is_key(authority) {
            return Err(io::Error::new(io::ErrorKind::NotFound, "no such checkpoint or authority"));
        }
        self.write(&self.root.join(shard).join(format!("{size}.{authority}.tsr")), tsr)?;
        if let Some(entry) = self.index().get_mut(&key)
            && !entry.stamped.iter().any(|stamped| stamped == authority)
        {
            entry.stamped.push(authority.to_owned());
        }
        Ok(())
    }

    /// A checkpoint and its stamps; `None` if it was never offered.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn of(&self, shard: &str, size: u64) -> io::Result<Option<StampedNote>> {
        let (at, authorities) = {
            let index = self.index();
            let Some(entry) = index.get(&(shard.to_owned(), size)) else { return Ok(None) };
            (entry.offered_at, entry.stamped.clone())
        };
        let folder = self.root.join(shard);
        let note = std::fs::read_to_string(folder.join(format!("{size}.{}.note", at.us())))?;
        let mut stamps = BTreeMap::new();
        for authority in authorities {
            let tsr = std::fs::read(folder.join(format!("{size}.{authority}.tsr")))?;
            stamps.insert(authority, tsr);
        }
        Ok(Some(StampedNote { note, stamps }))
    }

    /// The size of the first checkpoint of a shard that covers the leaf at an index; `None` while there is none.
    #[must_use]
    pub fn covering(&self, shard: &str, index: u64) -> Option<u64> {
        let from = (shard.to_owned(), index.checked_add(1)?);
        let held = self.index();
        held.range(from..)
            .next()
            .filter(|((found, _), _)| found == shard)
            .map(|((_, size), _)| *size)
    }

    /// The size of the last checkpoint of a shard.
    #[must_use]
    pub fn last(&self, shard: &str) -> Option<u64> {
        let held = self.index();
        held.range((shard.to_owned(), 0)..=(shard.to_owned(), u64::MAX))
            .next_back()
            .map(|((_, size), _)| *size)
    }

    /// Writes a file whole or not at all.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let half = path.with_extension("half");
        let mut file = std::fs::File::create(&half)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&half, path)?;
        std::fs::File::open(path.parent().unwrap_or(&self.root))?.sync_all()
    }
}

/// Whether a shard's name may name a folder.
fn is_folder(shard: &str) -> bool {
    !shard.is_empty() && shard.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What the fetching of stamps remembers of an authority.
#[derive(Debug, Default)]
struct Mood {
    failures: u32,
    again_at: Option<Moment>,
    why: Option<String>,
}

/// Fetches stamps in the background (时间戳补签): each authority on its own, the oldest checkpoint first. One that is down is
/// left alone for a while; its checkpoints wait, and nothing else does.
pub struct Stamper {
    stamps: Arc<Stamps>,
    authorities: Vec<Authority>,
    client: AuthorityClient,
    entropy: Arc<dyn Entropy>,
    clock: Arc<dyn Clock>,
    moods: Mutex<BTreeMap<String, Mood>>,
}

impl std::fmt::Debug for Stamper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stamper").field("authorities", &self.authorities).finish_non_exhaustive()
    }
}

impl Stamper {
    /// What fetches stamps of these authorities for these checkpoints.
    #[must_use]
    pub fn new(
        stamps: Arc<Stamps>,
        authorities: Vec<Authority>,
        client: AuthorityClient,
        entropy: Arc<dyn Entropy>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { stamps, authorities, client, entropy, clock, moods: Mutex::default() }
    }

    /// Fetches stamps until the task is dropped.
    pub async fn run(&self) {
        loop {
            self.round().await;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks every authority once for what waits for it; the number of stamps that came.
    pub async fn round(&self) -> usize {
        let each = self.authorities.iter().map(|authority| self.ask(authority));
        futures_util::future::join_all(each).await.into_iter().sum()
    }

    /// Where each authority stands.
    #[must_use]
    pub fn backlog(&self) -> Vec<Backlog> {
        let moods = self.moods();
        let stands = |authority: &Authority| {
            let waiting = self.stamps.waiting(&authority.key, usize::MAX);
            let since = waiting
                .first()
                .and_then(|key| self.stamps.index().get(key).map(|entry| entry.offered_at));
            Backlog {
                authority: authority.key.clone(),
                waiting: waiting.len() as u64,
                since,
                failed: moods.get(&authority.key).and_then(|mood| mood.why.clone()),
            }
        };
        self.authorities.iter().map(stands).collect()
    }

    fn moods(&self) -> MutexGuard<'_, BTreeMap<String, Mood>> {
        self.moods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn authorities(&self) -> &[Authority] {
        &self.authorities
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Whether an authority failed a while ago, and is not to be asked yet.
    pub(super) fn is_left_alone(&self, authority: &str) -> bool {
        let again_at = self.moods().get(authority).and_then(|mood| mood.again_at);
        again_at.is_some_and(|at| self.clock.now() < at)
    }

    async fn ask(&self, authority: &Authority) -> usize {
        if self.is_left_alone(&authority.key) {
            return 0;
        }
        let mut fetched = 0;
        for (shard, size) in self.stamps.waiting(&authority.key, STAMPS_AT_ONCE) {
            match self.fetch(authority, &shard, size).await {
                Ok(()) => fetched += 1,
                Err(why) => {
                    self.fail(&authority.key, why);
                    return fetched;
                }
            }
        }
        self.moods().remove(&authority.key);
        fetched
    }

    async fn fetch(&self, authority: &Authority, shard: &str, size: u64) -> Result<(), String> {
        let note = self
            .stamps
            .of(shard, size)
            .map_err(|error| error.to_string())?
            .ok_or_else(|| "the checkpoint is gone".to_owned())?;
        let digest = note_body(&note.note)
            .map(|body| *seals::Digest::sha256(body.as_bytes()).bytes())
            .ok_or_else(|| "the checkpoint cannot be read".to_owned())?;
        let tsr = self.over(authority, &digest).await?;
        self.stamps.keep(shard, size, &authority.key, &tsr).map_err(|error| error.to_string())
    }

    /// Has an authority stamp a digest.
    pub(super) async fn over(
        &self,
        authority: &Authority,
        digest: &[u8; 32],
    ) -> Result<Vec<u8>, String> {
        let mut nonce = [0; 8];
        self.entropy.fill(&mut nonce).map_err(|error| error.to_string())?;
        let asked =
            self.client.stamp(authority, digest, u64::from_be_bytes(nonce), self.clock.now());
        asked.await.map(|(tsr, _time)| tsr).map_err(|error: TsError| error.to_string())
    }

    /// Leaves an authority alone for a while; told once, when it begins.
    pub(super) fn fail(&self, authority: &str, why: String) {
        let now = self.clock.now();
        let mut moods = self.moods();
        let mood = moods.entry(authority.to_owned()).or_default();
        if mood.failures == 0 {
            tracing::warn!(authority, why, "a time-stamp authority fails; its checkpoints wait");
        }
        let patience =
            PATIENCE_S.saturating_mul(1_i64 << mood.failures.min(10)).min(PATIENCE_S_MAX);
        mood.failures = mood.failures.saturating_add(1);
        mood.again_at = Some(now.plus_seconds(patience));
        mood.why = Some(why);
    }
}
