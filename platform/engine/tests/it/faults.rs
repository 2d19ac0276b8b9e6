//! The runtime when stores, errands and decisions fail.

use crate::jar::{Command, HERE, Jars, THERE, ask};
use engine::{Config, Engine, Order, Stores};
use journal::Journal;
use journal::faulty::{Fate, FaultyJournal, Plan};
use journal::memory::MemoryJournal;
use journal_sqlite::SqliteJournal;
use kernel::{Actor, CommandId, Moment, Shard};
use module::{Module as _, Registry, Rejection, Stage as _, SubmitError, SystemClock};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tables::{Query, Reader, Tables};
use tables_sqlite::SqliteTables;
use testbed::{HandClock, Setup, Testbed};

fn tester() -> Actor {
    Actor::system("tester")
}

fn faulty() -> (Setup, Plan) {
    let plan = Plan::default();
    let journal = FaultyJournal::new(MemoryJournal::new(), plan.clone());
    (Setup::new(vec![Box::new(Jars::new(1))]).journal(Arc::new(journal)), plan)
}

async fn count(reader: &dyn Reader, shard: &str, name: &str) -> i64 {
    let query =
        Query::new("SELECT n FROM jar_counts WHERE shard = $1 AND name = $2").arg(shard).arg(name);
    reader.rows(query).await.unwrap().first().map_or(0, |row| row.get("n").unwrap())
}

async fn here(bed: &Testbed, name: &str) -> i64 {
    count(&*bed.platform().reader, HERE, name).await
}

#[tokio::test]
async fn a_full_disk_is_told_and_the_shard_goes_on_when_there_is_room() {
    let (setup, plan) = faulty();
    let bed = setup.start().await.unwrap();
    plan.append(Fate::Refused);
    let error = bed.submit(tester(), ask(HERE, "a", &Command::Add)).await.unwrap_err();
    assert!(matches!(error, SubmitError::Rejected(Rejection::Down(_))), "{error}");
    assert_eq!(here(&bed, "a").await, 0);
    let receipt = bed.submit(tester(), ask(HERE, "a", &Command::AddBelow(1))).await.unwrap();
    assert_eq!(receipt.events[0].seq, 1);
    assert_eq!(here(&bed, "a").await, 1);
}

#[tokio::test]
async fn an_append_of_unknown_outcome_happens_once() {
    for fate in [Fate::Lost, Fate::Written] {
        let (setup, plan) = faulty();
        let bed = setup.start().await.unwrap();
        plan.append(fate);
        bed.submit(tester(), ask(HERE, "a", &Command::Add)).await.unwrap();
        assert_eq!(here(&bed, "a").await, 1, "{fate:?}");
        assert_eq!(bed.events(&Shard::new(HERE), 0).await.unwrap().len(), 1, "{fate:?}");
    }
}

#[tokio::test]
async fn a_decision_that_panics_stops_the_shard_and_the_next_command_opens_it_again() {
    let (setup, _) = faulty();
    let bed = setup.start().await.unwrap();
    bed.submit(tester(), ask(HERE, "a", &Command::Add)).await.unwrap();
    let error = bed.submit(tester(), ask(HERE, "a", &Command::Explode)).await.unwrap_err();
    assert!(matches!(error, SubmitError::Rejected(Rejection::Down(_))), "{error}");
    bed.submit(tester(), ask(HERE, "a", &Command::Add)).await.unwrap();
    assert_eq!(here(&bed, "a").await, 2);
}

#[tokio::test]
async fn an_errand_that_panics_is_tried_again() {
    let jars = Jars::new(1);
    let tries = Arc::clone(&jars.tries);
    let bed = Testbed::new(vec![Box::new(jars)]).await.unwrap();
    bed.submit(tester(), ask(HERE, "a", &Command::Try("panic once".to_owned()))).await.unwrap();
    assert_eq!((tries.load(Ordering::SeqCst), here(&bed, "a").await), (1, 0));
    bed.wind(bed.now().plus_seconds(10)).await.unwrap();
    assert_eq!((tries.load(Ordering::SeqCst), here(&bed, "a").await), (2, 1));
}

