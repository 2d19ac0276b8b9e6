//! Tiles: the tree in pieces of 256 hashes at fixed addresses (C2SP tlog-tiles v0.1.0).

use crate::{Hash, RangeError, Tree};

/// How many hashes or entries a full tile holds.
pub const TILE_WIDTH: u64 = 256;
/// How many levels of the tree one level of tiles spans.
const TILE_HEIGHT: u32 = 8;
/// The longest entry that a bundle can hold: its length stands in 16 bits.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileKind {
    /// Hashes of a level; 0 is that of leaves.
    Hashes(u32),
    /// The data of leaves.
    Entries,
}

/// The address of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileId {
    /// What it holds.
    pub kind: TileKind,
    /// Its number within the level.
    pub n: u64,
    /// How many it holds: 256, or fewer where the tree ends.
    pub width: u64,
}

impl TileId {
    /// Reads what follows `tile/` in an address: `0/x001/234`, `1/000.p/17`, `entries/x001/234`.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (kind, rest) = path.split_once('/')?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => {
                TileKind::Hashes(plain(level, 63).and_then(|level| u32::try_from(level).ok())?)
            }
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, plain(width, 255).filter(|width| *width > 0)?),
            None => (rest, TILE_WIDTH),
        };
        let parts: Vec<&str> = number.split('/').collect();
        let (last, first) = parts.split_last()?;
        let mut n = 0_u64;
        for part in first {
            n = n.checked_mul(1_000)?.checked_add(three(part.strip_prefix('x')?)?)?;
        }
        n = n.checked_mul(1_000)?.checked_add(three(last)?)?;
        let id = Self { kind, n, width };
        // One address a tile: no leading zero groups.
        (id.path() == path).then_some(id)
    }

    /// What follows `tile/` in its address.
    #[must_use]
    pub fn path(&self) -> String {
        let level = match self.kind {
            TileKind::Entries => "entries".to_owned(),
            TileKind::Hashes(level) => level.to_string(),
        };
        let mut number = format!("{:03}", self.n % 1_000);
        let mut rest = self.n / 1_000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1_000);
            rest /= 1_000;
        }
        let partial =
            if self.width < TILE_WIDTH { format!(".p/{}", self.width) } else { String::new() };
        format!("{level}/{number}{partial}")
    }

    /// The first leaf and the one behind the last that the tile spans, for entries and level 0.
    #[must_use]
    pub fn leaves(&self) -> Option<(u64, u64)> {
        let from = self.n.checked_mul(TILE_WIDTH)?;
        Some((from, from.checked_add(self.width)?))
    }

    /// Whether a tree of a size has it: full ones as soon as they are full, partial ones while the tree ends there or later.
    #[must_use]
    pub fn is_within(&self, size: u64) -> bool {
        let level = match self.kind {
            TileKind::Entries => 0,
            TileKind::Hashes(level) => level,
        };
        let complete = size.checked_shr(TILE_HEIGHT * level).unwrap_or(0);
        self.leaves().is_some_and(|(_, end)| end <= complete)
    }
}

/// A number without leading zeros, up to a limit.
fn plain(text: &str, max: u64) -> Option<u64> {
    crate::note::decimal(text).filter(|number| *number <= max)
}

fn three(text: &str) -> Option<u64> {
    let sound = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| text.parse().ok()).flatten()
}

impl Tree {
    /// The hashes of a tile of level `level`.
    ///
    /// # Errors
    /// [`RangeError`]: the tree has not grown so far, or a hash cannot be read.
    pub fn tile(&self, level: u32, n: u64, width: u64) -> Result<Vec<Hash>, RangeError> {
        let outside = || RangeError::NotYet { asked: u64::MAX, found: self.size() };
        let height = level.checked_mul(TILE_HEIGHT).filter(|height| *height < 64);
        let from = n.checked_mul(TILE_WIDTH).ok_or_else(outside)?;
        self.nodes(height.ok_or_else(outside)?, from, width)
    }
}

/// A bundle of entries: each with its length in 16 bits before it; the index of the first that is too long for that otherwise.
///
/// # Errors
/// The place of an entry that is longer than [`ENTRY_BYTES_MAX`].
pub fn bundle<T: AsRef<[u8]>>(entries: impl IntoIterator<Item = T>) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::new();
    for (at, entry) in entries.into_iter().enumerate() {
        let length = u16::try_from(entry.as_ref().len()).map_err(|_long| at)?;
        bytes.extend(length.to_be_bytes());
        bytes.extend(entry.as_ref());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;

    #[test]
    fn addresses_read_and_write_the_same_way() {
        let id = |kind, n, width| TileId { kind, n, width };
        for (path, tile) in [
            ("0/000", id(TileKind::Hashes(0), 0, 256)),
            ("3/x001/x234/067", id(TileKind::Hashes(3), 1_234_067, 256)),
            ("0/x012/345.p/255", id(TileKind::Hashes(0), 12_345, 255)),
            ("entries/001.p/1", id(TileKind::Entries, 1, 1)),
            ("63/000", id(TileKind::Hashes(63), 0, 256)),
        ] {
            assert_eq!(TileId::parse(path), Some(tile), "{path}");
            assert_eq!(tile.path(), path);
        }
        for path in [
            "",
            "0",
            "0/",
            "0/1",
            "0/0001",
            "00/000",
            "64/000",
            "0/x000/001",
            "0/001/001",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p/",
            "x/000",
            "0/x001/x234",
            "-1/000",
            "0/000/",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(TileId::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_tree_of_70_000_has_the_tiles_that_the_standard_says() {
        let has = |path: &str| TileId::parse(path).unwrap().is_within(70_000);
        for there in
            ["0/272", "0/273.p/112", "1/000", "1/001.p/17", "2/000.p/1", "entries/273.p/112"]
        {
            assert!(has(there), "{there}");
        }
        for beyond in ["0/273", "0/273.p/113", "1/001.p/18", "2/000.p/2", "3/000.p/1", "63/000.p/1"]
        {
            assert!(!has(beyond), "{beyond}");
        }
    }

    #[test]
    fn a_tile_holds_the_roots_of_the_tiles_below() {
        let mut tree = Tree::default();
        for n in 0..70_000_u32 {
            tree.append(&n.to_be_bytes());
        }
        let below = tree.tile(0, 5, 256).unwrap();
        let mut roots = below;
        while roots.len() > 1 {
            let (pairs, _) = roots.as_chunks::<2>();
            roots = pairs.iter().map(|[a, b]| Profile::Sha256.node(a, b)).collect();
        }
        assert_eq!(tree.tile(1, 0, 256).unwrap()[5], roots[0]);
        assert_eq!(tree.tile(0, 273, 112).unwrap().len(), 112);
        assert!(tree.tile(0, 273, 113).is_err());
        assert!(tree.tile(63, 0, 1).is_err());
    }

    #[test]
    fn an_entry_that_is_too_long_is_named() {
        assert_eq!(bundle([&b"ab"[..], b"", b"c"]), Ok(vec![0, 2, b'a', b'b', 0, 0, 0, 1, b'c']));
        let long = vec![0; ENTRY_BYTES_MAX + 1];
        assert_eq!(bundle([&long[1..]]).map(|bytes| bytes.len()), Ok(ENTRY_BYTES_MAX + 2));
        assert_eq!(bundle([&b"ab"[..], &long]), Err(1));
    }
}
