//! The store of tables on PostgreSQL keeps what every store of tables must do, on a real server.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is a failure told"
)]

use kernel::Shard;
use tables::{Cell, Column, Query, Reader as _, Rows, Table, Tables as _, conformance};
use tables_postgres::PostgresTables;
use tables_sqlite::SqliteTables;
use testbed::{Service, service};

static ROWS: [Table; 2] = [
    Table {
        name: "try_rows",
        columns: &[Column::text("k"), Column::int("n"), Column::text("t"), Column::int("sum")],
        key: &["k", "n"],
        indexes: &[],
    },
    Table { name: "try_keys", columns: &[Column::bytes("id")], key: &["id"], indexes: &[] },
];

/// One server for all, because each test is a process of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_server_keeps_the_suite_agrees_with_sqlite_and_survives_a_crash() {
    let Some(server) = service("postgres") else { return };
    let open = || async { PostgresTables::connect(server.url()).await.unwrap() };
    let (one, _two) = tokio::join!(open(), open());
    conformance::suite(open).await.unwrap();
    same_as_sqlite(&one).await;
    abandoned(&one).await;
    crash(&server, &one).await;
}

/// A generator of numbers that are the same in every run.
fn numbers(mut state: u64) -> impl FnMut(u64) -> u64 {
    move |below| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

fn changes(next: &mut impl FnMut(u64) -> u64) -> Rows {
    let [table, keys] = &ROWS;
    let mut rows = Rows::default();
    for _ in 0..next(60) {
        let (k, n) = (Cell::from(format!("键{}", next(4))), Cell::from(next(4)));
        let text = Cell::from(format!("t{}", next(1_000)));
        match next(7) {
            0 | 1 => rows.put(table, vec![k, n, text, Cell::from(next(100))]),
            2 => rows.set(table, vec![k, n], vec![("t", text)]),
            3 => rows.set(table, vec![k, n], vec![("sum", Cell::Null), ("t", text)]),
            4 => rows.add(table, vec![k, n], "sum", i64::try_from(next(9)).unwrap() - 4),
            5 if next(3) == 0 => rows.remove(table, vec![k]),
            5 => rows.remove(table, vec![k, n]),
            _ => rows.put(keys, vec![Cell::Bytes(vec![u8::try_from(next(200)).unwrap()])]),
        }
    }
    rows
}

/// Random changes, gathered into few statements here and applied one by one there, give the same rows.
async fn same_as_sqlite(postgres: &PostgresTables) {
    let sqlite = SqliteTables::memory().unwrap();
    let shard = Shard::new("440100");
    let mut next = numbers(28);
    assert!(postgres.prepare("rows", 1, &ROWS).await.unwrap());
    assert!(sqlite.prepare("rows", 1, &ROWS).await.unwrap());
    for round in 1..=150 {
        let rows = changes(&mut next);
        postgres.write(&shard, round, rows.clone()).await.unwrap();
        sqlite.write(&shard, round, rows.clone()).await.unwrap();
        for sql in ["SELECT * FROM try_rows ORDER BY k, n", "SELECT * FROM try_keys ORDER BY id"] {
            let cells = |rows: Vec<tables::Row>| {
                rows.iter().map(|row| row.cells().to_vec()).collect::<Vec<_>>()
            };
            let here = cells(postgres.rows(Query::new(sql)).await.unwrap());
            let there = cells(sqlite.rows(Query::new(sql)).await.unwrap());
            assert_eq!(here, there, "round {round}: {rows:?}");
        }
    }
}

fn one_row(n: u64) -> Rows {
    let mut rows = Rows::default();
    rows.put(&ROWS[0], vec!["abandoned".into(), Cell::from(n), Cell::Null, Cell::Null]);
    rows
}

/// A caller that goes away in the middle of a write leaves no transaction behind.
async fn abandoned(store: &PostgresTables) {
    let shard = Shard::new("abandoned");
    let mut written = 0;
    for n in 0..40_u64 {
        let mut write = store.write(&shard, n + 1, one_row(n));
        // Polled a few times more in each round, then dropped.
        for _ in 0..n / 2 {
            let polled = std::future::poll_fn(|cx| {
                std::task::Poll::Ready(write.as_mut().poll(cx).is_ready())
            })
            .await;
            if polled {
                written += 1;
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(write);
    }
    store.write(&shard, 100, one_row(100)).await.unwrap();
    assert_eq!(store.position(&shard).await.unwrap(), 100);
    let rows = store
        .rows(Query::new("SELECT count(*) AS n FROM try_rows WHERE k = 'abandoned'"))
        .await
        .unwrap();
    assert!(rows[0].get::<i64>("n").unwrap() > written, "what was answered is there");
}

/// After a crash rows and position are one state of the past, and the store finds its way back.
async fn crash(server: &Service, store: &PostgresTables) {
    let shard = Shard::new("crash");
    for n in 1..=50_u64 {
        store.write(&shard, n, one_row(1_000 + n)).await.unwrap();
    }
    tokio::task::block_in_place(|| server.crash()).unwrap();
    assert!(store.position(&shard).await.is_err());
    assert!(store.write(&shard, 51, one_row(1_051)).await.is_err());
    tokio::task::block_in_place(|| server.start()).unwrap();
    let position = store.position(&shard).await.unwrap();
    let count = Query::new("SELECT count(*) AS n FROM try_rows WHERE k = 'abandoned' AND n > 1000");
    let rows = store.rows(count).await.unwrap();
    assert_eq!(rows[0].get::<u64>("n").unwrap(), position, "each position wrote one row");
    store.write(&shard, position + 1, one_row(1_001 + position)).await.unwrap();
}
