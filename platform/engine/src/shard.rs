//! One shard without I/O: writer, timers and outbox wired together.

use crate::book::Pending;
use crate::kinds::Kinds;
use crate::letter::{LetterCommand, Why, closing_id};
use crate::limits;
use crate::machine::{
    Durable, Follow, Input, Machine, Output, StopReason, StreamId, Submission, Ticket, TimerKey,
};
use crate::outbox::{Carried, LetterFigures, Outbox, OutboxChange, OutboxInput, OutboxOutput};
use crate::routes::Routes;
use crate::timers::{Timers, TimersInput, TimersOutput};
use crate::writer::{Writer, WriterFigures};
use journal::{Batch, Head};
use kernel::{Actor, Addressed, Atomic, Body, CommandId, ErrandId, Moment, Policy, Shard};
use module::{Receipt, SubmitError};
use std::sync::Arc;

/// What a shard is told.
#[derive(Debug)]
pub enum CoreInput {
    /// For the writer.
    Writer(Input),
    /// Timers were read from their table, or the table failed.
    TimersRead(Result<(Vec<(TimerKey, Body)>, bool), String>),
    /// Letters were read from their table, or the table failed.
    LettersRead(Result<(Vec<Pending>, bool), String>),
    /// What came of an attempt to carry a letter.
    Carried(ErrandId, Carried),
    /// Time has passed.
    Tick,
}

/// What a shard asks for.
#[derive(Debug)]
pub enum CoreOutput {
    /// Read the events of a stream.
    Load(StreamId),
    /// Ask the journal whether it knows a command.
    LookupAnswer(CommandId),
    /// Append a batch.
    Append(Batch),
    /// Read the head of the shard.
    ReadHead,
    /// Project and write rows.
    WriteRows(Arc<Durable>),
    /// Answer a caller.
    Reply(u64, Result<Receipt, SubmitError>),
    /// Read timers from their table after this one.
    ReadTimers(Option<TimerKey>),
    /// Read letters from their table after this position.
    ReadLetters(u64),
    /// Carry a letter.
    Carry(Pending),
    /// The shard has stopped for good.
    Stop(StopReason),
}

/// How many things a shard keeps in memory and does at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Aggregates kept in memory.
    pub cached: usize,
    /// Timers kept in memory.
    pub timers: usize,
    /// Letters kept in memory.
    pub letters: usize,
    /// Letters carried at once.
    pub at_once: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            cached: limits::CACHED_AGGREGATES,
            timers: limits::TIMERS_WINDOW,
            letters: limits::OUTBOX_WINDOW,
            at_once: limits::LETTERS_AT_ONCE,
        }
    }
}

/// One shard: the machine that the runtime and the simulator drive.
#[derive(Debug)]
pub struct Core {
    shard: Shard,
    writer: Writer,
    timers: Timers,
    outbox: Outbox,
}

impl Core {
    pub(crate) fn new(
        shard: Shard,
        kinds: Arc<Kinds>,
        policies: Arc<Routes<dyn Policy>>,
        head: Head,
        sizes: Sizes,
    ) -> Self {
        Self {
            writer: Writer::new(shard.clone(), kinds, policies, head, sizes.cached),
            timers: Timers::new(shard.clone(), sizes.timers),
            outbox: Outbox::new(sizes.at_once, sizes.letters),
            shard,
        }
    }

    /// When time must be told again, after an instant at which it was told.
    #[must_use]
    pub fn wakes_after(&self, now: Moment) -> Option<Moment> {
        let own = self.timers.wakes_after(now).into_iter().chain(self.outbox.wakes_after(now));
        own.chain(self.writer.wakes_at()).min()
    }

    /// Whether nothing waits, nothing is under way and nothing is due.
    #[must_use]
    pub fn at_rest(&self) -> bool {
        self.writer.at_rest()
            && self.writer.wakes_at().is_none()
            && self.timers.at_rest()
            && self.outbox.at_rest()
    }

    /// Whether the writer has answered everybody: what a graceful stop waits for.
    #[must_use]
    pub fn has_answered(&self) -> bool {
        self.writer.at_rest()
    }

    /// The figures of the writer.
    #[must_use]
    pub fn figures(&self) -> WriterFigures {
        self.writer.figures()
    }

