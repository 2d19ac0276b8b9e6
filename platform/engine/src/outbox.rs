//! The outbox of one shard (发件箱): carries letters at least once, with growing pauses, until they are settled.

use crate::book::Pending;
use crate::letter::{Letter, LetterEvent, Why};
use crate::limits;
use crate::machine::Machine;
use kernel::{ErrandError, ErrandId, Moment, Reaction, Recorded};
use module::{Rejection, SubmitError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What came of one attempt to carry a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// It is done; this follows from it.
    Done(Vec<Reaction>),
    /// The receiver refused it, or it can never be done.
    Never(Why),
    /// The other side is down or slow.
    Later(String),
}

impl From<Result<Vec<Reaction>, ErrandError>> for Carried {
    fn from(result: Result<Vec<Reaction>, ErrandError>) -> Self {
        match result {
            Ok(reactions) => Self::Done(reactions),
            Err(ErrandError::Never(why)) => Self::Never(Why::Failed(why)),
            Err(ErrandError::Later(why)) => Self::Later(why),
        }
    }
}

impl Carried {
    /// What came of handing commands to another writer.
    pub fn of_commands<T>(answer: Result<T, SubmitError>) -> Self {
        match answer {
            Ok(_) => Self::Done(Vec::new()),
            Err(SubmitError::Refused(refusal)) => Self::Never(Why::Refused(Box::new(refusal))),
            Err(SubmitError::Rejected(r @ (Rejection::Busy | Rejection::Down(_)))) => {
                Self::Later(r.to_string())
            }
            Err(SubmitError::Rejected(rejection)) => {
                Self::Never(Why::Failed(rejection.to_string()))
            }
        }
    }
}

/// A letter that was queued or left the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutboxChange {
    /// It waits.
    Queued(Pending),
    /// It was settled or buried.
    Gone(ErrandId),
}

impl OutboxChange {
    /// What an event of the engine's own kind changes here.
    ///
    /// # Errors
    /// The event cannot be decoded.
    pub fn of(event: &Recorded) -> Result<Option<Self>, String> {
        if &*event.kind != "outbox" {
            return Ok(None);
        }
        let id: ErrandId =
            event.key.parse().map_err(|_shape| format!("`{}` is no letter's id", event.key))?;
        match event.name() {
            "Queued" | "Resent" => {
                let read = event.shared::<LetterEvent>().map_err(|e| e.to_string())?;
                Ok(read.letter().map(|letter| {
                    let letter = Arc::new(letter.clone());
                    Self::Queued(Pending { id, seq: event.seq, letter })
                }))
            }
            _ => Ok(Some(Self::Gone(id))),
        }
    }
}

/// What the outbox is told.
#[derive(Debug)]
pub enum OutboxInput {
    /// Letters that were queued or left, durable and in their table.
    Changed(Vec<OutboxChange>),
    /// What was read from the table.
    Refilled {
        /// Letters in the order in which they were queued, after the position that was asked for.
        letters: Vec<Pending>,
        /// Whether there are no more behind them.
        complete: bool,
    },
    /// The table could not be read.
    RefillFailed,
    /// What came of an attempt; a second answer of the same attempt is passed over.
    Carried(ErrandId, Carried),
    /// Whether the letter's end was recorded.
    Closed(ErrandId, Result<(), SubmitError>),
    /// Time has passed.
    Tick,
}

/// What the outbox asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutboxOutput {
    /// Carry a letter.
    Carry(Pending),
    /// Record that a letter was carried, and what follows from it.
    Settle(Pending, Vec<Reaction>),
    /// Record that a letter cannot be carried.
    Bury(Pending, Why),
    /// Read letters from the table after this position.
    Refill(u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// Another letter that it must not overtake is not gone yet.
    Behind,
    Waiting {
        not_before: Moment,
    },
    UnderWay,
    /// It was carried: its end is to be recorded.
    Ending {
        end: End,
        not_before: Moment,
    },
    Recording {
        end: End,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Settle(Vec<Reaction>),
    Bury(Why),
}

#[derive(Clone, Debug)]
struct Item {
    pending: Pending,
    stage: Stage,
    attempts: u32,
    /// What the last failed attempt said.
    said: Option<String>,
}

/// Letters of one kind of work, or to one partner.
#[derive(Debug, Default)]
struct Lane {
    /// How many are carried at the same moment.
    at_once: usize,
    under_way: usize,
    /// Those that wait, by when they are tried.
    waiting: BTreeSet<(Moment, u64)>,
}

/// How a letter stands, for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterFigures {
    /// The letter.
    pub id: ErrandId,
    /// Failed attempts since the start of the server.
    pub attempts: u32,
    /// When it is tried next; nothing if it is under way, or behind another that it must not overtake.
    pub next_at: Option<Moment>,
    /// What the last failed attempt said.
    pub said: Option<String>,
}

