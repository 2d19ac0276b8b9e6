//! Stamps over the seals of papers (`PAdES` B-T): fetched while a paper is made, and never waited for long.

use super::{Authority, Stamper, Trusted, TsError, ts_token, ts_verify_by};
use kernel::Waiting;
use module::{Clock, Stamped, TimeStamps, Unstamped};
use seals::x509::{Certificate, CertificateError};
use std::sync::Arc;
use std::time::Duration;

/// How long the making of a paper waits for an authority. One that is slower is left alone for a while, as one that is down.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Reads stamps and fetches none.
#[derive(Clone)]
pub struct StampReader {
    roots: Vec<Certificate>,
    between: Vec<Certificate>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for StampReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StampReader").field("roots", &self.roots.len()).finish_non_exhaustive()
    }
}

impl StampReader {
    /// Reads the stamps that lead to these roots.
    #[must_use]
    pub fn new(roots: Vec<Certificate>, clock: Arc<dyn Clock>) -> Self {
        Self { roots, between: Vec::new(), clock }
    }

    /// Reads the stamps of these authorities.
    #[must_use]
    pub fn of(authorities: &[Authority], clock: Arc<dyn Clock>) -> Self {
        let all = |of: fn(&Authority) -> &Vec<Certificate>| {
            authorities.iter().flat_map(|one| of(one).iter().cloned()).collect()
        };
        Self { roots: all(|one| &one.roots), between: all(|one| &one.between), clock }
    }
}

impl TimeStamps for StampReader {
    fn stamp(&self, _digest: [u8; 32]) -> Waiting<'_, Option<Vec<u8>>> {
        Box::pin(std::future::ready(None))
    }

    fn read(&self, token: &[u8], over: &[u8]) -> Result<Stamped, Unstamped> {
        let (roots, between, now) = (&self.roots, &self.between, self.clock.now());
        let trusted = Trusted { roots, between, revocations: &[], now };
        let time = ts_verify_by(token, seals::Digest::sha256(over).bytes(), &trusted);
        let time = time.map_err(|error| match error {
            TsError::Chain(CertificateError::NoPath { .. }) => {
                Unstamped::Stranger(error.to_string())
            }
            other => Unstamped::Broken(other.to_string()),
        })?;
        Ok(Stamped { at: time.at, authority: time.authority })
    }
}

impl TimeStamps for Stamper {
    fn stamp(&self, digest: [u8; 32]) -> Waiting<'_, Option<Vec<u8>>> {
        Box::pin(async move { self.first(&digest).await })
    }

    fn read(&self, token: &[u8], over: &[u8]) -> Result<Stamped, Unstamped> {
        StampReader::of(self.authorities(), Arc::clone(self.clock())).read(token, over)
    }
}

impl Stamper {
    /// The token of the first authority that answers; one that failed a while ago is not asked.
    async fn first(&self, digest: &[u8; 32]) -> Option<Vec<u8>> {
        for authority in self.authorities() {
            if self.is_left_alone(&authority.key) {
                continue;
            }
            match tokio::time::timeout(WAIT_MAX, self.over(authority, digest)).await {
                Ok(Ok(tsr)) => return ts_token(&tsr),
                Ok(Err(why)) => self.fail(&authority.key, why),
                Err(_late) => self.fail(&authority.key, "it takes too long".to_owned()),
            }
        }
        None
    }
}
