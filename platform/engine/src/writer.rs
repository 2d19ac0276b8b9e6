//! The writer of one shard (写入者): decides waiting commands in order, appends them as one batch, answers.
//!
//! ```text
//!  Submit ──► queue ──► decide ──► open batch ──► Append ──► durable ──► WriteRows ──► Reply, Committed
//!              ▲ Load, LookupAnswer    ▲                                        one batch is decided while the
//!              └───────────────────────┴── re-folded after an AppendError       one before it is on its way
//! ```

mod decide;
mod parts;

use crate::kinds::{Cache, Kinds};
use crate::limits;
use crate::machine::{
    Durable, Input, Machine, Output, RowsError, StopReason, StreamId, Submission, Ticket,
};
use crate::routes::Routes;
use journal::{Answer, AppendError, Head};
use kernel::{CommandId, Moment, Policy, Recorded, Shard};
use module::{Receipt, Rejection, SubmitError};
use parts::{Active, Flight, Group, Job, Open};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Figures of a writer for the operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterFigures {
    /// Commands that wait to be decided.
    pub queued: u64,
    /// Aggregates in memory.
    pub cached: u64,
    /// Commands decided since the start, refused ones among them.
    pub decided: u64,
    /// Commands refused since the start.
    pub refused: u64,
    /// Events made durable since the start.
    pub events: u64,
    /// Batches made durable since the start.
    pub batches: u64,
    /// Appends that failed since the start.
    pub append_failures: u64,
    /// Writes of rows that failed since the start.
    pub rows_failures: u64,
}

/// The writer of one shard.
#[derive(Debug)]
pub struct Writer {
    shard: Shard,
    kinds: Arc<Kinds>,
    policies: Arc<Routes<dyn Policy>>,
    /// The last durable head.
    head: Head,
    cache: Cache,
    /// Streams being read, each with the events that became durable meanwhile.
    loading: BTreeMap<StreamId, Vec<Recorded>>,
    /// How many events of a stream are decided but not durable.
    pending: BTreeMap<StreamId, usize>,
    queue: VecDeque<Job>,
    active: BTreeMap<CommandId, Active>,
    group: Option<Group>,
    open: Open,
    flight: Option<Flight>,
    durable: VecDeque<Flight>,
    /// How many of `durable` have their rows under way.
    writing: usize,
    /// When the head is asked for again.
    head_again: Option<Moment>,
    /// When the rows are written again.
    rows_again: Option<Moment>,
    stopped: Option<StopReason>,
    figures: WriterFigures,
}

impl Writer {
    pub(crate) fn new(
        shard: Shard,
        kinds: Arc<Kinds>,
        policies: Arc<Routes<dyn Policy>>,
        head: Head,
        cached: usize,
    ) -> Self {
        Self {
            shard,
            kinds,
            policies,
            head,
            cache: Cache::new(cached),
            loading: BTreeMap::new(),
            pending: BTreeMap::new(),
            queue: VecDeque::new(),
            active: BTreeMap::new(),
            group: None,
            open: Open::default(),
            flight: None,
            durable: VecDeque::new(),
            writing: 0,
            head_again: None,
            rows_again: None,
            stopped: None,
            figures: WriterFigures::default(),
        }
    }

    /// The figures as they stand.
    #[must_use]
    pub fn figures(&self) -> WriterFigures {
        WriterFigures {
            queued: self.queue.len() as u64,
            cached: self.cache.len() as u64,
            ..self.figures
        }
    }

    /// The last durable head.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Whether nothing waits and nothing is under way.
    #[must_use]
    pub fn at_rest(&self) -> bool {
        self.queue.is_empty()
            && self.group.is_none()
            && self.open.done.is_empty()
            && self.flight.is_none()
            && self.durable.is_empty()
    }

    /// When it wants to be told that time has passed.
    #[must_use]
    pub fn wakes_at(&self) -> Option<Moment> {
        self.head_again.into_iter().chain(self.rows_again).min()
    }

