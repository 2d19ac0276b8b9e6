//! Group commit: one thread takes all jobs that wait and does them with one sync.

use blobs::BlobError;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// The most jobs in one group.
const JOBS_MAX: usize = 4096;

/// The weight (bytes) after which a group is closed, so that the first of it need not wait for a flood.
const WEIGHT_MAX: usize = 8 << 20;

/// A job and where its answer goes.
pub(crate) struct Job<W, A> {
    pub(crate) work: W,
    pub(crate) weight: usize,
    done: oneshot::Sender<Result<A, BlobError>>,
}

impl<W, A> Job<W, A> {
    /// Answers; a caller who no longer waits is not missed.
    pub(crate) fn answer(self, answer: Result<A, BlobError>) {
        let _nobody_waits = self.done.send(answer);
    }
}

/// The thread and the way to it.
pub(crate) struct Committer<W, A> {
    jobs: Option<Sender<Job<W, A>>>,
    thread: Option<JoinHandle<()>>,
}

impl<W: Send + 'static, A: Send + 'static> Committer<W, A> {
    /// Starts the thread; `commit` gets every group and answers each job in it.
    pub(crate) fn start(
        name: &str,
        commit: impl FnMut(Vec<Job<W, A>>) + Send + 'static,
    ) -> Result<Self, BlobError> {
        let (jobs, waiting) = channel();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(&waiting, commit))
            .map_err(|error| BlobError::Store(format!("no thread for {name}: {error}")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Hands in a job and waits for its answer.
    pub(crate) async fn submit(&self, work: W, weight: usize) -> Result<A, BlobError> {
        let gone = || BlobError::Store("the writer has stopped".to_owned());
        let (done, answer) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(Job { work, weight, done }).map_err(|_job| gone())?;
        answer.await.map_err(|_dropped| gone())?
    }
}

fn run<W, A>(waiting: &Receiver<Job<W, A>>, mut commit: impl FnMut(Vec<Job<W, A>>)) {
    while let Ok(first) = waiting.recv() {
        let mut weight = first.weight;
        let mut group = vec![first];
        while group.len() < JOBS_MAX && weight < WEIGHT_MAX {
            let Ok(next) = waiting.try_recv() else { break };
            weight = weight.saturating_add(next.weight);
            group.push(next);
        }
        commit(group);
    }
}

impl<W, A> Drop for Committer<W, A> {
    /// Waits for what was handed in, so that a folder can be opened again at once.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a file writer ended in a panic");
        }
    }
}
