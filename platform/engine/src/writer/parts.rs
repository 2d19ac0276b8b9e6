//! What a writer holds between two steps: jobs, the group being decided, batches.

use crate::letter::asked_id;
use crate::machine::{Follow, StreamId, Submission, Ticket, TimerChange};
use journal::{Answer, Batch, Head};
use kernel::{Actor, Addressed, CommandId, EventId, Reaction, Recorded};
use module::SubmitError;
use std::collections::VecDeque;
use std::sync::Arc;

/// A command that waits, or that was decided and waits for its batch.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) ticket: Ticket,
    pub(super) id: CommandId,
    pub(super) asked: [u8; 16],
    pub(super) actor: Arc<Actor>,
    pub(super) cause: Option<EventId>,
    pub(super) commands: Arc<Vec<Addressed>>,
    pub(super) streams: Vec<StreamId>,
    pub(super) follow: Arc<Follow>,
}

impl Job {
    pub(super) fn new(submission: Submission, asked: [u8; 16], streams: Vec<StreamId>) -> Self {
        Self {
            ticket: submission.ticket,
            id: submission.id,
            asked,
            actor: Arc::new(submission.actor),
            cause: submission.cause,
            commands: Arc::new(submission.commands.commands),
            streams,
            follow: Arc::new(submission.follow),
        }
    }
}

/// What was asked, in 16 bytes.
pub(super) fn asked(commands: &[Addressed]) -> [u8; 16] {
    let parts: Vec<&[u8]> = commands
        .iter()
        .flat_map(|c| [c.kind.as_bytes(), c.key.as_bytes(), c.body.text().as_bytes()])
        .collect();
    kernel::derive_id(&parts)
}

/// A command id that is being worked on, and who else waits for its answer.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) asked: [u8; 16],
    pub(super) others: Vec<Ticket>,
    /// Who used the same id for something else: it is their turn when this one is answered.
    pub(super) rivals: Vec<Submission>,
    /// Whether the journal has said that it does not know the id.
    pub(super) is_new: bool,
}

/// Commands of one id that stand or fall together.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: CommandId,
    pub(super) actor: Arc<Actor>,
    pub(super) cause: Option<EventId>,
    pub(super) commands: Arc<Vec<Addressed>>,
    /// Whose answer it is; nobody's for the command that was submitted.
    pub(super) from: Option<Arc<str>>,
    pub(super) depth: u32,
    /// The command that is next.
    pub(super) next: usize,
    /// Where its events begin in the open batch.
    pub(super) start: Option<usize>,
}

/// A submitted command and everything that policies answer to it.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) job: Job,
    pub(super) runs: VecDeque<Run>,
    pub(super) start: usize,
    pub(super) timers_start: usize,
    pub(super) cascades: usize,
    /// First and last position of what the submitted command became.
    pub(super) span: Option<(u64, u64)>,
}

impl Group {
    pub(super) fn new(job: Job, start: usize, timers_start: usize) -> Self {
        let root = Run {
            id: job.id,
            actor: Arc::clone(&job.actor),
            cause: job.cause.clone(),
            commands: Arc::clone(&job.commands),
            from: None,
            depth: 0,
            next: 0,
            start: None,
        };
        Self { job, runs: VecDeque::from([root]), start, timers_start, cascades: 0, span: None }
    }
}

/// One thing that was asked for in answer to an event.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) cause: EventId,
    pub(super) from: Arc<str>,
    pub(super) id: [u8; 16],
    /// What, or why the policy could not read the event.
    pub(super) reaction: Result<Reaction, String>,
}

impl Asked {
    pub(super) fn by_policy(
        cause: &EventId,
        from: &Arc<str>,
        at: usize,
        reaction: Reaction,
    ) -> Self {
        let id = asked_id(cause, from, at);
        Self { cause: cause.clone(), from: Arc::clone(from), id, reaction: Ok(reaction) }
    }

    pub(super) fn unread(cause: &EventId, from: &Arc<str>, why: String) -> Self {
        let id = kernel::derive_id(&[b"unread", cause.to_string().as_bytes(), from.as_bytes()]);
        Self { cause: cause.clone(), from: Arc::clone(from), id, reaction: Err(why) }
    }
}

/// What was decided about a job.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) job: Job,
    pub(super) outcome: Result<Option<(u64, u64)>, SubmitError>,
}

/// The batch that is being decided.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) events: Vec<Recorded>,
    pub(super) answers: Vec<Answer>,
    pub(super) timers: Vec<TimerChange>,
    pub(super) done: Vec<Done>,
}

/// A batch on its way to the journal, or durable and waiting for its rows.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) after: Head,
    pub(super) events: Arc<Vec<Recorded>>,
    pub(super) answers: Vec<Answer>,
    pub(super) timers: Vec<TimerChange>,
    pub(super) done: Vec<Done>,
}

impl Flight {
    pub(super) fn batch(&self) -> Batch {
        Batch { after: self.after, events: self.events.to_vec(), answers: self.answers.clone() }
    }

    /// The head that the shard has if exactly this batch was appended.
    pub(super) fn head(&self) -> Head {
        journal::chain(&self.after, &self.events)
    }

    /// The events of a span of positions.
    pub(super) fn span(&self, (first, last): (u64, u64)) -> Vec<Recorded> {
        let at =
            |seq: u64| usize::try_from(seq.saturating_sub(self.after.seq)).unwrap_or(usize::MAX);
        self.events.get(at(first) - 1..at(last)).map(<[Recorded]>::to_vec).unwrap_or_default()
    }
}
