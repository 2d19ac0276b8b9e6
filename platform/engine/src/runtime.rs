//! The runtime: opens shards on demand, hands commands to their writers, and stops them in good order.

mod carry;
mod driver;
pub(crate) mod io;
mod operator;

pub use driver::ShardHealth;
pub use operator::{CauseRow, DeadLetterRow, LaneRow, OutboxRow, Standing, TimerRow};

use crate::book::Book;
use crate::catchup::{Rebuilder, Rebuilding};
use crate::courier::{Courier, NoCourier, Order, Ownership, SoleOwner, Takes};
use crate::error::StartError;
use crate::kinds::Kinds;
use crate::limits;
use crate::routes::Routes;
use crate::shard::{Core, Sizes};
use driver::{Driver, Handle, Message};
use journal::Journal;
use kernel::{Atomic, CommandId, Moment, Policy, Recorded, Shard, Waiting};
use module::{
    Clearance, Clock, Commands, ErasedErrand, Follower, History, NoFollower, Receipt, Registry,
    Rejection, SubmitError,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tables::{Projection, Reader, Tables};
use tokio::sync::{RwLock, oneshot};

/// How time passes for the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// It sleeps until the next thing is due.
    #[default]
    RealTime,
    /// Somebody winds the clock and says so: [`Engine::settle`].
    ByHand,
}

/// What the engine runs on.
#[derive(Clone)]
pub struct Stores {
    /// The journal.
    pub journal: Arc<dyn Journal>,
    /// The tables.
    pub tables: Arc<dyn Tables>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Who carries messages.
    pub courier: Arc<dyn Courier>,
    /// Who owns which shard.
    pub ownership: Arc<dyn Ownership>,
    /// Who hears of everything that became durable.
    pub follower: Arc<dyn Follower>,
}

impl Stores {
    /// Stores of a single process without partners.
    pub fn new(journal: Arc<dyn Journal>, tables: Arc<dyn Tables>, clock: Arc<dyn Clock>) -> Self {
        Self {
            journal,
            tables,
            clock,
            courier: Arc::new(NoCourier),
            ownership: Arc::new(SoleOwner),
            follower: Arc::new(NoFollower),
        }
    }
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}

/// How the engine runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Config {
    /// How time passes.
    pub pace: Pace,
    /// What a shard keeps in memory and does at once.
    pub sizes: Sizes,
}

/// What every shard of an engine shares.
pub(crate) struct Parts {
    pub(crate) stores: Stores,
    pub(crate) kinds: Arc<Kinds>,
    pub(crate) policies: Arc<Routes<dyn Policy>>,
    pub(crate) projections: Arc<Routes<dyn Projection>>,
    pub(crate) errands: BTreeMap<&'static str, Arc<dyn ErasedErrand>>,
    pub(crate) config: Config,
}

impl Parts {
    /// What every shard shares: of what is registered, on these stores.
    pub(crate) fn new(config: Config, registry: &Registry, stores: Stores) -> Self {
        let mut projections: Vec<Arc<dyn Projection>> = vec![Arc::new(Book)];
        projections.extend(registry.projections.iter().cloned());
        Self {
            kinds: Arc::new(Kinds::of(registry)),
            policies: Arc::new(Routes::of_policies(registry.policies.clone())),
            projections: Arc::new(Routes::of_projections(projections)),
            errands: registry
                .errands
                .iter()
                .map(|errand| (errand.kind(), Arc::clone(errand)))
                .collect(),
            config,
            stores,
        }
    }

    pub(crate) fn rebuilder(&self) -> Rebuilder<'_> {
        Rebuilder {
            journal: &*self.stores.journal,
            tables: &*self.stores.tables,
            kinds: &self.kinds,
            projections: &self.projections,
        }
    }
}

type Slot = Arc<tokio::sync::Mutex<Option<Handle>>>;

struct Inner {
    parts: Arc<Parts>,
    slots: Mutex<BTreeMap<Shard, Slot>>,
    /// Held for reading while a shard opens, for writing while rows are rebuilt.
    opening: RwLock<()>,
    /// Grows with every command, so that a settling engine sees whether anything happened meanwhile.
    activity: AtomicU64,
    is_stopping: AtomicBool,
}

