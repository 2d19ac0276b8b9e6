//! Whoever hears of everything that became durable, and whoever knows which streams concern a party.

use kernel::{PartyKey, Recorded, Shard, Waiting};
use tables::{Query, ReadError, Reader};

/// Hears of every event that became durable (跟随者), in order, before the command that it answers is answered: the log of
/// `evidence` implements it.
///
/// It is told on the way to an answer, so it does nothing but compute; what it has to write it writes later. It may hear of an
/// event twice, and after a restart not at all: whoever must miss nothing reads the journal as well. It cannot fail, and a
/// panic of its own is nobody else's.
pub trait Follower: Send + Sync + 'static {
    /// Takes durable events of a shard, positions running on.
    fn follow(&self, shard: &Shard, events: &[Recorded]);
}

/// Nobody follows.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFollower;

impl Follower for NoFollower {
    fn follow(&self, _shard: &Shard, _events: &[Recorded]) {}
}

/// A stream of events that concerns a party.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Concern {
    /// The shard.
    pub shard: Shard,
    /// The aggregate's kind.
    pub kind: String,
    /// The aggregate's key.
    pub key: String,
}

impl Concern {
    /// The streams of one kind that a query names, in columns `shard` and `stream`.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub async fn of_rows(
        reader: &dyn Reader,
        kind: &'static str,
        query: Query,
    ) -> Result<Vec<Self>, ReadError> {
        let rows = reader.rows(query).await?;
        rows.iter()
            .map(|row| {
                let shard = Shard::new(row.get::<String>("shard")?);
                Ok(Self { shard, kind: kind.to_owned(), key: row.get("stream")? })
            })
            .collect()
    }
}

/// Tells which streams concern a party (当事人相关事件), from the read models of one module.
pub trait Concerns: Send + Sync + 'static {
    /// The streams, in no particular order, each once.
    fn of<'a>(
        &'a self,
        reader: &'a dyn Reader,
        party: &'a PartyKey,
    ) -> Waiting<'a, Result<Vec<Concern>, ReadError>>;
}
