//! Figures attached to certificates (附图): kept under the digest that the book names.

use crate::error::PropertyError;
use blobs::{BlobId, Blobs};
use property::Figure;
use seals::Digest;

/// The largest figure that is shown.
const FIGURE_BYTES_MAX: usize = 256 << 10;

/// Keeps a figure and gives the digest under which the book names it.
///
/// # Errors
/// The store fails.
pub async fn keep(blobs: &dyn Blobs, figure: &Figure) -> Result<String, blobs::BlobError> {
    let id = blobs.put(figure.svg().into_bytes()).await?;
    Ok(id.0)
}

/// The figure of a digest, if it is here and is the one that the digest is of.
pub async fn read(blobs: &dyn Blobs, hash: &str) -> Option<String> {
    let bytes = blobs.get(&BlobId(hash.to_owned())).await.ok()?;
    let whole = bytes.len() <= FIGURE_BYTES_MAX && Digest::sha256(&bytes).hex() == hash;
    whole.then(|| String::from_utf8(bytes).ok()).flatten()
}

/// As [`read`], for who asked for that very figure.
///
/// # Errors
/// `R10-0021` where it is not here or is another.
pub async fn demanded(blobs: &dyn Blobs, hash: &str) -> Result<String, PropertyError> {
    read(blobs, hash).await.ok_or(PropertyError::FigureDiffers)
}