/// The engine (引擎): takes commands, keeps the journal and the tables, fires timers, carries letters.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("config", &self.inner.parts.config).finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts the engine: tables are made and filled, and every shard with events is opened, so that timers that fell
    /// due while it was off fire now.
    ///
    /// # Errors
    /// The stores cannot be used, or what is registered does not fit.
    pub async fn start(
        config: Config,
        registry: &Registry,
        stores: Stores,
    ) -> Result<Self, StartError> {
        check(registry)?;
        let parts = Arc::new(Parts::new(config, registry, stores));
        parts.rebuilder().prepare().await?;
        let engine = Self {
            inner: Arc::new(Inner {
                parts,
                slots: Mutex::default(),
                opening: RwLock::new(()),
                activity: AtomicU64::new(0),
                is_stopping: AtomicBool::new(false),
            }),
        };
        let stores = &engine.inner.parts.stores;
        let takes: Arc<dyn Takes> = Arc::new(Taker(Arc::downgrade(&engine.inner)));
        stores.ownership.attach(takes).await.map_err(StartError::Ownership)?;
        for shard in stores.journal.shards().await? {
            match engine.inner.handle(&shard).await {
                Ok(_) | Err(Unopened::Elsewhere) => {}
                Err(Unopened::Broken(error)) => return Err(error),
            }
        }
        if config.pace == Pace::RealTime {
            tokio::spawn(keep_open(Arc::downgrade(&engine.inner)));
        }
        Ok(engine)
    }

    /// Reads tables.
    #[must_use]
    pub fn reader(&self) -> Arc<dyn Reader> {
        Arc::clone(&self.inner.parts.stores.tables) as Arc<dyn Reader>
    }

    /// Submits a command as the platform itself, with the event that led to it.
    ///
    /// # Errors
    /// As [`Commands::submit`].
    pub async fn order(&self, order: Order) -> Result<Receipt, SubmitError> {
        self.inner.order(order, true).await
    }

    /// Waits until every command is answered, every letter that can be carried is, and nothing is due.
    pub async fn settle(&self) {
        loop {
            let before = self.inner.activity.load(Ordering::SeqCst);
            for handle in self.inner.open_handles().await {
                handle.ask(Message::Rest).await;
            }
            if self.inner.activity.load(Ordering::SeqCst) == before {
                break;
            }
        }
    }

    /// When the next thing is due on the shards that are open; call it after [`Engine::settle`].
    pub async fn next_due(&self) -> Option<Moment> {
        let mut next = None;
        for handle in self.inner.open_handles().await {
            let due = handle.ask(Message::NextDue).await.flatten();
            next = [next, due].into_iter().flatten().min();
        }
        next
    }

    /// How every open shard is doing.
    pub async fn health(&self) -> Vec<ShardHealth> {
        let mut health = Vec::new();
        for handle in self.inner.open_handles().await {
            health.extend(handle.ask(Message::Health).await);
        }
        health
    }

    /// Makes all rows anew from the journal. Writers stop for the time it takes; commands wait. Where several processes
    /// serve one installation, the others are stopped first: they write the same tables.
    ///
    /// # Errors
    /// A store fails, or an event cannot be read.
    pub async fn rebuild(
        &self,
        progress: &mut (dyn FnMut(Rebuilding) + Send),
    ) -> Result<(), StartError> {
        let _closed = self.inner.opening.write().await;
        self.inner.close_all().await;
        self.inner.parts.rebuilder().rebuild(progress).await
    }

    /// Stops in good order: no new commands, all waiting ones are answered, nothing is lost.
    pub async fn stop(&self) {
        self.inner.is_stopping.store(true, Ordering::SeqCst);
        self.inner.close_all().await;
    }
}

/// Refuses two of one name, and names both sides.
fn check(registry: &Registry) -> Result<(), StartError> {
    let twice = |what: &str, names: Vec<&'static str>| {
        let mut seen = BTreeSet::new();
        match names.into_iter().find(|name| !seen.insert(*name)) {
            Some(name) => Err(StartError::Registry(format!("two {what} are called `{name}`"))),
            None => Ok(()),
        }
    };
    let mut kinds: Vec<_> = registry.aggregates.iter().map(|kind| kind.kind()).collect();
    kinds.push("outbox");
    twice("aggregates", kinds)?;
    twice("policies", registry.policies.iter().map(|policy| policy.name()).collect())?;
    twice("errands", registry.errands.iter().map(|errand| errand.kind()).collect())?;
    let mut projections: Vec<_> = registry.projections.iter().map(|p| p.name()).collect();
    projections.push("engine");
    twice("projections", projections)?;
    let tables = registry.projections.iter().flat_map(|p| p.tables()).map(|table| table.name);
    twice("tables", tables.collect())
}

/// Why a shard is not open here.
enum Unopened {
    /// Another process owns it.
    Elsewhere,
    Broken(StartError),
}

