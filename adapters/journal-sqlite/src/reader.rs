//! The connections that read: every event is compared with its mark on the way out.

use crate::error::{corrupt, unopened, unreadable};
use crate::schema::{self, hash_of, looked_up, position, signed};
use crate::writer::head_of;
use journal::{Answer, Head, ReadError, digest_of, mark};
use kernel::{Actor, Body, CommandId, EventId, Moment, Recorded, Shard};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Params, Row};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// How many streams and actors are remembered; then memory starts anew.
const REMEMBERED: usize = 10_000;

/// How many answers are remembered before those that the lookup holds are forgotten.
const ANSWERS: usize = 16_384;

const COLUMNS: &str = "seq, stream, version, schema, at, actor, command, cause, mark, body";

/// A connection that reads one shard.
#[derive(Debug)]
pub(crate) struct Reader {
    shard: Shard,
    connection: Connection,
    streams: BTreeMap<i64, (Arc<str>, Arc<str>)>,
    actors: BTreeMap<i64, Arc<Actor>>,
    answers: Recent,
}

/// Answers that the lookup may not hold yet, read off the end of their table.
#[derive(Debug)]
struct Recent {
    /// Up to which answer this is.
    upto: i64,
    /// With the number of each answer.
    known: BTreeMap<CommandId, (Answer, i64)>,
}

/// A failure while a row is taken apart.
enum Fault {
    Sqlite(rusqlite::Error),
    Damage(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn damage(why: &impl ToString) -> Fault {
    Fault::Damage(why.to_string())
}

impl Reader {
    pub(crate) fn open(shard: &Shard, path: &Path, cache_kib: u32) -> Result<Self, ReadError> {
        let connection =
            schema::reader(path, cache_kib).map_err(|error| unopened(shard, &error))?;
        connection.set_prepared_statement_cache_capacity(32);
        let upto = looked_up(&connection).map_err(|error| unreadable(shard, 0, &error))?;
        Ok(Self {
            shard: shard.clone(),
            connection,
            streams: BTreeMap::new(),
            actors: BTreeMap::new(),
            answers: Recent { upto, known: BTreeMap::new() },
        })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    fn failed(&self, seq: u64, fault: &Fault) -> ReadError {
        match fault {
            Fault::Sqlite(error) => unreadable(&self.shard, seq, error),
            Fault::Damage(why) => corrupt(&self.shard, seq, why),
        }
    }

    pub(crate) fn head(&self) -> Result<Head, ReadError> {
        head_of(&self.connection).map_err(|error| unreadable(&self.shard, 0, &error))
    }

    pub(crate) fn heads(&self, after: u64, limit: u32) -> Result<Vec<Head>, ReadError> {
        let read = || -> rusqlite::Result<Vec<Head>> {
            self.connection
                .prepare_cached(
                    "SELECT seq, digest FROM batches WHERE seq > ?1 ORDER BY seq LIMIT ?2",
                )?
                .query_map((signed(after), limit), |row| {
                    Ok(Head { seq: position(row, 0)?, digest: row.get(1)? })
                })?
                .collect()
        };
        read().map_err(|error| unreadable(&self.shard, after.saturating_add(1), &error))
    }

    /// The answers to commands, in their order, all from one snapshot: the file is locked and its changes are looked
    /// for once.
    pub(crate) fn answers(
        &mut self,
        commands: &[CommandId],
    ) -> Result<Vec<Option<Answer>>, ReadError> {
        let Self { shard, connection, answers, .. } = self;
        let failed = |error: rusqlite::Error| unreadable(shard, 0, &error);
        let snapshot = connection.unchecked_transaction().map_err(failed)?;
        if let Some(kept) = answers.catch_up(&snapshot).map_err(failed)? {
            return Err(changed(shard, &kept));
        }
        let mut found = Vec::with_capacity(commands.len());
        for command in commands {
            if let Some((answer, _id)) = answers.known.get(command) {
                found.push(Some(*answer));
                continue;
            }
            let older = older_answers(&snapshot, *command).map_err(failed)?;
            if let Some(kept) = older.iter().find(|kept| !kept.holds()) {
                return Err(changed(shard, kept));
            }
            let mut older = older.iter().map(|kept| kept.answer);
            found.push(older.find(|answer| answer.command == *command));
        }
        Ok(found)
    }

    pub(crate) fn read(&mut self, after: u64, limit: u32) -> Result<Vec<Recorded>, ReadError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2");
        let mut next = after.saturating_add(1);
        let events =
            self.events(&sql, (signed(after), limit), &mut next, |event, next| event.seq == next);
        events.map_err(|fault| self.failed(next, &fault))
    }

    pub(crate) fn stream(
        &mut self,
        kind: &str,
        key: &str,
        after: u64,
    ) -> Result<Vec<Recorded>, ReadError> {
        let number = self
            .connection
            .prepare_cached("SELECT seq FROM events WHERE kind = ?1 AND key = ?2")
            .and_then(|mut statement| {
                statement.query_row((kind, key), |row| row.get::<_, i64>(0)).optional()
            })
            .map_err(|error| unreadable(&self.shard, 0, &error))?;
        let Some(number) = number else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT {COLUMNS} FROM events WHERE stream = ?1 AND version > ?2 ORDER BY version"
        );
        let mut seq = unsigned(number);
        let same = |event: &Recorded, _next| *event.kind == *kind && *event.key == *key;
        let events = self.events(&sql, (number, signed(after)), &mut seq, same);
        events.map_err(|fault| self.failed(seq, &fault))
    }

    /// Events of a statement; `at` tells where it stands, so that a failure can be named.
    fn events(
        &mut self,
        sql: &str,
        params: impl Params,
        at: &mut u64,
        fits: impl Fn(&Recorded, u64) -> bool,
    ) -> Result<Vec<Recorded>, Fault> {
        if self.streams.len() > REMEMBERED || self.actors.len() > REMEMBERED {
            (self.streams, self.actors) = (BTreeMap::new(), BTreeMap::new());
        }
        let Self { shard, connection, streams, actors, .. } = self;
        let mut names = Names { connection, streams, actors };
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            let (event, kept) = names.event(shard, row)?;
            if !fits(&event, *at) {
                return Err(damage(&format!("position {} stands there", event.seq)));
            }
            *at = event.seq;
            if mark(&digest_of(&event)) != kept {
                return Err(damage(&"it is not what was written"));
            }
            *at += 1;
            events.push(event);
        }
        Ok(events)
    }

