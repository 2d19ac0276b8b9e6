//! Deciding: one group after another against state that may not be durable yet.

use super::Writer;
use super::parts::{Asked, Done, Group, Run};
use crate::kinds::Held;
use crate::letter::{Letter, LetterEvent, Why, answer_id};
use crate::limits;
use crate::machine::{Output, StreamId, Ticket};
use crate::replay::buried_timer;
use journal::Answer;
use kernel::{Actor, Body, CommandId, Context, EventId, Moment, Reaction, Recorded};
use module::{Executed, Rejection, SubmitError};
use std::sync::Arc;

/// How far a run came.
enum Step {
    Finished,
    NeedsAStream,
    Failed(SubmitError),
}

/// How far a group came.
enum Progress {
    Finished,
    NeedsAStream,
    Refused(SubmitError),
    Broken(String),
}

/// The engine's own kind, to whose events no policy listens.
const OUTBOX: &str = "outbox";

impl Writer {
    /// Decides waiting commands in order until the batch is full or the next one is not ready.
    pub(super) fn decide_waiting(&mut self, now: Moment, out: &mut Vec<Output>) {
        while self.stopped.is_none() {
            let Some(mut group) = self.next_group(out) else { break };
            match self.advance(now, &mut group, out) {
                Progress::NeedsAStream => {
                    self.group = Some(group);
                    break;
                }
                Progress::Finished => self.close_group(group),
                Progress::Refused(error) => {
                    self.figures.refused += 1;
                    self.figures.decided += 1;
                    self.open.done.push(Done { job: group.job, outcome: Err(error) });
                }
                Progress::Broken(why) => {
                    self.undo_group(&group);
                    self.answer(&group.job, Err(Rejection::Down(why).into()), out);
                }
            }
        }
    }

    fn next_group(&mut self, out: &mut Vec<Output>) -> Option<Group> {
        if let Some(group) = self.group.take() {
            return Some(group);
        }
        if self.open.events.len() >= limits::BATCH_EVENTS {
            return None;
        }
        let next = self.queue.front()?;
        if !self.active.get(&next.id).is_some_and(|active| active.is_new) {
            return None;
        }
        let missing: Vec<StreamId> =
            next.streams.iter().filter(|stream| !self.cache.holds(stream)).cloned().collect();
        for stream in &missing {
            // Given up between its loading and its turn, or dropped with a batch that was not written.
            self.load(stream, out);
        }
        if !missing.is_empty() {
            return None;
        }
        let job = self.queue.pop_front()?;
        Some(Group::new(job, self.open.events.len(), self.open.timers.len()))
    }

    fn advance(&mut self, now: Moment, group: &mut Group, out: &mut Vec<Output>) -> Progress {
        while let Some(mut run) = group.runs.pop_front() {
            match self.perform(now, group, &mut run, out) {
                Step::NeedsAStream => {
                    group.runs.push_front(run);
                    return Progress::NeedsAStream;
                }
                Step::Finished => {
                    if let Err(why) = self.finish(now, group, &run) {
                        return Progress::Broken(why);
                    }
                }
                Step::Failed(error) => {
                    self.undo(run.start.unwrap_or(group.start));
                    let Some(from) = &run.from else { return Progress::Refused(error) };
                    let why = match error {
                        SubmitError::Refused(refusal) => Why::Refused(Box::new(refusal)),
                        SubmitError::Rejected(rejection) => Why::Failed(rejection.to_string()),
                    };
                    let letter = self.letter(from, run.cause.clone(), self.commands_of(&run));
                    let bury = LetterEvent::DeadLettered { letter, why };
                    if let Err(why) =
                        self.post(now, *run.id.bytes(), bury, run.id, run.cause.clone())
                    {
                        return Progress::Broken(why);
                    }
                }
            }
        }
        Progress::Finished
    }

    fn commands_of(&self, run: &Run) -> Option<Reaction> {
        let commands = run.commands.to_vec();
        Some(Reaction::Commands(kernel::Atomic { shard: self.shard.clone(), commands }))
    }

    #[expect(clippy::unused_self, reason = "reads as the writer's act beside `post`")]
    fn letter(&self, from: &str, cause: Option<EventId>, reaction: Option<Reaction>) -> Letter {
        Letter { from: from.to_owned(), cause, reaction, timer: None }
    }

