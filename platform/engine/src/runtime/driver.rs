//! The task of one shard: does the I/O that the machine asks for and tells it what came of it.

use super::{Inner, Pace, Parts, carry, io};
use crate::courier::Order;
use crate::limits;
use crate::machine::{Follow, Input, Machine, StopReason, StreamId, Submission, Ticket};
use crate::outbox::LetterFigures;
use crate::shard::{Core, CoreInput, CoreOutput};
use crate::writer::WriterFigures;
use kernel::{CommandId, Moment, Shard};
use module::{Receipt, Rejection, SubmitError};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How a shard is doing, for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardHealth {
    /// The shard.
    pub shard: Shard,
    /// The position of the last durable event.
    pub head: u64,
    /// The writer's figures.
    pub writer: WriterFigures,
    /// The longest append since the start, in µs.
    pub append_us_max: u64,
    /// All appends since the start, in µs.
    pub append_us_sum: u64,
    /// Letters in memory.
    pub letters: Vec<LetterFigures>,
    /// When the next thing is due.
    pub next_due: Option<Moment>,
}

type Answer = oneshot::Sender<Result<Receipt, SubmitError>>;

/// What a shard's task is told.
pub(super) enum Message {
    Order(Box<Order>, Answer),
    Core(Box<CoreInput>),
    /// An append came back, after so many µs.
    Appended(Box<CoreInput>, u64),
    Rest(oneshot::Sender<()>),
    NextDue(oneshot::Sender<Option<Moment>>),
    Health(oneshot::Sender<ShardHealth>),
    Stop(oneshot::Sender<()>),
}

/// What a writer wants to know of the journal.
pub(crate) enum Wanted {
    Stream(StreamId),
    Answer(CommandId),
}

/// The way to a shard's task.
#[derive(Clone)]
pub(super) struct Handle {
    to: mpsc::UnboundedSender<Message>,
}

impl Handle {
    pub(super) fn is_open(&self) -> bool {
        !self.to.is_closed()
    }

    pub(super) fn send(&self, message: Message) {
        // A task that is gone has answered everybody; whoever asked now sees its channel closed.
        let _gone = self.to.send(message);
    }

    pub(super) async fn ask<T>(
        &self,
        message: impl FnOnce(oneshot::Sender<T>) -> Message,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.send(message(answer));
        answered.await.ok()
    }

    pub(super) async fn submit(&self, order: Order) -> Result<Receipt, SubmitError> {
        let answer = self.ask(|answer| Message::Order(Box::new(order), answer)).await;
        answer.unwrap_or_else(|| Err(Rejection::Down("the shard has stopped".to_owned()).into()))
    }
}

/// The task of one shard.
pub(super) struct Driver {
    engine: Weak<Inner>,
    parts: Arc<Parts>,
    shard: Shard,
    core: Core,
    from: mpsc::UnboundedReceiver<Message>,
    /// To itself, for what it has set going.
    to: mpsc::WeakUnboundedSender<Message>,
    /// Reads and writes of the stores.
    tasks: JoinSet<()>,
    /// Letters being carried.
    letters: JoinSet<()>,
    /// What the writer wants to know before it decides further: asked for together.
    wanted: Vec<Wanted>,
    callers: BTreeMap<u64, Answer>,
    next_caller: u64,
    resting: Vec<oneshot::Sender<()>>,
    stopping: Vec<oneshot::Sender<()>>,
    stopped: Option<StopReason>,
    /// The instant at which the shard was last told that time has passed.
    ticked: Moment,
    /// The longest append and the sum of all.
    append_us: (u64, u64),
}

impl Driver {
    /// Starts the task and gives the way to it.
    pub(super) fn start(
        engine: Weak<Inner>,
        parts: Arc<Parts>,
        shard: Shard,
        core: Core,
    ) -> Handle {
        let (to, from) = mpsc::unbounded_channel();
        let ticked = parts.stores.clock.now();
        let driver = Self {
            engine,
            parts,
            shard,
            core,
            from,
            to: to.downgrade(),
            tasks: JoinSet::new(),
            letters: JoinSet::new(),
            wanted: Vec::new(),
            callers: BTreeMap::new(),
            next_caller: 0,
            resting: Vec::new(),
            stopping: Vec::new(),
            stopped: None,
            ticked,
            append_us: (0, 0),
        };
        tokio::spawn(driver.run());
        Handle { to }
    }

    async fn run(mut self) {
        self.step(CoreInput::Tick);
        loop {
            while self.tasks.try_join_next().is_some() || self.letters.try_join_next().is_some() {}
            if self.pause() == Some(Duration::ZERO) {
                // Under load the channel is never empty: what is due does not wait for that.
                self.step(CoreInput::Tick);
                self.find_out();
            }
            let pause = self.pause();
            tokio::select! {
                biased;
                message = self.from.recv() => match message {
                    Some(message) => self.take(message),
                    None => break,
                },
                () = sleep(pause) => self.step(CoreInput::Tick),
            }
            for _ in 0..limits::INTAKE {
                match self.from.try_recv() {
                    Ok(message) => self.take(message),
                    Err(_) => break,
                }
            }
            self.find_out();
            if self.core.at_rest() {
                for rest in self.resting.drain(..) {
                    let _gone = rest.send(());
                }
            }
            if self.stopped.is_some() || (!self.stopping.is_empty() && self.core.has_answered()) {
                break;
            }
        }
        self.end().await;
    }