#[tokio::test]
async fn an_errand_is_tried_with_growing_pauses_and_then_given_up() {
    let bed = Testbed::new(vec![Box::new(Jars::new(1))]).await.unwrap();
    bed.submit(tester(), ask(HERE, "a", &Command::Try("late".to_owned()))).await.unwrap();
    bed.wind(bed.now().plus_seconds(1 + 2 + 4)).await.unwrap();
    assert_eq!(here(&bed, "a").await, 1);
    bed.submit(tester(), ask(HERE, "b", &Command::Try("down".to_owned()))).await.unwrap();
    assert_eq!(bed.engine().outbox(9).await.unwrap().len(), 1);
    bed.wind(bed.now().plus_seconds(86_400)).await.unwrap();
    assert_eq!(bed.engine().outbox(9).await.unwrap(), []);
    let dead = bed.engine().dead_letters(9).await.unwrap();
    assert!(dead[0].why.starts_with("given up after 12 attempts"), "{}", dead[0].why);
    let by = module::Clearance::system("operator");
    bed.engine().dismiss(&by, &dead[0].shard, dead[0].id).await.unwrap();
    assert_eq!(bed.engine().dead_letters(9).await.unwrap(), []);
    let gone = bed.engine().resend(&by, &dead[0].shard, dead[0].id).await.unwrap_err();
    assert_eq!(gone.refusal().code, "ENG-0007");
}

#[tokio::test]
async fn a_command_for_another_shard_arrives_once_and_its_refusal_becomes_a_dead_letter() {
    let bed = Testbed::new(vec![Box::new(Jars::new(1))]).await.unwrap();
    for _ in 0..3 {
        bed.submit(tester(), ask(HERE, "a", &Command::Ask(THERE.to_owned()))).await.unwrap();
    }
    assert_eq!(count(&*bed.platform().reader, THERE, "a").await, 2);
    let arrived = bed.events(&Shard::new(THERE), 0).await.unwrap();
    assert_eq!(arrived[0].cause.as_ref().unwrap().to_string(), "440100/1");
    assert_eq!(*arrived[0].actor, Actor::system("jar.help"));
    let dead = bed.engine().dead_letters(9).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert!(dead[0].why.contains("JAR-0001"), "{}", dead[0].why);
    // Nothing of it is done again after a restart.
    let bed = bed.restart().await.unwrap();
    bed.settle().await;
    assert_eq!(count(&*bed.platform().reader, THERE, "a").await, 2);
}

#[tokio::test]
async fn a_rise_of_a_version_fills_that_table_alone() {
    let tables: Arc<dyn Tables> = Arc::new(SqliteTables::memory().unwrap());
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    for (n, version, counted) in [(1, 1, 1), (2, 2, 4), (3, 2, 6)] {
        let mut registry = Registry::default();
        Jars::new(version).register(&mut registry);
        let stores = Stores::new(Arc::clone(&journal), Arc::clone(&tables), Arc::new(SystemClock));
        let engine = Engine::start(Config::default(), &registry, stores).await.unwrap();
        let commands = ask(HERE, "a", &Command::Add);
        let id = CommandId::derive(&[&[n]]);
        engine.order(Order { id, actor: tester(), cause: None, commands }).await.unwrap();
        assert_eq!(count(&*engine.reader(), HERE, "a").await, counted);
        engine.stop().await;
    }
}

