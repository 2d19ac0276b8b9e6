//! Checks what somebody holds, offline, claim by claim: packages, checkpoints, proofs, stamps.
//!
//! Nothing is believed that the file says of itself: keys and roots are compared with those the reader trusts, and where the
//! reader named none, the claim stays undecided.

mod flaw;
mod keys;
mod package;
mod single;
mod stamps;
mod trust;

pub use flaw::{Doubt, Flaw};
pub use package::verify_package;
pub use single::{verify_checkpoint, verify_proof, verify_stamp};
pub use trust::{Trust, TrustError, TrustFile};

use crate::package::PACKAGE_BYTES_MAX;
use crate::report::{Claim, Report, Verdict};
use codes::Label;
use std::io::Read;

/// Checks a package that is read from somewhere.
///
/// # Errors
/// It cannot be read, or is larger than [`PACKAGE_BYTES_MAX`].
pub fn verify(source: impl Read, trust: &Trust) -> std::io::Result<Report> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(PACKAGE_BYTES_MAX).unwrap_or(u64::MAX);
    source.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() > PACKAGE_BYTES_MAX {
        return Err(std::io::Error::new(
            std::io::ErrorKind::FileTooLarge,
            "too large for a package",
        ));
    }
    Ok(verify_package(&bytes, trust))
}

/// The flaw or nothing, as a verdict.
fn judged(found: Result<(), Flaw>) -> Verdict {
    found.map_or_else(Verdict::Fail, |()| Verdict::Pass)
}

fn claim(id: String, zh: String, en: String, verdict: Verdict) -> Claim {
    Claim::new(id, Label::new(zh, en), verdict)
}
