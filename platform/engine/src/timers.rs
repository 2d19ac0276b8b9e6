//! The timers of one shard (定时器): fired once each, at their instant or as soon as the server is up again.
//!
//! Those that are due next are kept in memory; the table holds all of them. A fired timer leaves when its aggregate no
//! longer asks for it; one that was refused, or that its aggregate still asks for after its command, is buried: it
//! becomes a dead letter and is not fired again.

use crate::letter::{Letter, LetterCommand, Why};
use crate::limits;
use crate::machine::{Machine, TimerChange, TimerKey};
use kernel::{Atomic, Body, Moment, Reaction, Shard};
use module::{Receipt, Rejection, SubmitError};
use std::collections::BTreeMap;

/// What the timers are told.
#[derive(Debug)]
pub enum TimersInput {
    /// Timers that began or ceased, durable and in their table.
    Changed(Vec<TimerChange>),
    /// What was read from the table.
    Refilled {
        /// Timers in their order, after the one that was asked for.
        timers: Vec<(TimerKey, Body)>,
        /// Whether there are no more behind them.
        complete: bool,
    },
    /// The table could not be read.
    RefillFailed,
    /// The answer to a timer's command.
    Fired(TimerKey, Result<Receipt, SubmitError>),
    /// The answer to a burial.
    Buried(TimerKey, Result<Receipt, SubmitError>),
    /// Time has passed.
    Tick,
}

/// What the timers ask for.
#[derive(Debug, PartialEq, Eq)]
pub enum TimersOutput {
    /// Send a timer's command.
    Fire(TimerKey, Atomic),
    /// Bury a timer.
    Bury(TimerKey, LetterCommand),
    /// Read timers from the table after this one.
    Refill(Option<TimerKey>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// Waits for its instant, or for the end of a pause.
    Waiting { attempts: u32, not_before: Moment },
    /// Its command is with the writer.
    Firing { attempts: u32 },
    /// Its command was answered; it is to be buried unless it has ceased.
    ToBury { why: Why, attempts: u32, not_before: Moment },
    /// Its burial is with the writer.
    Burying { why: Why, attempts: u32 },
}

#[derive(Clone, Debug)]
struct Timer {
    command: Body,
    stage: Stage,
}

/// The timers of one shard.
#[derive(Debug)]
pub struct Timers {
    shard: Shard,
    held: BTreeMap<TimerKey, Timer>,
    /// Up to where memory holds all there are; nothing if it holds every timer.
    horizon: Option<TimerKey>,
    /// Changes since the table was asked, and whether it is being asked.
    refilling: Option<Vec<TimerChange>>,
    /// Whether the table was ever read.
    is_loaded: bool,
    /// When the table is asked again after it failed.
    refill_again: Option<Moment>,
    under_way: usize,
    window: usize,
}

impl Timers {
    /// The timers of a shard, before their table is read.
    #[must_use]
    pub fn new(shard: Shard, window: usize) -> Self {
        Self {
            shard,
            held: BTreeMap::new(),
            horizon: None,
            refilling: None,
            is_loaded: false,
            refill_again: None,
            under_way: 0,
            window,
        }
    }

    /// When something is to be done here after an instant at which everything due has been asked for.
    #[must_use]
    pub fn wakes_after(&self, now: Moment) -> Option<Moment> {
        let mut earliest = self.refill_again.filter(|at| *at > now);
        for (key, timer) in &self.held {
            if earliest.is_some_and(|earliest| key.at >= earliest) {
                break;
            }
            let (Stage::Waiting { not_before, .. } | Stage::ToBury { not_before, .. }) =
                &timer.stage
            else {
                continue;
            };
            let at = key.at.max(*not_before);
            if at > now {
                earliest = Some(earliest.map_or(at, |earliest| earliest.min(at)));
            }
        }
        earliest
    }

    /// Whether nothing is under way; what is due has been asked for at the last step.
    #[must_use]
    pub fn at_rest(&self) -> bool {
        self.under_way == 0 && self.refilling.is_none() && self.is_loaded
    }