    /// The position of the last durable event.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.writer.head().seq
    }

    /// How the letters in memory stand.
    #[must_use]
    pub fn letters(&self) -> Vec<LetterFigures> {
        self.outbox.figures()
    }

    fn writer(&mut self, now: Moment, input: Input, out: &mut Vec<CoreOutput>) {
        for output in self.writer.step(now, input) {
            match output {
                Output::Load(stream) => out.push(CoreOutput::Load(stream)),
                Output::LookupAnswer(id) => out.push(CoreOutput::LookupAnswer(id)),
                Output::Append(batch) => out.push(CoreOutput::Append(batch)),
                Output::ReadHead => out.push(CoreOutput::ReadHead),
                Output::WriteRows(durable) => out.push(CoreOutput::WriteRows(durable)),
                Output::Committed(durable) => self.committed(now, &durable, out),
                Output::Reply { ticket, answer } => self.reply(now, ticket, answer, out),
                Output::Stop(reason) => out.push(CoreOutput::Stop(reason)),
            }
        }
    }

    fn committed(&mut self, now: Moment, durable: &Durable, out: &mut Vec<CoreOutput>) {
        if !durable.timers.is_empty() {
            self.timers(now, TimersInput::Changed(durable.timers.clone()), out);
        }
        let mut letters = Vec::new();
        for event in durable.events.iter().flat_map(|events| events.iter()) {
            match OutboxChange::of(event) {
                Ok(change) => letters.extend(change),
                Err(why) => tracing::error!(event = %event.id(), why, "a letter cannot be read"),
            }
        }
        if !letters.is_empty() {
            self.outbox(now, OutboxInput::Changed(letters), out);
        }
    }

    fn reply(
        &mut self,
        now: Moment,
        ticket: Ticket,
        answer: Result<Receipt, SubmitError>,
        out: &mut Vec<CoreOutput>,
    ) {
        match ticket {
            Ticket::Caller(number) => out.push(CoreOutput::Reply(number, answer)),
            Ticket::Fired(timer) => self.timers(now, TimersInput::Fired(timer, answer), out),
            Ticket::TimerBuried(timer) => self.timers(now, TimersInput::Buried(timer, answer), out),
            Ticket::Letter(id) => self.outbox(now, OutboxInput::Closed(id, answer.map(drop)), out),
        }
    }

    fn timers(&mut self, now: Moment, input: TimersInput, out: &mut Vec<CoreOutput>) {
        for output in self.timers.step(now, input) {
            match output {
                TimersOutput::Fire(timer, commands) => {
                    let submission = Submission {
                        id: timer.command(&self.shard),
                        ticket: Ticket::Fired(timer),
                        actor: Actor::system("timer"),
                        cause: None,
                        commands,
                        follow: Follow::default(),
                    };
                    self.writer(now, Input::Submit(Box::new(submission)), out);
                }
                TimersOutput::Bury(timer, command) => {
                    let letter = ErrandId::from_bytes(*timer.command(&self.shard).bytes());
                    let id = closing_id(letter, 0, "bury");
                    self.close(
                        now,
                        letter,
                        id,
                        Ticket::TimerBuried(timer),
                        &command,
                        Follow::default(),
                        out,
                    );
                }
                TimersOutput::Refill(after) => out.push(CoreOutput::ReadTimers(after)),
            }
        }
    }

    fn outbox(&mut self, now: Moment, input: OutboxInput, out: &mut Vec<CoreOutput>) {
        for output in self.outbox.step(now, input) {
            match output {
                OutboxOutput::Carry(pending) => out.push(CoreOutput::Carry(pending)),
                OutboxOutput::Settle(pending, reactions) => {
                    let id = closing_id(pending.id, pending.seq, "settle");
                    let ticket = Ticket::Letter(pending.id);
                    let follow = Follow { from: pending.letter.lane().as_ref().into(), reactions };
                    self.close(now, pending.id, id, ticket, &LetterCommand::Settle, follow, out);
                }
                OutboxOutput::Bury(pending, why) => self.bury(now, &pending, why, out),
                OutboxOutput::Refill(after) => out.push(CoreOutput::ReadLetters(after)),
            }
        }
    }

    fn bury(&mut self, now: Moment, pending: &Pending, why: Why, out: &mut Vec<CoreOutput>) {
        let id = closing_id(pending.id, pending.seq, "bury");
        let command = LetterCommand::Bury { letter: None, why };
        self.close(
            now,
            pending.id,
            id,
            Ticket::Letter(pending.id),
            &command,
            Follow::default(),
            out,
        );
    }

    /// Submits the end of a letter to the writer.
    #[expect(
        clippy::too_many_arguments,
        reason = "one private call with all that a submission is made of"
    )]
    fn close(
        &mut self,
        now: Moment,
        letter: ErrandId,
        id: CommandId,
        ticket: Ticket,
        command: &LetterCommand,
        follow: Follow,
        out: &mut Vec<CoreOutput>,
    ) {
        let body = match Body::of(command) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%letter, %error, "the end of a letter cannot be written");
                return;
            }
        };
        let command =
            Addressed { kind: "outbox".into(), key: letter.to_string(), expected: None, body };
        let commands = Atomic { shard: self.shard.clone(), commands: vec![command] };
        let submission = Submission {
            ticket,
            id,
            actor: Actor::system("outbox"),
            cause: None,
            commands,
            follow,
        };
        self.writer(now, Input::Submit(Box::new(submission)), out);
    }
}

impl Machine for Core {
    type Input = CoreInput;
    type Output = CoreOutput;

    fn step(&mut self, now: Moment, input: CoreInput) -> Vec<CoreOutput> {
        let mut out = Vec::new();
        match input {
            CoreInput::Writer(input) => self.writer(now, input, &mut out),
            CoreInput::TimersRead(Ok((timers, complete))) => {
                self.timers(now, TimersInput::Refilled { timers, complete }, &mut out);
            }
            CoreInput::TimersRead(Err(_)) => self.timers(now, TimersInput::RefillFailed, &mut out),
            CoreInput::LettersRead(Ok((letters, complete))) => {
                self.outbox(now, OutboxInput::Refilled { letters, complete }, &mut out);
            }
            CoreInput::LettersRead(Err(_)) => self.outbox(now, OutboxInput::RefillFailed, &mut out),
            CoreInput::Carried(id, carried) => {
                self.outbox(now, OutboxInput::Carried(id, carried), &mut out);
            }
            CoreInput::Tick => {
                self.writer(now, Input::Tick, &mut out);
                self.timers(now, TimersInput::Tick, &mut out);
                self.outbox(now, OutboxInput::Tick, &mut out);
            }
        }
        out
    }
}