    /// Decides the commands of a run from where it stands.
    fn perform(
        &mut self,
        now: Moment,
        group: &Group,
        run: &mut Run,
        out: &mut Vec<Output>,
    ) -> Step {
        run.start.get_or_insert(self.open.events.len());
        let commands = Arc::clone(&run.commands);
        while let Some(command) = commands.get(run.next) {
            let Some(stream) = self.kinds.stream(&command.kind, &command.key) else {
                return Step::Failed(Rejection::UnknownKind(command.kind.to_string()).into());
            };
            if !self.cache.holds(&stream) {
                self.load(&stream, out);
                return Step::NeedsAStream;
            }
            if let Some(error) = self.stale(group, &stream, command.expected) {
                return Step::Failed(error);
            }
            let cx = Context {
                now,
                actor: Actor::clone(&run.actor),
                command: run.id,
                cause: run.cause.clone(),
            };
            let Some(held) = self.cache.get(&stream) else { return Step::NeedsAStream };
            match held.state.execute(&cx, &command.body) {
                Executed::Events(bodies) => {
                    let before = held.version;
                    held.version += bodies.len() as u64;
                    self.record(&cx, &run.actor, &stream, before, bodies);
                    run.next += 1;
                }
                Executed::Refused(refusal) => return Step::Failed(refusal.into()),
                Executed::Malformed(why) => return Step::Failed(Rejection::Malformed(why).into()),
            }
        }
        Step::Finished
    }

    /// Whether the sender has seen another version than the one before this group.
    fn stale(
        &mut self,
        group: &Group,
        stream: &StreamId,
        expected: Option<u64>,
    ) -> Option<SubmitError> {
        let expected = expected?;
        let own = self
            .open
            .events
            .iter()
            .skip(group.start)
            .filter(|e| StreamId::of(e) == *stream)
            .count();
        let found = self.cache.get(stream)?.version.saturating_sub(own as u64);
        (found != expected).then(|| Rejection::Stale { expected, found }.into())
    }

    fn next_seq(&self) -> u64 {
        let flight = self.flight.as_ref().map_or(0, |flight| flight.events.len() as u64);
        self.head.seq + flight + self.open.events.len() as u64 + 1
    }

    fn record(
        &mut self,
        cx: &Context,
        actor: &Arc<Actor>,
        stream: &StreamId,
        before: u64,
        bodies: Vec<Body>,
    ) {
        let count = bodies.len();
        if count == 0 {
            return;
        }
        let (mut seq, mut version) = (self.next_seq(), before);
        for body in bodies {
            version += 1;
            self.open.events.push(Recorded {
                shard: self.shard.clone(),
                seq,
                kind: Arc::clone(&stream.kind),
                key: Arc::clone(&stream.key),
                version,
                schema: 1,
                at: cx.now,
                actor: Arc::clone(actor),
                command: cx.command,
                cause: cx.cause.clone(),
                body,
            });
            seq += 1;
        }
        *self.pending.entry(stream.clone()).or_default() += count;
    }

    /// Follows up on a run whose commands were all decided: timers, then what policies answer.
    fn finish(&mut self, now: Moment, group: &mut Group, run: &Run) -> Result<(), String> {
        let start = run.start.unwrap_or(group.start);
        self.follow_timers(start)?;
        let events = self.open.events.get(start..).unwrap_or_default();
        let first = events.first().map(Recorded::id);
        if run.from.is_none() {
            group.span =
                first.as_ref().zip(events.last()).map(|(first, last)| (first.seq, last.seq));
        }
        let mut asked = self.reactions(start);
        if let (None, Some(first), Ticket::Letter(errand)) = (&run.from, first, &group.job.ticket) {
            let follow = &group.job.follow;
            asked.extend(follow.reactions.iter().enumerate().map(|(at, reaction)| Asked {
                cause: first.clone(),
                from: Arc::clone(&follow.from),
                id: answer_id(*errand, at),
                reaction: Ok(reaction.clone()),
            }));
        }
        for asked in asked {
            self.take_up(now, group, run, asked)?;
        }
        Ok(())
    }

    fn follow_timers(&mut self, start: usize) -> Result<(), String> {
        let mut touched: Vec<StreamId> = Vec::new();
        for event in self.open.events.get(start..).unwrap_or_default() {
            if !touched.iter().any(|s| s.key == event.key && s.kind == event.kind) {
                touched.push(StreamId::of(event));
            }
            self.open.timers.extend(buried_timer(event)?);
        }
        for stream in touched {
            if let Some(held) = self.cache.get(&stream) {
                held.change_timers(&stream, &mut self.open.timers).map_err(|e| e.to_string())?;
            }
        }
        Ok(())
    }