impl Inner {
    fn slot(&self, shard: &Shard) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(shard.clone()).or_default())
    }

    fn slots(&self) -> Vec<Slot> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.values().map(Arc::clone).collect()
    }

    /// The handle of a shard, opened if need be.
    async fn handle(self: &Arc<Self>, shard: &Shard) -> Result<Handle, Unopened> {
        let slot = self.slot(shard);
        if let Some(handle) = &*slot.lock().await
            && handle.is_open()
        {
            return Ok(handle.clone());
        }
        // A rebuild holds `opening` and asks for every slot, so nobody waits for `opening` with a slot in hand.
        let _opening = self.opening.read().await;
        let mut slot = slot.lock().await;
        if let Some(handle) = &*slot
            && handle.is_open()
        {
            return Ok(handle.clone());
        }
        let handle = self.open(shard).await?;
        *slot = Some(handle.clone());
        Ok(handle)
    }

    async fn open(self: &Arc<Self>, shard: &Shard) -> Result<Handle, Unopened> {
        let stores = &self.parts.stores;
        let owned = stores.ownership.acquire(shard).await;
        let owned = owned.map_err(|why| Unopened::Broken(StartError::Ownership(why)))?;
        if !owned {
            return Err(Unopened::Elsewhere);
        }
        let head = stores.journal.head(shard).await.map_err(|e| Unopened::Broken(e.into()))?;
        self.parts.rebuilder().catch_up(shard, head.seq).await.map_err(Unopened::Broken)?;
        let core = Core::new(
            shard.clone(),
            Arc::clone(&self.parts.kinds),
            Arc::clone(&self.parts.policies),
            head,
            self.parts.config.sizes,
        );
        Ok(Driver::start(Arc::downgrade(self), Arc::clone(&self.parts), shard.clone(), core))
    }

    async fn order(
        self: &Arc<Self>,
        order: Order,
        may_forward: bool,
    ) -> Result<Receipt, SubmitError> {
        if self.is_stopping.load(Ordering::SeqCst) {
            return Err(Rejection::Down("the server is stopping".to_owned()).into());
        }
        self.activity.fetch_add(1, Ordering::SeqCst);
        match self.handle(&order.commands.shard).await {
            Ok(handle) => handle.submit(order).await,
            Err(Unopened::Elsewhere) if may_forward => {
                self.parts.stores.ownership.forward(order).await
            }
            Err(Unopened::Elsewhere) => {
                Err(Rejection::Down("another server writes this shard".to_owned()).into())
            }
            Err(Unopened::Broken(error)) => {
                tracing::error!(shard = %order.commands.shard, %error, "a shard cannot be opened");
                Err(Rejection::Down(error.to_string()).into())
            }
        }
    }

    async fn open_handles(&self) -> Vec<Handle> {
        let mut handles = Vec::new();
        for slot in self.slots() {
            let slot = slot.lock().await;
            handles.extend(slot.iter().filter(|handle| handle.is_open()).cloned());
        }
        handles
    }

    async fn close_all(&self) {
        for handle in self.open_handles().await {
            handle.ask(Message::Stop).await;
        }
    }
}

/// Opens again what has stopped, and takes over what other processes have left, so that timers fire although nobody
/// asks for anything.
async fn keep_open(engine: Weak<Inner>) {
    loop {
        tokio::time::sleep(Duration::from_micros(limits::KEEP_OPEN_US)).await;
        let Some(engine) = engine.upgrade() else { return };
        if engine.is_stopping.load(Ordering::SeqCst) {
            return;
        }
        let shards = match engine.parts.stores.journal.shards().await {
            Ok(shards) => shards,
            Err(error) => {
                tracing::warn!(%error, "the journal's shards cannot be told");
                continue;
            }
        };
        for shard in shards {
            if let Err(Unopened::Broken(error)) = engine.handle(&shard).await {
                tracing::error!(%shard, %error, "a shard cannot be opened");
            }
        }
    }
}

/// Takes orders from other processes without keeping the engine alive.
struct Taker(Weak<Inner>);

impl Takes for Taker {
    fn take(&self, order: Order) -> Waiting<'_, Result<Receipt, SubmitError>> {
        let inner = self.0.upgrade();
        Box::pin(async move {
            match inner {
                Some(inner) => inner.order(order, false).await,
                None => Err(Rejection::Down("the server has stopped".to_owned()).into()),
            }
        })
    }

    fn lost(&self, shard: &Shard) {
        let Some(inner) = self.0.upgrade() else { return };
        let slot = inner.slot(shard);
        // Whoever holds the slot is opening the shard and will ask for the lease itself.
        if let Ok(slot) = slot.try_lock()
            && let Some(handle) = &*slot
        {
            let (done, _nobody_waits) = oneshot::channel();
            handle.send(Message::Stop(done));
        }
    }
}

impl Commands for Engine {
    fn submit(
        &self,
        by: Clearance,
        id: CommandId,
        commands: Atomic,
    ) -> Waiting<'_, Result<Receipt, SubmitError>> {
        let order = Order { id, actor: by.actor().clone(), cause: None, commands };
        Box::pin(self.inner.order(order, true))
    }
}

impl History for Engine {
    fn stream(
        &self,
        shard: &Shard,
        kind: &str,
        key: &str,
        after: u64,
    ) -> Waiting<'_, Result<Vec<Recorded>, SubmitError>> {
        let read = self.inner.parts.stores.journal.stream(shard, kind, key, after);
        Box::pin(async move { read.await.map_err(|e| Rejection::Down(e.to_string()).into()) })
    }
}

const _: () = assert!(
    limits::INTAKE < limits::QUEUE_LENGTH_MAX,
    "the queue's own bound is the one that is met"
);