    /// Why it stopped.
    #[must_use]
    pub fn stopped(&self) -> Option<&StopReason> {
        self.stopped.as_ref()
    }

    fn submit(&mut self, submission: Submission, out: &mut Vec<Output>) {
        let (ticket, id) = (submission.ticket.clone(), submission.id);
        if let Some(reason) = &self.stopped {
            let down = Rejection::Down(reason.to_string());
            out.push(Output::Reply { ticket, answer: Err(down.into()) });
            return;
        }
        let asked = parts::asked(&submission.commands.commands);
        if let Some(active) = self.active.get_mut(&id) {
            if active.asked == asked {
                active.others.push(ticket);
            } else {
                active.rivals.push(submission);
            }
            return;
        }
        match self.admit(&submission) {
            Ok(streams) => {
                // The end of a letter is recorded once because of the letter's own state: nobody asks for its answer.
                let is_new = submission.ticket.is_of_a_letter();
                let (others, rivals) = (Vec::new(), Vec::new());
                self.active.insert(id, Active { asked, others, rivals, is_new });
                if !is_new {
                    out.push(Output::LookupAnswer(id));
                }
                for stream in &streams {
                    self.load(stream, out);
                }
                self.queue.push_back(Job::new(submission, asked, streams));
            }
            Err(rejection) => out.push(Output::Reply { ticket, answer: Err(rejection.into()) }),
        }
    }

    /// Whether a command may wait here, and the streams that it needs.
    fn admit(&self, submission: &Submission) -> Result<Vec<StreamId>, Rejection> {
        let asked = &submission.commands;
        if self.queue.len() >= limits::QUEUE_LENGTH_MAX
            && matches!(submission.ticket, Ticket::Caller(_))
        {
            return Err(Rejection::Busy);
        }
        if asked.shard != self.shard {
            return Err(Rejection::Malformed(format!(
                "it is for shard `{}`, not `{}`",
                asked.shard, self.shard
            )));
        }
        if asked.commands.is_empty() || asked.commands.len() > limits::GROUP_COMMANDS_MAX {
            return Err(Rejection::Malformed(format!(
                "a group of {} commands",
                asked.commands.len()
            )));
        }
        let stream = |kind: &str, key: &str| {
            self.kinds.stream(kind, key).ok_or_else(|| Rejection::UnknownKind(kind.to_owned()))
        };
        asked.commands.iter().map(|c| stream(&c.kind, &c.key)).collect()
    }

    /// Asks for a stream unless it is in memory or asked for already.
    fn load(&mut self, stream: &StreamId, out: &mut Vec<Output>) {
        if !self.cache.holds(stream) && !self.loading.contains_key(stream) {
            self.loading.insert(stream.clone(), Vec::new());
            out.push(Output::Load(stream.clone()));
        }
    }

    fn loaded(
        &mut self,
        stream: StreamId,
        events: Result<Vec<Recorded>, String>,
        out: &mut Vec<Output>,
    ) {
        let Some(meanwhile) = self.loading.remove(&stream) else { return };
        match events.and_then(|events| self.folded(&stream, &events, &meanwhile)) {
            Ok(held) => self.cache.insert(stream, held),
            Err(why) => self.fail_those_that_need(&stream, &why, out),
        }
    }

    /// The state of a stream: what was read, what became durable meanwhile, what is not durable yet.
    fn folded(
        &self,
        stream: &StreamId,
        events: &[Recorded],
        meanwhile: &[Recorded],
    ) -> Result<crate::kinds::Held, String> {
        let mut held =
            self.kinds.empty(&stream.kind).ok_or_else(|| format!("no kind `{}`", stream.kind))?;
        for event in events.iter().chain(meanwhile) {
            held.fold(event)?;
        }
        if self.pending.contains_key(stream) {
            let in_flight = self.flight.iter().flat_map(|flight| flight.events.iter());
            for event in in_flight.chain(&self.open.events).filter(|e| StreamId::of(e) == *stream) {
                held.fold(event)?;
            }
        }
        held.note_timers().map_err(|error| error.to_string())?;
        Ok(held)
    }