    /// What policies answer to the events from a place in the open batch on.
    fn reactions(&self, start: usize) -> Vec<Asked> {
        let mut asked = Vec::new();
        for event in self.open.events.iter().skip(start).filter(|event| &*event.kind != OUTBOX) {
            for policy in self.policies.of(event) {
                let (cause, from) = (event.id(), Arc::from(policy.name()));
                match policy.react(event) {
                    Ok(reactions) => {
                        let numbered = reactions.into_iter().enumerate();
                        asked
                            .extend(numbered.map(|(at, r)| Asked::by_policy(&cause, &from, at, r)));
                    }
                    Err(error) => asked.push(Asked::unread(&cause, &from, error.to_string())),
                }
            }
        }
        asked
    }

    /// Takes up one reaction: a run of this group, or a letter.
    fn take_up(
        &mut self,
        now: Moment,
        group: &mut Group,
        run: &Run,
        asked: Asked,
    ) -> Result<(), String> {
        let Asked { cause, from, id, reaction } = asked;
        let event = match reaction {
            Ok(Reaction::Commands(commands)) if commands.shard == self.shard => {
                if run.depth < limits::CASCADE_DEPTH_MAX
                    && group.cascades < limits::CASCADE_RUNS_MAX
                {
                    group.cascades += 1;
                    group.runs.push_back(Run {
                        id: CommandId::from_bytes(id),
                        actor: Arc::new(Actor::system(&*from)),
                        cause: Some(cause),
                        commands: Arc::new(commands.commands),
                        from: Some(from),
                        depth: run.depth + 1,
                        next: 0,
                        start: None,
                    });
                    return Ok(());
                }
                let letter =
                    self.letter(&from, Some(cause.clone()), Some(Reaction::Commands(commands)));
                LetterEvent::DeadLettered {
                    letter,
                    why: Why::Failed("policies answer without end".to_owned()),
                }
            }
            Ok(reaction) => LetterEvent::Queued {
                letter: self.letter(&from, Some(cause.clone()), Some(reaction)),
            },
            Err(why) => LetterEvent::DeadLettered {
                letter: self.letter(&from, Some(cause.clone()), None),
                why: Why::Failed(why),
            },
        };
        self.post(now, id, event, run.id, Some(cause))
    }

    /// Records the first event of a letter. Its id follows from an event of this batch, so that its stream is new.
    fn post(
        &mut self,
        now: Moment,
        id: [u8; 16],
        event: LetterEvent,
        command: CommandId,
        cause: Option<EventId>,
    ) -> Result<(), String> {
        let key = kernel::ErrandId::from_bytes(id).to_string();
        let stream = self.kinds.stream(OUTBOX, &key).ok_or("the engine's own kind is missing")?;
        let mut held: Held = self.kinds.empty(OUTBOX).ok_or("the engine's own kind is missing")?;
        let body = Body::keeping(Arc::new(event)).map_err(|e| e.to_string())?;
        held.state.evolve(&body).map_err(|e| e.to_string())?;
        held.version = 1;
        self.cache.insert(stream.clone(), held);
        let actor = Arc::new(Actor::system(OUTBOX));
        let cx = Context { now, actor: Actor::clone(&actor), command, cause };
        self.record(&cx, &actor, &stream, 0, vec![body]);
        Ok(())
    }

    fn close_group(&mut self, group: Group) {
        self.figures.decided += 1;
        if let Some((first, last)) = group.span
            && !group.job.ticket.is_of_a_letter()
        {
            self.open.answers.push(Answer {
                command: group.job.id,
                asked: group.job.asked,
                first,
                last,
            });
        }
        self.open.done.push(Done { job: group.job, outcome: Ok(group.span) });
    }

    /// Takes events back out of the open batch; their aggregates are folded again when needed.
    fn undo(&mut self, start: usize) {
        for event in self.open.events.split_off(start.min(self.open.events.len())) {
            let stream = StreamId::of(&event);
            self.cache.remove(&stream);
            self.no_longer_pending(&stream);
        }
    }

    pub(super) fn undo_group(&mut self, group: &Group) {
        self.undo(group.start);
        self.open.timers.truncate(group.timers_start);
    }

    /// Whether a group stands still for want of a stream.
    pub(super) fn waits_for(&self, group: &Group, stream: &StreamId) -> bool {
        group
            .runs
            .front()
            .and_then(|run| run.commands.get(run.next))
            .is_some_and(|c| *c.kind == *stream.kind && *c.key == *stream.key)
    }
}
