//! What must hold after every step, and what must hold at the end.

use super::World;
use super::stage::at_once;
use crate::kinds::Kinds;
use crate::machine::{StreamId, TimerKey};
use journal::{Head, Journal, chain};
use kernel::{CommandId, Deadline, ErrandId, Recorded, Shard};
use module::Receipt;
use std::collections::{BTreeMap, BTreeSet};

/// Where a letter stands by the journal alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Letter {
    Pending,
    Dead,
    Done,
}

/// What was seen of one shard's journal.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) head: Head,
    pub(super) batches: u64,
    versions: BTreeMap<StreamId, u64>,
    /// Commands whose events have ended: none of them may come again.
    closed: BTreeSet<CommandId>,
    letters: BTreeMap<ErrandId, Letter>,
}

impl Seen {
    /// Looks at what the journal holds beyond what was seen: the chain, the positions, the commands, the letters.
    pub(super) fn look(
        &mut self,
        shard: &Shard,
        journal: &dyn Journal,
        world: &mut dyn World,
    ) -> Result<(), String> {
        let heads = at_once(journal.heads(shard, self.head.seq, u32::MAX))?;
        for head in heads.map_err(|e| e.to_string())? {
            let count = u32::try_from(head.seq - self.head.seq).map_err(|e| e.to_string())?;
            let events = at_once(journal.read(shard, self.head.seq, count))?;
            let events = events.map_err(|e| e.to_string())?;
            if chain(&self.head, &events) != head {
                return Err(format!("the digests of {shard} do not chain at {}", head.seq));
            }
            self.batch(shard, &events)?;
            world.observe(shard, &events)?;
            self.head = head;
            self.batches += 1;
        }
        Ok(())
    }

    fn batch(&mut self, shard: &Shard, events: &[Recorded]) -> Result<(), String> {
        let mut seq = self.head.seq;
        let mut running: Option<CommandId> = None;
        for event in events {
            seq += 1;
            if event.seq != seq || event.shard != *shard {
                return Err(format!("event {} stands at {shard}/{seq}", event.id()));
            }
            let version = self.versions.entry(StreamId::of(event)).or_default();
            *version += 1;
            if event.version != *version {
                return Err(format!(
                    "event {} has version {}, not {version}",
                    event.id(),
                    event.version
                ));
            }
            if running != Some(event.command) {
                self.closed.extend(running.replace(event.command));
                if self.closed.contains(&event.command) {
                    return Err(format!(
                        "command {} was decided twice, again at {}",
                        event.command,
                        event.id()
                    ));
                }
            }
            self.letter(event)?;
        }
        self.closed.extend(running);
        Ok(())
    }

    fn letter(&mut self, event: &Recorded) -> Result<(), String> {
        if &*event.kind != "outbox" {
            return Ok(());
        }
        let id: ErrandId =
            event.key.parse().map_err(|_shape| format!("no letter: {}", event.key))?;
        let before = self.letters.get(&id).copied();
        let after = match (event.name(), before) {
            ("Queued", None) | ("Resent", Some(Letter::Dead)) => Letter::Pending,
            ("Settled", Some(Letter::Pending)) | ("Dismissed", Some(Letter::Dead)) => Letter::Done,
            ("DeadLettered", None | Some(Letter::Pending)) => Letter::Dead,
            (name, _) => return Err(format!("letter {id} was {before:?} and then {name}")),
        };
        self.letters.insert(id, after);
        Ok(())
    }

    /// What was acknowledged is in the journal, as it was acknowledged.
    pub(super) fn acknowledged(
        &self,
        receipt: &Receipt,
        journal: &dyn Journal,
    ) -> Result<(), String> {
        let (Some(first), Some(last)) = (receipt.events.first(), receipt.events.last()) else {
            return Ok(());
        };
        let count = u32::try_from(last.seq + 1 - first.seq).map_err(|e| e.to_string())?;
        let read = at_once(journal.read(&receipt.shard, first.seq - 1, count))?;
        if read.map_err(|e| e.to_string())? == receipt.events {
            Ok(())
        } else {
            Err(format!(
                "command {} was acknowledged, but its events are not in the journal",
                receipt.command
            ))
        }
    }

    /// At rest no letter waits.
    pub(super) fn at_rest(&self) -> Result<(), String> {
        match self.letters.iter().find(|(_, letter)| **letter == Letter::Pending) {
            Some((id, _)) => Err(format!("letter {id} was neither carried nor given up")),
            None => Ok(()),
        }
    }

    /// Every aggregate can be folded from the journal, and of the timers that they ask for each one was fired: those
    /// that still stand were refused, or stand although their command was decided, and lie among the dead letters.
    pub(super) fn timers_are_spent(
        &self,
        shard: &Shard,
        journal: &dyn Journal,
        kinds: &Kinds,
    ) -> Result<(), String> {
        for stream in self.versions.keys() {
            let events = at_once(journal.stream(shard, &stream.kind, &stream.key, 0))?;
            let mut held =
                kinds.empty(&stream.kind).ok_or_else(|| format!("no kind {}", stream.kind))?;
            for event in events.map_err(|e| e.to_string())? {
                held.fold(&event)?;
            }
            let asked = held.state.deadlines(&|_name, _at| false).map_err(|e| e.to_string())?;
            for Deadline { name, at, .. } in asked {
                let timer = TimerKey { at, stream: stream.clone(), name: name.into() };
                let letter = ErrandId::from_bytes(*timer.command(shard).bytes());
                if self.letters.get(&letter) != Some(&Letter::Dead) {
                    return Err(format!("timer {} of {stream} was never fired", timer.name));
                }
            }
        }
        Ok(())
    }
}
