//! The store of tables on SQLite keeps what every store of tables must do.

mod kill;

use kernel::Shard;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tables::{Cell, Column, Query, Reader as _, Rows, Table, Tables as _, conformance};
use tables_sqlite::SqliteTables;

static ROWS: [Table; 1] = [Table {
    name: "try_rows",
    columns: &[Column::text("k"), Column::int("n")],
    key: &["k"],
    indexes: &[],
}];

#[test]
fn a_store_in_memory_keeps_the_suite_without_a_runtime() {
    let store = SqliteTables::memory().unwrap();
    let suite = pin!(conformance::suite(|| std::future::ready(store.clone())));
    match suite.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(verdict) => verdict.unwrap(),
        Poll::Pending => panic!("a store in memory is ready at once"),
    }
}

#[tokio::test]
async fn a_store_in_a_file_keeps_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tables.sqlite");
    conformance::suite(|| async { SqliteTables::open(&path).unwrap() }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_whole_writes_and_every_write_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteTables::open(&folder.path().join("tables.sqlite")).unwrap();
    store.prepare("try", 1, &ROWS).await.unwrap();
    let shard = Shard::new("440100");
    let count = || Query::new("SELECT count(*) AS n, min(n) AS low, max(n) AS high FROM try_rows");
    let reading = tokio::spawn({
        let store = store.clone();
        async move {
            for _ in 0..500 {
                let rows = store.rows(count()).await.unwrap();
                let (low, high) =
                    (rows[0].get::<Option<i64>>("low"), rows[0].get::<Option<i64>>("high"));
                assert_eq!(low, high, "a write is seen as a whole");
            }
        }
    });
    for round in 1..=200_u64 {
        let mut rows = Rows::default();
        for k in 0..20 {
            rows.put(&ROWS[0], vec![format!("k{k}").into(), round.into()]);
        }
        store.write(&shard, round, rows).await.unwrap();
        let seen = store.rows(count()).await.unwrap();
        assert_eq!(seen[0].cells(), [Cell::Int(20), round.into(), round.into()]);
    }
    reading.await.unwrap();
}

#[tokio::test]
async fn a_table_of_another_projection_is_not_taken() {
    let store = SqliteTables::memory().unwrap();
    assert!(store.prepare("one", 1, &ROWS).await.unwrap());
    let error = store.prepare("two", 1, &ROWS).await.unwrap_err();
    assert!(error.to_string().contains("`one`"), "{error}");
    assert!(!store.prepare("one", 1, &ROWS).await.unwrap());
}
