//! The log of one shard: its tree, what was signed of it, what was published.

use super::checkpoints::{Checkpoints, Published};
use super::{Alarm, AlarmKind, Inclusion, Inner, PUBLISH_LEAVES, PUBLISH_US, Settings, lock};
use crate::leaf::{Leaves, leaf_of};
use crate::note::{Note, SignatureLine, Signs, VerifierKey};
use crate::tree::{hash_count, size_within};
use crate::{Checkpoint, Hash, LogError, Profile, Proof, Tree};
use codes::Moment;
use kernel::{Recorded, Shard};
use seals::{Algorithm, KeyRecord, Purpose};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// How many processes may keep a log in one folder, each with hashes of its own.
const SLOTS: u32 = 16;

/// The log of one shard.
#[derive(Debug)]
pub(super) struct ShardLog {
    shard: Shard,
    origin: String,
    profile: Profile,
    place: Option<Place>,
    state: Mutex<State>,
    /// Held by whoever takes events from the journal.
    pub(super) catching: tokio::sync::Mutex<()>,
}

/// Where the hashes lie.
#[derive(Debug)]
struct Place {
    hashes: PathBuf,
    /// Locked as long as this process keeps hashes there.
    _lock: File,
    /// Whether this process publishes: the first that came.
    is_first: bool,
}

#[derive(Debug)]
struct State {
    tree: Tree,
    checkpoints: Checkpoints,
    /// The last published checkpoint with which the tree was compared.
    compared: u64,
    signed: Option<Signed>,
    signer: Option<Signer>,
    /// The size at which the journal contradicts a checkpoint.
    stopped: Option<u64>,
    is_damaged: bool,
    /// Whether the end of what was kept was compared with the journal.
    is_looked_at: bool,
    /// The size at the last look.
    seen: u64,
}

/// What was signed last.
#[derive(Clone, Debug)]
struct Signed {
    size: u64,
    root: Hash,
    note: String,
}

/// The key that signs, and until when it is taken without asking again.
#[derive(Debug)]
struct Signer {
    record: KeyRecord,
    key: VerifierKey,
    until: Moment,
}

/// What came of a round.
pub(super) enum Maintained {
    /// Nothing was due.
    Quiet,
    /// A checkpoint was published.
    Published(Published),
    /// Damaged hashes were thrown away: the journal has to be read.
    MadeAnew,
}

