//! Two processes, one installation: a shard has one writer, and commands find it.

use crate::jar::{Command, HERE, Jars, ask};
use engine::lease::{Leased, Patience};
use engine::{Config, Engine, Order, Pace, Sizes, Stores};
use journal::memory::MemoryJournal;
use journal::{Journal, Leases, Listener, Notice, ReadError};
use journal_postgres::{PostgresJournal, PostgresLeases};
use kernel::{Actor, CommandId, Shard, Waiting};
use module::{Module as _, Registry, SystemClock};
use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tables::{Query, Tables};
use tables_postgres::PostgresTables;
use tables_sqlite::SqliteTables;
use tokio::sync::mpsc;

/// What both processes see.
#[derive(Default)]
struct Shared {
    leases: BTreeMap<Shard, (u8, i64)>,
    inbox: BTreeMap<(Shard, CommandId), (String, Option<String>)>,
    listeners: Vec<mpsc::Sender<Notice>>,
}

/// A store of leases in memory, as one process sees it.
struct MemoryLeases {
    process: u8,
    shared: Arc<Mutex<Shared>>,
}

struct Heard(mpsc::Receiver<Notice>);

impl Listener for Heard {
    fn next(&mut self) -> Waiting<'_, Option<Notice>> {
        Box::pin(self.0.recv())
    }
}

fn done<T: Send + 'static>(value: T) -> Waiting<'static, Result<T, ReadError>> {
    Box::pin(ready(Ok(value)))
}

impl MemoryLeases {
    fn tell(&self, notice: &Notice) {
        for listener in &self.shared.lock().unwrap().listeners {
            drop(listener.try_send(notice.clone()));
        }
    }
}

impl Leases for MemoryLeases {
    fn acquire(&self, shard: &Shard) -> Waiting<'_, Result<Option<i64>, ReadError>> {
        let mut shared = self.shared.lock().unwrap();
        let lease = shared.leases.entry(shard.clone()).or_insert((self.process, 0));
        if lease.0 != self.process && lease.0 != 0 {
            return done(None);
        }
        *lease = (self.process, lease.1 + 1);
        done(Some(lease.1))
    }
    fn renew(&self, shard: &Shard, epoch: i64) -> Waiting<'_, Result<bool, ReadError>> {
        done(self.shared.lock().unwrap().leases.get(shard) == Some(&(self.process, epoch)))
    }
    fn release(&self, shard: &Shard, epoch: i64) -> Waiting<'_, Result<(), ReadError>> {
        let mut shared = self.shared.lock().unwrap();
        if let Some(lease) = shared.leases.get_mut(shard).filter(|l| **l == (self.process, epoch)) {
            lease.0 = 0;
        }
        done(())
    }
    fn put(
        &self,
        shard: &Shard,
        command: CommandId,
        body: String,
    ) -> Waiting<'_, Result<(), ReadError>> {
        self.shared.lock().unwrap().inbox.entry((shard.clone(), command)).or_insert((body, None));
        self.tell(&Notice::Command(shard.clone()));
        done(())
    }
    fn waiting(
        &self,
        shard: &Shard,
        _: u32,
    ) -> Waiting<'_, Result<Vec<(CommandId, String)>, ReadError>> {
        let shared = self.shared.lock().unwrap();
        let waiting =
            shared.inbox.iter().filter(|((s, _), (_, answer))| s == shard && answer.is_none());
        done(waiting.map(|((_, command), (body, _))| (*command, body.clone())).collect())
    }
    fn answer(
        &self,
        shard: &Shard,
        command: CommandId,
        answer: String,
    ) -> Waiting<'_, Result<(), ReadError>> {
        if let Some(letter) = self.shared.lock().unwrap().inbox.get_mut(&(shard.clone(), command)) {
            letter.1 = Some(answer);
        }
        self.tell(&Notice::Answer(shard.clone(), command));
        done(())
    }
    fn take_answer(
        &self,
        shard: &Shard,
        command: CommandId,
    ) -> Waiting<'_, Result<Option<String>, ReadError>> {
        let mut shared = self.shared.lock().unwrap();
        let key = (shard.clone(), command);
        match shared.inbox.get(&key) {
            Some((_, Some(_))) => done(shared.inbox.remove(&key).and_then(|letter| letter.1)),
            _ => done(None),
        }
    }
    fn sweep(&self) -> Waiting<'_, Result<(), ReadError>> {
        done(())
    }
    fn listen(&self) -> Box<dyn Listener> {
        let (sender, receiver) = mpsc::channel(64);
        self.shared.lock().unwrap().listeners.push(sender);
        Box::new(Heard(receiver))
    }
}

struct Installation {
    journal: Arc<dyn Journal>,
    tables: Arc<dyn Tables>,
    shared: Arc<Mutex<Shared>>,
}

impl Installation {
    fn new() -> Self {
        Self {
            journal: Arc::new(MemoryJournal::new()),
            tables: Arc::new(SqliteTables::memory().unwrap()),
            shared: Arc::default(),
        }
    }

