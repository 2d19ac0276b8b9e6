//! Tables and clock of a testbed for tools that are made before it: an errand's reader, a signer's clock.

use kernel::{Moment, Waiting};
use module::{Clock, Platform};
use std::fmt;
use std::future::ready;
use std::sync::{Arc, OnceLock};
use tables::{Query, ReadError, Reader, Row};

/// A reader that is there before the tables are.
#[derive(Default)]
pub struct LateReader(OnceLock<Arc<dyn Reader>>);

impl fmt::Debug for LateReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LateReader")
    }
}

impl LateReader {
    /// Reads the tables of a platform from now on; of two platforms the first counts.
    pub fn follow(&self, platform: &Platform) {
        let _first_counts = self.0.set(Arc::clone(&platform.reader));
    }
}

impl Reader for LateReader {
    fn rows(&self, query: Query) -> Waiting<'_, Result<Vec<Row>, ReadError>> {
        match self.0.get() {
            Some(reader) => reader.rows(query),
            None => Box::pin(ready(Err(ReadError::Store("not open yet".to_owned())))),
        }
    }
}

/// A clock that is there before the platform's is.
#[derive(Default)]
pub struct LateClock(OnceLock<Arc<dyn Clock>>);

impl fmt::Debug for LateClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LateClock")
    }
}

impl LateClock {
    /// Shows what the clock of a platform shows from now on; of two platforms the first counts.
    pub fn follow(&self, platform: &Platform) {
        let _first_counts = self.0.set(Arc::clone(&platform.clock));
    }
}

impl Clock for LateClock {
    fn now(&self) -> Moment {
        self.0.get().map_or(Moment::default(), |clock| clock.now())
    }
}
