//! A journal in memory, for tests and simulation; its clones share what they hold.

use crate::{Answer, AppendError, Batch, Head, Journal, ReadError, chain, taken};
use kernel::{CommandId, Recorded, Shard, Waiting};
use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A journal in memory. Every future it gives is ready at once, so that a simulation needs no runtime.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    shards: Arc<Mutex<BTreeMap<Shard, Kept>>>,
}

/// What one shard holds.
#[derive(Debug, Default)]
struct Kept {
    events: Vec<Recorded>,
    heads: Vec<Head>,
    streams: BTreeMap<String, BTreeMap<u64, usize>>,
    answers: BTreeMap<CommandId, Answer>,
}

/// Kind and key as one text; neither holds a control character.
fn stream_name(kind: &str, key: &str) -> String {
    format!("{kind}\u{1f}{key}")
}

impl Kept {
    fn head(&self) -> Head {
        self.heads.last().copied().unwrap_or_default()
    }

    fn append(&mut self, batch: Batch) -> Result<Head, AppendError> {
        let found = self.head();
        if found != batch.after {
            return Err(AppendError::Fenced { found });
        }
        for event in &batch.events {
            let stream = self.streams.get(&stream_name(&event.kind, &event.key));
            if stream.is_some_and(|stream| stream.contains_key(&event.version)) {
                return Err(AppendError::Refused(taken(event)));
            }
        }
        let head = chain(&found, &batch.events);
        for event in batch.events {
            let stream = self.streams.entry(stream_name(&event.kind, &event.key)).or_default();
            stream.insert(event.version, self.events.len());
            self.events.push(event);
        }
        for answer in batch.answers {
            self.answers.entry(answer.command).or_insert(answer);
        }
        self.heads.push(head);
        Ok(head)
    }

    fn read(&self, after: u64, limit: u32) -> Vec<Recorded> {
        let skip = usize::try_from(after).unwrap_or(usize::MAX);
        let take = usize::try_from(limit).unwrap_or(usize::MAX);
        self.events.iter().skip(skip).take(take).cloned().collect()
    }

    fn stream(&self, kind: &str, key: &str, after: u64) -> Vec<Recorded> {
        let Some(stream) = self.streams.get(&stream_name(kind, key)) else { return Vec::new() };
        let later = stream.range(after.saturating_add(1)..);
        later.filter_map(|(_version, at)| self.events.get(*at).cloned()).collect()
    }

    fn heads(&self, after: u64, limit: u32) -> Vec<Head> {
        let take = usize::try_from(limit).unwrap_or(usize::MAX);
        let from = self.heads.partition_point(|head| head.seq <= after);
        self.heads.iter().skip(from).take(take).copied().collect()
    }
}

impl MemoryJournal {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Shard, Kept>> {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask<T: Default>(&self, shard: &Shard, question: impl FnOnce(&Kept) -> T) -> T {
        self.lock().get(shard).map(question).unwrap_or_default()
    }
}

impl Journal for MemoryJournal {
    fn append(&self, shard: &Shard, batch: Batch) -> Waiting<'_, Result<Head, AppendError>> {
        let done = batch.check(shard).and_then(|()| {
            let mut shards = self.lock();
            if !shards.contains_key(shard) && batch.after != Head::default() {
                return Err(AppendError::Fenced { found: Head::default() });
            }
            shards.entry(shard.clone()).or_default().append(batch)
        });
        Box::pin(ready(done))
    }

    fn read(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
        Box::pin(ready(Ok(self.ask(shard, |kept| kept.read(after, limit)))))
    }

    fn stream(
        &self,
        shard: &Shard,
        kind: &str,
        key: &str,
        after: u64,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
        Box::pin(ready(Ok(self.ask(shard, |kept| kept.stream(kind, key, after)))))
    }

    fn answer(
        &self,
        shard: &Shard,
        command: CommandId,
    ) -> Waiting<'_, Result<Option<Answer>, ReadError>> {
        Box::pin(ready(Ok(self.ask(shard, |kept| kept.answers.get(&command).copied()))))
    }

    fn head(&self, shard: &Shard) -> Waiting<'_, Result<Head, ReadError>> {
        Box::pin(ready(Ok(self.ask(shard, Kept::head))))
    }

    fn heads(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Head>, ReadError>> {
        Box::pin(ready(Ok(self.ask(shard, |kept| kept.heads(after, limit)))))
    }

    fn shards(&self) -> Waiting<'_, Result<Vec<Shard>, ReadError>> {
        let shards = self.lock();
        let filled = shards.iter().filter(|(_shard, kept)| !kept.events.is_empty());
        Box::pin(ready(Ok(filled.map(|(shard, _kept)| shard.clone()).collect())))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::task::{Context, Poll, Waker};

    /// The value of a future that is ready at once.
    pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
        match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("a memory journal is ready at once"),
        }
    }

    #[test]
    fn the_suite_is_kept() {
        let journal = MemoryJournal::new();
        now(crate::conformance::suite(|| ready(journal.clone()))).unwrap();
    }
}
