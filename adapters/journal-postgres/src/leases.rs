//! Leases and inboxes for the engine, under the name of one process.

use crate::{Lease, PostgresJournal};
use journal::{Leases, Listener, Notice, ReadError};
use kernel::{CommandId, Shard, Waiting};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long answers are kept that nobody came for: their sender has died.
const FORGOTTEN: Duration = Duration::from_secs(3_600);

/// The leases of a journal, as one process holds them.
#[derive(Clone, Debug)]
pub struct PostgresLeases {
    journal: PostgresJournal,
    holder: String,
    ttl: Duration,
}

impl PostgresLeases {
    /// Leases under a name that no other process has, such as a random id with the machine's name; each lasts `ttl`
    /// unless it is renewed.
    pub fn new(journal: PostgresJournal, holder: impl Into<String>, ttl: Duration) -> Self {
        Self { journal, holder: holder.into(), ttl }
    }

    fn lease(&self, shard: &Shard, epoch: i64) -> Lease {
        Lease { shard: shard.clone(), holder: self.holder.clone(), epoch }
    }
}

struct Heard(mpsc::Receiver<Notice>);

impl Listener for Heard {
    fn next(&mut self) -> Waiting<'_, Option<Notice>> {
        Box::pin(async { self.0.recv().await })
    }
}

impl Leases for PostgresLeases {
    fn acquire(&self, shard: &Shard) -> Waiting<'_, Result<Option<i64>, ReadError>> {
        let shard = shard.clone();
        Box::pin(async move {
            let lease = Lease::acquire(&self.journal, &shard, &self.holder, self.ttl).await?;
            Ok(lease.map(|lease| lease.epoch))
        })
    }

    fn renew(&self, shard: &Shard, epoch: i64) -> Waiting<'_, Result<bool, ReadError>> {
        let lease = self.lease(shard, epoch);
        Box::pin(async move { lease.renew(&self.journal, self.ttl).await })
    }

    fn release(&self, shard: &Shard, epoch: i64) -> Waiting<'_, Result<(), ReadError>> {
        let lease = self.lease(shard, epoch);
        Box::pin(async move { lease.release(&self.journal).await })
    }

    fn put(
        &self,
        shard: &Shard,
        command: CommandId,
        body: String,
    ) -> Waiting<'_, Result<(), ReadError>> {
        let shard = shard.clone();
        Box::pin(async move { self.journal.put_inbox(&shard, command, &body).await })
    }

    fn waiting(
        &self,
        shard: &Shard,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<(CommandId, String)>, ReadError>> {
        let shard = shard.clone();
        Box::pin(async move {
            let letters = self.journal.take_inbox(&shard, limit).await?;
            Ok(letters.into_iter().map(|letter| (letter.command, letter.body)).collect())
        })
    }

    fn answer(
        &self,
        shard: &Shard,
        command: CommandId,
        answer: String,
    ) -> Waiting<'_, Result<(), ReadError>> {
        let shard = shard.clone();
        Box::pin(async move { self.journal.answer_inbox(&shard, command, &answer).await })
    }

    fn take_answer(
        &self,
        shard: &Shard,
        command: CommandId,
    ) -> Waiting<'_, Result<Option<String>, ReadError>> {
        let shard = shard.clone();
        Box::pin(async move { self.journal.take_answer(&shard, command).await })
    }

    fn sweep(&self) -> Waiting<'_, Result<(), ReadError>> {
        Box::pin(self.journal.sweep_inbox(FORGOTTEN))
    }

    fn listen(&self) -> Box<dyn Listener> {
        Box::new(Heard(self.journal.listen()))
    }
}