/// The outbox of one shard.
#[derive(Debug)]
pub struct Outbox {
    items: BTreeMap<u64, Item>,
    by_id: BTreeMap<ErrandId, u64>,
    /// Up to which position memory holds all there are; nothing if it holds every letter.
    horizon: Option<u64>,
    refilling: Option<Vec<OutboxChange>>,
    is_loaded: bool,
    refill_again: Option<Moment>,
    lanes: BTreeMap<String, Lane>,
    /// Letters in memory that must not overtake each other, in order.
    queues: BTreeMap<String, BTreeSet<u64>>,
    /// Letters whose end is to be recorded, by when.
    ending: BTreeSet<(Moment, u64)>,
    /// How many are being carried.
    under_way: usize,
    /// How many ends are with the writer.
    recording: usize,
    at_once: usize,
    window: usize,
}

impl Outbox {
    /// The outbox of a shard, before its table is read.
    #[must_use]
    pub fn new(at_once: usize, window: usize) -> Self {
        Self {
            items: BTreeMap::new(),
            by_id: BTreeMap::new(),
            horizon: None,
            refilling: None,
            is_loaded: false,
            refill_again: None,
            lanes: BTreeMap::new(),
            queues: BTreeMap::new(),
            ending: BTreeSet::new(),
            under_way: 0,
            recording: 0,
            at_once,
            window,
        }
    }

    /// When something is to be done here after an instant at which everything due has been asked for.
    #[must_use]
    pub fn wakes_after(&self, now: Moment) -> Option<Moment> {
        let later = |times: &BTreeSet<(Moment, u64)>| {
            times.range((now, u64::MAX)..).map(|(at, _)| *at).find(|at| *at > now)
        };
        let lanes = self.lanes.values().filter_map(|lane| later(&lane.waiting));
        lanes.chain(later(&self.ending)).chain(self.refill_again.filter(|at| *at > now)).min()
    }

    /// Whether nothing is under way; what can be done has been asked for at the last step.
    #[must_use]
    pub fn at_rest(&self) -> bool {
        self.is_loaded && self.refilling.is_none() && self.under_way == 0 && self.recording == 0
    }

    /// How the letters in memory stand.
    #[must_use]
    pub fn figures(&self) -> Vec<LetterFigures> {
        let figures = |item: &Item| LetterFigures {
            id: item.pending.id,
            attempts: item.attempts,
            next_at: match item.stage {
                Stage::Waiting { not_before } | Stage::Ending { not_before, .. } => {
                    Some(not_before)
                }
                Stage::Behind | Stage::UnderWay | Stage::Recording { .. } => None,
            },
            said: item.said.clone(),
        };
        self.items.values().map(figures).collect()
    }

