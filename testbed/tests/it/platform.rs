//! The testbed runs modules whole: commands, policies, errands, timers, tables, routes.

use crate::lamp::{Command, Lamp, LampModule, SHARD};
use kernel::{Actor, Atomic, CommandId, Moment, Shard};
use module::{Rejection, Stage, SubmitError};
use tables::Query;
use testbed::{Setup, Testbed};

async fn bed() -> Testbed {
    Testbed::new(vec![Box::new(LampModule)]).await.unwrap()
}

fn ask(key: &str, command: &Command) -> Atomic {
    Atomic::new(Shard::new(SHARD)).then::<Lamp>(&key.to_owned(), command).unwrap()
}

fn tester() -> Actor {
    Actor::system("tester")
}

async fn column(bed: &Testbed, sql: &'static str) -> Vec<String> {
    let rows = bed.rows(Query::new(sql)).await.unwrap();
    rows.iter()
        .map(|row| row.cells().iter().map(|c| format!("{c:?}")).collect::<Vec<_>>().join(" "))
        .collect()
}

async fn names(bed: &Testbed) -> Vec<String> {
    let events = bed.events(&Shard::new(SHARD), 0).await.unwrap();
    events.iter().map(|e| format!("{}:{}.{}", e.key, e.kind, e.name())).collect()
}

#[tokio::test]
async fn a_command_is_answered_when_its_rows_can_be_read() {
    let bed = bed().await;
    let receipt = bed.submit(tester(), ask("a", &Command::Light { minutes: 5 })).await.unwrap();
    assert_eq!(receipt.version_of("lamp", "a"), Some(1));
    assert_eq!(column(&bed, "SELECT name, lit FROM lamp_lamps").await, ["Text(\"a\") Int(1)"]);
}

#[tokio::test]
async fn a_timer_fires_at_its_own_instant_when_the_clock_is_wound() {
    let bed = bed().await;
    let start = bed.now();
    bed.submit(tester(), ask("a", &Command::Light { minutes: 5 })).await.unwrap();
    bed.submit(tester(), ask("b", &Command::Light { minutes: 2 })).await.unwrap();
    assert_eq!(bed.engine().timers(9).await.unwrap().len(), 2);
    bed.wind(start.plus_seconds(3_600)).await.unwrap();
    assert_eq!(bed.now(), start.plus_seconds(3_600));
    let events = bed.events(&Shard::new(SHARD), 0).await.unwrap();
    let out: Vec<_> = events
        .iter()
        .filter(|e| e.name() == "WentOut")
        .map(|e| (e.key.to_string(), (e.at.us() - start.us()) / 60_000_000))
        .collect();
    assert_eq!(out, [("b".to_owned(), 2), ("a".to_owned(), 5)]);
    assert_eq!(bed.engine().timers(9).await.unwrap(), []);
}

#[tokio::test]
async fn a_timer_that_fell_due_while_the_platform_was_off_fires_once_at_the_start() {
    let bed = bed().await;
    let start = bed.now();
    bed.submit(tester(), ask("a", &Command::Light { minutes: 5 })).await.unwrap();
    bed.engine().stop().await;
    bed.clock().set(start.plus_seconds(86_400));
    let bed = bed.restart().await.unwrap();
    bed.settle().await;
    assert_eq!(names(&bed).await.iter().filter(|n| *n == "a:lamp.WentOut").count(), 1);
    let bed = bed.restart_without_tables().await.unwrap();
    bed.settle().await;
    assert_eq!(names(&bed).await.iter().filter(|n| *n == "a:lamp.WentOut").count(), 1);
    assert_eq!(column(&bed, "SELECT name, lit FROM lamp_lamps").await, ["Text(\"a\") Int(0)"]);
}

#[tokio::test]
async fn a_policy_runs_in_the_same_batch_and_its_refusal_does_not_undo_the_cause() {
    let bed = bed().await;
    bed.submit(tester(), ask("pair", &Command::Light { minutes: 5 })).await.unwrap();
    assert_eq!(names(&bed).await, ["pair:lamp.Lit", "pair-twin:lamp.Lit"]);
    // Lighting a lamp that is lit is refused: here by the twin alone.
    bed.submit(tester(), ask("pair", &Command::PutOut)).await.unwrap();
    bed.submit(tester(), ask("pair", &Command::Light { minutes: 5 })).await.unwrap();
    let dead = bed.engine().dead_letters(9).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].source, "lamp.twin");
    assert!(dead[0].why.contains("LAMP-0001"), "{}", dead[0].why);
    // The operator mends the reason and sends it again.
    bed.submit(tester(), ask("pair-twin", &Command::PutOut)).await.unwrap();
    let by = module::Clearance::system("operator");
    bed.engine().resend(&by, &dead[0].shard, dead[0].id).await.unwrap();
    bed.settle().await;
    assert_eq!(bed.engine().dead_letters(9).await.unwrap(), []);
    assert_eq!(bed.engine().outbox(9).await.unwrap(), []);
    assert_eq!(names(&bed).await.iter().filter(|n| *n == "pair-twin:lamp.Lit").count(), 2);
}