    /// The pages and indexes of the file, as SQLite checks them; then each answer against its mark, because the
    /// chain covers events alone.
    pub(crate) fn inspect(&self) -> Result<(), ReadError> {
        let verdict: String = self
            .connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(|error| unreadable(&self.shard, 0, &error))?;
        if verdict != "ok" {
            return Err(corrupt(&self.shard, 0, &verdict));
        }
        let changed_one = self.changed().map_err(|error| unreadable(&self.shard, 0, &error))?;
        changed_one.map_or(Ok(()), |kept| Err(changed(&self.shard, &kept)))
    }

    /// The first answer that is not what was written, or that the lookup should hold and does not.
    fn changed(&self) -> rusqlite::Result<Option<Kept>> {
        let upto = looked_up(&self.connection)?;
        let mut held =
            self.connection.prepare("SELECT 1 FROM lookup WHERE hash = ?1 AND id = ?2")?;
        let mut all =
            self.connection.prepare("SELECT id, command, asked, first, last, mark FROM answers")?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            let kept = Kept::read(row)?;
            let found = kept.id > upto || held.exists((hash_of(kept.answer.command), kept.id))?;
            if !kept.holds() || !found {
                return Ok(Some(kept));
            }
        }
        Ok(None)
    }
}

/// The answers whose commands begin like this one: almost always one or none.
fn older_answers(connection: &Connection, command: CommandId) -> rusqlite::Result<Vec<Kept>> {
    connection
        .prepare_cached(
            "SELECT id, command, asked, first, last, mark FROM answers
             WHERE id IN (SELECT id FROM lookup WHERE hash = ?1) ORDER BY id",
        )?
        .query_map([hash_of(command)], Kept::read)?
        .collect()
}

/// An answer as it stands in its table.
#[derive(Debug)]
struct Kept {
    id: i64,
    answer: Answer,
    mark: u32,
}