    fn change(&mut self, change: TimerChange) {
        let TimerChange { timer, command } = change;
        match command {
            Some(command) => {
                if self.horizon.as_ref().is_none_or(|horizon| timer <= *horizon) {
                    self.add(timer, command);
                }
            }
            None => self.cease(&timer),
        }
    }

    fn add(&mut self, timer: TimerKey, command: Body) {
        let stage = Stage::Waiting { attempts: 0, not_before: timer.at };
        self.held.entry(timer).or_insert(Timer { command, stage });
    }

    fn cease(&mut self, timer: &TimerKey) {
        if let Some(gone) = self.held.remove(timer)
            && matches!(gone.stage, Stage::Firing { .. } | Stage::Burying { .. })
        {
            self.under_way -= 1;
        }
    }

    fn answered(&mut self, now: Moment, key: &TimerKey, answer: Result<Receipt, SubmitError>) {
        let Some(timer) = self.held.get_mut(key) else { return };
        let Stage::Firing { attempts } = timer.stage else { return };
        self.under_way -= 1;
        timer.stage = match answer {
            // It has not ceased by its command, or it would not be here any more.
            Ok(_) => Stage::ToBury {
                why: Why::Failed("the deadline stands although its command was decided".to_owned()),
                attempts: 0,
                not_before: now,
            },
            Err(error) => match lasting(error) {
                Some(why) => Stage::ToBury { why, attempts: 0, not_before: now },
                None => Stage::Waiting {
                    attempts: attempts + 1,
                    not_before: now.plus_us(limits::pause_us(attempts + 1)),
                },
            },
        };
    }

    fn buried(&mut self, now: Moment, key: &TimerKey, answer: &Result<Receipt, SubmitError>) {
        if answer.is_ok() {
            // The burial's own change takes it out; this covers one that was buried before.
            self.cease(key);
            return;
        }
        let Some(timer) = self.held.get_mut(key) else { return };
        if let Stage::Burying { why, attempts } = &timer.stage {
            self.under_way -= 1;
            let attempts = attempts + 1;
            let not_before = now.plus_us(limits::pause_us(attempts));
            timer.stage = Stage::ToBury { why: why.clone(), attempts, not_before };
        }
    }

    fn refilled(&mut self, timers: Vec<(TimerKey, Body)>, complete: bool) {
        let Some(meanwhile) = self.refilling.take() else { return };
        self.is_loaded = true;
        self.horizon = if complete { None } else { timers.last().map(|(key, _)| key.clone()) };
        for (timer, command) in timers {
            self.add(timer, command);
        }
        for change in meanwhile {
            self.change(change);
        }
    }

    /// Asks for what can be done now.
    fn pump(&mut self, now: Moment, out: &mut Vec<TimersOutput>) {
        self.bound();
        let mut due = Vec::new();
        for (key, timer) in self.held.range(..) {
            if key.at > now || self.under_way + due.len() >= limits::TIMERS_AT_ONCE {
                break;
            }
            match &timer.stage {
                Stage::Waiting { not_before, .. } | Stage::ToBury { not_before, .. }
                    if *not_before <= now =>
                {
                    due.push(key.clone());
                }
                _ => {}
            }
        }
        self.under_way += due.len();
        for key in due {
            out.extend(self.send(key));
        }
        let room = self.held.len() < self.window / 2;
        let wants = !self.is_loaded || (self.horizon.is_some() && room);
        if wants && self.refilling.is_none() && self.refill_again.is_none_or(|at| at <= now) {
            self.refill_again = None;
            self.refilling = Some(Vec::new());
            out.push(TimersOutput::Refill(self.horizon.clone()));
        }
    }

