//! 28 S15: the process dies when the registration is durable and its caller has not been told.
//!
//! ```text
//!  child: … ─► Grant(reg) ─► append returns ─► says so and goes no further ─► SIGKILL
//!  test:  the same folder ─► the same command id ─► the same code, one licence, each system told once
//! ```

use super::house::by_hand;
use crate::assemble::{self, Assembly, Kept, Setup};
use crate::bench::partners::{PUBLICITY, Partners};
use crate::bench::place::setup;
use crate::bench::script::{Scope, Script, Sends, Sent, Until};
use cases::{CaseEvent, CaseKey};
use engine::{Engine, Order};
use journal::{Answer, AppendError, Batch, Head, Journal, ReadError};
use kernel::{Actor, Atomic, CommandId, PartyKey, Recorded, Shard, Waiting};
use module::{Clock, Receipt, Rejection, SubmitError};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tables::Query;
use testbed::HandClock;

/// What tells a test process that it is the child, and where it works.
const DATA: &str = "LIANBAN_TEST_S15_DATA";
const DATABASE: &str = "LIANBAN_TEST_S15_DATABASE";
const PARTNERS: &str = "LIANBAN_TEST_S15_PARTNERS";
/// What the child says when the grant is durable.
const DURABLE: &str = "the grant is durable";
/// 12 February 2026, 16:05 in Beijing.
const NOW: &str = "2026-02-12T08:05:00Z";
/// How long a shard may keep its callers waiting: longer than a lease, and than one order that is handed over.
const PATIENCE: Duration = Duration::from_secs(60);
/// The number of the case in its run, and of the run.
const N: u64 = 15;

fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// A journal that goes no further once the registration is durable: whoever waits for the append waits for ever.
struct GoesNoFurther(Arc<dyn Journal>);

fn grants_the_registration(batch: &Batch) -> bool {
    batch.events.iter().any(|event| {
        &*event.kind == "case"
            && matches!(event.read(), Ok(CaseEvent::Granted { task, .. }) if task == "reg")
    })
}

impl Journal for GoesNoFurther {
    fn append(&self, shard: &Shard, batch: Batch) -> Waiting<'_, Result<Head, AppendError>> {
        let is_it = grants_the_registration(&batch);
        let appended = self.0.append(shard, batch);
        Box::pin(async move {
            let head = appended.await;
            if is_it && head.is_ok() {
                crate::cli::say(DURABLE);
                std::future::pending::<()>().await;
            }
            head
        })
    }

    fn read(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
        self.0.read(shard, after, limit)
    }

    fn stream(
        &self,
        shard: &Shard,
        kind: &str,
        key: &str,
        after: u64,
    ) -> Waiting<'_, Result<Vec<Recorded>, ReadError>> {
        self.0.stream(shard, kind, key, after)
    }

    fn answer(
        &self,
        shard: &Shard,
        command: CommandId,
    ) -> Waiting<'_, Result<Option<Answer>, ReadError>> {
        self.0.answer(shard, command)
    }

    fn head(&self, shard: &Shard) -> Waiting<'_, Result<Head, ReadError>> {
        self.0.head(shard)
    }

    fn heads(
        &self,
        shard: &Shard,
        after: u64,
        limit: u32,
    ) -> Waiting<'_, Result<Vec<Head>, ReadError>> {
        self.0.heads(shard, after, limit)
    }

    fn shards(&self) -> Waiting<'_, Result<Vec<Shard>, ReadError>> {
        self.0.shards()
    }
}

/// Sends until a shard answers: one that a dead process holds by lease does so when the lease has run out.
struct Patient<'e>(&'e Engine);

impl Sends for Patient<'_> {
    async fn send(
        &self,
        sent: Sent,
        actor: Actor,
        commands: Atomic,
    ) -> Result<Receipt, SubmitError> {
        let begun = tokio::time::Instant::now();
        loop {
            let (actor, commands) = (actor.clone(), commands.clone());
            let order = Order { id: sent.id, actor, cause: None, commands };
            match self.0.order(order).await {
                Err(SubmitError::Rejected(Rejection::Down(_))) if begun.elapsed() < PATIENCE => {
                    tokio::task::yield_now().await;
                }
                answer => return answer,
            }
        }
    }
}

fn script(assembly: &Assembly) -> Script {
    let today = assembly.platform.clock.now().date();
    Script::of(Scope::SetUp, assembly, today, N, true).unwrap()
}

fn clock() -> Arc<HandClock> {
    Arc::new(HandClock::at(NOW.parse().unwrap()))
}

/// Works a case as far as the grant of its registration, and is killed there. Does nothing unless the tests below ask for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_is_killed_when_the_grant_is_durable() {
    let Some(data) = set(DATA) else { return };
    let database = set(DATABASE).map(|url| url.into_string().unwrap());
    let mut setup = setup(PathBuf::from(data), database);
    setup.partners = set(PARTNERS).map(PathBuf::from);
    let kept = assemble::stores(&setup).await.unwrap();
    let kept = Kept { journal: Arc::new(GoesNoFurther(kept.journal)), ..kept };
    let assembly = assemble::assemble_on(&setup, kept, clock(), by_hand(true)).await.unwrap();
    let (script, to) = (script(&assembly), Patient(&assembly.engine));
    let name = "founder".to_owned();
    let party = (PartyKey::new(name.as_str()), name);
    let no = script.work_until(&to, N, party, Until::Submitted).await.unwrap();
    for task in script.tasks() {
        script.accept(&to, N, &no, task).await.unwrap();
    }
    let reg = script.tasks().find(|task| task.establishes).unwrap();
    script.grant(&to, N, &no, reg).await.unwrap();
    panic!("the grant was answered");
}