    fn fail_those_that_need(&mut self, stream: &StreamId, why: &str, out: &mut Vec<Output>) {
        let down = || SubmitError::from(Rejection::Down(format!("{stream}: {why}")));
        if let Some(group) = self.group.take() {
            if self.waits_for(&group, stream) {
                self.undo_group(&group);
                self.answer(&group.job, Err(down()), out);
            } else {
                self.group = Some(group);
            }
        }
        let (failed, kept) = self.queue.drain(..).partition(|job| job.streams.contains(stream));
        self.queue = kept;
        let failed: VecDeque<Job> = failed;
        for job in failed {
            self.answer(&job, Err(down()), out);
        }
    }

    fn answer_found(
        &mut self,
        id: CommandId,
        found: Result<Option<(Answer, Vec<Recorded>)>, String>,
        out: &mut Vec<Output>,
    ) {
        let answer = match found {
            Ok(None) => {
                if let Some(active) = self.active.get_mut(&id) {
                    active.is_new = true;
                }
                return;
            }
            Ok(Some((answer, _))) if answer.last > self.head.seq => {
                // Decided by somebody else beyond what this writer knows: its rows may not be there yet.
                self.stop(StopReason::Fenced { found: answer.last }, out);
                return;
            }
            Ok(Some((answer, events))) => Ok((answer, events)),
            Err(why) => Err(why),
        };
        let at = self.queue.iter().position(|job| job.id == id);
        let Some(job) = at.and_then(|at| self.queue.remove(at)) else { return };
        let answer = match answer {
            Ok((answer, events)) if answer.asked == job.asked => {
                Ok(Receipt { repeated: true, ..self.receipt(id, events) })
            }
            Ok(_) => Err(Rejection::IdReused.into()),
            Err(why) => Err(Rejection::Down(why).into()),
        };
        self.answer(&job, answer, out);
    }

    /// Answers everybody who waits for a command.
    fn answer(&mut self, job: &Job, answer: Result<Receipt, SubmitError>, out: &mut Vec<Output>) {
        let active = self.active.remove(&job.id);
        let (others, rivals) = active.map(|a| (a.others, a.rivals)).unwrap_or_default();
        for ticket in others {
            let answer = answer.clone().map(|receipt| Receipt { repeated: true, ..receipt });
            out.push(Output::Reply { ticket, answer });
        }
        out.push(Output::Reply { ticket: job.ticket.clone(), answer });
        for rival in rivals {
            self.submit(rival, out);
        }
    }

    /// Sends off what can be sent: the open batch, rows of durable ones, answers that rest on nothing pending.
    fn dispatch(&mut self, out: &mut Vec<Output>) {
        if self.flight.is_none()
            && self.group.is_none()
            && !self.open.events.is_empty()
            && self.durable.len() < limits::BATCHES_WITHOUT_ROWS_MAX
        {
            let open = std::mem::take(&mut self.open);
            let flight = Flight {
                after: self.head,
                events: Arc::new(open.events),
                answers: open.answers,
                timers: open.timers,
                done: open.done,
            };
            out.push(Output::Append(flight.batch()));
            self.flight = Some(flight);
        }
        if self.writing == 0 && !self.durable.is_empty() && self.rows_again.is_none() {
            self.write_rows(out);
        }
        if self.open.events.is_empty() && self.flight.is_none() && self.durable.is_empty() {
            // Nothing was decided that is not durable: these refusals and empty decisions stand.
            for done in std::mem::take(&mut self.open.done) {
                let answer = done.outcome.map(|_| self.receipt(done.job.id, Vec::new()));
                self.answer(&done.job, answer, out);
            }
        }
    }

