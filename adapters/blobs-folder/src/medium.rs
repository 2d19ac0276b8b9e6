//! What a pack or key file needs of a disk, so that tests can put a failing one in its place.

use blobs::BlobError;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

/// An open file, read and written at positions.
pub(crate) trait Medium: Send + Sync {
    fn len(&self) -> io::Result<u64>;
    fn read_exact_at(&self, into: &mut [u8], at: u64) -> io::Result<()>;
    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;
    /// Waits until content and length are on disk.
    fn sync(&self) -> io::Result<()>;
    fn set_len(&self, length: u64) -> io::Result<()>;
}

impl Medium for File {
    fn len(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    fn read_exact_at(&self, into: &mut [u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, into, at)
    }

    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, bytes, at)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        Self::set_len(self, length)
    }
}

/// The answer for a failed operation on a path.
pub(crate) fn failure(path: &Path, error: &io::Error) -> BlobError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => BlobError::Full,
        _ => BlobError::Store(format!("{}: {error}", path.display())),
    }
}

/// Waits until a folder's list of names is on disk.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), BlobError> {
    File::open(folder).and_then(|opened| opened.sync_all()).map_err(|error| failure(folder, &error))
}

#[cfg(test)]
pub(crate) mod faulty {
    //! A disk that runs full or fails to sync when told to.

    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    /// What the disk shall do.
    #[derive(Debug)]
    pub(crate) struct Weather {
        /// How many more bytes fit.
        pub(crate) room: AtomicU64,
        pub(crate) sync_fails: AtomicBool,
        /// How many syncs were asked for.
        pub(crate) syncs: AtomicU64,
        pub(crate) truncate_fails: AtomicBool,
    }

    impl Weather {
        pub(crate) fn fair() -> Arc<Self> {
            Arc::new(Self {
                room: AtomicU64::new(u64::MAX),
                sync_fails: AtomicBool::new(false),
                syncs: AtomicU64::new(0),
                truncate_fails: AtomicBool::new(false),
            })
        }
    }

    pub(crate) struct FaultyFile {
        pub(crate) file: File,
        pub(crate) weather: Arc<Weather>,
    }

    impl Medium for FaultyFile {
        fn len(&self) -> io::Result<u64> {
            Medium::len(&self.file)
        }

        fn read_exact_at(&self, into: &mut [u8], at: u64) -> io::Result<()> {
            Medium::read_exact_at(&self.file, into, at)
        }

        /// As a real disk: what fits is written before the error.
        fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
            let room = self.weather.room.load(Ordering::SeqCst);
            let fits = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
            Medium::write_all_at(&self.file, &bytes[..fits], at)?;
            self.weather.room.store(room - fits as u64, Ordering::SeqCst);
            if fits < bytes.len() { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
        }

        fn sync(&self) -> io::Result<()> {
            self.weather.syncs.fetch_add(1, Ordering::SeqCst);
            if self.weather.sync_fails.load(Ordering::SeqCst) {
                return Err(io::Error::other("input/output error"));
            }
            self.file.sync_data()
        }

        fn set_len(&self, length: u64) -> io::Result<()> {
            if self.weather.truncate_fails.load(Ordering::SeqCst) {
                return Err(io::Error::other("input/output error"));
            }
            self.file.set_len(length)
        }
    }
}
