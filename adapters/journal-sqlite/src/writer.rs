//! The connection that appends.

use crate::error::{refused, uncommitted};
use crate::schema::{self, OpenError, hash_of, looked_up, position, signed};
use journal::{Answer, AppendError, Batch, Head, fold, mark, taken};
use kernel::{Actor, CommandId, EventId, Recorded};
use rusqlite::types::{ToSql, ToSqlOutput};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Transaction, TransactionBehavior};
use sqlite_threads::{checkpoint, log_pages};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many streams and actors are remembered; then memory starts anew.
const REMEMBERED: usize = 50_000;

/// How many answers are kept out of the lookup before they enter it together.
const ANSWERS: usize = 8_192;

/// The connection that appends to one shard.
#[derive(Debug)]
pub(crate) struct Writer {
    path: PathBuf,
    connection: Connection,
    known: Known,
    /// A failed commit leaves the connection in doubt: it is opened anew before the next append.
    doubtful: bool,
    /// Answers that were appended since the lookup was last brought up to date.
    waiting: usize,
}

/// Numbers of streams and actors that are in the file.
#[derive(Debug, Default)]
struct Known {
    streams: BTreeMap<(Arc<str>, Arc<str>), i64>,
    actors: BTreeMap<String, i64>,
    /// The last actor, by pointer: a batch often holds many events of one command.
    last: Option<(Arc<Actor>, i64)>,
}

/// A batch with what follows from it, computed on the caller's side of the queue.
#[derive(Debug)]
pub(crate) struct Prepared {
    batch: Batch,
    marks: Vec<u32>,
    answer_marks: Vec<u32>,
    head: Head,
}

impl Prepared {
    pub(crate) fn new(batch: Batch) -> Self {
        let digests: Vec<[u8; 32]> = batch.events.iter().map(journal::digest_of).collect();
        let head = fold(&batch.after, &batch.events, &digests);
        Self {
            marks: digests.iter().map(mark).collect(),
            answer_marks: batch.answers.iter().map(Answer::mark).collect(),
            head,
            batch,
        }
    }
}

/// What an append did beside the batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appended {
    /// Where the shard stands.
    pub(crate) head: Head,
    /// How many pages of the log are not in the file yet.
    pub(crate) log_pages: i64,
    /// Whether it is time to [`Writer::look_up`].
    pub(crate) look_up: bool,
}

impl Writer {
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        let connection = schema::writer(path)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self {
            path: path.to_owned(),
            connection,
            known: Known::default(),
            doubtful: false,
            waiting: 0,
        })
    }

    /// Appends a batch: all or nothing, on the disk when it answers.
    pub(crate) fn append(&mut self, prepared: &Prepared) -> Result<Appended, AppendError> {
        if self.doubtful {
            *self = Self::open(&self.path).map_err(|error| refused(&error))?;
        }
        if self.known.streams.len() > REMEMBERED || self.known.actors.len() > REMEMBERED {
            self.known = Known::default();
        }
        let done = write(&mut self.connection, &mut self.known, prepared);
        if let Err(error) = &done {
            // What was remembered on the way was rolled back with the rest.
            self.known = Known::default();
            self.doubtful = matches!(error, AppendError::Unknown(_));
        }
        done?;
        self.waiting += prepared.batch.answers.len();
        Ok(Appended {
            head: prepared.head,
            log_pages: log_pages(&self.connection),
            look_up: self.waiting >= ANSWERS,
        })
    }

    /// Brings the lookup of answers up to date. A failure costs nothing: answers are found without it, and the next
    /// call goes on where it stands.
    pub(crate) fn look_up(&mut self) {
        match look_up(&mut self.connection) {
            Ok(()) => self.waiting = 0,
            Err(error) => {
                tracing::warn!(%error, "the lookup of answers could not be brought up to date");
            }
        }
    }

    /// Does in a pause what appends leave undone.
    pub(crate) fn idle(&mut self) {
        if self.waiting >= ANSWERS / 8 {
            self.look_up();
        }
        if log_pages(&self.connection) > 0 {
            checkpoint(&self.connection);
        }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// Where the shard stands.
pub(crate) fn head_of(connection: &Connection) -> rusqlite::Result<Head> {
    let last = connection
        .prepare_cached("SELECT seq, digest FROM batches ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { seq: position(row, 0)?, digest: row.get(1)? }))
        .optional()?;
    Ok(last.unwrap_or_default())
}

fn write(
    connection: &mut Connection,
    known: &mut Known,
    prepared: &Prepared,
) -> Result<(), AppendError> {
    let batch = &prepared.batch;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| refused(&error))?;
    let found = head_of(&transaction).map_err(|error| refused(&error))?;
    if found != batch.after {
        return Err(AppendError::Fenced { found });
    }
    for (event, mark) in batch.events.iter().zip(&prepared.marks) {
        insert(&transaction, known, event, *mark).map_err(|error| {
            match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => AppendError::Refused(taken(event)),
                _ => refused(&error),
            }
        })?;
    }
    close(&transaction, prepared).map_err(|error| refused(&error))?;
    transaction.commit().map_err(|error| uncommitted(&error))
}