    fn receipt(&self, command: CommandId, events: Vec<Recorded>) -> Receipt {
        Receipt { command, shard: self.shard.clone(), events, repeated: false, proof: None }
    }

    fn write_rows(&mut self, out: &mut Vec<Output>) {
        self.writing = self.durable.len();
        out.push(Output::WriteRows(Arc::new(self.durable_part())));
    }

    fn durable_part(&self) -> Durable {
        let part = || self.durable.iter().take(self.writing);
        Durable {
            after: self.durable.front().map_or(0, |flight| flight.after.seq),
            upto: part()
                .filter_map(|flight| flight.events.last())
                .map(|event| event.seq)
                .max()
                .unwrap_or(0),
            events: part().map(|flight| Arc::clone(&flight.events)).collect(),
            timers: part().flat_map(|flight| flight.timers.iter().cloned()).collect(),
        }
    }

    fn appended(&mut self, result: Result<Head, AppendError>, out: &mut Vec<Output>) {
        let Some(flight) = self.flight.take() else { return };
        match result {
            Ok(head) => self.now_durable(flight, head),
            Err(error) => {
                self.figures.append_failures += 1;
                match error {
                    // The very batch stands there: an earlier attempt of unknown outcome had come through.
                    AppendError::Fenced { found } if found == flight.head() => {
                        self.now_durable(flight, found);
                    }
                    AppendError::Fenced { found } => {
                        self.flight = Some(flight);
                        self.stop(StopReason::Fenced { found: found.seq }, out);
                    }
                    AppendError::Refused(why) => self.drop_speculation(flight, &why, out),
                    AppendError::Unknown(_) => {
                        self.flight = Some(flight);
                        out.push(Output::ReadHead);
                    }
                }
            }
        }
    }

    fn head_read(&mut self, now: Moment, found: Option<Head>, out: &mut Vec<Output>) {
        let Some(flight) = self.flight.take() else { return };
        match found {
            None => {
                self.flight = Some(flight);
                self.head_again = Some(now.plus_us(limits::STORE_PAUSE_US));
            }
            Some(found) if found == flight.after => {
                out.push(Output::Append(flight.batch()));
                self.flight = Some(flight);
            }
            Some(found) if found == flight.head() => self.now_durable(flight, found),
            Some(found) => {
                self.flight = Some(flight);
                self.stop(StopReason::Fenced { found: found.seq }, out);
            }
        }
    }

    fn now_durable(&mut self, flight: Flight, head: Head) {
        self.head = head;
        self.figures.batches += 1;
        self.figures.events += flight.events.len() as u64;
        for event in flight.events.iter() {
            let stream = StreamId::of(event);
            if let Some(meanwhile) = self.loading.get_mut(&stream) {
                meanwhile.push(event.clone());
            }
            self.no_longer_pending(&stream);
        }
        self.durable.push_back(flight);
        self.cache.trim(|stream| self.pending.contains_key(stream));
    }

    fn no_longer_pending(&mut self, stream: &StreamId) {
        if let Some(count) = self.pending.get_mut(stream) {
            *count -= 1;
            if *count == 0 {
                self.pending.remove(stream);
            }
        }
    }

    /// Nothing of the flight was written: its callers are told, what was decided on top of it is decided anew.
    fn drop_speculation(&mut self, flight: Flight, why: &str, out: &mut Vec<Output>) {
        let open = std::mem::take(&mut self.open);
        for stream in std::mem::take(&mut self.pending).into_keys() {
            self.cache.remove(&stream);
        }
        if let Some(group) = self.group.take() {
            self.queue.push_front(group.job);
        }
        for done in open.done.into_iter().rev() {
            self.queue.push_front(done.job);
        }
        for done in flight.done {
            self.answer(&done.job, Err(Rejection::Down(why.to_owned()).into()), out);
        }
    }

