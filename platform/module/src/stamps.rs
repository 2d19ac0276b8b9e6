//! Time-stamps (时间戳) for papers: whoever seals one asks here, and whoever checks one asks what its stamp says.

use codes::Moment;
use kernel::Waiting;

/// Time-stamp authorities as capabilities see them: `evidence` knows them, `app` hands them out.
pub trait TimeStamps: Send + Sync + 'static {
    /// A token (RFC 3161) over a SHA-256 digest, as DER. None where no authority answers soon: a stamp makes a paper stronger and
    /// holds up none.
    fn stamp(&self, digest: [u8; 32]) -> Waiting<'_, Option<Vec<u8>>>;

    /// What a token over some bytes says.
    ///
    /// # Errors
    /// Why it says nothing.
    fn read(&self, token: &[u8], over: &[u8]) -> Result<Stamped, Unstamped>;
}

/// What a stamp that holds says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped {
    /// When the bytes were there for certain.
    pub at: Moment,
    /// Whom the authority's certificate names.
    pub authority: String,
}

/// Why a stamp says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unstamped {
    /// Its authority is none of those that are trusted here; elsewhere it may count.
    #[error("its authority is not trusted here: {0}")]
    Stranger(String),
    /// It does not hold.
    #[error("it does not hold: {0}")]
    Broken(String),
}
