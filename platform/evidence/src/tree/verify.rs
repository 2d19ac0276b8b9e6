//! What whoever holds a proof computes, without the tree (RFC 9162, sections 2.1.3.2 and 2.1.4.2).

use crate::{Hash, Profile};

/// The root that follows from a leaf and its path; `None` if the path has another length than the place of the leaf asks for.
#[must_use]
pub fn root_from_inclusion(
    profile: Profile,
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut node, mut last) = (index, size - 1);
    let mut root = *leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            root = profile.node(sibling, &root);
            // A last node without sibling is carried up as it is.
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            root = profile.node(&root, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    (last == 0).then_some(root)
}

/// Whether a leaf stands at an index of the tree of a size and root (SHA-256).
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    Profile::Sha256.verify_inclusion(leaf, index, size, path, root)
}

/// Whether the tree of an old size and root is the beginning of that of a new size and root (SHA-256).
#[must_use]
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    path: &[Hash],
) -> bool {
    Profile::Sha256.verify_consistency((old, old_root), (new, new_root), path)
}

impl Profile {
    /// Whether a leaf stands at an index of the tree of a size and root.
    #[must_use]
    pub fn verify_inclusion(
        self,
        leaf: &Hash,
        index: u64,
        size: u64,
        path: &[Hash],
        root: &Hash,
    ) -> bool {
        root_from_inclusion(self, leaf, index, size, path).as_ref() == Some(root)
    }

    /// Whether the tree of an old size and root is the beginning of that of a new size and root.
    #[must_use]
    pub fn verify_consistency(
        self,
        (old, old_root): (u64, &Hash),
        (new, new_root): (u64, &Hash),
        path: &[Hash],
    ) -> bool {
        if old > new {
            return false;
        }
        if old == new {
            return path.is_empty() && old_root == new_root;
        }
        if old == 0 {
            return path.is_empty() && *old_root == self.empty();
        }
        let (mut node, mut last) = (old - 1, new - 1);
        while node & 1 == 1 {
            (node, last) = (node >> 1, last >> 1);
        }
        let mut path = path.iter();
        let begun = if old.is_power_of_two() { Some(old_root) } else { path.next() };
        let Some(begun) = begun else { return false };
        let (mut of_old, mut of_new) = (*begun, *begun);
        for hash in path {
            if last == 0 {
                return false;
            }
            if node & 1 == 1 || node == last {
                of_old = self.node(hash, &of_old);
                of_new = self.node(hash, &of_new);
                while node & 1 == 0 && node != 0 {
                    (node, last) = (node >> 1, last >> 1);
                }
            } else {
                of_new = self.node(&of_new, hash);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        last == 0 && of_old == *old_root && of_new == *new_root
    }
}
