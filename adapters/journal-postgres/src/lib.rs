//! The journal on PostgreSQL: several server processes, one writer a shard.
//!
//! **Invariant:** an append is one statement: head, batch, events and answers are committed together or not at all.
//! **Invariant:** the head is compared and moved in the same statement, so that of two writers one is fenced, whatever the leases say.
//! **Invariant:** every event that is read is compared with the mark kept beside it.
//!
//! It decides nothing and knows no aggregate. Start with [`PostgresJournal`]; [`Lease`] says who writes a shard,
//! [`journal::Notice`] and the inbox bring commands to that process.

mod append;
mod error;
mod inbox;
mod lease;
mod leases;
mod read;
mod schema;

pub use inbox::Letter;
pub use lease::{Holder, Lease};
pub use leases::PostgresLeases;

use error::unreadable;
use journal::{Answer, AppendError, Batch, Head, Journal, ReadError};
use kernel::{CommandId, Recorded, Shard, Waiting};
use postgres_links::{Links, Session, Target, broken, told};
use std::future::ready;
use std::sync::Arc;

/// How many connections append; a shard always uses the same one.
const WRITERS: usize = 4;
/// How many connections read.
const READERS: usize = 4;
/// What every connection is set to, whatever the server's or the role's defaults are.
const SETTINGS: [&str; 3] = [
    "synchronous_commit=on",
    r"default_transaction_isolation=read\ committed",
    "search_path=pg_catalog",
];

/// The journal on a PostgreSQL server; its clones share their connections.
#[derive(Clone, Debug)]
pub struct PostgresJournal {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    writers: Links,
    readers: Links,
}

/// Which of the writing connections a shard uses.
fn number_of(shard: &Shard) -> usize {
    shard
        .as_str()
        .bytes()
        .fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)))
}

impl PostgresJournal {
    /// The journal of a server, such as `postgres://lianban@db.example/lianban`; its tables are made if they are not
    /// there.
    ///
    /// # Errors
    /// The server cannot be reached, or holds a journal of another shape.
    pub async fn connect(url: &str) -> Result<Self, ReadError> {
        let target =
            Target::parse(url, &SETTINGS).map_err(|error| ReadError::Store(told(&error)))?;
        let inner = Inner {
            writers: Links::new(target.clone(), WRITERS),
            readers: Links::new(target, READERS),
        };
        let journal = Self { inner: Arc::new(inner) };
        schema::prepare(&*journal.session().await?).await?;
        Ok(journal)
    }

    pub(crate) fn target(&self) -> &Target {
        self.inner.readers.target()
    }

    pub(crate) async fn session(&self) -> Result<Arc<Session>, ReadError> {
        self.inner.readers.any().await.map_err(|error| unreadable(&error))
    }

    /// Reads, and once more on a new connection if the first one breaks.
    async fn reading<T, F>(&self, read: impl Fn(Arc<Session>) -> F + Send) -> Result<T, ReadError>
    where
        F: Future<Output = Result<T, tokio_postgres::Error>> + Send,
    {
        match read(self.session().await?).await {
            Err(error) if broken(&error) => {
                read(self.session().await?).await.map_err(|error| unreadable(&error))
            }
            done => done.map_err(|error| unreadable(&error)),
        }
    }
}

impl Journal for PostgresJournal {
    fn append(&self, shard: &Shard, batch: Batch) -> Waiting<'_, Result<Head, AppendError>> {
        if let Err(error) = batch.check(shard) {
            return Box::pin(ready(Err(error)));
        }
        let shard = shard.clone();
        Box::pin(async move {
            append::append(&self.inner.writers, number_of(&shard), &shard, &batch).await
        })
    }

    fn read(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
        let shard = shard.clone();
        Box::pin(async move {
            self.reading(|session| read::events(session, shard.clone(), after, limit)).await?
        })
    }

    fn stream(
        &self,
        shard: &Shard,
        kind: &str,
        key: &str,
        after: u64,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
        let (shard, kind, key) = (shard.clone(), kind.to_owned(), key.to_owned());
        Box::pin(async move {
            self.reading(|session| {
                read::stream(session, shard.clone(), (kind.clone(), key.clone()), after)
            })
            .await?
        })
    }

    fn answer(
        &self,
        shard: &Shard,
        command: CommandId,
    ) -> Waiting<'_, Result<Option<Answer>, ReadError>> {
        let shard = shard.clone();
        Box::pin(async move {
            self.reading(|session| read::answer(session, shard.clone(), command)).await?
        })
    }

    fn answers(
        &self,
        shard: &Shard,
        commands: Vec<CommandId>,
    ) -> Waiting<'_, Result<Vec<Option<Answer>>, ReadError>> {
        let shard = shard.clone();
        Box::pin(async move {
            self.reading(|session| read::answers(session, shard.clone(), &commands)).await?
        })
    }

    fn head(&self, shard: &Shard) -> Waiting<'_, Result<Head, ReadError>> {
        let shard = shard.clone();
        Box::pin(async move { self.reading(|session| append::head(session, shard.clone())).await })
    }

    fn heads(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Head>, ReadError>> {
        let shard = shard.clone();
        Box::pin(async move {
            self.reading(|session| read::heads(session, shard.clone(), after, limit)).await
        })
    }

    fn shards(&self) -> Waiting<'_, Result<Vec<Shard>, ReadError>> {
        Box::pin(async move { self.reading(read::shards).await })
    }

    fn inspect(&self, shard: &Shard) -> Waiting<'_, Result<(), ReadError>> {
        let shard = shard.clone();
        Box::pin(
            async move { self.reading(|session| read::inspect(session, shard.clone())).await? },
        )
    }
}
