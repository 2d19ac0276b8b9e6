//! Hashing of leaves and nodes (RFC 6962, section 2.1).

use sha2::Digest as _;

/// A hash of a leaf or a node: 32 bytes.
pub type Hash = [u8; 32];

/// Before the data of a leaf.
const LEAF: [u8; 1] = [0];
/// Before the two children of a node.
const NODE: [u8; 1] = [1];

/// Which function hashes (杂凑算法): the shape of the tree is the same under each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// SHA-256, as RFC 6962 and all published readers have it.
    #[default]
    Sha256,
    /// SM3 (GB/T 32905), where an installation must use it; foreign readers do not know it.
    Sm3,
}

impl Profile {
    /// The hash of a leaf: `H(0x00 || data)`.
    #[must_use]
    pub fn leaf(self, data: &[u8]) -> Hash {
        self.of([&LEAF, data])
    }

    /// The hash of a node: `H(0x01 || left || right)`.
    #[must_use]
    pub fn node(self, left: &Hash, right: &Hash) -> Hash {
        match self {
            Self::Sha256 => {
                let mut hash = sha2::Sha256::new();
                hash.update(NODE);
                hash.update(left);
                hash.update(right);
                hash.finalize().into()
            }
            Self::Sm3 => {
                let mut hash = sm3::Sm3::new();
                hash.update(NODE);
                hash.update(left);
                hash.update(right);
                hash.finalize().into()
            }
        }
    }

    /// The root of a tree without leaves: the hash of nothing.
    #[must_use]
    pub fn empty(self) -> Hash {
        self.of([&[], &[]])
    }

    fn of(self, parts: [&[u8]; 2]) -> Hash {
        match self {
            Self::Sha256 => {
                let mut hash = sha2::Sha256::new();
                parts.into_iter().for_each(|part| hash.update(part));
                hash.finalize().into()
            }
            Self::Sm3 => {
                let mut hash = sm3::Sm3::new();
                parts.into_iter().for_each(|part| hash.update(part));
                hash.finalize().into()
            }
        }
    }
}
