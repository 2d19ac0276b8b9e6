//! A journal that fails as it is told, for the simulator.
//!
//! ```text
//! plan.append(Fate::Written)   ──► the batch is durable, the writer hears Unknown
//! plan.append(Fate::Lost)      ──► nothing is written, the writer hears Unknown
//! plan.read(Sight::Behind(3))  ──► the reader does not see the last three events yet
//! ```

use crate::{Answer, AppendError, Batch, Head, Journal, ReadError};
use kernel::{CommandId, Recorded, Shard, Waiting};
use std::collections::VecDeque;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

/// What becomes of an append.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It works.
    #[default]
    Sound,
    /// Nothing is written and the writer knows it: the disk is full.
    Refused,
    /// Nothing is written, but the writer cannot know: the connection broke before.
    Lost,
    /// It is durable, but the writer cannot know: the connection broke after.
    Written,
}

/// What a reader sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    #[default]
    Clear,
    /// All but the last events: a reader that lags.
    Behind(u64),
    /// Nothing: the store does not answer.
    Down,
}

/// The fates to come, in order; once they are used up, everything works.
#[derive(Clone, Debug, Default)]
pub struct Plan(Arc<Mutex<Fates>>);

#[derive(Debug, Default)]
struct Fates {
    appends: VecDeque<Fate>,
    reads: VecDeque<Sight>,
}

impl Plan {
    /// The fate of the next append that has none yet.
    pub fn append(&self, fate: Fate) {
        self.with(|fates| fates.appends.push_back(fate));
    }

    /// What the next read that has no fate yet will see.
    pub fn read(&self, sight: Sight) {
        self.with(|fates| fates.reads.push_back(sight));
    }

    /// Forgets what was planned: everything works from here on.
    pub fn heal(&self) {
        self.with(|fates| *fates = Fates::default());
    }

    fn with<T>(&self, act: impl FnOnce(&mut Fates) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn next_append(&self) -> Fate {
        self.with(|fates| fates.appends.pop_front()).unwrap_or_default()
    }

    fn next_read(&self) -> Sight {
        self.with(|fates| fates.reads.pop_front()).unwrap_or_default()
    }
}

/// A journal before which a [`Plan`] stands. Only [`Journal::append`] and [`Journal::read`] have fates: a writer that
/// must know the truth (head, answer, stream) is told it.
#[derive(Clone, Debug)]
pub struct FaultyJournal<J> {
    sound: J,
    plan: Plan,
}

impl<J: Journal> FaultyJournal<J> {
    /// A journal that fails by the plan, of which the caller keeps a clone.
    #[must_use]
    pub fn new(sound: J, plan: Plan) -> Self {
        Self { sound, plan }
    }

    /// The journal behind, which never fails.
    #[must_use]
    pub fn sound(&self) -> &J {
        &self.sound
    }
}

fn unknown() -> AppendError {
    AppendError::Unknown("the connection broke".to_owned())
}

impl<J: Journal> Journal for FaultyJournal<J> {
    fn append(&self, shard: &Shard, batch: Batch) -> Waiting<'_, Result<Head, AppendError>> {
        match self.plan.next_append() {
            Fate::Sound => self.sound.append(shard, batch),
            Fate::Refused => {
                Box::pin(ready(Err(AppendError::Refused("the disk is full".to_owned()))))
            }
            Fate::Lost => Box::pin(ready(Err(unknown()))),
            Fate::Written => {
                let written = self.sound.append(shard, batch);
                Box::pin(async move { written.await.and(Err(unknown())) })
            }
        }
    }

    fn read(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
        let sight = self.plan.next_read();
        let shard = shard.clone();
        Box::pin(async move {
            match sight {
                Sight::Clear => self.sound.read(&shard, after, limit).await,
                Sight::Down => Err(ReadError::Store("the store does not answer".to_owned())),
                Sight::Behind(lag) => {
                    let seen = self.sound.head(&shard).await?.seq.saturating_sub(lag);
                    let mut events = self.sound.read(&shard, after, limit).await?;
                    events.retain(|event| event.seq <= seen);
                    Ok(events)
                }
            }
        })
    }

