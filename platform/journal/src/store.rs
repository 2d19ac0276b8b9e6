//! The trait of every journal driver.

use crate::{Answer, AppendError, Batch, Head, ReadError};
use kernel::{CommandId, Recorded, Shard, Waiting};

/// A journal.
///
/// ```text
///  head ──► append(after = head, batch) ──► Ok(head') : on disk, for ever
///                    │
///                    ├──► Err(Fenced)   : another writer was faster; this one stops
///                    └──► Err(Unknown)  : it may or may not be on disk; read the head before going on
/// ```
pub trait Journal: Send + Sync + 'static {
    /// Appends a batch: all of it or nothing, durable on return.
    fn append(&self, shard: &Shard, batch: Batch) -> Waiting<'_, Result<Head, AppendError>>;
    /// Events after a position, in order, at most `limit`.
    fn read(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>>;
    /// Events of one stream after a version, in order.
    fn stream(
        &self,
        shard: &Shard,
        kind: &str,
        key: &str,
        after: u64,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>>;
    /// The first answer to a command; `None` if it was never decided or decided to nothing.
    fn answer(
        &self,
        shard: &Shard,
        command: CommandId,
    ) -> Waiting<'_, Result<Option<Answer>, ReadError>>;
    /// The answers to several commands, in the order in which they were asked for, as [`Journal::answer`] gives each.
    fn answers(
        &self,
        shard: &Shard,
        commands: Vec<CommandId>,
    ) -> Waiting<'_, Result<Vec<Option<Answer>>, ReadError>> {
        let shard = shard.clone();
        Box::pin(async move {
            let mut answers = Vec::with_capacity(commands.len());
            for command in commands {
                answers.push(self.answer(&shard, command).await?);
            }
            Ok(answers)
        })
    }
    /// Where a shard stands.
    fn head(&self, shard: &Shard) -> Waiting<'_, Result<Head, ReadError>>;
    /// The ends of batches after a position, in order, at most `limit`: what [`crate::verify`] recomputes.
    fn heads(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Head>, ReadError>>;
    /// The shards that hold at least one event, sorted.
    fn shards(&self) -> Waiting<'_, Result<Vec<Shard>, ReadError>>;
    /// Checks what only the driver knows, such as the pages and indexes of its files; part of [`crate::verify::verify`].
    fn inspect(&self, shard: &Shard) -> Waiting<'_, Result<(), ReadError>> {
        let _ = shard;
        Box::pin(std::future::ready(Ok(())))
    }
}
