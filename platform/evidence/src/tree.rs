//! The Merkle tree (RFC 6962): appends, roots of every size, proofs of inclusion and of consistency.

pub(crate) mod frontier;
pub(crate) mod hashes;
mod verify;

pub use verify::{root_from_inclusion, verify_consistency, verify_inclusion};

use crate::{Hash, Profile};
use frontier::Frontier;
use hashes::Hashes;
use std::path::Path;
use std::sync::OnceLock;

/// A Merkle tree that only grows.
///
/// Hashes of leaves and of complete subtrees are kept in one sequence, in the order of their making, on disk or in memory; a
/// frontier of at most 64 hashes is what appends and roots need. All sizes that the tree ever had stay provable.
///
/// ```text
///        6              order of hashes: 0 1 2 3 4 5 6 7 …
///    2       5          (leaf 0, leaf 1, their node, leaf 2, leaf 3, their node, the node of both, leaf 4, …)
///  0   1   3   4   7
/// ```
#[derive(Debug)]
pub struct Tree {
    profile: Profile,
    hashes: Hashes,
    frontier: Frontier,
    /// The hashes over the ends of the tree as it is, until it grows: every path that begins left of one ends in it.
    ends: OnceLock<Vec<(u64, Hash)>>,
}

/// What a proof was asked of that the tree cannot give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// A leaf that the tree of that size does not hold, or an old size beyond the new one.
    #[error("{index} lies outside a tree of size {size}")]
    Outside {
        /// The leaf or the older size.
        index: u64,
        /// The size.
        size: u64,
    },
    /// A size that the tree has not reached.
    #[error("the tree has {found} leaves, {asked} were asked for")]
    NotYet {
        /// Asked for.
        asked: u64,
        /// There are.
        found: u64,
    },
    /// The kept hashes cannot be read.
    #[error("hash {index} cannot be read: {why}")]
    Store {
        /// Its place in the order of hashes.
        index: u64,
        /// What the disk says.
        why: String,
    },
}

/// The place of the hash of subtree `n` of a level in the order of hashes.
#[must_use]
pub fn hash_index(level: u32, n: u64) -> u64 {
    // The subtree is complete when its last leaf is: that leaf stands after 2m - popcount(m) hashes.
    let last = ((n + 1) << level) - 1;
    hash_count(last) + u64::from(level)
}

/// How many hashes a tree of a size keeps.
#[must_use]
pub fn hash_count(size: u64) -> u64 {
    2 * size - u64::from(size.count_ones())
}

