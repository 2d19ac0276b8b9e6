//! What a backup takes of the folders while their process writes.
//!
//! Packs only grow and large files appear whole, so their lengths at one moment are a copy of that moment. Keys are read
//! under the lock that their writers take, for they are overwritten in place.

use crate::medium::failure;
use blobs::BlobError;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A file to be copied, up to the length that it had.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Its path below the folder.
    pub name: PathBuf,
    /// How many of its bytes count.
    pub bytes: u64,
}

/// The files of a folder of blobs that hold its content; indexes and files on their way in are made anew.
///
/// # Errors
/// [`BlobError::Store`] when the folder cannot be read.
pub fn parts(root: &Path) -> Result<Vec<Part>, BlobError> {
    let mut parts = Vec::new();
    for folder in listed(root)? {
        let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { continue };
        let is_prefix = name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !folder.is_dir() || !(is_prefix || name == "packs") {
            continue;
        }
        for file in listed(&folder)? {
            if is_prefix || file.extension().is_some_and(|extension| extension == "pack") {
                let about = fs::metadata(&file).map_err(|error| failure(&file, &error))?;
                let below = file.strip_prefix(root).unwrap_or(&file).to_owned();
                parts.push(Part { name: below, bytes: about.len() });
            }
        }
    }
    parts.sort();
    Ok(parts)
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, BlobError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failure(folder, &error)),
    };
    entries.map(|entry| entry.map(|e| e.path()).map_err(|error| failure(folder, &error))).collect()
}

/// The file of keys as it stands between two writes; empty where there is none.
///
/// # Errors
/// [`BlobError::Store`] when it cannot be read.
pub fn keys(folder: &Path) -> Result<Zeroizing<Vec<u8>>, BlobError> {
    let path = folder.join("vault.keys");
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Zeroizing::default());
        }
        Err(error) => return Err(failure(&path, &error)),
    };
    file.lock_shared().map_err(|error| failure(&path, &error))?;
    let mut bytes = Zeroizing::new(Vec::new());
    let read = file.read_to_end(&mut bytes);
    file.unlock().map_err(|error| failure(&path, &error))?;
    read.map_err(|error| failure(&path, &error))?;
    // A record that a crash has torn counts for nobody.
    let whole = bytes.len() - bytes.len() % 64;
    bytes.truncate(whole);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FolderBlobs, FolderVaultKeys};
    use blobs::{Blobs as _, KeyName, KeyState, SealingKey, VaultKeys as _};

    #[tokio::test]
    async fn what_is_copied_is_a_whole_folder_again() {
        let (home, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let blobs = FolderBlobs::open(home.path()).unwrap();
        let large = vec![7; 100_000];
        let ids =
            [blobs.put(b"small".to_vec()).await.unwrap(), blobs.put(large.clone()).await.unwrap()];
        let parts = parts(home.path()).unwrap();
        assert_eq!(parts.len(), 2, "one pack, one large file, no index: {parts:?}");
        blobs.put(b"later".to_vec()).await.unwrap();
        for part in &parts {
            let bytes = fs::read(home.path().join(&part.name)).unwrap();
            let path = to.path().join(&part.name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &bytes[..usize::try_from(part.bytes).unwrap()]).unwrap();
        }
        let copy = FolderBlobs::open(to.path()).unwrap();
        assert_eq!(copy.verify().unwrap(), []);
        assert_eq!(copy.get(&ids[0]).await.unwrap(), b"small");
        assert_eq!(copy.get(&ids[1]).await.unwrap(), large);
        assert_eq!(copy.verify().unwrap(), []);
    }

    #[tokio::test]
    async fn copied_keys_open_what_they_opened_and_a_torn_record_is_left_out() {
        let (home, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert!(keys(home.path()).unwrap().is_empty());
        let vault = FolderVaultKeys::open(home.path()).unwrap();
        let (kept, erased) = (KeyName::new("case/1"), KeyName::new("case/2"));
        let key = |byte: u8| SealingKey::new(Zeroizing::new([byte; 32]));
        vault.ensure(&kept, key(1)).await.unwrap();
        vault.ensure(&erased, key(2)).await.unwrap();
        vault.erase(&erased).await.unwrap();
        let path = home.path().join("vault.keys");
        let mut torn = fs::read(&path).unwrap();
        torn.extend([0xee; 17]);
        fs::write(&path, torn).unwrap();
        fs::write(to.path().join("vault.keys"), &*keys(home.path()).unwrap()).unwrap();
        let copy = FolderVaultKeys::open(to.path()).unwrap();
        assert_eq!(copy.find(&kept).await, Ok(KeyState::Held(key(1))));
        assert_eq!(copy.find(&erased).await, Ok(KeyState::Erased));
        assert_eq!(fs::metadata(to.path().join("vault.keys")).unwrap().len(), 128);
    }
}