fn insert(
    transaction: &Transaction<'_>,
    known: &mut Known,
    event: &Recorded,
    mark: u32,
) -> rusqlite::Result<()> {
    let (stream, names) = known.stream(transaction, event)?;
    let actor = known.actor(transaction, &event.actor)?;
    let cause = event.cause.as_ref().map(|cause| Cause { cause, of: event });
    transaction
        .prepare_cached(
            "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute((
            signed(event.seq),
            stream,
            signed(event.version),
            event.schema,
            event.at.us(),
            actor,
            event.command.bytes(),
            cause,
            mark,
            names.then_some(&event.kind),
            names.then_some(&event.key),
            event.body.text(),
        ))
        .map(drop)
}

/// A cause: a bare position where it lies in the same shard.
struct Cause<'a> {
    cause: &'a EventId,
    of: &'a Recorded,
}

impl ToSql for Cause<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        if self.cause.shard == self.of.shard {
            Ok(ToSqlOutput::from(signed(self.cause.seq)))
        } else {
            Ok(ToSqlOutput::from(self.cause.to_string()))
        }
    }
}

fn close(transaction: &Transaction<'_>, prepared: &Prepared) -> rusqlite::Result<()> {
    let Prepared { batch, answer_marks, head, .. } = prepared;
    let mut insert =
        transaction.prepare_cached("INSERT INTO answers VALUES (NULL, ?1, ?2, ?3, ?4, ?5)")?;
    for (answer, mark) in batch.answers.iter().zip(answer_marks) {
        let row =
            (answer.command.bytes(), answer.asked, signed(answer.first), signed(answer.last), mark);
        insert.execute(row)?;
    }
    transaction
        .prepare_cached("INSERT INTO batches VALUES (?1, ?2)")?
        .execute((signed(head.seq), head.digest))
        .map(drop)
}

/// Enters the answers that are not in the lookup yet, in its own order, so that each page is changed once.
fn look_up(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let after = looked_up(&transaction)?;
    let mut fresh: Vec<(i64, i64)> = transaction
        .prepare_cached("SELECT id, command FROM answers WHERE id > ?1")?
        .query_map([after], |row| Ok((hash_of(CommandId::from_bytes(row.get(1)?)), row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let last = fresh.iter().map(|(_hash, id)| *id).max().unwrap_or(after);
    fresh.sort_unstable();
    let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO lookup VALUES (?1, ?2)")?;
    for entry in fresh {
        insert.execute(entry)?;
    }
    drop(insert);
    transaction.prepare_cached("UPDATE state SET looked_up = ?1")?.execute([last])?;
    transaction.commit()
}

impl Known {
    /// The number of an event's stream, and whether the event is the one that names it.
    fn stream(
        &mut self,
        transaction: &Transaction<'_>,
        event: &Recorded,
    ) -> rusqlite::Result<(i64, bool)> {
        let names = (Arc::clone(&event.kind), Arc::clone(&event.key));
        if let Some(number) = self.streams.get(&names) {
            return Ok((*number, false));
        }
        let found = transaction
            .prepare_cached("SELECT seq FROM events WHERE kind = ?1 AND key = ?2")?
            .query_row((&names.0, &names.1), |row| row.get(0))
            .optional()?;
        let number = found.unwrap_or_else(|| signed(event.seq));
        self.streams.insert(names, number);
        Ok((number, found.is_none()))
    }

    /// The number of an actor, who is written down if new.
    fn actor(
        &mut self,
        transaction: &Transaction<'_>,
        actor: &Arc<Actor>,
    ) -> rusqlite::Result<i64> {
        if let Some((last, number)) = &self.last
            && Arc::ptr_eq(last, actor)
        {
            return Ok(*number);
        }
        let text = serde_json::to_string(&**actor)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let number = match self.actors.get(&text) {
            Some(number) => *number,
            None => {
                let found = transaction
                    .prepare_cached("SELECT id FROM actors WHERE text = ?1")?
                    .query_row([&text], |row| row.get(0))
                    .optional()?;
                let number = match found {
                    Some(number) => number,
                    None => transaction
                        .prepare_cached("INSERT INTO actors (text) VALUES (?1)")?
                        .insert([&text])?,
                };
                self.actors.insert(text, number);
                number
            }
        };
        self.last = Some((Arc::clone(actor), number));
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use journal::conformance::batch;
    use kernel::Shard;

    #[test]
    fn a_full_disk_refuses_the_batch_and_keeps_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(&folder.path().join("s.sqlite")).unwrap();
        let shard = Shard::new("s");
        let first = Prepared::new(batch(&shard, Head::default(), "k", 0, 3));
        let head = writer.append(&first).unwrap().head;
        // As many pages as there are now: SQLite then answers as on a full disk.
        let pages: i64 =
            writer.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        let limit = |writer: &Writer, pages: i64| {
            writer
                .connection
                .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_row| Ok(()))
                .unwrap();
        };
        limit(&writer, pages);
        let large = Prepared::new(batch(&shard, head, "other", 0, 500));
        let full = writer.append(&large).unwrap_err();
        assert!(matches!(&full, AppendError::Refused(why) if why.contains("full")), "{full:?}");
        assert_eq!(head_of(&writer.connection).unwrap(), head);
        limit(&writer, 100_000);
        assert_eq!(writer.append(&large).unwrap().head, large.head);
    }
}