    async fn process(&self, process: u8) -> (Engine, Leased) {
        let leases = MemoryLeases { process, shared: Arc::clone(&self.shared) };
        let owner = Leased::new(Arc::new(leases), Patience::default());
        let mut registry = Registry::default();
        Jars::new(1).register(&mut registry);
        let stores =
            Stores::new(Arc::clone(&self.journal), Arc::clone(&self.tables), Arc::new(SystemClock));
        let stores = Stores { ownership: Arc::new(owner.clone()), ..stores };
        let config = Config { pace: Pace::ByHand, sizes: Sizes::default() };
        (Engine::start(config, &registry, stores).await.unwrap(), owner)
    }
}

fn order(n: u8, command: &Command) -> Order {
    let commands = ask(HERE, "a", command);
    Order { id: CommandId::derive(&[&[n]]), actor: Actor::system("tester"), cause: None, commands }
}

#[tokio::test]
async fn a_command_for_a_shard_held_elsewhere_is_answered_by_its_holder() {
    let installation = Installation::new();
    let (first, first_owner) = installation.process(1).await;
    let (second, second_owner) = installation.process(2).await;
    first.order(order(1, &Command::Add)).await.unwrap();
    let receipt = second.order(order(2, &Command::Add)).await.unwrap();
    assert_eq!(receipt.events[0].version, 2);
    assert_eq!((first_owner.held().len(), second_owner.held().len()), (1, 0));
    // A refusal and a repetition travel as well.
    let full = second.order(order(3, &Command::AddBelow(2))).await.unwrap_err();
    assert_eq!(full.refusal().code, "JAR-0001");
    assert!(second.order(order(2, &Command::Add)).await.unwrap().repeated);
    assert!(installation.shared.lock().unwrap().inbox.is_empty());
}

#[tokio::test]
async fn another_process_takes_over_what_one_gives_back() {
    let installation = Installation::new();
    let (first, _) = installation.process(1).await;
    let (second, second_owner) = installation.process(2).await;
    first.order(order(1, &Command::Add)).await.unwrap();
    first.stop().await;
    let receipt = second.order(order(2, &Command::Add)).await.unwrap();
    assert_eq!((receipt.events[0].seq, second_owner.held()), (2, vec![Shard::new(HERE)]));
}

#[tokio::test]
async fn a_writer_whose_lease_was_taken_is_fenced_and_hands_over() {
    let installation = Installation::new();
    let (first, _) = installation.process(1).await;
    let (second, _) = installation.process(2).await;
    first.order(order(1, &Command::Add)).await.unwrap();
    // The first process was asleep for too long: the second one takes its lease and writes.
    installation.shared.lock().unwrap().leases.insert(Shard::new(HERE), (0, 1));
    second.order(order(2, &Command::Add)).await.unwrap();
    // The first one still believes that it holds the shard; the journal fences it, and it tells so.
    first.order(order(3, &Command::Add)).await.unwrap_err();
    let events = installation.journal.read(&Shard::new(HERE), 0, 9).await.unwrap();
    assert_eq!(events.len(), 2);
    // Sent again, the command finds its way to the holder.
    let receipt = first.order(order(3, &Command::Add)).await.unwrap();
    assert_eq!(receipt.events[0].seq, 3);
}

/// Two processes on a real PostgreSQL server: leases, inbox, journal and tables.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_postgres_write_one_journal_and_one_set_of_tables() {
    let Some(server) = testbed::service("postgres") else { return };
    let process = async |name: &str| {
        let journal = PostgresJournal::connect(server.url()).await.unwrap();
        let tables = PostgresTables::connect(server.url()).await.unwrap();
        let leases = PostgresLeases::new(journal.clone(), name, Duration::from_secs(3_600));
        let owner = Leased::new(Arc::new(leases), Patience::default());
        let mut registry = Registry::default();
        Jars::new(1).register(&mut registry);
        let stores = Stores::new(Arc::new(journal), Arc::new(tables), Arc::new(SystemClock));
        let stores = Stores { ownership: Arc::new(owner), ..stores };
        Engine::start(Config::default(), &registry, stores).await.unwrap()
    };
    let (first, second) = (process("first").await, process("second").await);
    let mut callers = tokio::task::JoinSet::new();
    for n in 0..40_u8 {
        let engine = if n % 2 == 0 { first.clone() } else { second.clone() };
        callers.spawn(async move { engine.order(order(n, &Command::Add)).await.unwrap() });
    }
    let mut seqs = Vec::new();
    while let Some(receipt) = callers.join_next().await {
        seqs.push(receipt.unwrap().events[0].seq);
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=40).collect::<Vec<_>>());
    first.stop().await;
    let receipt = second.order(order(100, &Command::Add)).await.unwrap();
    assert_eq!(receipt.events[0].version, 41);
    let rows = second.reader().rows(Query::new("SELECT n FROM jar_counts")).await.unwrap();
    assert_eq!(rows[0].get::<i64>("n").unwrap(), 41);
    second.stop().await;
}
