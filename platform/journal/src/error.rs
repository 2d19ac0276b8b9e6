//! What can go wrong with a journal.

use crate::Head;

/// An append that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The journal stands elsewhere than the writer thinks: another writer took over. Nothing was written.
    #[error("the journal stands at {}, not where this writer left it", found.seq)]
    Fenced {
        /// Where it stands.
        found: Head,
    },
    /// Nothing was written: the disk is full, the server refused.
    #[error("nothing was written: {0}")]
    Refused(String),
    /// The connection or the process broke in between: it may or may not be durable.
    #[error("it is unknown whether the batch was written: {0}")]
    Unknown(String),
}

/// A read that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store is down or locked.
    #[error("the journal cannot be read: {0}")]
    Store(String),
    /// What stands there is not what was written.
    #[error("the journal is corrupt at {shard}/{seq}: {why}")]
    Corrupt {
        /// The shard.
        shard: String,
        /// The position.
        seq: u64,
        /// What is wrong.
        why: String,
    },
}
