//! Who writes a shard when several processes serve one installation, and how commands reach that process.

use crate::ReadError;
use kernel::{CommandId, Shard, Waiting};

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An order waits for whoever holds the shard.
    Command(Shard),
    /// An order is answered.
    Answer(Shard, CommandId),
    /// The connection is new: what was missed stands in the store.
    Again,
}

/// Hears notices; they may be lost with a connection.
pub trait Listener: Send {
    /// The next notice; nothing if there will be no more.
    fn next(&mut self) -> Waiting<'_, Option<Notice>>;
}

/// Leases and inboxes of shards, as one process sees them (租约与收件箱).
///
/// A lease keeps two writers from working against each other; that they cannot both win is [`crate::Journal::append`]'s
/// doing.
pub trait Leases: Send + Sync + 'static {
    /// Takes a shard that nobody holds and gives the lease's epoch; nothing if another process holds it.
    fn acquire(&self, shard: &Shard) -> Waiting<'_, Result<Option<i64>, ReadError>>;
    /// Prolongs a lease; `false` if it has run out or was taken.
    fn renew(&self, shard: &Shard, epoch: i64) -> Waiting<'_, Result<bool, ReadError>>;
    /// Gives a lease back.
    fn release(&self, shard: &Shard, epoch: i64) -> Waiting<'_, Result<(), ReadError>>;
    /// Leaves an order for the holder; the same order twice is one.
    fn put(
        &self,
        shard: &Shard,
        command: CommandId,
        body: String,
    ) -> Waiting<'_, Result<(), ReadError>>;
    /// The orders that wait, in the order of their arrival; they stay until they are answered.
    fn waiting(
        &self,
        shard: &Shard,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<(CommandId, String)>, ReadError>>;
    /// Answers an order.
    fn answer(
        &self,
        shard: &Shard,
        command: CommandId,
        answer: String,
    ) -> Waiting<'_, Result<(), ReadError>>;
    /// Takes an answer out; nothing if there is none yet.
    fn take_answer(
        &self,
        shard: &Shard,
        command: CommandId,
    ) -> Waiting<'_, Result<Option<String>, ReadError>>;
    /// Removes answers that nobody came for.
    fn sweep(&self) -> Waiting<'_, Result<(), ReadError>>;
    /// Listens until the listener is dropped.
    fn listen(&self) -> Box<dyn Listener>;
}
