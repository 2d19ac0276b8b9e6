//! Leases: who writes a shard. The clock is the server's, so that processes need not agree on the time.
//!
//! A lease keeps two writers from working against each other; that they cannot both win is the append's doing, which
//! compares the head.

use crate::PostgresJournal;
use crate::error::unreadable;
use journal::ReadError;
use kernel::Shard;
use std::time::Duration;

/// A shard held by this process (租约).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The shard.
    pub shard: Shard,
    /// Who holds it: a name that no other process has, such as a random id with the machine's name.
    pub holder: String,
    /// How often the shard has been taken; grows with each holder.
    pub epoch: i64,
}

/// Who holds a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The holder's name.
    pub holder: String,
    /// How long the lease still lasts, unless it is renewed.
    pub left: Duration,
}

const TAKE: &str = "
INSERT INTO journal.leases AS held (shard, holder, epoch, until)
VALUES ($1, $2, 1, clock_timestamp() + $3::bigint * interval '1 microsecond')
ON CONFLICT (shard) DO UPDATE SET holder = excluded.holder, epoch = held.epoch + 1, until = excluded.until
WHERE held.until <= clock_timestamp() OR held.holder = excluded.holder
RETURNING epoch";
const RENEW: &str = "
UPDATE journal.leases SET until = clock_timestamp() + $4::bigint * interval '1 microsecond'
WHERE shard = $1 AND holder = $2 AND epoch = $3 AND until > clock_timestamp()";
const RELEASE: &str = "
UPDATE journal.leases SET until = '-infinity' WHERE shard = $1 AND holder = $2 AND epoch = $3";
const HOLDER: &str = "
SELECT holder, (extract(epoch FROM until - clock_timestamp()) * 1000000)::bigint FROM journal.leases
WHERE shard = $1 AND until > clock_timestamp()";

fn us(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

impl Lease {
    /// Takes a shard that nobody holds, whose holder let its time run out, or that this holder had before.
    /// `None`: somebody else holds it.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn acquire(
        journal: &PostgresJournal,
        shard: &Shard,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Self>, ReadError> {
        let session = journal.session().await?;
        let taken = async {
            let statement = session.prepare(TAKE).await?;
            session.client().query_opt(&statement, &[&shard.as_str(), &holder, &us(ttl)]).await
        };
        let row = taken.await.map_err(|error| unreadable(&error))?;
        let epoch: Option<i64> =
            row.map(|row| row.try_get(0)).transpose().map_err(|error| unreadable(&error))?;
        Ok(epoch.map(|epoch| Self { shard: shard.clone(), holder: holder.to_owned(), epoch }))
    }

    /// Prolongs the lease. `false`: it has run out or was taken; this process writes the shard no longer.
    ///
    /// # Errors
    /// The server does not answer; the lease may run out.
    pub async fn renew(&self, journal: &PostgresJournal, ttl: Duration) -> Result<bool, ReadError> {
        let session = journal.session().await?;
        let renewed = async {
            let statement = session.prepare(RENEW).await?;
            let params =
                [&self.shard.as_str() as _, &self.holder as _, &self.epoch as _, &us(ttl) as _];
            session.client().execute(&statement, &params).await
        };
        renewed.await.map(|rows| rows == 1).map_err(|error| unreadable(&error))
    }

    /// Gives the shard back, so that another process may take it at once.
    ///
    /// # Errors
    /// The server does not answer; the lease then runs out by itself.
    pub async fn release(self, journal: &PostgresJournal) -> Result<(), ReadError> {
        let session = journal.session().await?;
        let released = async {
            let statement = session.prepare(RELEASE).await?;
            let params = [&self.shard.as_str() as _, &self.holder as _, &self.epoch as _];
            session.client().execute(&statement, &params).await
        };
        released.await.map(drop).map_err(|error| unreadable(&error))
    }

    /// Who holds a shard at the moment.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn holder(
        journal: &PostgresJournal,
        shard: &Shard,
    ) -> Result<Option<Holder>, ReadError> {
        let session = journal.session().await?;
        let asked = async {
            let statement = session.prepare(HOLDER).await?;
            let row = session.client().query_opt(&statement, &[&shard.as_str()]).await?;
            row.map(|row| Ok((row.try_get::<_, String>(0)?, row.try_get::<_, i64>(1)?))).transpose()
        };
        let found = asked.await.map_err(|error| unreadable(&error))?;
        Ok(found.map(|(holder, left)| Holder {
            holder,
            left: Duration::from_micros(u64::try_from(left).unwrap_or_default()),
        }))
    }
}
