//! What belongs to the machine: randomness, secrets kept in files.

use anyhow::{Context as _, Result};
use blobs::Entropy;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// The operating system's randomness.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), blobs::BlobError> {
        getrandom::fill(bytes).map_err(|error| blobs::BlobError::Store(error.to_string()))
    }
}

/// A secret of 32 bytes in a file that only its owner reads; made where it is missing.
pub(crate) fn secret(path: &Path) -> Result<[u8; 32]> {
    match fs::read(path) {
        Ok(bytes) => {
            bytes.try_into().ok().with_context(|| format!("{} is damaged", path.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(path),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

fn make(path: &Path) -> Result<[u8; 32]> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("making {}", path.display()))?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    Ok(bytes)
}