impl Place {
    /// The first place in a folder that no other process holds.
    fn first_free(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        for slot in 0..SLOTS {
            let name = if slot == 0 { "hashes".to_owned() } else { format!("hashes.{slot}") };
            let hashes = folder.join(name);
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create(true).truncate(false).open(&hashes)?;
            match file.try_lock() {
                Ok(()) => return Ok(Self { hashes, _lock: file, is_first: slot == 0 }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(std::io::Error::other("too many processes keep this log"))
    }
}

impl ShardLog {
    pub(super) fn open(
        settings: &Settings,
        shard: &Shard,
        origin: String,
    ) -> Result<Self, LogError> {
        let failed = |error: std::io::Error| LogError::Unavailable {
            shard: shard.to_string(),
            why: error.to_string(),
        };
        let folder = match &settings.folder {
            Some(_) if !is_file_name(shard.as_str()) => {
                return Err(failed(std::io::Error::other("its name cannot be that of a folder")));
            }
            folder => folder.as_ref().map(|folder| folder.join(shard.as_str())),
        };
        let place = folder.as_deref().map(Place::first_free).transpose().map_err(failed)?;
        let file = folder.map(|folder| folder.join("checkpoints"));
        let checkpoints = Checkpoints::open(file).map_err(failed)?;
        let tree = match &place {
            None => Tree::in_memory(settings.profile),
            Some(place) => opened(settings.profile, &place.hashes, &checkpoints).map_err(failed)?,
        };
        let state = State {
            compared: 0,
            signed: None,
            signer: None,
            stopped: None,
            is_damaged: false,
            is_looked_at: false,
            seen: 0,
            tree,
            checkpoints,
        };
        Ok(Self {
            shard: shard.clone(),
            origin,
            profile: settings.profile,
            place,
            state: Mutex::new(state),
            catching: tokio::sync::Mutex::default(),
        })
    }

    fn failed(&self, error: &impl ToString) -> LogError {
        LogError::Unavailable { shard: self.shard.to_string(), why: error.to_string() }
    }

    pub(super) fn size(&self) -> u64 {
        lock(&self.state).tree.size()
    }

    pub(super) fn is_stopped(&self) -> bool {
        lock(&self.state).stopped.is_some()
    }

    /// Whether nothing has come since the last look although the journal has more.
    pub(super) fn is_behind(&self, head: u64) -> bool {
        let mut state = lock(&self.state);
        let size = state.tree.size();
        let before = std::mem::replace(&mut state.seen, size);
        head > size && (before == size || head - size > u64::from(super::EVENTS_AT_ONCE))
    }

    /// Takes those of some events that follow on; hashing is done before anybody has to wait.
    pub(super) fn take(&self, events: &[Recorded]) {
        let size = self.size();
        let mut leaves = Leaves::default();
        let fresh = events.iter().filter(|event| event.seq > size);
        let leaves: Vec<(u64, Hash)> =
            fresh.map(|event| (event.seq, self.profile.leaf(leaves.of(event)))).collect();
        let mut state = lock(&self.state);
        for (seq, leaf) in leaves {
            if seq == state.tree.size() + 1 {
                state.tree.append_hash(leaf);
            }
        }
    }

    /// The position after which the end of what was kept is to be compared with the journal; none once that was done.
    pub(super) fn unlooked(&self) -> Option<u64> {
        let state = lock(&self.state);
        let kept = state.tree.size();
        (!state.is_looked_at).then(|| kept.saturating_sub(u64::from(super::EVENTS_AT_ONCE)))
    }

    /// Compares the end of what was kept with events of the journal; all of it is made anew if they differ. What lies before is
    /// compared by an audit, for it takes as long as reading the whole journal.
    pub(super) fn look(&self, events: &[Recorded]) -> Result<(), LogError> {
        let leaves = events.iter().map(|event| (event.seq, self.profile.leaf(&leaf_of(event))));
        let leaves: Vec<(u64, Hash)> = leaves.collect();
        let mut state = lock(&self.state);
        state.is_looked_at = true;
        let size = state.tree.size();
        let mut kept = leaves.iter().filter(|(seq, _)| *seq <= size);
        let reaches = size == 0 || leaves.iter().any(|(seq, _)| *seq == size);
        let is_same =
            kept.all(|(seq, leaf)| state.tree.node(0, seq - 1).is_ok_and(|kept| kept == *leaf));
        if !(reaches && is_same) {
            tracing::warn!(shard = %self.shard, "kept hashes are not those of the journal");
            self.begin_anew(&mut state)?;
        }
        Ok(())
    }

    fn begin_anew(&self, state: &mut State) -> Result<(), LogError> {
        state.tree = match &self.place {
            None => Tree::in_memory(self.profile),
            Some(place) => {
                Tree::open(self.profile, &place.hashes, 0).map_err(|error| self.failed(&error))?
            }
        };
        (state.is_damaged, state.signed, state.compared) = (false, None, 0);
        Ok(())
    }

    /// Writes hashes to the disk, without waiting for it.
    pub(super) fn flush(&self) -> Result<(), LogError> {
        lock(&self.state).tree.flush(false).map_err(|error| self.failed(&error))
    }

    /// Compares the tree with the checkpoint published last, once the journal was read to its end.
    pub(super) fn compare(&self, inner: &Inner, head: u64) {
        let mut state = lock(&self.state);
        let Some(last) = state.checkpoints.latest().cloned() else { return };
        if state.compared == last.size {
            return;
        }
        let size = state.tree.size();
        if size < last.size && size < head {
            return;
        }
        state.compared = last.size;
        let is_same = size >= last.size && state.tree.root(last.size) == Some(last.root);
        if !is_same {
            state.stopped = Some(last.size);
            state.signed = None;
            inner.alarms.add(Alarm {
                at: inner.now(),
                kind: AlarmKind::HistoryChanged,
                origin: self.origin.clone(),
                size: last.size,
                notes: vec![last.note],
            });
        }
    }

    /// What is signed of the tree as it is now.
    fn signed(&self, inner: &Inner, state: &mut State) -> Result<Signed, LogError> {
        if let Some(size) = state.stopped {
            return Err(LogError::HistoryChanged { shard: self.shard.to_string(), size });
        }
        let size = state.tree.size();
        if let Some(signed) = state.signed.as_ref().filter(|signed| signed.size == size) {
            return Ok(signed.clone());
        }
        let root = state.tree.root(size).ok_or_else(|| self.failed(&"a hash cannot be read"))?;
        let text = Checkpoint::new(self.origin.clone(), size, root).text();
        let now = inner.now();
        let signer = match state.signer.take().filter(|signer| now < signer.until) {
            Some(signer) => signer,
            None => self.signer(inner, now)?,
        };
        let signature = inner.keys.sign(&signer.record.id, now, text.as_bytes());
        let signature = signature.map_err(|error| self.failed(&error))?;
        let note = Note { signatures: vec![signer.key.line(&signature)], text }.to_string();
        state.signer = Some(signer);
        let signed = Signed { size, root, note };
        state.signed = Some(signed.clone());
        Ok(signed)
    }

    fn signer(&self, inner: &Inner, now: Moment) -> Result<Signer, LogError> {
        let record = inner.keys.current(&Purpose::LOG, Algorithm::Ed25519, now);
        let record = record.map_err(|error| self.failed(&error))?;
        let key = VerifierKey::new(&self.origin, Signs::Notes, record.key.clone());
        let key = key.map_err(|error| self.failed(&error))?;
        let soon = now.plus_seconds(1);
        let until = record.retired_on.map_or(soon, |retired| soon.min(retired));
        Ok(Signer { record, key, until })
    }

    pub(super) fn prove(&self, inner: &Inner, seqs: &[u64]) -> Result<Vec<Proof>, LogError> {
        let signed = self.signed(inner, &mut lock(&self.state))?;
        let mut proofs = Vec::with_capacity(seqs.len());
        for seq in seqs {
            let index = seq.checked_sub(1).filter(|index| *index < signed.size);
            let index = index.ok_or_else(|| LogError::Unknown {
                shard: self.shard.to_string(),
                what: format!("leaf of event {seq}"),
            })?;
            // One at a time: paths that are read from the disk keep nobody waiting who only appends.
            let mut state = lock(&self.state);
            let path = self.checked(&mut state, index, signed.size, &signed.root)?.path;
            proofs.push(Proof { extra: None, index, path, checkpoint: signed.note.clone() });
        }
        Ok(proofs)
    }

    pub(super) fn inclusion(&self, index: u64, size: u64) -> Result<Inclusion, LogError> {
        let mut state = lock(&self.state);
        let root = self.root_of(&state, size)?;
        self.checked(&mut state, index, size, &root)
    }

    /// The path of a leaf; what was read from the disk is checked before it leaves.
    fn checked(
        &self,
        state: &mut State,
        index: u64,
        size: u64,
        root: &Hash,
    ) -> Result<Inclusion, LogError> {
        let told = |error| LogError::of_range(self.shard.as_str(), &error);
        let path = state.tree.inclusion(index, size).map_err(told)?;
        let leaf = state.tree.node(0, index).map_err(told)?;
        let is_sound = state.tree.holds_path(index, size)
            || self.profile.verify_inclusion(&leaf, index, size, &path, root);
        if !is_sound {
            state.is_damaged = true;
            return Err(LogError::HashDamaged { shard: self.shard.to_string(), index });
        }
        Ok(Inclusion { leaf, path, root: *root })
    }

    fn root_of(&self, state: &State, size: u64) -> Result<Hash, LogError> {
        state.tree.root(size).ok_or_else(|| LogError::Unknown {
            shard: self.shard.to_string(),
            what: format!("size {size}"),
        })
    }

    pub(super) fn root(&self, size: u64) -> Result<Hash, LogError> {
        self.root_of(&lock(&self.state), size)
    }

    pub(super) fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, LogError> {
        let mut state = lock(&self.state);
        let path = state.tree.consistency(old, new);
        let path = path.map_err(|error| LogError::of_range(self.shard.as_str(), &error))?;
        let (before, after) = (self.root_of(&state, old)?, self.root_of(&state, new)?);
        if !self.profile.verify_consistency((old, &before), (new, &after), &path) {
            state.is_damaged = true;
            return Err(LogError::HashDamaged { shard: self.shard.to_string(), index: old });
        }
        Ok(path)
    }

    pub(super) fn tile(&self, level: u32, n: u64, width: u64) -> Result<Vec<u8>, LogError> {
        let hashes = lock(&self.state).tree.tile(level, n, width);
        let hashes = hashes.map_err(|error| LogError::of_range(self.shard.as_str(), &error))?;
        Ok(hashes.into_flattened())
    }

    pub(super) fn latest(&self) -> Option<Published> {
        let mut state = lock(&self.state);
        // Another process may publish what this one serves.
        if let Err(error) = state.checkpoints.refresh() {
            tracing::warn!(shard = %self.shard, %error, "checkpoints cannot be read");
        }
        state.checkpoints.latest().cloned()
    }

    pub(super) fn published(&self) -> Vec<Published> {
        lock(&self.state).checkpoints.all().to_vec()
    }

    pub(super) fn cosign(&self, size: u64, lines: &[SignatureLine]) -> Result<(), LogError> {
        let done = lock(&self.state).checkpoints.cosign(size, lines);
        done.map_err(|error| self.failed(&error))
    }

    /// A round: damaged hashes are made anew, new ones written, a checkpoint published where one is due.
    pub(super) fn maintain(&self, inner: &Inner) -> Result<Maintained, LogError> {
        if self.throw_away(inner)? {
            return Ok(Maintained::MadeAnew);
        }
        self.flush()?;
        let is_due = {
            let state = lock(&self.state);
            let size = state.tree.size();
            match state.checkpoints.latest() {
                None => size > 0,
                Some(last) => {
                    let since = inner.now().us().saturating_sub(last.at.us());
                    size >= last.size + PUBLISH_LEAVES || (size > last.size && since >= PUBLISH_US)
                }
            }
        };
        let publishes = self.place.as_ref().is_none_or(|place| place.is_first);
        if !(is_due && publishes) || self.is_stopped() {
            return Ok(Maintained::Quiet);
        }
        self.publish(inner)?;
        Ok(self.latest().map_or(Maintained::Quiet, Maintained::Published))
    }

    /// Publishes the tree as it is, if it has grown.
    pub(super) fn publish(&self, inner: &Inner) -> Result<(), LogError> {
        let (signed, file) = {
            let mut state = lock(&self.state);
            state.checkpoints.refresh().map_err(|error| self.failed(&error))?;
            let signed = self.signed(inner, &mut state)?;
            if state.checkpoints.latest().is_some_and(|last| last.size >= signed.size) {
                return Ok(());
            }
            state.tree.flush(false).map_err(|error| self.failed(&error))?;
            (signed, state.tree.file().map_err(|error| self.failed(&error))?)
        };
        // Nobody waits for the disk: what a checkpoint stands on is there before the checkpoint.
        if let Some(file) = file {
            file.sync_data().map_err(|error| self.failed(&error))?;
        }
        let Signed { size, root, note } = signed;
        let mut state = lock(&self.state);
        state.compared = size;
        let published = Published { at: inner.now(), size, root, note };
        state.checkpoints.add(published).map_err(|error| self.failed(&error))
    }

    /// Empties a tree of which a hash was found damaged.
    fn throw_away(&self, inner: &Inner) -> Result<bool, LogError> {
        let mut state = lock(&self.state);
        if !state.is_damaged {
            return Ok(false);
        }
        inner.alarms.add(Alarm {
            at: inner.now(),
            kind: AlarmKind::HashDamaged,
            origin: self.origin.clone(),
            size: state.tree.size(),
            notes: Vec::new(),
        });
        self.begin_anew(&mut state)?;
        Ok(true)
    }
}

/// The tree of a file as far as it can be relied on: up to the last published checkpoint, if its root is there.
fn opened(profile: Profile, hashes: &Path, checkpoints: &Checkpoints) -> std::io::Result<Tree> {
    let kept = size_within(std::fs::metadata(hashes)?.len() / 32);
    for published in checkpoints.all().iter().rev().take(2).filter(|last| last.size <= kept) {
        if hash_count(published.size) > 0 {
            let tree = Tree::open(profile, hashes, published.size)?;
            if tree.root(published.size) == Some(published.root) {
                return Ok(tree);
            }
        }
    }
    Tree::open(profile, hashes, 0)
}

/// Whether a shard's name leads nowhere else.
fn is_file_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !name.is_empty() && name.len() <= 64 && name.chars().all(fits)
}
