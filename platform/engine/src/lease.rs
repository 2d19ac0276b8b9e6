//! Shards of several processes by lease and inbox (租约): what an installation on PostgreSQL uses.
//!
//! ```text
//!  process A                      store                        process B, which holds the lease
//!  forward(order) ─ put ────────► inbox ─ Notice::Command ───► take it as any other order
//!     ▲                                                           │
//!     └──────────── Notice::Answer ◄── inbox ◄─ answer ───────────┘
//! ```
//! Notices may be lost with a connection: after [`Notice::Again`], and once in a while, both sides look for themselves.

use crate::courier::{Order, Ownership, Takes};
use journal::{Leases, Listener, Notice};
use kernel::{CommandId, Shard, Waiting};
use module::{Receipt, Rejection, SubmitError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, interval_at};

/// How patient a process is with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often leases are renewed; a third of their time is good.
    pub renew: Duration,
    /// How often answers are looked for that no notice announced.
    pub look: Duration,
    /// How long an order waits for its answer before its caller is told to send it again.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            renew: Duration::from_secs(3),
            look: Duration::from_secs(1),
            answer: Duration::from_secs(15),
        }
    }
}

/// How many orders are taken out of an inbox at once.
const ORDERS_AT_ONCE: u32 = 256;

type Answer = Result<Receipt, SubmitError>;

/// Ownership by lease.
#[derive(Clone)]
pub struct Leased {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Leases>,
    patience: Patience,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Shards that this process holds, with the epochs of their leases.
    held: BTreeMap<Shard, i64>,
    /// Orders that were handed over and wait for their answer.
    forwarded: BTreeMap<(Shard, CommandId), Vec<oneshot::Sender<Answer>>>,
    /// Orders of others that are being served.
    serving: BTreeSet<(Shard, CommandId)>,
    takes: Option<Arc<dyn Takes>>,
}

impl std::fmt::Debug for Leased {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leased").field("held", &self.inner.state().held).finish_non_exhaustive()
    }
}

impl Leased {
    /// Ownership by the leases of a store.
    pub fn new(store: Arc<dyn Leases>, patience: Patience) -> Self {
        Self { inner: Arc::new(Inner { store, patience, state: Mutex::default() }) }
    }

    /// The shards that this process holds.
    #[must_use]
    pub fn held(&self) -> Vec<Shard> {
        self.inner.state().held.keys().cloned().collect()
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> Vec<(Shard, i64)> {
        self.state().held.iter().map(|(shard, epoch)| (shard.clone(), *epoch)).collect()
    }

    async fn hear(self: &Arc<Self>, notice: Notice) {
        match notice {
            Notice::Command(shard) => self.serve(&shard).await,
            Notice::Answer(shard, command) => self.fetch_answer(&shard, command).await,
            Notice::Again => {
                for (shard, _) in self.held() {
                    self.serve(&shard).await;
                }
                self.look_for_answers().await;
                if let Err(error) = self.store.sweep().await {
                    tracing::warn!(%error, "forgotten answers cannot be removed");
                }
            }
        }
    }

    /// Serves the orders that others have left for a shard of this process.
    async fn serve(self: &Arc<Self>, shard: &Shard) {
        let takes = {
            let state = self.state();
            let holds = state.held.contains_key(shard);
            state.takes.as_ref().filter(|_| holds).map(Arc::clone)
        };
        let Some(takes) = takes else { return };
        let waiting = match self.store.waiting(shard, ORDERS_AT_ONCE).await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::warn!(%shard, %error, "the inbox cannot be read");
                return;
            }
        };
        for (command, body) in waiting {
            if self.state().serving.insert((shard.clone(), command)) {
                let (own, takes, shard) = (Arc::clone(self), Arc::clone(&takes), shard.clone());
                tokio::spawn(async move {
                    own.serve_one(&*takes, &shard, command, &body).await;
                    own.state().serving.remove(&(shard, command));
                });
            }
        }
    }

    async fn serve_one(&self, takes: &dyn Takes, shard: &Shard, command: CommandId, body: &str) {
        let answer = match serde_json::from_str::<Order>(body) {
            Ok(order) => takes.take(order).await,
            Err(error) => Err(Rejection::Malformed(error.to_string()).into()),
        };
        if matches!(answer, Err(SubmitError::Rejected(Rejection::Down(_)))) {
            // Nothing is promised: the order stays for whoever holds the shard next.
            return;
        }
        let told = match serde_json::to_string(&answer) {
            Ok(text) => self.store.answer(shard, command, text).await.map_err(|e| e.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = told {
            tracing::warn!(%shard, %command, error, "an order of another process was not answered");
        }
    }

    async fn look_for_answers(self: &Arc<Self>) {
        let waiting: Vec<_> = self.state().forwarded.keys().cloned().collect();
        for (shard, command) in waiting {
            self.fetch_answer(&shard, command).await;
        }
    }

    /// Takes an answer out of the store and gives it to whoever waits here.
    async fn fetch_answer(&self, shard: &Shard, command: CommandId) {
        let key = (shard.clone(), command);
        if !self.state().forwarded.contains_key(&key) {
            return;
        }
        let answer = match self.store.take_answer(shard, command).await {
            Ok(Some(text)) => serde_json::from_str::<Answer>(&text)
                .unwrap_or_else(|error| Err(Rejection::Down(error.to_string()).into())),
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%shard, %command, %error, "an answer cannot be read");
                return;
            }
        };
        for waiting in self.state().forwarded.remove(&key).unwrap_or_default() {
            let _gone = waiting.send(answer.clone());
        }
    }

    async fn renew(&self) {
        for (shard, epoch) in self.held() {
            match self.store.renew(&shard, epoch).await {
                Ok(true) => {}
                Ok(false) => {
                    let takes = {
                        let mut state = self.state();
                        state.held.remove(&shard);
                        state.takes.clone()
                    };
                    tracing::warn!(%shard, "the lease of a shard was lost");
                    if let Some(takes) = takes {
                        takes.lost(&shard);
                    }
                }
                // If it runs out meanwhile, another writer takes over and this one is fenced by the journal.
                Err(error) => tracing::warn!(%shard, %error, "a lease cannot be renewed"),
            }
        }
    }
}