#[tokio::test]
async fn an_errand_answers_once_and_what_follows_is_recorded_with_it() {
    let bed = bed().await;
    bed.submit(tester(), ask("paid", &Command::Light { minutes: 5 })).await.unwrap();
    let names = names(&bed).await;
    assert_eq!(names.iter().filter(|n| n.ends_with("outbox.Settled")).count(), 1);
    assert_eq!(names.last().unwrap(), "paid:lamp.Billed");
    assert_eq!(bed.engine().outbox(9).await.unwrap(), []);
}

#[tokio::test]
async fn a_refused_group_leaves_nothing_behind() {
    let bed = bed().await;
    let group = ask("a", &Command::Light { minutes: 5 });
    let group = group.then::<Lamp>(&"a".to_owned(), &Command::Light { minutes: 6 }).unwrap();
    let refused = bed.submit(tester(), group).await.unwrap_err();
    assert_eq!(refused.refusal().code, "LAMP-0001");
    assert_eq!(names(&bed).await, [""; 0]);
    // The state was restored: the lamp can still be lit.
    bed.submit(tester(), ask("a", &Command::Light { minutes: 5 })).await.unwrap();
}

#[tokio::test]
async fn the_same_id_gives_the_first_answer_and_other_content_is_refused() {
    let bed = bed().await;
    let id = CommandId::derive(&[b"one"]);
    let first =
        bed.submit_as(tester(), id, ask("a", &Command::Light { minutes: 5 })).await.unwrap();
    let again =
        bed.submit_as(tester(), id, ask("a", &Command::Light { minutes: 5 })).await.unwrap();
    assert!(again.repeated && !first.repeated);
    assert_eq!(again.events, first.events);
    let other = bed.submit_as(tester(), id, ask("a", &Command::PutOut)).await.unwrap_err();
    assert_eq!(other, SubmitError::Rejected(Rejection::IdReused));
    assert_eq!(names(&bed).await, ["a:lamp.Lit"]);
}

#[tokio::test]
async fn an_expected_version_that_has_passed_is_stale() {
    let bed = bed().await;
    bed.submit(tester(), ask("a", &Command::Light { minutes: 5 })).await.unwrap();
    let at = |version| {
        Atomic::new(Shard::new(SHARD))
            .then_at::<Lamp>(&"a".to_owned(), version, &Command::PutOut)
            .unwrap()
    };
    let stale = bed.submit(tester(), at(0)).await.unwrap_err();
    assert_eq!(stale, SubmitError::Rejected(Rejection::Stale { expected: 0, found: 1 }));
    bed.submit(tester(), at(1)).await.unwrap();
}

#[tokio::test]
async fn the_gate_answers_from_its_table() {
    let bed = bed().await;
    let minutes = serde_json::json!({"minutes": 3});
    let body = || Some(&minutes);
    let reply = bed.request(&tester(), "POST", "/api/v1/lamp/hall/light", body()).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (200, serde_json::json!({"version": 1})));
    bed.gate().forbid(None, "lamp.light");
    let reply = bed.request(&tester(), "POST", "/api/v1/lamp/porch/light", body()).await;
    assert_eq!(reply.status.as_u16(), 403);
    assert_eq!(
        bed.request(&Actor::Public, "POST", "/api/v1/lamp/porch/light", body()).await.status,
        401
    );
    assert_eq!(bed.request(&tester(), "GET", "/nowhere", None).await.status, 404);
}

#[tokio::test]
async fn the_clock_is_never_wound_back() {
    let bed = Setup::new(vec![]).at(Moment::from_us(1_000_000)).start().await.unwrap();
    assert!(bed.wind(Moment::from_us(0)).await.is_err());
}

#[tokio::test]
async fn two_modules_of_one_name_do_not_start() {
    let error = Testbed::new(vec![Box::new(LampModule), Box::new(LampModule)]).await.unwrap_err();
    assert_eq!(error.to_string(), "two aggregates are called `lamp`");
}
