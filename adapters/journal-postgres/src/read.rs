//! Reading: every event is compared with its mark on the way out.

use crate::error::unreadable;
use journal::{Answer, Head, ReadError, digest_of, mark};
use kernel::{Actor, Body, CommandId, EventId, Moment, Recorded, Shard};
use postgres_links::Session;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

const EVENTS: &str = "
SELECT seq, kind, key, version, schema, at, actor, command, cause, mark, body FROM journal.events
WHERE shard = (SELECT id FROM journal.shards WHERE shard = $1) AND seq > $2 ORDER BY seq LIMIT $3";
const STREAM: &str = "
SELECT seq, kind, key, version, schema, at, actor, command, cause, mark, body FROM journal.events
WHERE shard = (SELECT id FROM journal.shards WHERE shard = $1) AND kind = $2 AND key = $3 AND version > $4
ORDER BY version";
const ANSWER: &str = "
SELECT command, asked, first, last, mark FROM journal.answers
WHERE shard = (SELECT id FROM journal.shards WHERE shard = $1) AND command = $2";
// Each command is looked up by itself: a plan made while the table was small would else read all of it later.
const ANSWERS_TO: &str = "
SELECT found.* FROM unnest($2::bytea[]) AS wanted (command), LATERAL (
  SELECT command, asked, first, last, mark FROM journal.answers
  WHERE shard = (SELECT id FROM journal.shards WHERE shard = $1) AND command = wanted.command LIMIT 1
) AS found";
const ANSWERS: &str = "
SELECT command, asked, first, last, mark FROM journal.answers
WHERE shard = (SELECT id FROM journal.shards WHERE shard = $1) AND command > $2 ORDER BY command LIMIT $3";
const HEADS: &str = "
SELECT seq, digest FROM journal.batches
WHERE shard = (SELECT id FROM journal.shards WHERE shard = $1) AND seq > $2 ORDER BY seq LIMIT $3";
const SHARDS: &str = "SELECT shard FROM journal.shards WHERE seq > 0 ORDER BY shard";

/// How many answers are inspected at once.
const PAGE: i64 = 10_000;

/// A position in a column of a row.
pub(crate) fn position(row: &Row, column: usize) -> Result<u64, Error> {
    // Positions are never negative: nothing but this driver writes them, and the chain is over the value itself.
    row.try_get::<_, i64>(column).map(|value| u64::try_from(value).unwrap_or(u64::MAX))
}

/// Bytes of known length in a column of a row; zeros if the length has changed, which no digest fits.
pub(crate) fn bytes<const N: usize>(row: &Row, column: usize) -> Result<[u8; N], Error> {
    row.try_get::<_, &[u8]>(column).map(|bytes| bytes.try_into().unwrap_or([0; N]))
}

fn corrupt(shard: &Shard, seq: u64, why: &impl ToString) -> ReadError {
    ReadError::Corrupt { shard: shard.to_string(), seq, why: why.to_string() }
}