    fn rows_written(&mut self, now: Moment, result: Result<(), RowsError>, out: &mut Vec<Output>) {
        match result {
            Ok(()) => self.rows_stand(out),
            Err(RowsError::Moved(found)) => self.rows_moved(found, out),
            Err(RowsError::Store(_)) => {
                self.figures.rows_failures += 1;
                self.writing = 0;
                self.rows_again = Some(now.plus_us(limits::STORE_PAUSE_US));
            }
            Err(RowsError::Wrong(why)) => self.stop(StopReason::Corrupt(why), out),
        }
    }

    /// The rows under way stand in their tables.
    fn rows_stand(&mut self, out: &mut Vec<Output>) {
        let part = self.durable_part();
        let flights: Vec<_> = self.durable.drain(..std::mem::take(&mut self.writing)).collect();
        // Timers and outbox learn what changed before they learn the answers to their own commands.
        out.push(Output::Committed(Arc::new(part)));
        for flight in flights {
            self.answer_flight(flight, out);
        }
    }

    /// The rows stand elsewhere than they should: at the end of one of these batches, or beyond them.
    fn rows_moved(&mut self, found: u64, out: &mut Vec<Output>) {
        let under_way = self.durable.iter().take(self.writing);
        let at = under_way
            .map(|flight| flight.events.last().map(|e| e.seq))
            .position(|last| last == Some(found));
        match at {
            Some(at) => {
                self.writing = at + 1;
                self.rows_stand(out);
            }
            None => self.stop(StopReason::Fenced { found }, out),
        }
    }

    fn answer_flight(&mut self, mut flight: Flight, out: &mut Vec<Output>) {
        for done in std::mem::take(&mut flight.done) {
            let answer = done.outcome.map(|span| {
                let events = match (&done.job.ticket, span) {
                    (Ticket::Caller(_), Some(span)) => flight.span(span),
                    _ => Vec::new(),
                };
                self.receipt(done.job.id, events)
            });
            self.answer(&done.job, answer, out);
        }
    }

    fn tick(&mut self, now: Moment, out: &mut Vec<Output>) {
        if self.head_again.take_if(|at| *at <= now).is_some() {
            out.push(Output::ReadHead);
        }
        self.rows_again.take_if(|at| *at <= now);
    }

    fn take(&mut self, now: Moment, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Submit(submission) => self.submit(*submission, out),
            Input::Loaded { stream, events } => self.loaded(stream, events, out),
            Input::AnswerFound { id, found } => self.answer_found(id, found, out),
            Input::Appended(result) => self.appended(result, out),
            Input::HeadRead(found) => self.head_read(now, found.ok(), out),
            Input::RowsWritten(result) => self.rows_written(now, result, out),
            Input::Many(inputs) => {
                for input in inputs {
                    if self.stopped.is_none() {
                        self.take(now, input, out);
                    }
                }
            }
            Input::Tick => self.tick(now, out),
        }
    }

    /// Stops for good: whoever waits is told so.
    fn stop(&mut self, reason: StopReason, out: &mut Vec<Output>) {
        self.stopped = Some(reason.clone());
        let group = self.group.take().map(|group| group.job);
        let open = std::mem::take(&mut self.open);
        let flights = self.durable.drain(..).chain(self.flight.take());
        let decided = flights.flat_map(|flight| flight.done).chain(open.done).map(|done| done.job);
        let jobs: Vec<Job> = decided.chain(group).chain(self.queue.drain(..)).collect();
        for job in jobs {
            self.answer(&job, Err(Rejection::Down(reason.to_string()).into()), out);
        }
        out.push(Output::Stop(reason));
    }
}

impl Machine for Writer {
    type Input = Input;
    type Output = Output;

    fn step(&mut self, now: Moment, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        if self.stopped.is_some() {
            if let Input::Submit(submission) = input {
                self.submit(*submission, &mut out);
            }
            return out;
        }
        self.take(now, input, &mut out);
        if self.stopped.is_none() {
            self.decide_waiting(now, &mut out);
            self.dispatch(&mut out);
        }
        out
    }
}
