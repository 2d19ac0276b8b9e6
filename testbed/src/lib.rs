//! A whole platform in memory with a hand-wound clock (试验台): what tests and samples run on.
//!
//! **Invariant:** no test waits for real time; timers fire when the clock is wound, each at its own instant.
//! **Invariant:** it runs the very engine that production runs, on the memory journal and SQLite's `:memory:`.
//!
//! It checks no permissions of its own: its gate answers from a table, everything being allowed unless a test forbids it.
//! Cedar is tested in `identity` and `app`. Start with [`Testbed`]; a test that needs a real server asks for a service.
//!
//! ```text
//!  let bed = Testbed::new(vec![Box::new(CasesModule::new(…))]).await?;
//!  bed.submit(actor, Atomic::new(shard).then::<Case>(&key, &command)?).await?;
//!  bed.wind("2026-02-27T01:00:00Z".parse()?).await?;
//!  let reply = bed.request(&actor, "GET", "/api/v1/cases", None).await;
//! ```

mod clock;
mod gate;
mod http;
mod late;
mod programs;
mod service;

pub use clock::HandClock;
pub use gate::TableGate;
pub use http::Reply;
pub use late::{LateClock, LateReader};
pub use programs::{program, python};
pub use service::{Service, leave_out, service};

use axum::Router;
use blobs::{Blobs, MemoryBlobs};
use engine::{Config, Courier, Engine, NoCourier, Order, Pace, Sizes, StartError, Stores};
use journal::Journal;
use journal::memory::MemoryJournal;
use kernel::{Actor, Atomic, CommandId, Json, Moment, Recorded, Shard, Waiting};
use module::{
    Call, Called, Follower, Module, NoFollower, Platform, Receipt, Registry, Stage, StageError,
    SubmitError,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tables::{Query, ReadError, Row, Tables};
use tables_sqlite::SqliteTables;

/// What a testbed starts with, where a test wants something of its own.
pub struct Setup {
    modules: Vec<Box<dyn Module>>,
    now: Moment,
    courier: Arc<dyn Courier>,
    journal: Arc<dyn Journal>,
    blobs: Arc<dyn Blobs>,
    follower: Arc<dyn Follower>,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("now", &self.now).finish_non_exhaustive()
    }
}

/// Thursday, 12 February 2026, 09:00 in Beijing: a working day before a long holiday.
const START: Moment = Moment::from_us(1_770_858_000_000_000);

impl Setup {
    /// An empty journal, empty tables, no partners, on the morning of 12 February 2026.
    #[must_use]
    pub fn new(modules: Vec<Box<dyn Module>>) -> Self {
        Self {
            modules,
            now: START,
            courier: Arc::new(NoCourier),
            journal: Arc::new(MemoryJournal::new()),
            blobs: Arc::new(MemoryBlobs::new()),
            follower: Arc::new(NoFollower),
        }
    }

    /// Begins at another instant.
    #[must_use]
    pub fn at(mut self, now: Moment) -> Self {
        self.now = now;
        self
    }

    /// Hands messages to partners to a courier.
    #[must_use]
    pub fn courier(mut self, courier: impl Courier) -> Self {
        self.courier = Arc::new(courier);
        self
    }

    /// Runs on another journal: a faulty one, or one that holds events already.
    #[must_use]
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = journal;
        self
    }

    /// Stores files elsewhere: where the tools of an errand see them too.
    #[must_use]
    pub fn blobs(mut self, blobs: Arc<dyn Blobs>) -> Self {
        self.blobs = blobs;
        self
    }

    /// Lets somebody hear of everything that became durable.
    #[must_use]
    pub fn follower(mut self, follower: Arc<dyn Follower>) -> Self {
        self.follower = follower;
        self
    }

    /// Starts the platform.
    ///
    /// # Errors
    /// The modules do not fit together.
    pub async fn start(self) -> Result<Testbed, StartError> {
        let tables: Arc<dyn Tables> = Arc::new(SqliteTables::memory()?);
        let clock = Arc::new(HandClock::at(self.now));
        Testbed::assemble(self, tables, clock, Arc::new(TableGate::default())).await
    }
}

/// A whole platform in memory.
pub struct Testbed {
    setup: Setup,
    engine: Engine,
    tables: Arc<dyn Tables>,
    clock: Arc<HandClock>,
    gate: Arc<TableGate>,
    platform: Platform,
    router: Router,
    calls: Vec<Call>,
    submitted: AtomicU64,
}