#[tokio::test]
async fn a_timer_fires_in_real_time_although_commands_keep_coming() {
    let clock = Arc::new(HandClock::at(Moment::from_us(0)));
    let tables = Arc::new(SqliteTables::memory().unwrap());
    let mut registry = Registry::default();
    Jars::new(1).register(&mut registry);
    let stores = Stores::new(Arc::new(MemoryJournal::new()), tables, Arc::clone(&clock) as _);
    let engine = Engine::start(Config::default(), &registry, stores).await.unwrap();
    let order = |n: u8, key: &str, command: &Command| Order {
        id: CommandId::derive(&[&[n]]),
        actor: tester(),
        cause: None,
        commands: ask(HERE, key, command),
    };
    // Its command comes at an instant at which the shard is told nothing of time, after the timer fell due.
    engine.order(order(0, "a", &Command::AddAt(Moment::from_us(1_000)))).await.unwrap();
    clock.set(Moment::from_us(1_000));
    for n in 1..=100 {
        engine.order(order(n, "b", &Command::Add)).await.unwrap();
    }
    assert_eq!(count(&*engine.reader(), HERE, "a").await, 1);
    assert_eq!(count(&*engine.reader(), HERE, "b").await, 100);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_callers_were_told_is_there_after_a_restart_and_after_a_rebuild() {
    let folder = tempfile::tempdir().unwrap();
    let open = async || {
        let journal = SqliteJournal::open(&folder.path().join("journal")).unwrap();
        let tables = SqliteTables::open(&folder.path().join("tables.sqlite")).unwrap();
        let mut registry = Registry::default();
        Jars::new(1).register(&mut registry);
        let stores = Stores::new(Arc::new(journal), Arc::new(tables), Arc::new(SystemClock));
        Engine::start(Config::default(), &registry, stores).await.unwrap()
    };
    let engine = open().await;
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..20_u8 {
        let engine = engine.clone();
        callers.spawn(async move {
            for n in 0..10_u8 {
                let commands = ask(HERE, &format!("jar-{}", n % 3), &Command::Add);
                let order =
                    |id| Order { id, actor: tester(), cause: None, commands: commands.clone() };
                let id = CommandId::derive(&[&[caller, n]]);
                // Asked twice at the same moment, done once.
                let (one, other) = tokio::join!(engine.order(order(id)), engine.order(order(id)));
                let (one, other) = (one.unwrap(), other.unwrap());
                assert_eq!(one.events, other.events);
                assert!(one.repeated != other.repeated);
            }
        });
    }
    while let Some(done) = callers.join_next().await {
        done.unwrap();
    }
    let sum = async |engine: &Engine| {
        let rows = engine
            .reader()
            .rows(Query::new("SELECT n FROM jar_counts ORDER BY name"))
            .await
            .unwrap();
        rows.iter().map(|row| row.get::<i64>("n").unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(sum(&engine).await, [80, 60, 60]);
    let figures = engine.health().await[0].writer;
    assert_eq!((figures.events, figures.queued), (200, 0));
    assert!(figures.batches < 200, "commands share batches: {figures:?}");
    engine.stop().await;
    let refused = engine.order(Order {
        id: CommandId::derive(&[b"late"]),
        actor: tester(),
        cause: None,
        commands: ask(HERE, "jar-0", &Command::Add),
    });
    assert!(matches!(refused.await, Err(SubmitError::Rejected(Rejection::Down(_)))));
    drop(engine);

    let engine = open().await;
    assert_eq!(sum(&engine).await, [80, 60, 60]);
    let mut told = Vec::new();
    engine.rebuild(&mut |progress| told.push((progress.at, progress.of))).await.unwrap();
    assert_eq!((sum(&engine).await, told), (vec![80, 60, 60], vec![(200, 200)]));
    let again = Order {
        id: CommandId::derive(&[&[0, 0]]),
        actor: tester(),
        cause: None,
        commands: ask(HERE, "jar-0", &Command::Add),
    };
    assert!(engine.order(again).await.unwrap().repeated);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shards_that_open_and_a_rebuild_do_not_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(&folder.path().join("journal")).unwrap();
    let tables = SqliteTables::open(&folder.path().join("tables.sqlite")).unwrap();
    let mut registry = Registry::default();
    Jars::new(1).register(&mut registry);
    let stores = Stores::new(Arc::new(journal), Arc::new(tables), Arc::new(SystemClock));
    let all = Engine::start(Config::default(), &registry, stores).await.unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for n in 0..60_u8 {
        let engine = all.clone();
        callers.spawn(async move {
            let commands = ask(&format!("shard-{n}"), "a", &Command::Add);
            let id = CommandId::derive(&[&[n]]);
            engine.order(Order { id, actor: tester(), cause: None, commands }).await.unwrap();
        });
        if n % 20 == 10 {
            let rebuilding = all.clone();
            callers.spawn(async move { rebuilding.rebuild(&mut |_progress| ()).await.unwrap() });
        }
    }
    let all_done = async { while callers.join_next().await.is_some_and(|done| done.is_ok()) {} };
    tokio::time::timeout(std::time::Duration::from_secs(60), all_done).await.unwrap();
    let reader = all.reader();
    let rows = reader.rows(Query::new("SELECT sum(n) AS n FROM jar_counts")).await.unwrap();
    assert_eq!(rows[0].get::<i64>("n").unwrap(), 60);
    all.stop().await;
}