/// Runs the child and kills it at the moment that it names.
fn kill_the_child(setup: &Setup, partners: &Partners) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("whole::durable::the_child_is_killed_when_the_grant_is_durable")
        .env(DATA, &setup.data)
        .env(DATABASE, setup.database.clone().unwrap_or_default())
        .env(PARTNERS, partners.file())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let durable = lines.map_while(Result::ok).any(|line| line.contains(DURABLE));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(durable, "the child ended before the grant was durable");
}

/// The events of the case that are in the journal.
async fn events_of(setup: &Setup) -> (CaseKey, Vec<Recorded>) {
    let kept = assemble::stores(setup).await.unwrap();
    for shard in kept.journal.shards().await.unwrap() {
        let all = kept.journal.read(&shard, 0, 10_000).await.unwrap();
        if let Some(opened) = all.iter().find(|event| event.name() == "CaseOpened") {
            let key = opened.key.to_string();
            let own = all.into_iter().filter(|event| &*event.kind == "case" && *event.key == *key);
            return (CaseKey(key.clone()), own.collect());
        }
    }
    panic!("no case was opened");
}

/// The codes under which the enterprise was established: one, if all is well.
fn codes(events: &[Recorded]) -> Vec<String> {
    let code = |event: &Recorded| match event.read().unwrap() {
        CaseEvent::Established { uscc, .. } => Some(uscc),
        _ => None,
    };
    events.iter().filter(|event| &*event.kind == "case").filter_map(code).collect()
}

/// Fires what is due within an hour, letters that are tried again among it.
async fn an_hour_passes(assembly: &Assembly, clock: &HandClock) {
    let end = clock.now().plus_seconds(3_600);
    assembly.engine.settle().await;
    while let Some(due) = assembly.engine.next_due().await.filter(|due| *due <= end) {
        clock.set(due.max(clock.now()));
        assembly.engine.settle().await;
    }
}

/// What every system was told, once each time: the task and the code.
fn told(partners: &Partners) -> BTreeMap<&str, Vec<(String, String)>> {
    let text = |body: &serde_json::Value, name: &str| body[name].as_str().unwrap().to_owned();
    partners
        .got()
        .map(|(key, got)| {
            let told = got.iter().map(|m| (text(&m.body, "task"), text(&m.body, "uscc")));
            (key, told.collect())
        })
        .collect()
}

async fn is_granted_once(database: Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let hand: Arc<dyn Clock> = Arc::clone(&clock) as _;
    let partners = Partners::start(folder.path(), &hand).await.unwrap();
    let mut setup = setup(folder.path().join("data"), database);
    setup.partners = Some(partners.file().to_owned());
    let waiting = setup.clone();
    let partners = tokio::task::spawn_blocking(move || {
        kill_the_child(&waiting, &partners);
        partners
    })
    .await
    .unwrap();
    partners.trust(&setup).unwrap();
    let (no, durable) = events_of(&setup).await;
    let code = codes(&durable);
    let [uscc] = &code[..] else { panic!("the enterprise stands once: {code:?}") };
    assert!(told(&partners).values().all(Vec::is_empty), "nobody was told before the kill");
    let assembly = assemble::assemble_with(&setup, hand, by_hand(true)).await.unwrap();
    let script = script(&assembly);
    let reg = script.tasks().find(|task| task.establishes).unwrap();
    let id = script.grant_id(N, reg);
    let lost: Vec<Recorded> = durable.into_iter().filter(|event| event.command == id).collect();
    assert!(lost.iter().any(|event| event.name() == "Granted"), "{lost:?}");
    for time in ["the first time", "another time"] {
        let answered = script.grant(&Patient(&assembly.engine), N, &no, reg).await.unwrap();
        assert_eq!(answered, lost, "{time}: the answer that was lost");
        an_hour_passes(&assembly, &clock).await;
        let (_, events) = events_of(&setup).await;
        assert_eq!(codes(&events), code, "{time}");
        let of_reg = |task: &str| task == "reg";
        let granted = |event: &&Recorded| matches!(event.read(), Ok(CaseEvent::Granted { task, .. }) if of_reg(&task));
        assert_eq!(events.iter().filter(granted).count(), 1, "{time}");
        let sql = "SELECT number FROM licences_list WHERE state = 'valid'";
        let rows = assembly.platform.reader.rows(Query::new(sql)).await.unwrap();
        let numbers: Vec<String> = rows.iter().map(|row| row.get("number").unwrap()).collect();
        assert_eq!(numbers, code, "{time}: one licence, under the code");
        let one = |task: &str| vec![(task.to_owned(), uscc.clone())];
        let expected = BTreeMap::from([
            ("440115-police", one("seal")),
            ("440115-tax", one("tax")),
            ("440115-social-insurance", one("soc")),
            ("440115-medical-insurance", one("med")),
            ("440115-housing-fund", one("fund")),
            ("440115-bank", one("bank")),
            ("440115-food", Vec::new()),
            (PUBLICITY, one("")),
        ]);
        assert_eq!(
            told(&partners),
            expected,
            "{time}: six downstream messages and the publication"
        );
    }
    assembly.engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s15_a_kill_between_the_disk_and_the_answer_grants_once() {
    is_granted_once(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s15_holds_on_postgres_when_the_dead_process_had_the_lease() {
    let Some(server) = testbed::service("postgres") else { return };
    is_granted_once(Some(server.url().to_owned())).await;
}
