//! Threads that own SQLite connections, and the copying of their logs: what both SQLite drivers share.
//!
//! **Invariant:** SQLite blocks, so it never runs on a task of the runtime; a job is done even if nobody waits for it.
//!
//! It knows no table. Start with [`Workers`].

mod checkpoint;

pub use checkpoint::{Copying, checkpoint, log_pages};

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a worker waits for work before it tidies up.
const IDLE: Duration = Duration::from_millis(250);

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// Threads that share one queue, each owning one `S`; they end when this is dropped.
#[derive(Debug)]
pub struct Workers<S> {
    queue: Option<Sender<Job<S>>>,
    threads: Vec<JoinHandle<()>>,
}

/// The threads have ended.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the store is closed")]
pub struct Gone;

impl<S: Send + 'static> Workers<S> {
    /// Starts one thread for each owner; `idle` is called once after each stretch of work.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(name: &str, owners: Vec<S>, idle: fn(&mut S)) -> std::io::Result<Self> {
        let (queue, jobs) = channel::<Job<S>>();
        let jobs = Arc::new(Mutex::new(jobs));
        let mut threads = Vec::new();
        for owner in owners {
            let jobs = Arc::clone(&jobs);
            let thread = std::thread::Builder::new().name(name.to_owned());
            threads.push(thread.spawn(move || work(owner, &jobs, idle))?);
        }
        Ok(Self { queue: Some(queue), threads })
    }

    /// Has a job done by whichever thread is free; in order, if there is one.
    ///
    /// # Errors
    /// The threads have ended.
    pub fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Gone>> + Send + 'static {
        let (answer, answered) = oneshot::channel();
        // A caller that no longer waits drops its end; the job is done all the same.
        let job: Job<S> = Box::new(move |owner| drop(answer.send(job(owner))));
        let sent = self.queue.as_ref().is_some_and(|queue| queue.send(job).is_ok());
        async move { if sent { answered.await.map_err(|_closed| Gone) } else { Err(Gone) } }
    }
}

fn work<S>(mut owner: S, jobs: &Mutex<Receiver<Job<S>>>, idle: fn(&mut S)) {
    let mut tidy = true;
    loop {
        let next = {
            let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
            if tidy {
                jobs.recv().map_err(|_closed| RecvTimeoutError::Disconnected)
            } else {
                jobs.recv_timeout(IDLE)
            }
        };
        match next {
            Ok(job) => {
                job(&mut owner);
                tidy = false;
            }
            Err(RecvTimeoutError::Timeout) => {
                idle(&mut owner);
                tidy = true;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    idle(&mut owner);
}

impl<S> Drop for Workers<S> {
    fn drop(&mut self) {
        drop(self.queue.take());
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of an SQLite store has panicked");
            }
        }
    }
}