/// The largest size whose hashes lie within a number of them.
pub(crate) fn size_within(count: u64) -> u64 {
    // 2n - popcount(n) grows by 1 to 64 a leaf.
    let (mut low, mut high) = (count / 2, count / 2 + 65);
    while low + 1 < high {
        let middle = low.midpoint(high);
        if hash_count(middle) <= count {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// The largest power of two below a number of leaves that is at least 2.
fn split(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

impl Default for Tree {
    fn default() -> Self {
        Self::in_memory(Profile::default())
    }
}

impl Tree {
    /// An empty tree in memory.
    #[must_use]
    pub fn in_memory(profile: Profile) -> Self {
        Self {
            profile,
            hashes: Hashes::in_memory(),
            frontier: Frontier::new(),
            ends: OnceLock::new(),
        }
    }

    /// The tree whose hashes a file keeps, at a size that the file is known to hold; what follows in it is cut off.
    ///
    /// # Errors
    /// The file cannot be opened, or holds fewer hashes.
    pub fn open(profile: Profile, file: &Path, size: u64) -> std::io::Result<Self> {
        let hashes = Hashes::open(file, hash_count(size))?;
        let frontier =
            Frontier::at(size, |level| hashes.get(hash_index(level, (size >> level) - 1)))
                .map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self { profile, hashes, frontier, ends: OnceLock::new() })
    }

    /// Which function hashes.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// How many leaves it holds.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Appends the data of a leaf; answers with its index.
    pub fn append(&mut self, leaf: &[u8]) -> u64 {
        self.append_hash(self.profile.leaf(leaf))
    }

    /// Appends a leaf whose hash is known; answers with its index.
    pub fn append_hash(&mut self, leaf: Hash) -> u64 {
        let index = self.size();
        let Self { profile, hashes, frontier, ends } = self;
        ends.take();
        frontier.append(*profile, leaf, |_level, hash| hashes.push(*hash));
        index
    }

    /// Writes to the disk what was appended since; without `sync` it may still lie in the machine's cache.
    ///
    /// # Errors
    /// The disk is full or broken. The tree in memory goes on; the next flush tries again.
    pub fn flush(&mut self, sync: bool) -> std::io::Result<()> {
        self.hashes.flush(sync)
    }

    /// The file of hashes, so that it can be synced while the tree goes on; none in memory.
    ///
    /// # Errors
    /// The system has no more handles.
    pub(crate) fn file(&self) -> std::io::Result<Option<std::fs::File>> {
        self.hashes.file()
    }

    /// The root at a size; `None` if the tree has not reached it, or if a kept hash cannot be read.
    #[must_use]
    pub fn root(&self, size: u64) -> Option<Hash> {
        if size == self.size() {
            return Some(self.frontier.root(self.profile));
        }
        if size == 0 {
            return Some(self.profile.empty());
        }
        (size < self.size()).then(|| self.range(0, size).ok()).flatten()
    }

    /// The hash of the complete subtree `n` of a level.
    ///
    /// # Errors
    /// [`RangeError::NotYet`] if it is not complete, [`RangeError::Store`] if it cannot be read.
    pub fn node(&self, level: u32, n: u64) -> Result<Hash, RangeError> {
        let width = 1_u64.checked_shl(level).unwrap_or(0);
        let end = n.checked_add(1).and_then(|m| m.checked_mul(width)).filter(|end| *end > 0);
        let asked = end.unwrap_or(u64::MAX);
        if asked > self.size() {
            return Err(RangeError::NotYet { asked, found: self.size() });
        }
        self.kept(level, n)
    }

    /// The hash of a subtree that is known to be complete.
    fn kept(&self, level: u32, n: u64) -> Result<Hash, RangeError> {
        if self.size() >> level == n + 1
            && let Some(hash) = self.frontier.root_of(level)
        {
            return Ok(*hash);
        }
        self.hashes.get(hash_index(level, n))
    }

    /// Hashes of consecutive complete subtrees of a level.
    ///
    /// # Errors
    /// As [`Tree::node`].
    pub fn nodes(&self, level: u32, from: u64, count: u64) -> Result<Vec<Hash>, RangeError> {
        if level == 0 && count > 0 {
            let asked = from.saturating_add(count);
            if asked > self.size() {
                return Err(RangeError::NotYet { asked, found: self.size() });
            }
            // Leaves lie among the nodes over them: one read instead of many.
            let first = hash_index(0, from);
            let all = self.hashes.span(first, hash_index(0, asked - 1) + 1)?;
            let of = |n| usize::try_from(hash_index(0, n) - first).ok().and_then(|at| all.get(at));
            return Ok((from..asked).filter_map(|n| of(n).copied()).collect());
        }
        (from..from.saturating_add(count)).map(|n| self.node(level, n)).collect()
    }

    /// The hash over the leaves of a span that begins at a multiple of the largest power of two within it.
    fn range(&self, from: u64, to: u64) -> Result<Hash, RangeError> {
        if (to - from).is_power_of_two() {
            let level = (to - from).trailing_zeros();
            return self.node(level, from >> level);
        }
        if to == self.size()
            && let Some((_, hash)) = self.ends().iter().find(|(begins, _)| *begins == from)
        {
            return Ok(*hash);
        }
        let mut parts = Vec::new();
        let mut at = from;
        while at < to {
            let level = 63 - (to - at).leading_zeros();
            parts.push(self.node(level, at >> level)?);
            at += 1 << level;
        }
        let last = parts.pop().unwrap_or_else(|| self.profile.empty());
        Ok(parts.iter().rev().fold(last, |right, left| self.profile.node(left, &right)))
    }

    /// The hashes over the tree from the beginning of each of its largest complete subtrees to its end.
    fn ends(&self) -> &[(u64, Hash)] {
        self.ends.get_or_init(|| {
            let mut ends: Vec<(u64, Hash)> = Vec::new();
            let size = self.size();
            for level in 0..64 {
                if let Some(left) = self.frontier.root_of(level) {
                    let begins = (size >> level << level) - (1 << level);
                    let hash = match ends.last() {
                        Some((_, right)) => self.profile.node(left, right),
                        None => *left,
                    };
                    ends.push((begins, hash));
                }
            }
            ends
        })
    }

    /// The path from a leaf to the root at a size: its sibling first, then that of each node above.
    ///
    /// # Errors
    /// [`RangeError`].
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, RangeError> {
        self.reached(size)?;
        if index >= size {
            return Err(RangeError::Outside { index, size });
        }
        let (mut from, mut to) = (0, size);
        let mut path = Vec::with_capacity(usize::try_from(size.ilog2() + 1).unwrap_or_default());
        while !(to - from).is_power_of_two() {
            let middle = from + split(to - from);
            if index < middle {
                path.push(self.range(middle, to)?);
                to = middle;
            } else {
                path.push(self.range(from, middle)?);
                from = middle;
            }
        }
        // Within a complete subtree all siblings are complete.
        for level in (0..(to - from).trailing_zeros()).rev() {
            path.push(self.kept(level, (index >> level) ^ 1)?);
        }
        path.reverse();
        Ok(path)
    }

    /// The proof that the tree of an old size is the beginning of that of a new one; empty where the old size is 0 or the new
    /// one.
    ///
    /// # Errors
    /// [`RangeError`].
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, RangeError> {
        self.reached(new)?;
        if old > new {
            return Err(RangeError::Outside { index: old, size: new });
        }
        if old == 0 || old == new {
            return Ok(Vec::new());
        }
        let (mut from, mut to) = (0, new);
        let mut path = Vec::new();
        while old < to {
            let middle = from + split(to - from);
            if old <= middle {
                path.push(self.range(middle, to)?);
                to = middle;
            } else {
                path.push(self.range(from, middle)?);
                from = middle;
            }
        }
        // Where the old tree is a complete subtree of the new one from its very beginning, whoever checks holds its root.
        if from > 0 {
            path.push(self.range(from, to)?);
        }
        path.reverse();
        Ok(path)
    }

    /// Whether everything of a leaf's path lies in memory, where this process made it: such a path need not be checked.
    pub(crate) fn holds_path(&self, index: u64, size: u64) -> bool {
        let (mut from, mut to) = (0, size);
        while to.saturating_sub(from) > 1 {
            let middle = from + split(to - from);
            let sibling = if index < middle { (middle, to) } else { (from, middle) };
            if !self.holds_range(sibling.0, sibling.1) {
                return false;
            }
            if index < middle { to = middle } else { from = middle }
        }
        true
    }

    fn holds_range(&self, from: u64, to: u64) -> bool {
        let mut at = from;
        while at < to {
            let level = 63 - (to - at).leading_zeros();
            let n = at >> level;
            let is_edge = self.size() >> level == n + 1 && self.frontier.root_of(level).is_some();
            if !is_edge && !self.hashes.holds(hash_index(level, n)) {
                return false;
            }
            at += 1 << level;
        }
        true
    }

    fn reached(&self, size: u64) -> Result<(), RangeError> {
        if size > self.size() {
            return Err(RangeError::NotYet { asked: size, found: self.size() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
