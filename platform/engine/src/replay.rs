//! From the journal back to rows: what a crash kept back, and whole tables built anew.

use crate::kinds::{Cache, Kinds};
use crate::letter::LetterEvent;
use crate::machine::{RowsError, StreamId, TimerChange, TimerKey};
use crate::routes::Routes;
use crate::{book, limits};
use journal::Journal;
use kernel::{Recorded, Shard};
use std::sync::Arc;
use tables::{Projection, Rows};

/// The timer that an event of the outbox took out of service, because its command was refused.
pub(crate) fn buried_timer(event: &Recorded) -> Result<Option<TimerChange>, String> {
    if &*event.kind != "outbox" || event.name() != "DeadLettered" {
        return Ok(None);
    }
    let LetterEvent::DeadLettered { letter, .. } = event.read().map_err(|e| e.to_string())? else {
        return Ok(None);
    };
    Ok(letter.timer.map(|timer| {
        let stream = StreamId { kind: timer.kind.into(), key: timer.key.into() };
        let timer = TimerKey { at: timer.at, stream, name: timer.name.into() };
        TimerChange { timer, command: None }
    }))
}

/// The rows that follow from durable events and their timers.
pub(crate) fn rows_of(
    shard: &Shard,
    projections: &Routes<dyn Projection>,
    events: &[Recorded],
    timers: &[TimerChange],
) -> Result<Rows, RowsError> {
    let mut rows = Rows::default();
    for event in events {
        for projection in projections.of(event) {
            projection.project(event, &mut rows).map_err(|error| {
                RowsError::Wrong(format!("{}: {error}: {}", projection.name(), error.source))
            })?;
        }
    }
    book::timer_rows(shard, timers, &mut rows);
    Ok(rows)
}

/// Finds the timers that began and ceased along a shard's events, as the writer did when it decided them.
pub(crate) struct TimerReplay<'j> {
    shard: &'j Shard,
    journal: &'j dyn Journal,
    kinds: &'j Kinds,
    cache: Cache,
    /// Events of one command, whose end is not known yet.
    run: Vec<Recorded>,
}

impl<'j> TimerReplay<'j> {
    pub(crate) fn new(shard: &'j Shard, journal: &'j dyn Journal, kinds: &'j Kinds) -> Self {
        let cache = Cache::new(limits::CACHED_AGGREGATES);
        Self { shard, journal, kinds, cache, run: Vec::new() }
    }

    /// Takes the next event; answers with what followed from the command before it, if that is complete now.
    pub(crate) async fn next(
        &mut self,
        event: &Recorded,
        changes: &mut Vec<TimerChange>,
    ) -> Result<(), String> {
        if self.run.last().is_some_and(|last| last.command != event.command) {
            self.close(changes).await?;
        }
        self.run.push(event.clone());
        Ok(())
    }

    /// Closes the last command.
    pub(crate) async fn close(&mut self, changes: &mut Vec<TimerChange>) -> Result<(), String> {
        let run = std::mem::take(&mut self.run);
        let mut touched: Vec<StreamId> = Vec::new();
        for event in &run {
            let stream = StreamId::of(event);
            if !touched.contains(&stream) {
                self.load(&stream, event.version).await?;
                touched.push(stream.clone());
            }
            changes.extend(buried_timer(event)?);
            if let Some(held) = self.cache.get(&stream) {
                held.fold(event)?;
            }
        }
        for stream in touched {
            if let Some(held) = self.cache.get(&stream) {
                held.change_timers(&stream, changes).map_err(|e| e.to_string())?;
            }
        }
        self.cache.trim(|_| false);
        Ok(())
    }

    /// Brings an aggregate into memory as it stood before an event.
    async fn load(&mut self, stream: &StreamId, before: u64) -> Result<(), String> {
        if self.cache.holds(stream) {
            return Ok(());
        }
        // A kind that no longer runs here asks for no timers.
        let Some(mut held) = self.kinds.empty(&stream.kind) else { return Ok(()) };
        if before > 1 {
            let past = self.journal.stream(self.shard, &stream.kind, &stream.key, 0).await;
            for event in past.map_err(|e| e.to_string())?.iter().filter(|e| e.version < before) {
                held.fold(event)?;
            }
            held.note_timers().map_err(|error| error.to_string())?;
        }
        self.cache.insert(stream.clone(), held);
        Ok(())
    }
}

/// What a replay found in one part of a shard's events.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) events: Vec<Recorded>,
    pub(crate) timers: Vec<TimerChange>,
}

/// Walks over a shard's events after a position up to another, in parts that end where a command ends.
pub(crate) struct Walk<'j> {
    timers: TimerReplay<'j>,
    shard: &'j Shard,
    journal: &'j dyn Journal,
    at: u64,
    upto: u64,
}

impl<'j> Walk<'j> {
    pub(crate) fn new(
        shard: &'j Shard,
        journal: &'j dyn Journal,
        kinds: &'j Arc<Kinds>,
        after: u64,
        upto: u64,
    ) -> Self {
        let timers = TimerReplay::new(shard, journal, kinds);
        Self { timers, shard, journal, at: after, upto }
    }

    /// The next part, with the timers that follow if they are wanted; nothing at the end.
    pub(crate) async fn next(&mut self, with_timers: bool) -> Result<Option<Part>, String> {
        let mut part = Part::default();
        let mut events: Vec<Recorded> = Vec::new();
        while self.at < self.upto {
            let read = self.journal.read(self.shard, self.at, limits::REPLAY_EVENTS).await;
            let mut read = read.map_err(|e| e.to_string())?;
            read.retain(|event| event.seq <= self.upto);
            let Some(last) = read.last() else {
                return Err(format!(
                    "the journal of `{}` ends at {}, not {}",
                    self.shard, self.at, self.upto
                ));
            };
            self.at = last.seq;
            events.extend(read);
            if self.at < self.upto && !self.cut(&mut events) {
                continue;
            }
            break;
        }
        if events.is_empty() {
            return Ok(None);
        }
        if with_timers {
            for event in &events {
                self.timers.next(event, &mut part.timers).await?;
            }
            self.timers.close(&mut part.timers).await?;
        }
        part.events = events;
        Ok(Some(part))
    }

    /// Cuts the events of the last command off, since more of them may follow; they are read again. Answers whether
    /// anything is left.
    fn cut(&mut self, events: &mut Vec<Recorded>) -> bool {
        let Some(last) = events.last().map(|event| event.command) else { return false };
        let whole = events.iter().rposition(|event| event.command != last).map_or(0, |at| at + 1);
        if whole == 0 {
            return false;
        }
        events.truncate(whole);
        self.at = events.last().map_or(self.at, |event| event.seq);
        true
    }
}