    fn send(&mut self, key: TimerKey) -> Option<TimersOutput> {
        let timer = self.held.get_mut(&key)?;
        let commands = vec![kernel::Addressed {
            kind: key.stream.kind.to_string().into(),
            key: key.stream.key.to_string(),
            expected: None,
            body: timer.command.clone(),
        }];
        let commands = Atomic { shard: self.shard.clone(), commands };
        match timer.stage.clone() {
            Stage::Waiting { attempts, .. } => {
                timer.stage = Stage::Firing { attempts };
                Some(TimersOutput::Fire(key, commands))
            }
            Stage::ToBury { why, attempts, .. } => {
                timer.stage = Stage::Burying { why: why.clone(), attempts };
                let letter = Letter {
                    from: "timer".to_owned(),
                    cause: None,
                    reaction: Some(Reaction::Commands(commands)),
                    timer: Some((&key).into()),
                };
                Some(TimersOutput::Bury(
                    key,
                    LetterCommand::Bury { letter: Some(Box::new(letter)), why },
                ))
            }
            Stage::Firing { .. } | Stage::Burying { .. } => None,
        }
    }

    /// Lets the latest timers go when memory holds too many; the table has them.
    fn bound(&mut self) {
        while self.held.len() > self.window.saturating_mul(2) {
            let Some((last, timer)) = self.held.last_key_value() else { break };
            if !matches!(timer.stage, Stage::Waiting { attempts: 0, .. })
                || self.refilling.is_some()
            {
                break;
            }
            let last = last.clone();
            self.held.remove(&last);
            self.horizon = self.held.last_key_value().map(|(key, _)| key.clone());
        }
    }
}

/// Why a command will never be taken; nothing if it may be taken later.
fn lasting(error: SubmitError) -> Option<Why> {
    match error {
        SubmitError::Refused(refusal) => Some(Why::Refused(Box::new(refusal))),
        SubmitError::Rejected(Rejection::Busy | Rejection::Down(_)) => None,
        SubmitError::Rejected(rejection) => Some(Why::Failed(rejection.to_string())),
    }
}

impl Machine for Timers {
    type Input = TimersInput;
    type Output = TimersOutput;