impl std::fmt::Debug for Testbed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Testbed").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl Testbed {
    /// A platform of these modules; [`Setup`] has more to choose.
    ///
    /// # Errors
    /// The modules do not fit together.
    pub async fn new(modules: Vec<Box<dyn Module>>) -> Result<Self, StartError> {
        Setup::new(modules).start().await
    }

    async fn assemble(
        setup: Setup,
        tables: Arc<dyn Tables>,
        clock: Arc<HandClock>,
        gate: Arc<TableGate>,
    ) -> Result<Self, StartError> {
        let mut registry = Registry::default();
        for module in &setup.modules {
            module.register(&mut registry);
        }
        let stores = Stores {
            courier: Arc::clone(&setup.courier),
            follower: Arc::clone(&setup.follower),
            ..Stores::new(Arc::clone(&setup.journal), Arc::clone(&tables), Arc::clone(&clock) as _)
        };
        // One letter at a time: the same test does the same things in the same order.
        let sizes = Sizes { at_once: 1, ..Sizes::default() };
        let engine = Engine::start(Config { pace: Pace::ByHand, sizes }, &registry, stores).await?;
        let platform = Platform {
            commands: Arc::new(engine.clone()),
            reader: engine.reader(),
            history: Arc::new(engine.clone()),
            gate: Arc::clone(&gate) as _,
            blobs: Arc::clone(&setup.blobs),
            clock: Arc::clone(&clock) as _,
            panels: registry.panels.into(),
            fillers: registry.fillers.into(),
            concerns: registry.concerns.into(),
            exhibits: registry.exhibits.into(),
            retains: registry.retains.into(),
        };
        let calls = registry.calls;
        let routers = registry.routers.into_iter().map(|(_, router)| router);
        let router = routers.fold(Router::new(), Router::merge).with_state(platform.clone());
        let submitted = AtomicU64::new(0);
        Ok(Self { setup, engine, tables, clock, gate, platform, router, calls, submitted })
    }

    /// Stops the platform and starts it again on the same journal, tables and files.
    ///
    /// # Errors
    /// The modules do not fit what is in the stores.
    pub async fn restart(self) -> Result<Self, StartError> {
        self.engine.stop().await;
        Self::assemble(self.setup, self.tables, self.clock, self.gate).await
    }

    /// Stops the platform and starts it again with its tables lost: they are made anew from the journal.
    ///
    /// # Errors
    /// The modules do not fit what is in the journal.
    pub async fn restart_without_tables(self) -> Result<Self, StartError> {
        self.engine.stop().await;
        let tables: Arc<dyn Tables> = Arc::new(SqliteTables::memory()?);
        Self::assemble(self.setup, tables, self.clock, self.gate).await
    }

    /// Calls a pure function that a module brought; none if no module brought one of that name.
    #[must_use]
    pub fn call(&self, name: &str, with: &Json) -> Option<Called> {
        self.calls.iter().find(|call| call.name == name).map(|call| (call.run)(with))
    }

    /// What modules see of it.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.setup.journal
    }

    /// The clock; [`Stage::wind`] fires timers on the way, setting it does not.
    #[must_use]
    pub fn clock(&self) -> &HandClock {
        &self.clock
    }

    /// The gate.
    #[must_use]
    pub fn gate(&self) -> &TableGate {
        &self.gate
    }

    /// Waits until everything that follows from what was submitted has come to rest.
    pub async fn settle(&self) {
        self.engine.settle().await;
    }

    /// Submits commands under an id, as an actor, past the gate, and waits for rest.
    ///
    /// # Errors
    /// The refusal.
    pub async fn submit_as(
        &self,
        actor: Actor,
        id: CommandId,
        commands: Atomic,
    ) -> Result<Receipt, SubmitError> {
        let answer = self.engine.order(Order { id, actor, cause: None, commands }).await;
        self.engine.settle().await;
        answer
    }

    /// An id that no command has had yet in this testbed.
    pub fn next_id(&self) -> CommandId {
        let n = self.submitted.fetch_add(1, Ordering::SeqCst);
        CommandId::derive(&[b"testbed", &n.to_be_bytes(), &self.clock.at_us().to_be_bytes()])
    }

    /// Sends a request to the routes, as an actor, and waits for rest.
    pub async fn request(
        &self,
        actor: &Actor,
        method: &str,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Reply {
        let request = http::request(actor, method, path, body);
        self.send(request).await
    }

    /// Sends a request that a test has made itself, and waits for rest.
    pub async fn send(&self, request: axum::http::Request<axum::body::Body>) -> Reply {
        let reply = http::send(self.router.clone(), request).await;
        self.engine.settle().await;
        reply
    }
}

fn broken(error: impl std::fmt::Display) -> StageError {
    StageError(error.to_string())
}

/// How many events a stage reads at once.
const EVENTS_AT_ONCE: u32 = 10_000;

impl Stage for Testbed {
    fn now(&self) -> Moment {
        use module::Clock as _;
        self.clock.now()
    }

    fn submit(&self, actor: Actor, commands: Atomic) -> Waiting<'_, Result<Receipt, SubmitError>> {
        let id = self.next_id();
        Box::pin(self.submit_as(actor, id, commands))
    }

    fn wind(&self, to: Moment) -> Waiting<'_, Result<(), StageError>> {
        Box::pin(async move {
            if to < self.now() {
                return Err(StageError(format!(
                    "the clock shows {}, it is not wound back to {to}",
                    self.now()
                )));
            }
            self.engine.settle().await;
            while let Some(due) = self.engine.next_due().await.filter(|due| *due <= to) {
                self.clock.set(due.max(self.now()));
                self.engine.settle().await;
            }
            self.clock.set(to);
            self.engine.settle().await;
            Ok(())
        })
    }

    fn rows(&self, query: Query) -> Waiting<'_, Result<Vec<Row>, ReadError>> {
        self.platform.reader.rows(query)
    }

    fn events(&self, shard: &Shard, after: u64) -> Waiting<'_, Result<Vec<Recorded>, StageError>> {
        let shard = shard.clone();
        Box::pin(async move {
            let (mut all, mut at) = (Vec::new(), after);
            loop {
                let part =
                    self.setup.journal.read(&shard, at, EVENTS_AT_ONCE).await.map_err(broken)?;
                let Some(last) = part.last() else { return Ok(all) };
                at = last.seq;
                all.extend(part);
            }
        })
    }
}
