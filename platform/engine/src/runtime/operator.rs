//! What the operator sees and does: letters, dead letters, timers.

use super::Engine;
use crate::courier::Order;
use crate::letter::{LetterCommand, Post, closing_id};
use kernel::{Atomic, CommandId, ErrandId, Moment, Shard};
use module::{Clearance, Receipt, Rejection, SubmitError};
use tables::{Query, ReadError, Row};

/// A letter that waits to be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its shard.
    pub shard: Shard,
    /// Its id.
    pub id: ErrandId,
    /// The policy, errand or timer that asked for it.
    pub source: String,
    /// The kind of work.
    pub lane: String,
    /// The letter as JSON.
    pub letter: String,
    /// When it was queued.
    pub queued_at: Moment,
}

/// A letter that could not be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterRow {
    /// Its shard.
    pub shard: Shard,
    /// Its id.
    pub id: ErrandId,
    /// The position of the event that buried it.
    pub seq: u64,
    /// The policy, errand or timer that asked for it.
    pub source: String,
    /// The kind of work.
    pub lane: String,
    /// The letter as JSON.
    pub letter: String,
    /// Why it lies dead.
    pub why: String,
    /// Since when.
    pub died_at: Moment,
}

/// A timer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimerRow {
    /// Its shard.
    pub shard: Shard,
    /// When it is due.
    pub due_at: Moment,
    /// The kind of the aggregate that asks for it.
    pub kind: String,
    /// The aggregate's key.
    pub key: String,
    /// Its name.
    pub name: String,
}

fn shard(row: &Row) -> Result<Shard, ReadError> {
    Ok(Shard::new(row.get::<String>("shard")?))
}

fn id(row: &Row) -> Result<ErrandId, ReadError> {
    let text = row.get::<String>("id")?;
    text.parse().map_err(|_shape| ReadError::Store(format!("`{text}` is no letter's id")))
}

fn dead(row: &Row) -> Result<DeadLetterRow, ReadError> {
    Ok(DeadLetterRow {
        shard: shard(row)?,
        id: id(row)?,
        seq: row.get("seq")?,
        source: row.get("source")?,
        lane: row.get("lane")?,
        letter: row.get("letter")?,
        why: row.get("why")?,
        died_at: row.get("died_at")?,
    })
}

impl Engine {
    /// The letters that wait longest.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub async fn outbox(&self, limit: u32) -> Result<Vec<OutboxRow>, ReadError> {
        let query =
            Query::new("SELECT shard, id, source, lane, letter, queued_at FROM engine_outbox")
                .text(&format!("ORDER BY queued_at, shard, id LIMIT {limit}"));
        let rows = self.reader().rows(query).await?;
        let read = |row: &Row| {
            Ok(OutboxRow {
                shard: shard(row)?,
                id: id(row)?,
                source: row.get("source")?,
                lane: row.get("lane")?,
                letter: row.get("letter")?,
                queued_at: row.get("queued_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The letters that could not be carried, the latest first.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetterRow>, ReadError> {
        let query = Query::new("SELECT * FROM engine_dead_letters")
            .text(&format!("ORDER BY died_at DESC, shard, id LIMIT {limit}"));
        self.reader().rows(query).await?.iter().map(dead).collect()
    }

    /// The timers that are due next.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub async fn timers(&self, limit: u32) -> Result<Vec<TimerRow>, ReadError> {
        let query =
            Query::new("SELECT shard, due_at, stream_kind, stream_key, name FROM engine_timers")
                .text(&format!(
                    "ORDER BY due_at, shard, stream_kind, stream_key, name LIMIT {limit}"
                ));
        let read = |row: &Row| {
            Ok(TimerRow {
                shard: shard(row)?,
                due_at: row.get("due_at")?,
                kind: row.get("stream_kind")?,
                key: row.get("stream_key")?,
                name: row.get("name")?,
            })
        };
        self.reader().rows(query).await?.iter().map(read).collect()
    }

    /// Sends a dead letter again, under its own id.
    ///
    /// # Errors
    /// `LETTER_NOT_DEAD` if it does not lie among the dead letters, `LETTER_EMPTY` if there is nothing in it to send.
    pub async fn resend(
        &self,
        by: &Clearance,
        shard: &Shard,
        id: ErrandId,
    ) -> Result<Receipt, SubmitError> {
        self.handle_letter(by, shard, id, &LetterCommand::Resend, "resend").await
    }

    /// Puts a dead letter away without sending it.
    ///
    /// # Errors
    /// `LETTER_NOT_DEAD` if it does not lie among the dead letters.
    pub async fn dismiss(
        &self,
        by: &Clearance,
        shard: &Shard,
        id: ErrandId,
    ) -> Result<Receipt, SubmitError> {
        self.handle_letter(by, shard, id, &LetterCommand::Dismiss, "dismiss").await
    }

    async fn handle_letter(
        &self,
        by: &Clearance,
        shard: &Shard,
        letter: ErrandId,
        command: &LetterCommand,
        act: &str,
    ) -> Result<Receipt, SubmitError> {
        let broken = |why: String| SubmitError::from(Rejection::Down(why));
        // Two clicks on the same dead letter are one command; it may die again and be resent again.
        let query = Query::new("SELECT * FROM engine_dead_letters WHERE shard = $1 AND id = $2")
            .arg(shard.as_str())
            .arg(letter.to_string());
        let rows = self.reader().rows(query).await.map_err(|e| broken(e.to_string()))?;
        let died = rows.first().map(dead).transpose().map_err(|e| broken(e.to_string()))?;
        let id: CommandId = closing_id(letter, died.map_or(0, |row| row.seq), act);
        let commands = Atomic::new(shard.clone())
            .then::<Post>(&letter, command)
            .map_err(|e| SubmitError::from(Rejection::Malformed(e.to_string())))?;
        self.order(Order { id, actor: by.actor().clone(), cause: None, commands }).await
    }
}
