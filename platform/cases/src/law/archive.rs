//! Where the definitions of bundles lie that are no longer in force: a case ends under the one it began with.

use super::Definition;
use blobs::BlobError;
use kernel::Waiting;
use std::fmt;

/// Finds what was kept when it was in force (法律存档). `app` implements it on the store of files.
pub trait Archive: fmt::Debug + Send + Sync + 'static {
    /// The definition that was kept under a bundle's digest; none if none was, or if this program cannot read it.
    fn find<'a>(&'a self, bundle: &'a str) -> Waiting<'a, Result<Option<Definition>, BlobError>>;

    /// A decision, which waits for nothing, met a case whose definition is not at hand: have it ready for the next.
    fn want(&self, bundle: &str);
}
