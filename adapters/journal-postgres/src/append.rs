//! Appending: one statement, one round trip, all or nothing.

use crate::error::{unappended, unsent};
use journal::{AppendError, Batch, Head, digest_of, fold, mark};
use kernel::{Recorded, Shard};
use postgres_links::{Links, Session};
use std::sync::Arc;
use tokio_postgres::types::ToSql;

/// Moves the head from where the writer saw it, and writes only if it was there: the head's row is locked from here
/// to the commit, and a second writer that waited for it finds another head.
const APPEND: &str = "
WITH moved AS (
  UPDATE journal.shards SET seq = $2, digest = $3 WHERE shard = $1 AND seq = $4 AND digest = $5 RETURNING id
), batch AS (
  INSERT INTO journal.batches (shard, seq, digest) SELECT id, $2, $3 FROM moved
), answer AS (
  INSERT INTO journal.answers (shard, command, asked, first, last, mark)
  SELECT moved.id, a.command, a.asked, a.first, a.last, a.mark
  FROM moved, unnest($6::bytea[], $7::bytea[], $8::bigint[], $9::bigint[], $10::bigint[])
    AS a (command, asked, first, last, mark)
  ON CONFLICT DO NOTHING
), event AS (
  INSERT INTO journal.events (shard, seq, kind, key, version, schema, at, actor, command, cause, mark, body)
  SELECT moved.id, $4 + e.n, e.kind, e.key, e.version, e.schema, e.at, e.actor, e.command, e.cause, e.mark, e.body
  FROM moved, unnest($11::text[], $12::text[], $13::bigint[], $14::integer[], $15::bigint[], $16::text[],
    $17::bytea[], $18::text[], $19::bigint[], $20::text[])
    WITH ORDINALITY AS e (kind, key, version, schema, at, actor, command, cause, mark, body, n)
)
SELECT id FROM moved";

const NEW_SHARD: &str =
    "INSERT INTO journal.shards (shard, seq, digest) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING";
const HEAD: &str = "SELECT seq, digest FROM journal.shards WHERE shard = $1";

/// Appends a batch.
pub(crate) async fn append(
    links: &Links,
    number: usize,
    shard: &Shard,
    batch: &Batch,
) -> Result<Head, AppendError> {
    let columns = Columns::of(batch)?;
    let session = links.of(number).await.map_err(|error| unsent(&error))?;
    let statement = session.prepare(APPEND).await.map_err(|error| unsent(&error))?;
    if batch.after == Head::default() {
        let new = session.prepare(NEW_SHARD).await.map_err(|error| unsent(&error))?;
        let zeros: &[u8] = &Head::default().digest;
        let done = session.client().execute(&new, &[&shard.as_str(), &zeros]).await;
        done.map_err(|error| unsent(&error))?;
    }
    let moved = columns.send(&session, &statement, shard, batch).await;
    match moved {
        Ok(true) => Ok(columns.head),
        Ok(false) => {
            let found = head(session, shard.clone()).await.map_err(|error| unsent(&error))?;
            Err(AppendError::Fenced { found })
        }
        Err(error) => Err(unappended(&error)),
    }
}

/// Where a shard stands.
pub(crate) async fn head(
    session: Arc<Session>,
    shard: Shard,
) -> Result<Head, tokio_postgres::Error> {
    let statement = session.prepare(HEAD).await?;
    match session.client().query_opt(&statement, &[&shard.as_str()]).await? {
        None => Ok(Head::default()),
        Some(row) => {
            Ok(Head { seq: crate::read::position(&row, 0)?, digest: crate::read::bytes(&row, 1)? })
        }
    }
}

/// A batch, column by column.
struct Columns<'a> {
    head: Head,
    kinds: Vec<&'a str>,
    keys: Vec<&'a str>,
    versions: Vec<i64>,
    schemas: Vec<i32>,
    ats: Vec<i64>,
    actors: Vec<Arc<str>>,
    commands: Vec<&'a [u8]>,
    causes: Vec<Option<String>>,
    marks: Vec<i64>,
    bodies: Vec<&'a str>,
}

fn signed(value: u64) -> Result<i64, AppendError> {
    i64::try_from(value).map_err(|error| AppendError::Refused(error.to_string()))
}

impl<'a> Columns<'a> {
    fn of(batch: &'a Batch) -> Result<Self, AppendError> {
        let events = &batch.events;
        let digests: Vec<[u8; 32]> = events.iter().map(digest_of).collect();
        let text = |event: &Recorded| -> Result<Arc<str>, AppendError> {
            let text = serde_json::to_string(&*event.actor);
            text.map(Arc::from).map_err(|error| AppendError::Refused(error.to_string()))
        };
        let mut actors: Vec<Arc<str>> = Vec::with_capacity(events.len());
        let mut before: Option<&Recorded> = None;
        for event in events {
            let same = before.is_some_and(|before| Arc::ptr_eq(&before.actor, &event.actor));
            let last = actors.last().filter(|_last| same).map(Arc::clone);
            actors.push(last.map_or_else(|| text(event), Ok)?);
            before = Some(event);
        }
        Ok(Self {
            head: fold(&batch.after, events, &digests),
            kinds: events.iter().map(|event| &*event.kind).collect(),
            keys: events.iter().map(|event| &*event.key).collect(),
            versions: events.iter().map(|event| signed(event.version)).collect::<Result<_, _>>()?,
            schemas: events.iter().map(|event| i32::from(event.schema)).collect(),
            ats: events.iter().map(|event| event.at.us()).collect(),
            actors,
            commands: events.iter().map(|event| event.command.bytes().as_slice()).collect(),
            causes: events
                .iter()
                .map(|event| event.cause.as_ref().map(ToString::to_string))
                .collect(),
            marks: digests.iter().map(|digest| i64::from(mark(digest))).collect(),
            bodies: events.iter().map(|event| event.body.text()).collect(),
        })
    }

    /// Whether the head was where the writer saw it.
    async fn send(
        &self,
        session: &Session,
        statement: &tokio_postgres::Statement,
        shard: &Shard,
        batch: &Batch,
    ) -> Result<bool, tokio_postgres::Error> {
        let answers = &batch.answers;
        let position = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let answered: Vec<&[u8]> =
            answers.iter().map(|answer| answer.command.bytes().as_slice()).collect();
        let asked: Vec<&[u8]> = answers.iter().map(|answer| answer.asked.as_slice()).collect();
        let firsts: Vec<i64> = answers.iter().map(|answer| position(answer.first)).collect();
        let lasts: Vec<i64> = answers.iter().map(|answer| position(answer.last)).collect();
        let marks: Vec<i64> = answers.iter().map(|answer| i64::from(answer.mark())).collect();
        let actors: Vec<&str> = self.actors.iter().map(|actor| &**actor).collect();
        let (to, digest) = (position(self.head.seq), self.head.digest.as_slice());
        let (from, before) = (position(batch.after.seq), batch.after.digest.as_slice());
        let name = shard.as_str();
        let params: [&(dyn ToSql + Sync); 20] = [
            &name,
            &to,
            &digest,
            &from,
            &before,
            &answered,
            &asked,
            &firsts,
            &lasts,
            &marks,
            &self.kinds,
            &self.keys,
            &self.versions,
            &self.schemas,
            &self.ats,
            &actors,
            &self.commands,
            &self.causes,
            &self.marks,
            &self.bodies,
        ];
        session.client().query_opt(statement, &params).await.map(|row| row.is_some())
    }
}