    fn stream(
        &self,
        shard: &Shard,
        kind: &str,
        key: &str,
        after: u64,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
        self.sound.stream(shard, kind, key, after)
    }

    fn answer(
        &self,
        shard: &Shard,
        command: CommandId,
    ) -> Waiting<'_, Result<Option<Answer>, ReadError>> {
        self.sound.answer(shard, command)
    }

    fn answers(
        &self,
        shard: &Shard,
        commands: Vec<CommandId>,
    ) -> Waiting<'_, Result<Vec<Option<Answer>>, ReadError>> {
        self.sound.answers(shard, commands)
    }

    fn head(&self, shard: &Shard) -> Waiting<'_, Result<Head, ReadError>> {
        self.sound.head(shard)
    }

    fn heads(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Head>, ReadError>> {
        self.sound.heads(shard, after, limit)
    }

    fn shards(&self) -> Waiting<'_, Result<Vec<Shard>, ReadError>> {
        self.sound.shards()
    }

    fn inspect(&self, shard: &Shard) -> Waiting<'_, Result<(), ReadError>> {
        self.sound.inspect(shard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::batch;
    use crate::memory::MemoryJournal;
    use crate::memory::tests::now;

    fn journal() -> (FaultyJournal<MemoryJournal>, Plan, Shard) {
        let plan = Plan::default();
        (FaultyJournal::new(MemoryJournal::new(), plan.clone()), plan, Shard::new("s"))
    }

    #[test]
    fn without_a_plan_it_keeps_the_suite() {
        let (journal, _plan, _shard) = journal();
        now(crate::conformance::suite(|| ready(journal.clone()))).unwrap();
    }

    #[test]
    fn appends_fail_in_the_order_of_the_plan() {
        let (journal, plan, shard) = journal();
        let append = || now(journal.append(&shard, batch(&shard, Head::default(), "k", 0, 2)));
        let kept = || now(journal.head(&shard)).unwrap().seq;
        [Fate::Refused, Fate::Lost, Fate::Written].into_iter().for_each(|fate| plan.append(fate));
        assert!(matches!(append(), Err(AppendError::Refused(_))));
        assert_eq!(kept(), 0);
        assert!(matches!(append(), Err(AppendError::Unknown(_))));
        assert_eq!(kept(), 0, "lost before it was durable");
        assert!(matches!(append(), Err(AppendError::Unknown(_))));
        assert_eq!(kept(), 2, "lost after it was durable");
        assert!(matches!(append(), Err(AppendError::Fenced { found }) if found.seq == 2));
    }

    #[test]
    fn a_fenced_append_tells_so_even_where_the_connection_would_have_broken_after() {
        let (journal, plan, shard) = journal();
        plan.append(Fate::Written);
        let elsewhere = Head { seq: 7, digest: [7; 32] };
        let found = now(journal.append(&shard, batch(&shard, elsewhere, "k", 0, 2)));
        assert!(matches!(found, Err(AppendError::Fenced { .. })), "{found:?}");
    }

    #[test]
    fn readers_lag_or_see_nothing_as_planned_and_writers_see_the_truth() {
        let (journal, plan, shard) = journal();
        now(journal.append(&shard, batch(&shard, Head::default(), "k", 0, 5))).unwrap();
        let read = || now(journal.read(&shard, 1, 10)).map(|events| events.len());
        [Sight::Behind(2), Sight::Down, Sight::Behind(9), Sight::Clear]
            .into_iter()
            .for_each(|sight| plan.read(sight));
        assert_eq!(read(), Ok(2));
        assert!(read().is_err());
        assert_eq!(read(), Ok(0));
        assert_eq!(read(), Ok(4));
        plan.read(Sight::Down);
        plan.heal();
        assert_eq!(read(), Ok(4));
        assert_eq!(now(journal.head(&shard)).unwrap().seq, 5);
    }
}