    fn step(&mut self, now: Moment, input: TimersInput) -> Vec<TimersOutput> {
        match input {
            TimersInput::Changed(changes) => {
                if let Some(meanwhile) = &mut self.refilling {
                    meanwhile.extend(changes.iter().cloned());
                }
                changes.into_iter().for_each(|change| self.change(change));
            }
            TimersInput::Refilled { timers, complete } => self.refilled(timers, complete),
            TimersInput::RefillFailed => {
                self.refilling = None;
                self.refill_again = Some(now.plus_us(limits::STORE_PAUSE_US));
            }
            TimersInput::Fired(key, answer) => self.answered(now, &key, answer),
            TimersInput::Buried(key, answer) => self.buried(now, &key, &answer),
            TimersInput::Tick => {}
        }
        let mut out = Vec::new();
        self.pump(now, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::StreamId;

    const START: Moment = Moment::from_us(1_000_000);

    fn key(name: &str, after_s: i64) -> TimerKey {
        let stream = StreamId { kind: "toy".into(), key: "1".into() };
        TimerKey { at: START.plus_seconds(after_s), stream, name: name.into() }
    }

    fn begun(name: &str, after_s: i64) -> TimerChange {
        TimerChange { timer: key(name, after_s), command: Some(Body::from_text("\"Ring\"")) }
    }

    fn loaded(
        window: usize,
        table: Vec<(TimerKey, Body)>,
        complete: bool,
    ) -> (Timers, Vec<TimersOutput>) {
        let mut timers = Timers::new(Shard::new("440100"), window);
        let asked = timers.step(START, TimersInput::Tick);
        assert_eq!(asked, [TimersOutput::Refill(None)]);
        let out = timers.step(START, TimersInput::Refilled { timers: table, complete });
        (timers, out)
    }

    fn fired(out: &[TimersOutput]) -> Vec<TimerKey> {
        out.iter()
            .filter_map(
                |o| if let TimersOutput::Fire(key, _) = o { Some(key.clone()) } else { None },
            )
            .collect()
    }

    fn receipt() -> Receipt {
        let command = kernel::CommandId::from_bytes([0; 16]);
        let shard = Shard::new("440100");
        Receipt { command, shard, events: vec![], repeated: false, proof: None }
    }

    #[test]
    fn a_timer_fires_at_its_instant_and_not_before() {
        let (mut timers, _) = loaded(8, vec![], true);
        assert_eq!(timers.step(START, TimersInput::Changed(vec![begun("a", 10)])), []);
        assert_eq!(timers.wakes_after(START), Some(START.plus_seconds(10)));
        assert_eq!(timers.step(START.plus_seconds(9), TimersInput::Tick), []);
        let out = timers.step(START.plus_seconds(10), TimersInput::Tick);
        assert_eq!(fired(&out), [key("a", 10)]);
        assert_eq!(
            timers.step(START.plus_seconds(11), TimersInput::Tick),
            [],
            "it is with the writer"
        );
    }

    #[test]
    fn a_timer_that_fell_due_while_the_server_was_off_fires_at_the_start() {
        let (_, out) = loaded(8, vec![(key("a", -100), Body::from_text("\"Ring\""))], true);
        assert_eq!(fired(&out), [key("a", -100)]);
    }

    #[test]
    fn a_timer_whose_aggregate_still_asks_for_it_is_buried() {
        let (mut timers, _) = loaded(8, vec![(key("a", 0), Body::from_text("\"Ring\""))], true);
        let out = timers.step(START, TimersInput::Fired(key("a", 0), Ok(receipt())));
        assert!(
            matches!(out.as_slice(), [TimersOutput::Bury(k, _)] if *k == key("a", 0)),
            "{out:?}"
        );
        timers.step(
            START,
            TimersInput::Changed(vec![TimerChange { timer: key("a", 0), command: None }]),
        );
        timers.step(START, TimersInput::Buried(key("a", 0), Ok(receipt())));
        assert!(timers.at_rest() && timers.wakes_after(START).is_none());
    }

    #[test]
    fn a_timer_is_fired_again_while_the_shard_is_down() {
        let (mut timers, _) = loaded(8, vec![(key("a", 0), Body::from_text("\"Ring\""))], true);
        let down = Err(Rejection::Down("no disk".to_owned()).into());
        assert_eq!(timers.step(START, TimersInput::Fired(key("a", 0), down)), []);
        let later = timers.wakes_after(START).unwrap();
        assert!(later > START);
        assert_eq!(fired(&timers.step(later, TimersInput::Tick)), [key("a", 0)]);
    }

    #[test]
    fn timers_beyond_the_window_are_read_when_the_ones_before_have_gone() {
        let body = || Body::from_text("\"Ring\"");
        let (mut timers, out) =
            loaded(4, vec![(key("a", 0), body()), (key("b", 1), body())], false);
        assert_eq!(fired(&out), [key("a", 0)]);
        // Beyond the horizon: the table will give it.
        timers.step(START, TimersInput::Changed(vec![begun("c", 5)]));
        let ceased = TimerChange { timer: key("a", 0), command: None };
        let out = timers.step(START, TimersInput::Changed(vec![ceased]));
        assert_eq!(out, [TimersOutput::Refill(Some(key("b", 1)))]);
        // While the table is read, `d` begins and `c` ceases: what the table says of them is older.
        timers.step(START, TimersInput::Changed(vec![begun("d", 6)]));
        let ceased = TimerChange { timer: key("c", 5), command: None };
        timers.step(START, TimersInput::Changed(vec![ceased]));
        timers.step(
            START,
            TimersInput::Refilled { timers: vec![(key("c", 5), body())], complete: true },
        );
        let out = timers.step(START.plus_seconds(60), TimersInput::Tick);
        assert_eq!(fired(&out), [key("b", 1), key("d", 6)]);
    }
}
