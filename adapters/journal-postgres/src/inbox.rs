//! The inbox: commands for a shard that another process writes.
//!
//! ```text
//! process A                          PostgreSQL                    process B, which holds the shard
//! put_inbox(command) ──────────────► row, NOTIFY ────────────────► Notice::Command(shard)
//!                                                ◄──────────────── take_inbox(shard): decides as it always does
//! Notice::Answer(shard, command) ◄── NOTIFY, the body is emptied ◄ answer_inbox(command, answer)
//! take_answer(command): the row is deleted
//! ```
//! Both sides look into the tables whenever [`Notice::Again`] arrives, because notices are lost with a connection.

use crate::PostgresJournal;
use crate::error::unreadable;
use journal::{Notice, ReadError};
use kernel::{CommandId, Shard};
use postgres_links::{Target, describe};
use std::future::poll_fn;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Error, Row};

/// A command that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The command's id.
    pub command: CommandId,
    /// What is asked, as the sender wrote it.
    pub body: String,
}

const PUT: &str = "
WITH put AS (
  INSERT INTO journal.inbox (shard, command, body) VALUES ($1, $2, $3) ON CONFLICT (shard, command) DO NOTHING
)
SELECT pg_notify('lianban_inbox', $1)";
const TAKE: &str = "
SELECT command, body FROM journal.inbox WHERE shard = $1 AND answer IS NULL ORDER BY id LIMIT $2";
const ANSWER: &str = "
WITH answered AS (
  UPDATE journal.inbox SET answer = $3, body = '' WHERE shard = $1 AND command = $2 AND answer IS NULL RETURNING id
)
SELECT pg_notify('lianban_answer', encode($2::bytea, 'hex') || ' ' || $1) FROM answered";
const TAKE_ANSWER: &str = "
DELETE FROM journal.inbox WHERE shard = $1 AND command = $2 AND answer IS NOT NULL RETURNING answer";
const SWEEP: &str = "
DELETE FROM journal.inbox WHERE answer IS NOT NULL AND sent < clock_timestamp() - $1::bigint * interval '1 microsecond'";

impl PostgresJournal {
    async fn ask(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, ReadError> {
        let session = self.session().await?;
        let asked = async {
            let statement = session.prepare(sql).await?;
            session.client().query(&statement, params).await
        };
        asked.await.map_err(|error| unreadable(&error))
    }

    /// Leaves a command for whoever holds the shard. The same command twice is one row.
    ///
    /// # Errors
    /// The server does not answer; leaving it again is safe.
    pub async fn put_inbox(
        &self,
        shard: &Shard,
        command: CommandId,
        body: &str,
    ) -> Result<(), ReadError> {
        self.ask(PUT, &[&shard.as_str(), &command.bytes().as_slice(), &body]).await.map(drop)
    }

    /// The commands that wait for the holder of a shard, in the order of their arrival. They stay until they are
    /// answered: a holder that dies in between leaves them to the next.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn take_inbox(&self, shard: &Shard, limit: u32) -> Result<Vec<Letter>, ReadError> {
        let rows = self.ask(TAKE, &[&shard.as_str(), &i64::from(limit)]).await?;
        let letter = |row: &Row| -> Result<Letter, Error> {
            let command = CommandId::from_bytes(crate::read::bytes(row, 0)?);
            Ok(Letter { command, body: row.try_get(1)? })
        };
        rows.iter().map(letter).collect::<Result<_, _>>().map_err(|error| unreadable(&error))
    }

    /// Answers a command; what was asked is emptied in the same moment.
    ///
    /// # Errors
    /// The server does not answer; answering again is safe.
    pub async fn answer_inbox(
        &self,
        shard: &Shard,
        command: CommandId,
        answer: &str,
    ) -> Result<(), ReadError> {
        self.ask(ANSWER, &[&shard.as_str(), &command.bytes().as_slice(), &answer]).await.map(drop)
    }

    /// Takes the answer to a command out of the inbox; `None` if there is none yet.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn take_answer(
        &self,
        shard: &Shard,
        command: CommandId,
    ) -> Result<Option<String>, ReadError> {
        let rows = self.ask(TAKE_ANSWER, &[&shard.as_str(), &command.bytes().as_slice()]).await?;
        rows.first().map(|row| row.try_get(0)).transpose().map_err(|error| unreadable(&error))
    }

    /// Removes answers that nobody came for, older than `age`: their sender has died.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn sweep_inbox(&self, age: Duration) -> Result<(), ReadError> {
        let us = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
        self.ask(SWEEP, &[&us]).await.map(drop)
    }

    /// Listens on a connection of its own, which is opened again when it breaks, until the receiver is dropped.
    #[must_use]
    pub fn listen(&self) -> mpsc::Receiver<Notice> {
        let (sender, receiver) = mpsc::channel(256);
        let target = self.target().clone();
        tokio::spawn(async move {
            let mut pause = Duration::from_millis(50);
            while !sender.is_closed() {
                match hear(&target, &sender).await {
                    Ok(()) => pause = Duration::from_millis(50),
                    Err(error) => {
                        tracing::warn!(
                            error = describe(&error),
                            "the listener's connection to PostgreSQL broke"
                        );
                        pause = (pause * 2).min(Duration::from_secs(5));
                    }
                }
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = sender.closed() => {}
                }
            }
        });
        receiver
    }
}

/// Passes notices on until the connection ends or nobody listens.
async fn hear(target: &Target, sender: &mpsc::Sender<Notice>) -> Result<(), Error> {
    let (client, mut connection) = target.connect().await?;
    let listening = client.batch_execute("LISTEN lianban_inbox; LISTEN lianban_answer");
    tokio::pin!(listening);
    let mut listens = false;
    loop {
        tokio::select! {
            done = &mut listening, if !listens => {
                done?;
                listens = true;
                if sender.send(Notice::Again).await.is_err() {
                    return Ok(());
                }
            }
            message = poll_fn(|cx| connection.poll_message(cx)) => match message {
                None => return Ok(()),
                Some(message) => {
                    let notice = heard(message?);
                    if let Some(notice) = notice && sender.send(notice).await.is_err() {
                        return Ok(());
                    }
                }
            },
            () = sender.closed() => return Ok(()),
        }
    }
}

fn heard(message: AsyncMessage) -> Option<Notice> {
    let AsyncMessage::Notification(note) = message else { return None };
    match note.channel() {
        "lianban_inbox" => Some(Notice::Command(Shard::new(note.payload()))),
        _ => {
            let (command, shard) = note.payload().split_once(' ')?;
            Some(Notice::Answer(Shard::new(shard), command.parse().ok()?))
        }
    }
}
