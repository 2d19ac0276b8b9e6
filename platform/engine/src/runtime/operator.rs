//! What the operator sees and does: shards, letters, dead letters, timers.

use super::Engine;
use crate::courier::Order;
use crate::error::StartError;
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

/// Where a shard of the journal stands, whoever writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The shard.
    pub shard: Shard,
    /// The position of its last event.
    pub head: u64,
    /// The position that its rows follow.
    pub rows: u64,
}

/// Letters of one kind of work that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneRow {
    /// The kind of work.
    pub lane: String,
    /// How many.
    pub letters: u64,
    /// When the oldest was queued.
    pub oldest: Moment,
}

/// Dead letters of one kind of work that died of the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CauseRow {
    /// The kind of work.
    pub lane: String,
    /// Why they lie dead.
    pub why: String,
    /// How many.
    pub letters: u64,
    /// When the first died.
    pub first: Moment,
    /// When the last died.
    pub last: Moment,
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
    /// Where every shard of the journal stands, by name; also those that are not open here.
    ///
    /// # Errors
    /// A store cannot be read.
    pub async fn standings(&self) -> Result<Vec<Standing>, StartError> {
        let stores = &self.inner.parts.stores;
        let mut standings = Vec::new();
        for shard in stores.journal.shards().await? {
            // Rows first: they never lead, so that what is read later is never behind them.
            let rows = stores.tables.position(&shard).await?;
            let head = stores.journal.head(&shard).await?.seq;
            standings.push(Standing { shard, head, rows });
        }
        Ok(standings)
    }

    /// How many letters of each kind of work wait, by its name.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub async fn lanes(&self) -> Result<Vec<LaneRow>, ReadError> {
        let query = Query::new(
            "SELECT lane, count(*) AS letters, min(queued_at) AS oldest FROM engine_outbox \
             GROUP BY lane ORDER BY lane",
        );
        let read = |row: &Row| {
            Ok(LaneRow {
                lane: row.get("lane")?,
                letters: row.get("letters")?,
                oldest: row.get("oldest")?,
            })
        };
        self.reader().rows(query).await?.iter().map(read).collect()
    }

    /// What letters died of, the most frequent first.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub async fn causes(&self, limit: u32) -> Result<Vec<CauseRow>, ReadError> {
        let query = Query::new(
            "SELECT lane, why, count(*) AS letters, min(died_at) AS first_at, max(died_at) AS last_at \
             FROM engine_dead_letters GROUP BY lane, why",
        )
        .text(&format!("ORDER BY letters DESC, lane, why LIMIT {limit}"));
        let read = |row: &Row| {
            Ok(CauseRow {
                lane: row.get("lane")?,
                why: row.get("why")?,
                letters: row.get("letters")?,
                first: row.get("first_at")?,
                last: row.get("last_at")?,
            })
        };
        self.reader().rows(query).await?.iter().map(read).collect()
    }

    /// The letters that died of one cause, the oldest first.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub async fn dead_of(
        &self,
        lane: &str,
        why: &str,
        limit: u32,
    ) -> Result<Vec<DeadLetterRow>, ReadError> {
        let query = Query::new("SELECT * FROM engine_dead_letters WHERE lane = $1 AND why = $2")
            .arg(lane)
            .arg(why)
            .text(&format!("ORDER BY died_at, shard, id LIMIT {limit}"));
        self.reader().rows(query).await?.iter().map(dead).collect()
    }

    /// A dead letter, if it still lies there.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub async fn dead_letter(
        &self,
        shard: &Shard,
        id: ErrandId,
    ) -> Result<Option<DeadLetterRow>, ReadError> {
        let query = Query::new("SELECT * FROM engine_dead_letters WHERE shard = $1 AND id = $2")
            .arg(shard.as_str())
            .arg(id.to_string());
        self.reader().rows(query).await?.first().map(dead).transpose()
    }

    /// How many timers are due by an instant.
    ///
    /// # Errors
    /// The tables cannot be read.
    pub async fn timers_due(&self, by: Moment) -> Result<u64, ReadError> {
        let query =
            Query::new("SELECT count(*) AS timers FROM engine_timers WHERE due_at <= $1").arg(by);
        self.reader().rows(query).await?.first().map_or(Ok(0), |row| Ok(row.get("timers")?))
    }

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
        let died =
            self.dead_letter(shard, letter).await.map_err(|error| broken(error.to_string()))?;
        let id: CommandId = closing_id(letter, died.map_or(0, |row| row.seq), act);
        let commands = Atomic::new(shard.clone())
            .then::<Post>(&letter, command)
            .map_err(|e| SubmitError::from(Rejection::Malformed(e.to_string())))?;
        self.order(Order { id, actor: by.actor().clone(), cause: None, commands }).await
    }
}