    /// Ends: whoever still asks is told that the shard has stopped; the shard may be opened again.
    async fn end(mut self) {
        self.from.close();
        if let Some(reason) = &self.stopped {
            tracing::error!(shard = %self.shard, %reason, "a shard has stopped");
        }
        // Errands that are under way are done again by whoever opens the shard next: at least once. Writes are waited
        // for, so that whoever opens it next finds what they left.
        self.letters.shutdown().await;
        while self.tasks.join_next().await.is_some() {}
        self.parts.stores.ownership.release(&self.shard).await;
        for stop in self.stopping.drain(..) {
            let _gone = stop.send(());
        }
    }

    /// How long to sleep; for ever if nothing is due or if the clock is wound by hand.
    fn pause(&self) -> Option<Duration> {
        if self.parts.config.pace == Pace::ByHand {
            return None;
        }
        let due = self.core.wakes_after(self.ticked)?;
        let us = due.us().saturating_sub(self.parts.stores.clock.now().us());
        // The clock may be set; looking again each minute costs nothing.
        Some(Duration::from_micros(u64::try_from(us).unwrap_or(0)).min(Duration::from_secs(60)))
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Order(order, answer) => self.order(*order, answer),
            Message::Core(input) => self.step(*input),
            Message::Appended(input, us) => {
                self.append_us.0 = self.append_us.0.max(us);
                self.append_us.1 += us;
                self.step(*input);
            }
            Message::Rest(rest) => {
                self.resting.push(rest);
                self.step(CoreInput::Tick);
            }
            Message::NextDue(answer) => drop(answer.send(self.core.wakes_after(self.ticked))),
            Message::Health(answer) => drop(answer.send(self.health())),
            Message::Stop(stop) => self.stopping.push(stop),
        }
    }

    fn health(&self) -> ShardHealth {
        ShardHealth {
            shard: self.shard.clone(),
            head: self.core.head(),
            writer: self.core.figures(),
            append_us_max: self.append_us.0,
            append_us_sum: self.append_us.1,
            letters: self.core.letters(),
            next_due: self.core.wakes_after(self.ticked),
        }
    }

    fn order(&mut self, order: Order, answer: Answer) {
        if !self.stopping.is_empty() {
            drop(answer.send(Err(Rejection::Down("the server is stopping".to_owned()).into())));
            return;
        }
        self.next_caller += 1;
        self.callers.insert(self.next_caller, answer);
        let submission = Submission {
            ticket: Ticket::Caller(self.next_caller),
            id: order.id,
            actor: order.actor,
            cause: order.cause,
            commands: order.commands,
            follow: Follow::default(),
        };
        self.step(CoreInput::Writer(Input::Submit(Box::new(submission))));
    }

    fn step(&mut self, input: CoreInput) {
        let now = self.parts.stores.clock.now();
        if matches!(input, CoreInput::Tick) {
            self.ticked = now;
        }
        let step = AssertUnwindSafe(|| self.core.step(now, input));
        match catch_unwind(step) {
            Ok(outputs) => outputs.into_iter().for_each(|output| self.act(output)),
            // State may be half changed: the shard is opened anew from the journal.
            Err(_panic) => {
                self.stopped = Some(StopReason::Corrupt("a decision panicked".to_owned()));
            }
        }
    }

    fn act(&mut self, output: CoreOutput) {
        let (parts, shard) = (Arc::clone(&self.parts), self.shard.clone());
        match output {
            CoreOutput::Reply(caller, answer) => {
                if let Some(caller) = self.callers.remove(&caller) {
                    drop(caller.send(answer));
                }
            }
            CoreOutput::Stop(reason) => self.stopped = Some(reason),
            CoreOutput::Load(stream) => self.wanted.push(Wanted::Stream(stream)),
            CoreOutput::LookupAnswer(id) => self.wanted.push(Wanted::Answer(id)),
            CoreOutput::ReadHead => self.set_going(async move { io::head(&parts, &shard).await }),
            CoreOutput::WriteRows(rows) => {
                self.set_going(async move { io::write_rows(&parts, &shard, &rows).await });
            }
            CoreOutput::ReadTimers(after) => {
                self.set_going(async move { io::timers(&parts, &shard, after).await });
            }
            CoreOutput::ReadLetters(after) => {
                self.set_going(async move { io::letters(&parts, &shard, after).await });
            }
            CoreOutput::Carry(pending) => {
                let engine = self.engine.clone();
                let Some(to) = self.to.upgrade() else { return };
                self.letters.spawn(async move {
                    let carried = carry::carry(engine, parts, pending).await;
                    drop(to.send(Message::Core(Box::new(carried))));
                });
            }
            CoreOutput::Append(batch) => {
                let Some(to) = self.to.upgrade() else { return };
                self.tasks.spawn(async move {
                    let begun = Instant::now();
                    let done = parts.stores.journal.append(&shard, batch).await;
                    let us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                    let done = Box::new(CoreInput::Writer(Input::Appended(done)));
                    drop(to.send(Message::Appended(done, us)));
                });
            }
        }
    }

    /// Asks the journal for everything that is wanted, and tells the writer all of it at once.
    fn find_out(&mut self) {
        if self.wanted.is_empty() {
            return;
        }
        let (parts, shard) = (Arc::clone(&self.parts), self.shard.clone());
        let wanted = std::mem::take(&mut self.wanted);
        self.set_going(async move { io::find_out(&parts, &shard, wanted).await });
    }

    fn set_going(&mut self, work: impl Future<Output = CoreInput> + Send + 'static) {
        let Some(to) = self.to.upgrade() else { return };
        self.tasks.spawn(async move {
            let input = work.await;
            drop(to.send(Message::Core(Box::new(input))));
        });
    }
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}