    /// How many letters are in memory.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no letter is in memory.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    fn change(&mut self, now: Moment, change: OutboxChange) {
        match change {
            OutboxChange::Queued(pending) => {
                if self.horizon.is_none() && self.items.len() >= self.window.saturating_mul(2) {
                    // Enough in memory: from here on the table keeps them.
                    self.horizon = self.items.keys().next_back().copied();
                }
                if self.horizon.is_none_or(|horizon| pending.seq <= horizon) {
                    self.add(now, pending);
                }
            }
            OutboxChange::Gone(id) => self.gone(now, id),
        }
    }

    fn add(&mut self, now: Moment, pending: Pending) {
        // A resent letter stands at a new position.
        match self.by_id.get(&pending.id) {
            Some(seq) if *seq == pending.seq => return,
            Some(_) => self.gone(now, pending.id),
            None => {}
        }
        let seq = pending.seq;
        self.by_id.insert(pending.id, seq);
        let is_first = pending.letter.follows().is_none_or(|name| {
            let queue = self.queues.entry(name).or_default();
            queue.insert(seq);
            queue.first() == Some(&seq)
        });
        let stage = if is_first { Stage::Waiting { not_before: now } } else { Stage::Behind };
        self.note(seq, &pending.letter, &stage, true);
        self.items.insert(seq, Item { pending, stage, attempts: 0, said: None });
    }

    fn gone(&mut self, now: Moment, id: ErrandId) {
        let Some(seq) = self.by_id.remove(&id) else { return };
        let Some(item) = self.items.remove(&seq) else { return };
        self.note(seq, &item.pending.letter, &item.stage, false);
        let Some(name) = item.pending.letter.follows() else { return };
        let Some(queue) = self.queues.get_mut(&name) else { return };
        queue.remove(&seq);
        match queue.first().copied() {
            None => drop(self.queues.remove(&name)),
            Some(next) if self.items.get(&next).is_some_and(|i| i.stage == Stage::Behind) => {
                self.set(next, Stage::Waiting { not_before: now });
            }
            Some(_) => {}
        }
    }

    /// Keeps the order by time in step with a stage that begins or ends.
    fn note(&mut self, seq: u64, letter: &Letter, stage: &Stage, begins: bool) {
        let set = |times: &mut BTreeSet<(Moment, u64)>, at: Moment| {
            if begins { times.insert((at, seq)) } else { times.remove(&(at, seq)) }
        };
        let count = |count: &mut usize| *count = if begins { *count + 1 } else { *count - 1 };
        match stage {
            Stage::Behind => {}
            Stage::Waiting { not_before } => {
                set(&mut self.lane(letter).waiting, *not_before);
            }
            Stage::UnderWay => {
                count(&mut self.lane(letter).under_way);
                count(&mut self.under_way);
            }
            Stage::Ending { not_before, .. } => {
                set(&mut self.ending, *not_before);
            }
            Stage::Recording { .. } => count(&mut self.recording),
        }
        let is_empty = |lane: &Lane| lane.under_way == 0 && lane.waiting.is_empty();
        let name = letter.lane();
        if self.lanes.get(&*name).is_some_and(is_empty) {
            self.lanes.remove(&*name);
        }
    }

    fn lane(&mut self, letter: &Letter) -> &mut Lane {
        let lane = self.lanes.entry(letter.lane().into_owned()).or_default();
        lane.at_once = letter.at_once();
        lane
    }

    /// Moves a letter to another stage.
    fn set(&mut self, seq: u64, stage: Stage) {
        let Some(mut item) = self.items.remove(&seq) else { return };
        self.note(seq, &item.pending.letter, &item.stage, false);
        item.stage = stage;
        self.note(seq, &item.pending.letter, &item.stage, true);
        self.items.insert(seq, item);
    }

    fn carried(&mut self, now: Moment, id: ErrandId, carried: Carried) {
        let Some(seq) = self.by_id.get(&id).copied() else { return };
        let Some(item) = self.items.get_mut(&seq) else { return };
        if item.stage != Stage::UnderWay {
            // A second answer to the same attempt, or a late one: the first counts.
            return;
        }
        let ending = |end| Stage::Ending { end, not_before: now };
        let stage = match carried {
            Carried::Done(reactions) => ending(End::Settle(reactions)),
            Carried::Never(why) => ending(End::Bury(why)),
            Carried::Later(why) => {
                item.attempts += 1;
                item.said = Some(why.clone());
                if item.attempts >= limits::ATTEMPTS_MAX {
                    let why = format!("given up after {} attempts: {why}", item.attempts);
                    ending(End::Bury(Why::Failed(why)))
                } else {
                    Stage::Waiting { not_before: now.plus_us(limits::pause_us(item.attempts)) }
                }
            }
        };
        self.set(seq, stage);
    }

    fn closed(&mut self, now: Moment, id: ErrandId, answer: Result<(), SubmitError>) {
        let Err(error) = answer else {
            self.gone(now, id);
            return;
        };
        let Some(seq) = self.by_id.get(&id).copied() else { return };
        let Some(item) = self.items.get_mut(&seq) else { return };
        let Stage::Recording { end } = &item.stage else { return };
        let end = end.clone();
        item.said = Some(error.to_string());
        self.set(seq, Stage::Ending { end, not_before: now.plus_us(limits::PAUSE_FIRST_US) });
    }

    fn refilled(&mut self, now: Moment, letters: Vec<Pending>, complete: bool) {
        let Some(meanwhile) = self.refilling.take() else { return };
        self.is_loaded = true;
        self.horizon = if complete { None } else { letters.last().map(|pending| pending.seq) };
        for pending in letters {
            self.add(now, pending);
        }
        for change in meanwhile {
            self.change(now, change);
        }
    }

    fn pump(&mut self, now: Moment, out: &mut Vec<OutboxOutput>) {
        let mut due: Vec<u64> = Vec::new();
        for lane in self.lanes.values() {
            let here = lane.at_once.saturating_sub(lane.under_way);
            let room = self.at_once.saturating_sub(self.under_way + due.len()).min(here);
            due.extend(
                lane.waiting
                    .iter()
                    .take_while(|(at, _)| *at <= now)
                    .take(room)
                    .map(|(_, seq)| *seq),
            );
        }
        for seq in due {
            self.set(seq, Stage::UnderWay);
            out.extend(self.items.get(&seq).map(|item| OutboxOutput::Carry(item.pending.clone())));
        }
        let ended: Vec<u64> =
            self.ending.iter().take_while(|(at, _)| *at <= now).map(|(_, seq)| *seq).collect();
        for seq in ended {
            let Some(item) = self.items.get(&seq) else { continue };
            let Stage::Ending { end, .. } = &item.stage else { continue };
            let end = end.clone();
            out.push(match end.clone() {
                End::Settle(reactions) => OutboxOutput::Settle(item.pending.clone(), reactions),
                End::Bury(why) => OutboxOutput::Bury(item.pending.clone(), why),
            });
            self.set(seq, Stage::Recording { end });
        }
        let wants =
            !self.is_loaded || (self.horizon.is_some() && self.items.len() < self.window / 2);
        if wants && self.refilling.is_none() && self.refill_again.is_none_or(|at| at <= now) {
            self.refill_again = None;
            self.refilling = Some(Vec::new());
            out.push(OutboxOutput::Refill(self.horizon.unwrap_or(0)));
        }
    }
}

