//! Hashing of leaves and nodes (RFC 6962, section 2.1).

use sha2::Digest as _;
use sha2::block_api::compress256;

/// A hash of a leaf or a node: 32 bytes.
pub type Hash = [u8; 32];

/// Before the data of a leaf.
const LEAF: u8 = 0;
/// Before the two children of a node.
const NODE: u8 = 1;

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
        match self {
            Self::Sha256 => sha256_leaf(data),
            Self::Sm3 => sm3([&[LEAF], data, &[]]),
        }
    }

    /// The hash of a node: `H(0x01 || left || right)`.
    #[must_use]
    pub fn node(self, left: &Hash, right: &Hash) -> Hash {
        match self {
            Self::Sha256 => sha256_node(left, right),
            Self::Sm3 => sm3([&[NODE], left, right]),
        }
    }

    /// The root of a tree without leaves: the hash of nothing.
    #[must_use]
    pub fn empty(self) -> Hash {
        match self {
            Self::Sha256 => sha2::Sha256::digest([]).into(),
            Self::Sm3 => sm3([&[]; 3]),
        }
    }
}

fn sm3(parts: [&[u8]; 3]) -> Hash {
    let mut hash = sm3::Sm3::new();
    parts.into_iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

// SHA-256 block by block. The library's hasher fills a buffer and wipes it, piece by piece, which costs a tree as much as the
// hashing itself: its messages are of one or two blocks each. Padding and first state are those of FIPS 180-4, 5.1.1 and 5.3.3.

/// The first state.
const BEGIN: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
/// What follows on a message.
const END: u8 = 0x80;
/// Where the length stands in the last block.
const LENGTH_AT: usize = 56;

/// The two blocks of a node, without its children: 65 bytes are hashed, 520 bits.
const NODE_BLOCKS: [u8; 128] = {
    let mut blocks = [0; 128];
    blocks[0] = NODE;
    blocks[65] = END;
    blocks[126] = 2;
    blocks[127] = 8;
    blocks
};

fn sha256_node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = NODE_BLOCKS;
    bytes[1..33].copy_from_slice(left);
    bytes[33..65].copy_from_slice(right);
    let mut state = BEGIN;
    compress256(&mut state, bytes.as_chunks().0);
    told(state)
}

fn sha256_leaf(data: &[u8]) -> Hash {
    let bits = (data.len() as u64 + 1) * 8;
    let (mut state, mut block) = (BEGIN, [0; 64]);
    block[0] = LEAF;
    let (begun, rest) = match data.split_first_chunk::<63>() {
        None => (1, data),
        Some((head, more)) => {
            block[1..].copy_from_slice(head);
            let (whole, rest) = more.as_chunks::<64>();
            compress256(&mut state, &[block]);
            compress256(&mut state, whole);
            block = [0; 64];
            (0, rest)
        }
    };
    // INVARIANT: what is left is shorter than the rest of a block, so that a byte follows on it.
    let end = begun + rest.len();
    if let Some(place) = block.get_mut(begun..end) {
        place.copy_from_slice(rest);
    }
    if let Some(place) = block.get_mut(end) {
        *place = END;
    }
    if end >= LENGTH_AT {
        compress256(&mut state, &[block]);
        block = [0; 64];
    }
    block[LENGTH_AT..].copy_from_slice(&bits.to_be_bytes());
    compress256(&mut state, &[block]);
    told(state)
}

/// The hash that a state is.
fn told(state: [u32; 8]) -> Hash {
    let mut hash = [0; 32];
    for (place, word) in hash.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *place = word.to_be_bytes();
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_and_nodes_are_hashed_as_the_library_hashes_them() {
        let library = |parts: [&[u8]; 3]| -> Hash { sha2::Sha256::digest(parts.concat()).into() };
        let data: Vec<u8> = (0..1_000_u32).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect();
        for length in (0..300).chain([511, 512, 1_000]) {
            let data = &data[..length];
            assert_eq!(Profile::Sha256.leaf(data), library([&[LEAF], data, &[]]), "{length}");
        }
        let (left, right) = (library([b"left", b"", b""]), library([b"right", b"", b""]));
        assert_eq!(Profile::Sha256.node(&left, &right), library([&[NODE], &left, &right]));
        assert_eq!(Profile::Sha256.empty(), library([&[]; 3]));
    }
}