fn limit_of(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

async fn query(
    session: &Session,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Error> {
    let statement = session.prepare(sql).await?;
    session.client().query(&statement, params).await
}

pub(crate) async fn events(
    session: Arc<Session>,
    shard: Shard,
    after: u64,
    limit: u32,
) -> Result<Result<Vec<Recorded>, ReadError>, Error> {
    let (from, limit) = (limit_of(after), i64::from(limit));
    let rows = query(&session, EVENTS, &[&shard.as_str(), &from, &limit]).await?;
    let mut decoder = Decoder { shard: &shard, actors: BTreeMap::new() };
    let wanted = rows.iter().zip(after.saturating_add(1)..);
    Ok(wanted.map(|(row, seq)| decoder.event(row, Some(seq))).collect())
}

pub(crate) async fn stream(
    session: Arc<Session>,
    shard: Shard,
    (kind, key): (String, String),
    after: u64,
) -> Result<Result<Vec<Recorded>, ReadError>, Error> {
    let rows = query(&session, STREAM, &[&shard.as_str(), &kind, &key, &limit_of(after)]).await?;
    let mut decoder = Decoder { shard: &shard, actors: BTreeMap::new() };
    Ok(rows.iter().map(|row| decoder.event(row, None)).collect())
}

pub(crate) async fn answer(
    session: Arc<Session>,
    shard: Shard,
    command: CommandId,
) -> Result<Result<Option<Answer>, ReadError>, Error> {
    let rows = query(&session, ANSWER, &[&shard.as_str(), &command.bytes().as_slice()]).await?;
    Ok(rows.first().map(|row| checked_answer(&shard, row)).transpose())
}

/// The answers to commands, in their order.
pub(crate) async fn answers(
    session: Arc<Session>,
    shard: Shard,
    commands: &[CommandId],
) -> Result<Result<Vec<Option<Answer>>, ReadError>, Error> {
    let asked: Vec<&[u8]> = commands.iter().map(|command| command.bytes().as_slice()).collect();
    let rows = query(&session, ANSWERS_TO, &[&shard.as_str(), &asked]).await?;
    let read = rows.iter().map(|row| checked_answer(&shard, row));
    let known = read.map(|answer| answer.map(|answer| (answer.command, answer)));
    Ok(known
        .collect::<Result<BTreeMap<CommandId, Answer>, ReadError>>()
        .map(|known| commands.iter().map(|command| known.get(command).copied()).collect()))
}

/// Compares each answer with its mark, because the chain covers events alone.
pub(crate) async fn inspect(
    session: Arc<Session>,
    shard: Shard,
) -> Result<Result<(), ReadError>, Error> {
    let mut after: Vec<u8> = Vec::new();
    loop {
        let rows = query(&session, ANSWERS, &[&shard.as_str(), &after, &PAGE]).await?;
        let Some(last) = rows.last() else { return Ok(Ok(())) };
        after = last.try_get(0)?;
        if let Err(error) = rows.iter().try_for_each(|row| checked_answer(&shard, row).map(drop)) {
            return Ok(Err(error));
        }
    }
}

fn checked_answer(shard: &Shard, row: &Row) -> Result<Answer, ReadError> {
    let read = || -> Result<(Answer, i64), Error> {
        let (command, asked) = (CommandId::from_bytes(bytes(row, 0)?), bytes(row, 1)?);
        let answer = Answer { command, asked, first: position(row, 2)?, last: position(row, 3)? };
        Ok((answer, row.try_get(4)?))
    };
    let (answer, mark) = read().map_err(|error| corrupt(shard, 0, &error))?;
    if mark == i64::from(answer.mark()) {
        Ok(answer)
    } else {
        let why = format!("the answer to command {} is not what was written", answer.command);
        Err(corrupt(shard, answer.first, &why))
    }
}

pub(crate) async fn heads(
    session: Arc<Session>,
    shard: Shard,
    after: u64,
    limit: u32,
) -> Result<Vec<Head>, Error> {
    let rows =
        query(&session, HEADS, &[&shard.as_str(), &limit_of(after), &i64::from(limit)]).await?;
    rows.iter().map(|row| Ok(Head { seq: position(row, 0)?, digest: bytes(row, 1)? })).collect()
}

pub(crate) async fn shards(session: Arc<Session>) -> Result<Vec<Shard>, Error> {
    let rows = query(&session, SHARDS, &[]).await?;
    rows.iter().map(|row| row.try_get::<_, String>(0).map(Shard::new)).collect()
}

/// Rows to events; each actor is read once.
struct Decoder<'a> {
    shard: &'a Shard,
    actors: BTreeMap<String, Arc<Actor>>,
}

impl Decoder<'_> {
    fn event(&mut self, row: &Row, wanted: Option<u64>) -> Result<Recorded, ReadError> {
        let seq = position(row, 0).map_err(|error| unreadable(&error))?;
        let named = wanted.unwrap_or(seq);
        if seq != named {
            return Err(corrupt(self.shard, named, &format!("position {seq} stands there")));
        }
        let (event, kept) = self.decode(row, seq).map_err(|why| corrupt(self.shard, seq, &why))?;
        if i64::from(mark(&digest_of(&event))) == kept {
            Ok(event)
        } else {
            Err(corrupt(self.shard, seq, &"it is not what was written"))
        }
    }

    fn decode(&mut self, row: &Row, seq: u64) -> Result<(Recorded, i64), String> {
        fn get<'a, T: tokio_postgres::types::FromSql<'a>>(
            row: &'a Row,
            column: usize,
        ) -> Result<T, String> {
            row.try_get(column).map_err(|error| error.to_string())
        }
        let cause: Option<&str> = get(row, 8)?;
        let cause = cause
            .map(|text| text.parse::<EventId>().map_err(|error| error.to_string()))
            .transpose()?;
        let event = Recorded {
            shard: self.shard.clone(),
            seq,
            kind: get::<&str>(row, 1)?.into(),
            key: get::<&str>(row, 2)?.into(),
            version: position(row, 3).map_err(|error| error.to_string())?,
            schema: u16::try_from(get::<i32>(row, 4)?).map_err(|error| error.to_string())?,
            at: Moment::from_us(get(row, 5)?),
            actor: self.actor(get(row, 6)?)?,
            command: CommandId::from_bytes(bytes(row, 7).map_err(|error| error.to_string())?),
            cause,
            body: Body::from_text(get::<&str>(row, 10)?),
        };
        Ok((event, get(row, 9)?))
    }

    fn actor(&mut self, text: &str) -> Result<Arc<Actor>, String> {
        if let Some(actor) = self.actors.get(text) {
            return Ok(Arc::clone(actor));
        }
        let actor: Arc<Actor> =
            Arc::new(serde_json::from_str(text).map_err(|error| error.to_string())?);
        self.actors.insert(text.to_owned(), Arc::clone(&actor));
        Ok(actor)
    }
}