/// Listens and renews until the engine is gone.
async fn keep(inner: Weak<Inner>, mut notices: Box<dyn Listener>, patience: Patience) {
    let every = |period| interval_at(Instant::now() + period, period);
    let (mut renew, mut look) = (every(patience.renew), every(patience.look));
    loop {
        let notice = tokio::select! {
            notice = notices.next() => match notice {
                Some(notice) => Some(notice),
                None => return,
            },
            _ = renew.tick() => None,
            _ = look.tick() => Some(Notice::Again),
        };
        let Some(inner) = inner.upgrade() else { return };
        match notice {
            Some(notice) => inner.hear(notice).await,
            None => inner.renew().await,
        }
    }
}

impl Ownership for Leased {
    fn attach(&self, takes: Arc<dyn Takes>) -> Waiting<'_, Result<(), String>> {
        self.inner.state().takes = Some(takes);
        let notices = self.inner.store.listen();
        tokio::spawn(keep(Arc::downgrade(&self.inner), notices, self.inner.patience));
        Box::pin(std::future::ready(Ok(())))
    }

    fn acquire(&self, shard: &Shard) -> Waiting<'_, Result<bool, String>> {
        let shard = shard.clone();
        Box::pin(async move {
            if self.inner.state().held.contains_key(&shard) {
                return Ok(true);
            }
            let taken = self.inner.store.acquire(&shard).await.map_err(|e| e.to_string())?;
            let Some(epoch) = taken else { return Ok(false) };
            self.inner.state().held.insert(shard.clone(), epoch);
            // What was left for the holder before this one is served as soon as the shard is open.
            let inner = Arc::clone(&self.inner);
            tokio::spawn(async move { inner.serve(&shard).await });
            Ok(true)
        })
    }

    fn release(&self, shard: &Shard) -> Waiting<'_, ()> {
        let shard = shard.clone();
        Box::pin(async move {
            let epoch = self.inner.state().held.remove(&shard);
            if let Some(epoch) = epoch
                && let Err(error) = self.inner.store.release(&shard, epoch).await
            {
                tracing::warn!(%shard, %error, "a lease was not given back; it runs out by itself");
            }
        })
    }

    fn forward(&self, order: Order) -> Waiting<'_, Result<Receipt, SubmitError>> {
        Box::pin(async move {
            let down = |why: String| SubmitError::from(Rejection::Down(why));
            let (shard, command) = (order.commands.shard.clone(), order.id);
            let body = serde_json::to_string(&order).map_err(|e| down(e.to_string()))?;
            let (answer, answered) = oneshot::channel();
            let key = (shard.clone(), command);
            self.inner.state().forwarded.entry(key.clone()).or_default().push(answer);
            if let Err(why) = self.inner.store.put(&shard, command, body).await {
                self.inner.state().forwarded.remove(&key);
                return Err(down(why.to_string()));
            }
            match tokio::time::timeout(self.inner.patience.answer, answered).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) | Err(_) => {
                    self.inner.state().forwarded.remove(&key);
                    Err(down(
                        "the process that writes this shard did not answer in time".to_owned(),
                    ))
                }
            }
        })
    }
}