impl Kept {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let answer = Answer {
            command: CommandId::from_bytes(row.get(1)?),
            asked: row.get(2)?,
            first: position(row, 3)?,
            last: position(row, 4)?,
        };
        Ok(Self { id: row.get(0)?, answer, mark: row.get(5)? })
    }

    /// Whether it is what was written.
    fn holds(&self) -> bool {
        self.mark == self.answer.mark()
    }
}

impl Recent {
    /// Reads the answers that were appended since, by whomever; forgets those that the lookup holds by now. Answers
    /// with the one, if any, that is not what was written.
    fn catch_up(&mut self, connection: &Connection) -> rusqlite::Result<Option<Kept>> {
        if self.known.len() > ANSWERS {
            let held = looked_up(connection)?;
            self.known.retain(|_command, (_answer, id)| *id > held);
        }
        let mut statement = connection.prepare_cached(
            "SELECT id, command, asked, first, last, mark FROM answers WHERE id > ?1 ORDER BY id",
        )?;
        let mut rows = statement.query([self.upto])?;
        while let Some(row) = rows.next()? {
            let kept = Kept::read(row)?;
            if !kept.holds() {
                return Ok(Some(kept));
            }
            self.upto = kept.id;
            self.known.entry(kept.answer.command).or_insert((kept.answer, kept.id));
        }
        Ok(None)
    }
}

fn changed(shard: &Shard, kept: &Kept) -> ReadError {
    let why = format!("the answer to command {} is not what was written", kept.answer.command);
    corrupt(shard, kept.answer.first, &why)
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

/// The names behind numbers.
struct Names<'a> {
    connection: &'a Connection,
    streams: &'a mut BTreeMap<i64, (Arc<str>, Arc<str>)>,
    actors: &'a mut BTreeMap<i64, Arc<Actor>>,
}

impl Names<'_> {
    fn event(&mut self, shard: &Shard, row: &Row<'_>) -> Result<(Recorded, u32), Fault> {
        let (kind, key) = self.stream(row.get(1)?)?;
        let actor = self.actor(row.get(5)?)?;
        let cause = match row.get_ref(7)? {
            ValueRef::Null => None,
            ValueRef::Integer(seq) => Some(EventId {
                shard: shard.clone(),
                seq: u64::try_from(seq).map_err(|error| damage(&error))?,
            }),
            other => Some(
                other
                    .as_str()
                    .map_err(|error| damage(&error))?
                    .parse()
                    .map_err(|error| damage(&error))?,
            ),
        };
        let body: Arc<str> = row.get_ref(9)?.as_str().map_err(|error| damage(&error))?.into();
        let event = Recorded {
            shard: shard.clone(),
            seq: position(row, 0)?,
            kind,
            key,
            version: position(row, 2)?,
            schema: row.get(3)?,
            at: Moment::from_us(row.get(4)?),
            actor,
            command: CommandId::from_bytes(row.get(6)?),
            cause,
            body: Body::from_text(body),
        };
        Ok((event, row.get(8)?))
    }

    fn stream(&mut self, number: i64) -> Result<(Arc<str>, Arc<str>), Fault> {
        if let Some(names) = self.streams.get(&number) {
            return Ok(names.clone());
        }
        let names: Option<(Arc<str>, Arc<str>)> = self
            .connection
            .prepare_cached("SELECT kind, key FROM events WHERE seq = ?1")?
            .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let names = names.ok_or_else(|| damage(&format!("no stream {number}")))?;
        self.streams.insert(number, names.clone());
        Ok(names)
    }

    fn actor(&mut self, number: i64) -> Result<Arc<Actor>, Fault> {
        if let Some(actor) = self.actors.get(&number) {
            return Ok(Arc::clone(actor));
        }
        let text: Option<String> = self
            .connection
            .prepare_cached("SELECT text FROM actors WHERE id = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?;
        let text = text.ok_or_else(|| damage(&format!("no actor {number}")))?;
        let actor: Arc<Actor> =
            Arc::new(serde_json::from_str(&text).map_err(|error| damage(&error))?);
        self.actors.insert(number, Arc::clone(&actor));
        Ok(actor)
    }
}