impl Machine for Outbox {
    type Input = OutboxInput;
    type Output = OutboxOutput;

    fn step(&mut self, now: Moment, input: OutboxInput) -> Vec<OutboxOutput> {
        match input {
            OutboxInput::Changed(changes) => {
                if let Some(meanwhile) = &mut self.refilling {
                    meanwhile.extend(changes.iter().cloned());
                }
                changes.into_iter().for_each(|change| self.change(now, change));
            }
            OutboxInput::Refilled { letters, complete } => self.refilled(now, letters, complete),
            OutboxInput::RefillFailed => {
                self.refilling = None;
                self.refill_again = Some(now.plus_us(limits::STORE_PAUSE_US));
            }
            OutboxInput::Carried(id, carried) => self.carried(now, id, carried),
            OutboxInput::Closed(id, answer) => self.closed(now, id, answer),
            OutboxInput::Tick => {}
        }
        let mut out = Vec::new();
        self.pump(now, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::from_us(1_000_000);

    fn pending(n: u8, kind: &str) -> Pending {
        let reaction = Reaction::Errand { kind: kind.to_owned(), body: serde_json::json!({}) };
        let letter = Letter {
            from: "policy".to_owned(),
            cause: None,
            reaction: Some(reaction),
            timer: None,
        };
        Pending { id: ErrandId::from_bytes([n; 16]), seq: u64::from(n), letter: Arc::new(letter) }
    }

    fn loaded(letters: Vec<Pending>) -> (Outbox, Vec<OutboxOutput>) {
        let mut outbox = Outbox::new(500, 1_000);
        assert_eq!(outbox.step(START, OutboxInput::Tick), [OutboxOutput::Refill(0)]);
        let out = outbox.step(START, OutboxInput::Refilled { letters, complete: true });
        (outbox, out)
    }

    #[test]
    fn a_letter_is_carried_settled_and_gone() {
        let (mut outbox, out) = loaded(vec![pending(1, "sign")]);
        assert_eq!(out, [OutboxOutput::Carry(pending(1, "sign"))]);
        let id = pending(1, "sign").id;
        let out = outbox.step(START, OutboxInput::Carried(id, Carried::Done(vec![])));
        assert_eq!(out, [OutboxOutput::Settle(pending(1, "sign"), vec![])]);
        // The same answer twice settles once.
        assert_eq!(outbox.step(START, OutboxInput::Carried(id, Carried::Done(vec![]))), []);
        outbox.step(START, OutboxInput::Closed(id, Ok(())));
        assert!(outbox.at_rest() && outbox.is_empty());
    }

    #[test]
    fn a_letter_is_tried_again_with_pauses_and_given_up() {
        let (mut outbox, _) = loaded(vec![pending(1, "sign")]);
        let id = pending(1, "sign").id;
        let mut now = START;
        for attempt in 1..limits::ATTEMPTS_MAX {
            let later = OutboxInput::Carried(id, Carried::Later("down".to_owned()));
            assert_eq!(outbox.step(now, later), [], "attempt {attempt}");
            let next = outbox.wakes_after(now).unwrap();
            assert_eq!(next, now.plus_us(limits::pause_us(attempt)));
            now = next;
            assert_eq!(outbox.step(now, OutboxInput::Tick).len(), 1);
        }
        let out = outbox.step(now, OutboxInput::Carried(id, Carried::Later("down".to_owned())));
        assert!(matches!(out.as_slice(), [OutboxOutput::Bury(_, Why::Failed(_))]), "{out:?}");
    }

    #[test]
    fn a_slow_kind_leaves_room_for_others() {
        let most = u8::try_from(limits::LETTERS_OF_A_KIND_AT_ONCE).unwrap();
        let mut letters: Vec<_> = (1..=most + 3).map(|n| pending(n, "slow")).collect();
        letters.push(pending(most + 4, "quick"));
        let (_, out) = loaded(letters);
        let lanes: Vec<_> = out
            .iter()
            .filter_map(|o| {
                if let OutboxOutput::Carry(p) = o {
                    Some(p.letter.lane().into_owned())
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(lanes.iter().filter(|lane| *lane == "slow").count(), usize::from(most));
        assert_eq!(lanes.iter().filter(|lane| *lane == "quick").count(), 1);
    }

    fn message(n: u8, partner: &str, case: &str) -> Pending {
        let reaction = Reaction::Message {
            to: kernel::Address::Partner(partner.to_owned()),
            body: serde_json::json!({ "case": case }),
        };
        let letter = Letter { reaction: Some(reaction), ..(*pending(n, "").letter).clone() };
        Pending { letter: Arc::new(letter), ..pending(n, "") }
    }

    fn carried(out: &[OutboxOutput]) -> Vec<u64> {
        let seq = |output: &OutboxOutput| match output {
            OutboxOutput::Carry(pending) => Some(pending.seq),
            _ => None,
        };
        out.iter().filter_map(seq).collect()
    }

    #[test]
    fn silent_partners_leave_room_for_the_others_and_for_other_work() {
        let most = u8::try_from(limits::LETTERS_TO_A_PARTNER_AT_ONCE).unwrap();
        let mut letters = Vec::new();
        for silent in 0..10_u8 {
            for n in 1..=most + 3 {
                letters.push(message(silent * 20 + n, &format!("silent-{silent}"), &n.to_string()));
            }
        }
        letters.push(message(250, "tax", "c1"));
        letters.push(pending(251, "sign"));
        let (_, out) = loaded(letters);
        let carried = carried(&out);
        assert_eq!(carried.len(), 10 * usize::from(most) + 2);
        assert!(carried.contains(&250) && carried.contains(&251), "{carried:?}");
    }

    #[test]
    fn messages_about_a_case_reach_a_partner_in_order_although_the_first_has_to_wait() {
        let letters = vec![
            message(1, "bank", "c1"),
            message(2, "bank", "c1"),
            message(3, "bank", "c2"),
            message(4, "tax", "c1"),
        ];
        let (mut outbox, out) = loaded(letters);
        assert_eq!(carried(&out), [1, 3, 4], "another case and another partner do not wait");
        let id = |n: u8| ErrandId::from_bytes([n; 16]);
        let down = OutboxInput::Carried(id(1), Carried::Later("down".to_owned()));
        assert_eq!(outbox.step(START, down), [], "the second stays behind the first");
        let again = outbox.wakes_after(START).unwrap();
        assert_eq!(carried(&outbox.step(again, OutboxInput::Tick)), [1]);
        outbox.step(again, OutboxInput::Carried(id(1), Carried::Done(vec![])));
        assert_eq!(carried(&outbox.step(again, OutboxInput::Closed(id(1), Ok(())))), [2]);
        outbox.step(again, OutboxInput::Carried(id(2), Carried::Done(vec![])));
        outbox.step(again, OutboxInput::Closed(id(2), Ok(())));
        assert_eq!(outbox.figures().len(), 2, "nothing is left behind");
    }

    #[test]
    fn the_end_is_recorded_again_when_the_shard_was_down() {
        let (mut outbox, _) = loaded(vec![pending(1, "sign")]);
        let id = pending(1, "sign").id;
        outbox.step(START, OutboxInput::Carried(id, Carried::Done(vec![])));
        let down = Err(Rejection::Down("no disk".to_owned()).into());
        assert_eq!(outbox.step(START, OutboxInput::Closed(id, down)), []);
        let next = outbox.wakes_after(START).unwrap();
        let out = outbox.step(next, OutboxInput::Tick);
        assert_eq!(
            out,
            [OutboxOutput::Settle(pending(1, "sign"), vec![])],
            "it is not carried again"
        );
    }
}
