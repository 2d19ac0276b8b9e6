//! The edge along which a tree grows: at most 64 hashes, whatever its size.

use crate::{Hash, Profile};

/// The roots of the complete subtrees that make up a tree of a size, by level: the one of level `l` counts where bit `l` of the
/// size is set.
#[derive(Clone, Debug)]
pub(crate) struct Frontier {
    size: u64,
    roots: [Hash; 64],
}

impl Frontier {
    pub(crate) const fn new() -> Self {
        Self { size: 0, roots: [[0; 32]; 64] }
    }

    /// The frontier at a size, of roots that are looked up.
    pub(crate) fn at<E>(
        size: u64,
        mut root: impl FnMut(u32) -> Result<Hash, E>,
    ) -> Result<Self, E> {
        let mut roots = [[0; 32]; 64];
        for (level, place) in (0..).zip(&mut roots) {
            if size >> level & 1 == 1 {
                *place = root(level)?;
            }
        }
        Ok(Self { size, roots })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The root of the complete subtree of a level that ends at the size, if there is one.
    pub(crate) fn root_of(&self, level: u32) -> Option<&Hash> {
        let place = self.roots.get(usize::try_from(level).ok()?)?;
        (self.size >> level & 1 == 1).then_some(place)
    }

    /// Appends a leaf and tells of each hash that this makes, the leaf's first.
    pub(crate) fn append(
        &mut self,
        profile: Profile,
        leaf: Hash,
        mut made: impl FnMut(u32, &Hash),
    ) {
        let index = self.size;
        let (mut level, mut hash) = (0, leaf);
        for place in &mut self.roots {
            made(level, &hash);
            if index >> level & 1 == 0 {
                *place = hash;
                break;
            }
            hash = profile.node(place, &hash);
            level += 1;
        }
        self.size = index + 1;
    }

    /// The root over all.
    pub(crate) fn root(&self, profile: Profile) -> Hash {
        let parts = (0..64).filter_map(|level| self.root_of(level));
        let joined = parts.copied().reduce(|right, left| profile.node(&left, &right));
        joined.unwrap_or_else(|| profile.empty())
    }
}
