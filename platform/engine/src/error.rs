//! Why the engine does not start.

/// Why the engine does not start, or a rebuild breaks off.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] journal::ReadError),
    /// The tables cannot be read.
    #[error(transparent)]
    Reader(#[from] tables::ReadError),
    /// The tables cannot be written.
    #[error(transparent)]
    Tables(#[from] tables::WriteError),
    /// Events and what is registered do not fit each other.
    #[error("shard `{shard}` cannot be replayed: {why}")]
    Replay {
        /// The shard.
        shard: String,
        /// What is wrong.
        why: String,
    },
    /// The question who owns which shard cannot be settled.
    #[error("the shards' owners cannot be told: {0}")]
    Ownership(String),
    /// Two of one name are registered, or one lacks what it needs.
    #[error("{0}")]
    Registry(String),
}
